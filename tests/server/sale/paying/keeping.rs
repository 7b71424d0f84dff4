//! A payment fails and its seats go back to their holds, for another card: nobody else gets them in between, and no money buys
//! them twice.

use std::thread;
use std::time::Duration;

use crate::hall::{hall, transcript};
use crate::support::{Client, Server, eventually};

const GONE: &str = "-GONE HF-BIZ-010 hold 2 is unknown, expired, released or sold|";

/// A hold of two seats and two places, in a payment.
fn paying(client: &mut Client) {
    assert!(client.ask("HOLD hall h1 bob 0 SEATS A-1-1 A-1-2 AREA FLOOR 2").starts_with('*'));
    assert!(client.ask("PAYMENT TRY hall t1 card-1 0 2").contains("|PENDING|"));
}

/// The number behind a field of a reply.
fn number(reply: &str, field: &str) -> u64 {
    let behind = reply.split_once(&format!("|{field}|:")).unwrap_or_else(|| panic!("{field}: {reply}")).1;
    behind.split('|').next().unwrap().parse().unwrap()
}

/// The reply with its times.
fn timed(client: &mut Client, line: &str) -> String {
    String::from_utf8(client.bytes(line)).unwrap().replace("\r\n", "|")
}

#[test]
fn another_card_pays_for_the_same_hold() {
    let (_directory, _server, mut client) = hall();
    paying(&mut client);
    let failed = timed(&mut client, "PAYMENT FAIL hall f1 card-1 declined KEEP 120000");
    assert!(failed.contains("|FAILED|"), "{failed}");
    assert_eq!(number(&failed, "deadline") - number(&failed, "at"), 120_000, "the time of the holds");
    let held = timed(&mut client, "GET HOLD hall 2");
    assert_eq!(number(&held, "expires_at"), number(&failed, "deadline"));
    transcript(
        &mut client,
        &[
            ("MAP hall A", "*1|*3|$1|A|$1|1|$6|hh....|"),
            ("COUNT hall", "*10|$4|free|:32|$4|held|:4|$6|paying|:0|$4|sold|:0|$7|blocked|:0|"),
            ("HOLD hall h2 cy 0 SEATS A-1-1", "-TAKEN HF-BIZ-001 A-1-1 held|"),
            (
                "PAYMENT FAIL hall f2 card-1 declined KEEP 0",
                "*14|$7|payment|$6|card-1|$6|status|$6|FAILED|$7|version|:4|$8|deadline|:T|$11|retry_after|:0|$7|already|:1|$2|at|:T|",
            ),
        ],
    );
    assert!(
        client.ask("PAYMENT TRY hall t2 card-2 0 2").contains("|PENDING|"),
        "the same hold, another card"
    );
    let late = client.ask("PAYMENT SUCCEED hall s1 card-1");
    assert!(late.contains("|REFUND_DUE|"), "the other card has the seats: {late}");
    assert!(client.ask("PAYMENT SUCCEED hall s2 card-2").contains("|SUCCESS|"));
    assert_eq!(client.ask("COUNT hall"), "*10|$4|free|:32|$4|held|:0|$6|paying|:0|$4|sold|:4|$7|blocked|:0|");
}

/// There are places enough for both, and the customer wants them once.
#[test]
fn late_money_buys_no_places_a_second_time() {
    let (_directory, _server, mut client) = hall();
    assert!(client.ask("HOLD hall h1 bob 0 AREA FLOOR 2").starts_with('*'));
    let fails = |client: &mut Client, name: &str| {
        assert!(client.ask(&format!("PAYMENT TRY hall t/{name} {name} 0 2")).contains("|PENDING|"));
        let failed = client.ask(&format!("PAYMENT FAIL hall f/{name} {name} declined KEEP 60000"));
        assert!(failed.contains("|FAILED|"), "{failed}");
    };
    fails(&mut client, "held");
    let late = client.ask("PAYMENT SUCCEED hall s/held held");
    assert!(late.contains("|REFUND_DUE|"), "the hold has the places: {late}");
    ["in-payment", "sold"].into_iter().for_each(|name| fails(&mut client, name));
    assert!(client.ask("PAYMENT TRY hall t/good good 0 2").contains("|PENDING|"));
    let late = client.ask("PAYMENT SUCCEED hall s/in-payment in-payment");
    assert!(late.contains("|REFUND_DUE|"), "another payment has them: {late}");
    assert!(client.ask("PAYMENT SUCCEED hall s/good good").contains("|SUCCESS|"));
    let late = client.ask("PAYMENT SUCCEED hall s/sold sold");
    assert!(late.contains("|REFUND_DUE|"), "they are sold: {late}");
    assert_eq!(client.ask("COUNT hall"), "*10|$4|free|:34|$4|held|:0|$6|paying|:0|$4|sold|:2|$7|blocked|:0|");
}

#[test]
fn late_money_buys_what_the_hold_has_given_back() {
    let (directory, mut server, mut client) = hall();
    paying(&mut client);
    assert!(client.ask("PAYMENT FAIL hall f1 card-1 declined KEEP 0").contains("|FAILED|"));
    // What the payment waits for is also known after a restart.
    server.stop();
    drop(server);
    let server = Server::start(directory.path());
    let mut client = server.client();
    assert!(client.ask("RELEASE hall r1 2").contains("|released|:4|"));
    assert!(client.ask("PAYMENT SUCCEED hall s1 card-1").contains("|SUCCESS|"));
    assert_eq!(client.ask("MAP hall A"), "*1|*3|$1|A|$1|1|$6|ss....|");
}

/// Of a hold that goes on, wherever it was meanwhile: no longer than a hold may be held in all, from when it was made.
#[test]
fn the_time_of_a_kept_hold_has_its_limits() {
    let (_directory, _server, mut client) = hall();
    paying(&mut client);
    assert!(client.ask("EVENT LIMITS hall l1 olga a~rush {\"max_hold_total\":60000}").starts_with('*'));
    transcript(
        &mut client,
        &[
            (
                "PAYMENT FAIL hall f1 card-0 declined KEEP 0",
                "-EARLY HF-BIZ-016 there is no payment card-0 yet|",
            ),
            (
                "PAYMENT FAIL hall f2 card-1 declined KEEP 600001",
                "-LIMIT HF-BIZ-023 max_ttl is 600000, wanted 600001|",
            ),
        ],
    );
    thread::sleep(Duration::from_millis(5));
    for (key, ttl) in [("f3", 60_000), ("f4", 0)] {
        let long = client.ask(&format!("PAYMENT FAIL hall {key} card-1 declined KEEP {ttl}"));
        assert!(long.starts_with("-LIMIT HF-BIZ-024 max_hold_total is 60000, wanted "), "{ttl}: {long}");
    }
    assert_eq!(client.ask("MAP hall A"), "*1|*3|$1|A|$1|1|$6|pp....|", "the payment runs");
    assert!(client.ask("EVENT CLOSE hall e1 olga over").starts_with('*'));
    let closed = client.ask("PAYMENT FAIL hall f5 card-1 declined KEEP 1");
    assert!(closed.starts_with("-CLOSED HF-BIZ-"), "{closed}");
    assert!(client.ask("PAYMENT FAIL hall f6 card-1 declined").contains("|FAILED|"));
}

#[test]
fn a_kept_hold_ends_at_its_new_deadline() {
    let (_directory, _server, mut client) = hall();
    paying(&mut client);
    assert!(client.ask("EVENT PAUSE hall e1 olga why").starts_with('*'));
    assert!(client.ask("PAYMENT FAIL hall f1 card-1 declined KEEP 30").contains("|FAILED|"));
    eventually("its deadline", || client.ask("MAP hall A") == "*1|*3|$1|A|$1|1|$6|......|");
    assert_eq!(client.ask("EXTEND hall x1 2 0"), GONE);
}

/// Who keeps a map of the hall by the feed alone sees the seats as held.
#[test]
fn the_feed_tells_that_the_seats_are_held_again() {
    let (_directory, server, mut client) = hall();
    let mut listener = server.client();
    listener.ask("HELLO 3");
    listener.ask("SUBSCRIBE map:hall");
    paying(&mut client);
    let version = number(&timed(&mut client, "PICTURE hall"), "version");
    assert!(client.ask("PAYMENT FAIL hall f1 card-1 declined KEEP 60000").contains("|FAILED|"));
    client.ask("HELLO 3");
    let change = client.ask(&format!("FEED hall {}", version + 1));
    for field in [
        "|$14|payment_failed|",
        "|$7|payment|$6|card-1|$6|reason|$8|declined|$4|kept|:1|$5|holds|*1|:2|$10|expires_at|:T|",
        "|$5|seats|*2|$5|A-1-1|$5|A-1-2|$5|areas|*2|$5|FLOOR|:2|",
    ] {
        assert!(change.contains(field), "{field} in {change}");
    }
    let picture = client.ask(&format!("PICTURE hall SINCE {version}"));
    assert!(picture.contains("*2|*2|:0|$1|h|*2|:1|$1|h|"), "{picture}");
    eventually("the map to say so", || listener.reply().contains("\"seats\":{\"0\":\"h\",\"1\":\"h\"}"));
}
