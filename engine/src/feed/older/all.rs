//! Changes of all events in the order of the log.

use std::collections::BTreeSet;
use std::sync::Arc;

use holdfast_wal::{Group, Lsn};

use super::reader::{Failure, Reader, unreadable};
use crate::catalogue::Code;
use crate::codec::version_of;
use crate::fault::Fault;
use crate::feed::fields::FeedRecord;
use crate::feed::page::{LoggedChange, Stretch, Wanted};
use crate::limits;
use crate::numbers::EventId;

/// Takes what is wanted until there is enough.
struct Filling<'a> {
    stretch: Stretch,
    wanted: &'a Wanted,
    count: usize,
    bytes: usize,
    /// Whose changes there are: each of them is brought back for what its labels are.
    events: BTreeSet<EventId>,
}

impl Filling<'_> {
    fn is_full(&self) -> bool {
        self.stretch.changes.len() >= self.count || self.bytes >= limits::FEED_PAGE_BYTES_MAX
    }

    /// Takes what is wanted of a group. True if there is enough before its end.
    fn take(&mut self, group: &Group<'_>) -> Result<bool, Failure> {
        let from = self.stretch.next;
        for (lsn, bytes) in group.records().filter(|(lsn, _)| *lsn >= from) {
            if let Some((event, Some(_))) = version_of(bytes)
                && (self.wanted)(event)
            {
                let is_new = !self.events.contains(&event);
                if self.is_full() || is_new && self.events.len() >= limits::FEEDS_EVENTS_MAX {
                    self.stretch.next = lsn;
                    return Ok(true);
                }
                let record = FeedRecord::decode(bytes).map_err(|error| {
                    tracing::error!(code = %Code::FEED_UNREADABLE, event = event.0, ?lsn, %error, "a record cannot be read");
                    Failure::Fault(unreadable("a record of the log cannot be read"))
                })?;
                self.bytes += record.bytes;
                self.events.insert(event);
                self.stretch.changes.push(LoggedChange { lsn, event, record: Arc::new(record) });
            }
            self.stretch.next = lsn.next();
        }
        Ok(false)
    }
}

impl Reader {
    pub(super) fn all(&mut self, from: Lsn, count: usize, wanted: &Wanted) -> Result<Stretch, Fault> {
        self.persistently("all feeds", |reader| reader.try_all(from, count, wanted))
    }

    fn try_all(&mut self, from: Lsn, count: usize, wanted: &Wanted) -> Result<Stretch, Failure> {
        let kept = self.log.segments();
        let oldest = kept.first().map_or(Lsn(1), |oldest| oldest.first);
        let from = if from == Lsn::ZERO { oldest } else { from };
        if from < oldest {
            return Err(self.trimmed(format!("record {from} is not kept any more: the oldest is {oldest}")));
        }
        let stretch = Stretch { changes: Vec::new(), next: from, is_last: false };
        let mut filling = Filling { stretch, wanted, count, bytes: 0, events: BTreeSet::new() };
        let (first, mut read) = (kept.partition_point(|segment| segment.first <= from).saturating_sub(1), 0);
        for segment in &kept[first..] {
            let place = self.index.place_of(&self.log, segment, from)?;
            let mut reader = self.log.read_edition((segment.number, segment.edition), place.0, place.1)?;
            while let Some(chunk) = reader.next(limits::FEED_READ_BYTES)? {
                for group in chunk.groups() {
                    if filling.take(&group)? {
                        return Ok(filling.stretch);
                    }
                }
                read += limits::FEED_READ_BYTES;
                if read >= limits::FEEDS_READ_BYTES_MAX {
                    return Ok(filling.stretch);
                }
            }
        }
        filling.stretch.is_last = !filling.is_full();
        Ok(filling.stretch)
    }
}
