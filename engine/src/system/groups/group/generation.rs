//! A generation: a group that is given a part of a stream once more, beside the group whose terms it has.
//!
//! It ends by itself: behind its last entry it is given nothing. The group that it is of stays as it is.

use bincode::{Decode, Encode};

use super::super::{GroupBounds, GroupChange, Groups, Opening};
use super::Group;
use crate::fault::Fault;
use crate::numbers::EntryId;

/// What a generation is given.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Generation {
    /// The name of the group that it is of, of the same stream.
    pub of: Box<str>,
    /// The number of the execution that began it: no two generations have the same.
    pub number: u64,
    /// It begins behind this id.
    pub from: EntryId,
    /// The last entry that it is given.
    pub until: EntryId,
    /// Only what names this order or payment; all, if none is named.
    pub only: Option<Box<str>>,
}

impl Groups {
    /// There is to be a generation of a group.
    ///
    /// # Errors
    /// If there is a group of its name, or there are too many.
    pub fn generate(
        &self,
        opening: Opening,
        generation: Generation,
        bounds: GroupBounds,
    ) -> Result<GroupChange, Fault> {
        self.has_room((&opening.stream, &opening.name), bounds)?;
        Ok(GroupChange::Generated(Box::new((opening, generation))))
    }
}

impl Group {
    /// What it is given, if it is a generation of another group.
    #[must_use]
    pub fn generation(&self) -> Option<&Generation> {
        self.generation.as_deref()
    }

    /// Whether it was given its last entry, and so needs nothing more of its stream.
    #[must_use]
    pub fn is_at_its_end(&self) -> bool {
        self.generation().is_some_and(|generation| self.place().behind >= generation.until)
    }

    /// Of the entries that it is given, how many are done or passed over, and how many there are. In the stream of all events records are
    /// counted, also those that are no entries.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        let Some(Generation { from, until, .. }) = self.generation() else { return (0, 0) };
        let place = |id: EntryId| self.stream().row(id).0;
        let of = place(*until).saturating_sub(place(*from));
        let passed = place(self.place().behind).saturating_sub(place(*from)).min(of);
        (passed.saturating_sub(self.pending_count() as u64), of)
    }
}
