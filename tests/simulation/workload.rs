//! Seeded clients: what they ask, and what they do when they do not know what became of a command.

mod planning;

use std::rc::Rc;

use holdfast_engine::{
    Among, Amount, AreaSpec, At, Audit, Best, Charge, Closing, CountBy, Currency, Ending, EventSpec, Focus,
    HoldId, Holds, Label, LimitsChange, Listed, Millis, Name, Named, Opening, Orphans, PaymentAction,
    PaymentStatus, Places, Read, Receipt, RowRange, RowsSpec, SaleLimits, Scope, Seats, SectionSpec,
    Selection, Spot, Spots, StatusAction, View, Write,
};
use holdfast_testkit::Random;

use crate::world::EARLIEST;
use crate::{label, name};
use holdfast_oracle::{KeyId, Model, Payment, Venue, names_holds, takes_note};

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
        .map(|section| {
            let category = random.pick(&["VIP", "STD"]);
            let mut range = RowRange::new(1, random.between(1, 3) as u32, random.between(2, 8) as u32);
            if random.percent(60) {
                return SectionSpec::new(["A", "B"][section as usize], category, RowsSpec::Range(range));
            }
            furnish(random, &mut range);
            let name = ["R\u{e4}ng \u{2013} 1", "\u{ac00} B"][section as usize];
            let spec = SectionSpec::new(name, category, RowsSpec::Range(range));
            let front = random.percent(40).then(|| random.between(1, 3) as u32);
            SectionSpec { front, focus: *random.pick(&[Focus::Left, Focus::Middle, Focus::Right]), ..spec }
        })
        .collect::<Vec<_>>();
    let least = u64::from(sections.is_empty());
    let areas = (0..random.between(least, 2))
        .map(|area| AreaSpec {
            name: ["FLOOR", "BAR"][area as usize].into(),
            category: (*random.pick(&["GA", "STD"])).into(),
            capacity: random.between(3, 24) as u32,
        })
        .collect();
    let max_ttl = random.between(1_000, 60_000) as u32;
    let limits = SaleLimits {
        default_ttl: Millis(random.between(1, u64::from(max_ttl)) as u32),
        max_ttl: Millis(max_ttl),
        max_extends: random.between(0, 3) as u32,
        max_hold_total: Millis(random.between(1, 3 * u64::from(max_ttl)) as u32),
        max_seats_per_hold: random.between(2, 8) as u32,
        max_seats_per_holder: random.between(3, 16) as u32,
        max_payment_retries: random.between(0, 3) as u32,
        paid_ahead: Millis(random.between(1, u64::from(max_ttl)) as u32),
        orphans: *random.pick(&[Orphans::Allow, Orphans::Avoid, Orphans::Refuse]),
    };
    let open = random.percent(85);
    let time = |random: &mut Random| EARLIEST.0 + random.below(1_050_000);
    let opens_at = if random.percent(15) { time(random) } else { 0 };
    let closes_at = if random.percent(5) { time(random).max(opens_at + 1) } else { 0 };
    let spec = EventSpec { sections, areas, limits, open, opens_at, closes_at, ..EventSpec::default() };
    Venue::new(name(&format!("event-{index}")), spec)
}

/// Rows as halls have them: odd and even, with an aisle, a group, an accessible seat and its companion, two categories.
fn furnish(random: &mut Random, range: &mut RowRange) {
    range.seats = ["1-3/2", "A", "4-2/2", "VIP-1"].into();
    let list = |seats: &[&str]| seats.iter().map(|&seat| seat.into()).collect::<Vec<_>>();
    if random.percent(60) {
        range.aisles = list(&["A"]);
    }
    if random.percent(60) {
        range.groups = vec![list(&["4-2/2"])];
    }
    if random.percent(60) {
        range.accessible = list(&["1"]);
        range.companions = Named(vec![("1".into(), list(&["3"]))]);
    }
    if random.percent(40) {
        range.categories = Named(vec![("STD".into(), list(&["3", "A"]))]);
    }
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
        self.venue = Rc::clone(model.hall());
        if random.percent(self.reads) {
            return self.read(random, model);
        }
        if !self.sent.is_empty() && random.percent(self.repeats) {
            return self.repeat(random, model);
        }
        let write = self.guarded(random, model);
        self.send(noted(random, write))
    }

    /// Some commands about holds are for those of one holder alone.
    fn guarded(&mut self, random: &mut Random, model: &Model) -> Write {
        let write = self.write(random, model);
        if !names_holds(&write) || !random.percent(12) {
            return write;
        }
        let holder = name(&format!("holder-{}", random.below(self.holders)));
        Write::OfHolder(holder, Box::new(write))
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
        let Request::Write { key, write, .. } = &again else { return again };
        let key = *key;
        if random.percent(80) && planning::fits(write, &self.venue) {
            return again;
        }
        let write = self.write(random, model);
        Request::Write { key, asked: Rc::from(format!("{write:?}")), write: Rc::new(write) }
    }

    fn write(&mut self, random: &mut Random, model: &Model) -> Write {
        match random.below(168) {
            163..=167 => {
                let audit = audit(random);
                Write::ChangePlan { plan: planning::change(random, &self.venue), audit }
            }
            154..=157 => self.schedule(random, model),
            158..=162 => self.exchange(random, model),
            124..=132 => self.try_payment(random, model),
            133..=153 => self.report(random, model),
            100..=106 => self.change(random, model),
            107..=113 => self.cancel(random, model),
            114 | 115 => self.limits(random),
            116..=119 => self.block(random, model),
            120 | 121 => Write::ForceRelease { hold: self.some_hold(random, model), audit: audit(random) },
            122 | 123 => {
                let order = self.some_order(random, model).0;
                Write::ForceCancel { refund: some_refund(random, model, &order), order, audit: audit(random) }
            }
            0..=49 => self.hold(random),
            50..=61 => {
                let ttl = self.ttl(random);
                Write::Extend { hold: self.some_hold(random, model), ttl: Millis(ttl) }
            }
            62..=75 => self.release(random, model),
            76..=86 => self.confirm(random, model),
            87..=89 => self.status(random, 0),
            90..=98 => self.status(random, 1),
            _ if self.closes => self.status(random, 2),
            _ => Write::Create,
        }
    }

    /// A new name mostly, of the same kind as that of orders.
    fn new_order(&mut self, random: &mut Random) -> Name {
        let known = random.percent(10) && self.next_order > 1;
        let number =
            if known { random.between(1, u64::from(self.next_order) - 1) as u32 } else { self.next_order };
        self.next_order = self.next_order.max(number + 1);
        name(&format!("order-{number}"))
    }

    fn try_payment(&mut self, random: &mut Random, model: &Model) -> Write {
        let holds = (0..random.between(1, 2)).map(|_| self.some_hold(random, model)).collect();
        let deadline = self.ttl(random);
        Write::Payment {
            payment: self.new_order(random),
            action: PaymentAction::Try {
                deadline_in: Millis(deadline),
                holds,
                charge: Box::new(Charge {
                    amount: some_amount(random),
                    provider: random.percent(30).then(|| name("stripe")),
                }),
            },
        }
    }

    /// Mostly about what is not settled; now and then about anything.
    fn report(&self, random: &mut Random, model: &Model) -> Write {
        let open =
            |payment: &&Payment| payment.status != PaymentStatus::Success || model.is_refundable(payment);
        let unsettled: Vec<&Payment> = model.payments().iter().filter(open).collect();
        let all: Vec<&Payment> = model.payments().iter().collect();
        let among = if random.percent(70) && !unsettled.is_empty() { unsettled } else { all };
        let payment = if random.percent(5) {
            // Of the next that begins: the provider is quicker than its command.
            name(&format!("order-{}", self.next_order))
        } else if among.is_empty() || random.percent(5) {
            name(&format!("order-{}", random.between(1, u64::from(self.next_order))))
        } else {
            random.pick(&among).name.clone()
        };
        let action = match random.below(9) {
            0 | 1 => PaymentAction::Retry { deadline_in: Millis(self.ttl(random)) },
            2..=4 => PaymentAction::Succeed(Receipt {
                amount: some_amount(random),
                reference: random.percent(30).then(|| "pi-1".into()),
            }),
            5 | 6 => PaymentAction::Fail {
                reason: Box::from(*random.pick(&["declined", "no answer"])),
                keep: random.percent(45).then(|| Millis(self.ttl(random))),
            },
            _ => PaymentAction::Refunded {
                reference: Box::from(*random.pick(&["r-1", "r-2", "r-3"])),
                amount: random.percent(40).then(|| amount(random.between(1, 6_000), random)),
            },
        };
        Write::Payment { payment, action }
    }

    fn status(&self, random: &mut Random, action: usize) -> Write {
        let mut action = [StatusAction::Pause, StatusAction::Resume, StatusAction::Close][action];
        if action == StatusAction::Close && random.percent(40) {
            action = StatusAction::Archive;
        }
        let Audit { operator, reason } = audit(random);
        Write::SetStatus { action, operator, reason }
    }

    /// Soon, mostly: so that it comes.
    fn schedule(&self, random: &mut Random, model: &Model) -> Write {
        let time =
            |random: &mut Random| At((model.last_at.0 + random.between(0, 40_000)).saturating_sub(2_000));
        let opens = match random.below(4) {
            0 => None,
            1 => Some(Opening::Now),
            _ => Some(Opening::At(time(random))),
        };
        let closes = match random.below(4) {
            0 if self.closes => Some(Closing::At(time(random))),
            1 => Some(Closing::Never),
            2 => Some(Closing::At(At(model.last_at.0 + 10_000_000_000))),
            _ => None,
        };
        Write::Schedule { opens, closes, audit: audit(random) }
    }

    /// Neighbours, mostly, and now and then a seat twice.
    fn some_seats(&self, random: &mut Random, most: u64) -> Seats {
        let all = u64::from(self.venue.seats());
        if all == 0 {
            return Seats::default();
        }
        let first = random.below(all);
        let count = random.between(1, most);
        let seat = |at| if random.percent(85) { first + at } else { random.below(all) };
        (0..count).map(seat).map(|seat| (seat % all) as u32).collect()
    }

    fn change(&self, random: &mut Random, model: &Model) -> Write {
        let hold = self.some_hold(random, model);
        let mut seats: Seats = model.seats_of(hold).iter().copied().filter(|_| random.percent(40)).collect();
        if self.venue.seats() > 0 && random.percent(8) {
            seats.push(random.below(u64::from(self.venue.seats())) as u32);
        }
        let places = some_of(random, model.places_of(hold));
        let drop = Box::new(Selection { seats, places });
        Write::Change { hold, drop, add: self.added(random) }
    }

    fn added(&self, random: &mut Random) -> Box<Selection> {
        let seats = if random.percent(70) { self.some_seats(random, 3) } else { Seats::default() };
        let places = if random.percent(20) { self.some_places(random) } else { Places::default() };
        Box::new(Selection { seats, places })
    }

    fn some_places(&self, random: &mut Random) -> Places {
        let areas = self.venue.spec.areas.len() as u64;
        let place = |random: &mut Random| (random.below(areas) as u16, random.between(0, 3) as u32);
        (0..areas.min(1)).map(|_| place(random)).collect()
    }

    /// Some of what a hold or an order has, and sometimes what it does not have.
    fn part_of(&self, random: &mut Random, seats: &[u32], places: &[(u16, u32)]) -> Box<Selection> {
        let mut seats: Seats = seats.iter().copied().filter(|_| random.percent(50)).collect();
        let mut places = some_of(random, places);
        let all = u64::from(self.venue.seats());
        if all > 0 && (seats.is_empty() && places.is_empty() || random.percent(8)) {
            seats.push(random.below(all) as u32);
        }
        if random.percent(5) {
            places.extend(self.some_places(random).iter().copied());
        }
        Box::new(Selection { seats, places })
    }

    /// Mostly one that is sold, and what it has.
    fn some_order(&self, random: &mut Random, model: &Model) -> (Name, Selection) {
        let sold = model.sold_orders();
        if sold.is_empty() || random.percent(15) {
            let number = random.between(1, u64::from(self.next_order));
            return (name(&format!("order-{number}")), Selection::default());
        }
        random.pick(&sold).clone()
    }

    fn cancel(&self, random: &mut Random, model: &Model) -> Write {
        let (order, of_order) = self.some_order(random, model);
        let part = random.percent(60).then(|| self.part_of(random, &of_order.seats, &of_order.places));
        let refund = some_refund(random, model, &order);
        Write::Cancel { order, part, refund, reason: Box::from(*random.pick(&["ill", "moved"])) }
    }

    fn limits(&self, random: &mut Random) -> Write {
        let max_ttl = u64::from(self.venue.spec.limits.max_ttl.0);
        let mut given = LimitsChange::default();
        match random.below(6) {
            4 => given.max_hold_total = Some(Millis(random.between(0, 3 * max_ttl) as u32)),
            5 => given.paid_ahead = Some(Millis(random.between(0, max_ttl) as u32)),
            0 => given.max_seats_per_hold = Some(random.between(0, 8) as u32),
            1 => given.max_seats_per_holder = Some(random.between(3, 16) as u32),
            2 => given.max_extends = Some(random.between(0, 3) as u32),
            _ => given.default_ttl = Some(Millis(random.between(1, max_ttl + max_ttl / 8) as u32)),
        }
        if random.percent(30) {
            given.orphans = Some(*random.pick(&[Orphans::Allow, Orphans::Avoid, Orphans::Refuse]));
        }
        Write::SetLimits { limits: Box::new(given), audit: audit(random) }
    }

    fn block(&self, random: &mut Random, model: &Model) -> Write {
        let blocked = model.blocked_seats();
        let audit = audit(random);
        if blocked.is_empty() || random.percent(40) {
            return Write::Block { spots: self.spots(random, &[]), audit };
        }
        Write::Unblock { spots: self.spots(random, &blocked), audit }
    }

    /// Most of these seats, if there are any, or some; sometimes a section, a row, a part of one, or places instead.
    fn spots(&self, random: &mut Random, own: &[u32]) -> Spots {
        let mut seats: Seats = own.iter().copied().filter(|_| random.percent(70)).collect();
        if own.is_empty() || random.percent(20) {
            seats.extend(self.some_seats(random, 2).iter().copied());
        }
        let mut named: Vec<Spot> = seats.iter().map(|&seat| Spot::Seat(seat)).collect();
        if random.percent(25) && !seats.is_empty() {
            let (first, last) = (seats[0], seats[seats.len() - 1]);
            let (section, row) = self.venue.row_of(first);
            let (section, row) = (section as u16, Label::new(row.as_bytes()).expect("a label"));
            named = vec![match random.below(4) {
                0 => Spot::Section(section),
                1 => Spot::Row(section, row, None),
                _ => Spot::Row(section, row, Some((first, last))),
            }];
        }
        if random.percent(20) {
            named.extend(self.some_places(random).iter().map(|&(area, count)| Spot::Area(area, count)));
        }
        Spots { named: named.into(), lenient: random.percent(35) }
    }

    fn exchange(&self, random: &mut Random, model: &Model) -> Write {
        let (order, sold) = self.some_order(random, model);
        let drop = self.part_of(random, &sold.seats, &sold.places);
        Write::Exchange { order, drop, add: self.added(random), reason: "moved".into() }
    }

    fn hold(&self, random: &mut Random) -> Write {
        let mut seats = Seats::default();
        let mut places = Places::default();
        let areas = &self.venue.spec.areas;
        let has_seats = self.venue.seats() > 0;
        let best = if has_seats && random.percent(35) { self.best(random) } else { Box::default() };
        let is_named =
            if best.is_empty() { areas.is_empty() || random.percent(80) } else { random.percent(25) };
        if has_seats && is_named {
            seats = self.some_seats(random, 4);
        }
        if !areas.is_empty() && ((seats.is_empty() && best.is_empty()) || random.percent(25)) {
            let count = if random.percent(3) { 0 } else { random.between(1, 6) };
            places.push((random.index(areas.len()) as u16, count as u32));
            if random.percent(15) {
                places.push((random.index(areas.len()) as u16, 1));
            }
        }
        let holder = name(&format!("holder-{}", random.below(self.holders)));
        Write::Hold { holder, ttl: Millis(self.ttl(random)), seats, best, places }
    }

    fn best(&self, random: &mut Random) -> Box<[Best]> {
        let spec = &self.venue.spec;
        let part = |random: &mut Random| Best {
            count: if random.percent(2) { 0 } else { random.between(1, 4) as u32 },
            scope: match random.below(4) {
                0 if !spec.sections.is_empty() => {
                    Scope::Section(random.index(self.venue.sections().count()) as u16)
                }
                1 => Scope::Category(random.index(self.venue.categories().len()) as u16),
                _ => Scope::Everywhere,
            },
            scattered: random.percent(40),
            accessible: if random.percent(10) { random.between(1, 2) as u8 } else { 0 },
        };
        (0..1 + u64::from(random.percent(10))).map(|_| part(random)).collect()
    }

    fn ttl(&self, random: &mut Random) -> u64 {
        let most = u64::from(self.venue.spec.limits.max_ttl.0);
        match random.below(10) {
            0 => most + random.below(2),
            1..=3 => 0,
            _ => random.between(1, most),
        }
    }

    fn some_hold(&self, random: &mut Random, model: &Model) -> HoldId {
        let live = model.hold_ids();
        if live.is_empty() || random.percent(10) {
            return HoldId(random.between(0, model.version + 2));
        }
        *random.pick(&live)
    }

    fn release(&self, random: &mut Random, model: &Model) -> Write {
        let hold = self.some_hold(random, model);
        let (seats, places) = (model.seats_of(hold), model.places_of(hold));
        let part = random.percent(50).then(|| self.part_of(random, seats, places));
        Write::Release { hold, part }
    }

    fn confirm(&mut self, random: &mut Random, model: &Model) -> Write {
        let mut holds = Holds::default();
        for _ in 0..random.between(1, 2) {
            holds.push(self.some_hold(random, model));
        }
        let order = self.new_order(random);
        Write::Confirm { order, holds }
    }

    fn read(&self, random: &mut Random, model: &Model) -> Request {
        let seats = u64::from(self.venue.seats());
        let read = match random.below(13) {
            8 => Read::Payment(name(&format!("order-{}", random.between(1, u64::from(self.next_order))))),
            9 => Read::Payments {
                among: *random.pick(&[
                    Among::All,
                    Among::Having(PaymentStatus::RefundDue),
                    Among::Having(PaymentStatus::PaidAhead),
                    Among::Mismatched,
                    Among::Refundable,
                ]),
                cursor: random.below(4),
                count: random.between(1, 5) as u32,
            },
            10 => Read::Holds(self.listed(random)),
            11 => Read::Orders(self.listed(random)),
            12 => Read::Expiring(self.listed(random), self.some_ending(random, model)),
            0 => random.pick(&[Read::Info, Read::Plan, Read::Picture]).clone(),
            1 => {
                let sections: Vec<_> = self.venue.sections().collect();
                let one = !sections.is_empty() && random.percent(50);
                Read::Map(one.then(|| label(&random.pick(&sections).name)))
            }
            2 => Read::Count(*random.pick(&[None, Some(CountBy::Category), Some(CountBy::Section)])),
            3 if seats > 0 => Read::Seat(random.below(seats) as u32),
            4 => Read::Hold(self.some_hold(random, model)),
            5 => Read::Order(name(&format!("order-{}", random.between(1, u64::from(self.next_order))))),
            6 if random.percent(50) => Read::DryChange(planning::change(random, &self.venue)),
            _ => {
                let key = random.between(1, u64::from(self.next_key)) as KeyId;
                return Request::Read(Read::Ask([0; 16]), Some(key));
            }
        };
        Request::Read(read, None)
    }

    /// Where a list of holds that end first may go on: at the start, at a hold that there is, or between two.
    fn some_ending(&self, random: &mut Random, model: &Model) -> Ending {
        let hold = self.some_hold(random, model);
        match model.view(&Read::Hold(hold), None, At(0)) {
            View::Hold(Some(view)) if random.percent(70) => (view.expires_at, hold),
            _ => (At(0), hold),
        }
    }

    fn listed(&self, random: &mut Random) -> Listed {
        let holder = random.percent(40).then(|| name(&format!("holder-{}", random.below(self.holders))));
        Listed { holder, from: random.below(30), count: random.between(1, 5) as u32 }
    }
}

fn is_creation(request: &Request) -> bool {
    matches!(request, Request::Write { write, .. } if matches!(**write, Write::Create))
}

fn amount(minor: u64, random: &mut Random) -> Amount {
    let code: &[u8] = if random.percent(95) { b"EUR" } else { b"KRW" };
    Amount { minor, currency: Currency::new(code).expect("a currency") }
}

/// Mostly the same, if any.
fn some_amount(random: &mut Random) -> Option<Amount> {
    let minor = *random.pick(&[None, None, Some(6_000), Some(6_000), Some(6_000), Some(6_001)]);
    minor.map(|minor| amount(minor, random))
}

/// Mostly what can go back of the order.
fn some_refund(random: &mut Random, model: &Model, order: &Name) -> Option<u64> {
    if random.percent(60) {
        return None;
    }
    Some(if random.percent(40) {
        model.left_of(order).map_or(0, |left| left.minor)
    } else {
        random.below(6_002)
    })
}

/// Some of what can have a note has one, from one byte up to as many as there may be.
fn noted(random: &mut Random, write: Write) -> Write {
    if !takes_note(&write) || !random.percent(15) {
        return write;
    }
    let (bytes, number) = (*random.pick(&[1, 9, 256]), random.below(10));
    Write::Noted(format!("{number:->bytes$}").into(), Box::new(write))
}

fn audit(random: &mut Random) -> Audit {
    let reason = Box::from(*random.pick(&["rain", "a second look", "the end"]));
    Audit { operator: name("op"), reason }
}

/// What a key looks like on the wire.
pub(crate) fn key_text(key: KeyId) -> Name {
    name(&format!("key-{key}"))
}

/// Some of these places.
fn some_of(random: &mut Random, places: &[(u16, u32)]) -> Places {
    let some = places.iter().filter(|_| random.percent(40)).copied().collect::<Vec<_>>();
    some.into_iter().map(|(area, count)| (area, random.between(1, u64::from(count)) as u32)).collect()
}
