//! A look at what was is what was told then: by the running server, of its directory, and of a backup.

use super::{Place, Value, WIDE};
use crate::support::jobs::{done, state};
use crate::support::{Client, reply, run, told};

const LOOKS: [&str; 7] = [
    "MAP gala",
    "COUNT gala BY section",
    "SEAT gala A-1-1",
    "EVENT INFO gala",
    "GET ORDER gala order-1",
    "GET HOLD gala 2",
    "GET PAYMENT gala pay-3",
];

/// What the looks show now.
fn shown(client: &mut Client, before: &str) -> Vec<String> {
    LOOKS.map(|look| reply::at_rest(&client.bytes(&format!("{before}{look}")))).into()
}

fn version(client: &mut Client) -> u64 {
    Value::of(&client.bytes("EVENT INFO gala")).integer("version")
}

/// Sells a little, and returns what was shown at each version.
fn sold(client: &mut Client) -> Vec<(u64, Vec<String>)> {
    client.create("gala", WIDE);
    let mut then = vec![(version(client), shown(client, ""))];
    let lines = [
        "HOLD gala h1 bob 600000 SEATS A-1-1 A-1-2",
        "CONFIRM gala c1 order-1 2",
        "HOLD gala h2 ann 600000 SEATS A-1-3",
        "PAYMENT TRY gala t1 pay-3 0 4",
        "EVENT CHANGE gala x1 olga more {\"add\":{\"rows\":[{\"section\":\"A\",\"from\":2,\"to\":2,\"seats\":5}]}}",
        "PAYMENT SUCCEED gala t2 pay-3",
        "CANCEL gala d1 order-1 why",
        "HOLD gala h3 joe 600000 SEATS A-1-1",
    ];
    for (at, line) in lines.iter().enumerate() {
        let answer = client.ask(line);
        assert!(!answer.starts_with('-') || line.starts_with("EVENT CHANGE"), "{line}: {answer}");
        then.push((version(client), shown(client, "")));
        if at % 3 == 2 {
            assert_eq!(state(&done(client, &format!("JOB RUN snapshot s{at} olga why"))), "SUCCESS");
        }
    }
    then.dedup_by_key(|(version, _)| *version);
    then
}

#[test]
fn every_version_is_as_it_was_told_then() {
    let place = Place::new();
    let server = place.serve(&[]);
    let mut client = server.client();
    let then = sold(&mut client);
    assert!(then.len() >= 8, "{} versions", then.len());
    for (version, expected) in &then {
        assert_eq!(&shown(&mut client, &format!("ASOF {version} ")), expected, "version {version}");
    }
    // A time leads to the last change that is no later.
    for (version, _) in &then {
        let page = Value::of(&client.bytes(&format!("FEED gala {version} COUNT 1")));
        let Value::Integer(at) = page.list()[0].list()[1] else { panic!("{page:?}") };
        let reached = Value::of(&client.bytes(&format!("ASOF @{at} EVENT INFO gala"))).integer("version");
        assert!(reached >= *version, "{version} at {at}: {reached}");
    }
    for (line, code) in [
        ("ASOF 999 MAP gala", "-INVALID HF-INP-003 "),
        ("ASOF @99999999999999 MAP gala", "-INVALID HF-INP-003 "),
        ("ASOF @1 MAP gala", "-INVALID HF-INP-003 "),
        ("ASOF 0 MAP gala", "-INVALID HF-INP-003 "),
        ("ASOF yesterday MAP gala", "-INVALID HF-INP-003 "),
        ("ASOF 1 MAP none", "-NOEVENT "),
        ("ASOF 1 SEAT gala A-9-9", "-NOSEAT "),
        ("ASOF 1 HOLD gala k bob 0 SEATS A-1-1", "-INVALID HF-INP-001 "),
        ("ASOF 1 ASOF 1 MAP gala", "-INVALID HF-INP-001 "),
        ("ASOF 1 FEED gala 1", "-INVALID HF-INP-001 "),
        ("ASOF 1 LIST HOLDS gala", "-INVALID HF-INP-001 "),
    ] {
        let answer = client.ask(line);
        assert!(answer.starts_with(code), "{line}: {answer}");
    }
    assert!(client.ask("COMMAND GETKEYS ASOF 1 GET HOLD gala 2").contains("gala"));
    // The running event is what it was.
    assert_eq!(&shown(&mut client, ""), &then.last().unwrap().1);

    // The same of its directory, while the server runs, and of a backup.
    assert_eq!(state(&done(&mut client, "JOB RUN backup b1 olga why")), "SUCCESS");
    let backup = place.manifests().pop().unwrap().with_extension("");
    let data = place.data.path().display().to_string();
    for dir in [data, backup.display().to_string()] {
        for (version, _) in &then {
            let expected = Value::of(&client.bytes(&format!("ASOF {version} COUNT gala")));
            let version = version.to_string();
            let (code, out, err) = told(&run(["look", "--data", &dir, "--as-of", &version, "COUNT", "gala"]));
            assert_eq!(code, 0, "{err}");
            let free = format!("\"free\": {}", expected.integer("free"));
            assert!(out.contains(&free) && out.starts_with('{'), "{version}: {out} {expected:?}");
        }
        let (code, out, err) = told(&run(["look", "--data", &dir, "GET", "ORDER", "gala", "pay-3"]));
        assert!(code == 0 && out.contains("A-1-3"), "{out}{err}");
        for (words, says) in [
            (vec!["COUNT", "none"], "HF-INP-020"),
            (vec!["HOLD", "gala"], "HF-INP-001"),
            (vec!["MAP"], "HF-INP-001"),
            (vec!["--as-of", "never", "MAP", "gala"], "HF-"),
            (vec!["--as-of", "@1", "MAP", "gala"], "HF-INP-003"),
        ] {
            let (code, out, err) = told(&run(["look", "--data", &dir].iter().chain(&words)));
            assert!(code > 1 && out.is_empty() && err.contains(says), "{words:?}: {code} {out}{err}");
        }
    }
}
