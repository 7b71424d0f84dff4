//! What is true of consumer groups, however they came about.

use super::group::Group;
use super::{GroupStream, Groups};
use crate::limits;

impl Groups {
    /// Checks what is true of all groups.
    ///
    /// # Errors
    /// What is not.
    pub(in crate::system) fn check(&self, version: u64) -> Result<(), String> {
        if self.all.len() > limits::GROUPS_MAX || self.names.len() != self.all.len() {
            return Err("there are too many groups, or two of one name".to_owned());
        }
        for group in self.iter() {
            let name = group.name();
            if self.find(group.stream(), name).map(Group::id) != Some(group.id()) {
                return Err(format!("the group {name} is not found by its name"));
            }
            group.check(version).map_err(|broken| format!("the group {name} {broken}"))?;
        }
        let mut again = Self::default();
        self.pieces().try_for_each(|piece| again.restore(piece))?;
        if again == *self { Ok(()) } else { Err("the indexes or the digest of groups are wrong".to_owned()) }
    }
}

impl Group {
    fn check(&self, version: u64) -> Result<(), &'static str> {
        let of_consumers: usize = self.consumers().map(|(_, consumer)| consumer.pending()).sum();
        let of_nobody = self.rows().filter(|(_, pending)| pending.consumer == Self::NOBODY).count();
        let letters = self.care().into_iter().flat_map(|care| &care.dead);
        let out =
            |(place, letter): (&u64, &super::DeadLetter)| letter.is_out == self.pending.contains_key(place);
        let times_grow = match self.stream() {
            GroupStream::All => self.rows().all(|(_, pending)| pending.time == 0),
            GroupStream::Event(_) => self.rows().map(|(_, pending)| pending.time).is_sorted(),
        };
        let mut about = self.care().into_iter().flat_map(super::Care::about);
        let rules = [
            (self.id().0 <= version, "is ahead of the system event"),
            (self.consumers.len() <= limits::GROUP_CONSUMERS_MAX, "has too many consumers"),
            (self.consumers.keys().all(|number| *number < self.head.next_consumer), "gives a number twice"),
            (self.pending.len() <= limits::GROUP_PENDING_MAX, "has too much that is not acknowledged"),
            (of_consumers + of_nobody == self.pending.len(), "has an entry with two consumers, or with none"),
            (letters.into_iter().all(out), "has an entry that is put aside and is not, or neither"),
            (times_grow, "has entries out of order"),
            (about.all(|(place, _)| self.pending.contains_key(&place)), "waits for what is not pending"),
        ];
        rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, broken)| Err(*broken))
    }
}
