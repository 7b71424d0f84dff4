//! From records back to an event: the code that recovery, the checkpointer and rebuilding share.
//!
//! Replay knows no rules: it applies what happened and compares the digest after each record with the digest that was
//! logged. So a defect, of the program or of the machine, shows at the very record where it struck.

use std::panic::{AssertUnwindSafe, catch_unwind};

use holdfast_wal::Lsn;

use crate::codec::{Framed, RecordError, decode_record};
use crate::numbers::EventId;
use crate::state::{Change, Created, Event, Name, Needs, Record, Stage, TableSeed};

/// Why a record could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The bytes are no record.
    #[error("{lsn:?} (event {event}): {source}")]
    Record {
        /// The record.
        lsn: Lsn,
        /// Its event.
        event: EventId,
        /// What is wrong with the bytes.
        source: RecordError,
    },
    /// The state after the record is not the one that was logged.
    #[error(
        "{lsn:?} (event {event}, version {version}): the digest after replaying it is {found:016x}, logged is {logged:016x}"
    )]
    Digest {
        /// The record.
        lsn: Lsn,
        /// Its event.
        event: EventId,
        /// The version that it makes.
        version: u64,
        /// The digest after replaying it.
        found: u64,
        /// The digest that was logged.
        logged: u64,
    },
    /// The record does not fit the state before it.
    #[error("{lsn:?} (event {event}): the record does not fit the state before it: {what}")]
    Misfit {
        /// The record.
        lsn: Lsn,
        /// Its event.
        event: EventId,
        /// What does not fit.
        what: String,
    },
}

/// An event on its way from a snapshot, or from nothing, through its records.
#[derive(Debug)]
pub struct Replay {
    id: EventId,
    event: Option<Event>,
    /// The newest record whose change is in the event.
    upto: Lsn,
    seed: TableSeed,
}

impl Replay {
    /// A replay that starts from nothing: the first record must create the event.
    #[must_use]
    pub const fn from_nothing(id: EventId, seed: TableSeed) -> Self {
        Self { id, event: None, upto: Lsn::ZERO, seed }
    }

    /// A replay that starts from a snapshot, which holds everything up to `upto`.
    #[must_use]
    pub const fn from_snapshot(id: EventId, event: Event, upto: Lsn, seed: TableSeed) -> Self {
        Self { id, event: Some(event), upto, seed }
    }

    /// Applies the next record. A record that is in the snapshot already is passed over.
    ///
    /// # Errors
    /// If the record cannot be read, does not fit, or leads to another state than it did when it was logged. The
    /// event is of no use then.
    pub fn record(&mut self, lsn: Lsn, bytes: &[u8]) -> Result<(), ReplayError> {
        match self.read(lsn, bytes)? {
            Some(framed) => match guarded(|| Ok(self.take(lsn, &framed))) {
                Ok(taken) => taken,
                Err(panic) => Err(self.misfit(lsn, panic)),
            },
            None => Ok(()),
        }
    }

    /// Reads a record; `None` if it is in the snapshot already.
    pub(crate) fn read(&self, lsn: Lsn, bytes: &[u8]) -> Result<Option<Framed>, ReplayError> {
        if lsn <= self.upto {
            return Ok(None);
        }
        let event = self.id;
        decode_record(bytes).map(Some).map_err(|source| ReplayError::Record { lsn, event, source })
    }

    /// Prefetches the memory that applying the record will need.
    pub(crate) fn prefetch(&self, stage: Stage, framed: &Framed) {
        // A record that does not fit the event's map is noticed when it is applied.
        if let Some(event) = &self.event {
            event.prefetch(stage, Needs::from(&framed.record));
        }
    }

    /// Applies a record that was read, the next one in order. Panics if the record does not fit: see [`guarded`].
    ///
    /// The assert cannot fire: [`Replay::read`] passes over records that are in the event, and the log gives records
    /// in order.
    pub(crate) fn take(&mut self, lsn: Lsn, framed: &Framed) -> Result<(), ReplayError> {
        assert!(lsn > self.upto, "records are applied in the order of the log");
        let found = self.apply(framed).map_err(|what| self.misfit(lsn, what))?;
        if found != framed.digest {
            let (event, version) = (self.id, framed.record.version);
            return Err(ReplayError::Digest { lsn, event, version, found, logged: framed.digest });
        }
        self.upto = lsn;
        Ok(())
    }

    pub(crate) const fn misfit(&self, lsn: Lsn, what: String) -> ReplayError {
        ReplayError::Misfit { lsn, event: self.id, what }
    }

    fn apply(&mut self, framed: &Framed) -> Result<u64, String> {
        let record = &framed.record;
        match (&mut self.event, &record.change) {
            (None, Change::Created(created)) => self.create(created, record),
            (None, Change::OldCreated(created)) => self.create(&(**created).clone().into(), record),
            (None, change) => Err(format!("{} before the event was created", change.word())),
            (Some(event), _) => {
                event.apply(record);
                Ok(event.digest())
            }
        }
    }

    fn create(&mut self, created: &Created, record: &Record) -> Result<u64, String> {
        let mut event = Event::create(created, record.at, self.seed)?;
        event.apply_creation(record);
        Ok(self.event.insert(event).digest())
    }

    /// The event as it is now, and the newest record that is in it; `None` if there was no record.
    #[must_use]
    pub fn finish(self) -> Option<(Event, Lsn)> {
        let upto = self.upto;
        self.event.map(|event| (event, upto))
    }

    /// The name of the event, if it is known. A record that could not be applied does not change it.
    pub(crate) fn name(&self) -> Option<&Name> {
        self.event.as_ref().map(Event::name)
    }

    /// The newest record whose change is in the event.
    #[must_use]
    pub const fn upto(&self) -> Lsn {
        self.upto
    }
}

/// A record that was read and waits to be applied, with the place of its event among those that are replayed.
pub(crate) type Ahead = (usize, Lsn, Framed);

/// Applies records from `at` on. If one cannot be applied, `at` is left at that record.
pub(crate) fn take_from(
    at: &mut usize,
    ahead: &[Ahead],
    replays: &mut [(EventId, Option<Replay>)],
) -> Result<(), ReplayError> {
    while let Some((place, lsn, framed)) = ahead.get(*at) {
        for (stage, distance) in Stage::BEHIND_THE_INDEX {
            if let Some((place, _, framed)) = ahead.get(*at + distance)
                && let Some(replay) = &replays[*place].1
            {
                replay.prefetch(stage, framed);
            }
        }
        if let Some(replay) = &mut replays[*place].1 {
            replay.take(*lsn, framed)?;
        }
        *at += 1;
    }
    Ok(())
}

/// Runs work on one event that may turn out to be impossible. A panic becomes an error of this event, so that the other
/// events go on.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(reason(&*panic)))
}

pub(crate) fn reason(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".to_owned())
}
