//! What happens when: the method of an experiment with the times that a seed has chosen.

use std::time::Duration;

use holdfast_load::mix;
use serde::{Serialize, Serializer};

use crate::experiment::{Action, Experiment};

/// One thing that is done.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// How long nothing is done before.
    #[serde(serialize_with = "milliseconds")]
    pub before_ms: Duration,
    /// What is done.
    #[serde(rename = "do")]
    pub(crate) action: Action,
    /// How long nothing is done behind it.
    #[serde(serialize_with = "milliseconds")]
    pub after_ms: Duration,
}

impl Step {
    /// What is done, in words.
    #[must_use]
    pub fn told(&self) -> String {
        self.action.to_string()
    }
}

fn milliseconds<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(duration.as_millis() as u64)
}

/// All that is done, in order. One seed gives one schedule.
#[must_use]
pub fn schedule(experiment: &Experiment, seed: u64) -> Vec<Step> {
    let mut thrown = 0;
    let mut bits = || {
        thrown += 1;
        mix(seed, thrown)
    };
    let mut steps = Vec::new();
    for written in &experiment.method {
        let repeat = written.repeat.as_ref().map_or(1, |repeat| *repeat.get_ref());
        for number in 1..=repeat {
            let before_ms = written.pauses.before.settled(bits()).least;
            let action = written.action.get_ref().settled(&mut bits);
            let after_ms = written.pauses.after.settled(bits()).least;
            let name =
                if repeat == 1 { written.name.clone() } else { format!("{} ({number})", written.name) };
            steps.push(Step { name, before_ms, action, after_ms });
        }
    }
    steps
}
