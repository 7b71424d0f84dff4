//! `holdfast chaos`: what it refuses, what it does again with the same seed, and a short experiment for real.
//!
//! `cargo test --test chaos -- --ignored` runs the ten experiments that come with the program, which takes minutes, a machine with nothing
//! else to do, and strace, unshare and cc. `HOLDFAST_CHAOS=NAME` is for one of them.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use holdfast_chaos::{Experiment, Options, Verdict};
use serde_json::Value;

use support::{PROGRAM, TempDir, run, told};

/// Two kills, and nothing that a slow machine could fail by.
const SHORT: &str = r#"
title = "Two kills"
title-ko = "두 번 죽는다"
description = "A short one, for tests."

[server]
flags = ["--wal-slow", "1m", "--connections-patience", "1h"]

[load]
buyers = 4
rate = 100.0

[steady-state-hypothesis]
title = "Somebody gets a seat."
window = "500ms"

[[steady-state-hypothesis.probes]]
name = "new holds are accepted"
measure = "accepted-per-second"
tolerance = [0.001, 1000]

[[method]]
name = "the server is killed"
do = "kill"
pauses = { before = "50ms..300ms", after = "10ms..50ms" }
repeat = 2

[[rollbacks]]
name = "the server goes on"
do = "continue"
"#;

fn written(directory: &TempDir, name: &str, text: &str) -> String {
    let path = directory.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn journal(report: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(report.join("journal.json")).unwrap()).unwrap()
}

#[test]
fn what_is_not_its_own_is_refused_and_stays_as_it_was() {
    let directory = TempDir::new();
    let file = written(&directory, "short.toml", SHORT);
    let foreign = directory.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    let empty = foreign.to_str().unwrap().to_owned();
    let whole = |words: &[&str]| told(&run([&["chaos", "run", &file], words].concat()));
    for (words, what) in [
        (["--data", &empty], "is there already: an experiment destroys what it works on"),
        (["--listen", "0.0.0.0:0"], "the server of an experiment listens on this machine alone"),
        (["--listen", "192.0.2.1:7411"], "the server of an experiment listens on this machine alone"),
    ] {
        let (code, out, err) = whole(&words);
        assert_eq!((code, out.as_str()), (2, ""), "{words:?}: {err}");
        assert!(err.contains("HF-INP-051") && err.contains(what), "{words:?}: {err}");
    }
    assert_eq!(fs::read_dir(&foreign).unwrap().count(), 0);
    let flags = SHORT.replace("\"--wal-slow\", \"1m\"", "\"--data\", \"/srv\"");
    let (code, _, err) = told(&run(["chaos", "check", &written(&directory, "foreign.toml", &flags)]));
    assert!(code == 2 && err.contains("line 7: flags: --data cannot be set by an experiment"), "{err}");
    let slip = SHORT.replace("rate = 100.0", "rat = 100.0");
    let (code, _, err) = told(&run(["chaos", "run", &written(&directory, "slip.toml", &slip)]));
    assert!(code == 2 && err.contains("line 11, column 1") && err.contains("unknown field `rat`"), "{err}");
    let (code, _, err) = told(&run(["chaos", "run", "no-such-experiment"]));
    assert!(
        code == 2 && err.contains("cannot read no-such-experiment") && err.contains("restart-loop"),
        "{err}"
    );
}

#[test]
fn a_seed_has_one_schedule() {
    let schedule = |name: &str, seed: &str| told(&run(["chaos", "check", name, "--seed", seed]));
    let (code, out, _) = told(&run(["chaos", "list"]));
    assert_eq!((code, out.lines().count()), (0, 10), "{out}");
    for line in out.lines() {
        let name = line.split(' ').next().unwrap();
        let first = schedule(name, "7");
        assert_eq!(first.0, 0, "{name}: {}", first.2);
        assert_eq!(first, schedule(name, "7"), "{name}");
        assert_ne!(first, schedule(name, "8"), "{name}");
    }
}

#[test]
fn a_server_that_is_killed_keeps_its_promises_and_the_journal_says_how() {
    let directory = TempDir::new();
    let file = written(&directory, "short.toml", SHORT);
    let (report, data) = (directory.path().join("report"), directory.path().join("data"));
    let words = ["--report", report.to_str().unwrap(), "--data", data.to_str().unwrap(), "--seed", "5"];
    let (code, out, err) = told(&run([&["chaos", "run", &file], &words[..]].concat()));
    assert_eq!(code, 0, "{out}{err}");
    let journal = journal(&report);
    assert_eq!((&journal["verdict"], &journal["reasons"]), (&"held".into(), &Value::Array(Vec::new())));
    let faults = journal["faults"].as_array().unwrap();
    assert!(faults.len() == 2 && faults.iter().all(|fault| fault["recovery_s"].is_number()), "{faults:?}");
    let history = &journal["history"];
    assert!(history["judged"].as_u64().unwrap() > 0 && history["broken_promises"] == 0, "{history}");
    assert_eq!((&journal["starts"], &journal["kept"]), (&3.into(), &Value::Null));
    assert!(!data.exists(), "the directory of the run stays");
    // What is done when is what was said before.
    let (_, said, _) = told(&run(["chaos", "check", &file, "--seed", "5"]));
    for step in journal["schedule"].as_array().unwrap() {
        let line = format!("after {} ms: {}", step["before_ms"], step["name"].as_str().unwrap());
        assert!(said.contains(&line), "{line}: {said}");
    }
    let page = fs::read_to_string(report.join("report.md")).unwrap();
    assert!(page.contains("**Verdict: held**") && page.contains("--seed 5"), "{page}");
    let (code, _, err) = told(&run([&["chaos", "run", &file], &words[..]].concat()));
    assert!(code == 2 && err.contains("has a journal already"), "{err}");
}

#[test]
fn a_hypothesis_that_does_not_hold_ends_with_1_and_leaves_what_there_is_to_look_at() {
    let directory = TempDir::new();
    let report = directory.path().join("report");
    // No server sells so much.
    let bold = SHORT.replace("repeat = 2", "").replace("[[method]]", "phases = [\"during\"]\n\n[[method]]");
    let bold = bold.replace("[0.001, 1000]", "[100000, 200000]");
    let file = written(&directory, "bold.toml", &bold);
    let words = ["chaos", "run", &file, "--report", report.to_str().unwrap(), "--lang", "ko"];
    let (code, out, err) = told(&run(words));
    assert!(code == 1 && out.contains("판정: 벗어남"), "{out}{err}");
    let journal = journal(&report);
    assert_eq!(journal["verdict"], "deviated");
    let reason = journal["reasons"][0].as_str().unwrap();
    assert!(reason.starts_with("during: new holds are accepted: "), "{reason}");
    let kept = journal["kept"].as_str().unwrap();
    assert!(Path::new(kept).join("server.log").exists(), "{kept}");
    fs::remove_dir_all(kept).unwrap();
    // Where all is not well to begin with, nothing is done.
    let never =
        written(&directory, "never.toml", &bold.replace("\"during\"", "\"before\"").replace("500ms", "20ms"));
    let report = directory.path().join("never");
    let (code, _, err) = told(&run(["chaos", "run", &never, "--report", report.to_str().unwrap()]));
    assert_eq!(code, 1, "{err}");
    let journal = self::journal(&report);
    assert_eq!((&journal["verdict"], &journal["starts"]), (&"not-steady-before".into(), &1.into()));
    assert_eq!(journal["faults"].as_array().unwrap().len(), 0);
    fs::remove_dir_all(journal["kept"].as_str().unwrap()).unwrap();
}

/// A server that has all it said before its first kill, and nothing of what it said between that and the second: it starts the third time
/// on a copy of what was there the second time.
const FORGETFUL: &str = r#"#!/bin/sh
here=$(dirname "$0")
for word in "$@"; do [ "$before" = --data ] && data=$word; before=$word; done
starts=$(cat "$here/starts" 2>/dev/null || echo 0)
echo $((starts + 1)) > "$here/starts"
[ "$starts" = 1 ] && cp -r "$data" "$here/copy"
[ "$starts" = 2 ] && rm -rf "$data" && cp -r "$here/copy" "$data"
exec PROGRAM "$@"
"#;

#[test]
fn a_server_that_forgets_what_it_said_is_found_out() {
    let directory = TempDir::new();
    let program = directory.path().join("forgetful");
    fs::write(&program, FORGETFUL.replace("PROGRAM", PROGRAM)).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let options = Options {
        program,
        seed: 5,
        data: Some(directory.path().join("data")),
        listen: "127.0.0.1:0".parse().unwrap(),
        keep: false,
        started: String::new(),
    };
    let journal = holdfast_chaos::run(&Experiment::read(SHORT).unwrap(), &options).unwrap();
    assert_eq!(journal.verdict(), Verdict::Deviated);
    let reasons = journal.reasons().join("; ");
    assert!(
        reasons.contains("promises were broken") && reasons.contains("two accepted writes have version"),
        "{reasons}"
    );
}

#[test]
#[ignore = "takes minutes, and a machine with nothing else to do"]
fn the_experiments_that_come_with_the_program_hold() {
    let wanted = std::env::var("HOLDFAST_CHAOS").unwrap_or_else(|_| "all".to_owned());
    let (_, out, _) = told(&run(["chaos", "list"]));
    let names: Vec<&str> = out.lines().map(|line| line.split(' ').next().unwrap()).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| wanted == "all" || wanted == *name).collect();
    assert!(!names.is_empty(), "HOLDFAST_CHAOS={wanted}: all, or the name of an experiment");
    for name in names {
        let (code, out, err) = told(&run(["chaos", "run", name, "--seed", "1"]));
        assert_eq!(code, 0, "{name}\n{out}{err}");
    }
}
