//! The source of everything under `ops/`: what is watched, what is told to whom, and what is drawn.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// Where alerts of each severity are sent.
    pub(super) channels: Channels,
    #[serde(rename = "alert")]
    pub(super) alerts: Vec<Alert>,
    #[serde(rename = "row")]
    pub(super) rows: Vec<Row>,
}

/// Addresses for webhooks, one for each severity.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Channels {
    pub(super) critical: String,
    /// After half an hour without an end.
    pub(super) critical_30m: String,
    /// After an hour.
    pub(super) critical_1h: String,
    pub(super) warning: String,
    pub(super) info: String,
}

/// How soon somebody has to act.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// Now.
    Critical,
    /// Within half an hour.
    Warning,
    /// When there is time.
    Info,
}

impl Severity {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// A rule, with the case in which it fires and the one in which it does not.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alert {
    pub(super) name: String,
    pub(super) severity: Severity,
    /// The part of the server, as `/health` names it.
    pub(super) part: String,
    pub(super) expr: String,
    #[serde(rename = "for")]
    pub(super) lasts: String,
    /// So long it goes on after its end, so that what comes and goes is one alert.
    pub(super) keep: Option<String>,
    pub(super) summary: String,
    pub(super) summary_ko: String,
    /// What to do first.
    pub(super) action: String,
    pub(super) action_ko: String,
    /// The page under docs/runbooks, without its ending.
    pub(super) runbook: String,
    pub(super) fires: Case,
    pub(super) quiet: Case,
}

/// Series and a moment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// `name{labels} values`, in the notation of promtool, one value each 15 seconds.
    pub(super) series: Vec<String>,
    pub(super) at: String,
    /// The labels that the alert has beside those of its rule.
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
}

/// A row of the dashboard.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) title: String,
    #[serde(rename = "panel")]
    pub(super) panels: Vec<Panel>,
}

/// A panel of the dashboard.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) about: String,
    /// A unit of Grafana: `s`, `bytes`, `reqps`, `short`, `percentunit`.
    pub(super) unit: String,
    /// One number instead of a curve.
    #[serde(default)]
    pub(super) stat: bool,
    /// Expressions, each with the text of its curve.
    pub(super) curves: Vec<(String, String)>,
}
