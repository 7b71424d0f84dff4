//! What a node shows of itself to other threads: its role, who owns the log, and how old what it shows may be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use holdfast_replica::{Epoch, Member, Position};
use holdfast_wal::Lsn;
use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::meter::{ClusterMeasures, LogSeen, Meter};
use super::outcome::{Over, Standing};
use crate::catalogue::Code;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::numbers::{At, Millis};

/// What a node is, in one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ClusterRole {
    /// It looks for the beginning of the log, or brings back what its directory has: nobody is answered yet.
    #[default]
    Joining,
    /// It follows: it answers who reads.
    Follower,
    /// It owns the log: it sells.
    Owner,
    /// It does nothing any more: the process ends.
    Over,
}

impl ClusterRole {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Joining, Self::Follower, Self::Owner, Self::Over];

    /// The word for people and programs: `joining`, `follower`, `owner`, `over`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Joining => "joining",
            Self::Follower => "follower",
            Self::Owner => "owner",
            Self::Over => "over",
        }
    }
}

/// What a node knows of its cluster at a moment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClusterFigures {
    /// What the node is.
    pub role: ClusterRole,
    /// Its own name.
    pub node: Box<str>,
    /// The names of the nodes that may take over, in their order.
    pub candidates: Vec<Box<str>>,
    /// The newest epoch that the node has read; 0 before the first.
    pub epoch: u64,
    /// The name of whoever owns the log, and where clients reach it; `None` if nobody is known to. An owner names itself.
    pub owner: Option<(Box<str>, Box<str>)>,
    /// How far it has read the log.
    pub position: u64,
    /// How old what it shows may be: the time since it knew the end of the log. `None`: it has not known it yet.
    pub age: Option<Millis<u64>>,
    /// Messages of the log that did not count, since the start.
    pub passed: u64,
}

/// How a node does, for operators.
#[derive(Clone, Debug, Default)]
pub struct ClusterStats {
    /// What it shows of itself.
    pub node: ClusterFigures,
    /// What is measured of it.
    pub measured: ClusterMeasures,
}

/// What a node shows of itself; cheap to clone.
#[derive(Clone)]
pub struct ClusterView(Arc<Shown>);

struct Shown {
    clock: Arc<dyn Clock>,
    /// For how long reads are answered by one that does not know the end of the log, milliseconds.
    max_staleness: u64,
    standing: Mutex<Standing>,
    changed: Condvar,
    role: AtomicU8,
    edition: AtomicU64,
    /// When the end of the log was known last, milliseconds of the clock; 0: never.
    current_at: AtomicU64,
    applied: AtomicU64,
    position: AtomicU64,
    /// It has come to own the log and sells, which it does to the end of the process then.
    sells: AtomicBool,
    passed: AtomicU64,
    is_stopping: AtomicBool,
    /// To whom the log is to be handed, if an operator has asked for that.
    heir: Mutex<Option<Box<str>>>,
    has_heir: Notify,
    /// Reads show more.
    grown: Notify,
    known: Mutex<Known>,
    meter: Meter,
}

/// What changes seldom.
struct Known {
    node: Box<str>,
    address: Box<str>,
    candidates: Vec<Box<str>>,
    epoch: u64,
    owner: Option<(Box<str>, Box<str>)>,
}

impl std::fmt::Debug for ClusterView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.figures().fmt(f)
    }
}

impl ClusterView {
    pub(crate) fn new(member: &Member, max_staleness: Millis<u64>, clock: Arc<dyn Clock>) -> Self {
        let known = Known {
            node: member.name.clone(),
            address: member.address.clone(),
            candidates: member.candidates.clone(),
            epoch: 0,
            owner: None,
        };
        Self(Arc::new(Shown {
            clock,
            max_staleness: max_staleness.0,
            standing: Mutex::new(Standing::Joining),
            changed: Condvar::new(),
            role: AtomicU8::new(ClusterRole::Joining as u8),
            edition: AtomicU64::new(0),
            current_at: AtomicU64::new(0),
            applied: AtomicU64::new(0),
            position: AtomicU64::new(0),
            sells: AtomicBool::new(false),
            passed: AtomicU64::new(0),
            is_stopping: AtomicBool::new(false),
            heir: Mutex::new(None),
            has_heir: Notify::new(),
            grown: Notify::new(),
            known: Mutex::new(known),
            meter: Meter::new(&member.name),
        }))
    }

    /// What the node is. One load: cheap enough to be asked once a turn.
    #[must_use]
    pub fn role(&self) -> ClusterRole {
        ClusterRole::ALL[usize::from(self.0.role.load(Ordering::Acquire))]
    }

    /// A number that changes whenever role, epoch or owner do: who keeps something of them asks this first.
    #[must_use]
    pub fn edition(&self) -> u64 {
        self.0.edition.load(Ordering::Acquire)
    }

    /// All that is known.
    #[must_use]
    pub fn figures(&self) -> ClusterFigures {
        let shown = &*self.0;
        let position = match &*shown.standing.lock() {
            Standing::Follower { position, .. } => position.0,
            Standing::Owner(_) => shown.position.load(Ordering::Relaxed),
            Standing::Joining | Standing::Over(_) => 0,
        };
        let known = shown.known.lock();
        ClusterFigures {
            role: self.role(),
            node: known.node.clone(),
            candidates: known.candidates.clone(),
            epoch: known.epoch,
            owner: known.owner.clone(),
            position,
            age: self.age(),
            passed: shown.passed.load(Ordering::Relaxed),
        }
    }

    /// All that is known, and what was measured.
    #[must_use]
    pub fn stats(&self) -> ClusterStats {
        ClusterStats { node: self.figures(), measured: self.0.meter.measures() }
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

    fn age(&self) -> Option<Millis<u64>> {
        match self.0.current_at.load(Ordering::Relaxed) {
            0 => None,
            at => Some(self.0.clock.now().since(At(at))),
        }
    }

    /// Whether reads may be answered: what the node shows must not be older than `cluster.max_staleness`.
    ///
    /// # Errors
    /// [`Code::STALE`], with the age.
    pub fn reads(&self) -> Result<(), Fault> {
        let old = match self.age() {
            Some(Millis(age)) if age <= self.0.max_staleness => return Ok(()),
            Some(Millis(age)) => format!("this node has not known the end of the log for {age} ms"),
            None => "this node does not know the end of the log yet".to_owned(),
        };
        Err(Fault::new(Code::STALE, format!("{old}; ask another node, or again after 1000 ms")))
    }

    /// Whether it owns the log and its engine sells: between the agreement on its epoch and that, it takes over.
    #[must_use]
    pub fn sells(&self) -> bool {
        self.role() == ClusterRole::Owner && self.0.sells.load(Ordering::Acquire)
    }

    /// Completes when a node that follows shows more, once it was polled or enabled.
    pub(crate) fn more(&self) -> Notified<'_> {
        self.0.grown.notified()
    }

    /// The newest record that reads show, of a node that follows.
    #[must_use]
    pub fn applied(&self) -> Lsn {
        Lsn(self.0.applied.load(Ordering::Acquire))
    }
}

/// How the log is handed over.
impl ClusterView {
    /// Whether this node can hand the log to the node with this name; an empty one is anybody. How near that node is, this one does not know:
    /// nodes speak to each other by the log alone.
    ///
    /// # Errors
    /// [`Code::FOLLOWS`] if it does not own the log, [`Code::NO_JOB`] if no other node that may own it has this name.
    pub fn may_hand_over(&self, to: &str) -> Result<(), Fault> {
        if !self.sells() {
            return Err(Fault::new(
                Code::FOLLOWS,
                "this node does not own the log: it has nothing to hand over",
            ));
        }
        let known = self.0.known.lock();
        if *to == *known.node {
            return Err(Fault::new(Code::NO_JOB, format!("{to} owns the log already")));
        }
        let mut others = known.candidates.iter().filter(|name| **name != known.node);
        if (to.is_empty() && others.clone().next().is_some()) || others.any(|name| **name == *to) {
            return Ok(());
        }
        let all = known.candidates.join(", ");
        Err(Fault::new(Code::NO_JOB, format!("no other node {to} may own the log: cluster.nodes has {all}")))
    }

    /// Has whoever waits in [`Self::is_handed_over`] stop this node in order, which hands the log over.
    ///
    /// # Errors
    /// As [`Self::may_hand_over`].
    pub fn hand_over(&self, to: &str) -> Result<(), Fault> {
        self.may_hand_over(to)?;
        *self.0.heir.lock() = Some(to.into());
        self.0.has_heir.notify_one();
        Ok(())
    }

    /// Completes when an operator has asked that the log is handed over. One waits.
    pub async fn is_handed_over(&self) {
        while self.0.heir.lock().is_none() {
            self.0.has_heir.notified().await;
        }
    }

    /// To whom the log is handed when this node ends; empty: to anybody.
    pub(crate) fn heir(&self) -> Box<str> {
        self.0.heir.lock().clone().unwrap_or_default()
    }
}

/// What the threads of the node write.
impl ClusterView {
    pub(crate) fn shows(&self, standing: Standing, epoch: Epoch) {
        let mut shown = self.0.standing.lock();
        if *shown == standing {
            return;
        }
        let role = match &standing {
            Standing::Joining => ClusterRole::Joining,
            Standing::Follower { .. } => ClusterRole::Follower,
            Standing::Owner(_) => ClusterRole::Owner,
            Standing::Over(_) => ClusterRole::Over,
        };
        let mut known = self.0.known.lock();
        let owner = match &standing {
            Standing::Follower { owner, .. } => owner.clone(),
            Standing::Owner(_) => Some((known.node.clone(), known.address.clone())),
            Standing::Joining | Standing::Over(_) => None,
        };
        if (role, epoch.0, &owner) != (self.role(), known.epoch, &known.owner) {
            (known.epoch, known.owner) = (epoch.0, owner);
            self.0.role.store(role as u8, Ordering::Release);
            self.0.edition.fetch_add(1, Ordering::AcqRel);
        }
        *shown = standing;
        self.0.changed.notify_all();
    }

    pub(crate) fn standing(&self) -> Standing {
        self.0.standing.lock().clone()
    }

    pub(crate) fn wait(&self, patience: Duration, is_it: impl Fn(&Standing) -> bool) -> Option<Standing> {
        let until = Instant::now() + patience;
        let mut standing = self.0.standing.lock();
        while !is_it(&standing) {
            if self.0.changed.wait_until(&mut standing, until).timed_out() {
                return None;
            }
        }
        Some(standing.clone())
    }

    /// The end of the log was known at this time, milliseconds of the clock; it was read up to here.
    pub(crate) fn is_at(&self, current_at: Option<u64>, position: Position) {
        if let Some(at) = current_at {
            self.0.current_at.fetch_max(at, Ordering::Relaxed);
        }
        self.0.position.store(position.0, Ordering::Relaxed);
    }

    /// All up to this record is shown.
    pub(crate) fn shows_upto(&self, applied: Lsn) {
        self.0.applied.fetch_max(applied.0, Ordering::AcqRel);
        self.0.grown.notify_waiters();
    }

    /// This node sells since now.
    pub(crate) fn took_over(&self) {
        self.0.sells.store(true, Ordering::Release);
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.0.meter
    }

    pub(crate) fn stop(&self) {
        self.0.is_stopping.store(true, Ordering::Release);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.0.is_stopping.load(Ordering::Acquire)
    }

    pub(crate) fn passed(&self) {
        self.0.passed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn passed_total(&self) -> u64 {
        self.0.passed.load(Ordering::Relaxed)
    }
}
