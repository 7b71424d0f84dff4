//! Whether the threads of the engine go on. Each says what it is at, in one relaxed store; who wants to know compares two looks.
//!
//! No clock is read, and nobody waits. A thread that reads or writes files is not expected to go on: a disk may hang for as long as it
//! likes, and to end the process would not help.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use actix_rt::ArbiterHandle;

/// What a thread is at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doing {
    /// It waits for something to do.
    Waits,
    /// It has something to do, and should be done with it soon.
    Works,
    /// It reads or writes files, or may: that takes as long as the disk takes.
    Files,
    /// It has ended, though the process goes on.
    Ended,
}

/// A thread as it was at a look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Beat {
    /// Its name.
    pub thread: Arc<str>,
    /// What it is at.
    pub doing: Doing,
    /// Another number whenever it has gone on.
    pub turn: u64,
}

impl Beat {
    /// Whether a thread that was like this at two looks has not gone on between them, though it should have.
    #[must_use]
    pub const fn should_go_on(&self) -> bool {
        matches!(self.doing, Doing::Works | Doing::Ended)
    }
}

/// Of a thread, for itself. Dropped, the thread has ended.
#[derive(Default, Debug)]
pub(crate) struct Pulse(Arc<AtomicU64>);

/// Of a thread, for others.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    thread: Arc<str>,
    pulse: Arc<AtomicU64>,
}

impl Pulse {
    /// For those who look at this thread.
    pub(crate) fn watched(&self, thread: &str) -> Watched {
        Watched { thread: thread.into(), pulse: Arc::clone(&self.0) }
    }

    pub(crate) fn waits(&self) {
        self.is(Doing::Waits);
    }

    pub(crate) fn works(&self) {
        self.is(Doing::Works);
    }

    /// From now on the thread may be at files.
    pub(crate) fn files(&self) {
        self.is(Doing::Files);
    }

    /// Nobody else writes: a load and a store are enough.
    fn is(&self, doing: Doing) {
        let turn = self.0.load(Ordering::Relaxed) >> 2;
        self.0.store((turn + 1) << 2 | doing as u64, Ordering::Relaxed);
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.is(Doing::Ended);
    }
}

impl Watched {
    pub(crate) fn beat(&self) -> Beat {
        let pulse = self.pulse.load(Ordering::Relaxed);
        let doing = match pulse & 3 {
            0 => Doing::Waits,
            1 => Doing::Works,
            2 => Doing::Files,
            _ => Doing::Ended,
        };
        Beat { thread: Arc::clone(&self.thread), doing, turn: pulse >> 2 }
    }
}

/// Of a thread that serves connections and events. What it does costs no store: it is asked to answer, at each look.
#[derive(Debug)]
pub(crate) struct Asked {
    thread: Arc<str>,
    /// Set while it commits by itself.
    commits: Arc<AtomicBool>,
    /// Set until it has answered.
    waits: Arc<AtomicBool>,
    answers: Arc<AtomicU64>,
}

impl Asked {
    pub(crate) fn new(thread: &str) -> Self {
        Self {
            thread: thread.into(),
            commits: Arc::default(),
            waits: Arc::default(),
            answers: Arc::default(),
        }
    }

    /// For the thread, to be set while it is at files.
    pub(crate) fn commits(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.commits)
    }

    /// Looks whether it has answered, and asks again if it has.
    pub(crate) fn beat(&self, arbiter: &ArbiterHandle) -> Beat {
        let doing = if !self.waits.swap(true, Ordering::AcqRel) {
            let (waits, answers) = (Arc::clone(&self.waits), Arc::clone(&self.answers));
            arbiter.spawn_fn(move || {
                answers.fetch_add(1, Ordering::Relaxed);
                waits.store(false, Ordering::Release);
            });
            Doing::Waits
        } else if self.commits.load(Ordering::Relaxed) {
            Doing::Files
        } else {
            Doing::Works
        };
        Beat { thread: Arc::clone(&self.thread), doing, turn: self.answers.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_that_a_thread_is_at_is_seen_and_is_another_turn() {
        let pulse = Pulse::default();
        let watched = pulse.watched("one");
        let seen = |step: fn(&Pulse)| {
            step(&pulse);
            let beat = watched.beat();
            (beat.doing, beat.turn, beat.should_go_on())
        };
        assert_eq!(seen(|_| ()), (Doing::Waits, 0, false));
        assert_eq!(seen(Pulse::works), (Doing::Works, 1, true));
        assert_eq!(seen(Pulse::files), (Doing::Files, 2, false));
        assert_eq!(seen(Pulse::works), (Doing::Works, 3, true));
        assert_eq!(seen(Pulse::waits), (Doing::Waits, 4, false));
        drop(pulse);
        let beat = watched.beat();
        assert_eq!((beat.doing, &*beat.thread, beat.should_go_on()), (Doing::Ended, "one", true));
    }
}
