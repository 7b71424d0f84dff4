//! The thread that sends spans.

mod collector;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use holdfast_net::{Earlier, Next, Queue, Served, Spans};
use thiserror::Error;

use crate::limits;
use crate::message::Span;
use crate::span::{SPANS_MAX, spans};
use crate::target::Target;
use collector::{Answer, Collector};

/// Sends spans to a collector. Owned by whoever runs the server.
#[derive(Debug)]
pub struct Sender {
    spans: Arc<Spans>,
    thread: JoinHandle<()>,
    /// Closed when the thread has ended.
    gone: Receiver<()>,
}

/// Why spans cannot be sent.
#[derive(Debug, Error)]
pub enum StartError {
    /// The operating system gives no thread.
    #[error("the thread that sends spans cannot be started: {0}")]
    Thread(#[from] io::Error),
}

impl Sender {
    /// Sends what comes out of the queue, and counts that in `spans`, at the other end. What repeated commands were part of at first is
    /// asked of `earlier`.
    ///
    /// # Errors
    /// If there is no thread for it.
    pub fn start(
        target: Target,
        spans: Arc<Spans>,
        queue: Queue,
        earlier: Earlier,
    ) -> Result<Self, StartError> {
        let (alive, gone) = sync_channel::<()>(0);
        let (collector, told) = (Collector::new(target), Arc::clone(&spans));
        let worker = Worker { collector, spans: told, queue, earlier, well: true };
        let work = move || {
            worker.run();
            drop(alive);
        };
        let thread = thread::Builder::new().name("spans".to_owned()).spawn(work)?;
        Ok(Self { spans, thread, gone })
    }

    /// Nothing more is told: what is still there is sent once, if a collector takes it at once. What it does not take is lost.
    pub fn end(self) {
        self.spans.end();
        self.thread.thread().unpark();
        // A collector that hangs is left alone: the process ends, and its thread with it.
        let gone = self.gone.recv_timeout(limits::END_MAX);
        if gone == Err(RecvTimeoutError::Disconnected) && self.thread.join().is_err() {
            tracing::error!("the thread that sends spans has ended in a panic: spans are missing");
        }
    }
}

struct Worker {
    collector: Collector,
    spans: Arc<Spans>,
    queue: Queue,
    earlier: Earlier,
    /// The last attempt was well.
    well: bool,
}

impl Worker {
    fn run(mut self) {
        while !self.spans.have_ended() {
            let batch = self.batch();
            if !batch.is_empty() {
                self.send(&batch);
            }
        }
        loop {
            let batch = self.gather(Vec::new(), Instant::now());
            if batch.is_empty() {
                return;
            }
            self.send(&batch);
        }
    }

    /// Waits for a command, and then a little for others.
    fn batch(&self) -> Vec<Served> {
        match self.queue.next(None) {
            Next::Served(first) => self.gather(vec![*first], Instant::now() + limits::LINGER),
            Next::Late | Next::Woken => Vec::new(),
        }
    }

    /// Adds what comes until then; at the end of the process, what has come.
    fn gather(&self, mut batch: Vec<Served>, mut until: Instant) -> Vec<Served> {
        while batch.len() < limits::BATCH_MAX {
            match self.queue.next(Some(until.saturating_duration_since(Instant::now()))) {
                Next::Served(served) => batch.push(*served),
                Next::Woken => until = Instant::now(),
                Next::Late => break,
            }
        }
        batch
    }

    /// Sends the spans of these commands, again if that may help, and counts what became of them.
    fn send(&mut self, batch: &[Served]) {
        let commands = batch.len() as u64;
        let Some(made) = made(batch, &self.earlier) else { return self.spans.were_not_taken(commands) };
        let body = self.collector.body(made);
        let mut pause = limits::PAUSE_FIRST;
        for attempt in 1..=limits::ATTEMPTS_MAX {
            let answer = self.collector.send(&body);
            self.tell(&answer);
            let later = match answer {
                Answer::Taken => return self.spans.were_sent(commands),
                Answer::Refused(_) => break,
                Answer::Later(_, later) => later,
            };
            if attempt == limits::ATTEMPTS_MAX || !self.pause(later.unwrap_or(pause).min(limits::PAUSE_MAX)) {
                break;
            }
            pause *= 2;
        }
        self.spans.were_not_taken(commands);
    }

    /// Counts a failure. Of the first one after a success, and of the first success after failures, the log says so.
    fn tell(&mut self, answer: &Answer) {
        let was_well = std::mem::replace(&mut self.well, matches!(answer, Answer::Taken));
        match answer {
            Answer::Taken if was_well => {}
            Answer::Taken => tracing::info!("the collector takes spans again"),
            Answer::Refused(why) | Answer::Later(why, _) => {
                self.spans.failed();
                if was_well {
                    tracing::warn!(%why, "the collector takes no spans: they are kept for a little, then dropped");
                }
            }
        }
    }

    /// Waits so long, unless the process ends: then false.
    fn pause(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if self.spans.have_ended() || left.is_zero() {
                return !self.spans.have_ended();
            }
            thread::park_timeout(left);
        }
    }
}

/// `None`: there are no random bytes to name them by.
fn made(batch: &[Served], earlier: &Earlier) -> Option<Vec<Span>> {
    let mut ids = vec![0; batch.len() * SPANS_MAX * 8];
    getrandom::fill(&mut ids).ok()?;
    let (mut ids, mut made) = (ids.chunks(8), Vec::with_capacity(batch.len() * SPANS_MAX));
    batch.iter().for_each(|served| spans(served, earlier, &mut ids, &mut made));
    Some(made)
}
