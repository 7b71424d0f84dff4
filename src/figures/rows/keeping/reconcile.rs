//! Rows about the money: what the reconciliations that count have found.

use holdfast_figures::{Section, Unit::Number, Unit::UnixMillis, gauge};

use crate::figures::rows::of;
use crate::figures::running::Running;

pub(in crate::figures::rows) static RECONCILIATION: Section<Running> = Section {
    title: "Reconciliation",
    rows: &[
        gauge(
            "holdfast_reconcile_last_run_timestamp_seconds",
            UnixMillis,
            "When the newest reconciliation was done that counts; 0 if none was",
            of!(|now| now.money().last_at.0),
        )
        .info("reconcile_last_at"),
        gauge(
            "holdfast_reconcile_awaited_since_timestamp_seconds",
            UnixMillis,
            "When the newest was done, or when the directory began if none was though reconcile.files is set; 0 if none is awaited",
            of!(|now| now.money().awaited_since.0),
        )
        .info("reconcile_awaited_since"),
        gauge(
            "holdfast_reconcile_periods",
            Number,
            "Reconciliations whose differences stand here: a later one of the same period takes the place of an earlier one",
            of!(|now| now.money().periods),
        )
        .info("reconcile_periods"),
        gauge(
            "holdfast_reconcile_open",
            Number,
            "Differences that somebody has to settle: all but lines that only stand twice in the files",
            of!(|now| now.money().open()),
        )
        .info("reconcile_open"),
        gauge("holdfast_reconcile_mismatches", Number, "Differences by class, as of these reconciliations", |_| None)
            .labels(&["class"], |now: &Running, samples| {
                for (class, count) in &now.money().differences {
                    samples.add(&[class.word()], *count);
                }
            }),
        gauge(
            "holdfast_reconcile_mismatch_money",
            Number,
            "The money of these differences, without its sign, in the smallest unit of its currency",
            |_| None,
        )
        .labels(&["class", "currency"], |now: &Running, samples| {
            for ((class, currency), minor) in &now.money().money {
                samples.add(&[class.word(), currency.code()], *minor);
            }
        }),
    ],
};
