//! Seats that the server chooses, and picks by hand that it refuses: the examples of docs/best-seats.md, byte for byte.

use crate::hall::with;
use crate::support::{Client, Server, TempDir};

const THEATRE: &str = concat!(
    r#"{"sections":[{"name":"A","category":"VIP","rows":[{"name":"1","seats":9,"accessible":["1","9"]},"#,
    r#"{"name":"2","seats":9},{"name":"3","seats":9}]},"#,
    r#"{"name":"B","category":"STD","rows":{"from":1,"to":2,"seats":5}}],"#,
    r#""areas":[{"name":"FLOOR","category":"STD","capacity":5}],"#,
    r#""limits":{"max_seats_per_holder":1000,"orphans":"ORPHANS"}}"#
);

fn theatre(orphans: &str) -> (TempDir, Server, Client) {
    with("t", &THEATRE.replace("ORPHANS", orphans))
}

/// The labels of a hold, or the refusal.
fn seats(client: &mut Client, key: &str, what: &str) -> String {
    let reply = client.ask(&format!("HOLD t {key} bob 0 {what}"));
    let Some((_, list)) = reply.split_once("$5|seats|*") else { return reply };
    let list = list.split("$5|areas|").next().unwrap_or_default();
    let labels = list.split('|').filter(|word| word.contains('-'));
    labels.collect::<Vec<_>>().join(" ")
}

fn check(client: &mut Client, cases: &[(&str, &str)]) {
    for (number, (what, expected)) in cases.iter().enumerate() {
        assert_eq!(seats(client, &format!("k{number}"), what), *expected, "{number}: {what}");
    }
}

#[test]
fn the_front_and_the_middle_come_first() {
    let (_directory, _server, mut client) = theatre("avoid");
    check(
        &mut client,
        &[
            // The middle of the first row; the ends of it are accessible and left alone.
            ("BEST 3", "A-1-4 A-1-5 A-1-6"),
            // As far away as A-1-2 A-1-3, a row being as deep as two seats are wide, but nobody is left alone there.
            ("BEST 2", "A-2-4 A-2-5"),
            ("BEST 1", "A-1-3"),
            ("BEST 2 IN B", "B-1-1 B-1-2"),
            ("best 1 accessible", "A-1-9"),
            // With an accessible seat, side by side with another one.
            ("BEST 2 ACCESSIBLE", "A-1-1 A-1-2"),
            ("BEST 4 IN VIP", "A-2-6 A-2-7 A-2-8 A-2-9"),
        ],
    );
}

#[test]
fn named_and_chosen_seats_and_places_in_one_hold() {
    let (_directory, _server, mut client) = theatre("avoid");
    let reply = client.ask("HOLD t mix bob 0 BEST 2 IN B AREA FLOOR 2 SEATS A-1-5 BEST 1 IN B");
    let seats = "$5|seats|*4|$5|A-1-5|$5|B-1-1|$5|B-1-2|$5|B-1-3|";
    assert_eq!(
        reply,
        format!("*12|$4|hold|:2|$10|expires_at|:T|$7|version|:2|{seats}$5|areas|*2|$5|FLOOR|:2|$2|at|:T|")
    );
    // The same key is the same answer, and another spelling of it the same command.
    let again = client.ask("hold t mix bob 0 SEATS #4 BEST 2 in B BEST 1 IN B AREA FLOOR 2");
    assert_eq!(again, reply);
    let other = client.ask("HOLD t mix bob 0 SEATS #4 BEST 2 IN B BEST 1 IN B SCATTERED AREA FLOOR 2");
    assert!(other.starts_with("-KEYREUSED HF-INP-010"), "{other}");
}

#[test]
fn what_cannot_be_had_is_told() {
    let (_directory, _server, mut client) = theatre("avoid");
    check(
        &mut client,
        &[
            ("BEST 6 IN B", "-TAKEN HF-BIZ-003 BEST 6 IN B: 10 to choose from, at most 5 side by side|"),
            ("BEST 6 IN B SCATTERED", "B-1-1 B-1-2 B-1-3 B-1-4 B-1-5 B-2-3"),
            (
                "BEST 5 IN STD SCATTERED",
                "-TAKEN HF-BIZ-003 BEST 5 IN STD SCATTERED: 4 to choose from, at most 2 side by side|",
            ),
            (
                "BEST 1 IN B ACCESSIBLE",
                "-TAKEN HF-BIZ-003 BEST 1 IN B ACCESSIBLE: 4 to choose from, at most 0 side by side with an accessible one|",
            ),
            ("BEST 2 IN C", "-NOSEAT HF-INP-022 there is no section or category C|"),
            ("BEST 2 IN FLOOR", "-NOSEAT HF-INP-022 there is no section or category FLOOR|"),
            ("BEST 11", "-LIMIT HF-BIZ-020 max_seats_per_hold is 10, wanted 11|"),
            ("BEST 5 SEATS A-1-1 BEST 5", "-LIMIT HF-BIZ-020 max_seats_per_hold is 10, wanted 11|"),
            // All or nothing: nothing of the first part is held when the second cannot be had.
            (
                "BEST 2 IN A BEST 3 IN B",
                "-TAKEN HF-BIZ-003 BEST 3 IN B: 4 to choose from, at most 2 side by side|",
            ),
            ("BEST 2 IN A", "A-1-4 A-1-5"),
        ],
    );
}

#[test]
fn lone_seats_are_avoided_if_they_are_to_be() {
    let taken = "SEATS A-1-2 A-1-3 A-1-4 A-1-5 A-1-6 A-1-7 A-1-8 A-2-1 A-2-7 A-2-8 A-2-9";
    for (orphans, two) in [("avoid", "A-2-5 A-2-6"), ("allow", "A-2-4 A-2-5")] {
        let (_directory, _server, mut client) = theatre(orphans);
        let (first, second) = taken.split_at("SEATS A-1-2 A-1-3 A-1-4 A-1-5 A-1-6 A-1-7".len());
        check(&mut client, &[(first, &first[6..]), (&format!("SEATS{second}"), second.trim())]);
        assert_eq!(seats(&mut client, "two", "BEST 2"), two, "{orphans}");
    }
}

#[test]
fn picks_that_strand_a_seat_are_refused_while_there_are_others() {
    let (_directory, _server, mut client) = theatre("refuse");
    check(
        &mut client,
        &[
            (
                "SEATS B-1-2 B-1-3",
                "-ORPHAN HF-BIZ-004 leaves B-1-1 alone; legal picks nearby: B-1-1 to B-1-2, B-1-4 to B-1-5, B-2-1 to B-2-2|",
            ),
            // As many as were picked in that row.
            (
                "SEATS B-1-1 B-1-3 B-2-1",
                "-ORPHAN HF-BIZ-004 leaves B-1-2 alone; legal picks nearby: B-1-1 to B-1-2, B-1-4 to B-1-5, B-2-2 to B-2-3|",
            ),
            ("SEATS B-1-1 B-1-2", "B-1-1 B-1-2"),
            ("SEATS B-1-3", "B-1-3"),
            (
                "SEATS B-1-4",
                "-ORPHAN HF-BIZ-004 leaves B-1-5 alone; legal picks nearby: B-2-3, B-2-5, B-2-1|",
            ),
            ("SEATS B-2-1 B-2-2 B-2-3 B-2-4 B-2-5", "B-2-1 B-2-2 B-2-3 B-2-4 B-2-5"),
            // Two are left, and no pick of one of them that leaves nobody alone: the rule yields.
            ("SEATS B-1-4", "B-1-4"),
            ("SEATS B-1-5", "B-1-5"),
        ],
    );
}
