//! Each copy of a log, read from its own server beside the others.
//!
//! A consumer without copies of its own is placed on one of the servers that have the stream, reads what that one has, and says which it is. So
//! consumers are made until each copy has one. They are in the memory of their servers, and go by themselves. Whoever leads is not moved.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy, pull};
use async_nats::jetstream::stream;
use bytes::Bytes;
use futures_core::Stream as _;
use holdfast_replica::{Across, Copies, Position};

use crate::desk::{Desk, Peer};
use crate::error::DeskError;

/// So many consumers are made before a copy is given up that has none: of three copies, one is left out by 40 with a chance below one in a million.
const TRIES: usize = 40;
/// Messages that are asked for at once, and their bytes: more than the longest message has.
const BATCH: usize = 32;
const BATCH_BYTES: usize = 8 << 20;
/// A copy that has no more, though the log goes on, is asked again so often: it may be behind.
const AGAIN: usize = 20;
/// The pause in between.
const PAUSE: Duration = Duration::from_millis(250);
/// No answer comes later.
const ANSWER: Duration = Duration::from_secs(2);
/// A consumer that nobody asks for so long goes.
const IDLE: Duration = Duration::from_secs(120);
/// The servers sell as well: from each copy no more is read.
const BYTES_PER_SECOND: u64 = 32 << 20;

/// All copies of a log, from its first to its last position when this was opened.
pub struct SideBySide {
    desk: Desk,
    names: Vec<Box<str>>,
    copies: Vec<OneCopy>,
    next: Position,
    last: Position,
    begun: Instant,
    bytes: u64,
}

struct OneCopy {
    consumer: Consumer<pull::Config>,
    read: VecDeque<(Position, Bytes)>,
    /// It has no more.
    is_over: bool,
}

impl Desk {
    /// Opens all copies of the log; `None` if it was not to go on meanwhile, for which is asked now and then.
    ///
    /// # Errors
    /// If one of the servers that ought to have a copy cannot be reached, or is behind.
    pub fn side_by_side(self, goes_on: &dyn Fn() -> bool) -> Result<Option<SideBySide>, DeskError> {
        let unread = |server: &str, why: &str| DeskError::Failed {
            what: format!("the copy of {server} cannot be read"),
            why: why.to_owned(),
        };
        let mut tries = 0;
        let state = loop {
            let state = self.look()?.ok_or_else(|| DeskError::NoStream(self.name().stream()))?;
            let away = {
                let mut servers = state.servers();
                let is_away = |peer: &Peer| peer.is_offline || !peer.is_current;
                let away = servers.find(|(_, peer)| peer.is_some_and(is_away));
                away.map(|(server, _)| server.to_owned())
            };
            match away {
                None if state.leader.is_some() => break state,
                _ if !goes_on() => return Ok(None),
                Some(server) if tries == AGAIN => {
                    let why = "its server is away, or its copy is behind: start it, and wait";
                    return Err(unread(&server, why));
                }
                None if tries == AGAIN => return Err(unread("whoever leads", "nobody does")),
                _ => tries += 1,
            }
            self.wait(PAUSE);
        };
        let mut missing: Vec<Box<str>> = state.servers().map(|(server, _)| server.into()).collect();
        let stream = self.stream()?;
        let (mut names, mut copies) = (Vec::new(), Vec::new());
        for _ in 0..TRIES {
            if missing.is_empty() || !goes_on() {
                break;
            }
            let (server, consumer) = self.reader(&stream, state.first)?;
            if let Some(place) = missing.iter().position(|name| **name == *server) {
                names.push(missing.swap_remove(place));
                copies.push(OneCopy { consumer, read: VecDeque::new(), is_over: false });
            } else {
                let _ = self.runtime().block_on(stream.delete_consumer(&consumer.cached_info().name));
            }
        }
        match missing.first() {
            Some(_) if !goes_on() => return Ok(None),
            Some(server) => return Err(unread(server, "no reader was placed there")),
            None => {}
        }
        let (next, last) = (state.first, state.last);
        Ok(Some(SideBySide { desk: self, names, copies, next, last, begun: Instant::now(), bytes: 0 }))
    }

    fn stream(&self) -> Result<stream::Stream<()>, DeskError> {
        let name = self.name().stream();
        let found = self.runtime().block_on(self.context().get_stream_no_info(&name));
        found.map_err(|error| DeskError::Failed { what: format!("stream {name}"), why: error.to_string() })
    }

    /// A reader of one of the copies, and whose it is.
    fn reader(
        &self,
        stream: &stream::Stream<()>,
        first: Position,
    ) -> Result<(String, Consumer<pull::Config>), DeskError> {
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: first.0.max(1) },
            ack_policy: AckPolicy::None,
            num_replicas: 1,
            memory_storage: true,
            inactive_threshold: IDLE,
            ..pull::Config::default()
        };
        self.runtime().block_on(async {
            let failed = |why: String| DeskError::Failed { what: "a copy cannot be read".to_owned(), why };
            let consumer = stream.create_consumer(config).await;
            let consumer = consumer.map_err(|error| failed(error.to_string()))?;
            let info = consumer.get_info().await.map_err(|error| failed(error.to_string()))?;
            let server = info.cluster.and_then(|cluster| cluster.leader);
            let server = server.ok_or_else(|| failed("it is not said whose it is".to_owned()))?;
            Ok((server, consumer))
        })
    }
}

impl Copies for SideBySide {
    fn names(&self) -> &[Box<str>] {
        &self.names
    }

    fn next(&mut self) -> Result<Option<Across>, String> {
        while self.next <= self.last {
            let at = self.next;
            let mut all = Vec::with_capacity(self.copies.len());
            for place in 0..self.copies.len() {
                all.push(self.of(place, at)?);
            }
            // What is nowhere, or not everywhere, may have been trimmed meanwhile.
            if all.contains(&None)
                && let Some(state) = self.desk.look().map_err(|error| error.to_string())?
                && state.first > at
            {
                self.next = state.first;
                continue;
            }
            self.next = at.next();
            return Ok(Some((at, all)));
        }
        Ok(None)
    }
}

impl SideBySide {
    /// What a copy has at a position.
    fn of(&mut self, place: usize, at: Position) -> Result<Option<Bytes>, String> {
        loop {
            let copy = &mut self.copies[place];
            match copy.read.front() {
                Some((of, _)) if *of < at => drop(copy.read.pop_front()),
                Some((of, _)) if *of > at => return Ok(None),
                Some(_) => return Ok(copy.read.pop_front().map(|(_, bytes)| bytes)),
                None if copy.is_over => return Ok(None),
                None => self.read_on(place)?,
            }
        }
    }

    fn read_on(&mut self, place: usize) -> Result<(), String> {
        let (runtime, copy) = (self.desk.runtime(), &mut self.copies[place]);
        let copies = self.names.len() as u64;
        let due = Duration::from_micros((self.bytes / copies).saturating_mul(1_000_000) / BYTES_PER_SECOND);
        runtime.block_on(async {
            tokio::time::sleep(due.saturating_sub(self.begun.elapsed())).await;
            for _ in 0..AGAIN {
                self.bytes += batch(copy).await.map_err(|why| format!("{}: {why}", self.names[place]))?;
                if !copy.read.is_empty() {
                    return Ok(());
                }
                let info = copy.consumer.get_info().await.map_err(|error| error.to_string())?;
                if info.num_pending == 0 {
                    tokio::time::sleep(PAUSE).await;
                }
            }
            copy.is_over = true;
            Ok(())
        })
    }
}

/// Reads some messages, and returns how many bytes they have.
async fn batch(copy: &mut OneCopy) -> Result<u64, String> {
    let asked = copy.consumer.fetch().max_messages(BATCH).max_bytes(BATCH_BYTES).expires(ANSWER).messages();
    let mut messages = pin!(asked.await.map_err(|error| error.to_string())?);
    let mut bytes = 0;
    while let Some(message) = poll_fn(|context| messages.as_mut().poll_next(context)).await {
        let message = message.map_err(|error| error.to_string())?;
        let at = Position(message.info().map_err(|error| error.to_string())?.stream_sequence);
        bytes += message.payload.len() as u64;
        copy.read.push_back((at, message.payload.clone()));
    }
    Ok(bytes)
}
