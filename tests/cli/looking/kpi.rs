//! `holdfast kpi`: figures of a log whose story is known.

use serde_json::Value;

use crate::support::{Client, HALL, Server, TempDir, run, told};

/// The figures, by name: value, samples.
fn figures(directory: &TempDir, more: &[&str]) -> (Value, Vec<(String, Option<f64>, u64)>) {
    let data = directory.path().to_str().unwrap();
    let (code, out, err) = told(&run([&["kpi", "--data", data, "--json"], more].concat()));
    assert_eq!((code, err.as_str(), out.lines().count()), (0, "", 1), "{out}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let figures = report["figures"].as_array().unwrap().iter().map(|line| {
        (line["name"].as_str().unwrap().to_owned(), line["value"].as_f64(), line["samples"].as_u64().unwrap())
    });
    let figures = figures.collect();
    (report, figures)
}

fn value(figures: &[(String, Option<f64>, u64)], name: &str) -> (Option<f64>, u64) {
    let (_, value, samples) =
        figures.iter().find(|(known, ..)| known == name).unwrap_or_else(|| panic!("{name}"));
    (*value, *samples)
}

/// Sells so that every outcome of a payment is there once.
fn sell(server: &Server) {
    let mut client = server.client();
    client.create("hall", HALL);
    for line in [
        "HOLD hall h1 ann 0 SEATS A-1-1",
        "HOLD hall h2 bob 0 SEATS A-1-2",
        "HOLD hall h3 eve 0 SEATS A-1-3",
        "HOLD hall h4 joe 0 SEATS A-1-4",
        "PAYMENT TRY hall t1 paid 60000 2",
        "PAYMENT TRY hall t2 declined 60000 3",
        "PAYMENT TRY hall t3 failed 60000 4",
        "PAYMENT TRY hall t4 late 60000 5",
        "PAYMENT SUCCEED hall s1 paid",
        "PAYMENT FAIL hall f1 declined declined:no-funds",
        "PAYMENT FAIL hall f2 failed timeout",
        "PAYMENT FAIL hall f3 late timeout",
        "HOLD hall h5 ann 0 SEATS A-1-4",
        "PAYMENT SUCCEED hall s2 late",
    ] {
        let reply = client.ask(line);
        assert!(!reply.starts_with('-'), "{line}: {reply}");
    }
}

#[test]
fn payments_count_by_their_first_outcome_and_kills_as_failures() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    sell(&server);
    // Beside the server that writes.
    let (report, figures_) = figures(&directory, &[]);
    let of = |name| value(&figures_, name);
    assert_eq!(of("payment_success").1, 3, "one was declined: that is the buyer's affair");
    assert!((of("payment_success").0.unwrap() - 100.0 / 3.0).abs() < 0.01);
    assert_eq!((of("payments_failed"), of("payments_declined")), ((Some(2.0), 2), (Some(1.0), 1)));
    assert_eq!((of("payment_time_p99").1, of("refunds_due")), (1, (Some(1.0), 1)));
    assert!(of("refund_due_oldest").0.is_some());
    assert_eq!((of("holds_expired"), of("orders_made")), ((Some(0.0), 5), (Some(1.0), 1)));
    assert_eq!((of("availability"), of("time_between_failures")), ((Some(100.0), 0), (None, 0)));
    assert!(report["notes"].as_array().unwrap().iter().any(|note| note.as_str().unwrap().contains("probe")));

    server.kill();
    let server = Server::start(directory.path());
    assert!(server.client().ask("PAYMENT REFUNDED hall r1 late re-1").starts_with('*'));
    let (_, figures_) = figures(&directory, &[]);
    let of = |name| value(&figures_, name);
    assert_eq!((of("refunds_due"), of("refund_time_p95").1), ((Some(0.0), 0), 1));
    assert_eq!((of("time_to_recover_median").1, of("availability").1), (1, 1));
    assert!(of("down_unplanned").0.unwrap() > 0.0 && of("time_between_failures").0.is_some());
    drop(server);
    // And of a directory that nobody writes.
    let (_, again) = figures(&directory, &[]);
    assert_eq!(value(&again, "orders_made"), (Some(1.0), 1));
}

#[test]
fn who_holds_again_and_again_and_buys_nothing_is_named() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    let ask = |client: &mut Client, line: String| {
        let reply = client.ask(&line);
        assert!(!reply.starts_with('-'), "{line}: {reply}");
    };
    let mut version = 1;
    for (holder, rounds) in [("greedy", 12), ("buyer", 11), ("payer", 11), ("undecided", 9)] {
        for round in 0..rounds {
            version += 2;
            ask(&mut client, format!("HOLD hall {holder}-h{round} {holder} 0 SEATS A-1-1"));
            ask(&mut client, format!("RELEASE hall {holder}-r{round} {}", version - 1));
        }
    }
    for line in [
        "HOLD hall h1 buyer 0 SEATS A-1-2".to_owned(),
        format!("CONFIRM hall c1 order {}", version + 1),
        "HOLD hall h2 payer 0 SEATS A-1-3".to_owned(),
        format!("PAYMENT TRY hall t1 paid 60000 {}", version + 3),
        "PAYMENT FAIL hall f1 paid declined KEEP 60000".to_owned(),
        format!("PAYMENT TRY hall t2 other-card 60000 {}", version + 3),
        "PAYMENT SUCCEED hall s2 other-card".to_owned(),
        "HOLD hall h3 buyer 0 SEATS A-1-4".to_owned(),
    ] {
        ask(&mut client, line);
    }
    let (report, figures_) = figures(&directory, &[]);
    assert_eq!(value(&figures_, "holds_unsold_most"), (Some(12.0), 4));
    let notes: Vec<_> = report["notes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let named: Vec<_> = notes.iter().filter(|note| note.contains("bought nothing since")).collect();
    assert_eq!(named, [&"greedy has made 12 holds of event hall and bought nothing since"], "{notes:?}");
}

#[test]
fn what_is_outside_the_window_is_not_counted() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    sell(&server);
    let (_, figures_) = figures(&directory, &["--from", "2000-01-01", "--to", "2001-01-01T00:00:00Z"]);
    for name in ["payment_success", "availability", "payment_time_p50"] {
        assert_eq!(value(&figures_, name), (None, 0), "{name}");
    }
    assert_eq!(value(&figures_, "orders_made"), (Some(0.0), 0));
    let data = directory.path().to_str().unwrap();
    let (code, out, _) = told(&run(["kpi", "--data", data, "--last", "365days"]));
    assert!(code == 0 && out.contains("\npayment_success "), "{out}");
    assert!(out.contains("note: the process is known from ") && out.contains("MISSED"), "{out}");
}

#[test]
fn bad_windows_and_directories_are_refused() {
    let directory = TempDir::new();
    let nowhere = directory.path().join("nowhere");
    for (words, code, says) in [
        (["--from", "2100-01-01"], 2, "HF-INP-051: the window is empty"),
        (["--last", "0s"], 2, "HF-INP-051: the window is empty"),
        (["--to", "yesterday"], 2, "write 2026-11-01 or"),
        (["--data", nowhere.to_str().unwrap()], 3, "HF-SYS-021: there is no directory"),
    ] {
        let (real, out, err) = told(&run([&["kpi"][..], &words].concat()));
        assert!(real == code && out.is_empty() && err.contains(says), "{words:?}: {real} {err}");
    }
}
