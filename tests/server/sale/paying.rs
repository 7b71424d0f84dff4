//! Payments over the wire: what is said to each report in each state, what shows meanwhile, and what a restart does.

use std::thread;
use std::time::Duration;

use crate::hall::{hall, transcript};
use crate::support::{HALL, Server, TempDir, before_the_deadline, eventually};

mod disturbed;
mod keeping;

const GRACE: &[&str] = &["--recovery-grace", "1h"];

/// A payment in a list, in RESP2.
fn listed(name: &str, status: &str, version: u64, retry_after: u64) -> String {
    let (a, b) = (name.len(), status.len());
    format!(
        "*10|$7|payment|${a}|{name}|$6|status|${b}|{status}|$7|version|:{version}|$8|deadline|:T|$11|retry_after|:{retry_after}|"
    )
}

/// The reply to a `PAYMENT` command.
fn payment(name: &str, status: &str, version: u64, retry_after: u64) -> String {
    listed(name, status, version, retry_after).replacen("*10|", "*12|", 1) + "$2|at|:T|"
}

fn already(name: &str, status: &str, version: u64) -> String {
    listed(name, status, version, 0).replacen("*10|", "*14|", 1) + "$7|already|:1|$2|at|:T|"
}

#[test]
fn a_payment_takes_the_seats_out_of_reach_and_sells_them() {
    let ((_directory, _server, mut client), told, ms) = before_the_deadline(|ms| {
        let mut hall = hall();
        let client = &mut hall.2;
        assert!(client.ask(&format!("HOLD hall h1 bob {ms} SEATS A-1-1 AREA FLOOR 2")).starts_with('*'));
        assert!(client.ask("HOLD hall h2 ann 0 SEATS B-1-1").starts_with('*'));
        let told = client.ask("PAYMENT TRY hall t1 p1 600000 2 3");
        (hall, told, ms)
    });
    let tried = payment("p1", "PENDING", 4, 5_000);
    assert_eq!(told, tried);
    assert_eq!(client.ask("payment try hall t1 p1 600000 2 3"), tried, "the same key, the same answer");
    // The first hold's own time goes by.
    thread::sleep(Duration::from_millis(ms + 1));
    transcript(
        &mut client,
        &[
            (
                "MAP hall",
                "*4|*3|$1|A|$1|1|$6|p.....|*3|$1|B|$1|1|$5|p....|*3|$1|B|$1|2|$5|.....|*3|$5|FLOOR|$0||$11|20:18:0:2:0|",
            ),
            ("COUNT hall", "*10|$4|free|:32|$4|held|:0|$6|paying|:4|$4|sold|:0|$7|blocked|:0|"),
            (
                "SEAT hall A-1-1",
                "*18|$4|seat|$5|A-1-1|$7|ordinal|:0|$8|category|$3|VIP|$10|accessible|:1|$6|status|$6|paying|$4|hold|:2|$5|order|$-1|$6|holder|$3|bob|$10|expires_at|:T|",
            ),
            (
                "GET HOLD hall 3",
                "*14|$4|hold|:3|$6|holder|$3|ann|$10|expires_at|:T|$4|left|:L|$7|extends|:0|$7|payment|$2|p1|$5|seats|*1|$5|B-1-1|",
            ),
            ("EXTEND hall x1 2 0", "-STATE HF-BIZ-045 hold 2 is in payment p1|"),
            ("RELEASE hall x2 2", "-STATE HF-BIZ-045 hold 2 is in payment p1|"),
            ("RELEASE hall x3 2 SEATS A-1-1", "-STATE HF-BIZ-045 hold 2 is in payment p1|"),
            ("CHANGE hall x4 2 DROP A-1-1 ADD A-1-2", "-STATE HF-BIZ-045 hold 2 is in payment p1|"),
            ("CONFIRM hall x5 o1 3", "-STATE HF-BIZ-045 hold 3 is in payment p1|"),
            ("PAYMENT TRY hall x6 p2 60000 3", "-STATE HF-BIZ-045 hold 3 is in payment p1|"),
            ("FORCE RELEASE hall x7 olga why 3", "-STATE HF-BIZ-045 hold 3 is in payment p1|"),
            ("HOLD hall x8 cy 0 SEATS A-1-1", "-TAKEN HF-BIZ-001 A-1-1 paying|"),
            ("PAYMENT TRY hall x9 p1 60000 99", "-EXISTS HF-BIZ-055 there is a payment p1|"),
            ("CONFIRM hall x10 p1 99", "-EXISTS HF-BIZ-055 there is a payment p1|"),
            (
                "PAYMENT REFUNDED hall x11 p1 re-1",
                "-EARLY HF-BIZ-016 payment p1 is PENDING: no refund of it is due|",
            ),
        ],
    );
    // A pause stops new holds only.
    assert!(client.ask("EVENT PAUSE hall e1 olga why").starts_with('*'));
    assert_eq!(client.ask("PAYMENT SUCCEED hall s1 p1"), payment("p1", "SUCCESS", 6, 0));
    transcript(
        &mut client,
        &[
            ("PAYMENT SUCCEED hall s2 p1", &already("p1", "SUCCESS", 6)),
            ("PAYMENT SUCCEED hall s1 p1", &payment("p1", "SUCCESS", 6, 0)),
            ("PAYMENT FAIL hall s3 p1 late", "-STATE HF-BIZ-046 payment p1 is SUCCESS|"),
            ("PAYMENT RETRY hall s4 p1 0", "-STATE HF-BIZ-046 payment p1 is SUCCESS|"),
            ("PAYMENT FAIL hall s1 p1 late", "-KEYREUSED HF-INP-010 the key was used for another command|"),
            ("GET HOLD hall 2", "$-1|"),
        ],
    );
    let order = client.ask("GET ORDER hall p1");
    assert!(order.contains("|$5|seats|*2|$5|A-1-1|$5|B-1-1|$5|areas|*2|$5|FLOOR|:2|"), "{order}");
    let shown = client.ask("GET PAYMENT hall p1");
    assert_eq!(
        shown,
        listed("p1", "SUCCESS", 6, 0).replacen("*10|", "*24|", 1)
            + "$6|holder|$3|bob|$7|retries|:0|$8|tried_at|:T|$6|reason|$-1|$9|reference|$-1|$5|seats|*2|$5|A-1-1|$5|B-1-1|$5|areas|*2|$5|FLOOR|:2|"
    );
    assert!(client.ask("EVENT INFO hall").contains("|$8|payments|*12|$7|PENDING|:0|$7|SUCCESS|:1|"));
}

#[test]
fn a_late_success_sells_the_same_seats_or_owes_the_money() {
    let (_directory, _server, mut client) = hall();
    for (key, seat, payment) in [("1", "A-1-1", "p1"), ("2", "A-1-2", "p2"), ("3", "A-1-3", "p3")] {
        assert!(client.ask(&format!("HOLD hall h{key} bob 0 SEATS {seat}")).starts_with('*'));
        let hold = client.ask(&format!("ASK hall h{key}"));
        let id = hold.split('|').nth(3).unwrap().trim_start_matches(':').to_owned();
        assert!(client.ask(&format!("PAYMENT TRY hall t{key} {payment} 20 {id}")).contains("|PENDING|"));
    }
    eventually("the deadlines", || client.ask("MAP hall A") == "*1|*3|$1|A|$1|1|$6|......|");
    assert!(client.ask("GET PAYMENT hall p1").contains("|$6|FAILED|"));
    assert!(client.ask("PAYMENT SUCCEED hall s1 p1").contains("|$7|SUCCESS|"), "its seat is still free");
    assert!(client.ask("HOLD hall h4 cy 0 SEATS A-1-2").starts_with('*'));
    assert!(client.ask("PAYMENT SUCCEED hall s2 p2").contains("|$10|REFUND_DUE|"), "somebody else has it");
    assert!(client.ask("PAYMENT SUCCEED hall s3 p2").ends_with(
        "|$10|REFUND_DUE|$7|version|:13|$8|deadline|:T|$11|retry_after|:0|$7|already|:1|$2|at|:T|"
    ));
    transcript(
        &mut client,
        &[
            ("MAP hall A", "*1|*3|$1|A|$1|1|$6|sh....|"),
            (
                "PAYMENT RETRY hall r1 p3 0",
                "-GONE HF-BIZ-015 payment p3 has failed and its seats were given back|",
            ),
            (
                "PAYMENT RETRY hall r2 nobody 0",
                "-GONE HF-BIZ-015 there is no payment nobody; money that comes for it is to be paid back|",
            ),
            ("PAYMENT FAIL hall f1 p2 no", "-STATE HF-BIZ-046 payment p2 is REFUND_DUE|"),
            ("PAYMENT LIST hall STATUS PENDING", "*2|:0|*0|"),
        ],
    );
    let due = client.ask("PAYMENT LIST hall STATUS refund_due");
    assert_eq!(due, format!("*2|:0|*1|{}", listed("p2", "REFUND_DUE", 13, 0)));
    assert_eq!(client.ask("PAYMENT REFUNDED hall g1 p2 re-1"), payment("p2", "REFUNDED", 14, 0));
    transcript(
        &mut client,
        &[
            ("PAYMENT REFUNDED hall g2 p2 re-1", &already("p2", "REFUNDED", 14)),
            ("PAYMENT REFUNDED hall g3 p2 re-2", "-STATE HF-BIZ-046 payment p2 is REFUNDED|"),
            ("PAYMENT LIST hall STATUS REFUND_DUE", "*2|:0|*0|"),
        ],
    );
    let first = client.ask("PAYMENT LIST hall COUNT 2");
    let next = first.strip_prefix("*2|:").and_then(|rest| rest.split('|').next()).unwrap();
    assert!(first.starts_with(&format!("*2|:{next}|*2|*10|$7|payment|$2|p1|")), "{first}");
    assert!(
        client
            .ask(&format!("PAYMENT LIST hall {next} COUNT 2"))
            .starts_with("*2|:0|*1|*10|$7|payment|$2|p3|")
    );
}

/// A provider that is quicker than the checkout tells again what was not taken, under the same key.
#[test]
fn a_report_that_comes_too_early_binds_no_key() {
    let (_directory, _server, mut client) = hall();
    let early = "-EARLY HF-BIZ-016 there is no payment p1 yet|";
    assert!(client.ask("HOLD hall h1 bob 0 SEATS A-1-1").starts_with('*'));
    transcript(
        &mut client,
        &[
            ("PAYMENT FAIL hall f1 p1 declined", early),
            ("PAYMENT REFUNDED hall r1 p1 re-1", early),
            ("ASK hall f1", "$-1|"),
            ("PAYMENT TRY hall t1 p1 0 2", &payment("p1", "PENDING", 3, 5_000)),
            (
                "PAYMENT REFUNDED hall r1 p1 re-1",
                "-EARLY HF-BIZ-016 payment p1 is PENDING: no refund of it is due|",
            ),
            ("PAYMENT SUCCEED hall s1 p1", &payment("p1", "SUCCESS", 4, 0)),
            ("PAYMENT SUCCEED hall s1 p1", &payment("p1", "SUCCESS", 4, 0)),
            (
                "PAYMENT REFUNDED hall r1 p1 re-1",
                "-EARLY HF-BIZ-016 payment p1 is SUCCESS: no refund of it is due|",
            ),
            // The first report of a failure may still be on its way when the money has come: that is judged.
            ("PAYMENT FAIL hall f1 p1 declined", "-STATE HF-BIZ-046 payment p1 is SUCCESS|"),
        ],
    );
}

#[test]
fn a_payment_is_tried_again_and_fails() {
    let (_directory, _server, mut client) = hall();
    assert!(client.ask("HOLD hall h1 bob 0 SEATS A-1-1 A-1-2").starts_with('*'));
    transcript(
        &mut client,
        &[
            ("PAYMENT TRY hall t0 p1 600001 2", "-LIMIT HF-BIZ-023 max_ttl is 600000, wanted 600001|"),
            (
                "PAYMENT TRY hall t1 p1 0 99",
                "-GONE HF-BIZ-010 hold 99 is unknown, expired, released or sold|",
            ),
            ("PAYMENT TRY hall t2 p1 0 2", &payment("p1", "PENDING", 3, 5_000)),
            ("PAYMENT RETRY hall r1 p1 10000", &payment("p1", "PENDING", 4, 1_250)),
            ("PAYMENT RETRY hall r2 p1 1000", &payment("p1", "PENDING", 5, 250)),
            ("PAYMENT RETRY hall r3 p1 600001", "-LIMIT HF-BIZ-023 max_ttl is 600000, wanted 600001|"),
            ("PAYMENT RETRY hall r4 p1 0", &payment("p1", "PENDING", 6, 5_000)),
            (
                "PAYMENT RETRY hall r5 p1 0",
                "-LIMIT HF-BIZ-025 max_payment_retries is 3 and reached for this payment|",
            ),
            ("PAYMENT FAIL hall f1 p1 declined", &payment("p1", "FAILED", 7, 0)),
            ("PAYMENT FAIL hall f2 p1 declined", &already("p1", "FAILED", 7)),
            ("MAP hall A", "*1|*3|$1|A|$1|1|$6|......|"),
            ("GET HOLD hall 2", "$-1|"),
            (
                "HOLD hall h2 bob 0 SEATS A-1-1",
                "*10|$4|hold|:8|$10|expires_at|:T|$7|version|:8|$5|seats|*1|$5|A-1-1|$2|at|:T|",
            ),
            ("CONFIRM hall c1 o1 8", "*8|$5|order|$2|o1|$7|version|:9|$5|seats|*1|$5|A-1-1|$2|at|:T|"),
            ("PAYMENT TRY hall t3 o1 0 8", "-EXISTS HF-BIZ-051 there is an order o1|"),
        ],
    );
    assert!(client.ask("GET PAYMENT hall p1").contains("|$6|reason|$8|declined|$9|reference|$-1|"));
    // The end of the sale is not the end of the money.
    assert!(client.ask("EVENT CLOSE hall e1 olga why").starts_with('*'));
    assert_eq!(client.ask("PAYMENT RETRY hall r6 p1 0"), "-CLOSED HF-BIZ-032 the event is closed|");
    assert_eq!(client.ask("PAYMENT SUCCEED hall s1 p1"), payment("p1", "REFUND_DUE", 11, 0));
    assert_eq!(client.ask("PAYMENT REFUNDED hall g1 p1 re-1"), payment("p1", "REFUNDED", 12, 0));
}

#[test]
fn who_was_alive_when_the_server_stopped_has_time_after_the_restart() {
    let (directory, tried, ms) = before_the_deadline(|ms| {
        let directory = TempDir::new();
        let mut server = Server::with(directory.path(), GRACE);
        let mut client = server.client();
        client.create("hall", HALL);
        client.ask(&format!("HOLD hall h1 bob {ms} SEATS A-1-1"));
        client.ask("HOLD hall h2 ann 0 SEATS A-1-2");
        let tried = client.ask(&format!("PAYMENT TRY hall t1 p1 {ms} 3"));
        assert!(tried.contains("|PENDING|"), "{tried}");
        server.kill();
        (directory, tried, ms)
    });
    thread::sleep(Duration::from_millis(ms + 1));
    for starts in 1..=2 {
        let mut server = Server::with(directory.path(), GRACE);
        let mut client = server.client();
        assert_eq!(client.ask("MAP hall A"), "*1|*3|$1|A|$1|1|$6|hp....|", "start {starts}");
        let info = client.ask("EVENT INFO hall");
        // Half an hour, which the second start would give, ends before the hour of the first.
        assert!(info.contains("|$7|version|:5|"), "one version, at the first start: {info}");
        assert_eq!(
            client.ask(&format!("PAYMENT TRY hall t1 p1 {ms} 3")),
            tried,
            "the answer stays what it was"
        );
        server.kill();
    }
    // Without a grace, an hour is an hour and what is over is over.
    let server = Server::start(directory.path());
    let mut client = server.client();
    assert!(client.ask("PAYMENT SUCCEED hall s1 p1").contains("|$7|SUCCESS|$7|version|:6|"));
    assert!(client.ask("CONFIRM hall c1 o1 2").starts_with("*8|$5|order|$2|o1|$7|version|:7|"));
}
