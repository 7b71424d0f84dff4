//! The raw command line: no validation, no defaults. `settings` has those of `serve`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use holdfast_load::LoadArgs;
use holdfast_net::{Budget, Events, Rights, Role};

use crate::settings::ServeArgs;

mod chaos;
mod cluster;
mod lists;
mod offline;
mod past;
mod policy;
mod server;

pub(crate) use chaos::{ChaosCommand, ChaosRun};
pub(crate) use cluster::{BeginArgs, ClusterCommand, HandoverArgs, LookAtArgs, ReseedArgs};
pub(crate) use lists::{ChecklistArgs, List};
pub(crate) use offline::{EnterArgs, OfflineCommand, SheetArgs};
pub(crate) use past::{BackupCommand, LookArgs, ReconcileArgs, UptoArgs};
pub(crate) use policy::PolicyCommand;
pub(crate) use server::{PassArgs, ServerArgs};

use past::moment;

/// A seat inventory engine: holds that never leak, seats that are never sold twice.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Start here:\n  holdfast serve                 serve on 127.0.0.1:7411, data in ./holdfast-data\n  redis-cli -p 7411              talk to it with any Redis client\n  holdfast explain TAKEN         what a refusal means, and what to do\n\nExit codes: 0 done; 1 a fault while running, or damage was found; 2 bad usage or configuration;\n3 the data directory is refused (damaged, locked, another version);\n4 another node owns the replicated log: start again, and this one follows."
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
    /// Show who did what, and check the files of the audit. A server may be running.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Make the replicated log of a cluster on NATS JetStream, look at it, and check it.
    #[command(
        after_help = "Examples:\n  holdfast cluster init --cluster-nats-urls nats://a:4222,nats://b:4222,nats://c:4222 \\\n    --cluster-nats-monitor http://a:8222,http://b:8222,http://c:8222 --operator olga --reason 'a new cluster'\n  holdfast cluster status        with the table [cluster] of holdfast.toml\n\nExit codes: 0 well; 1 something is wrong with the log; 2 bad usage, servers that are not safe, or none that answer."
    )]
    Cluster {
        #[command(subcommand)]
        command: ClusterCommand,
    },
    /// Look at backups, which `JOB RUN backup` makes, and bring one back.
    Backup {
        #[command(subcommand)]
        command: BackupCommand,
    },
    /// Look at an event of a data directory or a backup as it was. Reads alone; a server may be running on it.
    Look(LookArgs),
    /// Compare files of a payment provider with the payments: what does not match, what is to be paid back. Reads alone; a server may be running.
    #[command(
        after_help = "Examples:\n  holdfast reconcile --data /var/lib/holdfast --profile toss november.ndjson --from 2026-11-01 --to 2026-12-01\n  holdfast reconcile --data /var/lib/holdfast --profile stripe po_1.csv po_2.csv --out /srv/reconciled/2026-11\n\nExit codes: 0 all matches; 1 something is to be acted on; 2 a file or the usage is wrong: nothing was reconciled;\n3 the data directory cannot be read as far back."
    )]
    Reconcile(Box<ReconcileArgs>),
    /// Make, list and revoke the tokens that clients log in with.
    ///
    /// A running server reads the file again when it gets SIGHUP.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Look at the description of an event without a server, draw it, or make it from a plan of another system.
    Plan {
        #[command(subcommand)]
        command: PlanCommand,
    },
    /// Look at a running server once: mode, events, connections, log, disk, snapshots, memory, warnings.
    ///
    /// It asks for INFO, as any client may. Where tokens are used, the token needs the role reader, for all events.
    #[command(
        after_help = "Exit codes: 0 well; 1 degraded: standard output has the lines WRONG; 2 the server cannot be reached or does\nnot let us look, or bad usage."
    )]
    Status(StatusArgs),
    /// Watch a running server: mode, rates, latencies, log, disk, memory, events.
    ///
    /// In a terminal it is a screen that is drawn anew each second; elsewhere a line a look. Ends with Ctrl-C.
    #[command(
        after_help = "Examples:\n  holdfast top                                   the server on this machine\n  holdfast top --event gala --event matinee      these events\n  holdfast top --lines --count 60 > minute.txt   a line a second"
    )]
    Top(TopArgs),
    /// Sell a place and give it back each second, from another machine: whether buyers can buy.
    ///
    /// Prints each round that failed, and a summary each minute. Run it where your application runs.
    #[command(
        after_help = "Examples:\n  holdfast probe --address seats:7411 --token-file probe.token --listen 127.0.0.1:7413\n  holdfast probe --count 10            ten rounds; exit code 1 if one failed\n\nThe token needs the role booking, for the event $canary."
    )]
    Probe(ProbeArgs),
    /// Go through what is looked at each day or each month: a verdict, a figure and a remedy for each item.
    ///
    /// It asks for INFO, CONFIG GET and JOB LIST. Where tokens are used, the token needs the role reader, for all events.
    #[command(
        after_help = "Examples:\n  holdfast checklist daily                        the server on this machine\n  holdfast checklist monthly --data /var/lib/holdfast --rules /etc/prometheus/holdfast.yml\n  holdfast checklist daily --lang ko --json\n\nExit codes: 0 nothing is red; 1 something is; 2 the server cannot be reached or does not let us look, or bad\nusage."
    )]
    Checklist(ChecklistArgs),
    /// Say how well the service did: availability, times to recover, payments that succeeded and how long they took.
    ///
    /// The figures come from the log of the data directory, so restarts do not end them. A server may be running.
    #[command(
        after_help = "Examples:\n  holdfast kpi                                    all that the log has\n  holdfast kpi --last 30days                      the last month\n  holdfast kpi --from 2026-11-01 --to 2026-12-01 --json"
    )]
    Kpi(KpiArgs),
    /// Sell by hand while there is no server: what to print before, and how what was sold is entered afterwards.
    Offline {
        #[command(subcommand)]
        command: OfflineCommand,
    },
    /// Make what watches a server: rules for Prometheus, routes for Alertmanager, a dashboard for Grafana.
    Ops {
        #[command(subcommand)]
        command: OpsCommand,
    },
    /// Show what must always hold, where that is enforced, and what to do when it does not hold.
    #[command(
        after_help = "Examples:\n  holdfast policy list --surface 3               what is about money\n  holdfast policy show HoldfastRefundOverdue     the policies of an alert\n  holdfast policy show P-05 --lang ko            one of them, in Korean"
    )]
    Policy {
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Disturb a server on purpose, and see whether it keeps its promises and how soon it is well again.
    ///
    /// The server is its own, on this machine, in a directory that it has made: no other server can be meant.
    #[command(
        after_help = "Examples:\n  holdfast chaos list                              the experiments that come with the program\n  holdfast chaos run kill --seed 1 --report kill   killed at random moments of a sale\n  holdfast chaos check mine.toml                   what a file of your own would do, and when\n\nExit codes: 0 the hypothesis holds; 1 it does not; 2 bad usage, or this machine lacks something: nothing was done."
    )]
    Chaos {
        #[command(subcommand)]
        command: ChaosCommand,
    },
    /// Put a server under load, measure it, and look whether it kept its promises.
    ///
    /// Makes events of its own, named by the seed, and leaves them behind: run it on a server without real sales.
    #[command(
        after_help = "Examples:\n  holdfast load hold --commands 1000000          how many holds a second\n  holdfast load flow --rate 20000 --duration 1m  latency at a rate that the server can stand\n  holdfast load expire --commands 1000000        a million holds due at once\n\nExit codes: 0 fine; 1 a check failed, or the server was not there or went away; 2 bad usage."
    )]
    Load(Box<LoadArgs>),
    /// Say what a kind or a code of a refusal means, and what to do; without a word, list kinds and classes.
    Explain {
        /// A kind (TAKEN), a code (HF-BIZ-001) or a class of codes (BIZ); case and the prefix HF- do not matter.
        word: Option<String>,
        /// The language of the texts.
        #[arg(long, value_enum, default_value_t = Language::En, value_name = "LANGUAGE")]
        lang: Language,
        /// As JSON, in all languages, with what a customer may read: for the tables of a front end.
        #[arg(long)]
        json: bool,
    },
}

/// A language of the catalogue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum Language {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

/// One look at a server.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Looking at a server again and again.
#[derive(Debug, Args)]
pub(crate) struct TopArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Look again after so long, at least 100ms.
    #[arg(long, value_name = "DURATION", default_value = "1s")]
    pub(crate) every: humantime::Duration,
    /// End after so many looks. [default: at Ctrl-C]
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// Show this event; may be said up to fifty times. [default: the first ten events that are open]
    #[arg(long = "event", value_name = "NAME")]
    pub(crate) events: Vec<String>,
    /// A line a look, also in a terminal: for files, and to scroll back.
    #[arg(long)]
    pub(crate) lines: bool,
}

/// Selling and giving back, from outside.
#[derive(Debug, Args)]
pub(crate) struct ProbeArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// The event for it. It is made if it is not there and the token has the role operator.
    #[arg(long, value_name = "NAME", default_value = "$canary")]
    pub(crate) event: String,
    /// A round begins after so long, at least 100ms.
    #[arg(long, value_name = "DURATION", default_value = "1s")]
    pub(crate) every: humantime::Duration,
    /// End after so many rounds. [default: at Ctrl-C]
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// Serve /metrics for Prometheus here. [default: nowhere]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<std::net::SocketAddr>,
}

/// Of which time, and how it is shown.
#[derive(Debug, Args)]
pub(crate) struct KpiArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Not what was before this time (UTC): 2026-11-01, 2026-11-01T18:30:00Z. [default: as far as the log goes back]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) from: Option<humantime::Timestamp>,
    /// Not what was after this time. [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) to: Option<humantime::Timestamp>,
    /// So long before --to: 24h, 30days.
    #[arg(long, value_name = "DURATION", conflicts_with = "from")]
    pub(crate) last: Option<humantime::Duration>,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OpsCommand {
    /// Write all of it from its source.
    Render {
        /// The source: a changed copy of ops/alerts.toml. [default: the one that came with this program]
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// The folder to write to: prometheus/, alertmanager/ and grafana/ are made in it.
        #[arg(long, value_name = "DIR", default_value = "./ops")]
        to: PathBuf,
        /// Where the documents are: alerts link their runbooks under it.
        #[arg(long, value_name = "URL", default_value = "docs/")]
        docs: String,
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
        /// What it allows: monitor, viewer, reader, approver, booking or operator; each may do what those before it may, but approve.
        #[arg(long)]
        role: Role,
        /// The events that it is for, as patterns of their names: gala-*,opera. [default: all]
        #[arg(long, value_name = "PATTERNS", default_value = "*", hide_default_value = true)]
        events: Events,
        /// What of the role booking it has: some of sell,give-back,money,consume. [default: all]
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
pub(crate) enum AuditCommand {
    /// Show the lines of the audit, the oldest first.
    Show {
        #[command(flatten)]
        data: DataArgs,
        #[command(flatten)]
        filter: AuditFilter,
    },
    /// Print the lines of the audit as JSON, each on a line.
    Export {
        #[command(flatten)]
        data: DataArgs,
        #[command(flatten)]
        filter: AuditFilter,
    },
    /// Check the chain, what was noted of it in the log and elsewhere, and the acts in the log. Exit code 1 if anything is wrong.
    Verify {
        #[command(flatten)]
        data: DataArgs,
        /// Where the audit stood, as AUDIT HEAD answered then: 128:9f86d0... May be given several times.
        #[arg(long, value_name = "HEAD")]
        against: Vec<holdfast_audit::Head>,
    },
}

/// Which lines of the audit.
#[derive(Debug, Args)]
pub(crate) struct AuditFilter {
    /// Not what was before this time (UTC): 2026-11-01, 2026-11-01T18:30:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) from: Option<humantime::Timestamp>,
    /// Not what was at this time or later.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) to: Option<humantime::Timestamp>,
    /// Of this operator.
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<String>,
    /// About this event.
    #[arg(long, value_name = "EVENT")]
    pub(crate) event: Option<String>,
    /// Of acts that begin so: event.pause, force.
    #[arg(long, value_name = "ACT")]
    pub(crate) act: Option<String>,
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

#[derive(Debug, Subcommand)]
pub(crate) enum PlanCommand {
    /// Say what EVENT CREATE would: what is in the description, or what is wrong with it. Exit code 2 if anything is.
    Check {
        /// The JSON that EVENT CREATE takes.
        file: PathBuf,
        /// Draw it to OUT, `-` for standard output: rows, aisles, groups, categories, blocks abreast.
        #[arg(long, value_name = "OUT")]
        svg: Option<PathBuf>,
    },
    /// Make the description of an event from a plan of another system, and say what of it is not kept.
    ///
    /// docs/plans.md says how rows, aisles and blocks abreast are found.
    Import(ImportArgs),
}

/// A plan of another system, and how to read it.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The plan.
    pub(crate) file: PathBuf,
    /// What it is: a seating plan of pretix (JSON), or a table with a header line: section,row,seat and, where there are
    /// such columns, category,accessible,x,y,id.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) from: PlanFormat,
    /// Write the description to FILE. [default: to standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// On which side of the plan the stage is: x grows to the right, y to the bottom.
    #[arg(long, value_enum, value_name = "SIDE", default_value = "top")]
    pub(crate) stage: Side,
    /// The category of seats that have none.
    #[arg(long, value_name = "NAME", default_value = "STD")]
    pub(crate) category: String,
    /// Make no aisles of gaps between seats.
    #[arg(long)]
    pub(crate) no_aisles: bool,
    /// Leave out the ids of the other system: without them most rows are a range.
    #[arg(long)]
    pub(crate) no_ids: bool,
}

/// Whose plan it is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PlanFormat {
    Pretix,
    Csv,
}

/// A side of a plan.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Side {
    Top,
    Bottom,
    Left,
    Right,
}
