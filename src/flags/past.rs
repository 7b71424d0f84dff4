//! What `holdfast` is told about what was: backups, and moments to go back to.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// List the backups, the oldest first.
    List {
        /// The directory of the backups: backup.to of the server.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
    },
    /// Check every byte and say what is wrong. Exit code 1 if anything is.
    Verify {
        /// The directory of the backups: backup.to of the server.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// The backup. [default: the newest one]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Make a data directory of a backup: all of it, or as it was at a moment before. It is checked first.
    ///
    /// The directory is another branch: the sales that were open are paused when a server starts on it.
    Restore {
        /// The directory of the backups: backup.to of the server.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// The backup. [default: the newest one that has what is wanted]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// The directory of the archive, which has what happened since the backup: archive.to of the server.
        #[arg(long, value_name = "DIR")]
        archive: Option<PathBuf>,
        #[command(flatten)]
        upto: UptoArgs,
        /// The data directory that is made: empty, or not there yet.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
}

/// What of an event is looked at, and as of when.
#[derive(Debug, Args)]
pub(crate) struct LookArgs {
    /// A data directory, also of a running server; or the directory of a backup: backup.to and its name.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// A version of the event, or `@` and a time in Unix milliseconds. [default: the newest]
    #[arg(long, value_name = "MOMENT")]
    pub(crate) as_of: Option<String>,
    /// As a client writes it: MAP ev, COUNT ev, SEAT ev seat, GET HOLD|ORDER|PAYMENT ev id, EVENT INFO ev.
    #[arg(required = true)]
    pub(crate) look: Vec<String>,
}

/// What is compared with what.
#[derive(Debug, Args)]
pub(crate) struct ReconcileArgs {
    /// A data directory, also of a running server; or the directory of a backup: backup.to and its name.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// How the files are read: stripe, adyen, toss, toss-pay, csv, ndjson, or a file that ends with .toml.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: String,
    /// How the merchant's reference was made: {event}, {payment}, and {reference} for the provider's own. [default: the profile's]
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) key: Option<String>,
    /// Only the payments of this event. [default: all]
    #[arg(long, value_name = "EVENT")]
    pub(crate) event: Option<String>,
    /// Not what was before this time: 2026-11-01 in the zone of the profile, 2026-11-01T00:00:00+09:00. [default: the files have all]
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Not what was at this time or later.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// The payments as they were at this record of the log, or at this time. Then nothing is proposed. [default: the newest]
    #[arg(long, value_name = "LSN|TIME")]
    pub(crate) as_of: Option<String>,
    /// So long after a payment began the provider may not have it in a file yet.
    #[arg(long, value_name = "DURATION", default_value = "1day")]
    pub(crate) grace: humantime::Duration,
    /// Only payments of this PROVIDER, and those that name none, are expected in the files. [default: all]
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
    /// Expect money for orders too that were sold without a payment.
    #[arg(long)]
    pub(crate) orders: bool,
    /// Write report, mismatches, refunds and plans to this directory, which is made.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    /// The files of the provider.
    #[arg(required = true)]
    pub(crate) files: Vec<String>,
}

/// To where a directory is restored.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct UptoArgs {
    /// Up to this record. [default: all that there is]
    #[arg(long, value_name = "LSN")]
    pub(crate) upto_lsn: Option<u64>,
    /// Up to the last record that is no later than this time: 2026-11-29T19:59:00Z, or a day.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) upto_time: Option<humantime::Timestamp>,
    /// Up to the record that made this version of this event: gala:4711.
    #[arg(long, value_name = "EVENT:VERSION", value_parser = version)]
    pub(crate) upto: Option<(String, u64)>,
}

/// The name of an event, which may have colons in it, and a version.
fn version(text: &str) -> Result<(String, u64), String> {
    let parts = text.rsplit_once(':').and_then(|(event, version)| Some((event, version.parse().ok()?)));
    match parts {
        Some((event, version)) if !event.is_empty() && version > 0 => Ok((event.to_owned(), version)),
        _ => Err("it is not EVENT:VERSION, as gala:4711".to_owned()),
    }
}

/// A time as people write it: a day is its beginning.
pub(super) fn moment(text: &str) -> Result<humantime::Timestamp, String> {
    let whole = if text.len() == "2026-11-01".len() { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let time = humantime::parse_rfc3339_weak(&whole);
    time.map(Into::into).map_err(|error| format!("{error}; write 2026-11-01 or 2026-11-01T18:30:00Z"))
}
