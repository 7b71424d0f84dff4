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
/// How often the parts of the server are looked at, if nobody asks.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long nothing is accepted after the system refused a connection: it has no descriptors left.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
