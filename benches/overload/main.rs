//! More than the server can do: how much is still sold, how fast the rest is refused, and how soon it is over.
//!
//! `cargo bench --bench overload`, half a minute a shape. For each shape of load: the rate of a closed loop; the highest
//! rate of an open loop that is kept up with, which is what counts as all that the server can do; two, three and five
//! times of that; and an easy rate right after it. Then an easy rate by itself, beside a connection that floods, and
//! beside one that never reads.
//!
//! The generator (`holdfast load`) runs on the same machine and takes its share of it. An open loop takes more than a
//! closed one: it sends every command when it is due, in pieces, and the kernel's work for a piece is the same as for a
//! batch.

#![expect(clippy::print_stdout, reason = "a benchmark reports what it measures")]

use std::io;

#[path = "../harness/mod.rs"]
mod harness;
mod nuisance;
mod run;

use harness::process::{Directory, NO_SNAPSHOTS, Server};
use nuisance::Nuisance;
use run::{Load, Run};

/// A share of the closed loop's rate that an open loop is tried with, from the highest down.
const TRIED: [f64; 7] = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3];
const TIMES: [f64; 3] = [2.0, 3.0, 5.0];
/// An open loop is kept up with if all are served, 99 of 100 within this.
const KEPT_UP_MS: f64 = 250.0;
/// Commands or buyers a second that no server minds.
const EASY: f64 = 10_000.0;

/// Arguments of `holdfast load`, and what one of its arrivals is called. Each connection keeps to one event.
const SHAPES: [(&str, &str, &[&str]); 3] = [
    ("holds", "commands", &["hold", "--events", "32"]),
    ("buyers: hold, and confirm or release", "buyers", &["flow", "--events", "32"]),
    ("parties of one to six, best seats", "commands", &["best", "--events", "32"]),
];

fn main() -> io::Result<()> {
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let directory = Directory::fresh("overload")?;
    for (name, arrivals, arguments) in SHAPES {
        if wanted.as_deref().is_none_or(|wanted| arguments.first() == Some(&wanted)) {
            println!("\n{name}; rates in {arrivals} a second, latencies in ms from when a command was due");
            shape(&directory, arguments)?;
        }
    }
    if wanted.as_deref().is_none_or(|wanted| wanted == "nuisance") {
        println!("\nbeside others, {EASY} holds a second");
        nuisances(&directory)?;
    }
    directory.remove()
}

fn shape(directory: &Directory, arguments: &[&str]) -> io::Result<()> {
    let server = Server::holdfast(&Directory::fresh("overload/data")?, NO_SNAPSHOTS)?;
    let load = Load { directory, server: server.address, arguments };
    Run::heading();
    let closed = load.closed()?;
    closed.print("closed loop, 64 x 32", None);
    let mut most = None;
    for share in TRIED {
        // What is kept up with is told in answers; what is asked for, in arrivals: a buyer is two or three commands.
        let rate = share * closed.arrivals;
        let run = load.open(rate)?;
        if run.busy == 0 && run.slowest_p99_ms() < KEPT_UP_MS {
            most = Some((rate, run));
            break;
        }
    }
    let Some((rate, run)) = most else {
        println!("no open loop was kept up with");
        return server.stop();
    };
    run.print(&format!("open loop, kept up with: {rate:.0}"), None);
    for times in TIMES {
        load.open(times * rate)?.print(&format!("{times} x that: {:.0}", times * rate), Some(&run));
        load.open(EASY)?.print("right after it", None);
    }
    server.stop()
}

fn nuisances(directory: &Directory) -> io::Result<()> {
    let server = Server::holdfast(&Directory::fresh("overload/data")?, NO_SNAPSHOTS)?;
    let load = Load { directory, server: server.address, arguments: &["hold", "--events", "1"] };
    Run::heading();
    for round in 1..=3 {
        load.open(EASY)?.print(&format!("{round}: alone"), None);
        let deaf = Nuisance::never_reads(server.address)?;
        load.open(EASY)?.print(&format!("{round}: with one that never reads"), None);
        deaf.end();
        let flood = Nuisance::floods(server.address)?;
        load.open(EASY)?.print(&format!("{round}: with one that floods"), None);
        println!("{:>40} it had {} answers", "", flood.end());
    }
    server.stop()
}
