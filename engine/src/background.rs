//! The engine's one background thread: snapshots when they are due, and events that need rebuilding.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use actix::Recipient;
use holdfast_wal::Log;
use parking_lot::Mutex;

use crate::actor::{Rebuild, Rebuilt};
use crate::checkpoint::{CheckpointReport, Checkpointer};
use crate::codec::EventId;

/// When a snapshot is due.
#[derive(Clone, Copy, Debug)]
pub struct CheckpointPolicy {
    /// After so many bytes of log since the last. Default 256 MiB.
    pub bytes: u64,
    /// After so long since the last, if anything was logged. Default 5 minutes.
    pub every: Duration,
    /// So much log is kept for the feeds, bytes, beyond what snapshots need. Default 2 GiB.
    pub feed_retention: u64,
}

impl Default for CheckpointPolicy {
    fn default() -> Self {
        Self { bytes: 256 * 1024 * 1024, every: Duration::from_secs(300), feed_retention: 2 << 30 }
    }
}

/// What the thread is asked to do.
enum Task {
    Rebuild(EventId, Recipient<Rebuilt>),
    Checkpoint,
    Stop,
}

/// The thread, and how to reach it.
pub(crate) struct Background {
    tasks: Sender<Task>,
    thread: Option<JoinHandle<()>>,
    last: Arc<Mutex<Option<CheckpointReport>>>,
}

/// How long sealing may take before a task gives up: the committer answers within a sync.
const SEALING_MAX: Duration = Duration::from_secs(30);
/// How long a failed snapshot waits before it is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// A thread that is not running yet, so that actors can be given the way to it first.
pub(crate) struct Waiting {
    tasks: Sender<Task>,
    receiver: Receiver<Task>,
}

impl Waiting {
    pub(crate) fn new() -> Self {
        let (tasks, receiver) = channel();
        Self { tasks, receiver }
    }

    /// What actors call when their event is out of service.
    pub(crate) fn rebuild(&self) -> Rebuild {
        let tasks = self.tasks.clone();
        Arc::new(move |event, to| {
            // Without the thread the process is stopping.
            let _ = tasks.send(Task::Rebuild(event, to));
        })
    }

    pub(crate) fn start(
        self,
        checkpointer: Checkpointer,
        log: Log,
        policy: CheckpointPolicy,
    ) -> std::io::Result<Background> {
        let last = Arc::new(Mutex::new(None));
        let work =
            Work { checkpointer, log, policy, last: Arc::clone(&last), tried: Instant::now(), bytes: 0 };
        let thread =
            thread::Builder::new().name("background".to_owned()).spawn(move || work.run(&self.receiver))?;
        Ok(Background { tasks: self.tasks, thread: Some(thread), last })
    }
}

impl Background {
    /// Asks for a snapshot now.
    pub(crate) fn checkpoint(&self) {
        let _ = self.tasks.send(Task::Checkpoint);
    }

    /// The last snapshot that was made since the start.
    pub(crate) fn last(&self) -> Option<CheckpointReport> {
        self.last.lock().clone()
    }

    /// Lets the running task finish and ends the thread.
    pub(crate) fn stop(&mut self) {
        let _ = self.tasks.send(Task::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic there was reported there.
            let _ = thread.join();
        }
    }
}

struct Work {
    checkpointer: Checkpointer,
    log: Log,
    policy: CheckpointPolicy,
    last: Arc<Mutex<Option<CheckpointReport>>>,
    /// When a snapshot was last made or tried.
    tried: Instant,
    /// Bytes of log written by then.
    bytes: u64,
}

impl Work {
    fn run(mut self, tasks: &Receiver<Task>) {
        loop {
            match tasks.recv_timeout(Duration::from_secs(1)) {
                Ok(Task::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Task::Rebuild(event, to)) => self.rebuild(event, &to),
                Ok(Task::Checkpoint) => self.checkpoint(),
                Err(RecvTimeoutError::Timeout) if self.is_due() => self.checkpoint(),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.relieve();
        }
    }

    fn is_due(&self) -> bool {
        let bytes = self.log.bytes_written() - self.bytes;
        let since = self.tried.elapsed();
        (bytes >= self.policy.bytes && since >= Duration::from_secs(1))
            || (bytes > 0 && since >= self.policy.every)
    }

    /// A disk that runs full takes log from the feeds before it takes holds from the sale.
    fn relieve(&self) {
        match self.checkpointer.relieve() {
            Ok(0) => {}
            Ok(segments) => {
                tracing::warn!(
                    segments,
                    "the disk is almost full: log that was kept for the feeds is let go of"
                );
            }
            Err(error) => tracing::error!(%error, "log that was kept for the feeds cannot be let go of"),
        }
    }

    fn checkpoint(&mut self) {
        let bytes = self.log.bytes_written();
        self.tried = Instant::now();
        if !self.seal() {
            return;
        }
        match self.checkpointer.run() {
            Ok(None) => self.bytes = bytes,
            Ok(Some(report)) => {
                self.bytes = bytes;
                for alarm in &report.alarms {
                    tracing::error!(code = "HF-DQ-002", alarm, "a snapshot is damaged");
                }
                tracing::info!(
                    lsn = report.lsn.0,
                    events = report.written,
                    unchanged = report.carried_over,
                    records = report.records,
                    bytes = report.bytes,
                    segments_released = report.segments_released,
                    took_ms = report.took.as_millis() as u64,
                    "snapshot made"
                );
                *self.last.lock() = Some(report);
            }
            Err(error) => {
                // Tried again soon, whatever the trigger was; until then the log keeps everything.
                self.tried =
                    Instant::now().checked_sub(self.policy.every).unwrap_or(self.tried) + AGAIN_AFTER;
                tracing::error!(%error, "no snapshot could be made; the log keeps everything");
            }
        }
    }

    fn rebuild(&self, event: EventId, to: &Recipient<Rebuilt>) {
        let rebuilt = if self.seal() { self.checkpointer.rebuild(event) } else { return };
        let rebuilt = match rebuilt {
            Ok(rebuilt) => {
                tracing::warn!(
                    event,
                    version = rebuilt.version(),
                    "the event was rebuilt and is back in service"
                );
                Some(Box::new(rebuilt))
            }
            Err(error) => {
                tracing::error!(event, %error, "the event cannot be rebuilt");
                None
            }
        };
        to.do_send(Rebuilt(rebuilt));
    }

    /// Waits until everything that is appended by now stands in sealed segments; false if the log has failed.
    fn seal(&self) -> bool {
        let upto = self.log.appended();
        let started = Instant::now();
        self.log.seal_segment();
        while self.log.sealed_upto() < upto {
            if self.log.pressure().failed || started.elapsed() > SEALING_MAX {
                tracing::error!("the running segment of the log could not be sealed");
                return false;
            }
            thread::sleep(Duration::from_millis(2));
        }
        true
    }
}
