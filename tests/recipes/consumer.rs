//! `consumer.py`: killed again and again, and the server with it; in the end everything was done, once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use crate::support::faults::Network;
use crate::support::recipes::{Recipe, Running, url};
use crate::support::reply::Value;
use crate::support::scripts::{VENV, python};
use crate::support::{Client, Server, TempDir, eventually, wire};

const HALL: &str = concat!(
    r#"{"sections":[{"name":"A","category":"STD","rows":{"from":1,"to":50,"seats":20}}],"#,
    r#""areas":[{"name":"FLOOR","category":"GA","capacity":5000}],"limits":{"max_seats_per_holder":1000}}"#
);

/// What was sold and what is owed: what the consumer should have done.
#[derive(Default)]
struct Box {
    sold: BTreeSet<String>,
    owed: BTreeSet<String>,
}

impl Box {
    /// Sells something in each way there is.
    fn sell(&mut self, client: &mut Client, by_confirm: bool) {
        let number = self.sold.len() + self.owed.len();
        let mut ask = |line: String| {
            let reply = Value::of(&client.bytes(&line));
            assert!(!reply.is_error(), "{line}: {reply:?}");
            reply
        };
        let seat = format!("A-{}-{}", 1 + number / 20 % 50, 1 + number % 20);
        let held = ask(format!("HOLD hall h{number} bob 0 SEATS {seat} AREA FLOOR 1")).integer("hold");
        let name = format!("o{number}");
        if by_confirm && number.is_multiple_of(4) {
            ask(format!("CONFIRM hall c{number} {name} {held}"));
            self.sold.insert(name);
            return;
        }
        ask(format!("PAYMENT TRY hall t{number} {name} 60000 {held}"));
        if number % 4 > 1 {
            ask(format!("PAYMENT FAIL hall f{number} {name} silence"));
        }
        let too_late = number % 4 == 3;
        if too_late {
            ask(format!("HOLD hall again{number} ann 0 SEATS {seat}"));
        }
        let paid = ask(format!("PAYMENT SUCCEED hall s{number} {name}"));
        let (status, into) =
            if too_late { ("REFUND_DUE", &mut self.owed) } else { ("SUCCESS", &mut self.sold) };
        assert_eq!(paid.get("status").unwrap().text(), status);
        into.insert(name);
    }
}

/// The consumer's files, and what reads them.
struct Shop {
    recipe: Recipe,
    directory: TempDir,
}

impl Shop {
    fn new(test: &str, script: &str) -> Option<Self> {
        Some(Self { recipe: Recipe::python(test, script)?, directory: TempDir::new() })
    }

    fn file(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }

    fn start(&self, address: SocketAddr) -> Running {
        self.recipe.start(&[&url(address), "hall", &self.file("database"), &self.file("mailbox")])
    }

    fn mails(&self) -> Vec<String> {
        let text = fs::read_to_string(self.file("mailbox")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// A column of a table of its database.
    fn column(&self, column: &str, table: &str) -> Vec<String> {
        let program = "import sqlite3, sys\nfor row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(row[0])";
        let select = format!("SELECT {column} FROM {table}");
        let output = Command::new(python("consumer", VENV).unwrap())
            .args(["-c", program, &self.file("database"), &select])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    fn done_up_to(&self, client: &mut Client) -> bool {
        let version = Value::of(&client.bytes("EVENT INFO hall")).integer("version");
        self.column("version", "position") == [version.to_string()]
    }

    /// Everything was done, and nothing else, and in effect once. Returns how much was asked for twice.
    fn check(&self, client: &mut Client, expected: &Box) -> usize {
        let tickets: BTreeSet<String> = self.column("name", "tickets").into_iter().collect();
        assert_eq!(tickets, expected.sold);
        // A service does once what comes under one key; what comes twice must be the same.
        let mut effects = BTreeMap::new();
        let mails = self.mails();
        for mail in &mails {
            let (key, text) = mail.split_once('\t').unwrap();
            assert_eq!(*effects.entry(key).or_insert(text), text, "{key}");
        }
        let sold = expected.sold.iter().map(|name| format!("tickets/hall/{name}"));
        let owed = expected.owed.iter().map(|name| format!("refund/hall/{name}"));
        let all: BTreeSet<String> = sold.chain(owed).collect();
        assert!(effects.keys().copied().eq(all.iter().map(String::as_str)), "{effects:?}");
        let info = Value::of(&client.bytes("EVENT INFO hall"));
        let payments = info.get("payments").unwrap();
        assert_eq!(payments.integer("REFUND_DUE"), 0);
        assert_eq!(payments.integer("REFUNDED"), expected.owed.len() as u64);
        mails.len() - effects.len()
    }
}

#[test]
fn a_consumer_that_is_killed_does_everything_once() {
    println!("{}", is_killed("consumer.py"));
}

#[test]
fn one_without_the_package_does_so_too() {
    println!("{}", is_killed("raw/consumer.py"));
}

/// What came of it.
fn is_killed(script: &str) -> String {
    let test = "a_consumer_that_is_killed_does_everything_once";
    let Some(shop) = Shop::new(test, script) else { return "nothing was tried".to_owned() };
    let data = TempDir::new();
    let mut server = Server::start(data.path());
    let network = Network::to(server.address);
    let mut client = server.client();
    client.create("hall", HALL);
    let mut expected = Box::default();
    for round in 0..18 {
        // In the middle of its work: a mail was just sent, and what comes after it is not written yet, or just so.
        let until = shop.mails().len() + 1 + round % 5;
        let consumer = shop.start(network.address);
        (0..10).for_each(|_| expected.sell(&mut client, true));
        eventually("the consumer works", || shop.mails().len() >= until);
        if round % 3 == 2 {
            server.kill();
        }
        if round % 3 != 1 {
            consumer.kill();
        }
        if round % 3 == 2 {
            server = Server::start(data.path());
            network.lead_to(server.address);
            client = server.client();
        }
    }
    let consumer = shop.start(network.address);
    (0..15).for_each(|_| expected.sell(&mut client, true));
    // One that waits for changes goes on by itself when the server is back.
    server.kill();
    server = Server::start(data.path());
    network.lead_to(server.address);
    client = server.client();
    (0..15).for_each(|_| expected.sell(&mut client, true));
    eventually("all is worked off", || shop.done_up_to(&mut client));
    consumer.kill();
    let twice = shop.check(&mut client, &expected);
    format!("{} effects; {twice} were asked for twice", expected.sold.len() + expected.owed.len())
}

#[test]
fn a_consumer_that_was_away_for_too_long_settles_by_the_lists() {
    for script in ["consumer.py", "raw/consumer.py"] {
        was_away_for_too_long(script);
    }
}

fn was_away_for_too_long(script: &str) {
    let test = "a_consumer_that_was_away_for_too_long_settles_by_the_lists";
    let Some(shop) = Shop::new(test, script) else { return };
    let data = TempDir::new();
    let flags = ["--feed-retention", "0", "--snapshot-bytes", "1MiB", "--snapshot-every", "1s"];
    let server = Server::with(data.path(), &flags);
    let mut client = server.client();
    client.create("hall", HALL);
    let mut expected = Box::default();
    let consumer = shop.start(server.address);
    (0..10).for_each(|_| expected.sell(&mut client, false));
    eventually("the consumer has begun", || !shop.mails().is_empty());
    consumer.kill();
    // More than one page of the list.
    (0..150).for_each(|_| expected.sell(&mut client, false));
    let mut next = 0;
    eventually("the feed is let go of", || {
        let bytes: Vec<u8> = (next..next + 4_000)
            .flat_map(|key| {
                let reason = format!("reason {key} {}", "x".repeat(200));
                let verb = if key % 2 == 0 { "PAUSE" } else { "RESUME" };
                wire(&["EVENT", verb, "hall", &format!("long{key}"), "olga", &reason])
            })
            .collect();
        client.send(bytes);
        (0..4_000).for_each(|_| assert!(!client.reply().starts_with('-')));
        next += 4_000;
        client.ask("FEED hall 1").starts_with("-TRIMMED ")
    });
    let position: u64 = shop.column("version", "position")[0].parse().unwrap();
    eventually("the feed from where it stopped is gone", || {
        client.ask(&format!("FEED hall {}", position + 1)).starts_with("-TRIMMED ")
    });
    let consumer = shop.start(server.address);
    eventually("all is worked off", || shop.done_up_to(&mut client));
    (0..10).for_each(|_| expected.sell(&mut client, false));
    eventually("all is worked off", || shop.done_up_to(&mut client));
    consumer.kill();
    shop.check(&mut client, &expected);
}
