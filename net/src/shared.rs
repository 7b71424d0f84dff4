//! What all connections of a server share: the way to the engine, the settings, the counters.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use holdfast_engine::{Router, Used};

use crate::access::{Access, Grant, Right, matches};
use crate::by_hand::Required;
use crate::cluster::{Guide, View};
use crate::figures::{FRONT, Front};
use crate::latency::SlowLog;
use crate::limits;
use crate::memory::Memory;
use crate::places::Places;
use crate::places::roster::Roster;
use crate::resp::decode::Arguments;
use crate::spans::Spans;
use crate::stats::Stats;
use crate::tls::Tls;
use crate::verbs::Verb;

/// The sections of `INFO` that are not the front end's own. Asked with `"default"` or the name of a section in small
/// letters, it returns text in the form of Redis (`# Section`, `key:value`, each line ending in CR LF). Empty if it
/// does not know the section.
pub type InfoSource = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// What a server tells of itself beyond the front end, and whom.
#[derive(Clone)]
pub struct Sources {
    /// The sections of `INFO` that are not the front end's own.
    pub info: InfoSource,
    /// What `CONFIG GET` tells beyond what is so on every server: names in small letters, and values that are no secrets.
    pub settings: Vec<(String, String)>,
    /// Where traced commands are told to.
    pub spans: Arc<Spans>,
    /// What is known of the cluster that this server is a node of; `None`: it is of none.
    pub cluster: Option<Arc<dyn Guide>>,
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The parameters of Redis that are the same on every server, which tools ask for: snapshots follow no schedule of a client's,
/// every write is in the log and synced, nothing is ever evicted.
const OF_EVERY_SERVER: [(&str, &str); 6] = [
    ("save", ""),
    ("appendonly", "yes"),
    ("appendfsync", "always"),
    ("databases", "1"),
    ("maxmemory-policy", "noeviction"),
    ("notify-keyspace-events", ""),
];

/// The settings of the front end. The defaults are in [`limits`].
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The most connections at the same time; at least 1. A further one is refused with an error and closed.
    pub connections_max: usize,
    /// How long a connection may be behind with reading before new commands are refused.
    pub patience: Duration,
    /// Bytes of all connections together that may wait for their clients. Beyond it the connection is closed of which most
    /// waits.
    pub memory: usize,
    /// How often a connection is checked for the timeouts below, which are rounded up to whole ticks.
    pub tick: Duration,
    /// How long a client may leave replies unread.
    pub write_timeout: Duration,
    /// How long a command may take to arrive.
    pub frame_timeout: Duration,
    /// How long a connection may stay silent before its first command.
    pub silent_timeout: Duration,
    /// How long a connection may be idle between commands.
    pub idle_timeout: Duration,
    /// How long a client may take from its connection to its login, or to the end of the TLS handshake where there is none.
    pub login_timeout: Duration,
    /// How long the reply to the first failed login of an address is kept back. Replies to further ones are kept back longer.
    pub login_delay: Duration,
    /// Whether an operator's command may name only the token that it comes with as the operator.
    pub operators_are_tokens: bool,
    /// What a command takes from its last byte read to its last byte written to be kept in the slow log.
    pub slow_over: Duration,
    /// Entries of the slow log; 0: there is none.
    pub slow_entries: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connections_max: limits::CONNECTIONS_MAX,
            patience: limits::PATIENCE,
            memory: limits::MEMORY,
            tick: limits::TICK,
            write_timeout: limits::WRITE_TIMEOUT,
            frame_timeout: limits::FRAME_TIMEOUT,
            silent_timeout: limits::SILENT_TIMEOUT,
            idle_timeout: limits::IDLE_TIMEOUT,
            login_timeout: limits::LOGIN_TIMEOUT,
            login_delay: limits::LOGIN_DELAY,
            operators_are_tokens: false,
            slow_over: limits::SLOW_OVER,
            slow_entries: limits::SLOW_ENTRIES,
        }
    }
}

/// Who may do what on a server, and how its connections are encrypted. Tokens and certificate may be replaced while
/// the server runs.
#[derive(Clone, Debug)]
pub struct Protection {
    /// Who may do what.
    pub access: Arc<Access>,
    /// `None`: connections are not encrypted.
    pub tls: Option<Arc<Tls>>,
}

impl Default for Protection {
    /// No protection: every client may do everything, and nothing is encrypted.
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
    sources: Sources,
    pub(crate) roster: Arc<Roster>,
    pub(crate) places: Arc<Places>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) front: Front,
    pub(crate) slow: Arc<SlowLog>,
    /// The acts that one token alone may not do.
    pub(crate) required: Required,
}

impl Shared {
    pub(crate) fn new(
        router: Router,
        config: Config,
        stats: Arc<Stats>,
        protection: &Protection,
        sources: Sources,
    ) -> Self {
        let guarded = protection.access.tokens().is_some();
        let places = Arc::new(Places::new(config.connections_max.max(1), guarded));
        let (access, memory) = (Arc::clone(&protection.access), Arc::new(Memory::new(config.memory)));
        let front = Front {
            stats: Arc::clone(&stats),
            access: Arc::clone(&access),
            places: Arc::clone(&places),
            memory: Arc::clone(&memory),
            spans: Arc::clone(&sources.spans),
            tls: protection.tls.clone(),
        };
        let slow = Arc::new(SlowLog::new(config.slow_over, config.slow_entries));
        let required = Required::of(&router.approvals());
        Self {
            router,
            config,
            stats,
            access,
            sources,
            roster: Arc::default(),
            places,
            memory,
            front,
            slow,
            required,
        }
    }

    /// Whether a command of this row may have to wait for an approval.
    #[inline]
    pub(crate) fn may_wait(&self, verb: &Verb) -> bool {
        verb.operates() && self.required.may_need(verb)
    }

    /// What is known of the cluster that this server is a node of.
    #[inline]
    pub(crate) fn cluster(&self) -> Option<&dyn Guide> {
        self.sources.cluster.as_deref()
    }

    /// Whether some commands are not for this node, or may not be now: each is looked at then.
    #[inline]
    pub(crate) fn looks_where(&self) -> bool {
        self.cluster().is_some_and(|cluster| !cluster.is_sole_owner())
    }

    /// What is known of the cluster now.
    pub(crate) fn view(&self) -> Option<View> {
        self.cluster().map(Guide::view)
    }

    /// Where traced commands are told to.
    pub(crate) const fn spans(&self) -> &Arc<Spans> {
        &self.sources.spans
    }

    /// The text of `INFO` with these sections, or with the default ones, for a connection that may do this.
    pub(crate) fn info(&self, sections: Arguments<'_>, grant: &Grant) -> String {
        if !grant.observes() {
            // What client libraries look for before they begin.
            let version = env!("CARGO_PKG_VERSION");
            let view = self.view();
            let role = if view.as_ref().is_none_or(View::is_owner) { "master" } else { "slave" };
            let enabled = if view.is_some() { "\r\n# Cluster\r\ncluster_enabled:1\r\n" } else { "" };
            return format!(
                "# Server\r\nserver_name:holdfast\r\nholdfast_version:{version}\r\nloading:0\r\n\r\n# Replication\r\nrole:{role}\r\n{enabled}"
            );
        }
        let mut text = String::new();
        if sections.len() == 0 {
            self.section("default", &mut text);
        }
        // Once each, as Redis has it: a thousand words are no reason for a thousand answers.
        let mut told = BTreeSet::new();
        for section in sections {
            let name = String::from_utf8_lossy(section).to_ascii_lowercase();
            if !told.insert(name.clone()) {
                continue;
            }
            // Never among the others: it names people's machines.
            if name == "trace" && grant.rights.has(Some(Right::Operate)) {
                self.access.write_trace(&mut text);
            }
            if name == "budgets" && grant.rights.has(Some(Right::Operate)) {
                self.write_budgets(&mut text);
            }
            self.section(&name, &mut text);
        }
        text
    }

    /// The settings whose names are of one of these patterns, in small letters. What is not the same on every server is for
    /// those for whom the figures of `INFO` are.
    pub(crate) fn settings(&self, patterns: &[Vec<u8>], grant: &Grant) -> Vec<(&str, &str)> {
        let whole = !grant.is_bare() && !grant.events.are_some();
        let own = self.sources.settings.iter().filter(|_| whole);
        let own = own.map(|(name, value)| (name.as_str(), value.as_str()));
        let cluster = ("cluster-enabled", if self.cluster().is_some() { "yes" } else { "no" });
        let all = OF_EVERY_SERVER.into_iter().chain([cluster]).chain(own);
        all.filter(|(name, _)| patterns.iter().any(|pattern| matches(pattern, name.as_bytes()))).collect()
    }

    fn section(&self, name: &str, text: &mut String) {
        let whole = matches!(name, "default" | "all" | "everything");
        let own = FRONT.iter().any(|section| section.is_called(name));
        let others = if own { String::new() } else { (self.sources.info)(name) };
        if !text.is_empty() && !others.is_empty() {
            text.push_str("\r\n");
        }
        text.push_str(&others);
        if whole || own {
            let figures = self.front.figures();
            for section in FRONT.iter().filter(|section| whole || section.is_called(name)) {
                section.write_info(&figures, text);
            }
        }
    }

    /// What each token with a budget uses of it: there are as many as the file of tokens may have.
    fn write_budgets(&self, text: &mut String) {
        text.push_str("# Budgets\r\n");
        for (number, (token, budget)) in self.access.budgets().iter().enumerate() {
            let (Used { holds, keys }, refused) = self.router.used(token);
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "budget_{number}:token={token},holds={holds},keys={keys},refused={refused},budget={budget}\r\n"
            );
        }
    }
}
