//! One thread that puts a load to a server, on many connections, and reads the replies just far enough to count them.
//!
//! A generator beside the server takes the server's time, so this one does little: requests were made beforehand, a
//! read takes all that is there, and the clock is looked at once for each. What it cost is part of the result.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream as Blocking};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use holdfast_load::{Arrivals, Cost, Meter, Rhythm, Schedule, precise_naps, wait};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::load::Load;
use super::outcome::Outcome;
use super::shape::Pace;

/// How long a server may leave everything unanswered.
const SILENCE: Duration = Duration::from_secs(20);
const NAP: Duration = Duration::from_millis(50);
/// Requests sent in one turn of an open loop before replies are read: one that has fallen behind still looks.
const SENDS_PER_TURN: usize = 256;
const ROOM_BYTES: usize = 256 * 1024;

/// What stands at the front of the bytes that a server sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) length: usize,
    /// Neither an error nor a refusal.
    pub(crate) good: bool,
}

/// The language of a server's replies.
pub(crate) trait Wire {
    /// The reply to one request; `None` while it is not all there. `bytes` is not empty.
    fn next(&self, bytes: &[u8]) -> Option<Seen>;
}

struct Connection {
    stream: TcpStream,
    /// The beginning of a reply, or of several.
    unread: Vec<u8>,
    unwritten: Vec<u8>,
    /// How much of `unwritten` was written.
    written: usize,
    /// When requests were to be sent, in nanoseconds from the start, and how many; oldest first.
    sent: VecDeque<(u64, u64)>,
}

/// The requests of an open loop.
struct Clockwork {
    schedule: Schedule,
    /// The connection whose turn it is.
    turn: usize,
}

/// What is under way on all connections.
struct Drive<'a, W> {
    wire: W,
    load: &'a Load,
    /// An answer is followed by the next request.
    closed: bool,
    /// Of an open loop that has something to send yet.
    clockwork: Option<Clockwork>,
    start: Instant,
    until_ns: u64,
    next: usize,
    in_flight: u64,
    last_ns: u64,
    replies: u64,
    errors: u64,
    first_error: Option<String>,
    latency: Histogram<u64>,
}

/// Connections to a server that asks for no ceremony.
pub(crate) fn connect(address: SocketAddr, count: usize) -> io::Result<Vec<Blocking>> {
    (0..count).map(|_| Blocking::connect(address)).collect()
}

/// Puts the load to the server on these connections, until it or the time is used up and all is answered.
pub(crate) fn drive(
    sockets: Vec<Blocking>,
    wire: impl Wire,
    pace: Pace,
    load: &Load,
    most: Duration,
) -> io::Result<Outcome> {
    let mut poll = Poll::new()?;
    let mut connections = Vec::new();
    for (index, socket) in sockets.into_iter().enumerate() {
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(socket);
        poll.registry().register(&mut stream, Token(index), Interest::READABLE | Interest::WRITABLE)?;
        connections.push(Connection {
            stream,
            unread: Vec::new(),
            unwritten: Vec::new(),
            written: 0,
            sent: VecDeque::new(),
        });
    }
    precise_naps();
    let drive = Drive {
        wire,
        load,
        closed: matches!(pace, Pace::Closed { .. }),
        clockwork: Clockwork::new(pace),
        start: Instant::now(),
        until_ns: u64::try_from(most.as_nanos()).unwrap_or(u64::MAX),
        next: 0,
        in_flight: 0,
        last_ns: 0,
        replies: 0,
        errors: 0,
        first_error: None,
        latency: Histogram::new(3).expect("three digits"),
    };
    drive.run(&mut poll, &mut connections, pace)
}

impl Clockwork {
    fn new(pace: Pace) -> Option<Self> {
        let Pace::Open { rate } = pace else { return None };
        let rhythm = Rhythm { rate: f64::from(rate), arrivals: Arrivals::Poisson, ramp_s: 0.0, burst: 1 };
        // Every server gets the same arrivals.
        Some(Self { schedule: Schedule::new(rhythm, 7, 0, 1), turn: 0 })
    }
}

impl<W: Wire> Drive<'_, W> {
    fn run(mut self, poll: &mut Poll, connections: &mut [Connection], pace: Pace) -> io::Result<Outcome> {
        let meter = Meter::start();
        self.start = Instant::now();
        if let Pace::Closed { pipeline } = pace {
            for connection in connections.iter_mut() {
                self.send(connection, pipeline as u64, 0)?;
            }
        }
        let mut events = Events::with_capacity(connections.len());
        let mut room = vec![0; ROOM_BYTES];
        loop {
            let due = self.send_due(connections)?;
            if self.in_flight == 0 && due.is_none() {
                break;
            }
            let now = self.now_ns();
            if self.in_flight > 0 && now.saturating_sub(self.last_ns) > SILENCE.as_nanos() as u64 {
                return Err(io::Error::new(ErrorKind::TimedOut, "no reply for 20 seconds"));
            }
            let nap = due.map_or(NAP, |due| Duration::from_nanos(due.saturating_sub(now)).min(NAP));
            wait(poll, &mut events, nap, due.is_some())?;
            for event in &events {
                let connection = &mut connections[event.token().0];
                if event.is_readable() {
                    self.receive(connection, &mut room)?;
                }
                if event.is_writable() {
                    connection.flush()?;
                }
            }
        }
        Ok(self.outcome(meter.cost()))
    }

    fn outcome(self, cost: Cost) -> Outcome {
        Outcome {
            replies: self.replies,
            errors: self.errors,
            first_error: self.first_error,
            took: Duration::from_nanos(self.last_ns),
            latency: self.latency,
            cost,
        }
    }

    fn now_ns(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    /// Sends what the clock says; returns when there is more to be sent.
    fn send_due(&mut self, connections: &mut [Connection]) -> io::Result<Option<u64>> {
        let Some(mut clockwork) = self.clockwork.take() else { return Ok(None) };
        let now = self.now_ns();
        let mut due = None;
        for sends in 0.. {
            let due_ns = clockwork.schedule.due_ns();
            if due_ns >= self.until_ns || self.next == self.load.count() {
                return Ok(None);
            }
            if due_ns > now || sends == SENDS_PER_TURN {
                due = Some(due_ns);
                break;
            }
            self.send(&mut connections[clockwork.turn], 1, due_ns)?;
            clockwork.turn = (clockwork.turn + 1) % connections.len();
            clockwork.schedule.advance();
        }
        self.clockwork = Some(clockwork);
        Ok(due)
    }

    fn send(&mut self, connection: &mut Connection, wanted: u64, intended_ns: u64) -> io::Result<()> {
        let count = (self.load.count() - self.next).min(wanted as usize);
        if count == 0 || intended_ns >= self.until_ns {
            return Ok(());
        }
        connection.unwritten.extend_from_slice(self.load.requests(self.next, count));
        connection.sent.push_back((intended_ns, count as u64));
        self.next += count;
        self.in_flight += count as u64;
        connection.flush()
    }

    fn receive(&mut self, connection: &mut Connection, room: &mut [u8]) -> io::Result<()> {
        loop {
            let kept = connection.unread.len();
            room[..kept].copy_from_slice(&connection.unread);
            let count = match connection.stream.read(&mut room[kept..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            let now = self.now_ns();
            let bytes = &room[..kept + count];
            let (mut at, mut replies) = (0, 0);
            while at < bytes.len() {
                let Some(seen) = self.wire.next(&bytes[at..]) else { break };
                if !seen.good {
                    self.failed(&bytes[at..at + seen.length]);
                }
                at += seen.length;
                replies += 1;
            }
            connection.unread.clear();
            connection.unread.extend_from_slice(&bytes[at..]);
            self.count(connection, replies, now);
            if self.closed {
                self.send(connection, replies, now)?;
            }
            // Less than there was room for: the socket is empty, and its next bytes are another event.
            if kept + count < room.len() {
                return Ok(());
            }
        }
    }

    fn count(&mut self, connection: &mut Connection, replies: u64, now: u64) {
        self.replies += replies;
        self.in_flight -= replies;
        self.last_ns = now;
        let mut left = replies;
        while left > 0 {
            let (sent, count) = connection.sent.front_mut().expect("a reply has a request");
            let these = left.min(*count);
            let took = now.saturating_sub(*sent);
            self.latency.record_n(took.max(1), these).expect("the histogram grows");
            left -= these;
            *count -= these;
            if *count == 0 {
                connection.sent.pop_front();
            }
        }
    }

    #[cold]
    fn failed(&mut self, reply: &[u8]) {
        self.errors += 1;
        self.first_error.get_or_insert_with(|| String::from_utf8_lossy(reply).trim_end().to_owned());
    }
}

impl Connection {
    /// Writes what the socket takes; the rest goes when it is writable.
    fn flush(&mut self) -> io::Result<()> {
        while self.written < self.unwritten.len() {
            match self.stream.write(&self.unwritten[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        self.unwritten.clear();
        self.written = 0;
        Ok(())
    }
}
