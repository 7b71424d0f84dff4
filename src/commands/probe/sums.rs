//! What the rounds came to, for the summary and for Prometheus.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use holdfast_engine::At;
use holdfast_figures::{Distribution, Form, Page, Section, Unit, counter, gauge, histogram};
use parking_lot::Mutex;

use super::super::data::now;
use super::round::{Failed, STEPS, Times};

/// Upper ends of the buckets of a step, microseconds.
const BUCKETS: [u64; 12] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000];

#[derive(Default)]
pub(super) struct Sums {
    ok: u64,
    refused: u64,
    unreachable: u64,
    /// Whether the last round was a success.
    up: bool,
    last_success: At,
    steps: [Step; STEPS.len()],
}

/// How long a step took.
#[derive(Default)]
struct Step {
    /// Up to each end, and what took longer at last.
    buckets: [u64; BUCKETS.len() + 1],
    micros: u64,
    longest: u64,
}

pub(super) type Shared = Arc<Mutex<Sums>>;

impl Sums {
    pub(super) fn shared() -> Shared {
        Arc::default()
    }

    /// A round is over.
    pub(super) fn add(&mut self, outcome: &Result<Times, Failed>) {
        self.count(outcome);
        let Ok(times) = outcome else { return };
        self.last_success = now();
        for (step, took) in self.steps.iter_mut().zip(times) {
            step.add(*took);
        }
    }

    /// There was no time for a round, as the one before took so long: what became of that one counts for it.
    pub(super) fn count(&mut self, outcome: &Result<Times, Failed>) {
        self.up = outcome.is_ok();
        *match outcome {
            Ok(_) => &mut self.ok,
            Err(Failed::Refused(..)) => &mut self.refused,
            Err(Failed::Unreachable(_)) => &mut self.unreachable,
        } += 1;
    }

    pub(super) const fn failures(&self) -> u64 {
        self.refused + self.unreachable
    }

    /// A line for a person.
    pub(super) fn told(&self) -> String {
        let rounds = self.ok + self.failures();
        let share = 100.0 * self.ok as f64 / rounds.max(1) as f64;
        let mut out = format!(
            "{rounds} rounds, {share:.3} % sold; {} refused, {} unreachable;",
            self.refused, self.unreachable
        );
        for (name, step) in STEPS.iter().zip(&self.steps) {
            // Writing to a String cannot fail.
            let _ = write!(out, " {name} {} us mean, {} us at most;", step.mean(), step.longest);
        }
        out.pop();
        out + "\n"
    }

    /// The page for Prometheus.
    pub(super) fn page(&self) -> String {
        Page::default().with(&[&ROWS], self).write(Form::Text)
    }
}

static ROWS: Section<Sums> = Section {
    title: "Probe",
    rows: &[
        gauge(
            "holdfast_probe_up",
            Unit::Number,
            "Whether the last round sold a place and gave it back",
            |sums: &Sums| Some(sums.up.into()),
        ),
        counter(
            "holdfast_probe_rounds_total",
            Unit::Number,
            "Rounds by outcome, one for each interval",
            |_| None,
        )
        .labels(&["outcome"], |sums: &Sums, samples| {
            samples.add(&["ok"], sums.ok);
            samples.add(&["refused"], sums.refused);
            samples.add(&["unreachable"], sums.unreachable);
        }),
        gauge(
            "holdfast_probe_last_success_timestamp_seconds",
            Unit::Seconds,
            "When a round was a success last",
            |sums: &Sums| Some((sums.last_success.0 / 1_000).into()),
        ),
        histogram(
            "holdfast_probe_step_seconds",
            Unit::Micros,
            "From the command to its answer, in rounds that were a success",
            &["step"],
            |sums: &Sums, samples| {
                for (name, step) in STEPS.iter().zip(&sums.steps) {
                    samples.add(&[name], step.distribution());
                }
            },
        ),
    ],
};

impl Step {
    fn add(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.buckets[BUCKETS.partition_point(|end| *end < micros)] += 1;
        self.micros = self.micros.saturating_add(micros);
        self.longest = self.longest.max(micros);
    }

    fn rounds(&self) -> u64 {
        self.buckets.iter().sum()
    }

    fn mean(&self) -> u64 {
        self.micros.checked_div(self.rounds()).unwrap_or(0)
    }

    fn distribution(&self) -> Distribution {
        let buckets = BUCKETS.iter().copied().zip(self.buckets).collect();
        Distribution { buckets, count: self.rounds(), sum: self.micros }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_adds_up() {
        let mut sums = Sums::default();
        sums.add(&Ok([Duration::from_micros(250), Duration::from_micros(251), Duration::from_secs(2)]));
        sums.add(&Err(Failed::Refused("hold", "BUSY".to_owned())));
        sums.count(&Err(Failed::Unreachable("gone".to_owned())));
        assert_eq!(sums.failures(), 2);
        let page = sums.page();
        for line in [
            "holdfast_probe_up 0",
            "holdfast_probe_rounds_total{outcome=\"ok\"} 1",
            "holdfast_probe_rounds_total{outcome=\"unreachable\"} 1",
            "holdfast_probe_step_seconds_bucket{step=\"hold\",le=\"0.00025\"} 1",
            "holdfast_probe_step_seconds_bucket{step=\"confirm\",le=\"0.00025\"} 0",
            "holdfast_probe_step_seconds_bucket{step=\"confirm\",le=\"0.0005\"} 1",
            "holdfast_probe_step_seconds_bucket{step=\"cancel\",le=\"1\"} 0",
            "holdfast_probe_step_seconds_bucket{step=\"cancel\",le=\"+Inf\"} 1",
            "holdfast_probe_step_seconds_sum{step=\"cancel\"} 2.0",
        ] {
            assert!(page.lines().any(|real| real == line), "{line}\n{page}");
        }
        assert!(
            sums.told().starts_with("3 rounds, 33.333 % sold; 1 refused, 1 unreachable; hold 250 us mean")
        );
    }
}
