//! `worker.py`: killed with what it has, and the server with it; in the end each order was mailed, under one key. How often it is killed
//! says `HOLDFAST_TEST_KILLS`, 3 if that is not set.

use std::collections::BTreeMap;
use std::fs;

use crate::support::faults::Network;
use crate::support::recipes::{Recipe, url};
use crate::support::reply::Value;
use crate::support::{Client, HALL, Server, TempDir, eventually};

fn ask(client: &mut Client, line: &str) -> Value {
    let reply = Value::of(&client.bytes(line));
    assert!(!reply.is_error(), "{line}: {reply:?}");
    reply
}

/// Sells an order of this name; its seat is free again afterwards.
fn sell(client: &mut Client, name: &str) {
    let held = ask(client, &format!("HOLD hall h-{name} bob 0 SEATS A-1-1")).integer("hold");
    ask(client, &format!("CONFIRM hall c-{name} {name} {held}"));
    ask(client, &format!("CANCEL hall x-{name} {name} back"));
}

#[test]
fn workers_that_are_killed_mail_each_order_under_one_key() {
    let test = "workers_that_are_killed_mail_each_order_under_one_key";
    let Some(recipe) = Recipe::python(test, "worker.py") else { return };
    let kills: usize = std::env::var("HOLDFAST_TEST_KILLS").map_or(3, |kills| kills.parse().unwrap());
    let (data, files) = (TempDir::new(), TempDir::new());
    let mailbox = |name: &str| files.join(name).display().to_string();
    let mut server = Server::start(data.path());
    let network = Network::to(server.address);
    let mut client = server.client();
    client.create("hall", HALL);
    let terms = "KINDS sold DELIVERIES 2 BACKOFF 150 300 PAUSE 100 1000";
    ask(&mut client, &format!("GROUP CREATE feed:hall mail 0 {terms} olaf mail"));
    let start = |name: &str| recipe.start(&[&url(network.address), "hall", "mail", name, &mailbox(name)]);
    let mails = |name: &str| -> Vec<(String, String)> {
        let text = fs::read_to_string(mailbox(name)).unwrap_or_default();
        let pair = |line: &str| line.split_once('\t').map(|(key, order)| (key.to_owned(), order.to_owned()));
        text.lines().filter_map(pair).collect()
    };
    let still = start("ann");
    for round in 0..kills {
        let victim = start("ben");
        let before = mails("ann").len() + mails("ben").len();
        for number in 0..8 {
            sell(&mut client, &format!("o{round}-{number}"));
        }
        eventually("they work", || mails("ann").len() + mails("ben").len() > before);
        if round % 2 == 1 {
            server.kill();
        }
        victim.kill();
        if round % 2 == 1 {
            server = Server::start(data.path());
            network.lead_to(server.address);
            client = server.client();
        }
    }
    sell(&mut client, "broken");
    eventually("all is done, but for what nobody can do", || {
        let info = ask(&mut client, "GROUP INFO feed:hall mail");
        let done = mails("ann").len() + mails("ben").len() >= kills * 8;
        done && info.integer("pending") == 0 && info.integer("dead") == 1
    });
    still.kill();
    let mut orders = BTreeMap::new();
    for (key, order) in mails("ann").into_iter().chain(mails("ben")) {
        assert_eq!(*orders.entry(order.clone()).or_insert(key.clone()), key, "{order} has two keys");
    }
    assert_eq!(orders.len(), kills * 8, "{orders:?}");
    let dead = ask(&mut client, "GROUP DEAD feed:hall mail");
    let entry = dead.list()[1].list()[0].get("entry").unwrap().list()[1].clone();
    assert!(entry.get("data").unwrap().text().contains(r#""order":"broken""#), "{entry:?}");
}
