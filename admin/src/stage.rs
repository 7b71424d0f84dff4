//! How far the server is, from its start to its end, and what there is of it meanwhile.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use holdfast_engine::{At, Beat, Condition, Engine, EngineStats, Mode, Progress};
use holdfast_net::Front;
use holdfast_net::inside::Inside;

/// What the admin port asks while the server runs.
#[derive(Clone)]
pub struct Handles {
    /// The engine. It is let go of by [`Stage::ends`], so that it can be stopped.
    pub engine: Arc<Engine>,
    /// The figures of the other port.
    pub front: Front,
    /// The way to its connections.
    pub inside: Inside,
    /// Where it listens for those of the network.
    pub address: SocketAddr,
    /// Its backups, if it has a place for them.
    pub backups: Option<Arc<dyn Backups>>,
    /// What the reconciliations say that count. It reads all executions.
    pub reconciled: fn(&Engine, &EngineStats) -> Reconciled,
}

/// What the reconciliations with providers of payments say that count.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Reconciled {
    /// Differences that somebody has to settle.
    pub open: u64,
    /// Since when the next one is awaited; 0 if none is.
    pub awaited_since: At,
}

/// The backups of a server, which another node may copy. The medium may be slow: they are asked on a thread that may wait.
pub trait Backups: Send + Sync {
    /// The names of the files at their place.
    ///
    /// # Errors
    /// What the medium says.
    fn names(&self) -> io::Result<Vec<String>>;

    /// A piece of a file from there on; empty at its end.
    ///
    /// # Errors
    /// `NotFound` if there is no such file of a backup; otherwise what the medium says.
    fn piece(&self, path: &str, from: u64) -> io::Result<Vec<u8>>;
}

/// How far the server is. Whoever starts and stops the server tells it; the admin port looks.
#[derive(Default)]
pub struct Stage {
    progress: Progress,
    handles: RwLock<Option<Handles>>,
    stopping: AtomicBool,
}

/// What the server is doing, apart from what it refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    Recovering,
    Running,
    Stopping,
}

impl Stage {
    /// For the recovery, which tells how far it is.
    #[must_use]
    pub const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The server takes connections.
    pub fn runs(&self, handles: Handles) {
        *self.handles.write().unwrap_or_else(PoisonError::into_inner) = Some(handles);
    }

    /// The server was asked to end. What there is of it stays until [`Stage::ends`].
    pub fn stops(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.look(|handles| handles.engine.stopping());
    }

    /// The engine is to end: waits until no look at it is under way. Nobody sees it from now on.
    pub fn ends(&self) {
        self.stops();
        *self.handles.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn phase(&self) -> Phase {
        if self.stopping.load(Ordering::Relaxed) {
            return Phase::Stopping;
        }
        match *self.handles.read().unwrap_or_else(PoisonError::into_inner) {
            Some(_) => Phase::Running,
            None => Phase::Recovering,
        }
    }

    /// What the server does or refuses, in one word: that of its `INFO`, while there is one.
    pub(crate) fn mode(&self) -> &'static str {
        let condition = match self.phase() {
            Phase::Stopping => Condition::Stopping,
            Phase::Recovering => Condition::Recovering,
            Phase::Running => {
                let condition = self.look(|handles| handles.engine.condition());
                condition.unwrap_or(Condition::Running(Mode::Normal))
            }
        };
        condition.word()
    }

    /// What the threads of the server are at, while it runs.
    pub(crate) fn beats(&self) -> Vec<Beat> {
        let running = (self.phase() == Phase::Running).then(|| self.look(|handles| handles.engine.beats()));
        running.flatten().unwrap_or_default()
    }

    /// Looks at the server, if it is there. The look must be short, and hand out nothing that keeps the engine from ending.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Handles) -> T) -> Option<T> {
        self.handles.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(look)
    }
}
