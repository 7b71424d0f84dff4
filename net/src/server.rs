//! A server: its start on a listener, and its stop.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::time::Duration;

use actix_rt::ArbiterHandle;
use holdfast_engine::Router;

use crate::door::acceptor::{self, House};
use crate::error::StartError;
use crate::limits;
use crate::shared::{Config, InfoSource, Protection, Shared};
use crate::shutdown::{Phase, Stop, shutdown};
use crate::stats::Stats;

/// Starts serving.
#[derive(Debug)]
pub struct Server;

impl Server {
    /// Serves the listener's connections on these arbiters, in turn. They must be the threads that the router's
    /// events live on.
    ///
    /// # Errors
    /// No arbiter, a listener that cannot be used, or no thread to be had.
    pub fn start(
        listener: StdListener,
        router: Router,
        arbiters: &[ArbiterHandle],
        config: Config,
        protection: Protection,
        info: InfoSource,
    ) -> Result<Running, StartError> {
        if arbiters.is_empty() {
            return Err(StartError::NoArbiter);
        }
        listener.set_nonblocking(true).map_err(StartError::Listener)?;
        let address = listener.local_addr().map_err(StartError::Listener)?;
        let stats = Arc::new(Stats::default());
        let shared = Arc::new(Shared::new(router, config, Arc::clone(&stats), &protection, info));
        let (stop, watch) = shutdown();
        let house = House { shared, arbiters: arbiters.to_vec(), tls: protection.tls, watch };
        acceptor::open(listener, house)?;
        Ok(Running { address, stats, stop })
    }
}

/// A server that serves.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stats: Arc<Stats>,
    stop: Stop,
}

impl Running {
    /// Where it listens, with the real port.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// What it counts.
    #[must_use]
    pub fn stats(&self) -> Arc<Stats> {
        Arc::clone(&self.stats)
    }

    /// Stops: accepts nothing more, takes no further commands, lets the replies to those under way be written, and
    /// closes. What is not done after `grace` is cut off. When this returns `true` no connection is left, nor the
    /// listening socket; `false` means that one of the arbiters hangs.
    pub async fn stop(mut self, grace: Duration) -> bool {
        self.stop.enter(Phase::Finish);
        if self.stop.all_gone(grace).await {
            return true;
        }
        tracing::warn!(connections = self.stats.connected_clients(), "cutting off connections");
        self.stop.enter(Phase::Cut);
        self.stop.all_gone(limits::CUT_TIMEOUT).await
    }
}
