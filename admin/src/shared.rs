//! What all connections and requests of the admin port share.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use holdfast_net::Protection;
use tokio::sync::Semaphore;

use crate::health::Health;
use crate::hosts::Hosts;
use crate::metrics::Metrics;
use crate::stage::Stage;

/// The settings of the admin port.
#[derive(Clone, Debug)]
pub struct Config {
    /// The names that clients may call the server by, as in `Host`, without a port; those of this machine and the address itself are
    /// known without.
    pub hosts: Vec<String>,
    /// Requests at the same time; the probes do not count.
    pub in_flight_max: usize,
}

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) protection: Protection,
    pub(crate) stage: Arc<Stage>,
    pub(crate) metrics: Arc<dyn Metrics>,
    pub(crate) health: Health,
    pub(crate) hosts: Hosts,
    /// One for each request that may be under way.
    pub(crate) turns: Arc<Semaphore>,
}

impl Shared {
    pub(crate) fn new(
        config: &Config,
        protection: Protection,
        stage: Arc<Stage>,
        metrics: Arc<dyn Metrics>,
    ) -> Self {
        let turns = Arc::new(Semaphore::new(config.in_flight_max));
        let (health, hosts) = (Health::default(), Hosts::new(&config.hosts));
        Self { protection, stage, metrics, health, hosts, turns }
    }
}

/// Where a request came from and where it arrived: an extension of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) from: IpAddr,
    pub(crate) at: SocketAddr,
}
