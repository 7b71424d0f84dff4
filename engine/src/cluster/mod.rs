//! A node of a shard whose log several machines have: it follows that log into its own directory, and takes over when the owner is silent.
//!
//! A node that follows has an engine, which takes in what has come into the log of this machine and is durable there, and which is read
//! from: [`crate::Engine::open_node`]. To take over is to be agreed upon as the owner, which proves that the directory has everything; the
//! engine then takes in the rest, and sells. What it appends goes to the replicated log first; once a majority has it there, it goes to the
//! log of this machine, and once that has it on its disk, clients are told. An owner that is fenced answers nobody any more: its log tells
//! of it as of a failed disk, the process ends, and the next one follows. Its directory is a beginning of the log, so that nothing in it
//! has to be cut off.

mod driver;
mod home;
mod kept;
mod scrubbing;
mod trimming;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use holdfast_replica::{Epoch, Member, NAME_BYTES_MAX, Timing};
use holdfast_wal::Storage;

use crate::catalogue::Code;
use crate::clock::Clock;
use crate::jobs::Job;
use crate::journal::append::{End, Quorum};
use crate::node::{ClusterView, NodeWay, Over, Standing};
use crate::numbers::Millis;

pub use driver::Port;
pub use home::GENESIS_FILE;
pub use scrubbing::OpenCopies;

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
    /// For how long reads are answered by a node that does not know the end of the log, milliseconds.
    pub max_staleness: Millis<u64>,
    /// An owner has the replicated log forget what is older, if it is in two snapshots of its own; milliseconds.
    pub keep: Millis<u64>,
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

/// A running node.
pub struct Cluster {
    way: NodeWay,
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
        let view = ClusterView::new(&settings.member, settings.max_staleness, Arc::clone(&clock));
        let quorum = Quorum::default();
        let port = open(quorum.clone());
        let (own, shown, storage) = (quorum.clone(), view.clone(), Arc::clone(storage));
        let work = move || {
            let driven = || driver::drive(&storage, settings, (clock, port), &own, &shown);
            let over = catch_unwind(AssertUnwindSafe(driven))
                .unwrap_or_else(|_| Over::failed(Code::DEFECT, "the thread that drives the node panicked"));
            if let Over::Failed { code, why } = &over {
                tracing::error!(%code, %why, "the node is at its end");
            }
            // Whoever hears of the end from the log of the engine finds the reason.
            shown.meter().ends(&over);
            // An engine that is still there gets nothing more done.
            own.is_over(if over == Over::HandedOver { End::HandedOver } else { End::Cut((&over).into()) });
            shown.shows(Standing::Over(over), Epoch(shown.figures().epoch));
        };
        let thread = std::thread::Builder::new().name("cluster".to_owned()).spawn(work)?;
        Ok(Self { way: NodeWay { quorum, view }, thread: Some(thread) })
    }

    /// What it is at the moment.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.way.view.standing()
    }

    /// Waits until it is something that is meant, for at most so long.
    pub fn wait(&self, patience: Duration, is_it: impl Fn(&Standing) -> bool) -> Option<Standing> {
        self.way.view.wait(patience, is_it)
    }

    /// What its engine needs: [`crate::Engine::open_node`].
    #[must_use]
    pub const fn way(&self) -> &NodeWay {
        &self.way
    }

    /// What it shows of itself to others.
    #[must_use]
    pub const fn view(&self) -> &ClusterView {
        &self.way.view
    }

    /// The way between the node and its engine.
    #[must_use]
    pub const fn quorum(&self) -> &Quorum {
        &self.way.quorum
    }

    /// The job that reads all copies of the log and compares them with what this node has in its directory.
    #[must_use]
    pub fn scrubbing(&self, storage: &Arc<dyn Storage>, open: OpenCopies) -> Arc<dyn Job> {
        let (quorum, storage) = (self.way.quorum.clone(), Arc::clone(storage));
        Arc::new(scrubbing::ScrubLog { quorum, storage, open })
    }

    /// How many messages of the log did not count, since the start.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.way.view.passed_total()
    }

    /// Ends the node, and waits for that. An engine that appends to it has to be stopped before, which hands the log over; without one, an
    /// owner hands it over now if the log answers soon.
    #[must_use]
    pub fn stop(mut self) -> Over {
        self.way.view.stop();
        self.way.quorum.wake();
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
        self.way.view.stop();
        self.way.quorum.wake();
    }
}
