//! A provider of payments has an outage: who pays loses no seat, new holds stop if that was asked for, and everything goes on
//! afterwards. All of it is in the log.

use std::process::Command;

use crate::support::{Client, Server, TempDir, eventually, program, run, told};

const HALL: &str = concat!(
    r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 10, "seats": 50}}], "#,
    r#""limits": {"max_seats_per_holder": 1000}}"#
);

/// A sale whose payments nobody could see fail for a while: four outcomes are enough, within an hour.
fn server(directory: &TempDir, more: &[&str]) -> Server {
    let usual = ["--payments-volume", "4", "--payments-window", "1h"];
    Server::with(directory.path(), &[&usual[..], more].concat())
}

const STOPS: &[&str] = &["--payments-action", "stop-new", "--payments-probe-after", "24h"];
const TRIES_SOON: &[&str] = &["--payments-action", "stop-new", "--payments-probe-after", "1s"];

/// A buyer.
struct Buyer<'a> {
    event: &'a str,
    number: u32,
}

impl Buyer<'_> {
    /// Holds a seat: the reply.
    fn holds(&self, client: &mut Client) -> String {
        let Buyer { event, number } = self;
        let (row, seat) = (number / 50 + 1, number % 50 + 1);
        client.ask(&format!("HOLD {event} h-{number} buyer-{number} 600000 SEATS A-{row}-{seat}"))
    }

    /// Goes to the provider with the hold.
    fn tries(&self, client: &mut Client, provider: &str) {
        let Buyer { event, number } = self;
        let held = self.holds(client);
        let hold = held.split("|:").nth(1).unwrap_or_else(|| panic!("{held}")).split('|').next().unwrap();
        let provider = if provider.is_empty() { String::new() } else { format!(" PROVIDER {provider}") };
        let tried = client.ask(&format!("PAYMENT TRY {event} t-{number} p-{number} 600000 {hold}{provider}"));
        assert!(tried.contains("|PENDING|"), "{tried}");
    }

    fn fails(&self, client: &mut Client, reason: &str) {
        let Buyer { event, number } = self;
        let failed = client.ask(&format!("PAYMENT FAIL {event} f-{number} p-{number} {reason}"));
        assert!(failed.contains("|FAILED|"), "{failed}");
    }

    fn succeeds(&self, client: &mut Client) {
        let Buyer { event, number } = self;
        let paid = client.ask(&format!("PAYMENT SUCCEED {event} s-{number} p-{number}"));
        assert!(paid.contains("|SUCCESS|"), "{paid}");
    }
}

/// Payments of an event that fail, by these buyers.
fn outage(client: &mut Client, event: &str, provider: &str, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let buyer = Buyer { event, number };
        buyer.tries(client, provider);
        buyer.fails(client, "timeout");
    }
}

fn is(client: &mut Client, event: &str, status: &str) -> bool {
    client.ask(&format!("EVENT INFO {event}")).contains(&format!("|{status}|"))
}

fn feed(client: &mut Client, event: &str) -> String {
    String::from_utf8(client.bytes(&format!("FEED {event} 1 COUNT 1000"))).unwrap().replace("\r\n", "|")
}

#[test]
fn an_outage_stops_new_holds_and_who_pays_keeps_the_seats() {
    let directory = TempDir::new();
    let mut server = server(&directory, STOPS);
    let mut client = server.client();
    client.create("gala", HALL);
    client.create("ball", HALL);
    let (paying, other) = (Buyer { event: "gala", number: 400 }, Buyer { event: "ball", number: 400 });
    let holding = Buyer { event: "gala", number: 401 };
    paying.tries(&mut client, "stripe");
    assert!(holding.holds(&mut client).starts_with('*'));
    other.tries(&mut client, "toss");
    other.succeeds(&mut client);
    outage(&mut client, "gala", "stripe", 0..4);

    eventually("the sale is paused", || is(&mut client, "gala", "paused"));
    let refused = Buyer { event: "gala", number: 402 }.holds(&mut client);
    assert_eq!(refused, "-CLOSED HF-BIZ-030 the event is paused|");
    assert!(is(&mut client, "ball", "open"), "its payments go elsewhere");
    eventually("it is told", || client.info("payments", "payment_sales_paused") == "1");
    assert_eq!(client.info("payments", "payment_circuits"), "stripe=open,toss=closed");
    assert!(server.log().contains("payments of a provider are disturbed"), "{}", server.log());
    let status = run(["status", "--address", &server.address.to_string()]);
    let (code, out, _) = told(&status);
    assert!(code == 1 && out.contains("payment_providers_disturbed"), "{code} {out}");

    // A crash, and the next process goes on where this one was.
    server.kill();
    let server = self::server(&directory, TRIES_SOON);
    let mut client = server.client();
    eventually("the sale goes on", || is(&mut client, "gala", "open"));
    paying.succeeds(&mut client);
    let sold = client.ask("CONFIRM gala c-1 order-1 4");
    assert!(sold.contains("|$5|order|$7|order-1|"), "who only held lost nothing either: {sold}");
    eventually("it is told", || client.info("payments", "payment_sales_paused") == "0");
    assert_eq!(client.info("payments", "payment_circuits"), "stripe=half_open");
    for number in 10..20 {
        let buyer = Buyer { event: "gala", number };
        buyer.tries(&mut client, "stripe");
        buyer.succeeds(&mut client);
    }
    eventually("it is well", || client.info("payments", "payment_circuits") == "stripe=closed");
    let feed = feed(&mut client, "gala");
    let reason = "payments of stripe are disturbed: 4 of 4 failed or ran out within 3600000 ms";
    assert!(feed.contains("|$8|operator|$8|$breaker|") && feed.contains(reason), "{feed}");
    assert!(feed.contains("payments of stripe are tried again"), "{feed}");
    assert_eq!(feed.matches("$breaker").count(), 2, "{feed}");
}

#[test]
fn a_sale_that_a_person_has_seen_to_is_left_alone() {
    let directory = TempDir::new();
    let server = server(&directory, STOPS);
    let mut client = server.client();
    for event in ["gala", "ball"] {
        client.create(event, HALL);
    }
    outage(&mut client, "gala", "stripe", 0..4);
    eventually("the sale is paused", || is(&mut client, "gala", "paused"));
    assert!(client.ask("EVENT RESUME gala r-1 olga no~matter").contains("|open|"));
    eventually("it is hers", || client.info("payments", "payment_sales_paused") == "0");
    outage(&mut client, "gala", "stripe", 4..5);
    // Whatever is done about what is in the log is done by the look that does this.
    outage(&mut client, "ball", "stripe", 0..1);
    eventually("another sale is paused", || is(&mut client, "ball", "paused"));
    assert!(is(&mut client, "gala", "open"));
    let refused = client.ask("EVENT PAUSE gala p-1 $breaker because");
    assert!(refused.starts_with("-INVALID HF-INP-002 "), "{refused}");
}

#[test]
fn a_person_who_pauses_what_is_paused_keeps_it_so() {
    let directory = TempDir::new();
    let server = server(&directory, TRIES_SOON);
    let mut client = server.client();
    client.create("gala", HALL);
    outage(&mut client, "gala", "stripe", 0..4);
    eventually("the sale is paused", || feed(&mut client, "gala").contains("|$6|paused|"));
    // Refused, as it is paused already; or, on a machine that is too slow to get here in time, done.
    client.ask("EVENT PAUSE gala p-1 olga the~hall~burns");
    eventually("it is tried again", || client.info("payments", "payment_circuits") == "stripe=half_open");
    eventually("it is hers", || client.info("payments", "payment_sales_paused") == "0");
    assert!(is(&mut client, "gala", "paused"));
}

#[test]
fn declined_cards_are_no_outage_and_nothing_is_done_unless_it_is_asked_for() {
    let directory = TempDir::new();
    let server = server(&directory, &[]);
    let mut client = server.client();
    client.create("gala", HALL);
    for number in 0..8 {
        let buyer = Buyer { event: "gala", number };
        buyer.tries(&mut client, "kakao");
        buyer.fails(&mut client, "declined:no~funds");
    }
    outage(&mut client, "gala", "", 8..12);
    let circuits = "kakao=closed,no provider=open";
    eventually("what has no name is disturbed", || client.info("payments", "payment_circuits") == circuits);
    assert_eq!(client.info("payments", "payments_action"), "observe");
    assert!(is(&mut client, "gala", "open"));
    assert!(!feed(&mut client, "gala").contains("$breaker"));
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let directory = TempDir::new();
    let refused = |flag: &str, value: &str| {
        let mut command: Command = program();
        command.arg("serve").arg("--data").arg(directory.path()).args([flag, value]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{flag} {value}");
        String::from_utf8(output.stderr).unwrap()
    };
    for (flag, value, says) in [
        ("--payments-action", "keep", "payments.action is keep: it must be observe or stop-new"),
        ("--payments-action", "one-try", "payments.action is one-try: it must be observe or stop-new"),
        ("--payments-action", "panic", "payments-action"),
        ("--payments-open-at", "0", "payments.open_at is 0: it must be from 1 to 100"),
        ("--payments-open-at", "101", "payments.open_at is 101: it must be from 1 to 100"),
        ("--payments-volume", "0", "payments.volume is 0"),
        ("--payments-window", "10ms", "payments.window is 10ms"),
        ("--payments-probe-after", "25h", "payments.probe_after is 1day 1h: it must be from 1s to 24h"),
    ] {
        let said = refused(flag, value);
        assert!(said.contains(says), "{flag} {value}: {said}");
    }
}
