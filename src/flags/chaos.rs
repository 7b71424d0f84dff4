//! The command line of `holdfast chaos`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Language;

#[derive(Debug, Subcommand)]
pub(crate) enum ChaosCommand {
    /// Start a server, disturb it, and see whether it keeps its promises.
    Run(Box<ChaosRun>),
    /// List the experiments that come with the program.
    List {
        /// The language of the titles.
        #[arg(long, value_enum, default_value_t = Language::En, value_name = "LANGUAGE")]
        lang: Language,
    },
    /// Say what is wrong with an experiment, or what it would do when. Nothing is started.
    Check {
        /// A file, or the name of an experiment that comes with the program.
        file: String,
        /// The seed of which times follow.
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
    },
}

/// One run of an experiment.
#[derive(Debug, Args)]
pub(crate) struct ChaosRun {
    /// A file, or the name of an experiment that comes with the program.
    pub(crate) file: String,
    /// The same seed does the same at the same times. [default: a new one, told]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Write journal.json and report.md to DIR.
    #[arg(long, value_name = "DIR")]
    pub(crate) report: Option<PathBuf>,
    /// The directory of the run, which must not be there. [default: a new one among the temporary files]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Where the server listens, on this machine.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Keep the directory of the run, also if all was well.
    #[arg(long)]
    pub(crate) keep: bool,
    /// The language of the report.
    #[arg(long, value_enum, default_value_t = Language::En, value_name = "LANGUAGE")]
    pub(crate) lang: Language,
}
