//! Rows about memory.

use holdfast_figures::{Figure, Section, Unit::Bytes, Value, gauge, told};

use super::of;
use crate::figures::running::Running;

const fn part(name: &'static str, read: fn(&Running) -> Option<Value>) -> Figure<Running> {
    gauge("holdfast_memory_part_bytes", Bytes, "What the memory is used for", read).label("part", name)
}

pub(super) static MEMORY: Section<Running> = Section {
    title: "Memory",
    rows: &[
        gauge(
            "holdfast_memory_used_bytes",
            Bytes,
            "Memory in use, as it counts for memory.max",
            of!(|now| now.stats.memory.used),
        )
        .info("used_memory"),
        gauge(
            "holdfast_memory_resident_bytes",
            Bytes,
            "Memory in use that is resident, as of the same look",
            of!(|now| now.stats.memory.resident),
        )
        .info("used_memory_rss"),
        gauge(
            "holdfast_memory_peak_bytes",
            Bytes,
            "The most memory that was in use, of what was seen",
            of!(|now| now.stats.memory.peak),
        )
        .info("used_memory_peak"),
        gauge(
            "holdfast_memory_max_bytes",
            Bytes,
            "How much memory may be in use; 0: there is no bound",
            of!(|now| now.stats.memory.max),
        )
        .info("maxmemory"),
        told("maxmemory_policy", of!(|_now| "noeviction")),
        part("events", of!(|now| now.stats.memory.events)).info("used_memory_events"),
        part("log", of!(|now| now.stats.pressure.pending_bytes)).info("used_memory_log"),
        part("feeds", of!(|now| now.stats.feed.tail_bytes)).info("used_memory_feeds"),
        part("snapshot", of!(|now| now.stats.memory.snapshot)).info("used_memory_snapshot"),
        part("reusable", of!(|now| now.stats.memory.reusable)).info("used_memory_reusable"),
        // Connections, the program itself, and what the allocator keeps.
        part("other", of!(|now| now.stats.memory.used.saturating_sub(known(now)))).info("used_memory_other"),
        gauge(
            "holdfast_memory_snapshot_needs_bytes",
            Bytes,
            "How much memory the next snapshot is expected to take",
            of!(|now| now.stats.memory.snapshot_needs),
        )
        .info("snapshot_needs_memory"),
    ],
};

fn known(now: &Running) -> u64 {
    let memory = &now.stats.memory;
    memory.events
        + memory.snapshot
        + memory.reusable
        + now.stats.pressure.pending_bytes as u64
        + now.stats.feed.tail_bytes as u64
}
