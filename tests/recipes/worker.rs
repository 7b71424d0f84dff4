//! `worker.py` and `worker.mjs` in one group: killed with what they have, and the server with them; four where there was one, and one
//! again; and a dead letter that is tried again when a template fits. In the end each order was mailed, under one key. How often they are
//! killed says `HOLDFAST_TEST_KILLS`, 2 if that is not set.

use std::collections::BTreeMap;
use std::fs;

use crate::support::faults::Network;
use crate::support::recipes::{Recipe, Running, url};
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

/// What the workers have mailed: keys and orders, by worker.
struct Mailboxes(TempDir);

impl Mailboxes {
    fn path(&self, worker: &str) -> String {
        self.0.join(worker).display().to_string()
    }

    fn of(&self, worker: &str) -> Vec<(String, String)> {
        let text = fs::read_to_string(self.path(worker)).unwrap_or_default();
        let pair = |line: &str| line.split_once('\t').map(|(key, order)| (key.to_owned(), order.to_owned()));
        text.lines().filter_map(pair).collect()
    }

    /// The key of each order; each has one.
    fn keys(&self, workers: &[&str]) -> BTreeMap<String, String> {
        let mut keys = BTreeMap::new();
        for (key, order) in workers.iter().flat_map(|worker| self.of(worker)) {
            assert_eq!(*keys.entry(order.clone()).or_insert(key.clone()), key, "{order} has two keys");
        }
        keys
    }
}

/// What is put aside: the id and the change of each.
fn letters(client: &mut Client) -> Vec<(String, Value)> {
    let dead = ask(client, "GROUP DEAD feed:hall mail");
    let letter = |one: &Value| {
        let entry = one.get("entry").unwrap().list()[1].clone();
        (one.get("id").unwrap().text().to_owned(), entry)
    };
    dead.list()[1].list().iter().map(letter).collect()
}

/// Nothing is out, and nothing is put aside but what nobody can do. A worker that was only slow has its entries once more.
fn is_done(client: &mut Client, can_nobody: impl Fn(&str) -> bool) -> bool {
    let mut is_done = ask(client, "GROUP INFO feed:hall mail").integer("pending") == 0;
    for (id, entry) in letters(client) {
        if !can_nobody(entry.get("data").unwrap().text()) {
            ask(client, &format!("GROUP REDRIVE feed:hall mail olaf slow IDS {id}"));
            is_done = false;
        }
    }
    is_done
}

#[test]
fn workers_that_are_killed_mail_each_order_under_one_key() {
    let test = "workers_that_are_killed_mail_each_order_under_one_key";
    let Some(python) = Recipe::python(test, "worker.py") else { return };
    let Some(node) = Recipe::node(test, "worker.mjs") else { return };
    let kills: usize = std::env::var("HOLDFAST_TEST_KILLS").map_or(2, |kills| kills.parse().unwrap());
    let (data, mailboxes) = (TempDir::new(), Mailboxes(TempDir::new()));
    let mut server = Server::start(data.path());
    let network = Network::to(server.address);
    let mut client = server.client();
    client.create("hall", HALL);
    let terms = "KINDS sold DELIVERIES 3 BACKOFF 300 600 PAUSE 100 1000";
    ask(&mut client, &format!("GROUP CREATE feed:hall mail 0 {terms} olaf mail"));
    let start = |recipe: &Recipe, name: &str| {
        recipe.start(&[&url(network.address), "hall", "mail", name, &mailboxes.path(name)])
    };
    let still = start(&python, "ann");
    let mut sold = 0;
    for round in 0..kills {
        let victim = start(if round % 2 == 0 { &node } else { &python }, "ben");
        let before = mailboxes.keys(&["ann", "ben"]).len();
        for _ in 0..8 {
            sold += 1;
            sell(&mut client, &format!("o-{sold}"));
        }
        eventually("they work", || mailboxes.keys(&["ann", "ben"]).len() > before);
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
    // Four share what is to be done; three of them go, and lose nothing.
    let more = [("cem", &node), ("dee", &python), ("eve", &node)].map(|(name, recipe)| start(recipe, name));
    eventually("each of the four has work", || {
        for _ in 0..8 {
            sold += 1;
            sell(&mut client, &format!("o-{sold}"));
        }
        ["ann", "cem", "dee", "eve"].iter().all(|worker| !mailboxes.of(worker).is_empty())
    });
    more.into_iter().for_each(Running::kill);
    sell(&mut client, "broken");
    let all = ["ann", "ben", "cem", "dee", "eve"];
    eventually("all is done, but for what nobody can do", || {
        let is_done = is_done(&mut client, |data| data.contains(r#""order":"broken""#));
        is_done && mailboxes.keys(&all).len() == sold && letters(&mut client).len() == 1
    });
    still.kill();
    // Somebody looks at the dead letter, mends the worker, and has it tried again.
    let (_, entry) = letters(&mut client).remove(0);
    let fits = node.with(r#"order.startsWith("broken")"#, r#"order.startsWith("none")"#);
    let mended = start(&fits, "fay");
    let dry = ask(&mut client, "GROUP REDRIVE feed:hall mail olaf mended ALL DRY");
    assert_eq!((dry.integer("letters"), dry.integer("late")), (1, 0));
    ask(&mut client, "GROUP REDRIVE feed:hall mail olaf mended ALL");
    eventually("it is done", || is_done(&mut client, |_| false) && !mailboxes.of("fay").is_empty());
    mended.kill();
    let key = format!("hf-hall-{}", entry.get("version").unwrap().text());
    assert_eq!(mailboxes.keys(&["fay"]), [("broken".to_owned(), key)].into());
}
