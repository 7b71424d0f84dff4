//! The money of a sale over the wire: what came is for seats, to be paid back, or paid back, after every kind of report.

use std::collections::{BTreeMap, BTreeSet};

use crate::hall::{hall, page, transcript};
use crate::support::reply::Value;
use crate::support::{Client, Server, TempDir, eventually};

/// The reply to a `PAYMENT` command about money, in RESP2; `rest` are its fields behind the currency, each with its count.
fn paid(name: &str, status: &str, version: u64, amount: &str, rest: &[(&str, u64)]) -> String {
    let in_a_list = in_a_list(name, status, version, amount, rest);
    let (count, fields) = in_a_list[1..].split_once('|').unwrap();
    format!("*{}|{fields}$2|at|:T|", count.parse::<u32>().unwrap() + 2)
}

/// The same in a list.
fn in_a_list(name: &str, status: &str, version: u64, amount: &str, rest: &[(&str, u64)]) -> String {
    let (a, b, fields) = (name.len(), status.len(), 2 * (7 + rest.len()));
    let rest: String = rest.iter().map(|(name, value)| format!("${}|{name}|:{value}|", name.len())).collect();
    let (minor, code) = amount.split_once(' ').unwrap();
    format!(
        "*{fields}|$7|payment|${a}|{name}|$6|status|${b}|{status}|$7|version|:{version}|$8|deadline|:T|$11|retry_after|:0|\
         $6|amount|:{minor}|$8|currency|$3|{code}|{rest}"
    )
}

#[test]
fn what_is_told_of_money_shows_until_it_is_paid_back() {
    let (_directory, _server, mut client) = hall();
    for line in [
        "HOLD hall h1 bob 0 SEATS A-1-1 A-1-2 A-1-3",
        "PAYMENT TRY hall t1 p1 0 2 AMOUNT 9000 eur PROVIDER stripe",
    ] {
        assert!(client.ask(line).starts_with('*'), "{line}");
    }
    let euros = |minor: u64| format!("{minor} EUR");
    let p1 = |version, rest: &[(&str, u64)]| paid("p1", "SUCCESS", version, "9001 EUR", rest);
    let all = "-LIMIT HF-BIZ-026 all of the 60.01 EUR of payment p1 has to go back, not 60.00 EUR|";
    transcript(
        &mut client,
        &[
            ("PAYMENT SUCCEED hall s1 p1 AMOUNT 9001 EUR REFERENCE pi-1", &p1(4, &[("mismatch", 1)])),
            ("PAYMENT SUCCEED hall s2 p1 AMOUNT 1 KRW", &p1(4, &[("mismatch", 1), ("already", 1)])),
            (
                "PAYMENT LIST hall MISMATCH",
                &format!("*2|:0|*1|{}", in_a_list("p1", "SUCCESS", 4, &euros(9_001), &[("mismatch", 1)])),
            ),
            (
                "PAYMENT REFUNDED hall r0 p1 re-1",
                "-EARLY HF-BIZ-016 payment p1 is SUCCESS: no refund of it is due|",
            ),
            (
                "CANCEL hall c0 p1 ill SEATS A-1-1 REFUND 9002",
                "-LIMIT HF-BIZ-026 90.02 EUR are more than the 90.01 EUR of payment p1 that can go back|",
            ),
            (
                "CANCEL hall c1 p1 ill SEATS A-1-1 REFUND 3000",
                "*6|$5|order|$2|p1|$7|version|:5|$9|cancelled|:1|",
            ),
            ("PAYMENT SUCCEED hall s1 p1 AMOUNT 9001 EUR REFERENCE pi-1", &p1(4, &[("mismatch", 1)])),
            (
                "PAYMENT LIST hall REFUNDABLE",
                &format!(
                    "*2|:0|*1|{}",
                    in_a_list("p1", "SUCCESS", 5, "9001 EUR", &[("refundable", 3_000), ("mismatch", 1)])
                ),
            ),
            (
                "PAYMENT REFUNDED hall r1 p1 re-1 AMOUNT 3001 EUR",
                "-LIMIT HF-BIZ-026 30.01 EUR are more than the 30.00 EUR of payment p1 that can go back|",
            ),
            (
                "PAYMENT REFUNDED hall r2 p1 re-1 AMOUNT 1000 USD",
                "-LIMIT HF-BIZ-026 payment p1 was paid in EUR, not in USD|",
            ),
            // The same key as the first, which bound none.
            (
                "PAYMENT REFUNDED hall r0 p1 re-1 AMOUNT 1000 EUR",
                &p1(6, &[("refundable", 2_000), ("refunded", 1_000), ("mismatch", 1)]),
            ),
            (
                "PAYMENT REFUNDED hall r3 p1 re-1",
                &p1(6, &[("refundable", 2_000), ("refunded", 1_000), ("mismatch", 1), ("already", 1)]),
            ),
            ("PAYMENT REFUNDED hall r4 p1 re-2", &p1(7, &[("refunded", 3_000), ("mismatch", 1)])),
            ("PAYMENT LIST hall REFUNDABLE", "*2|:0|*0|"),
            ("CANCEL hall c2 p1 ill REFUND 6000", all),
            ("FORCE CANCEL hall c3 olga why p1 REFUND 6000", all),
            (
                "FORCE CANCEL hall c4 olga why p1 REFUND 6001",
                "*6|$5|order|$2|p1|$7|version|:8|$9|cancelled|:2|",
            ),
            ("PAYMENT REFUNDED hall r5 p1 re-3", &p1(9, &[("refunded", 9_001), ("mismatch", 1)])),
            ("PAYMENT REFUNDED hall r6 p1 re-4", "-STATE HF-BIZ-046 payment p1 is SUCCESS|"),
            ("PAYMENT LIST hall MISMATCH", "*2|:0|*0|"),
        ],
    );
    let shown = client.ask("GET PAYMENT hall p1");
    let told = "|$5|asked|:9000|$14|asked_currency|$3|EUR|$8|provider|$6|stripe|$14|paid_reference|$4|pi-1|\
                $7|refunds|*6|$4|re-1|:1000|$4|re-2|:2000|$4|re-3|:6001|$5|seats|*0|";
    assert!(shown.ends_with(told), "{shown}");
}

/// The provider is quicker than the checkout: its money is taken, and is for the seats of the payment that begins.
#[test]
fn money_that_comes_first_waits_for_its_payment() {
    let (_directory, _server, mut client) = hall();
    for line in ["HOLD hall h1 bob 0 SEATS A-1-1", "HOLD hall h2 ann 0 SEATS A-1-2"] {
        assert!(client.ask(line).starts_with('*'), "{line}");
    }
    let ahead = client.ask("PAYMENT SUCCEED hall s1 p1 AMOUNT 9000 EUR");
    let waiting = paid("p1", "PAID_AHEAD", 4, "9000 EUR", &[]).replace("retry_after|:0", "retry_after|:5000");
    assert_eq!(ahead, waiting);
    transcript(
        &mut client,
        &[
            ("CONFIRM hall x1 p1 2", "-EXISTS HF-BIZ-055 there is a payment p1|"),
            ("PAYMENT RETRY hall x2 p1 0", "-STATE HF-BIZ-046 payment p1 is PAID_AHEAD|"),
            ("PAYMENT FAIL hall x3 p1 no", "-STATE HF-BIZ-046 payment p1 is PAID_AHEAD|"),
            (
                "PAYMENT REFUNDED hall x4 p1 re",
                "-EARLY HF-BIZ-016 payment p1 is PAID_AHEAD: no refund of it is due|",
            ),
            ("PAYMENT TRY hall t1 p1 0 2 AMOUNT 9000 EUR", &paid("p1", "SUCCESS", 5, "9000 EUR", &[])),
            ("PAYMENT SUCCEED hall s1 p1 AMOUNT 9000 EUR", &waiting),
            ("PAYMENT SUCCEED hall s2 p1", &paid("p1", "SUCCESS", 5, "9000 EUR", &[("already", 1)])),
            ("MAP hall A", "*1|*3|$1|A|$1|1|$6|sh....|"),
            // Its seats are over: there is a debt in their place.
            ("RELEASE hall x5 3", "*6|$4|hold|:3|$7|version|:6|$8|released|:1|"),
        ],
    );
    assert!(client.ask("PAYMENT SUCCEED hall s3 p2").contains("|$10|PAID_AHEAD|"));
    let missed = paid("p2", "REFUND_DUE", 8, "50 KRW", &[("refundable", 50)]);
    assert_eq!(client.ask("PAYMENT TRY hall t2 p2 0 3 AMOUNT 50 KRW"), missed);
    // A sold order of that name has its seats: for its money there is no debt.
    assert!(client.ask("HOLD hall h3 eve 0 SEATS A-1-3").starts_with('*'));
    assert!(client.ask("CONFIRM hall c1 o1 9").starts_with('*'));
    assert_eq!(client.ask("PAYMENT SUCCEED hall s4 o1"), "-EXISTS HF-BIZ-051 there is an order o1|");
    // Nobody begins the payment: the sale is over, and its time goes by.
    assert!(client.ask(r#"EVENT LIMITS hall l1 olga why {"paid_ahead":1}"#).starts_with('*'));
    assert!(client.ask("EVENT CLOSE hall e1 olga why").starts_with('*'));
    assert!(client.ask("PAYMENT SUCCEED hall s5 p3 AMOUNT 70 EUR").contains("|$6|amount|:70|"));
    eventually("the debt", || client.ask("GET PAYMENT hall p3").contains("|$10|REFUND_DUE|"));
    let due = client.ask("PAYMENT LIST hall REFUNDABLE");
    assert!(due.starts_with("*2|:0|*2|") && due.contains("|$2|p2|") && due.contains("|$2|p3|"), "{due}");
}

#[test]
fn an_order_that_nobody_told_the_price_of_is_refundable_without_a_sum() {
    let (_directory, _server, mut client) = hall();
    for line in [
        "HOLD hall h1 bob 0 SEATS A-1-1 A-1-2",
        "PAYMENT TRY hall t1 p1 0 2",
        "PAYMENT SUCCEED hall s1 p1",
        "CANCEL hall c1 p1 ill SEATS A-1-1",
    ] {
        assert!(client.ask(line).starts_with('*'), "{line}");
    }
    let unknown = "-STATE HF-BIZ-047 how much was paid by p1 was never told: leave the sum out|";
    let line = |version| {
        format!(
            "$7|payment|$2|p1|$6|status|$7|SUCCESS|$7|version|:{version}|$8|deadline|:T|$11|retry_after|:0|"
        )
    };
    transcript(
        &mut client,
        &[
            ("PAYMENT LIST hall REFUNDABLE", "*2|:0|*0|"),
            ("CANCEL hall c2 p1 ill REFUND 5", unknown),
            ("CANCEL hall c3 p1 ill", "*6|$5|order|$2|p1|$7|version|:6|$9|cancelled|:1|"),
            ("PAYMENT LIST hall REFUNDABLE", &format!("*2|:0|*1|*10|{}", line(4))),
            ("PAYMENT REFUNDED hall r1 p1 re-1 AMOUNT 5 EUR", unknown),
            ("PAYMENT REFUNDED hall r2 p1 re-1", &format!("*12|{}$2|at|:T|", line(7))),
            ("PAYMENT REFUNDED hall r3 p1 re-1", &format!("*14|{}$7|already|:1|$2|at|:T|", line(7))),
            ("PAYMENT REFUNDED hall r4 p1 re-2", "-STATE HF-BIZ-046 payment p1 is SUCCESS|"),
            ("PAYMENT LIST hall REFUNDABLE", "*2|:0|*0|"),
        ],
    );
    assert!(client.ask("GET PAYMENT hall p1").contains("|$9|reference|$4|re-1|$7|refunds|*2|$4|re-1|:0|"));
}

#[test]
fn a_hold_is_extended_to_its_time_in_all_and_no_further() {
    let (_directory, _server, mut client) = hall();
    for (line, expected) in [
        (
            r#"EVENT LIMITS hall l1 olga why {"max_hold_total":0}"#,
            "-INVALID HF-INP-006 limits.max_hold_total is 0",
        ),
        (r#"EVENT LIMITS hall l2 olga why {"paid_ahead":0}"#, "-INVALID HF-INP-006 limits.paid_ahead is 0"),
        (
            r#"EVENT LIMITS hall l3 olga why {"max_hold_total":604800001}"#,
            "-INVALID HF-INP-006 limits.max_hold_total",
        ),
        (r#"EVENT LIMITS hall l4 olga why {"paid_ahead":86400001}"#, "-INVALID HF-INP-006 limits.paid_ahead"),
        (r#"EVENT LIMITS hall l5 olga why {"max_hold_total":300000}"#, "*6|"),
        // As long as it likes at first; the limit is about extending.
        ("HOLD hall h1 bob 600000 SEATS A-1-1", "*10|"),
        ("EXTEND hall x1 3 300001", "-LIMIT HF-BIZ-024 max_hold_total is 300000, wanted 300"),
        ("EXTEND hall x2 3 0", "-LIMIT HF-BIZ-024 max_hold_total is 300000, wanted 600"),
        ("EXTEND hall x3 3 1000", "*10|"),
    ] {
        let reply = client.ask(line);
        assert!(reply.starts_with(expected), "{line}: {reply}");
    }
}

/// What a buyer's money has become, by what was sent.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Ledger {
    came: u64,
    seats: u64,
    due: u64,
    back: u64,
}

const PRICE: u64 = 5_000;
const KINDS: usize = 12;

/// One buyer of two seats, of a kind; what became of the money by currency.
fn buy(client: &mut Client, number: usize) -> (&'static str, Ledger) {
    let mut ask = |line: String| {
        let reply = client.ask(&line);
        assert!(reply.starts_with('*'), "{line}: {reply}");
        reply
    };
    let (p, a, b) = (format!("p{number}"), 2 * number + 1, 2 * number + 2);
    let price = 2 * PRICE;
    let hold = ask(format!("HOLD show h{number} b{number} 0 SEATS A-1-{a} A-1-{b}"));
    let hold = hold.split('|').nth(3).unwrap().trim_start_matches(':').to_owned();
    let begin = format!("PAYMENT TRY show t{number} {p} 0 {hold} AMOUNT {price} EUR");
    let success = format!("PAYMENT SUCCEED show s{number} {p} AMOUNT");
    let release = format!("RELEASE show r{number} {hold}");
    let fail = format!("PAYMENT FAIL show f{number} {p} declined");
    let cancel = format!("CANCEL show c{number} {p} ill");
    let refund = |reference: &str| format!("PAYMENT REFUNDED show g{number}-{reference} {p} {reference}");
    let sold = Ledger { came: price, seats: price, ..Ledger::default() };
    let owed = Ledger { came: price, due: price, ..Ledger::default() };
    let exact = format!("{success} {price} EUR");
    match number % KINDS {
        0 => {
            for line in [begin, exact.clone(), exact] {
                ask(line);
            }
            ("EUR", sold)
        }
        1 => {
            ask(exact);
            assert!(ask(begin).contains("|SUCCESS|"));
            ("EUR", sold)
        }
        2 => {
            for line in [exact, release] {
                ask(line);
            }
            assert!(ask(begin).contains("|REFUND_DUE|"));
            ("EUR", owed)
        }
        3 => {
            for line in [begin, fail] {
                ask(line);
            }
            assert!(ask(exact).contains("|SUCCESS|"), "late, and all is free");
            ("EUR", sold)
        }
        4 => {
            for line in [begin, fail, format!("HOLD show o{number} other{number} 0 SEATS A-1-{a}")] {
                ask(line);
            }
            assert!(ask(exact).contains("|REFUND_DUE|"), "late, and a seat is gone");
            ask(format!("{} AMOUNT 1 EUR", refund("re-1")));
            ("EUR", Ledger { due: price - 1, back: 1, ..owed })
        }
        5 => {
            ask(begin);
            ask(exact);
            let again = ask(format!("PAYMENT SUCCEED show d{number} {p} AMOUNT 1 EUR"));
            assert!(again.contains("|$7|already|:1|"), "{again}");
            ("EUR", sold)
        }
        6 => {
            ask(begin);
            assert!(ask(format!("{success} {} EUR", price + 7)).contains("|$8|mismatch|:1|"));
            ("EUR", Ledger { came: price + 7, seats: price + 7, ..sold })
        }
        7 => {
            ask(begin);
            assert!(ask(format!("{success} {price} KRW")).contains("|$8|mismatch|:1|"));
            ask(cancel);
            ("KRW", owed)
        }
        8 => {
            for line in [begin, exact, cancel, format!("{} AMOUNT 3000 EUR", refund("re-1")), refund("re-2")]
            {
                ask(line);
            }
            ("EUR", Ledger { came: price, back: price, ..Ledger::default() })
        }
        9 => {
            for line in [begin, exact, format!("{cancel} REFUND 4000 SEATS A-1-{a}"), refund("re-1")] {
                ask(line);
            }
            ("EUR", Ledger { came: price, seats: price - 4_000, due: 0, back: 4_000 })
        }
        10 => {
            for line in [begin, fail] {
                ask(line);
            }
            ("EUR", Ledger::default())
        }
        _ => {
            for line in [begin, exact, format!("{cancel} REFUND 1 SEATS A-1-{a}")] {
                ask(line);
            }
            ask(format!("CANCEL show e{number} {p} ill SEATS A-1-{b}"));
            ("EUR", owed)
        }
    }
}

/// All payments of a list, page by page.
fn listed(client: &mut Client, of: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), 0);
    loop {
        let (next, payments) = page(client, &format!("PAYMENT LIST show{of} {cursor} COUNT 7"));
        all.extend(payments);
        cursor = next;
        if cursor == 0 {
            return all;
        }
    }
}

fn names(payments: &[Value]) -> BTreeSet<String> {
    payments.iter().map(|payment| payment.get("payment").unwrap().text().to_owned()).collect()
}

fn sum(payment: &Value, field: &str) -> u64 {
    if payment.get(field).is_some() { payment.integer(field) } else { 0 }
}

/// What the server says of the money of every payment, and of all of it by currency.
fn counted(client: &mut Client, expected: &BTreeMap<String, (&str, Ledger)>) -> BTreeMap<String, Ledger> {
    let mut sums: BTreeMap<String, Ledger> = BTreeMap::new();
    let all = listed(client, "");
    assert_eq!(names(&all), expected.keys().cloned().collect());
    for payment in &all {
        let name = payment.get("payment").unwrap().text();
        let (currency, ledger) = expected[name];
        let has_come = payment.get("status").unwrap().text() != "FAILED";
        let came = if has_come { payment.integer("amount") } else { 0 };
        let (due, back) = (sum(payment, "refundable"), sum(payment, "refunded"));
        let order = Value::of(&client.bytes(&format!("GET ORDER show {name}")));
        let is_sold = order != Value::Null && order.get("status").unwrap().text() == "sold";
        let seats = came - due - back;
        assert_eq!(Ledger { came, seats, due, back }, ledger, "{payment:?}");
        assert_eq!(seats > 0, is_sold, "money of seats, and seats: {payment:?}");
        assert_eq!(payment.get("currency").unwrap().text(), currency);
        let of = sums.entry(currency.to_owned()).or_default();
        *of =
            Ledger { came: of.came + came, seats: of.seats + seats, due: of.due + due, back: of.back + back };
    }
    sums
}

/// Every kind of payment, early, late, twice, of another amount, taken back, paid back in part: all of the money is somewhere.
#[test]
fn the_money_of_a_sale_adds_up() {
    const BUYERS: usize = 6 * KINDS;
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    let rows = 2 * BUYERS;
    client.create(
        "show",
        &format!(
            r#"{{"sections":[{{"name":"A","category":"C","rows":{{"from":1,"to":1,"seats":{rows}}}}}]}}"#
        ),
    );
    let mut expected: BTreeMap<String, (&str, Ledger)> =
        (0..BUYERS).map(|number| (format!("p{number}"), buy(&mut client, number))).collect();
    // Money for which nobody asks.
    assert!(client.ask(r#"EVENT LIMITS show l1 olga why {"paid_ahead":1}"#).starts_with('*'));
    for number in 0..5 {
        let name = format!("stray{number}");
        assert!(client.ask(&format!("PAYMENT SUCCEED show {name} {name} AMOUNT 900 EUR")).starts_with('*'));
        eventually("the debt", || {
            client.ask(&format!("GET PAYMENT show {name}")).contains("|$10|REFUND_DUE|")
        });
        expected.insert(name, ("EUR", Ledger { came: 900, due: 900, ..Ledger::default() }));
    }
    let check = |client: &mut Client| {
        let sums = counted(client, &expected);
        assert_eq!(sums.keys().collect::<Vec<_>>(), ["EUR", "KRW"]);
        for (currency, sum) in &sums {
            assert!(sum.came > 0 && sum.came == sum.seats + sum.due + sum.back, "{currency}: {sum:?}");
        }
        let due = expected.iter().filter(|(_, (_, ledger))| ledger.due > 0);
        assert_eq!(names(&listed(client, " REFUNDABLE")), due.map(|(name, _)| name.clone()).collect());
        let other = (0..BUYERS).filter(|number| [6, 7].contains(&(number % KINDS)));
        assert_eq!(names(&listed(client, " MISMATCH")), other.map(|number| format!("p{number}")).collect());
        sums
    };
    let sums = check(&mut client);
    server.kill();
    server = Server::start(directory.path());
    assert_eq!(check(&mut server.client()), sums, "after a restart");
}
