//! Consumer groups of streams: how far each is, which entries are with which consumer and are not acknowledged yet.
//!
//! All of it is a part of the system event. What an entry says does not stand here: it is read from the feed. Records name entries by
//! their places, as ranges, so that a batch is one small record. Only of what was put aside after its last try there is a copy.

mod care;
mod changes;
mod check;
mod claims;
mod dead;
mod decide;
mod group;
mod ranges;
mod returned;
mod serial;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use bincode::{Decode, Encode};

use crate::numbers::At;

pub use care::{Care, DueEntry, PauseCause, Paused, Retried, Tally, Terms};
pub use changes::{Counted, DeadAct, GroupChange, Opening, Takeover};
pub use claims::{Claim, Claimed, Given};
pub use dead::{Chosen, DeadLetter, Death, DeathCause, WhichDead};
pub use decide::{Delivered, GroupBounds};
pub use group::{Consumer, Generation, Group, GroupId, GroupPlace, GroupStream, Pending};
pub use ranges::{Batch, Ranges};
pub use returned::Return;
pub use serial::{Subject, Subjects};

/// The groups that there are.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Groups {
    all: BTreeMap<GroupId, Group>,
    /// The same, found by stream and name.
    names: BTreeMap<(GroupStream, Box<str>), GroupId>,
    /// The sum of the digests of all of them.
    digest: u64,
}

/// A part of a snapshot. New variants go last.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) enum GroupPiece {
    /// A group, without what follows.
    Head(group::Head),
    /// A consumer of the group before it: its number, its name, and when it was given something last.
    Consumer(u32, Box<str>, At),
    /// Entries of the group before it that are not acknowledged, by their places.
    Pending(Vec<(u64, Pending)>),
    /// The terms of the group before it, and what became of what it gave out. It stands before consumers and entries.
    Care(Box<(Terms, Tally, Option<Paused>)>),
    /// An entry of the group before it that was put aside, by its place.
    Dead(u64, Box<DeadLetter>),
    /// What entries of the group before it are about that are not acknowledged, by their places. They stand before these.
    About(Vec<(u64, Subjects)>),
    /// What the group before it is given, as it is a generation of another one. It stands right behind the terms.
    Generation(Box<Generation>),
}

/// Entries in one piece of a snapshot.
const PENDING_PER_PIECE: usize = 1_000;

impl Groups {
    /// The group of this name; `None` if the stream has none.
    #[must_use]
    pub fn find(&self, stream: &GroupStream, name: &str) -> Option<&Group> {
        self.all.get(self.names.get(&(stream.clone(), name.into()))?)
    }

    /// The group of this number; `None` if it is there no more.
    #[must_use]
    pub fn get(&self, id: GroupId) -> Option<&Group> {
        self.all.get(&id)
    }

    /// All of them, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = &Group> {
        self.all.values()
    }

    /// Those of a stream, in the order of their names.
    pub fn of(&self, stream: &GroupStream) -> impl Iterator<Item = &Group> {
        let from = (stream.clone(), Box::default());
        let of_it = self.names.range(from..).take_while(move |((of, _), _)| of == stream);
        of_it.filter_map(|(_, id)| self.all.get(id))
    }

    pub(super) const fn digest(&self) -> u64 {
        self.digest
    }

    /// The pieces of a snapshot: none if there are no groups.
    pub(super) fn pieces(&self) -> impl Iterator<Item = GroupPiece> {
        self.iter().flat_map(|group| {
            let consumers = group.consumers().map(|(number, consumer)| {
                GroupPiece::Consumer(number, consumer.name().into(), consumer.active_at())
            });
            let pending = in_parts(group.rows()).map(GroupPiece::Pending);
            let about = group.care().into_iter().flat_map(Care::about);
            let about = in_parts(about.map(|(place, about)| (place, about.clone()))).map(GroupPiece::About);
            let care = group.care().map(|care| GroupPiece::Care(Box::new(care.head())));
            let dead = group.care().into_iter().flat_map(|care| &care.dead);
            let dead = dead.map(|(place, letter)| GroupPiece::Dead(*place, Box::new(letter.clone())));
            let generation = group.generation().cloned().map(|one| GroupPiece::Generation(Box::new(one)));
            let head = [GroupPiece::Head(group.head.clone())].into_iter().chain(care).chain(generation);
            head.chain(consumers).chain(about).chain(pending).chain(dead)
        })
    }

    /// Takes in a piece that a snapshot has.
    ///
    /// # Errors
    /// If it does not fit to those before.
    pub(super) fn restore(&mut self, piece: GroupPiece) -> Result<(), String> {
        match piece {
            GroupPiece::Head(head) => {
                let is_behind = self.all.last_key_value().is_none_or(|(last, _)| *last < head.id);
                if !is_behind || self.find(&head.stream, &head.name).is_some() {
                    return Err("a group is not behind the one before, or has its name".to_owned());
                }
                self.put(Group::of(head));
            }
            GroupPiece::Consumer(number, name, active_at) => {
                let mut group = self.last()?;
                let fits = group.restore_consumer(number, name, active_at);
                self.put(group);
                fits?;
            }
            GroupPiece::Care(care) => {
                let group = self.last()?;
                if group.care.is_some() || group.pending_count() > 0 {
                    return Err("the terms of a group stand twice, or behind its entries".to_owned());
                }
                self.put(group.with(Care::of(*care)));
            }
            GroupPiece::Generation(generation) => {
                let group = self.last()?;
                if group.generation.is_some() || group.pending_count() > 0 {
                    return Err("what a generation is given stands twice, or behind its entries".to_owned());
                }
                self.put(group.with_generation(*generation));
            }
            GroupPiece::Dead(place, letter) => {
                let mut group = self.last()?;
                if group.care().is_none_or(|care| care.dead.contains_key(&place)) {
                    return Err("a dead letter is of a group that has none, or stands twice".to_owned());
                }
                group.put_letter(place, *letter);
                self.put(group);
            }
            GroupPiece::About(rows) => {
                let mut group = self.last()?;
                if !group.is_serial() || group.pending_count() > 0 {
                    return Err(
                        "what entries are about is of a group that keeps no order, or behind them".to_owned()
                    );
                }
                group.knows(rows);
                self.put(group);
            }
            GroupPiece::Pending(rows) => {
                let mut group = self.last()?;
                let fits = group.restore_pending(rows);
                self.put(group);
                fits?;
            }
        }
        Ok(())
    }

    /// Takes out the group whose pieces are being taken in.
    fn last(&mut self) -> Result<Group, String> {
        let id = self.all.last_key_value().map(|(id, _)| *id);
        id.and_then(|id| self.take(id)).ok_or_else(|| "a piece is of no group".to_owned())
    }

    fn put(&mut self, group: Group) {
        self.digest = self.digest.wrapping_add(group.digest());
        self.names.insert((group.head.stream.clone(), group.head.name.clone()), group.head.id);
        self.all.insert(group.head.id, group);
    }

    fn take(&mut self, id: GroupId) -> Option<Group> {
        let group = self.all.remove(&id)?;
        self.digest = self.digest.wrapping_sub(group.digest());
        self.names.remove(&(group.head.stream.clone(), group.head.name.clone()));
        Some(group)
    }
}

/// What a piece has room for, in turn.
fn in_parts<T>(mut rows: impl Iterator<Item = T>) -> impl Iterator<Item = Vec<T>> {
    std::iter::from_fn(move || {
        let part: Vec<_> = rows.by_ref().take(PENDING_PER_PIECE).collect();
        (!part.is_empty()).then_some(part)
    })
}
