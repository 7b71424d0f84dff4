//! `JOB`: what operators have the server do, as clients see it, and over kills.

mod approvals;
mod exports;
mod repairs;
mod replays;

use crate::support::jobs;
use crate::support::reply::Value;
use crate::support::{Client, HALL, Server, TempDir, wire};

/// Has a job done; the name of the execution.
fn done(client: &mut Client, line: &str) -> String {
    let told = jobs::done(client, line);
    assert_eq!(jobs::state(&told), "SUCCESS", "{line}");
    told.get("execution").unwrap().text().to_owned()
}

#[test]
fn a_job_is_planned_run_found_and_known_after_a_kill() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    client.create("gala", HALL);
    client.ask("HOLD gala k1 bob 600000 SEATS A-1-1");
    let plan = Value::of(&client.bytes("JOB PLAN replay EVENT gala"));
    let hash = plan.get("plan").unwrap().text().to_owned();
    assert_eq!(
        (hash.len(), plan.integer("items"), plan.texts("arguments")),
        (16, 1, vec!["EVENT".to_owned(), "gala".to_owned()])
    );
    let line = format!("JOB RUN replay r1 olga why PLAN {hash} EVENT gala");
    let first = client.bytes(&line);
    let execution = done(&mut client, &line);
    assert_eq!(client.bytes(&line), first, "the same key is the same answer");
    assert_eq!(client.bytes("HELLO 3")[0], b'%');
    let told = Value::of(&client.bytes(&format!("JOB GET {execution}")));
    for (field, expected) in
        [("run_type", "MANUAL"), ("operator", "olga"), ("reason", "why"), ("plan", &*hash)]
    {
        assert_eq!(told.get(field).unwrap().text(), expected);
    }
    assert_eq!((told.integer("is_active"), told.integer("done")), (1, told.integer("of")));
    let all = done(&mut client, "JOB RUN replay r2 olga why");
    let log = done(&mut client, "JOB RUN verify-log v1 olga why");
    let rules = done(&mut client, "JOB RUN check-invariants i1 olga why");
    let snapshot = done(&mut client, "JOB RUN snapshot s1 olga why");

    let names = |bytes: &[u8]| -> (u64, Vec<String>) {
        let page = Value::of(bytes);
        let [next, executions] = page.list() else { panic!("{page:?}") };
        let names = executions.list().iter().map(|one| one.get("execution").unwrap().text().to_owned());
        (next.number(), names.collect())
    };
    assert_eq!(
        names(&client.bytes("JOB FIND")),
        (0, vec![snapshot.clone(), rules, log, all.clone(), execution.clone()])
    );
    let (next, page) = names(&client.bytes("JOB FIND STATE success JOB replay COUNT 1"));
    assert_eq!(page, [all]);
    let page = names(&client.bytes(&format!("JOB FIND JOB replay CURSOR {next}")));
    assert_eq!(page, (0, vec![execution.clone()]));
    assert_eq!(names(&client.bytes("JOB FIND FROM 0 TO 1")).1, Vec::<String>::new());

    let before = client.bytes(&format!("JOB GET {execution}"));
    server.kill();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.ask("HELLO 3");
    assert_eq!(client.bytes(&format!("JOB GET {execution}")), before);
    client.ask("HELLO 2");
    assert_eq!(client.bytes(&line), first);
    // After a snapshot, from the snapshot on.
    client.ask("HOLD gala k2 bob 600000 SEATS A-1-2");
    done(&mut client, "JOB RUN replay r3 olga why");
    done(&mut client, "JOB RUN check-invariants i2 olga why EVENT gala");
    let jobs = Value::of(&client.bytes("JOB LIST"));
    let mut jobs: Vec<_> = jobs.list().iter().map(|job| job.get("job").unwrap().text().to_owned()).collect();
    jobs.sort();
    assert_eq!(
        jobs,
        [
            "backup",
            "backup-verify",
            "check-invariants",
            "checklist",
            "command",
            "compensate",
            "drill",
            "export",
            "reconcile",
            "replay",
            "replay-group",
            "snapshot",
            "verify-log"
        ]
    );
}

#[test]
fn what_is_wrong_is_told_and_changes_nothing() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create("gala", HALL);
    let execution = done(&mut client, "JOB RUN snapshot s1 olga why");
    for (line, expected) in [
        ("JOB", "INVALID HF-INP-001"),
        ("JOB SHOUT", "INVALID HF-INP-007"),
        ("JOB RUN snapshot", "INVALID HF-INP-001 missing key"),
        ("JOB RUN snapshot k olga", "INVALID HF-INP-001 missing reason"),
        ("JOB RUN snapshot k olga why now", "INVALID HF-BAT-014"),
        ("JOB RUN snapshot k olga why PLAN 12", "INVALID HF-INP-001"),
        ("JOB RUN snapshot k olga why PLAN 0123456789abcdef", "STATE HF-BAT-015"),
        ("JOB RUN snapshot s1 olga other", "KEYREUSED HF-INP-010"),
        ("JOB RUN verify-log s1 olga why", "KEYREUSED HF-INP-010"),
        ("JOB RUN format-disk k olga why", "INVALID HF-BAT-014"),
        ("JOB PLAN replay EVENT", "INVALID HF-BAT-014"),
        ("JOB PLAN replay EVENT nope", "NOEVENT HF-INP-020"),
        ("JOB GET snapshot-99", "GONE HF-BAT-010"),
        ("JOB GET 99", "GONE HF-BAT-010"),
        ("JOB GET snapshot", "GONE HF-BAT-010"),
        ("JOB GET replay-3", "GONE HF-BAT-010"),
        ("JOB RESULTS 99", "GONE HF-BAT-010"),
        (&format!("JOB RESULTS {execution}"), "GONE HF-BAT-025"),
        (&format!("JOB RESULTS {execution} BACKWARDS"), "INVALID HF-INP-001"),
        ("JOB FIND STATE lost", "INVALID HF-INP-001"),
        ("JOB FIND COUNT 0", "INVALID HF-INP-003"),
        ("JOB FIND WHERE 1", "INVALID HF-INP-001"),
        (&format!("JOB STOP {execution} k olga why"), "STATE HF-BAT-012"),
        (&format!("JOB RESUME {execution} k olga why"), "STATE HF-BAT-012"),
        (&format!("JOB ACTIVATE {execution} k olga why"), "STATE HF-BAT-012"),
        (&format!("JOB STOP {execution} s1 olga why"), "KEYREUSED HF-INP-010"),
    ] {
        let told = client.ask(line);
        assert!(told.starts_with(&format!("-{expected}")), "{line}: {told}");
    }
    let many = ["JOB", "PLAN", "replay"].into_iter().chain(["x"; 1_001]).collect::<Vec<_>>();
    client.send(wire(&many));
    assert!(client.reply().starts_with("-INVALID HF-INP-001"));
    let long = "x".repeat(513);
    assert!(client.ask(&format!("JOB PLAN replay {long}")).starts_with("-INVALID HF-INP-001"));
    assert_eq!(client.ask("MULTI"), "+OK|");
    assert!(client.ask("JOB RUN snapshot k olga why").contains("cannot be part of a transaction"));
    client.ask("DISCARD");
    assert_eq!(Value::of(&client.bytes("JOB FIND")).list()[1].list().len(), 1, "nothing of it was done");
}
