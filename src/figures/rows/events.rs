//! Rows about single events: those that are named, and no others.

use holdfast_engine::{At, EventFigures, EventStatus, Name, PaymentStatus, SeatStatus};
use holdfast_figures::{Section, Unit::Millis, Unit::Number, gauge};

use super::sales::label;

/// The figures of some events at one moment, each `None` if nothing is known of it.
pub(in crate::figures) struct Named {
    pub(in crate::figures) events: Vec<(Name, Option<EventFigures>)>,
    pub(in crate::figures) now: At,
}

impl Named {
    /// Those of which something is known.
    fn each(&self, mut with: impl FnMut(&str, &EventFigures)) {
        for (name, figures) in &self.events {
            if let Some(figures) = figures {
                with(name.as_str(), figures);
            }
        }
    }
}

pub(in crate::figures) static EVENTS: Section<Named> = Section {
    title: "Events",
    rows: &[
        gauge(
            "holdfast_event_known",
            Number,
            "1 if there is an event of this name and something is known of it, else 0 and nothing more of it",
            |_| None,
        )
        .labels(&["event"], |named: &Named, samples| {
            named.events.iter().for_each(|(name, figures)| samples.add(&[name.as_str()], figures.is_some()));
        }),
        gauge("holdfast_event_status", Number, "1 for the state of the sale, 0 for the others", |_| None)
            .labels(&["event", "status"], |named: &Named, samples| {
                named.each(|event, figures| {
                    for status in EventStatus::ALL {
                        samples.add(&[event, status.word()], figures.status == status);
                    }
                });
            }),
        gauge("holdfast_event_seats", Number, "Seats and places of the event by status", |_| None).labels(
            &["event", "status"],
            |named: &Named, samples| {
                named.each(|event, figures| {
                    for status in SeatStatus::ALL {
                        samples.add(&[event, status.word()], figures.seats.of(status));
                    }
                });
            },
        ),
        gauge("holdfast_event_holds_live", Number, "Live holds of the event, those in payment too", |_| None)
            .labels(&["event"], |named: &Named, samples| {
                named.each(|event, figures| samples.add(&[event], figures.standing.holds));
            }),
        gauge("holdfast_event_orders", Number, "Orders of the event, without cancelled ones", |_| None)
            .labels(&["event"], |named: &Named, samples| {
                named.each(|event, figures| samples.add(&[event], figures.standing.orders));
            }),
        gauge(
            "holdfast_event_payments",
            Number,
            "Payments of the event by state, as far as they are kept",
            |_| None,
        )
        .labels(&["event", "state"], |named: &Named, samples| {
            named.each(|event, figures| {
                for (status, count) in PaymentStatus::ALL.into_iter().zip(figures.standing.payments) {
                    samples.add(&[event, &label(status)], count);
                }
            });
        }),
        gauge(
            "holdfast_event_refunds_due",
            Number,
            "Payments of the event of which something is to be paid back",
            |_| None,
        )
        .labels(&["event"], |named: &Named, samples| {
            named.each(|event, figures| samples.add(&[event], figures.standing.refunds_due));
        }),
        gauge(
            "holdfast_event_refund_due_oldest_seconds",
            Millis,
            "How long the one of them waits that waits longest; 0 if there is none",
            |_| None,
        )
        .labels(&["event"], |named: &Named, samples| {
            named.each(|event, figures| {
                let waits = figures.standing.oldest_due_at.map_or(0, |at| named.now.since(at).0);
                samples.add(&[event], waits);
            });
        }),
    ],
};
