//! Parts: places of areas beside seats in all that gives back and changes, other seats for an order, holds of one holder
//! alone, and parts of the hall that are blocked.

use crate::hall::{hall, transcript};
use crate::support::Server;

#[test]
fn places_are_given_back_changed_and_cancelled_in_part() {
    let (_directory, _server, mut client) = hall();
    assert!(client.ask("HOLD hall h1 bob 0 SEATS A-1-1 A-1-2 AREA FLOOR 2").starts_with('*'));
    transcript(
        &mut client,
        &[
            ("RELEASE hall r1 2 AREA FLOOR 1", "*6|$4|hold|:2|$7|version|:3|$8|released|:1|"),
            ("RELEASE hall r2 2 AREA FLOOR 2", "-GONE HF-BIZ-011 the hold has 1 places of FLOOR, 2 named|"),
            (
                "RELEASE hall r3 2 AREA FLOOR 1 SEATS A-1-2 AREA FLOOR 1",
                "-INVALID HF-INP-004 area \"FLOOR\" is named twice|",
            ),
            ("RELEASE hall r4 2 AREA ROOF 1", "-NOSEAT HF-INP-022 there is no area ROOF|"),
            (
                "change hall c1 2 drop A-1-1 area FLOOR 1 add area FLOOR 2",
                "-INVALID HF-INP-004 area \"FLOOR\" is named twice|",
            ),
            (
                "CHANGE hall c2 2 DROP A-1-1 ADD AREA FLOOR 2",
                "*12|$4|hold|:2|$10|expires_at|:T|$7|version|:4|$5|seats|*1|$5|A-1-2|$5|areas|*2|$5|FLOOR|:3|$2|at|:T|",
            ),
            ("CHANGE hall c3 2 ADD AREA FLOOR 1", "-LIMIT HF-BIZ-020 max_seats_per_hold is 4, wanted 5|"),
            (
                "CHANGE hall c4 2 DROP AREA FLOOR 3",
                "*10|$4|hold|:2|$10|expires_at|:T|$7|version|:5|$5|seats|*1|$5|A-1-2|$2|at|:T|",
            ),
            (
                "CHANGE hall c5 2 DROP SEATS A-1-2 ADD AREA FLOOR 4",
                "*12|$4|hold|:2|$10|expires_at|:T|$7|version|:6|$5|seats|*0|$5|areas|*2|$5|FLOOR|:4|$2|at|:T|",
            ),
            (
                "CHANGE hall c6 2 DROP AREA FLOOR 4",
                "-STATE HF-BIZ-041 nothing would be left of hold 2: RELEASE gives it back|",
            ),
            (
                "CONFIRM hall s1 o1 2",
                "*10|$5|order|$2|o1|$7|version|:7|$5|seats|*0|$5|areas|*2|$5|FLOOR|:4|$2|at|:T|",
            ),
            ("CANCEL hall x1 o1 ill AREA FLOOR 3", "*6|$5|order|$2|o1|$7|version|:8|$9|cancelled|:3|"),
            (
                "CANCEL hall x2 o1 ill AREA FLOOR 2",
                "-GONE HF-BIZ-013 the order has 1 places of FLOOR, 2 named|",
            ),
            // A repeat is the first answer, and other places are another command.
            ("CANCEL hall x1 o1 ill AREA FLOOR 3", "*6|$5|order|$2|o1|$7|version|:8|$9|cancelled|:3|"),
            (
                "CANCEL hall x1 o1 ill AREA FLOOR 1",
                "-KEYREUSED HF-INP-010 the key was used for another command|",
            ),
            // With the last of it the order is cancelled, and with the last of it a hold is over.
            ("CANCEL hall x3 o1 ill AREA FLOOR 1", "*6|$5|order|$2|o1|$7|version|:9|$9|cancelled|:1|"),
            ("CANCEL hall x4 o1 ill", "-GONE HF-BIZ-012 order o1 is unknown or cancelled|"),
            ("COUNT hall", "*10|$4|free|:36|$4|held|:0|$6|paying|:0|$4|sold|:0|$7|blocked|:0|"),
            (
                "HOLD hall h2 bob 0 AREA FLOOR 4",
                "*12|$4|hold|:10|$10|expires_at|:T|$7|version|:10|$5|seats|*0|$5|areas|*2|$5|FLOOR|:4|$2|at|:T|",
            ),
            ("RELEASE hall r5 10 AREA FLOOR 4", "*6|$4|hold|:10|$7|version|:11|$8|released|:4|"),
            ("GET HOLD hall 10", "$-1|"),
        ],
    );
}

#[test]
fn an_order_gets_other_seats_also_at_its_holders_limit() {
    let (directory, mut server, mut client) = hall();
    for line in [
        "HOLD hall h1 bob 0 SEATS A-1-1 A-1-2 A-1-3 AREA FLOOR 1",
        "HOLD hall h2 bob 0 SEATS B-1-1",
        "HOLD hall h3 ann 0 SEATS A-1-6",
        "CONFIRM hall s1 o1 2",
        "HOLD hall h4 bob 0 SEATS B-1-2",
    ] {
        assert!(client.ask(line).starts_with('*'), "{line}");
    }
    let exchanged = "*10|$5|order|$2|o1|$7|version|:7|$5|seats|*3|$5|A-1-2|$5|A-1-3|$5|B-2-1|$5|areas|*2|$5|FLOOR|:1|$2|at|:T|";
    transcript(
        &mut client,
        &[
            ("EXCHANGE hall e1 o1 view DROP A-1-1 ADD A-1-6", "-TAKEN HF-BIZ-001 A-1-6 held|"),
            (
                "EXCHANGE hall e2 o1 view DROP A-1-6 ADD A-1-4",
                "-GONE HF-BIZ-013 seat A-1-6 is not part of the order|",
            ),
            (
                "EXCHANGE hall e3 o2 view DROP A-1-1 ADD A-1-4",
                "-GONE HF-BIZ-012 order o2 is unknown or cancelled|",
            ),
            (
                "EXCHANGE hall e4 o1 view DROP A-1-1 ADD A-1-4 A-1-5",
                "-LIMIT HF-BIZ-021 max_seats_per_holder is 6, wanted 7|",
            ),
            (
                "EXCHANGE hall e5 o1 view DROP A-1-1 ADD A-1-1",
                "-INVALID HF-INP-004 seat \"A-1-1\" is named twice|",
            ),
            ("EXCHANGE hall e6 o1 view DROP A-1-1 ADD B-2-1", exchanged),
            ("EXCHANGE hall e6 o1 view DROP #0 ADD SEATS B-2-1", exchanged),
            ("MAP hall A", "*1|*3|$1|A|$1|1|$6|.ss..h|"),
        ],
    );
    // Neither a kill nor a restart gives anything back.
    server.kill();
    let server = Server::start(directory.path());
    let mut client = server.client();
    transcript(
        &mut client,
        &[
            ("EXCHANGE hall e6 o1 view DROP A-1-1 ADD B-2-1", exchanged),
            (
                "EXCHANGE hall e7 o1 floor DROP B-2-1 A-1-2 ADD AREA FLOOR 2",
                "*10|$5|order|$2|o1|$7|version|:8|$5|seats|*1|$5|A-1-3|$5|areas|*2|$5|FLOOR|:3|$2|at|:T|",
            ),
            (
                "GET ORDER hall o1",
                "*16|$5|order|$2|o1|$6|status|$4|sold|$6|holder|$3|bob|$7|version|:5|$7|sold_at|:T|$12|cancelled_at|$-1|$5|seats|*1|$5|A-1-3|$5|areas|*2|$5|FLOOR|:3|",
            ),
            ("HOLD hall h9 bob 0 SEATS A-1-1", "-LIMIT HF-BIZ-021 max_seats_per_holder is 6, wanted 7|"),
            ("EVENT PAUSE hall p olga why", "*6|$5|event|$4|hall|$6|status|$6|paused|$7|version|:9|"),
            ("EXCHANGE hall e8 o1 view DROP A-1-3 ADD A-1-1", "-CLOSED HF-BIZ-030 the event is paused|"),
        ],
    );
}

#[test]
fn places_of_several_holders_are_exchanged_for_more_of_another_area() {
    let (directory, mut server, mut client) = hall();
    client.create("two", r#"{"areas": [{"name": "A", "category": "C", "capacity": 9}, {"name": "B", "category": "C", "capacity": 9}]}"#);
    for line in [
        "HOLD two h1 bob 0 AREA A 3",
        "HOLD two h2 ann 0 AREA A 3",
        "CONFIRM two s1 o1 2 3",
        "EXCHANGE two e1 o1 why DROP AREA A 1 ADD AREA B 3",
        "CANCEL two x1 o1 ill AREA B 3",
    ] {
        assert!(client.ask(line).starts_with('*'), "{line}");
    }
    // A start looks at everything that it brings back.
    server.kill();
    let server = Server::start(directory.path());
    let counts = "*10|$4|free|:13|$4|held|:0|$6|paying|:0|$4|sold|:5|$7|blocked|:0|";
    assert_eq!(server.client().ask("COUNT two"), counts);
}

#[test]
fn a_hold_of_another_holder_is_not_there() {
    let (_directory, _server, mut client) = hall();
    for line in ["HOLD hall h1 bob 0 SEATS A-1-1", "HOLD hall h2 ann 0 SEATS A-1-2"] {
        assert!(client.ask(line).starts_with('*'), "{line}");
    }
    let gone = "-GONE HF-BIZ-010 hold 2 is unknown, expired, released or sold|";
    transcript(
        &mut client,
        &[
            ("EXTEND hall a1 2 0 HOLDER ann", gone),
            ("RELEASE hall a2 2 HOLDER ann", gone),
            ("RELEASE hall a3 2 SEATS A-1-1 HOLDER ann", gone),
            ("CHANGE hall a4 2 ADD A-1-3 HOLDER ann", gone),
            ("CONFIRM hall a5 o1 3 2 HOLDER ann", gone),
            ("PAYMENT TRY hall a6 p1 0 2 HOLDER ann", gone),
            ("PAYMENT TRY hall a7 p1 0 2 HOLDER nobody", gone),
            // Whose it is, is part of the command.
            ("EXTEND hall a1 2 0", "-KEYREUSED HF-INP-010 the key was used for another command|"),
            (
                "EXTEND hall b1 2 0 holder bob",
                "*10|$4|hold|:2|$10|expires_at|:T|$7|version|:4|$5|seats|*1|$5|A-1-1|$2|at|:T|",
            ),
            (
                "CHANGE hall b2 2 ADD A-1-3 HOLDER bob",
                "*10|$4|hold|:2|$10|expires_at|:T|$7|version|:5|$5|seats|*2|$5|A-1-1|$5|A-1-3|$2|at|:T|",
            ),
            ("RELEASE hall b3 2 SEATS A-1-1 HOLDER bob", "*6|$4|hold|:2|$7|version|:6|$8|released|:1|"),
        ],
    );
    assert!(
        client.ask("PAYMENT TRY hall b4 p1 60000 2 PROVIDER bank HOLDER bob").starts_with("*12|$7|payment|")
    );
    // Not even that it is being paid for is told to others.
    transcript(
        &mut client,
        &[
            ("EXTEND hall c1 2 0 HOLDER ann", gone),
            ("EXTEND hall c2 2 0 HOLDER bob", "-STATE HF-BIZ-045 hold 2 is in payment p1|"),
        ],
    );
}

#[test]
fn sections_rows_and_places_are_blocked() {
    let (_directory, _server, mut client) = hall();
    assert!(client.ask("HOLD hall h1 bob 0 SEATS B-1-2 AREA FLOOR 2").starts_with('*'));
    let blocked =
        |version: u32, seats: u32| format!("*6|$5|event|$4|hall|$7|version|:{version}|$5|seats|:{seats}|");
    transcript(
        &mut client,
        &[
            ("BLOCK hall b1 olga house SECTION B", "-TAKEN HF-BIZ-001 B-1-2 held|"),
            ("BLOCK hall b2 olga house SECTION B WHERE FREE", &blocked(3, 9)),
            ("BLOCK hall b3 olga house SECTION B WHERE FREE", &blocked(4, 0)),
            (
                "MAP hall",
                "*4|*3|$1|A|$1|1|$6|......|*3|$1|B|$1|1|$5|xhxxx|*3|$1|B|$1|2|$5|xxxxx|*3|$5|FLOOR|$0||$11|20:18:2:0:0|",
            ),
            ("UNBLOCK hall u1 olga back SECTION B ROW 2 FROM 4 TO 2", &blocked(5, 3)),
            (
                "UNBLOCK hall u2 olga back SECTION B ROW 2",
                "-STATE HF-BIZ-042 B-2-2 free, B-2-3 free, B-2-4 free|",
            ),
            ("UNBLOCK hall u3 olga back SECTION B ROW 1 WHERE BLOCKED", &blocked(6, 4)),
            (
                "BLOCK hall b4 olga stage AREA FLOOR 19",
                "-TAKEN HF-BIZ-002 FLOOR has 18 free places, 19 wanted|",
            ),
            (
                "BLOCK hall b5 olga stage AREA FLOOR 19 SEATS A-1-1 SECTION A ROW 1 FROM 5 TO 6 WHERE FREE",
                &blocked(7, 21),
            ),
            (
                "BLOCK hall b6 olga stage SECTION A SEATS A-1-3",
                "-INVALID HF-INP-004 seat \"A-1-3\" is named twice|",
            ),
            ("HOLD hall h2 ann 0 AREA FLOOR 1", "-TAKEN HF-BIZ-002 FLOOR has 0 free places, 1 wanted|"),
            (
                "COUNT hall BY section",
                concat!(
                    "*3|*2|$1|A|*10|$4|free|:3|$4|held|:0|$6|paying|:0|$4|sold|:0|$7|blocked|:3|",
                    "*2|$1|B|*10|$4|free|:7|$4|held|:1|$6|paying|:0|$4|sold|:0|$7|blocked|:2|",
                    "*2|$5|FLOOR|*10|$4|free|:0|$4|held|:2|$6|paying|:0|$4|sold|:0|$7|blocked|:18|",
                ),
            ),
            (
                "UNBLOCK hall u4 olga back AREA FLOOR 19",
                "-STATE HF-BIZ-042 FLOOR has 18 blocked places, 19 named|",
            ),
            ("UNBLOCK hall u5 olga back AREA FLOOR 10 SEATS A-1-1", &blocked(8, 11)),
            ("UNBLOCK hall u5 olga back AREA FLOOR 10 SEATS A-1-1", &blocked(8, 11)),
            (
                "UNBLOCK hall u5 olga back AREA FLOOR 10 SEATS A-1-1 WHERE BLOCKED",
                "-KEYREUSED HF-INP-010 the key was used for another command|",
            ),
            (
                "FEED hall 7",
                concat!(
                    "*2|*4|:7|:T|$7|blocked|*8|$6|ranges|*4|$5|A-1-1|:1|$5|A-1-5|:2|$5|areas|*2|$5|FLOOR|:18|$8|operator|$4|olga|$6|reason|$5|stage|",
                    "*4|:8|:T|$9|unblocked|*8|$6|ranges|*2|$5|A-1-1|:1|$5|areas|*2|$5|FLOOR|:10|$8|operator|$4|olga|$6|reason|$4|back|",
                ),
            ),
        ],
    );
}
