//! Rows about the start, and about this process and those before it.

use holdfast_engine::{At, Millis, System};
use holdfast_figures::{
    Figure, Section, Unit::Millis as Milliseconds, Unit::Number, Unit::UnixMillis, Value, counter, gauge,
    told,
};

use super::of;
use crate::figures::running::Running;

pub(super) static RECOVERY: Section<Running> = Section {
    title: "Recovery",
    rows: &[
        gauge(
            "holdfast_recovery_events",
            Number,
            "Events that the start has brought back",
            of!(|now| now.stats.recovery.events),
        )
        .info("recovered_events"),
        gauge(
            "holdfast_recovery_snapshot_events",
            Number,
            "Those of them that began with a snapshot",
            of!(|now| now.stats.recovery.from_snapshot),
        )
        .info("recovered_from_snapshot"),
        gauge(
            "holdfast_recovery_records",
            Number,
            "Records of the log that the start has replayed",
            of!(|now| now.stats.recovery.records),
        )
        .info("recovered_records"),
        gauge(
            "holdfast_recovery_lsn",
            Number,
            "The last record that the start has found",
            of!(|now| now.stats.recovery.last_lsn.0),
        )
        .info("recovered_upto_lsn"),
        gauge(
            "holdfast_recovery_seconds",
            Milliseconds,
            "How long the start took to bring the events back",
            of!(|now| now.stats.recovery.took.as_millis() as u64),
        )
        .info("recovery_took_ms"),
        gauge(
            "holdfast_recovery_alarms",
            Number,
            "Damage that the start has found and passed over",
            of!(|now| now.stats.recovery.alarms.len()),
        )
        .info("recovery_alarms"),
    ],
};

const fn executions(state: &'static str, read: fn(&Running) -> Option<Value>) -> Figure<Running> {
    gauge("holdfast_executions", Number, "Executions of jobs that are known, by their state", read)
        .label("state", state)
}

/// What the system event knows. Its sums go on over starts.
pub(super) static SYSTEM: Section<Running> = Section {
    title: "System",
    rows: &[
        gauge(
            "holdfast_system_in_service",
            Number,
            "1 if starts, ends and modes are recorded",
            of!(|now| now.stats.system.in_service),
        )
        .info("system_in_service"),
        gauge(
            "holdfast_system_records",
            Number,
            "How many of these records there are",
            of!(|now| now.system(System::version)),
        )
        .info("system_records"),
        gauge(
            "holdfast_system_last_record_timestamp_seconds",
            UnixMillis,
            "When the newest of them was made",
            of!(|now| now.system(|system| system.last_at().0)),
        )
        .info("system_last_record_at"),
        gauge(
            "holdfast_last_start_timestamp_seconds",
            UnixMillis,
            "When this process had the data directory",
            of!(|now| now.system(|system| system.run().started_at.0)),
        )
        .info("last_start_at"),
        gauge(
            "holdfast_last_ready_timestamp_seconds",
            UnixMillis,
            "From when on this process took connections",
            of!(|now| now.system(|system| system.run().ready_at.map_or(0, |At(at)| at))),
        )
        .info("last_ready_at"),
        told(
            "last_start_build",
            of!(|now| {
                now.stats
                    .system
                    .system
                    .as_ref()
                    .map_or(String::new(), |system| system.run().build.to_string())
            }),
        ),
        told(
            "last_stop_clean",
            of!(|now| {
                match now.stats.system.system.as_ref().and_then(|system| system.run().after_stop) {
                    Some(true) => "yes",
                    Some(false) => "no",
                    None => "unknown",
                }
            }),
        ),
        told("mode", of!(|now| now.stats.system.condition.word())),
        gauge(
            "holdfast_mode_since_timestamp_seconds",
            UnixMillis,
            "Since when the mode is what it is",
            of!(|now| now.stats.system.condition_since.0),
        )
        .info("mode_since"),
        gauge(
            "holdfast_last_outage_seconds",
            Milliseconds,
            "How long no process was ready before this one",
            of!(|now| now.stats.system.last_outage().map_or(0, |outage| outage.length().0)),
        )
        .info("last_outage_ms"),
        gauge(
            "holdfast_last_outage_planned",
            Number,
            "1 if that began with a stop",
            of!(|now| now.stats.system.last_outage().is_some_and(|outage| outage.planned)),
        )
        .info("last_outage_planned"),
        gauge(
            "holdfast_known_since_timestamp_seconds",
            UnixMillis,
            "From when on the sums over all starts are known",
            of!(|now| now.system(|system| system.sums().since.0)),
        )
        .info("known_since"),
        counter(
            "holdfast_starts_total",
            Number,
            "Starts since then, over all processes",
            of!(|now| now.system(|system| system.sums().starts)),
        )
        .info("starts"),
        counter(
            "holdfast_starts_without_a_stop_total",
            Number,
            "Those of them after a kill or a crash",
            of!(|now| now.system(|system| system.sums().incidents)),
        )
        .info("starts_without_a_stop"),
        counter(
            "holdfast_up_seconds_total",
            Milliseconds,
            "Time in service since then, over all processes",
            of!(|now| now.system(|system| system.sums().up.0)),
        )
        .info("up_ms"),
        counter(
            "holdfast_down_seconds_total",
            Milliseconds,
            "Time without a process since then, after stops and after kills and crashes",
            of!(|now| now.system(|system| system.sums().down_planned.0)),
        )
        .label("planned", "yes")
        .info("down_planned_ms"),
        counter(
            "holdfast_down_seconds_total",
            Milliseconds,
            "",
            of!(|now| now.system(|system| system.sums().down_unplanned.0)),
        )
        .label("planned", "no")
        .info("down_unplanned_ms"),
        counter(
            "holdfast_degraded_seconds_total",
            Milliseconds,
            "Time in another mode than normal since then, over all processes",
            of!(|now| now.system(|system| { system.sums().in_mode.values().map(|Millis(ms)| ms).sum() })),
        )
        .info("degraded_ms"),
        executions("ready", of!(|now| now.stats.system.executions[0])).info("executions_ready"),
        executions("running", of!(|now| now.stats.system.executions[1])).info("executions_running"),
        executions("success", of!(|now| now.stats.system.executions[2])).info("executions_success"),
        executions("failed", of!(|now| now.stats.system.executions[3])).info("executions_failed"),
        executions("stopped", of!(|now| now.stats.system.executions[4])).info("executions_stopped"),
        gauge(
            "holdfast_approvals_waiting",
            Number,
            "Executions that wait for the approval of another token",
            of!(|now| now.stats.system.approvals.waiting),
        )
        .info("approvals_waiting"),
        gauge(
            "holdfast_approvals_waiting_since_timestamp_seconds",
            UnixMillis,
            "Since when the one does that waits longest; 0 if none does",
            of!(|now| now.stats.system.approvals.oldest_at.0),
        )
        .info("approvals_waiting_since"),
        gauge(
            "holdfast_glass_broken",
            Number,
            "Executions that are known and went on without an approval that they needed",
            of!(|now| now.stats.system.approvals.forced),
        )
        .info("glass_broken"),
        gauge(
            "holdfast_glass_broken_timestamp_seconds",
            UnixMillis,
            "When the last one did; 0 if none has",
            of!(|now| now.stats.system.approvals.forced_at.0),
        )
        .info("glass_broken_at"),
        gauge(
            "holdfast_job_failed",
            Number,
            "1 if the newest execution of a job has failed, with its code; 0 and no code if it has not",
            |_| None,
        )
        .labels(&["name", "code"], |now: &Running, samples| {
            for job in &now.stats.system.jobs {
                let code = job.failed.as_deref();
                samples.add(&[&job.job, code.unwrap_or_default()], u64::from(code.is_some()));
            }
        }),
        gauge(
            "holdfast_job_last_success_timestamp_seconds",
            UnixMillis,
            "When a job succeeded last; nothing for one that never has",
            |_| None,
        )
        .labels(&["name"], |now: &Running, samples| {
            for job in now.stats.system.jobs.iter().filter(|job| job.succeeded_at.0 > 0) {
                samples.add(&[&job.job], job.succeeded_at.0);
            }
        }),
        gauge("holdfast_job_last_success_duration_seconds", Milliseconds, "How long that took", |_| None)
            .labels(&["name"], |now: &Running, samples| {
                for job in now.stats.system.jobs.iter().filter(|job| job.succeeded_at.0 > 0) {
                    samples.add(&[&job.job], job.took.0);
                }
            }),
    ],
};

/// Client libraries and checks look here for whether the server may be written to.
pub(super) static REPLICATION: Section<Running> = Section {
    title: "Replication",
    rows: &[
        told("role", of!(|now| if now.copied().is_some() { "slave" } else { "master" })),
        told("master_host", |now: &Running| Some(now.copied()?.own_owner()?.0.host().to_owned().into())),
        told("master_port", |now: &Running| Some(u64::from(now.copied()?.own_owner()?.0.port()).into())),
        told("master_link_status", |now: &Running| {
            let is_heard = now.copied()?.own_owner().is_some_and(|(_, is_heard)| is_heard);
            Some((if is_heard { "up" } else { "down" }).into())
        }),
        told("slave_repl_offset", |now: &Running| now.copied().map(|_| now.stats.durable.into())),
        told("slave_read_only", |now: &Running| now.copied().map(|_| 1_u64.into())),
        told("connected_slaves", of!(|_now| 0_u64)),
        told("master_repl_offset", of!(|now| now.stats.durable)),
    ],
};
