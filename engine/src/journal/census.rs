//! What the sales of all events come to, and what happens to them: sums that are there when somebody asks, so that nobody has to
//! go from event to event for them.
//!
//! Each thread that events live on has cells of its own, and only that thread writes to them: a load, a sum and a store, without
//! a locked instruction. Reading adds the threads up. An event tells what it stands at after each run. One at rest stays counted
//! where it was, and an event that is back goes on from there, on whatever thread: cells wrap around, and the sum is right.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use parking_lot::Mutex;

use super::durations::{Durations, Taken};
use crate::numbers::{At, EventId};
use crate::state::{Change, Happened, Spans, Standing};

/// The figures of a [`Standing`] that are sums.
const SUMS: usize = 9;

fn sums(standing: &Standing) -> [u64; SUMS] {
    let Standing { holds, orders, payments: [a, b, c, d, e, f], refunds_due, .. } = *standing;
    [holds, orders, refunds_due, a, b, c, d, e, f]
}

/// What the sales of all events come to.
#[derive(Clone, Debug, Default)]
pub struct SaleTotals {
    /// What is so now, without the events that are [`SaleTotals::uncounted`].
    pub standing: Standing,
    /// What has happened since the start of the process, in the order of [`Happened::ALL`].
    pub happened: Vec<(Happened, u64)>,
    /// Payments that succeeded after their seats had been given back, of those that succeeded.
    pub late: u64,
    /// How long things took since the start of the process.
    pub durations: Durations,
    /// Events at rest of whose sales nothing is known until somebody asks for them: their snapshots are of an older version.
    pub uncounted: usize,
}

impl SaleTotals {
    /// How often this has happened since the start of the process.
    #[must_use]
    pub fn of(&self, what: Happened) -> u64 {
        self.happened.get(what as usize).map_or(0, |(_, count)| *count)
    }
}

/// What one thread has counted.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Cells {
    happened: [AtomicU64; Happened::ALL.len()],
    late: AtomicU64,
    sums: [AtomicU64; SUMS],
    taken: Taken,
}

impl Default for Cells {
    fn default() -> Self {
        Self {
            happened: [const { AtomicU64::new(0) }; Happened::ALL.len()],
            late: AtomicU64::new(0),
            sums: [const { AtomicU64::new(0) }; SUMS],
            taken: Taken::default(),
        }
    }
}

/// Called by one thread only.
#[inline]
fn add(cell: &AtomicU64, more: u64) {
    cell.store(cell.load(Relaxed).wrapping_add(more), Relaxed);
}

impl Cells {
    fn changed(&self, before: &Standing, now: &Standing) {
        for (cell, (before, now)) in self.sums.iter().zip(sums(before).into_iter().zip(sums(now))) {
            add(cell, now.wrapping_sub(before));
        }
    }
}

/// The sums of all events.
#[derive(Debug)]
pub(crate) struct Census {
    threads: Vec<Arc<Cells>>,
    /// Of the events that the start left at rest; written by the thread that starts the engine.
    resting: Cells,
    /// Since when each event that owes money does, with the event. Written when that changes: seldom.
    owing: Mutex<BTreeSet<(At, EventId)>>,
    uncounted: AtomicUsize,
}

impl Census {
    /// For so many threads.
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            threads: (0..threads).map(|_| Arc::default()).collect(),
            resting: Cells::default(),
            owing: Mutex::default(),
            uncounted: AtomicUsize::new(0),
        }
    }

    /// The start leaves this event at rest. Called by the thread that starts the engine.
    pub(crate) fn rests(&self, event: EventId, standing: Option<&Standing>) {
        match standing {
            Some(standing) => {
                self.resting.changed(&Standing::default(), standing);
                self.owes(event, (None, standing.oldest_due_at));
            }
            None => drop(self.uncounted.fetch_add(1, Relaxed)),
        }
    }

    /// An event is back of which nothing was known.
    pub(crate) fn is_known(&self) {
        self.uncounted.fetch_sub(1, Relaxed);
    }

    #[cold]
    fn owes(&self, event: EventId, (before, now): (Option<At>, Option<At>)) {
        let mut owing = self.owing.lock();
        before.map(|at| owing.remove(&(at, event)));
        now.map(|at| owing.insert((at, event)));
    }

    /// Adds everything up.
    pub(crate) fn totals(&self) -> SaleTotals {
        let all = || self.threads.iter().map(|cells| &**cells).chain([&self.resting]);
        let sum = |cell: &dyn Fn(&Cells) -> &AtomicU64| {
            all().fold(0_u64, |sum, cells| sum.wrapping_add(cell(cells).load(Relaxed)))
        };
        // Threads are read one after the other: what one has taken from another meanwhile may be missing for a moment.
        let of = |place: usize| (sum(&|cells| &cells.sums[place]) as i64).max(0) as u64;
        let standing = Standing {
            holds: of(0),
            orders: of(1),
            refunds_due: of(2),
            payments: std::array::from_fn(|place| of(3 + place)),
            oldest_due_at: self.owing.lock().first().map(|(at, _)| *at),
        };
        let happened = Happened::ALL.map(|what| (what, sum(&|cells| &cells.happened[what as usize])));
        let mut durations = Durations::default();
        all().for_each(|cells| cells.taken.add_to(&mut durations));
        SaleTotals {
            standing,
            happened: happened.into(),
            late: sum(&|cells| &cells.late),
            durations,
            uncounted: self.uncounted.load(Relaxed),
        }
    }
}

/// What one event has told the sums. By default it tells nobody.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    to: Option<(Arc<Census>, Arc<Cells>)>,
    told: Standing,
}

impl Counted {
    /// Of an event that lives on this thread, and that was counted with `told` before.
    pub(crate) fn by(census: &Arc<Census>, thread: usize, told: Standing) -> Self {
        let cells = census.threads.get(thread).map(Arc::clone);
        Self { to: cells.map(|cells| (Arc::clone(census), cells)), told }
    }

    /// This has happened to the event at this time, and has ended that.
    #[inline]
    pub(crate) fn happened(&self, change: &Change, ended: &Spans, at: At) {
        if let Some((_, cells)) = &self.to {
            let what = change.happened();
            add(&cells.happened[what as usize], 1);
            if what == Happened::PaymentSucceeded && change.is_late_success() {
                add(&cells.late, 1);
            }
            if !ended.is_nothing() {
                cells.taken.ended(what, ended, at);
            }
        }
    }

    /// The event was created.
    pub(crate) fn was_created(&self) {
        if let Some((_, cells)) = &self.to {
            add(&cells.happened[Happened::Created as usize], 1);
        }
    }

    /// The event stands so now.
    #[inline]
    pub(crate) fn stands(&mut self, event: EventId, now: impl FnOnce() -> Standing) {
        let Some((census, cells)) = &self.to else { return };
        let now = now();
        if now == self.told {
            return;
        }
        cells.changed(&self.told, &now);
        if now.oldest_due_at != self.told.oldest_due_at {
            census.owes(event, (self.told.oldest_due_at, now.oldest_due_at));
        }
        self.told = now;
    }
}

#[cfg(test)]
mod tests {
    use holdfast_wal::Spread;

    use super::*;
    use crate::numbers::HoldId;
    use crate::state::Name;

    fn standing(holds: u64, due_at: Option<u64>) -> Standing {
        let refunds_due = u64::from(due_at.is_some());
        Standing { holds, refunds_due, oldest_due_at: due_at.map(At), ..Standing::default() }
    }

    #[test]
    fn an_event_counts_once_on_whatever_thread_it_comes_back() {
        let census = Arc::new(Census::new(2));
        let mut gala = Counted::by(&census, 0, Standing::default());
        let mut ball = Counted::by(&census, 1, Standing::default());
        gala.stands(EventId(1), || standing(3, Some(700)));
        ball.stands(EventId(2), || standing(4, Some(500)));
        assert_eq!(census.totals().standing, Standing { refunds_due: 2, ..standing(7, Some(500)) });
        ball.stands(EventId(2), || standing(0, Some(500)));
        let mut back = Counted::by(&census, 0, standing(0, Some(500)));
        back.stands(EventId(2), || standing(2, None));
        assert_eq!(census.totals().standing, standing(5, Some(700)));
    }

    #[test]
    fn what_has_ended_is_counted_with_how_it_ended_and_how_long_it_took() {
        let census = Arc::new(Census::new(2));
        let name = |text: &str| Name::new(text.as_bytes()).unwrap();
        let [gala, ball] = [0, 1].map(|thread| Counted::by(&census, thread, Standing::default()));
        let now = At(10_000_000);
        let paid = Change::PaymentSucceeded { payment: name("p"), late: false };
        let two = Spans::of(&[(10_000_000, 4_000), (10_039_000, 100_000)], 9_997_500, 0);
        gala.happened(&paid, &two, now);
        ball.happened(
            &Change::Expired { hold: HoldId(2) },
            &Spans::of(&[(9_999_997, 59_997)], 0, 9_999_997),
            now,
        );
        // That of an old snapshot nobody knows the beginning of.
        ball.happened(
            &Change::Released { hold: HoldId(3) },
            &Spans::of(&[(10_000_200, 1_000), (9, 0)], 0, 0),
            now,
        );
        let lapsed = Change::PaymentLapsed { payment: name("q") };
        ball.happened(&lapsed, &Spans::of(&[(9_400_000, 300_000)], 0, 2_800_000), now);
        let Durations { holds, payments, expiry_delays } = census.totals().durations;
        let told = |spread: &Spread| (spread.count, spread.sum);
        assert_eq!(holds.each_ref().map(told), [(2, 65_000), (1, 800), (2, 960_000)]);
        assert_eq!((told(&payments), told(&expiry_delays)), ((1, 2_500), (2, 7_200_003)));
        assert_eq!(holds[2].buckets.iter().find(|(bound, _)| *bound == 60_000), Some(&(60_000, 1)));
        let within: u64 = expiry_delays.buckets.iter().map(|(_, count)| count).sum();
        assert_eq!(within, 1, "one is above all bounds");
    }

    #[test]
    fn events_that_the_start_leaves_at_rest_count_if_they_are_known() {
        let census = Arc::new(Census::new(1));
        census.rests(EventId(1), Some(&standing(0, Some(10))));
        census.rests(EventId(2), None);
        let totals = census.totals();
        assert_eq!((totals.standing, totals.uncounted), (standing(0, Some(10)), 1));
        census.is_known();
        Counted::by(&census, 0, Standing::default()).stands(EventId(2), || standing(1, None));
        let mut one = Counted::by(&census, 0, standing(0, Some(10)));
        one.stands(EventId(1), || standing(0, None));
        let totals = census.totals();
        assert_eq!((totals.standing, totals.uncounted), (standing(1, None), 0));
    }
}
