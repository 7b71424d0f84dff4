//! Every bound of the front end, in one place, with its reason. What exceeds a bound is refused, never cut.

use std::time::Duration;

/// Bytes of one command on the wire, from its first byte to its last (wire contract).
pub const FRAME_BYTES_MAX: usize = 1024 * 1024;
/// The same of an operator's command with the description of an event, which is the largest argument: a million seats with
/// a label each.
pub const FRAME_BYTES_MAP: usize = 64 * 1024 * 1024;
/// Bytes of the description of an event: a command with the words around it.
pub const MAP_BYTES_MAX: usize = FRAME_BYTES_MAP - 256;
/// Bytes of a description that is read on the thread of its connection: in less than a millisecond.
pub const DESCRIPTION_BYTES_HERE: usize = 64 * 1024;
/// The highest budget that a token can be given, of anything: beyond it a command would cost less than a nanosecond.
pub const BUDGET_MAX: u64 = 1_000_000_000;
/// Bytes of a command of anybody but an operator: a thousand seats by their labels fit, a hall does not have to.
pub const FRAME_BYTES_SALE: usize = 64 * 1024;
/// Arguments of one command (wire contract). Bounds the spans that a decoder keeps to 8 KiB.
pub const ARGUMENTS_MAX: usize = 1_024;
/// Bytes of an inline command, with its line end: people type these, programs send arrays.
pub const LINE_BYTES_MAX: usize = 64 * 1024;
/// Digits of a count or a length: as many as always fit a `u64`. A longer number is refused as too large, not as
/// malformed.
pub const NUMBER_DIGITS_MAX: usize = 19;

/// Connections of one server, unless configured: front ends pool their connections, and a task and the kernel's
/// memory of a socket for each stay well under a gigabyte.
pub const CONNECTIONS_MAX: usize = 10_000;
/// Refused connections that are kept open for a moment, so that their clients can read why; further ones are closed
/// at once.
pub const REFUSALS_LINGERING_MAX: usize = 64;
/// Connections accepted before the accept loop looks at the stop signal again.
pub const ACCEPTS_PER_TURN: usize = 64;

/// Bytes of one read from a socket: enough for what a pipelining client has sent, and little enough that the buffer
/// fits the second-level cache beside that for replies.
pub const INPUT_BYTES: usize = 64 * 1024;
/// Free bytes below which a buffer is moved to its beginning, or grown, before the next read.
pub const INPUT_ROOM_MIN: usize = 4 * 1024;
/// Unused bytes that a waiting connection keeps in a vector of their size, instead of in a buffer of the thread.
pub const INPUT_KEPT_MAX: usize = 2 * 1024;
/// Bytes of replies that may wait for the client to read them before no further command is taken from it.
pub const OUTPUT_BYTES_MAX: usize = 256 * 1024;
/// First size of a buffer for replies, bytes: enough for a pipeline of a few hundred holds.
pub const OUTPUT_BYTES: usize = 16 * 1024;
/// Unused buffers of each sort that a thread keeps for its connections.
pub const POOLED_BUFFERS_MAX: usize = 64;

/// Requests in flight of one connection, in weights (below; 1 for a write): deep enough to keep the disk busy
/// from a single connection at a million commands a second and a few milliseconds a sync.
pub const IN_FLIGHT_MAX: usize = 4_096;
/// Commands of a transaction.
pub const TRANSACTION_MAX: usize = holdfast_engine::limits::TRANSACTION_COMMANDS_MAX;
/// How many times as large as the largest of its commands a transaction may be, up to [`FRAME_BYTES_MAX`].
pub const TRANSACTION_FRAMES: usize = 4;
/// Bytes that a weight stands for: a reply that may be larger weighs more, by the map of its event. So a megabyte of replies
/// is in flight, or a single one that is larger.
pub const WEIGHT_BYTES: usize = 256;
/// Bytes that may be kept for replies which are there and wait for those before them.
pub const KEPT_BYTES_MAX: usize = IN_FLIGHT_MAX * WEIGHT_BYTES;
/// Bytes of all connections together that may wait for their clients, unless configured: half commands, replies that are
/// not read, and what waits behind them.
pub const MEMORY: usize = 256 * 1024 * 1024;
/// A connection of which fewer bytes wait is not counted: those of all together are less than the kernel keeps for them.
pub const MEMORY_COUNTED_MIN: usize = 4 * 1024;
/// Weight of a read whose reply can be as large as the event's map (megabytes): four of them at a time.
pub const WEIGHT_MAP: usize = IN_FLIGHT_MAX / 4;
/// Weight of a read whose reply is a list: of events, of sections, of the seats of an order.
pub const WEIGHT_LIST: usize = 16;
/// Commands that a connection decodes in one turn, before other connections have theirs: about a quarter of a
/// millisecond.
pub const COMMANDS_PER_TURN: usize = 1_024;
/// The same of a connection that may only look, in weights (above): so a sale waits for little, however many look.
pub const LOOKS_PER_TURN: usize = 64;
/// Reads from the socket in one turn: bounds a turn by bytes where commands are large.
pub const READS_PER_TURN: usize = 16;

/// A connection is behind if a read leaves more bytes than this in its socket: more than its next turn takes in.
pub const BEHIND_BYTES: u64 = 2 * INPUT_BYTES as u64;
/// How long a connection may be behind, unless configured, before new commands are refused with `BUSY`: a buyer does not
/// notice a quarter of a second, a front end has not given up, and a rush that is over by then is served in full.
pub const PATIENCE: Duration = Duration::from_millis(250);

/// How often a connection looks whether its client still does its part. The timeouts below are counted in ticks.
pub const TICK: Duration = Duration::from_secs(5);
/// How long a client may leave replies unread, taking less than [`PROGRESS_BYTES_MIN`] of them in each [`TICK`].
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// A client that takes fewer bytes than this between two ticks, while more wait, counts as stalled.
pub const PROGRESS_BYTES_MIN: usize = 16 * 1024;
/// How long a command may take from its first byte to its last, and each [`FRAME_BYTES_MAX`] of one that is longer: a
/// megabyte at 280 kbit/s.
pub const FRAME_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection may stay silent before its first command: pools connect early, but floods never speak.
pub const SILENT_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a connection may be idle between commands: closes the connections of peers that vanished. Live clients
/// reconnect.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60 * 60);
/// How long a closing connection goes on taking (and dropping) what the peer still sends: closing a socket with unread
/// bytes resets it, and the reset can overtake the last reply.
pub const LINGER: Duration = Duration::from_millis(500);
/// How long a stop waits for connections that it has cut off: only a thread that hangs takes longer.
pub const CUT_TIMEOUT: Duration = Duration::from_secs(30);
/// The first wait after the process ran out of descriptors or memory for a connection; it doubles with each failure.
pub const ACCEPT_BACKOFF_MIN: Duration = Duration::from_millis(5);
/// The longest wait after the process ran out of descriptors or memory for a connection.
pub const ACCEPT_BACKOFF_MAX: Duration = Duration::from_secs(1);

/// How long a client may take from its connection to its login where tokens are used, whatever it sends, and for the TLS
/// handshake where they are not: a few round trips to the other side of the world. Client libraries log in at once.
pub const LOGIN_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of a command before the login: a name and a secret, with much to spare.
pub const LOGIN_FRAME_BYTES: usize = 16 * 1024;
/// Arguments of a command before the login; `HELLO 3 AUTH user token SETNAME name` has seven.
pub const LOGIN_ARGUMENTS: usize = 10;
/// Bytes that are read at once before the login.
pub const LOGIN_READ_BYTES: usize = 2 * 1024;
/// Commands that are refused before the login, after which the connection is closed: a client that does not know that it
/// has to log in learns it from the first.
pub const LOGIN_REFUSALS_MAX: u32 = 16;
/// Commands in all before the login, `PING` among them, after which it is closed.
pub const LOGIN_COMMANDS_MAX: u32 = 64;
/// Of the places of a server, one in so many is for connections before their login; and of those, one in so many for
/// connections from one network: a front end behind one address opens its whole pool at once, and logs in at once.
pub const STRANGERS_SHARE: usize = 4;
/// Places that only operators have, where tokens are used, if there are many: a crowd of front ends does not keep out who
/// would stop a sale.
pub const OPERATORS_PLACES_MAX: usize = 16;
/// Of few places, one in so many is for operators only.
pub const OPERATORS_SHARE: usize = 16;
/// How much lower than that of the engine's threads the priority of the door's thread is, in steps of `nice`: a third of the
/// processor time of another thread where both want all of it.
pub const DOOR_NICENESS: i32 = 5;

/// Bytes of the secret of a token: those of `holdfast token` have 68. A longer one is refused without being hashed.
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
/// After this time without a failed login the failures of an address are forgotten.
pub const FAILURES_FORGOTTEN: Duration = Duration::from_secs(10 * 60);
/// Addresses whose failed logins are counted. A further one takes the place of that whose last failure is the oldest.
pub const FAILING_ADDRESSES_MAX: usize = 1_024;
/// Entries of each kind that the trace of logins, denied commands and reloads keeps: a screen or two of them.
pub const TRACE_LINES_MAX: usize = 64;
/// Entries of `ACL LOG`, if the command does not say, as in Redis.
pub const TURNED_AWAY_COUNT_DEFAULT: usize = 10;
/// A line of the log at most so often of each kind of these: a year of guessing is 50 MiB of it.
pub const TRACE_LOG_EVERY: Duration = Duration::from_secs(60);
/// What a command takes from its last byte read to its last byte written to be kept in the slow log, unless configured.
pub const SLOW_OVER: Duration = Duration::from_millis(50);
/// Entries of the slow log, unless configured, as in Redis.
pub const SLOW_ENTRIES: usize = 128;
/// Words of an entry of the slow log, as in Redis; the last of more tells how many are left out.
pub const SLOW_WORDS_MAX: usize = 32;
/// Bytes of such a word, as in Redis.
pub const SLOW_WORD_BYTES_MAX: usize = 128;
/// Bytes of the commands of one turn that are kept until they are answered, for the slow log: some dozens of them.
pub const SLOW_FRAMES_BYTES: usize = 8 * 1024;
/// Turns of one connection of which commands are kept at the same time; those of further ones are known by their names alone.
pub const SLOW_TURNS_MAX: usize = 8;
/// Characters of a `tracestate`: as many as W3C Trace Context has everybody pass on.
pub const TRACESTATE_BYTES_MAX: usize = 512;
/// Traced commands that wait for the thread that makes spans of them.
pub const SPANS_QUEUED_MAX: usize = 4_096;
/// Kinds of commands one after the other whose replies wait together and whose time is taken; that of further ones is not.
pub const TIMED_MAX: usize = 1_024;
/// As many of them keep their memory while a connection waits for its next command.
pub const TIMED_KEPT: usize = 16;
/// Entries of `SLOWLOG GET`, if the command does not say, as in Redis.
pub const SLOW_COUNT_DEFAULT: u64 = 10;
/// Patterns of events that a token is for: each command of it is compared with all of them.
pub const EVENT_PATTERNS_MAX: usize = 64;

/// Connections from inside the process at the same time, beside those that come over the network: what a console and the
/// programs of a few operators have open, and too little to be felt.
pub const INSIDE_MAX: usize = 128;
/// So long before its end a certificate or a token is told of: time enough for whoever renews it by hand.
pub const RENEW_BEFORE: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// Bytes that wait between a connection and the part of the process that it is for, each way.
pub const INSIDE_PIPE_BYTES: usize = 64 * 1024;
/// Bytes of one reply that is read inside the process: the map of a hall of a million seats.
pub const INSIDE_REPLY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Lists within lists of such a reply; those that there are have five.
pub const INSIDE_REPLY_DEPTH_MAX: usize = 16;
/// Messages that wait for a reply to be read which was asked for: at 20 a second, more than a minute of them.
pub const INSIDE_MESSAGES_MAX: usize = 2_048;

/// Bytes of a connection's own name (`CLIENT SETNAME`), and of what its library is called.
pub const CLIENT_NAME_BYTES_MAX: usize = 64;
/// Lines of `CLIENT LIST`: as many as there are connections unless configured, two megabytes of them. Others are asked for by
/// their numbers.
pub const CLIENTS_LISTED_MAX: usize = CONNECTIONS_MAX;
/// Patterns of one `CONFIG GET`: tools ask for one or a few.
pub const CONFIG_PATTERNS_MAX: usize = 16;
/// Bytes of such a pattern, which is compared with the name of every setting.
pub const CONFIG_PATTERN_BYTES_MAX: usize = 64;
/// Bytes of a written seat: section, row and seat, as long as they may be sent, and two dashes.
pub const SEAT_WORD_BYTES_MAX: usize = 3 * holdfast_engine::LABEL_SENT_BYTES_MAX + 2;
/// Bytes of a reason.
pub const REASON_BYTES_MAX: usize = 256;
const _: () = assert!(REASON_BYTES_MAX == holdfast_engine::limits::NOTE_BYTES_MAX, "notes are such texts");
/// Entries of one page of a list: events, payments, holds, orders.
pub const LIST_COUNT_MAX: u64 = 1_000;
/// The same, if the command does not say.
pub const LIST_COUNT_DEFAULT: u32 = 100;
/// Streams of one command: each event is in memory for it.
pub const STREAMS_MAX: usize = holdfast_engine::limits::FEEDS_EVENTS_MAX;
/// Changes of one page of `FEED`, if the command does not say.
pub const FEED_COUNT_DEFAULT: usize = 100;
/// Bytes of a client's word that an error repeats.
pub const QUOTED_BYTES_MAX: usize = 64;
/// Bytes of the message of an error.
pub const MESSAGE_BYTES_MAX: usize = 1_024;

const _: () = {
    assert!(FRAME_BYTES_MAP <= u32::MAX as usize, "a span is two u32");
    assert!(FRAME_BYTES_MAX < FRAME_BYTES_MAP && FRAME_BYTES_MAP < MEMORY);
    assert!(LINE_BYTES_MAX <= FRAME_BYTES_SALE, "an inline command is a small frame");
    assert!(LOGIN_FRAME_BYTES < FRAME_BYTES_SALE && FRAME_BYTES_SALE < FRAME_BYTES_MAX);
    assert!(SECRET_BYTES_MAX < LOGIN_FRAME_BYTES);
    assert!(
        LOGIN_FRAME_BYTES + LOGIN_READ_BYTES <= INPUT_BYTES,
        "what was read before the login fits a buffer"
    );
    assert!(INPUT_KEPT_MAX < INPUT_ROOM_MIN && INPUT_ROOM_MIN < INPUT_BYTES);
    assert!(INPUT_BYTES * READS_PER_TURN <= FRAME_BYTES_MAX, "a turn takes no more than one large command");
    assert!(OUTPUT_BYTES <= OUTPUT_BYTES_MAX && PROGRESS_BYTES_MIN < OUTPUT_BYTES_MAX);
    assert!(WEIGHT_LIST < WEIGHT_MAP && WEIGHT_MAP < IN_FLIGHT_MAX);
    assert!(COMMANDS_PER_TURN <= IN_FLIGHT_MAX, "one turn cannot fill the pipeline by itself");
    assert!(REFUSALS_LINGERING_MAX < CONNECTIONS_MAX);
    assert!(LIST_COUNT_DEFAULT as u64 <= LIST_COUNT_MAX);
    assert!(QUOTED_BYTES_MAX < MESSAGE_BYTES_MAX);
    assert!(SLOW_FRAMES_BYTES * SLOW_TURNS_MAX <= INPUT_BYTES, "it is as much again as what is read");
    assert!(holdfast_engine::NAME_BYTES_MAX == CLIENT_NAME_BYTES_MAX);
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
