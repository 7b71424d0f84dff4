//! Rows about the providers of payments. Whoever begins payments chooses their names, and at most 66 stand here.

use holdfast_engine::{Circuit, Outcome, ProviderFigures, Tally};
use holdfast_figures::{Samples, Section, Unit::Number, Unit::UnixMillis, Value, counter, gauge, told};

use super::of;
use crate::figures::running::Running;

/// What each provider is, in one line: `stripe=closed,toss=open`.
fn circuits(now: &Running) -> String {
    let word = |provider: &ProviderFigures| format!("{}={}", provider.name, provider.circuit.word());
    now.stats.payments.providers.iter().map(word).collect::<Vec<_>>().join(",")
}

/// A sample for each outcome of each provider.
fn outcomes(now: &Running, tally: fn(&ProviderFigures) -> &Tally, samples: &mut Samples<Value>) {
    for provider in &now.stats.payments.providers {
        for outcome in Outcome::ALL {
            samples.add(&[&provider.name, outcome.word()], tally(provider).of(outcome));
        }
    }
}

pub(super) static PAYMENTS: Section<Running> = Section {
    title: "Payments",
    rows: &[
        told("payments_action", of!(|now| now.stats.payments.policy.reaction.word())),
        gauge(
            "holdfast_payment_providers",
            Number,
            "Providers that payments were for since the start; at most 66",
            of!(|now| now.stats.payments.providers.len()),
        )
        .info("payment_providers"),
        gauge(
            "holdfast_payment_providers_disturbed",
            Number,
            "Those of them whose payments are disturbed",
            of!(|now| now.stats.payments.open().count()),
        )
        .info("payment_providers_disturbed"),
        told("payment_circuits", of!(|now| circuits(now))),
        gauge(
            "holdfast_payment_breaker",
            Number,
            "1 for the state that the circuit of a provider is in: `open` while its payments are disturbed",
            |_| None,
        )
        .labels(&["provider", "state"], |now: &Running, samples| {
            for provider in &now.stats.payments.providers {
                for circuit in Circuit::ALL {
                    let is_so = u64::from(provider.circuit == circuit);
                    samples.add(&[&provider.name, circuit.word()], is_so);
                }
            }
        }),
        gauge(
            "holdfast_payment_breaker_since_timestamp_seconds",
            UnixMillis,
            "Since when the circuit of a provider is in its state; nothing for one that never was in another",
            |_| None,
        )
        .labels(&["provider"], |now: &Running, samples| {
            for provider in now.stats.payments.providers.iter().filter(|provider| provider.since.0 > 0) {
                samples.add(&[&provider.name], provider.since.0);
            }
        }),
        gauge(
            "holdfast_payment_window_outcomes",
            Number,
            "What became of payments of a provider within `payments.window`, with retries",
            |_| None,
        )
        .labels(&["provider", "outcome"], |now, samples| outcomes(now, |of| &of.window, samples)),
        counter(
            "holdfast_payment_provider_outcomes_total",
            Number,
            "What became of payments of a provider, with retries",
            |_| None,
        )
        .labels(&["provider", "outcome"], |now, samples| outcomes(now, |of| &of.total, samples)),
        counter(
            "holdfast_payment_outcomes_of_unknown_total",
            Number,
            "Outcomes of payments whose provider is not known, as they began before the start or there were too many",
            of!(|now| now.stats.payments.unknown),
        )
        .info("payment_outcomes_of_unknown"),
        counter(
            "holdfast_payment_watch_gaps_total",
            Number,
            "How often log was gone, or could not be read, before it was looked at for payments",
            of!(|now| now.stats.payments.gaps),
        )
        .info("payment_watch_gaps"),
        gauge(
            "holdfast_payment_sales_paused",
            Number,
            "Sales that the server has paused since a provider is disturbed",
            of!(|now| now.stats.payments.paused.len()),
        )
        .info("payment_sales_paused"),
    ],
};
