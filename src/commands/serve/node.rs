//! A node of a shard whose log a majority of machines has: it follows, and answers who reads, until the log is its own; then it sells.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use holdfast_engine::{
    At, Cluster, ClusterOver as Over, ClusterSettings, ClusterStanding as Standing, ClusterView, Code,
    Millis, Quorum, SystemClock,
};
use holdfast_jetstream::JetStream;
use holdfast_replica::{Member, Timing};
use holdfast_wal::{Poisoned, Storage};
use tokio::task::spawn_blocking;

use super::{Signal, Signals};
use crate::commands::cluster;
use crate::exit::Failure;
use crate::settings::{Cluster as ClusterTable, Settings};

/// How long nobody looks at what the node has become.
const LOOK: Duration = Duration::from_millis(20);
/// The pause before servers that do not answer are asked again whether they are safe.
const AGAIN: Duration = Duration::from_secs(1);

/// What a node has become.
pub(super) enum Became {
    /// It follows: its directory is one of the log.
    Follower(Cluster),
    /// A signal has ended it before.
    Stopped,
}

/// Starts the node that the settings name, and waits until an engine can be opened on its directory, or a signal ends it. `None`: they name
/// none.
///
/// # Errors
/// If the servers of the log are not safe, or the node cannot go on.
pub(super) async fn join(
    settings: &Settings,
    storage: &Arc<dyn Storage>,
    signals: &mut Signals,
) -> Result<Option<Became>, Failure> {
    let Some(name) = settings.cluster.node.as_deref() else { return Ok(None) };
    while !is_safe(&settings.cluster).await? {
        if !sleep(AGAIN, signals).await {
            return Ok(Some(Became::Stopped));
        }
    }
    let node = start(settings, storage, name)?;
    cluster::watch(&settings.cluster, node.view().clone())?;
    tracing::info!(node = name, "this node follows the replicated log");
    loop {
        match node.standing() {
            Standing::Owner(_) | Standing::Follower { .. } => return Ok(Some(Became::Follower(node))),
            Standing::Over(over) => return ended(&over).map(|()| Some(Became::Stopped)),
            Standing::Joining => {}
        }
        if !sleep(LOOK, signals).await {
            return ended(&node.stop()).map(|()| Some(Became::Stopped));
        }
    }
}

/// Waits until the engine of this node has come to sell, and says meanwhile in the log of the process who does. For ever, without a node.
pub(super) async fn takes_over(view: Option<&ClusterView>) {
    let Some(view) = view else { return std::future::pending().await };
    let mut shown = None;
    loop {
        if view.sells() {
            return;
        }
        let edition = view.edition();
        if shown != Some(edition) {
            let known = view.figures();
            let owner = known.owner.as_ref().map_or("nobody that is known", |(name, _)| name);
            tracing::info!(owner, epoch = known.epoch, "who owns the replicated log");
            shown = Some(edition);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Looks at the servers of the log. False: they do not answer now.
async fn is_safe(of: &ClusterTable) -> Result<bool, Failure> {
    let of = of.clone();
    // The desk drives a runtime of its own.
    let looked = spawn_blocking(move || cluster::is_safe(&of)).await;
    looked.map_err(|error| Failure::fault(Code::DEFECT, error.to_string()))?
}

fn start(settings: &Settings, storage: &Arc<dyn Storage>, name: &str) -> Result<Cluster, Failure> {
    let of = &settings.cluster;
    let (access, stream) = cluster::way(of)?;
    let member = Member {
        name: name.into(),
        address: of.advertised().map_or_else(|| settings.listen.to_string(), str::to_owned).into(),
        candidates: of.members().map(|(name, _)| name.into()).collect(),
    };
    let timing = Timing { beat: of.beat.as_millis(), silence: of.silence.as_millis(), ..Timing::default() };
    let max_staleness = Millis(of.max_staleness.as_millis());
    let node = ClusterSettings {
        member,
        timing,
        shard: stream.shard(),
        max_staleness,
        keep: Millis(of.log_keep.as_millis()),
    };
    let clock = Arc::new(SystemClock::start(At(0)));
    // The port is opened first, so that what is wrong with it is told as what it is.
    let calls: Arc<OnceLock<Quorum>> = Arc::default();
    let called = Arc::clone(&calls);
    let port = JetStream::open(access, stream, name, move || {
        if let Some(quorum) = called.get() {
            quorum.wake();
        }
    });
    let bad = |why: String| Failure::usage(Code::BAD_CONFIGURATION, why);
    let port = port.map_err(|error| bad(error.to_string()))?;
    Cluster::start(storage, node, clock, |quorum| {
        let _ = calls.set(quorum);
        Box::new(port)
    })
    .map_err(|error| bad(format!("this node cannot start: {error}")))
}

/// False if a signal has come that ends the process.
async fn sleep(pause: Duration, signals: &mut Signals) -> bool {
    tokio::select! {
        () = tokio::time::sleep(pause) => true,
        signal = signals.next() => match signal {
            Signal::Reload => {
                tracing::info!("this node joins its cluster: what is read again is read when it follows");
                true
            }
            Signal::Stop(name, _) => {
                tracing::info!(signal = name, "stopping: this node was about to follow");
                false
            }
        },
    }
}

/// What the end of a node is for the process.
///
/// # Errors
/// If it has not ended as it was asked to.
pub(super) fn ended(over: &Over) -> Result<(), Failure> {
    let Over::Failed { code, why } = over else { return Ok(()) };
    Err(match *code {
        Code::FENCED => Failure::fenced(*code, &**why),
        // What another start would meet as well.
        Code::LOGS_DIFFER | Code::LOG_TRIMMED | Code::OTHER_VERSION | Code::LOG_DAMAGED => {
            Failure::refused(*code, &**why)
        }
        _ => Failure::fault(*code, &**why),
    })
}

/// Why an engine takes nothing any more whose log tells that it must not be written. A log that several machines have tells so when its
/// node is at its end, and the reason is the node's.
pub(super) fn forbidden(node: Option<&ClusterView>, poisoned: &Poisoned) -> Failure {
    let over = node.and_then(ClusterView::over);
    let because = over.as_ref().and_then(|over| ended(over).err());
    because.unwrap_or_else(|| Failure::fault(Code::QUORUM_AWAY, poisoned.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::{FAULT, FENCED, REFUSED};

    #[test]
    fn the_exit_code_says_whether_another_start_helps() {
        assert!(ended(&Over::Stopped).is_ok() && ended(&Over::HandedOver).is_ok());
        for (code, exit) in [
            (Code::FENCED, FENCED),
            (Code::LOGS_DIFFER, REFUSED),
            (Code::LOG_TRIMMED, REFUSED),
            (Code::OTHER_VERSION, REFUSED),
            (Code::LOG_DAMAGED, REFUSED),
            (Code::DISK_FAILED, FAULT),
            (Code::DEFECT, FAULT),
        ] {
            let failure = ended(&Over::Failed { code, why: "why".into() }).unwrap_err();
            assert_eq!((failure.exit(), failure.to_string()), (exit, format!("{code}: why")));
        }
        let away = forbidden(None, &Poisoned::forbidden("it did not take it"));
        assert_eq!(away.exit(), FAULT);
        assert!(away.to_string().starts_with("HF-SYS-030: "), "{away}");
    }
}
