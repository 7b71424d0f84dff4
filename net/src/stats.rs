//! The counters of the front end. Connections add to them once a turn, not once a command, and each thread has
//! counters of its own, so no cache line goes from core to core for them. Reading adds them up.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::counting::{SHARDS, shard};
use crate::latency::{Buckets, Latencies};

macro_rules! stats {
    ($($(#[doc = $doc:literal])+ $name:ident,)*) => {
        /// What the threads of one shard have counted. A connection may end on another thread than it began on, so a
        /// counter may fall below zero; it wraps around, and the sum of all shards is right again.
        #[derive(Default, Debug)]
        #[repr(align(64))]
        pub(crate) struct Counts {
            $($(#[doc = $doc])+ pub(crate) $name: AtomicU64,)*
        }

        /// All counters at one moment.
        #[derive(Clone, Copy, Default, Debug)]
        pub struct Counters {
            $($(#[doc = $doc])+ pub $name: u64,)*
        }

        impl Counters {
            /// Their names.
            #[cfg(test)]
            pub(crate) const NAMES: &[&str] = &[$(stringify!($name),)*];
        }

        impl Stats {
            /// Every counter.
            #[must_use]
            pub fn counters(&self) -> Counters {
                Counters { $($name: self.$name(),)* }
            }

            $($(#[doc = $doc])+ #[must_use] pub fn $name(&self) -> u64 {
                self.sum(|counts| &counts.$name)
            })*
        }
    };
}

stats! {
    /// Connections at this moment.
    connected_clients,
    /// Connections at this moment that wait with a `FEED`.
    blocked_clients,
    /// Connections accepted.
    connections_accepted,
    /// Connections refused because the limit was reached.
    connections_refused,
    /// Connections closed before their login, as others came and too many waited for theirs.
    connections_displaced,
    /// Failures to accept: descriptors or memory ran out.
    accept_failures,
    /// Commands read, with the bad ones.
    commands,
    /// Commands refused by their form.
    commands_invalid,
    /// Commands refused with `BUSY` because their connection was late, or their thread slow.
    commands_shed,
    /// Commands whose client was sent to another node of the cluster, which has their event.
    commands_moved,
    /// How often a connection was not read for a while because its token went faster than its budget allows.
    paced,
    /// Acts of operators refused because their token has had those of an hour.
    acts_refused,
    /// Logins that succeeded.
    logins,
    /// Logins that failed.
    logins_failed,
    /// Connections closed because nobody had logged in on them in time.
    logins_late,
    /// Commands refused because their connection was not logged in.
    commands_unauthenticated,
    /// Commands refused because the role of their connection does not allow them.
    commands_denied,
    /// TLS handshakes that succeeded.
    tls_handshakes,
    /// TLS handshakes that failed or did not end in time.
    tls_failures,
    /// Connections ended because their bytes were not the protocol, or over one of its limits.
    protocol_errors,
    /// Connections ended because a command did not arrive in time.
    slow_commands,
    /// Connections ended because their client left replies unread.
    slow_readers,
    /// Connections ended because too much waited for all clients, and most of it for theirs.
    connections_outweighed,
    /// Connections ended because their client had gone before it could be answered.
    clients_gone,
    /// Connections ended because nothing came from them.
    idle_closed,
    /// How often a connection was not read because too much was in flight or unread by the client.
    backpressure,
    /// Bytes read.
    input_bytes,
    /// Bytes written.
    output_bytes,
}

/// The counters of a server since its start. They may be read at any time and are never reset.
#[derive(Default, Debug)]
pub struct Stats {
    shards: [Counts; SHARDS],
    pub(crate) latencies: Latencies,
    /// When the rate of commands was last looked at, and how many there had been.
    looked: Mutex<Option<Look>>,
}

#[derive(Clone, Copy, Debug)]
struct Look {
    at: Instant,
    commands: u64,
    per_second: u64,
}

/// The rate of commands is that of at least so long.
const RATE_OVER: Duration = Duration::from_secs(1);

impl Stats {
    /// The counters that this thread adds to.
    pub(crate) fn here(&self) -> &Counts {
        &self.shards[shard()]
    }

    /// How long each command took, in the order of the table of commands, by the name that Redis would tell: `hold`,
    /// `event|create`. Of one that never came, nothing is counted.
    #[must_use]
    pub fn latencies(&self) -> Vec<(String, Buckets)> {
        self.latencies.all().into_iter().map(|(verb, buckets)| (verb.told(), buckets)).collect()
    }

    fn sum(&self, counter: impl Fn(&Counts) -> &AtomicU64) -> u64 {
        self.shards.iter().fold(0, |sum, counts| sum.wrapping_add(counter(counts).load(Ordering::Relaxed)))
    }

    pub(crate) fn add(counter: &AtomicU64, count: u64) {
        if count > 0 {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Commands a second since the look before, or since the one before that if it is not a second ago.
    pub(crate) fn rate(&self, now: Instant) -> u64 {
        let commands = self.commands();
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let before = looked.get_or_insert(Look { at: now, commands, per_second: 0 });
        let passed = now.saturating_duration_since(before.at);
        if passed >= RATE_OVER {
            let per_second = (commands - before.commands) as f64 / passed.as_secs_f64();
            *before = Look { at: now, commands, per_second: per_second as u64 };
        }
        before.per_second
    }
}

/// Whether a connection counts among the [`Stats::blocked_clients`]; it does not any longer when it ends.
pub(crate) struct Blocked {
    stats: Arc<Stats>,
    counted: bool,
}

impl Blocked {
    pub(crate) fn new(stats: &Arc<Stats>) -> Self {
        Self { stats: Arc::clone(stats), counted: false }
    }

    #[inline]
    pub(crate) fn set(&mut self, blocked: bool) {
        if blocked != self.counted {
            let gauge = &self.stats.here().blocked_clients;
            gauge.fetch_add(if blocked { 1 } else { u64::MAX }, Ordering::Relaxed);
            self.counted = blocked;
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        self.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_since_the_last_look_a_second_ago() {
        let (stats, start) = (Stats::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(stats.rate(at(0)), 0);
        Stats::add(&stats.here().commands, 500);
        assert_eq!(stats.rate(at(900)), 0, "too soon");
        assert_eq!(stats.rate(at(2_000)), 250);
        Stats::add(&stats.here().commands, 7_000);
        assert_eq!(stats.rate(at(2_999)), 250);
        assert_eq!(stats.rate(at(4_000)), 3_500);
        assert_eq!(stats.rate(at(5_000)), 0);
    }

    #[test]
    fn what_any_thread_has_counted_is_in_the_sum() {
        let stats = Arc::new(Stats::default());
        let of_threads: Vec<_> = (0..2 * SHARDS as u64)
            .map(|number| {
                let stats = Arc::clone(&stats);
                std::thread::spawn(move || {
                    Stats::add(&stats.here().commands, number);
                    stats.here().connected_clients.fetch_add(1, Ordering::Relaxed);
                })
            })
            .collect();
        of_threads.into_iter().for_each(|thread| thread.join().unwrap());
        stats.here().connected_clients.fetch_sub(2 * SHARDS as u64 - 3, Ordering::Relaxed);
        assert_eq!(stats.commands(), (0..2 * SHARDS as u64).sum::<u64>());
        assert_eq!(stats.connected_clients(), 3, "though a shard went below zero");
    }
}
