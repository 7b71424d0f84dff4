//! One try at a snapshot: makes room, seals what was appended, and makes the set, with what only memory has.
//!
//! It has no clock and no thread of its own: its caller decides when to try, and how to wait for a segment to be sealed.

use holdfast_wal::Log;

use crate::catalogue::Code;
use crate::restore::checkpoint::{CheckpointError, CheckpointReport, Checkpointer, Images, Memory};

/// Tries to make snapshots, and remembers the size of one that had no room.
#[derive(Debug)]
pub struct Snapshotter {
    checkpointer: Checkpointer,
    log: Log,
    segment_bytes: u64,
    /// The size of the last snapshot if it had no room, bytes; else 0. As long as there is no room for this much, no
    /// segment is sealed for the next try.
    needed: u64,
}

impl Snapshotter {
    /// A snapshotter for this log, with segments of this many bytes.
    #[must_use]
    pub const fn new(checkpointer: Checkpointer, log: Log, segment_bytes: u64) -> Self {
        Self { checkpointer, log, segment_bytes, needed: 0 }
    }

    /// The checkpointer that makes the snapshots.
    #[must_use]
    pub const fn checkpointer(&self) -> &Checkpointer {
        &self.checkpointer
    }

    /// Makes a snapshot of all that is appended by now. `None` if nothing is new and nothing is wrong.
    ///
    /// `seal` returns once everything that is appended is in sealed segments. `memory` is asked for the events that
    /// nothing on the disk restores.
    ///
    /// # Errors
    /// If any step fails; the sets that were there before are untouched.
    pub fn try_once(
        &mut self,
        seal: &mut dyn FnMut() -> Result<(), CheckpointError>,
        memory: &dyn Memory,
    ) -> Result<Option<CheckpointReport>, CheckpointError> {
        let made = self.make(seal, memory);
        match made {
            Ok(_) => self.needed = 0,
            Err(CheckpointError::NoRoom { needed, .. }) => self.needed = needed,
            Err(_) => {}
        }
        made
    }

    fn make(
        &self,
        seal: &mut dyn FnMut() -> Result<(), CheckpointError>,
        memory: &dyn Memory,
    ) -> Result<Option<CheckpointReport>, CheckpointError> {
        let made = if self.has_room_to_seal()? {
            seal()?;
            self.checkpointer.run_asking(memory, seal)
        } else {
            // Without room for one more segment nothing can be made of what memory has.
            self.checkpointer.run()
        };
        match made {
            Err(CheckpointError::NoSets) => {
                let all = all_of(memory)?;
                seal()?;
                self.checkpointer.run_with_all(all)
            }
            made => made,
        }
    }

    /// Whether a segment may be sealed for this try. Sealing costs a segment of log, so it is an error if the try is
    /// known to be in vain. False on a disk that is full of this log: then a snapshot is made of what is sealed
    /// already, to remove log.
    fn has_room_to_seal(&self) -> Result<bool, CheckpointError> {
        let is_sealed = self.log.sealed_upto() >= self.log.appended();
        let needed = self.needed + if is_sealed { 0 } else { self.segment_bytes };
        self.relieve(needed);
        match self.checkpointer.room_for(needed, 0) {
            Err(CheckpointError::NoRoom { free, reserve, .. }) => {
                let (needed, lets_go) = (self.needed, self.checkpointer.lets_go()?);
                let no_room = CheckpointError::NoRoom { needed, free, reserve };
                if lets_go == 0 {
                    Err(no_room)
                } else {
                    self.checkpointer.room_for(needed, lets_go).map(|()| false)
                }
            }
            done => done.map(|()| true),
        }
    }

    /// Removes log that no sale needs, as long as the disk is nearly full or has no room for `needed` bytes.
    /// Feeds lose their log before sales lose new holds, and before events lose their snapshots.
    pub fn relieve(&self, needed: u64) {
        match self.checkpointer.relieve(needed) {
            Ok(0) => {}
            Ok(segments) => {
                tracing::warn!(segments, "the disk is almost full: log that no sale needs is let go of");
            }
            Err(error) => tracing::error!(%error, "log that no sale needs cannot be let go of"),
        }
    }
}

/// The images of all events, or an error: a set that lacks an event would replace the last that is left of it.
fn all_of(memory: &dyn Memory) -> Result<Images, CheckpointError> {
    tracing::error!(
        code = %Code::SNAPSHOTS_DAMAGED,
        "no set of snapshots can be used, and the log does not reach back: all events are saved from memory"
    );
    let events = memory.events().ok_or(CheckpointError::NotInMemory)?;
    let image = |event| Some((event, memory.image(event)?));
    events.into_iter().map(image).collect::<Option<Images>>().ok_or(CheckpointError::NotInMemory)
}
