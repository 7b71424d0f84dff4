//! How jobs keep out of the way of sales.
//!
//! The thread of jobs has a low priority, so that sales have the processors first. And while commands are refused as more comes than can be
//! served, a job rests most of the time: what it reads and what it takes of caches and memory is then too much as well.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use crate::journal::rush::Rush;
use crate::limits;
use crate::numbers::At;

/// Between two looks of a job that rests.
const LOOK: Duration = Duration::from_millis(50);

/// Lowers the priority of this thread, and so of those that it starts.
pub(crate) fn stands_back() {
    // On Linux it is the priority of this thread alone. Where it cannot be lowered, the rest holds all the same.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(limits::JOBS_NICENESS);
}

/// The pace of a job.
pub(super) struct Pace<'a> {
    rush: &'a Rush,
    works_since: Cell<Instant>,
}

impl<'a> Pace<'a> {
    pub(super) fn new(rush: &'a Rush) -> Self {
        Self { rush, works_since: Cell::new(Instant::now()) }
    }

    /// Rests as long as it has to, or until the rush is over or the job no longer `goes_on`. `now` is the time of the engine.
    pub(super) fn rest(&self, now: impl Fn() -> At, goes_on: impl Fn() -> bool) {
        let due = rest_after(self.works_since.get().elapsed());
        let begun = Instant::now();
        while self.rush.is_on(now()) && goes_on() {
            let left = due.saturating_sub(begun.elapsed());
            if left.is_zero() {
                break;
            }
            thread::sleep(left.min(LOOK));
        }
        self.works_since.set(Instant::now());
    }
}

/// How long a job rests in a rush, when it has worked so long.
fn rest_after(worked: Duration) -> Duration {
    worked.saturating_mul(limits::JOB_RESTS).min(limits::JOB_RESTS_MAX)
}

#[cfg(test)]
mod tests {
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
        let (rush, looks) = (Rush::default(), Cell::new(0));
        let pace = Pace::new(&rush);
        let looks_until = |now: At, go_on: u32| {
            looks.set(0);
            pace.works_since.set(Instant::now().checked_sub(Duration::from_secs(60)).unwrap());
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
}
