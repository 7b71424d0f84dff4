//! Bounds of what is kept and waited for, each with its reason.

use std::time::Duration;

/// Commands whose spans go out together: some hundred KiB, which every collector takes.
pub const BATCH_MAX: usize = 512;
/// How long the first command of a batch waits for others, so that a collector hears once a second and not at each command.
pub const LINGER: Duration = Duration::from_secs(1);
/// How long one attempt may take, from the name of the collector to its answer.
pub const ATTEMPT_MAX: Duration = Duration::from_secs(5);
/// Attempts for one batch. Together with the pauses they take a minute or so; meanwhile the queue fills, and its end is dropped.
pub const ATTEMPTS_MAX: u32 = 6;
/// The pause after the first failed attempt; after each further one it is twice as long.
pub const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// The longest pause, also if a collector asks for a longer one: `Retry-After` is no way to make us forget everything.
pub const PAUSE_MAX: Duration = Duration::from_secs(30);
/// How long the end of the process waits for the last spans.
pub const END_MAX: Duration = Duration::from_secs(2);
/// Bytes of an answer that are read: a collector says in few words what it did not take.
pub const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// Bytes of the header of an answer.
pub const ANSWER_HEADER_BYTES_MAX: usize = 16 * 1024;
