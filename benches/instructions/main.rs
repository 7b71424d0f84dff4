//! Instructions of the parts of a command, counted by callgrind: the same on every run of one build, where times differ
//! from minute to minute.
//!
//! `cargo bench -p holdfast-net --bench instructions` runs itself under valgrind (Debian: `apt-get install valgrind`),
//! twice for each part: once with some commands and once with twice as many. The difference is what the commands took;
//! making the event and starting the process is in both and cancels out. A word behind `--` picks parts by name.
//!
//! A part that takes 3 % more than is recorded fails. `-- --record "why"` records those that have changed by more.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark reports what it measures")]

use std::io;
use std::process::ExitCode;

mod callgrind;
#[path = "../core/hall.rs"]
mod hall;
mod recorded;
mod work;

use recorded::Recorded;
use work::{WORKS, Work};

/// How this program is told to be the one that is counted: part and number of commands follow.
const COUNTED: &str = "--counted";
/// The reason follows.
const RECORD: &str = "--record";

fn main() -> io::Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [COUNTED, part, commands] => {
            let work = WORKS.iter().find(|work| work.name == part);
            let commands = commands.parse().map_err(io::Error::other)?;
            (work.ok_or_else(|| io::Error::other(format!("no part {part}")))?.run)(commands);
            Ok(ExitCode::SUCCESS)
        }
        [RECORD, why] if !why.trim().is_empty() => record(why),
        [RECORD, ..] => Err(io::Error::other("--record needs one reason, in quotes")),
        _ => compare(&words),
    }
}

/// Instructions a command.
fn count(work: &Work) -> io::Result<f64> {
    let some = callgrind::count(work.name, work.commands)?;
    let twice = callgrind::count(work.name, 2 * work.commands)?;
    Ok((twice as f64 - some as f64) / work.commands as f64)
}

fn compare(words: &[&str]) -> io::Result<ExitCode> {
    let recorded = Recorded::read()?;
    let picked = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word));
    let mut failed = Vec::new();
    println!("{:<20}{:>24}   of what is recorded", "", "instructions a command");
    for work in WORKS.iter().filter(|work| picked(work.name)) {
        let count = count(work)?;
        let standing = recorded.standing(work.name, count);
        println!("{:<20}{count:>24.0}   {}", work.name, standing.told());
        failed.extend(standing.fails().then_some(work.name));
    }
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "{}: more instructions than are recorded, or never recorded. Take them out again, or say in the same change why they are worth it \
         (docs/testing.md, \"Instructions\")",
        failed.join(", ")
    );
    Ok(ExitCode::FAILURE)
}

fn record(why: &str) -> io::Result<ExitCode> {
    let mut recorded = Recorded::read()?;
    for work in WORKS {
        recorded.take(work.name, count(work)?, why);
    }
    recorded.write(WORKS.iter().map(|work| work.name))?;
    Ok(ExitCode::SUCCESS)
}
