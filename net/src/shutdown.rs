//! Stopping a server: a signal to everything that serves, and the proof that all of it has ended.
//!
//! Everything that serves holds a [`Watch`]. When the last one is dropped, nothing serves any more, however it ended:
//! by itself, cut off, by a panic, or with its thread.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

/// How far a server is with stopping.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Phase {
    /// The server does not stop.
    Serve,
    /// Nothing new is taken; what is in flight is answered.
    Finish,
    /// Everything ends at once.
    Cut,
}

/// The side that stops.
#[derive(Debug)]
pub(crate) struct Stop {
    phase: watch::Sender<Phase>,
    gone: mpsc::Receiver<Infallible>,
}

/// The side that is stopped.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    phase: watch::Receiver<Phase>,
    /// Never sent on: dropping it is the message.
    alive: mpsc::Sender<Infallible>,
}

/// The way to a [`Watch`] for somebody who is not waited for.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    phase: watch::Receiver<Phase>,
    alive: mpsc::WeakSender<Infallible>,
}

pub(crate) fn shutdown() -> (Stop, Watch) {
    let (sender, phase) = watch::channel(Phase::Serve);
    let (alive, gone) = mpsc::channel(1);
    (Stop { phase: sender, gone }, Watch { phase, alive })
}

impl Stop {
    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Waits until every [`Watch`] is dropped; `false` if that takes longer than `most`.
    pub(crate) async fn all_gone(&mut self, most: Duration) -> bool {
        tokio::time::timeout(most, self.gone.recv()).await.is_ok()
    }
}

impl Visitor {
    /// A watch, as long as nothing stops.
    pub(crate) fn watch(&self) -> Option<Watch> {
        let alive = self.alive.upgrade()?;
        (*self.phase.borrow() == Phase::Serve).then(|| Watch { phase: self.phase.clone(), alive })
    }
}

impl Watch {
    pub(crate) fn visitor(&self) -> Visitor {
        Visitor { phase: self.phase.clone(), alive: self.alive.downgrade() }
    }

    /// Waits for this phase or a later one. If the [`Stop`] is dropped, that counts as [`Phase::Cut`].
    pub(crate) async fn reached(&mut self, phase: Phase) {
        let _ = self.phase.wait_for(|now| *now >= phase).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn gone_means_that_every_watch_was_dropped() {
        let (mut stop, mut watch) = shutdown();
        let other = watch.clone();
        assert!(!stop.all_gone(Duration::from_millis(10)).await);
        stop.enter(Phase::Finish);
        watch.reached(Phase::Finish).await;
        drop(watch);
        assert!(!stop.all_gone(Duration::from_millis(10)).await);
        drop(other);
        assert!(stop.all_gone(Duration::from_secs(10)).await);
    }

    #[tokio::test]
    async fn a_visitor_is_not_waited_for_and_comes_no_more_when_the_server_stops() {
        let (mut stop, watch) = shutdown();
        let visitor = watch.visitor();
        let inside = visitor.watch();
        assert!(inside.is_some());
        stop.enter(Phase::Finish);
        assert!(visitor.watch().is_none());
        drop((watch, inside));
        assert!(stop.all_gone(Duration::from_secs(600)).await);
        assert!(visitor.watch().is_none());
    }
}
