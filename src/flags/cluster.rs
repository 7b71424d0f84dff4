//! The command line of what is done to a replicated log.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::PassArgs;
use crate::settings::ClusterArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum ClusterCommand {
    /// Make the log of a shard: the stream, and its first message. Does nothing if it is there.
    ///
    /// Servers that can lose what they acknowledge are refused, with each reason.
    Init(Box<BeginArgs>),
    /// Look at the log once: positions, bytes, who leads, how many copies are whole, whether the servers are safe.
    Status(Box<LookAtArgs>),
    /// Read all of the log, as a node would, and say what counts in it: epochs, records, what was passed over, the last link.
    Verify(Box<LookAtArgs>),
    /// Look at each copy, as its own server counts it: messages that are missing, copies that are behind or away. Moves no leader.
    Scrub(Box<LookAtArgs>),
    /// Have the owner hand the log to another node, which sells at once; the one that did follows.
    ///
    /// Asks each node of cluster.nodes how near it is, and the owner for the job `handover`. Ends when the other one sells.
    Handover(Box<HandoverArgs>),
    /// Copy a backup of another node into an empty directory: for a node that is new, or was away for longer than the log reaches back.
    ///
    /// Each file is compared with what was written. A directory that was copied in part is refused by `serve`.
    Reseed(ReseedArgs),
}

/// A copy of a node.
#[derive(Debug, Args)]
pub(crate) struct ReseedArgs {
    /// The admin port of a node that has backups, http://host:7412, or a directory of backups.
    #[arg(long, value_name = "URL|DIR")]
    pub(crate) from: String,
    /// The backup. [default: the newest]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The directory that the node is going to have; it must be empty.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) pass: PassArgs,
}

/// A handover.
#[derive(Debug, Args)]
pub(crate) struct HandoverArgs {
    #[command(flatten)]
    pub(crate) log: ClusterArgs,
    #[command(flatten)]
    pub(crate) pass: PassArgs,
    /// The node that is to own the log. [default: the nearest one that follows]
    #[arg(long, value_name = "NODE")]
    pub(crate) to: Option<String>,
    /// Who asks for it: written down with the execution.
    #[arg(long)]
    pub(crate) operator: String,
    /// Why: written down with the execution.
    #[arg(long)]
    pub(crate) reason: String,
}

/// The beginning of a log.
#[derive(Debug, Args)]
pub(crate) struct BeginArgs {
    #[command(flatten)]
    pub(crate) log: ClusterArgs,
    /// Who makes it: noted in the stream.
    #[arg(long)]
    pub(crate) operator: String,
    /// Why: noted in the stream.
    #[arg(long)]
    pub(crate) reason: String,
    /// The first and the last hash slot of the shard.
    #[arg(long, value_name = "FIRST-LAST", default_value = "0-16383", value_parser = slots)]
    pub(crate) slots: (u16, u16),
}

/// A look at a log.
#[derive(Debug, Args)]
pub(crate) struct LookAtArgs {
    #[command(flatten)]
    pub(crate) log: ClusterArgs,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The greatest hash slot of a cluster, as clients of Redis count them.
const SLOT_MAX: u16 = 16_383;

fn slots(text: &str) -> Result<(u16, u16), String> {
    let parsed =
        text.split_once('-').and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    parsed
        .filter(|(first, last)| first <= last && *last <= SLOT_MAX)
        .ok_or_else(|| format!("write FIRST-LAST, from 0 to {SLOT_MAX}"))
}
