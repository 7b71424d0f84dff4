//! The thread of the audit: it reads the log as it becomes durable, and writes what somebody did into the files.
//!
//! It looks once a second, and no sale knows of it. What it has not written stays in the log, as nobody lets go of log before it is in the
//! files: so a crash at any step loses no act, and the next start goes on behind the newest whole line. The one exception is a disk
//! that is nearly full, where log goes that sales do not need: then a line says which records are missing.

mod opening;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use holdfast_audit::{Appender, Entry};
use holdfast_wal::{Chunk, LOSSES_FILE, Log, Lsn, ReadError, Storage};

use crate::actor::SharedSystem;
use crate::audit::{Beside, Position, Trail, act_of, own_act};
use crate::catalogue::Code;
use crate::clock::Clock;
use crate::front::router::Router;
use crate::journal::log_place::{Ahead, LogPlace, READ_AT_ONCE};
use crate::limits;
use crate::numbers::{At, EventId};
use crate::pulse::{Pulse, Watched};
use crate::system::{AuditChange, Note, NoteKind};

use opening::{Opened, open};

/// It decodes records, the largest of which describe an event.
const STACK_BYTES: usize = 512 * 1024;
/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// At the end of the process, the last acts are waited for so long.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks whether a record is durable.
const SOON: Duration = Duration::from_millis(2);

/// The thread before it runs: log is let go of, and doors tell of strangers, from when there is a router.
pub(crate) struct Waiting {
    trail: Arc<Trail>,
    woken: Receiver<()>,
    wake: Sender<()>,
}

/// The thread, and how to end it.
pub(crate) struct AuditWatch {
    stop: Arc<AtomicBool>,
    wake: Sender<()>,
    thread: JoinHandle<Follower>,
    watched: Watched,
}

/// What the thread has left, at the end of the process.
pub(crate) struct Rest(Option<Follower>);

impl Waiting {
    /// `beside`: of a node.
    pub(crate) fn new(
        core: &SharedSystem,
        log: &Log,
        clock: &Arc<dyn Clock>,
        beside: Option<Beside>,
    ) -> Self {
        let (wake, woken) = channel();
        let trail = Trail::new(Arc::clone(core), log.clone(), Arc::clone(clock), beside, wake.clone());
        Self { trail: Arc::new(trail), woken, wake }
    }

    pub(crate) const fn trail(&self) -> &Arc<Trail> {
        &self.trail
    }

    /// Starts the thread, for the data directory of this id.
    pub(crate) fn start(
        self,
        storage: Arc<dyn Storage>,
        directory: String,
        router: Router,
    ) -> io::Result<AuditWatch> {
        let Self { trail, woken, wake } = self;
        let (stop, pulse) = (Arc::new(AtomicBool::new(false)), Pulse::default());
        let watched = pulse.watched("audit");
        let (files, unanchored_since) = (None, None);
        let mut follower =
            Follower { trail, router, storage, directory, files, unanchored_since, has_noted_losses: false };
        let stopped = Arc::clone(&stop);
        let run = move || {
            while !stopped.load(Ordering::Relaxed) {
                pulse.files();
                let is_all = follower.look();
                pulse.waits();
                if is_all {
                    // Woken or not, it is time.
                    let _ = woken.recv_timeout(EVERY);
                    woken.try_iter().for_each(drop);
                }
            }
            follower
        };
        let thread = thread::Builder::new().name("audit".to_owned()).stack_size(STACK_BYTES).spawn(run)?;
        Ok(AuditWatch { stop, wake, thread, watched })
    }
}

impl AuditWatch {
    pub(crate) const fn watched(&self) -> &Watched {
        &self.watched
    }

    /// Ends the thread. What is durable by now is in the files then, and the log says so.
    pub(crate) fn stop(self) -> Rest {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.wake.send(());
        // A panic there was reported there.
        let mut follower = self.thread.join().ok();
        if let Some(follower) = &mut follower {
            follower.catch_up();
            follower.trail.anchor();
        }
        Rest(follower)
    }
}

impl Rest {
    /// Writes what is told last, that the process ends; the next start does it if there is no time.
    pub(crate) fn end(self) {
        if let Some(mut follower) = self.0 {
            follower.catch_up();
        }
    }
}

/// The thread's own state.
struct Follower {
    trail: Arc<Trail>,
    router: Router,
    storage: Arc<dyn Storage>,
    directory: String,
    /// `None` until the files could be opened.
    files: Option<Files>,
    /// Since when there are lines that the log has not noted.
    unanchored_since: Option<At>,
    has_noted_losses: bool,
}

/// The files, and how far they are.
struct Files {
    appender: Appender,
    place: Option<LogPlace>,
    /// All acts up to this record are in the files or wait to be written.
    at: Lsn,
    waiting: Vec<Entry>,
}

impl Follower {
    /// Writes what has become durable, or a good part of it. Returns whether that was all.
    fn look(&mut self) -> bool {
        if self.files.is_none() {
            match self.open() {
                Ok(files) => self.files = Some(files),
                Err(error) => {
                    self.fails(Code::AUDIT_BEHIND, &format!("the files cannot be opened: {error}"));
                    return true;
                }
            }
        }
        self.note();
        let is_all = self.follow();
        self.anchor();
        is_all
    }

    fn open(&self) -> io::Result<Files> {
        let Self { trail, storage, directory, .. } = self;
        let log = self.router.log();
        let ends = (log.first_lsn(), log.durable());
        let Opened { appender, at, first, shown, damage } =
            open(storage, directory, ends, (trail.noted(), trail.now()))?;
        trail.grows(Position { head: appender.head(), upto: at }, shown);
        if let Some(damage) = damage {
            tracing::error!(code = %Code::AUDIT_DAMAGED, damage, "the audit is not what was written; sales go on");
            trail.is_damaged(damage);
        }
        Ok(Files { appender, place: None, at, waiting: first })
    }

    /// All that is durable. At the end of the process, what was told a moment ago as well.
    fn catch_up(&mut self) {
        let (until, last) = (Instant::now() + PATIENCE, self.trail.core().lock().last_lsn());
        let log = self.router.log().clone();
        while log.durable() < last && !log.pressure().failed && Instant::now() < until {
            thread::sleep(SOON);
        }
        while !self.look() && Instant::now() < until {}
    }

    /// Has recorded what no record tells yet.
    fn note(&mut self) {
        if !self.has_noted_losses {
            self.has_noted_losses = self.note_losses();
        }
        let now = self.trail.now();
        let mut left = Vec::new();
        for note in self.trail.notes().due(now) {
            let told = AuditChange::Noted(Box::new(note.clone()));
            if !left.is_empty() || !self.trail.core().lock().audit(told, now) {
                left.push(note);
            }
        }
        self.trail.notes().not_recorded(left);
    }

    /// The losses of log that were accepted since the last start. Returns whether all are noted.
    fn note_losses(&self) -> bool {
        let text = match self.storage.read(LOSSES_FILE) {
            Ok(contents) => String::from_utf8_lossy(&contents).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return true,
            Err(_) => return false,
        };
        text.lines().enumerate().all(|(number, line)| {
            let mut core = self.trail.core().lock();
            let noted = core.system().map_or(0, |system| system.audited().losses);
            let note = Note {
                kind: NoteKind::LossAccepted,
                count: 1,
                target: LOSSES_FILE.into(),
                reason: line.into(),
            };
            (number as u64) < noted || core.audit(AuditChange::Noted(Box::new(note)), self.trail.now())
        })
    }

    fn follow(&mut self) -> bool {
        let Some(mut files) = self.files.take() else { return true };
        let followed = self.read_on(&mut files);
        self.files = Some(files);
        followed.unwrap_or_else(|(code, why)| {
            self.fails(code, &why);
            true
        })
    }

    fn read_on(&self, files: &mut Files) -> Result<bool, (Code, String)> {
        let log = self.router.log();
        let unreadable =
            |error: ReadError| (Code::FEED_UNREADABLE, format!("the log cannot be read: {error}"));
        let mut bytes = 0;
        loop {
            files
                .write(&self.trail)
                .map_err(|error| (Code::AUDIT_BEHIND, format!("the files cannot be written: {error}")))?;
            if bytes >= READ_AT_ONCE {
                return Ok(false);
            }
            let place = match files.place.take() {
                Some(place) => Ok(place),
                None => LogPlace::find(log, files.at, None),
            };
            let ahead = place.and_then(|mut place| Ok((place.read_on(log)?, place)));
            match ahead {
                Ok((Ahead::Groups(chunk), place)) => {
                    bytes += limits::FEED_READ_BYTES;
                    self.take_in(&chunk, files);
                    files.place = Some(place);
                }
                Ok((Ahead::NextSegment, place)) => files.place = Some(place),
                Ok((Ahead::Nothing, place)) => {
                    files.at = files.at.max(place.last());
                    files.place = Some(place);
                    self.trail.grows(files.position(), []);
                    self.trail.is_current();
                    return Ok(true);
                }
                Err(ReadError::Released { .. }) if log.first_lsn() > files.at.next() => {
                    files.misses(
                        log.first_lsn().previous(),
                        "were let go of before they were audited",
                        self.trail.now(),
                    );
                }
                Err(error) => return Err(unreadable(error)),
            }
        }
    }

    fn take_in(&self, chunk: &Chunk, files: &mut Files) {
        for (lsn, bytes) in chunk.groups().flat_map(|group| group.records()) {
            if lsn <= files.at {
                continue;
            }
            match act_of(lsn, bytes) {
                Ok(Some(act)) => {
                    files.at = lsn;
                    files.waiting.push(self.named(act));
                }
                Ok(None) => files.at = lsn,
                Err(error) => files.misses(lsn, &format!("cannot be read: {error}"), self.trail.now()),
            }
        }
    }

    fn named(&self, act: Entry) -> Entry {
        let name = |id| self.router.directory().name_of(EventId(id)).map(|name| name.as_str().into());
        let known = || act.event.clone().or_else(|| act.event_id.and_then(name));
        let event = known().or_else(|| {
            self.waits_for(Lsn(act.lsn));
            known()
        });
        Entry { event, ..act }
    }

    /// One that follows may have read of an event that it has not taken in yet: it waits a little for that.
    fn waits_for(&self, lsn: Lsn) {
        let until = Instant::now() + PATIENCE;
        let follows = || self.router.journal().follows().is_some();
        let is_shown = || self.router.cluster().is_none_or(|view| view.applied() >= lsn);
        while follows() && !is_shown() && Instant::now() < until {
            thread::sleep(SOON);
        }
    }

    /// Has the head noted, when that is due.
    fn anchor(&mut self) {
        let (head, noted, now) = (self.trail.position().head, self.trail.noted().seq, self.trail.now());
        if head.seq <= noted {
            self.unanchored_since = None;
            return;
        }
        let since = *self.unanchored_since.get_or_insert(now);
        let many = head.seq - noted >= limits::AUDIT_HEAD_EVERY;
        if many || now.since(since) >= limits::AUDIT_HEAD_WITHIN {
            self.trail.anchor();
        }
    }

    fn fails(&self, code: Code, why: &str) {
        if self.trail.fails(why) {
            tracing::error!(%code, why, "the audit does not go on; the log is kept for it, and sales go on");
        }
    }
}

impl Files {
    fn position(&self) -> Position {
        Position { head: self.appender.head(), upto: self.at }
    }

    /// Writes what waits.
    fn write(&mut self, trail: &Trail) -> io::Result<()> {
        while !self.waiting.is_empty() {
            let lines = self.appender.append(&self.waiting)?;
            self.waiting.drain(..lines.len());
            let upto = lines.last().map_or(0, |line| line.entry.lsn);
            let upto = if self.waiting.is_empty() { self.at } else { Lsn(upto) };
            trail.grows(Position { head: self.appender.head(), upto }, lines);
        }
        Ok(())
    }

    /// Acts up to this record may be missing.
    fn misses(&mut self, upto: Lsn, why: &str, now: At) {
        let what = format!("records {} to {upto} of the log {why}", self.at.next());
        tracing::error!(code = %Code::AUDIT_GAP, what, "acts may be missing in the audit");
        self.waiting.push(own_act("gap", upto, now, what));
        self.at = upto;
    }
}
