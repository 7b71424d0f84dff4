//! `holdfast reconcile` and the job `reconcile`: a sale whose story is known, a provider's file, and what is done about the difference.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::support::jobs::{done, state};
use crate::support::reply::Value;
use crate::support::{Client, HALL, Server, TempDir, run, told, wire};

/// What the provider says: `ok` is right, `late` was never reported, `owed` was paid back without a word, `twice` was captured twice.
const FILE: &str = "id,key,type,amount,currency,at,reference\r\n\
    c-ok,gala:ok,capture,90.00,EUR,2026-11-29,pi-ok\r\n\
    c-late,gala:late,capture,90.00,EUR,2026-11-29,pi-late\r\n\
    c-owed,gala:owed,capture,90.00,EUR,2026-11-29,pi-owed\r\n\
    r-owed,gala:owed,refund,90.00,EUR,2026-11-29,\r\n\
    c-half,gala:half,capture,90.00,EUR,2026-11-29,pi-half\r\n\
    c-two,gala:twice,capture,90.00,EUR,2026-11-29,pi-two\r\n\
    c-two-2,gala:twice,capture,90.00,EUR,2026-11-29,pi-two\r\n\
    f,,fee,-3.20,EUR,2026-11-29,\r\n";

/// Sells so that each of these payments is there; `never` is paid here, and nowhere else.
fn sell(client: &mut Client) {
    client.create("gala", HALL);
    for line in [
        "HOLD gala h1 ann 0 SEATS A-1-1",
        "PAYMENT TRY gala t1 ok 60000 2 AMOUNT 9000 EUR",
        "PAYMENT SUCCEED gala s1 ok REFERENCE pi-ok",
        "HOLD gala h2 bob 0 SEATS A-1-2",
        "PAYMENT TRY gala t2 late 60000 5 AMOUNT 9000 EUR",
        "PAYMENT FAIL gala f2 late timeout",
        "HOLD gala h3 eve 0 SEATS A-1-3",
        "PAYMENT TRY gala t3 owed 60000 8 AMOUNT 9000 EUR",
        "PAYMENT FAIL gala f3 owed timeout",
        "HOLD gala h4 kim 0 SEATS A-1-3",
        "PAYMENT SUCCEED gala s3 owed",
        "HOLD gala h5 lee 0 SEATS A-1-4 A-1-5",
        "PAYMENT TRY gala t5 half 60000 13 AMOUNT 9000 EUR",
        "PAYMENT SUCCEED gala s5 half",
        "CANCEL gala x5 half why SEATS A-1-5 REFUND 4000",
        "HOLD gala h6 max 0 SEATS B-1-1",
        "PAYMENT TRY gala t6 twice 60000 17 AMOUNT 9000 EUR",
        "PAYMENT SUCCEED gala s6 twice",
        "HOLD gala h7 ida 0 SEATS B-1-2",
        "PAYMENT TRY gala t7 never 60000 20 AMOUNT 9000 EUR",
        "PAYMENT SUCCEED gala s7 never",
    ] {
        let reply = client.ask(line);
        assert!(!reply.starts_with('-'), "{line}: {reply}");
    }
}

/// A directory with a sale, and one with the provider's file.
fn place() -> (TempDir, TempDir, Server) {
    let (data, files) = (TempDir::new(), TempDir::new());
    fs::write(files.path().join("november.csv"), FILE).unwrap();
    let of = files.path().to_str().unwrap();
    let server = Server::with(data.path(), &["--reconcile-files", of, "--reconcile-grace", "0s"]);
    sell(&mut server.client());
    (data, files, server)
}

fn reconciled(data: &Path, file: &Path, more: &[&str]) -> (i32, String, String) {
    let (data, file) = (data.to_str().unwrap(), file.to_str().unwrap());
    let words = ["reconcile", "--data", data, "--profile", "csv", "--grace", "0s", file];
    told(&run([&words, more].concat()))
}

fn found(json: &str) -> Vec<(String, u64)> {
    let report: Json = serde_json::from_str(json).unwrap();
    let found = report["found"].as_object().unwrap().iter();
    found.map(|(class, count)| (class.clone(), count.as_u64().unwrap())).collect()
}

const EXPECTED: [(&str, u64); 5] = [
    ("CANCELLED_UNREFUNDED", 1),
    ("PAID_NO_SEAT", 1),
    ("PAID_TWICE", 1),
    ("REFUND_UNRECORDED", 1),
    ("SEAT_UNPAID", 1),
];

#[test]
fn what_does_not_match_is_found_told_and_done_away_with() {
    let (data, files, server) = place();
    let (file, out) = (files.path().join("november.csv"), files.path().join("out"));
    let mut client = server.client();
    let (code, json, err) = reconciled(data.path(), &file, &["--json", "--out", out.to_str().unwrap()]);
    assert_eq!(code, 1, "{json}{err}");
    assert_eq!(found(&json), EXPECTED.map(|(class, count)| (class.to_owned(), count)));
    let written = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let refunds = written("refunds.csv");
    let refunds: Vec<_> =
        refunds.lines().skip(1).map(|line| line.split(',').take(5).collect::<Vec<_>>()).collect();
    assert_eq!(
        refunds,
        [
            ["gala", "half", "CANCELLED_UNREFUNDED", "4000", "EUR"],
            ["gala", "twice", "PAID_TWICE", "9000", "EUR"],
        ]
    );
    assert_eq!(written("mismatches.csv").lines().count(), 6);
    let plan = written("plan-1.txt");
    let mut lines: Vec<_> = plan.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "PAYMENT REFUNDED gala * owed r-owed AMOUNT 9000 EUR",
            "PAYMENT SUCCEED gala * late AMOUNT 9000 EUR REFERENCE pi-late",
        ]
    );
    // The same inside the server.
    let told = done(&mut client, "JOB RUN reconcile r1 olga why csv FILES november.csv");
    assert_eq!(state(&told), "SUCCESS", "{told:?}");
    let figures = told.get("figures").unwrap();
    assert_eq!(
        (figures.integer("mismatches"), figures.integer("refunds"), figures.integer("lines")),
        (5, 2, 8)
    );
    assert_eq!(told.texts("findings").len(), 5);
    assert_eq!(told.integer("result_lines"), 7);
    let open = |client: &mut Client| client.info("reconciliation", "reconcile_open");
    assert_eq!(open(&mut client), "5");
    let [last, awaited] = ["last_at", "awaited_since"]
        .map(|field| client.info("reconciliation", &format!("reconcile_{field}")));
    assert_ne!(last, "0");
    assert_eq!(last, awaited);
    // One that fails, or looks at the past, takes nobody's place.
    assert_eq!(state(&done(&mut client, "JOB RUN reconcile r0 olga why csv FILES none.csv")), "FAILED");
    let past = told.get("figures").unwrap().integer("as_of_lsn");
    let line = format!("JOB RUN reconcile r9 olga why csv ASOF {past} FILES november.csv");
    assert_eq!(state(&done(&mut client, &line)), "SUCCESS");
    assert_eq!(
        (open(&mut client), client.info("reconciliation", "reconcile_periods")),
        ("5".into(), "1".into())
    );

    // The plan goes through the job that repairs, and then what it told is no difference any more.
    client.send(wire(&[&["JOB", "PLAN", "compensate"], &lines[..]].concat()));
    let planned = Value::of(&client.raw());
    let plan = planned.get("plan").unwrap().text().to_owned();
    client.send(wire(
        &[&["JOB", "RUN", "compensate", "c1", "olga", "november", "PLAN", &plan], &lines[..]].concat(),
    ));
    let execution = Value::of(&client.raw()).get("execution").unwrap().text().to_owned();
    crate::support::eventually("it ends", || {
        let told = Value::of(&client.bytes(&format!("JOB GET {execution}")));
        assert_ne!(state(&told), "FAILED", "{told:?}");
        state(&told) == "SUCCESS"
    });
    assert!(client.ask("GET ORDER gala late").contains("late"), "its seat was still free");
    let (code, json, err) = reconciled(data.path(), &file, &["--json"]);
    assert_eq!((code, found(&json).len()), (1, 3), "{json}{err}");
    let again = done(&mut client, "JOB RUN reconcile r2 olga why csv FILES november.csv");
    assert_eq!(again.get("figures").unwrap().integer("mismatches"), 3);
    assert_eq!(open(&mut client), "3", "the later run counts");
    let money = |name| again.get("figures").unwrap().integer(name);
    assert_eq!((money("paid_twice_minor_eur"), money("cancelled_unrefunded_minor_eur")), (9_000, 4_000));
}

#[test]
fn a_file_that_cannot_be_read_reconciles_nothing() {
    let (data, files, server) = place();
    let (bad, out) = (files.path().join("bad.csv"), files.path().join("out"));
    fs::write(
        &bad,
        FILE.replace("90.00,EUR,2026-11-29,pi-two\r\nc-two-2", "9O.00,EUR,2026-11-29,pi-two\r\nc-two-2"),
    )
    .unwrap();
    let (code, text, err) = reconciled(data.path(), &bad, &["--out", out.to_str().unwrap()]);
    assert_eq!((code, text.as_str()), (2, ""));
    assert!(err.contains("HF-INP-080") && err.contains("bad.csv:7: "), "{err}");
    assert!(!out.exists(), "nothing looks like a report");
    let mut client = server.client();
    let told = done(&mut client, "JOB RUN reconcile r1 olga why csv FILES november.csv bad.csv");
    assert_eq!((state(&told), told.get("error_code").unwrap().text()), ("FAILED", "HF-INP-080"));
    assert!(told.get("message").unwrap().text().contains("bad.csv:7: "), "{told:?}");
    // Only files of the directory: whoever asks for a job does not get to read the machine's.
    std::os::unix::fs::symlink("/etc/hostname", files.path().join("link.csv")).unwrap();
    for name in ["../november.csv", "/etc/hostname"] {
        let refused = client.ask(&format!("JOB RUN reconcile o olga why csv FILES {name}"));
        assert!(refused.starts_with("-INVALID HF-BAT-014"), "{refused}");
    }
    for (at, name) in ["link.csv", "missing.csv"].iter().enumerate() {
        let told = done(&mut client, &format!("JOB RUN reconcile o{at} olga why csv FILES {name}"));
        assert_eq!(
            (state(&told), told.get("error_code").unwrap().text()),
            ("FAILED", "HF-BAT-014"),
            "{name}"
        );
    }
    assert!(client.ask("JOB RUN reconcile w1 olga why csv november.csv").contains("HF-BAT-014"));
    // A report that is there is not overwritten, and a moment that is none is refused.
    fs::create_dir(&out).unwrap();
    let good = files.path().join("november.csv");
    assert_eq!(reconciled(data.path(), &good, &["--out", out.to_str().unwrap()]).0, 2);
    assert_eq!(reconciled(data.path(), &good, &["--from", "soon"]).0, 2);
    assert_eq!(reconciled(data.path(), &good, &["--as-of", "999999"]).0, 3);
}

#[test]
fn payments_are_as_of_one_record_and_nothing_old_is_proposed() {
    let (data, files, server) = place();
    let file = files.path().join("november.csv");
    let mut client = server.client();
    let newest = |client: &mut Client| client.info("persistence", "lsn_durable").parse::<u64>().unwrap();
    let then = newest(&mut client);
    assert_eq!(state(&done(&mut client, "JOB RUN snapshot n1 olga why")), "SUCCESS");
    assert!(client.ask("PAYMENT REFUNDED gala x1 owed r-owed").starts_with('*'));
    client.create("other", HALL);
    let (_, json, _) = reconciled(data.path(), &file, &["--json"]);
    assert!(!found(&json).iter().any(|(class, _)| class == "REFUND_UNRECORDED"), "{json}");
    let out = files.path().join("past");
    let past = then.to_string();
    let (code, json, err) =
        reconciled(data.path(), &file, &["--json", "--as-of", &past, "--out", out.to_str().unwrap()]);
    assert_eq!(
        (code, found(&json)),
        (1, EXPECTED.map(|(class, count)| (class.to_owned(), count)).to_vec()),
        "{err}"
    );
    assert!(!out.join("refunds.csv").exists() && !out.join("plan-1.txt").exists());
    assert_eq!(
        reconciled(data.path(), &file, &["--as-of", &past, "--event", "other"]).0,
        2,
        "it was not there yet"
    );
    assert_eq!(reconciled(data.path(), &file, &["--event", "gala", "--provider", "toss"]).0, 1);
    drop(server);
    let (code, after, _) = reconciled(data.path(), &file, &["--json"]);
    assert_eq!((code, found(&after).len()), (1, 4), "{after}");
}

#[test]
fn jobs_that_are_killed_leave_no_half_result_and_go_on_as_if_nothing_had_happened() {
    let (data, files, mut server) = place();
    let of = files.path().to_str().unwrap();
    let digest = |told: &Value| told.get("digest").unwrap().clone();
    // Whatever is there later is not compared.
    let upto = server.client().info("persistence", "lsn_durable");
    let reconcile = format!("csv ASOF {upto} FILES november.csv");
    let whole = done(&mut server.client(), &format!("JOB RUN reconcile whole olga why {reconcile}"));
    assert_eq!((state(&whole), whole.integer("result_lines")), ("SUCCESS", 5));
    for (job, arguments) in [("reconcile", &*reconcile), ("checklist", "daily"), ("check-invariants", "ALL")]
    {
        for round in 0..3_u64 {
            let mut client = server.client();
            client.send(format!("JOB RUN {job} {job}-{round} olga why {arguments}\r\n"));
            // Wherever that is: nothing that is asserted rests on it.
            std::thread::sleep(std::time::Duration::from_millis(3 * round));
            server.kill();
            server = Server::with(data.path(), &["--reconcile-files", of, "--reconcile-grace", "0s"]);
            let mut client = server.client();
            let mut newest = Value::Null;
            crate::support::eventually("each execution ends", || {
                let page = Value::of(&client.bytes(&format!("JOB FIND JOB {job} COUNT 100")));
                let all = page.list()[1].list().to_vec();
                newest = all.first().cloned().unwrap_or(Value::Null);
                all.iter().all(|one| !["READY", "RUNNING"].contains(&state(one)))
            });
            let text = |of: &Value, field: &str| match of {
                Value::Null => String::new(),
                of => of
                    .get(field)
                    .filter(|is| **is != Value::Null)
                    .map_or(String::new(), |is| is.text().to_owned()),
            };
            let told = match &*text(&newest, "error_code") {
                "HF-BAT-001" => {
                    let name = text(&newest, "execution");
                    done(&mut client, &format!("JOB RESUME {name} on-{job}-{round} olga on"))
                }
                // It has ended, or nobody was told that it was asked for.
                _ => done(&mut client, &format!("JOB RUN {job} again-{job}-{round} olga why {arguments}")),
            };
            // Something on the list may be red.
            let is_red = text(&told, "error_code") == "HF-BAT-030";
            assert!(state(&told) == "SUCCESS" || (job == "checklist" && is_red), "{told:?}");
            let line = format!("JOB RESULTS {} INACTIVE COUNT 1000", text(&told, "execution"));
            let page = Value::of(&client.bytes(&line));
            assert_eq!(page.integer("lines"), page.texts("results").len() as u64, "{page:?}");
            assert!(job != "reconcile" || digest(&told) == digest(&whole), "{told:?}, and {whole:?}");
        }
    }
}
