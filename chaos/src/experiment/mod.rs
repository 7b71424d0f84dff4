//! An experiment as it is written: TOML, with the fields of Chaos Toolkit where it has them.

mod action;
mod value;

use serde::{Deserialize, Serialize};
use toml::Spanned;

pub(crate) use action::{Action, Need};
pub(crate) use value::{Measure, Phase, Span, Tolerance, Value};

/// How often one step may be repeated.
const STEPS_MAX: u32 = 100;

/// What is disturbed, how, and what has to hold all the same.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Experiment {
    /// What is tried, in one line.
    pub title: String,
    /// The same in Korean.
    pub title_ko: String,
    /// Which failure of a service this is, and what is expected.
    pub description: String,
    /// The server that is disturbed.
    #[serde(default)]
    pub(crate) server: ServerSpec,
    /// Who buys meanwhile.
    #[serde(default)]
    pub(crate) load: LoadSpec,
    /// What holds when all is well.
    pub(crate) steady_state_hypothesis: Hypothesis,
    /// What is done, in this order.
    pub(crate) method: Vec<MethodStep>,
    /// What is undone at the end, whatever has happened.
    #[serde(default)]
    pub(crate) rollbacks: Vec<Rollback>,
}

/// How the server of the experiment is started.
#[derive(Clone, Default, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ServerSpec {
    /// Flags of `holdfast serve`.
    #[serde(default)]
    pub(crate) flags: Vec<Spanned<String>>,
    /// The data directory is on a disk of its own, in memory, of so many MiB.
    pub(crate) disk_mib: Option<u32>,
    /// The server has a clock of its own.
    #[serde(default)]
    pub(crate) clock: bool,
    /// The server sends spans to a collector, which takes connections and never answers.
    #[serde(default)]
    pub(crate) collector: bool,
}

/// Buyers.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct LoadSpec {
    /// At a time.
    #[serde(default = "LoadSpec::buyers")]
    pub(crate) buyers: usize,
    /// New ones a second.
    #[serde(default = "LoadSpec::rate")]
    pub(crate) rate: f64,
}

impl LoadSpec {
    const fn buyers() -> usize {
        8
    }

    const fn rate() -> f64 {
        200.0
    }
}

impl Default for LoadSpec {
    fn default() -> Self {
        Self { buyers: Self::buyers(), rate: Self::rate() }
    }
}

/// What holds when all is well.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Hypothesis {
    /// In words.
    pub(crate) title: String,
    /// Over how long it is measured.
    #[serde(default = "Hypothesis::window")]
    pub(crate) window: Span,
    /// What is measured.
    pub(crate) probes: Vec<Probe>,
}

impl Hypothesis {
    const fn window() -> Span {
        Span::of(std::time::Duration::from_secs(3))
    }
}

/// One measure, and what it may be.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Probe {
    pub(crate) name: String,
    pub(crate) measure: Measure,
    pub(crate) tolerance: Tolerance,
    /// When it has to hold.
    #[serde(default = "Probe::phases")]
    pub(crate) phases: Vec<Phase>,
}

impl Probe {
    fn phases() -> Vec<Phase> {
        vec![Phase::Before, Phase::After]
    }
}

/// One thing that is done.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct MethodStep {
    pub(crate) name: String,
    #[serde(rename = "do")]
    pub(crate) action: Spanned<Action>,
    #[serde(default)]
    pub(crate) pauses: Pauses,
    /// How often, each time with pauses of its own.
    pub(crate) repeat: Option<Spanned<u32>>,
}

/// How long nothing is done.
#[derive(Clone, Copy, Default, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pauses {
    #[serde(default)]
    pub(crate) before: Span,
    #[serde(default)]
    pub(crate) after: Span,
}

/// One thing that is undone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rollback {
    pub(crate) name: String,
    #[serde(rename = "do")]
    pub(crate) action: Spanned<Action>,
}

impl Experiment {
    /// Reads an experiment.
    ///
    /// # Errors
    /// What is wrong with it, with the line and the field.
    pub fn read(text: &str) -> Result<Self, String> {
        let experiment: Self =
            toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        experiment.check().map_err(|(at, why)| {
            let line = text.get(..at).map_or(0, |before| before.matches('\n').count()) + 1;
            format!("line {line}: {why}")
        })?;
        Ok(experiment)
    }

    /// What the file's grammar does not say. Errors come with their place in the text.
    fn check(&self) -> Result<(), (usize, String)> {
        for flag in &self.server.flags {
            allowed(flag.get_ref()).map_err(|why| (flag.span().start, why))?;
        }
        if self.method.is_empty() {
            return Err((0, "method: there is nothing to do".to_owned()));
        }
        if self.steady_state_hypothesis.probes.is_empty() {
            return Err((0, "steady-state-hypothesis.probes: nothing is measured".to_owned()));
        }
        let steps = self.method.iter().map(|step| &step.action);
        for action in steps.chain(self.rollbacks.iter().map(|step| &step.action)) {
            let (there, field) = match action.get_ref().need() {
                Some(Need::Disk) => (self.server.disk_mib.is_some(), "server.disk-mib"),
                Some(Need::Clock) => (self.server.clock, "server.clock"),
                Some(Need::Collector) => (self.server.collector, "server.collector"),
                Some(Need::Tracer) | None => (true, ""),
            };
            if !there {
                return Err((action.span().start, format!("do: this needs {field}, which is not set")));
            }
        }
        for repeat in self.method.iter().filter_map(|step| step.repeat.as_ref()) {
            if !(1..=STEPS_MAX).contains(repeat.get_ref()) {
                let why = format!("repeat is {}: it must be from 1 to {STEPS_MAX}", repeat.get_ref());
                return Err((repeat.span().start, why));
            }
        }
        if !(self.load.rate.is_finite() && (1.0..=1_000.0).contains(&self.load.rate)) {
            return Err((0, format!("load.rate is {}: it must be from 1 to 1000 a second", self.load.rate)));
        }
        if !(1..=256).contains(&self.load.buyers) {
            return Err((0, format!("load.buyers is {}: it must be from 1 to 256", self.load.buyers)));
        }
        Ok(())
    }

    /// What has to be on this machine for it.
    pub(crate) fn needs(&self) -> Vec<Need> {
        let mut needs: Vec<Need> =
            self.method.iter().filter_map(|step| step.action.get_ref().need()).collect();
        needs.extend(self.server.disk_mib.map(|_| Need::Disk));
        needs.extend(self.server.clock.then_some(Need::Clock));
        needs.sort_unstable();
        needs.dedup();
        needs
    }
}

/// Flags that lead nowhere outside of the run: no paths, no addresses.
const FLAGS: [&str; 13] = [
    "--threads",
    "--connections-",
    "--idempotency-",
    "--records-",
    "--groups-",
    "--payments-",
    "--clock-",
    "--memory-",
    "--wal-",
    "--snapshot-",
    "--events-",
    "--feed-retention",
    "--slowlog-",
];

fn allowed(flag: &str) -> Result<(), String> {
    // What does not begin like a flag is the value of the one before.
    if !flag.starts_with('-') || FLAGS.iter().any(|known| flag.starts_with(known)) {
        return Ok(());
    }
    Err(format!(
        "flags: {flag} cannot be set by an experiment, which has a server of its own on this machine, in a directory of its own: {}",
        FLAGS.join(" ")
    ))
}

#[cfg(test)]
mod tests;
