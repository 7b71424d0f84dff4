//! The load: connections of one thread, requests made beforehand, replies read just far enough to count them.
//!
//! A generator beside the server takes the server's time, so this one does little: a connection's next requests are
//! a slice of one buffer, a read takes all that is there, and the clock is looked at once for each. What it cost is
//! part of the result.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream as Blocking};
use std::ops::Range;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

/// Requests of one length each, one after another.
pub(crate) struct Load {
    bytes: Vec<u8>,
    each: usize,
}

impl Load {
    /// So many requests; `arguments` says the words of one. All must have one length.
    pub(crate) fn new(count: u32, mut arguments: impl FnMut(u32, &mut Words)) -> Self {
        let mut words = Words::default();
        let mut bytes = Vec::new();
        let mut each = 0;
        for number in 0..count {
            words.0.clear();
            arguments(number, &mut words);
            let before = bytes.len();
            words.frame(&mut bytes);
            let length = bytes.len() - before;
            if number == 0 {
                each = length;
                bytes.reserve_exact(each * (count as usize - 1));
            }
            assert_eq!(length, each, "requests of one load have one length");
        }
        Self { bytes, each }
    }

    fn count(&self) -> usize {
        self.bytes.len() / self.each
    }
}

/// The words of one request.
#[derive(Default)]
pub(crate) struct Words(Vec<Vec<u8>>);

impl Words {
    pub(crate) fn word(&mut self, word: impl AsRef<[u8]>) -> &mut Self {
        self.0.push(word.as_ref().to_vec());
        self
    }

    fn frame(&self, out: &mut Vec<u8>) {
        // Writing to a vector cannot fail.
        let _ = write!(out, "*{}\r\n", self.0.len());
        for word in &self.0 {
            let _ = write!(out, "${}\r\n", word.len());
            out.extend_from_slice(word);
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// How a load is put to the server.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) connections: usize,
    pub(crate) pipeline: usize,
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} x {}", self.connections, self.pipeline)
    }
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) replies: u64,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
    pub(crate) took: Duration,
    /// Nanoseconds from the write of a request to the read of its reply.
    pub(crate) latency: Histogram<u64>,
    /// Processor time of this thread.
    pub(crate) cost: Duration,
}

impl Outcome {
    pub(crate) fn rate(&self) -> f64 {
        self.replies as f64 / self.took.as_secs_f64()
    }

    /// Was the generator the one who was waited for?
    pub(crate) fn is_own_limit(&self) -> bool {
        self.cost.as_secs_f64() > 0.9 * self.took.as_secs_f64()
    }
}

struct Connection {
    stream: TcpStream,
    /// The beginning of a reply, or of several.
    unread: Vec<u8>,
    unwritten: Range<usize>,
    /// When requests were written, and how many, oldest first.
    sent: VecDeque<(Instant, u64)>,
}

/// What is under way on all connections.
struct Drive<'a> {
    load: &'a Load,
    next: usize,
    until: Instant,
    in_flight: u64,
    outcome: Outcome,
}

/// Keeps `pipeline` requests in flight on each connection until the load or the time is used up.
pub(crate) fn drive(address: SocketAddr, shape: Shape, load: &Load, most: Duration) -> io::Result<Outcome> {
    let mut poll = Poll::new()?;
    let mut connections = Vec::new();
    for index in 0..shape.connections {
        let stream = Blocking::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut stream, Token(index), interest)?;
        connections.push(Connection { stream, unread: Vec::new(), unwritten: 0..0, sent: VecDeque::new() });
    }
    let histogram = Histogram::new(3).expect("three digits");
    let outcome = Outcome {
        replies: 0,
        errors: 0,
        first_error: None,
        took: Duration::ZERO,
        latency: histogram,
        cost: thread_time(),
    };
    let start = Instant::now();
    let mut drive = Drive { load, next: 0, until: start + most, in_flight: 0, outcome };
    for connection in &mut connections {
        drive.send(connection, shape.pipeline as u64, start)?;
    }
    let mut events = Events::with_capacity(shape.connections);
    let mut room = vec![0; 256 * 1024];
    while drive.in_flight > 0 {
        poll.poll(&mut events, Some(Duration::from_secs(20)))?;
        if events.is_empty() {
            return Err(io::Error::new(ErrorKind::TimedOut, "no reply for 20 seconds"));
        }
        for event in &events {
            let connection = &mut connections[event.token().0];
            if event.is_readable() {
                drive.receive(connection, &mut room)?;
            }
            if event.is_writable() && !connection.unwritten.is_empty() {
                drive.write(connection)?;
            }
        }
    }
    let mut outcome = drive.outcome;
    outcome.took = start.elapsed();
    outcome.cost = thread_time() - outcome.cost;
    Ok(outcome)
}

impl Drive<'_> {
    fn send(&mut self, connection: &mut Connection, wanted: u64, now: Instant) -> io::Result<()> {
        let left = if now < self.until { self.load.count() - self.next } else { 0 };
        let count = left.min(wanted as usize);
        // What could not be written yet goes first; the replies to what was written bring us back here.
        if count == 0 || !connection.unwritten.is_empty() {
            return Ok(());
        }
        connection.unwritten = self.next * self.load.each..(self.next + count) * self.load.each;
        connection.sent.push_back((now, count as u64));
        self.next += count;
        self.in_flight += count as u64;
        self.write(connection)
    }

    fn write(&self, connection: &mut Connection) -> io::Result<()> {
        while !connection.unwritten.is_empty() {
            match connection.stream.write(&self.load.bytes[connection.unwritten.clone()]) {
                Ok(count) => connection.unwritten.start += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
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
            let now = Instant::now();
            let bytes = &room[..kept + count];
            let (mut at, mut replies) = (0, 0);
            while let Some(length) = reply_length(&bytes[at..]) {
                if bytes[at] == b'-' {
                    self.failed(&bytes[at..at + length]);
                }
                at += length;
                replies += 1;
            }
            connection.unread.clear();
            connection.unread.extend_from_slice(&bytes[at..]);
            self.count(connection, replies, now);
            self.send(connection, replies, now)?;
            // Less than there was room for: the socket is empty, and its next bytes are another event.
            if kept + count < room.len() {
                return Ok(());
            }
        }
    }

    fn count(&mut self, connection: &mut Connection, replies: u64, now: Instant) {
        self.outcome.replies += replies;
        self.in_flight -= replies;
        let mut left = replies;
        while left > 0 {
            let (sent, count) = connection.sent.front_mut().expect("a reply has a request");
            let these = left.min(*count);
            let took = now.duration_since(*sent).as_nanos() as u64;
            self.outcome.latency.record_n(took.max(1), these).expect("the histogram grows");
            left -= these;
            *count -= these;
            if *count == 0 {
                connection.sent.pop_front();
            }
        }
    }

    #[cold]
    fn failed(&mut self, reply: &[u8]) {
        self.outcome.errors += 1;
        self.outcome.first_error.get_or_insert_with(|| String::from_utf8_lossy(reply).trim_end().to_owned());
    }
}

/// Bytes of the reply at the front; `None` while it is not all there.
fn reply_length(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut missing) = (0, 1_i64);
    while missing > 0 {
        missing -= 1;
        let sort = *bytes.get(at)?;
        at += 1;
        if matches!(sort, b'+' | b'-' | b':') {
            at += bytes[at..].iter().position(|&byte| byte == b'\n')? + 1;
            continue;
        }
        let mut value = 0_i64;
        loop {
            match *bytes.get(at)? {
                b'\r' => break,
                b'-' => value = i64::MIN / 16,
                digit => value = 10 * value + i64::from(digit & 0x0F),
            }
            at += 1;
        }
        at += 2;
        match sort {
            b'$' if value >= 0 => at += value as usize + 2,
            b'*' if value >= 0 => missing += value,
            b'%' => missing += 2 * value,
            _ => {}
        }
        if at > bytes.len() {
            return None;
        }
    }
    Some(at)
}

/// One request, one reply, as text.
pub(crate) fn ask(address: SocketAddr, words: &[&str]) -> io::Result<String> {
    let mut request = Words::default();
    words.iter().for_each(|word| {
        request.word(word);
    });
    let mut bytes = Vec::new();
    request.frame(&mut bytes);
    let mut stream = Blocking::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(&bytes)?;
    let mut reply = Vec::new();
    let mut room = [0; 16 * 1024];
    while reply_length(&reply).is_none() {
        match stream.read(&mut room)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            count => reply.extend_from_slice(&room[..count]),
        }
    }
    let text = String::from_utf8_lossy(&reply).into_owned();
    if text.starts_with('-') { Err(io::Error::other(text)) } else { Ok(text) }
}

/// Processor time of this thread so far.
fn thread_time() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let word = text.split(' ').next().and_then(|word| word.parse().ok());
    Duration::from_nanos(word.unwrap_or(0))
}
