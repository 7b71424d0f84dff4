//! What all connections and requests of the admin port share.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use holdfast_net::Protection;
use tokio::sync::{Semaphore, watch};

use crate::health::{Health, Liveness};
use crate::hosts::Hosts;
use crate::limits;
use crate::metrics::Metrics;
use crate::sessions::Sessions;
use crate::stage::Stage;

/// The settings of the admin port.
#[derive(Clone, Debug)]
pub struct Config {
    /// The names that clients may call the server by, as in `Host`, without a port; those of this machine and the address itself are
    /// known without.
    pub hosts: Vec<String>,
    /// Requests at the same time; the probes do not count.
    pub in_flight_max: usize,
    /// After how long a thread is stuck that has something to do and does not go on.
    pub live_after: Duration,
    /// Whether commands are taken that change something.
    pub writes: bool,
    /// After how long without a request the session of a browser ends.
    pub session_idle: Duration,
    /// After how long it ends in any case.
    pub session_max: Duration,
    /// The catalogue of policies in a language, as JSON; `None` if it is in another one.
    pub policies: fn(&str) -> Option<&'static str>,
}

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) protection: Protection,
    pub(crate) stage: Arc<Stage>,
    pub(crate) metrics: Arc<dyn Metrics>,
    pub(crate) health: Health,
    pub(crate) liveness: Liveness,
    pub(crate) hosts: Hosts,
    /// One for each request that may be under way.
    pub(crate) turns: Arc<Semaphore>,
    /// One for each stream that may be open.
    pub(crate) viewers: Arc<Semaphore>,
    pub(crate) sessions: Sessions,
    pub(crate) writes: bool,
    pub(crate) policies: fn(&str) -> Option<&'static str>,
    /// Becomes true when the port closes.
    pub(crate) closing: watch::Receiver<bool>,
}

impl Shared {
    pub(crate) fn new(
        config: &Config,
        protection: Protection,
        (stage, metrics): (Arc<Stage>, Arc<dyn Metrics>),
        closing: watch::Receiver<bool>,
    ) -> Self {
        Self {
            health: Health::new(protection.clone()),
            protection,
            stage,
            metrics,
            liveness: Liveness::new(config.live_after),
            hosts: Hosts::new(&config.hosts),
            turns: Arc::new(Semaphore::new(config.in_flight_max)),
            viewers: Arc::new(Semaphore::new(limits::VIEWERS_MAX)),
            sessions: Sessions::new(config.session_idle, config.session_max),
            writes: config.writes,
            policies: config.policies,
            closing,
        }
    }
}

/// Where a request came from and where it arrived: an extension of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) from: IpAddr,
    /// The port that belongs to `from`.
    pub(crate) port: u16,
    pub(crate) at: SocketAddr,
}

/// Whether a connection is one of somebody known who waits for an answer, so that it is not closed for others: an extension of each
/// request. Strangers are never waited for, however slowly they ask and however long a wrong token takes.
#[derive(Clone, Default, Debug)]
pub(crate) struct Asks(Arc<AtomicBool>);

impl Asks {
    pub(crate) fn set(&self, asks: bool) {
        self.0.store(asks, Ordering::Relaxed);
    }

    pub(crate) fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
