//! The thread that brings events back which are at rest: it reads their snapshots, so that no thread that sells waits for
//! the disk.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use crate::catalogue::Code;
use crate::front::router::{Router, Wake};
use crate::life::background::RebuildAs;
use crate::numbers::EventId;
use crate::restore::newest::Newest;

/// The thread before it runs: the router is given the way to it first.
pub(crate) struct Calls {
    sender: Sender<Option<EventId>>,
    receiver: Receiver<Option<EventId>>,
}

/// The thread, and how to end it.
pub(crate) struct Waker {
    calls: Sender<Option<EventId>>,
    thread: Option<JoinHandle<()>>,
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
        let work = move || {
            while let Ok(Some(event)) = receiver.recv() {
                wake(event, &router, &newest, &rebuild);
            }
        };
        let thread = thread::Builder::new().name("waker".to_owned()).spawn(work)?;
        Ok(Waker { calls: sender, thread: Some(thread) })
    }
}

impl Waker {
    pub(crate) fn stop(&mut self) {
        let _ = self.calls.send(None);
        if let Some(thread) = self.thread.take() {
            // A panic there was reported there.
            let _ = thread.join();
        }
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
            let router = router.clone();
            // All that is rebuilt is in sealed segments, and so durable.
            rebuild(id, Box::new(move |event| router.is_awake(id, *event, router.durable())));
        }
    }
}
