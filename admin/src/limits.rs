//! Every bound of the admin port, in one place, with its reason.

use std::time::Duration;

/// Connections at the same time: probes, a few scrapers, browsers with six each, and the streams of viewers. For a further one the
/// oldest that asks for nothing is closed.
pub const CONNECTIONS_MAX: usize = 256;
/// How long a client may take to the end of its TLS handshake.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the head of a request may take to arrive, and how long a connection may be idle between two. Prometheus asks
/// every 15 seconds and keeps its connection.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of the head of a request: a token, a cookie and a long path take a tenth of it.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Bytes of the body of a request: as much as a command of RESP.
pub const BODY_BYTES_MAX: usize = holdfast_net::limits::FRAME_BYTES_MAX;
/// How long a request may take to its response, its body included.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// After how many seconds a client is to come again that was refused as too many asked at once.
pub const RETRY_AFTER_SECONDS: u32 = 1;
/// How long connections may take to finish when the port is closed.
pub const CLOSING_MAX: Duration = Duration::from_secs(2);
/// Events that one page of metrics may have figures of: each adds some dozens of series to whoever stores them.
pub const EVENTS_NAMED_MAX: usize = 200;
/// How long the events of a page may take to tell their figures, all together. An event that is busy for longer has none there.
pub const EVENTS_PATIENCE: Duration = Duration::from_secs(2);
/// How long the server within may take to answer a command: less than a request may take, so that whoever asked is told.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(25);
/// How long a client may take nothing of what is written to it.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// Streams of viewers at the same time, each with a connection to the server within.
pub const VIEWERS_MAX: usize = 64;
/// Events that wait for a viewer here; more wait in its connection.
pub const VIEWER_EVENTS_MAX: usize = 8;
/// How long these may wait for a viewer that does not read.
pub const VIEWER_PATIENCE: Duration = Duration::from_secs(10);
/// How often a stream on which nothing happens says so: proxies close what is silent for a minute.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Sessions of browsers of one token: more than the people and devices that should share one.
pub const SESSIONS_OF_TOKEN_MAX: usize = 32;
/// Sessions of browsers in all: each request looks through them.
pub const SESSIONS_MAX: usize = 1_024;
/// Changes of one page of the feed, of those that are read for a stream or a history.
pub const FEED_PAGE: usize = 1_000;
/// Pages of the feed that are looked through for one page of the history of a seat: some 64,000 changes.
pub const HISTORY_PAGES: usize = 64;
/// Versions that the history of a seat goes back at a time.
pub const HISTORY_WINDOW: u64 = 1_000;
/// Changes of one page of the history of a seat, if the request does not say.
pub const HISTORY_DEFAULT: u64 = 100;
/// The most of them.
pub const HISTORY_MAX: u64 = 1_000;
/// How often the parts of the server are looked at, if nobody asks.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);
/// For so long after a subscriber was cut off, or a reader came too late, the feeds count as degraded: until somebody has seen it.
pub const FEED_TROUBLE_SHOWN: Duration = Duration::from_secs(5 * 60);
/// The clock on the wall may differ so much from the time that the log goes by: corrections of a second are no trouble.
pub const CLOCK_DIFFERS_MAX: Duration = Duration::from_secs(60);
/// The audit may be behind for so long: it looks once a second, and a disk may be slow.
pub const AUDIT_LAG_MAX: Duration = Duration::from_secs(60);
/// The money is to be reconciled with the providers each day: after so long nobody does, as the alert says as well.
pub const RECONCILED_WITHIN: Duration = Duration::from_secs(4 * 24 * 60 * 60);
/// What the reconciliations say is read again after so long, if none has ended since.
pub const RECONCILED_KEPT: Duration = Duration::from_secs(10);
/// The servers of a replicated log are looked at each ten seconds: after so many milliseconds two looks have failed.
pub const LOG_SILENT_MS: u64 = 15_000;
/// From so many hundredths of its bytes on, a replicated log is nearly full.
pub const LOG_FULL_PERCENT: u64 = 80;
/// A takeover is over within so many milliseconds, unless something is wrong; a node that has not known the end of the log for as long answers no reads.
pub const NO_OWNER_MS: u64 = 10_000;
/// A node that follows may be behind for so long without a pause, milliseconds.
pub const LAG_MS: u64 = 5_000;
/// Clocks of the nodes may differ by so many milliseconds, the time of the way included.
pub const SKEW_MS: u64 = 1_000;
/// How long nothing is accepted after the system refused a connection: it has no descriptors left.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const _: () = {
    assert!(ANSWER_TIMEOUT.as_millis() < REQUEST_TIMEOUT.as_millis());
    assert!(VIEWERS_MAX < CONNECTIONS_MAX && VIEWERS_MAX < holdfast_net::limits::INSIDE_MAX);
};
