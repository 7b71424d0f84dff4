//! Commands over HTTP: where the settings allow them, with the role that they have at the other port, from a page of ours.

use super::{Sale, at_the_other_port, bearer};

const JSON: &str = "Content-Type: application/json";

#[test]
fn a_write_and_its_repeat_at_the_other_port_are_one() {
    let sale = Sale::open();
    let mut client = sale.client();
    client.ask("HELLO 3");
    for words in [
        &["HOLD", "gala", "once", "dan", "60000", "SEATS", "A-1-5"][..],
        &["EVENT", "PAUSE", "gala", "pause", "ann", "fire alarm"],
        &["EVENT", "RESUME", "gala", "resume", "ann", "false alarm"],
        &["FORCE", "RELEASE", "gala", "force", "ann", "by mistake", "4"],
    ] {
        let answer = sale.command(words);
        assert_eq!(answer.status, 200, "{words:?}: {}", answer.body);
        let first = answer.json()["reply"].clone();
        assert_eq!(at_the_other_port(&mut client, words), first, "{words:?}");
        assert_eq!(sale.command(words).json()["reply"], first, "{words:?}, once more");
    }
    // A refusal is an answer as well, and a key is used once.
    let taken = ["HOLD", "gala", "twice", "eve", "60000", "SEATS", "A-1-5"];
    for _ in 0..2 {
        let answer = sale.command(&taken);
        assert_eq!((answer.status, answer.code().as_str()), (409, "HF-BIZ-001"), "{}", answer.body);
    }
    let reused = ["HOLD", "gala", "once", "dan", "60000", "SEATS", "A-1-6"];
    let answer = sale.command(&reused);
    assert_eq!((answer.status, answer.code().as_str()), (409, "HF-INP-010"), "{}", answer.body);
    assert_eq!(at_the_other_port(&mut client, &["SEAT", "gala", "A-1-6"])["status"], "free");
}

#[test]
fn a_command_is_part_of_the_trace_that_its_header_names() {
    let sale = Sale::open();
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let body = |key: &str| format!(r#"{{"words":["HOLD","gala","{key}","dan","60000","SEATS","A-1-5"]}}"#);
    let ask =
        |headers: &[&str], body: &str| sale.ask("POST", "/commands", &[&[JSON], headers].concat(), body);
    let traced = format!("traceparent: {parent}");
    let states = ["tracestate: a=b", "tracestate: c=d"];
    let first = ask(&[&traced, states[0], states[1]], &body("t-1"));
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(ask(&[], &body("t-1")).body, first.body, "the same command without it");
    let feed = sale.client().ask("FEED gala 1 COUNT 1000");
    assert_eq!(feed.matches(parent).count(), 1, "{feed}");
    let large = format!("tracestate: {}", "x".repeat(513));
    for bad in [
        &["traceparent: x"][..],
        &["traceparent:"],
        &[&traced, &traced],
        &[&traced, &large],
        &[&traced, "tracestate: \u{e4}"],
        &[&traced.to_ascii_uppercase().replace("TRACEPARENT", "traceparent")],
    ] {
        let refused = ask(bad, &body("t-2"));
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (400, "HF-INP-016"),
            "{bad:?}: {}",
            refused.body
        );
    }
    for words in [r#"["TRACED","x","AUTH","y"]"#, r#"["traced","x","state","y","SUBSCRIBE","feed:gala"]"#] {
        let refused = ask(&[], &format!(r#"{{"words":{words}}}"#));
        assert_eq!(refused.status, 400, "{words}: {}", refused.body);
        assert!(refused.body.contains("is about a connection"), "{words}: {}", refused.body);
    }
}

#[test]
fn commands_are_taken_only_where_the_settings_say_so() {
    let sale = Sale::with(&[]);
    super::sell(&mut sale.client());
    let refused = sale.command(&["EVENT", "PAUSE", "gala", "p", "ann", "why"]);
    assert_eq!((refused.status, refused.code().as_str()), (403, "HF-INP-062"), "{}", refused.body);
    assert!(refused.body.contains("admin.writes"), "{}", refused.body);
    assert_eq!(sale.get("/session").json()["writes"], false);
    assert_eq!(sale.get("/events/gala").json()["status"], "open");
}

#[test]
fn a_body_is_json_of_the_right_form_and_length() {
    let sale = Sale::open();
    let good = r#"{"words":["COUNT","gala"]}"#;
    let ask = |headers: &[&str], body: &str| sale.ask("POST", "/commands", headers, body);
    assert_eq!(ask(&[JSON], good).status, 200);
    assert_eq!(ask(&["Content-Type: application/json; charset=utf-8"], good).status, 200);
    for kind in [
        "",
        "Content-Type: text/plain",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: multipart/form-data; boundary=x",
    ] {
        let headers: Vec<_> = Some(kind).into_iter().filter(|kind| !kind.is_empty()).collect();
        let refused = ask(&headers, good);
        assert_eq!(
            (refused.status, refused.json()["error"]["kind"].as_str()),
            (415, Some("INVALID")),
            "{kind}"
        );
    }
    for body in [
        "{",
        "[]",
        "{}",
        r#"{"words":"COUNT gala"}"#,
        r#"{"words":[1]}"#,
        r#"{"words":[]}"#,
        r#"{"words":["COUNT","gala"],"key":"x"}"#,
        "\u{fffd}",
    ] {
        let refused = ask(&[JSON], body);
        assert_eq!(
            (refused.status, refused.json()["error"]["kind"].as_str()),
            (400, Some("INVALID")),
            "{body}"
        );
    }
    let long = format!(r#"{{"words":["ECHO","{}"]}}"#, "x".repeat(1024 * 1024));
    let refused = ask(&[JSON], &long);
    assert_eq!((refused.status, refused.code().as_str()), (413, "HF-INP-031"), "{:.200}", refused.body);
    let many = serde_json::json!({ "words": vec!["COUNT"; 2_000] }).to_string();
    assert_eq!(ask(&[JSON], &many).status, 413, "as many words as a command may have");
    for name in
        ["AUTH", "HELLO", "QUIT", "reset", "SUBSCRIBE", "UNSUBSCRIBE", "MULTI", "EXEC", "CLIENT", "Client"]
    {
        let refused = sale.command(&[name, "x"]);
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (400, "HF-INP-001"),
            "{name}: {}",
            refused.body
        );
    }
    assert_eq!(sale.command(&["NONSENSE"]).code(), "HF-INP-007");
    assert_eq!(sale.command(&[""]).status, 400);
    let odd = sale.command(&["COUNT", "gala\r\nQUIT"]);
    assert_eq!(odd.status, 400, "{}", odd.body);
}

#[test]
fn a_command_needs_its_role() {
    let (sale, secrets) = Sale::guarded(&["--admin-writes"]);
    let ask = |secret: &str, words: &[&str]| {
        let body = serde_json::json!({ "words": words }).to_string();
        sale.ask("POST", "/commands", &[JSON, &bearer(secret)], &body).status
    };
    let pause = ["EVENT", "PAUSE", "gala", "p", "operator", "why"];
    let hold = ["HOLD", "gala", "x", "dan", "60000", "SEATS", "A-1-5"];
    for (secret, statuses) in [
        (&secrets.viewer, [403, 403]),
        (&secrets.reader, [403, 403]),
        (&secrets.booking, [403, 200]),
        (&secrets.elsewhere, [403, 403]),
        (&secrets.operator, [200, 200]),
    ] {
        assert_eq!([&pause[..], &hold].map(|words| ask(secret, words)), statuses);
    }
    assert_eq!(ask("hft_wrong", &hold), 401);
    assert_eq!(sale.command(&hold).status, 401);
    // What was denied has left its trace, as it does at the other port.
    let trace = sale.get_as("/info?section=trace", &secrets.operator).json();
    assert!(trace["trace"]["denied_total"].as_u64().unwrap() >= 6, "{trace}");
}

#[test]
fn another_page_gets_nothing_through_the_browser() {
    let sale = Sale::open();
    let body = r#"{"words":["EVENT","PAUSE","gala","p","ann","why"]}"#;
    let own = format!("Origin: http://{}", sale.server.admin);
    for bad in [
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Origin: https://evil.example",
        "Origin: null",
        "Origin: http://127.0.0.1:1",
    ] {
        for (method, path, body) in
            [("POST", "/commands", body), ("GET", "/events", ""), ("GET", "/events/gala/live", "")]
        {
            let refused = sale.ask(method, path, &[JSON, bad], body);
            assert_eq!(refused.status, 403, "{method} {path} {bad}: {}", refused.body);
            assert!(!refused.head.to_ascii_lowercase().contains("access-control"), "{}", refused.head);
        }
    }
    assert_eq!(sale.get("/events/gala").json()["status"], "open");
    let preflight = ["Origin: https://evil.example", "Access-Control-Request-Method: POST"];
    let refused = sale.ask("OPTIONS", "/commands", &preflight, "");
    assert_eq!(refused.status, 403, "{}", refused.head);
    assert!(!refused.head.to_ascii_lowercase().contains("access-control"), "{}", refused.head);
    for good in ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none", &own] {
        assert_eq!(sale.ask("GET", "/events", &[good], "").status, 200, "{good}");
    }
    assert_eq!(sale.ask("POST", "/commands", &[JSON, &own], body).status, 200);
}
