//! What is known of a server when a list is gone through. Whoever asks from outside and the job inside bring the same together.

use std::collections::BTreeMap;

use holdfast_engine::{At, Millis};

use crate::commands::kpi::Measure;

/// What became of a job.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct JobFacts {
    /// When it succeeded last.
    pub(super) succeeded_at: Option<At>,
    /// The code of its newest execution, if that has failed.
    pub(super) failed: Option<String>,
}

/// All that verdicts rest on. What is `None` could not be looked at from here.
#[derive(Default, Debug)]
pub(super) struct Facts {
    /// When it was looked.
    pub(super) at: At,
    /// Fields of `INFO`.
    pub(super) figures: BTreeMap<String, String>,
    /// Settings that are in force.
    pub(super) settings: Option<BTreeMap<String, String>>,
    /// The jobs that there are.
    pub(super) jobs: Option<BTreeMap<String, JobFacts>>,
    /// How far the clock of the server is from another one.
    pub(super) clock_apart: Option<Millis<u64>>,
    /// The version of who looks.
    pub(super) version: Option<&'static str>,
    /// Figures of `holdfast kpi`, or why there are none.
    pub(super) measures: Option<Result<Vec<Measure>, String>>,
    /// The first fault of the audit, if it has one.
    pub(super) audit: Option<Result<(), String>>,
    /// Alerts that Prometheus does not have, or why that cannot be told.
    pub(super) rules_missing: Option<Result<Vec<String>, String>>,
}

impl Facts {
    /// A number of that name: a field of `INFO`, or a setting.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        let of_settings = || self.settings.as_ref()?.get(name);
        self.figures.get(name).or_else(of_settings)?.parse().ok()
    }

    /// Whether a setting is set; `None` if nobody tells.
    pub(super) fn has_set(&self, setting: &str) -> Option<bool> {
        self.settings.as_ref()?.get(setting).map(|value| value != "none")
    }
}
