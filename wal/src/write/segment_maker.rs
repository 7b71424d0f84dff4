//! Makes the next segment ready ahead of time, so that neither zeroing nor a full disk stops a running sale abruptly; and
//! gives the unused end of an ended segment back to the disk.
//!
//! No acknowledged byte is at stake while a segment is made. So whatever fails there, be it descriptors, memory,
//! permissions or the disk, is tried again, with another number and after longer and longer pauses. The log refuses
//! records only if the running segment is used up before a try succeeds.
//!
//! The maker works inline while a simulation or a test steps the committer, and on a thread of its own once the committer
//! runs.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::format::Kind;
use crate::limits::{MAKE_AGAIN_MAX, PREPARE_PAUSE, SPACE_POLL};
use crate::segment::file::{MakeError, Position, Ready, clear_up, make, nonce, path};
use crate::write::pressure::Next;
use crate::write::shared::Shared;

/// The committer's side. Dropping it ends the thread.
#[derive(Debug)]
pub(crate) struct Maker {
    desk: Arc<Desk>,
    ready: Option<Ready>,
    hands: Hands,
}

/// Where the segments are made.
#[derive(Debug)]
enum Hands {
    Inline(Workshop),
    /// `None` only while it is being joined.
    Thread(Option<JoinHandle<()>>),
}

/// Where the committer and the maker's thread exchange orders and segments. Locked only for the exchange.
#[derive(Debug, Default)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What was durable when the segment was ordered.
    order: Option<Position>,
    made: Option<Ready>,
    /// Ended segments whose unused ends are to be given back.
    ended: Vec<Ready>,
    /// The committer waits for the segment: no more pauses.
    urgent: bool,
    quit: bool,
}

impl Maker {
    pub(crate) fn new(shared: Arc<Shared>, number: u64) -> Self {
        let workshop = Workshop { shared, number, left_behind: None, failures: 0 };
        Self { desk: Arc::default(), ready: None, hands: Hands::Inline(workshop) }
    }

    /// Moves the work to a thread; it stays inline if the operating system gives none.
    pub(crate) fn spawn(&mut self) {
        let Hands::Inline(workshop) = &self.hands else { return };
        let worker = Worker { workshop: workshop.clone(), desk: Arc::clone(&self.desk) };
        let thread = std::thread::Builder::new().name("wal-maker".to_owned()).spawn(move || worker.run());
        if let Ok(thread) = thread {
            self.hands = Hands::Thread(Some(thread));
        }
    }

    /// Orders the next segment, unless one is ready or being made. Its header will say that everything up to
    /// `durable` was durable.
    pub(crate) fn see_to_it(&mut self, durable: Position) {
        if self.ready.is_some() {
            return;
        }
        if let Hands::Inline(workshop) = &mut self.hands {
            self.ready = workshop.try_once(durable, &mut || Ok(()));
            return;
        }
        let mut state = self.desk.state.lock();
        self.ready = state.made.take();
        if self.ready.is_none() && state.order.replace(durable).is_none() {
            self.desk.changed.notify_one();
        }
    }

    /// A segment has ended: gives its unused end back.
    pub(crate) fn trim(&mut self, ended: Ready) {
        match &mut self.hands {
            Hands::Inline(workshop) => workshop.trim(ended),
            Hands::Thread(_) => {
                self.desk.state.lock().ended.push(ended);
                self.desk.changed.notify_one();
            }
        }
    }

    /// The segment that is ready; if there is none, it is made without pauses from now on, and the next call may have it.
    pub(crate) fn take(&mut self) -> Option<Ready> {
        let ready = self.ready.take();
        let mut state = self.desk.state.lock();
        let urgent = ready.is_none();
        if urgent && !std::mem::replace(&mut state.urgent, urgent) {
            self.desk.changed.notify_one();
        }
        state.urgent = urgent;
        ready
    }
}

impl Drop for Maker {
    fn drop(&mut self) {
        self.desk.state.lock().quit = true;
        self.desk.changed.notify_one();
        if let Hands::Thread(thread) = &mut self.hands
            && let Some(thread) = thread.take()
        {
            // The thread has no result; a panic of it has been reported by itself.
            let _ = thread.join();
        }
    }
}

/// Makes segments, one try at a time. Each try has a number of its own: a crash can bring back what a failed try has
/// left on the disk, and recovery passes over it.
#[derive(Clone, Debug)]
struct Workshop {
    shared: Arc<Shared>,
    number: u64,
    /// The number of a failed try whose files are still to be removed.
    left_behind: Option<u64>,
    /// The number of failed tries since the last good one.
    failures: u32,
}

impl Workshop {
    fn try_once(&mut self, durable: Position, between: &mut dyn FnMut() -> io::Result<()>) -> Option<Ready> {
        let gauges = &self.shared.gauges;
        if !has_room(&self.shared) {
            if gauges.next() != Next::NoRoom {
                tracing::warn!(code = "HF-SYS-010", "the disk has no room for the next segment of the log");
            }
            gauges.set_next(Next::NoRoom);
            return None;
        }
        match self.attempt(durable, between) {
            Ok(ready) => {
                if self.shared.gauges.next() != Next::Coming {
                    tracing::info!(segment = ready.header.number, "the next segment of the log is there");
                }
                self.failures = 0;
                self.shared.gauges.set_next(Next::Coming);
                Some(ready)
            }
            Err(error) => {
                self.failures += 1;
                if !error.is_giving_up() {
                    self.tell(&error);
                }
                None
            }
        }
    }

    fn attempt(
        &mut self,
        durable: Position,
        between: &mut dyn FnMut() -> io::Result<()>,
    ) -> Result<Ready, MakeError> {
        let storage = &*self.shared.storage;
        // Removed before anything new takes room, so the disk never holds the files of more than one failed try.
        if let Some(number) = self.left_behind {
            clear_up(storage, number)?;
            self.left_behind = None;
        }
        let number = self.number;
        self.number += 1;
        let made = attempt(&self.shared, number, durable, between);
        if made.is_err() {
            self.left_behind = clear_up(storage, number).is_err().then_some(number);
        }
        made
    }

    /// Gives the unused end of a segment back. Where the file system cannot do that, the segment keeps its full length.
    fn trim(&self, mut ended: Ready) {
        if ended.offset < ended.header.bytes && ended.file.free_tail(ended.offset).is_ok() {
            self.shared.segments.lock().trimmed(ended.header.number, ended.offset);
        }
    }

    fn tell(&self, error: &MakeError) {
        let gauges = &self.shared.gauges;
        let next = if error.is_no_space() { Next::NoRoom } else { Next::Fails };
        gauges.set_next(next);
        if next == Next::Fails {
            gauges.segment_failed();
        }
        // While the committer waits there are several tries a second: the 1st, 2nd, 4th, 8th failure and so on are told.
        if !self.failures.is_power_of_two() {
            return;
        }
        tracing::error!(
            code = if next == Next::NoRoom { "HF-SYS-010" } else { "HF-SYS-016" },
            %error,
            failures = self.failures,
            advice = error.advice(),
            "the next segment of the log cannot be made; it is tried again"
        );
    }

    /// How long to wait before the next try: longer each time, as a try writes a segment.
    fn pause(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(16);
        SPACE_POLL.saturating_mul(1 << doublings).min(MAKE_AGAIN_MAX)
    }
}

struct Worker {
    workshop: Workshop,
    desk: Arc<Desk>,
}

impl Worker {
    fn run(mut self) {
        while let Some(durable) = self.next_order() {
            let desk = Arc::clone(&self.desk);
            match self.workshop.try_once(durable, &mut || desk.pause()) {
                Some(ready) => {
                    let mut state = self.desk.state.lock();
                    state.order = None;
                    state.made = Some(ready);
                    drop(state);
                    self.workshop.shared.handover.nudge();
                }
                None => self.desk.wait_to_try_again(self.workshop.pause()),
            }
        }
    }

    fn next_order(&self) -> Option<Position> {
        loop {
            let mut state = self.desk.state.lock();
            if let Some(ended) = state.ended.pop() {
                drop(state);
                // Comes before anything else: it may make the room that the next segment needs.
                self.workshop.trim(ended);
            } else if state.quit {
                return None;
            } else if state.order.is_some() {
                return state.order;
            } else {
                self.desk.changed.wait(&mut state);
            }
        }
    }
}

impl Desk {
    /// A pause between two chunks, which leaves the disk to the commits.
    fn pause(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        if !state.urgent && !state.quit {
            self.changed.wait_for(&mut state, PREPARE_PAUSE);
        }
        if state.quit { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    }

    /// The pause after a failed try: short if the committer waits for the segment.
    fn wait_to_try_again(&self, pause: Duration) {
        let began = Instant::now();
        let mut state = self.state.lock();
        while !state.quit {
            let until = began + if state.urgent { pause.min(SPACE_POLL) } else { pause };
            if Instant::now() >= until {
                return;
            }
            self.changed.wait_until(&mut state, until);
        }
    }
}

/// Whether the disk has room for a whole segment. A part of one would take the last room from all other files.
fn has_room(shared: &Shared) -> bool {
    shared.storage.free_bytes().map_or(true, |free| free >= shared.options.segment_bytes)
}

fn attempt(
    shared: &Shared,
    number: u64,
    durable: Position,
    between: &mut dyn FnMut() -> io::Result<()>,
) -> Result<Ready, MakeError> {
    let options = &shared.options;
    let nonce = nonce(options.nonce_seed, number).map_err(|source| MakeError {
        action: "draw the nonce of",
        path: path(number),
        source,
    })?;
    let oldest = shared.segments.lock().oldest();
    let header = durable.segment_header(Kind::Ahead, number, nonce, options.segment_bytes, oldest);
    make(&*shared.storage, header, &[], between)
}
