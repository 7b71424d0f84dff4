//! The figures of a running engine. Asking for them costs the same however many events there are.

use holdfast_wal::{GroupStats, Pressure, Stats};

use super::Engine;
use crate::audit::AuditStats;
use crate::catalogue::Code;
use crate::feed::FeedStats;
use crate::groups::{ConsumerStats, GroupFigures};
use crate::journal::archive::ArchiveStats;
use crate::journal::census::SaleTotals;
use crate::journal::memory::MemoryStats;
use crate::life::payments::PaymentStats;
use crate::life::sync_probe::SyncProbe;
use crate::life::system_watch::SystemStats;
use crate::node::{ClusterStats, ClusterView};
use crate::notices::NoticeStats;
use crate::numbers::At;
use crate::restore::checkpoint::CheckpointReport;
use crate::restore::recovery::RecoveryReport;
use crate::system::Executions;

/// Figures for operators.
#[derive(Clone, Debug)]
pub struct EngineStats {
    /// Events that there are, with those that are being created.
    pub events: usize,
    /// Those of them that are at rest: not in memory.
    pub at_rest: usize,
    /// Threads for events and connections.
    pub threads: usize,
    /// What the log has done since the start.
    pub log: Stats,
    /// How long each write and sync of the log took since the start, and how many records went together.
    pub groups: GroupStats,
    /// How the log is doing.
    pub pressure: Pressure,
    /// LSN of the newest record.
    pub appended: u64,
    /// LSN of the newest durable record.
    pub durable: u64,
    /// What the feeds have done and keep.
    pub feed: FeedStats,
    /// What is used of the memory.
    pub memory: MemoryStats,
    /// The last snapshot that was made since the start.
    pub checkpoint: Option<CheckpointReport>,
    /// Snapshots that could not be made since the start.
    pub checkpoint_failures: u64,
    /// Whether the last snapshot that was due could not be made.
    pub checkpoint_failing: bool,
    /// Why it could not.
    pub checkpoint_failed: Option<(Code, String)>,
    /// Events that the last snapshot left behind, as no snapshot of them could be made.
    pub behind: usize,
    /// Events that could not be brought back, or wait to be rebuilt.
    pub out_of_service: usize,
    /// What the system event knows of this process and of those before.
    pub system: SystemStats,
    /// What the sales of all events come to.
    pub sales: SaleTotals,
    /// How far the audit is.
    pub audit: AuditStats,
    /// What is known of the providers of payments.
    pub payments: PaymentStats,
    /// How people outside are told of what happens.
    pub notices: NoticeStats,
    /// Consumer groups of feeds.
    pub consumers: ConsumerStats,
    /// The time that a change would have now.
    pub now: At,
    /// What recovery did at the start.
    pub recovery: RecoveryReport,
    /// How long a few dozen syncs took at start; `None` if the disk was too full to try.
    pub probe: Option<SyncProbe>,
    /// The directory's id.
    pub directory_id: String,
    /// The number of the branch that it is.
    pub branch: u64,
    /// What the archive of the log has; `None` if there is none.
    pub archive: Option<ArchiveStats>,
    /// How the node does; `None` off a cluster.
    pub cluster: Option<ClusterStats>,
}

impl Engine {
    /// Reads what is known of executions; `None` if that is out of service. It is locked meanwhile: `read` must be quick.
    pub fn read_executions<T>(&self, read: impl FnOnce(&Executions) -> T) -> Option<T> {
        self.books.system.read_executions(read)
    }

    /// Figures of each consumer group, as of when [`Engine::stats`] had somebody look how far they are behind.
    #[must_use]
    pub fn group_figures(&self) -> Vec<GroupFigures> {
        self.router.groups().figures(self.router.now())
    }

    /// Figures for operators.
    #[must_use]
    pub fn stats(&self) -> EngineStats {
        let log = self.router.log();
        let told = self.background.told();
        EngineStats {
            events: self.router.directory().len(),
            at_rest: self.router.directory().at_rest(),
            threads: self.arbiters.len(),
            log: log.stats(),
            groups: log.group_stats(),
            pressure: log.pressure(),
            appended: log.appended().0,
            durable: log.durable().0,
            feed: self.router.hub().stats(),
            memory: self.router.memory().stats(),
            checkpoint: told.last,
            checkpoint_failures: told.failures,
            checkpoint_failing: told.failing,
            checkpoint_failed: told.failed,
            behind: told.behind,
            out_of_service: self.router.directory().out_of_service(),
            system: self.books.system.stats(),
            sales: self.router.census().totals(),
            audit: self.router.audit().stats(),
            payments: self.watches.payments.stats(),
            notices: self.router.notices().stats(),
            consumers: self.router.consumer_stats(),
            now: self.router.now(),
            recovery: self.report.clone(),
            probe: self.probe,
            directory_id: self.identity.id_text(),
            branch: self.identity.branch.number,
            archive: self.router.archive().stats(),
            cluster: self.router.cluster().map(ClusterView::stats),
        }
    }
}
