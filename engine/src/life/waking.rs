//! The thread that brings events back which are at rest: it reads their snapshots, so that no thread that sells waits for
//! the disk.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use crate::catalogue::Code;
use crate::front::router::{Router, Wake};
use crate::numbers::EventId;
use crate::pulse::{Pulse, Watched};
use crate::restore::newest::Newest;
use crate::restore::note::PackedFigures;
use crate::restore::recovery::{Resting, Restored};
use crate::state::Event;

/// Takes an event that was rebuilt.
pub(crate) type Back = Box<dyn FnOnce(Box<Event>) + Send>;

/// Rebuilds an event on the background thread, if need be in several tries.
pub(crate) type RebuildAs = Arc<dyn Fn(EventId, Back) + Send + Sync>;

/// The thread before it runs: the router is given the way to it first.
pub(crate) struct Calls {
    sender: Sender<Option<EventId>>,
    receiver: Receiver<Option<EventId>>,
}

/// The thread, and how to end it.
pub(crate) struct Waker {
    calls: Sender<Option<EventId>>,
    thread: JoinHandle<()>,
    watched: Watched,
}

impl Calls {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = channel();
        Self { sender, receiver }
    }

    /// The function that calls for an event.
    pub(crate) fn wake(&self) -> Wake {
        let calls = self.sender.clone();
        Arc::new(move |event| {
            // If the thread has ended, the process is stopping.
            let _ = calls.send(Some(event));
        })
    }

    /// Starts the thread. What it cannot read, `rebuild` makes from whatever else there is.
    pub(crate) fn start(self, router: Router, newest: Arc<Newest>, rebuild: RebuildAs) -> io::Result<Waker> {
        let Self { sender, receiver } = self;
        let pulse = Pulse::default();
        let watched = pulse.watched("waker");
        let work = move || {
            while let Ok(Some(event)) = receiver.recv() {
                pulse.files();
                wake(event, &router, &newest, &rebuild);
                pulse.waits();
            }
        };
        let thread = thread::Builder::new().name("waker".to_owned()).spawn(work)?;
        Ok(Waker { calls: sender, thread, watched })
    }
}

impl Waker {
    pub(crate) const fn watched(&self) -> &Watched {
        &self.watched
    }

    pub(crate) fn stop(self) {
        let _ = self.calls.send(None);
        // A panic there was reported there.
        let _ = self.thread.join();
    }
}

fn wake(id: EventId, router: &Router, newest: &Newest, rebuild: &RebuildAs) {
    match newest.read(id) {
        Ok((event, upto)) => router.is_awake(id, event, upto),
        Err(reason) => {
            tracing::error!(
                code = %Code::SNAPSHOTS_DAMAGED,
                event = id.0,
                reason,
                "an event that was at rest cannot be read: it is out of service until it is rebuilt; the others go on"
            );
            router.directory().is_out(id);
            // More may be logged of it meanwhile. It is asked for again if this node takes over.
            if router.journal().follows().is_some() {
                return;
            }
            let router = router.clone();
            // All that is rebuilt is in sealed segments, and so durable.
            rebuild(id, Box::new(move |event| router.is_awake(id, *event, router.durable())));
        }
    }
}

/// The events in the order of their numbers, those at rest among the others.
pub(crate) fn bring_on_duty(router: &Router, restored: Vec<Restored>, resting: Vec<Resting>) {
    let mut resting = resting.into_iter().peekable();
    let rest = |Resting { id, note, upto }: Resting| {
        router.census().rests(id, note.figures.as_ref().map(PackedFigures::standing).as_ref());
        router.directory().add_resting(id, note, upto);
    };
    for Restored { id, event, last_lsn } in restored {
        std::iter::from_fn(|| resting.next_if(|next| next.id < id)).for_each(rest);
        router.directory().add(router.bring_back(id, event, last_lsn));
    }
    resting.for_each(rest);
}
