//! What a new set of snapshots is made from, and what has been made of it so far.

use std::collections::{BTreeMap, HashSet};

use holdfast_snapshots::Entry;
use holdfast_wal::{Lsn, ReadError, SealedLog};

use crate::codec::{at_of, event_of};
use crate::limits;
use crate::numbers::{At, EventId};
use crate::restore::checkpoint::outcome::{Images, Memory};
use crate::restore::sets::{Notes, Set};

/// The most that an event takes in a manifest, bytes: its entry and its name.
const NAMED_BYTES: u64 = 128;

/// The sealed records of each event, in order; they borrow the mapped log.
pub(super) type ByEvent<'log> = BTreeMap<EventId, Vec<(Lsn, &'log [u8])>>;

/// What a new set is made from.
pub(super) struct Work<'a> {
    /// The sets that are there, newest first.
    pub(super) sets: &'a [Set],
    /// Entries of them that were damaged when they were read back.
    pub(super) damaged: &'a HashSet<Entry>,
    /// The LSN of the new set.
    pub(super) lsn: Lsn,
    /// The LSN of the newest set that is there.
    pub(super) newest: Lsn,
    pub(super) by_event: &'a ByEvent<'a>,
    /// What the places of these records take in memory, bytes.
    pub(super) dealt: u64,
    pub(super) images: &'a Images,
    /// Asked for the events that nothing on the disk restores, if a set can be made of its images.
    pub(super) memory: Option<&'a dyn Memory>,
    /// Why a set cannot be read now that may be whole.
    pub(super) unread: Option<&'a str>,
    /// Log that can be removed after the new set, bytes.
    pub(super) lets_go: u64,
}

impl Work<'_> {
    /// An estimate of what the new set takes, bytes: for an event with new records, the size of its last entry and of
    /// these records; for one with a single file, the size of that file once more.
    pub(super) fn estimate(&self) -> u64 {
        let entry = |age: usize, id| self.sets.get(age).and_then(|set| set.entry(id));
        let bytes = |entry: Option<&Entry>| entry.map_or(0, Entry::stored);
        let busy = self.by_event.iter().map(|(&id, records)| {
            let logged: usize = records.iter().map(|(_, record)| record.len()).sum();
            bytes(entry(0, id)) + logged as u64 + NAMED_BYTES
        });
        let named = self.sets.first().map_or(&[][..], |set| &set.manifest.entries);
        let quiet = named.iter().filter(|entry| !self.by_event.contains_key(&EventId::of_key(entry.key)));
        let quiet = quiet.map(|newer| {
            let older = entry(1, EventId::of_key(newer.key));
            let single = older.is_none_or(|older| older == newer);
            NAMED_BYTES + if single { newer.stored() } else { 0 }
        });
        busy.sum::<u64>() + quiet.sum::<u64>()
    }
}

/// A new set that is being made.
#[derive(Default)]
pub(super) struct Made {
    /// The newest record that is in it.
    pub(super) lsn: Lsn,
    /// The time of the newest record that is new in it.
    pub(super) newest_at: At,
    /// Records that were replayed for it.
    pub(super) records: u64,
    /// Whether it differs from the newest set that is there.
    pub(super) is_new: bool,
    pub(super) entries: Vec<Entry>,
    pub(super) notes: Notes,
    /// The estimate of what it takes, bytes.
    pub(super) needed: u64,
    pub(super) written: usize,
    pub(super) carried_over: usize,
    pub(super) bytes: u64,
    pub(super) alarms: Vec<String>,
    pub(super) behind: Vec<(EventId, String)>,
    pub(super) damaged: Vec<EventId>,
    /// Events that only memory has. The set is not published then, and is made once more with them.
    pub(super) in_memory: Images,
}

impl Made {
    /// Takes an entry that was written.
    pub(super) fn take(&mut self, entry: Entry) {
        self.written += 1;
        self.bytes += entry.stored();
        self.entries.push(entry);
    }
}

/// The sealed records of each event. They are counted first: a vector that grows would take twice its size.
pub(super) fn deal(sealed: &SealedLog, from: Lsn) -> Result<ByEvent<'_>, ReadError> {
    let mut counts = BTreeMap::<EventId, usize>::new();
    for_each(sealed, from, |event, _, _| *counts.entry(event).or_default() += 1)?;
    let mut by_event: ByEvent<'_> =
        counts.into_iter().map(|(event, count)| (event, Vec::with_capacity(count))).collect();
    for_each(sealed, from, |event, lsn, bytes| by_event.entry(event).or_default().push((lsn, bytes)))?;
    Ok(by_event)
}

/// The time of the newest of these records; the beginning of time if there is none.
pub(super) fn newest_at(by_event: &ByEvent<'_>) -> At {
    let newest = by_event.values().filter_map(|records| at_of(records.last()?.1));
    newest.max().unwrap_or_default()
}

fn for_each<'log>(
    sealed: &'log SealedLog,
    from: Lsn,
    mut take: impl FnMut(EventId, Lsn, &'log [u8]),
) -> Result<(), ReadError> {
    for group in sealed.groups(from) {
        for (lsn, bytes) in group?.records() {
            if let Some(event) = event_of(bytes).filter(|_| lsn >= from) {
                take(event, lsn, bytes);
            }
        }
    }
    Ok(())
}

/// What the places of the records take in memory, bytes.
pub(super) fn bytes(by_event: &ByEvent<'_>) -> u64 {
    by_event.values().map(|records| records.len() as u64 * limits::SNAPSHOT_RECORD_BYTES).sum()
}
