//! What connections and actors share: the directory of events, the log, the secret, the clock, the threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_rt::ArbiterHandle;
use holdfast_audit::Head;
use holdfast_wal::{KeptSegment, Log, Lsn, ReadError};
use tokio::sync::Semaphore;

use crate::actor::{Entry, EventActor, EventCore, Park, Policy, Rebuild, Services};
use crate::audit::Trail;
use crate::catalogue::Code;
use crate::clock::{Clock, Stamp};
use crate::codec::{Secret, event_of};
use crate::exchange::post::Post;
use crate::fault::Fault;
use crate::feed::Hub;
use crate::front::directory::{Directory, Found};
use crate::front::round::Round;
use crate::groups::GroupDesk;
use crate::jobs::{ApprovalPolicy, Jobs};
use crate::journal::append::Journal;
use crate::journal::archive::Archive;
use crate::journal::budgets::{Budgets, Stock};
use crate::journal::census::{Census, Counted};
use crate::journal::memory::MemoryGauge;
use crate::journal::rush::Rush;
use crate::limits;
use crate::node::ClusterView;
use crate::notices::NoticeDesk;
use crate::numbers::{At, EventId};
use crate::restore::checkpoint::CheckpointError;
use crate::restore::newest::Newest;
use crate::restore::past::Past;
use crate::restore::sealing::seal;
use crate::state::{Event, NameRef, Standing, TableSeed, Used};
use crate::system::Branch;

/// Brings an event back that is at rest, on another thread.
pub(crate) type Wake = Arc<dyn Fn(EventId) + Send + Sync>;

/// The way to every event; cheap to clone.
#[derive(Clone)]
pub struct Router(Arc<Shared>, Arc<Budgets>, Arc<Semaphore>, Arc<Census>, Arc<Rush>);

pub(crate) struct Shared {
    pub(crate) directory: Directory,
    pub(crate) journal: Journal,
    pub(crate) secret: Secret,
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
    /// The threads of the engine, each with its queue for the others.
    pub(crate) arbiters: Vec<(ArbiterHandle, Arc<Post>)>,
    pub(crate) next_arbiter: AtomicUsize,
    pub(crate) rebuild: Rebuild,
    /// Brings an event back that is at rest.
    pub(crate) wake: Wake,
    pub(crate) newest: Arc<Newest>,
    /// For how long nothing has to be asked of an event before it leaves memory; `None`: it stays.
    pub(crate) park_after: Option<Duration>,
    pub(crate) feed: Hub,
    pub(crate) memory: Arc<MemoryGauge>,
    pub(crate) jobs: Arc<Jobs>,
    pub(crate) notices: NoticeDesk,
    pub(crate) groups: GroupDesk,
    pub(crate) audit: Arc<Trail>,
    pub(crate) branch: Branch,
    pub(crate) archive: Arc<Archive>,
    pub(crate) past: Arc<Past>,
    /// What the node shows of itself, if this is one.
    pub(crate) cluster: Option<ClusterView>,
}

/// What a consumer knows is not of this history, or of none.
pub(crate) fn another_branch(what: &str, Branch { number, from_lsn, .. }: Branch) -> Fault {
    let message = format!("{what}: it is branch {number}, which has its own records from {from_lsn} on");
    Fault::new(Code::ANOTHER_BRANCH, message)
}

impl Router {
    pub(crate) fn new(shared: Shared) -> Self {
        let census = Census::new(shared.arbiters.len());
        Self(Arc::new(shared), Arc::default(), Arc::new(Semaphore::new(1)), Arc::new(census), Arc::default())
    }

    /// The time that a change would have now.
    #[must_use]
    pub fn now(&self) -> At {
        self.0.clock.now()
    }

    /// So many commands were refused, as more comes than can be served: the mode of the process is `overload` for a moment.
    pub fn refused_in_a_rush(&self, commands: u64) {
        self.4.refused(commands);
    }

    /// The same, to the microsecond: what the way of commands is measured with.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.0.clock.stamp()
    }

    /// How many events there are of those that are `shown`.
    pub fn events(&self, shown: impl Fn(&[u8]) -> bool) -> usize {
        self.directory().count(shown)
    }

    /// The history that this directory goes on with.
    #[must_use]
    pub fn branch(&self) -> Branch {
        self.0.branch
    }

    /// Whoever knows another branch by what it has read is told so, before a version or a record is taken for one of this.
    ///
    /// # Errors
    /// A fault that names the branch of this directory.
    pub fn must_be_on(&self, branch: Option<u64>) -> Result<(), Fault> {
        let own = self.branch();
        match branch.filter(|known| *known != own.number) {
            Some(known) => Err(another_branch(&format!("this is not branch {known}"), own)),
            None => Ok(()),
        }
    }

    /// What the node shows of itself; `None` if the log is that of this machine alone.
    #[must_use]
    pub fn cluster(&self) -> Option<&ClusterView> {
        self.0.cluster.as_ref()
    }

    /// What there is under a number; if it is at rest, it is brought back.
    pub(crate) fn find_numbered(&self, id: EventId) -> Option<Found> {
        match self.directory().numbered(id) {
            Some(entry) => Some(Found::Here(entry)),
            None => self.directory().name_of(id).map(|name| self.find(name.borrowed())),
        }
    }

    /// Another node has made an event.
    pub(crate) fn learn(&self, id: EventId, event: Event, upto: Lsn) {
        let entry = self.bring_back(id, event, upto);
        self.directory().learn(entry);
    }

    /// Brings an event back that is at rest.
    pub(crate) fn wakes(&self, id: EventId) {
        (self.0.wake)(id);
    }

    /// The newest record that is durable.
    #[must_use]
    pub fn durable(&self) -> Lsn {
        self.log().durable()
    }

    /// Who has it reads a description elsewhere: one at a time, so that they take the memory of one.
    pub(crate) fn drafts(&self) -> &Arc<Semaphore> {
        &self.2
    }

    /// Whether there is an event of this name.
    #[must_use]
    pub fn knows(&self, event: NameRef<'_>) -> bool {
        self.directory().id_of(event).is_some()
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.0.directory
    }

    /// Where records are appended.
    pub(crate) fn journal(&self) -> &Journal {
        &self.0.journal
    }

    pub(crate) fn log(&self) -> &Log {
        self.0.journal.log()
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.0.feed
    }

    /// Has all that is in the log by now stand in segments that never change, and returns those that are kept, the oldest first.
    ///
    /// # Errors
    /// If the log takes too long for it, or has failed.
    pub fn seal(&self) -> Result<Vec<KeptSegment>, CheckpointError> {
        seal(self.log())?;
        Ok(self.sealed())
    }

    /// The segments that never change, as far as they are kept, the oldest first.
    #[must_use]
    pub fn sealed(&self) -> Vec<KeptSegment> {
        self.log().segments().into_iter().filter(|segment| segment.last.is_some()).collect()
    }

    /// Whether something of a sale is in the log behind what is sealed. What the process tells of itself counts for nothing, as that
    /// never ends.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn has_unsealed_sales(&self) -> Result<bool, ReadError> {
        let log = self.log();
        let Some(running) = log.segments().pop().filter(|segment| segment.last.is_none()) else {
            return Ok(false);
        };
        let mut reader = log.read_segment(running.number, 0, running.first.previous())?;
        while let Some(chunk) = reader.next(limits::FEED_READ_BYTES)? {
            let is_of_a_sale =
                |(_, bytes): (_, &[u8])| event_of(bytes).is_some_and(|event| event != EventId::SYSTEM);
            if chunk.groups().flat_map(|group| group.records()).any(is_of_a_sale) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What events were.
    pub(crate) fn past(&self) -> &Arc<Past> {
        &self.0.past
    }

    /// What is known of the archive of the log.
    #[must_use]
    pub fn archive(&self) -> &Archive {
        &self.0.archive
    }

    /// Which acts need the consent of another token.
    #[must_use]
    pub fn approvals(&self) -> ApprovalPolicy {
        self.jobs().approvals()
    }

    pub(crate) fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    /// The files of results that are whole by now: their paths in the data directory.
    #[must_use]
    pub fn results(&self) -> Vec<String> {
        self.jobs().whole_results()
    }

    /// Where the notifier and those who ask about it meet.
    #[must_use]
    pub fn notices(&self) -> &NoticeDesk {
        &self.0.notices
    }

    /// The newest line of the audit that is durable; every one that the log has noted is.
    #[must_use]
    pub fn audited(&self) -> Head {
        self.audit().position().head
    }

    pub(crate) fn groups(&self) -> &GroupDesk {
        &self.0.groups
    }

    pub(crate) fn audit(&self) -> &Arc<Trail> {
        &self.0.audit
    }

    pub(crate) fn memory(&self) -> &Arc<MemoryGauge> {
        &self.0.memory
    }

    pub(crate) const fn rush(&self) -> &Arc<Rush> {
        &self.4
    }

    pub(crate) fn census(&self) -> &Census {
        &self.3
    }

    /// Does this on a thread on which sessions may live. False if the threads have ended.
    pub fn on_a_thread_of_events(&self, work: impl FnOnce() + Send + 'static) -> bool {
        self.0.arbiters.first().is_some_and(|(arbiter, _)| arbiter.spawn_fn(work))
    }

    pub(crate) fn budgets(&self) -> &Budgets {
        &self.1
    }

    /// Tokens, by name, may have so much at a time from now on; those that are not named, as much as they like.
    pub fn set_budgets<'a>(&self, budgets: impl Iterator<Item = (&'a str, Stock)>) {
        let budgets: Vec<_> = budgets.map(|(token, stock)| (self.account(token), stock)).collect();
        self.budgets().set(&budgets);
    }

    /// What the token of this name has at a time, and how many commands its budget has refused.
    #[must_use]
    pub fn used(&self, token: &str) -> (Used, u64) {
        self.budgets().used(self.account(token))
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.0.secret
    }

    pub(crate) fn policy(&self) -> Policy {
        self.0.policy
    }

    /// Starts the actor of an event, on the engine's threads in turn. It has been counted with `counted`.
    pub(crate) fn start(&self, entry: &Arc<Entry>, core: EventCore, counted: Standing) {
        let thread = self.0.next_arbiter.fetch_add(1, Ordering::Relaxed) % self.0.arbiters.len();
        let (arbiter, home) = &self.0.arbiters[thread];
        let core = core
            .minding(Arc::clone(self.memory()), Arc::clone(&self.1))
            .showing(Arc::clone(entry.shown()))
            .counting(Counted::by(&self.3, thread, counted));
        let services = Services {
            clock: Arc::clone(&self.0.clock),
            rebuild: Arc::clone(&self.0.rebuild),
            park: self.park(),
            park_after: self.0.park_after,
            broken: Arc::clone(self.directory().broken()),
        };
        entry.set_address(EventActor::start((arbiter, home), core, Arc::clone(entry), services));
    }

    /// The event of this name. If it is at rest, it is brought back.
    pub(crate) fn find(&self, event: NameRef<'_>) -> Found {
        let found = self.directory().find(event);
        if let Found::Resting { call: Some(id), .. } = &found {
            (self.0.wake)(*id);
        }
        found
    }

    /// Takes an event out of memory that nobody listens to.
    fn park(&self) -> Park {
        let shared = Arc::downgrade(&self.0);
        Arc::new(move |entry, upto, figures| {
            let Some(shared) = shared.upgrade() else { return false };
            let is_heard = shared.feed.heard(entry.id()).is_some();
            let may_go = !is_heard && shared.newest.has(entry.id(), upto);
            if !may_go || !shared.directory.park(entry, upto, figures) {
                return false;
            }
            // The ways to it keep its map.
            for (_, post) in &shared.arbiters {
                let name = entry.name().clone();
                post.send(move || Round::here().forget(name.borrowed()));
            }
            true
        })
    }

    /// Starts the actor of an event that recovery brought back.
    pub(crate) fn bring_back(&self, id: EventId, event: Event, last_lsn: Lsn) -> Arc<Entry> {
        self.on_duty(EventCore::recovered, (id, event, last_lsn), Standing::default())
    }

    /// Starts the actor of an event; `upto` is its newest record, or one behind it that is durable.
    fn on_duty(
        &self,
        core: impl FnOnce(EventId, Event, Lsn, TableSeed, Policy, Journal) -> EventCore,
        (id, event, upto): (EventId, Event, Lsn),
        counted: Standing,
    ) -> Arc<Entry> {
        let plan = (Arc::clone(event.layout()), event.plan_version());
        let entry = Arc::new(Entry::new(id, event.name().clone(), plan, self.branch()));
        entry.list(event.status(), upto);
        let (seed, policy) = (self.secret().tables(), self.policy());
        self.start(&entry, core(id, event, upto, seed, policy, self.journal().clone()), counted);
        entry
    }

    /// An event that was at rest is back.
    pub(crate) fn is_awake(&self, id: EventId, event: Event, upto: Lsn) {
        let counted = self.directory().standing_at_rest(id);
        let entry = self.on_duty(EventCore::rested, (id, event, upto), counted.unwrap_or_default());
        if counted.is_none() {
            self.census().is_known();
        }
        self.directory().is_back(entry);
    }
}
