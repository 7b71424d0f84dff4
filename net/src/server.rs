//! The accept loop: takes connections in, up to the limit, and gives each to a thread of the engine for good.
//!
//! It has a thread of its own, so that neither a flood of connections costs the engine's threads their time, nor a
//! busy engine keeps a client from hearing that it is refused.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use actix_rt::ArbiterHandle;
use holdfast_engine::Router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::connection;
use crate::decode::Arguments;
use crate::error::StartError;
use crate::limits;
use crate::peer;
use crate::shutdown::{Phase, Stop, Watch, shutdown};
use crate::stats::Stats;

/// Tells sections of `INFO` that are not the front end's own: `"default"`, or one by its name in small letters, in
/// the form of Redis (`# Section`, `key:value`, each line ending in CR LF). Empty for a section that it does not know.
pub type InfoSource = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// What may be configured. The defaults are in [`limits`].
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Connections at the same time; at least 1. A further one is told so and closed.
    pub connections_max: usize,
    /// How often a connection is looked at for the times below, which are rounded up to it.
    pub tick: Duration,
    /// How long a client may leave replies unread.
    pub write_timeout: Duration,
    /// How long a command may take to arrive.
    pub frame_timeout: Duration,
    /// How long a connection may stay silent before its first command.
    pub silent_timeout: Duration,
    /// How long a connection may be idle between commands.
    pub idle_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connections_max: limits::CONNECTIONS_MAX,
            tick: limits::TICK,
            write_timeout: limits::WRITE_TIMEOUT,
            frame_timeout: limits::FRAME_TIMEOUT,
            silent_timeout: limits::SILENT_TIMEOUT,
            idle_timeout: limits::IDLE_TIMEOUT,
        }
    }
}

/// What all connections of a server share.
pub(crate) struct Shared {
    pub(crate) router: Router,
    pub(crate) config: Config,
    pub(crate) stats: Arc<Stats>,
    source: InfoSource,
    next_id: AtomicU64,
    connected: AtomicUsize,
}

impl Shared {
    /// The text of `INFO` with these sections, or with the default ones.
    pub(crate) fn info(&self, sections: Arguments<'_>) -> String {
        let mut text = String::new();
        if sections.len() == 0 {
            self.section("default", &mut text);
        }
        for section in sections {
            self.section(&String::from_utf8_lossy(section).to_ascii_lowercase(), &mut text);
        }
        text
    }

    fn section(&self, name: &str, text: &mut String) {
        let whole = matches!(name, "default" | "all" | "everything");
        let parts = [
            if name == "clients" || name == "net" { String::new() } else { (self.source)(name) },
            if whole || name == "clients" { self.clients() } else { String::new() },
            if whole || name == "net" { self.net() } else { String::new() },
        ];
        for part in parts.iter().filter(|part| !part.is_empty()) {
            if !text.is_empty() {
                text.push_str("\r\n");
            }
            text.push_str(part);
        }
    }

    fn clients(&self) -> String {
        let mut text = String::new();
        self.stats.write_clients(self.config.connections_max, &mut text);
        text
    }

    fn net(&self) -> String {
        let mut text = String::new();
        self.stats.write_net(&mut text);
        text
    }

    pub(crate) fn next_id(&self) -> u64 {
        1 + self.next_id.fetch_add(1, Ordering::Relaxed)
    }
}

/// A connection's place under the limit; dropping it gives the place back.
pub(crate) struct Place(Arc<Shared>);

impl Place {
    /// `None` if all places are taken.
    fn take(shared: &Arc<Shared>) -> Option<Self> {
        let most = shared.config.connections_max;
        let free = |taken: usize| (taken < most).then_some(taken + 1);
        shared.connected.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).ok()?;
        shared.stats.connected_clients.fetch_add(1, Ordering::Relaxed);
        Some(Self(Arc::clone(shared)))
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.0)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.connected.fetch_sub(1, Ordering::Relaxed);
        self.0.stats.connected_clients.fetch_sub(1, Ordering::Relaxed);
    }
}

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
        info: InfoSource,
    ) -> Result<Running, StartError> {
        if arbiters.is_empty() {
            return Err(StartError::NoArbiter);
        }
        listener.set_nonblocking(true).map_err(StartError::Listener)?;
        let address = listener.local_addr().map_err(StartError::Listener)?;
        let stats = Arc::new(Stats::default());
        let shared = Arc::new(Shared {
            router,
            config: Config { connections_max: config.connections_max.max(1), ..config },
            stats: Arc::clone(&stats),
            source: info,
            next_id: AtomicU64::new(0),
            connected: AtomicUsize::new(0),
        });
        let (stop, watch) = shutdown();
        let acceptor =
            Acceptor { shared, arbiters: arbiters.to_vec(), next: 0, watch, lingering: Arc::default() };
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
        tracing::warn!(
            connections = self.stats.connected_clients.load(Ordering::Relaxed),
            "cutting off connections"
        );
        self.stop.enter(Phase::Cut);
        self.stop.all_gone(limits::CUT_TIMEOUT).await
    }
}

struct Acceptor {
    shared: Arc<Shared>,
    arbiters: Vec<ArbiterHandle>,
    next: usize,
    watch: Watch,
    /// Refused connections that are being told so.
    lingering: Arc<AtomicUsize>,
}

impl Acceptor {
    async fn run(mut self, listener: TcpListener) {
        let mut watch = self.watch.clone();
        tokio::select! {
            biased;
            () = watch.reached(Phase::Finish) => {}
            () = self.accept(&listener) => {}
        }
    }

    async fn accept(&mut self, listener: &TcpListener) {
        let mut backoff = limits::ACCEPT_BACKOFF_MIN;
        let mut in_turn = 0;
        loop {
            match listener.accept().await {
                Ok((stream, address)) => {
                    backoff = limits::ACCEPT_BACKOFF_MIN;
                    self.take_in(stream, address);
                }
                // The client has gone again before it was accepted.
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    Stats::add(&self.shared.stats.accept_failures, 1);
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

    fn take_in(&mut self, stream: TcpStream, address: SocketAddr) {
        Stats::add(&self.shared.stats.connections_accepted, 1);
        let Some(place) = Place::take(&self.shared) else {
            Stats::add(&self.shared.stats.connections_refused, 1);
            self.refuse(stream);
            return;
        };
        // The socket moves to the event loop of its thread.
        let stream = match stream.into_std() {
            Ok(stream) => stream,
            Err(error) => {
                tracing::debug!(%error, %address, "a new connection cannot be used");
                return;
            }
        };
        self.hand_over(stream, address, place);
    }

    fn hand_over(&mut self, stream: StdStream, address: SocketAddr, place: Place) {
        let watch = self.watch.clone();
        let arbiter = self.arbiters.get(self.next % self.arbiters.len());
        self.next = self.next.wrapping_add(1);
        let serve = move || {
            actix_rt::spawn(connection::serve(stream, address, watch, place));
        };
        if !arbiter.is_some_and(|arbiter| arbiter.spawn_fn(serve)) {
            tracing::warn!(%address, "the thread for a new connection has ended");
        }
    }

    /// Says why, gives the client a moment to read it, and closes. In a flood the moment is saved.
    fn refuse(&self, mut stream: TcpStream) {
        let message = peer::refusal(self.shared.config.connections_max);
        // A new socket's send buffer has room for a line; if not, the client will see the close.
        let _ = stream.try_write(&message);
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

/// Closes the sending side, then drops what still comes, for a moment: see [`limits::LINGER`].
pub(crate) async fn linger(stream: &mut TcpStream) {
    let drop_the_rest = async {
        stream.shutdown().await?;
        let mut sink = [0; 4096];
        while stream.read(&mut sink).await? > 0 {
            tokio::task::yield_now().await;
        }
        io::Result::Ok(())
    };
    // However it ends, the socket is closed next.
    let _ = tokio::time::timeout(limits::LINGER, drop_the_rest).await;
}

fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}
