//! How jobs keep out of the way of sales.
//!
//! The thread of jobs has a low priority, so that sales have the processors first. Where there are too few for both, that is not enough: a
//! thread that is woken beside a job waits until the job's slice is over. So a job rests most of the time while it has to wait for a processor
//! and something is sold. It does so as well while commands are refused as more comes than can be served.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use holdfast_wal::{Log, Lsn};

use crate::journal::rush::Rush;
use crate::limits;
use crate::numbers::At;

/// Between two looks of a job that rests.
const LOOK: Duration = Duration::from_millis(50);
/// Less work is no reason for a rest of its own.
const WORK: Duration = Duration::from_millis(2);
/// A job is judged when it has run so long: the system counts in ticks of some milliseconds, and a job does not wait in each.
const JUDGED_AFTER: Duration = Duration::from_millis(20);

/// What the operating system tells of the thread that asks, since that began.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ThreadTimes {
    /// For how long it was on a processor.
    pub ran: Duration,
    /// For how long it could have run and no processor was free.
    pub waited: Duration,
}

/// Tells them; `None` if the system does not.
pub type TellTimes = fn() -> Option<ThreadTimes>;

/// Lowers the priority of this thread, and so of those that it starts.
pub(crate) fn stands_back() {
    // On Linux it is the priority of this thread alone. Where it cannot be lowered, the rest holds all the same.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(limits::JOBS_NICENESS);
}

/// A moment in the work of a job.
#[derive(Clone, Copy)]
struct Mark {
    at: Instant,
    times: Option<ThreadTimes>,
    appended: Lsn,
}

/// The pace of a job.
pub(crate) struct Pace<'a> {
    rush: &'a Rush,
    log: &'a Log,
    times: TellTimes,
    /// When it began to work, or had last rested.
    began: Cell<Mark>,
    /// When it was last judged whether it is in the way of sales, and what was found.
    judged: Cell<(Mark, bool)>,
}

impl<'a> Pace<'a> {
    pub(crate) fn new(rush: &'a Rush, log: &'a Log, times: TellTimes) -> Self {
        let began = Mark { at: Instant::now(), times: times(), appended: log.appended() };
        Self { rush, log, times, began: Cell::new(began), judged: Cell::new((began, false)) }
    }

    fn mark(&self) -> Mark {
        Mark { at: Instant::now(), times: (self.times)(), appended: self.log.appended() }
    }

    /// Rests as long as it has to, and no longer than the job `goes_on`. `now` is the time of the engine.
    pub(super) fn rest(&self, now: impl Fn() -> At, goes_on: impl Fn() -> bool) {
        let began = self.began.get();
        if began.at.elapsed() < WORK {
            return;
        }
        let here = self.mark();
        if self.rush.is_on(now()) {
            rests(here.at - began.at, || self.rush.is_on(now()) && goes_on());
        } else if self.is_in_the_way(here) {
            rests(here.since(&began).map_or(Duration::ZERO, |times| times.ran), goes_on);
        }
        self.began.set(self.mark());
    }

    fn is_in_the_way(&self, here: Mark) -> bool {
        let (mark, found) = self.judged.get();
        let Some(found) = here.was_in_the_way(&mark) else { return found };
        self.judged.set((here, found));
        found
    }
}

impl Mark {
    fn since(&self, before: &Self) -> Option<ThreadTimes> {
        let (before, after) = (before.times?, self.times?);
        let (ran, waited) =
            (after.ran.saturating_sub(before.ran), after.waited.saturating_sub(before.waited));
        Some(ThreadTimes { ran, waited })
    }

    /// Whether the job had to wait for processors since then, and others sold meanwhile; `None` if that is too short to tell.
    fn was_in_the_way(&self, before: &Self) -> Option<bool> {
        let (times, passed) = (self.since(before)?, self.at - before.at);
        if times.ran < JUDGED_AFTER && passed < limits::JOB_RESTS_MAX {
            return None;
        }
        let records = u128::from(self.appended.0.saturating_sub(before.appended.0));
        let is_selling = records * 1_000 >= limits::SALES_A_SECOND * passed.as_millis();
        let is_crowded = !times.waited.is_zero() && times.waited * limits::JOB_CROWDED_FROM >= times.ran;
        Some(is_selling && is_crowded)
    }
}

/// Rests for what is due after so much work.
fn rests(worked: Duration, goes_on: impl Fn() -> bool) {
    let (begun, due) = (Instant::now(), rest_after(worked));
    while goes_on() {
        let left = due.saturating_sub(begun.elapsed());
        if left.is_zero() {
            break;
        }
        thread::sleep(left.min(LOOK));
    }
}

/// How long a job rests, when it has worked so long.
fn rest_after(worked: Duration) -> Duration {
    worked.saturating_mul(limits::JOB_RESTS).min(limits::JOB_RESTS_MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use holdfast_testkit::MemoryStorage;
    use holdfast_wal::{Options, Recovered, Storage};

    use super::*;

    #[test]
    fn a_rest_is_several_times_the_work_and_bounded() {
        let ms = Duration::from_millis;
        assert_eq!(
            [0, 1, 20, 500, u64::MAX].map(|worked| rest_after(ms(worked))),
            [0, 9, 180, 1_000, 1_000].map(ms)
        );
    }

    #[test]
    fn a_job_rests_in_a_rush_alone_until_that_is_over_or_it_is_to_stop() {
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
        let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
        let (log, _committer) = Log::start(storage, recovered, Options::default(), Box::new(|_| {})).unwrap();
        let (rush, looks) = (Rush::default(), Cell::new(0));
        let pace = Pace::new(&rush, &log, || None);
        let looks_until = |now: At, go_on: u32| {
            looks.set(0);
            let minute = Duration::from_secs(60);
            pace.began.set(Mark { at: Instant::now().checked_sub(minute).unwrap(), ..pace.mark() });
            let goes_on = || {
                looks.set(looks.get() + 1);
                looks.get() < go_on
            };
            pace.rest(|| now, goes_on);
            looks.get()
        };
        assert_eq!(looks_until(At(1_000), 3), 0, "nothing was refused");
        rush.refused(1);
        assert_eq!(looks_until(At(2_000), 3), 3, "it is to stop at the third look");
        assert_eq!(looks_until(At(2_000 + limits::RUSH_LASTS.0), 3), 0, "the rush is over");
    }

    #[test]
    fn a_job_is_in_the_way_where_it_waits_for_a_processor_and_something_is_sold() {
        let (at, ms) = (Instant::now(), Duration::from_millis);
        let mark = |after, times: Option<(u64, u64)>, appended| Mark {
            at: at + ms(after),
            times: times.map(|(ran, waited)| ThreadTimes { ran: ms(ran), waited: ms(waited) }),
            appended: Lsn(appended),
        };
        let began = mark(0, Some((1_000, 500)), 70);
        let was = |after, times, records: u64| mark(after, times, 70 + records).was_in_the_way(&began);
        assert_eq!(was(100, Some((1_060, 540)), 1_000), Some(true));
        assert_eq!(was(100, Some((1_050, 501)), 10), Some(true), "a fiftieth of it, a hundred a second");
        assert_eq!(was(100, Some((1_051, 501)), 10), Some(false), "it hardly waits");
        assert_eq!(was(100, Some((1_040, 540)), 9), Some(false), "hardly anything is sold");
        assert_eq!(was(100, Some((1_019, 540)), 1_000), None, "it hardly ran yet");
        assert_eq!(was(1_000, Some((1_019, 540)), 1_000), Some(true));
        assert_eq!(was(1_000, Some((1_000, 500)), 1_000), Some(false), "it waited for something else");
        assert_eq!(was(1_000, None, 1_000), None, "nothing is known of the processors");
    }
}
