//! `seat_map.py`, by the package and without: what it shows in the end is what `MAP` and `EVENT INFO` say, after everything that can happen to a seat.

use crate::support::crowd::{Crowd, HALL, never_happened};
use crate::support::faults::Network;
use crate::support::recipes::{Recipe, Running, url};
use crate::support::reply::Value;
use crate::support::{Client, Server, TempDir, eventually};

/// The screen as it must be in the end.
fn expected(client: &mut Client) -> String {
    let info = Value::of(&client.bytes("EVENT INFO hall"));
    let mut lines = vec![format!("version {}", info.integer("version"))];
    for row in Value::of(&client.bytes("MAP hall")).list() {
        let [section, row, seats] = row.list() else { panic!("{row:?}") };
        if row.text().is_empty() {
            let sums: Vec<&str> = seats.text().split(':').collect();
            let sums: Vec<u64> = sums.iter().map(|sum| sum.parse().unwrap()).collect();
            let [capacity, free, held, paying, sold] = sums[..] else { panic!("{sums:?}") };
            let (name, blocked) = (section.text(), capacity - free - held - paying - sold);
            lines.push(format!(
                "{name:<8} {free} free, {held} held, {paying} paying, {sold} sold, {blocked} blocked"
            ));
        } else {
            lines.push(format!("{:<8} {}", format!("{}-{}", section.text(), row.text()), seats.text()));
        }
    }
    lines.join("\n") + "\n"
}

fn screen(running: &Running) -> String {
    running.said().rsplit("\x1b[H\x1b[2J").next().unwrap().to_owned()
}

fn shows_the_truth(client: &mut Client, what: &str, running: &Running) {
    let mut last = (String::new(), String::new());
    let same = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        eventually(what, || {
            last = (screen(running), expected(client));
            last.0 == last.1
        });
    }));
    assert!(same.is_ok(), "{what} shows\n{}instead of\n{}", last.0, last.1);
}

#[test]
fn a_seat_map_shows_what_is_so() {
    shows_what_is_so("seat_map.py");
}

#[test]
fn one_that_is_kept_by_the_feed_alone_does_so_too() {
    // One that is there from the start needs one picture, whatever happens.
    let Some(network) = shows_what_is_so("raw/seat_map.py") else { return };
    assert_eq!(network.count("MAP"), 1);
}

/// What needs several things that a crowd, once it has sold everything, does not have at the same time any more.
fn exchange_and_keep(client: &mut Client) {
    let held = Value::of(&client.bytes("HOLD hall hold-second ann 0 AREA FLOOR 1")).integer("hold");
    client.ask(&format!("CONFIRM hall confirm-second second {held}"));
    let exchanged = client.ask("EXCHANGE hall exchange-second second moved DROP AREA FLOOR 1 ADD #40");
    assert!(exchanged.starts_with('*'), "{exchanged}");
    let held = Value::of(&client.bytes("HOLD hall hold-third ann 0 AREA FLOOR 1")).integer("hold");
    client.ask(&format!("PAYMENT TRY hall try-third third 0 {held}"));
    let kept = client.ask("PAYMENT FAIL hall fail-third third no KEEP 0");
    assert!(kept.starts_with('*'), "{kept}");
}

fn shows_what_is_so(script: &str) -> Option<Network> {
    let recipe = Recipe::python("a_seat_map_shows_what_is_so", script)?;
    let data = TempDir::new();
    let mut server = Server::start(data.path());
    let mut client = server.client();
    client.create("hall", HALL);
    let (network, sound) = (Network::to(server.address), Network::to(server.address));
    let mut crowd = Crowd::new(7);

    // One that is there from the start; its connections are lost now and then.
    let first = recipe.start(&[&url(network.address), "hall"]);
    eventually("the first map has its picture", || screen(&first).starts_with("version 1\n"));
    // What only time brings is not left to a crowd, which may have sold everything before it comes.
    let held = Value::of(&client.bytes("HOLD hall hold-first ann 0 SEATS #0")).integer("hold");
    client.ask(&format!("PAYMENT TRY hall try-first first 1 {held}"));
    eventually("a payment lapses", || !never_happened(&mut client).contains(&"payment_lapsed"));
    exchange_and_keep(&mut client);
    let mut second = None;
    let mut round = 0;
    while round < 40 || !never_happened(&mut client).is_empty() {
        assert!(round < 400, "never happened: {:?}", never_happened(&mut client));
        // One that comes into the middle of it meets holds, payments and orders that it never saw begin.
        if round % 8 == 0 {
            let new = recipe.start(&[&url(sound.address), "hall"]);
            while !screen(&new).contains("paying") {
                crowd.act(&mut client);
            }
            if let Some(old) = second.replace(new) {
                old.kill();
            }
        }
        (0..30).for_each(|_| crowd.act(&mut client));
        if round % 3 == 1 {
            network.cut();
        }
        (0..30).for_each(|_| crowd.act(&mut client));
        shows_the_truth(&mut client, "the first map", &first);
        shows_the_truth(&mut client, "the second map", second.as_ref().unwrap());
        if round % 10 == 3 {
            server.kill();
            server = Server::start(data.path());
            [&network, &sound].into_iter().for_each(|network| network.lead_to(server.address));
            client = server.client();
        }
        round += 1;
    }
    first.kill();
    second.unwrap().kill();
    Some(network)
}
