//! `holdfast status`: one look at a running server, from outside, by what `INFO` says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use bytesize::ByteSize;
use holdfast_load::ask_once;
use serde_json::{Number, Value, json};

use super::data::print;
use crate::exit::Failure;
use crate::flags::StatusArgs;

/// How long the server may take for each answer: a monitor asks again soon.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is wrong while it lasts: a field of `INFO`, when it is wrong, and what that means.
const WRONG: &[Check] = &[
    ("mode", |mode| mode != "normal", "less is accepted than usual"),
    ("disk_full", on, "there is no room for the log: every write is refused"),
    ("disk_low", on, "free space is below wal.reserve: new holds are refused"),
    ("disk_slow", on, "a write took longer than wal.slow: new holds are refused"),
    ("disk_stalled", on, "the disk does not answer: every write is refused"),
    ("log_cannot_go_on", on, "the next segment of the log cannot be made: every write is refused"),
    ("events_out_of_service", on, "events cannot be used: the log of the server says why"),
    ("snapshot_events_behind", on, "events have no new snapshot: the log is kept for them, and grows"),
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
];

/// Hundredths of `maxmemory` from which new holds are refused, as docs/operations.md says.
const MEMORY_FULL: u64 = 90;

type Check = (&'static str, fn(&str) -> bool, &'static str);

fn on(value: &str) -> bool {
    value != "0"
}

pub(crate) fn run(args: &StatusArgs) -> Result<(), Failure> {
    let info = Info(sections(&ask(args)?));
    if info.text("server_name") != "holdfast" {
        return Err(Failure::unreachable(format!("{} is not a holdfast", args.address)));
    }
    if info.get("mode").is_none() {
        let message = format!(
            "{} is there, and tells this token no figures: they need the role reader, for all events",
            args.address
        );
        return Err(Failure::unreachable(message));
    }
    let (mut wrong, notes) = (info.found(WRONG), info.found(NOTES));
    let needed = info.number("used_memory") + info.number("snapshot_needs_memory");
    let most = info.number("maxmemory");
    if most > 0 && needed >= most / 100 * MEMORY_FULL {
        let says = "with snapshot_needs_memory it is nine tenths of maxmemory: new holds are refused";
        wrong.push(("used_memory", info.text("used_memory"), says));
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
    Err(Failure::found_wrong(format!("{} is degraded: {}", args.address, fields.join(", "))))
}

/// The answer to `INFO`.
fn ask(args: &StatusArgs) -> Result<String, Failure> {
    let token = match &args.token_file {
        None => args.token.clone(),
        Some(path) => {
            let read = fs::read_to_string(path);
            let text = read.map_err(|error| Failure::unreachable(format!("{}: {error}", path.display())))?;
            Some(text.trim().to_owned())
        }
    };
    let reply = ask_once(&args.address, token, args.tls_ca.as_deref(), PATIENCE, &["INFO"]);
    let reply = reply.map_err(Failure::unreachable)?;
    let text = String::from_utf8_lossy(&reply).into_owned();
    match text.strip_prefix('-') {
        Some(refusal) => Err(Failure::unreachable(format!("{}: {}", args.address, refusal.trim_end()))),
        None => Ok(text),
    }
}

/// What is shown of a check that found something: field, value, meaning.
type Finding<'a> = (&'static str, &'a str, &'static str);

struct Info(BTreeMap<String, BTreeMap<String, String>>);

/// The fields of each section, by names in small letters.
fn sections(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("# ") {
            section = title.to_ascii_lowercase();
        } else if let Some((field, value)) = line.split_once(':') {
            all.entry(section.clone()).or_default().insert(field.to_owned(), value.to_owned());
        }
    }
    all
}

impl Info {
    fn get(&self, field: &str) -> Option<&str> {
        self.0.values().find_map(|fields| fields.get(field)).map(String::as_str)
    }

    fn text(&self, field: &str) -> &str {
        self.get(field).unwrap_or("?")
    }

    fn number(&self, field: &str) -> u64 {
        self.text(field).parse().unwrap_or(0)
    }

    fn bytes(&self, field: &str) -> ByteSize {
        ByteSize::b(self.number(field))
    }

    fn found(&self, checks: &[Check]) -> Vec<Finding<'_>> {
        let found = checks.iter().filter_map(|(field, is_so, says)| {
            let value = self.get(field)?;
            is_so(value).then_some((*field, value, *says))
        });
        found.collect()
    }
}

fn shown(args: &StatusArgs, info: &Info, wrong: &[Finding<'_>], notes: &[Finding<'_>]) -> String {
    let text = |field| info.text(field);
    let up = humantime::format_duration(Duration::from_secs(info.number("uptime_in_seconds")));
    let since = UNIX_EPOCH + Duration::from_millis(info.number("mode_since"));
    let since = humantime::format_rfc3339_seconds(since);
    let word = if wrong.is_empty() { "well" } else { "DEGRADED" };
    let mut out = format!("holdfast {} on {}: {word}\n", text("holdfast_version"), args.address);
    let rows = [
        ("process", format!("{}, up {up}, data in {}", text("process_id"), text("data_directory"))),
        ("mode", format!("{} since {since}", text("mode"))),
        (
            "events",
            format!(
                "{}, {} at rest, {} out of service",
                text("events"),
                text("events_at_rest"),
                text("events_out_of_service")
            ),
        ),
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
    // Writing to a String cannot fail.
    for (name, value) in rows {
        let _ = writeln!(out, "  {name:<12} {value}");
    }
    for (kind, findings) in [("WRONG", wrong), ("note", notes)] {
        for (field, value, says) in findings {
            let _ = writeln!(out, "  {kind:<12} {field} {value}: {says}");
        }
    }
    out
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
    let sections: Value = info.0.iter().map(|(name, fields)| (name.clone(), section(fields))).collect();
    json!({
        "status": if wrong.is_empty() { "well" } else { "degraded" },
        "address": args.address,
        "wrong": list(wrong),
        "notes": list(notes),
        "info": sections,
    })
}
