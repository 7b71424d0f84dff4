//! Rows about single consumer groups. There may be a thousand: each row has those where it is worst, and no more.

use holdfast_engine::GroupFigures;
use holdfast_figures::{Samples, Section, Unit::Millis, Unit::Number, Value, counter, gauge};

use crate::figures::running::Running;

/// Groups in one row.
const SHOWN: usize = 20;

/// The groups where this is most, the name deciding between two; without those where it is not known.
fn worst(now: &Running, samples: &mut Samples<Value>, of: fn(&GroupFigures) -> Option<u64>) {
    let mut known: Vec<_> = now.groups().iter().filter_map(|group| Some((of(group)?, group))).collect();
    let order = |one: &(u64, &GroupFigures), two: &(u64, &GroupFigures)| {
        let names = || (&one.1.stream, &one.1.name).cmp(&(&two.1.stream, &two.1.name));
        two.0.cmp(&one.0).then_with(names)
    };
    if known.len() > SHOWN {
        known.select_nth_unstable_by(SHOWN, order);
        known.truncate(SHOWN);
    }
    known.sort_unstable_by(order);
    for (value, group) in known {
        samples.add(&[&group.stream.to_string(), &group.name], value);
    }
}

/// Those of which this is so.
fn only(is_so: bool) -> Option<u64> {
    is_so.then_some(1)
}

const LABELS: &[&str] = &["stream", "group"];

pub(in crate::figures) static GROUPS: Section<Running> = Section {
    title: "Groups",
    rows: &[
        gauge(
            "holdfast_group_lag",
            Number,
            "Entries that a group of one event has not been given yet, of the 20 groups with most, as of the look before, at least 5 s ago",
            |_| None,
        )
        .labels(LABELS, |now: &Running, samples| worst(now, samples, |group| group.lag)),
        gauge(
            "holdfast_group_lag_seconds",
            Millis,
            "How long the first entry waits that a group has not been given yet, of the 20 groups where it waits longest; as of the same look",
            |_| None,
        )
        .labels(LABELS, |now: &Running, samples| {
            worst(now, samples, |group| group.waits.map(|waits| waits.0));
        }),
        gauge(
            "holdfast_group_pending",
            Number,
            "Entries that consumers of a group were given and have not acknowledged, of the 20 groups with most",
            |_| None,
        )
        .labels(LABELS, |now: &Running, samples| worst(now, samples, |group| Some(group.pending))),
        gauge(
            "holdfast_group_dead_letters",
            Number,
            "Entries of a group that are put aside and that nobody has seen to, of the 20 groups with most",
            |_| None,
        )
        .labels(LABELS, |now: &Running, samples| worst(now, samples, |group| Some(group.dead))),
        counter(
            "holdfast_group_redelivered_total",
            Number,
            "Entries that a group gave out again since it was made, of the 20 groups with most",
            |_| None,
        )
        .labels(LABELS, |now: &Running, samples| worst(now, samples, |group| Some(group.again))),
        gauge("holdfast_group_paused", Number, "1: an operator has paused the group; at most 20 groups", |_| None)
            .labels(LABELS, |now: &Running, samples| worst(now, samples, |group| only(group.is_paused))),
        gauge(
            "holdfast_group_stopped",
            Number,
            "1: the group has stopped, as too many entries failed; at most 20 groups",
            |_| None,
        )
        .labels(LABELS, |now: &Running, samples| worst(now, samples, |group| only(group.has_stopped))),
        gauge(
            "holdfast_group_behind_log",
            Number,
            "1: the next entry of the group is not kept any more; at most 20 groups, as of the same look",
            |_| None,
        )
        .labels(LABELS, |now: &Running, samples| worst(now, samples, |group| only(group.is_behind_log))),
    ],
};
