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

/// Every kind of change once, in an empty hall: a crowd may have sold everything before it comes to the last of them.
fn everything_once(client: &mut Client) {
    let mut done = |line: &str| {
        let reply = Value::of(&client.bytes(line));
        assert!(!reply.is_error(), "{line}: {reply:?}");
        reply
    };
    let mut hold = |name: &str| {
        let hold = done(&format!("HOLD hall hold-{name} ann 0 AREA FLOOR 2")).integer("hold");
        if ["lapses", "succeeds", "fails", "kept"].contains(&name) {
            let ttl = u64::from(name == "lapses");
            done(&format!("PAYMENT TRY hall try-{name} {name} {ttl} {hold}"));
        }
        hold
    };
    let (changed, sold) = (hold("changed"), hold("sold"));
    for name in ["lapses", "succeeds", "fails", "kept"] {
        hold(name);
    }
    done("HOLD hall hold-expires ann 1 AREA FLOOR 1");
    done(&format!("CHANGE hall change {changed} DROP AREA FLOOR 1 ADD AREA BAR 1"));
    done(&format!("RELEASE hall release {changed}"));
    done(&format!("CONFIRM hall confirm sold {sold}"));
    done("EXCHANGE hall exchange sold moved DROP AREA FLOOR 1 ADD #40");
    done("CANCEL hall cancel sold sick");
    done("PAYMENT SUCCEED hall succeed succeeds");
    done("PAYMENT FAIL hall fail fails no");
    done("PAYMENT FAIL hall keep kept no KEEP 0");
    done("BLOCK hall block olga broken SEATS #1");
    done("UNBLOCK hall unblock olga mended SEATS #1");
    eventually("a hold and a payment lapse", || never_happened(client).is_empty());
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
    everything_once(&mut client);
    let mut second = None;
    for round in 0..40 {
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
    }
    first.kill();
    second.unwrap().kill();
    Some(network)
}
