//! What a running engine does or refuses.

use super::Engine;
use crate::life::condition::Condition;
use crate::pulse::{Beat, Doing, Watched};
use crate::system::Mode;

impl Engine {
    /// What the process refuses as a whole, now.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.system.mode()
    }

    /// What the process does or refuses now.
    #[must_use]
    pub fn condition(&self) -> Condition {
        self.system.condition()
    }

    /// What its threads are at, those of its feeds among them. To be looked at again and again: a thread that serves connections is
    /// asked for an answer at one look, and seen to have given it at the next.
    #[must_use]
    pub fn beats(&self) -> Vec<Beat> {
        let asked = self.asked.iter().zip(&self.arbiters);
        let asked = asked.map(|(asked, arbiter)| asked.beat(&arbiter.handle()));
        let watches = self.memory_watch.watched().into_iter().chain([self.system.watched()]);
        let others = self.router.hub().watched().iter().chain(self.background.watched()).chain(watches);
        asked.chain([self.committer_beat()]).chain(others.map(Watched::beat)).collect()
    }

    /// The committer has something to do while there is a record that is not durable; it is at the disk while a group is on its way
    /// there, and not expected to go on while the log takes nothing.
    fn committer_beat(&self) -> Beat {
        let log = self.router.log();
        let (pressure, durable) = (log.pressure(), log.durable());
        let doing = if self.committer.is_finished() {
            Doing::Ended
        } else if pressure.stalled || pressure.takes_nothing() {
            Doing::Files
        } else if durable < log.appended() {
            Doing::Works
        } else {
            Doing::Waits
        };
        Beat { thread: "wal-committer".into(), doing, turn: durable.0 }
    }

    /// Notes that the process was asked to end: whoever asks what it does is told so.
    pub fn stopping(&self) {
        self.system.stopping();
    }
}
