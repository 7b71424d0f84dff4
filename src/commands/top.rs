//! `holdfast top`: what a running server does, look by look.
//!
//! A rate is the difference of two looks by the time between them, as this machine measures it. Whatever the server
//! cannot tell this token is left out.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::thread;
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use holdfast_engine::Code;
use holdfast_load::field;

use super::data::print;
use super::told::{Info, Server};
use crate::exit::Failure;
use crate::flags::TopArgs;

/// More often, and looking is what the server does.
const OFTEN: Duration = Duration::from_millis(100);
/// Events that are shown where none is named.
const SHOWN: &str = "10";
/// Events that may be named.
const NAMED_MAX: usize = 50;
/// A header stands above so many lines.
const LINES: u64 = 20;
/// To the upper left corner, and what was there is wiped.
const CLEAR: &str = "\x1b[H\x1b[J";

/// What was seen at one moment.
struct Look {
    at: Instant,
    info: Info,
    events: Vec<Row>,
}

/// An event.
struct Row {
    name: String,
    /// Free, held, being paid, sold, blocked: seats and places.
    counts: [u64; 5],
    version: u64,
}

pub(crate) fn run(args: &TopArgs) -> Result<(), Failure> {
    let every = Duration::from(args.every);
    if every < OFTEN || args.events.len() > NAMED_MAX {
        let message = format!("--every is at least 100ms, and --event is said at most {NAMED_MAX} times");
        return Err(Failure::usage(Code::BAD_USAGE, message));
    }
    let mut server = Server::connect(&args.server)?;
    let is_screen = !args.lines && std::io::stdout().is_terminal();
    let mut before = look(&mut server, args, is_screen)?;
    for seen in 0..args.count.unwrap_or(u64::MAX) {
        thread::sleep(every);
        let now = look(&mut server, args, is_screen)?;
        let rates = Rates { before: &before, now: &now };
        if is_screen {
            print(&format!("{CLEAR}{}", screen(&args.server.address, &rates)));
        } else {
            let header = if seen % LINES == 0 { header() } else { String::new() };
            print(&(header + &line(&rates)));
        }
        before = now;
    }
    Ok(())
}

fn look(server: &mut Server, args: &TopArgs, is_screen: bool) -> Result<Look, Failure> {
    let info = server.info()?;
    let names = match args.events.as_slice() {
        _ if !is_screen => Vec::new(),
        [] => first_open(server)?,
        named => named.to_vec(),
    };
    let mut events = Vec::with_capacity(names.len());
    for name in names {
        let counts = server.ask(&["COUNT", &name])?;
        let about = server.ask(&["EVENT", "INFO", &name])?;
        let count = |of| field(&counts, of).unwrap_or(0);
        let counts = ["free", "held", "paying", "sold", "blocked"].map(count);
        // What is not there, or not for this token, is no row.
        if let Some(version) = field(&about, "version") {
            events.push(Row { name, counts, version });
        }
    }
    Ok(Look { at: Instant::now(), info, events })
}

/// The names of the first events that are open.
fn first_open(server: &mut Server) -> Result<Vec<String>, Failure> {
    let reply = server.ask(&["EVENT", "LIST", "0", "COUNT", SHOWN, "STATUS", "open"])?;
    let text = String::from_utf8_lossy(&reply);
    // A text is the line behind its length; names and statuses take turns.
    let lines: Vec<&str> = text.lines().collect();
    let texts = lines.windows(2).filter(|pair| pair[0].starts_with('$')).map(|pair| pair[1].to_owned());
    Ok(texts.step_by(2).collect())
}

/// Two looks, one after the other.
struct Rates<'a> {
    before: &'a Look,
    now: &'a Look,
}

impl Rates<'_> {
    fn text(&self, field: &str) -> &str {
        self.now.info.text(field)
    }

    fn bytes(&self, field: &str) -> ByteSize {
        self.now.info.bytes(field)
    }

    /// How much a counter grew.
    fn grown(&self, field: &str) -> u64 {
        self.now.info.number(field).saturating_sub(self.before.info.number(field))
    }

    fn a_second(&self, count: u64) -> u64 {
        let seconds = self.now.at.duration_since(self.before.at).as_secs_f64().max(0.001);
        (count as f64 / seconds).round() as u64
    }

    fn rate(&self, field: &str) -> u64 {
        self.a_second(self.grown(field))
    }

    fn byte_rate(&self, field: &str) -> ByteSize {
        ByteSize::b(self.rate(field))
    }

    /// Records of a group, between the looks.
    fn records_a_group(&self) -> u64 {
        self.grown("log_records").checked_div(self.grown("log_groups")).unwrap_or(0)
    }

    /// Percent of one processor.
    fn processor(&self) -> u64 {
        let used = |look: &Look| {
            let of = |name| look.info.text(name).parse::<f64>().unwrap_or(0.0);
            of("used_cpu_sys") + of("used_cpu_user")
        };
        self.a_second((100.0 * (used(self.now) - used(self.before)).max(0.0)).round() as u64)
    }
}

fn screen(address: &str, rates: &Rates<'_>) -> String {
    let up = rates.now.info.up();
    let mut out = format!("holdfast {} on {address}, up {up}\n\n", rates.text("holdfast_version"));
    // Writing to a String cannot fail.
    for (name, value) in service(rates).into_iter().chain(storage(rates)) {
        let _ = writeln!(out, "{name:<10} {value}");
    }
    out.push_str(&table(rates));
    out
}

type Lines = Vec<(&'static str, String)>;

/// What clients get, and what they get it from.
fn service(rates: &Rates<'_>) -> Lines {
    let text = |field| rates.text(field);
    vec![
        ("mode", rates.now.info.mode()),
        (
            "commands",
            format!(
                "{}/s, {} in a rush refused/s, {} bad/s",
                rates.rate("commands"),
                rates.rate("commands_shed"),
                rates.rate("commands_invalid")
            ),
        ),
        (
            "clients",
            format!(
                "{} of {}, {}/s in, {}/s out, {} wait to be sent",
                text("connected_clients"),
                text("maxclients"),
                rates.byte_rate("input_bytes"),
                rates.byte_rate("output_bytes"),
                rates.bytes("client_waiting_bytes")
            ),
        ),
        (
            "feed",
            format!(
                "{} messages/s, {} events followed, {} subscribers cut",
                rates.rate("feed_messages"),
                text("feed_events_followed"),
                text("feed_subscribers_cut")
            ),
        ),
        ("events", rates.now.info.events()),
    ]
}

/// What it is written to, and what it takes.
fn storage(rates: &Rates<'_>) -> Lines {
    let text = |field| rates.text(field);
    vec![
        (
            "log",
            format!(
                "{} records/s in {} groups/s of {}, {} wait",
                rates.rate("log_records"),
                rates.rate("log_groups"),
                rates.records_a_group(),
                rates.bytes("log_pending_bytes")
            ),
        ),
        (
            "disk",
            format!(
                "sync {} us last, {} us mean, {} us at most; {} free",
                text("sync_us_last"),
                text("sync_us_mean"),
                text("sync_us_max"),
                rates.bytes("disk_free_bytes")
            ),
        ),
        (
            "snapshot",
            format!(
                "{} records behind, {} failures",
                text("rdb_changes_since_last_save"),
                text("snapshot_failures")
            ),
        ),
        (
            "machine",
            format!(
                "{} % of a processor, {} of {} memory",
                rates.processor(),
                rates.bytes("used_memory"),
                rates.bytes("maxmemory")
            ),
        ),
    ]
}

/// A line for each event, if any is shown.
fn table(rates: &Rates<'_>) -> String {
    let mut out = String::new();
    if !rates.now.events.is_empty() {
        let _ = writeln!(
            out,
            "\n{:<24} {:>9} {:>9} {:>9} {:>9} {:>9} {:>12} {:>10}",
            "EVENT", "FREE", "HELD", "PAYING", "SOLD", "BLOCKED", "VERSION", "CHANGES/s"
        );
    }
    for row in &rates.now.events {
        let before = rates.before.events.iter().find(|before| before.name == row.name);
        let changes = before.map_or(0, |before| row.version.saturating_sub(before.version));
        let [free, held, paying, sold, blocked] = row.counts;
        let _ = writeln!(
            out,
            "{:<24} {free:>9} {held:>9} {paying:>9} {sold:>9} {blocked:>9} {:>12} {:>10}",
            row.name,
            row.version,
            rates.a_second(changes)
        );
    }
    out
}

fn header() -> String {
    format!(
        "{:<12} {:>9} {:>8} {:>8} {:>10} {:>9} {:>8} {:>10} {:>10}\n",
        "mode", "commands", "refused", "clients", "records", "groups", "sync us", "memory", "disk free"
    )
}

fn line(rates: &Rates<'_>) -> String {
    format!(
        "{:<12} {:>9} {:>8} {:>8} {:>10} {:>9} {:>8} {:>10} {:>10}\n",
        rates.text("mode"),
        rates.rate("commands"),
        rates.rate("commands_shed"),
        rates.text("connected_clients"),
        rates.rate("log_records"),
        rates.rate("log_groups"),
        rates.text("sync_us_last"),
        rates.bytes("used_memory").to_string(),
        rates.bytes("disk_free_bytes").to_string()
    )
}
