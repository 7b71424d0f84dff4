//! Follows the log as it becomes durable, for the events that somebody listens to; sleeps while there are none.
//!
//! Who starts to listen to an event adds its [`Tail`] and only then asks the event's actor for the newest version: what
//! the actor does not know of yet becomes durable later, and the follower, which takes in new tails after each
//! reading and before handing out, will have it. So between what a reader finds in the log and what the tail gives
//! there is never a gap.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use holdfast_wal::{Chunk, Log, Lsn, ReadError, SegmentReader};

use super::fields::FeedRecord;
use super::shared::Shared;
use super::tail::{Tail, Taken};
use crate::catalogue::Code;
use crate::codec::{event_of, version_of};
use crate::limits;
use crate::numbers::EventId;

/// How long the follower waits after the log could not be read.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The thread's own state.
pub(super) struct Follower {
    shared: Arc<Shared>,
    log: Log,
    tails: HashMap<EventId, Arc<Tail>, FixedState>,
    /// How far it is, and in which segment; `None` before it has started.
    place: Option<(u64, SegmentReader)>,
    housekeeping: Instant,
}

impl Follower {
    pub(super) fn new(shared: Arc<Shared>, log: Log) -> Self {
        let tails = HashMap::with_hasher(FixedState::default());
        Self { shared, log, tails, place: None, housekeeping: Instant::now() }
    }

    pub(super) fn run(mut self) {
        let _ = self.shared.waker.thread.set(thread::current());
        while !self.shared.is_stopping() {
            match self.turn() {
                Ok(true) => {}
                Ok(false) => self.rest(),
                Err(error) => self.stumble(&error),
            }
            if self.housekeeping.elapsed() >= limits::FEED_TAIL_KEPT / 2 {
                self.tidy_up();
            }
        }
    }

    /// Reads on and hands out. Returns whether there was anything to do.
    fn turn(&mut self) -> Result<bool, ReadError> {
        self.welcome()?;
        if self.tails.is_empty() {
            return Ok(false);
        }
        let Some((number, reader)) = &mut self.place else { return Ok(false) };
        // Asked first: if there is one, this segment is sealed, and what is read below goes to its end.
        let next = self.log.segment_after(*number);
        if let Some(chunk) = reader.next(limits::FEED_READ_BYTES)? {
            // Those who come after this find these groups durable already.
            self.welcome()?;
            self.hand_out(&chunk);
            return Ok(true);
        }
        let Some(next) = next else { return Ok(false) };
        self.place = Some((next.number, self.log.read_segment(next.number, 0, next.first.previous())?));
        Ok(true)
    }

    /// Takes in new tails; with the first, finds the place in the log from which they count.
    fn welcome(&mut self) -> Result<(), ReadError> {
        let fresh = self.shared.newcomers();
        let Some(since) = fresh.iter().map(|(_, since)| *since).min() else { return Ok(()) };
        let was_idle = self.tails.is_empty();
        self.tails.extend(fresh.into_iter().map(|(tail, _)| (tail.event(), tail)));
        if was_idle {
            self.find(since)?;
        }
        Ok(())
    }

    /// Goes to the first group with a record after `since`, from where it is if that is not far.
    fn find(&mut self, since: Lsn) -> Result<(), ReadError> {
        let segments = self.log.segments();
        let Some(there) = segments.iter().rev().find(|segment| segment.first <= since.next()) else {
            return Err(ReadError::Released { from: since.next(), first: self.log.first_lsn() });
        };
        let place =
            self.place.take().filter(|(number, reader)| *number == there.number && reader.last() <= since);
        let (number, mut reader) = match place {
            Some(place) => place,
            None => (there.number, self.log.read_segment(there.number, 0, there.first.previous())?),
        };
        reader.pass_over(since)?;
        self.place = Some((number, reader));
        Ok(())
    }

    fn hand_out(&self, chunk: &Chunk) {
        let mut fresh: HashMap<EventId, Vec<Arc<FeedRecord>>, FixedState> =
            HashMap::with_hasher(FixedState::default());
        for group in chunk.groups() {
            for (lsn, bytes) in group.records() {
                let Some(event) = event_of(bytes).filter(|event| self.tails.contains_key(event)) else {
                    continue;
                };
                if !matches!(version_of(bytes), Some((_, Some(_)))) {
                    continue;
                }
                match FeedRecord::decode(bytes) {
                    Ok(record) => fresh.entry(event).or_default().push(Arc::new(record)),
                    Err(error) => {
                        tracing::error!(code = %Code::FEED_UNREADABLE, ?lsn, event = event.0, %error, "a record cannot be read");
                        fresh.remove(&event);
                        self.lose(event);
                    }
                }
            }
        }
        let bytes_max =
            (limits::FEED_TAILS_BYTES_MAX / self.tails.len().max(1)).min(limits::FEED_TAIL_BYTES_MAX);
        for (event, records) in fresh {
            let Some(tail) = self.tails.get(&event) else { continue };
            let counts = &self.shared.counts;
            counts.followed.fetch_add(records.len() as u64, Ordering::Relaxed);
            let Taken { messages, cut } = tail.take_in(records, bytes_max);
            counts.messages.fetch_add(messages, Ordering::Relaxed);
            counts.cut.fetch_add(cut, Ordering::Relaxed);
        }
    }

    fn lose(&self, event: EventId) {
        if let Some(tail) = self.tails.get(&event) {
            self.shared.counts.cut.fetch_add(tail.lose(), Ordering::Relaxed);
        }
    }

    /// Waits for the committer, or for somebody who listens.
    fn rest(&mut self) {
        if !self.tails.is_empty() {
            let last = self.place.as_ref().map_or(Lsn::ZERO, |(_, reader)| reader.last());
            self.shared.waker.turn(true);
            if self.log.durable() <= last && !self.shared.has_newcomers() {
                thread::park_timeout(limits::FEED_TAIL_KEPT / 2);
            }
            return;
        }
        self.shared.waker.turn(false);
        if !self.shared.has_newcomers() && !self.shared.is_stopping() {
            thread::park();
        }
    }

    /// The log could not be read on: everybody starts again where the log is now.
    fn stumble(&mut self, error: &ReadError) {
        tracing::error!(code = %Code::FEED_UNREADABLE, %error, "the feed cannot follow the log");
        for &event in self.tails.keys() {
            self.lose(event);
        }
        self.place = None;
        self.shared.renew(self.tails.drain().map(|(_, tail)| tail));
        thread::park_timeout(AGAIN_AFTER);
    }

    /// Lets go of tails that nobody has asked for in a while.
    fn tidy_up(&mut self) {
        self.housekeeping = Instant::now();
        for event in self.shared.forget_unused() {
            self.tails.remove(&event);
        }
    }
}
