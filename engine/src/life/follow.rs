//! The thread that takes in what another node has logged, for as long as this one follows, and that has the engine sell when the node has
//! come to own the log.
//!
//! It reads the log of this machine as that becomes durable, so that nobody is shown what a crash takes back. The records of each event go
//! to its actor, which makes them happen and compares the digest, as recovery does; the thread goes on when all have. A record that leads
//! to another state than it did where it was logged ends the process: the next one finds out which of the two is damaged.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use holdfast_wal::{Chunk, Lsn, Poisoned};

use crate::actor::{Entry, FromLog, Records, SharedSystem};
use crate::catalogue::Code;
use crate::codec::event_of;
use crate::front::directory::Found;
use crate::front::router::Router;
use crate::journal::append::Quorum;
use crate::journal::log_place::LogFollower;
use crate::node::{ClusterView, NodeWay};
use crate::numbers::EventId;
use crate::pulse::{Pulse, Watched};
use crate::restore::replay::Replay;

/// How long it sleeps if nobody calls.
const EVERY: Duration = Duration::from_secs(1);
/// Between two tries where a mailbox has no room.
const SOON: Duration = Duration::from_millis(1);

/// What is done when the node takes over, after all was taken in.
pub(crate) type Begins = Box<dyn FnOnce() -> io::Result<()> + Send>;

/// The thread, and how to end it.
pub(crate) struct Intake {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    watched: Watched,
}

/// Where it begins: behind the newest record that was brought back, without the events that were not.
pub(crate) struct From {
    pub(crate) upto: Lsn,
    pub(crate) lost: BTreeSet<EventId>,
}

impl Intake {
    /// Starts the thread. All that was brought back is on duty.
    pub(crate) fn start(
        NodeWay { quorum, view }: &NodeWay,
        From { upto, lost }: From,
        router: &Router,
        core: &SharedSystem,
        begins: Begins,
    ) -> io::Result<Self> {
        let (stop, pulse) = (Arc::new(AtomicBool::new(false)), Pulse::default());
        let watched = pulse.watched("intake");
        let work = Work {
            router: router.clone(),
            core: Arc::clone(core),
            quorum: quorum.clone(),
            view: view.clone(),
            follower: LogFollower::since(upto),
            upto,
            lost,
            stop: Arc::clone(&stop),
        };
        work.view.shows_upto(upto);
        let work = move || work.run(begins, &pulse);
        let thread = thread::Builder::new().name("intake".to_owned()).spawn(work)?;
        Ok(Self { stop, thread, watched })
    }

    pub(crate) const fn watched(&self) -> &Watched {
        &self.watched
    }

    /// Ends it: what it has not taken in, the next start does.
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Release);
        self.thread.thread().unpark();
        // A panic there was reported there.
        let _ = self.thread.join();
    }
}

struct Work {
    router: Router,
    core: SharedSystem,
    quorum: Quorum,
    view: ClusterView,
    follower: LogFollower,
    /// The newest record that was taken in.
    upto: Lsn,
    /// What recovery could not bring back is out of service, and stays so.
    lost: BTreeSet<EventId>,
    stop: Arc<AtomicBool>,
}

impl Work {
    fn run(mut self, begins: Begins, pulse: &Pulse) {
        self.quorum.is_taken_in_here();
        while !self.stops() {
            pulse.files();
            match self.take_in() {
                Ok(false) => {}
                Ok(true) if self.quorum.owned() == Some(self.upto.next()) => {
                    if self.take_over(begins) {
                        self.rests(pulse);
                    }
                    return;
                }
                Ok(true) => {
                    pulse.waits();
                    thread::park_timeout(EVERY);
                }
                Err(why) if !self.stops() => {
                    tracing::error!(code = %Code::DIGEST_MISMATCH, why, "what was logged cannot be taken in: the node ends");
                    return self.quorum.disagrees(Poisoned::forbidden(why));
                }
                Err(_) => return,
            }
        }
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Takes in what has become durable, or a good part of it. Returns whether that was all.
    fn take_in(&mut self) -> Result<bool, String> {
        let mut follower = std::mem::replace(&mut self.follower, LogFollower::since(self.upto));
        let log = self.router.log().clone();
        let mut taken = Ok(());
        let read = follower.read(&log, |chunk| {
            if taken.is_ok() {
                taken = self.take_in_chunk(chunk);
            }
        });
        taken?;
        self.follower = follower;
        read.map_err(|error| format!("the log of this machine cannot be read: {error}"))
    }

    fn take_in_chunk(&mut self, chunk: &Chunk) -> Result<(), String> {
        let (mut hands, mut upto) = (BTreeMap::<EventId, Records>::new(), self.upto);
        for (lsn, bytes) in chunk.groups().flat_map(|group| group.records()) {
            if lsn <= self.upto {
                continue;
            }
            upto = lsn;
            match event_of(bytes) {
                // It says where a group stands in the replicated log.
                None => {}
                Some(EventId::SYSTEM) => {
                    let taken = self.core.lock().take_in(lsn, bytes);
                    taken.map_err(|error| error.to_string())?;
                }
                Some(event) => hands.entry(event).or_default().push(lsn, bytes),
            }
        }
        let (failed, failures) = channel();
        for (event, records) in hands {
            if self.lost.contains(&event) {
                continue;
            }
            match self.find(event)? {
                Some(entry) => self.give(&entry, FromLog::Records(records, failed.clone()))?,
                None => self.make(event, &records)?,
            }
        }
        drop(failed);
        // It ends when all have taken in what they were given.
        if let Ok(error) = failures.recv() {
            return Err(error.to_string());
        }
        self.upto = upto;
        self.view.shows_upto(upto);
        Ok(())
    }

    /// The event, pinned, if there is one.
    fn find(&self, event: EventId) -> Result<Option<Arc<Entry>>, String> {
        while !self.stops() {
            let Some(found) = self.router.find_numbered(event) else { return Ok(None) };
            match found {
                Found::Here(entry) if entry.pin() => return Ok(Some(entry)),
                // It has left memory at this moment.
                Found::Here(_) => {}
                Found::Resting { waking, .. } => waking.wait(),
                Found::Fault(fault) => return Err(format!("event {event}: {}", fault.message)),
            }
        }
        Err("the process ends".to_owned())
    }

    fn give(&self, entry: &Entry, mut what: FromLog) -> Result<(), String> {
        while !self.stops() {
            match entry.take_in(what) {
                Ok(()) => return Ok(()),
                Err(back) => what = back,
            }
            thread::sleep(SOON);
        }
        Err("the process ends".to_owned())
    }

    /// An event begins.
    fn make(&self, id: EventId, records: &Records) -> Result<(), String> {
        let mut replay = Replay::from_nothing(id, self.router.secret().tables());
        let replayed = records.iter().try_for_each(|(lsn, bytes)| replay.record(lsn, bytes));
        replayed.map_err(|error| error.to_string())?;
        if let Some((event, upto)) = replay.finish() {
            self.router.learn(id, event, upto);
        }
        Ok(())
    }

    /// All is taken in: this process appends from now on, and all that had to wait for that happens. Returns whether it sells: the thread of
    /// one that owns the log and cannot is missed by whoever looks whether all go on.
    fn take_over(&self, begins: Begins) -> bool {
        let Some(took) = self.quorum.sells() else { return false };
        for entry in self.router.directory().in_memory() {
            if entry.pin() && self.give(&entry, FromLog::TakesOver).is_err() {
                return false;
            }
        }
        self.router.directory().unread().into_iter().for_each(|event| self.router.wakes(event));
        if let Err(error) = begins() {
            tracing::error!(code = %Code::LOG_FAILED, %error, "this node owns the replicated log and cannot begin to sell");
            return false;
        }
        self.view.took_over();
        let took_ms = took.as_millis() as u64;
        tracing::info!(took_ms, lsn = self.upto.0, "this node sells");
        true
    }

    /// Nothing is left to be taken in: an owner logs by itself.
    fn rests(&self, pulse: &Pulse) {
        pulse.waits();
        while !self.stops() {
            thread::park();
        }
    }
}
