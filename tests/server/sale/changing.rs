//! What happens to a sale beside selling: other seats for a hold, orders taken back, limits, blocked seats, and what an
//! operator does by hand.

mod planning;

use crate::hall::{hall, transcript};
use crate::support::{Client, Server, wire};

#[test]
fn a_hold_changes_its_seats_in_one_step() {
    let (_directory, _server, mut client) = hall();
    transcript(
        &mut client,
        &[
            (
                "HOLD hall h1 bob 0 SEATS A-1-1 A-1-2 AREA FLOOR 1",
                "*12|$4|hold|:2|$10|expires_at|:T|$7|version|:2|$5|seats|*2|$5|A-1-1|$5|A-1-2|$5|areas|*2|$5|FLOOR|:1|$2|at|:T|",
            ),
            (
                "HOLD hall h2 ann 0 SEATS A-1-6",
                "*10|$4|hold|:3|$10|expires_at|:T|$7|version|:3|$5|seats|*1|$5|A-1-6|$2|at|:T|",
            ),
            // The hold's number and deadline stay; what comes stands behind what stays.
            (
                "change hall c1 2 drop A-1-1 add #0003 A-1-3",
                "*12|$4|hold|:2|$10|expires_at|:T|$7|version|:4|$5|seats|*3|$5|A-1-2|$5|A-1-4|$5|A-1-3|$5|areas|*2|$5|FLOOR|:1|$2|at|:T|",
            ),
            ("MAP hall A", "*1|*3|$1|A|$1|1|$6|.hhh.h|"),
            // Nothing is let go if one of the seats is not to be had.
            ("CHANGE hall c2 2 DROP A-1-2 A-1-3 ADD A-1-1 A-1-6", "-TAKEN HF-BIZ-001 A-1-6 held|"),
            ("CHANGE hall c3 2 ADD A-1-1", "-LIMIT HF-BIZ-020 max_seats_per_hold is 4, wanted 5|"),
            ("CHANGE hall c4 2 DROP A-1-6 ADD A-1-1", "-GONE HF-BIZ-011 seat A-1-6 is not part of the hold|"),
            (
                "CHANGE hall c5 99 ADD A-1-1",
                "-GONE HF-BIZ-010 hold 99 is unknown, expired, released or sold|",
            ),
            (
                "CHANGE hall c6 3 DROP A-1-6",
                "-STATE HF-BIZ-041 nothing would be left of hold 3: RELEASE gives it back|",
            ),
            ("MAP hall A", "*1|*3|$1|A|$1|1|$6|.hhh.h|"),
            // Areas stay with the hold, so that it may be left without seats.
            (
                "CHANGE hall c7 2 DROP A-1-2 A-1-3 A-1-4",
                "*12|$4|hold|:2|$10|expires_at|:T|$7|version|:5|$5|seats|*0|$5|areas|*2|$5|FLOOR|:1|$2|at|:T|",
            ),
            (
                "CHANGE hall c8 3 DROP A-1-6 ADD A-1-5",
                "*10|$4|hold|:3|$10|expires_at|:T|$7|version|:6|$5|seats|*1|$5|A-1-5|$2|at|:T|",
            ),
            ("MAP hall A", "*1|*3|$1|A|$1|1|$6|....h.|"),
            ("EVENT PAUSE hall p olga why", "*6|$5|event|$4|hall|$6|status|$6|paused|$7|version|:7|"),
            ("CHANGE hall c9 2 ADD A-1-1", "-CLOSED HF-BIZ-030 the event is paused|"),
            ("RELEASE hall r 3", "*6|$4|hold|:3|$7|version|:8|$8|released|:1|"),
            // A repeat is the first answer, a reuse is none.
            (
                "CHANGE hall c8 3 ADD #4 DROP #5",
                "*10|$4|hold|:3|$10|expires_at|:T|$7|version|:6|$5|seats|*1|$5|A-1-5|$2|at|:T|",
            ),
            (
                "CHANGE hall c8 3 DROP A-1-5 ADD A-1-6",
                "-KEYREUSED HF-INP-010 the key was used for another command|",
            ),
        ],
    );
}

#[test]
fn an_order_is_taken_back_in_part_and_as_a_whole() {
    let (_directory, _server, mut client) = hall();
    for line in [
        "HOLD hall h1 bob 0 SEATS A-1-1 A-1-2 A-1-3 AREA FLOOR 1",
        "HOLD hall h2 ann 0 SEATS B-1-1",
        "CONFIRM hall s1 o1 2 3",
    ] {
        assert!(client.ask(line).starts_with('*'), "{line}");
    }
    transcript(
        &mut client,
        &[
            ("CANCEL hall x1 o1 ill SEATS A-1-1 #1", "*6|$5|order|$2|o1|$7|version|:5|$9|cancelled|:2|"),
            (
                "GET ORDER hall o1",
                "*16|$5|order|$2|o1|$6|status|$4|sold|$6|holder|$3|bob|$7|version|:4|$7|sold_at|:T|$12|cancelled_at|$-1|$5|seats|*2|$5|A-1-3|$5|B-1-1|$5|areas|*2|$5|FLOOR|:1|",
            ),
            (
                "CANCEL hall x2 o1 ill SEATS A-1-3 A-1-2",
                "-GONE HF-BIZ-013 seat A-1-2 is not part of the order|",
            ),
            ("CANCEL hall x3 o2 ill", "-GONE HF-BIZ-012 order o2 is unknown or cancelled|"),
            (
                "MAP hall",
                "*4|*3|$1|A|$1|1|$6|..s...|*3|$1|B|$1|1|$5|s....|*3|$1|B|$1|2|$5|.....|*3|$5|FLOOR|$0||$11|20:19:0:0:1|",
            ),
            // Money is given back after the end of a sale, too.
            ("EVENT CLOSE hall close olga over", "*6|$5|event|$4|hall|$6|status|$6|closed|$7|version|:6|"),
            ("CANCEL hall x4 o1 the~show~is~off", "*6|$5|order|$2|o1|$7|version|:7|$9|cancelled|:3|"),
            ("CANCEL hall x5 o1 again", "-GONE HF-BIZ-012 order o1 is unknown or cancelled|"),
            ("CANCEL hall x1 o1 ill SEATS A-1-1 A-1-2", "*6|$5|order|$2|o1|$7|version|:5|$9|cancelled|:2|"),
            (
                "GET ORDER hall o1",
                "*14|$5|order|$2|o1|$6|status|$9|cancelled|$6|holder|$3|bob|$7|version|:4|$7|sold_at|:T|$12|cancelled_at|:T|$5|seats|*0|",
            ),
            ("COUNT hall", "*10|$4|free|:36|$4|held|:0|$6|paying|:0|$4|sold|:0|$7|blocked|:0|"),
        ],
    );
}

#[test]
fn the_name_of_a_cancelled_order_stays_taken_and_its_seats_and_limits_do_not() {
    let (directory, mut server, mut client) = hall();
    for line in [
        "HOLD hall h1 bob 0 SEATS A-1-1 A-1-2 A-1-3 AREA FLOOR 1",
        "CONFIRM hall s1 o1 2",
        "HOLD hall h2 bob 0 SEATS A-1-4 A-1-5",
    ] {
        assert!(client.ask(line).starts_with('*'), "{line}");
    }
    let full = "-LIMIT HF-BIZ-021 max_seats_per_holder is 6, wanted 7|";
    assert_eq!(client.ask("HOLD hall h3 bob 0 SEATS A-1-6"), full);
    // Neither another connection nor a restart nor another order gives more.
    assert_eq!(server.client().ask("HOLD hall h4 bob 0 SEATS A-1-6"), full);
    server.kill();
    let server = Server::start(directory.path());
    let mut client = server.client();
    assert_eq!(client.ask("HOLD hall h5 bob 0 AREA FLOOR 1"), full);
    assert_eq!(client.ask("CHANGE hall h6 4 ADD A-1-6"), full);
    assert_eq!(
        client.ask("CANCEL hall x1 o1 ill SEATS A-1-1"),
        "*6|$5|order|$2|o1|$7|version|:5|$9|cancelled|:1|"
    );
    assert!(client.ask("HOLD hall h7 bob 0 SEATS A-1-1").starts_with("*10|$4|hold|:6|"));
    assert_eq!(client.ask("HOLD hall h8 bob 0 SEATS A-1-6"), full);
    assert_eq!(
        client.ask("FORCE CANCEL hall x2 olga fraud o1"),
        "*6|$5|order|$2|o1|$7|version|:7|$9|cancelled|:3|"
    );
    assert!(client.ask("HOLD hall h9 bob 0 SEATS A-1-2 A-1-3 AREA FLOOR 1").starts_with("*12|$4|hold|:8|"));
    assert_eq!(client.ask("CONFIRM hall s2 o1 8"), "-EXISTS HF-BIZ-051 there is an order o1|");
    assert!(client.ask("CONFIRM hall s3 o2 8").starts_with("*10|$5|order|$2|o2|"));
}

#[test]
fn seats_are_blocked_and_unblocked() {
    let (_directory, _server, mut client) = hall();
    assert!(client.ask("HOLD hall h1 bob 0 SEATS A-1-1").starts_with('*'));
    transcript(
        &mut client,
        &[
            (
                "BLOCK hall b1 olga house~seats SEATS A-1-5 #5",
                "*6|$5|event|$4|hall|$7|version|:3|$5|seats|:2|",
            ),
            ("MAP hall A", "*1|*3|$1|A|$1|1|$6|h...xx|"),
            (
                "BLOCK hall b2 olga more SEATS A-1-4 A-1-5 A-1-1",
                "-TAKEN HF-BIZ-001 A-1-5 blocked, A-1-1 held|",
            ),
            ("HOLD hall h2 ann 0 SEATS A-1-5", "-TAKEN HF-BIZ-001 A-1-5 blocked|"),
            ("CHANGE hall h3 2 ADD A-1-6", "-TAKEN HF-BIZ-001 A-1-6 blocked|"),
            ("COUNT hall", "*10|$4|free|:33|$4|held|:1|$6|paying|:0|$4|sold|:0|$7|blocked|:2|"),
            (
                "SEAT hall A-1-5",
                "*18|$4|seat|$5|A-1-5|$7|ordinal|:4|$8|category|$3|VIP|$10|accessible|:0|$6|status|$7|blocked|$4|hold|$-1|$5|order|$-1|$6|holder|$-1|$10|expires_at|$-1|",
            ),
            (
                "UNBLOCK hall u1 olga sold~out SEATS A-1-5 A-1-4 A-1-1",
                "-STATE HF-BIZ-042 A-1-4 free, A-1-1 held|",
            ),
            ("UNBLOCK hall u2 olga sold~out SEATS A-1-5", "*6|$5|event|$4|hall|$7|version|:4|$5|seats|:1|"),
            (
                "HOLD hall h4 ann 0 SEATS A-1-5",
                "*10|$4|hold|:5|$10|expires_at|:T|$7|version|:5|$5|seats|*1|$5|A-1-5|$2|at|:T|",
            ),
            ("FORCE RELEASE hall f1 olga left~the~desk 5", "*6|$4|hold|:5|$7|version|:6|$8|released|:1|"),
            (
                "FORCE RELEASE hall f2 olga again 5",
                "-GONE HF-BIZ-010 hold 5 is unknown, expired, released or sold|",
            ),
            ("FORCE CANCEL hall f3 olga none o9", "-GONE HF-BIZ-012 order o9 is unknown or cancelled|"),
            ("MAP hall A", "*1|*3|$1|A|$1|1|$6|h....x|"),
            // The reason is a part of what was asked: another one is another command.
            (
                "BLOCK hall b1 olga another~reason SEATS A-1-5 A-1-6",
                "-KEYREUSED HF-INP-010 the key was used for another command|",
            ),
            (
                "BLOCK hall b1 olga house~seats SEATS #4 A-1-6",
                "*6|$5|event|$4|hall|$7|version|:3|$5|seats|:2|",
            ),
            ("EVENT CLOSE hall close olga over", "*6|$5|event|$4|hall|$6|status|$6|closed|$7|version|:7|"),
            ("BLOCK hall b3 olga why SEATS A-1-2", "-CLOSED HF-BIZ-032 the event is closed|"),
            ("UNBLOCK hall u3 olga why SEATS A-1-6", "-CLOSED HF-BIZ-032 the event is closed|"),
            ("FORCE RELEASE hall f4 olga over 2", "*6|$4|hold|:2|$7|version|:8|$8|released|:1|"),
        ],
    );
}

#[test]
fn limits_change_for_what_is_asked_from_then_on() {
    let (directory, mut server, mut client) = hall();
    assert!(client.ask("HOLD hall h1 bob 0 SEATS A-1-1 A-1-2 A-1-3 A-1-4").starts_with('*'));
    let limits = |client: &mut Client, key: &str, json: &str| {
        client.send(wire(&["EVENT", "LIMITS", "hall", key, "olga", "a rush", json]));
        client.reply()
    };
    let set = |version| format!("*6|$5|event|$4|hall|$6|status|$4|open|$7|version|:{version}|");
    assert_eq!(limits(&mut client, "l1", r#"{"max_seats_per_hold": 2, "max_seats_per_holder": 3}"#), set(3));
    // The same in other words is the same command.
    assert_eq!(limits(&mut client, "l1", r#"{"max_seats_per_holder":3,"max_seats_per_hold":2}"#), set(3));
    assert_eq!(
        limits(&mut client, "l1", r#"{"max_seats_per_hold":2}"#),
        "-KEYREUSED HF-INP-010 the key was used for another command|"
    );
    transcript(
        &mut client,
        &[
            // What is held stays, and may be confirmed, extended, made smaller or changed for as much.
            (
                "HOLD hall h2 ann 0 SEATS B-1-1 B-1-2 B-1-3",
                "-LIMIT HF-BIZ-020 max_seats_per_hold is 2, wanted 3|",
            ),
            ("HOLD hall h3 bob 0 SEATS B-1-1", "-LIMIT HF-BIZ-021 max_seats_per_holder is 3, wanted 5|"),
            (
                "CHANGE hall h4 2 DROP A-1-1 ADD B-1-1 B-1-2",
                "-LIMIT HF-BIZ-020 max_seats_per_hold is 2, wanted 5|",
            ),
            (
                "CHANGE hall h5 2 DROP A-1-1 ADD A-1-5",
                "*10|$4|hold|:2|$10|expires_at|:T|$7|version|:4|$5|seats|*4|$5|A-1-2|$5|A-1-3|$5|A-1-4|$5|A-1-5|$2|at|:T|",
            ),
        ],
    );
    for (json, expected) in [
        ("nonsense", "the limits: expected"),
        ("{}", "the limits: no limit is named"),
        ("[1, 2]", "the limits: invalid type: sequence, expected an object"),
        (r#"{"max_tll": 5}"#, "the limits: unknown field `max_tll`"),
        (r#"{"max_ttl": 5, "max_ttl": 6}"#, "the limits: max_ttl is named twice"),
        (r#"{"max_ttl": null}"#, "the limits: max_ttl: invalid type: null"),
        (r#"{"max_extends": -1}"#, "the limits: max_extends: invalid value"),
        (r#"{"max_extends": 1001}"#, "limits.max_extends is 1001: it must be from 0 to 1000"),
        (r#"{"max_seats_per_hold": 0}"#, "limits.max_seats_per_hold is 0: it must be from 1 to 1000"),
        (r#"{"max_ttl": 599999}"#, "limits.default_ttl (600000) is over limits.max_ttl (599999)"),
    ] {
        let reply = limits(&mut client, "bad", json);
        assert!(reply.starts_with(&format!("-INVALID HF-INP-006 {expected}")), "{json}: {reply}");
    }
    let info = client.ask("EVENT INFO hall");
    for part in ["|$18|max_seats_per_hold|:2|", "|$20|max_seats_per_holder|:3|", "|$7|max_ttl|:600000|"] {
        assert!(info.contains(part), "{info}");
    }
    server.kill();
    let server = Server::start(directory.path());
    let mut client = server.client();
    assert_eq!(client.ask("EVENT INFO hall"), info, "limits last");
    assert!(client.ask("EVENT CLOSE hall close olga over").starts_with('*'));
    assert_eq!(
        limits(&mut client, "late", r#"{"max_ttl": 600000}"#),
        "-CLOSED HF-BIZ-032 the event is closed|"
    );
}
