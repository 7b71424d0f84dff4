//! How often commands were refused, by code, and how often an answer was repeated. Replies are written in many places, so this is
//! counted where all of them come by, for all servers of the process.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use holdfast_engine::{CATALOGUE, Code};

use super::{SHARDS, shard};

/// What the threads of one shard have counted.
#[repr(align(64))]
struct Counts {
    by_code: [AtomicU64; CATALOGUE.len()],
    repeats: AtomicU64,
}

static COUNTS: [Counts; SHARDS] = [const {
    Counts { by_code: [const { AtomicU64::new(0) }; CATALOGUE.len()], repeats: AtomicU64::new(0) }
}; SHARDS];

/// A reply is a refusal with this code.
#[inline]
pub(crate) fn count(code: Code) {
    COUNTS[shard()].by_code[code.place()].fetch_add(1, Relaxed);
}

/// A reply is that to an earlier command of the same key.
#[inline]
pub(crate) fn count_repeat() {
    COUNTS[shard()].repeats.fetch_add(1, Relaxed);
}

/// How often each code was given, in the order of [`CATALOGUE`].
pub(crate) fn by_code() -> Vec<u64> {
    let sum = |place: usize| COUNTS.iter().map(|counts| counts.by_code[place].load(Relaxed)).sum();
    (0..CATALOGUE.len()).map(sum).collect()
}

/// How many answers were repeats.
pub(crate) fn repeats() -> u64 {
    COUNTS.iter().map(|counts| counts.repeats.load(Relaxed)).sum()
}
