//! The API over HTTP: what it answers is what the other port answers, and who may ask is who may ask there.

mod commands;
mod console;
mod history;
mod reads;
mod session;
mod streams;

use std::net::SocketAddr;

use serde_json::Value;

use super::http::{Early, Response, request};
use super::support::reply::read_raw;
use super::support::{Client, TempDir, wire};

/// A server with an event, some holds, an order and a payment.
pub(crate) struct Sale {
    _directory: TempDir,
    pub(crate) server: Early,
    pub(crate) address: SocketAddr,
}

/// A hall whose labels want to be something else in a path.
pub(crate) const HALL: &str = concat!(
    r#"{"sections":[{"name":"A","category":"VIP","rows":[{"name":"1","seats":6,"accessible":["1"]}]},"#,
    r#"{"name":"B/ü","category":"STD","rows":{"from":1,"to":2,"seats":5}}],"#,
    r#""areas":[{"name":"FLOOR","category":"GA","capacity":20}],"limits":{"max_seats_per_hold":20,"max_seats_per_holder":50}}"#
);

impl Sale {
    pub(crate) fn with(flags: &[&str]) -> Self {
        let directory = TempDir::new();
        let server = Early::start(&directory.join("data"), flags);
        let address = server.ready();
        super::support::eventually("ready", || super::http::get(server.admin, "/readyz").status == 200);
        Self { _directory: directory, server, address }
    }

    /// Open to everybody.
    pub(crate) fn open() -> Self {
        let sale = Self::with(&["--admin-writes"]);
        sell(&mut sale.client());
        sale
    }

    /// With tokens: one of each role, of the same name, and one for another event. The secrets are the answer.
    pub(crate) fn guarded(more: &[&str]) -> (Self, Secrets) {
        let aside = TempDir::new();
        let tokens = aside.join("tokens");
        let new = |role: &str, name: &str, more: &[&str]| {
            super::support::access::new_token(&tokens, role, name, more)
        };
        let secrets = Secrets {
            monitor: new("monitor", "monitor", &[]),
            viewer: new("viewer", "viewer", &[]),
            reader: new("reader", "reader", &[]),
            booking: new("booking", "booking", &[]),
            operator: new("operator", "operator", &[]),
            elsewhere: new("operator", "elsewhere", &["--events", "other-*"]),
            tokens: tokens.display().to_string(),
            _aside: aside,
        };
        let sale = Self::with(&[&["--tokens", &secrets.tokens], more].concat());
        let mut client = sale.client();
        assert_eq!(client.ask(&format!("AUTH {}", secrets.operator)), "+OK|");
        sell(&mut client);
        (sale, secrets)
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        request(self.server.admin, "GET", &format!("/api/v1{path}"), &[])
    }

    pub(crate) fn get_as(&self, path: &str, secret: &str) -> Response {
        self.ask("GET", path, &[&bearer(secret)], "")
    }

    /// A request to the API with this body.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Response {
        ask(self.server.admin, method, &format!("/api/v1{path}"), headers, body)
    }

    /// A command, as a program without a browser sends it.
    pub(crate) fn command(&self, words: &[&str]) -> Response {
        let body = serde_json::json!({ "words": words }).to_string();
        self.ask("POST", "/commands", &["Content-Type: application/json"], &body)
    }
}

pub(crate) struct Secrets {
    pub(crate) monitor: String,
    pub(crate) viewer: String,
    pub(crate) reader: String,
    pub(crate) booking: String,
    pub(crate) operator: String,
    /// An operator's, for other events.
    pub(crate) elsewhere: String,
    /// The file of them.
    pub(crate) tokens: String,
    _aside: TempDir,
}

pub(crate) fn bearer(secret: &str) -> String {
    format!("Authorization: Bearer {secret}")
}

pub(crate) fn ask(address: SocketAddr, method: &str, path: &str, headers: &[&str], body: &str) -> Response {
    let more: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    super::http::send(
        address,
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{length}{more}\r\n{body}"
        ),
    )
}

fn sell(client: &mut Client) {
    for event in ["gala", "a/b"] {
        client.create(event, HALL);
    }
    for line in [
        "HOLD gala h1 ann 600000 SEATS A-1-1 A-1-2 AREA FLOOR 2 NOTE vip",
        "HOLD gala h2 bob~x 600000 SEATS A-1-3",
        "HOLD gala h3 bob 600000 SEATS A-1-3",
        "HOLD gala h4 bob 600000 SEATS A-1-4",
        "CONFIRM gala c1 order/1 2",
        "PAYMENT TRY gala t1 pay-1 600000 3 AMOUNT 1200 EUR",
        "HOLD gala h5 cid 600000 SEATS B/ü-1-1",
        "BLOCK gala b1 op why SECTION B/ü ROW 2",
    ] {
        client.ask(line);
    }
}

/// One reply of a connection that speaks version 3 of the protocol, as JSON: fields are members, lists are arrays.
pub(crate) fn as_json(bytes: &[u8]) -> Value {
    let mut rest = bytes;
    let value = take(&mut rest);
    assert!(rest.is_empty());
    value
}

fn take(rest: &mut &[u8]) -> Value {
    let end = rest.iter().position(|byte| *byte == b'\r').unwrap();
    let line = String::from_utf8(rest[1..end].to_vec()).unwrap();
    let sort = rest[0];
    *rest = &rest[end + 2..];
    let count = || line.parse::<usize>().unwrap();
    match sort {
        b'+' | b'-' => line.into(),
        b':' => line.parse::<i64>().unwrap().into(),
        b'_' => Value::Null,
        b'$' => {
            let text = String::from_utf8(rest[..count()].to_vec()).unwrap();
            *rest = &rest[count() + 2..];
            text.into()
        }
        b'*' => (0..count()).map(|_| take(rest)).collect(),
        b'%' => (0..count()).map(|_| (take(rest).as_str().unwrap().to_owned(), take(rest))).collect(),
        other => panic!("{other}"),
    }
}

/// The reply to a command at the other port.
pub(crate) fn at_the_other_port(client: &mut Client, words: &[&str]) -> Value {
    client.send(wire(words));
    as_json(&read_raw(&mut client.0).unwrap())
}
