//! The figures of the front end at one moment, and the way to them.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use holdfast_engine::{CATALOGUE, Code};
use holdfast_figures::Distribution;

use crate::access::Access;
use crate::counting::refusals;
use crate::limits;
use crate::memory::Memory;
use crate::places::Places;
use crate::spans::{Spans, Tallied};
use crate::stats::{Counters, Stats};
use crate::tls::Tls;

/// The way to the figures of a front end. It keeps nothing of the engine.
#[derive(Clone, Debug)]
pub struct Front {
    pub(crate) stats: Arc<Stats>,
    pub(crate) access: Arc<Access>,
    pub(crate) places: Arc<Places>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) spans: Arc<Spans>,
    /// `None`: clients do not speak TLS.
    pub(crate) tls: Option<Arc<Tls>>,
}

/// The figures of a front end.
#[derive(Clone, Debug)]
pub struct FrontFigures {
    pub(crate) counters: Counters,
    /// Commands a second, just now.
    pub(crate) rate: u64,
    pub(crate) connections_max: usize,
    /// Bytes that wait for clients, and how many may.
    pub(crate) waiting: usize,
    pub(crate) waiting_max: usize,
    /// `None`: everybody may do everything.
    pub(crate) tokens: Option<usize>,
    /// Those of them that end soon.
    pub(crate) tokens_ending: usize,
    pub(crate) encrypted: bool,
    /// Whether the certificate is over, or ends soon.
    pub(crate) certificate_ends: bool,
    /// Replies by code, in the order of [`CATALOGUE`].
    pub(crate) refused: Vec<u64>,
    pub(crate) repeats: u64,
    /// Traced commands.
    pub(crate) traced: Tallied,
    /// For what takes longer to add up, and few ask for.
    stats: Arc<Stats>,
}

impl Front {
    /// The figures as they are now.
    #[must_use]
    pub fn figures(&self) -> FrontFigures {
        let (waiting_max, waiting) = self.memory.bytes();
        let counters = self.stats.counters();
        let mut refused = refusals::by_code();
        // These are ready bytes, which nobody counts one by one.
        refused[Code::TRY_LATER.place()] += counters.commands_shed;
        FrontFigures {
            counters,
            rate: self.stats.rate(Instant::now()),
            connections_max: self.places.most(),
            waiting,
            waiting_max,
            tokens: self.access.tokens(),
            tokens_ending: self.access.ending(limits::RENEW_BEFORE).len(),
            encrypted: self.tls.is_some(),
            certificate_ends: self.tls.as_ref().is_some_and(|tls| tls.ends_soon(wall())),
            refused,
            repeats: refusals::repeats(),
            traced: self.spans.tallied(),
            stats: Arc::clone(&self.stats),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a certificate ends at a time on the wall")]
fn wall() -> SystemTime {
    SystemTime::now()
}

impl FrontFigures {
    /// How long commands took, microseconds, by the name that Redis would tell: of those that came.
    pub(crate) fn latencies(&self) -> impl Iterator<Item = (String, Distribution)> {
        let all = self.stats.latencies().into_iter().filter(|(_, buckets)| buckets.count() > 0);
        all.map(|(command, buckets)| {
            let mut before = 0;
            let within = |(bound, upto): (u64, u64)| (bound, upto - std::mem::replace(&mut before, upto));
            let in_each = buckets.exported().map(within).collect();
            (command, Distribution { buckets: in_each, count: buckets.count(), sum: buckets.micros() })
        })
    }

    /// Replies that were refusals: kind, code, and how many. Only codes that replies can have.
    pub(crate) fn refusals(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let all = CATALOGUE.iter().zip(&self.refused);
        all.filter_map(|(entry, count)| Some((entry.kind?.word(), entry.code.text(), *count)))
    }
}
