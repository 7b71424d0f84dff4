//! An event as it was: rebuilt beside the running engine, from a snapshot that is old enough and the log behind it.
//!
//! It is the way of a recovery, ended earlier: each record is compared with the digest that was logged. One event is rebuilt at a time,
//! on whatever thread asks; the newest few are kept, as whoever looks at a moment looks at it more than once.

mod books;
mod copy;

use std::collections::VecDeque;
use std::sync::Arc;

use holdfast_snapshots::Store;
use holdfast_wal::{Group, Log, Lsn, ReadError};
use parking_lot::Mutex;

use crate::catalogue::Code;
use crate::codec::event_of;
use crate::fault::Fault;
use crate::journal::log_place::{Ahead, LogPlace};
use crate::journal::memory::MemoryGauge;
use crate::limits;
use crate::numbers::{At, EventId};
use crate::restore::replay::{Replay, ReplayError};
use crate::restore::restorable::Restorable;
use crate::restore::sets::{Found, Set, restore_entry};
use crate::state::{Event, TableSeed};

pub use books::{AsOf, GoesOn, TakeEvent, Upto, events_of_copy};
pub use copy::{born, past_of_copy};

/// A moment in the life of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// When it had this version.
    Version(u64),
    /// Behind the last of its changes that is no later than this.
    Time(At),
}

impl Moment {
    /// Reads it as people write it: a version, or `@` and a time in Unix milliseconds.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let number =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
        match text.strip_prefix('@') {
            Some(time) => number(time).map(|at| Self::Time(At(at))),
            None => number(text).filter(|version| *version > 0).map(Self::Version),
        }
    }

    const fn is_before(self, version: u64, at: At) -> bool {
        match self {
            Self::Version(last) => version > last,
            Self::Time(last) => at.0 > last.0,
        }
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Version(version) => write!(f, "version {version}"),
            Self::Time(At(at)) => write!(f, "{at} ms"),
        }
    }
}

/// Looks at a record: whether it is to go on.
type Take<'a> = &'a mut dyn FnMut(Lsn, &[u8]) -> Result<bool, Fault>;

/// An event as it was.
type Kept = (EventId, Moment, Arc<Mutex<Event>>);

/// The past of a running engine's events.
#[derive(Debug)]
pub(crate) struct Past {
    store: Arc<Store>,
    log: Log,
    seed: TableSeed,
    memory: Arc<MemoryGauge>,
    kept: Mutex<VecDeque<Kept>>,
    /// Who has it rebuilds an event.
    turn: Mutex<()>,
}

impl Past {
    pub(crate) fn new(store: Arc<Store>, log: Log, seed: TableSeed, memory: Arc<MemoryGauge>) -> Self {
        Self { store, log, seed, memory, kept: Mutex::default(), turn: Mutex::default() }
    }

    /// The event as it was. Reads the disk, for as long as that takes: to be called on a thread that nothing waits for.
    ///
    /// # Errors
    /// If another one is being rebuilt, snapshots and log do not go back so far or are damaged, or there is no memory for it.
    pub(crate) fn state(&self, id: EventId, moment: Moment) -> Result<Arc<Mutex<Event>>, Fault> {
        if let Some(event) = self.kept(id, moment) {
            return Ok(event);
        }
        let event = Arc::new(Mutex::new(self.brought_back(id, moment)?));
        let mut kept = self.kept.lock();
        kept.push_back((id, moment, Arc::clone(&event)));
        let bytes = |kept: &VecDeque<Kept>| -> u64 {
            kept.iter().map(|(.., event)| event.lock().memory_bytes()).sum()
        };
        while kept.len() > limits::PAST_KEPT || (kept.len() > 1 && bytes(&kept) > limits::PAST_BYTES_MAX) {
            kept.pop_front();
        }
        Ok(event)
    }

    /// As [`Past::state`], for whoever alone wants it: it is not kept.
    ///
    /// # Errors
    /// As of that.
    pub(crate) fn brought_back(&self, id: EventId, moment: Moment) -> Result<Event, Fault> {
        let busy = || {
            Fault::new(Code::TRY_LATER, "another event is being brought back as it was; retry after 1000 ms")
        };
        let _turn = self.turn.try_lock().ok_or_else(busy)?;
        let Found { sets, .. } = Set::find(&self.store).map_err(|error| unreadable(&error))?;
        let need = sets.first().and_then(|set| set.entry(id)).map_or(0, |entry| entry.bytes);
        if let Some((used, max)) = self.memory.misses(need) {
            let what =
                format!("there is no memory for it: {used} bytes are used of {max}; retry after 1000 ms");
            return Err(Fault::new(Code::TRY_LATER, what));
        }
        let of = Of { sets: &sets, store: &self.store, seed: self.seed, first: self.log.first_lsn() };
        of.rebuild(id, moment, |from, take| self.read(from, take))
    }

    fn kept(&self, id: EventId, moment: Moment) -> Option<Arc<Mutex<Event>>> {
        let kept = self.kept.lock();
        let found = kept.iter().find(|(of, at, _)| (*of, *at) == (id, moment));
        found.map(|(.., event)| Arc::clone(event))
    }

    /// Reads what is durable of the log, from a record on.
    fn read(&self, from: Lsn, take: Take<'_>) -> Result<(), Fault> {
        let mut place = LogPlace::find(&self.log, from.previous(), None).map_err(|error| gone(&error))?;
        loop {
            match place.read_on(&self.log).map_err(|error| gone(&error))? {
                Ahead::Groups(chunk) => {
                    for (lsn, bytes) in chunk.groups().flat_map(|group| group.records()) {
                        if lsn >= from && !take(lsn, bytes)? {
                            return Ok(());
                        }
                    }
                }
                Ahead::NextSegment => {}
                Ahead::Nothing => return Ok(()),
            }
        }
    }
}

fn gone(error: &ReadError) -> Fault {
    match error {
        ReadError::Released { .. } => {
            Fault::new(Code::TRY_LATER, "the log was let go of meanwhile; retry after 0 ms")
        }
        error => unreadable(error),
    }
}

/// Gives the records of these groups, as long as they are taken.
fn read_of<'a>(
    groups: impl Iterator<Item = Result<Group<'a>, ReadError>>,
    take: Take<'_>,
) -> Result<(), Fault> {
    for group in groups {
        let group = group.map_err(|error| Fault::new(Code::LOG_DAMAGED, error.to_string()))?;
        for (lsn, bytes) in group.records() {
            if !take(lsn, bytes)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn unreadable(error: &dyn std::fmt::Display) -> Fault {
    Fault::new(Code::FEED_UNREADABLE, error.to_string())
}

/// What an event is rebuilt of.
#[derive(Clone, Copy)]
struct Of<'a> {
    /// Newest first.
    sets: &'a [Set],
    store: &'a Store,
    seed: TableSeed,
    /// The oldest record of the log.
    first: Lsn,
}

impl Of<'_> {
    /// `read` gives the records from one on, as long as they are taken.
    fn rebuild(
        self,
        id: EventId,
        moment: Moment,
        read: impl FnOnce(Lsn, Take<'_>) -> Result<(), Fault>,
    ) -> Result<Event, Fault> {
        let base = self.base(id, moment);
        let is_born_here = base.is_none();
        let (mut replay, from) = match base {
            Some((event, lacks)) => (Replay::from_snapshot(id, event, lacks.previous(), self.seed), lacks),
            None => (Replay::from_nothing(id, self.seed), self.first),
        };
        let trimmed = || {
            let first = self.first.0;
            let what = format!(
                "{moment} of the event is not kept any more: snapshots and log begin behind it, at record {first}"
            );
            Fault::new(Code::FEED_TRIMMED, what)
        };
        read(from, &mut |lsn, bytes| {
            if event_of(bytes) != Some(id) {
                return Ok(true);
            }
            let framed = Event::decode(bytes).map_err(|error| unreadable(&error))?;
            if moment.is_before(framed.record.version, framed.record.at) {
                return Ok(false);
            }
            match replay.record(lsn, bytes) {
                Ok(()) => Ok(true),
                // Its birth is older than the log.
                Err(ReplayError::Misfit { .. }) if is_born_here && replay.state().is_none() => Err(trimmed()),
                Err(error) => Err(Fault::new(Code::DIGEST_MISMATCH, error.to_string())),
            }
        })?;
        match replay.finish() {
            Some((event, _)) => Ok(event),
            None if self.first > Lsn(1) => Err(trimmed()),
            None => Err(Fault::new(Code::BAD_NUMBER, format!("the event was not there yet: {moment}"))),
        }
    }

    /// The newest snapshot of the event that is no newer than the moment, with the first record that it lacks.
    fn base(self, id: EventId, moment: Moment) -> Option<(Event, Lsn)> {
        let usable = self.sets.iter().filter(|set| set.lacks_from(id) >= self.first);
        usable.filter_map(|set| Some((set.entry(id)?, set.lacks_from(id)))).find_map(|(entry, lacks)| {
            // One that is damaged is passed over: an alarm of the checkpointer tells of it.
            let event: Event = restore_entry(self.store, entry, self.seed).ok()?;
            (!moment.is_before(event.version(), event.last_at())).then_some((event, lacks))
        })
    }
}
