//! Counting on many threads: each counts in a shard of its own, so that no line of memory goes from core to core for it.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) mod refusals;

/// This many threads can count without sharing a cache line.
pub(crate) const SHARDS: usize = 32;

/// The shard of this thread.
pub(crate) fn shard() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: Cell<usize> = Cell::new(THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS);
    }
    SHARD.get()
}
