//! The report as JSON, for programs. Fields are only added, never renamed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Report;
use crate::Seen;
use crate::scenario::Scenario;
use crate::tally::Latency;

impl Report {
    /// The report for programs.
    pub(crate) fn json(&self) -> serde_json::Result<String> {
        let Seen { tally, cost, .. } = &self.seen;
        let kinds = tally.series().map(|(kind, series)| JsonKind {
            kind: kind.word(),
            count: series.latency.len(),
            accepted: series.accepted,
            latency: JsonLatency::of(&series.latency),
        });
        let verdict = self.verdict.as_ref();
        let check = match verdict {
            None => "off",
            Some(_) if self.failure().is_some() => "failed",
            Some(_) => "passed",
        };
        let faults = match verdict {
            Some(Ok(verdict)) => verdict.faults.told().to_vec(),
            Some(Err(why)) => vec![why.clone()],
            None => Vec::new(),
        };
        let whole = verdict.and_then(|verdict| verdict.as_ref().ok());
        let each_us = cost.processor.as_secs_f64() * 1e6 / tally.answers().max(1) as f64;
        let json = Json {
            scenario: self.scenario(),
            server: &self.plan.target.server,
            seed: self.plan.seed,
            threads: self.plan.threads,
            connections: self.plan.lanes.first().map_or(0, |lane| lane.connections),
            events: self.plan.events.len(),
            seconds: self.seconds(),
            answers: self.seen.answers,
            per_second: self.rate(),
            judged_per_second: self.judged_rate(),
            kinds: kinds.collect(),
            refusals: tally.refusals().iter().map(|known| (known.word.as_str(), known.count)).collect(),
            refusal_latency: tally
                .refusals()
                .iter()
                .map(|known| (known.word.as_str(), JsonLatency::of(&known.latency)))
                .collect(),
            generator: JsonGenerator {
                us_per_command: each_us,
                us_per_command_outside_kernel: cost.own_share.map(|share| share * each_us),
                busy: cost.busy,
                without_processor: cost.starved,
                is_bottleneck: cost.is_bottleneck(),
                lag: (!tally.lag.is_empty()).then(|| JsonLatency::of(&tally.lag)),
            },
            all_free_after_s: self.late_free_s(),
            notes: self.notes(),
            check,
            repeated: whole.map(|verdict| verdict.repeated),
            faults,
            strange: tally.strange.told(),
            failure: self.failure(),
        };
        serde_json::to_string_pretty(&json)
    }

    fn late_free_s(&self) -> Option<f64> {
        let (Some(seen), Scenario::Expire(expire)) = (&self.seen.expiry, &self.plan.scenario) else {
            return None;
        };
        Some(seen.all_free_ns()?.saturating_sub(expire.due_ns) as f64 / 1e9)
    }
}

#[derive(Serialize)]
struct Json<'a> {
    scenario: String,
    server: &'a str,
    seed: u64,
    threads: usize,
    connections: usize,
    events: usize,
    seconds: f64,
    answers: u64,
    per_second: f64,
    judged_per_second: f64,
    kinds: Vec<JsonKind>,
    refusals: BTreeMap<&'a str, u64>,
    refusal_latency: BTreeMap<&'a str, JsonLatency>,
    generator: JsonGenerator,
    #[serde(skip_serializing_if = "Option::is_none")]
    all_free_after_s: Option<f64>,
    notes: Vec<String>,
    /// `passed`, `failed` or `off`.
    check: &'static str,
    repeated: Option<usize>,
    faults: Vec<String>,
    strange: &'a [String],
    failure: Option<String>,
}

#[derive(Serialize)]
struct JsonKind {
    kind: &'static str,
    count: u64,
    accepted: u64,
    latency: JsonLatency,
}

#[derive(Serialize)]
struct JsonGenerator {
    us_per_command: f64,
    us_per_command_outside_kernel: Option<f64>,
    busy: f64,
    without_processor: Option<f64>,
    is_bottleneck: bool,
    lag: Option<JsonLatency>,
}

/// In microseconds.
#[derive(Serialize)]
struct JsonLatency {
    mean_us: f64,
    p50_us: f64,
    p90_us: f64,
    p99_us: f64,
    p999_us: f64,
    p9999_us: f64,
    max_us: f64,
}

impl JsonLatency {
    fn of(histogram: &Latency) -> Self {
        let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1e3;
        Self {
            mean_us: histogram.mean() / 1e3,
            p50_us: at(0.5),
            p90_us: at(0.9),
            p99_us: at(0.99),
            p999_us: at(0.999),
            p9999_us: at(0.9999),
            max_us: at(1.0),
        }
    }
}
