//! From records back to an event: the code that recovery, the checkpointer and rebuilding share.
//!
//! Replay knows no rules: it applies what happened and compares the digest after each record with the one that was
//! logged. Whatever went wrong, in the program or in the machine, shows at the very record where it did.

use std::panic::{AssertUnwindSafe, catch_unwind};

use holdfast_wal::Lsn;

use crate::codec::{Framed, RecordError, decode_record};
use crate::numbers::EventId;
use crate::state::{Change, Event, Name, Needs, Stage, TableSeed};

/// Why a record could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The bytes are no record.
    #[error("{lsn:?} (event {event}): {source}")]
    Record {
        /// Which record.
        lsn: Lsn,
        /// Whose.
        event: EventId,
        /// Why.
        source: RecordError,
    },
    /// The state after the record is not the one that was logged.
    #[error(
        "{lsn:?} (event {event}, version {version}): the digest after replaying it is {found:016x}, logged is {logged:016x}"
    )]
    Digest {
        /// Which record.
        lsn: Lsn,
        /// Whose.
        event: EventId,
        /// The version that it makes.
        version: u64,
        /// What replaying arrived at.
        found: u64,
        /// What was logged.
        logged: u64,
    },
    /// The record does not fit the state before it.
    #[error("{lsn:?} (event {event}): the record does not fit the state before it: {what}")]
    Misfit {
        /// Which record.
        lsn: Lsn,
        /// Whose.
        event: EventId,
        /// How.
        what: String,
    },
}

/// An event on its way from a snapshot, or from nothing, through its records.
#[derive(Debug)]
pub struct Replay {
    id: EventId,
    event: Option<Event>,
    /// The newest record that is in it.
    upto: Lsn,
    seed: TableSeed,
}

impl Replay {
    /// From nothing: the first record must create the event.
    #[must_use]
    pub const fn from_nothing(id: EventId, seed: TableSeed) -> Self {
        Self { id, event: None, upto: Lsn::ZERO, seed }
    }

    /// From a snapshot that holds everything up to `upto`.
    #[must_use]
    pub const fn from_snapshot(id: EventId, event: Event, upto: Lsn, seed: TableSeed) -> Self {
        Self { id, event: Some(event), upto, seed }
    }

    /// Applies the next record; one that is in the snapshot already is passed over.
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

    /// Asks for the memory that applying the record will need, before its turn.
    pub(crate) fn prefetch(&self, stage: Stage, framed: &Framed) {
        // A record that fits no map of this event is found out when it is applied.
        if let Some(event) = &self.event {
            event.prefetch(stage, Needs::from(&framed.record));
        }
    }

    /// Applies a record that was read: the next one. It panics if the record does not fit: see [`guarded`].
    pub(crate) fn take(&mut self, lsn: Lsn, framed: &Framed) -> Result<(), ReplayError> {
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
            (None, Change::Created(created)) => {
                let mut event = Event::create(created, record.at, self.seed)?;
                event.apply_creation(record);
                Ok(self.event.insert(event).digest())
            }
            (None, change) => Err(format!("{} before the event was created", change.word())),
            (Some(event), _) => {
                event.apply(record);
                Ok(event.digest())
            }
        }
    }

    /// The event as it is now, and the newest record that is in it; `None` if there was no record.
    #[must_use]
    pub fn finish(self) -> Option<(Event, Lsn)> {
        let upto = self.upto;
        self.event.map(|event| (event, upto))
    }

    /// The name of the event, as far as it is known; a record that could not be applied does not change it.
    pub(crate) fn name(&self) -> Option<&Name> {
        self.event.as_ref().map(Event::name)
    }

    /// The newest record that is in it.
    #[must_use]
    pub const fn upto(&self) -> Lsn {
        self.upto
    }
}

/// A record that was read and waits to be applied, with the place of its event among those that are replayed.
pub(crate) type Ahead = (usize, Lsn, Framed);

/// Applies records from `at` on, which is left at the first that cannot be.
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

/// Does something with one event that may turn out to be impossible. A panic is an answer too: it is this event's fault
/// and nobody else's.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(reason(&*panic)))
}

pub(crate) fn reason(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".to_owned())
}
