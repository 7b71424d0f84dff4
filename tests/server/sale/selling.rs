//! A sale from its beginning to its end, twice: in RESP2 and in RESP3.

mod notes;

use crate::hall::{hall, page, transcript};
use crate::support::{Server, before_the_deadline, eventually, wire};

const INFO_OF_NEW: &str = concat!(
    "*38|$6|status|$4|open|$7|version|:1|$5|seats|:16|$4|free|:16|$4|held|:0|$6|paying|:0|$4|sold|:0|",
    "$7|blocked|:0|$5|areas|*1|*16|$4|name|$5|FLOOR|$8|category|$2|GA|$8|capacity|:20|$4|free|:20|$4|held|:0|",
    "$6|paying|:0|$4|sold|:0|$7|blocked|:0|$6|limits|*18|$11|default_ttl|:600000|$7|max_ttl|:600000|$11|max_extends|:2|",
    "$14|max_hold_total|:7200000|$18|max_seats_per_hold|:4|$20|max_seats_per_holder|:6|$19|max_payment_retries|:3|$10|paid_ahead|:900000|$7|orphans|$5|avoid|",
    "$10|created_at|:T|$8|opens_at|$-1|$9|closes_at|$-1|$5|holds|:0|$6|orders|:0|$4|keys|:1|",
    "$8|payments|*12|$7|PENDING|:0|$7|SUCCESS|:0|$6|FAILED|:0|$10|REFUND_DUE|:0|$8|REFUNDED|:0|",
    "$10|PAID_AHEAD|:0|$12|plan_version|:1|$6|branch|:1|",
);

#[test]
fn a_sale_in_resp2() {
    let (_directory, _server, mut client) = hall();
    transcript(
        &mut client,
        &[
            ("EVENT LIST", "*2|:0|*2|$4|hall|$4|open|"),
            ("EVENT INFO hall", INFO_OF_NEW),
            ("COUNT hall", "*10|$4|free|:36|$4|held|:0|$6|paying|:0|$4|sold|:0|$7|blocked|:0|"),
            (
                "MAP hall",
                "*4|*3|$1|A|$1|1|$6|......|*3|$1|B|$1|1|$5|.....|*3|$1|B|$1|2|$5|.....|*3|$5|FLOOR|$0||$11|20:20:0:0:0|",
            ),
            (
                "SEAT hall A-1-6",
                "*18|$4|seat|$5|A-1-6|$7|ordinal|:5|$8|category|$3|VIP|$10|accessible|:1|$6|status|$4|free|$4|hold|$-1|$5|order|$-1|$6|holder|$-1|$10|expires_at|$-1|",
            ),
            // Seats in the order of the command; a mix of seats and areas, labels and ordinals.
            (
                "HOLD hall k1 bob 0 SEATS A-1-2 A-1-1",
                "*10|$4|hold|:2|$10|expires_at|:T|$7|version|:2|$5|seats|*2|$5|A-1-2|$5|A-1-1|$2|at|:T|",
            ),
            (
                "hold hall k2 ann 60000 area FLOOR 2 seats #0006",
                "*12|$4|hold|:3|$10|expires_at|:T|$7|version|:3|$5|seats|*1|$5|B-1-1|$5|areas|*2|$5|FLOOR|:2|$2|at|:T|",
            ),
            (
                "HOLD hall k3 cy 1000 AREA FLOOR 1",
                "*12|$4|hold|:4|$10|expires_at|:T|$7|version|:4|$5|seats|*0|$5|areas|*2|$5|FLOOR|:1|$2|at|:T|",
            ),
            (
                "EXTEND hall k4 4 600000",
                "*12|$4|hold|:4|$10|expires_at|:T|$7|version|:5|$5|seats|*0|$5|areas|*2|$5|FLOOR|:1|$2|at|:T|",
            ),
            (
                "SEAT hall B-1-1",
                "*18|$4|seat|$5|B-1-1|$7|ordinal|:6|$8|category|$3|STD|$10|accessible|:0|$6|status|$4|held|$4|hold|:3|$5|order|$-1|$6|holder|$3|ann|$10|expires_at|:T|",
            ),
            (
                "GET HOLD hall 3",
                "*16|$4|hold|:3|$6|holder|$3|ann|$10|expires_at|:T|$4|left|:L|$7|extends|:0|$7|payment|$-1|$5|seats|*1|$5|B-1-1|$5|areas|*2|$5|FLOOR|:2|",
            ),
            (
                "GET HOLD hall 4",
                "*16|$4|hold|:4|$6|holder|$2|cy|$10|expires_at|:T|$4|left|:L|$7|extends|:1|$7|payment|$-1|$5|seats|*0|$5|areas|*2|$5|FLOOR|:1|",
            ),
            ("RELEASE hall k5 2 SEATS A-1-2", "*6|$4|hold|:2|$7|version|:6|$8|released|:1|"),
            ("RELEASE hall k6 4", "*6|$4|hold|:4|$7|version|:7|$8|released|:1|"),
            ("MAP hall A", "*1|*3|$1|A|$1|1|$6|h.....|"),
            (
                "CONFIRM hall k7 order-1 2 3",
                "*10|$5|order|$7|order-1|$7|version|:8|$5|seats|*2|$5|A-1-1|$5|B-1-1|$5|areas|*2|$5|FLOOR|:2|$2|at|:T|",
            ),
            (
                "GET ORDER hall order-1",
                "*16|$5|order|$7|order-1|$6|status|$4|sold|$6|holder|$3|bob|$7|version|:8|$7|sold_at|:T|$12|cancelled_at|$-1|$5|seats|*2|$5|A-1-1|$5|B-1-1|$5|areas|*2|$5|FLOOR|:2|",
            ),
            (
                "SEAT hall #0",
                "*18|$4|seat|$5|A-1-1|$7|ordinal|:0|$8|category|$3|VIP|$10|accessible|:1|$6|status|$4|sold|$4|hold|$-1|$5|order|$7|order-1|$6|holder|$3|bob|$10|expires_at|$-1|",
            ),
            ("GET HOLD hall 2", "$-1|"),
            ("GET ORDER hall order-2", "$-1|"),
            (
                "COUNT hall BY section",
                "*3|*2|$1|A|*10|$4|free|:5|$4|held|:0|$6|paying|:0|$4|sold|:1|$7|blocked|:0|*2|$1|B|*10|$4|free|:9|$4|held|:0|$6|paying|:0|$4|sold|:1|$7|blocked|:0|*2|$5|FLOOR|*10|$4|free|:18|$4|held|:0|$6|paying|:0|$4|sold|:2|$7|blocked|:0|",
            ),
            (
                "COUNT hall by Category",
                "*3|*2|$3|VIP|*10|$4|free|:5|$4|held|:0|$6|paying|:0|$4|sold|:1|$7|blocked|:0|*2|$3|STD|*10|$4|free|:9|$4|held|:0|$6|paying|:0|$4|sold|:1|$7|blocked|:0|*2|$2|GA|*10|$4|free|:18|$4|held|:0|$6|paying|:0|$4|sold|:2|$7|blocked|:0|",
            ),
            (
                "EVENT PAUSE hall k8 olga a~fire~drill",
                "*6|$5|event|$4|hall|$6|status|$6|paused|$7|version|:9|",
            ),
            ("HOLD hall k9 dan 0 SEATS A-1-3", "-CLOSED HF-BIZ-030 the event is paused|"),
            (
                "EVENT RESUME hall k10 olga it~was~a~drill",
                "*6|$5|event|$4|hall|$6|status|$4|open|$7|version|:10|",
            ),
            (
                "HOLD hall k11 dan 0 SEATS A-1-3",
                "*10|$4|hold|:11|$10|expires_at|:T|$7|version|:11|$5|seats|*1|$5|A-1-3|$2|at|:T|",
            ),
            ("EVENT CLOSE hall k12 olga over", "*6|$5|event|$4|hall|$6|status|$6|closed|$7|version|:12|"),
            ("CONFIRM hall k13 order-3 11", "-CLOSED HF-BIZ-032 the event is closed|"),
            ("RELEASE hall k14 11", "*6|$4|hold|:11|$7|version|:13|$8|released|:1|"),
            ("EVENT LIST 0 COUNT 5", "*2|:0|*2|$4|hall|$6|closed|"),
        ],
    );
}

#[test]
fn the_same_sale_in_resp3() {
    let (_directory, _server, mut client) = hall();
    let hello = client.ask("HELLO 3");
    assert_eq!(
        hello,
        "%7|$6|server|$8|holdfast|$7|version|$5|0.1.0|$5|proto|:3|$2|id|:1|$4|mode|$10|standalone|$4|role|$6|master|$7|modules|*0|"
    );
    transcript(
        &mut client,
        &[
            ("COUNT hall", "%5|$4|free|:36|$4|held|:0|$6|paying|:0|$4|sold|:0|$7|blocked|:0|"),
            (
                "HOLD hall k1 bob 0 SEATS A-1-2 A-1-1",
                "%5|$4|hold|:2|$10|expires_at|:T|$7|version|:2|$5|seats|*2|$5|A-1-2|$5|A-1-1|$2|at|:T|",
            ),
            (
                "HOLD hall k2 ann 0 SEATS B-1-1 AREA FLOOR 2",
                "%6|$4|hold|:3|$10|expires_at|:T|$7|version|:3|$5|seats|*1|$5|B-1-1|$5|areas|*2|$5|FLOOR|:2|$2|at|:T|",
            ),
            (
                "EXTEND hall k4 2 0",
                "%5|$4|hold|:2|$10|expires_at|:T|$7|version|:4|$5|seats|*2|$5|A-1-2|$5|A-1-1|$2|at|:T|",
            ),
            (
                "SEAT hall B-2-5",
                "%9|$4|seat|$5|B-2-5|$7|ordinal|:15|$8|category|$3|STD|$10|accessible|:0|$6|status|$4|free|$4|hold|_|$5|order|_|$6|holder|_|$10|expires_at|_|",
            ),
            (
                "GET HOLD hall 3",
                "%8|$4|hold|:3|$6|holder|$3|ann|$10|expires_at|:T|$4|left|:L|$7|extends|:0|$7|payment|_|$5|seats|*1|$5|B-1-1|$5|areas|*2|$5|FLOOR|:2|",
            ),
            ("RELEASE hall k5 2 SEATS A-1-2", "%3|$4|hold|:2|$7|version|:5|$8|released|:1|"),
            (
                "CONFIRM hall k7 o1 2 3",
                "%5|$5|order|$2|o1|$7|version|:6|$5|seats|*2|$5|A-1-1|$5|B-1-1|$5|areas|*2|$5|FLOOR|:2|$2|at|:T|",
            ),
            (
                "GET ORDER hall o1",
                "%8|$5|order|$2|o1|$6|status|$4|sold|$6|holder|$3|bob|$7|version|:6|$7|sold_at|:T|$12|cancelled_at|_|$5|seats|*2|$5|A-1-1|$5|B-1-1|$5|areas|*2|$5|FLOOR|:2|",
            ),
            ("GET HOLD hall 2", "_|"),
            ("GET ORDER hall o2", "_|"),
            ("ASK hall nobody", "_|"),
            ("HOLD hall k8 dan 0 SEATS A-1-1", "-TAKEN HF-BIZ-001 A-1-1 sold|"),
            ("ASK hall k8", "%1|$7|refused|$27|TAKEN HF-BIZ-001 A-1-1 sold|"),
            ("ASK hall k5", "%3|$4|hold|:2|$7|version|:5|$8|released|:1|"),
            (
                "MAP hall",
                "*4|*3|$1|A|$1|1|$6|s.....|*3|$1|B|$1|1|$5|s....|*3|$1|B|$1|2|$5|.....|*3|$5|FLOOR|$0||$11|20:18:0:0:2|",
            ),
            (
                "COUNT hall BY category",
                "*3|*2|$3|VIP|%5|$4|free|:5|$4|held|:0|$6|paying|:0|$4|sold|:1|$7|blocked|:0|*2|$3|STD|%5|$4|free|:9|$4|held|:0|$6|paying|:0|$4|sold|:1|$7|blocked|:0|*2|$2|GA|%5|$4|free|:18|$4|held|:0|$6|paying|:0|$4|sold|:2|$7|blocked|:0|",
            ),
            ("EVENT PAUSE hall k9 olga why", "%3|$5|event|$4|hall|$6|status|$6|paused|$7|version|:7|"),
            ("EVENT LIST", "*2|:0|*2|$4|hall|$6|paused|"),
            (
                "EVENT INFO hall",
                concat!(
                    "%19|$6|status|$6|paused|$7|version|:7|$5|seats|:16|$4|free|:14|$4|held|:0|$6|paying|:0|",
                    "$4|sold|:2|$7|blocked|:0|$5|areas|*1|%8|$4|name|$5|FLOOR|$8|category|$2|GA|$8|capacity|:20|",
                    "$4|free|:18|$4|held|:0|$6|paying|:0|$4|sold|:2|$7|blocked|:0|$6|limits|%9|$11|default_ttl|:600000|",
                    "$7|max_ttl|:600000|$11|max_extends|:2|$14|max_hold_total|:7200000|$18|max_seats_per_hold|:4|$20|max_seats_per_holder|:6|",
                    "$19|max_payment_retries|:3|$10|paid_ahead|:900000|$7|orphans|$5|avoid|$10|created_at|:T|$8|opens_at|_|$9|closes_at|_|$5|holds|:0|$6|orders|:1|",
                    "$4|keys|:8|$8|payments|%6|$7|PENDING|:0|$7|SUCCESS|:0|$6|FAILED|:0|$10|REFUND_DUE|:0|",
                    "$8|REFUNDED|:0|$10|PAID_AHEAD|:0|$12|plan_version|:1|$6|branch|:1|",
                ),
            ),
            (
                "HELLO 2",
                "*14|$6|server|$8|holdfast|$7|version|$5|0.1.0|$5|proto|:2|$2|id|:1|$4|mode|$10|standalone|$4|role|$6|master|$7|modules|*0|",
            ),
            ("GET HOLD hall 2", "$-1|"),
        ],
    );
}

#[test]
fn a_hold_ends_at_its_deadline_and_nowhere_else() {
    let (_directory, _server, mut client) = hall();
    // A millisecond is over before anybody can look; a minute is not over in a test.
    let held = "*12|$4|hold|:2|$10|expires_at|:T|$7|version|:2|$5|seats|*1|$5|A-1-1|$5|areas|*2|$5|FLOOR|:1|$2|at|:T|";
    assert_eq!(client.ask("HOLD hall k1 bob 1 SEATS A-1-1 AREA FLOOR 1"), held);
    assert_eq!(client.ask("HOLD hall k2 bob 60000 SEATS A-1-2"), {
        // The expiry has its own version, and comes before or after the second hold.
        let first = client.ask("ASK hall k2");
        assert!(first.starts_with("*10|$4|hold|:3|") || first.starts_with("*10|$4|hold|:4|"), "{first}");
        first
    });
    eventually("the expiry", || client.ask("MAP hall A") == "*1|*3|$1|A|$1|1|$6|.h....|");
    assert!(client.ask("SEAT hall A-1-1").contains("|$6|status|$4|free|$4|hold|$-1|"));
    assert_eq!(client.ask("GET HOLD hall 2"), "$-1|");
    assert_eq!(
        client.ask("EXTEND hall k3 2 0"),
        "-GONE HF-BIZ-010 hold 2 is unknown, expired, released or sold|"
    );
    assert_eq!(
        client.ask("CONFIRM hall k4 o 2"),
        "-GONE HF-BIZ-010 hold 2 is unknown, expired, released or sold|"
    );
    assert!(client.ask("EVENT INFO hall").contains("|$7|version|:4|"), "one expiry is one version");
    // The answer stays what it was.
    assert_eq!(client.ask("HOLD hall k1 bob 1 SEATS A-1-1 AREA FLOOR 1"), held);
    assert!(client.ask("MAP hall").ends_with("|20:20:0:0:0|"));
    assert_eq!(
        client.ask("HOLD hall k5 ann 0 SEATS A-1-1"),
        "*10|$4|hold|:5|$10|expires_at|:T|$7|version|:5|$5|seats|*1|$5|A-1-1|$2|at|:T|"
    );
}

#[test]
fn an_expiry_that_was_due_while_the_server_was_down_happens_at_the_start() {
    let directory = before_the_deadline(|ms| {
        let (directory, mut server, mut client) = hall();
        client.ask(&format!("HOLD hall k1 bob {ms} SEATS A-1-1"));
        client.ask("HOLD hall k2 bob 0 SEATS A-1-2");
        server.kill();
        directory
    });
    let server = Server::start(directory.path());
    let mut client = server.client();
    eventually("the expiry", || client.ask("MAP hall A") == "*1|*3|$1|A|$1|1|$6|.h....|");
    assert_eq!(client.ask("RELEASE hall k3 3"), "*6|$4|hold|:3|$7|version|:5|$8|released|:1|");
}

#[test]
fn an_event_that_is_not_open_yet_is_opened_by_resume() {
    let (_directory, _server, mut client) = hall();
    let map = r#"{"areas":[{"name":"F","category":"G","capacity":1}],"open":false}"#;
    client.send(wire(&["event", "create", "late", "c", map]));
    assert_eq!(client.reply(), "*6|$5|event|$4|late|$6|status|$7|pending|$7|version|:1|");
    transcript(
        &mut client,
        &[
            ("HOLD late k1 bob 0 AREA F 1", "-CLOSED HF-BIZ-031 the event is not open yet|"),
            ("EVENT PAUSE late k2 olga why", "-CLOSED HF-BIZ-031 the event is not open yet|"),
            ("EVENT RESUME late k3 olga why", "*6|$5|event|$4|late|$6|status|$4|open|$7|version|:2|"),
            (
                "HOLD late k4 bob 0 AREA F 1",
                "*12|$4|hold|:3|$10|expires_at|:T|$7|version|:3|$5|seats|*0|$5|areas|*2|$1|F|:1|$2|at|:T|",
            ),
            ("HOLD late k5 bob 0 AREA F 1", "-TAKEN HF-BIZ-002 F has 0 free places, 1 wanted|"),
            ("MAP late", "*1|*3|$1|F|$0||$9|1:0:1:0:0|"),
        ],
    );
}

#[test]
fn events_are_listed_page_by_page_each_once() {
    let (_directory, _server, mut client) = hall();
    for number in 0..25 {
        client.create(&format!("e{number:02}"), r#"{"areas":[{"name":"F","category":"G","capacity":1}]}"#);
    }
    let (mut seen, mut cursor, mut pages) = (Vec::new(), 0, 0);
    loop {
        let (next, events) = page(&mut client, &format!("EVENT LIST {cursor} COUNT 7"));
        assert!(events.len() <= 14);
        seen.extend(events.chunks(2).map(|pair| pair[0].text().to_owned()));
        pages += 1;
        cursor = next;
        if cursor == 0 {
            break;
        }
    }
    seen.sort();
    let mut expected: Vec<_> = (0..25).map(|number| format!("e{number:02}")).collect();
    expected.push("hall".to_owned());
    assert_eq!(seen, expected);
    assert_eq!(pages, 4);
}
