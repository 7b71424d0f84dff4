//! The raw command line: no validation, no defaults. `config` makes settings of it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use holdfast_load::LoadArgs;
use holdfast_net::{Budget, Events, Rights, Role};

/// A seat inventory engine: holds that never leak, seats that are never sold twice.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Start here:\n  holdfast serve                 serve on 127.0.0.1:7411, data in ./holdfast-data\n  redis-cli -p 7411              talk to it with any Redis client\n  holdfast explain HF-BIZ-001    what a code in a reply means\n\nExit codes: 0 done; 1 a fault while running, or damage was found; 2 bad usage or configuration;\n3 the data directory is refused (damaged, locked, another version)."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve events to clients until SIGTERM or SIGINT.
    ///
    /// Prints one line on standard output when it is ready: `holdfast ready on ADDRESS`. Logs go to standard error.
    #[command(
        after_help = "Each setting has the same name everywhere: --wal-segment on the command line, HOLDFAST_WAL_SEGMENT in\nthe environment, `segment` in the table [wal] of the file. The command line wins over the environment,\nthe environment over the file. Durations are written 250ms, 10s, 5m, 24h; sizes 64MiB, 1GiB."
    )]
    Serve(Box<ServeArgs>),
    /// Look at the write-ahead log. The server must not be running.
    Wal {
        #[command(subcommand)]
        command: WalCommand,
    },
    /// Look at the snapshots.
    Snapshot {
        #[command(subcommand)]
        command: SnapshotCommand,
    },
    /// Make, list and revoke the tokens that clients log in with.
    ///
    /// A running server reads the file again when it gets SIGHUP.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Put a server under load, measure it, and look whether it kept its promises.
    ///
    /// Makes events of its own, named by the seed, and leaves them behind: run it on a server without real sales.
    #[command(
        after_help = "Examples:\n  holdfast load hold --commands 1000000          how many holds a second\n  holdfast load flow --rate 20000 --duration 1m  latency at a rate that the server can stand\n  holdfast load expire --commands 1000000        a million holds due at once\n\nExit codes: 0 fine; 1 a check failed, or the server was not there or went away; 2 bad usage."
    )]
    Load(Box<LoadArgs>),
    /// Say what a code means, why it comes and what to do; without a code, list all.
    Explain {
        /// For example HF-BIZ-001; case and the prefix HF- do not matter.
        code: Option<String>,
    },
}

/// Where the data is.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// The data directory.
    #[arg(long, env = "HOLDFAST_DATA", default_value = "./holdfast-data")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WalCommand {
    /// Print the segments and their groups.
    Inspect {
        #[command(flatten)]
        data: DataArgs,
        /// Print every record as well, decoded.
        #[arg(long)]
        records: bool,
        /// Only what stands at or after this LSN.
        #[arg(long, default_value_t = 0)]
        from: u64,
    },
    /// Check every byte and say what is wrong. Exit code 1 if anything is.
    Verify {
        #[command(flatten)]
        data: DataArgs,
    },
    /// Accept the loss of everything from a place on, so that a damaged log can be used again.
    ///
    /// What is cut off is acknowledged data. The server never does this by itself. The loss is written down in
    /// wal/ACCEPTED-LOSS.log. Take a copy of the directory first.
    Repair {
        #[command(flatten)]
        data: DataArgs,
        /// SEGMENT:OFFSET of the first damaged byte, as the refusal at start names it.
        #[arg(long, value_name = "SEGMENT:OFFSET")]
        accept_loss_from: String,
        /// Who accepts it.
        #[arg(long)]
        operator: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// Which file of tokens.
#[derive(Debug, Args)]
pub(crate) struct TokensArgs {
    /// The file of tokens, as in access.tokens.
    #[arg(long, value_name = "FILE", env = "HOLDFAST_ACCESS_TOKENS", default_value = "./holdfast-tokens")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print its secret, this once: only its hash is kept.
    New {
        /// What it allows: viewer, reader, booking or operator; each may do what those before it may.
        #[arg(long)]
        role: Role,
        /// The events that it is for, as patterns of their names: gala-*,opera. [default: all]
        #[arg(long, value_name = "PATTERNS", default_value = "*", hide_default_value = true)]
        events: Events,
        /// What of the role booking it has: some of sell,give-back,money. [default: all]
        #[arg(long, value_name = "RIGHTS")]
        rights: Option<Rights>,
        /// What it may use: some of commands=N,writes=N (a second), holds=N,keys=N (at a time). [default: no bounds]
        #[arg(long, value_name = "BUDGET")]
        budget: Option<Budget>,
        /// Who has it: a name of its own, to list and revoke it by.
        #[arg(long)]
        name: String,
        /// It ends after so long: 90days, 12h. [default: it does not end]
        #[arg(long, value_name = "DURATION")]
        expires: Option<humantime::Duration>,
        #[command(flatten)]
        file: TokensArgs,
    },
    /// List the tokens, without their secrets, which nobody has.
    List {
        #[command(flatten)]
        file: TokensArgs,
    },
    /// Take a token out of the file.
    Revoke {
        /// Its name.
        name: String,
        #[command(flatten)]
        file: TokensArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SnapshotCommand {
    /// List the sets of snapshots and the events in them.
    List {
        #[command(flatten)]
        data: DataArgs,
    },
    /// Check every byte and say what is wrong. Exit code 1 if anything is.
    Verify {
        #[command(flatten)]
        data: DataArgs,
    },
}

/// Settings as they were given; what was not given is not there.
#[derive(Debug, Args, Serialize)]
pub(crate) struct ServeArgs {
    /// Address and port; port 0 takes a free one. [default: 127.0.0.1:7411]
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) listen: Option<String>,
    /// The data directory; made if it is not there. [default: ./holdfast-data]
    #[arg(long, value_name = "DIRECTORY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<PathBuf>,
    /// The file of tokens that clients log in with (`holdfast token new`). [default: none, everybody may do everything]
    #[arg(long, visible_alias = "tokens", value_name = "FILE")]
    #[serde(rename = "access.tokens", skip_serializing_if = "Option::is_none")]
    pub(crate) access_tokens: Option<PathBuf>,
    /// The certificate for TLS, with its chain, as PEM. [default: none, no TLS]
    #[arg(long, value_name = "FILE")]
    #[serde(rename = "tls.cert", skip_serializing_if = "Option::is_none")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of the certificate, as PEM.
    #[arg(long, value_name = "FILE")]
    #[serde(rename = "tls.key", skip_serializing_if = "Option::is_none")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Let in only clients with a certificate that one of these has signed, as PEM. [default: none, all clients]
    #[arg(long, value_name = "FILE")]
    #[serde(rename = "tls.client_ca", skip_serializing_if = "Option::is_none")]
    pub(crate) tls_client_ca: Option<PathBuf>,
    /// Listen beyond this machine without tokens or without TLS: true or false. [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    #[serde(rename = "insecure.listen_anywhere", skip_serializing_if = "Option::is_none")]
    pub(crate) insecure_listen_anywhere: Option<bool>,
    /// Let memory be written out when the process breaks, and debuggers look at it: true or false. [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    #[serde(rename = "insecure.core_dumps", skip_serializing_if = "Option::is_none")]
    pub(crate) insecure_core_dumps: Option<bool>,
    /// Threads for events and connections; 0: one less than the machine has cores. [default: 0]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) threads: Option<String>,
    /// Connections at the same time. [default: 10000]
    #[arg(long, value_name = "N")]
    #[serde(rename = "connections.max", skip_serializing_if = "Option::is_none")]
    pub(crate) connections_max: Option<String>,
    /// How long a connection may be behind before new holds on it are refused. [default: 250ms]
    #[arg(long, value_name = "DURATION")]
    #[serde(rename = "connections.patience", skip_serializing_if = "Option::is_none")]
    pub(crate) connections_patience: Option<String>,
    /// How long a connection may take to its login, where tokens are used, or to the end of its TLS handshake. [default: 5s]
    #[arg(long, value_name = "DURATION")]
    #[serde(rename = "connections.login", skip_serializing_if = "Option::is_none")]
    pub(crate) connections_login: Option<String>,
    /// Bytes that may wait for all clients together before the connection with most of them is closed. [default: 256MiB]
    #[arg(long, value_name = "SIZE")]
    #[serde(rename = "connections.memory", skip_serializing_if = "Option::is_none")]
    pub(crate) connections_memory: Option<String>,
    /// How long answers of accepted commands are kept at least. [default: 24h]
    #[arg(long, value_name = "DURATION")]
    #[serde(rename = "idempotency.retention", skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_retention: Option<String>,
    /// How many refusals of an event are kept at least. [default: 1000000]
    #[arg(long, value_name = "N")]
    #[serde(rename = "idempotency.refusals", skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_refusals: Option<String>,
    /// How long failed and refunded payments and cancelled orders are kept at least. [default: 180d]
    #[arg(long, value_name = "DURATION")]
    #[serde(rename = "records.retention", skip_serializing_if = "Option::is_none")]
    pub(crate) records_retention: Option<String>,
    /// How far ahead of the newest record the clock may be at start. [default: 100d]
    #[arg(long, value_name = "DURATION")]
    #[serde(rename = "clock.max_ahead", skip_serializing_if = "Option::is_none")]
    pub(crate) clock_max_ahead: Option<String>,
    /// Size of a segment of the log. [default: 64MiB]
    #[arg(long, value_name = "SIZE")]
    #[serde(rename = "wal.segment", skip_serializing_if = "Option::is_none")]
    pub(crate) wal_segment: Option<String>,
    /// Free disk space below which new holds are refused. [default: 256MiB]
    #[arg(long, value_name = "SIZE")]
    #[serde(rename = "wal.reserve", skip_serializing_if = "Option::is_none")]
    pub(crate) wal_reserve: Option<String>,
    /// A sync that takes longer makes new holds be refused. [default: 250ms]
    #[arg(long, value_name = "DURATION")]
    #[serde(rename = "wal.slow", skip_serializing_if = "Option::is_none")]
    pub(crate) wal_slow: Option<String>,
    /// A snapshot is made after so much log. [default: 256MiB]
    #[arg(long, value_name = "SIZE")]
    #[serde(rename = "snapshot.bytes", skip_serializing_if = "Option::is_none")]
    pub(crate) snapshot_bytes: Option<String>,
    /// A snapshot is made after so long, if anything happened. [default: 5m]
    #[arg(long, value_name = "DURATION")]
    #[serde(rename = "snapshot.every", skip_serializing_if = "Option::is_none")]
    pub(crate) snapshot_every: Option<String>,
    /// Holds and payments that were alive when the server stopped go on so long at least after the restart.
    /// [default: 1m]
    #[arg(long, value_name = "DURATION")]
    #[serde(rename = "recovery.grace", skip_serializing_if = "Option::is_none")]
    pub(crate) recovery_grace: Option<String>,
    /// Refuse the start if an event cannot be brought back, instead of leaving it out of service. [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    #[serde(rename = "recovery.all_or_nothing", skip_serializing_if = "Option::is_none")]
    pub(crate) recovery_all_or_nothing: Option<bool>,
    /// How much log is kept for those who read feeds. [default: 2GiB]
    #[arg(long, value_name = "SIZE")]
    #[serde(rename = "feed.retention", skip_serializing_if = "Option::is_none")]
    pub(crate) feed_retention: Option<String>,
    /// How much memory the process may use; from nine tenths on new holds are refused. [default: four fifths of what the
    /// machine, the cgroup and the limits of the process allow]
    #[arg(long, value_name = "SIZE")]
    #[serde(rename = "memory.max", skip_serializing_if = "Option::is_none")]
    pub(crate) memory_max: Option<String>,
    /// How long connections may take to finish when the server stops. [default: 10s]
    #[arg(long, value_name = "DURATION")]
    #[serde(rename = "shutdown.grace", skip_serializing_if = "Option::is_none")]
    pub(crate) shutdown_grace: Option<String>,
    /// Form of the log on standard error: human or json. [default: human]
    #[arg(long, value_name = "FORM")]
    #[serde(rename = "trace.form", skip_serializing_if = "Option::is_none")]
    pub(crate) trace_form: Option<String>,
    /// What is logged: error, warn, info, debug, or a filter such as holdfast_net=debug. [default: info]
    #[arg(long, value_name = "FILTER")]
    #[serde(rename = "trace.filter", skip_serializing_if = "Option::is_none")]
    pub(crate) trace_filter: Option<String>,
    /// A TOML file with settings. [default: holdfast.toml, if it is there]
    #[arg(long, value_name = "FILE", env = "HOLDFAST_CONFIG")]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,
    /// Start this once, however far the clock is ahead of the newest record: it was compared with another one.
    #[arg(long)]
    #[serde(skip)]
    pub(crate) accept_clock: bool,
    /// Print the settings in force, as a TOML file, and exit.
    #[arg(long)]
    #[serde(skip)]
    pub(crate) print_config: bool,
}
