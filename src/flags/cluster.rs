//! The command line of what is done to a replicated log.

use clap::{Args, Subcommand};

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
