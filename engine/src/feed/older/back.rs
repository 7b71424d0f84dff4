//! Changes of all events against the order of the log, and how many there are.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use holdfast_wal::{KeptSegment, Lsn};

use super::index::Part;
use super::reader::{Failure, Reader, unreadable};
use crate::catalogue::Code;
use crate::codec::version_of;
use crate::fault::Fault;
use crate::feed::fields::FeedRecord;
use crate::feed::page::{LoggedChange, Stretch, Wanted};
use crate::limits;

impl Reader {
    /// Changes of all events that are wanted, the newest first, from the record `to` back to the record `from`. What comes then ends
    /// with the record `next`.
    pub(super) fn all_back(
        &mut self,
        (from, to): (Lsn, Lsn),
        count: usize,
        wanted: &Wanted,
    ) -> Result<Stretch, Fault> {
        self.persistently("all feeds", |reader| reader.try_all_back((from, to), count, wanted))
    }

    /// How many changes of the events that are wanted are kept.
    pub(super) fn count_all(&mut self, wanted: &Wanted) -> Result<u64, Fault> {
        self.persistently("all feeds", |reader| Ok(reader.index.count(&reader.log, wanted)?))
    }

    fn try_all_back(
        &mut self,
        (from, to): (Lsn, Lsn),
        count: usize,
        wanted: &Wanted,
    ) -> Result<Stretch, Failure> {
        let kept = self.log.segments();
        let oldest = kept.first().map_or(Lsn(1), |oldest| oldest.first);
        if from > Lsn::ZERO && from < oldest {
            return Err(self.trimmed(format!("record {from} is not kept any more: the oldest is {oldest}")));
        }
        let (mut changes, mut events, mut bytes, mut read) = (Vec::new(), BTreeSet::new(), 0, 0);
        for segment in kept.iter().rev().filter(|segment| segment.first <= to) {
            let parts = self.index.parts(&self.log, segment)?;
            for part in parts.into_iter().rev().filter(|part| part.last_before < to) {
                let (found, bytes_read) = self.read_part(segment, part, (from, to), (count, wanted))?;
                for change in found.into_iter().rev() {
                    let is_new = !events.contains(&change.event);
                    let is_full = changes.len() >= count || bytes >= limits::FEED_PAGE_BYTES_MAX;
                    if is_full || is_new && events.len() >= limits::FEEDS_EVENTS_MAX {
                        return Ok(Stretch { changes, next: change.lsn, is_last: false });
                    }
                    bytes += change.record.bytes;
                    events.insert(change.event);
                    changes.push(change);
                }
                if part.last_before < from {
                    return Ok(Stretch { changes, next: part.last_before, is_last: true });
                }
                read += bytes_read;
                if read >= limits::FEEDS_READ_BYTES_MAX as u64 || changes.len() >= count {
                    return Ok(Stretch { changes, next: part.last_before, is_last: false });
                }
            }
        }
        Ok(Stretch { changes, next: Lsn::ZERO, is_last: true })
    }

    /// The newest changes of a part that are wanted, in the order of the log: those of a page, and one more. With it, how many
    /// bytes were read.
    fn read_part(
        &self,
        segment: &KeptSegment,
        part: Part,
        (from, to): (Lsn, Lsn),
        (count, wanted): (usize, &Wanted),
    ) -> Result<(VecDeque<LoggedChange>, u64), Failure> {
        let (mut found, mut bytes) = (VecDeque::<LoggedChange>::new(), 0);
        let edition = (segment.number, segment.edition);
        let mut reader = self.log.read_edition(edition, part.offset, part.last_before)?;
        while reader.offset() < part.end {
            let Some(chunk) = reader.next(limits::FEED_READ_BYTES)? else { break };
            for group in chunk.groups().filter(|group| group.offset < part.end) {
                for (lsn, record) in group.records().filter(|(lsn, _)| (from..=to).contains(lsn)) {
                    let Some((event, Some(_))) = version_of(record) else { continue };
                    if !wanted(event) {
                        continue;
                    }
                    let record = FeedRecord::decode(record).map_err(|error| {
                        tracing::error!(code = %Code::FEED_UNREADABLE, event = event.0, ?lsn, %error, "a record cannot be read");
                        Failure::Fault(unreadable("a record of the log cannot be read"))
                    })?;
                    bytes += record.bytes;
                    found.push_back(LoggedChange { lsn, event, record: Arc::new(record) });
                    while found.len() > count + 1 || fills_a_page(&found, bytes) {
                        bytes -= found.pop_front().map_or(0, |oldest| oldest.record.bytes);
                    }
                }
            }
        }
        Ok((found, reader.offset() - part.offset))
    }
}

/// Whether these changes fill a page without their two oldest.
fn fills_a_page(found: &VecDeque<LoggedChange>, bytes: usize) -> bool {
    let oldest: usize = found.iter().take(2).map(|change| change.record.bytes).sum();
    bytes - oldest >= limits::FEED_PAGE_BYTES_MAX
}
