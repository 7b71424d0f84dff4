//! `booking.py` and `booking.mjs`: the same story told by both, word for word.

use crate::support::faults::{Fault, Network};
use crate::support::recipes::{Recipe, url};
use crate::support::reply::Value;
use crate::support::{Client, HALL, Server, TempDir};

const DECLINED: &str = "The card was declined. The seats are free again.";
const BUSY: &str = "-BUSY HF-SYS-001 overloaded, retry after 100 ms";
const DEGRADED: &str = "-DEGRADED HF-SYS-011 the disk is slow";

/// With the package, and without.
#[test]
fn the_booking_flow_in_python() {
    for script in ["booking.py", "raw/booking.py"] {
        let recipe = || Recipe::python("the_booking_flow_in_python", script);
        tell(recipe, "PATIENCE_S = 5.0 ", "PATIENCE_S = 600.0 ");
    }
}

#[test]
fn the_booking_flow_in_node() {
    for script in ["booking.mjs", "raw/booking.mjs"] {
        let recipe = || Recipe::node("the_booking_flow_in_node", script);
        tell(recipe, "PATIENCE_MS = 5_000;", "PATIENCE_MS = 600_000;");
    }
}

fn tell(recipe: impl Fn() -> Option<Recipe>, patience: &str, more: &str) {
    if let Some(recipe) = recipe() {
        whatever_the_answer_is(&recipe);
        when_nobody_waits_any_longer(&recipe);
    }
    if let Some(recipe) = recipe() {
        whatever_is_lost(&recipe.with(patience, more));
    }
}

fn version(client: &mut Client) -> u64 {
    Value::of(&client.bytes("EVENT INFO hall")).integer("version")
}

fn hold(client: &mut Client, line: &str) -> u64 {
    Value::of(&client.bytes(line)).integer("hold")
}

/// Each answer that a customer may get, and each once more from the start: the same words, and nothing happens.
fn whatever_the_answer_is(recipe: &Recipe) {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    let url = url(server.address);
    let run = |line: &str| {
        let mut arguments = vec![url.as_str(), "hall"];
        arguments.extend(line.split(' '));
        recipe.run(&arguments)
    };
    let no = |line: &str, why: &str| assert_eq!(run(line), (1, why.to_owned()), "{line}");
    let sold = |line: &str, seats: &str| assert_eq!(run(line), (0, format!("Sold: {seats}.")), "{line}");
    let state = |checkout: &str, state: &str| assert_eq!(run(checkout), (0, state.to_owned()));

    for _ in 0..2 {
        sold("c1 bob good A-1-1 A-1-2", "A-1-1 A-1-2");
        sold("c2 bob slow A-1-3", "A-1-3");
        no("c3 bob declined A-1-4", DECLINED);
        no("c4 ann good A-1-2 A-1-4", "Somebody was quicker. Please pick other seats (A-1-2 sold).");
        no(
            "c5 ann good B-1-1 B-1-2 B-1-3 B-1-4 B-1-5",
            "That is more than one customer may have (max_seats_per_hold is 4, wanted 5).",
        );
        // created; held, paying, sold; the same and tried again; held, paying, failed.
        assert_eq!(version(&mut client), 1 + 3 + 4 + 3);
    }
    assert_eq!(client.ask("MAP hall A"), "*1|*3|$1|A|$1|1|$6|sss...|");
    state("c1", "SUCCESS");
    state("c3", "FAILED");
    state("c4", "REFUSED TAKEN HF-BIZ-001 A-1-2 sold");
    state("c9", "UNKNOWN");

    // The front end crashed after its hold, and the customer came back: in time, and too late.
    let held = hold(&mut client, "HOLD hall c6/hold cy 0 SEATS B-2-1");
    state("c6", &format!("HELD {held}"));
    sold("c6 cy good B-2-1", "B-2-1");
    let held = hold(&mut client, "HOLD hall c7/hold cy 0 SEATS B-2-2");
    client.ask(&format!("RELEASE hall gone {held}"));
    no(
        "c7 cy good B-2-2",
        &format!(
            "Your time is up, and the seats are free again. Please pick once more \
             (hold {held} is unknown, expired, released or sold)."
        ),
    );

    // The money came when the seats had gone to somebody else.
    let held = hold(&mut client, "HOLD hall c8/hold cy 0 SEATS B-2-3");
    client.ask(&format!("PAYMENT TRY hall c8/try c8 60000 {held}"));
    client.ask("PAYMENT FAIL hall f c8 no-answer");
    client.ask("HOLD hall h dee 0 SEATS B-2-3");
    no("c8 cy good B-2-3", "Your money came when the seats had gone. You get it back.");
    state("c8", "REFUND_DUE");

    client.ask("EVENT PAUSE hall p olga fire-drill");
    no("c10 cy good B-2-4", "The seats are not on sale now (the event is paused).");
    state("c10", "REFUSED CLOSED HF-BIZ-030 the event is paused");
}

/// The same sale, whatever does not arrive or is told to come back. The customer is patient: how long a command takes
/// that has to be sent again depends on the machine.
fn whatever_is_lost(recipe: &Recipe) {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let network = Network::to(server.address);
    let mut client = server.client();
    client.create("hall", HALL);
    let url = url(network.address);
    let mut before = version(&mut client);
    let seats = (1..=5).map(|seat| format!("B-1-{seat}")).chain((1..=5).map(|seat| format!("B-2-{seat}")));
    let mut sale = seats.zip(0..).map(|(seat, number)| (format!("c{number}"), format!("bob{number}"), seat));
    let mut book = |card: &str, faults: &[(&'static str, Fault)]| {
        network.plan(faults);
        let (checkout, customer, seat) = sale.next().unwrap();
        let said = recipe.run(&[&url, "hall", &checkout, &customer, card, &seat]);
        assert_eq!(network.left(), 0, "{faults:?}");
        let changes = version(&mut client) - before;
        before += changes;
        (said, changes, seat)
    };
    for fault in [Fault::LoseReply, Fault::LoseCommand, Fault::Say(BUSY), Fault::Say(DEGRADED)] {
        let each = ["HOLD", "TRY", "SUCCEED", "HOLD", "TRY", "SUCCEED"].map(|word| (word, fault));
        let (said, changes, seat) = book("good", &each);
        assert_eq!((said, changes), ((0, format!("Sold: {seat}.")), 3), "{fault:?}");
    }
    let lost = Fault::LoseReply;
    let (said, changes, seat) = book("slow", &[("RETRY", lost), ("SUCCEED", lost)]);
    assert_eq!((said, changes), ((0, format!("Sold: {seat}.")), 4));
    let (said, changes, _) = book("declined", &[("FAIL", lost), ("FAIL", Fault::LoseCommand)]);
    assert_eq!((said, changes), ((1, DECLINED.to_owned()), 3));
    let (said, changes, seat) = book("good", &[("HOLD", lost); 5]);
    assert_eq!((said, changes), ((0, format!("Sold: {seat}.")), 3));
}

/// Longer than a customer waits: no money has moved, and what may be held ends by itself.
fn when_nobody_waits_any_longer(recipe: &Recipe) {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let network = Network::to(server.address);
    let mut client = server.client();
    client.create("hall", HALL);
    let url = url(network.address);
    let later = "-BUSY HF-SYS-001 overloaded, retry after 9000 ms";
    network.plan(&[("HOLD", Fault::Say(later))]);
    let said = recipe.run(&[&url, "hall", "c1", "bob", "good", "A-1-1"]);
    let busy = "There is a rush. Please try again in a moment (overloaded, retry after 9000 ms).";
    assert_eq!((said, version(&mut client)), ((1, busy.to_owned()), 1));
    network.plan(&[("TRY", Fault::LoseCommand); 100]);
    let said = recipe.run(&[&url, "hall", "c100", "eve", "good", "A-1-1"]);
    assert_eq!(said, (1, "We could not reach the box office. Nothing was charged.".to_owned()));
    assert_eq!(client.ask("GET PAYMENT hall c100"), "$-1|");
}
