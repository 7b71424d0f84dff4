//! The raw command line of `holdfast load`: no validation, no defaults that depend on others. `plan` makes a run of it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::wire::labels::Labels;

/// What is done to the server. Each has a file in `scenario/`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Wanted {
    /// Each command holds a new seat under a new key.
    Hold,
    /// Buyers hold a seat, then pay for it, give it back, or leave it to expire.
    Flow,
    /// Many clients race for few seats; about 95 % are refused.
    Contend,
    /// Parties of one to six hold the best seats that there are.
    Best,
    /// Reads of maps and counts at a rate, beside holds.
    Read,
    /// A million holds that are due at once, and what others notice of it.
    Expire,
}

/// How the commands of an open loop are spread over time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Arrivals {
    /// As independent people come: at random, at the rate on average.
    Poisson,
    /// Equally spaced.
    Even,
}

/// Settings of a run as they were given: the options of `holdfast load`.
#[derive(Debug, Args)]
pub struct LoadArgs {
    /// What to do.
    #[arg(value_enum)]
    pub(crate) scenario: Wanted,
    /// The server, HOST:PORT.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7411")]
    pub(crate) address: String,
    /// The secret of a token, for a server that asks for one: its role must be operator.
    #[arg(long, value_name = "SECRET", env = "HOLDFAST_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Connect with TLS, and trust what a certificate of this file (PEM) has signed.
    #[arg(long, value_name = "FILE", env = "HOLDFAST_TLS_CA")]
    pub(crate) tls_ca: Option<PathBuf>,
    /// Load it although it is another machine, or has events that no run made: what is sold there is slowed down.
    #[arg(long)]
    pub(crate) on_a_real_server: bool,
    /// Stop after N commands (flow: about N; its buyers send one to three each). [default: expire 1000000]
    #[arg(long, value_name = "N", conflicts_with = "duration")]
    pub(crate) commands: Option<u64>,
    /// Stop after so long. [default: 10s]
    #[arg(long, value_name = "DURATION")]
    pub(crate) duration: Option<humantime::Duration>,
    /// Connections. [default: 50; contend 200]
    #[arg(long, value_name = "N")]
    pub(crate) connections: Option<usize>,
    /// Commands in flight on each connection. Not with --rate. [default: 32; contend 4]
    #[arg(long, value_name = "N")]
    pub(crate) pipeline: Option<usize>,
    /// Open loop: so many commands a second, whether the server answers in time or not. Without it a connection sends
    /// the next command when one is answered. (expire: commands to another event beside it. [default: 1000])
    #[arg(long, value_name = "PER-SECOND")]
    pub(crate) rate: Option<f64>,
    /// How commands of an open loop are spread over time.
    #[arg(long, value_enum, value_name = "HOW", default_value = "poisson")]
    pub(crate) arrivals: Arrivals,
    /// The open loop's rate grows from 0 for so long. [default: 0s]
    #[arg(long, value_name = "DURATION", requires = "rate")]
    pub(crate) ramp: Option<humantime::Duration>,
    /// Commands of the open loop come so many at once, at the same average rate.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "rate")]
    pub(crate) burst: u32,
    /// Threads that generate load. One is enough for most servers; the report says when it is not.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) threads: usize,
    /// The same seed gives the same commands, on a server that has not seen them. [default: a new one, told]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Spread the run over N events. [default: as few as have the seats]
    #[arg(long, value_name = "N")]
    pub(crate) events: Option<usize>,
    /// Seats to prepare in all, 1,000,000 an event at most. [default: what --commands needs, or --duration with
    /// --rate, or --duration at 1,000,000 commands a second]
    #[arg(long, value_name = "N")]
    pub(crate) seats: Option<u64>,
    /// What the seats are called: `odd` has Hangul, spaces, brackets, dashes and leading zeros, and asks for them by their
    /// labels.
    #[arg(long, value_enum, value_name = "HOW", default_value = "plain")]
    pub(crate) labels: Labels,
    /// flow: percent of the buyers that confirm.
    #[arg(long, value_name = "PERCENT", default_value_t = 70)]
    pub(crate) confirm: u8,
    /// flow: percent of the buyers that release. The others leave their hold to expire.
    #[arg(long, value_name = "PERCENT", default_value_t = 20)]
    pub(crate) release: u8,
    /// flow: the buyers that confirm pay instead, with PAYMENT TRY and PAYMENT SUCCEED.
    #[arg(long)]
    pub(crate) payments: bool,
    /// flow: how long holds last that are left to expire; expire: when all holds are due, from the start.
    /// [default: flow 1s, expire 20s]
    #[arg(long, value_name = "DURATION")]
    pub(crate) ttl: Option<humantime::Duration>,
    /// contend: commands that race for each seat.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) rivals: u32,
    /// read: reads a second, MAP and COUNT in turn.
    #[arg(long, value_name = "PER-SECOND", default_value_t = 100.0)]
    pub(crate) read_rate: f64,
    /// Look afterwards whether anything was held twice or lost: on or off.
    #[arg(long, value_name = "ON|OFF", num_args = 0..=1, default_value = "on", default_missing_value = "on",
          action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new())]
    pub(crate) check: bool,
    /// The check repeats at most N commands, evenly drawn; all, if there were no more.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub(crate) check_repeats: usize,
    /// Write the report to FILE as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write percentiles of each kind of command to DIRECTORY/KIND.hgrm.
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) hgrm: Option<PathBuf>,
    /// Draw latency by percentile to FILE.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// No progress on standard error.
    #[arg(long)]
    pub(crate) quiet: bool,
}
