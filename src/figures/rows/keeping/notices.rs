//! Rows about messages for people outside. The channels are those of the settings, at most 16.

use holdfast_engine::ChannelShown;
use holdfast_figures::{Section, Unit::Number, Unit::UnixMillis, counter, gauge, told};

use crate::figures::rows::of;
use crate::figures::running::Running;

fn channels(now: &Running) -> impl Iterator<Item = &ChannelShown> {
    now.stats.notices.channels.iter()
}

/// The channels that did not take the last try: `ops,mail`.
fn failing(now: &Running) -> String {
    let failing = channels(now).filter(|channel| channel.failures > 0).map(|channel| &*channel.name);
    failing.collect::<Vec<_>>().join(",")
}

pub(in crate::figures::rows) static NOTICES: Section<Running> = Section {
    title: "Notifications",
    rows: &[
        gauge(
            "holdfast_notify_channels",
            Number,
            "Channels by which people outside are told",
            of!(|now| now.stats.notices.channels.len()),
        )
        .info("notify_channels"),
        told("notify_failing", of!(|now| failing(now))),
        gauge(
            "holdfast_notify_messages_waiting",
            Number,
            "Messages that wait, of all channels",
            of!(|now| channels(now).map(|channel| channel.waiting).sum::<u64>()),
        )
        .info("notify_waiting"),
        gauge(
            "holdfast_notify_dead_letters",
            Number,
            "Messages that were given up and that nobody has seen to: `NOTIFY DEAD` shows them",
            of!(|now| now.stats.notices.dead),
        )
        .info("notify_dead"),
        counter(
            "holdfast_notify_dead_letters_forgotten_total",
            Number,
            "Dead letters that were forgotten, as there were too many, since the first start",
            of!(|now| now.stats.notices.forgotten),
        )
        .info("notify_dead_forgotten"),
        counter(
            "holdfast_notify_gaps_total",
            Number,
            "How often log was gone or could not be read before it was looked at for messages",
            of!(|now| now.stats.notices.gaps),
        )
        .info("notify_gaps"),
        counter("holdfast_notify_tries_total", Number, "Messages that a channel was sent, by what became of them", |_| {
            None
        })
        .labels(&["channel", "outcome"], |now: &Running, samples| {
            for channel in channels(now) {
                let (taken, failed) = channel.tries;
                samples.add(&[&channel.name, "taken"], taken);
                samples.add(&[&channel.name, "failed"], failed);
            }
        }),
        counter(
            "holdfast_notify_folded_total",
            Number,
            "Things that a channel was told together with others",
            |_| None,
        )
        .labels(&["channel"], |now: &Running, samples| {
            channels(now).for_each(|channel| samples.add(&[&channel.name], channel.folded));
        }),
        gauge("holdfast_notify_waiting", Number, "Messages that wait for a channel", |_| None).labels(
            &["channel"],
            |now: &Running, samples| {
                channels(now).for_each(|channel| samples.add(&[&channel.name], channel.waiting));
            },
        ),
        gauge(
            "holdfast_notify_oldest_timestamp_seconds",
            UnixMillis,
            "When that happened which the oldest message is about that waits for a channel; nothing if none waits",
            |_| None,
        )
        .labels(&["channel"], |now: &Running, samples| {
            let waiting = channels(now).filter(|channel| channel.oldest_at.0 > 0);
            waiting.for_each(|channel| samples.add(&[&channel.name], channel.oldest_at.0));
        }),
        gauge(
            "holdfast_notify_failures",
            Number,
            "Tries that a channel did not take since the last one that it took",
            |_| None,
        )
        .labels(&["channel"], |now: &Running, samples| {
            channels(now).for_each(|channel| samples.add(&[&channel.name], channel.failures));
        }),
    ],
};
