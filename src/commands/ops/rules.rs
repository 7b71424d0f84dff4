//! The rules for Prometheus, and their unit tests for promtool.
//!
//! Texts are written as JSON strings, which YAML takes as they are.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::HEAD;
use super::source::{Alert, Case, Severity, Source};

/// After so long without an end a critical alert goes to more people: seconds, tier.
const TIERS: [(u32, &str); 2] = [(1_800, "2"), (3_600, "3")];

/// `rules.yml`.
pub(super) fn rules(source: &Source, docs: &str) -> String {
    let mut out = format!("{HEAD}groups:\n  - name: holdfast\n    rules:\n");
    for alert in &source.alerts {
        let notes = annotations(alert, docs);
        rule(&mut out, &alert.name, &alert.expr, Some(alert), (&labels(alert, "1"), &notes));
        if alert.severity == Severity::Critical {
            for (seconds, tier) in TIERS {
                let expr = escalation(&alert.name, seconds);
                rule(&mut out, &escalated(alert, tier), &expr, None, (&labels(alert, tier), &notes));
            }
        }
    }
    out
}

/// The name of what follows an alert that does not end.
fn escalated(alert: &Alert, tier: &str) -> String {
    format!("{}Tier{tier}", alert.name)
}

/// Alertmanager knows no escalation by time, so it is a rule about a rule.
fn escalation(name: &str, seconds: u32) -> String {
    format!(
        "(time() - ALERTS_FOR_STATE{{alertname=\"{name}\"}}) > {seconds} \
         and on (instance) ALERTS{{alertname=\"{name}\",alertstate=\"firing\"}}"
    )
}

type Texts = BTreeMap<&'static str, String>;

fn labels(alert: &Alert, tier: &str) -> Texts {
    [("severity", alert.severity.word().to_owned()), ("part", alert.part.clone()), ("tier", tier.to_owned())]
        .into()
}

fn annotations(alert: &Alert, docs: &str) -> Texts {
    [
        ("summary", alert.summary.clone()),
        ("summary_ko", alert.summary_ko.clone()),
        ("action", alert.action.clone()),
        ("action_ko", alert.action_ko.clone()),
        ("runbook_url", format!("{docs}runbooks/{}.md", alert.runbook)),
    ]
    .into()
}

fn rule(out: &mut String, name: &str, expr: &str, alert: Option<&Alert>, (labels, notes): (&Texts, &Texts)) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "      - alert: {name}\n        expr: {}", json!(expr));
    if let Some(alert) = alert {
        let _ = writeln!(out, "        for: {}", alert.lasts);
        if let Some(keep) = &alert.keep {
            let _ = writeln!(out, "        keep_firing_for: {keep}");
        }
    }
    let _ = writeln!(out, "        labels: {}\n        annotations:", json!(labels));
    for (name, text) in notes {
        let _ = writeln!(out, "          {name}: {}", json!(text));
    }
}

/// `rules.test.yml`: for each rule a case in which it fires and one in which it does not.
pub(super) fn tests(source: &Source, docs: &str) -> String {
    let mut out = format!("{HEAD}rule_files:\n  - rules.yml\nevaluation_interval: 15s\ntests:\n");
    for alert in &source.alerts {
        for (case, fires) in [(&alert.fires, true), (&alert.quiet, false)] {
            let what = if fires { "fires" } else { "is quiet" };
            let _ = writeln!(out, "  - name: {} {what}\n    interval: 15s\n    input_series:", alert.name);
            for series in &case.series {
                let (name, values) =
                    series.rsplit_once("} ").map_or((series.as_str(), ""), |(name, values)| (name, values));
                let _ = writeln!(
                    out,
                    "      - series: {}\n        values: {}",
                    json!(format!("{name}}}")),
                    json!(values)
                );
            }
            let _ = writeln!(
                out,
                "    alert_rule_test:\n      - eval_time: {}\n        alertname: {}",
                case.at, alert.name
            );
            if fires {
                expected(&mut out, alert, case, docs);
            } else {
                out.push_str("        exp_alerts: []\n");
            }
        }
    }
    out
}

/// What is told of an alert that fires, with the labels in their places.
fn expected(out: &mut String, alert: &Alert, case: &Case, docs: &str) {
    let mut all: BTreeMap<&str, String> = labels(alert, "1");
    all.extend(case.labels.iter().map(|(name, value)| (name.as_str(), value.clone())));
    let _ = writeln!(
        out,
        "        exp_alerts:\n          - exp_labels: {}\n            exp_annotations:",
        json!(all)
    );
    for (name, text) in annotations(alert, docs) {
        let text = case
            .labels
            .iter()
            .fold(text, |text, (label, value)| text.replace(&format!("{{{{ $labels.{label} }}}}"), value));
        let _ = writeln!(out, "              {name}: {}", json!(text));
    }
}
