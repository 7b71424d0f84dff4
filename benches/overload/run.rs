//! One run of `holdfast load`, and what it says.

use std::io;
use std::net::SocketAddr;
use std::process::Command;

use serde_json::Value;

use super::harness::process::Directory;

const SECONDS: &str = "4s";

/// What is put to the server.
pub(crate) struct Load<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) server: SocketAddr,
    /// The scenario and its options.
    pub(crate) arguments: &'a [&'a str],
}

/// What came of it.
pub(crate) struct Run {
    /// Answers a second, and those to commands that were judged.
    answers: f64,
    pub(crate) judged: f64,
    /// What began a second: holds that were answered in whatever way.
    pub(crate) arrivals: f64,
    pub(crate) busy: u64,
    busy_p50_ms: f64,
    busy_p99_ms: f64,
    /// Of each kind of command that was judged: name, p50, p99.
    kinds: Vec<(String, f64, f64)>,
}

impl Load<'_> {
    /// As fast as the server answers.
    pub(crate) fn closed(&self) -> io::Result<Run> {
        self.run(&["--pipeline", "32"])
    }

    /// So many arrivals a second, whatever the server does.
    pub(crate) fn open(&self, rate: f64) -> io::Result<Run> {
        self.run(&["--rate", &format!("{rate:.0}")])
    }

    fn run(&self, how: &[&str]) -> io::Result<Run> {
        let json = self.directory.path().join("run.json");
        let done = Command::new(env!("CARGO_BIN_EXE_holdfast"))
            .arg("load")
            .args(self.arguments)
            .args(how)
            .args(["--address", &self.server.to_string(), "--connections", "64", "--duration", SECONDS])
            .args(["--check", "off", "--quiet", "--json"])
            .arg(&json)
            .output()?;
        if !done.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&done.stderr).into_owned()));
        }
        let told: Value = serde_json::from_slice(&std::fs::read(&json)?)?;
        Ok(Run::of(&told))
    }
}

impl Run {
    fn of(told: &Value) -> Self {
        let number = |value: &Value| value.as_f64().unwrap_or_default();
        let ms = |value: &Value| number(value) / 1e3;
        let kinds: Vec<&Value> = told["kinds"].as_array().into_iter().flatten().collect();
        let busy = told["refusals"]["BUSY"].as_u64().unwrap_or_default();
        let begun = kinds.iter().find(|kind| kind["kind"] == "HOLD" || kind["kind"] == "BEST");
        let begun = begun.map_or(0.0, |kind| number(&kind["count"])) + busy as f64;
        let waited = &told["refusal_latency"]["BUSY"];
        Self {
            answers: number(&told["per_second"]),
            judged: number(&told["judged_per_second"]),
            arrivals: begun / number(&told["seconds"]),
            busy,
            busy_p50_ms: ms(&waited["p50_us"]),
            busy_p99_ms: ms(&waited["p99_us"]),
            kinds: kinds
                .into_iter()
                .map(|kind| {
                    let name = kind["kind"].as_str().unwrap_or_default().to_owned();
                    (name, ms(&kind["latency"]["p50_us"]), ms(&kind["latency"]["p99_us"]))
                })
                .collect(),
        }
    }

    pub(crate) fn slowest_p99_ms(&self) -> f64 {
        self.kinds.iter().map(|(_, _, p99)| *p99).fold(0.0, f64::max)
    }

    pub(crate) fn heading() {
        println!(
            "{:>40}{:>10}{:>10}{:>7}{:>10}  BUSY p50/p99, then each kind",
            "", "answers/s", "judged/s", "", "BUSY"
        );
    }

    /// With the share of what `all` had judged a second.
    pub(crate) fn print(&self, name: &str, all: Option<&Self>) {
        let Self { answers, judged, busy, busy_p50_ms, busy_p99_ms, .. } = self;
        let share = all.map_or(String::new(), |all| format!("{:.0} %", 100.0 * judged / all.judged));
        print!("{name:>40}{answers:>10.0}{judged:>10.0}{share:>7}{busy:>10}  ");
        print!("{busy_p50_ms:.0}/{busy_p99_ms:.0}");
        for (kind, p50, p99) in &self.kinds {
            print!("  {kind} {p50:.1}/{p99:.1}");
        }
        println!();
    }
}
