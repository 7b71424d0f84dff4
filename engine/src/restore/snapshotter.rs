//! One try at a snapshot: room first, then what is appended is sealed, then the sets, then what only memory has.
//!
//! No clock and no thread of its own: whoever drives it decides when it tries, and how it waits for a segment to be sealed.

use holdfast_wal::Log;

use crate::catalogue::Code;
use crate::numbers::EventId;
use crate::restore::checkpoint::{CheckpointError, CheckpointReport, Checkpointer, Image, Images};

/// The events as their actors have them in memory: what a snapshot is made from where the disk has nothing left to make it
/// from.
pub trait Memory {
    /// Every event; `None` if one of them is out of service.
    fn events(&self) -> Option<Vec<EventId>>;
    /// One of them; `None` if it is out of service.
    fn image(&self, event: EventId) -> Option<Image>;
}

/// Tries to make snapshots, and remembers from one try to the next what there was no room for.
#[derive(Debug)]
pub struct Snapshotter {
    checkpointer: Checkpointer,
    log: Log,
    segment_bytes: u64,
    /// What the last snapshot took that had no room, bytes: as long as there is none, nothing is sealed for the next.
    needed: u64,
}

impl Snapshotter {
    /// For this log, a segment of which takes so many bytes.
    #[must_use]
    pub const fn new(checkpointer: Checkpointer, log: Log, segment_bytes: u64) -> Self {
        Self { checkpointer, log, segment_bytes, needed: 0 }
    }

    /// What makes them.
    #[must_use]
    pub const fn checkpointer(&self) -> &Checkpointer {
        &self.checkpointer
    }

    /// Makes a snapshot of all that is appended by now. `None` if nothing is new and nothing is wrong.
    ///
    /// `seal` returns once everything that is appended stands in sealed segments; `memory` is asked for what nothing
    /// but memory has any more. `tell` gets each report, of which there may be two.
    ///
    /// # Errors
    /// If any step fails; what was there before is untouched.
    pub fn try_once(
        &mut self,
        seal: &mut dyn FnMut() -> Result<(), CheckpointError>,
        memory: &dyn Memory,
        tell: &mut dyn FnMut(&CheckpointReport),
    ) -> Result<Option<CheckpointReport>, CheckpointError> {
        let made = self.make(seal, memory, tell);
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
        tell: &mut dyn FnMut(&CheckpointReport),
    ) -> Result<Option<CheckpointReport>, CheckpointError> {
        if self.has_room_to_seal()? {
            seal()?;
        }
        let made = match self.checkpointer.run() {
            Err(CheckpointError::NoSets) => {
                let all = all_of(memory)?;
                seal()?;
                self.checkpointer.run_with(&all)
            }
            made => made,
        };
        let Some(mut report) = made? else { return Ok(None) };
        tell(&report);
        let images: Images =
            report.only_in_memory.iter().filter_map(|&event| Some((event, memory.image(event)?))).collect();
        if !images.is_empty() {
            // What is in the images is durable, and in the log that is read, before a snapshot of it is made.
            seal()?;
            if let Some(made) = self.checkpointer.run_with(&images)? {
                tell(&made);
                report = made;
            }
        }
        Ok(Some(report))
    }

    /// A try costs a segment of log, so there is none as long as it is known to be in vain. On a disk that is full of this
    /// log, a snapshot is made of what is sealed already.
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

    /// Lets go of log that was kept for the feeds, as long as the disk runs full or has no room for so many bytes: the
    /// feeds lose it before the sale loses holds, or the events their snapshots.
    pub fn relieve(&self, needed: u64) {
        match self.checkpointer.relieve(needed) {
            Ok(0) => {}
            Ok(segments) => {
                tracing::warn!(
                    segments,
                    "the disk is almost full: log that was kept for the feeds is let go of"
                );
            }
            Err(error) => tracing::error!(%error, "log that was kept for the feeds cannot be let go of"),
        }
    }
}

/// Every event, or none: a set without one of them would take what is left of it.
fn all_of(memory: &dyn Memory) -> Result<Images, CheckpointError> {
    tracing::error!(
        code = %Code::SNAPSHOTS_DAMAGED,
        "no set of snapshots can be used, and the log does not reach back: all events are saved from memory"
    );
    let events = memory.events().ok_or(CheckpointError::NotInMemory)?;
    let image = |event| Some((event, memory.image(event)?));
    events.into_iter().map(image).collect::<Option<Images>>().ok_or(CheckpointError::NotInMemory)
}
