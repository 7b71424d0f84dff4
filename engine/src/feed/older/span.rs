//! Entries of an event's stream, found in the log by their ids.
//!
//! Times and versions grow together, so an id is found as in a sorted list: mostly at once, as its version tells the place, else
//! by halving. Each step reads one change.

use std::collections::VecDeque;
use std::sync::Arc;

use super::index::Found;
use super::reader::{Failure, Reader};
use crate::fault::Fault;
use crate::feed::fields::FeedRecord;
use crate::feed::stream::{EntryId, Span};
use crate::limits;
use crate::numbers::EventId;

/// The event, its oldest version that is kept, and its newest one that is durable.
#[derive(Clone, Copy)]
struct Kept {
    event: EventId,
    oldest: u64,
    newest: u64,
}

impl Reader {
    /// The entries of a span, of an event whose newest durable version is `newest`.
    pub(super) fn span(
        &mut self,
        event: EventId,
        newest: u64,
        span: &Span,
    ) -> Result<Vec<Arc<FeedRecord>>, Fault> {
        self.persistently("a stream", |reader| reader.try_span(event, newest, span))
    }

    /// The oldest change that is kept, and the newest; `None` if none is.
    pub(super) fn ends(
        &mut self,
        event: EventId,
        newest: u64,
    ) -> Result<Option<[Arc<FeedRecord>; 2]>, Fault> {
        self.persistently("a stream", |reader| {
            let Some(oldest) = reader.oldest(event)? else { return Ok(None) };
            let first = reader.change(event, oldest)?;
            let last = reader.change(event, newest)?;
            Ok(first.zip(last).map(|(first, last)| [first, last]))
        })
    }

    fn oldest(&mut self, event: EventId) -> Result<Option<u64>, Failure> {
        // No change has this version: what the index has of the event is all looked at.
        match self.index.find(&self.log, event, 0)? {
            Found::Trimmed(oldest) => Ok(oldest),
            Found::At(_) => Ok(None),
        }
    }

    fn change(&mut self, event: EventId, version: u64) -> Result<Option<Arc<FeedRecord>>, Failure> {
        Ok(self.try_page(event, version, 1)?.pop())
    }

    fn try_span(
        &mut self,
        event: EventId,
        newest: u64,
        span: &Span,
    ) -> Result<Vec<Arc<FeedRecord>>, Failure> {
        let Some(oldest) = self.oldest(event)? else {
            // Behind the newest there is nothing yet; all that is before it is gone.
            let is_behind = span.from.is_before_all() || span.from.sequence == newest + 1;
            return if is_behind { Ok(Vec::new()) } else { Err(self.gone(span.from, None)) };
        };
        // More may have become durable than the event has told of.
        let kept = Kept { event, oldest, newest: newest.max(oldest) };
        let first = self.beginning(kept, span.from)?;
        let mut records = if span.backwards {
            let end = match span.to.next() {
                Some(next) => self.first_from(kept, next)?,
                None => kept.newest + 1,
            };
            self.backwards(kept, first..end, span.count)?
        } else {
            self.try_page(event, first, span.count)?
        };
        records.retain(|record| span.has(EntryId::of(record)));
        Ok(records)
    }

    /// The first version that is wanted.
    fn beginning(&mut self, kept: Kept, from: EntryId) -> Result<u64, Failure> {
        // Whoever has read the version before the oldest misses nothing.
        if from.is_before_all() || from.sequence == kept.oldest {
            return Ok(kept.oldest);
        }
        if kept.oldest > 1 {
            let oldest = self.change(kept.event, kept.oldest)?.map(|record| EntryId::of(&record));
            if oldest.is_none_or(|oldest| from < oldest) {
                return Err(self.gone(from, oldest));
            }
        }
        self.first_from(kept, from)
    }

    fn gone(&self, from: EntryId, oldest: Option<EntryId>) -> Failure {
        self.trimmed(match oldest {
            Some(oldest) => format!("from id {from} on not all is kept any more: the oldest id is {oldest}"),
            None => format!("from id {from} on nothing is kept any more up to now"),
        })
    }

    /// The first version whose id is this one or greater; the one after the newest if there is none yet.
    fn first_from(&mut self, kept: Kept, id: EntryId) -> Result<u64, Failure> {
        let Kept { event, oldest, newest } = kept;
        // Of ids that were read here, the version tells the place.
        if (oldest..=newest + 1).contains(&id.sequence) {
            let is_before = id.sequence == oldest || self.is_before(event, id.sequence - 1, id)?;
            if is_before && (id.sequence > newest || !self.is_before(event, id.sequence, id)?) {
                return Ok(id.sequence);
            }
        }
        let (mut low, mut high) = (oldest, newest + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.is_before(event, middle, id)? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// Whether the id of this version is smaller. One that is not there yet is after everything.
    fn is_before(&mut self, event: EventId, version: u64, id: EntryId) -> Result<bool, Failure> {
        Ok(self.change(event, version)?.is_some_and(|record| EntryId::of(&record) < id))
    }

    /// The newest of these versions, the newest first: as many as a page has.
    fn backwards(
        &mut self,
        kept: Kept,
        versions: std::ops::Range<u64>,
        count: usize,
    ) -> Result<Vec<Arc<FeedRecord>>, Failure> {
        let (mut taken, mut bytes) = (VecDeque::<Arc<FeedRecord>>::new(), 0);
        let mut next = versions.end.saturating_sub(count as u64).max(versions.start);
        while next < versions.end {
            let page = self.try_page(kept.event, next, (versions.end - next) as usize)?;
            let Some(last) = page.last() else { break };
            next = last.version + 1;
            for record in page {
                bytes += record.bytes;
                taken.push_back(record);
            }
            while bytes > limits::FEED_PAGE_BYTES_MAX && taken.len() > 1 {
                bytes -= taken.pop_front().map_or(0, |oldest| oldest.bytes);
            }
        }
        Ok(taken.into_iter().rev().collect())
    }
}
