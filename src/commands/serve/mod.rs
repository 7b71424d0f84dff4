//! `holdfast serve`: opens everything, hands it down, and takes it apart in reverse order.

mod guide;
mod handover;
mod node;
mod scrub;

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_rt::System;
use holdfast_admin::{Handles, Stage};
use holdfast_backup::Archiver;
use holdfast_engine::{
    ApprovalPolicy, CheckpointPolicy, Cluster, ClusterView, Code, Config, Engine, FeedRetention, GroupBounds,
    Millis, PaymentPolicy, PaymentReaction, Policy, Why,
};
use holdfast_net::cluster::Guide;
use holdfast_net::{Protection, Running, Server, Sources, Spans};
use holdfast_notify::Channel;
use holdfast_wal::{Options, Poisoned, Storage};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use node::Became;

use super::{checklist, data, policy};
use crate::admin;
use crate::backup;
use crate::descriptors;
use crate::exit::Failure;
use crate::exposure;
use crate::figures::thread_times;
use crate::info;
use crate::memory;
use crate::outside::{self, Notifying, Spanning};
use crate::protection;
use crate::reconcile;
use crate::settings::{Operators, PaymentsAction, ServeArgs, Settings};
use crate::telemetry;

/// A look at the figures takes a small part of this.
const LOOK_TAKES: Duration = Duration::from_millis(5);
/// So many of them are waited for.
const LOOKS_MAX: u32 = 1_000;

pub(crate) fn run(args: &ServeArgs) -> Result<(), Failure> {
    let settings = Settings::load(args)?;
    if args.print_config {
        let text = settings.to_toml()?;
        // A reader that has gone is no fault.
        let _ = std::io::stdout().write_all(text.as_bytes());
        return Ok(());
    }
    if settings.cluster.nats_urls.is_some() && settings.cluster.node.is_none() {
        let message = "cluster.nats_urls is set and cluster.node is not: name this node, or take the servers out to serve from this machine's disk alone";
        return Err(Failure::usage(Code::BAD_CONFIGURATION, message));
    }
    telemetry::start(&settings.trace)?;
    descriptors::raise_limit();
    match &settings.file {
        Some(file) => {
            tracing::info!(file = %file.display(), "the configuration");
            exposure::warn("the configuration", file, false);
        }
        None => {
            tracing::info!("no configuration file: settings are from flags, the environment, and defaults");
        }
    }
    if !settings.insecure.core_dumps {
        keep_memory_in()?;
    }
    match System::new().block_on(serve(settings, args.accept_clock))? {
        Next::Ends => Ok(()),
        Next::Follows => Err(handover::begin_anew()),
    }
}

/// What the process does when all of it was stopped.
#[derive(Clone, Copy)]
enum Next {
    Ends,
    /// It has handed the replicated log over.
    Follows,
}

async fn serve(settings: Settings, accepts_clock: bool) -> Result<Next, Failure> {
    // A SIGHUP must not end a server that is still recovering.
    let hangup = on(SignalKind::hangup())?;
    let protection = protection::open(&settings)?;
    let channels = outside::channels(&settings)?;
    let (disk, _lock) = data::open(&settings.data)?;
    let storage: Arc<dyn Storage> = Arc::new(disk);
    let mut config = engine_config(&settings);
    if accepts_clock {
        config.clock_ahead = Millis(u64::MAX);
    }
    // Whoever asks whether the process lives is answered before the first record is read.
    let stage = Arc::<Stage>::default();
    let admin = admin::open(&settings, &protection, &stage, policy::told)?;
    let mut signals = Signals::listen(hangup)?;
    let node = match node::join(&settings, &storage, &mut signals).await? {
        Some(Became::Stopped) => return Ok(Next::Ends),
        Some(Became::Follower(node)) => Some(node),
        None => None,
    };
    let view = node.as_ref().map(|node| node.view().clone());
    let (on_failure, progress) = (Box::new(give_up(view.clone())), stage.progress());
    let engine = match &node {
        Some(node) => Engine::open_node(&storage, &config, node.way(), on_failure, progress),
        None => Engine::open_watched(&storage, &config, data::random()?, on_failure, progress),
    };
    let over = || view.as_ref().and_then(ClusterView::over).and_then(|over| node::ended(&over).err());
    let refused = |error| over().unwrap_or_else(|| data::refusal(&settings.data, &error));
    let engine = Arc::new(engine.map_err(refused)?);

    add_jobs(&engine, (&storage, node.as_ref()), &settings, &protection);
    protection.access.tell(engine.audit_notes());
    protection::tell_budgets(&protection, engine.router());
    let spanning = Spanning::start(&settings.trace, engine.router())?;
    let mut selling = Selling { channels, outside: None };
    if node.is_none() {
        selling.begins(&engine, &storage, &settings)?;
    }
    let server = listen(&settings, protection.clone(), &engine, &spanning.spans)?;
    engine.ready();
    let (inside, front, address) = (server.inside(), server.front(), server.local_addr());
    let backups = backup::shelf(&settings);
    let reconciled = reconcile::told;
    stage.runs(Handles { engine: Arc::clone(&engine), inside, front, address, backups, reconciled });
    announce("ready", &server, if node.is_some() { " (follows)" } else { "" })?;
    let (name, why, next) =
        until_stopped(&mut signals, &settings, &protection, (&engine, &storage, &mut selling), &server)
            .await?;
    stage.stops();
    tracing::info!(signal = name, "stopping: no new connections, what is under way finishes");

    if !server.stop(settings.shutdown.grace.0).await {
        tracing::warn!("some connections were cut off, as they did not finish within shutdown.grace");
    }
    admin.into_iter().for_each(holdfast_admin::Running::stop);
    stage.ends();
    spanning.end();
    selling.end();
    let engine = alone(engine).await.ok_or_else(|| fault("the engine is still in use"))?;
    engine.stop_because(why).map_err(|poisoned| failed(view.as_ref(), &poisoned))?;
    node.map_or(Ok(()), |node| node::ended(&node.stop()))?;
    tracing::info!("stopped: the log is sealed");
    Ok(if signals.have_ended_it().await { Next::Ends } else { next })
}

/// What operators may have it do.
fn add_jobs(
    engine: &Arc<Engine>,
    (storage, node): (&Arc<dyn Storage>, Option<&Cluster>),
    settings: &Settings,
    protection: &Protection,
) {
    engine.jobs().require(approval_policy(settings));
    engine.jobs().pace_by(thread_times);
    holdfast_net::add_jobs(engine.jobs(), engine.router());
    backup::add_jobs(engine, storage, settings);
    reconcile::add_job(engine, settings);
    checklist::add_job(engine, storage, settings, protection);
    handover::add_job(engine);
    scrub::add_job(node, engine, storage, settings);
}

/// What only one that sells does: it tells people outside, and copies the log beside the server.
struct Selling {
    channels: Vec<Channel>,
    outside: Option<(Notifying, Option<Archiver>)>,
}

impl Selling {
    fn begins(
        &mut self,
        engine: &Arc<Engine>,
        storage: &Arc<dyn Storage>,
        settings: &Settings,
    ) -> Result<(), Failure> {
        let archiver = backup::archive(engine, storage, settings)?;
        let notifying = Notifying::start(engine, std::mem::take(&mut self.channels), settings)?;
        self.outside = Some((notifying, archiver));
        Ok(())
    }

    fn end(self) {
        if let Some((notifying, archiver)) = self.outside {
            notifying.end();
            archiver.into_iter().for_each(Archiver::stop);
        }
    }
}

/// The engine, when nobody else holds it: a job holds it for as long as a look at its figures takes.
async fn alone(mut engine: Arc<Engine>) -> Option<Engine> {
    for _ in 0..LOOKS_MAX {
        match Arc::try_unwrap(engine) {
            Ok(engine) => return Some(engine),
            Err(held) => engine = held,
        }
        tokio::time::sleep(LOOK_TAKES).await;
    }
    None
}

/// Serves until a signal or an operator says to end: its name, and what it stands for. A node that takes over begins to sell meanwhile.
///
/// # Errors
/// If it cannot do then what one does that sells.
async fn until_stopped(
    signals: &mut Signals,
    settings: &Settings,
    protection: &Protection,
    (engine, storage, selling): (&Arc<Engine>, &Arc<dyn Storage>, &mut Selling),
    server: &Running,
) -> Result<(&'static str, Why, Next), Failure> {
    loop {
        let follower = engine.router().cluster().filter(|_| selling.outside.is_none());
        let signal = tokio::select! {
            biased;
            signal = signals.next() => signal,
            () = handover::is_asked(engine.router().cluster()) => return Ok(("handover", Why::Asked, Next::Follows)),
            () = node::takes_over(follower) => {
                selling.begins(engine, storage, settings)?;
                announce("owns", server, "")?;
                continue;
            }
        };
        match signal {
            Signal::Reload => {
                protection::reload(settings, protection, engine.audit_notes());
                protection::tell_budgets(protection, engine.router());
                selling.outside.iter().for_each(|(notifying, _)| notifying.reload(settings));
            }
            Signal::Stop(name, why) => return Ok((name, why, Next::Ends)),
        }
    }
}

/// Secrets and the names of customers are in memory: it is not written to a disk when the process breaks, and other
/// programs of the same user do not get to look at it.
fn keep_memory_in() -> Result<(), Failure> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none)
        .and_then(|()| set_dumpable_behavior(DumpableBehavior::NotDumpable))
        .map_err(|errno| {
            fault(&format!("core dumps cannot be prevented: {errno}; insecure.core_dumps allows them"))
        })
}

fn feed_retention(settings: &Settings) -> FeedRetention {
    let age = settings.feed.retention_age.as_millis();
    FeedRetention {
        bytes: settings.feed.retention.0,
        age: (age > 0).then_some(Millis(age)),
        groups: settings.groups.retention.0,
    }
}

fn payment_policy(settings: &Settings) -> PaymentPolicy {
    let payments = &settings.payments;
    PaymentPolicy {
        window: Millis(payments.window.as_millis()),
        volume: payments.volume.0,
        open_at: payments.open_at.0,
        probe_after: Millis(payments.probe_after.as_millis()),
        reaction: match payments.action {
            PaymentsAction::StopNew => PaymentReaction::StopNew,
            // The others are refused when the settings are read.
            PaymentsAction::Observe | PaymentsAction::OneTry | PaymentsAction::Keep => {
                PaymentReaction::Observe
            }
        },
    }
}

fn approval_policy(settings: &Settings) -> ApprovalPolicy {
    ApprovalPolicy {
        acts: settings.acts_required().into_iter().map(Box::from).collect(),
        within: Millis(settings.approval.ttl.as_millis()),
        break_glass: settings.approval.break_glass,
    }
}

fn engine_config(settings: &Settings) -> Config {
    Config {
        threads: settings.threads(),
        policy: Policy {
            retention: Millis(settings.idempotency.retention.as_millis()),
            refusals_max: settings.idempotency.refusals.0,
            // At most a day, as the settings are checked.
            recovery_grace: Millis(u32::try_from(settings.recovery.grace.as_millis()).unwrap_or(u32::MAX)),
            record_retention: Millis(settings.records.retention.as_millis()),
        },
        checkpoint: CheckpointPolicy {
            bytes: settings.snapshot.bytes.0,
            every: settings.snapshot.every.0,
            feed_retention: feed_retention(settings),
            park_after: settings.events.park_after.0,
            archived: settings.archive.to.is_some(),
        },
        log: Options {
            segment_bytes: settings.wal.segment.0,
            reserve_bytes: settings.wal.reserve.0,
            slow_sync: settings.wal.slow.0,
            ..Options::default()
        },
        clock_ahead: Millis(settings.clock.max_ahead.as_millis()),
        all_or_nothing: settings.recovery.all_or_nothing,
        memory: memory::limit(settings.memory.max.map(|max| max.0)),
        payments: payment_policy(settings),
        groups: GroupBounds {
            groups: usize::try_from(settings.groups.max.0).unwrap_or(usize::MAX),
            pending: usize::try_from(settings.groups.pending_max.0).unwrap_or(usize::MAX),
            dead: usize::try_from(settings.groups.dead_max.0).unwrap_or(usize::MAX),
        },
    }
}

fn listen(
    settings: &Settings,
    protection: Protection,
    engine: &Arc<Engine>,
    spans: &Arc<Spans>,
) -> Result<Running, Failure> {
    let refused = |error: std::io::Error| {
        Failure::usage(Code::CANNOT_LISTEN, format!("cannot listen on {}: {error}", settings.listen))
    };
    let listener = TcpListener::bind(settings.listen).map_err(refused)?;
    let config = holdfast_net::Config {
        connections_max: usize::try_from(descriptors::connections(settings.connections.max.0)?)
            .unwrap_or(usize::MAX),
        patience: settings.connections.patience.0,
        login_timeout: settings.connections.login.0,
        operators_are_tokens: settings.access.operators == Operators::Token,
        memory: usize::try_from(settings.connections.memory.0).unwrap_or(usize::MAX),
        slow_over: settings.slowlog.over.0,
        slow_entries: usize::try_from(settings.slowlog.entries.0).unwrap_or(usize::MAX),
        ..holdfast_net::Config::default()
    };
    let address = listener.local_addr().map_err(refused)?;
    let known = |cluster: &ClusterView| guide::Known::new(cluster, &settings.cluster, address);
    let cluster = engine.router().cluster().map(|cluster| Arc::new(known(cluster)) as Arc<dyn Guide>);
    let sources = Sources {
        info: info::source(engine, settings, address.port(), cluster.clone()),
        settings: info::settings(settings, address, config.connections_max, engine.stats().memory.max),
        spans: Arc::clone(spans),
        cluster,
    };
    Server::start(listener, engine.router().clone(), &engine.arbiters(), config, protection, sources)
        .map_err(|error| Failure::usage(Code::CANNOT_LISTEN, error.to_string()))
}

/// A line on standard output: what scripts and supervisors wait for. A node that follows has another one when it takes over.
fn announce(what: &str, server: &Running, how: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "holdfast {what} on {}{how}", server.local_addr())
        .and_then(|()| out.flush())
        .map_err(|error| fault(&format!("standard output: {error}")))
}

/// The log has failed. The kernel may have thrown away what it could not write, so nothing in memory can be trusted
/// to be on the disk: end at once, before a single further reply.
///
/// Or the replicated log is another node's: what is in memory may be ahead of what it says.
fn give_up(node: Option<ClusterView>) -> impl Fn(&Poisoned) + Send + Sync + 'static {
    move |poisoned| failed(node.as_ref(), poisoned).end()
}

fn failed(node: Option<&ClusterView>, poisoned: &Poisoned) -> Failure {
    if poisoned.is_forbidden() {
        return node::forbidden(node, poisoned);
    }
    Failure::fault(Code::LOG_FAILED, poisoned.to_string())
}

fn fault(message: &str) -> Failure {
    Failure::fault(Code::DEFECT, message)
}

fn on(kind: SignalKind) -> Result<tokio::signal::unix::Signal, Failure> {
    signal(kind).map_err(|error| fault(&format!("signals: {error}")))
}

/// What a signal asks the process to do.
enum Signal {
    /// Read tokens and certificate again.
    Reload,
    /// End in order; the signal has this name.
    Stop(&'static str, Why),
}

/// The signals that the process listens to.
struct Signals {
    hangup: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen(hangup: tokio::signal::unix::Signal) -> Result<Self, Failure> {
        Ok(Self { hangup, terminate: on(SignalKind::terminate())?, interrupt: on(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => Signal::Stop("SIGTERM", Why::Terminated),
            _ = self.interrupt.recv() => Signal::Stop("SIGINT", Why::Interrupted),
            _ = self.hangup.recv() => Signal::Reload,
        }
    }

    /// Whether one has come meanwhile that ends the process.
    async fn have_ended_it(&mut self) -> bool {
        loop {
            tokio::select! {
                biased;
                signal = self.next() => if let Signal::Stop(..) = signal {
                    return true;
                },
                () = std::future::ready(()) => return false,
            }
        }
    }
}
