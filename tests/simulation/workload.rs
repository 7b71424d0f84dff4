//! Seeded clients: what they ask, and how they behave who do not know what became of it.

use std::rc::Rc;

use holdfast_engine::{
    AreaSpec, Best, CountBy, EventSpec, HoldId, Holds, Name, Orphans, Places, Read, RowRange, RowsSpec,
    SaleLimits, Scope, Seats, SectionSpec, StatusAction, Write,
};

use crate::model::{KeyId, Model, Venue};
use crate::name;
use crate::random::Random;
use crate::seating;

/// A request of a client.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    Write { key: KeyId, asked: Rc<str>, write: Rc<Write> },
    Read(Read, Option<KeyId>),
}

/// What is sent to one event.
#[derive(Debug)]
pub(crate) struct Workload {
    venue: Rc<Venue>,
    next_key: KeyId,
    next_order: u32,
    /// Every write that was sent, for repeats.
    sent: Vec<Request>,
    holders: u64,
    /// How often a key is used again, percent.
    repeats: u64,
    reads: u64,
    closes: bool,
}

/// A small hall: collisions are what matters.
pub(crate) fn venue(random: &mut Random, index: usize) -> Venue {
    let sections = (0..random.between(0, 2))
        .map(|section| SectionSpec {
            name: ["A", "B"][section as usize].to_owned(),
            category: (*random.pick(&["VIP", "STD"])).to_owned(),
            rows: RowsSpec::Range(RowRange {
                from: 1,
                to: random.between(1, 3) as u32,
                seats: random.between(2, 8) as u32,
            }),
        })
        .collect::<Vec<_>>();
    let least = u64::from(sections.is_empty());
    let areas = (0..random.between(least, 2))
        .map(|area| AreaSpec {
            name: ["FLOOR", "BAR"][area as usize].to_owned(),
            category: (*random.pick(&["GA", "STD"])).to_owned(),
            capacity: random.between(3, 24) as u32,
        })
        .collect();
    let max_ttl = random.between(1_000, 60_000) as u32;
    let limits = SaleLimits {
        default_ttl: random.between(1, u64::from(max_ttl)) as u32,
        max_ttl,
        max_extends: random.between(0, 3) as u32,
        max_seats_per_hold: random.between(2, 8) as u32,
        max_seats_per_holder: random.between(3, 16) as u32,
        max_payment_retries: 3,
        orphans: *random.pick(&[Orphans::Allow, Orphans::Avoid, Orphans::Refuse]),
    };
    let open = random.percent(85);
    Venue::new(name(&format!("event-{index}")), EventSpec { sections, areas, limits, open })
}

impl Workload {
    pub(crate) fn new(venue: Rc<Venue>, random: &mut Random) -> Self {
        Self {
            venue,
            next_key: 1,
            next_order: 1,
            sent: Vec::new(),
            holders: random.between(1, 8),
            repeats: random.between(2, 35),
            reads: random.between(5, 40),
            closes: random.percent(20),
        }
    }

    /// How many keys were ever used.
    pub(crate) fn keys(&self) -> KeyId {
        self.next_key
    }

    /// The next request, of someone who sees the event like this.
    pub(crate) fn next(&mut self, random: &mut Random, model: Option<&Model>) -> Request {
        let Some(model) = model else { return self.creation(random) };
        if random.percent(self.reads) {
            return self.read(random, model);
        }
        if !self.sent.is_empty() && random.percent(self.repeats) {
            return self.repeat(random, model);
        }
        let write = self.write(random, model);
        self.send(write)
    }

    fn creation(&mut self, random: &mut Random) -> Request {
        let again = self.sent.iter().find(|sent| is_creation(sent));
        match again {
            Some(again) if random.percent(70) => again.clone(),
            _ => self.send(Write::Create),
        }
    }

    fn send(&mut self, write: Write) -> Request {
        let key = self.next_key;
        self.next_key += 1;
        let asked = Rc::from(format!("{write:?}"));
        let request = Request::Write { key, asked, write: Rc::new(write) };
        self.sent.push(request.clone());
        request
    }

    /// A key that was used before: mostly for the same command, mostly a recent one.
    fn repeat(&mut self, random: &mut Random, model: &Model) -> Request {
        let recent = self.sent.len().saturating_sub(if random.percent(70) { 20 } else { usize::MAX });
        let again = self.sent[recent + random.index(self.sent.len() - recent)].clone();
        let Request::Write { key, .. } = again else { return again };
        if random.percent(80) {
            return again;
        }
        let write = self.write(random, model);
        Request::Write { key, asked: Rc::from(format!("{write:?}")), write: Rc::new(write) }
    }

    fn write(&mut self, random: &mut Random, model: &Model) -> Write {
        match random.below(100) {
            0..=49 => self.hold(random),
            50..=61 => {
                let ttl = self.ttl(random);
                Write::Extend { hold: self.some_hold(random, model), ttl }
            }
            62..=75 => self.release(random, model),
            76..=86 => self.confirm(random, model),
            87..=89 => self.status(random, 0),
            90..=98 => self.status(random, 1),
            _ if self.closes => self.status(random, 2),
            _ => Write::Create,
        }
    }

    fn status(&self, random: &mut Random, action: usize) -> Write {
        let action = [StatusAction::Pause, StatusAction::Resume, StatusAction::Close][action];
        let reason = Box::from(*random.pick(&["rain", "a second look", "the end"]));
        Write::SetStatus { action, operator: name("op"), reason }
    }

    fn hold(&self, random: &mut Random) -> Write {
        let mut seats = Seats::default();
        let mut places = Places::default();
        let all = u64::from(self.venue.seats());
        let areas = &self.venue.spec.areas;
        let best = if all > 0 && random.percent(35) { self.best(random) } else { Box::default() };
        let is_named =
            if best.is_empty() { areas.is_empty() || random.percent(80) } else { random.percent(25) };
        if all > 0 && is_named {
            // Neighbours, mostly, and now and then a seat twice.
            let first = random.below(all);
            for at in 0..random.between(1, 4) {
                let seat = if random.percent(85) { first + at } else { random.below(all) };
                seats.push((seat % all) as u32);
            }
        }
        if !areas.is_empty() && ((seats.is_empty() && best.is_empty()) || random.percent(25)) {
            let count = if random.percent(3) { 0 } else { random.between(1, 6) };
            places.push((random.index(areas.len()) as u16, count as u32));
            if random.percent(15) {
                places.push((random.index(areas.len()) as u16, 1));
            }
        }
        let holder = name(&format!("holder-{}", random.below(self.holders)));
        Write::Hold { holder, ttl: self.ttl(random), seats, best, places }
    }

    fn best(&self, random: &mut Random) -> Box<[Best]> {
        let spec = &self.venue.spec;
        let part = |random: &mut Random| Best {
            count: if random.percent(2) { 0 } else { random.between(1, 4) as u32 },
            scope: match random.below(4) {
                0 => Scope::Section(random.index(spec.sections.len()) as u16),
                1 => Scope::Category(random.index(seating::categories(spec).len()) as u16),
                _ => Scope::Everywhere,
            },
            scattered: random.percent(40),
            accessible: random.percent(5),
        };
        (0..1 + u64::from(random.percent(10))).map(|_| part(random)).collect()
    }

    fn ttl(&self, random: &mut Random) -> u64 {
        let most = u64::from(self.venue.spec.limits.max_ttl);
        match random.below(10) {
            0 => most + random.below(2),
            1..=3 => 0,
            _ => random.between(1, most),
        }
    }

    fn some_hold(&self, random: &mut Random, model: &Model) -> HoldId {
        let live = model.hold_ids();
        if live.is_empty() || random.percent(10) {
            return random.between(0, model.version + 2);
        }
        *random.pick(&live)
    }

    fn release(&self, random: &mut Random, model: &Model) -> Write {
        let hold = self.some_hold(random, model);
        let held = model.seats_of(hold);
        let seats = random.percent(50).then(|| {
            let mut seats = Seats::default();
            let all = u64::from(self.venue.seats());
            for &seat in held {
                if random.percent(50) {
                    seats.push(seat);
                }
            }
            if all > 0 && (seats.is_empty() || random.percent(8)) {
                seats.push(random.below(all) as u32);
            }
            seats
        });
        Write::Release { hold, seats }
    }

    fn confirm(&mut self, random: &mut Random, model: &Model) -> Write {
        let mut holds = Holds::default();
        for _ in 0..random.between(1, 2) {
            holds.push(self.some_hold(random, model));
        }
        let known = random.percent(10) && self.next_order > 1;
        let order =
            if known { random.between(1, u64::from(self.next_order) - 1) as u32 } else { self.next_order };
        self.next_order = self.next_order.max(order + 1);
        Write::Confirm { order: name(&format!("order-{order}")), holds }
    }

    fn read(&self, random: &mut Random, model: &Model) -> Request {
        let seats = u64::from(self.venue.seats());
        let read = match random.below(8) {
            0 => Read::Info,
            1 => {
                let sections = &self.venue.spec.sections;
                let one = !sections.is_empty() && random.percent(50);
                Read::Map(one.then(|| name(&random.pick(sections).name)))
            }
            2 => Read::Count(*random.pick(&[None, Some(CountBy::Category), Some(CountBy::Section)])),
            3 if seats > 0 => Read::Seat(random.below(seats) as u32),
            4 => Read::Hold(self.some_hold(random, model)),
            5 => Read::Order(name(&format!("order-{}", random.between(1, u64::from(self.next_order))))),
            _ => {
                let key = random.between(1, u64::from(self.next_key)) as KeyId;
                return Request::Read(Read::Ask([0; 16]), Some(key));
            }
        };
        Request::Read(read, None)
    }
}

fn is_creation(request: &Request) -> bool {
    matches!(request, Request::Write { write, .. } if matches!(**write, Write::Create))
}

/// What a key looks like on the wire.
pub(crate) fn key_text(key: KeyId) -> Name {
    name(&format!("key-{key}"))
}
