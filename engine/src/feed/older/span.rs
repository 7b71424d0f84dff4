//! Entries of an event's stream, found in the log by their ids.
//!
//! Times and versions grow together, so an id is found as in a sorted list: mostly at once, as its version tells the place, else
//! by halving. Each step reads one change.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use holdfast_wal::{Log, Lsn};

use super::index::Found;
use super::reader::{Failure, Reader};
use crate::fault::Fault;
use crate::feed::fields::FeedRecord;
use crate::feed::page::{Stretch, Wanted};
use crate::feed::shared::Shared;
use crate::feed::stream::{EntryId, Span};
use crate::limits;
use crate::numbers::EventId;

/// The event, and its newest version that is durable.
#[derive(Clone, Copy)]
struct Of {
    event: EventId,
    newest: u64,
}

/// Reads the streams of events from a log, as an engine does, but on the thread of whoever asks: for those who check what readers
/// are told.
pub struct StreamLog(Reader);

impl StreamLog {
    /// A reader of this log.
    #[must_use]
    pub fn new(log: Log) -> Self {
        Self(Reader::new(Arc::new(Shared::new(log.clone(), Arc::default())), log))
    }

    /// The entries of a span, of an event whose newest durable version is `newest`.
    ///
    /// # Errors
    /// If not all of it is kept any more, or the log cannot be read.
    pub fn span(
        &mut self,
        (event, newest): (EventId, u64),
        span: &Span,
    ) -> Result<Vec<Arc<FeedRecord>>, Fault> {
        self.0.span(event, newest, span)
    }

    /// The records of the entries of all events from this one on, at most so many.
    ///
    /// # Errors
    /// If not all of it is kept any more, or the log cannot be read.
    pub fn all(&mut self, mut from: Lsn, count: usize) -> Result<Vec<Lsn>, Fault> {
        let wanted: Wanted = Arc::new(|event| event != EventId::SYSTEM);
        loop {
            let Stretch { changes, next, is_last } = self.0.all(from, count, &wanted)?;
            if is_last || !changes.is_empty() {
                return Ok(changes.into_iter().map(|change| change.lsn).collect());
            }
            from = next;
        }
    }
}

impl fmt::Debug for StreamLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamLog")
    }
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
        let of = Of { event, newest };
        let first = self.beginning(of, span.from)?;
        let mut records = if span.backwards {
            let end = match span.to.next() {
                Some(next) => self.first_from(of, next)?,
                None => newest + 1,
            };
            self.backwards(of, (first, end), span.count)?
        } else {
            let Some(first) = (if first.is_some() { first } else { self.oldest(event)? }) else {
                return Ok(Vec::new());
            };
            // What has come since is told the next time; of one that has no log at all, there is none.
            if first > newest { Vec::new() } else { self.try_page(event, first, span.count)? }
        };
        records.retain(|record| span.has(EntryId::of(record)));
        Ok(records)
    }

    /// The first version that is wanted; `None` stands for the oldest that is kept.
    fn beginning(&mut self, of: Of, from: EntryId) -> Result<Option<u64>, Failure> {
        if from.is_before_all() {
            return Ok(None);
        }
        if let Some(place) = self.place(of, from)? {
            return Ok(Some(place));
        }
        let Some(oldest) = self.oldest(of.event)? else {
            // Behind the newest there is nothing yet; all that is before it is gone.
            let is_behind = from.sequence == of.newest + 1;
            return if is_behind { Ok(Some(from.sequence)) } else { Err(self.gone(from, None)) };
        };
        // A reader that has had the version before the oldest misses nothing.
        if from.sequence == oldest {
            return Ok(Some(oldest));
        }
        if oldest > 1 {
            let oldest = self.id_of(of.event, oldest)?;
            if oldest.is_none_or(|oldest| from < oldest) {
                return Err(self.gone(from, oldest));
            }
        }
        self.first_from(of, from).map(Some)
    }

    fn gone(&self, from: EntryId, oldest: Option<EntryId>) -> Failure {
        self.trimmed(match oldest {
            Some(oldest) => format!("from id {from} on not all is kept any more: the oldest id is {oldest}"),
            None => format!("from id {from} on nothing is kept any more up to now"),
        })
    }

    /// The place of an id that an entry has, or that comes right behind one: its version tells, and no older log is looked at.
    fn place(&mut self, of: Of, id: EntryId) -> Result<Option<u64>, Failure> {
        if !(1..=of.newest + 1).contains(&id.sequence) {
            return Ok(None);
        }
        let is_there = self.id_of(of.event, id.sequence)? == Some(id);
        let before = id.previous();
        let is_next = !is_there && before.is_some() && self.id_of(of.event, id.sequence - 1)? == before;
        Ok((is_there || is_next).then_some(id.sequence))
    }

    /// The first version that is kept and whose id is this one or greater; the one after the newest if there is none yet.
    fn first_from(&mut self, of: Of, id: EntryId) -> Result<u64, Failure> {
        if let Some(place) = self.place(of, id)? {
            return Ok(place);
        }
        let (mut low, mut high) = (self.oldest(of.event)?.unwrap_or(of.newest + 1), of.newest + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            // One that is not there yet is after everything.
            if self.id_of(of.event, middle)?.is_some_and(|of_middle| of_middle < id) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The id of a version; `None` if it is not there yet, or not kept any more.
    fn id_of(&mut self, event: EventId, version: u64) -> Result<Option<EntryId>, Failure> {
        Ok(self.try_kept(event, version)?.map(|record| EntryId::of(&record)))
    }

    /// The change that made a version; `None` likewise.
    pub(super) fn kept(&mut self, event: EventId, version: u64) -> Result<Option<Arc<FeedRecord>>, Fault> {
        self.persistently("a change", |reader| reader.try_kept(event, version))
    }

    fn try_kept(&mut self, event: EventId, version: u64) -> Result<Option<Arc<FeedRecord>>, Failure> {
        match self.index.find(&self.log, event, version)? {
            Found::At(_) => self.change(event, version),
            Found::Trimmed(_) => Ok(None),
        }
    }

    /// Versions before `end`, the newest first, as many as a page has; back to `first`, or to the oldest that is kept.
    fn backwards(
        &mut self,
        of: Of,
        (first, end): (Option<u64>, u64),
        count: usize,
    ) -> Result<Vec<Arc<FeedRecord>>, Failure> {
        let (mut taken, mut bytes) = (VecDeque::<Arc<FeedRecord>>::new(), 0);
        let mut next = end.saturating_sub(count as u64).max(first.unwrap_or(1));
        if first.is_none()
            && let Found::Trimmed(oldest) = self.index.find(&self.log, of.event, next)?
        {
            next = oldest.unwrap_or(end);
        }
        while next < end {
            let page = self.try_page(of.event, next, (end - next) as usize)?;
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
