//! A directory is restored to a moment: what was sold until then is there, the rest is written down, and nobody takes one history for
//! the other.

use super::{HALL, Place, TempDir, Value, WIDE, map, sell};
use crate::support::jobs::{done, state};
use crate::support::{Client, Server};

fn info(client: &mut Client, field: &str) -> u64 {
    Value::of(&client.bytes("EVENT INFO gala")).integer(field)
}

/// The ids of what comes next to a worker.
fn given(client: &mut Client, count: usize) -> Vec<String> {
    let told = client.bytes(&format!("XREADGROUP GROUP mail ann COUNT {count} STREAMS feed:gala >"));
    let entries = Value::of(&told).list()[0].list()[1].list().to_vec();
    entries.iter().map(|entry| entry.list()[0].text().to_owned()).collect()
}

#[test]
fn a_sale_goes_back_to_a_version_and_is_another_branch() {
    let place = Place::new();
    let server = place.serve(&[]);
    let mut client = server.client();
    client.create("gala", WIDE);
    client.create("ball", HALL);
    sell(&mut client, 1, 5);
    // A group has three entries, of which one is done, at the moment to which everything goes back.
    assert_eq!(client.ask("XGROUP CREATE feed:gala mail 0"), "+OK|");
    let has = given(&mut client, 3);
    assert_eq!(client.ask(&format!("XACK feed:gala mail {}", has[0])), ":1|");
    sell(&mut client, 6, 10);
    let (version, branch, then) =
        (info(&mut client, "version"), info(&mut client, "branch"), map(&mut client));
    assert_eq!(branch, 1);
    sell(&mut client, 11, 14);
    client.ask("HOLD gala only-held bob 600000 SEATS A-1-20");
    let newest = info(&mut client, "version");
    let lost = given(&mut client, 100).pop().unwrap();
    assert_eq!(state(&done(&mut client, "JOB RUN backup b1 olga why")), "SUCCESS");
    drop(server);

    let restored = TempDir::new();
    let data = restored.join("data").display().to_string();
    let upto = format!("gala:{version}");
    let (code, out, err) = place.command(&["restore", "--data", &data, "--upto", &upto]);
    assert_eq!(code, 0, "{out}{err}");
    let (first, last) = (version + 1, newest);
    assert!(
        out.contains(&format!(
            "  gala: versions {first} to {last}: 4 orders, 0 payments, 5 holds, 0 others\n"
        )),
        "{out}"
    );
    for order in 11..=14 {
        assert!(out.contains(&format!("    order order-{order}\n")), "{out}");
    }
    let missing = std::fs::read_to_string(restored.join("data/restored.ndjson")).unwrap();
    assert_eq!(missing.lines().count() as u64, newest - version, "{missing}");
    assert!(missing.lines().last().unwrap().contains("\"kind\":\"held\""), "{missing}");

    let server = Server::with(&restored.join("data"), &["--recovery-grace", "0s"]);
    let mut client = server.client();
    assert_eq!(map(&mut client), then);
    let (branch, paused) = (info(&mut client, "branch"), info(&mut client, "version"));
    assert!(branch > 1_700_000_000, "{branch}");
    assert_eq!(paused, version + 1);
    let page = client.ask(&format!("FEED gala {paused}"));
    for word in ["paused", "$restore", "restored"] {
        assert!(page.contains(word), "{page}");
    }
    assert!(client.ask("EVENT PAUSE gala k $restore why").starts_with("-INVALID HF-INP-002"));
    assert!(client.ask("HOLD gala new bob 1000 SEATS A-1-20").contains("HF-BIZ-"));
    // Who knows the other history is told so, whether or not it says which one it knows.
    for line in [
        format!("FEED gala {newest}"),
        "FEED gala 1 BRANCH 1".to_owned(),
        "FEEDS 1 COUNT 2 BRANCH 1".to_owned(),
        "FEEDS 999999".to_owned(),
        "PICTURE gala SINCE 1 BRANCH 1".to_owned(),
        "SUBSCRIBE BRANCH 1 feed:gala".to_owned(),
    ] {
        let told = client.ask(&line);
        let branch = format!("it is branch {branch}, which has its own records from ");
        assert!(told.starts_with("-TRIMMED HF-INP-042 ") && told.contains(&branch), "{line}: {told}");
    }
    // A group is where it was then. What it was given since is of the other history: no entry here, and as a place the moment that it names.
    assert_eq!(client.ask(&format!("XACK feed:gala mail {lost}")), ":0|");
    assert!(client.ask("XPENDING feed:gala mail").starts_with("*4|:2|"));
    let next = given(&mut client, 1);
    assert!(next[0].ends_with("-4"), "{next:?}");
    assert_eq!(client.ask(&format!("XGROUP SETID feed:gala mail {lost}")), "+OK|");
    let next = given(&mut client, 100);
    assert!(next[0].ends_with(&format!("-{paused}")), "what happened in this history since then: {next:?}");
    for line in [
        format!("FEED gala {} BRANCH {branch}", paused + 1),
        format!("FEEDS 1 COUNT 2 BRANCH {branch}"),
        format!("PICTURE gala SINCE 1 BRANCH {branch}"),
    ] {
        assert!(!client.ask(&line).starts_with('-'), "{line}");
    }
    assert!(client.ask("FEED gala 1 BRANCH none").starts_with("-INVALID HF-INP-003"));
    assert!(client.ask("PICTURE gala SINCE 1 COUNT 2").starts_with("-INVALID HF-INP-001"));
    assert_eq!(client.info("server", "branch"), branch.to_string());
    // Keys from before have their answers, and those from behind are free.
    client.ask("EVENT RESUME gala resumed olga why");
    sell(&mut client, 1, 10);
    assert_eq!(map(&mut client), then);
    sell(&mut client, 11, 12);
    drop(server);
    let server = Server::with(&restored.join("data"), &["--recovery-grace", "0s"]);
    let mut client = server.client();
    let status = client.ask("EVENT INFO gala");
    assert!(status.contains("open"), "only the first start pauses: {status}");
    assert!(client.ask("EVENT INFO ball").contains("paused"));
}

#[test]
fn a_moment_that_no_backup_has_is_refused_and_nothing_is_made() {
    let place = Place::new();
    let server = place.serve(&[]);
    let mut client = server.client();
    client.create("gala", WIDE);
    sell(&mut client, 1, 2);
    assert_eq!(state(&done(&mut client, "JOB RUN backup b1 olga why")), "SUCCESS");
    drop(server);
    let restored = TempDir::new();
    for (words, says) in [
        (["--upto-lsn", "999999"], "the record 999999"),
        (["--upto", "gala:99"], "the version 99 of gala"),
        (["--upto", "none:1"], "the version 1 of none"),
        (["--upto-time", "2020-01-01"], "no later than"),
        (["--upto-time", "2999-01-01"], "no later than"),
    ] {
        let data = restored.join("data").display().to_string();
        let (code, out, err) = place.command(&[&["restore", "--data", &data][..], &words].concat());
        assert!(code == 3 && out.is_empty() && err.contains(says), "{words:?}: {code} {out}{err}");
        assert!(!restored.join("data/identity").exists());
    }
    for words in [["--upto", "gala"], ["--upto", ":1"], ["--upto", "gala:0"], ["--upto-time", "yesterday"]] {
        let data = restored.join("data").display().to_string();
        assert_eq!(place.command(&[&["restore", "--data", &data][..], &words].concat()).0, 2, "{words:?}");
    }
    let data = restored.join("data").display().to_string();
    let both = ["restore", "--data", &data, "--upto-lsn", "3", "--upto", "gala:1"];
    assert_eq!(place.command(&both).0, 2, "one of them");
}
