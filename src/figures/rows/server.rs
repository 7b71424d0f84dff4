//! Rows about the server as a whole.

use holdfast_figures::{Section, Unit::Number, gauge, told};

use super::of;
use crate::figures::running::Running;

pub(super) static SERVER: Section<Running> = Section {
    title: "Server",
    rows: &[
        // Client libraries read this name to learn what server they talk to.
        told("redis_version", of!(|_now| "7.0.0")),
        told("redis_mode", of!(|now| if now.cluster().is_some() { "cluster" } else { "standalone" })),
        told("os", of!(|_now| format!("{} {}", std::env::consts::OS, std::env::consts::ARCH))),
        told("arch_bits", of!(|_now| usize::BITS)),
        told("server_name", of!(|_now| "holdfast")),
        told("holdfast_version", of!(|_now| env!("CARGO_PKG_VERSION"))),
        told("process_id", of!(|_now| std::process::id())),
        told("tcp_port", |now: &Running| Some(u64::from(now.place.as_ref()?.port).into())),
        told("uptime_in_seconds", |now: &Running| {
            Some(now.place.as_ref()?.started.elapsed().as_secs().into())
        }),
        told("uptime_in_days", |now: &Running| {
            Some((now.place.as_ref()?.started.elapsed().as_secs() / (24 * 60 * 60)).into())
        }),
        gauge("holdfast_threads", Number, "Threads for events and connections", of!(|now| now.stats.threads))
            .info("threads"),
        told("data_directory", |now: &Running| Some(now.place.as_ref()?.data.clone().into())),
        told("branch", of!(|now| now.stats.branch)),
        told("data_directory_id", of!(|now| now.stats.directory_id.clone())),
        gauge(
            "holdfast_events",
            Number,
            "Events that there are, with those that are being created",
            of!(|now| now.stats.events),
        )
        .info("events"),
        gauge(
            "holdfast_events_at_rest",
            Number,
            "Those of them that are not in memory",
            of!(|now| now.stats.at_rest),
        )
        .info("events_at_rest"),
        gauge(
            "holdfast_events_out_of_service",
            Number,
            "Events that could not be brought back, or wait to be rebuilt",
            of!(|now| now.stats.out_of_service),
        )
        .info("events_out_of_service"),
    ],
};

/// The tools of Redis count keys: here, events.
pub(super) static KEYSPACE: Section<Running> = Section {
    title: "Keyspace",
    rows: &[told("db0", of!(|now| format!("keys={},expires=0,avg_ttl=0", now.stats.events)))],
};
