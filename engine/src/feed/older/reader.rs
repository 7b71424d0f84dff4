//! Reads pages of a feed from the log, one after the other, on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use holdfast_wal::{KeptAs, KeptSegment, Log, ReadError};

use super::history::damaged;
use super::index::{Found, Index, Place};
use super::job::Job;
use super::waiting::Waiting;
use crate::catalogue::Code;
use crate::codec::version_of;
use crate::fault::Fault;
use crate::feed::fields::FeedRecord;
use crate::feed::page::Filling;
use crate::feed::picture::Delta;
use crate::feed::shared::Shared;
use crate::limits;
use crate::numbers::EventId;
use crate::pulse::Pulse;

/// How often a page is tried. A try fails if the log removes or thins a segment between finding the version in it and reading
/// it; that happens a few times a second at most, and a try takes far less.
const ATTEMPTS_MAX: u32 = 10;

/// The thread's own state.
pub(in crate::feed) struct Reader {
    pub(super) shared: Arc<Shared>,
    pub(super) log: Log,
    pub(super) index: Index,
}

/// Why there is no page.
#[derive(Debug)]
pub(super) enum Failure {
    Log(ReadError),
    Fault(Fault),
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Log(error)
    }
}

impl Reader {
    pub(in crate::feed) fn new(shared: Arc<Shared>, log: Log) -> Self {
        Self { shared, log, index: Index::default() }
    }

    pub(in crate::feed) fn run(mut self, jobs: &Waiting<Job>, pulse: &Pulse) {
        loop {
            pulse.waits();
            let Some(job) = jobs.next() else { return };
            pulse.files();
            if self.shared.is_stopping() {
                return;
            }
            if job.is_closed() {
                continue;
            }
            // If the connection was closed meanwhile, nothing waits for what was read.
            match job {
                Job::Page { event, from, count, answer } => {
                    let page = self.page(event, from, count);
                    self.count(page.as_ref().map_or(0, Vec::len));
                    let _ = answer.send(page);
                }
                Job::Change { event, version, answer } => {
                    let _ = answer.send(self.kept(event, version));
                }
                Job::Since { event, version, seats, answer } => {
                    let _ = answer.send(self.since(event, version, seats));
                }
                Job::All { from, count, wanted, answer } => {
                    let stretch = self.all(from, count, &wanted);
                    self.count(stretch.as_ref().map_or(0, |stretch| stretch.changes.len()));
                    let _ = answer.send(stretch);
                }
                Job::AllBack { between, count, wanted, answer } => {
                    let stretch = self.all_back(between, count, &wanted);
                    self.count(stretch.as_ref().map_or(0, |stretch| stretch.changes.len()));
                    let _ = answer.send(stretch);
                }
                Job::Span { event, newest, span, answer } => {
                    let page = self.span(event, newest, &span);
                    self.count(page.as_ref().map_or(0, Vec::len));
                    let _ = answer.send(page);
                }
                Job::Count { wanted, answer } => {
                    let _ = answer.send(self.count_all(&wanted));
                }
                Job::Ends { event, newest, answer } => {
                    let _ = answer.send(self.ends(event, newest));
                }
            }
        }
    }

    fn page(&mut self, event: EventId, from: u64, count: usize) -> Result<Vec<Arc<FeedRecord>>, Fault> {
        self.persistently("a feed", |reader| reader.try_page(event, from, count))
    }

    /// The change of this version tells whether it was ever made.
    fn since(&mut self, event: EventId, version: u64, seats: usize) -> Result<Option<Delta>, Fault> {
        let (mut next, mut delta) = (version, None::<Delta>);
        for _ in 0..limits::PICTURE_PAGES_MAX {
            let page = match self.page(event, next, limits::FEED_COUNT_MAX) {
                Err(fault) if fault.code == Code::FEED_TRIMMED => return Ok(None),
                page => page?,
            };
            self.count(page.len());
            let Some(last) = page.last() else { return Ok(delta) };
            next = last.version + 1;
            for record in &page {
                match &mut delta {
                    Some(delta) => delta.take(record),
                    None => delta = Some(Delta::after(record.version, record.at)),
                }
            }
            if delta.as_ref().is_some_and(|delta| !delta.is_whole() || delta.seats().len() > seats) {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Tries to read again, where that may help.
    pub(super) fn persistently<T>(
        &mut self,
        what: &str,
        mut read: impl FnMut(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Fault> {
        let mut attempts = 1;
        loop {
            match read(self) {
                Ok(read) => return Ok(read),
                Err(Failure::Fault(fault)) => return Err(fault),
                // The segment was removed between finding and reading: finds again, in what is kept now.
                Err(Failure::Log(ReadError::Released { .. })) if attempts < ATTEMPTS_MAX => attempts += 1,
                Err(Failure::Log(error @ ReadError::Corruption { segment, .. })) if self.is_past(segment) => {
                    damaged(&self.log, segment, &error);
                }
                Err(Failure::Log(error)) => {
                    tracing::error!(code = %Code::FEED_UNREADABLE, what, %error, "a feed cannot be read");
                    return Err(unreadable("the log cannot be read at this place"));
                }
            }
        }
    }

    fn is_past(&self, number: u64) -> bool {
        let kept_as = |kept: &KeptSegment| matches!(kept.kept_as, KeptAs::Past | KeptAs::Thinned);
        self.log.segments().iter().any(|kept| kept.number == number && kept_as(kept))
    }

    pub(super) fn try_page(
        &mut self,
        event: EventId,
        from: u64,
        count: usize,
    ) -> Result<Vec<Arc<FeedRecord>>, Failure> {
        let mut place = match self.index.find(&self.log, event, from)? {
            Found::At(place) => Some(place),
            Found::Trimmed(Some(oldest)) => {
                return Err(
                    self.trimmed(format!("version {from} is not kept any more: the oldest is {oldest}"))
                );
            }
            Found::Trimmed(None) => {
                let message = format!("version {from} is not kept any more, nor is any after it up to now");
                return Err(self.trimmed(message));
            }
        };
        let mut page = Filling::new(from, count);
        while let Some(stretch) = place.filter(|_| !page.is_full()) {
            let end = self.index.end_of(&stretch);
            self.read_stretch(event, &stretch, end, &mut page)?;
            place = self.index.next(event, stretch.segment, end);
        }
        Ok(page.finish())
    }

    fn read_stretch(
        &self,
        event: EventId,
        stretch: &Place,
        end: u64,
        page: &mut Filling,
    ) -> Result<(), Failure> {
        let mut reader =
            self.log.read_edition((stretch.segment, stretch.edition), stretch.offset, stretch.last)?;
        while reader.offset() < end && !page.is_full() {
            let Some(chunk) = reader.next(limits::FEED_READ_BYTES)? else { break };
            for group in chunk.groups() {
                for (lsn, bytes) in group.records() {
                    let Some((of, Some(version))) = version_of(bytes) else { continue };
                    if of != event || version < page.next() || group.offset >= end {
                        continue;
                    }
                    if page.is_full() {
                        return Ok(());
                    }
                    let record =
                        FeedRecord::decode(bytes).ok().filter(|record| record.version == page.next());
                    let Some(record) = record else {
                        tracing::error!(code = %Code::FEED_UNREADABLE, event = event.0, ?lsn, version, "a feed cannot be read");
                        return Err(Failure::Fault(unreadable("a record of the log is not what follows")));
                    };
                    page.take(Arc::new(record));
                }
            }
        }
        Ok(())
    }

    /// What was asked for is gone.
    pub(super) fn trimmed(&self, message: String) -> Failure {
        self.shared.counts.trimmed.fetch_add(1, Ordering::Relaxed);
        Failure::Fault(Fault::new(Code::FEED_TRIMMED, message))
    }

    fn count(&self, records: usize) {
        let counts = &self.shared.counts;
        counts.reads.fetch_add(1, Ordering::Relaxed);
        counts.read_records.fetch_add(records as u64, Ordering::Relaxed);
        let (bytes, entries) = self.index.size();
        counts.indexed_bytes.store(bytes, Ordering::Relaxed);
        counts.index_entries.store(entries, Ordering::Relaxed);
    }
}

pub(super) fn unreadable(why: &str) -> Fault {
    Fault::new(Code::FEED_UNREADABLE, format!("the feed cannot be read: {why}"))
}
