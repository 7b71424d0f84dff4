//! A node of a shard whose log several machines have: it follows that log into its own directory, and takes over when the owner is silent.
//!
//! A standby is a directory that grows as the log does. To take over is to be agreed upon as the owner, which proves that the directory has
//! everything, and then to open an engine on it as at any start: [`crate::Engine::open_owner`]. What the engine appends goes to the
//! replicated log first; once a majority has it there, it goes to the log of this machine, and once that has it on its disk, clients are
//! told. An owner that is fenced answers nobody any more: its log tells of it as of a failed disk, the process ends, and the next one
//! follows. Its directory is a beginning of the log, so that nothing in it has to be cut off.

mod driver;
mod meter;
mod home;
mod kept;
mod outcome;
mod view;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use holdfast_replica::{Member, NAME_BYTES_MAX, Timing};
use holdfast_wal::{Options, Storage};

use crate::catalogue::Code;
use crate::clock::Clock;
use crate::journal::append::{End, Quorum};
use view::View;

pub use driver::Port;
pub use meter::{ClusterRole, ClusterStats, LogCopy, LogSeen};
pub use home::GENESIS_FILE;
pub use outcome::{Over, Standing};

/// A message counts them in one byte, and more copies than a few serve nothing.
const CANDIDATES_MAX: usize = 16;

/// Who a node is, and how it does its work.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name and address, and who may take over.
    pub member: Member,
    /// How long it is patient.
    pub timing: Timing,
    /// The number of the shard: the log has to be of the same.
    pub shard: u32,
    /// The log of this machine while the node follows.
    pub log: Options,
}

impl Settings {
    fn check(&self) -> io::Result<()> {
        let Member { name, address, candidates } = &self.member;
        let is_long = |text: &str| text.is_empty() || text.len() > NAME_BYTES_MAX;
        let long = [name, address].into_iter().chain(candidates).find(|text| is_long(text));
        let fault = match (self.timing.fault(), long) {
            (Some(fault), _) => fault.to_owned(),
            (None, Some(text)) => {
                format!("a name or an address has 1 to {NAME_BYTES_MAX} bytes, and not as this one: {text}")
            }
            (None, None) if candidates.len() > CANDIDATES_MAX => {
                format!("a shard has {CANDIDATES_MAX} candidates at most, and not {}", candidates.len())
            }
            (None, None) => return Ok(()),
        };
        Err(io::Error::new(io::ErrorKind::InvalidInput, fault))
    }
}

/// A way to look at a node, as long as anybody wants: also when it has ended. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ClusterWatch(Arc<View>);

impl ClusterWatch {
    /// How the node does now.
    #[must_use]
    pub fn stats(&self) -> ClusterStats {
        self.0.meter.stats()
    }

    /// Why the node is at its end, if it is.
    #[must_use]
    pub fn over(&self) -> Option<Over> {
        self.0.meter.over().cloned()
    }

    /// Notes what the servers of the log say of it; `None`: they do not answer.
    pub fn log_is(&self, seen: Option<LogSeen>) {
        self.0.meter.log(seen);
    }
}

/// A running node.
pub struct Cluster {
    quorum: Quorum,
    view: Arc<View>,
    thread: Option<JoinHandle<()>>,
}

impl Cluster {
    /// Starts a node on a directory that is empty or one of this log. `clock` decides how soon it tries to take over, and nothing else. `open` gives it the way to the log; it may let [`Quorum::wake`] be
    /// called whenever the way has something to tell.
    ///
    /// # Errors
    /// If the settings cannot work, or the operating system gives no thread.
    pub fn start(
        storage: &Arc<dyn Storage>,
        settings: Settings,
        clock: Arc<dyn Clock>,
        open: impl FnOnce(Quorum) -> Port,
    ) -> io::Result<Self> {
        settings.check()?;
        let (quorum, view) = (Quorum::default(), Arc::new(View::new(&settings.member.name)));
        let port = open(quorum.clone());
        let (own, shown, storage) = (quorum.clone(), Arc::clone(&view), Arc::clone(storage));
        let work = move || {
            let driven = || driver::drive(&storage, settings, (clock, port), &own, &shown);
            let over = catch_unwind(AssertUnwindSafe(driven))
                .unwrap_or_else(|_| Over::failed(Code::DEFECT, "the thread that drives the node panicked"));
            if let Over::Failed { code, why } = &over {
                tracing::error!(%code, %why, "the node is at its end");
            }
            // Whoever hears of the end from its engine finds the reason.
            shown.meter.ends(&over);
            // An engine that is still there gets nothing more done.
            own.is_over(if over == Over::HandedOver { End::HandedOver } else { End::Cut((&over).into()) });
            shown.shows(Standing::Over(over));
        };
        let thread = std::thread::Builder::new().name("cluster".to_owned()).spawn(work)?;
        Ok(Self { quorum, view, thread: Some(thread) })
    }

    /// What it is at the moment.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.view.standing()
    }

    /// Waits until it is something that is meant, for at most so long.
    pub fn wait(&self, patience: Duration, is_it: impl Fn(&Standing) -> bool) -> Option<Standing> {
        self.view.wait(patience, is_it)
    }

    /// The log that the engine of an owner appends to.
    #[must_use]
    pub const fn quorum(&self) -> &Quorum {
        &self.quorum
    }

    /// A way to look at it that does not keep it.
    #[must_use]
    pub fn watch(&self) -> ClusterWatch {
        ClusterWatch(Arc::clone(&self.view))
    }

    /// How many messages of the log did not count, since the start.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.view.meter.passed()
    }

    /// Ends the node, and waits for that. An engine that appends to it has to be stopped before, which hands the log over; without one, an
    /// owner hands it over now if the log answers soon.
    #[must_use]
    pub fn stop(mut self) -> Over {
        self.view.stop();
        self.quorum.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        match self.standing() {
            Standing::Over(over) => over,
            Standing::Joining | Standing::Follower { .. } | Standing::Owner(_) => Over::Stopped,
        }
    }
}

impl Drop for Cluster {
    /// Whoever forgets to wait for its end has it end all the same.
    fn drop(&mut self) {
        self.view.stop();
        self.quorum.wake();
    }
}
