//! Rows about the log, its disk, and snapshots.

use holdfast_engine::SyncProbe;
use holdfast_figures::{
    Figure, Section, Unit::Bytes, Unit::Micros, Unit::Millis, Unit::Number, Value, counter, gauge, histogram,
    told,
};

use super::{distribution, of};
use crate::figures::running::Running;

const fn trouble(name: &'static str, read: fn(&Running) -> Option<Value>) -> Figure<Running> {
    let help = "1 if there is this trouble with the disk or the log; the worst of all troubles is the mode";
    gauge("holdfast_trouble", Number, help, read).label("trouble", name)
}

pub(super) static PERSISTENCE: Section<Running> = Section {
    title: "Persistence",
    rows: &[
        told("loading", of!(|_now| 0_u64)),
        // Exporters of Redis know the log by this name.
        told("aof_enabled", of!(|_now| 1_u64)),
        gauge(
            "holdfast_snapshot_behind_records",
            Number,
            "Records of the log since the last snapshot",
            of!(|now| {
                let saved = now.stats.checkpoint.as_ref().map_or(0, |report| report.lsn.0);
                now.stats.appended.saturating_sub(saved)
            }),
        )
        .info("rdb_changes_since_last_save"),
        gauge(
            "holdfast_wal_appended_lsn",
            Number,
            "Number of the newest record of the log",
            of!(|now| now.stats.appended),
        )
        .info("lsn_appended"),
        gauge(
            "holdfast_wal_durable_lsn",
            Number,
            "Number of the newest record that is on the disk",
            of!(|now| now.stats.durable),
        )
        .info("lsn_durable"),
        counter(
            "holdfast_wal_records_total",
            Number,
            "Records that were written to the log",
            of!(|now| now.stats.log.records),
        )
        .info("log_records"),
        counter(
            "holdfast_wal_record_bytes_total",
            Bytes,
            "Bytes of these records",
            of!(|now| now.stats.log.bytes),
        )
        .info("log_bytes"),
        counter(
            "holdfast_wal_written_bytes_total",
            Bytes,
            "Bytes that were written to the disk for them, with headers and padding",
            of!(|now| now.stats.log.written_bytes),
        )
        .info("log_written_bytes"),
        counter(
            "holdfast_wal_groups_total",
            Number,
            "Groups of records, each with one sync",
            of!(|now| now.stats.log.groups),
        )
        .info("log_groups"),
        gauge("holdfast_wal_segments", Number, "Files of the log", of!(|now| now.stats.log.segments))
            .info("log_segments"),
        counter(
            "holdfast_wal_segment_failures_total",
            Number,
            "How often the next file of the log could not be made, for another reason than want of room",
            of!(|now| now.stats.log.segments_failed),
        )
        .info("log_segments_failed"),
        gauge(
            "holdfast_wal_disk_bytes",
            Bytes,
            "Bytes that the log takes on the disk",
            of!(|now| now.stats.log.disk_bytes),
        )
        .info("log_disk_bytes"),
        gauge(
            "holdfast_wal_pending_bytes",
            Bytes,
            "Bytes that wait to be written",
            of!(|now| now.stats.pressure.pending_bytes),
        )
        .info("log_pending_bytes"),
        gauge(
            "holdfast_wal_sync_last_seconds",
            Micros,
            "How long the last write and sync took",
            of!(|now| now.stats.log.sync_us_last),
        )
        .info("sync_us_last"),
        gauge(
            "holdfast_wal_sync_max_seconds",
            Micros,
            "How long the longest write and sync took",
            of!(|now| now.stats.log.sync_us_max),
        )
        .info("sync_us_max"),
        told(
            "sync_us_mean",
            of!(|now| now.stats.log.sync_us_total.checked_div(now.stats.log.syncs).unwrap_or(0)),
        ),
        gauge(
            "holdfast_wal_sync_probe_seconds",
            Micros,
            "How long a sync took at the start, in the middle of a few dozen",
            of!(|now| now.stats.probe.map_or(0, |probe| probe.median.as_micros() as u64)),
        )
        .info("sync_us_probe"),
        gauge(
            "holdfast_disk_volatile",
            Number,
            "1 if syncs are too fast to be true",
            of!(|now| now.stats.probe.is_some_and(SyncProbe::looks_volatile)),
        )
        .info("disk_volatile"),
        gauge(
            "holdfast_disk_free_bytes",
            Bytes,
            "Free bytes on the disk of the data directory",
            of!(|now| now.stats.log.free_bytes),
        )
        .info("disk_free_bytes"),
        trouble("disk_low", of!(|now| now.stats.pressure.low_space)).info("disk_low"),
        trouble("disk_full", of!(|now| now.stats.pressure.out_of_space)).info("disk_full"),
        trouble("no_segment", of!(|now| now.stats.pressure.no_segment)).info("log_cannot_go_on"),
        trouble("disk_slow", of!(|now| now.stats.pressure.slow)).info("disk_slow"),
        trouble("disk_stalled", of!(|now| now.stats.pressure.stalled)).info("disk_stalled"),
        gauge(
            "holdfast_snapshot_lsn",
            Number,
            "The record up to which the newest snapshot has everything; 0 before the first of this process",
            of!(|now| now.stats.checkpoint.as_ref().map_or(0, |report| report.lsn.0)),
        )
        .info("snapshot_lsn"),
        gauge(
            "holdfast_snapshot_seconds",
            Millis,
            "How long it took to make it",
            of!(|now| now.stats.checkpoint.as_ref().map_or(0, |report| report.took.as_millis() as u64)),
        )
        .info("snapshot_took_ms"),
        gauge(
            "holdfast_snapshot_bytes",
            Bytes,
            "Bytes that were written for it",
            of!(|now| now.stats.checkpoint.as_ref().map_or(0, |report| report.bytes)),
        )
        .info("snapshot_bytes"),
        counter(
            "holdfast_snapshot_failures_total",
            Number,
            "Snapshots that could not be made",
            of!(|now| now.stats.checkpoint_failures),
        )
        .info("snapshot_failures"),
        gauge(
            "holdfast_snapshot_events_behind",
            Number,
            "Events of which no snapshot could be made",
            of!(|now| now.stats.behind),
        )
        .info("snapshot_events_behind"),
        histogram(
            "holdfast_wal_sync_seconds",
            Micros,
            "How long writes and syncs of the log took",
            &[],
            |now: &Running, samples| samples.add(&[], distribution(&now.stats.groups.sync_us)),
        ),
        histogram(
            "holdfast_wal_group_records",
            Number,
            "How many records were written and synced together",
            &[],
            |now: &Running, samples| samples.add(&[], distribution(&now.stats.groups.records)),
        ),
    ],
};
