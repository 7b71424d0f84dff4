//! Whether the threads of the engine go on, by what they are at from look to look.
//!
//! Looks are counted, and no clock is read: a process that was stopped for an hour, or a machine that is too busy to look, makes nobody
//! stuck.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use holdfast_engine::Beat;

use crate::limits;

/// What each thread was at, at the last look, and since how many looks.
pub(crate) struct Liveness {
    /// After so many looks without going on, a thread is stuck.
    looks: u64,
    seen: Mutex<BTreeMap<Arc<str>, (Beat, u64)>>,
}

impl Liveness {
    /// A thread is stuck that has not gone on for so long, in looks each [`limits::LOOK_EVERY`].
    pub(crate) fn new(after: Duration) -> Self {
        let looks = after.as_millis().div_ceil(limits::LOOK_EVERY.as_millis());
        Self { looks: u64::try_from(looks).unwrap_or(u64::MAX).max(1), seen: Mutex::default() }
    }

    /// Takes in what the threads are at now; none while the server does not run.
    pub(crate) fn look(&self, beats: Vec<Beat>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut then = std::mem::take(&mut *seen);
        for beat in beats {
            let stays = then.remove(&beat.thread).filter(|(then, _)| beat.should_go_on() && *then == beat);
            let looks = stays.map_or(0, |(_, looks)| looks + 1);
            if looks == self.looks {
                let doing = format!("{:?}", beat.doing);
                tracing::error!(
                    thread = &*beat.thread,
                    doing,
                    "a thread does not go on: /livez says so until it does"
                );
            }
            seen.insert(Arc::clone(&beat.thread), (beat, looks));
        }
    }

    /// The threads that are stuck, by name.
    pub(crate) fn stuck(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let stuck = seen.values().filter(|(_, looks)| *looks >= self.looks);
        stuck.map(|(beat, _)| beat.thread.to_string()).collect()
    }
}

#[cfg(test)]
mod tests {
    use holdfast_engine::Doing;

    use super::*;

    fn beat(thread: &str, doing: Doing, turn: u64) -> Beat {
        Beat { thread: thread.into(), doing, turn }
    }

    #[test]
    fn a_thread_is_stuck_that_should_go_on_and_does_not() {
        let liveness = Liveness::new(3 * limits::LOOK_EVERY);
        for turn in 0..10 {
            liveness.look(vec![
                beat("stuck", Doing::Works, 1),
                beat("busy", Doing::Works, turn),
                beat("idle", Doing::Waits, 1),
                beat("at the disk", Doing::Files, 1),
                beat("ended", Doing::Ended, 7),
            ]);
            let expected: &[&str] = if turn >= 3 { &["ended", "stuck"] } else { &[] };
            assert_eq!(liveness.stuck(), expected, "at look {turn}");
        }
        // It goes on, and is at the disk then.
        liveness.look(vec![beat("stuck", Doing::Files, 2), beat("ended", Doing::Ended, 7)]);
        assert_eq!(liveness.stuck(), ["ended"]);
        liveness.look(Vec::new());
        assert!(liveness.stuck().is_empty(), "a server that stops is not looked at");
    }
}
