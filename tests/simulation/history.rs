//! What the feeds have of the past: each event from its oldest change that is kept to its newest, without a gap, and what becomes
//! of its picture by them.

use std::collections::BTreeMap;

use holdfast_engine::{Delta, Event, EventId, FeedRecord, Read, View, decode_record, version_of};
use holdfast_wal::{KeptAs, KeptSegment, Log, ReadError};

use crate::machine::Machine;
use crate::world::World;

/// What becomes of the picture of each event by what is in these segments.
fn read(log: &Log, kept: &[KeptSegment]) -> Result<BTreeMap<EventId, Delta>, ReadError> {
    let mut found = BTreeMap::new();
    for segment in kept {
        let mut reader = log.read_segment(segment.number, 0, segment.first.previous())?;
        while let Some(chunk) = reader.next(1 << 16)? {
            for (lsn, bytes) in chunk.groups().flat_map(|group| group.records().collect::<Vec<_>>()) {
                let Some((event, Some(version))) = version_of(bytes) else { continue };
                let framed = decode_record(bytes).expect("a record of the log");
                let (at, origin, change) = (framed.record.at, framed.record.origin, framed.record.change);
                let delta = found.entry(event).or_insert_with(|| Delta::after(version - 1, at));
                let expected = delta.version() + 1;
                assert_eq!(version, expected, "the feed of event {event} has a gap at {lsn:?}: {kept:?}");
                let (touched, bytes) = (framed.touched, bytes.len());
                delta.take(&FeedRecord { version, at, origin, change, touched, bytes });
            }
        }
    }
    Ok(found)
}

/// What the feed tells of seats and areas is what the event shows.
fn is_shown(event: &Event, delta: &Delta) {
    let Ok(View::Picture(picture)) = event.view(&Read::Picture) else { panic!("an event has a picture") };
    for (seat, status) in delta.seats() {
        assert_eq!(picture.letters[seat as usize], status.letter(), "seat {seat} of {}", event.name());
    }
    let areas: BTreeMap<_, _> = picture.areas.into_iter().collect();
    delta
        .areas()
        .for_each(|(area, counts)| assert_eq!(areas[&area], counts, "area {area} of {}", event.name()));
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
            if let Some(delta) = found.get(id) {
                assert_eq!(
                    delta.version(),
                    event.version(),
                    "the feed of event {id} lacks its newest changes"
                );
                is_shown(event, delta);
            }
        }
    }
}
