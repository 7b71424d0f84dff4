//! Rows about the archive of the log; all of them are 0 where there is none.

use holdfast_figures::{Section, Unit::Bytes, Unit::Millis, Unit::Number, counter, gauge};

use crate::figures::rows::of;
use crate::figures::running::Running;

pub(in crate::figures::rows) static ARCHIVE: Section<Running> = Section {
    title: "Archive",
    rows: &[
        gauge(
            "holdfast_archive_wanted",
            Number,
            "1 if the log is archived: archive.to is set",
            of!(|now| u64::from(now.stats.archive.is_some())),
        )
        .info("archive_wanted"),
        gauge(
            "holdfast_archive_lag_seconds",
            Millis,
            "For how long something that is sealed waits to be archived",
            of!(|now| {
                let since = now.stats.archive.as_ref().and_then(|archive| archive.waiting_since);
                since.map_or(0, |since| now.stats.now.since(since).0)
            }),
        )
        .info("archive_lag_ms"),
        gauge(
            "holdfast_archive_failing",
            Number,
            "1 if the newest try to archive the log has failed",
            of!(|now| u64::from(now.stats.archive.as_ref().is_some_and(|archive| archive.failing.is_some()))),
        )
        .info("archive_failing"),
        counter(
            "holdfast_archive_failures_total",
            Number,
            "Tries to archive the log that have failed",
            of!(|now| now.stats.archive.as_ref().map_or(0, |archive| archive.failures)),
        )
        .info("archive_failures"),
        counter(
            "holdfast_archive_copied_segments_total",
            Number,
            "Files of the log that were copied to the archive",
            of!(|now| now.stats.archive.as_ref().map_or(0, |archive| archive.copied)),
        )
        .info("archive_copied"),
        counter(
            "holdfast_archive_lost_segments_total",
            Number,
            "Files of the log that were let go of before they could be archived",
            of!(|now| now.stats.archive.as_ref().map_or(0, |archive| archive.lost)),
        )
        .info("archive_lost"),
        gauge(
            "holdfast_archive_lsn",
            Number,
            "Number of the newest record that is archived",
            of!(|now| now.stats.archive.as_ref().map_or(0, |archive| archive.upto.0)),
        )
        .info("archive_lsn"),
        gauge(
            "holdfast_archive_segments",
            Number,
            "Files of the log that the archive has",
            of!(|now| now.stats.archive.as_ref().map_or(0, |archive| archive.segments)),
        )
        .info("archive_segments"),
        gauge(
            "holdfast_archive_bytes",
            Bytes,
            "Their length together",
            of!(|now| now.stats.archive.as_ref().map_or(0, |archive| archive.bytes)),
        )
        .info("archive_bytes"),
    ],
};
