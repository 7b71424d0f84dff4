//! Browsers log in: a cookie in the place of a token.

use std::io::{Read as _, Write as _};

use super::super::http::{Early, parse};
use super::super::support::access::{Certificate, TlsClient, new_token};
use super::super::support::{TempDir, eventually, run, told};
use super::{Sale, Secrets, bearer};

const JSON: &str = "Content-Type: application/json";
const OURS: &str = "Sec-Fetch-Site: same-origin";

/// The cookie of a login with this secret, as a header of a request.
fn log_in(sale: &Sale, secret: &str) -> String {
    let body = serde_json::json!({ "token": secret }).to_string();
    let answer = sale.ask("POST", "/session", &[JSON, OURS], &body);
    assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{}", answer.head);
    cookie(&answer.head)
}

fn cookie(head: &str) -> String {
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie: ")).unwrap();
    let value = line["set-cookie: ".len()..].split(';').next().unwrap();
    format!("Cookie: {value}")
}

fn status(sale: &Sale, path: &str, cookie: &str) -> u16 {
    sale.ask("GET", path, &[cookie, OURS], "").status
}

/// Takes a token out of the file, and has the server read it.
fn revoke(sale: &Sale, secrets: &Secrets, name: &str) {
    let (code, _, err) = told(&run(["token", "revoke", "--file", &secrets.tokens, name]));
    assert_eq!(code, 0, "{err}");
    sale.server.hang_up();
}

#[test]
fn a_session_is_what_its_token_is() {
    let (sale, secrets) = Sale::guarded(&["--admin-writes"]);
    let before = sale.get("/session");
    assert_eq!(before.status, 200);
    let before = before.json();
    assert_eq!((&before["login"], &before["role"], &before["name"]), (&true.into(), &().into(), &().into()));
    assert_eq!(before["port"], sale.address.port());
    assert_eq!((before["host"].as_str(), before["tls"].as_bool()), (Some("127.0.0.1"), Some(false)));
    assert!(before["version"].as_str().unwrap().split('.').count() == 3, "{before}");

    let body = serde_json::json!({ "token": secrets.reader }).to_string();
    let answer = sale.ask("POST", "/session", &[JSON, OURS], &body);
    let line = answer.head.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie")).unwrap();
    let port = sale.server.admin.port();
    assert!(line.contains(&format!("holdfast-{port}=")), "{line}");
    for part in ["; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=28800"] {
        assert!(line.contains(part), "{line}");
    }
    assert!(!line.contains("Secure") && !line.contains(&secrets.reader), "{line}");
    let reader = cookie(&answer.head);
    let session = sale.ask("GET", "/session", &[&reader, OURS], "").json();
    assert_eq!(
        (session["role"].as_str(), session["name"].as_str()),
        (Some("reader"), Some("reader")),
        "{session}"
    );
    assert_eq!(status(&sale, "/events/gala/holds", &reader), 200);
    assert_eq!(status(&sale, "/clients", &reader), 403, "for operators");
    let health = super::ask(sale.server.admin, "GET", "/health", &[&reader], "");
    assert_eq!(health.status, 200, "the other routes of the port know it as well");
    // A token in the request counts more.
    let both = sale.ask("GET", "/session", &[&reader, &bearer(&secrets.operator)], "").json();
    assert_eq!(both["role"], "operator");

    let trace = sale.get_as("/info?section=trace", &secrets.operator).json();
    let last = trace["trace"]["login_0"].as_str().unwrap();
    assert!(last.starts_with("token=reader,addr=127.0.0.1,"), "{trace}");

    let gone = sale.ask("DELETE", "/session", &[&reader, OURS], "");
    assert_eq!(gone.status, 204);
    assert!(gone.head.contains("Max-Age=0"), "{}", gone.head);
    assert_eq!(status(&sale, "/events/gala/holds", &reader), 401, "logged out");
    assert_eq!(sale.ask("DELETE", "/session", &[], "").status, 204, "there need be none");
}

#[test]
fn wrong_tokens_and_cookies_are_nobody() {
    let (sale, secrets) = Sale::guarded(&[]);
    for body in [r#"{"token":"hft_wrong"}"#, r#"{"token":""}"#] {
        let refused = sale.ask("POST", "/session", &[JSON, OURS], body);
        assert_eq!((refused.status, refused.code().as_str()), (401, "HF-INP-061"), "{}", refused.body);
        assert!(!refused.head.to_ascii_lowercase().contains("set-cookie"), "{}", refused.head);
    }
    let long = format!(r#"{{"token":"{}"}}"#, "x".repeat(10_000));
    assert_eq!(sale.ask("POST", "/session", &[JSON, OURS], &long).status, 401);
    let good = serde_json::json!({ "token": secrets.operator }).to_string();
    assert_eq!(sale.ask("POST", "/session", &[OURS], &good).status, 415);
    assert_eq!(sale.ask("POST", "/session", &[JSON, "Sec-Fetch-Site: cross-site"], &good).status, 403);
    let port = sale.server.admin.port();
    for wrong in [
        format!("Cookie: holdfast-{port}={}", secrets.operator),
        format!("Cookie: holdfast-{port}="),
        format!("Cookie: holdfast-{port}={}", "0".repeat(64)),
        "Cookie: holdfast".to_owned(),
        "Cookie: =;;=".to_owned(),
    ] {
        assert_eq!(status(&sale, "/events", &wrong), 401, "{wrong}");
    }
    let cookie = log_in(&sale, &secrets.operator);
    let other = cookie.replace(&format!("holdfast-{port}"), "holdfast-1");
    assert_eq!(status(&sale, "/events", &other), 401, "a cookie of another port");
}

#[test]
fn a_cookie_changes_something_only_for_a_page_of_ours() {
    let (sale, secrets) = Sale::guarded(&["--admin-writes"]);
    let cookie = log_in(&sale, &secrets.operator);
    let words = |key: &str| {
        serde_json::json!({ "words": ["HOLD", "gala", key, "dan", "60000", "AREA", "FLOOR", "1"] })
            .to_string()
    };
    let own = format!("Origin: http://{}", sale.server.admin);
    for (number, (headers, expected)) in [
        (vec![JSON, &cookie], 403),
        (vec![JSON, &cookie, "Sec-Fetch-Site: none"], 403),
        (vec![JSON, &cookie, "Sec-Fetch-Site: same-site"], 403),
        (vec![JSON, &cookie, "Sec-Fetch-Site: cross-site"], 403),
        (vec![JSON, &cookie, "Origin: https://evil.example"], 403),
        (vec![&cookie, OURS], 415),
        (vec![JSON, &cookie, OURS], 200),
        (vec![JSON, &cookie, &own], 200),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = sale.ask("POST", "/commands", &headers, &words(&format!("k{number}")));
        assert_eq!(answer.status, expected, "{headers:?}: {}", answer.body);
    }
    assert_eq!(sale.ask("DELETE", "/session", &[&cookie], "").status, 403, "nor does it log out");
    assert_eq!(status(&sale, "/events", &cookie), 200);
}

#[test]
fn a_session_ends_with_its_token_and_a_narrowed_one_loses_at_once() {
    let (sale, secrets) = Sale::guarded(&["--admin-writes"]);
    let (operator, reader) = (log_in(&sale, &secrets.operator), log_in(&sale, &secrets.reader));
    let mut stream = super::streams::Stream::open(&sale, "/events/gala/live", &[&operator]);
    assert_eq!(stream.next().unwrap().name, "picture");
    assert_eq!(status(&sale, "/clients", &operator), 200);
    revoke(&sale, &secrets, "operator");
    eventually("the session is over", || status(&sale, "/clients", &operator) == 401);
    assert!(stream.next().is_none(), "and so is what it watches");
    assert_eq!(status(&sale, "/events/gala/holds", &reader), 200, "others go on");
    // The same name and another secret is another token.
    let file = std::path::Path::new(&secrets.tokens);
    new_token(file, "operator", "operator", &[]);
    revoke(&sale, &secrets, "viewer");
    eventually("it is read", || sale.get_as("/events", &secrets.viewer).status == 401);
    assert_eq!(status(&sale, "/clients", &operator), 401);
}

#[test]
fn a_session_ends_when_it_is_old() {
    let (sale, secrets) = Sale::guarded(&["--admin-session-max", "1s"]);
    let cookie = log_in(&sale, &secrets.reader);
    eventually("it is over", || status(&sale, "/events", &cookie) == 401);
    assert_eq!(sale.ask("GET", "/session", &[&cookie, OURS], "").json()["role"], serde_json::Value::Null);
}

#[test]
fn where_everybody_may_do_everything_there_is_nothing_to_log_in_to() {
    let sale = Sale::open();
    let session = sale.get("/session").json();
    assert_eq!(
        (&session["login"], &session["role"], &session["writes"]),
        (&false.into(), &"operator".into(), &true.into())
    );
    let answer = sale.ask("POST", "/session", &[JSON], r#"{"token":"whatever"}"#);
    assert_eq!(answer.status, 204);
    assert!(!answer.head.to_ascii_lowercase().contains("set-cookie"), "{}", answer.head);
}

#[test]
fn with_tls_the_cookie_is_bound_to_the_host() {
    let directory = TempDir::new();
    let certificate = Certificate::new(directory.path());
    let tokens = directory.join("tokens");
    let secret = new_token(&tokens, "reader", "wall", &[]);
    let flags = [&certificate.flags()[..], &["--tokens", tokens.to_str().unwrap()]].concat();
    let server = Early::start(&directory.join("data"), &flags);
    server.ready();
    let mut client = TlsClient::connect(server.admin, &certificate.ca).unwrap();
    let body = serde_json::json!({ "token": secret }).to_string();
    client.send(format!(
        "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost\r\nConnection: close\r\n{JSON}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let mut bytes = Vec::new();
    let _ = client.0.read_to_end(&mut bytes);
    let answer = parse(&bytes);
    assert_eq!(answer.status, 204, "{} {}", answer.head, answer.body);
    let line = answer.head.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie")).unwrap();
    let name = format!("__Host-holdfast-{}=", server.admin.port());
    assert!(line.contains(&name) && line.contains("; Secure"), "{line}");
}

/// Twice as many strangers as there are places, each in the middle of a login or of something that needs one: they keep nobody out,
/// and who is known stays.
#[test]
fn strangers_that_take_their_time_are_in_nobodys_way() {
    let (sale, secrets) = Sale::guarded(&[]);
    let mut live = super::streams::Stream::open(&sale, "/events/gala/live", &[&bearer(&secrets.viewer)]);
    assert_eq!(live.next().unwrap().name, "picture");
    let host = sale.server.admin;
    let heads = [
        format!("POST /api/v1/session HTTP/1.1\r\nHost: {host}\r\n{JSON}\r\nContent-Length: 1000\r\n\r\n{{"),
        format!("GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer hft_wrong\r\n\r\n"),
    ];
    let strangers: Vec<_> = (0..2 * 256)
        .map(|number| {
            let mut stream = super::super::http::connect(host);
            stream.write_all(heads[number % 2].as_bytes()).unwrap();
            stream
        })
        .collect();
    eventually("an answer", || super::super::http::get(host, "/livez").status == 200);
    eventually("a login", || sale.get_as("/events", &secrets.viewer).status == 200);
    let mut client = sale.client();
    client.ask(&format!("AUTH {}", secrets.operator));
    assert!(!client.ask("HOLD gala new x 60000 SEATS A-1-5").starts_with('-'));
    assert_eq!(live.next().unwrap().name, "map", "who watches goes on");
    drop(strangers);
}
