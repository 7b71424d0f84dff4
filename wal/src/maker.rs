//! Makes the next segment ready ahead of time, so that neither zeroing nor a full disk stops a running sale abruptly.
//!
//! Inline while the committer is stepped by a simulation or a test; on a thread of its own once the committer runs.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};

use crate::format::Kind;
use crate::limits::{PREPARE_PAUSE, SPACE_POLL};
use crate::segment::{MakeError, Position, Ready, make, nonce, path};
use crate::shared::Shared;

/// The committer's side. Dropping it ends the thread.
#[derive(Debug)]
pub(crate) struct Maker {
    shared: Arc<Shared>,
    desk: Arc<Desk>,
    /// The number of the next segment, while there is no thread that counts.
    number: u64,
    ready: Option<Ready>,
    thread: Option<JoinHandle<()>>,
}

/// Where committer and thread exchange orders and segments. Locked only for that.
#[derive(Debug, Default)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What was durable when the segment was ordered.
    order: Option<Position>,
    made: Option<Result<Ready, MakeError>>,
    /// The committer waits for it: no more pauses.
    urgent: bool,
    no_room: bool,
    quit: bool,
}

impl Maker {
    pub(crate) fn new(shared: Arc<Shared>, number: u64) -> Self {
        Self { shared, desk: Arc::default(), number, ready: None, thread: None }
    }

    /// Goes on on a thread; stays inline if there can be none.
    pub(crate) fn spawn(&mut self) {
        let (shared, desk, number) = (Arc::clone(&self.shared), Arc::clone(&self.desk), self.number);
        let run = move || Worker { shared, desk, number }.run();
        self.thread = std::thread::Builder::new().name("wal-maker".to_owned()).spawn(run).ok();
    }

    /// Sees to it that a segment is ready or being made, with what is durable now as its witness.
    pub(crate) fn see_to_it(&mut self, durable: Position) -> Result<(), MakeError> {
        if self.ready.is_some() {
            return Ok(());
        }
        if self.thread.is_none() {
            return self.make_inline(durable);
        }
        let mut state = self.desk.state.lock();
        match state.made.take() {
            Some(made) => self.ready = Some(made?),
            None if state.order.is_none() => {
                state.order = Some(durable);
                self.desk.changed.notify_one();
            }
            None => {}
        }
        Ok(())
    }

    fn make_inline(&mut self, durable: Position) -> Result<(), MakeError> {
        if !has_room(&self.shared) {
            self.desk.state.lock().no_room = true;
            return Ok(());
        }
        let made = attempt(&self.shared, self.number, durable, &mut || Ok(()));
        self.number += 1;
        let no_room = match made {
            Ok(ready) => {
                self.ready = Some(ready);
                false
            }
            Err(error) if error.is_no_space() => true,
            Err(error) => return Err(error),
        };
        self.desk.state.lock().no_room = no_room;
        Ok(())
    }

    /// The segment that is ready; if there is none, it is made without pauses from now on.
    pub(crate) fn take(&mut self) -> Option<Ready> {
        let ready = self.ready.take();
        let mut state = self.desk.state.lock();
        state.urgent = ready.is_none();
        if state.urgent {
            self.desk.changed.notify_one();
        }
        ready
    }

    /// Whether the disk had no room for it the last time.
    pub(crate) fn no_room(&self) -> bool {
        self.desk.state.lock().no_room
    }
}

impl Drop for Maker {
    fn drop(&mut self) {
        self.desk.state.lock().quit = true;
        self.desk.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // It has nothing to tell; that it panicked, if it did, was told by the panic itself.
            let _ = thread.join();
        }
    }
}

struct Worker {
    shared: Arc<Shared>,
    desk: Arc<Desk>,
    number: u64,
}

impl Worker {
    fn run(mut self) {
        while let Some(durable) = self.next_order() {
            let made = self.make(durable);
            let mut state = self.desk.state.lock();
            if state.quit {
                return;
            }
            state.order = None;
            state.no_room = false;
            state.made = Some(made);
            drop(state);
            self.shared.handover.nudge();
        }
    }

    fn next_order(&self) -> Option<Position> {
        let mut state = self.desk.state.lock();
        loop {
            if state.quit {
                return None;
            }
            // One that was made and not yet collected answers the order.
            if let Some(order) = state.order.filter(|_| state.made.is_none()) {
                return Some(order);
            }
            self.desk.changed.wait(&mut state);
        }
    }

    /// Tries until there is room. A segment whose making failed is thrown away, never synced again.
    fn make(&mut self, durable: Position) -> Result<Ready, MakeError> {
        loop {
            if has_room(&self.shared) {
                let desk = Arc::clone(&self.desk);
                let made = attempt(&self.shared, self.number, durable, &mut || desk.pause());
                self.number += 1;
                match made {
                    Err(error) if error.is_no_space() => {}
                    made => return made,
                }
            }
            let mut state = self.desk.state.lock();
            state.no_room = true;
            if !state.quit {
                self.desk.changed.wait_for(&mut state, SPACE_POLL);
            }
            if state.quit {
                let source = io::ErrorKind::Interrupted.into();
                return Err(MakeError { action: "make", path: path(self.number), offset: 0, source });
            }
        }
    }
}

impl Desk {
    /// Leaves the disk to the commits for a moment.
    fn pause(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        if !state.urgent && !state.quit {
            self.changed.wait_for(&mut state, PREPARE_PAUSE);
        }
        if state.quit { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    }
}

/// Half a segment of zeros on a full disk would take the last room from everybody else.
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
        offset: 0,
        source,
    })?;
    let oldest = shared.segments.lock().oldest();
    let header = durable.segment_header(Kind::Ahead, number, nonce, options.segment_bytes, oldest);
    make(&*shared.storage, header, &[], between)
}
