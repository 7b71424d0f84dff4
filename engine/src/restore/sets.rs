//! A set of snapshots as the engine means it: the manifest, and what its opaque part says of the events.
//!
//! Most entries of a set are the state of their event at the set's LSN: they were made then, or nothing has happened
//! to the event since they were made. The others are *behind*: no snapshot of the event could be made, so an older
//! one stands in for it, and the log is kept and read from there.

use std::collections::BTreeMap;

use holdfast_snapshots::{Catalogued, Entry, Manifest, Store};
use holdfast_wal::Lsn;

use crate::numbers::EventId;
use crate::restore::note::Note;
use crate::restore::replay::guarded;
use crate::restore::restorable::Restorable;
use crate::state::{Name, TableSeed};

/// The format of what follows the first four bytes of the opaque part. A set of the first version has these four
/// bytes alone.
const FORM: u8 = 1;

/// One set of snapshots.
#[derive(Clone, Debug)]
pub(crate) struct Set {
    pub(crate) manifest: Manifest,
    pub(crate) notes: Notes,
}

/// What a set says besides its entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notes {
    /// The lowest number that the next event may get.
    pub(crate) next_id: EventId,
    /// The events that are behind, each with the first record that its entry lacks: its very first, if it has no entry.
    pub(crate) behind: BTreeMap<EventId, Lsn>,
    /// The names of the events without a note beside their snapshot, so that an event whose snapshot cannot be read still
    /// has its name. A set of the first version has none.
    pub(crate) names: BTreeMap<EventId, Name>,
}

impl Notes {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.next_id.0.to_le_bytes().to_vec();
        bytes.push(FORM);
        bytes.extend((self.behind.len() as u32).to_le_bytes());
        for (id, from) in &self.behind {
            bytes.extend(id.0.to_le_bytes());
            bytes.extend(from.0.to_le_bytes());
        }
        bytes.extend((self.names.len() as u32).to_le_bytes());
        for (id, name) in &self.names {
            bytes.extend(id.0.to_le_bytes());
            bytes.push(name.bytes().len() as u8);
            bytes.extend(name.bytes());
        }
        bytes
    }

    /// `None` if the bytes have a format that this version does not know.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = Bytes(bytes);
        let mut notes = Self { next_id: EventId(u32::from_le_bytes(rest.take()?)), ..Self::default() };
        if rest.0.is_empty() {
            return Some(notes);
        }
        let [FORM] = rest.take()? else { return None };
        for _ in 0..u32::from_le_bytes(rest.take()?) {
            let id = EventId(u32::from_le_bytes(rest.take()?));
            notes.behind.insert(id, Lsn(u64::from_le_bytes(rest.take()?)));
        }
        for _ in 0..u32::from_le_bytes(rest.take()?) {
            let id = EventId(u32::from_le_bytes(rest.take()?));
            let [length] = rest.take()?;
            let (name, after) = rest.0.split_at_checked(length.into())?;
            notes.names.insert(id, Name::new(name)?);
            rest.0 = after;
        }
        rest.0.is_empty().then_some(notes)
    }
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }
}

/// The sets that there are.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Those that can be read, newest first.
    pub(crate) sets: Vec<Set>,
    /// Why each of the others cannot be used.
    pub(crate) alarms: Vec<String>,
    /// One of the others may be whole, and the medium failed to read it: why.
    pub(crate) unread: Option<String>,
}

impl Set {
    /// Looks for the sets.
    ///
    /// # Errors
    /// If the directory of snapshots cannot be read.
    pub(crate) fn find(store: &Store) -> Result<Found, holdfast_snapshots::ReadError> {
        let mut found = Found::default();
        for catalogued in store.manifests()? {
            match catalogued {
                Catalogued::Present(manifest) => match Notes::decode(&manifest.meta) {
                    Some(notes) => found.sets.push(Self { manifest, notes }),
                    None => {
                        found.alarms.push(format!("the set at {:?} is of another version", manifest.lsn));
                    }
                },
                Catalogued::Unreadable { file, reason, is_damaged } => {
                    found.alarms.push(format!("snapshot {file} cannot be used: {reason}"));
                    found.unread = found.unread.or(Some(reason).filter(|_| !is_damaged));
                }
            }
        }
        Ok(found)
    }

    pub(crate) const fn lsn(&self) -> Lsn {
        self.manifest.lsn
    }

    /// The snapshot of an event.
    pub(crate) fn entry(&self, id: EventId) -> Option<&Entry> {
        self.manifest.entry(id.into())
    }

    /// What is noted beside the snapshot of an event.
    pub(crate) fn note(&self, id: EventId) -> Option<Note> {
        Note::decode(self.manifest.note(self.entry(id)?)?)
    }

    /// The name of an event.
    pub(crate) fn name(&self, id: EventId) -> Option<Name> {
        self.note(id).map(|note| note.name).or_else(|| self.notes.names.get(&id).cloned())
    }

    /// The events that the set has entries of.
    pub(crate) fn events(&self) -> impl Iterator<Item = EventId> + '_ {
        self.manifest.entries.iter().map(|entry| EventId::of_key(entry.key))
    }

    /// The first record of the log that the event's entry lacks.
    pub(crate) fn lacks_from(&self, id: EventId) -> Lsn {
        self.notes.behind.get(&id).copied().unwrap_or(self.lsn().next())
    }

    /// The first record of the log that is needed to go on from this set.
    pub(crate) fn log_needed(&self) -> Lsn {
        self.needed_by(|_| true)
    }

    /// The first record of the log that is needed to go on with the sales of this set.
    pub(crate) fn log_needed_by_sales(&self) -> Lsn {
        self.needed_by(|id| id != EventId::SYSTEM)
    }

    fn needed_by(&self, counts: impl Fn(EventId) -> bool) -> Lsn {
        let behind = self.notes.behind.iter().filter(|(id, _)| counts(**id)).map(|(_, from)| *from);
        behind.fold(self.lsn().next(), Lsn::min)
    }
}

/// Reads one snapshot of one event.
pub(crate) fn restore_entry<C: Restorable>(
    store: &Store,
    entry: &Entry,
    seed: TableSeed,
) -> Result<C, String> {
    let reader = store.read(entry).map_err(|error| error.to_string())?;
    guarded(|| C::read(reader.chunks(), seed).map_err(|error| error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes() -> Notes {
        let name = |text: &str| Name::new(text.as_bytes()).expect("a name");
        Notes {
            next_id: EventId(0x0102_0304),
            behind: BTreeMap::from([(EventId(7), Lsn(0x1122_3344_5566_7788))]),
            names: BTreeMap::from([(EventId(1), name("gala")), (EventId(7), name("ball"))]),
        }
    }

    /// These bytes are on disks, so they never change.
    #[test]
    fn notes_have_these_bytes_and_the_first_version_had_four() {
        let bytes = b"\x04\x03\x02\x01\x01\x01\0\0\0\x07\0\0\0\x88\x77\x66\x55\x44\x33\x22\x11\
            \x02\0\0\0\x01\0\0\0\x04gala\x07\0\0\0\x04ball";
        assert_eq!(notes().encode(), bytes);
        assert_eq!(Notes::decode(bytes), Some(notes()));
        let first = Notes { next_id: EventId(5), ..Notes::default() };
        assert_eq!(Notes::decode(&[5, 0, 0, 0]), Some(first));
    }

    #[test]
    fn notes_that_are_not_understood_are_not_taken_for_none() {
        let bytes = notes().encode();
        for end in (0..4).chain(5..bytes.len()) {
            assert_eq!(Notes::decode(&bytes[..end]), None, "{end}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(Notes::decode(&longer), None);
        let mut later = bytes;
        later[4] = FORM + 1;
        assert_eq!(Notes::decode(&later), None);
    }
}
