//! What a running engine does or refuses.

use super::Engine;
use crate::life::condition::Condition;
use crate::life::follow::Intake;
use crate::pulse::{Beat, Doing, Watched};
use crate::system::Mode;

impl Engine {
    /// What the process refuses as a whole, now.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.books.system.mode()
    }

    /// What the process does or refuses now.
    #[must_use]
    pub fn condition(&self) -> Condition {
        self.books.system.condition()
    }

    /// What its threads are at, those of its feeds among them. To be looked at again and again: a thread that serves connections is
    /// asked for an answer at one look, and seen to have given it at the next.
    #[must_use]
    pub fn beats(&self) -> Vec<Beat> {
        let watches = self.watches.watched().chain([
            self.books.system.watched(),
            self.jobs.watched(),
            self.books.audit.watched(),
        ]);
        let intake = self.books.intake.iter().map(Intake::watched);
        let others =
            self.router.hub().watched().iter().chain(self.background.watched()).chain(watches).chain(intake);
        self.arbiters.beats().chain([self.committer_beat()]).chain(others.map(Watched::beat)).collect()
    }

    /// All that the committer does is at files, or waits for something to do there.
    fn committer_beat(&self) -> Beat {
        let doing = if self.committer.is_finished() { Doing::Ended } else { Doing::Files };
        Beat { thread: "wal-committer".into(), doing, turn: 0 }
    }

    /// Whether commands were refused a moment ago as more comes than can be served, whatever else is wrong.
    #[must_use]
    pub fn is_overloaded(&self) -> bool {
        self.books.system.is_overloaded()
    }

    /// Notes that the process was asked to end: whoever asks what it does is told so.
    pub fn stopping(&self) {
        self.books.system.stopping();
    }
}
