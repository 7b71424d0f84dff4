//! One event from whatever the disk has of it, or from its image in memory, and the sealed log since.

use holdfast_wal::Lsn;

use super::Checkpointer;
use super::outcome::{CheckpointError, Image};
use crate::codec::event_of;
use crate::numbers::EventId;
use crate::restore::replay::{Replay, guarded};
use crate::restore::restorable::Restorable;
use crate::restore::sets::{Found, Set, restore_entry};
use crate::state::Event;
use crate::system::System;

impl Checkpointer {
    /// Rebuilds one event from its newest usable snapshot and the sealed log, for an actor whose event is out of
    /// service. Every record of the event must be in sealed segments.
    ///
    /// # Errors
    /// If no snapshot can be used and the log does not reach back, or a record cannot be replayed.
    pub fn rebuild(&self, id: EventId) -> Result<Event, CheckpointError> {
        self.rebuild_as(id)
    }

    /// As [`Checkpointer::rebuild`], of the system event.
    ///
    /// # Errors
    /// As [`Checkpointer::rebuild`].
    pub fn rebuild_system(&self) -> Result<System, CheckpointError> {
        self.rebuild_as(EventId::SYSTEM)
    }

    fn rebuild_as<C: Restorable>(&self, id: EventId) -> Result<C, CheckpointError> {
        let Found { sets, mut alarms, .. } = Set::find(&self.store)?;
        self.rebuild_from(&sets, id, None, &mut alarms)
    }

    pub(super) fn go_on<C: Restorable>(
        &self,
        id: EventId,
        image: &Image,
        since: Option<&Vec<(Lsn, &[u8])>>,
    ) -> Result<C, CheckpointError> {
        let chunks = image.chunks.iter().map(Vec::as_slice);
        let event = guarded(|| C::read(chunks, self.seed).map_err(|error| error.to_string()))
            .map_err(|what| CheckpointError::Event { event: id, what })?;
        let replay = Replay::from_snapshot(id, event, image.upto, self.seed);
        finish(id, replay, since.map_or(&[], Vec::as_slice))
    }

    /// Rebuilds an event from its newest snapshot and the records since. If that cannot be used: from an older
    /// snapshot or from nothing, and more of the log. `since` are its sealed records after the newest set, if they
    /// are at hand.
    pub(super) fn rebuild_from<C: Restorable>(
        &self,
        sets: &[Set],
        id: EventId,
        since: Option<&Vec<(Lsn, &[u8])>>,
        alarms: &mut Vec<String>,
    ) -> Result<C, CheckpointError> {
        let mut reasons = Vec::new();
        let mut through = |replay: Replay<C>, from: Lsn, is_newest: bool| match since {
            Some(records) if is_newest => Some(finish(id, replay, records)),
            _ => match self.through_the_log(id, replay, from) {
                Err(CheckpointError::Log(fault)) => {
                    reasons.push(fault.to_string());
                    None
                }
                done => Some(done),
            },
        };
        let newest = |set: &Set| set.lsn() == sets[0].lsn() && !set.notes.behind.contains_key(&id);
        for set in sets {
            let Some(entry) = set.entry(id) else { continue };
            match restore_entry(&self.store, entry, self.seed) {
                Ok(event) => {
                    let from = set.lacks_from(id);
                    let replay = Replay::from_snapshot(id, event, Lsn(from.0 - 1), self.seed);
                    if let Some(done) = through(replay, from, newest(set)) {
                        return done;
                    }
                }
                Err(reason) => {
                    alarms.push(format!("the snapshot of event {id} at {:?}: {reason}", set.lsn()));
                }
            }
        }
        // Events are never removed, so a set that does not name this event is older than the event.
        let older = sets.iter().find(|set| set.entry(id).is_none());
        let from = older.map_or(Lsn(1), |set| set.lacks_from(id));
        let is_newest = older.map_or(sets.is_empty(), newest);
        through(Replay::from_nothing(id, self.seed), from, is_newest)
            .unwrap_or_else(|| Err(CheckpointError::Damaged { event: id, what: reasons.join("; ") }))
    }

    fn through_the_log<C: Restorable>(
        &self,
        id: EventId,
        mut replay: Replay<C>,
        from: Lsn,
    ) -> Result<C, CheckpointError> {
        let sealed = self.log.read_sealed(from)?;
        for group in sealed.groups(from) {
            for (lsn, bytes) in group?.records() {
                if event_of(bytes) == Some(id) {
                    replay.record(lsn, bytes)?;
                }
            }
        }
        finish(id, replay, &[])
    }
}

fn finish<C: Restorable>(
    id: EventId,
    mut replay: Replay<C>,
    records: &[(Lsn, &[u8])],
) -> Result<C, CheckpointError> {
    for (lsn, bytes) in records {
        replay.record(*lsn, bytes)?;
    }
    let done = replay.finish().map(|(event, _)| event);
    done.ok_or_else(|| CheckpointError::Event { event: id, what: "it has no records".to_owned() })
}
