//! holdfast beside what a team would pick instead, and beside the limits of the machine: one table.
//!
//! `cargo bench --bench peers -- [--rounds N] [--seconds S] [--markdown] [holdfast] [redis] [redis-script] [postgres]`
//!
//! Single-seat holds, each with a new key, holder and seat, everything durable before the answer:
//!
//! - holdfast: `HOLD`.
//! - Redis with `appendonly yes`, `appendfsync always`: `SET NX PX`, the lock that people use, which remembers no key;
//!   and `redis/hold.lua`, a script of the same meaning as `HOLD`.
//! - PostgreSQL as `initdb` makes it (`synchronous_commit on`): `postgres/hold.sql`, a function of the same meaning, as
//!   a prepared statement on a pool of connections, each call a transaction of its own.
//!
//! The limits are `PING` on the same sockets and the sync of 4 KiB on the same disk. All servers get their load from
//! the same generator (`benches/harness`), with the same connections, pipelines and arrivals, one server after the
//! other, each alone on the machine and with fresh data; the table has the medians of the rounds. Only figures of one
//! run compare: a machine has good minutes and bad ones.
//!
//! Before it is measured each server shows that it syncs and that it keeps the promises that are compared; after each
//! shape it must have as many holds as it gave answers. Whatever is not so ends the run.
//!
//! A server that is not installed is said to be missing, and so do its rows; with `HOLDFAST_PEERS=required` in the
//! environment that is a failure. Debian: `apt-get install redis-server postgresql`. What a server says of itself is
//! left in `target/tmp` only when something fails.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark reports what it measures")]

use std::io;
use std::time::Duration;

#[path = "../harness/mod.rs"]
mod harness;
mod holdfast;
mod options;
mod postgres;
mod promises;
mod redis;
mod run;
mod table;

use harness::process::Directory;
use harness::syncs::bare_syncs;
use options::Options;
use run::Run;
use table::{ALONE, Subject, Table};

/// One server with what is measured on it.
type Measure = fn(&mut Run<'_>) -> io::Result<Option<String>>;

const PEERS: [(&str, &[Subject], Measure); 4] = [
    ("holdfast", &[Subject::Hold, Subject::Ping], holdfast::measure),
    ("redis", &[Subject::RedisSet, Subject::RedisPing], redis::measure_sets),
    ("redis-script", &[Subject::RedisScript], redis::measure_script),
    ("postgres", &[Subject::Postgres], postgres::measure),
];

fn main() -> io::Result<()> {
    let options = Options::read(PEERS.map(|(name, ..)| name))?;
    let mut table = Table::default();
    let mut versions = Vec::new();
    for round in 0..options.rounds {
        eprintln!("round {} of {}", round + 1, options.rounds);
        for (name, subjects, measure) in PEERS {
            if !options.wants(name) {
                continue;
            }
            disk(&mut table)?;
            let most = Duration::from_secs(options.seconds);
            let version = measure(&mut Run { most, table: &mut table })
                .map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
            match version {
                Some(version) if !versions.contains(&version) => versions.push(version),
                Some(_) => {}
                None if options.required => return Err(missing(name)),
                None => {
                    eprintln!("!!! {}", missing(name));
                    table.absent(subjects);
                }
            }
        }
    }
    print!("{}", table.show(&options, &versions));
    Ok(())
}

fn missing(name: &str) -> io::Error {
    io::Error::other(format!("{name} IS NOT INSTALLED: apt-get install redis-server postgresql"))
}

/// The disk by itself, before each server's turn; what the one before left to be written is not the next one's.
fn disk(table: &mut Table) -> io::Result<()> {
    rustix::fs::sync();
    let directory = Directory::fresh("peers-disk")?;
    bare_syncs(directory.path(), table.figures(ALONE, Subject::Sync))?;
    directory.remove()
}
