//! What waits for clients, over all connections of a server: half commands, replies that are not read, and what is behind
//! them. What the server itself has still to do is not counted, as that drains by itself.
//!
//! When it is more than there may be, the connection goes of which most waits. Only connections are known here of which
//! something waits, so one that is served costs nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::limits;

/// All connections of which something waits.
#[derive(Debug)]
pub(crate) struct Memory {
    most: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Default, Debug)]
struct Waiting {
    bytes: usize,
    /// By the number of the connection.
    by: BTreeMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    bytes: usize,
    goes: Arc<AtomicBool>,
    waker: Waker,
}

/// A connection's part. Dropping it gives back what it had.
#[derive(Debug)]
pub(crate) struct Part {
    memory: Arc<Memory>,
    connection: u64,
    noted: usize,
    /// There once something has waited.
    goes: Option<Arc<AtomicBool>>,
}

impl Memory {
    /// So many bytes may wait.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, waiting: Mutex::default() }
    }

    /// How many bytes may wait, and how many do.
    pub(crate) fn bytes(&self) -> (usize, usize) {
        (self.most, self.lock().bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, connection: u64, bytes: usize, goes: &Arc<AtomicBool>, waker: &Waker) {
        let mut waiting = self.lock();
        waiting.remove(connection);
        // What goes is counted no longer: the next one need not go for it.
        if bytes > 0 && !goes.load(Ordering::Relaxed) {
            let entry = Entry { bytes, goes: Arc::clone(goes), waker: waker.clone() };
            waiting.by.insert(connection, entry);
            waiting.bytes += bytes;
        }
        while waiting.bytes > self.most {
            let largest = waiting.by.iter().max_by_key(|(_, entry)| entry.bytes).map(|(number, _)| *number);
            let Some(entry) = largest.and_then(|largest| waiting.remove(largest)) else { break };
            entry.goes.store(true, Ordering::Relaxed);
            entry.waker.wake();
        }
    }
}

impl Waiting {
    fn remove(&mut self, connection: u64) -> Option<Entry> {
        let entry = self.by.remove(&connection)?;
        self.bytes -= entry.bytes;
        Some(entry)
    }
}

impl Part {
    pub(crate) fn of(memory: &Arc<Memory>, connection: u64) -> Self {
        Self { memory: Arc::clone(memory), connection, noted: 0, goes: None }
    }

    /// So many bytes wait for the client now. Little is taken for nothing.
    #[inline]
    pub(crate) fn note(&mut self, bytes: usize, waker: &Waker) {
        let bytes = bytes - bytes % limits::MEMORY_COUNTED_MIN;
        if bytes != self.noted {
            self.noted = bytes;
            let goes = self.goes.get_or_insert_default();
            self.memory.note(self.connection, bytes, goes, waker);
        }
    }

    /// Must the connection go, as more waits for it than for any other, and more for all than there may be?
    #[inline]
    pub(crate) fn must_go(&self) -> bool {
        self.goes.as_ref().is_some_and(|goes| goes.load(Ordering::Relaxed))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.noted > 0 {
            self.memory.lock().remove(self.connection);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: usize = 1024;

    #[test]
    fn the_largest_goes_first_and_no_more_than_have_to() {
        let memory = Arc::new(Memory::new(100 * KIB));
        let mut parts: Vec<Part> = (0..4).map(|number| Part::of(&memory, number)).collect();
        let mut note = |number: usize, kib: usize| {
            parts[number].note(kib * KIB, Waker::noop());
            parts.iter().map(Part::must_go).collect::<Vec<_>>()
        };
        assert_eq!(note(0, 20), [false; 4]);
        assert_eq!(note(1, 60), [false; 4]);
        assert_eq!(note(2, 20), [false; 4], "as much as there may be");
        assert_eq!(note(3, 4), [false, true, false, false], "not the one that came last");
        assert_eq!(note(1, 64), [false, true, false, false], "it goes, and counts no more");
        assert_eq!(memory.bytes().1, 44 * KIB);
        assert_eq!(note(3, 96), [false, true, false, true], "the one that came last, as it is the largest");
        assert_eq!(note(0, 0), [false, true, false, true], "what was read does not count");
        assert_eq!(memory.bytes().1, 20 * KIB);
        parts.clear();
        assert_eq!(memory.bytes().1, 0);
    }

    #[test]
    fn a_connection_of_which_nothing_waits_is_not_known() {
        let memory = Arc::new(Memory::new(0));
        let mut part = Part::of(&memory, 1);
        part.note(limits::MEMORY_COUNTED_MIN - 1, Waker::noop());
        assert!(part.goes.is_none() && !part.must_go());
    }
}
