//! A thread that looks at something again and again, until it is stopped.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::pulse::{Pulse, Watched};

/// The thread. Dropped, it ends by itself; [`Watch::stop`] waits for that.
pub(crate) struct Watch {
    stop: Sender<()>,
    thread: JoinHandle<()>,
    watched: Watched,
}

impl Watch {
    /// Starts the thread under this name, with a stack of so many bytes. It looks for the first time after `first`, and each
    /// look says after which time the next one is due.
    pub(crate) fn start(
        name: &str,
        stack_bytes: usize,
        first: Duration,
        look: impl FnMut() -> Duration + Send + 'static,
    ) -> io::Result<Self> {
        Self::start_as(Pulse::works, (name, stack_bytes), first, look)
    }

    /// As [`Watch::start`], for one that reads files: a disk that hangs makes it no stuck thread.
    pub(crate) fn start_at_files(
        name: &str,
        stack_bytes: usize,
        first: Duration,
        look: impl FnMut() -> Duration + Send + 'static,
    ) -> io::Result<Self> {
        Self::start_as(Pulse::files, (name, stack_bytes), first, look)
    }

    fn start_as(
        looks: fn(&Pulse),
        (name, stack_bytes): (&str, usize),
        first: Duration,
        mut look: impl FnMut() -> Duration + Send + 'static,
    ) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let pulse = Pulse::default();
        let watched = pulse.watched(name);
        let watch = move || {
            let mut again = first;
            while stopped.recv_timeout(again) == Err(RecvTimeoutError::Timeout) {
                looks(&pulse);
                again = look();
                pulse.waits();
            }
        };
        let thread = thread::Builder::new().name(name.to_owned()).stack_size(stack_bytes).spawn(watch)?;
        Ok(Self { stop, thread, watched })
    }

    /// Whether it goes on.
    pub(crate) const fn watched(&self) -> &Watched {
        &self.watched
    }

    /// Ends the thread.
    pub(crate) fn stop(self) {
        drop(self.stop);
        // A panic there was reported there.
        let _ = self.thread.join();
    }
}
