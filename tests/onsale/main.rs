//! An on-sale from the first minute to the last seat: 20,000 seats, 200 buyers at once, who all take what the server
//! thinks best, and whose payments succeed, fail, come late or come twice.
//!
//! Checked:
//!
//! - nothing is sold twice and nothing is left: what the buyers were told adds up to the hall, seat by seat;
//! - every choice, in the order of the versions, was the best that there was in the hall of that moment, and left no
//!   lone seat where another choice would have left none: the feed is replayed in a hall that tries everything;
//! - money that came too late bought the same seats, or is in the list of refunds that are due: there is nothing else in
//!   that list, and once it is paid back the list is empty.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

mod buyer;
mod hall;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::thread;

use buyer::Buyer;
use hall::Hall;
use support::reply::Value;
use support::{Client, Server, TempDir};

const BUYERS: u64 = 200;

#[test]
fn twenty_thousand_seats_are_sold_to_the_last() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create("gala", &hall::json());
    // One that comes too late for certain, however the rush goes.
    let mut ledger = Buyer::new(BUYERS + 1, server.client()).pay_twice();
    let buyers: Vec<_> = (0..BUYERS)
        .map(|number| {
            let buyer = Buyer::new(number, server.client());
            thread::spawn(move || buyer.buy())
        })
        .collect();
    for buyer in buyers {
        ledger.add(buyer.join().unwrap());
    }
    assert!(!ledger.owed.is_empty(), "among so many late payments some lose their seats");
    // What nobody in the rush got hold of: pairs that came back at the very end, and lone seats.
    ledger.add(Buyer::new(BUYERS, server.client()).sweep());

    let mut sold = BTreeSet::new();
    for seat in ledger.sold.iter().flat_map(|(_, seats)| seats) {
        assert!(sold.insert(seat.clone()), "{seat} is sold twice");
    }
    assert_eq!(sold.len(), hall::SEATS);
    let sums = "*10|$4|free|:0|$4|held|:0|$6|paying|:0|$4|sold|:20000|$7|blocked|:0|";
    assert_eq!(client.ask("COUNT gala"), sums);

    let paid: BTreeSet<String> = ledger.sold.iter().map(|(payment, _)| payment.clone()).collect();
    assert_eq!(payments(&mut client, "SUCCESS"), paid);
    assert_eq!(payments(&mut client, "REFUND_DUE"), ledger.owed);
    assert_eq!(payments(&mut client, "PENDING"), BTreeSet::new());
    for payment in &ledger.owed {
        let reply = client.ask(&format!("PAYMENT REFUNDED gala back-{payment} {payment} re-{payment}"));
        assert!(reply.contains("|$8|REFUNDED|"), "{reply}");
    }
    assert_eq!(payments(&mut client, "REFUND_DUE"), BTreeSet::new());
    replay(&mut client);
}

/// The names of all payments of that status, page by page.
fn payments(client: &mut Client, status: &str) -> BTreeSet<String> {
    let (mut names, mut cursor) = (BTreeSet::new(), 0);
    loop {
        let line = format!("PAYMENT LIST gala STATUS {status} {cursor} COUNT 500");
        let page = Value::of(&client.bytes(&line));
        let [Value::Integer(next), listed] = page.list() else { panic!("{page:?}") };
        for payment in listed.list() {
            assert!(names.insert(payment.get("payment").unwrap().text().to_owned()), "{payment:?} again");
        }
        if *next == 0 {
            return names;
        }
        cursor = *next;
    }
}

/// All that happened, in its order, in a hall of its own.
fn replay(client: &mut Client) {
    let (mut hall, mut version) = (Hall::new(), 0);
    loop {
        let page = Value::of(&client.bytes(&format!("FEED gala {} COUNT 1000", version + 1)));
        if page.list().is_empty() {
            break;
        }
        for change in page.list() {
            let [Value::Integer(of_change), _, kind, fields] = change.list() else { panic!("{change:?}") };
            version += 1;
            assert_eq!(*of_change, version, "the feed has no gap");
            hall.happen(kind.text(), fields);
        }
    }
    assert_eq!(hall.sold(), hall::SEATS);
}
