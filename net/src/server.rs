//! A server: its start on a listener, and its stop.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::time::Duration;

use actix_rt::ArbiterHandle;
use holdfast_engine::Router;

use crate::door::acceptor::{self, House};
use crate::error::StartError;
use crate::figures::Front;
use crate::inside::Inside;
use crate::limits;
use crate::shared::{Config, Protection, Shared, Sources};
use crate::shutdown::{Phase, Stop, shutdown};
use crate::stats::Stats;

/// Starts serving.
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::io::{Read, Write};
/// use std::net::{TcpListener, TcpStream};
/// # use std::sync::Arc;
/// # use std::time::Duration;
/// # use holdfast_engine::{CheckpointPolicy, Engine, Millis, Policy};
/// use holdfast_net::{Config, Protection, Server, Sources};
///
/// # let storage: Arc<dyn holdfast_wal::Storage> = Arc::new(holdfast_testkit::MemoryStorage::new());
/// # let settings = holdfast_engine::Config {
/// #     threads: 1,
/// #     policy: Policy { retention: Millis(1_000), refusals_max: 10, recovery_grace: Millis(0), record_retention: Millis(1_000) },
/// #     checkpoint: CheckpointPolicy::default(),
/// #     log: holdfast_wal::Options::default(),
/// #     clock_ahead: Millis(u64::MAX),
/// #     all_or_nothing: false,
/// #     memory: None,
/// #     payments: holdfast_engine::PaymentPolicy::default(),
/// #     groups: holdfast_engine::GroupBounds::default(),
/// # };
/// actix_rt::System::new().block_on(async {
/// #   let engine = Engine::open(&storage, &settings, [7; 32], Box::new(|_| std::process::abort()))?;
/// #   let (router, arbiters) = (engine.router().clone(), engine.arbiters());
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let info = Arc::new(|_: &str| String::new());
///     let sources = Sources { info, settings: Vec::new(), spans: Arc::default(), cluster: None };
///     let protection = Protection::default();
///     let running = Server::start(listener, router, &arbiters, Config::default(), protection, sources)?;
///
///     let mut client = TcpStream::connect(running.local_addr())?;
///     client.write_all(b"PING\r\n")?;
///     let mut reply = [0; 7];
///     client.read_exact(&mut reply)?;
///     assert_eq!(&reply, b"+PONG\r\n");
///
///     assert!(running.stop(Duration::from_secs(60)).await);
/// #   engine.stop()?;
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct Server;

impl Server {
    /// Serves the listener's connections on these arbiters, in turn. They must be the threads that the router's
    /// events live on.
    ///
    /// # Errors
    /// If there is no arbiter, the listener cannot be used, or the operating system gives no thread.
    pub fn start(
        listener: StdListener,
        router: Router,
        arbiters: &[ArbiterHandle],
        config: Config,
        protection: Protection,
        sources: Sources,
    ) -> Result<Running, StartError> {
        if arbiters.is_empty() {
            return Err(StartError::NoArbiter);
        }
        listener.set_nonblocking(true).map_err(StartError::Listener)?;
        let address = listener.local_addr().map_err(StartError::Listener)?;
        let stats = Arc::new(Stats::default());
        let shared = Arc::new(Shared::new(router, config, Arc::clone(&stats), &protection, sources));
        let front = shared.front.clone();
        let (stop, watch) = shutdown();
        let inside = Inside::new(&shared, arbiters, watch.visitor());
        let house = House { shared, arbiters: arbiters.to_vec(), tls: protection.tls, watch };
        acceptor::open(listener, house)?;
        Ok(Running { address, stats, front, stop, inside })
    }
}

/// A running server.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stats: Arc<Stats>,
    front: Front,
    stop: Stop,
    inside: Inside,
}

impl Running {
    /// The address that it listens on, with the real port.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The counters of the server.
    #[must_use]
    pub fn stats(&self) -> Arc<Stats> {
        Arc::clone(&self.stats)
    }

    /// The way to its figures, which may be kept when it has ended.
    #[must_use]
    pub fn front(&self) -> Front {
        self.front.clone()
    }

    /// The way to connections of this server from inside the process.
    #[must_use]
    pub fn inside(&self) -> Inside {
        self.inside.clone()
    }

    /// Stops: accepts no connection, takes no further command, writes the replies to those in flight, and closes.
    /// Connections that are not done after `grace` are cut off. `true` means that no connection is left, nor the
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
