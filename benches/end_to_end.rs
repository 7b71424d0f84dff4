//! The real server from outside: rates and latencies of durable holds, restarts, memory.
//!
//! `cargo bench --bench end_to_end -- [SCENARIO]`:
//!
//! - `holds` (what runs if nothing is said): single-seat `HOLD`s, each with a new key, holder and seat, in three
//!   shapes; in the same rounds `PING` on the same path, the bare sync of the same disk, and Redis with
//!   `appendfsync always`, if there is one. Only figures of one run compare: a machine has good minutes and bad ones.
//! - `restart`: five million records, read from the log and from a snapshot.
//! - `memory`: a million seats, holds, holders and keys.
//! - `idle`: 9,900 connections that have spoken once, what each takes, and what the busy ones notice of them.
//! - `load`: only 50 connections with 32 requests in flight each, for half a minute: something to look at with `perf`.
//! - `all`: everything but `load`.
//!
//! The server runs as a child process with a directory below the build's, which is left there only when something
//! fails.

#![expect(clippy::print_stdout, reason = "a benchmark reports what it measures")]

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

mod harness;
#[path = "end_to_end/usage.rs"]
mod usage;

use harness::drive::{connect, drive};
use harness::figures::{Figures, median};
use harness::load::Load;
use harness::outcome::Outcome;
use harness::process::{Directory, NO_SNAPSHOTS, Server};
use harness::resp::Resp;
use harness::sale::{MILLION, create, some_holds, some_pings, some_sets};
use harness::shape::{Pace, Shape};
use harness::syncs::bare_syncs;
use usage::{resident, times};

const ROUNDS: usize = 5;
/// What a round takes at most in one shape.
const ROUND: Duration = Duration::from_secs(2);
const SHAPES: [Shape; 3] = [BUSY, SPREAD, ALONE];
const BUSY: Shape = Shape::closed(50, 32);
const SPREAD: Shape = Shape::closed(50, 1);
const ALONE: Shape = Shape::closed(1, 1);

fn main() -> io::Result<()> {
    // Cargo adds a flag of its own.
    let scenario = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    match scenario.as_deref().unwrap_or("holds") {
        "holds" => holds(),
        "restart" => restart(),
        "memory" => memory(),
        "idle" => idle(),
        "load" => load(),
        "all" => holds().and_then(|()| memory()).and_then(|()| idle()).and_then(|()| restart()),
        other => {
            Err(io::Error::other(format!("no scenario {other}: holds, restart, memory, idle, load or all")))
        }
    }
}

/// As many as a round in that shape can use.
fn enough(shape: Shape) -> u32 {
    match shape.pace {
        Pace::Closed { pipeline: 1 } if shape.connections == 1 => 50_000,
        Pace::Closed { pipeline: 1 } => 500_000,
        _ => MILLION,
    }
}

// Figures.

/// What was measured of one thing in one shape, and what it took.
#[derive(Default)]
struct Row {
    figures: Figures,
    records_per_group: Vec<f64>,
    /// Processor time a request in microseconds, by thread; ours is `generator`.
    costs: BTreeMap<String, Vec<f64>>,
}

/// The table, in the order in which things were first measured.
#[derive(Default)]
struct Table(Vec<(String, Row)>);

impl Table {
    fn of(&mut self, name: String) -> &mut Row {
        let at = self.0.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            self.0.push((name, Row::default()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    fn print(&self) {
        println!("\nmedians of {ROUNDS} rounds; latencies in microseconds, CPU in microseconds a request");
        println!(
            "{:<28}{:>11}{:>24}{:>9}{:>9}{:>9}{:>9}  CPU",
            "", "per second", "(least .. most)", "p50", "p99", "p99.9", "group"
        );
        for (name, row) in &self.0 {
            let group = if row.records_per_group.is_empty() {
                String::new()
            } else {
                format!("{:.0}", median(&row.records_per_group))
            };
            let figures = &row.figures;
            println!(
                "{name:<28}{:>11.0}{:>24}{:>9.0}{:>9.0}{:>9.0}{group:>9}  {}{}",
                median(&figures.rates),
                figures.range(),
                median(&figures.p50),
                median(&figures.p99),
                median(&figures.p999),
                costs(row),
                if figures.own_limit { "  THE GENERATOR WAS THE LIMIT" } else { "" },
            );
        }
    }
}

fn costs(row: &Row) -> String {
    let costs = row.costs.iter().map(|(name, costs)| (name, median(costs)));
    let told: Vec<_> = costs.filter(|(_, cost)| *cost >= 0.01).collect();
    told.iter().map(|(name, cost)| format!("{name} {cost:.2}")).collect::<Vec<_>>().join(", ")
}

/// Puts one load to a server and enters what came of it.
fn measure(row: &mut Row, server: &Server, shape: Shape, load: &Load) -> io::Result<Outcome> {
    let groups = || server.info("persistence", "log_groups").unwrap_or(0);
    let (groups_before, before) = (groups(), times(server.id())?);
    let outcome = put(server, shape, load, ROUND).map_err(|error| {
        io::Error::new(error.kind(), format!("{shape} on process {}: {error}", server.id()))
    })?;
    let (after, groups_after) = (times(server.id())?, groups());
    if let Some(error) = &outcome.first_error {
        return Err(io::Error::other(format!("{} errors, first: {error}", outcome.errors)));
    }
    row.figures.add_outcome(&outcome);
    if groups_after > groups_before + 10 {
        row.records_per_group.push(outcome.replies as f64 / (groups_after - groups_before) as f64);
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / outcome.replies as f64;
    for (name, time) in after {
        let time = time.saturating_sub(before.get(&name).copied().unwrap_or_default());
        row.costs.entry(name).or_default().push(each(time));
    }
    row.costs.entry("generator".to_owned()).or_default().push(each(outcome.cost.processor));
    Ok(outcome)
}

fn put(server: &Server, shape: Shape, load: &Load, most: Duration) -> io::Result<Outcome> {
    drive(connect(server.address, shape.connections)?, Resp, shape.pace, load, most)
}

// Scenarios.

fn holds() -> io::Result<()> {
    let (directory, other) = (Directory::fresh("holds")?, Directory::fresh("redis")?);
    let server = Server::holdfast(&directory, NO_SNAPSHOTS)?;
    let redis = Server::redis(&other)?;
    let mut table = Table::default();
    for round in 0..ROUNDS {
        println!("round {} of {ROUNDS}", round + 1);
        bare_syncs(directory.path(), &mut table.of("fdatasync of 4 KiB".to_owned()).figures)?;
        for shape in SHAPES {
            let event = format!("e{round}-{}", shape.word());
            create(server.address, &event)?;
            let load = some_holds(&event, enough(shape));
            measure(table.of(format!("HOLD {shape}")), &server, shape, &load)?;
        }
        for shape in SHAPES {
            let load = some_pings(enough(shape));
            measure(table.of(format!("PING {shape}")), &server, shape, &load)?;
        }
        if let Some(redis) = &redis {
            for shape in [BUSY, ALONE] {
                let load = some_sets(&format!("{round}-{}", shape.word()), enough(shape));
                measure(table.of(format!("Redis SET NX PX {shape}")), redis, shape, &load)?;
            }
            let load = some_pings(enough(BUSY));
            measure(table.of(format!("Redis PING {BUSY}")), redis, BUSY, &load)?;
        }
    }
    server.stop()?;
    drop(redis);
    other.remove()?;
    directory.remove()?;
    with_snapshots(&mut table)?;
    table.print();
    Ok(())
}

/// The same with snapshots made beside it, as a server does unless told otherwise, only more often.
fn with_snapshots(table: &mut Table) -> io::Result<()> {
    let directory = Directory::fresh("snapshots")?;
    let server = Server::holdfast(&directory, &["--snapshot-bytes", "64MiB"])?;
    for round in 0..ROUNDS {
        let event = format!("e{round}");
        create(server.address, &event)?;
        let load = some_holds(&event, MILLION);
        measure(table.of(format!("HOLD {BUSY}, snapshots")), &server, BUSY, &load)?;
    }
    server.stop()?;
    directory.remove()
}

/// Fills events to the last seat; returns how many holds there are.
fn fill(server: &Server, events: u32) -> io::Result<u64> {
    let mut holds = 0;
    for number in 0..events {
        let event = format!("e{number}");
        create(server.address, &event)?;
        let load = some_holds(&event, MILLION);
        let outcome = put(server, BUSY, &load, Duration::MAX)?;
        if let Some(error) = outcome.first_error {
            return Err(io::Error::other(error));
        }
        holds += outcome.replies;
    }
    Ok(holds)
}

fn restart() -> io::Result<()> {
    const EVENTS: u32 = 5;
    let directory = Directory::fresh("restart")?;
    let server = Server::holdfast(&directory, NO_SNAPSHOTS)?;
    let records = fill(&server, EVENTS)? + u64::from(EVENTS);
    let bytes = server.info("persistence", "log_bytes")?;
    server.stop()?;
    println!("\nrestart after {records} records, {} MiB of log", bytes >> 20);
    for _ in 0..3 {
        let server = Server::holdfast(&directory, NO_SNAPSHOTS)?;
        tell_restart("from the log", &server, records)?;
        server.stop()?;
    }
    let server = Server::holdfast(&directory, &["--snapshot-bytes", "1MiB", "--snapshot-every", "1s"])?;
    // Something has to happen before a snapshot is worth making.
    create(server.address, "last")?;
    while server.info("persistence", "snapshot_lsn")? < records {
        thread::sleep(Duration::from_millis(200));
    }
    let took = server.info("persistence", "snapshot_took_ms")?;
    println!("a snapshot of it: {took} ms, {} MiB", server.info("persistence", "snapshot_bytes")? >> 20);
    server.stop()?;
    for _ in 0..3 {
        let server = Server::holdfast(&directory, NO_SNAPSHOTS)?;
        tell_restart("from a snapshot", &server, records)?;
        server.stop()?;
    }
    directory.remove()
}

fn tell_restart(what: &str, server: &Server, records: u64) -> io::Result<()> {
    let number = |name| server.info("recovery", name);
    let took = number("recovery_took_ms")?.max(1);
    println!(
        "{what:<16} ready after {:>6} ms; events back in {took:>6} ms ({} of {} from a snapshot, {} records read): \
         {} records a second",
        server.ready_after.as_millis(),
        number("recovered_from_snapshot")?,
        number("recovered_events")?,
        number("recovered_records")?,
        records * 1_000 / took,
    );
    Ok(())
}

fn memory() -> io::Result<()> {
    let directory = Directory::fresh("memory")?;
    let server = Server::holdfast(&directory, NO_SNAPSHOTS)?;
    let mib = |server: &Server| Ok::<_, io::Error>(resident(server.id())? as f64 / f64::from(1 << 20));
    let empty = mib(&server)?;
    create(server.address, "e-empty")?;
    let seats = mib(&server)?;
    let holds = fill(&server, 1)?;
    let full = mib(&server)?;
    println!("\nresident memory: {empty:.0} MiB at start, {seats:.0} MiB with an event of a million seats,");
    println!(
        "{full:.0} MiB with another one and {holds} holds, holders and keys in it ({:.0} bytes a hold)",
        (full - seats) * f64::from(1 << 20) / holds as f64
    );
    server.stop()?;
    directory.remove()
}

fn idle() -> io::Result<()> {
    const IDLE: usize = 9_900;
    let directory = Directory::fresh("idle")?;
    let server = Server::holdfast(&directory, NO_SNAPSHOTS)?;
    let mut table = Table::default();
    for round in 0..3 {
        let mut busy = |with: &str| {
            let event = format!("e{round}{with}");
            create(server.address, &event)?;
            measure(table.of(format!("HOLD {BUSY}, {with}")), &server, BUSY, &some_holds(&event, MILLION))
        };
        busy("alone")?;
        let before = resident(server.id())?;
        let mut idle = Vec::with_capacity(IDLE);
        for _ in 0..IDLE {
            let mut stream = TcpStream::connect(server.address)?;
            stream.write_all(b"PING\r\n")?;
            stream.read_exact(&mut [0; b"+PONG\r\n".len()])?;
            idle.push(stream);
        }
        let each = (resident(server.id())?.saturating_sub(before)) / IDLE as u64;
        println!("{IDLE} idle connections: {each} bytes of the server each");
        busy("idle-beside")?;
    }
    table.print();
    server.stop()?;
    directory.remove()
}

fn load() -> io::Result<()> {
    let directory = Directory::fresh("load")?;
    let server = Server::holdfast(&directory, NO_SNAPSHOTS)?;
    println!("the server is process {}", server.id());
    let (mut table, start) = (Table::default(), Instant::now());
    for number in 0.. {
        if start.elapsed() > Duration::from_secs(30) {
            break;
        }
        let event = format!("e{number:03}");
        create(server.address, &event)?;
        let load = some_holds(&event, MILLION);
        let outcome = measure(table.of(format!("HOLD {BUSY}")), &server, BUSY, &load)?;
        println!("{:.0} a second", outcome.rate());
    }
    table.print();
    server.stop()?;
    directory.remove()
}
