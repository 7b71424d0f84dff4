//! From records back to an event: the code that recovery, the checkpointer and rebuilding share.
//!
//! Replay knows no rules: it applies what happened and compares the digest after each record with the digest that was
//! logged. So a defect, of the program or of the machine, shows at the very record where it struck.

use std::panic::{AssertUnwindSafe, catch_unwind};

use holdfast_wal::Lsn;

use crate::codec::{Framed, RecordError};
use crate::numbers::EventId;
use crate::restore::restorable::{Logged, Restorable};
use crate::state::{Event, Name, Needs, Stage, TableSeed};

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

/// A sale on its way from a snapshot, or from nothing, through its records; or the system event.
#[derive(Debug)]
pub struct Replay<C = Event> {
    id: EventId,
    state: Option<C>,
    /// The newest record whose change is in the state.
    upto: Lsn,
    seed: TableSeed,
}

impl<C: Restorable> Replay<C> {
    /// A replay that starts from nothing: the first record must be one to begin with.
    #[must_use]
    pub const fn from_nothing(id: EventId, seed: TableSeed) -> Self {
        Self { id, state: None, upto: Lsn::ZERO, seed }
    }

    /// A replay that starts from a snapshot, which holds everything up to `upto`.
    #[must_use]
    pub const fn from_snapshot(id: EventId, state: C, upto: Lsn, seed: TableSeed) -> Self {
        Self { id, state: Some(state), upto, seed }
    }

    /// Applies the next record. A record that is in the snapshot already is passed over.
    ///
    /// # Errors
    /// If the record cannot be read, does not fit, or leads to another state than it did when it was logged. The
    /// state is of no use then.
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
    pub(crate) fn read(&self, lsn: Lsn, bytes: &[u8]) -> Result<Option<C::Framed>, ReplayError> {
        if lsn <= self.upto {
            return Ok(None);
        }
        let event = self.id;
        C::decode(bytes).map(Some).map_err(|source| ReplayError::Record { lsn, event, source })
    }

    /// Applies a record that was read, the next one in order. Panics if the record does not fit: see [`guarded`].
    ///
    /// The assert cannot fire: [`Replay::read`] passes over records that are in the state, and the log gives records
    /// in order.
    pub(crate) fn take(&mut self, lsn: Lsn, framed: &C::Framed) -> Result<(), ReplayError> {
        assert!(lsn > self.upto, "records are applied in the order of the log");
        let found = self.apply(framed).map_err(|what| self.misfit(lsn, what))?;
        let (version, logged) = framed.stamp();
        if found != logged {
            return Err(ReplayError::Digest { lsn, event: self.id, version, found, logged });
        }
        self.upto = lsn;
        Ok(())
    }

    pub(crate) const fn misfit(&self, lsn: Lsn, what: String) -> ReplayError {
        ReplayError::Misfit { lsn, event: self.id, what }
    }

    fn apply(&mut self, framed: &C::Framed) -> Result<u64, String> {
        match &mut self.state {
            None => Ok(self.state.insert(C::begin(framed, self.seed)?).digest()),
            Some(state) => {
                state.take(framed);
                Ok(state.digest())
            }
        }
    }

    /// The state as it is now, and the newest record that is in it; `None` if there was no record.
    #[must_use]
    pub fn finish(self) -> Option<(C, Lsn)> {
        let upto = self.upto;
        self.state.map(|state| (state, upto))
    }

    /// The state as it is now; `None` if there was no record.
    pub(crate) const fn state(&self) -> Option<&C> {
        self.state.as_ref()
    }

    /// The name of the event, if it is known. A record that could not be applied does not change it.
    pub(crate) fn name(&self) -> Option<&Name> {
        self.state.as_ref().and_then(C::name)
    }

    /// The newest record whose change is in the state.
    #[must_use]
    pub const fn upto(&self) -> Lsn {
        self.upto
    }
}

impl Replay {
    /// Prefetches the memory that applying the record will need.
    pub(crate) fn prefetch(&self, stage: Stage, framed: &Framed) {
        // A record that does not fit the event's map is noticed when it is applied.
        if let Some(event) = &self.state {
            event.prefetch(stage, Needs::from(&framed.record));
        }
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
