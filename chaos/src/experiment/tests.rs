use super::*;

const WHOLE: &str = r#"title = "t"
title-ko = "제"
description = "d"

[steady-state-hypothesis]
title = "h"

[[steady-state-hypothesis.probes]]
name = "p"
measure = "accepted-per-second"
tolerance = [1, 2]

[[method]]
name = "m"
do = { freeze = { for = "1s..2s" } }
pauses = { before = "10ms", after = "1s" }
repeat = 2
"#;

/// What is said when this stands in the place of that.
fn said(this: &str, that: &str) -> String {
    assert!(WHOLE.contains(this), "{this}");
    Experiment::read(&WHOLE.replacen(this, that, 1)).unwrap_err()
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_field() {
    Experiment::read(WHOLE).unwrap();
    for (this, that, line, what) in [
        ("title = \"t\"", "titel = \"t\"", 1, "unknown field `titel`"),
        ("name = \"p\"", "name = \"p\"\nlimit = 3", 10, "unknown field `limit`"),
        ("[1, 2]", "[2, 1]", 11, "ends before it begins"),
        ("[1, 2]", "true", 11, "a tolerance is a number, a word, or [least, most]"),
        ("accepted-per-second", "accepted", 10, "`accepted` cannot be measured: accepted-per-second, p99-ms"),
        ("{ freeze = { for = \"1s..2s\" } }", "\"explode\"", 15, "unknown variant `explode`"),
        (
            "for = \"1s..2s\"",
            "for = \"1s\", hard = true",
            15,
            "unexpected keys in table: hard, available keys: for",
        ),
        ("for = \"1s..2s\"", "for = \"2s..1s\"", 15, "`2s..1s` ends before it begins"),
        ("for = \"1s..2s\"", "for = \"soon\"", 15, "`soon` is no time"),
        ("for = \"1s..2s\"", "for = \"11m\"", 15, "too long"),
        (
            "{ freeze = { for = \"1s..2s\" } }",
            "{ fill-disk = { for = \"1s\" } }",
            15,
            "this needs server.disk-mib",
        ),
        (
            "{ freeze = { for = \"1s..2s\" } }",
            "{ step-clock = { by = \"-2h\" } }",
            15,
            "this needs server.clock",
        ),
        ("repeat = 2", "repeat = 0", 17, "repeat is 0: it must be from 1 to 100"),
        (
            "description = \"d\"",
            "description = \"d\"\nserver = { flags = [\"--data\", \"/srv\"] }",
            4,
            "--data cannot be set",
        ),
        (
            "description = \"d\"",
            "description = \"d\"\nserver = { flags = [\"--listen=0.0.0.0:1\"] }",
            4,
            "on this machine",
        ),
    ] {
        let why = said(this, that);
        assert!(why.contains(&format!("line {line}")) && why.contains(what), "{that}: {why}");
    }
    for (this, that, what) in [
        ("description = \"d\"", "description = \"d\"\nload = { rate = 0.0 }", "load.rate is 0"),
        ("description = \"d\"", "description = \"d\"\nload = { buyers = 0 }", "load.buyers is 0"),
        ("[[method]]", "[[methods]]", "unknown field `methods`"),
    ] {
        assert!(said(this, that).contains(what), "{that}: {}", said(this, that));
    }
}

#[test]
fn what_is_allowed_reaches_no_other_server() {
    for flag in ["--wal-slow", "100ms", "--snapshot-every=2s", "--payments-action"] {
        assert!(allowed(flag).is_ok(), "{flag}");
    }
    for flag in [
        "--data",
        "--listen",
        "--admin-listen",
        "--backup-to",
        "--archive-to",
        "--insecure-listen-anywhere",
        "-d",
    ] {
        assert!(allowed(flag).is_err(), "{flag}");
    }
}

#[test]
fn tolerances_hold_what_they_say() {
    let within = Tolerance::try_from_text("[1, 2]");
    assert!(within.holds(Some(&Value::Number(2.0))) && !within.holds(Some(&Value::Number(2.1))));
    assert!(!within.holds(None) && !within.holds(Some(&Value::Text("1".to_owned()))));
    assert!(Tolerance::try_from_text("\"normal\"").holds(Some(&Value::Text("normal".to_owned()))));
}

impl Tolerance {
    fn try_from_text(text: &str) -> Self {
        #[derive(Deserialize)]
        struct Holder {
            tolerance: Tolerance,
        }
        toml::from_str::<Holder>(&format!("tolerance = {text}")).unwrap().tolerance
    }
}
