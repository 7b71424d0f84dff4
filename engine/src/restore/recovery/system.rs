//! The system event is brought back apart from the sales: whatever is wrong with it, they start.

use holdfast_wal::Lsn;

use super::outcome::RestoredSystem;
use super::{Base, Worked};
use crate::catalogue::Code;
use crate::numbers::EventId;
use crate::restore::sets::Set;
use crate::system::System;

impl Base<'_> {
    /// From its snapshot, or from nothing, through its records of the log. A directory that has neither is new, or
    /// from before there was one.
    pub(super) fn bring_back_system(&self, records: &[(Lsn, &[u8])], worked: &mut Worked) {
        let id = EventId::SYSTEM;
        // Where it is behind without an entry, there was something, and what is left of it may be gone.
        let is_known = |set: &Set| set.entry(id).is_some() || set.notes.behind.contains_key(&id);
        if records.is_empty() && !self.sources.snapshots.sets.first().is_some_and(is_known) {
            return;
        }
        let Some(mut replay) = self.begin::<System>(id, worked) else { return };
        let replayed = records.iter().try_for_each(|(lsn, bytes)| replay.record(*lsn, bytes));
        let after = self.sources.snapshots.newest();
        let newer = records.iter().map(|(lsn, _)| *lsn).filter(|lsn| *lsn > after).collect();
        let done = match replayed {
            Ok(()) => self.finish(id, replay),
            Err(error) => Err(self.lost(id, None, Code::DIGEST_MISMATCH, error.to_string())),
        };
        match done {
            Ok((system, last_lsn)) => {
                worked.system = RestoredSystem::There { system: Box::new(system), last_lsn, newer };
            }
            Err(lost) => worked.lost.push(lost),
        }
    }
}
