//! What the feeds have of the past: each event from its oldest change that is kept to its newest, without a gap.

use std::collections::BTreeMap;

use holdfast_engine::{EventId, version_of};
use holdfast_wal::{KeptAs, KeptSegment, Log, ReadError};

use crate::machine::Machine;
use crate::world::World;

/// The newest version of each event in these segments.
fn read(log: &Log, kept: &[KeptSegment]) -> Result<BTreeMap<EventId, u64>, ReadError> {
    let mut found = BTreeMap::new();
    for segment in kept {
        let mut reader = log.read_segment(segment.number, 0, segment.first.previous())?;
        while let Some(chunk) = reader.next(1 << 16)? {
            for (lsn, bytes) in chunk.groups().flat_map(|group| group.records().collect::<Vec<_>>()) {
                let Some((event, Some(version))) = version_of(bytes) else { continue };
                let last = found.entry(event).or_insert(version - 1);
                assert_eq!(version, *last + 1, "the feed of event {event} has a gap at {lsn:?}: {kept:?}");
                *last = version;
            }
        }
    }
    Ok(found)
}

impl World {
    /// What every feed shows, after a start.
    pub(crate) fn verify_history(&mut self, machine: &Machine) {
        if self.armed {
            // A fault that is planned for what comes next would strike here.
            return;
        }
        let past =
            |kept_as| machine.log.segments().iter().filter(|kept| kept.kept_as == kept_as).count() as u64;
        self.stats.past += past(KeptAs::Past);
        self.stats.thinned += past(KeptAs::Thinned);
        let kept = machine.log.segments();
        let found = match read(&machine.log, &kept) {
            // The sync of its removal failed, younger segments were removed after it, and a crash brought it back.
            Err(ReadError::Corruption { segment, .. })
                if self.setup.disasters > 0
                    && segment == kept[0].number
                    && kept[0].kept_as == KeptAs::Sealed =>
            {
                read(&machine.log, &kept[1..])
            }
            found => found,
        };
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                assert!(!self.is_healthy(), "a feed cannot be read: {error}");
                return;
            }
        };
        for (id, core) in &machine.cores {
            let Some(event) = core.event() else { continue };
            if let Some(last) = found.get(id) {
                assert_eq!(*last, event.version(), "the feed of event {id} lacks its newest changes");
            }
        }
    }
}
