//! Follows the log as it becomes durable, for the events that a connection listens to; sleeps while there are none.
//!
//! A connection that starts to listen to an event adds the event's [`Tail`], and only then asks the actor for the
//! newest version. What the actor does not know of yet becomes durable later, and the follower will hand it to the
//! tail, as it takes in new tails after each reading and before handing out. So there is never a gap between what a
//! reader finds in the log and what the tail gives.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use holdfast_wal::{Chunk, Log, Lsn, ReadError};

use super::fields::FeedRecord;
use super::shared::Shared;
use super::tail::Tail;
use crate::catalogue::Code;
use crate::codec::{event_of, version_of};
use crate::journal::log_place::{Ahead, LogPlace};
use crate::limits;
use crate::numbers::EventId;
use crate::pulse::Pulse;

/// How long the follower waits after a failure to read the log.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The thread's own state.
pub(super) struct Follower {
    shared: Arc<Shared>,
    log: Log,
    tails: HashMap<EventId, Arc<Tail>, FixedState>,
    /// Those with something to tell of the live picture, and when.
    untold: BTreeMap<EventId, (Instant, Arc<Tail>)>,
    /// The newest record that those were told of who wait for any change.
    told: Lsn,
    /// How far it has read; `None` before the first tail.
    place: Option<LogPlace>,
    housekeeping: Instant,
}

impl Follower {
    pub(super) fn new(shared: Arc<Shared>, log: Log) -> Self {
        let tails = HashMap::with_hasher(FixedState::default());
        let (untold, told) = (BTreeMap::new(), Lsn::ZERO);
        Self { shared, log, tails, untold, told, place: None, housekeeping: Instant::now() }
    }

    pub(super) fn run(mut self, pulse: &Pulse) {
        let _ = self.shared.waker.thread.set(thread::current());
        while !self.shared.is_stopping() {
            // It reads the log.
            pulse.files();
            let turn = self.turn();
            pulse.waits();
            match turn {
                Ok(true) => {}
                Ok(false) => self.rest(),
                Err(error) => self.stumble(&error),
            }
            pulse.works();
            self.tell();
            if self.housekeeping.elapsed() >= limits::FEED_TAIL_KEPT / 2 {
                self.tidy_up();
            }
        }
    }

    /// Reads the next groups and hands their records out. Returns whether there was anything to do.
    fn turn(&mut self) -> Result<bool, ReadError> {
        self.welcome()?;
        if self.tails.is_empty() {
            return Ok(false);
        }
        let Some(place) = &mut self.place else { return Ok(false) };
        match place.read_on(&self.log)? {
            Ahead::Groups(chunk) => {
                // A tail that is added after this counts from a later record: these groups were durable before it.
                self.welcome()?;
                let due = self.hand_out(&chunk);
                self.untold.extend(due);
                Ok(true)
            }
            Ahead::NextSegment => Ok(true),
            Ahead::Nothing => Ok(false),
        }
    }

    /// Takes in new tails. If there were none before, finds the place in the log from which they count.
    fn welcome(&mut self) -> Result<(), ReadError> {
        let fresh = self.shared.newcomers();
        let Some(since) = fresh.iter().map(|(_, since)| *since).min() else { return Ok(()) };
        let was_idle = self.tails.is_empty();
        self.tails.extend(fresh.into_iter().map(|(tail, _)| (tail.event(), tail)));
        if was_idle {
            self.place = Some(LogPlace::find(&self.log, since, self.place.take())?);
        }
        Ok(())
    }

    /// Returns the tails with something to tell of the live picture, and when.
    fn hand_out(&self, chunk: &Chunk) -> Vec<(EventId, (Instant, Arc<Tail>))> {
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
        let mut untold = Vec::new();
        for (event, records) in fresh {
            let Some(tail) = self.tails.get(&event) else { continue };
            let counts = &self.shared.counts;
            counts.followed.fetch_add(records.len() as u64, Ordering::Relaxed);
            let taken = tail.take_in(records, bytes_max);
            counts.told(&taken);
            untold.extend(taken.due.map(|due| (event, (due, Arc::clone(tail)))));
        }
        untold
    }

    /// Tells what is due of the live pictures, and those who wait for any change that there is more.
    fn tell(&mut self) {
        let durable = self.log.durable();
        if self.shared.is_watched() && durable > self.told {
            self.told = durable;
            self.shared.grown.notify_waiters();
        }
        if self.untold.is_empty() {
            return;
        }
        let (now, counts) = (Instant::now(), &self.shared.counts);
        self.untold.retain(|_, (due, tail)| {
            let is_due = *due <= now;
            if is_due {
                counts.told(&tail.tell(now));
            }
            !is_due
        });
    }

    /// How long it may sleep.
    fn sleep(&self) -> Duration {
        let next = self.untold.values().map(|(due, _)| due.saturating_duration_since(Instant::now())).min();
        next.map_or(limits::FEED_TAIL_KEPT / 2, |next| next.min(limits::FEED_TAIL_KEPT / 2))
    }

    fn lose(&self, event: EventId) {
        if let Some(tail) = self.tails.get(&event) {
            self.shared.counts.cut.fetch_add(tail.lose(), Ordering::Relaxed);
        }
    }

    /// Sleeps until the committer wakes it, or a connection starts to listen.
    fn rest(&mut self) {
        let watched = self.shared.is_watched();
        if watched || !self.tails.is_empty() {
            let read = self.place.as_ref().filter(|_| !self.tails.is_empty()).map(LogPlace::last);
            let last = read.into_iter().chain(watched.then_some(self.told)).min().unwrap_or(Lsn::ZERO);
            self.shared.waker.turn(true);
            if self.log.durable() <= last && !self.shared.has_newcomers() && !self.shared.is_stopping() {
                thread::park_timeout(self.sleep());
            }
            return;
        }
        self.shared.waker.turn(false);
        if !self.shared.has_newcomers() && !self.shared.is_watched() && !self.shared.is_stopping() {
            thread::park();
        }
    }

    /// The log could not be read further: all subscribers are cut off, and the tails start again from what is durable
    /// now.
    fn stumble(&mut self, error: &ReadError) {
        tracing::error!(code = %Code::FEED_UNREADABLE, %error, "the feed cannot follow the log");
        for &event in self.tails.keys() {
            self.lose(event);
        }
        self.place = None;
        self.shared.renew(self.tails.drain().map(|(_, tail)| tail));
        thread::park_timeout(AGAIN_AFTER);
    }

    /// Drops the tails that no connection has asked for in a while.
    fn tidy_up(&mut self) {
        self.housekeeping = Instant::now();
        for event in self.shared.forget_unused() {
            self.tails.remove(&event);
        }
    }
}
