//! Somebody who does anything in a small hall, whether it is possible or not; and what must have happened for it to mean something.

use std::collections::BTreeSet;

use super::Client;
use super::reply::Value;

pub const HALL: &str = concat!(
    r#"{"sections":[{"name":"A","category":"VIP","rows":[{"name":"1","seats":8},{"name":"x","from":5,"to":14}]},"#,
    r#"{"name":"B-left","category":"STD","rows":{"from":1,"to":3,"seats":10}}],"#,
    r#""areas":[{"name":"FLOOR","category":"GA","capacity":40},{"name":"BAR","category":"GA","capacity":9}],"#,
    r#""limits":{"max_seats_per_holder":100}}"#
);

/// What must have happened for the comparison to mean something: every kind that moves a seat.
pub const KINDS: [&str; 14] = [
    "held",
    "changed",
    "released",
    "expired",
    "sold",
    "cancelled",
    "exchanged",
    "paying",
    "payment_succeeded",
    "payment_failed",
    // Another card: the seats are back in their holds.
    "payment_failed, kept",
    "payment_lapsed",
    "blocked",
    "unblocked",
];

/// Somebody who does anything, whether it is possible or not.
pub struct Crowd {
    state: u64,
    key: u64,
    holds: Vec<u64>,
    orders: Vec<String>,
    payments: Vec<String>,
}

impl Crowd {
    pub const fn new(seed: u64) -> Self {
        Self { state: seed, key: 0, holds: Vec::new(), orders: Vec::new(), payments: Vec::new() }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % bound
    }

    /// One of the newest, which are the likeliest to be alive.
    fn one_of<T: Clone>(&mut self, list: fn(&Self) -> &Vec<T>, otherwise: T) -> T {
        let reach = list(self).len().min(6) as u64;
        if reach == 0 {
            return otherwise;
        }
        let back = self.below(reach) as usize;
        let list = list(self);
        list[list.len() - 1 - back].clone()
    }

    fn seats(&mut self) -> String {
        let ordinal = self.below(45);
        format!("#{ordinal} #{}", ordinal + 1 + self.below(2))
    }

    pub fn act(&mut self, client: &mut Client) {
        self.key += 1;
        let key = self.key;
        let hold = self.one_of(|crowd| &crowd.holds, 0);
        let order = self.one_of(|crowd| &crowd.orders, "none".to_owned());
        let payment = self.one_of(|crowd| &crowd.payments, "none".to_owned());
        let (seats, others) = (self.seats(), self.seats());
        let places = self.below(3) + 1;
        let ttl = [0, 30, 100][self.below(3) as usize];
        let line = match self.below(26) {
            0..=3 => format!("HOLD hall k{key} bob {ttl} SEATS {seats}"),
            4 => format!("HOLD hall k{key} bob {ttl} SEATS {seats} AREA FLOOR {places} AREA BAR 1"),
            5 => format!("HOLD hall k{key} bob {ttl} AREA FLOOR {places}"),
            6 => format!("CHANGE hall k{key} {hold} ADD {seats}"),
            7 => {
                let seat = self.seat_of(client, hold);
                format!("CHANGE hall k{key} {hold} DROP {seat} ADD {others}")
            }
            8 => {
                let seat = self.seat_of(client, hold);
                format!("RELEASE hall k{key} {hold} SEATS {seat}")
            }
            9 => format!("RELEASE hall k{key} {hold}"),
            10 => format!("CONFIRM hall k{key} o{key} {hold}"),
            11 => format!("CANCEL hall k{key} {order} sick"),
            12 => {
                let seats = Value::of(&client.bytes(&format!("GET ORDER hall {order}")));
                let first = match seats {
                    Value::Null => None,
                    order => order.texts("seats").into_iter().next(),
                };
                format!("CANCEL hall k{key} {order} sick SEATS {}", first.unwrap_or_else(|| "#0".to_owned()))
            }
            13 | 14 => {
                let other = self.one_of(|crowd| &crowd.holds, 0);
                let both = if other == hold { String::new() } else { format!(" {other}") };
                if self.below(4) == 0 {
                    // The money is quicker.
                    client.ask(&format!("PAYMENT SUCCEED hall m{key} p{key}"));
                }
                format!("PAYMENT TRY hall k{key} p{key} {ttl} {hold}{both}")
            }
            15 | 16 => format!("PAYMENT SUCCEED hall k{key} {payment}"),
            17 if key.is_multiple_of(2) => format!("PAYMENT FAIL hall k{key} {payment} no KEEP 0"),
            17 => format!("PAYMENT FAIL hall k{key} {payment} no"),
            20 => format!("RELEASE hall k{key} {hold} AREA FLOOR {places}"),
            21 => format!("CHANGE hall k{key} {hold} DROP AREA BAR 1 ADD AREA FLOOR {places}"),
            22 => format!("CANCEL hall k{key} {order} sick AREA FLOOR 1"),
            23 => format!("EXCHANGE hall k{key} {order} moved DROP AREA FLOOR 1 ADD {seats}"),
            24 => format!(
                "BLOCK hall k{key} olga broken SECTION B-left ROW 2 FROM 3 TO 9 AREA BAR 2 WHERE FREE"
            ),
            25 => format!("UNBLOCK hall k{key} olga mended SECTION B-left AREA BAR 9 WHERE BLOCKED"),
            18 => format!("BLOCK hall k{key} olga broken SEATS {seats}"),
            _ => format!("UNBLOCK hall k{key} olga mended SEATS {seats}"),
        };
        let reply = Value::of(&client.bytes(&line));
        if reply.is_error() {
            // What is not possible just now is fine, a seat that is dropped and added at once too; a slip here is not.
            let slips =
                ["INVALID HF-INP-001", "INVALID HF-INP-002", "INVALID HF-INP-003", "NOSEAT", "KEYREUSED"];
            assert!(!slips.iter().any(|slip| reply.text().starts_with(slip)), "{line}: {reply:?}");
        } else if line.starts_with("HOLD") {
            self.holds.push(reply.integer("hold"));
        } else if line.starts_with("CONFIRM") {
            self.orders.push(format!("o{key}"));
        } else if line.starts_with("PAYMENT TRY") {
            self.payments.push(format!("p{key}"));
        } else if line.starts_with("PAYMENT SUCCEED") {
            self.orders.push(payment);
        }
    }

    fn seat_of(&self, client: &mut Client, hold: u64) -> String {
        let first = match Value::of(&client.bytes(&format!("GET HOLD hall {hold}"))) {
            Value::Null => None,
            hold => hold.texts("seats").into_iter().next(),
        };
        first.unwrap_or_else(|| "#0".to_owned())
    }
}

/// Those of `KINDS` that the feed does not have yet.
pub fn never_happened(client: &mut Client) -> Vec<&'static str> {
    let mut kinds = BTreeSet::new();
    let mut from = 1;
    loop {
        let page = Value::of(&client.bytes(&format!("FEED hall {from} COUNT 1000")));
        let Some(last) = page.list().last() else { break };
        from = last.list()[0].number() + 1;
        for change in page.list() {
            let kind = change.list()[2].text();
            let kept = change.list()[3].get("kept").map_or("", |_| ", kept");
            kinds.insert(format!("{kind}{kept}"));
        }
    }
    KINDS.into_iter().filter(|kind| !kinds.contains(*kind)).collect()
}
