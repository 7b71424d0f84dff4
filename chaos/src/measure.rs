//! Figures of a stretch of time, from what buyers saw and what the server tells of itself.

use std::time::Duration;

use holdfast_load::{Control, Sample, What};

use crate::experiment::{Measure, Phase, Probe, Value};
use crate::journal::Probed;

/// How long the server may take to tell its figures.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the buyers saw from one time to another.
pub(crate) struct Window {
    pub(crate) from: Duration,
    pub(crate) to: Duration,
    pub(crate) samples: Vec<Sample>,
}

impl Window {
    fn seconds(&self) -> f64 {
        self.to.saturating_sub(self.from).as_secs_f64().max(1e-3)
    }

    fn count(&self, is_it: impl Fn(&What) -> bool) -> usize {
        self.samples.iter().filter(|sample| is_it(&sample.what)).count()
    }

    pub(crate) fn held(&self) -> usize {
        self.count(|what| *what == What::Accepted { hold: true })
    }

    /// Those who were refused because of the server, and not because of the seat.
    pub(crate) fn turned_away(&self) -> usize {
        self.count(|what| match what {
            What::TurnedAway(_) => true,
            What::Refused(kind) => kind == "CLOSED",
            What::Accepted { .. } | What::NoAnswer => false,
        })
    }

    pub(crate) fn unanswered(&self) -> usize {
        self.count(|what| *what == What::NoAnswer)
    }

    /// Of a hundred answers.
    fn turned_away_percent(&self) -> Option<f64> {
        let answers = self.count(|what| *what != What::NoAnswer);
        (answers > 0).then(|| 100.0 * self.turned_away() as f64 / answers as f64)
    }

    fn p99_ms(&self) -> Option<f64> {
        let accepted = self.samples.iter().filter(|sample| matches!(sample.what, What::Accepted { .. }));
        let mut took: Vec<Duration> = accepted.map(|sample| sample.took).collect();
        took.sort_unstable();
        let at = took.len().saturating_sub(1).min(took.len() * 99 / 100);
        took.get(at).map(|took| took.as_secs_f64() * 1e3)
    }

    /// The longest time without an accepted new hold.
    pub(crate) fn longest_gap(&self) -> Duration {
        let held = self.samples.iter().filter(|sample| sample.what == What::Accepted { hold: true });
        let mut times: Vec<Duration> = held.map(|sample| sample.at).collect();
        times.insert(0, self.from);
        times.push(self.to);
        let gaps = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
        gaps.max().unwrap_or_default()
    }
}

/// What each of these probes shows in this window, of those that are of this phase or of no phase in particular.
pub(crate) fn probe(probes: &[Probe], phase: Phase, window: &Window, address: Option<String>) -> Vec<Probed> {
    let control = address.and_then(|address| Control::to(&address, None, None, PATIENCE).ok());
    let mut control = control;
    let mut probed = Vec::new();
    for probe in probes {
        let value = match &probe.measure {
            Measure::AcceptedPerSecond => Some(window.held() as f64 / window.seconds()),
            Measure::P99Ms => window.p99_ms(),
            Measure::TurnedAwayPercent => window.turned_away_percent(),
            Measure::Unanswered => Some(window.unanswered() as f64),
            Measure::LongestGapSeconds => Some(window.longest_gap().as_secs_f64()),
            Measure::Info { .. } => None,
        };
        let value = match &probe.measure {
            Measure::Info { section, field } => control.as_mut().and_then(|it| info(it, section, field)),
            _ => value.map(|value| Value::Number((value * 1e3).round() / 1e3)),
        };
        probed.push(Probed {
            name: probe.name.clone(),
            measure: probe.measure.clone(),
            within: probe.tolerance.holds(value.as_ref()),
            tolerance: probe.tolerance.clone(),
            value,
            counts: probe.phases.contains(&phase),
        });
    }
    probed
}

fn info(control: &mut Control, section: &str, field: &str) -> Option<Value> {
    let text = String::from_utf8(control.ask(&["INFO", section]).ok()?).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    Some(line.parse().map_or_else(|_| Value::Text(line.to_owned()), Value::Number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(samples: &[(u64, u64, What)]) -> Window {
        let samples = samples.iter().map(|(at, took, what)| Sample {
            at: Duration::from_millis(*at),
            took: Duration::from_millis(*took),
            what: what.clone(),
        });
        Window { from: Duration::ZERO, to: Duration::from_secs(2), samples: samples.collect() }
    }

    #[test]
    fn a_window_counts_what_it_says() {
        let hold = || What::Accepted { hold: true };
        let seen = window(&[
            (100, 1, hold()),
            (300, 9, What::Accepted { hold: false }),
            (400, 1, What::Refused("TAKEN".to_owned())),
            (500, 1, What::Refused("CLOSED".to_owned())),
            (600, 1, What::TurnedAway("DEGRADED".to_owned())),
            (700, 1_000, What::NoAnswer),
            (1_500, 5, hold()),
        ]);
        assert_eq!((seen.held(), seen.turned_away(), seen.unanswered()), (2, 2, 1));
        assert_eq!(seen.longest_gap(), Duration::from_millis(1_400));
        assert_eq!(seen.p99_ms(), Some(9.0));
        assert_eq!(seen.turned_away_percent(), Some(100.0 / 3.0));
        let nothing = window(&[]);
        assert_eq!((nothing.p99_ms(), nothing.turned_away_percent()), (None, None));
        assert_eq!(nothing.longest_gap(), Duration::from_secs(2));
    }
}
