//! The engine's one background thread: snapshots when they are due, and events that need rebuilding.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use actix::Recipient;
use holdfast_wal::{Log, Lsn};
use parking_lot::Mutex;

use crate::actor::{Rebuild, Rebuilt, SharedSystem};
use crate::catalogue::Code;
use crate::feed::FeedRetention;
use crate::journal::memory::MemoryGauge;
use crate::life::backoff::Backoff;
use crate::life::waking::{Back, RebuildAs, Waker};
use crate::limits;
use crate::numbers::EventId;
use crate::pulse::{Pulse, Watched};
use crate::restore::checkpoint::{CheckpointError, CheckpointReport, Checkpointer, Memory};
use crate::restore::sealing::seal;
use crate::restore::snapshotter::Snapshotter;

/// When a snapshot is due.
#[derive(Clone, Copy, Debug)]
pub struct CheckpointPolicy {
    /// When this many bytes of log were written since the last snapshot, with headers and padding. Default 256 MiB.
    pub bytes: u64,
    /// When this time has passed since the last snapshot, if anything was logged. Default 5 minutes.
    pub every: Duration,
    /// Log that is kept for the feeds, beyond what snapshots need. Default 2 GiB, however old.
    pub feed_retention: FeedRetention,
    /// For how long nothing has to be asked of an event before it leaves memory, once a snapshot has it and nothing of it
    /// is due by itself; zero: it stays. Default 10 minutes.
    pub park_after: Duration,
    /// Whether log is kept until it is archived, as long as the disk has room. Default no.
    pub archived: bool,
}

impl Default for CheckpointPolicy {
    fn default() -> Self {
        let (every, park_after) = (Duration::from_secs(300), Duration::from_secs(600));
        let feed_retention = FeedRetention { bytes: 2 << 30, age: None, groups: 4 << 30 };
        Self { bytes: 256 * 1024 * 1024, every, feed_retention, park_after, archived: false }
    }
}

/// What came of a snapshot: a report, if anything was new, or why there is none.
pub(super) type Made = Result<Option<CheckpointReport>, (Code, String)>;

/// What the thread is asked to do.
pub(super) enum Task {
    Rebuild(EventId, Back),
    /// A snapshot; whoever waits for it is told what came of it.
    Checkpoint(Option<Sender<Made>>),
    Stop,
}

/// The thread, and how to reach it.
pub(crate) struct Background {
    tasks: Sender<Task>,
    thread: Option<JoinHandle<()>>,
    watched: Watched,
    told: Arc<Mutex<Told>>,
    /// Whoever cannot read an event at rest asks this thread for it, and ends before it.
    waker: Option<Waker>,
}

/// What the thread has done, for the operator.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// The last snapshot that was made since the start.
    pub(crate) last: Option<CheckpointReport>,
    /// Snapshots that could not be made since the start.
    pub(crate) failures: u64,
    /// The last one that was due.
    pub(crate) failing: bool,
    /// Why it could not be made.
    pub(crate) failed: Option<(Code, String)>,
    /// Events that the last snapshot left behind.
    pub(crate) behind: usize,
}

/// What the thread finds when it starts.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    /// The newest record that is in a snapshot.
    pub(crate) newest: Lsn,
    /// Log that stands on the disk since then, bytes.
    pub(crate) bytes: u64,
    /// Whether snapshots are damaged, or two sets share a file: then a snapshot is due at once.
    pub(crate) damaged: bool,
    /// What a segment of the log takes, bytes.
    pub(crate) segment_bytes: u64,
}

/// How long it is at least between two times that the system is given back memory.
const GIVE_BACK_EVERY: Duration = Duration::from_secs(1);

/// The background before its thread runs: actors are given the way to it first.
pub(crate) struct Waiting {
    tasks: Sender<Task>,
    receiver: Receiver<Task>,
}

impl Waiting {
    pub(crate) fn new() -> Self {
        let (tasks, receiver) = channel();
        Self { tasks, receiver }
    }

    /// The function that actors call when their event is out of service.
    pub(crate) fn rebuild(&self) -> Rebuild {
        let rebuild = self.rebuild_as();
        Arc::new(move |event, to: Recipient<Rebuilt>| {
            rebuild(event, Box::new(move |rebuilt| to.do_send(Rebuilt(rebuilt))));
        })
    }

    /// The same for whoever takes the event otherwise.
    pub(crate) fn rebuild_as(&self) -> RebuildAs {
        let tasks = self.tasks.clone();
        Arc::new(move |event, back| {
            // If the thread has ended, the process is stopping.
            let _ = tasks.send(Task::Rebuild(event, back));
        })
    }

    pub(crate) fn start(
        self,
        checkpointer: Checkpointer,
        log: Log,
        policy: CheckpointPolicy,
        found: Found,
        (memory, gauge, system): (Box<dyn Memory + Send>, Arc<MemoryGauge>, SharedSystem),
    ) -> std::io::Result<Background> {
        let told = Arc::new(Mutex::new(Told::default()));
        let work = Work {
            snapshotter: Snapshotter::new(checkpointer, log.clone(), found.segment_bytes),
            log,
            policy,
            memory,
            gauge,
            system,
            told: Arc::clone(&told),
            made_at: Instant::now(),
            newest: found.newest,
            written: 0,
            before: found.bytes,
            damaged: found.damaged,
            segment_bytes: found.segment_bytes,
            given_at: Instant::now(),
            snapshots: Backoff::default(),
            rebuilds: BTreeMap::new(),
            waiting: Vec::new(),
        };
        let pulse = Pulse::default();
        let watched = pulse.watched("background");
        let work = move || work.run(&self.receiver, &pulse);
        let thread = thread::Builder::new().name("background".to_owned()).spawn(work)?;
        Ok(Background { tasks: self.tasks, thread: Some(thread), watched, told, waker: None })
    }
}

impl Background {
    /// Whatever the thread is to do is sent there.
    pub(super) fn tasks(&self) -> Sender<Task> {
        self.tasks.clone()
    }

    /// Asks for a snapshot now.
    pub(crate) fn checkpoint(&self) {
        let _ = self.tasks.send(Task::Checkpoint(None));
    }

    pub(crate) fn told(&self) -> Told {
        self.told.lock().clone()
    }

    /// Its thread and that of the waker.
    pub(crate) fn watched(&self) -> impl Iterator<Item = &Watched> {
        self.waker.iter().map(Waker::watched).chain([&self.watched])
    }

    /// Ends the waker with it.
    pub(crate) fn with(self, waker: Waker) -> Self {
        Self { waker: Some(waker), ..self }
    }

    /// Lets the running task finish and ends the thread.
    pub(crate) fn stop(&mut self) {
        self.waker.take().into_iter().for_each(Waker::stop);
        let _ = self.tasks.send(Task::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic there was reported there.
            let _ = thread.join();
        }
    }
}

struct Work {
    snapshotter: Snapshotter,
    log: Log,
    policy: CheckpointPolicy,
    memory: Box<dyn Memory + Send>,
    gauge: Arc<MemoryGauge>,
    system: SharedSystem,
    told: Arc<Mutex<Told>>,
    /// When the last snapshot was made, and the newest record that is in it.
    made_at: Instant,
    newest: Lsn,
    /// Bytes of log that had been written by then, since the start.
    written: u64,
    /// Bytes of log that were on the disk at the start and are in no snapshot.
    before: u64,
    /// Snapshots are damaged: one is due, whatever was logged.
    damaged: bool,
    segment_bytes: u64,
    /// When the system was given back memory.
    given_at: Instant,
    snapshots: Backoff,
    rebuilds: BTreeMap<EventId, Backoff>,
    /// Events whose rebuilding failed and is to be tried again.
    waiting: Vec<(EventId, Back)>,
}

impl Work {
    fn run(mut self, tasks: &Receiver<Task>, pulse: &Pulse) {
        loop {
            pulse.waits();
            let task = tasks.recv_timeout(Duration::from_secs(1));
            pulse.files();
            match task {
                Ok(Task::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Task::Rebuild(event, back)) => self.waiting.push((event, back)),
                Ok(Task::Checkpoint(asked)) => {
                    let made = self.checkpoint();
                    // Whoever has asked may have been stopped.
                    asked.into_iter().for_each(|asked| drop(asked.send(made.clone())));
                }
                Err(RecvTimeoutError::Timeout) if self.is_due() => drop(self.checkpoint()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            for (event, back) in std::mem::take(&mut self.waiting) {
                self.rebuild(event, back);
            }
            self.snapshotter.relieve(0);
            self.give_back();
        }
    }

    /// No more than once a second, so that it is as little as possible at a time and yet not all the time.
    fn give_back(&mut self) {
        if self.given_at.elapsed() < GIVE_BACK_EVERY {
            return;
        }
        let now = Instant::now();
        if let Some(freed) = self.gauge.give_back() {
            self.given_at = now;
            let took_us = self.given_at.elapsed().as_micros() as u64;
            tracing::debug!(freed, took_us, "the system has back what was freed, bytes");
        }
    }

    fn is_due(&self) -> bool {
        if !self.snapshots.is_over() {
            return false;
        }
        let bytes = self.log.stats().written_bytes - self.written + self.before;
        let since = self.made_at.elapsed();
        // On a disk that is nearly full a snapshot allows to remove log, and is worth making for a single segment.
        let enough = if self.log.is_short_of_space() { self.segment_bytes } else { self.policy.bytes };
        let many = self.snapshots.is_running() || bytes >= enough.min(self.policy.bytes);
        let logged = self.log.appended().0.saturating_sub(self.newest.0);
        let of_system = self.system.lock().records_after(self.newest);
        self.damaged || is_reason(many, since >= self.policy.every, logged, of_system)
    }

    fn checkpoint(&mut self) -> Made {
        let written = self.log.stats().written_bytes;
        match self.try_checkpoint() {
            Ok(report) => {
                (self.written, self.before, self.damaged) = (written, 0, false);
                (self.made_at, self.snapshots) = (Instant::now(), Backoff::default());
                self.newest = self.newest.max(report.as_ref().map_or(Lsn::ZERO, |report| report.lsn));
                self.gauge.snapshot_is_at(self.newest);
                let unchanged = report.as_ref().map_or(0, |report| report.carried_over as u64);
                self.gauge.frees(unchanged * limits::SET_BYTES_PER_EVENT);
                let mut told = self.told.lock();
                told.failing = false;
                told.failed = None;
                told.behind = report.as_ref().map_or(0, |report| report.behind.len());
                told.last = report.clone().or(told.last.take());
                Ok(report)
            }
            Err(error) => {
                let again = self.snapshots.failed();
                let mut told = self.told.lock();
                told.failures += 1;
                told.failing = true;
                let failed = (error.code(), error.to_string());
                told.failed = Some(failed.clone());
                drop(told);
                tracing::error!(
                    %error,
                    again_in_s = again.as_secs(),
                    "no snapshot could be made; the log keeps everything"
                );
                Err(failed)
            }
        }
    }

    /// A snapshot that would not fit the memory is not begun: an allocation that fails would end the process.
    fn try_checkpoint(&mut self) -> Result<Option<CheckpointReport>, CheckpointError> {
        let (log, memory) = (&self.log, &*self.memory);
        let appended = log.appended();
        if let Some(missing) = self.gauge.snapshot_misses(appended) {
            return Err(CheckpointError::NoMemory { missing });
        }
        let snapshotter = &mut self.snapshotter;
        let made = self.gauge.watching_snapshot(appended, || snapshotter.try_once(&mut || seal(log), memory));
        made.inspect(|made| made.iter().for_each(tell))
    }

    fn rebuild(&mut self, event: EventId, back: Back) {
        let backoff = self.rebuilds.entry(event).or_default();
        if !backoff.is_over() {
            self.waiting.push((event, back));
            return;
        }
        match seal(&self.log).and_then(|()| self.snapshotter.checkpointer().rebuild(event)) {
            Ok(rebuilt) => {
                let version = rebuilt.version();
                tracing::warn!(event = event.0, version, "the event was rebuilt and is back in service");
                self.rebuilds.remove(&event);
                back(Box::new(rebuilt));
            }
            Err(error) => {
                let again = self.rebuilds.entry(event).or_default().failed();
                tracing::error!(
                    code = %Code::OUT_OF_SERVICE,
                    event = event.0,
                    %error,
                    again_in_s = again.as_secs(),
                    "the event cannot be rebuilt"
                );
                self.waiting.push((event, back));
            }
        }
    }
}

/// Whether records that were logged since the newest snapshot, some of them of the system event, are a reason to make
/// one. That a minute has passed is none, else a server that rests would never leave its disk alone.
const fn is_reason(many: bool, late: bool, logged: u64, of_system: u64) -> bool {
    (many && logged > 0) || (late && logged > of_system)
}

fn tell(report: &CheckpointReport) {
    for alarm in &report.alarms {
        tracing::error!(code = %Code::SNAPSHOTS_DAMAGED, alarm, "a snapshot is damaged");
    }
    for (event, reason) in &report.behind {
        let damaged = report.damaged.contains(event);
        let code = if damaged { Code::SNAPSHOTS_DAMAGED } else { Code::DIGEST_MISMATCH };
        tracing::error!(
            %code,
            event = event.0,
            reason,
            "no snapshot of this event could be made; its older one stays, and the log since"
        );
    }
    tracing::info!(
        lsn = report.lsn.0,
        events = report.written,
        unchanged = report.carried_over,
        mended = report.mended,
        behind = report.behind.len(),
        records = report.records,
        bytes = report.bytes,
        segments_released = report.segments_released,
        took_ms = report.took.as_millis() as u64,
        "snapshot made"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heartbeats_alone_are_no_reason_for_a_snapshot_until_there_are_many() {
        assert!(!is_reason(false, true, 5, 5), "nothing but heartbeats");
        assert!(is_reason(false, true, 6, 5), "and a sale");
        assert!(is_reason(true, false, 5, 5), "so many that the log is worth letting go of");
        assert!(!is_reason(true, true, 0, 0) && !is_reason(false, false, 9, 0));
    }
}
