//! The settings: one row each, from which its field, its default, its check, its flag and its help come.

use std::net::SocketAddr;
use std::path::PathBuf;

use holdfast_admin::limits::EVENTS_NAMED_MAX;
use serde::{Deserialize, Serialize};

use super::acts::Acts;
use super::channel::Channels;
use super::row::{Row, Value, settings, values, within};
use super::units::{Count, Door, Names, Share, Size, Span, Words};

settings! {
    /// Address and port; port 0 takes a free one.
    listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 7411));
    /// The data directory; made if it is not there.
    data: PathBuf = PathBuf::from("./holdfast-data");
    /// Threads for events and connections; 0: one less than the machine has cores, as one core is for the disk.
    threads: Count = Count(0), Count(0)..=Count(256);

    admin: Admin {
        /// Address and port of the admin port, which speaks HTTP; port 0 takes a free one, and so does the default where
        /// listen has port 0; off: there is none.
        listen: Door = Door(Some(SocketAddr::from(([127, 0, 0, 1], 7412))));
        /// Names that clients of the admin port may call the server by, with commas between them; none: localhost and the
        /// address that was connected to.
        hosts: Option<String> = None;
        /// Requests that the admin port answers at the same time, probes apart.
        inflight: Count = Count(32), Count(1)..=Count(1_024);
        /// After how long /livez says that a thread is stuck, which has something to do other than at files and does not go on.
        live_after: Span = Span::seconds(30), Span::seconds(2)..=Span::hours(1);
        /// Whether the admin port takes commands, and the console shows how to change things.
        writes: bool = false;
        /// After how long without a request a browser has to log in again.
        session_idle: Span = Span::minutes(30), Span::seconds(1)..=Span::days(1);
        /// After how long in any case.
        session_max: Span = Span::hours(8), Span::seconds(1)..=Span::days(7);
    }
    metrics: Metrics {
        /// Events whose figures stand on the page of metrics, at most 200; none: sums alone. A list, or names with commas
        /// between them.
        events: Option<Names> = None;
    }
    access: Access {
        /// The file of tokens that clients log in with (`holdfast token new`); none: everybody may do everything.
        tokens: Option<PathBuf> = None;
        /// Whom an operator's command may name as the operator: anybody, or only the name of its own token: named or token.
        operators: Operators = Operators::Named;
    }
    approval: Approval {
        /// Acts that one token alone may not do, as a list or with commas between them: job.compensate, event.close, event.archive,
        /// force.cancel, force.cancel>N, force.release, limits.raise; none: job.compensate where there are tokens.
        required: Option<Acts> = None;
        /// For how long somebody can approve.
        ttl: Span = Span::hours(1), Span::seconds(1)..=Span::days(7);
        /// Let the token that asked go on alone in an emergency, where everybody sees it: true or false.
        break_glass: bool = false;
    }
    tls: Tls {
        /// The certificate for TLS, with its chain, as PEM; none: no TLS.
        cert: Option<PathBuf> = None;
        /// The private key of the certificate, as PEM.
        key: Option<PathBuf> = None;
        /// Let in only clients with a certificate that one of these has signed, as PEM; none: all clients.
        client_ca: Option<PathBuf> = None;
    }
    insecure: Insecure {
        /// Listen beyond this machine without tokens or without TLS: true or false.
        listen_anywhere: bool = false;
        /// Let memory be written out when the process breaks, and debuggers look at it: true or false.
        core_dumps: bool = false;
    }
    connections: Connections {
        /// Connections at the same time.
        max: Count = Count(10_000), Count(1)..=Count(1_000_000);
        /// How long a connection may be behind before new holds on it are refused.
        patience: Span = Span::millis(250), Span::millis(1)..=Span::hours(1);
        /// How long a connection may take to its login, where tokens are used, or to the end of its TLS handshake.
        login: Span = Span::seconds(5), Span::seconds(1)..=Span::hours(1);
        /// Bytes that may wait for all clients together before the connection with most of them is closed.
        memory: Size = Size::mib(256), Size::mib(16)..;
    }
    idempotency: Idempotency {
        /// How long answers of accepted commands are kept at least.
        retention: Span = Span::hours(24), Span::minutes(1)..=Span::days(365);
        /// How many refusals of an event are kept within that time.
        refusals: Count = Count(1_000_000), Count(1_000)..=Count(100_000_000);
    }
    records: Records {
        /// How long failed and refunded payments and cancelled orders are kept at least.
        retention: Span = Span::days(180), Span::days(1)..=Span::days(3_650);
    }
    groups: Groups {
        /// Consumer groups of feeds, over all streams.
        max: Count = Count(1_000), Count(0)..=Count(10_000);
        /// Entries of one group that are given out and not acknowledged: a group that has so many is given no more until some are.
        pending_max: Count = Count(100_000), Count(1)..=Count(1_000_000);
        /// Entries of one group that were put aside after their last try: when there are so many, others are tried on.
        dead_max: Count = Count(1_000), Count(0)..=Count(10_000);
        /// How much log is kept for what groups have yet to do, where that is more than feed.retention.
        retention: Size = Size::mib(4_096);
    }
    payments: Payments {
        /// Outcomes of payments count for so long, for each provider.
        window: Span = Span::minutes(1), Span::seconds(1)..=Span::hours(1);
        /// With fewer outcomes than this within the window, nothing is said of a provider.
        volume: Count = Count(20), Count(1)..=Count(1_000_000);
        /// A provider counts as disturbed when so many of a hundred outcomes are failures or payments that ran out.
        open_at: Count = Count(50), Count(1)..=Count(100);
        /// So long after that it is given a try.
        probe_after: Span = Span::minutes(1), Span::seconds(1)..=Span::hours(24);
        /// What is done about it: observe, nothing; stop-new, the sales whose payments go to it are paused.
        action: PaymentsAction = PaymentsAction::Observe;
    }
    reconcile: Reconcile {
        /// The directory of the files of payment providers that JOB RUN reconcile reads; none: there are none.
        files: Option<PathBuf> = None;
        /// So long after a payment began its provider may not have it in a file yet.
        grace: Span = Span::days(1), Span::millis(0)..=Span::days(90);
    }
    clock: ClockAhead {
        /// How far ahead of the newest record the clock may be at start: a server that was off for a season starts, and
        /// one whose clock is in the wrong year does not.
        max_ahead: Span = Span::days(100), Span::days(1)..=Span::days(3_650);
    }
    memory: Memory {
        /// How much memory the process may use; from nine tenths on new holds are refused; none: four fifths of what the
        /// machine, the cgroup and the limits of the process allow.
        max: Option<Size> = None, Size::mib(64)..;
    }
    wal: Wal {
        /// Size of a segment of the log.
        segment: Size = Size::mib(64), Size::mib(8)..=Size::mib(1_024);
        /// Free disk space below which new holds are refused; at least one segment.
        reserve: Size = Size::mib(256), Size::mib(8)..;
        /// While a write and its sync take longer than this, new holds are refused.
        slow: Span = Span::millis(250), Span::millis(1)..=Span::minutes(1);
    }
    snapshot: Snapshot {
        /// A snapshot is made after so much log.
        bytes: Size = Size::mib(256), Size::mib(1)..;
        /// A snapshot is made after so long, if anything happened.
        every: Span = Span::minutes(5), Span::seconds(1)..=Span::hours(24);
    }
    backup: Backup {
        /// The directory that JOB RUN backup copies to; none: there are no backups. It should be on another disk.
        to: Option<PathBuf> = None;
        /// How many backups are kept, the newest.
        keep: Count = Count(7), Count(1)..=Count(10_000);
        /// How often a backup is made by itself; 0s: only when it is asked for.
        every: Span = Span::millis(0), Span::millis(0)..=Span::days(365);
        /// How often the newest backup is restored beside the server by itself, to see that it can be; 0s: only when it is asked for.
        drill_every: Span = Span::millis(0), Span::millis(0)..=Span::days(365);
    }
    checklist: Checklist {
        /// How often the server goes through the daily list by itself; 0s: only when somebody asks.
        every: Span = Span::seconds(0), Span::seconds(0)..=Span::days(365);
        /// How often it goes through the monthly list.
        monthly_every: Span = Span::seconds(0), Span::seconds(0)..=Span::days(365);
    }
    notify: Notify {
        /// What the server is called in messages for people outside.
        server: String = "holdfast".to_owned();
        /// Of each kind the first message is sent at once, and what follows within this time is told together; 0s: each by itself.
        digest: Span = Span::minutes(5), Span::millis(0)..=Span::hours(24);
        /// The pause after the first try of a message that failed; it doubles, up to an hour.
        retry: Span = Span::seconds(10), Span::millis(100)..=Span::hours(1);
        /// After so long a message that a channel does not take is given up: NOTIFY DEAD shows it.
        give_up: Span = Span::hours(24), Span::seconds(1)..=Span::days(30);
        /// How long one try may take.
        timeout: Span = Span::seconds(5), Span::millis(100)..=Span::minutes(1);
        /// Channels, each a table [[notify.channel]] of the file: docs/notifications.md. There are no flags for them.
        channel: Channels = Channels(Vec::new());
    }
    cluster: Cluster {
        /// The name of the cluster: letters, digits, - and _. Streams and subjects are called by it.
        name: String = "holdfast".to_owned();
        /// Which shard of the cluster it is.
        shard: Count = Count(0), Count(0)..=Count(63);
        /// Servers of NATS that keep the replicated log, nats://host:4222, as a list or with commas between them; none: the log is on
        /// this machine's disk alone.
        nats_urls: Option<Words> = None;
        /// The monitors of all of these servers, http://host:8222: they show how each is set up.
        nats_monitor: Option<Words> = None;
        /// The file of credentials for NATS, as nsc makes it, or with one line name:password; none: they let everybody in.
        nats_creds: Option<PathBuf> = None;
        /// The authorities that have signed the certificates of these servers, as PEM; none: those that the machine trusts.
        nats_ca: Option<PathBuf> = None;
        /// The certificate that is shown to these servers, as PEM; none: none is.
        nats_cert: Option<PathBuf> = None;
        /// The private key of that certificate, as PEM.
        nats_key: Option<PathBuf> = None;
        /// The name of this node, one of cluster.nodes; none: this server keeps its log on its own disk alone.
        node: Option<String> = None;
        /// The nodes that may own the log, in the order in which they try, as a list or with commas between them: name=host:port, with
        /// where clients reach each.
        nodes: Option<Words> = None;
        /// Where clients reach this node, host:port; none: as cluster.nodes says, or else listen.
        advertise: Option<String> = None;
        /// An owner that has nothing to write shows so often that it lives.
        beat: Span = Span::millis(500), Span::millis(50)..=Span::seconds(10);
        /// After so long a silence of the owner, while the log answers, another node takes over: at least four beats.
        silence: Span = Span::seconds(3), Span::millis(200)..=Span::minutes(1);
        /// For how long a node answers reads that does not know the end of the log.
        max_staleness: Span = Span::seconds(10), Span::millis(200)..=Span::hours(1);
        /// How many servers have a copy of the log: 3 or 5.
        copies: Count = Count(3), Count(3)..=Count(5);
        /// What is older, and in snapshots of the owner, the log forgets: a node that was away for longer is set up anew.
        log_keep: Span = Span::hours(24), Span::minutes(10)..=Span::days(365);
        /// How much of the log they keep at most: when it is full, it takes no more.
        log_bytes: Size = Size::mib(64 * 1_024), Size::mib(64)..;
    }
    archive: Archive {
        /// The directory that the log is copied to beside the server, segment by segment; none: it is not. It should be on another disk.
        to: Option<PathBuf> = None;
        /// How soon what is new of a sale is sealed and copied.
        every: Span = Span::minutes(1), Span::seconds(1)..=Span::hours(24);
        /// For how long what was copied is kept.
        keep: Span = Span::days(14), Span::hours(1)..=Span::days(3_650);
    }
    recovery: Recovery {
        /// Holds and payments that were alive when the server stopped go on so long at least after the restart; 0s leaves
        /// them what they had.
        grace: Span = Span::minutes(1), Span::millis(0)..=Span::hours(24);
        /// Refuse the start if an event cannot be brought back, instead of leaving it out of service: true or false.
        all_or_nothing: bool = false;
    }
    events: Events {
        /// For how long nothing has to be asked of an event before it leaves memory: it stays in a snapshot, and comes back with
        /// the next command; 0s: events stay in memory.
        park_after: Span = Span::minutes(10), Span::millis(0)..=Span::days(30);
    }
    feed: Feed {
        /// How much log is kept for those who read feeds, beyond what snapshots need.
        retention: Size = Size::mib(2_048);
        /// Nothing of this is kept that is older; 0s: however old it is.
        retention_age: Span = Span::millis(0), Span::millis(0)..=Span::days(3_650);
    }
    shutdown: Shutdown {
        /// How long connections may take to finish when the server stops.
        grace: Span = Span::seconds(10), Span::millis(0)..=Span::minutes(10);
    }
    slowlog: SlowLog {
        /// What a command takes, from its last byte read to the last byte of its reply written, to be kept in the slow log; 0s: every
        /// command.
        over: Span = Span::millis(50), Span::millis(0)..=Span::hours(1);
        /// How many of those are kept, the newest; 0: none.
        entries: Count = Count(128), Count(0)..=Count(10_000);
    }
    trace: Trace {
        /// Form of the log on standard error: human or json.
        form: TraceForm = TraceForm::Human;
        /// What is logged: error, warn, info, debug, or a filter such as holdfast_net=debug.
        filter: String = "info".to_owned();
        /// Where spans of traced commands are sent: a collector that speaks OTLP over HTTP, such as http://127.0.0.1:4318; none: what
        /// OTEL_EXPORTER_OTLP_ENDPOINT says, or nowhere.
        otlp: Option<String> = None;
        /// The share of the commands without TRACED that get a trace of their own, as far as trace.max_per_second allows: 0.01 is one
        /// in a hundred; 0: none.
        ratio: Share = Share(0), Share(0)..=Share::ALL;
        /// Traced commands a second of which spans are sent.
        max_per_second: Count = Count(100), Count(1)..=Count(100_000);
        /// What the server is called in traces.
        service: String = "holdfast".to_owned();
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Operators {
    Named,
    Token,
}

values! {
    Operators, "WHO", |operators: &Self| match operators {
        Self::Named => "named".to_owned(),
        Self::Token => "token".to_owned(),
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PaymentsAction {
    Observe,
    StopNew,
    OneTry,
    Keep,
}

values! {
    PaymentsAction, "ACTION", |action: &Self| match action {
        Self::Observe => "observe".to_owned(),
        Self::StopNew => "stop-new".to_owned(),
        Self::OneTry => "one-try".to_owned(),
        Self::Keep => "keep".to_owned(),
    };
}

impl PaymentsAction {
    /// Refuses what this version does not do, with why.
    fn check(self) -> Result<(), String> {
        let why = match self {
            Self::Observe | Self::StopNew => return Ok(()),
            Self::OneTry => {
                "limits that were lowered could not be told from an operator's after a crash: lower max_payment_retries with EVENT LIMITS"
            }
            Self::Keep => {
                "no command gives payments that are under way more time for all of an event: PAYMENT RETRY does it for one"
            }
        };
        Err(format!("payments.action is {}: it must be observe or stop-new, as {why}", self.text()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TraceForm {
    Human,
    Json,
}

values! {
    TraceForm, "FORM", |form: &Self| match form {
        Self::Human => "human".to_owned(),
        Self::Json => "json".to_owned(),
    };
}

impl Settings {
    /// The acts that one token alone may not do.
    pub(crate) fn acts_required(&self) -> Vec<String> {
        match &self.approval.required {
            Some(acts) => acts.0.names().collect(),
            None if self.access.tokens.is_some() => vec!["job.compensate".to_owned()],
            None => Vec::new(),
        }
    }

    /// Refuses what is outside of its range, or does not go together.
    pub(super) fn check(&self) -> Result<(), String> {
        self.within_ranges()?;
        self.payments.action.check()?;
        within("wal.reserve", &self.wal.reserve, &(self.wal.segment..))?;
        if self.access.operators == Operators::Token && self.access.tokens.is_none() {
            return Err(
                "access.operators = token needs access.tokens: without tokens nobody has a name".to_owned()
            );
        }
        let requires = self.approval.required.as_ref().is_some_and(|acts| !acts.0.is_empty());
        if requires && self.access.tokens.is_none() {
            return Err(
                "approval.required needs access.tokens: without tokens nobody is told apart from another"
                    .to_owned(),
            );
        }
        let (named, most) = (self.metrics.events.as_ref().map_or(0, |names| names.0.len()), EVENTS_NAMED_MAX);
        if named > most {
            return Err(format!("metrics.events names {named} events: at most {most}"));
        }
        self.cluster.check()?;
        self.cluster.check_nodes(self.listen)?;
        if self.tls.cert.is_some() != self.tls.key.is_some() {
            return Err("tls.cert and tls.key go together: a certificate and its private key".to_owned());
        }
        if self.tls.client_ca.is_some() && self.tls.cert.is_none() {
            return Err(
                "tls.client_ca needs tls.cert and tls.key: clients show theirs in a handshake".to_owned()
            );
        }
        Ok(())
    }
}

impl Cluster {
    /// Refuses what does not go together, and secrets where everybody reads them.
    fn check(&self) -> Result<(), String> {
        let named = self.nats_urls.iter().chain(&self.nats_monitor).flat_map(|words| &words.0);
        if named.into_iter().any(|url| url.contains('@')) {
            return Err(
                "cluster.nats_urls and cluster.nats_monitor hold no secrets: write name:password into the file cluster.nats_creds"
                    .to_owned(),
            );
        }
        if self.nats_cert.is_some() != self.nats_key.is_some() {
            return Err(
                "cluster.nats_cert and cluster.nats_key go together: a certificate and its private key"
                    .to_owned(),
            );
        }
        if self.node.is_some() && (self.nats_urls.is_none() || self.nats_monitor.is_none()) {
            return Err("cluster.node needs cluster.nats_urls and cluster.nats_monitor: the servers that keep the log, and where each shows how it is set up".to_owned());
        }
        if self.silence.0 < self.beat.0 * 4 {
            return Err("cluster.silence is shorter than four times cluster.beat: a beat that is late must depose nobody".to_owned());
        }
        if self.copies == Count(4) {
            return Err("cluster.copies is 4: it must be 3 or 5, as a fourth copy survives no further loss"
                .to_owned());
        }
        Ok(())
    }
}
