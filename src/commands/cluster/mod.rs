//! `holdfast cluster`: the replicated log of a shard, made, looked at, and read by the rule.

mod handover;
mod init;
mod reseed;
mod scrub;
mod status;
mod verify;
mod watch;

use std::fmt::Write as _;
use std::path::Path;

use holdfast_engine::Code;
use holdfast_jetstream::{Access, Desk, DeskError, LogName, OpenError, Tls, Unsafe};

use crate::exit::Failure;
use crate::flags::ClusterCommand;
use crate::settings::{Cluster, ClusterArgs, Settings, Words};

pub(super) use watch::watch;

pub(crate) fn run(command: &ClusterCommand) -> Result<(), Failure> {
    match command {
        ClusterCommand::Init(args) => init::run(args),
        ClusterCommand::Status(args) => status::run(args),
        ClusterCommand::Verify(args) => verify::run(args),
        ClusterCommand::Scrub(args) => scrub::run(args),
        ClusterCommand::Handover(args) => handover::run(args),
        ClusterCommand::Reseed(args) => reseed::run(args),
    }
}

/// A desk at the log that the settings name, and the settings.
fn open(args: &ClusterArgs) -> Result<(Desk, Cluster), Failure> {
    let settings = Settings::of_cluster(args)?;
    let (access, name) = way(&settings)?;
    Ok((Desk::open(access, name).map_err(failed)?, settings))
}

/// How the log is reached that the settings name, and what it is called.
pub(super) fn way(settings: &Cluster) -> Result<(Access, LogName), Failure> {
    let bad = |message: String| Failure::usage(Code::BAD_CONFIGURATION, message);
    let shard = u32::try_from(settings.shard.0).expect("a shard's number is small");
    let name = LogName::new(&settings.name, shard).map_err(|error| bad(format!("cluster.name: {error}")))?;
    let Some(Words(urls)) = settings.nats_urls.clone() else {
        return Err(bad("cluster.nats_urls names no server: nats://host:4222".to_owned()));
    };
    let credentials = settings.nats_creds.as_deref().map(read).transpose()?;
    let ca = settings.nats_ca.clone();
    let client = settings.nats_cert.clone().zip(settings.nats_key.clone());
    let tls = (ca.is_some() || client.is_some()).then_some(Tls { ca, client });
    Ok((Access { urls, credentials, tls }, name))
}

/// Whether the servers were seen to keep what they acknowledge; false if that cannot be seen now. A minority may be away: a log that has
/// lost a server goes on, so a node has to be able to start beside it.
///
/// # Errors
/// If they do not, with each reason, or the settings cannot be used.
pub(super) fn is_safe(settings: &Cluster) -> Result<bool, Failure> {
    let (access, name) = way(settings)?;
    let reasons = match Desk::open(access, name).and_then(|desk| desk.check(monitors(settings))) {
        Ok(reasons) => reasons,
        Err(error @ DeskError::Open(OpenError::Address { .. } | OpenError::Credentials(_))) => {
            return Err(failed(error));
        }
        Err(error) => {
            tracing::warn!(%error, "the servers of the replicated log do not answer: waiting for them");
            return Ok(false);
        }
    };
    if reasons.iter().any(|reason| !reason.is_silence()) {
        return Err(refused(&reasons));
    }
    for silent in &reasons {
        tracing::warn!(%silent, "a server of the replicated log was not looked at: holdfast cluster status looks again");
    }
    Ok(2 * reasons.len() < monitors(settings).len())
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        let message = format!("cluster.nats_creds {}: {error}", path.display());
        Failure::usage(Code::BAD_CONFIGURATION, message)
    })
}

/// The monitors of the servers.
fn monitors(settings: &Cluster) -> &[String] {
    settings.nats_monitor.as_ref().map_or(&[], |Words(urls)| urls)
}

fn failed(error: DeskError) -> Failure {
    match error {
        DeskError::Open(error @ (OpenError::Address { .. } | OpenError::Credentials(_))) => {
            Failure::usage(Code::BAD_CONFIGURATION, error.to_string())
        }
        DeskError::Hole { .. } => Failure::found_wrong(error.to_string()),
        error => Failure::unreachable(error.to_string()),
    }
}

/// The failure of servers that are not safe: each reason on a line.
fn refused(reasons: &[Unsafe]) -> Failure {
    let mut text = "messages that these servers acknowledge can be lost:".to_owned();
    for reason in reasons {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {reason}");
    }
    Failure::usage(Code::LOG_UNSAFE, text)
}
