//! Bounds of what is kept and waited for, each with its reason.

use std::time::Duration;

/// The longest pause between two tries of a message, also if a receiver asks for a longer one.
pub const PAUSE_MAX: Duration = Duration::from_secs(60 * 60);
/// How long a channel rests after a try that failed, whatever else waits: a receiver that is down is left alone.
pub const REST: Duration = Duration::from_secs(10);
/// Tries of a message that a channel refuses for good, as with a wrong secret: then it is a dead letter. They take some minutes, in
/// which a receiver may be put right.
pub const REFUSALS_MAX: u32 = 4;
/// Tries of any message before it is given up, however old it is: one that a restart finds is not given up at once.
pub const TRIES_MIN: u32 = 3;
/// Messages of one kind that wait in a channel: one that is sent, and those behind it. More is told by the last one, with a count.
pub const WAITING_PER_KIND_MAX: usize = 3;
/// Records of the log after which it is noted how far a channel is that had nothing to tell: to read so many again takes a moment.
pub const NOTED_AFTER: u64 = 10_000;
/// How long it is at least between two such notes.
pub const NOTED_APART: Duration = Duration::from_secs(60);
/// Between two looks at the log.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two looks at what no record tells of.
pub const SEEN_EVERY: Duration = Duration::from_secs(10);
/// For how long nothing at all can be written until that is told without a record of it.
pub const MODE_LASTS: Duration = Duration::from_secs(5);
/// How long the end of the process waits for what is being sent.
pub const END_MAX: Duration = Duration::from_secs(2);
/// Bytes of an answer that are read, so that the connection can be used again.
pub const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// Bytes of the header of an answer.
pub const ANSWER_HEADER_BYTES_MAX: usize = 16 * 1024;
/// Bytes of what a channel said, as they are kept.
pub const WHY_BYTES_MAX: usize = 300;
/// Bytes of a secret that signs: less can be guessed, more is a mistake.
pub const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Characters of the name of a channel.
pub const NAME_CHARS_MAX: usize = 32;
/// Addresses that one mail goes to.
pub const RECIPIENTS_MAX: usize = 16;
/// Bytes of stack of a thread that sends: TLS takes most of it.
pub const STACK_BYTES: usize = 512 * 1024;
