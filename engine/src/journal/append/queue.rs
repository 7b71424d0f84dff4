//! Records on their way to a replicated log, gathered into groups. A batch is never divided, and each group has room in front for the one
//! record that says where it stands.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use holdfast_replica::{HEADER_BYTES, MESSAGE_BYTES_MAX};
use holdfast_wal::{Batch, Lsn, Poisoned};
use parking_lot::Mutex;

use crate::limits;

/// The longest batch that a message holds, bytes: all but the header of the message and what stands in front of a group.
pub(super) const BATCH_BYTES_MAX: usize = MESSAGE_BYTES_MAX - HEADER_BYTES - limits::PLACE_BYTES_MAX;

/// Records that go as one message.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// The records.
    pub(crate) records: Batch,
    /// The LSN of the record in front of them, which is yet to be made.
    pub(crate) first: Lsn,
    since: Instant,
}

#[derive(Debug)]
pub(super) struct Queue {
    pending: Mutex<Pending>,
    /// Appended, and not yet in the log of this machine, bytes.
    waiting_bytes: AtomicUsize,
}

#[derive(Debug)]
struct Pending {
    groups: VecDeque<Gathered>,
    last: Lsn,
    /// Why nothing more is taken.
    closed: Option<Poisoned>,
}

impl Queue {
    /// Takes nothing before [`Queue::begin`].
    pub(super) fn new() -> Self {
        let closed = Some(Poisoned::forbidden("this node does not own the replicated log"));
        let pending = Mutex::new(Pending { groups: VecDeque::new(), last: Lsn::ZERO, closed });
        Self { pending, waiting_bytes: AtomicUsize::new(0) }
    }

    /// Takes records behind this one.
    pub(super) fn begin(&self, last: Lsn) {
        *self.pending.lock() = Pending { groups: VecDeque::new(), last, closed: None };
    }

    /// Gives the LSN of the batch's first record and empties the batch. The second is whether a good group has come together.
    pub(super) fn append(&self, batch: &mut Batch) -> Result<(Lsn, bool), Poisoned> {
        let bytes = batch.bytes();
        if bytes > BATCH_BYTES_MAX {
            let why = format!(
                "a batch of {bytes} bytes fits no message of the replicated log: at most {BATCH_BYTES_MAX}"
            );
            return Err(Poisoned::forbidden(why));
        }
        let mut guard = self.pending.lock();
        let pending = &mut *guard;
        if let Some(why) = &pending.closed {
            return Err(why.clone());
        }
        let has_room = |group: &Gathered| group.records.bytes() + bytes <= limits::QUORUM_GROUP_BYTES_MAX;
        let place = u64::from(!pending.groups.back().is_some_and(has_room));
        let first = pending.last.plus(1 + place);
        if batch.is_empty() {
            return Ok((first, false));
        }
        if place > 0 {
            let front = pending.last.next();
            pending.groups.push_back(Gathered { records: Batch::new(), first: front, since: Instant::now() });
        }
        pending.last = pending.last.plus(place + batch.len() as u64);
        let group = pending.groups.back_mut().expect("one was there or was made");
        group.records.join(batch);
        let is_good = group.records.bytes() >= limits::QUORUM_GROUP_BYTES || pending.groups.len() > 1;
        self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        drop(guard);
        batch.clear();
        Ok((first, is_good))
    }

    /// The oldest group, if it is to go now: if none is on its way, or it has come together, or has waited long enough.
    pub(super) fn take(&self, is_idle: bool) -> Option<Gathered> {
        let mut pending = self.pending.lock();
        let is_last = pending.groups.len() == 1;
        let is_ripe = |group: &mut Gathered| {
            let is_good = group.records.bytes() >= limits::QUORUM_GROUP_BYTES;
            is_idle || !is_last || is_good || group.since.elapsed() >= limits::QUORUM_GROUP_WAITS
        };
        pending.groups.pop_front_if(is_ripe)
    }

    /// So many bytes that were appended are in the log of this machine.
    pub(super) fn is_through(&self, bytes: usize) {
        let before = self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        assert!(before >= bytes, "only what was appended comes through");
    }

    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes.load(Ordering::Relaxed)
    }

    /// When a group may be due that is not yet.
    pub(super) fn due_in(&self) -> Option<Duration> {
        (!self.pending.lock().groups.is_empty()).then_some(limits::QUORUM_GROUP_WAITS)
    }

    /// Takes nothing more. The first reason stays.
    pub(super) fn close(&self, why: Poisoned) {
        self.pending.lock().closed.get_or_insert(why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(records: &[usize]) -> Batch {
        let mut batch = Batch::new();
        for length in records {
            batch.push(|bytes| bytes.resize(bytes.len() + length, 7));
        }
        batch
    }

    fn append(queue: &Queue, records: &[usize]) -> u64 {
        queue.append(&mut batch(records)).unwrap().0.0
    }

    #[test]
    fn each_group_has_a_number_in_front_and_no_batch_is_divided() {
        let queue = Queue::new();
        assert!(queue.append(&mut batch(&[1])).unwrap_err().is_forbidden());
        queue.begin(Lsn(10));
        let large = limits::QUORUM_GROUP_BYTES_MAX - 15;
        assert_eq!([append(&queue, &[1]), append(&queue, &[1, 1])], [12, 13]);
        assert_eq!(append(&queue, &[]), 15, "an empty batch appends nothing");
        assert_eq!([append(&queue, &[large]), append(&queue, &[1]), append(&queue, &[1, 1])], [16, 17, 19]);
        let sizes: Vec<_> = std::iter::from_fn(|| queue.take(true))
            .map(|group| (group.first.0, group.records.len(), group.records.bytes()))
            .collect();
        assert_eq!(sizes, [(11, 3, 15), (15, 2, large + 9), (18, 2, 10)]);
        assert_eq!(queue.waiting_bytes(), large + 34);
        queue.is_through(large + 34);
        queue.close(Poisoned::forbidden("it is over"));
        assert_eq!(queue.append(&mut batch(&[1])).unwrap_err().to_string(), "it is over");
    }

    #[test]
    fn a_small_group_waits_while_another_is_on_its_way() {
        let queue = Queue::new();
        queue.begin(Lsn::ZERO);
        append(&queue, &[limits::QUORUM_GROUP_BYTES]);
        assert!(queue.take(false).is_some(), "it has come together");
        append(&queue, &[1]);
        assert!(queue.take(true).is_some(), "nothing is on its way");
        append(&queue, &[1]);
        while queue.take(false).is_none() {
            std::thread::yield_now();
        }
        assert_eq!(queue.due_in(), None);
    }

    #[test]
    fn what_fits_no_message_is_refused_and_closes_nothing() {
        let queue = Queue::new();
        queue.begin(Lsn::ZERO);
        let mut long = batch(&[BATCH_BYTES_MAX]);
        assert!(queue.append(&mut long).unwrap_err().to_string().contains("fits no message"));
        assert_eq!((append(&queue, &[1]), long.len()), (2, 1));
    }
}
