//! What all connections of a server share: the way to the engine, the settings, the counters.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use holdfast_engine::Router;

use crate::access::{Access, Grant, Right};
use crate::limits;
use crate::resp::decode::Arguments;
use crate::stats::Stats;
use crate::tls::Tls;

/// Tells sections of `INFO` that are not the front end's own: `"default"`, or one by its name in small letters, in
/// the form of Redis (`# Section`, `key:value`, each line ending in CR LF). Empty for a section that it does not know.
pub type InfoSource = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// What may be configured. The defaults are in [`limits`].
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Connections at the same time; at least 1. A further one is told so and closed.
    pub connections_max: usize,
    /// How long a connection may be behind with reading before new commands are refused.
    pub patience: Duration,
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
    /// How long the reply to a first failed login is kept back; further ones from the same address, longer.
    pub login_delay: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connections_max: limits::CONNECTIONS_MAX,
            patience: limits::PATIENCE,
            tick: limits::TICK,
            write_timeout: limits::WRITE_TIMEOUT,
            frame_timeout: limits::FRAME_TIMEOUT,
            silent_timeout: limits::SILENT_TIMEOUT,
            idle_timeout: limits::IDLE_TIMEOUT,
            login_delay: limits::LOGIN_DELAY,
        }
    }
}

/// Who may do what on a server, and how its connections are encrypted. Whoever made it may replace tokens and certificate
/// while the server runs.
#[derive(Clone, Debug)]
pub struct Protection {
    /// Who may do what.
    pub access: Arc<Access>,
    /// `None`: connections are not encrypted.
    pub tls: Option<Arc<Tls>>,
}

impl Default for Protection {
    /// None at all: everybody may do everything, in the clear.
    fn default() -> Self {
        Self { access: Arc::new(Access::open()), tls: None }
    }
}

/// What all connections of a server share.
pub(crate) struct Shared {
    pub(crate) router: Router,
    pub(crate) config: Config,
    pub(crate) stats: Arc<Stats>,
    pub(crate) access: Arc<Access>,
    /// Is it TLS that clients speak?
    encrypted: bool,
    source: InfoSource,
    next_id: AtomicU64,
    connected: AtomicUsize,
}

impl Shared {
    pub(crate) fn new(
        router: Router,
        config: Config,
        stats: Arc<Stats>,
        protection: &Protection,
        source: InfoSource,
    ) -> Self {
        let config = Config { connections_max: config.connections_max.max(1), ..config };
        Self {
            router,
            config,
            stats,
            access: Arc::clone(&protection.access),
            encrypted: protection.tls.is_some(),
            source,
            next_id: AtomicU64::new(0),
            connected: AtomicUsize::new(0),
        }
    }

    /// The text of `INFO` with these sections, or with the default ones, for a connection that may do this. Figures tell
    /// how a business is doing, and where its data is: those are for who may see all of it.
    pub(crate) fn info(&self, sections: Arguments<'_>, grant: &Grant) -> String {
        if grant.is_bare() || grant.events.are_some() {
            // What client libraries look for before they begin.
            let version = env!("CARGO_PKG_VERSION");
            return format!(
                "# Server\r\nserver_name:holdfast\r\nholdfast_version:{version}\r\nloading:0\r\n"
            );
        }
        let mut text = String::new();
        if sections.len() == 0 {
            self.section("default", &mut text);
        }
        for section in sections {
            let name = String::from_utf8_lossy(section).to_ascii_lowercase();
            // Never among the others: it names people's machines.
            if name == "trace" && grant.rights.has(Some(Right::Operate)) {
                self.access.write_trace(&mut text);
            }
            self.section(&name, &mut text);
        }
        text
    }

    fn section(&self, name: &str, text: &mut String) {
        let whole = matches!(name, "default" | "all" | "everything");
        let parts = [
            if matches!(name, "clients" | "net" | "access") { String::new() } else { (self.source)(name) },
            if whole || name == "clients" { self.clients() } else { String::new() },
            if whole || name == "net" { self.net() } else { String::new() },
            if whole || name == "access" { self.access() } else { String::new() },
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

    fn access(&self) -> String {
        let tokens = self.access.tokens();
        format!(
            "# Access\r\nauthentication:{}\r\ntokens:{}\r\ntls:{}\r\n",
            u8::from(tokens.is_some()),
            tokens.unwrap_or(0),
            u8::from(self.encrypted),
        )
    }

    pub(crate) fn next_id(&self) -> u64 {
        1 + self.next_id.fetch_add(1, Ordering::Relaxed)
    }
}

/// A connection's place under the limit; dropping it gives the place back.
pub(crate) struct Place(Arc<Shared>);

impl Place {
    /// `None` if all places are taken.
    pub(crate) fn take(shared: &Arc<Shared>) -> Option<Self> {
        let most = shared.config.connections_max;
        let free = |taken: usize| (taken < most).then_some(taken + 1);
        shared.connected.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).ok()?;
        shared.stats.here().connected_clients.fetch_add(1, Ordering::Relaxed);
        Some(Self(Arc::clone(shared)))
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.0)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.connected.fetch_sub(1, Ordering::Relaxed);
        self.0.stats.here().connected_clients.fetch_sub(1, Ordering::Relaxed);
    }
}
