//! The thread that looks at the payments of all events: it reads what has become durable, tells the providers' circuits, and does what
//! the settings ask for.
//!
//! It looks once a second and is woken by nobody, so no sale knows of it. It remembers nothing over a restart but what the log shows:
//! sales that it has paused itself.

mod acts;
mod errands;
mod reading;
mod words;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use acts::Acts;
pub(in crate::life) use errands::{Errand, Errands};
use reading::Reading;

pub use words::BREAKER;

use crate::breaker::{Circuit, PaymentPolicy, PaymentReaction, ProviderFigures, Providers, Turn};
use crate::catalogue::Code;
use crate::codec::{Framed, Topic, decode_record};
use crate::front::router::Router;
use crate::life::watch::Watch;
use crate::numbers::At;
use crate::pulse::Watched;

/// It reads and decodes records, the largest of which describe an event; of those it needs none.
const STACK_BYTES: usize = 512 * 1024;
/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// What is known of the providers of payments.
#[derive(Clone, Debug)]
pub struct PaymentStats {
    /// When one counts as disturbed, and what is done then.
    pub policy: PaymentPolicy,
    /// Those that payments were for since the start of the process.
    pub providers: Vec<ProviderFigures>,
    /// Outcomes of payments whose beginning was not seen, as they began before the process or there were too many.
    pub unknown: u64,
    /// How often log was let go of, or could not be read, before it was looked at.
    pub gaps: u64,
    /// The sales that are paused for it.
    pub paused: Vec<PausedSale>,
}

/// A sale that is paused since a provider is disturbed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PausedSale {
    /// The event.
    pub event: Box<str>,
    /// The provider.
    pub provider: Box<str>,
    /// Since when the provider's circuit is open, or, after a restart, since when the sale is paused.
    pub since: At,
}

impl PaymentStats {
    /// Those that are disturbed.
    pub fn open(&self) -> impl Iterator<Item = &ProviderFigures> {
        self.providers.iter().filter(|provider| provider.circuit == Circuit::Open)
    }
}

/// The thread, and what it has seen.
pub(crate) struct PaymentWatch {
    watch: Watch,
    seen: Arc<Mutex<PaymentStats>>,
}

impl PaymentWatch {
    /// Starts the thread. What is durable already says nothing any more.
    pub(crate) fn start(policy: PaymentPolicy, router: &Router) -> io::Result<Self> {
        let (providers, unknown, gaps, paused) = (Vec::new(), 0, 0, Vec::new());
        let seen = Arc::new(Mutex::new(PaymentStats { policy, providers, unknown, gaps, paused }));
        let mut eye = Eye {
            reading: Reading::from_now(router.log().clone()),
            errands: Errands::new(router.clone()),
            router: router.clone(),
            providers: Providers::new(policy),
            acts: Acts::default(),
            reacts: policy.reaction == PaymentReaction::StopNew,
            is_new: true,
            told: Arc::clone(&seen),
        };
        let watch = Watch::start_at_files("payments", STACK_BYTES, EVERY, move || eye.look())?;
        Ok(Self { watch, seen })
    }

    pub(crate) fn stats(&self) -> PaymentStats {
        self.seen.lock().clone()
    }

    pub(crate) const fn watched(&self) -> &Watched {
        self.watch.watched()
    }

    /// Ends the thread. The events must still answer.
    pub(crate) fn stop(self) {
        self.watch.stop();
    }
}

/// The thread's own state.
struct Eye {
    router: Router,
    reading: Reading,
    errands: Errands,
    providers: Providers,
    acts: Acts,
    reacts: bool,
    is_new: bool,
    told: Arc<Mutex<PaymentStats>>,
}

impl Eye {
    fn look(&mut self) -> Duration {
        // One that follows does nothing by itself, and begins as at a start when it takes over.
        if self.router.journal().follows().is_some() {
            self.reading = Reading::from_now(self.router.log().clone());
            return EVERY;
        }
        if std::mem::take(&mut self.is_new) && self.reacts {
            self.remember();
        }
        let is_all = self.read();
        for turn in self.providers.goes_on(self.router.now()) {
            self.turned(&turn);
        }
        if is_all && self.reacts {
            let window = self.providers.window();
            self.acts.settle(&self.providers.disturbed(), &self.errands, window);
        }
        self.publish();
        if is_all { EVERY } else { Duration::ZERO }
    }

    /// Takes in what has become durable, or a good part of it. Returns whether that was all.
    fn read(&mut self) -> bool {
        let (mut turns, Self { reading, providers, acts, .. }) = (Vec::new(), &mut *self);
        let read = reading.read(|event, topic, bytes| {
            // Refusals are many, and only those of few events say anything here.
            if topic == Topic::Status && !acts.watches(event) {
                return;
            }
            match decode_record(bytes) {
                Ok(Framed { record, .. }) if topic == Topic::Status => acts.sees(event, &record),
                Ok(Framed { record, .. }) => {
                    turns.extend(providers.takes(event, record.at, &record.change));
                }
                Err(error) => {
                    tracing::error!(code = %Code::FEED_UNREADABLE, event = event.0, %error, "a record cannot be read");
                }
            }
        });
        for turn in turns {
            self.turned(&turn);
        }
        match read {
            Ok(is_all) => is_all,
            Err(error) => {
                tracing::error!(code = %Code::FEED_UNREADABLE, %error, "what became of some payments is not known");
                self.providers.forgets();
                true
            }
        }
    }

    /// Finds the sales that an earlier process has paused, and that nobody has seen to since. Their providers were disturbed then:
    /// they are given a try when the time for it has come.
    fn remember(&mut self) {
        let now = self.router.now();
        for paused in self.errands.paused_by_breaker() {
            tracing::warn!(event = %paused.name, provider = paused.who.text(), "an earlier process has paused this sale, as payments were disturbed");
            self.providers.was_open(&paused.who, paused.event, now);
            self.acts.remember(paused);
        }
    }

    /// A circuit is another. This is the one place that sees it.
    fn turned(&self, turn: &Turn) {
        let Turn { who, circuit, why, .. } = turn;
        let (provider, state) = (who.text(), circuit.word());
        match circuit {
            Circuit::Open => {
                let (failures, counted) = (why.failures(), why.counted());
                let window_ms = self.providers.window().0;
                tracing::warn!(
                    provider,
                    state,
                    failures,
                    counted,
                    window_ms,
                    "payments of a provider are disturbed"
                );
            }
            Circuit::HalfOpen => tracing::info!(provider, state, "payments of a provider are tried again"),
            Circuit::Closed => tracing::info!(provider, state, "payments of a provider succeed again"),
        }
    }

    fn publish(&mut self) {
        let providers = self.providers.figures(self.router.now());
        let directory = self.router.directory();
        let paused = self.acts.paused().filter_map(|(event, who, since)| {
            let name = directory.name_of(event)?;
            Some(PausedSale { event: name.as_str().into(), provider: who.text().into(), since })
        });
        let paused = paused.collect();
        let (unknown, gaps) = (self.providers.unknown(), self.reading.gaps());
        let mut told = self.told.lock();
        (told.providers, told.unknown, told.gaps, told.paused) = (providers, unknown, gaps, paused);
    }
}
