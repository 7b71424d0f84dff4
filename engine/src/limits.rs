//! Every bound of the engine, in one place, with its reason. All are hard: what is over is refused, never cut.

use std::time::Duration;

use crate::numbers::Millis;

/// Seats of one event (wire contract). Ordinals fit 20 bits, a map of that size a few megabytes.
pub const SEATS_MAX: u32 = 1_000_000;
/// Places of one standing area: no venue has more, and sums over all areas stay far from `u64`.
pub const AREA_CAPACITY_MAX: u32 = 10_000_000;
/// Areas of one event. Their index in a record is a `u16`.
pub const AREAS_MAX: usize = 1_000;
/// Sections of one event. Their index is a `u16`.
pub const SECTIONS_MAX: usize = 10_000;
/// Events of one server: names and idle actors of that many cost well under a gigabyte.
pub const EVENTS_MAX: usize = 100_000;
/// Seats and places that one hold can be allowed to have (`max_seats_per_hold`): a command names them one by one
/// and has at most 1,024 arguments.
pub const SEATS_PER_HOLD_MAX: u32 = 1_000;
/// Holds of one order, and areas of one hold: bounded by the arguments of one command.
pub const ITEMS_PER_COMMAND_MAX: usize = 1_024;
/// The longest `max_ttl` that an event may set: a day. A hold is not a sale.
pub const TTL_MS_MAX: u32 = 24 * 60 * 60 * 1_000;
/// The shortest time to live of a hold, in milliseconds; 0 asks for the event's default.
pub const TTL_MS_MIN: u32 = 1;
/// The shortest and the longest time that a poller of a payment is told to wait, in milliseconds: fast enough for a
/// buyer who looks at the screen, seldom enough for a thousand of them.
pub const POLL_MS_MIN: u64 = 250;
/// See [`POLL_MS_MIN`].
pub const POLL_MS_MAX: u64 = 5_000;
/// Extensions that an event may allow.
pub const EXTENDS_MAX: u32 = 1_000;
/// Commands of one run: what the connections of a thread send to one event in one message. Their records fit one group.
pub const RUN_COMMANDS_MAX: usize = 512;
/// Events that a thread keeps the way to, though no connection has asked for them last.
pub const LANES_MAX: usize = 4_096;
/// Commands that wait for one event before new holds are refused with `BUSY`, of all connections but the modest ones.
pub const EVENT_QUEUE_HOLDS_MAX: usize = 32_768;
/// Commands that may wait for one event before everything is refused with `BUSY`: room for sales in progress.
pub const EVENT_QUEUE_MAX: usize = 49_152;
/// Requests in flight of a connection that counts as modest: a few people's shopping. It is refused only when everybody is.
pub const MODEST_MAX: usize = 64;
/// Runs that an event's mailbox takes; commands are counted apart, this bounds the messages.
pub const MAILBOX_RUNS: usize = 16_384;
/// Expiries that an actor decides before it lets others of its thread take a turn: about a quarter of a millisecond.
pub const EXPIRIES_PER_TURN: usize = 512;
/// How long what is due waits until it is tried again, while the log takes nothing.
pub const EXPIRE_AGAIN: Millis = Millis(1_000);
/// Remembered keys, and closed payments and cancelled orders, that an actor forgets in one turn, of each.
pub const FORGETS_PER_TURN: u32 = 512;
/// Deadlines that a grace gave and that an event tells from others: far more than restarts within one grace. What is
/// beyond has its grace anew.
pub const GRACES_MAX: usize = 1_024;
/// Bytes of log that may wait for the disk before commands are refused with `BUSY`: about a second of a slow disk.
pub const LOG_PENDING_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Seats that a `TAKEN` names; the rest is counted by the client itself.
pub const TAKEN_NAMED_MAX: usize = 16;
/// Legal picks that an `ORPHAN` names (wire contract).
pub const PICKS_NAMED_MAX: usize = 3;
/// Records of one page of a feed: what a consumer works off in a moment.
pub const FEED_COUNT_MAX: usize = 1_000;
/// Bytes of log in one page of a feed, the last record of it aside: two to three times as much on the wire, and ten
/// where records name hundreds of seats.
pub const FEED_PAGE_BYTES_MAX: usize = 64 * 1024;
/// How long a reader of a feed may wait for a change: then it hears that there was none, and asks again.
pub const FEED_BLOCK_MAX: Duration = Duration::from_secs(60);
/// Newest changes that are kept in memory for an event that somebody listens to.
pub const FEED_TAIL_RECORDS_MAX: usize = 4_096;
/// What they take, bytes, at most.
pub const FEED_TAIL_BYTES_MAX: usize = 1024 * 1024;
/// What the newest changes of all events take together, bytes: shared equally when many are listened to.
pub const FEED_TAILS_BYTES_MAX: usize = 64 * 1024 * 1024;
/// What may wait for one subscriber, bytes: seconds of a busy sale. Beyond it the connection is cut off.
pub const SUBSCRIBER_BYTES_MAX: usize = 1024 * 1024;
/// Events that one connection may subscribe to.
pub const SUBSCRIPTIONS_MAX: usize = 1_000;
/// How long the newest changes of an event are kept up after the last one who listened.
pub const FEED_TAIL_KEPT: Duration = Duration::from_secs(60);
/// Readers that may wait for the log at a time; it is read for one after the other.
pub const FEED_READS_QUEUED_MAX: usize = 1_024;
/// What is read of the log at once, bytes.
pub const FEED_READ_BYTES: usize = 256 * 1024;
/// Log that one entry of the index of the feed stands for, bytes: what is read in vain at most to find a version.
pub const FEED_REGION_BYTES: u64 = 256 * 1024;
/// Log for each event in a region, bytes: bounds the index to a sixteenth of the log.
pub const FEED_REGION_BYTES_PER_EVENT: u64 = 256;
/// What decoding one record may allocate. The largest record describes an event: a command's megabyte, of which a
/// list of short names takes sixfold in memory.
pub const RECORD_DECODED_BYTES_MAX: usize = 32 * 1024 * 1024;

const _: () = {
    assert!(SEATS_MAX < 1 << 24, "an ordinal leaves the top byte free");
    assert!(AREAS_MAX <= u16::MAX as usize);
    assert!(SECTIONS_MAX <= u16::MAX as usize);
    assert!(AREA_CAPACITY_MAX as u64 * AREAS_MAX as u64 <= u32::MAX as u64 * 4);
    assert!(FEED_COUNT_MAX <= FEED_TAIL_RECORDS_MAX, "a reader that keeps up stays in memory");
    assert!(FEED_PAGE_BYTES_MAX <= FEED_TAIL_BYTES_MAX && FEED_TAIL_BYTES_MAX <= FEED_TAILS_BYTES_MAX);
    assert!(SEATS_PER_HOLD_MAX as usize <= ITEMS_PER_COMMAND_MAX);
    assert!(
        EVENT_QUEUE_HOLDS_MAX < EVENT_QUEUE_MAX
            && RUN_COMMANDS_MAX <= EVENT_QUEUE_MAX - EVENT_QUEUE_HOLDS_MAX
    );
};
