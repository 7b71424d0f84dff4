//! Instructions of the parts of a command, counted by callgrind: the same on every run of one build, where times differ
//! from minute to minute.
//!
//! `cargo bench --bench instructions` runs itself under valgrind (Debian: `apt-get install valgrind`), twice for each
//! part: once with some commands and once with twice as many. The difference is what the commands took; making the
//! event and starting the process is in both and cancels out. A word behind `--` picks parts by name.
//!
//! Without valgrind nothing is counted; it says so.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark reports what it measures")]

use std::io;

mod callgrind;
#[path = "../core/hall.rs"]
mod hall;
mod work;

use work::WORKS;

/// How this program is told to be the one that is counted: part and number of commands follow.
const COUNTED: &str = "--counted";
const COMMANDS: u64 = 4_000;

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [first, part, commands] = words.as_slice()
        && first == COUNTED
    {
        let work = WORKS.iter().find(|work| work.name == part);
        let commands = commands.parse().map_err(io::Error::other)?;
        (work.ok_or_else(|| io::Error::other(format!("no part {part}")))?.run)(commands);
        return Ok(());
    }
    let picked = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    if !callgrind::is_there()? {
        eprintln!("!!! VALGRIND IS NOT INSTALLED: no instructions were counted (apt-get install valgrind)");
        return Ok(());
    }
    println!("{:<24}{:>24}", "", "instructions a command");
    for work in WORKS.iter().filter(|work| picked(work.name)) {
        let some = callgrind::count(work.name, COMMANDS)?;
        let twice = callgrind::count(work.name, 2 * COMMANDS)?;
        println!("{:<24}{:>24.0}", work.name, (twice as f64 - some as f64) / COMMANDS as f64);
    }
    Ok(())
}
