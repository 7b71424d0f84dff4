//! The accept loop: accepts connections, up to the limit, and gives each to a thread of the engine for good.
//!
//! It has a thread of its own. So a flood of connections costs the engine's threads no time, and a client that is refused
//! hears so even from a busy server.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use actix_rt::ArbiterHandle;
use holdfast_engine::Router;
use tokio::net::{TcpListener, TcpStream};

use crate::connection::peer;
use crate::connection::stream::linger;
use crate::connection::{self, Arrival};
use crate::error::StartError;
use crate::limits;
use crate::shared::{Config, InfoSource, Place, Protection, Shared};
use crate::shutdown::{Phase, Stop, Watch, shutdown};
use crate::stats::Stats;
use crate::tls::{Tls, is_handshake};

/// Starts serving.
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::io::{Read, Write};
/// use std::net::{TcpListener, TcpStream};
/// # use std::sync::Arc;
/// # use std::time::Duration;
/// # use holdfast_engine::{CheckpointPolicy, Engine, Policy};
/// use holdfast_net::{Config, Protection, Server};
///
/// # let storage: Arc<dyn holdfast_wal::Storage> = Arc::new(holdfast_testkit::MemoryStorage::new());
/// # let settings = holdfast_engine::Config {
/// #     threads: 1,
/// #     policy: Policy { retention_ms: 1_000, refusals_max: 10, recovery_grace_ms: 0, records_ms: 1_000 },
/// #     checkpoint: CheckpointPolicy::default(),
/// #     log: holdfast_wal::Options::default(),
/// #     clock_ahead_ms: u64::MAX,
/// #     all_or_nothing: false,
/// # };
/// actix_rt::System::new().block_on(async {
/// #   let engine = Engine::open(&storage, &settings, [7; 32], Box::new(|_| std::process::abort()))?;
/// #   let (router, arbiters) = (engine.router().clone(), engine.arbiters());
///     let (listener, info) = (TcpListener::bind("127.0.0.1:0")?, Arc::new(|_: &str| String::new()));
///     let protection = Protection::default();
///     let running = Server::start(listener, router, &arbiters, Config::default(), protection, info)?;
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
        let threads = Arc::new(Threads { arbiters: arbiters.to_vec(), next: AtomicUsize::new(0) });
        let acceptor = Acceptor { shared, threads, tls: protection.tls, watch, lingering: Arc::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(StartError::Thread)?;
        let listener = {
            let _within = runtime.enter();
            TcpListener::from_std(listener).map_err(StartError::Listener)?
        };
        let thread = thread::Builder::new().name("holdfast-accept".to_owned());
        thread.spawn(move || runtime.block_on(acceptor.run(listener))).map_err(StartError::Thread)?;
        Ok(Running { address, stats, stop })
    }
}

/// A running server.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stats: Arc<Stats>,
    stop: Stop,
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

struct Acceptor {
    shared: Arc<Shared>,
    threads: Arc<Threads>,
    tls: Option<Arc<Tls>>,
    watch: Watch,
    /// The number of refused connections that are kept open for a moment.
    lingering: Arc<AtomicUsize>,
}

impl Acceptor {
    async fn run(self, listener: TcpListener) {
        let mut watch = self.watch.clone();
        tokio::select! {
            biased;
            () = watch.reached(Phase::Finish) => {}
            () = self.accept(&listener) => {}
        }
    }

    async fn accept(&self, listener: &TcpListener) {
        let mut backoff = limits::ACCEPT_BACKOFF_MIN;
        let mut in_turn = 0;
        loop {
            match listener.accept().await {
                Ok((stream, address)) => {
                    backoff = limits::ACCEPT_BACKOFF_MIN;
                    self.take_in(stream, address);
                }
                // The client had gone before its connection was accepted.
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    Stats::add(&self.shared.stats.here().accept_failures, 1);
                    tracing::warn!(%error, wait = ?backoff, "cannot accept connections");
                    tokio::time::sleep(backoff).await;
                    backoff = (2 * backoff).min(limits::ACCEPT_BACKOFF_MAX);
                }
            }
            in_turn += 1;
            if in_turn == limits::ACCEPTS_PER_TURN {
                in_turn = 0;
                tokio::task::yield_now().await;
            }
        }
    }

    fn take_in(&self, stream: TcpStream, address: SocketAddr) {
        Stats::add(&self.shared.stats.here().connections_accepted, 1);
        let Some(place) = Place::take(&self.shared) else {
            Stats::add(&self.shared.stats.here().connections_refused, 1);
            self.refuse(stream);
            return;
        };
        // Replies are written in batches already; Nagle's algorithm would only delay them.
        let _ = stream.set_nodelay(true);
        let (threads, watch) = (Arc::clone(&self.threads), self.watch.clone());
        if let Some(tls) = &self.tls {
            let tls = Arc::clone(tls);
            // When the server stops, the event loop of this thread ends, and the handshakes end with it.
            tokio::spawn(async move {
                if let Some(arrival) = shake_hands(stream, address, &tls, &place).await {
                    threads.hand_over(arrival, address, watch, place);
                }
            });
            return;
        }
        // The socket moves to the event loop of its thread.
        match stream.into_std() {
            Ok(stream) => threads.hand_over(Arrival::Plain(stream), address, watch, place),
            Err(error) => tracing::debug!(%error, %address, "a new connection cannot be used"),
        }
    }

    /// Replies why the connection is refused, gives the client a moment to read that, and closes. In a flood of
    /// connections it closes at once.
    fn refuse(&self, mut stream: TcpStream) {
        if self.tls.is_none() {
            let message = peer::refusal(self.shared.config.connections_max);
            // The send buffer of a new socket has room for a line. If it had none, the client would only see the close.
            let _ = stream.try_write(&message);
        }
        if self.lingering.fetch_add(1, Ordering::Relaxed) >= limits::REFUSALS_LINGERING_MAX {
            self.lingering.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let lingering = Arc::clone(&self.lingering);
        tokio::spawn(async move {
            linger(&mut stream).await;
            lingering.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// The threads of the engine: each gets a connection in turn.
struct Threads {
    arbiters: Vec<ArbiterHandle>,
    next: AtomicUsize,
}

impl Threads {
    fn hand_over(&self, arrival: Arrival, address: SocketAddr, watch: Watch, place: Place) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let arbiter = self.arbiters.get(turn % self.arbiters.len());
        let serve = move || {
            actix_rt::spawn(connection::serve(arrival, address, watch, place));
        };
        if !arbiter.is_some_and(|arbiter| arbiter.spawn_fn(serve)) {
            tracing::warn!(%address, "the thread for a new connection has ended");
        }
    }
}

/// Does the TLS handshake. A client that does not speak TLS gets an error in the Redis protocol; one that takes too
/// long is dropped.
async fn shake_hands(
    mut stream: TcpStream,
    address: SocketAddr,
    tls: &Tls,
    place: &Place,
) -> Option<Arrival> {
    let handshake = async {
        let mut first = [0];
        if stream.peek(&mut first).await? > 0 && !is_handshake(first[0]) {
            let _ = stream.try_write(&peer::not_encrypted());
            linger(&mut stream).await;
            return Err(io::Error::other("it does not start with a TLS handshake"));
        }
        tls.handshake(stream).await
    };
    let shared = place.shared();
    let failed = match tokio::time::timeout(limits::HANDSHAKE_TIMEOUT, handshake).await {
        Ok(Ok(detached)) => {
            Stats::add(&shared.stats.here().tls_handshakes, 1);
            return Some(Arrival::Encrypted(Box::new(detached)));
        }
        Ok(Err(error)) => error,
        Err(elapsed) => elapsed.into(),
    };
    Stats::add(&shared.stats.here().tls_failures, 1);
    tracing::debug!(error = %failed, %address, "no TLS with a new connection");
    None
}

fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}
