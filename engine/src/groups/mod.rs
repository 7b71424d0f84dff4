//! Where those who ask about consumer groups meet the system event, which records what becomes of them.

use std::collections::BTreeMap;

use holdfast_wal::Lsn;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::actor::SharedSystem;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::numbers::At;
use crate::system::{GroupBounds, GroupChange, GroupId, GroupStream, Groups, System};

/// The way to consumer groups. A record of them costs no sale anything: nobody but who asked waits for it.
pub(crate) struct GroupDesk {
    core: SharedSystem,
    bounds: GroupBounds,
    /// Something happened to a group that changes what those who wait for it may be given.
    changed: Notify,
    /// When consumers asked for something last, by group and number. It is not recorded: who asks in vain makes no record.
    seen: Mutex<BTreeMap<(GroupId, u32), At>>,
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
}

impl GroupDesk {
    pub(crate) fn new(core: SharedSystem, bounds: GroupBounds) -> Self {
        Self { core, bounds, changed: Notify::new(), seen: Mutex::default() }
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

    pub(crate) fn stats(&self) -> ConsumerStats {
        let sum = |groups: &Groups| {
            groups.iter().fold(ConsumerStats::default(), |sum, group| ConsumerStats {
                groups: sum.groups + 1,
                consumers: sum.consumers + group.consumers().count() as u64,
                pending: sum.pending + group.pending_count() as u64,
                pending_most: sum.pending_most.max(group.pending_count() as u64),
            })
        };
        self.look(sum).map(|(stats, _)| stats).unwrap_or_default()
    }
}
