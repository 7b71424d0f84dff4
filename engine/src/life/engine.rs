//! Opening and closing the engine: identity, snapshots, log, recovery, threads, in this order, and back.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread::JoinHandle;

use actix_rt::ArbiterHandle;
use holdfast_snapshots::Store;
use holdfast_wal::{KeptSegment, Log, Options, Poisoned, Storage};
use parking_lot::Mutex;

use crate::actor::{Policy, SharedSystem, SystemCore};
use crate::audit::{AuditNotes, Trail};
use crate::breaker::PaymentPolicy;
use crate::feed::Hub;
use crate::front::directory::Directory;
use crate::front::router::{Router, Shared};
use crate::front::streams::groups::GroupsKeep;
use crate::groups::GroupDesk;
use crate::jobs::Jobs;
use crate::journal::acknowledged::Acknowledged;
use crate::journal::append::{Journal, NotOwner};
use crate::journal::archive::Archive;
use crate::journal::memory::{MemoryGauge, MemoryLimit};
use crate::life::audit::{self, AuditWatch};
use crate::life::background::{Background, CheckpointPolicy, Found, Waiting};
use crate::life::follow::Intake;
use crate::life::identity::{Identity, IdentityError};
use crate::life::jobs::{self, Runner};
use crate::life::memory_watch::MemoryWatch;
use crate::life::payments::PaymentWatch;
use crate::life::sync_probe::SyncProbe;
use crate::life::system_watch::SystemWatch;
use crate::life::waking::{Calls, bring_on_duty};
use crate::node::NodeWay;
use crate::notices::NoticeDesk;
use crate::numbers::{At, Millis};
use crate::pulse::Watched;
use crate::restore::checkpoint::{Checkpointer, LettingGo};
use crate::restore::past::Past;
use crate::restore::progress::Progress;
use crate::restore::recovery::{Lost, Recovery, RecoveryError, RecoveryReport, Snapshots};
use crate::restore::rehearsal::Rehearsal;
use crate::state::TableSeed;
use crate::system::{GroupBounds, Why};

mod branch;
mod doing;
mod handed;
mod stats;
mod there;
mod threads;
mod told;

pub use branch::RESTORE;
use handed::{Memories, begins, beside, probe, told};
pub use stats::EngineStats;
use there::There;
use threads::Arbiters;

/// What an operator may choose.
#[derive(Clone, Debug)]
pub struct Config {
    /// Threads for events and connections, at least 1.
    pub threads: usize,
    /// For how long answers and closed records are remembered.
    pub policy: Policy,
    /// When a snapshot is due.
    pub checkpoint: CheckpointPolicy,
    /// Sizes and times of the log.
    pub log: Options,
    /// How far ahead of the newest record the wall clock may be at start.
    pub clock_ahead: Millis<u64>,
    /// Whether an event that cannot be brought back refuses the start, instead of being out of service by itself.
    pub all_or_nothing: bool,
    /// How much memory the process may use; `None`: as much as it gets.
    pub memory: Option<MemoryLimit>,
    /// When a provider of payments counts as disturbed, and what is done then.
    pub payments: PaymentPolicy,
    /// How many consumer groups there may be, and how much of each that is not acknowledged.
    pub groups: GroupBounds,
}

/// Why the engine did not start. Nothing of the directory was changed, unless the log says that a torn tail was cut.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory is no data directory, or one of another version.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The snapshots cannot be looked at.
    #[error(transparent)]
    Snapshots(#[from] holdfast_snapshots::ReadError),
    /// The log cannot be used.
    #[error(transparent)]
    Log(#[from] holdfast_wal::OpenError),
    /// The events cannot be brought back.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// The wall clock is so far ahead of the log that it is probably wrong. A start would expire everything that
    /// waits for a deadline, and could not be undone, as times in the log never run backwards.
    #[error("the clock is at {wall_at} ms, {} ms after the newest record; at most {allowed} are allowed", wall_at.since(*newest_at))]
    ClockAhead {
        /// The wall clock.
        wall_at: At,
        /// The newest record.
        newest_at: At,
        /// By how much the clock may be ahead.
        allowed: Millis<u64>,
    },
    /// An event cannot be brought back, and all or nothing was asked for.
    #[error("{0}; recovery.all_or_nothing refuses the start")]
    Lost(Lost),
    /// The replicated log cannot be appended to.
    #[error(transparent)]
    NotOwner(#[from] NotOwner),
    /// The disk cannot be written.
    #[error("the disk cannot be written: {0}")]
    Disk(io::Error),
    /// A thread could not be started.
    #[error("failed to start a thread: {0}")]
    Thread(io::Error),
}

/// Called once, from the committer's thread, when the log has failed: the process must end, answering nothing more.
pub type OnFailure = Box<dyn Fn(&Poisoned) + Send + Sync>;

/// The running engine.
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// use holdfast_engine::{
///     Answer, Ask, CheckpointPolicy, Config, Engine, KeyRef, Millis, NameRef, Places, Policy, Reply, Seats, Write,
/// };
/// # use holdfast_wal::{DiskStorage, Options, Storage};
/// # let directory = holdfast_testkit::TempDir::new();
/// # let policy = Policy { retention: Millis(1_000), refusals_max: 10, recovery_grace: Millis(0), record_retention: Millis(1_000) };
/// # let checkpoint = CheckpointPolicy::default();
/// # let log = Options { slow_sync: std::time::Duration::MAX, reserve_bytes: 0, ..Options::default() };
/// # let config = Config { threads: 1, policy, checkpoint, log, clock_ahead: Millis(u64::MAX), all_or_nothing: false, memory: None, payments: Default::default(), groups: Default::default() };
/// # let fresh = [7; 32];
/// # fn name(text: &str) -> NameRef<'_> { NameRef::new(text.as_bytes()).expect("a name of printable characters") }
/// # fn key(text: &str) -> KeyRef<'_> { KeyRef::new(text.as_bytes()).expect("a key of printable characters") }
///
/// let storage: Arc<dyn Storage> = Arc::new(DiskStorage::open(directory.path())?);
/// actix_rt::System::new().block_on(async {
///     let engine = Engine::open(&storage, &config, fresh, Box::new(|_| std::process::abort()))?;
///     let router = engine.router().clone();
///     let (done, replies) = tokio::sync::oneshot::channel();
///     let json = br#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 1, "seats": 9}}]}"#;
///     let talk = async move || {
///         let mut session = router.session();
///         session.create(name("gala"), key("key-1"), json);
///         session.ask(name("gala"), |labels| {
///             let (holder, seats) = (name("ann").to_name(), Seats::from_iter([labels.seat(b"A-1-1")?]));
///             let write = Write::Hold { holder, ttl: Millis(60_000), seats, best: [].into(), places: Places::default() };
///             Ok(Ask::Write { key: key("key-2"), write })
///         });
///         drop(done.send(session.replies().await));
///     };
///     engine.arbiters()[0].spawn_fn(|| drop(actix_rt::spawn(talk())));
///     assert!(matches!(replies.await?[..], [_, Reply::Answer(Answer::Hold { .. }, _)]));
///     engine.stop()?;
///     Ok(())
/// })
/// # }
/// ```
pub struct Engine {
    router: Router,
    arbiters: Arbiters,
    background: Background,
    watches: Watches,
    jobs: Runner,
    books: Books,
    committer: JoinHandle<Result<(), Poisoned>>,
    report: RecoveryReport,
    probe: Option<SyncProbe>,
    identity: Identity,
}

/// The threads that look at the memory and at payments.
struct Watches {
    memory: MemoryWatch,
    payments: PaymentWatch,
}

impl Watches {
    fn start(memory: &Arc<MemoryGauge>, router: &Router, config: &Config) -> io::Result<Self> {
        let memory = MemoryWatch::start(Arc::clone(memory), router.log().clone())?;
        Ok(Self { memory, payments: PaymentWatch::start(config.payments, router)? })
    }

    fn watched(&self) -> impl Iterator<Item = &Watched> {
        self.memory.watched().into_iter().chain([self.payments.watched()])
    }

    fn stop(self) {
        let Self { mut memory, payments } = self;
        payments.stop();
        memory.stop();
    }
}

/// The threads that keep the books of the process: what happens to it, and who did what.
struct Books {
    system: SystemWatch,
    audit: AuditWatch,
    /// Of a node: it takes in the books of others, until it takes over.
    intake: Option<Intake>,
}

impl Books {
    fn start(
        system: SystemWatch,
        audit: audit::Waiting,
        (storage, identity): (&Arc<dyn Storage>, &Identity),
        router: &Router,
    ) -> Result<Self, OpenError> {
        let audit = audit.start(Arc::clone(storage), identity.id_text(), router.clone());
        Ok(Self { system, audit: audit.map_err(OpenError::Thread)?, intake: None })
    }

    /// Tells that the process ends. The log must still take records.
    fn stop(self, why: Why) {
        let rest = self.audit.stop();
        self.system.stop(why);
        rest.end();
    }
}

impl Engine {
    /// Recovers what the storage holds and starts the threads. To be called on a thread with an actix `System`.
    /// `fresh` are random bytes for the identity of a new directory.
    ///
    /// # Errors
    /// If the directory cannot be used as it is; the error names what is at fault.
    ///
    /// # Panics
    /// On a thread without an actix `System`.
    pub fn open(
        storage: &Arc<dyn Storage>,
        config: &Config,
        fresh: [u8; 32],
        on_failure: OnFailure,
    ) -> Result<Self, OpenError> {
        Self::open_watched(storage, config, fresh, on_failure, &Progress::default())
    }

    /// As [`Engine::open_watched`], of a directory whose node follows a replicated log: the engine takes in what comes there and answers who
    /// reads. It sells as soon as the node owns the log and all is taken in; nothing is acknowledged then that this log does not have.
    ///
    /// # Errors
    /// As [`Engine::open`], and if the node is at its end.
    ///
    /// # Panics
    /// As [`Engine::open`].
    pub fn open_node(
        storage: &Arc<dyn Storage>,
        config: &Config,
        node: &NodeWay,
        on_failure: OnFailure,
        progress: &Progress,
    ) -> Result<Self, OpenError> {
        // The node has made the directory.
        Self::open_on(storage, config, ([0; 32], Some(node)), on_failure, progress)
    }

    /// As [`Engine::open`]; other threads see by `progress` how far the recovery is.
    ///
    /// # Errors
    /// As [`Engine::open`].
    ///
    /// # Panics
    /// As [`Engine::open`].
    pub fn open_watched(
        storage: &Arc<dyn Storage>,
        config: &Config,
        fresh: [u8; 32],
        on_failure: OnFailure,
        progress: &Progress,
    ) -> Result<Self, OpenError> {
        Self::open_on(storage, config, (fresh, None), on_failure, progress)
    }

    fn open_on(
        storage: &Arc<dyn Storage>,
        config: &Config,
        (fresh, node): ([u8; 32], Option<&NodeWay>),
        on_failure: OnFailure,
        progress: &Progress,
    ) -> Result<Self, OpenError> {
        let There { identity, secret, store, snapshots, recovered, recovery, newest_at, clock, memory } =
            There::found(storage, config, fresh, progress)?;
        let Recovery { events: restored, resting, system, report } = recovery;
        let acknowledged = Arc::new(Acknowledged::default());
        acknowledged.advance(recovered.last_lsn());
        let told = told(&acknowledged, node, on_failure);
        let (log, committer) = Log::start(Arc::clone(storage), recovered, config.log.clone(), told)?;
        let probe = probe(storage)?;
        let committer = committer.spawn().map_err(OpenError::Thread)?;
        let journal = Journal::begin(&log, node.map(|node| &node.quorum))?;
        let (arbiters, posts) =
            Arbiters::start(config.threads.max(1), &acknowledged, (&clock, &journal), secret.tables());
        let (waiting, calls, runner) = (Waiting::new(), Calls::new(), jobs::Waiting::new());
        let core: SharedSystem = Arc::new(Mutex::new(SystemCore::recovered(system, journal.clone())));
        let registry = Arc::new(Jobs::new(Arc::clone(&core), runner.wake(), Arc::clone(storage)));
        let audit = audit::Waiting::new(&core, &log, &clock, beside(node, storage)?);
        let newest = Arc::new(snapshots.at_hand(&store, secret.tables()));
        let past = Past::new(Arc::clone(&store), log.clone(), secret.tables(), Arc::clone(&memory));
        let rehearsal = Rehearsal::new(Arc::clone(&store), log.clone(), secret.tables());
        let archive = Arc::new(Archive::new(config.checkpoint.archived));
        let checkpointer = checkpointer(config, store, log.clone(), secret.tables())
            .minding(Arc::clone(&memory))
            .telling(Arc::clone(&newest))
            .asking(letting_go(&journal, &archive, audit.trail()));
        let router = Router::new(Shared {
            directory: Directory::new(secret.tables(), snapshots.next_id(), &report.lost),
            journal,
            secret,
            policy: config.policy,
            clock: Arc::clone(&clock),
            arbiters: arbiters.handles().into_iter().zip(posts).collect(),
            next_arbiter: AtomicUsize::new(0),
            rebuild: waiting.rebuild(),
            wake: calls.wake(),
            newest: Arc::clone(&newest),
            park_after: Some(config.checkpoint.park_after).filter(|after| !after.is_zero()),
            feed: Hub::start(&log, Arc::clone(acknowledged.feed())).map_err(OpenError::Thread)?,
            memory: Arc::clone(&memory),
            jobs: Arc::clone(&registry),
            notices: NoticeDesk::new(Arc::clone(&core)),
            groups: GroupDesk::new(Arc::clone(&core), config.groups),
            audit: Arc::clone(audit.trail()),
            branch: identity.branch,
            archive,
            past: Arc::new(past),
            cluster: node.map(|node| node.view.clone()),
        });
        bring_on_duty(&router, restored, resting);
        let waker = calls.start(router.clone(), newest, waiting.rebuild_as()).map_err(OpenError::Thread)?;
        let found = found(&snapshots, &log, &report, config.log.segment_bytes);
        let watches = Watches::start(&memory, &router, config).map_err(OpenError::Thread)?;
        let system = SystemWatch::start(Arc::clone(&core), &router, Arc::clone(&clock), newest_at)
            .map_err(OpenError::Thread)?;
        let mut books = Books::start(system, audit, (storage, &identity), &router)?;
        books.intake = begins(node, &report, (&router, &core), (identity.branch, &books.system))?;
        let whose = (Memories::boxed(&router, &core), memory, Arc::clone(&core));
        let checkpointer = checkpointer.keeping_for_groups(Box::new(GroupsKeep(router.clone())));
        let background = waiting.start(checkpointer, log.clone(), config.checkpoint, found, whose);
        let background = background.map_err(OpenError::Thread)?.with(waker);
        let own = jobs::Own { tasks: background.tasks(), rehearsal, router: router.clone() };
        let jobs = runner.start(own, registry, core, (clock, log)).map_err(OpenError::Thread)?;
        Ok(Self { router, arbiters, background, watches, jobs, books, committer, report, probe, identity })
    }

    /// Who the directory is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The way to every event.
    #[must_use]
    pub const fn router(&self) -> &Router {
        &self.router
    }

    /// The jobs that there are. More of them are added before connections are taken.
    #[must_use]
    pub fn jobs(&self) -> &Jobs {
        self.router.jobs()
    }

    /// The threads on which sessions may live.
    #[must_use]
    pub fn arbiters(&self) -> Vec<ArbiterHandle> {
        self.arbiters.handles()
    }

    /// Takes what the doors of the server tell the audit.
    #[must_use]
    pub fn audit_notes(&self) -> &Arc<AuditNotes> {
        self.router.audit().notes()
    }

    /// Notes in the log that connections are taken from now on. Waits for nothing.
    pub fn ready(&self) {
        self.books.system.ready(self.router.directory().len());
    }

    /// Asks for a snapshot now; it is made in the background.
    pub fn checkpoint(&self) {
        self.background.checkpoint();
    }

    /// Ends everything in order: background work, then the log, which is drained and sealed, then the threads. The
    /// connections must have ended before.
    ///
    /// # Errors
    /// If the log failed meanwhile: changes that were not acknowledged may be lost.
    pub fn stop(self) -> Result<(), Poisoned> {
        self.stop_because(Why::Asked)
    }

    /// As [`Engine::stop`], and notes why.
    ///
    /// # Errors
    /// As [`Engine::stop`].
    pub fn stop_because(mut self, why: Why) -> Result<(), Poisoned> {
        self.books.intake.take().into_iter().for_each(Intake::stop);
        self.jobs.stop();
        self.background.stop();
        self.watches.stop();
        self.books.stop(why);
        self.router.hub().stop();
        let left = self.router.journal().stop();
        let sealed = self.committer.join().unwrap_or(Ok(()));
        self.arbiters.stop();
        left.and(sealed)
    }
}

/// Who needs log that no snapshot needs: the archive, unless the disk is short of space or another node copies the log, and the audit.
fn letting_go(journal: &Journal, archive: &Arc<Archive>, trail: &Arc<Trail>) -> LettingGo {
    let (journal, archive, trail) = (journal.clone(), Arc::clone(archive), Arc::clone(trail));
    LettingGo::by(move |upto| {
        let is_free = journal.log().is_short_of_space() || journal.follows().is_some();
        let archived = if is_free { upto } else { archive.lets_go(upto) };
        trail.may_let_go(archived)
    })
}

fn checkpointer(config: &Config, store: Arc<Store>, log: Log, seed: TableSeed) -> Checkpointer {
    Checkpointer::new(store, log, seed)
        .keeping_for_feeds(config.checkpoint.feed_retention)
        .leaving_free(config.log.reserve_bytes)
}

/// What the background finds. Segments of log count with their full length, as repeated starts leave segments that
/// are hardly used.
fn found(snapshots: &Snapshots, log: &Log, report: &RecoveryReport, segment_bytes: u64) -> Found {
    let newest = snapshots.newest();
    let is_newer = |segment: &&KeptSegment| segment.last.is_some_and(|last| last > newest);
    let bytes = log.segments().iter().filter(is_newer).count() as u64 * segment_bytes;
    let damaged = !report.alarms.is_empty() || snapshots.share_a_file();
    Found { newest, bytes, damaged, segment_bytes }
}

#[cfg(test)]
mod tests;
