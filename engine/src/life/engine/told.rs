//! What the start says of what it found.

use holdfast_wal::{Recovered, Tail};

use crate::catalogue::{Code, explain};
use crate::life::sync_probe::SyncProbe;
use crate::restore::recovery::{RecoveryReport, RestoredSystem};

pub(super) fn tell_log(log: &Recovered) {
    let upto = log.last_lsn().0;
    crate::feed::tell_cut_off(log.cut_off());
    match log.tail() {
        Tail::Sealed => tracing::info!(upto, "the log was closed in order"),
        Tail::Doubtful { segment, offset, .. } => {
            tracing::warn!(
                upto,
                segment,
                offset,
                "the last group may not have been synced: it is kept and synced again"
            );
        }
        Tail::Cut { segment, offset, bytes, reason, .. } => {
            tracing::warn!(
                upto,
                segment,
                offset,
                bytes,
                reason,
                "a torn tail that nobody was told of is cut off"
            );
        }
        _ if upto == 0 => tracing::info!("the log is new"),
        _ => tracing::info!(upto, "the log was not closed, and is whole"),
    }
}

pub(super) fn tell_probe(probe: Option<SyncProbe>) {
    let Some(probe) = probe else {
        tracing::warn!(code = %Code::DISK_LOW, "the disk is too full to see how long its syncs take");
        return;
    };
    let median_us = probe.median.as_micros() as u64;
    if probe.looks_volatile() {
        tracing::warn!(
            median_us,
            "syncs are too fast to be true: the disk has a volatile cache, and a power cut may lose what was acknowledged"
        );
    } else {
        tracing::info!(median_us, "sync of the disk");
    }
}

pub(super) fn tell(report: &RecoveryReport, system: &RestoredSystem) {
    for alarm in &report.alarms {
        tracing::error!(code = %Code::SNAPSHOTS_DAMAGED, alarm, "a snapshot is damaged");
    }
    for lost in &report.lost {
        let remedy = explain(lost.code.text()).map_or("", |entry| entry.remedy);
        tracing::error!(code = %lost.code, %lost, remedy, "an event is out of service; the others go on");
    }
    tracing::info!(
        events = report.events,
        from_snapshot = report.from_snapshot,
        records = report.records,
        upto = report.last_lsn.0,
        took_ms = report.took.as_millis() as u64,
        "recovered"
    );
    if let RestoredSystem::Lost(lost) = system {
        tracing::error!(code = %Code::SYSTEM_EVENT_OUT, %lost, "the system event is out of service; sales go on");
    }
}
