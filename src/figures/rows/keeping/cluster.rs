//! Rows about a node of a cluster, and about the log that it shares. Off a cluster they tell nothing.

use holdfast_engine::{ClusterFigures, ClusterRole, LogCopy, LogSeen};
use holdfast_figures::{
    Section, Unit::Bytes, Unit::Micros, Unit::Millis, Unit::Number, Unit::UnixMillis, counter, gauge,
    histogram, told,
};

use crate::figures::rows::distribution;
use crate::figures::running::Running;

/// Of what a node shows of itself.
macro_rules! of_node {
    (|$node:ident| $value:expr) => {
        |now: &Running| {
            let $node = &now.stats.cluster.as_ref()?.node;
            Some(holdfast_figures::Value::from($value))
        }
    };
}

/// Of what was measured of it.
macro_rules! of {
    (|$stats:ident| $value:expr) => {
        |now: &Running| {
            let $stats = &now.stats.cluster.as_ref()?.measured;
            Some(holdfast_figures::Value::from($value))
        }
    };
}

/// Of what the servers of the log have said.
macro_rules! of_log {
    (|$log:ident| $value:expr) => {
        |now: &Running| {
            let $log = now.stats.cluster.as_ref()?.measured.log.as_ref()?;
            Some(holdfast_figures::Value::from($value))
        }
    };
}

/// The copies of the log: `n1=leader n2=current n0=behind:7 n3=offline`. One that lacks messages says how many.
fn servers(log: &LogSeen) -> String {
    let one = |copy: &LogCopy| {
        let state = match copy {
            LogCopy { missing: Some(missing @ 1..), .. } => format!("rotten:{missing}"),
            LogCopy { is_offline: true, .. } => "offline".to_owned(),
            LogCopy { is_current: false, lag, .. } => format!("behind:{lag}"),
            LogCopy { server, .. } if log.leader.as_ref() == Some(server) => "leader".to_owned(),
            LogCopy { .. } => "current".to_owned(),
        };
        format!("{}={state}", copy.server)
    };
    log.servers.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn owner(node: &ClusterFigures, part: fn(&(Box<str>, Box<str>)) -> &str) -> String {
    node.owner.as_ref().map_or_else(String::new, |owner| part(owner).to_owned())
}

/// What a node knows of itself and of the log. A server that is none has the first row alone.
pub(in crate::figures::rows) static CLUSTER: Section<Running> = Section {
    title: "Cluster",
    rows: &[
        // Client libraries and tools look here for whether they have to ask who has what.
        told("cluster_enabled", |now: &Running| Some(u64::from(now.stats.cluster.is_some()).into())),
        told("cluster_node", of_node!(|node| node.node.to_string())),
        told("cluster_nodes", of_node!(|node| node.candidates.join(","))),
        told("cluster_role", of_node!(|node| node.role.word())),
        gauge("holdfast_cluster_role", Number, "1 for what this node is, 0 for everything else that it could be", |_| None)
            .labels(&["role"], |now: &Running, samples| {
                for (stats, role) in now.stats.cluster.iter().flat_map(|stats| ClusterRole::ALL.map(|role| (stats, role))) {
                    samples.add(&[role.word()], role == stats.node.role);
                }
            }),
        gauge(
            "holdfast_cluster_epoch",
            Number,
            "The turn of the owner: each takeover begins a greater one",
            of_node!(|node| node.epoch),
        )
        .info("cluster_epoch"),
        told("cluster_owner", of_node!(|node| owner(node, |(name, _)| name))),
        told("cluster_owner_address", of_node!(|node| owner(node, |(_, address)| address))),
        gauge(
            "holdfast_cluster_no_owner_seconds",
            Millis,
            "For how long this node has known of no owner; 0 while it knows one",
            of!(|node| node.no_owner_ms),
        )
        .info("cluster_no_owner_ms"),
        gauge(
            "holdfast_cluster_position",
            Number,
            "How far this node has read the replicated log",
            of_node!(|node| node.position),
        )
        .info("cluster_position"),
        gauge(
            "holdfast_cluster_lag_messages",
            Number,
            "Messages of the replicated log that this node has heard of and not read yet",
            of!(|node| node.lag),
        )
        .info("cluster_lag"),
        gauge(
            "holdfast_cluster_lag_seconds",
            Millis,
            "For how long there have been such messages without a pause",
            of!(|node| node.lag_ms),
        )
        .info("cluster_lag_ms"),
        gauge(
            "holdfast_cluster_age_seconds",
            Millis,
            "How old what this node shows may be: since when it has not known the end of the replicated log",
            of_node!(|node| node.age?.0),
        )
        .info("cluster_age_ms"),
        gauge(
            "holdfast_cluster_clock_skew_seconds",
            Millis,
            "By how much the clocks of this node and of the owner differ, with the time of the way",
            of!(|node| node.clock_skew_ms),
        )
        .info("cluster_clock_skew_ms"),
        gauge(
            "holdfast_cluster_in_flight_messages",
            Number,
            "Messages of the owner that are on their way to the replicated log",
            of!(|node| node.in_flight),
        )
        .info("cluster_in_flight"),
        gauge(
            "holdfast_cluster_unsure_messages",
            Number,
            "Those of them of which it is not known whether they stand in it",
            of!(|node| node.unsure),
        )
        .info("cluster_unsure"),
        gauge(
            "holdfast_cluster_waiting_bytes",
            Bytes,
            "What was appended and is not in both logs yet",
            of!(|node| node.waiting_bytes),
        )
        .info("cluster_waiting_bytes"),
        told("cluster_publish_us_mean", of!(|node| {
            node.publish_us.sum.checked_div(node.publish_us.count).unwrap_or(0)
        })),
        histogram(
            "holdfast_cluster_publish_seconds",
            Micros,
            "How long it took until a majority of the log's servers had a group of records",
            &[],
            |now: &Running, samples| {
                now.stats.cluster.iter().for_each(|stats| samples.add(&[], distribution(&stats.measured.publish_us)));
            },
        ),
        counter(
            "holdfast_cluster_void_messages_total",
            Number,
            "Messages of the replicated log that did not count where they stood",
            of_node!(|node| node.passed),
        )
        .info("cluster_void"),
        counter(
            "holdfast_cluster_log_shorter_total",
            Number,
            "How often this node did not find in the replicated log what it has kept of it, and looked for it",
            of!(|node| node.recalls),
        )
        .info("cluster_log_shorter"),
        counter(
            "holdfast_cluster_takeovers_total",
            Number,
            "Turns of owners that began, as this node has read",
            of!(|node| node.turns),
        )
        .info("cluster_takeovers"),
        gauge(
            "holdfast_cluster_takeover_timestamp_seconds",
            UnixMillis,
            "When the newest of them began; nothing if none has since the start",
            |now: &Running| {
                let at = now.stats.cluster.as_ref()?.measured.turn_at.0;
                (at > 0).then(|| at.into())
            },
        )
        .info("cluster_takeover_at"),
        gauge(
            "holdfast_cluster_takeover_seconds",
            Millis,
            "For how long nothing had been written before it",
            of!(|node| node.turn_gap_ms),
        )
        .info("cluster_takeover_ms"),
        counter(
            "holdfast_cluster_fenced_total",
            Number,
            "Turns of this node that another one has ended, as it has read",
            of!(|node| node.fenced),
        )
        .info("cluster_fenced"),
        gauge(
            "holdfast_cluster_log_up",
            Number,
            "1 if the servers of the replicated log answer whoever looks at them, each ten seconds",
            of!(|node| u64::from(node.log.is_some() && node.log_silent_ms.is_none())),
        )
        .info("cluster_log_up"),
        told("cluster_log_stream", of_log!(|log| log.stream.to_string())),
        gauge(
            "holdfast_cluster_log_first_position",
            Number,
            "The position of the oldest message of the replicated log",
            of_log!(|log| log.first),
        )
        .info("cluster_log_first"),
        gauge(
            "holdfast_cluster_log_last_position",
            Number,
            "The position of its newest message",
            of_log!(|log| log.last),
        )
        .info("cluster_log_last"),
        gauge("holdfast_cluster_log_bytes", Bytes, "What the replicated log takes", of_log!(|log| log.bytes))
            .info("cluster_log_bytes"),
        gauge(
            "holdfast_cluster_log_max_bytes",
            Bytes,
            "What it may take: `cluster.log_bytes` when it was made",
            of_log!(|log| log.bytes_max),
        )
        .info("cluster_log_bytes_max"),
        gauge("holdfast_cluster_log_copies", Number, "How many copies of it there are to be", of_log!(|log| log.copies))
            .info("cluster_log_copies"),
        gauge(
            "holdfast_cluster_log_copies_current",
            Number,
            "How many of them are whole and up to date, as the server that leads sees it",
            of_log!(|log| log.copies_current),
        )
        .info("cluster_log_copies_current"),
        gauge(
            "holdfast_cluster_log_copies_rotten",
            Number,
            "Copies that lack messages inside, as their own servers count",
            of_log!(|log| log.rotten().count()),
        )
        .info("cluster_log_copies_rotten"),
        told("cluster_log_servers", of_log!(|log| servers(log))),
    ],
};
