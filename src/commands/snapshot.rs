//! `holdfast snapshot`: what snapshots there are, and whether they are whole.

use std::fmt::Write as _;
use std::sync::Arc;

use holdfast_engine::{Code, EventId};
use holdfast_snapshots::{Catalogued, Entry, Store};

use super::data;
use crate::exit::Failure;
use crate::flags::SnapshotCommand;

pub(crate) fn run(command: SnapshotCommand) -> Result<(), Failure> {
    match command {
        SnapshotCommand::List { data } => list(&store(&data.data)?),
        SnapshotCommand::Verify { data } => verify(&store(&data.data)?),
    }
}

/// Opens the store to look at it.
fn store(path: &std::path::Path) -> Result<Store, Failure> {
    Ok(Store::attach(Arc::new(data::open_to_look(path)?)))
}

fn list(store: &Store) -> Result<(), Failure> {
    let found =
        store.manifests().map_err(|error| Failure::refused(Code::SNAPSHOTS_DAMAGED, error.to_string()))?;
    let mut text = String::new();
    let mut broken = 0;
    for catalogued in &found {
        // Writing to a String cannot fail.
        let _ = match catalogued {
            Catalogued::Present(manifest) => {
                let bytes: u64 = manifest.entries.iter().map(Entry::stored).sum();
                let is_system = |entry: &Entry| entry.key == u64::from(EventId::SYSTEM);
                let events = manifest.entries.iter().filter(|entry| !is_system(entry)).count();
                let (lsn, packs) = (manifest.lsn, manifest.packs.len());
                let _ =
                    writeln!(text, "snapshot at lsn {lsn}: {events} events, {bytes} bytes, {packs} packs");
                manifest.entries.iter().try_for_each(|entry| {
                    let name = if is_system(entry) {
                        "system".to_owned()
                    } else {
                        format!("event {:<6}", entry.key)
                    };
                    writeln!(text, "  {name:<12} lsn {:<12} {} bytes", entry.lsn, entry.stored())
                })
            }
            Catalogued::Unreadable { file, reason, .. } => {
                broken += 1;
                writeln!(text, "{file}: {reason}")
            }
        };
    }
    if found.is_empty() {
        text.push_str("there are no snapshots yet\n");
    }
    data::print(&text);
    if broken > 0 { Err(Failure::found_wrong(format!("{broken} manifests cannot be read"))) } else { Ok(()) }
}

fn verify(store: &Store) -> Result<(), Failure> {
    let found =
        store.verify().map_err(|error| Failure::refused(Code::SNAPSHOTS_DAMAGED, error.to_string()))?;
    let mut text = String::new();
    for manifest in &found.manifests {
        let verdict = if manifest.is_whole() { "whole" } else { "NOT USABLE" };
        let (file, lsn, entries) = (&manifest.file, manifest.lsn, manifest.entries);
        let _ = writeln!(text, "{file}: lsn {lsn}, {entries} events, {} bytes: {verdict}", manifest.bytes);
    }
    for fault in &found.faults {
        let _ = writeln!(text, "fault: {fault}");
    }
    let _ = writeln!(text, "{} entries, {} bytes checked", found.entries_checked, found.bytes_checked);
    data::print(&text);
    if found.is_sound() {
        Ok(())
    } else {
        Err(Failure::found_wrong(format!("{} faults found in the snapshots", found.faults.len())))
    }
}
