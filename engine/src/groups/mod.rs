//! Where those who ask about consumer groups meet the system event, which records what becomes of them.

use std::collections::BTreeMap;

use holdfast_wal::Lsn;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::actor::SharedSystem;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::numbers::{At, Millis};
use crate::system::{
    Care, Group, GroupBounds, GroupChange, GroupId, GroupStream, Groups, PauseCause, System,
};

/// The way to consumer groups. A record of them costs no sale anything: nobody but who asked waits for it.
pub(crate) struct GroupDesk {
    core: SharedSystem,
    bounds: GroupBounds,
    /// Something happened to a group that changes what those who wait for it may be given.
    changed: Notify,
    /// When consumers asked for something last, by group and number. It is not recorded: who asks in vain makes no record.
    seen: Mutex<BTreeMap<(GroupId, u32), At>>,
    /// How far groups are behind.
    behind: Mutex<Seen>,
    /// Log of feeds alone that they have yet to do as of the last snapshot, and the most that is kept for them; bytes.
    log: Mutex<(u64, u64)>,
}

/// Figures about consumer groups.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ConsumerStats {
    /// Groups that there are.
    pub groups: u64,
    /// Consumers of all of them.
    pub consumers: u64,
    /// Entries that were given out and are not acknowledged, of all of them.
    pub pending: u64,
    /// The most of them that one group has.
    pub pending_most: u64,
    /// How long the first of them of any group is not acknowledged; 0 if all are.
    pub pending_oldest: Millis<u64>,
    /// Entries that were given out again, of all of them that there are.
    pub again: u64,
    /// Entries that were put aside and that nobody has seen to.
    pub dead: u64,
    /// Entries that were put aside, of all groups that there are.
    pub died: u64,
    /// Groups that an operator has paused.
    pub paused: u64,
    /// Groups that have stopped, as too many entries failed.
    pub stopped: u64,
    /// Groups whose next entry is not kept any more.
    pub behind_log: u64,
    /// The most entries that a group of an event has not been given yet.
    pub lag_most: u64,
    /// How long the first entry waits that a group has not been given yet, of that where it waits longest.
    pub lag_longest: Millis<u64>,
    /// Log that is kept for feeds alone and that groups have yet to do, as of the last snapshot, bytes.
    pub log_needed: u64,
    /// The most of it that is kept for them, bytes; 0 before the first snapshot.
    pub log_most: u64,
}

/// Figures of one group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupFigures {
    /// The stream that it reads.
    pub stream: GroupStream,
    /// Its name.
    pub name: Box<str>,
    /// Entries that it has not been given yet; `None` of a group of all events, or if nobody has looked.
    pub lag: Option<u64>,
    /// How long the first of them waits; `None` if that is not known.
    pub waits: Option<Millis<u64>>,
    /// Its next entry is not kept any more.
    pub is_behind_log: bool,
    /// Entries that were given out and are not acknowledged.
    pub pending: u64,
    /// Entries that were put aside and that nobody has seen to.
    pub dead: u64,
    /// Entries that were given out again.
    pub again: u64,
    /// An operator has paused it.
    pub is_paused: bool,
    /// It has stopped, as too many entries failed.
    pub has_stopped: bool,
}

/// How far a group is behind.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Lag {
    /// Entries that it has not been given yet; 0 of one of all events, where that is not known.
    pub(crate) entries: u64,
    /// When the first of them happened.
    pub(crate) oldest_at: Option<At>,
    /// It is not kept any more.
    pub(crate) is_behind_log: bool,
}

/// What was seen when somebody looked last.
#[derive(Default)]
struct Seen {
    at: At,
    lags: BTreeMap<GroupId, Lag>,
}

/// How far groups are behind is looked at no more often than this.
const LOOKS_APART: Millis<u64> = Millis(5_000);

impl GroupDesk {
    pub(crate) fn new(core: SharedSystem, bounds: GroupBounds) -> Self {
        let (changed, seen, behind, log) =
            (Notify::new(), Mutex::default(), Mutex::default(), Mutex::default());
        Self { core, bounds, changed, seen, behind, log }
    }

    pub(crate) const fn bounds(&self) -> GroupBounds {
        self.bounds
    }

    /// What `look` sees, and the record that has to be durable before it is told.
    ///
    /// # Errors
    /// If the system event is out of service: what groups there are is not known then.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Groups) -> T) -> Result<(T, Lsn), Fault> {
        let core = self.core.lock();
        let out = || Fault::new(Code::GROUPS_OUT, "the system event is out of service");
        Ok((look(core.system().map(System::groups).ok_or_else(out)?), core.last_lsn()))
    }

    /// How many groups a stream has.
    pub(crate) fn count(&self, stream: &GroupStream) -> u64 {
        self.look(|groups| groups.of(stream).count() as u64).map_or(0, |(count, _)| count)
    }

    /// What `judge` says is to happen is recorded, if it says anything. Returns what it tells, and the record that has to be durable before
    /// that is told.
    ///
    /// # Errors
    /// What `judge` refuses, or that nothing can be recorded now. Nothing has changed then.
    pub(crate) fn act<T>(
        &self,
        judge: impl FnOnce(&Groups) -> Result<(Option<GroupChange>, T), Fault>,
        now: At,
    ) -> Result<(T, Lsn), Fault> {
        let mut core = self.core.lock();
        let mut wakes = false;
        let judged = |groups: &Groups| {
            let (change, told) = judge(groups)?;
            wakes = change.as_ref().is_some_and(|change| groups.wakes(change, self.bounds));
            Ok((change, told))
        };
        let told = core.group(judged, now)?;
        let rests_on = core.last_lsn();
        drop(core);
        if wakes {
            self.changed.notify_waiters();
        }
        Ok((told, rests_on))
    }

    /// Completes when something happens to a group that changes what those who wait for it may be given.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// A consumer asks for something.
    pub(crate) fn sees(&self, consumer: (GroupId, u32), now: At) {
        self.seen.lock().insert(consumer, now);
    }

    /// When a consumer asked for something last; `None` if it has not since the server started.
    pub(crate) fn seen(&self, consumer: (GroupId, u32)) -> Option<At> {
        self.seen.lock().get(&consumer).copied()
    }

    /// What is remembered of these consumers is of no use any more.
    pub(crate) fn forget(&self, group: GroupId, consumer: Option<u32>) {
        self.seen
            .lock()
            .retain(|(of, number), _| *of != group || consumer.is_some_and(|gone| gone != *number));
    }

    /// Whether somebody is to look how far groups are behind, as nobody has for a while.
    pub(crate) fn is_to_look(&self, now: At) -> bool {
        let mut seen = self.behind.lock();
        let is_due = now.since(seen.at) >= LOOKS_APART;
        if is_due {
            seen.at = now;
        }
        is_due
    }

    /// What was seen last.
    pub(crate) fn lags(&self) -> BTreeMap<GroupId, Lag> {
        self.behind.lock().lags.clone()
    }

    /// What was seen.
    pub(crate) fn are_behind(&self, lags: BTreeMap<GroupId, Lag>) {
        self.behind.lock().lags = lags;
    }

    /// So much of the log of feeds alone they have yet to do, and so much is kept for them at most; bytes.
    pub(crate) fn log_is_kept(&self, needed: u64, most: u64) {
        *self.log.lock() = (needed, most);
    }

    pub(crate) fn stats(&self, now: At) -> ConsumerStats {
        let lags = self.lags();
        let (log_needed, log_most) = *self.log.lock();
        let sum = |groups: &Groups| {
            let none = ConsumerStats { log_needed, log_most, ..ConsumerStats::default() };
            groups.iter().fold(none, |sum, group| sum.with(group, lags.get(&group.id()), now))
        };
        self.look(sum).map(|(stats, _)| stats).unwrap_or_default()
    }
}

impl GroupDesk {
    /// Figures of each group, as of when how far they are behind was looked at last.
    pub(crate) fn figures(&self, now: At) -> Vec<GroupFigures> {
        let lags = self.lags();
        let of = |group: &Group| GroupFigures::of(group, lags.get(&group.id()), now);
        self.look(|groups| groups.iter().map(of).collect()).map_or_else(|_| Vec::new(), |(all, _)| all)
    }
}

/// Why a group does not run, if it does not.
fn cause(group: &Group) -> Option<&PauseCause> {
    Some(&group.care()?.paused()?.cause)
}

impl GroupFigures {
    fn of(group: &Group, lag: Option<&Lag>, now: At) -> Self {
        let (care, cause) = (group.care(), cause(group));
        Self {
            stream: group.stream().clone(),
            name: group.name().into(),
            lag: lag.filter(|_| *group.stream() != GroupStream::All).map(|lag| lag.entries),
            waits: lag
                .filter(|lag| !lag.is_behind_log)
                .map(|lag| lag.oldest_at.map_or(Millis(0), |at| now.since(at))),
            is_behind_log: lag.is_some_and(|lag| lag.is_behind_log),
            pending: group.pending_count() as u64,
            dead: care.map_or(0, |care| care.dead_count() as u64),
            again: care.map_or(0, |care| care.tally().again),
            is_paused: matches!(cause, Some(PauseCause::Operator(_))),
            has_stopped: matches!(cause, Some(PauseCause::Failures(..))),
        }
    }
}

impl ConsumerStats {
    /// With one group more.
    fn with(self, group: &Group, lag: Option<&Lag>, now: At) -> Self {
        let pending = group.pending_count() as u64;
        let since = |at: Option<At>| at.map_or(Millis(0), |at| now.since(at));
        let (care, cause) = (group.care(), cause(group));
        let tally = care.map(Care::tally).unwrap_or_default();
        let lag = lag.copied().unwrap_or_default();
        Self {
            groups: self.groups + 1,
            consumers: self.consumers + group.consumers().count() as u64,
            pending: self.pending + pending,
            pending_most: self.pending_most.max(pending),
            pending_oldest: self.pending_oldest.max(since(group.oldest_at())),
            again: self.again + tally.again,
            dead: self.dead + care.map_or(0, |care| care.dead_count() as u64),
            died: self.died + tally.died,
            paused: self.paused + u64::from(matches!(cause, Some(PauseCause::Operator(_)))),
            stopped: self.stopped + u64::from(matches!(cause, Some(PauseCause::Failures(..)))),
            behind_log: self.behind_log + u64::from(lag.is_behind_log),
            lag_most: self.lag_most.max(lag.entries),
            lag_longest: self.lag_longest.max(since(lag.oldest_at)),
            ..self
        }
    }
}
