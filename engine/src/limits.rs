//! Every bound of the engine, in one place, with its reason. All are hard: what exceeds a bound is refused, never cut.

use std::time::Duration;

use crate::numbers::Millis;

/// Events as they were that are kept, for whoever looks at a moment more than once.
pub(crate) const PAST_KEPT: usize = 8;

/// Bytes of memory that those of them take together at most, but for the newest one.
pub(crate) const PAST_BYTES_MAX: u64 = 256 << 20;

/// Records go to a replicated log at once when so many bytes of them have come together: smaller messages cost its servers far more.
pub(crate) const QUORUM_GROUP_BYTES: usize = 64 << 10;

/// A message of a replicated log takes no further batch beyond this, bytes: larger ones are no cheaper.
pub(crate) const QUORUM_GROUP_BYTES_MAX: usize = 512 << 10;

/// So long a small group waits for more while another is on its way to a replicated log.
pub(crate) const QUORUM_GROUP_WAITS: Duration = Duration::from_millis(1);

/// The record in front of a group says where it stands, and has the messages without records since the group before: this many bytes at
/// most. A takeover takes some hundred.
pub(crate) const PLACE_BYTES_MAX: usize = 64 << 10;

/// What a node has kept of the replicated log last, and can write there again if the log forgets it, bytes.
pub(crate) const KEPT_BYTES_MAX: usize = 16 << 20;

/// And messages.
pub(crate) const KEPT_MESSAGES_MAX: usize = 4_096;

/// A replicated log that has taken nothing for so long, milliseconds beyond a beat, is slow: no new work is begun.
pub(crate) const QUORUM_SLOW_MS: u64 = 1_000;

/// One that has taken nothing for so long is away: nothing is begun.
pub(crate) const QUORUM_AWAY_MS: u64 = 3_000;

/// A node that is asked to end tries for so long to hand over the log that it owns.
pub(crate) const QUORUM_STOPS_WITHIN: Duration = Duration::from_secs(2);

/// A process that ends waits so long for a replicated log that does not answer, before it leaves what nobody was told of.
pub(crate) const QUORUM_LEAVES_WITHIN: Duration = Duration::from_secs(10);

/// Seats of one event (wire contract). Ordinals fit 20 bits, a map of that size a few megabytes.
pub const SEATS_MAX: u32 = 1_000_000;
/// Places of one standing area: no venue has more, and sums over all areas stay far from `u64`.
pub const AREA_CAPACITY_MAX: u32 = 10_000_000;
/// Areas of one event. Their index in a record is a `u16`.
pub const AREAS_MAX: usize = 1_000;
/// Sections of one event. Their index is a `u16`.
pub const SECTIONS_MAX: usize = 10_000;
/// Ranges of labels in one row, and parts that one row comes in: far more than blocks of any row, and few enough to look
/// through for a label.
pub const RANGES_PER_ROW_MAX: usize = 1_000;
/// Bytes of an identity that a front end gives to a section, a row or seats: a link, if it has to be.
pub const MAP_ID_BYTES_MAX: usize = 256;
/// Bytes of a change of a map as JSON, with everything resolved: a record of the log, of which several fit one group.
pub const PLAN_CHANGE_BYTES_MAX: usize = 1024 * 1024;
/// How often a change of a map may name every seat of it: by its section, its row, by itself, and once more.
pub const PLAN_CHANGE_NAMES: u64 = 4;
/// Holds, and orders, that `EVENT CHANGE ... DRY` names; it counts all of them.
pub const DRY_NAMED_MAX: usize = 1_000;
/// Events of one server: names and idle actors of that many cost well under a gigabyte.
pub const EVENTS_MAX: usize = 100_000;
/// Seats and places that one hold can be allowed to have (`max_seats_per_hold`): a command names them one by one
/// and has at most 1,024 arguments.
pub const SEATS_PER_HOLD_MAX: u32 = 1_000;
/// Seats, and areas with places, from which a page of a list of holds or orders ends: with their labels some hundred kilobytes,
/// which take a thread about a millisecond.
pub const LIST_SEATS_MAX: usize = 10_000;
/// Accessible seats that one `BEST` asks for: more than any party has of those who need them.
pub const ACCESSIBLE_PER_BEST_MAX: u32 = 255;
/// Holds of one order, and areas of one hold: bounded by the arguments of one command.
pub const ITEMS_PER_COMMAND_MAX: usize = 1_024;
/// The longest `max_ttl` that an event may set: a day. A hold is not a sale.
pub const TTL_MS_MAX: u32 = 24 * 60 * 60 * 1_000;
/// The shortest time to live of a hold, in milliseconds; 0 asks for the event's default.
pub const TTL_MS_MIN: u32 = 1;
/// The longest `max_hold_total` that an event may set: a week. Seats that nobody pays for in that time are for others.
pub const HOLD_TOTAL_MS_MAX: u32 = 7 * TTL_MS_MAX;
/// The shortest time that a client which polls a payment is told to wait, milliseconds: seldom enough for a thousand
/// buyers.
pub const POLL_MS_MIN: u64 = 250;
/// The longest time that a client which polls a payment is told to wait, milliseconds: soon enough for a buyer who
/// looks at the screen.
pub const POLL_MS_MAX: u64 = 5_000;
/// The largest amount of a payment, in minor units: a whole number of that size is exact in a double, as JavaScript reads the
/// numbers of the feed, and ten thousand of them fit `u64`.
pub const AMOUNT_MINOR_MAX: u64 = 1_000_000_000_000_000;
/// Bytes of a note: a reference or a few words, not a document. In a record its length is one byte.
pub const NOTE_BYTES_MAX: usize = 256;
/// Refunds of one payment, each with its reference: more than there are seats in most orders. The last one is of all that is due.
pub const REFUNDS_MAX: usize = 1_000;
/// The last time that an event can be scheduled for, Unix milliseconds: the end of the year 9999.
pub const TIME_MAX: u64 = 253_402_300_799_999;
/// Extensions that an event may allow.
pub const EXTENDS_MAX: u32 = 1_000;
/// Commands of one run: what the connections of a thread send to one event in one message. Their records fit one group.
pub const RUN_COMMANDS_MAX: usize = 512;
/// Commands of a transaction, which are one run whatever they are: a default pipeline of a client library, and two
/// milliseconds of the event's thread. Their records fit one group.
pub const TRANSACTION_COMMANDS_MAX: usize = 2_048;
/// Bytes from which on a reply travels apart: the replies of a run stay until the last client has taken its own.
pub const REPLY_APART_BYTES: usize = 16 * 1024;
/// Places of a vector of a short run that is kept for the next one. Longer runs are few.
pub const SPARE_PLACES_MAX: usize = 64;
/// Vectors of each kind that a thread keeps so: of commands they are 2.5 MiB.
pub const SPARE_VECTORS_MAX: usize = 256;
/// Events to which a thread keeps the way ready. Beyond it, those are dropped that no connection has asked for last.
pub const LANES_MAX: usize = 4_096;
/// When this many commands wait for one event, new holds are refused with `BUSY`, but those of modest connections.
pub const EVENT_QUEUE_HOLDS_MAX: usize = 32_768;
/// When this many commands wait for one event, every command is refused with `BUSY`: what is between this bound and
/// [`EVENT_QUEUE_HOLDS_MAX`] is room for sales in progress.
pub const EVENT_QUEUE_MAX: usize = 49_152;
/// A connection with fewer requests in flight counts as modest: it serves a few buyers. Its new holds are refused
/// only when every command is.
pub const MODEST_MAX: usize = 64;
/// Runs that an event's mailbox takes. This bounds the messages; the commands in them are counted separately.
pub const MAILBOX_RUNS: usize = 16_384;
/// Expiries that an actor decides before it lets others of its thread take a turn: about a quarter of a millisecond.
pub const EXPIRIES_PER_TURN: usize = 512;
/// How long what is due waits until it is tried again while the log takes nothing.
pub const EXPIRE_AGAIN: Millis = Millis(1_000);
/// How many an actor forgets in one turn of accepted keys, refused keys, closed payments and cancelled orders, of each.
pub const FORGETS_PER_TURN: u32 = 512;
/// Deadlines that an event remembers as given by a grace: far more than restarts within one grace. A deadline beyond them
/// gets the full grace again.
pub const GRACES_MAX: usize = 1_024;
/// Bytes of log that may wait for the disk before commands are refused with `BUSY`: about a second of a slow disk, and the
/// largest description of an event, which is no sign of a slow one.
pub const LOG_PENDING_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Hundredths of `memory.max` from which new work is refused, with what the next snapshot needs: the rest is for sales in
/// progress, and for what comes between two looks at the memory.
pub const MEMORY_NEW_WORK: u64 = 90;
/// Hundredths of `memory.max` from which every write is refused.
pub const MEMORY_PROGRESS: u64 = 97;
/// How fast memory can grow, bytes a second: a million holds of 350 bytes, each with as much for the snapshot, and more.
pub const MEMORY_GROWTH_MAX: u64 = 1 << 30;
/// Memory is not looked at more often than this: a look takes a fiftieth of a millisecond.
pub const MEMORY_LOOKED_AT_LEAST: Duration = Duration::from_millis(5);
/// Memory is looked at this often where there is plenty.
pub const MEMORY_LOOKED_AT_MOST: Duration = Duration::from_millis(500);
/// An event tells what it takes when that has changed by this much, bytes: small beside what the margins are made for.
pub const MEMORY_TOLD: u64 = 64 * 1024;
/// The system is given back what was freed when it is this much, bytes.
pub const MEMORY_GIVEN_BACK: u64 = 8 * 1024 * 1024;
/// What a new set of snapshots takes for a while for each event of which it keeps what there is, bytes: as measured.
pub const SET_BYTES_PER_EVENT: u64 = 1024;
/// What a snapshot takes in memory for each record since the one before, bytes: its number and its place in the log.
pub const SNAPSHOT_RECORD_BYTES: u64 = 24;
/// The part of a token's budget of keys that sales in progress get beside it: a tenth.
pub const BUDGET_PROGRESS: u64 = 10;
/// Seats that a `TAKEN` names; the client can count the others itself.
pub const TAKEN_NAMED_MAX: usize = 16;
/// Legal picks that an `ORPHAN` names (wire contract).
pub const PICKS_NAMED_MAX: usize = 3;
/// Records of one page of a feed: as many as a consumer works off in a moment.
pub const FEED_COUNT_MAX: usize = 1_000;
/// Bytes of log in one page of a feed, without its last record. On the wire they are two to three times as many, and ten
/// times where records name hundreds of seats.
pub const FEED_PAGE_BYTES_MAX: usize = 64 * 1024;
/// Events of which one page of the feed of all events may have changes: each of them is in memory for it.
pub const FEEDS_EVENTS_MAX: usize = 64;
/// Bytes of log that are read for it at once, before others have their turn.
pub const FEEDS_READ_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How long a reader of a feed may wait for a change: then it gets an empty page, and asks again.
pub const FEED_BLOCK_MAX: Duration = Duration::from_secs(60);
/// Newest changes of one event that are kept in memory while a connection listens to it.
pub const FEED_TAIL_RECORDS_MAX: usize = 4_096;
/// Memory of the newest changes of one event, bytes.
pub const FEED_TAIL_BYTES_MAX: usize = 1024 * 1024;
/// Memory of the newest changes of all events together, bytes: shared equally when many are listened to.
pub const FEED_TAILS_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Messages that may wait for one subscriber, bytes: seconds of a busy sale. Beyond it the connection is cut off.
pub const SUBSCRIBER_BYTES_MAX: usize = 1024 * 1024;
/// At most so often comes a message of the live picture of an event: what changes faster comes together.
pub const MAP_MESSAGES_EVERY: Duration = Duration::from_millis(50);
/// The largest message of the live picture, bytes, if the whole picture is not larger: beyond it that is to be asked for.
pub const MAP_MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Pages of changes that are read for one `PICTURE ... SINCE`: beyond them the whole picture takes less.
pub const PICTURE_PAGES_MAX: usize = 16;
/// Bytes that a seat takes in a reply to `PICTURE ... SINCE`, about: in the whole picture it is one.
pub const PICTURE_SEAT_BYTES: usize = 16;
/// Seats that may have changed for such a reply all the same, however small the event is.
pub const PICTURE_SEATS_MIN: usize = 64;
/// Channels that one connection may subscribe to.
pub const SUBSCRIPTIONS_MAX: usize = 1_000;
/// For how long the newest changes of an event are still kept after the last connection has listened.
pub const FEED_TAIL_KEPT: Duration = Duration::from_secs(60);
/// Pages that may wait to be read from the log, which is read for one after the other.
pub const FEED_READS_QUEUED_MAX: usize = 1_024;
/// Bytes of the log that are read at once.
pub const FEED_READ_BYTES: usize = 256 * 1024;
/// Log that one entry of the feed's index covers, bytes: at most this much is read in vain to find a version.
pub const FEED_REGION_BYTES: u64 = 256 * 1024;
/// A region of the feed's index has at least this much log for each event in it, bytes: bounds the index to a
/// sixteenth of the log.
pub const FEED_REGION_BYTES_PER_EVENT: u64 = 256;
/// A segment of log that only the feeds need is thinned if this part of it, as a divisor, is shown in no feed: less is not
/// worth writing the rest again.
pub const HISTORY_THINNED_FROM: u64 = 4;
/// Bytes of it that are read between two pauses of [`HISTORY_PAUSE`]: commits find the disk free.
pub const HISTORY_READ_AT_ONCE: u64 = 1 << 20;
/// The pause.
pub const HISTORY_PAUSE: Duration = Duration::from_millis(1);
/// Bytes that decoding one record may allocate, but for what its JSON is made into. The largest record describes an event: as
/// much JSON as a segment of the log has room for.
pub const RECORD_DECODED_BYTES_MAX: usize = 80 * 1024 * 1024;
/// Bytes of the description of an event as it is kept, without spaces: as large as the largest command.
pub const DESCRIPTION_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of a record that creates an event, and of its frame, beside the description.
pub const RECORD_BESIDE_BYTES: usize = 1024;
/// Bytes of the head of a snapshot from which it comes in pieces, and of each of those.
pub const HEAD_PIECE_BYTES: usize = 8 * 1024 * 1024;
/// How long nothing is said of the process until a heartbeat is recorded: as exactly as this it is known afterwards
/// since when nobody was there. One group of the log a minute is nothing for a disk.
pub const HEARTBEAT: Millis<u64> = Millis(60_000);
/// Modes of the process are recorded no more often than this: a disk at the edge changes them each second. When each
/// one began is recorded to the millisecond all the same.
pub const MODES_APART: Millis<u64> = Millis(10_000);
/// For so long after a command was refused as more comes than can be served, the process counts as overloaded: longer than the second
/// between two looks, so that a rush of many seconds is one.
pub const RUSH_LASTS: Millis<u64> = Millis(2_000);
/// Times without a process that the system event remembers one by one: a month with two a day. Sums are kept for
/// ever.
pub const OUTAGES_KEPT: usize = 64;
/// Bytes of the name of a build.
pub const BUILD_BYTES_MAX: usize = 64;
/// Executions of jobs that are remembered: those of a year with a dozen a day, and some. Older ones that have ended are forgotten.
pub const EXECUTIONS_KEPT: usize = 5_000;
/// Bytes of the arguments of all executions that are remembered: those of a job that repairs may have a thousand lines. Older ones that
/// have ended are forgotten beyond it.
pub const EXECUTIONS_BYTES_KEPT: usize = 8 * 1024 * 1024;
/// Executions that may be under way or wait at a time.
pub const EXECUTIONS_WAITING_MAX: usize = 100;
/// Those of them that may wait for an approval: the others have room.
pub const APPROVALS_WAITING_MAX: usize = 50;
/// What people may do about one execution.
pub const EXECUTION_ACTS_MAX: usize = 16;
/// Arguments of a job: lines of a repair, which one command has room for.
pub const JOB_ARGUMENTS_MAX: usize = 1_000;
/// Bytes of one of them.
pub const JOB_ARGUMENT_BYTES_MAX: usize = 512;
/// Bytes of all of them: they are one record, and a part of the system event until the execution is forgotten.
pub const JOB_ARGUMENTS_BYTES_MAX: usize = 128 * 1024;
/// Arguments that an execution shows in a list.
pub const JOB_ARGUMENTS_SHOWN: usize = 16;
/// Sentences that an execution keeps of what it found; it counts the others.
pub const FINDINGS_KEPT: usize = 50;
/// Bytes of one of them.
pub const FINDING_BYTES_MAX: usize = 400;
/// Bytes of the results of one execution: a line for each order of a very large event.
pub const RESULTS_BYTES_MAX: u64 = 1 << 30;
/// Bytes of them on a page, and that are written at once.
pub const RESULTS_PAGE_BYTES: usize = 64 * 1024;
/// How much lower than that of the engine's threads the priority of the jobs' thread is, in steps of `nice`: a tenth of the processor
/// time of another thread where both want all of it. Not less, as it holds locks for moments.
pub const JOBS_NICENESS: i32 = 10;
/// A job is in the way of sales if it waits for a processor for more than this part of the time that it runs: then others want all of them.
pub const JOB_CROWDED_FROM: u32 = 50;
/// And if so many records are written a second: fewer wait for nothing that could be noticed.
pub const SALES_A_SECOND: u128 = 100;
/// A job that is in the way, or that runs while more comes than can be served, rests so many times as long as it has worked: it takes ten
/// times as long, and ends.
pub const JOB_RESTS: u32 = 9;
/// But no longer at a time.
pub const JOB_RESTS_MAX: Duration = Duration::from_secs(1);
/// How long it is between two records of the progress of an execution.
pub const PROGRESS_APART: Millis<u64> = Millis(1_000);
/// Bytes of a checkpoint.
pub const CHECKPOINT_BYTES_MAX: usize = 1_024;
/// Channels that people outside are told by: each has a thread.
pub const CHANNELS_MAX: usize = 16;
/// Messages that no channel took and that are remembered, over all channels: the oldest is forgotten, and counted.
pub const DEAD_LETTERS_KEPT: usize = 200;
/// What people did about messages and channels, that is remembered, with the keys of it.
pub const NOTICE_ACTS_KEPT: usize = 100;
/// Things that were seen by looking, of which it is remembered when they were told.
pub const RAISED_KEPT: usize = 64;
/// How long it is until such a thing is told once more, if it is still so.
pub const RAISED_APART: Millis<u64> = Millis(24 * 60 * 60 * 1_000);
/// Things that a message about several names, beside the first.
pub const NOTICES_NAMED_MAX: usize = 9;
/// Bytes of what a notice is about.
pub const NOTICE_ABOUT_BYTES_MAX: usize = 200;
/// Consumer groups, if groups.max says nothing.
pub const GROUPS: usize = 1_000;
/// Entries of a group that are not acknowledged, if groups.pending_max says nothing.
pub const GROUP_PENDING: usize = 100_000;
/// Consumer groups that groups.max may allow.
pub const GROUPS_MAX: usize = 10_000;
/// Consumers of a group: those that are gone are to be taken out.
pub const GROUP_CONSUMERS_MAX: usize = 1_000;
/// Entries of a group that are not acknowledged, that groups.pending_max may allow: about 150 bytes each.
pub const GROUP_PENDING_MAX: usize = 1_000_000;
/// Entries of a group that were put aside, if groups.dead_max says nothing.
pub const GROUP_DEAD: usize = 1_000;
/// Entries of a group that were put aside, that groups.dead_max may allow: each may have [`DEAD_RECORD_BYTES_MAX`].
pub const GROUP_DEAD_MAX: usize = 10_000;
/// Bytes of the record of an entry that was put aside. Records of sales have about a hundred; a change of a map may have more, and
/// is put aside without what it says.
pub const DEAD_RECORD_BYTES_MAX: usize = 16 * 1024;
/// Bytes of records that are put aside at once, and the entries at once.
pub const DEATHS_BYTES: usize = 64 * 1024;
/// Entries that are put aside at once.
pub const DEATHS_MAX: usize = 100;
/// Tries of an entry, if the terms of its group say nothing.
pub const GROUP_DELIVERIES: u32 = 10;
/// How long the first try of an entry may take, and how long any, if the terms of its group say nothing.
pub const GROUP_BACKOFF: (Millis<u64>, Millis<u64>) = (Millis(30_000), Millis(600_000));
/// The longest try that terms may have.
pub const GROUP_BACKOFF_MAX: Millis<u64> = Millis(24 * 60 * 60 * 1_000);
/// Failures of a hundred outcomes beyond which a group stops, and within which time, if its terms say nothing.
pub const GROUP_PAUSE: (u32, Millis<u64>) = (50, Millis(60_000));
/// Fewer outcomes say nothing.
pub const GROUP_PAUSE_LEAST: u64 = 20;
/// A group that has stopped by itself tries one entry this often.
pub const GROUP_PROBE: Millis<u64> = Millis(10_000);
/// A dead letter that was tried again so often is tried again only if it is named.
pub const REDRIVES_MAX: u32 = 3;
/// A dead letter that was given out longer ago than this may be done twice when it is tried again: providers keep their keys for a
/// day, some no longer.
pub const REDRIVE_LATE: Millis<u64> = Millis(20 * 60 * 60 * 1_000);
/// Entries that a group with kinds passes over before that is recorded: as many are looked at once more after a restart, at the most.
pub const GROUP_SKIP: u64 = 100;
/// A new generation of which nothing has been done for so long ends its execution: nobody works on it.
pub const GENERATION_IDLE: Millis<u64> = Millis(60 * 60 * 1_000);
/// Executions that run at a time beside the one that works: they wait for others.
pub const JOBS_BESIDE_MAX: usize = 8;
/// Bytes that decoding one record or piece of the system event may allocate: far more than any of them has.
pub const SYSTEM_DECODED_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a text in a note of the audit.
pub const AUDIT_NOTE_BYTES_MAX: usize = 512;
/// Lines of the audit after which its head is recorded: as many can be cut off at the most before anything proves that they were there.
pub const AUDIT_HEAD_EVERY: u64 = 64;
/// The head is recorded this long after a line at the latest.
pub const AUDIT_HEAD_WITHIN: Millis<u64> = Millis(60_000);
/// Denied commands, and failed logins, are summed up for so long at the least: whoever tries things fills no log.
pub const AUDIT_NOTES_APART: Millis<u64> = Millis(60_000);
/// Who was turned away is told one by one up to so many, in one note.
pub const AUDIT_TURNED_AWAY_TOLD: usize = 6;
/// Lines of the audit that a server shows, the newest: about a kilobyte each. The files have all of them.
pub const AUDIT_SHOWN: usize = 5_000;
/// Providers of payments that are told apart: their names are labels of metrics, and whoever begins payments chooses them.
pub const PROVIDERS_MAX: usize = 64;
/// Payments under way whose providers are known: about 100 bytes each.
pub const PAYMENTS_WATCHED_MAX: usize = 250_000;
/// So many payments of a provider that was disturbed have to succeed until it counts as well again. As many that fail first say that it
/// is disturbed still.
pub const PAYMENT_TRIES: u64 = 10;

const _: () = {
    assert!(DESCRIPTION_BYTES_MAX + RECORD_BESIDE_BYTES <= RECORD_DECODED_BYTES_MAX);
    assert!(DESCRIPTION_BYTES_MAX + RECORD_BESIDE_BYTES < LOG_PENDING_BYTES_MAX);
    assert!(RUN_COMMANDS_MAX <= FORGETS_PER_TURN as usize, "a run leaves no more refusals than there may be");
    assert!(SEATS_MAX < 1 << 24, "an ordinal leaves the top byte free");
    assert!(AREAS_MAX <= u16::MAX as usize);
    assert!(SECTIONS_MAX <= u16::MAX as usize);
    assert!(AREA_CAPACITY_MAX as u64 * AREAS_MAX as u64 <= u32::MAX as u64 * 4);
    assert!(FEED_COUNT_MAX <= FEED_TAIL_RECORDS_MAX, "a reader that keeps up stays in memory");
    assert!(FEED_PAGE_BYTES_MAX <= FEED_TAIL_BYTES_MAX && FEED_TAIL_BYTES_MAX <= FEED_TAILS_BYTES_MAX);
    assert!(MEMORY_NEW_WORK < MEMORY_PROGRESS && MEMORY_PROGRESS < 100);
    assert!(SEATS_PER_HOLD_MAX as usize <= ITEMS_PER_COMMAND_MAX);
    assert!(
        EVENT_QUEUE_HOLDS_MAX < EVENT_QUEUE_MAX
            && RUN_COMMANDS_MAX <= EVENT_QUEUE_MAX - EVENT_QUEUE_HOLDS_MAX
    );
};
