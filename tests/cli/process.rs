//! The process: ports, signals, and the commands that only tell.

use std::net::TcpListener;

use holdfast_engine::{CATALOGUE, CLASSES, MEANINGS, MOVED, Meaning};

use super::support::{HALL, Server, TempDir, eventually, program, run, told, wire_of};

#[test]
fn a_port_in_use() {
    let directory = TempDir::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for _ in 0..2 {
        let Err((status, said)) = Server::spawn(program(), directory.path(), &["--listen", &address]) else {
            panic!("the port is in use")
        };
        assert_eq!(status.code(), Some(2), "{said}");
        let message = format!("holdfast: HF-SYS-022: cannot listen on {address}: Address already in use");
        assert!(
            said.contains(&message) && said.contains("\n  what to do: Choose another --listen"),
            "{said}"
        );
    }
    // It left the directory as it should be.
    let mut server = Server::start(directory.path());
    assert_eq!(server.client().ask("PING"), "+PONG|");
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn sigterm_and_sigint_end_in_order() {
    for signal in ["TERM", "INT"] {
        let directory = TempDir::new();
        let mut server = Server::start(directory.path());
        let mut client = server.client();
        client.create("hall", HALL);
        let mut waiting = server.client();
        assert_eq!(waiting.ask("PING"), "+PONG|");
        // Sent before the signal: answered, whether it is taken or not, and then the connection is closed.
        client.send(wire_of("HOLD hall k bob 0 SEATS A-1-1"));
        assert!(client.reply().starts_with("*10|$4|hold|:2|"));
        server.signal(signal);
        let (code, log) = server.wait();
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains(&format!("signal=\"SIG{signal}\"")), "{log}");
        assert!(log.contains("stopped: the log is sealed") && !log.contains("ERROR"), "{log}");
        assert_eq!((client.rest(), waiting.rest()), (String::new(), String::new()));
        let server = Server::start(directory.path());
        assert!(server.log().contains("the log was closed in order"), "{}", server.log());
        assert!(server.client().ask("ASK hall k").starts_with("*10|$4|hold|:2|"));
    }
}

/// A stop under load: what was answered is there, what was not was not or is.
#[test]
fn a_stop_in_the_middle_of_a_pipeline() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    let map = r#"{"areas":[{"name":"F","category":"G","capacity":100000}],"limits":{"max_seats_per_holder":100000}}"#;
    client.create("e", map);
    let mut bytes = Vec::new();
    for number in 0..3_000 {
        bytes.extend(wire_of(&format!("HOLD e k{number} bob 0 AREA F 1")));
    }
    client.send(bytes);
    assert!(client.reply().starts_with("*12|$4|hold|:2|"));
    server.signal("TERM");
    // Every reply is an answer or says that the server stops; after the first of those there are no answers more.
    let replies = client.rest();
    let answered = 1 + replies.matches("*12|$4|hold|").count();
    let (code, log) = server.wait();
    assert_eq!(code, Some(0), "{log}");
    let server = Server::start(directory.path());
    let mut client = server.client();
    for number in 0..answered {
        let asked = client.ask(&format!("ASK e k{number}"));
        assert!(
            asked.starts_with(&format!("*12|$4|hold|:{}|", number + 2)),
            "k{number} of {answered}: {asked}"
        );
    }
    // The rest may be sent again and happens once.
    for number in answered..3_000 {
        let reply = client.ask(&format!("HOLD e k{number} bob 0 AREA F 1"));
        assert!(
            reply.starts_with(&format!("*12|$4|hold|:{}|", number + 2)),
            "k{number} of {answered}: {reply}"
        );
    }
}

#[test]
fn explain() {
    for entry in CATALOGUE {
        let code = entry.code.text();
        let spellings =
            [code.to_owned(), code.to_ascii_lowercase(), code.trim_start_matches("HF-").to_owned()];
        let texts = spellings.map(|spelling| {
            let (exit, out, err) = told(&run(["explain", &spelling]));
            assert_eq!((exit, err.as_str()), (0, ""), "{spelling}");
            out
        });
        assert!(texts[0].starts_with(&format!("{code}: {}\n", entry.title)), "{}", texts[0]);
        assert!(texts[0].contains("cause:   ") && texts[0].contains("remedy:  "), "{}", texts[0]);
        assert!(texts.iter().all(|text| *text == texts[0]));
    }
    let (exit, out, _) = told(&run(["explain", "hf"]));
    assert_eq!((exit, out.lines().count()), (0, CATALOGUE.len()));
}

#[test]
fn explain_in_korean_and_as_json() {
    let korean = |word: &str| told(&run(["explain", word, "--lang", "ko"]));
    for entry in CATALOGUE {
        let text = entry.korean();
        let (exit, out, err) = korean(entry.code.text());
        assert_eq!((exit, err.as_str()), (0, ""), "{}", entry.code);
        assert!(out.starts_with(&format!("{}: {}\n", entry.code, text.title)), "{out}");
        let told = entry.told().map_or("", |told| told.korean);
        assert!([text.cause, text.remedy, told].iter().all(|part| out.contains(part)), "{out}");
    }
    for Meaning { kind, .. } in MEANINGS {
        let (what, remedy) = kind.korean();
        let (_, out, _) = korean(kind.word());
        assert!(out.starts_with(&format!("{}: {what}\n", kind.word())) && out.contains(remedy), "{out}");
    }
    assert!(korean("DQ").1.contains("HF-DQ-001  -          로그 손상\n"));

    let (exit, out, _) = told(&run(["explain", "--json"]));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&out).expect("an array");
    assert_eq!((exit, rows.len()), (0, CATALOGUE.len()));
    for (row, entry) in rows.iter().zip(CATALOGUE) {
        assert_eq!(row["code"], entry.code.text());
        assert_eq!(row["ko"]["title"], entry.korean().title);
        assert_eq!(row["en"]["customer"].as_str(), entry.told().map(|told| told.english));
    }
    let (_, out, _) = told(&run(["explain", "TAKEN", "--json"]));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&out).expect("an array");
    assert!(rows.iter().all(|row| row["kind"] == "TAKEN" && row["binds"] == true), "{out}");
    let (exit, _, err) = told(&run(["explain", "TAKEN", "--lang", "fr"]));
    assert!(exit == 2 && err.contains("en, ko"), "{err}");
}

#[test]
fn explain_each_word_that_a_reply_can_begin_with() {
    // Replies are refusals, which have the word of their kind, or lead to another node.
    let words = MEANINGS.iter().map(|meaning| meaning.kind.word()).chain([MOVED]);
    for word in words {
        let [english, korean] =
            ["en", "ko"].map(|language| told(&run(["explain", word, "--lang", language])));
        for (exit, out, err) in [&english, &korean] {
            assert_eq!((*exit, err.as_str()), (0, ""), "{word}");
            assert!(out.starts_with(&format!("{word}: ")) && out.lines().count() > 2, "{word}: {out}");
        }
        assert_ne!(english.1, korean.1, "{word}");
    }
    let (exit, out, _) = told(&run(["explain", "MOVED", "--json"]));
    assert_eq!((exit, out.trim()), (0, "[]"), "it has no code");
}

#[test]
fn explain_a_kind_a_class_and_what_there_is() {
    let explained = |word: &str| told(&run(["explain", word]));
    let (_, overview, _) = told(&run(["explain"]));
    for Meaning { kind, what, binds, remedy } in MEANINGS {
        let word = kind.word();
        assert!(overview.contains(&format!("\n  {word:<10} {what}\n")), "{overview}");
        let (exit, out, err) = explained(&word.to_ascii_lowercase());
        assert_eq!((exit, err.as_str()), (0, ""), "{word}");
        let key = if *binds { "  key:     bound: " } else { "  key:     free: " };
        for part in [&format!("{word}: {what}\n"), key, &format!("  remedy:  {remedy}\n")] {
            assert!(out.contains(part), "{part} in {out}");
        }
        let codes = CATALOGUE.iter().filter(|entry| entry.kind == Some(*kind));
        codes.for_each(|entry| assert!(out.contains(entry.code.text()), "{} in {out}", entry.code));
    }
    for (class, about) in CLASSES {
        assert!(overview.contains(&format!("\n  {class:<10} {about}\n")), "{overview}");
        let (exit, out, _) = explained(class);
        let codes: Vec<_> = out.lines().filter_map(|line| line.split(' ').next()).collect();
        assert!(exit == 0 && !codes.is_empty(), "{class}: {out}");
        assert!(codes.iter().all(|code| code.starts_with(&format!("HF-{class}-"))), "{class}: {out}");
    }
    for (word, near) in
        [("HF-XYZ-999", None), ("HF-BIZ-01", Some("HF-BIZ-001")), ("TAKNE", Some("TAKEN")), ("", None)]
    {
        let (exit, out, err) = explained(word);
        assert_eq!((exit, out.as_str()), (2, ""), "{word}");
        assert!(err.contains(&format!("there is no code, kind or class {word:?}.")), "{err}");
        assert_eq!(err.contains("Did you mean"), near.is_some(), "{err}");
        assert!(near.is_none_or(|near| err.contains(&format!("Did you mean {near}?"))), "{err}");
        assert!(err.contains("`holdfast explain` lists kinds and classes"), "{err}");
    }
}

#[test]
fn logs_in_json_are_one_object_a_line() {
    let directory = TempDir::new();
    let mut server = Server::with(directory.path(), &["--trace-form", "json", "--trace-filter", "debug"]);
    assert_eq!(server.client().ask("PING"), "+PONG|");
    let (code, log) = server.stop();
    assert_eq!(code, Some(0));
    assert!(log.lines().count() >= 4, "{log}");
    for line in log.lines() {
        assert!(line.starts_with("{\"timestamp\":\"") && line.ends_with('}'), "{line}");
    }
}

#[test]
fn snapshots_are_listed_and_verified() {
    let directory = TempDir::new();
    let data = directory.path().display().to_string();
    let mut server = Server::with(directory.path(), &["--snapshot-every", "1s"]);
    let mut client = server.client();
    let (exit, out, _) = told(&run(["snapshot", "list", "--data", &data]));
    assert_eq!((exit, out.as_str()), (0, "there are no snapshots yet\n"));
    client.create("hall", HALL);
    eventually("a snapshot", || client.info("persistence", "snapshot_lsn") != "0");
    // Also while the server runs.
    let (exit, out, err) = told(&run(["snapshot", "list", "--data", &data]));
    assert_eq!((exit, err.as_str()), (0, ""));
    assert!(out.starts_with("snapshot at lsn 3: 1 events, ") && out.contains("\n  event 1 "), "{out}");
    assert!(out.contains("\n  system "), "{out}");
    let (exit, out, _) = told(&run(["snapshot", "verify", "--data", &data]));
    assert!(exit == 0 && out.contains(": whole\n") && out.contains(" bytes checked\n"), "{out}");
    server.stop();
    let (exit, out, err) = told(&run(["snapshot", "list", "--data", "/no/such/directory"]));
    assert_eq!((exit, out.as_str()), (3, ""));
    assert!(err.contains("there is no directory /no/such/directory"), "{err}");
}
