//! Rows about feeds.

use holdfast_figures::{Section, Unit::Bytes, Unit::Millis, Unit::Number, counter, gauge};

use super::of;
use crate::figures::running::Running;

pub(super) static FEED: Section<Running> = Section {
    title: "Feed",
    rows: &[
        gauge(
            "holdfast_feed_events",
            Number,
            "Events that somebody listens to, or did a moment ago",
            of!(|now| now.stats.feed.tails),
        )
        .info("feed_events_followed"),
        gauge(
            "holdfast_feed_memory_bytes",
            Bytes,
            "Memory of their newest changes",
            of!(|now| now.stats.feed.tail_bytes),
        )
        .info("feed_memory_bytes"),
        counter(
            "holdfast_feed_changes_total",
            Number,
            "Changes that were passed on to feeds",
            of!(|now| now.stats.feed.followed),
        )
        .info("feed_changes_followed"),
        counter(
            "holdfast_feed_messages_total",
            Number,
            "Messages that were sent to subscribers",
            of!(|now| now.stats.feed.messages),
        )
        .info("feed_messages"),
        counter(
            "holdfast_feed_subscribers_cut_total",
            Number,
            "Subscribers that did not keep up and were cut off",
            of!(|now| now.stats.feed.subscribers_cut),
        )
        .info("feed_subscribers_cut"),
        counter(
            "holdfast_feed_log_reads_total",
            Number,
            "Pages that were read from the log for feeds",
            of!(|now| now.stats.feed.log_reads),
        )
        .info("feed_log_reads"),
        counter(
            "holdfast_feed_log_read_changes_total",
            Number,
            "Changes in these pages",
            of!(|now| now.stats.feed.log_read_records),
        )
        .info("feed_log_read_changes"),
        counter(
            "holdfast_feed_trimmed_total",
            Number,
            "Reads of changes that are not kept any more",
            of!(|now| now.stats.feed.trimmed),
        )
        .info("feed_trimmed"),
        gauge(
            "holdfast_feed_indexed_bytes",
            Bytes,
            "Log that the index of feeds covers",
            of!(|now| now.stats.feed.indexed_bytes),
        )
        .info("feed_indexed_bytes"),
        gauge(
            "holdfast_feed_index_entries",
            Number,
            "Entries of that index",
            of!(|now| now.stats.feed.index_entries),
        )
        .info("feed_index_entries"),
        gauge(
            "holdfast_feed_log_first_lsn",
            Number,
            "The oldest record that feeds can show",
            of!(|now| now.stats.feed.log_first),
        )
        .info("feed_log_first_lsn"),
        gauge(
            "holdfast_feed_history_bytes",
            Bytes,
            "Log that is kept for feeds alone",
            of!(|now| now.stats.log.past_bytes),
        )
        .info("feed_history_bytes"),
        gauge(
            "holdfast_feed_history_segments",
            Number,
            "Files of log that are kept for feeds alone",
            of!(|now| now.stats.log.past_segments),
        )
        .info("feed_history_segments"),
        gauge(
            "holdfast_feed_history_thinned_segments",
            Number,
            "Those of them without what no feed shows",
            of!(|now| now.stats.log.past_thinned),
        )
        .info("feed_history_thinned"),
        gauge("holdfast_groups", Number, "Consumer groups of feeds", of!(|now| now.stats.consumers.groups))
            .info("groups"),
        gauge(
            "holdfast_group_consumers",
            Number,
            "Consumers of all of them",
            of!(|now| now.stats.consumers.consumers),
        )
        .info("group_consumers"),
        gauge(
            "holdfast_groups_pending",
            Number,
            "Entries that consumers were given and have not acknowledged, of all groups",
            of!(|now| now.stats.consumers.pending),
        )
        .info("groups_pending"),
        gauge(
            "holdfast_groups_pending_most",
            Number,
            "The most of them that one group has: `groups.pending_max` bounds it",
            of!(|now| now.stats.consumers.pending_most),
        )
        .info("groups_pending_most"),
        gauge(
            "holdfast_groups_pending_oldest_seconds",
            Millis,
            "How long the first entry waits for its acknowledgement, of the group where it waits longest",
            of!(|now| now.stats.consumers.pending_oldest.0),
        )
        .info("groups_pending_oldest"),
        gauge(
            "holdfast_groups_lag_most",
            Number,
            "The most entries that a group of one event has not been given yet, as of the look before, at least 5 s ago; events at rest are not looked at",
            of!(|now| now.stats.consumers.lag_most),
        )
        .info("groups_lag_most"),
        gauge(
            "holdfast_groups_lag_longest_seconds",
            Millis,
            "How long the first entry waits that a group has not been given yet, where it waits longest; as of the same look",
            of!(|now| now.stats.consumers.lag_longest.0),
        )
        .info("groups_lag_longest"),
        gauge(
            "holdfast_groups_behind_log",
            Number,
            "Groups whose next entry is not kept any more, as of the same look: an operator has to move them",
            of!(|now| now.stats.consumers.behind_log),
        )
        .info("groups_behind_log"),
        gauge(
            "holdfast_groups_log_needed_bytes",
            Bytes,
            "Log that is kept for feeds alone and that groups have yet to do, as of the last snapshot; 0 until some had to be let go of",
            of!(|now| now.stats.consumers.log_needed),
        )
        .info("groups_log_needed"),
        gauge(
            "holdfast_groups_log_max_bytes",
            Bytes,
            "So much of it is kept at most: `groups.retention`, or `feed.retention` if that is more; 0 before the first snapshot",
            of!(|now| now.stats.consumers.log_most),
        )
        .info("groups_log_max"),
        gauge(
            "holdfast_groups_redelivered",
            Number,
            "Entries that were given out again by the groups that there are",
            of!(|now| now.stats.consumers.again),
        )
        .info("groups_redelivered"),
        gauge(
            "holdfast_groups_died",
            Number,
            "Entries that were put aside after their last try by the groups that there are",
            of!(|now| now.stats.consumers.died),
        )
        .info("groups_died"),
        gauge(
            "holdfast_groups_dead_letters",
            Number,
            "Entries that are put aside and that nobody has seen to: `GROUP DEAD` shows them",
            of!(|now| now.stats.consumers.dead),
        )
        .info("groups_dead"),
        gauge(
            "holdfast_groups_paused",
            Number,
            "Groups that an operator has paused",
            of!(|now| now.stats.consumers.paused),
        )
        .info("groups_paused"),
        gauge(
            "holdfast_groups_stopped",
            Number,
            "Groups that have stopped, as too many entries failed: one entry at a time is tried",
            of!(|now| now.stats.consumers.stopped),
        )
        .info("groups_stopped"),
    ],
};
