//! One sale: what there is, what is asked, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use holdfast_engine::{
    Account, Answer, At, Best, Code, Counts, EventStatus, HoldId, Limit, Millis, Name, PaymentAction, Places,
    Refusal, SaleLimits, SeatStatus, Seats, Selection, StatusAction, Write,
};

use crate::seating;
use crate::venue::Venue;

mod changing;
mod deadlines;
mod house;
mod keys;
mod money;
mod paying;
mod planning;
mod refunds;
mod view;

pub use deadlines::Due;
pub use keys::{ACCOUNTS, account_of};
pub use money::Money;
pub use paying::Payment;

/// An idempotency key, by number.
pub type KeyId = u32;

#[derive(Clone, Debug)]
struct Hold {
    holder: Name,
    made_at: At,
    expires_at: At,
    extends: u32,
    seats: Vec<u32>,
    places: Vec<(u16, u32)>,
    /// Of the token that made it.
    account: Account,
    note: Option<Box<str>>,
}

#[derive(Clone, Debug)]
struct Order {
    holder: Name,
    version: u64,
    sold_at: At,
    cancelled_at: Option<At>,
    /// The version that took the last of it back.
    cancelled_in: Option<u64>,
    /// What is left of them, in the order of the command.
    holds: Vec<Hold>,
    note: Option<Box<str>>,
}

#[derive(Clone, Debug)]
struct Remembered {
    /// The command in full.
    asked: Rc<str>,
    answer: Answer,
    at: At,
}

/// What becomes of a write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expected {
    /// It is judged now, and makes one record.
    New(Answer),
    /// It is answered as before, and makes no record.
    Again(Answer),
    /// It is not judged: it makes no record, and the key stays free.
    Fault(Code),
}

/// One event.
#[derive(Clone, Debug)]
pub struct Model {
    venue: Rc<Venue>,
    status: EventStatus,
    /// When the sale opens and closes by itself.
    opens_at: Option<At>,
    closes_at: Option<At>,
    /// The version of the newest change, from 1 on.
    pub version: u64,
    created_at: At,
    /// Time of the newest record, Unix milliseconds.
    pub last_at: At,
    holds: BTreeMap<HoldId, Hold>,
    /// The holds that are over and were not sold.
    gave_back: BTreeSet<HoldId>,
    orders: BTreeMap<Name, Order>,
    /// In the order in which they began.
    payments: Vec<Payment>,
    limits: SaleLimits,
    /// The holder whose holds alone the command is about that is being judged.
    alone: Option<Name>,
    /// What the shop notes beside what the command makes that is being judged.
    note: Option<Box<str>>,
    blocked: BTreeSet<u32>,
    /// The version of the newest change of the map.
    plan_version: u64,
    /// How many places of each area are not on sale.
    blocked_places: BTreeMap<u16, u32>,
    /// Seats that orders gave back, and in which version.
    returned: BTreeMap<(Name, u32), BTreeSet<u64>>,
    /// Deadlines that a restart gave, each with the grace in milliseconds.
    graces: BTreeMap<At, Millis<u64>>,
    /// Names of orders and payments that were forgotten at some time.
    pub forgotten_names: BTreeSet<Name>,
    keys: BTreeMap<KeyId, Remembered>,
    /// Keys of accepted commands, oldest first.
    accepted: Vec<KeyId>,
    /// Keys of refused ones.
    refused: Vec<KeyId>,
    /// Keys that were forgotten at some time.
    pub forgotten: BTreeSet<KeyId>,
}

enum No {
    Refused(Refusal),
    Fault(Code),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

fn has_twice<T: PartialEq>(values: &[T]) -> bool {
    values.iter().enumerate().any(|(index, value)| values[..index].contains(value))
}

/// Is it a command that can be for the holds of one holder alone?
#[must_use]
pub const fn names_holds(write: &Write) -> bool {
    matches!(
        write,
        Write::Extend { .. }
            | Write::Release { .. }
            | Write::Confirm { .. }
            | Write::Change { .. }
            | Write::Payment { action: PaymentAction::Try { .. }, .. }
    )
}

/// Is it a command that can have a note?
#[must_use]
pub fn takes_note(write: &Write) -> bool {
    match write {
        Write::Hold { .. }
        | Write::Confirm { .. }
        | Write::Payment { action: PaymentAction::Try { .. }, .. } => true,
        Write::OfHolder(_, write) => takes_note(write),
        _ => false,
    }
}

/// What a command names: nothing twice, and no area without places.
fn named_once(seats: &[u32], places: &[(u16, u32)]) -> Result<(), No> {
    let areas: Vec<u16> = places.iter().map(|&(area, _)| area).collect();
    if has_twice(seats) || has_twice(&areas) {
        return Err(No::Fault(Code::REPEATED));
    }
    if places.iter().any(|&(_, count)| count == 0) { Err(No::Fault(Code::BAD_NUMBER)) } else { Ok(()) }
}

/// As [`named_once`], and something.
fn sound(part: &Selection) -> Result<(), No> {
    if part.is_empty() { Err(No::Fault(Code::SYNTAX)) } else { named_once(&part.seats, &part.places) }
}

fn count_of(seats: &[u32], places: &[(u16, u32)]) -> u64 {
    seats.len() as u64 + places.iter().map(|&(_, count)| u64::from(count)).sum::<u64>()
}

fn within(limit: Limit, allowed: u32, wanted: u64) -> Result<(), No> {
    if wanted <= u64::from(allowed) {
        return Ok(());
    }
    Err(Refusal::OverLimit { limit, allowed, wanted }.into())
}

impl Model {
    /// A new event, and the answer to its creation.
    #[must_use]
    pub fn create(venue: &Rc<Venue>, key: KeyId, asked: &Rc<str>, at: At) -> (Self, Answer) {
        let [opens_at, closes_at] =
            [venue.spec.opens_at, venue.spec.closes_at].map(|time| Some(At(time)).filter(|time| *time > at));
        let open = venue.spec.open && opens_at.is_none();
        let status = if open { EventStatus::Open } else { EventStatus::Pending };
        let mut model = Self {
            venue: Rc::clone(venue),
            status,
            opens_at,
            closes_at,
            version: 1,
            created_at: at,
            last_at: at,
            holds: BTreeMap::new(),
            gave_back: BTreeSet::new(),
            orders: BTreeMap::new(),
            payments: Vec::new(),
            limits: venue.spec.limits.clone(),
            alone: None,
            note: None,
            blocked: BTreeSet::new(),
            blocked_places: BTreeMap::new(),
            returned: BTreeMap::new(),
            graces: BTreeMap::new(),
            forgotten_names: BTreeSet::new(),
            plan_version: 1,
            keys: BTreeMap::new(),
            accepted: Vec::new(),
            refused: Vec::new(),
            forgotten: BTreeSet::new(),
        };
        let answer = Answer::Event { status, version: 1 };
        model.remember(key, asked, &answer, at);
        (model, answer)
    }

    /// What has to be answered to a write. If it is new, it happens.
    pub fn write(&mut self, key: KeyId, asked: &Rc<str>, write: &Write, now: At) -> Expected {
        if let Some(known) = self.repeat(key, asked) {
            return known;
        }
        let now = now.max(self.last_at);
        let answer = match self.judge(write, now) {
            Ok(answer) => answer,
            Err(No::Refused(refusal)) => Answer::Refused(refusal),
            Err(No::Fault(code)) => return Expected::Fault(code),
        };
        let bare = if let Write::Noted(_, bare) = write { bare } else { write };
        if let (Write::Hold { .. }, Answer::Hold { hold, .. }) = (bare, &answer)
            && let Some(hold) = self.holds.get_mut(hold)
        {
            hold.account = account_of(key);
        }
        self.check_money();
        self.last_at = now;
        self.remember(key, asked, &answer, now);
        Expected::New(answer)
    }

    /// Judges a write and carries it out, if nothing forbids it.
    fn judge(&mut self, write: &Write, now: At) -> Result<Answer, No> {
        match write {
            Write::OfHolder(holder, write) => {
                self.alone = Some(holder.clone());
                let judged = self.judge(write, now);
                self.alone = None;
                judged
            }
            Write::Noted(note, write) => {
                self.note = Some(note.clone());
                let judged = self.judge(write, now);
                self.note = None;
                judged
            }
            Write::Create => Err(Refusal::EventExists.into()),
            write if self.status == EventStatus::Archived && !gives_money_back(write) => {
                Err(Refusal::NotOnSale(EventStatus::Archived).into())
            }
            Write::SetStatus { action, .. } => self.set_status(*action),
            Write::Hold { holder, ttl, seats, best, places } => {
                self.hold(holder, *ttl, seats, best, places, now)
            }
            Write::Extend { hold, ttl } => self.extend(*hold, *ttl, now),
            Write::Release { hold, part } => self.release(*hold, part.as_deref(), now),
            Write::Confirm { order, holds } => self.confirm(order, holds, now),
            Write::Change { hold, drop, add } => self.change(*hold, drop, add, now),
            Write::Cancel { order, part, refund, .. } => self.cancel(order, part.as_deref(), *refund, now),
            Write::Schedule { opens, closes, .. } => self.schedule(*opens, *closes, now),
            Write::SetLimits { limits, .. } => self.set_limits(limits),
            Write::ChangePlan { plan, .. } => self.change_plan(plan),
            Write::Exchange { order, drop, add, .. } => self.exchange(order, drop, add),
            Write::Block { spots, .. } => self.block(spots),
            Write::Unblock { spots, .. } => self.unblock(spots),
            Write::ForceRelease { hold, .. } => self.release(*hold, None, now),
            Write::ForceCancel { order, refund, .. } => self.cancel(order, None, *refund, now),
            Write::Payment { payment, action } => self.pay(payment, action, now),
        }
    }

    fn set_status(&mut self, action: StatusAction) -> Result<Answer, No> {
        use EventStatus::{Archived, Closed, Open, Paused, Pending};
        self.status = match (action, self.status) {
            (StatusAction::Archive, Closed) if self.next_deadline().is_some() => {
                return Err(No::Fault(Code::ARCHIVE_EARLY));
            }
            (StatusAction::Archive, Closed) => Archived,
            (StatusAction::Archive, other @ (Pending | Open | Paused)) => {
                return Err(Refusal::NotClosed(other).into());
            }
            (_, over @ (Closed | Archived)) => return Err(Refusal::NotOnSale(over).into()),
            (StatusAction::Pause, Pending) => return Err(Refusal::NotOnSale(Pending).into()),
            (StatusAction::Pause, Paused) | (StatusAction::Resume, Open) => {
                return Err(Refusal::AlreadyStatus(self.status).into());
            }
            (StatusAction::Pause, Open) => Paused,
            (StatusAction::Resume, _) => Open,
            (StatusAction::Close, _) => Closed,
        };
        self.forget_times();
        self.version += 1;
        Ok(Answer::Event { status: self.status, version: self.version })
    }

    fn hold(
        &mut self,
        holder: &Name,
        ttl: Millis<u64>,
        seats: &[u32],
        best: &[Best],
        places: &[(u16, u32)],
        now: At,
    ) -> Result<Answer, No> {
        if self.status != EventStatus::Open {
            return Err(Refusal::NotOnSale(self.status).into());
        }
        if seats.is_empty() && best.is_empty() && places.is_empty() {
            return Err(No::Fault(Code::SYNTAX));
        }
        named_once(seats, places)?;
        if best.iter().any(|part| part.count == 0 || u32::from(part.accessible) > part.count) {
            return Err(No::Fault(Code::BAD_NUMBER));
        }
        let ttl = self.ttl(ttl)?;
        let chosen: u64 = best.iter().map(|part| u64::from(part.count)).sum();
        let wanted = count_of(seats, places) + chosen;
        within(Limit::SeatsPerHold, self.limits.max_seats_per_hold, wanted)?;
        within(Limit::SeatsPerHolder, self.limits.max_seats_per_holder, self.of_holder(holder) + wanted)?;
        self.all_free(seats)?;
        self.places_free(places)?;
        let (venue, orphans, statuses) = (&self.venue, self.limits.orphans, self.statuses());
        seating::whole_groups(venue, seats)?;
        seating::none_stranded(venue, orphans, &statuses, seats)?;
        let seats = seating::seats(venue, orphans, &statuses, seats, best)?;
        self.version += 1;
        let (id, expires_at, account) = (self.version, now + ttl, Account::NOBODY);
        let (holder, places) = (holder.clone(), places.to_vec());
        let note = self.note.clone();
        let hold = Hold { holder, made_at: now, expires_at, extends: 0, seats, places, account, note };
        let answer = hold_answer(HoldId(id), &hold, id);
        self.holds.insert(HoldId(id), hold);
        Ok(answer)
    }

    fn extend(&mut self, id: HoldId, ttl: Millis<u64>, now: At) -> Result<Answer, No> {
        self.not_closed()?;
        self.live(id, now)?;
        let ttl = self.ttl(ttl)?;
        let allowed = self.limits.max_extends;
        let hold = self.holds.get_mut(&id).expect("it is live");
        within(Limit::Extends, allowed, u64::from(hold.extends) + 1)?;
        within(Limit::HoldTotal, self.limits.max_hold_total.0, (now + ttl).since(hold.made_at).0)?;
        self.version += 1;
        hold.extends += 1;
        hold.expires_at = now + ttl;
        Ok(hold_answer(id, hold, self.version))
    }

    fn release(&mut self, id: HoldId, part: Option<&Selection>, now: At) -> Result<Answer, No> {
        part.map_or(Ok(()), sound)?;
        self.live(id, now)?;
        let hold = self.holds.get_mut(&id).expect("it is live");
        let released = if let Some(part) = part {
            hold.has(part)?;
            seating::whole_groups(&self.venue, &part.seats)?;
            hold.let_go(part);
            part.count()
        } else {
            let all = size(hold);
            hold.seats.clear();
            hold.places.clear();
            all
        };
        if size(hold) == 0 {
            self.holds.remove(&id);
            self.gave_back.insert(id);
        }
        self.version += 1;
        Ok(Answer::Released { hold: id, version: self.version, released: released as u32 })
    }

    fn confirm(&mut self, name: &Name, ids: &[HoldId], now: At) -> Result<Answer, No> {
        self.not_closed()?;
        if ids.is_empty() {
            return Err(No::Fault(Code::SYNTAX));
        }
        if has_twice(ids) {
            return Err(No::Fault(Code::REPEATED));
        }
        if self.orders.contains_key(name) {
            return Err(Refusal::OrderExists(name.clone()).into());
        }
        if self.payment_named(name).is_some() {
            return Err(Refusal::PaymentExists(name.clone()).into());
        }
        for &id in ids {
            self.live(id, now)?;
        }
        self.version += 1;
        let holds: Vec<Hold> = ids.iter().map(|id| self.holds.remove(id).expect("it is live")).collect();
        let holder = holds[0].holder.clone();
        let order = Order::new(holder, self.version, now, holds).noted(self.note.as_deref());
        let (seats, places) = (order.seats(), order.places());
        self.orders.insert(name.clone(), order);
        Ok(Answer::Order { order: name.clone(), version: self.version, seats, places })
    }

    fn not_closed(&self) -> Result<(), No> {
        if self.status.is_over() { Err(Refusal::NotOnSale(self.status).into()) } else { Ok(()) }
    }

    fn live(&self, id: HoldId, now: At) -> Result<(), No> {
        let holder = self.holds.get(&id).map(|hold| &hold.holder);
        if self.alone.as_ref().is_some_and(|alone| holder != Some(alone)) {
            return Err(Refusal::HoldGone(id).into());
        }
        if let Some(payment) = self.payment_of(id) {
            return Err(Refusal::HoldInPayment { hold: id, payment: payment.name.clone() }.into());
        }
        let live = self.holds.get(&id).is_some_and(|hold| hold.expires_at > now);
        if live { Ok(()) } else { Err(Refusal::HoldGone(id).into()) }
    }

    fn ttl(&self, ttl: Millis<u64>) -> Result<Millis<u64>, No> {
        let limits = &self.limits;
        within(Limit::Ttl, limits.max_ttl.0, ttl.0)?;
        Ok(if ttl.0 == 0 { Millis(limits.default_ttl.0.into()) } else { ttl })
    }

    fn places_free(&self, places: &[(u16, u32)]) -> Result<(), No> {
        for &(area, wanted) in places {
            let free = self.area(area).of(SeatStatus::Free);
            if wanted > free {
                return Err(Refusal::PlacesTaken { area, free, wanted }.into());
            }
        }
        Ok(())
    }

    fn all_free(&self, seats: &[u32]) -> Result<(), No> {
        let statuses = seats.iter().map(|&seat| (seat, self.seat_status(seat)));
        let taken: Vec<_> = statuses.filter(|(_, status)| *status != SeatStatus::Free).take(16).collect();
        if taken.is_empty() { Ok(()) } else { Err(Refusal::SeatsTaken(taken.into_iter().collect()).into()) }
    }

    fn of_holder(&self, holder: &Name) -> u64 {
        self.claims().filter(|hold| hold.holder == *holder).map(size).sum()
    }

    fn claims(&self) -> impl Iterator<Item = &Hold> {
        self.holds.values().chain(self.orders.values().flat_map(|order| &order.holds))
    }

    fn hold_of(&self, seat: u32) -> Option<(HoldId, &Hold)> {
        let mut holds = self.holds.iter().map(|(&id, hold)| (id, hold));
        holds.find(|(_, hold)| hold.seats.contains(&seat))
    }

    fn order_of(&self, seat: u32) -> Option<(&Name, &Hold)> {
        self.orders.iter().find_map(|(name, order)| {
            let hold = order.holds.iter().find(|hold| hold.seats.contains(&seat))?;
            Some((name, hold))
        })
    }

    fn seat_status(&self, seat: u32) -> SeatStatus {
        if let Some((id, _)) = self.hold_of(seat) {
            self.hold_status(id)
        } else if self.order_of(seat).is_some() {
            SeatStatus::Sold
        } else if self.blocked.contains(&seat) {
            SeatStatus::Blocked
        } else if self.venue.all_seats().nth(seat as usize).expect("a seat").removed {
            SeatStatus::Removed
        } else {
            SeatStatus::Free
        }
    }

    fn hold_status(&self, id: HoldId) -> SeatStatus {
        if self.payment_of(id).is_some() { SeatStatus::Paying } else { SeatStatus::Held }
    }

    fn area(&self, area: u16) -> Counts {
        let of = |hold: &Hold| {
            let places = hold.places.iter().filter(|place| place.0 == area);
            places.map(|&(_, count)| count).sum::<u32>()
        };
        let taken: u32 = self.holds.values().map(of).sum();
        let sold: u32 = self.orders.values().flat_map(|order| &order.holds).map(of).sum();
        let blocked = self.blocked_places.get(&area).copied().unwrap_or(0);
        let described = &self.venue.spec.areas[usize::from(area)];
        let capacity = if self.venue.is_gone(&described.name) { 0 } else { described.capacity };
        let mut counts = Counts::free(capacity - taken - sold - blocked);
        counts.add(SeatStatus::Blocked, blocked);
        for (&id, hold) in &self.holds {
            counts.add(self.hold_status(id), of(hold));
        }
        counts.add(SeatStatus::Sold, sold);
        counts
    }

    /// Those that are there, by index.
    fn areas(&self) -> Vec<(u16, Counts)> {
        let areas = (0..).zip(&self.venue.spec.areas).filter(|(_, area)| !self.venue.is_gone(&area.name));
        areas.map(|(index, _)| (index, self.area(index))).collect()
    }

    /// The status of every seat.
    fn statuses(&self) -> Vec<SeatStatus> {
        let mut statuses = vec![SeatStatus::Free; self.venue.seats() as usize];
        for (status, seat) in statuses.iter_mut().zip(self.venue.all_seats()) {
            if seat.removed {
                *status = SeatStatus::Removed;
            }
        }
        for &seat in &self.blocked {
            statuses[seat as usize] = SeatStatus::Blocked;
        }
        for (&id, hold) in &self.holds {
            let status = self.hold_status(id);
            for &seat in &hold.seats {
                statuses[seat as usize] = status;
            }
        }
        for hold in self.orders.values().flat_map(|order| &order.holds) {
            for &seat in &hold.seats {
                statuses[seat as usize] = SeatStatus::Sold;
            }
        }
        statuses
    }

    fn seats(&self, wanted: impl Fn(usize, &str) -> bool) -> Counts {
        let mut counts = Counts::default();
        let where_ = self.venue.sections_of().zip(self.venue.categories_of());
        for (status, (section, category)) in self.statuses().into_iter().zip(where_) {
            if wanted(section, category) {
                counts.add(status, 1);
            }
        }
        counts
    }

    /// Live holds.
    #[must_use]
    pub fn hold_ids(&self) -> Vec<HoldId> {
        self.holds.keys().copied().collect()
    }

    /// The seats of a live hold; empty for another one.
    #[must_use]
    pub fn seats_of(&self, hold: HoldId) -> &[u32] {
        self.holds.get(&hold).map_or(&[], |hold| &hold.seats)
    }

    /// The places of a live hold; empty for another one.
    #[must_use]
    pub fn places_of(&self, hold: HoldId) -> &[(u16, u32)] {
        self.holds.get(&hold).map_or(&[], |hold| &hold.places)
    }

    /// The names of all orders, with those that were taken back.
    #[must_use]
    pub fn order_names(&self) -> Vec<Name> {
        self.orders.keys().cloned().collect()
    }
}

impl Hold {
    /// Is this a part of it?
    fn has(&self, part: &Selection) -> Result<(), No> {
        if let Some(foreign) = part.seats.iter().find(|seat| !self.seats.contains(seat)) {
            return Err(Refusal::NotInHold(*foreign).into());
        }
        for &(area, wanted) in &part.places {
            let has = self.places.iter().filter(|place| place.0 == area).map(|place| place.1).sum();
            if wanted > has {
                return Err(Refusal::PlacesNotInHold { area, has, wanted }.into());
            }
        }
        Ok(())
    }

    fn let_go(&mut self, part: &Selection) {
        self.seats.retain(|seat| !part.seats.contains(seat));
        for &(area, count) in &part.places {
            self.places.iter_mut().filter(|place| place.0 == area).for_each(|place| place.1 -= count);
        }
        self.places.retain(|place| place.1 > 0);
    }

    fn get(&mut self, part: &Selection) {
        self.seats.extend(&part.seats);
        for &(area, count) in &part.places {
            match self.places.iter_mut().find(|place| place.0 == area) {
                Some((_, sum)) => *sum += count,
                None => self.places.push((area, count)),
            }
        }
    }
}

impl Order {
    fn new(holder: Name, version: u64, sold_at: At, holds: Vec<Hold>) -> Self {
        let note = holds.iter().find_map(|hold| hold.note.clone());
        Self { holder, version, sold_at, cancelled_at: None, cancelled_in: None, holds, note }
    }

    /// With this note, or with that of its first hold that has one.
    fn noted(self, note: Option<&str>) -> Self {
        Self { note: note.map(Box::from).or(self.note), ..self }
    }

    fn seats(&self) -> Seats {
        self.holds.iter().flat_map(|hold| hold.seats.iter().copied()).collect()
    }

    /// One sum for each area, in the order of their first mention.
    fn places(&self) -> Places {
        let mut sums = Places::default();
        for &(area, count) in self.holds.iter().flat_map(|hold| &hold.places) {
            match sums.iter_mut().find(|known| known.0 == area) {
                Some((_, sum)) => *sum += count,
                None => sums.push((area, count)),
            }
        }
        sums
    }
}

fn size(hold: &Hold) -> u64 {
    count_of(&hold.seats, &hold.places)
}

fn hold_answer(id: HoldId, hold: &Hold, version: u64) -> Answer {
    Answer::Hold {
        hold: id,
        expires_at: hold.expires_at,
        version,
        seats: hold.seats.iter().copied().collect(),
        places: hold.places.iter().copied().collect(),
    }
}

/// What an archived event takes: reports of money, and what gives some back.
fn gives_money_back(write: &Write) -> bool {
    match write {
        Write::Cancel { .. } | Write::ForceCancel { .. } => true,
        Write::Payment { action, .. } => {
            matches!(action, PaymentAction::Succeed(_) | PaymentAction::Refunded { .. })
        }
        _ => false,
    }
}
