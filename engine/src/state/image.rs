//! An event taken apart into plain columns, and put together again: what a snapshot holds.
//!
//! Slots keep their numbers, so that the columns refer to each other as they do in memory and restoring is mostly
//! copying; the tables by name and number, the deadlines and the sums are made anew, and then everything is checked.
//! The order of the fields is the snapshot's format.

use std::collections::BTreeMap;
use std::sync::Arc;

use bincode::enc::EncoderImpl;
use bincode::enc::write::SizeWriter;
use bincode::{Decode, Encode};

use super::answer::Told;
use super::change::Spans;
use super::command::{Key, Places};
use super::deadlines::{Deadlines, Graces, Waiter};
use super::event::{Event, TableSeed};
use super::holders::{Accounts, Holder, Holders};
use super::holds::{Hold, Holds};
use super::keys::{Came, Keys, Remembered};
use super::notes::Notes;
use super::operator::Schedule;
use super::orders::{CancelledOrder, CancelledOrders, Order, Orders};
use super::payments::{Money, Payment, Payments};
use super::seats::{EventSpec, Layout, OldSpec, Owner, SaleLimits, Seats, Touched};
use super::tables::Slot;
use super::tables::digest::Digest;
use super::values::{Counts, EventStatus, Name, SeatStatus};
use crate::numbers::{Account, At, HoldId, Millis};

/// The part of an event that is small.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) struct Head {
    name: Name,
    spec: EventSpec,
    limits: SaleLimits,
    status: EventStatus,
    version: u64,
    created_at: At,
    last_at: At,
    areas: Vec<Counts>,
    /// [`Event::digest`]: restoring must arrive at it.
    digest: u64,
}

/// The head as the first snapshots have it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) struct OldHead {
    name: Name,
    spec: OldSpec,
    limits: SaleLimits,
    status: EventStatus,
    version: u64,
    created_at: At,
    last_at: At,
    areas: Vec<Counts>,
    digest: u64,
}

impl Head {
    /// The same in the old words; `None` if they do not have all of it.
    pub(crate) fn in_old_words(&self) -> Option<OldHead> {
        let Self { name, spec, limits, status, version, created_at, last_at, areas, digest } = self;
        Some(OldHead {
            spec: OldSpec::of(spec)?,
            name: name.clone(),
            limits: limits.clone(),
            status: *status,
            version: *version,
            created_at: *created_at,
            last_at: *last_at,
            areas: areas.clone(),
            digest: *digest,
        })
    }
}

impl From<OldHead> for Head {
    fn from(old: OldHead) -> Self {
        let OldHead { name, spec, limits, status, version, created_at, last_at, areas, digest } = old;
        Self { name, spec: spec.into(), limits, status, version, created_at, last_at, areas, digest }
    }
}

/// Some rows of one column.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) struct Column(Rows);

#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
enum Rows {
    Seats {
        status: Vec<SeatStatus>,
        owner: Vec<Owner>,
        next: Vec<u32>,
        holder: Vec<Slot<Holder>>,
    },
    Holders(Vec<Option<Holder>>),
    Holds(Vec<Option<Hold>>),
    HoldPlaces(Vec<(HoldId, Places)>),
    Orders(Vec<Option<Order>>),
    Keys(Vec<Remembered>),
    /// Left out where there are none: so it was before there were any.
    CancelledOrders(Vec<CancelledOrder>),
    Payments(Vec<Option<Payment>>),
    /// Since when payments are closed, each by the version that closed it. Before there was this column, nobody knew.
    Closed(Vec<(u64, At)>),
    /// Deadlines that a grace gave, and how much it was.
    Graces(Vec<(At, Millis)>),
    /// The accounts of the holds that have one. As with the keys, before there were any they had none.
    HoldAccounts(Vec<(HoldId, u32)>),
    /// In the place of `Keys` if one has an account and no answer is dated: each with its own.
    AccountKeys(Vec<(u32, Remembered)>),
    /// In the place of both if an answer is dated: each with its account and its [`Came::tick`].
    DatedKeys(Vec<(u32, u16, Remembered)>),
    /// When the sale opens and closes by itself, as one row; none if it does neither.
    Schedule(Vec<(Option<At>, Option<At>)>),
    /// How long after it was made the deadline of a hold is. Before there was this column, nobody knew.
    HoldTotals(Vec<(HoldId, Millis)>),
    /// The money of the payments of which anything was told, by their numbers.
    Money(Vec<(u64, Money)>),
    /// The version of the newest change of the map, as one row; none if it is as it was made.
    Plan(Vec<u64>),
    /// Notes, each by the version that made what it stands beside.
    Notes(Vec<(u64, Box<str>)>),
}

/// Rows of one piece at most: what they take in memory is bounded, however little each says.
const ROWS_MAX: usize = 32 * 1024;
/// Bytes after which a piece ends: with the largest row behind them it is far from what a snapshot takes as one chunk.
pub(crate) const PIECE_BYTES: usize = 1024 * 1024;

impl Event {
    /// The small part.
    #[must_use]
    pub(crate) fn head(&self) -> Head {
        Head {
            name: self.name.clone(),
            spec: (*self.spec).clone(),
            limits: self.limits.clone(),
            status: self.status,
            version: self.version,
            created_at: self.created_at,
            last_at: self.last_at,
            areas: self.areas.clone(),
            digest: self.digest(),
        }
    }

    /// The columns, piece by piece.
    ///
    /// # Errors
    /// Those of `take`.
    pub(crate) fn columns<E>(&self, mut take: impl FnMut(Column) -> Result<(), E>) -> Result<(), E> {
        let seats = &self.seats;
        for start in (0..seats.len() as usize).step_by(ROWS_MAX) {
            let range = start..(start + ROWS_MAX).min(seats.len() as usize);
            take(Column(Rows::Seats {
                status: seats.statuses()[range.clone()].to_vec(),
                owner: seats.owners()[range.clone()].to_vec(),
                next: seats.links()[range.clone()].to_vec(),
                holder: seats.holders()[range].to_vec(),
            }))?;
        }
        let holders = self.holders.slab().slots();
        in_pieces(holders, |rows| take(Column(Rows::Holders(rows))))?;
        in_pieces(self.holds.slab().slots(), |rows| take(Column(Rows::Holds(rows))))?;
        in_pieces(self.orders.slab().slots(), |rows| take(Column(Rows::Orders(rows))))?;
        in_pieces(self.payments.slab().slots(), |rows| take(Column(Rows::Payments(rows))))?;
        let with_places = self.holds.slab().iter().filter(|(_, hold)| hold.has_places);
        let places = with_places.map(|(_, hold)| (hold.id, self.holds.places(hold).clone()));
        in_pieces(places, |rows| take(Column(Rows::HoldPlaces(rows))))?;
        let (keys, has_accounts, has_dates) =
            (&self.keys, |(of, _)| of != Account::NOBODY, |(_, tick)| tick > 0);
        if keys.beside().any(has_dates) {
            let rows = keys.remembered().zip(keys.beside());
            let rows = rows.map(|(row, (account, tick))| (account.0, tick, row));
            in_pieces(rows, |rows| take(Column(Rows::DatedKeys(rows))))?;
        } else if keys.beside().any(has_accounts) {
            let rows = keys.remembered().map(|row| (row.key.account.0, row));
            in_pieces(rows, |rows| take(Column(Rows::AccountKeys(rows))))?;
        } else {
            in_pieces(keys.remembered(), |rows| take(Column(Rows::Keys(rows))))?;
        }
        in_pieces(self.cancelled.iter().cloned(), |rows| take(Column(Rows::CancelledOrders(rows))))?;
        let closed = self.payments.closed().map(|(slot, at)| (self.payments.at(slot).version, at));
        in_pieces(closed, |rows| take(Column(Rows::Closed(rows))))?;
        in_pieces(self.graces.rows(), |rows| take(Column(Rows::Graces(rows))))?;
        let Schedule { opens_at, closes_at, .. } = self.schedule;
        let schedule = (opens_at.is_some() || closes_at.is_some()).then_some((opens_at, closes_at));
        in_pieces(schedule.into_iter(), |rows| take(Column(Rows::Schedule(rows))))?;
        let with_account = self.holds.slab().iter().filter(|(_, hold)| hold.account != Account::NOBODY);
        let plan = (self.plan_version > 1).then_some(self.plan_version);
        in_pieces(plan.into_iter(), |rows| take(Column(Rows::Plan(rows))))?;
        let accounts = with_account.map(|(_, hold)| (hold.id, hold.account.0));
        in_pieces(accounts, |rows| take(Column(Rows::HoldAccounts(rows))))?;
        let with_total = self.holds.slab().iter().filter(|(_, hold)| *hold.total > Millis(0));
        let totals = with_total.map(|(_, hold)| (hold.id, *hold.total));
        in_pieces(totals, |rows| take(Column(Rows::HoldTotals(rows))))?;
        let money =
            self.payments.slab().iter().filter_map(|(_, payment)| Some((payment.number, payment.money()?)));
        in_pieces(money.map(|(number, money)| (number, money.clone())), |rows| {
            take(Column(Rows::Money(rows)))
        })?;
        in_pieces(self.notes.rows(), |rows| take(Column(Rows::Notes(rows))))
    }
}

/// Gives rows in pieces that end at [`ROWS_MAX`] rows or [`PIECE_BYTES`], whichever comes first.
fn in_pieces<T: Encode, E>(
    rows: impl Iterator<Item = T>,
    mut take: impl FnMut(Vec<T>) -> Result<(), E>,
) -> Result<(), E> {
    let mut piece = Vec::new();
    let mut bytes = 0;
    for row in rows {
        bytes += encoded_bytes(&row);
        piece.push(row);
        if piece.len() == ROWS_MAX || bytes >= PIECE_BYTES {
            take(std::mem::take(&mut piece))?;
            bytes = 0;
        }
    }
    if piece.is_empty() { Ok(()) } else { take(piece) }
}

fn encoded_bytes(row: &impl Encode) -> usize {
    let config = bincode::config::standard().with_fixed_int_encoding();
    let mut encoder = EncoderImpl::new(SizeWriter::default(), config);
    row.encode(&mut encoder).expect("counting takes every row");
    encoder.into_writer().bytes_written
}

/// Puts an event together from what [`Event::head`] and [`Event::columns`] gave.
#[derive(Debug)]
pub(crate) struct Restoring {
    head: Head,
    seed: TableSeed,
    status: Vec<SeatStatus>,
    owner: Vec<Owner>,
    next: Vec<u32>,
    holder: Vec<Slot<Holder>>,
    holders: Vec<Option<Holder>>,
    holds: Vec<Option<Hold>>,
    places: Vec<(HoldId, Places)>,
    orders: Vec<Option<Order>>,
    cancelled: Vec<CancelledOrder>,
    payments: Vec<Option<Payment>>,
    closed: Vec<(u64, At)>,
    money: Vec<(u64, Money)>,
    graces: Vec<(At, Millis)>,
    schedule: Vec<(Option<At>, Option<At>)>,
    plan: Vec<u64>,
    notes: Vec<(u64, Box<str>)>,
    hold_accounts: Vec<(HoldId, u32)>,
    hold_totals: Vec<(HoldId, Millis)>,
    keys: Keys,
    keys_term: u64,
    /// One more than the highest seat and the highest area that a remembered answer names.
    named: (u32, u16),
}

impl Restoring {
    /// Starts with the small part.
    #[must_use]
    pub(crate) fn new(head: Head, seed: TableSeed) -> Self {
        Self {
            head,
            seed,
            status: Vec::new(),
            owner: Vec::new(),
            next: Vec::new(),
            holder: Vec::new(),
            holders: Vec::new(),
            holds: Vec::new(),
            places: Vec::new(),
            orders: Vec::new(),
            cancelled: Vec::new(),
            payments: Vec::new(),
            closed: Vec::new(),
            money: Vec::new(),
            graces: Vec::new(),
            schedule: Vec::new(),
            plan: Vec::new(),
            notes: Vec::new(),
            hold_accounts: Vec::new(),
            hold_totals: Vec::new(),
            keys: Keys::new(),
            keys_term: 0,
            named: (0, 0),
        }
    }

    /// Adds a piece of a column; pieces come in the order in which they were given.
    pub(crate) fn add(&mut self, column: Column) {
        match column.0 {
            Rows::Seats { status, owner, next, holder } => {
                self.status.extend(status);
                self.owner.extend(owner);
                self.next.extend(next);
                self.holder.extend(holder);
            }
            Rows::Holders(rows) => self.holders.extend(rows),
            Rows::Holds(rows) => self.holds.extend(rows),
            Rows::HoldPlaces(rows) => self.places.extend(rows),
            Rows::Orders(rows) => self.orders.extend(rows),
            Rows::CancelledOrders(rows) => self.cancelled.extend(rows),
            Rows::Payments(rows) => self.payments.extend(rows),
            Rows::Closed(rows) => self.closed.extend(rows),
            Rows::Money(rows) => self.money.extend(rows),
            Rows::Graces(rows) => self.graces.extend(rows),
            Rows::Schedule(rows) => self.schedule.extend(rows),
            Rows::Plan(rows) => self.plan.extend(rows),
            Rows::Notes(rows) => self.notes.extend(rows),
            Rows::HoldTotals(rows) => self.hold_totals.extend(rows),
            Rows::HoldAccounts(rows) => self.hold_accounts.extend(rows),
            Rows::Keys(rows) => rows.into_iter().for_each(|row| self.remember(Account::NOBODY, 0, &row)),
            Rows::AccountKeys(rows) => {
                rows.into_iter().for_each(|(account, row)| self.remember(Account(account), 0, &row));
            }
            Rows::DatedKeys(rows) => {
                rows.into_iter().for_each(|(account, tick, row)| self.remember(Account(account), tick, &row));
            }
        }
    }

    fn remember(&mut self, account: Account, tick: u16, row: &Remembered) {
        let key = Key { account, ..row.key };
        let came = Came { second: row.second, tick };
        let term = self.keys.remember(&key, came, Told::from(&row.answer));
        self.keys_term = self.keys_term.wrapping_add(term);
        let (seat, area) = row.answer.named();
        self.named = (self.named.0.max(seat), self.named.1.max(area));
    }

    fn fits(&self, layout: &Layout) -> Result<(), String> {
        let lengths = [self.status.len(), self.owner.len(), self.next.len(), self.holder.len()];
        if lengths != [layout.seats() as usize; 4] || self.head.areas.len() != layout.areas().len() {
            return Err("the columns do not fit the map".to_owned());
        }
        if self.named.0 > layout.seats() || usize::from(self.named.1) > layout.areas().len() {
            return Err("an answer names a seat or an area that the map does not have".to_owned());
        }
        if self.plan.len() > 1 {
            return Err("the map was last changed twice".to_owned());
        }
        Ok(())
    }

    /// Makes the tables anew and checks everything.
    ///
    /// # Errors
    /// What is wrong: the snapshot does not describe a state that this event can be in.
    pub(crate) fn finish(self) -> Result<Event, String> {
        let hasher = self.seed.hasher();
        let layout = Layout::build(&self.head.spec)?;
        self.fits(&layout)?;
        let with_closed = self.closed.len();
        let closed: BTreeMap<u64, At> = self.closed.into_iter().collect();
        if closed.len() < with_closed {
            return Err("a payment was closed twice".to_owned());
        }
        self.head.limits.check()?;
        let (with_places, with_account) = (self.places.len(), self.hold_accounts.len());
        let (with_total, with_money, with_note) =
            (self.hold_totals.len(), self.money.len(), self.notes.len());
        let layout = Arc::new(layout);
        let mut event = Event {
            touched: Touched::NOTHING,
            spans: Spans::NOTHING,
            name: self.head.name,
            spec: Arc::new(self.head.spec),
            limits: self.head.limits,
            status: self.head.status,
            version: self.head.version,
            created_at: self.head.created_at,
            last_at: self.head.last_at,
            seats: Seats::from_columns(&layout, self.status, self.owner, self.next, self.holder),
            layout,
            areas: self.head.areas,
            holds: Holds::from_slots(
                self.holds,
                self.places,
                &self.hold_accounts,
                &self.hold_totals,
                hasher.clone(),
            ),
            orders: Orders::from_slots(self.orders, hasher.clone()),
            cancelled: CancelledOrders::from_rows(self.cancelled, hasher.clone()),
            payments: Payments::from_slots(
                self.payments,
                &closed,
                self.money.into_iter().collect(),
                self.head.last_at,
                hasher.clone(),
            ),
            holders: Holders::from_slots(self.holders, hasher),
            notes: Notes::from_rows(self.notes),
            keys: self.keys,
            accounts: Accounts::default(),
            deadlines: Deadlines::default(),
            graces: Graces::from_rows(self.graces),
            schedule: self
                .schedule
                .first()
                .map_or_else(Schedule::default, |&(opens, closes)| Schedule::new(opens, closes)),
            plan_version: self.plan.first().copied().unwrap_or(1),
            sum: Digest::default(),
        };
        check_columns(&event, [with_places, with_account, with_total, with_money, with_note])?;
        event.list_all_payments();
        event.accounts = event.counted_accounts();
        event.restore_deadlines();
        event.sum = event.checked_sum(self.keys_term)?;
        if event.digest() != self.head.digest {
            return Err("the restored state is not the one that was saved: its digest differs".to_owned());
        }
        Ok(event)
    }
}

/// Each row of the columns beside holds and payments belongs to one of them, and to no other's: so many rows had those with
/// places, accounts, times, money and notes.
fn check_columns(event: &Event, rows: [usize; 5]) -> Result<(), String> {
    let holds = |has: fn(&Hold) -> bool| event.holds.slab().iter().filter(|(_, hold)| has(hold)).count();
    let with_money = event.payments.slab().iter().filter(|(_, payment)| payment.money().is_some()).count();
    let found = [
        event.holds.with_places(),
        holds(|hold| hold.account != Account::NOBODY),
        holds(|hold| *hold.total > Millis(0)),
        with_money,
        event.notes.len(),
    ];
    let wrong = found.iter().zip(&rows).position(|(found, rows)| found != rows);
    let what = wrong.map(|column| ["places", "an account", "a time", "money", "a note"][column]);
    what.map_or(Ok(()), |what| Err(format!("{what} stands twice, or belongs to nothing")))
}

impl Event {
    fn restore_deadlines(&mut self) {
        self.await_schedule();
        let holds = self.holds.slab().iter().filter(|(_, hold)| !hold.is_paying());
        let waiting: Vec<_> = holds.map(|(slot, hold)| (slot, hold.expires_at)).collect();
        for (slot, at) in waiting {
            self.holds.at_mut(slot).place = self.deadlines.insert(at, Waiter::Hold(slot));
        }
        let waiting = self.payments.waiting();
        let waiting: Vec<_> = waiting.map(|slot| (slot, self.payments.at(slot).deadline_at)).collect();
        for (slot, at) in waiting {
            self.payments.moved(slot, self.deadlines.insert(at, Waiter::Payment(slot)));
        }
    }
}

#[cfg(test)]
mod tests;
