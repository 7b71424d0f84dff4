//! Where appenders meet the committer: one lock, held for one copy.
//!
//! Appenders fill the group to come; the committer takes it whole and gives it back when it is on the
//! medium. A batch has room for a group's header in front, so that records are copied once, from the batch into
//! the bytes that are written. A batch is never divided between two groups: a crash keeps all of it or nothing.
//!
//! This file knows neither segments nor storage, and uses only the primitives of [`crate::sync`], so that loom can
//! try every interleaving of it.

#[cfg(all(test, loom))]
mod model;

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use crate::batch::Batch;
use crate::error::Poisoned;
use crate::format::GROUP_HEADER_BYTES;
use crate::limits::{LATER_RECORDS_MAX, SPARE_BUFFERS};
use crate::lsn::Lsn;
use crate::sync::{AtomicBool, Condvar, Mutex, MutexGuard};

/// What the committer found when it came.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The oldest group that waits.
    pub(crate) group: Option<Batch>,
    /// Someone wants the running segment ended. Told once, and only when no group waits before it.
    pub(crate) seal: bool,
    /// Nothing comes any more, and nothing waits.
    pub(crate) stopping: bool,
}

/// When the committer is to look at what is appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wake {
    /// Now.
    Now,
    /// When [`Handover::wake`] is called, or a good group has come together.
    Later,
}

#[derive(Debug)]
pub(crate) struct Handover {
    pending: Mutex<Pending>,
    wake: Condvar,
    payload_max: usize,
    /// Copies of what the lock guards, for those who only want to know.
    appended: AtomicU64,
    waiting_bytes: AtomicUsize,
    /// Something was appended of which a sleeping committer was not told.
    untold: AtomicBool,
}

#[derive(Debug)]
struct Pending {
    filling: Batch,
    /// Groups that reached their largest size before the committer came.
    full: VecDeque<Batch>,
    spare: Vec<Batch>,
    last: Lsn,
    /// Payload that was appended and not yet given back by the committer.
    waiting_bytes: usize,
    /// The committer waits, or is about to: it must be signalled. Cleared by the one who does.
    asleep: bool,
    /// It wakes by itself to see whether the last group is proven.
    timed: bool,
    /// Something besides groups changed.
    nudged: bool,
    seal: bool,
    stopping: bool,
    poisoned: Option<Poisoned>,
}

impl Handover {
    /// Starts after the record `last`; a group takes up to `payload_max` bytes, unless a single batch is longer.
    pub(crate) fn new(last: Lsn, payload_max: usize) -> Self {
        Self {
            pending: Mutex::new(Pending {
                filling: Batch::new(),
                full: VecDeque::new(),
                spare: Vec::new(),
                last,
                waiting_bytes: 0,
                asleep: false,
                timed: false,
                nudged: false,
                seal: false,
                stopping: false,
                poisoned: None,
            }),
            wake: Condvar::new(),
            payload_max,
            appended: AtomicU64::new(last.0),
            waiting_bytes: AtomicUsize::new(0),
            untold: AtomicBool::new(false),
        }
    }

    /// Gives the LSN of the batch's first record and empties the batch.
    pub(crate) fn append(&self, batch: &mut Batch, wake: Wake) -> Result<Lsn, Poisoned> {
        let mut guard = self.pending.lock();
        let pending = &mut *guard;
        if let Some(poisoned) = &pending.poisoned {
            return Err(poisoned.clone());
        }
        if pending.stopping {
            return Err(Poisoned::stopped());
        }
        let first = pending.last.next();
        if batch.is_empty() {
            return Ok(first);
        }
        if !pending.filling.is_empty() && pending.filling.bytes() + batch.bytes() > self.payload_max {
            let empty = pending.spare.pop().unwrap_or_default();
            pending.full.push_back(mem::replace(&mut pending.filling, empty));
        }
        pending.filling.join(batch);
        pending.last = pending.last.plus(u64::from(batch.count()));
        pending.waiting_bytes += batch.bytes();
        self.appended.store(pending.last.0, Ordering::Release);
        self.waiting_bytes.store(pending.waiting_bytes, Ordering::Relaxed);
        if wake == Wake::Later && pending.filling.count() < LATER_RECORDS_MAX && pending.full.is_empty() {
            self.untold.store(pending.asleep, Ordering::Relaxed);
        } else {
            self.rouse(guard);
        }
        batch.clear();
        Ok(first)
    }

    /// Wakes the committer, if it sleeps beside something that was appended.
    pub(crate) fn wake(&self) {
        // Set under the lock by the thread that asks, or by another one, which asks itself.
        if self.untold.load(Ordering::Relaxed) {
            let pending = self.pending.lock();
            if pending.has_groups() {
                self.rouse(pending);
            } else {
                self.untold.store(false, Ordering::Relaxed);
            }
        }
    }

    fn rouse(&self, mut pending: MutexGuard<'_, Pending>) {
        self.untold.store(false, Ordering::Relaxed);
        let asleep = mem::take(&mut pending.asleep);
        // The guard goes first: the committer would wake only to wait for the lock.
        drop(pending);
        if asleep {
            self.wake.notify_one();
        }
    }

    /// Whether one record waits, and nothing else is to be done, and the committer sleeps.
    pub(crate) fn has_lone_record(&self) -> bool {
        if !self.untold.load(Ordering::Relaxed) {
            return false;
        }
        let pending = self.pending.lock();
        pending.asleep
            && pending.filling.count() == 1
            && pending.full.is_empty()
            && !pending.something_else(false)
    }

    /// The group that was taken while the committer slept is written. It has to see to the proof of it.
    pub(crate) fn committed_elsewhere(&self) {
        if !self.pending.lock().timed {
            self.nudge();
        }
    }

    /// Takes the oldest group that waits, without waiting for one.
    pub(crate) fn take(&self) -> Result<Taken, Poisoned> {
        let mut pending = self.pending.lock();
        if let Some(poisoned) = &pending.poisoned {
            return Err(poisoned.clone());
        }
        let group = if let Some(group) = pending.full.pop_front() {
            Some(group)
        } else if !pending.filling.is_empty() {
            let empty = pending.spare.pop().unwrap_or_default();
            Some(mem::replace(&mut pending.filling, empty))
        } else {
            None
        };
        let drained = group.is_none();
        let seal = drained && mem::take(&mut pending.seal);
        Ok(Taken { group, seal, stopping: drained && pending.stopping })
    }

    /// Gives back the buffer of a group that is on the medium.
    pub(crate) fn give_back(&self, mut group: Batch, payload: usize) {
        // One batch that was longer than any group would keep its memory for ever.
        let is_usual = group.frame().capacity() <= 2 * (self.payload_max + GROUP_HEADER_BYTES);
        group.empty();
        let mut pending = self.pending.lock();
        assert!(payload <= pending.waiting_bytes, "only what was appended is given back");
        pending.waiting_bytes -= payload;
        self.waiting_bytes.store(pending.waiting_bytes, Ordering::Relaxed);
        if is_usual && pending.spare.len() < SPARE_BUFFERS {
            pending.spare.push(group);
        }
    }

    /// Waits until there is something to do, or until `until`. With `only_news`, groups that wait already are no
    /// reason to come back: the committer knows of them and cannot write them.
    pub(crate) fn wait(&self, until: Option<Instant>, only_news: bool) {
        let mut pending = self.pending.lock();
        let groups = !only_news && pending.has_groups();
        if groups || pending.something_else(only_news) {
            pending.nudged = false;
            return;
        }
        // A spurious return costs one look around; who signals has cleared the flag.
        pending.asleep = !only_news;
        pending.timed = until.is_some();
        match until {
            Some(until) => {
                self.wake.wait_until(&mut pending, until);
            }
            None => self.wake.wait(&mut pending),
        }
        pending.asleep = false;
        pending.timed = false;
        pending.nudged = false;
    }

    /// Makes the committer look around.
    pub(crate) fn nudge(&self) {
        self.tell(|pending| pending.nudged = true);
    }

    pub(crate) fn seal(&self) {
        self.tell(|pending| pending.seal = true);
    }

    pub(crate) fn stop(&self) {
        self.tell(|pending| pending.stopping = true);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.pending.lock().stopping
    }

    /// The first cause stays.
    pub(crate) fn poison(&self, cause: Poisoned) {
        self.tell(|pending| {
            pending.poisoned.get_or_insert(cause);
        });
    }

    pub(crate) fn poisoned(&self) -> Option<Poisoned> {
        self.pending.lock().poisoned.clone()
    }

    fn tell(&self, change: impl FnOnce(&mut Pending)) {
        let mut pending = self.pending.lock();
        change(&mut pending);
        pending.asleep = false;
        drop(pending);
        self.wake.notify_one();
    }

    pub(crate) fn appended(&self) -> Lsn {
        Lsn(self.appended.load(Ordering::Acquire))
    }

    /// Payload that is not durable yet.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes.load(Ordering::Relaxed)
    }
}

impl Pending {
    fn has_groups(&self) -> bool {
        !self.filling.is_empty() || !self.full.is_empty()
    }

    fn something_else(&self, only_news: bool) -> bool {
        let standing = (self.seal || self.stopping) && !only_news;
        self.nudged || standing || self.poisoned.is_some()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn batch(records: &[&[u8]]) -> Batch {
        let mut batch = Batch::new();
        for record in records {
            batch.push(|bytes| bytes.extend_from_slice(record));
        }
        batch
    }

    #[test]
    fn a_group_is_bounded_and_a_batch_is_never_divided() {
        let handover = Handover::new(Lsn(10), 20);
        assert_eq!(handover.append(&mut batch(&[b"12345678"]), Wake::Now).unwrap(), Lsn(11));
        assert_eq!(handover.append(&mut batch(&[b"1", b"2"]), Wake::Now).unwrap(), Lsn(12));
        assert_eq!(handover.append(&mut batch(&[&[0; 100]]), Wake::Now).unwrap(), Lsn(14));
        assert_eq!(handover.appended(), Lsn(14));
        assert_eq!(handover.waiting_bytes(), 12 + 10 + 104);
        let mut sizes = Vec::new();
        while let Some(group) = handover.take().unwrap().group {
            let payload = group.bytes();
            sizes.push((group.count(), payload));
            handover.give_back(group, payload);
        }
        assert_eq!(sizes, [(1, 12), (2, 10), (1, 104)]);
        assert_eq!(handover.waiting_bytes(), 0);
    }

    #[test]
    fn sealing_and_stopping_come_after_the_groups_that_wait() {
        let handover = Handover::new(Lsn::ZERO, 1000);
        handover.append(&mut batch(&[b"a"]), Wake::Now).unwrap();
        handover.seal();
        handover.stop();
        assert!(handover.append(&mut batch(&[b"b"]), Wake::Now).unwrap_err().is_stop());
        let taken = handover.take().unwrap();
        assert!(taken.group.is_some());
        assert!(!taken.seal);
        assert!(!taken.stopping);
        let taken = handover.take().unwrap();
        assert!(taken.seal);
        assert!(taken.stopping);
        assert!(!handover.take().unwrap().seal);
    }

    #[test]
    fn the_first_poison_stays_and_reaches_everybody() {
        let handover = Handover::new(Lsn::ZERO, 1000);
        handover.poison(Poisoned::abandoned());
        handover.poison(Poisoned::stopped());
        assert!(!handover.append(&mut batch(&[b"b"]), Wake::Now).unwrap_err().is_stop());
        assert!(!handover.take().unwrap_err().is_stop());
        handover.wait(None, true);
    }
}
