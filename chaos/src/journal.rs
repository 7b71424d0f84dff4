//! What a run has done and seen: the journal, for programs.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::experiment::{LoadSpec, Measure, Tolerance, Value};
use crate::schedule::Step;

/// The version of the journal's form.
pub(crate) const VERSION: u32 = 1;

/// How a run has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All was well before, in the end, and in the books.
    Held,
    /// Something was not: see the reasons.
    Deviated,
    /// All was not well before anything was done, so nothing was.
    NotSteadyBefore,
}

/// Everything of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Journal {
    pub(crate) version: u32,
    pub(crate) title: String,
    #[serde(skip)]
    pub(crate) title_ko: String,
    pub(crate) description: String,
    pub(crate) program: String,
    pub(crate) started: String,
    /// With the same file and seed, the same is done again.
    pub(crate) seed: u64,
    pub(crate) load: LoadSpec,
    pub(crate) flags: Vec<String>,
    pub(crate) schedule: Vec<Step>,
    pub(crate) hypothesis: String,
    pub(crate) before: Option<Measured>,
    pub(crate) during: Option<Measured>,
    pub(crate) after: Option<Measured>,
    pub(crate) faults: Vec<Disturbance>,
    pub(crate) timeline: Vec<Entry>,
    pub(crate) history: Option<History>,
    /// How often the server was started.
    pub(crate) starts: u32,
    /// From the end of the method until all was well again, as a window has shown.
    #[serde(serialize_with = "optional")]
    pub(crate) steady_after_s: Option<Duration>,
    /// Where the files of the run are, if they were kept.
    pub(crate) kept: Option<String>,
    pub(crate) verdict: Verdict,
    /// What was not as it had to be.
    pub(crate) reasons: Vec<String>,
}

/// A stretch of time.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measured {
    #[serde(serialize_with = "seconds")]
    pub(crate) from_s: Duration,
    #[serde(serialize_with = "seconds")]
    pub(crate) to_s: Duration,
    pub(crate) new_holds: usize,
    pub(crate) turned_away: usize,
    pub(crate) unanswered: usize,
    pub(crate) probes: Vec<Probed>,
}

impl Measured {
    pub(crate) fn holds(&self) -> bool {
        self.probes.iter().all(|probe| probe.within || !probe.counts)
    }
}

/// What a probe has shown.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Probed {
    pub(crate) name: String,
    pub(crate) measure: Measure,
    pub(crate) tolerance: Tolerance,
    /// `null`: it could not be measured.
    pub(crate) value: Option<Value>,
    pub(crate) within: bool,
    /// Whether it had to be, at this time.
    pub(crate) counts: bool,
}

/// One disturbance, and what it cost.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Disturbance {
    pub(crate) name: String,
    #[serde(serialize_with = "seconds")]
    pub(crate) at_s: Duration,
    /// How long it was there.
    #[serde(serialize_with = "seconds")]
    pub(crate) lasted_s: Duration,
    /// From its end to the first new hold that was accepted.
    #[serde(serialize_with = "optional")]
    pub(crate) recovery_s: Option<Duration>,
    /// The longest time without an accepted new hold, from its beginning on.
    #[serde(serialize_with = "seconds")]
    pub(crate) without_sales_s: Duration,
    pub(crate) detail: String,
}

/// A line of the timeline.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    #[serde(serialize_with = "seconds")]
    pub(crate) at_s: Duration,
    pub(crate) what: String,
}

/// What the check over everything that was answered has found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct History {
    pub(crate) judged: usize,
    pub(crate) accepted: usize,
    pub(crate) repeated: usize,
    pub(crate) broken_promises: u64,
    pub(crate) told: Vec<String>,
}

impl Journal {
    /// How it has ended.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What was done, in order.
    #[must_use]
    pub fn schedule(&self) -> &[Step] {
        &self.schedule
    }

    /// What was not as it had to be.
    #[must_use]
    pub fn reasons(&self) -> &[String] {
        &self.reasons
    }

    /// The journal as JSON.
    ///
    /// # Errors
    /// Never, unless this program is at fault.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// Seconds, to the millisecond.
fn rounded(duration: Duration) -> f64 {
    duration.as_millis() as f64 / 1e3
}

fn seconds<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(rounded(*duration))
}

fn optional<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    duration.map(rounded).serialize(to)
}
