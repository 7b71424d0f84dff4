//! Which packs become one with the pack that is written, so that there are few of them and little waste in them.
//!
//! A pack is merged if the new one is as large as what still counts of it, or if a third of it is waste. So the packs
//! that stay are each larger than all newer ones together, and there are as many as the logarithm of what they hold; an
//! entry is copied as often, however long it stays as it is.

use std::collections::BTreeMap;

use super::{Store, Writing, copied, number_of};
use crate::error::WriteError;
use crate::format::{Entry, Manifest, Row};
use crate::reader::Open;
use crate::writer::PackWriter;

impl Store {
    /// Copies the entries of packs that are to be merged to the one that is being written.
    pub(super) fn merge(
        &self,
        manifest: &mut Manifest,
        writing: &mut Writing,
        mut spare: u64,
    ) -> Result<(), WriteError> {
        let Some(packing) = writing.packing.as_mut().filter(|packing| !packing.rows().is_empty()) else {
            return Ok(());
        };
        let mut counted: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (at, entry) in manifest.entries.iter().enumerate() {
            if let Some(number) = number_of(entry).filter(|number| *number != packing.number()) {
                counted.entry(number).or_default().push(at);
            }
        }
        let mut total: u64 = packing.rows().iter().map(Row::bytes).sum();
        for (number, places) in counted.into_iter().rev() {
            let Some(pack) = manifest.packs.iter().find(|pack| pack.number() == number).cloned() else {
                continue;
            };
            let rows = places.iter().filter_map(|&at| pack.row(manifest.entries[at].key));
            let live: u64 = rows.map(Row::bytes).sum();
            let waste = pack.bytes().saturating_sub(live);
            if live > spare || (live > total && waste <= live / 2) {
                continue;
            }
            let entries: Vec<(Entry, &[u8])> = places
                .iter()
                .map(|&at| {
                    (manifest.entries[at], pack.row(manifest.entries[at].key).map_or(&[][..], Row::note))
                })
                .collect();
            // A pack of which an entry cannot be read stays as it is: what is left of that entry stands there.
            if let Some(copies) = self.copies(packing, &entries)? {
                places.iter().zip(copies).for_each(|(&at, copy)| manifest.entries[at] = copy);
                total += live;
                spare -= live;
            }
        }
        Ok(())
    }

    /// Copies of all these entries, or none.
    fn copies(
        &self,
        packing: &mut PackWriter,
        entries: &[(Entry, &[u8])],
    ) -> Result<Option<Vec<Entry>>, WriteError> {
        let mark = packing.mark();
        let Some((first, _)) = entries.first() else { return Ok(None) };
        let Ok(open) = Open::whole(self.storage(), first) else { return Ok(None) };
        let mut copies = Vec::with_capacity(entries.len());
        for (entry, note) in entries {
            let Ok(stored) = open.stored(entry) else {
                packing.rewind(mark);
                return Ok(None);
            };
            copies.push(copied(packing, entry, stored, note)?);
        }
        Ok(Some(copies))
    }
}
