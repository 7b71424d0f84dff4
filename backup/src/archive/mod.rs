//! The archive: what is sealed of the log is copied beside the server, segment by segment, so that a backup can be brought forward to any
//! moment since.
//!
//! A thread of its own asks for a seal when something of a sale is new and copies what is sealed. Sales know nothing of it. While the
//! target is away it tries again, more and more seldom, and the log is kept as long as the disk allows.

mod store;
#[cfg(test)]
mod tests;

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use holdfast_engine::{ArchiveStats, At, Fault, Identity, Interrupted, Millis};
use holdfast_wal::{KeptAs, KeptSegment, Lsn};

use crate::audited::audit_since;
use crate::copy::Count;
use crate::error::BackupError;
use crate::jobs::Open;
use crate::take::Source;

pub use store::{Archived, Lines};
use store::{Grown, add, drop_oldest, settle};
pub(crate) use store::{list, seq_of};

/// Between two looks whether something is to be copied.
const LOOK: Duration = Duration::from_millis(500);
/// After the first failure, and at most.
const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// Bytes a second that are copied, so that sales on the same disk hardly notice.
const BYTES_PER_SECOND: u64 = 32 * 1024 * 1024;

/// What an operator may choose.
#[derive(Clone)]
pub struct ArchivePolicy {
    /// How the directory of the archive is opened.
    pub open: Open,
    /// How soon what is new is sealed and copied.
    pub every: Duration,
    /// For how long copies are kept.
    pub keep: Millis<u64>,
}

/// The thread, and how to end it.
pub struct Archiver {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Archiver {
    /// Starts the thread.
    ///
    /// # Errors
    /// If there can be no more threads.
    pub fn start(source: Source, identity: Identity, policy: ArchivePolicy) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        let mut work = Work {
            source,
            identity,
            policy,
            known: None,
            passed: 0,
            sealed: Instant::now(),
            stats: ArchiveStats::default(),
        };
        let run = move || {
            let mut wait = LOOK;
            let mut again = AGAIN.0;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let mut stops = || {
                    matches!(stopped.try_recv(), Err(std::sync::mpsc::TryRecvError::Disconnected) | Ok(()))
                };
                match work.look(&mut stops) {
                    Ok(()) => (wait, again) = (LOOK, AGAIN.0),
                    Err(BackupError::Interrupted) => return,
                    Err(error) => {
                        work.failed(&error);
                        (wait, again) = (again, (2 * again).min(AGAIN.1));
                    }
                }
                work.tell();
            }
        };
        let thread = thread::Builder::new().name("archive".to_owned()).spawn(run)?;
        Ok(Self { stop, thread })
    }

    /// Ends the thread. What is not copied by now is copied after the next start.
    pub fn stop(self) {
        drop(self.stop);
        // A panic there was reported there.
        let _ = self.thread.join();
    }
}

struct Work {
    source: Source,
    identity: Identity,
    policy: ArchivePolicy,
    /// What the archive has, once it was looked at.
    known: Option<Vec<Archived>>,
    /// The newest segment that was lost.
    passed: u64,
    /// When a seal was asked for last.
    sealed: Instant,
    stats: ArchiveStats,
}

impl Work {
    fn look(&mut self, stops: &mut dyn FnMut() -> bool) -> Result<(), BackupError> {
        let router = self.source.router.clone();
        if self.sealed.elapsed() >= self.policy.every {
            self.sealed = Instant::now();
            if router.has_unsealed_sales().map_err(|error| BackupError::Source(error.to_string()))? {
                router.seal().map_err(|error| BackupError::Source(error.to_string()))?;
            }
        }
        let passed = self.passed;
        let new = |known: &[Archived]| {
            let newest = known.last().map_or(0, |archived| archived.segment).max(passed);
            router.sealed().into_iter().filter(|kept| kept.number > newest).collect::<Vec<_>>()
        };
        if self.known.as_deref().is_some_and(|known| new(known).is_empty()) {
            self.stats.waiting_since = None;
            return Ok(());
        }
        self.stats.waiting_since.get_or_insert(router.now());
        let archive = (self.policy.open)().map_err(|Fault { message, .. }| BackupError::Source(message))?;
        let mut known = match self.known.take() {
            Some(known) => known,
            None => {
                settle(&*archive, &self.identity)?;
                list(&*archive, &self.identity)?
            }
        };
        let added = new(&known).iter().try_for_each(|kept| {
            let archived = self.copy(&*archive, kept, known.last(), stops)?;
            known.extend(archived);
            self.has(&known);
            Ok(())
        });
        let pruned = self.prune(&*archive, &mut known, router.now());
        self.has(&known);
        self.known = Some(known);
        added.and(pruned)?;
        (self.stats.waiting_since, self.stats.failing) = (None, None);
        Ok(())
    }

    /// Copies a segment behind the one before. `None` if it is none of the log any more.
    fn copy(
        &mut self,
        archive: &dyn holdfast_wal::Storage,
        kept: &KeptSegment,
        before: Option<&Archived>,
        stops: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Archived>, BackupError> {
        if kept.kept_as == KeptAs::Thinned {
            // The disk ran full before it could be copied. From the next backup on there is no gap again.
            tracing::error!(
                segment = kept.number,
                "log was let go of before it was archived: moments in it cannot be restored"
            );
            self.stats.lost += 1;
            self.passed = kept.number;
            return Ok(None);
        }
        let path = kept.path();
        let contents = self.source.storage.read(&path).map_err(BackupError::io("read", &path))?;
        let begun = Instant::now();
        let mut step = |done: u64, _: u64| {
            let due = Duration::from_micros(done.saturating_mul(1_000_000) / BYTES_PER_SECOND);
            thread::sleep(due.saturating_sub(begun.elapsed()));
            if stops() { Err(Interrupted) } else { Ok(()) }
        };
        let mut count = Count { done: 0, of: 2 * contents.len() as u64, step: &mut step };
        let (grown, now) = (self.grown(before), self.source.router.now());
        let archived = add(archive, &self.identity, (kept, &contents), &grown, now, &mut count)?;
        self.stats.copied += 1;
        Ok(Some(archived))
    }

    /// The lines of the audit since the segment before. They are durable: what the log notes of the audit always is, so a segment has
    /// no note of a line that is neither with it nor with one before.
    fn grown(&self, before: Option<&Archived>) -> Grown {
        let head = before.and_then(|before| before.audit_head.clone());
        let (after, last) = (seq_of(head.as_deref()), self.source.router.audited().seq);
        let read = if last > after { audit_since(&*self.source.storage, after, last) } else { Ok(None) };
        match read {
            Ok(Some((lines, newest))) => Grown { lines, head: Some(newest.to_string()) },
            Ok(None) => Grown { lines: Vec::new(), head },
            // Sales come first: these lines go with the next segment.
            Err(error) => {
                tracing::warn!(%error, "the audit cannot be archived with this segment of the log");
                Grown { lines: Vec::new(), head }
            }
        }
    }

    fn prune(
        &mut self,
        archive: &dyn holdfast_wal::Storage,
        known: &mut Vec<Archived>,
        now: At,
    ) -> Result<(), BackupError> {
        let Some(At(oldest_kept)) = now.before(self.policy.keep) else { return Ok(()) };
        // The newest stays, so that it is known what is archived.
        while known.len() > 1 && known[0].archived_at < oldest_kept {
            drop_oldest(archive, self.identity.branch.number, &known[0])?;
            known.remove(0);
        }
        Ok(())
    }

    fn has(&mut self, known: &[Archived]) {
        self.stats.segments = known.len() as u64;
        self.stats.bytes = known.iter().map(|archived| archived.bytes).sum();
        if let Some(newest) = known.last() {
            self.stats.upto = Lsn(newest.last_lsn);
        }
        self.tell();
    }

    fn failed(&mut self, error: &BackupError) {
        let fault = Fault::from(error);
        self.stats.failures += 1;
        if self.stats.failing.as_ref().is_none_or(|(code, _)| *code != fault.code) {
            tracing::error!(code = %fault.code, fault.message, "the log cannot be archived: it is tried again, and log is kept meanwhile");
        }
        self.stats.failing = Some((fault.code, fault.message));
    }

    fn tell(&self) {
        self.source.router.archive().tell(self.stats.clone());
    }
}
