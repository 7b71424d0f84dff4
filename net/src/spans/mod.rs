//! What is told of traced commands to whoever makes spans of them: stamps that were taken on the way, once the reply is gone.
//!
//! No command waits for it. What is told goes into a bounded queue; when that is full, it is counted and dropped. The other end belongs
//! to the thread that sends spans. A crash loses what is in the queue: it is not of the sale.

mod drawn;
mod followed;
mod queue;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{SyncSender, sync_channel};

use holdfast_engine::{At, Name, Router, Stamp, Trace};

use crate::limits;
pub(crate) use drawn::Draws;
pub(crate) use followed::Followed;
pub use queue::{Next, Queue};

/// The trace that a command is part of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Traced {
    /// The trace, and the span in it that sent the command; of a trace of its own, the span that the command itself is.
    pub trace: Trace,
    /// Nobody sent a trace with it: it has one of its own.
    pub is_own: bool,
    /// The `tracestate`, kept for whoever is told of the span: 1 to 512 printable characters of ASCII.
    pub state: Option<Box<str>>,
}

/// A traced command whose reply is gone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Served {
    /// What it was part of.
    pub traced: Traced,
    /// Its name and its form, in capitals; the form may be empty.
    pub command: (&'static str, &'static str),
    /// The event that it named.
    pub event: Option<Name>,
    /// What became of it.
    pub outcome: Outcome,
    /// When it came to the steps of its way.
    pub stamps: Stamps,
}

/// What became of a command.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Outcome {
    /// The code of the refusal, if it was one.
    pub code: Option<Box<str>>,
    /// The version that the reply names.
    pub version: Option<u64>,
    /// The key had been used for the same command before, and the reply is that of then.
    pub repeated: bool,
    /// When that was, if the reply tells it.
    pub decided: Option<At>,
}

/// Finds what a repeated command was part of when it was carried out, if its record is still in the log and says so. It may wait for
/// the disk: it is for the thread that makes spans.
pub type Earlier = Box<dyn Fn(&Served) -> Option<Trace> + Send>;

/// Finds it in the log.
#[must_use]
pub fn earlier(router: Router) -> Earlier {
    Box::new(move |served| {
        let Outcome { version, decided, .. } = served.outcome;
        router.trace_of(served.event.as_ref()?.borrowed(), version?, decided?)
    })
}

/// The steps of a command. Each is [`Stamp::default`] if it was not on its way; those that were do not fall.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Stamps {
    /// Its last byte was read.
    pub read: Stamp,
    /// It was decoded, and handed to its event.
    pub taken: Stamp,
    /// Its event began with it.
    pub begun: Stamp,
    /// It was judged, applied and handed to the log.
    pub judged: Stamp,
    /// Its group of records was taken.
    pub syncing: Stamp,
    /// That was written and synced.
    pub durable: Stamp,
    /// The client's socket was offered the reply.
    pub offered: Stamp,
    /// The socket had taken all of it.
    pub written: Stamp,
}

/// Where traced commands are told to, and what becomes of them in figures.
#[derive(Default, Debug)]
pub struct Spans {
    queue: Option<SyncSender<Option<Box<Served>>>>,
    ended: AtomicBool,
    /// How many commands a second are followed.
    most: u64,
    /// The share of the commands without a trace that get one: so many of 2^64; 0: none.
    own: u64,
    /// What the numbers of those traces are made from: each connection takes one.
    seeds: AtomicU64,
    /// The second of now, and how many commands were followed in it: [`COUNT_BITS`] bits.
    second: AtomicU64,
    counts: Counts,
}

/// The low bits of [`Spans::second`].
const COUNT_BITS: u32 = 24;

#[derive(Default, Debug)]
struct Counts {
    queued: AtomicU64,
    over_rate: AtomicU64,
    queue_full: AtomicU64,
    not_taken: AtomicU64,
    sent: AtomicU64,
    failures: AtomicU64,
}

/// What was counted since the start, of commands whose sender keeps the trace.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tallied {
    /// Commands that were put into the queue.
    pub queued: u64,
    /// Commands that were not followed, as there were more than may be a second.
    pub over_rate: u64,
    /// Commands that were dropped, as the queue was full.
    pub queue_full: u64,
    /// Commands whose spans no collector took.
    pub not_taken: u64,
    /// Commands whose spans a collector took.
    pub sent: u64,
    /// Attempts to send spans that failed.
    pub failures: u64,
}

impl Spans {
    /// Nobody is told: a traced command is answered, and its record has the trace.
    #[must_use]
    pub fn off() -> Self {
        Self::default()
    }

    /// At most so many commands a second are followed, 16,777,215 of them. What is told comes out of the queue.
    #[must_use]
    pub fn on(per_second: u64) -> (Self, Queue) {
        let (sender, receiver) = sync_channel(limits::SPANS_QUEUED_MAX);
        let most = per_second.min((1 << COUNT_BITS) - 1);
        (Self { queue: Some(sender), most, ..Self::default() }, Queue::of(receiver))
    }

    /// So many millionths of the commands that come without a trace get one of their own. `seed` has to be another one at each start.
    #[must_use]
    pub fn drawing(self, millionths: u32, seed: u64) -> Self {
        let own = (u128::from(millionths) << 64) / 1_000_000;
        Self { own: u64::try_from(own).unwrap_or(u64::MAX), seeds: seed.into(), ..self }
    }

    /// For a connection.
    pub(crate) fn draws(&self) -> Draws {
        Draws::new(self.own, self.seeds.fetch_add(1, Relaxed))
    }

    /// Whether a command that is taken now is followed.
    pub(crate) fn follows(&self, now: Stamp) -> bool {
        if self.queue.is_none() {
            return false;
        }
        let second = now.0 / 1_000_000;
        let one_more = |before: u64| {
            let (of, count) = (before >> COUNT_BITS, before & ((1 << COUNT_BITS) - 1));
            let count = if of == second { count } else { 0 };
            (count < self.most).then_some((second << COUNT_BITS) + count + 1)
        };
        let follows = self.second.fetch_update(Relaxed, Relaxed, one_more).is_ok();
        if !follows {
            self.counts.over_rate.fetch_add(1, Relaxed);
        }
        follows
    }

    /// A command was answered that is followed.
    pub(crate) fn tell(&self, served: Served) {
        let told = self.queue.as_ref().is_some_and(|queue| queue.try_send(Some(Box::new(served))).is_ok());
        let counter = if told { &self.counts.queued } else { &self.counts.queue_full };
        counter.fetch_add(1, Relaxed);
    }

    /// A collector took the spans of so many commands.
    pub fn were_sent(&self, commands: u64) {
        self.counts.sent.fetch_add(commands, Relaxed);
    }

    /// No collector took the spans of so many commands, and they are dropped.
    pub fn were_not_taken(&self, commands: u64) {
        self.counts.not_taken.fetch_add(commands, Relaxed);
    }

    /// An attempt to send spans has failed.
    pub fn failed(&self) {
        self.counts.failures.fetch_add(1, Relaxed);
    }

    /// What was counted so far.
    #[must_use]
    pub fn tallied(&self) -> Tallied {
        let Counts { queued, over_rate, queue_full, not_taken, sent, failures } = &self.counts;
        let [queued, over_rate, queue_full, not_taken, sent, failures] =
            [queued, over_rate, queue_full, not_taken, sent, failures].map(|count| count.load(Relaxed));
        Tallied { queued, over_rate, queue_full, not_taken, sent, failures }
    }

    /// Nothing more will be told: whoever waits at the other end is woken.
    pub fn end(&self) {
        self.ended.store(true, Relaxed);
        // If there is no room, nobody waits.
        let _ = self.queue.as_ref().map(|queue| queue.try_send(None));
    }

    /// Whether nothing more will be told.
    #[must_use]
    pub fn have_ended(&self) -> bool {
        self.ended.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn served() -> Served {
        Served {
            traced: Traced {
                trace: Trace { trace_id: [1; 16], span_id: [2; 8] },
                is_own: false,
                state: None,
            },
            command: ("PING", ""),
            event: None,
            outcome: Outcome::default(),
            stamps: Stamps::default(),
        }
    }

    #[test]
    fn so_many_are_followed_a_second() {
        let (spans, _queue) = Spans::on(2);
        let followed = |micros: u64| spans.follows(Stamp(1_795_234_087_000_000 + micros));
        assert_eq!([0, 1, 2, 999_999].map(followed), [true, true, false, false]);
        assert_eq!([1_000_000, 1_000_001, 1_999_999].map(followed), [true, true, false]);
        assert_eq!(spans.tallied().over_rate, 3);
        assert!(!Spans::off().follows(Stamp(1)));
    }

    #[test]
    fn a_queue_that_nobody_empties_loses_what_comes_later() {
        let (spans, queue) = Spans::on(1);
        for _ in 0..limits::SPANS_QUEUED_MAX + 3 {
            spans.tell(served());
        }
        let tallied =
            Tallied { queued: limits::SPANS_QUEUED_MAX as u64, queue_full: 3, ..Tallied::default() };
        assert_eq!(spans.tallied(), tallied);
        for _ in 0..limits::SPANS_QUEUED_MAX {
            assert_eq!(queue.next(Some(Duration::ZERO)), Next::Served(Box::new(served())));
        }
        assert_eq!(queue.next(Some(Duration::ZERO)), Next::Late);
        spans.end();
        assert_eq!(queue.next(None), Next::Woken);
        assert!(spans.have_ended());
        drop(queue);
        spans.tell(served());
        assert_eq!(spans.tallied().queue_full, 4);
    }
}
