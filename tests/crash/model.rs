//! A sale as a person with pencil and paper would keep it: owners of seats, holds, orders, a version.
//!
//! Written from the protocol's words, not from the engine's code. It is given accepted answers in the order of their
//! versions and says what is wrong with the first that is wrong.

use std::collections::{BTreeMap, BTreeSet};

use crate::clients::Operation;
use crate::support::reply::Value;

pub(crate) const EVENTS: [&str; 2] = ["north", "south"];
pub(crate) const ROWS: u32 = 200;
pub(crate) const ROW_SEATS: u32 = 80;
pub(crate) const SEATS: u32 = ROWS * ROW_SEATS;
pub(crate) const AREA: &str = "FLOOR";
pub(crate) const PLACES: u64 = 20_000;
const EXTENDS_MAX: u32 = 3;

/// The map of both events.
pub(crate) fn map() -> String {
    format!(
        r#"{{"sections":[{{"name":"S","category":"C","rows":{{"from":1,"to":{ROWS},"seats":{ROW_SEATS}}}}}],"areas":[{{"name":"{AREA}","category":"G","capacity":{PLACES}}}],"limits":{{"default_ttl":600000,"max_ttl":600000,"max_extends":{EXTENDS_MAX},"max_seats_per_hold":4,"max_seats_per_holder":1000000}}}}"#
    )
}

/// The name of a seat.
pub(crate) fn label(seat: u32) -> String {
    format!("S-{}-{}", seat / ROW_SEATS + 1, seat % ROW_SEATS + 1)
}

fn seat_of(label: &str) -> u32 {
    let mut parts = label.split('-').skip(1).map(|part| part.parse::<u32>().unwrap());
    let (row, number) = (parts.next().unwrap(), parts.next().unwrap());
    (row - 1) * ROW_SEATS + number - 1
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Owner {
    Hold(u64),
    Order,
}

#[derive(Debug)]
struct Hold {
    seats: Vec<u32>,
    places: u64,
    deadline: u64,
    extends: u32,
}

/// One event.
pub(crate) struct Model {
    pub(crate) version: u64,
    owners: Vec<Option<Owner>>,
    holds: BTreeMap<u64, Hold>,
    orders: BTreeMap<String, (Vec<u32>, u64)>,
    places_sold: u64,
    /// Holds of the millisecond whose expiries are under way, and how many of them have expired. Which ones is
    /// seen when one of their seats is taken, or when all have.
    due: BTreeSet<u64>,
    due_expired: usize,
    /// Versions that were expiries.
    pub(crate) expiries: u64,
}

impl Model {
    /// An event right after its creation.
    pub(crate) fn new() -> Self {
        Self {
            version: 1,
            owners: vec![None; SEATS as usize],
            holds: BTreeMap::new(),
            orders: BTreeMap::new(),
            places_sold: 0,
            due: BTreeSet::new(),
            due_expired: 0,
            expiries: 0,
        }
    }

    /// The next version is an expiry; it must have been due at `now`, Unix milliseconds.
    pub(crate) fn expire(&mut self, now: u64) -> Result<(), String> {
        self.version += 1;
        self.expiries += 1;
        if self.due.is_empty() {
            let first = self.holds.values().map(|hold| hold.deadline).min();
            let deadline = first.ok_or_else(|| format!("version {} is nobody's", self.version))?;
            if deadline > now {
                return Err(format!("version {} is nobody's: no expiry was due", self.version));
            }
            let same = self.holds.iter().filter(|(_, hold)| hold.deadline == deadline);
            self.due = same.map(|(id, _)| *id).collect();
        }
        self.due_expired += 1;
        if self.due_expired == self.due.len() {
            for hold in std::mem::take(&mut self.due) {
                self.free(hold);
            }
            self.due_expired = 0;
        }
        Ok(())
    }

    /// Are there expiries of which nobody knows yet whose they are?
    pub(crate) fn is_undecided(&self) -> bool {
        !self.due.is_empty()
    }

    /// The owner's hold has expired if it can have: its seat was taken by someone else.
    fn has_expired(&mut self, hold: u64) -> bool {
        if self.due_expired == 0 || !self.due.remove(&hold) {
            return false;
        }
        self.free(hold);
        self.due_expired -= 1;
        if self.due_expired == 0 {
            self.due.clear();
        }
        true
    }

    fn free(&mut self, hold: u64) {
        let gone = self.holds.remove(&hold).unwrap();
        for seat in gone.seats {
            self.owners[seat as usize] = None;
        }
    }

    /// An accepted command and its answer, at the next version.
    pub(crate) fn apply(&mut self, operation: &Operation, answer: &Value) -> Result<(), String> {
        self.version += 1;
        ensure(answer.integer("version") == self.version, || format!("not version {}", self.version))?;
        let words: Vec<&str> = operation.words.iter().map(String::as_str).collect();
        match words[0] {
            "HOLD" => self.hold(&words, answer),
            "EXTEND" => self.extend(&words, answer),
            "RELEASE" => self.release(&words, answer),
            "CONFIRM" => self.confirm(&words, answer),
            other => Err(format!("{other} is not known here")),
        }
    }

    fn hold(&mut self, words: &[&str], answer: &Value) -> Result<(), String> {
        let id = answer.integer("hold");
        ensure(id == self.version, || format!("hold {id} at version {}", self.version))?;
        let (mut seats, mut places) = (Vec::new(), 0);
        if words[5] == "SEATS" {
            ensure(answer.texts("seats") == words[6..], || "not the seats that were asked for".to_owned())?;
            seats = words[6..].iter().map(|label| seat_of(label)).collect();
            ensure(answer.get("areas").is_none(), || "areas that nobody asked for".to_owned())?;
        } else {
            places = words[7].parse().unwrap();
            ensure(answer.get("areas") == Some(&area(places)), || {
                "not the places that were asked for".to_owned()
            })?;
            ensure(self.places_taken() + places <= PLACES, || "more places than there are".to_owned())?;
        }
        for &seat in &seats {
            let owner = self.owners[seat as usize];
            match owner {
                None => {}
                Some(Owner::Hold(other)) if self.has_expired(other) => {}
                Some(owner) => {
                    return Err(format!("{} has two owners: {owner:?} and hold {id}", label(seat)));
                }
            }
            self.owners[seat as usize] = Some(Owner::Hold(id));
        }
        let deadline = answer.integer("expires_at");
        self.holds.insert(id, Hold { seats, places, deadline, extends: 0 });
        Ok(())
    }

    fn live(&mut self, word: &str) -> Result<u64, String> {
        let id = word.parse().unwrap();
        ensure(self.holds.contains_key(&id), || format!("hold {id} is over"))?;
        ensure(!self.due.contains(&id), || format!("hold {id} was past its deadline"))?;
        Ok(id)
    }

    fn extend(&mut self, words: &[&str], answer: &Value) -> Result<(), String> {
        let id = self.live(words[3])?;
        ensure(answer.integer("hold") == id, || "another hold".to_owned())?;
        let hold = self.holds.get_mut(&id).unwrap();
        hold.extends += 1;
        hold.deadline = answer.integer("expires_at");
        ensure(hold.extends <= EXTENDS_MAX, || format!("hold {id} was extended too often"))?;
        // In whichever order: a part of it may have been given back.
        let (mut told, mut known) =
            (answer.texts("seats"), Vec::from_iter(hold.seats.iter().map(|&seat| label(seat))));
        told.sort();
        known.sort();
        ensure(told == known, || format!("hold {id} has {known:?}, not {told:?}"))?;
        let places = (hold.places > 0).then(|| area(hold.places));
        ensure(answer.get("areas") == places.as_ref(), || format!("not the places of hold {id}"))
    }

    fn release(&mut self, words: &[&str], answer: &Value) -> Result<(), String> {
        let id = self.live(words[3])?;
        ensure(answer.integer("hold") == id, || "another hold".to_owned())?;
        let hold = self.holds.get_mut(&id).unwrap();
        let released = if words.len() > 4 {
            for word in &words[5..] {
                let seat = seat_of(word);
                let at = hold.seats.iter().position(|&own| own == seat);
                hold.seats.remove(at.ok_or_else(|| format!("{word} is not part of hold {id}"))?);
                self.owners[seat as usize] = None;
            }
            if hold.seats.is_empty() && hold.places == 0 {
                self.holds.remove(&id);
            }
            words.len() as u64 - 5
        } else {
            let count = hold.seats.len() as u64 + hold.places;
            self.free(id);
            count
        };
        ensure(answer.integer("released") == released, || format!("{released} were released"))
    }

    fn confirm(&mut self, words: &[&str], answer: &Value) -> Result<(), String> {
        let order = words[3].to_owned();
        ensure(answer.get("order").is_some_and(|name| name.text() == order), || "another order".to_owned())?;
        ensure(!self.orders.contains_key(&order), || format!("order {order} was there"))?;
        let (mut seats, mut places) = (Vec::new(), 0);
        for word in &words[4..] {
            let id = self.live(word)?;
            let hold = self.holds.remove(&id).unwrap();
            places += hold.places;
            for &seat in &hold.seats {
                self.owners[seat as usize] = Some(Owner::Order);
            }
            seats.extend(hold.seats);
        }
        let mut told: Vec<u32> = answer.texts("seats").iter().map(|label| seat_of(label)).collect();
        told.sort_unstable();
        seats.sort_unstable();
        ensure(told == seats, || format!("order {order} has {seats:?}, not {told:?}"))?;
        let expected = (places > 0).then(|| area(places));
        ensure(answer.get("areas") == expected.as_ref(), || format!("not the places of order {order}"))?;
        self.places_sold += places;
        self.orders.insert(order, (seats, places));
        Ok(())
    }

    fn places_taken(&self) -> u64 {
        self.places_sold + self.holds.values().map(|hold| hold.places).sum::<u64>()
    }

    /// `MAP` as it must be.
    pub(crate) fn expected_map(&self) -> Value {
        let text = |text: &str| Value::Bulk(text.to_owned());
        let letter = |seat: u32| match self.owners[seat as usize] {
            None => '.',
            Some(Owner::Hold(_)) => 'h',
            Some(Owner::Order) => 's',
        };
        let row = |row: u32| {
            let letters: String = (row * ROW_SEATS..(row + 1) * ROW_SEATS).map(letter).collect();
            Value::List(vec![text("S"), text(&(row + 1).to_string()), text(&letters)])
        };
        let (taken, sold) = (self.places_taken(), self.places_sold);
        let area = format!("{PLACES}:{}:{}:0:{sold}", PLACES - taken, taken - sold);
        let area = Value::List(vec![text(AREA), text(""), text(&area)]);
        Value::List((0..ROWS).map(row).chain([area]).collect())
    }

    /// Free, held and sold: `COUNT` as it must be.
    pub(crate) fn counts(&self) -> [u64; 3] {
        let of = |wanted: fn(&Option<Owner>) -> bool| {
            self.owners.iter().filter(|owner| wanted(owner)).count() as u64
        };
        let taken = self.places_taken();
        [
            of(Option::is_none) + PLACES - taken,
            of(|owner| matches!(owner, Some(Owner::Hold(_)))) + taken - self.places_sold,
            of(|owner| matches!(owner, Some(Owner::Order))) + self.places_sold,
        ]
    }

    /// How many holds live and how many orders there are.
    pub(crate) fn holds_and_orders(&self) -> [u64; 2] {
        [self.holds.len() as u64, self.orders.len() as u64]
    }

    /// Seats and places of every order.
    pub(crate) fn orders(&self) -> impl Iterator<Item = (&str, Vec<String>)> {
        self.orders
            .iter()
            .map(|(name, (seats, _))| (name.as_str(), seats.iter().map(|&seat| label(seat)).collect()))
    }
}

fn area(places: u64) -> Value {
    Value::List(vec![Value::Bulk(AREA.to_owned()), Value::Integer(places as i64)])
}

fn ensure(so: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if so { Ok(()) } else { Err(message()) }
}
