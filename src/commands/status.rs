//! `holdfast status`: one look at a running server, from outside, by what `INFO` says.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Number, Value, json};

use super::data::print;
use super::told::{Info, Server};
use crate::exit::Failure;
use crate::flags::StatusArgs;

/// What is wrong while it lasts: a field of `INFO`, when it is wrong, and what that means.
const WRONG: &[Check] = &[
    ("mode", |mode| !["normal", "following"].contains(&mode), "less is accepted than usual"),
    ("disk_full", on, "there is no room for the log: every write is refused"),
    ("disk_low", on, "free space is below wal.reserve: new holds are refused"),
    ("disk_slow", on, "a write took longer than wal.slow: new holds are refused"),
    ("disk_stalled", on, "the disk does not answer: every write is refused"),
    ("log_cannot_go_on", on, "the next segment of the log cannot be made: every write is refused"),
    ("events_out_of_service", on, "events cannot be used: the log of the server says why"),
    ("snapshot_events_behind", on, "events have no new snapshot: the log is kept for them, and grows"),
    ("payment_providers_disturbed", on, "providers of payments are disturbed: payment_circuits says which"),
    ("payment_sales_paused", on, "sales are paused, as the provider of their payments is disturbed"),
    ("cluster_log_up", |up| up == "0", "the servers of the replicated log do not answer"),
    (
        "cluster_log_copies_rotten",
        on,
        "copies of the replicated log lack messages: holdfast cluster scrub names them",
    ),
    ("system_in_service", |value| value == "0", "starts and stops are not recorded any more"),
];

/// What a person looks at when there is time. Counters are since the start of the server.
const NOTES: &[Check] = &[
    ("disk_volatile", on, "syncs are too fast to be true: a power cut may lose acknowledged sales"),
    (
        "last_stop_clean",
        |value| value == "no",
        "the process before this one was killed, or its machine stopped",
    ),
    ("recovery_alarms", on, "snapshots were damaged and not used"),
    ("snapshot_failures", on, "snapshots could not be made"),
    ("log_segments_failed", on, "segments of the log could not be made"),
    ("feed_trimmed", on, "readers of a feed asked for changes that are not kept any more"),
    ("feed_subscribers_cut", on, "subscribers were too slow, and were disconnected"),
    ("commands_shed", on, "commands were refused with BUSY"),
    ("connections_refused", on, "connections were refused: connections.max is reached"),
    ("connections_outweighed", on, "connections were closed: too many replies were not read"),
    ("logins_failed", on, "logins failed"),
    ("cluster_void", on, "messages of the replicated log did not count"),
    ("cluster_log_shorter", on, "the replicated log was searched for what this node has kept"),
    ("cluster_fenced", on, "this node has owned the replicated log before, and was deposed"),
];

/// Hundredths of `maxmemory` from which new holds are refused, as docs/operations.md says.
const MEMORY_FULL: u64 = 90;

type Check = (&'static str, fn(&str) -> bool, &'static str);

fn on(value: &str) -> bool {
    value != "0"
}

pub(crate) fn run(args: &StatusArgs) -> Result<(), Failure> {
    let info = Server::connect(&args.server)?.info()?;
    let (mut wrong, notes) = (found(&info, WRONG), found(&info, NOTES));
    let needed = info.number("used_memory") + info.number("snapshot_needs_memory");
    let most = info.number("maxmemory");
    if most > 0 && needed >= most / 100 * MEMORY_FULL {
        let says = "with snapshot_needs_memory it is nine tenths of maxmemory: new holds are refused";
        wrong.push(("used_memory", info.text("used_memory"), says));
    }
    if info.number("cluster_log_copies_current") < info.number("cluster_log_copies") {
        let says = "not all copies of the replicated log are current: holdfast cluster status names them";
        wrong.push(("cluster_log_copies_current", info.text("cluster_log_copies_current"), says));
    }
    print(&if args.json {
        json(args, &info, &wrong, &notes).to_string() + "\n"
    } else {
        shown(args, &info, &wrong, &notes)
    });
    if wrong.is_empty() {
        return Ok(());
    }
    let fields: Vec<_> = wrong.iter().map(|(field, ..)| *field).collect();
    Err(Failure::found_wrong(format!("{} is degraded: {}", args.server.address, fields.join(", "))))
}

/// What is shown of a check that found something: field, value, meaning.
type Finding<'a> = (&'static str, &'a str, &'static str);

fn found<'a>(info: &'a Info, checks: &[Check]) -> Vec<Finding<'a>> {
    let found = checks.iter().filter_map(|(field, is_so, says)| {
        let value = info.get(field)?;
        is_so(value).then_some((*field, value, *says))
    });
    found.collect()
}

fn shown(args: &StatusArgs, info: &Info, wrong: &[Finding<'_>], notes: &[Finding<'_>]) -> String {
    let text = |field| info.text(field);
    let up = info.up();
    let word = if wrong.is_empty() { "well" } else { "DEGRADED" };
    let mut out = format!("holdfast {} on {}: {word}\n", text("holdfast_version"), args.server.address);
    let rows = [
        ("process", format!("{}, up {up}, data in {}", text("process_id"), text("data_directory"))),
        ("mode", info.mode()),
        ("events", info.events()),
        ("connections", format!("{} of {}", text("connected_clients"), text("maxclients"))),
        (
            "commands",
            format!("{}, {} a second", text("total_commands_processed"), text("instantaneous_ops_per_sec")),
        ),
        (
            "log",
            format!(
                "durable up to lsn {} of {}, {} on the disk, {} free",
                text("lsn_durable"),
                text("lsn_appended"),
                info.bytes("log_disk_bytes"),
                info.bytes("disk_free_bytes")
            ),
        ),
        ("sync", format!("{} us mean, {} us at most", text("sync_us_mean"), text("sync_us_max"))),
        ("snapshot", format!("of lsn {}, {} failures", text("snapshot_lsn"), text("snapshot_failures"))),
        ("memory", format!("{} of {}", info.bytes("used_memory"), info.bytes("maxmemory"))),
    ];
    let cluster = info.get("cluster_role").map(|role| ("cluster", of_cluster(info, role)));
    // Writing to a String cannot fail.
    for (name, value) in rows.into_iter().chain(cluster) {
        let _ = writeln!(out, "  {name:<12} {value}");
    }
    for (kind, findings) in [("WRONG", wrong), ("note", notes)] {
        for (field, value, says) in findings {
            let _ = writeln!(out, "  {kind:<12} {field} {value}: {says}");
        }
    }
    out
}

fn of_cluster(info: &Info, role: &str) -> String {
    let text = |field| info.text(field);
    let owner = Some(text("cluster_owner")).filter(|owner| !owner.is_empty()).unwrap_or("nobody");
    let copies = match info.get("cluster_log_copies") {
        Some(of) => format!("{} of {of} copies current", text("cluster_log_copies_current")),
        None => "its log was not seen yet".to_owned(),
    };
    let (node, epoch, position, lag) =
        (text("cluster_node"), text("cluster_epoch"), text("cluster_position"), text("cluster_lag"));
    format!("{node}, {role}; {owner} owns epoch {epoch}; position {position}, lag {lag}; {copies}")
}

fn json(args: &StatusArgs, info: &Info, wrong: &[Finding<'_>], notes: &[Finding<'_>]) -> Value {
    let told = |value: &str| value.parse::<Number>().map_or_else(|_| json!(value), Value::Number);
    let list = |findings: &[Finding<'_>]| -> Value {
        findings
            .iter()
            .map(|(field, value, says)| json!({"field": field, "value": told(value), "says": says}))
            .collect()
    };
    let section = |fields: &BTreeMap<String, String>| -> Value {
        fields.iter().map(|(field, value)| (field.clone(), told(value))).collect()
    };
    let sections: Value =
        info.sections().iter().map(|(name, fields)| (name.clone(), section(fields))).collect();
    json!({
        "status": if wrong.is_empty() { "well" } else { "degraded" },
        "address": args.server.address,
        "wrong": list(wrong),
        "notes": list(notes),
        "info": sections,
    })
}
