//! Where in the log the versions of an event stand: for each stretch of a segment, which events have records in it,
//! and the first version of each.
//!
//! The index of a segment is made from the log when it is first asked for and kept as long as this edition of the segment,
//! so the two never disagree: nothing is written for it, and recovery has nothing to rebuild. It takes at most a sixteenth of
//! the log that it covers.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use holdfast_wal::{KeptSegment, Log, Lsn, ReadError};

use crate::codec::version_of;
use crate::feed::page::Wanted;
use crate::limits;
use crate::numbers::EventId;

/// The index of all segments that were asked about.
#[derive(Debug, Default)]
pub(in crate::feed) struct Index {
    segments: BTreeMap<u64, SegmentIndex>,
    /// The newest version of each event in what was indexed.
    newest: HashMap<EventId, u64, FixedState>,
}

/// Where to start reading for a version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::feed) struct Place {
    pub(in crate::feed) segment: u64,
    /// The edition of the segment in which the place is good.
    pub(in crate::feed) edition: u64,
    /// Where a group starts in the segment, bytes.
    pub(in crate::feed) offset: u64,
    /// The newest record before that group.
    pub(in crate::feed) last: Lsn,
}

/// What the index knows of a version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::feed) enum Found {
    /// The version stands at this place, or later in the same stretch.
    At(Place),
    /// The version is not kept any more; this is the oldest version that is, if any is.
    Trimmed(Option<u64>),
}

/// A part of a segment that the index has in one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Where it begins and ends in the segment, bytes.
    pub(super) offset: u64,
    pub(super) end: u64,
    /// The newest record before it.
    pub(super) last_before: Lsn,
}

#[derive(Debug)]
struct SegmentIndex {
    edition: u64,
    /// The end of what is indexed: where the next group starts, bytes, and the newest record before it.
    offset: u64,
    last: Lsn,
    regions: Vec<Region>,
    /// The stretch that still grows.
    open: Open,
}

#[derive(Debug)]
struct Region {
    offset: u64,
    last_before: Lsn,
    /// The first version of each event in the stretch, sorted by event.
    firsts: Box<[(EventId, u64)]>,
}

#[derive(Debug)]
struct Open {
    offset: u64,
    last_before: Lsn,
    firsts: HashMap<EventId, u64, FixedState>,
}

impl Index {
    /// Finds a version of an event. Looks at newer segments first.
    pub(in crate::feed) fn find(
        &mut self,
        log: &Log,
        event: EventId,
        version: u64,
    ) -> Result<Found, ReadError> {
        let kept = log.segments();
        self.keep(&kept);
        let mut trimmed = None;
        for segment in kept.iter().rev() {
            let KeptSegment { number, edition, .. } = *segment;
            let index = self.of(log, segment)?;
            for (offset, last, first) in index.stretches_of(event) {
                if first <= version {
                    return Ok(Found::At(Place { segment: number, edition, offset, last }));
                }
                trimmed = Some(first);
            }
        }
        Ok(Found::Trimmed(trimmed))
    }

    /// Forgets what is not kept any more.
    fn keep(&mut self, kept: &[KeptSegment]) {
        let editions: BTreeMap<_, _> = kept.iter().map(|segment| (segment.number, segment.edition)).collect();
        self.segments.retain(|number, index| editions.get(number) == Some(&index.edition));
    }

    /// The index of a segment, with all of it that is durable.
    fn of(&mut self, log: &Log, segment: &KeptSegment) -> Result<&SegmentIndex, ReadError> {
        let KeptSegment { number, edition, first, .. } = *segment;
        let fresh = || SegmentIndex::new(edition, first.previous());
        let index = self.segments.entry(number).or_insert_with(fresh);
        index.extend(log, number, &mut self.newest)?;
        Ok(index)
    }

    /// The parts of a segment, the oldest first. The last one still grows.
    pub(super) fn parts(&mut self, log: &Log, segment: &KeptSegment) -> Result<Vec<Part>, ReadError> {
        self.keep(&log.segments());
        let index = self.of(log, segment)?;
        let regions = index.regions.iter().map(|region| (region.offset, region.last_before));
        let starts: Vec<_> = regions.chain([(index.open.offset, index.open.last_before)]).collect();
        let ends = starts.iter().skip(1).map(|(offset, _)| *offset).chain([u64::MAX]);
        let parts = starts.iter().zip(ends);
        Ok(parts.map(|(&(offset, last_before), end)| Part { offset, end, last_before }).collect())
    }

    /// How many changes of the events that are wanted are kept. The versions of an event have no gap, so its ends tell.
    pub(super) fn count(&mut self, log: &Log, wanted: &Wanted) -> Result<u64, ReadError> {
        let kept = log.segments();
        self.keep(&kept);
        let mut oldest: HashMap<EventId, u64, FixedState> = HashMap::with_hasher(FixedState::default());
        for segment in &kept {
            let index = self.of(log, segment)?;
            let closed = index.regions.iter().flat_map(|region| region.firsts.iter().copied());
            for (event, first) in
                closed.chain(index.open.firsts.iter().map(|(event, first)| (*event, *first)))
            {
                oldest.entry(event).or_insert(first);
            }
        }
        let count = |(event, first): (EventId, u64)| {
            self.newest.get(&event).map_or(0, |newest| (newest + 1).saturating_sub(first))
        };
        Ok(oldest.into_iter().filter(|(event, _)| wanted(*event)).map(count).sum())
    }

    /// Where to start reading a segment for this record: where a group starts, bytes, and the newest record before it.
    pub(in crate::feed) fn place_of(
        &mut self,
        log: &Log,
        segment: &KeptSegment,
        lsn: Lsn,
    ) -> Result<(u64, Lsn), ReadError> {
        self.keep(&log.segments());
        let index = self.of(log, segment)?;
        if index.open.last_before < lsn {
            return Ok((index.open.offset, index.open.last_before));
        }
        let after = index.regions.partition_point(|region| region.last_before < lsn);
        let region = after.checked_sub(1).map(|at| &index.regions[at]);
        Ok(region.map_or((0, segment.first.previous()), |region| (region.offset, region.last_before)))
    }

    /// The next stretch at or after a place that has records of the event. `None` at the end of what is indexed.
    pub(in crate::feed) fn next(&self, event: EventId, segment: u64, offset: u64) -> Option<Place> {
        self.segments.range(segment..).find_map(|(&number, index)| {
            let from = if number == segment { offset } else { 0 };
            let mut found = None;
            for (offset, last, _) in index.stretches_of(event) {
                if offset < from {
                    break;
                }
                found = Some(Place { segment: number, edition: index.edition, offset, last });
            }
            found
        })
    }

    /// Where the stretch with this place ends, bytes.
    pub(in crate::feed) fn end_of(&self, place: &Place) -> u64 {
        let Some(index) = self.segments.get(&place.segment) else { return u64::MAX };
        let after = index.regions.partition_point(|region| region.offset <= place.offset);
        match index.regions.get(after) {
            Some(region) => region.offset,
            None if index.open.offset > place.offset => index.open.offset,
            None => u64::MAX,
        }
    }

    /// Bytes of log that it covers, and its entries.
    pub(in crate::feed) fn size(&self) -> (u64, u64) {
        let entries = |index: &SegmentIndex| {
            index.regions.iter().map(|region| region.firsts.len()).sum::<usize>() + index.open.firsts.len()
        };
        (
            self.segments.values().map(|index| index.offset).sum(),
            self.segments.values().map(|index| entries(index) as u64).sum(),
        )
    }
}

impl SegmentIndex {
    fn new(edition: u64, last: Lsn) -> Self {
        Self { edition, offset: 0, last, regions: Vec::new(), open: Open::at(0, last) }
    }

    /// Takes in what became durable since the last time.
    fn extend(
        &mut self,
        log: &Log,
        number: u64,
        newest: &mut HashMap<EventId, u64, FixedState>,
    ) -> Result<(), ReadError> {
        let mut reader = log.read_edition((number, self.edition), self.offset, self.last)?;
        while let Some(chunk) = reader.next(limits::FEED_READ_BYTES)? {
            for group in chunk.groups() {
                self.close_if_full(group.offset, group.first.previous());
                for (_, bytes) in group.records() {
                    if let Some((event, Some(version))) = version_of(bytes) {
                        self.open.firsts.entry(event).or_insert(version);
                        let newest = newest.entry(event).or_default();
                        *newest = version.max(*newest);
                    }
                }
            }
            (self.offset, self.last) = (reader.offset(), reader.last());
        }
        Ok(())
    }

    /// A stretch ends before a group, so that reading starts at one.
    fn close_if_full(&mut self, offset: u64, last_before: Lsn) {
        let bytes = offset - self.open.offset;
        let entries = self.open.firsts.len() as u64;
        if bytes < limits::FEED_REGION_BYTES || bytes < entries * limits::FEED_REGION_BYTES_PER_EVENT {
            return;
        }
        let open = std::mem::replace(&mut self.open, Open::at(offset, last_before));
        let mut firsts: Vec<_> = open.firsts.into_iter().collect();
        firsts.sort_unstable();
        self.regions.push(Region {
            offset: open.offset,
            last_before: open.last_before,
            firsts: firsts.into(),
        });
    }

    /// The stretches with records of an event, newest first: offset, newest record before, first version.
    fn stretches_of(&self, event: EventId) -> impl Iterator<Item = (u64, Lsn, u64)> + '_ {
        let open = self.open.firsts.get(&event);
        let open = open.map(|first| (self.open.offset, self.open.last_before, *first));
        let closed = self.regions.iter().rev().filter_map(move |region| {
            let at = region.firsts.binary_search_by_key(&event, |(event, _)| *event).ok()?;
            Some((region.offset, region.last_before, region.firsts.get(at)?.1))
        });
        open.into_iter().chain(closed)
    }
}

impl Open {
    fn at(offset: u64, last_before: Lsn) -> Self {
        Self { offset, last_before, firsts: HashMap::with_hasher(FixedState::default()) }
    }
}
