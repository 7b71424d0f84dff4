//! Figures of several rounds.

use hdrhistogram::Histogram;

use super::outcome::Outcome;

/// What was measured of one thing in one shape, round by round. Latencies in microseconds.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) rates: Vec<f64>,
    pub(crate) p50: Vec<f64>,
    pub(crate) p99: Vec<f64>,
    pub(crate) p999: Vec<f64>,
    /// The generator had no reserve left in one of the rounds.
    pub(crate) own_limit: bool,
}

impl Figures {
    pub(crate) fn add(&mut self, latency: &Histogram<u64>, rate: f64) {
        let micros = |quantile| latency.value_at_quantile(quantile) as f64 / 1_000.0;
        self.rates.push(rate);
        self.p50.push(micros(0.5));
        self.p99.push(micros(0.99));
        self.p999.push(micros(0.999));
    }

    pub(crate) fn add_outcome(&mut self, outcome: &Outcome) {
        self.add(&outcome.latency, outcome.rate());
        self.own_limit |= outcome.is_own_limit();
    }

    /// `(least .. most)` of the rates.
    pub(crate) fn range(&self) -> String {
        let least = self.rates.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.rates.iter().copied().fold(0.0, f64::max);
        format!("({least:.0} .. {most:.0})")
    }
}

/// NaN of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
