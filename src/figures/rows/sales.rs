//! Rows about the sales of all events together. They come from sums that the threads of the events keep.

use holdfast_engine::{Happened, HoldEnd, PaymentStatus};
use holdfast_figures::{Section, Unit::Millis, Unit::Number, counter, gauge, histogram};

use super::{distribution, of};
use crate::figures::running::Running;

/// The state of a payment as a label has it.
pub(in crate::figures) fn label(status: PaymentStatus) -> String {
    status.word().to_ascii_lowercase()
}

/// What can become of a payment, each with how often it did. Money may come for one that has failed before: then both count.
fn outcomes(now: &Running) -> [(&'static str, u64); 5] {
    let sales = &now.stats.sales;
    [
        ("success", sales.of(Happened::PaymentSucceeded).saturating_sub(sales.late)),
        ("failed", sales.of(Happened::PaymentFailed)),
        ("lapsed", sales.of(Happened::PaymentLapsed)),
        ("late", sales.late),
        ("refund_due", sales.of(Happened::RefundDue)),
    ]
}

pub(super) static SALES: Section<Running> = Section {
    title: "Sales",
    rows: &[
        gauge(
            "holdfast_holds_live",
            Number,
            "Live holds of all events, those in payment too",
            of!(|now| now.stats.sales.standing.holds),
        ),
        gauge(
            "holdfast_orders",
            Number,
            "Orders of all events, without cancelled ones",
            of!(|now| now.stats.sales.standing.orders),
        ),
        gauge("holdfast_payments", Number, "Payments of all events by state, as far as they are kept", |_| None)
            .labels(&["state"], |now: &Running, samples| {
                for (status, count) in PaymentStatus::ALL.into_iter().zip(now.stats.sales.standing.payments) {
                    samples.add(&[&label(status)], count);
                }
            }),
        gauge(
            "holdfast_refunds_due",
            Number,
            "Payments of all events of which something is to be paid back",
            of!(|now| now.stats.sales.standing.refunds_due),
        )
        .info("refunds_due"),
        gauge(
            "holdfast_refund_due_oldest_seconds",
            Millis,
            "How long the one of them waits that waits longest; 0 if there is none",
            of!(|now| {
                let oldest = now.stats.sales.standing.oldest_due_at;
                oldest.map_or(0, |at| now.stats.now.since(at).0)
            }),
        )
        .info("refund_due_oldest_ms"),
        counter(
            "holdfast_holds_expired_total",
            Number,
            "Holds whose deadline has passed",
            of!(|now| now.stats.sales.of(Happened::Expired)),
        ),
        counter("holdfast_payment_outcomes_total", Number, "What became of payments", |_| None)
            .labels(&["outcome"], |now: &Running, samples| {
                outcomes(now).into_iter().for_each(|(outcome, count)| samples.add(&[outcome], count));
            }),
        counter(
            "holdfast_payment_retries_total",
            Number,
            "How often the provider of a payment was tried again",
            of!(|now| now.stats.sales.of(Happened::PaymentRetried)),
        ),
        counter(
            "holdfast_changes_total",
            Number,
            "What has happened to events, by the words of the feed, and what is kept from it: refusals, housekeeping",
            |_| None,
        )
        .labels(&["change"], |now: &Running, samples| {
            for (what, count) in &now.stats.sales.happened {
                samples.add(&[what.word()], *count);
            }
        }),
        histogram(
            "holdfast_hold_seconds",
            Millis,
            "How long holds lasted, from HOLD to their end",
            &["end"],
            |now: &Running, samples| {
                let durations = &now.stats.sales.durations;
                for (end, spread) in HoldEnd::ALL.into_iter().zip(&durations.holds) {
                    samples.add(&[end.word()], distribution(spread));
                }
            },
        ),
        histogram(
            "holdfast_payment_seconds",
            Millis,
            "How long payments took, from PAYMENT TRY to their order; not those whose money was there before",
            &[],
            |now: &Running, samples| {
                samples.add(&[], distribution(&now.stats.sales.durations.payments));
            },
        ),
        histogram(
            "holdfast_expiry_delay_seconds",
            Millis,
            "How long after their deadline holds and payments ended that ran out",
            &[],
            |now: &Running, samples| {
                samples.add(&[], distribution(&now.stats.sales.durations.expiry_delays));
            },
        ),
        gauge(
            "holdfast_events_uncounted",
            Number,
            "Events at rest whose sales are in none of these sums, until somebody asks for them: an older version has saved them",
            of!(|now| now.stats.sales.uncounted),
        ),
    ],
};
