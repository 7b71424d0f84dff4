//! Where connections reach the feeds: the follower's tails, and the reader of older log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::{io, mem};

use holdfast_wal::{Log, Lsn};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::fields::FeedRecord;
use super::follower::Follower;
use super::older::job::{Answer, Job};
use super::older::reader::Reader;
use super::older::waiting::{Refused, Waiting};
use super::page::{Stretch, Wanted};
use super::picture::Delta;
use super::shared::{Shared, Watch};
use super::stream::Span;
use super::tail::Tail;
use crate::catalogue::Code;
use crate::exchange::reply::Shown;
use crate::fault::Fault;
use crate::journal::admission::Trouble;
use crate::journal::waker::Waker;
use crate::numbers::{Account, EventId};
use crate::pulse::{Pulse, Watched};

const FOLLOWER: &str = "feed-follower";
const READER: &str = "feed-reader";

/// The feeds of all events.
pub(crate) struct Hub {
    shared: Arc<Shared>,
    jobs: Arc<Waiting<Job>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    watched: [Watched; 2],
}

/// Figures of the feed for operators.
#[derive(Clone, Copy, Debug, Default)]
pub struct FeedStats {
    /// Events that are followed, as a connection listens or did so a moment ago.
    pub tails: usize,
    /// The memory that their newest changes take, bytes.
    pub tail_bytes: usize,
    /// Changes that were handed to tails.
    pub followed: u64,
    /// Messages given to subscribers.
    pub messages: u64,
    /// Subscribers that did not keep up and were cut off.
    pub subscribers_cut: u64,
    /// Pages that were read from the log.
    pub log_reads: u64,
    /// Changes in those pages.
    pub log_read_records: u64,
    /// Requests for versions that are not kept any more.
    pub trimmed: u64,
    /// Log that the index covers, bytes.
    pub indexed_bytes: u64,
    /// Entries of the index, of 16 bytes each.
    pub index_entries: u64,
    /// LSN of the oldest record that is kept for the feeds.
    pub log_first: u64,
}

impl Hub {
    /// Starts the threads of the feed. The committer calls `waker`.
    pub(crate) fn start(log: &Log, waker: Arc<Waker>) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(log.clone(), waker));
        let jobs = Arc::new(Waiting::new());
        let received = Arc::clone(&jobs);
        let follower = Follower::new(Arc::clone(&shared), log.clone());
        let reader = Reader::new(Arc::clone(&shared), log.clone());
        let (follows, reads) = (Pulse::default(), Pulse::default());
        let watched = [follows.watched(FOLLOWER), reads.watched(READER)];
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        let threads = vec![
            named(FOLLOWER).spawn(move || follower.run(&follows))?,
            named(READER).spawn(move || reader.run(&received, &reads))?,
        ];
        Ok(Self { shared, jobs, threads: Mutex::new(threads), watched })
    }

    /// Its threads.
    pub(crate) const fn watched(&self) -> &[Watched] {
        &self.watched
    }

    /// The tail of an event; makes one if there is none. The tail will have everything that the actor does not know
    /// of yet.
    pub(crate) fn listen(&self, event: EventId, shown: &Arc<Shown>) -> Arc<Tail> {
        self.shared.listen(event, shown)
    }

    /// The tail of an event, if there is one.
    pub(crate) fn heard(&self, event: EventId) -> Option<Arc<Tail>> {
        self.shared.heard(event)
    }

    /// Reads a page from the log for this account, on the reader's thread.
    pub(crate) async fn read(
        &self,
        account: Account,
        event: EventId,
        from: u64,
        count: usize,
    ) -> Result<Vec<Arc<FeedRecord>>, Fault> {
        self.ask(account, |answer| Job::Page { event, from, count, answer }).await
    }

    /// Reads the change that made this version of an event, likewise; `None` if it is not kept. Waits for it.
    pub(crate) fn read_change(&self, event: EventId, version: u64) -> Result<Option<Arc<FeedRecord>>, Fault> {
        let answered = self.put(Account::NOBODY, |answer| Job::Change { event, version, answer })?;
        answered.blocking_recv().unwrap_or_else(|_| Err(stopping()))
    }

    /// Reads for this account what has changed in an event after a version, likewise: in at most so many seats, else there is
    /// nothing.
    pub(crate) async fn read_since(
        &self,
        account: Account,
        event: EventId,
        version: u64,
        seats: usize,
    ) -> Result<Option<Delta>, Fault> {
        self.ask(account, |answer| Job::Since { event, version, seats, answer }).await
    }

    /// Reads changes of all events that are wanted, from a record on, likewise.
    pub(crate) async fn read_all(
        &self,
        account: Account,
        from: Lsn,
        count: usize,
        wanted: &Wanted,
    ) -> Result<Stretch, Fault> {
        let wanted = Arc::clone(wanted);
        self.ask(account, |answer| Job::All { from, count, wanted, answer }).await
    }

    /// Reads changes of all events that are wanted against the order of the log, between two records, likewise. With
    /// [`Lsn::ZERO`] as the first, it ends with the oldest that is kept.
    pub(crate) async fn read_all_back(
        &self,
        account: Account,
        between: (Lsn, Lsn),
        count: usize,
        wanted: &Wanted,
    ) -> Result<Stretch, Fault> {
        let wanted = Arc::clone(wanted);
        self.ask(account, |answer| Job::AllBack { between, count, wanted, answer }).await
    }

    /// How many changes of all events that are wanted are kept.
    pub(crate) async fn count_all(&self, account: Account, wanted: &Wanted) -> Result<u64, Fault> {
        let wanted = Arc::clone(wanted);
        self.ask(account, |answer| Job::Count { wanted, answer }).await
    }

    /// Reads entries of an event's stream, likewise. Its newest durable version is known.
    pub(crate) async fn read_span(
        &self,
        account: Account,
        (event, newest): (EventId, u64),
        span: Span,
    ) -> Result<Vec<Arc<FeedRecord>>, Fault> {
        self.ask(account, |answer| Job::Span { event, newest, span, answer }).await
    }

    /// The oldest change of an event that is kept, and the newest, likewise.
    pub(crate) async fn ends(
        &self,
        account: Account,
        (event, newest): (EventId, u64),
    ) -> Result<Option<[Arc<FeedRecord>; 2]>, Fault> {
        self.ask(account, |answer| Job::Ends { event, newest, answer }).await
    }

    async fn ask<T>(&self, account: Account, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, Fault> {
        self.put(account, job)?.await.unwrap_or_else(|_| Err(stopping()))
    }

    fn put<T>(
        &self,
        account: Account,
        job: impl FnOnce(Answer<T>) -> Job,
    ) -> Result<oneshot::Receiver<Result<T, Fault>>, Fault> {
        let (answer, answered) = oneshot::channel();
        match self.jobs.push(account, job(answer)) {
            Ok(None) => {}
            Ok(Some(displaced)) => displaced.refuse(Trouble::OthersWait.fault()),
            Err(Refused::Full) => return Err(Trouble::OthersWait.fault()),
            Err(Refused::Stopped) => return Err(stopping()),
        }
        Ok(answered)
    }

    /// To wait for any change.
    pub(crate) fn watch(&self) -> Watch {
        self.shared.watch()
    }

    /// Figures for operators.
    pub(crate) fn stats(&self) -> FeedStats {
        let (tails, tail_bytes) = self.shared.tails();
        let counts = &self.shared.counts;
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        FeedStats {
            tails,
            tail_bytes,
            followed: of(&counts.followed),
            messages: of(&counts.messages),
            subscribers_cut: of(&counts.cut),
            log_reads: of(&counts.reads),
            log_read_records: of(&counts.read_records),
            trimmed: of(&counts.trimmed),
            indexed_bytes: of(&counts.indexed_bytes),
            index_entries: of(&counts.index_entries),
            log_first: self.shared.log_first().0,
        }
    }

    /// Ends the threads.
    pub(crate) fn stop(&self) {
        self.shared.end();
        self.jobs.stop();
        for thread in mem::take(&mut *self.threads.lock()) {
            // A panic there was reported there.
            let _ = thread.join();
        }
    }
}

fn stopping() -> Fault {
    Fault::new(Code::SHUTTING_DOWN, "the server is stopping; retry after 1000 ms")
}
