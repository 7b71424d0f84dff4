//! An event: everything that holdfast knows of one evening, owned by one actor.

use std::sync::Arc;

use foldhash::fast::FixedState;

use super::change::{Created, Spans};
use super::deadlines::{Deadlines, Graces};
use super::holders::{Accounts, Holders};
use super::holds::Holds;
use super::keys::Keys;
use super::notes::Notes;
use super::operator::Schedule;
use super::orders::{CancelledOrders, Orders};
use super::payments::Payments;
use super::seats::{EventSpec, Layout, SaleLimits, Seats, Touched, area_term};
use super::tables::digest;
use super::tables::digest::{Digest, Part};
use super::values::{Counts, EventStatus, Name};
use crate::numbers::At;

/// The state of one event. Changed by [`Event::apply`] and by nothing else.
///
/// # Examples
/// A hold is judged, happens, and binds its key:
/// ```
/// use holdfast_engine::{Account, At, Created, Event, Key, Millis, Name, Record, Reply, TableSeed, Write, decide};
///
/// let hall = r#"{"sections": [{"name": "A", "category": "VIP", "rows": {"from": 1, "to": 1, "seats": 3}}]}"#;
/// let created = Created {
///     name: Name::new(b"gala").ok_or("a name")?,
///     spec: serde_json::from_str(hall)?,
/// };
/// let (now, ttl) = (At(1_700_000_000_000), Millis(60_000));
/// let mut event = Event::create(&created, now, TableSeed(7))?;
///
/// let key = Key { hash: [1; 16], fingerprint: [1; 8], account: Account::NOBODY };
/// let seat = event.layout().seat(b"A-1-2").ok_or("a seat")?;
/// let hold = Write::Hold {
///     holder: Name::new(b"ann").ok_or("a name")?,
///     ttl,
///     seats: [seat].into_iter().collect(),
///     best: Box::default(),
///     places: Default::default(),
/// };
/// let Ok(change) = decide(&event, &key, hold.clone(), now) else { panic!("it is judged") };
/// let version = event.version() + u64::from(change.makes_version());
/// let record = Record::new(now, version, Some(key), change);
/// let answer = event.apply(&record).answer(record);
///
/// // The same key again: the same answer, and nothing happens.
/// assert_eq!(decide(&event, &key, hold, now), Err(Reply::Repeated(answer.ok_or("an answer")?, Some(now))));
/// assert_eq!(event.next_deadline(), Some(now + ttl));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Event {
    pub(super) name: Name,
    pub(super) spec: Arc<EventSpec>,
    pub(super) layout: Arc<Layout>,
    pub(super) limits: SaleLimits,
    pub(super) status: EventStatus,
    /// One more with each accepted write and each expiry.
    pub(super) version: u64,
    pub(super) created_at: At,
    /// Time of the newest record: the next one is not before it.
    pub(super) last_at: At,
    pub(super) seats: Seats,
    pub(super) areas: Vec<Counts>,
    pub(super) holds: Holds,
    pub(super) orders: Orders,
    pub(super) cancelled: CancelledOrders,
    pub(super) payments: Payments,
    pub(super) holders: Holders,
    pub(super) notes: Notes,
    pub(super) keys: Keys,
    /// What of it counts for whose budget.
    pub(super) accounts: Accounts,
    pub(super) deadlines: Deadlines,
    pub(super) graces: Graces,
    pub(super) schedule: Schedule,
    /// The version of the newest change of the map.
    pub(super) plan_version: u64,
    /// By the newest change; no part of the state.
    pub(super) touched: Touched,
    /// By the newest change; no part of the state.
    pub(super) spans: Spans,
    /// Sum over everything but the few words that [`Event::digest`] adds.
    pub(super) sum: Digest,
}

/// A hash seed for the tables whose keys strangers choose: from the directory's secret, the same at every replay.
#[derive(Clone, Copy, Debug)]
pub struct TableSeed(pub u64);

impl TableSeed {
    pub(super) fn hasher(self) -> FixedState {
        FixedState::with_seed(self.0)
    }
}

impl Event {
    /// The event as it is right after its creation.
    ///
    /// # Errors
    /// A sentence that names what is wrong with the description; never for one that was logged.
    pub fn create(created: &Created, at: At, seed: TableSeed) -> Result<Self, String> {
        let layout = Arc::new(Layout::build(&created.spec)?);
        Ok(Self::with_layout(created.clone(), layout, at, seed))
    }

    /// As [`Event::create`], with the map that was built to check the description.
    #[must_use]
    pub fn with_layout(created: Created, layout: Arc<Layout>, at: At, seed: TableSeed) -> Self {
        let areas: Vec<_> = layout.areas().iter().map(|area| Counts::free(area.capacity)).collect();
        let (status, opens_at, closes_at) = created.spec.begins(at);
        let schedule = Schedule::new(opens_at, closes_at);
        let mut sum = Digest::default();
        sum.add(schedule.digest_term());
        for (index, counts) in areas.iter().enumerate() {
            sum.add(area_term(index as u16, counts));
        }
        let mut event = Self {
            name: created.name,
            limits: created.spec.limits.clone(),
            spec: Arc::new(created.spec),
            status,
            version: 1,
            created_at: at,
            last_at: at,
            seats: Seats::new(&layout),
            areas,
            holds: Holds::new(seed.hasher()),
            orders: Orders::new(seed.hasher()),
            cancelled: CancelledOrders::new(seed.hasher()),
            payments: Payments::new(seed.hasher()),
            holders: Holders::new(seed.hasher()),
            notes: Notes::default(),
            keys: Keys::new(),
            accounts: Accounts::default(),
            deadlines: Deadlines::default(),
            graces: Graces::default(),
            schedule,
            plan_version: 1,
            touched: Touched::NOTHING,
            spans: Spans::NOTHING,
            sum,
            layout,
        };
        event.await_schedule();
        event
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Its map.
    #[must_use]
    pub const fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The state of the sale.
    #[must_use]
    pub const fn status(&self) -> EventStatus {
        self.status
    }

    /// The newest version.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The time of the newest record, Unix milliseconds: the next record is not before it.
    #[must_use]
    pub const fn last_at(&self) -> At {
        self.last_at
    }

    /// The version of the newest change of the map.
    pub const fn plan_version(&self) -> u64 {
        self.plan_version
    }

    /// What the newest change has touched, if there was one since the event is in memory.
    #[must_use]
    pub const fn touched(&self) -> &Touched {
        &self.touched
    }

    /// What the newest change has ended, if there was one since the event is in memory.
    #[inline]
    pub(crate) const fn spans(&self) -> &Spans {
        &self.spans
    }

    /// What the event takes in memory, bytes: an estimate by what there is, without what is free in its tables.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        const EMPTY: u64 = 4_096;
        const SEAT: u64 = 16;
        // With their places in indexes and queues, and a name of usual length.
        const KEY: u64 = 92;
        const HOLD: u64 = 80;
        const HOLDER: u64 = 64;
        const ORDER: u64 = 112;
        // With its money.
        const PAYMENT: u64 = 448;
        EMPTY
            + SEAT * u64::from(self.seats.len())
            + KEY * self.keys.len()
            + HOLD * self.holds.slab().len() as u64
            + HOLDER * self.holders.slab().len() as u64
            + ORDER * (self.orders.slab().len() as u64 + self.cancelled.len())
            + PAYMENT * self.payments.slab().len() as u64
            + self.notes.memory_bytes()
    }

    /// A number that stands for the whole state: equal states, equal numbers.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let status = self.status as u64;
        self.sum.value().wrapping_add(digest::term(Part::Event, self.version, status, self.last_at.0))
    }

    /// The part of the digest that stands for the map: nothing as long as it is that of the creation, which stands in the log.
    pub(super) fn plan_term(&self) -> u64 {
        match self.plan_version {
            1 => 0,
            version => digest::term(Part::Plan, version, digest::bytes_term(self.spec.json().as_bytes()), 0),
        }
    }

    /// The limits' part of the digest: nothing as long as they are those of the creation, which stand in the log.
    pub(super) fn limits_term(&self) -> u64 {
        if self.limits == self.spec.limits { 0 } else { self.limits.digest_term() }
    }
}
