//! Every bound of the front end, in one place, with its reason. What is over is refused, never cut.

use std::time::Duration;

/// Bytes of one command on the wire, from its first byte to its last: room for the description of an event, the
/// largest thing there is to say (wire contract).
pub const FRAME_BYTES_MAX: usize = 1024 * 1024;
/// Arguments of one command (wire contract). Bounds the spans that a decoder keeps to 8 KiB.
pub const ARGUMENTS_MAX: usize = 1_024;
/// Bytes of an inline command, its line end included: people type these, programs send arrays.
pub const LINE_BYTES_MAX: usize = 64 * 1024;
/// Digits of a count or a length: what a `u64` can have. Says "too large" for long numbers instead of "malformed".
pub const NUMBER_DIGITS_MAX: usize = 19;

/// Connections of one server, unless configured: a front end pools its own, and a task and two sockets' worth of
/// kernel memory for each stay well under a gigabyte.
pub const CONNECTIONS_MAX: usize = 10_000;
/// Refused connections that are kept for a moment so that they can read why; beyond it they are just closed.
pub const REFUSALS_LINGERING_MAX: usize = 64;
/// Connections accepted before the accept loop looks at the stop signal again.
pub const ACCEPTS_PER_TURN: usize = 64;

/// Bytes that a connection asks the socket for at once: one read takes in what a pipelining client has sent, and the
/// buffer still fits the second-level cache beside the one for replies.
pub const INPUT_BYTES: usize = 64 * 1024;
/// Free bytes below which a buffer is moved to its beginning, or grown, before the next read.
pub const INPUT_ROOM_MIN: usize = 4 * 1024;
/// Unread bytes that a waiting connection keeps in a vector of just that size, instead of in a shared buffer.
pub const INPUT_KEPT_MAX: usize = 2 * 1024;
/// Bytes of replies that may wait for the client to read them before no further command is taken from it.
pub const OUTPUT_BYTES_MAX: usize = 256 * 1024;
/// What a buffer for replies starts with: the replies to a pipeline of a few hundred holds.
pub const OUTPUT_BYTES: usize = 16 * 1024;
/// Buffers of each sort that a thread keeps for the next connection that has something to say.
pub const POOLED_BUFFERS_MAX: usize = 64;

/// Requests in flight of one connection, in weights (below; 1 for a write): deep enough to keep the disk busy
/// from a single connection at a million commands a second and a few milliseconds a sync.
pub const IN_FLIGHT_MAX: usize = 4_096;
/// Weight of a read whose reply can be as large as the event's map (megabytes): four of them at a time.
pub const WEIGHT_MAP: usize = IN_FLIGHT_MAX / 4;
/// Weight of a read whose reply is a list: of events, of sections, of the seats of an order.
pub const WEIGHT_LIST: usize = 16;
/// Commands that a connection may have decoded in one turn of its thread before it lets others have theirs: about a
/// quarter of a millisecond.
pub const COMMANDS_PER_TURN: usize = 1_024;
/// Reads from the socket in one turn: bounds a turn by bytes where commands are large.
pub const READS_PER_TURN: usize = 16;

/// Bytes that may be left in the socket after a read without a connection being behind: what its next turn takes in.
pub const BEHIND_BYTES: u64 = 2 * INPUT_BYTES as u64;
/// How long a connection may be behind, unless configured, before new commands are refused with `BUSY`: a buyer does not
/// notice a quarter of a second, a front end has not given up, and a rush that is over by then is served in full.
pub const PATIENCE: Duration = Duration::from_millis(250);

/// How often a connection looks whether its peer still does its part. Times below are counted in these.
pub const TICK: Duration = Duration::from_secs(5);
/// How long a client may leave replies unread, taking less than [`PROGRESS_BYTES_MIN`] of them in each [`TICK`].
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// What counts as reading: less than this between two ticks, with more to come, is a client that has stalled.
pub const PROGRESS_BYTES_MIN: usize = 16 * 1024;
/// How long a command may take from its first byte to its last: a megabyte at 280 kbit/s.
pub const FRAME_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection may stay silent before its first command: pools connect early, but floods never speak.
pub const SILENT_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a connection may be idle between commands: frees what half-open peers leave behind. Clients reconnect.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60 * 60);
/// How long a closing connection goes on taking (and dropping) what the peer still sends: closing a socket with unread
/// bytes resets it, and the reset can overtake the last reply.
pub const LINGER: Duration = Duration::from_millis(500);
/// How long a stop waits for connections that it has cut off: only a thread that hangs takes longer.
pub const CUT_TIMEOUT: Duration = Duration::from_secs(30);
/// Wait after the process ran out of descriptors or memory for a connection, at first and at most.
pub const ACCEPT_BACKOFF_MIN: Duration = Duration::from_millis(5);
/// See [`ACCEPT_BACKOFF_MIN`].
pub const ACCEPT_BACKOFF_MAX: Duration = Duration::from_secs(1);

/// Bytes of the secret of a token: those that are made here have 68. A longer one is wrong without being hashed.
pub const SECRET_BYTES_MAX: usize = 256;
/// How long the reply to the first failed login of an address is kept back; to the second, twice as long, and so on up to
/// [`LOGINS_TRIED_AGAIN`].
pub const LOGIN_DELAY: Duration = Duration::from_millis(10);
/// So often does a client library at most try a wrong token by itself before it says so (redis-py: 11 times): all of them
/// together are kept back for less than a second.
pub const LOGINS_TRIED_AGAIN: u32 = 12;
/// How often the delay doubles with further ones, up to 1.92 s: well below the 5 s after which client libraries give up
/// waiting, so that whoever has a wrong token learns that, and not that the server is silent.
pub const LOGIN_DELAY_DOUBLINGS: u32 = 4;
/// Failed logins of all addresses in a row from which on each further one costs more, wherever it comes from: more than a
/// front end makes that was given a wrong token.
pub const FAILURES_OF_ALL: u32 = 32;
/// How often the delay of a first failure doubles for that alone, up to 80 ms: it also meets those who only made a mistake,
/// and whose client library is to know within a second all the same.
pub const LOGIN_DELAY_DOUBLINGS_OF_ALL: u32 = 3;
/// Failed logins of one connection, after which it is closed.
pub const FAILED_LOGINS_MAX: u32 = 8;
/// After so long without a failed login an address starts anew.
pub const FAILURES_FORGOTTEN: Duration = Duration::from_secs(10 * 60);
/// Addresses whose failed logins are counted; for a further one, that which has failed longest ago is forgotten.
pub const FAILING_ADDRESSES_MAX: usize = 1_024;
/// Entries of each kind that the trace of logins, denied commands and reloads keeps: a screen or two of them.
pub const TRACE_LINES_MAX: usize = 64;
/// A line of the log at most so often of each kind of these: a year of guessing is 50 MiB of it.
pub const TRACE_LOG_EVERY: Duration = Duration::from_secs(60);
/// Patterns of events that a token is for: each command of it is compared with all of them.
pub const EVENT_PATTERNS_MAX: usize = 64;
/// How long a client may take for a TLS handshake: a few round trips to the other side of the world.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of a connection's own name (`CLIENT SETNAME`).
pub const CLIENT_NAME_BYTES_MAX: usize = 64;
/// Bytes of a written seat: section and row of 64 bytes each, two dashes, a number of ten digits.
pub const SEAT_WORD_BYTES_MAX: usize = 64 + 1 + 64 + 1 + 10;
/// Bytes of a reason.
pub const REASON_BYTES_MAX: usize = 256;
/// Events of one page of `EVENT LIST`: at most, and if not said.
pub const LIST_COUNT_MAX: u64 = 1_000;
/// See [`LIST_COUNT_MAX`].
pub const LIST_COUNT_DEFAULT: u32 = 100;
/// Changes of one page of `FEED`, if not said.
pub const FEED_COUNT_DEFAULT: usize = 100;
/// Bytes of a client's word that an error repeats.
pub const QUOTED_BYTES_MAX: usize = 64;
/// Bytes of the message of an error: one line on a terminal or two.
pub const MESSAGE_BYTES_MAX: usize = 1_024;

const _: () = {
    assert!(FRAME_BYTES_MAX <= u32::MAX as usize, "a span is two u32");
    assert!(LINE_BYTES_MAX < FRAME_BYTES_MAX, "an inline command is a small frame");
    assert!(INPUT_KEPT_MAX < INPUT_ROOM_MIN && INPUT_ROOM_MIN < INPUT_BYTES);
    assert!(INPUT_BYTES * READS_PER_TURN <= FRAME_BYTES_MAX, "a turn takes no more than one large command");
    assert!(OUTPUT_BYTES <= OUTPUT_BYTES_MAX && PROGRESS_BYTES_MIN < OUTPUT_BYTES_MAX);
    assert!(WEIGHT_LIST < WEIGHT_MAP && WEIGHT_MAP < IN_FLIGHT_MAX);
    assert!(COMMANDS_PER_TURN <= IN_FLIGHT_MAX, "one turn cannot fill the pipeline by itself");
    assert!(REFUSALS_LINGERING_MAX < CONNECTIONS_MAX);
    assert!(LIST_COUNT_DEFAULT as u64 <= LIST_COUNT_MAX);
    assert!(QUOTED_BYTES_MAX < MESSAGE_BYTES_MAX);
    assert!(holdfast_engine::NAME_BYTES_MAX == CLIENT_NAME_BYTES_MAX);
    assert!(SEAT_WORD_BYTES_MAX > 2 * holdfast_engine::NAME_BYTES_MAX);
    assert!(
        TICK.as_millis() <= WRITE_TIMEOUT.as_millis()
            && WRITE_TIMEOUT.as_millis() < FRAME_TIMEOUT.as_millis()
    );
    assert!(
        (LOGIN_DELAY.as_millis() * LOGINS_TRIED_AGAIN as u128) << LOGIN_DELAY_DOUBLINGS
            < FAILURES_FORGOTTEN.as_millis()
    );
    assert!(FRAME_TIMEOUT.as_millis() < SILENT_TIMEOUT.as_millis());
    assert!(SILENT_TIMEOUT.as_millis() < IDLE_TIMEOUT.as_millis());
};
