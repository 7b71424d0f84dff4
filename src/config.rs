//! Validated settings: one name each, with unit, default and range; from defaults, file, environment and flags.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use crate::exit::Failure;
use crate::flags::ServeArgs;
use crate::units::{Size, Span, number};
use holdfast_engine::Code;

/// The file that is read if none is named.
const FILE: &str = "holdfast.toml";

/// Everything that can be chosen about a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Address and port. Default 127.0.0.1:7411.
    pub(crate) listen: SocketAddr,
    /// The data directory. Default `./holdfast-data`.
    pub(crate) data: PathBuf,
    /// Threads for events and connections, 0 to 256. With 0, the default, one less than there are cores, as one core
    /// is for the disk.
    #[serde(deserialize_with = "number")]
    pub(crate) threads: u64,
    pub(crate) access: Access,
    pub(crate) tls: Tls,
    pub(crate) insecure: Insecure,
    pub(crate) connections: Connections,
    pub(crate) idempotency: Idempotency,
    pub(crate) records: Records,
    pub(crate) clock: ClockAhead,
    pub(crate) memory: Memory,
    pub(crate) wal: Wal,
    pub(crate) snapshot: Snapshot,
    pub(crate) recovery: Recovery,
    pub(crate) feed: Feed,
    pub(crate) shutdown: Shutdown,
    pub(crate) trace: Trace,
    /// The file that some of it is from.
    #[serde(skip)]
    pub(crate) file: Option<PathBuf>,
}

/// `access.*`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Access {
    /// The file of tokens. Default none: every client may do everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tokens: Option<PathBuf>,
}

/// `tls.*`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    /// Certificate and chain, as PEM. Default none: no TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cert: Option<PathBuf>,
    /// Its private key, as PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<PathBuf>,
    /// Certificates, one of which must have signed that of each client, as PEM. Default none: clients need none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_ca: Option<PathBuf>,
}

/// `insecure.*`: settings that lower protection, which therefore have to be asked for by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Insecure {
    /// Listen beyond this machine without tokens or without TLS. Default false.
    pub(crate) listen_anywhere: bool,
    /// Let the memory of the process be written out when it breaks, and looked at by debuggers. Default false.
    pub(crate) core_dumps: bool,
}

/// `connections.*`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Connections {
    /// The most connections at the same time, 1 to 1,000,000. Default 10,000.
    #[serde(deserialize_with = "number")]
    pub(crate) max: u64,
    /// How long a connection may be behind before new holds on it are refused: 1 ms to 1 hour. Default 250 ms.
    pub(crate) patience: Span,
    /// How long one may take to its login, where tokens are used, or to the end of its TLS handshake: 1 second to 1 hour.
    /// Default 5 s.
    pub(crate) login: Span,
    /// Bytes of all connections together that may wait for their clients: from 16 MiB up. Default 256 MiB.
    pub(crate) memory: Size,
}

/// `idempotency.*`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Idempotency {
    /// How long answers of accepted commands are kept at least: 1 minute to 365 days. Default 24 hours.
    pub(crate) retention: Span,
    /// How many refusals of an event are kept within that time: 1,000 to 100,000,000. Default 1,000,000.
    #[serde(deserialize_with = "number")]
    pub(crate) refusals: u64,
}

/// `records.*`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Records {
    /// How long failed and refunded payments and cancelled orders are kept at least: 1 day to 10 years. Default 180 days.
    pub(crate) retention: Span,
}

/// `clock.*`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockAhead {
    /// How far the clock may be ahead of the newest record at start: 1 day to 10 years. Default 100 days: a server
    /// that was off for a season starts, and one whose clock is in the wrong year does not.
    pub(crate) max_ahead: Span,
}

/// `memory.*`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Memory {
    /// How much memory the process may use: at least 64 MiB. Default four fifths of what it can have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<Size>,
}

/// `wal.*`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wal {
    /// Size of a segment: 8 MiB to 1 GiB. Default 64 MiB.
    pub(crate) segment: Size,
    /// Free space below which new holds are refused: at least one segment. Default 256 MiB.
    pub(crate) reserve: Size,
    /// While syncs take longer than this, new holds are refused: 1 ms to 1 minute. Default 250 ms.
    pub(crate) slow: Span,
}

/// `snapshot.*`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Snapshot {
    /// A snapshot is made after this much log: at least 1 MiB. Default 256 MiB.
    pub(crate) bytes: Size,
    /// A snapshot is made after this time, if anything happened: 1 second to 24 hours. Default 5 minutes.
    pub(crate) every: Span,
}

/// `recovery.*`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recovery {
    /// How long holds and payments that were alive when the server stopped live on after a restart at least: up to 24
    /// hours; 0 leaves them what they had. Default 1 minute.
    pub(crate) grace: Span,
    /// Refuse the start if an event cannot be brought back, instead of leaving it out of service. Default false.
    pub(crate) all_or_nothing: bool,
}

/// `feed.*`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Feed {
    /// How much log is kept for readers of feeds, beyond what snapshots need; any size. Default 2 GiB.
    pub(crate) retention: Size,
}

/// `shutdown.*`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shutdown {
    /// How long connections may take to finish: up to 10 minutes. Default 10 seconds.
    pub(crate) grace: Span,
}

/// `trace.*`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trace {
    /// `human` or `json`. Default `human`.
    pub(crate) form: TraceForm,
    /// A filter as tracing-subscriber has it. Default `info`.
    pub(crate) filter: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TraceForm {
    Human,
    Json,
}

impl Default for Settings {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7411)),
            data: PathBuf::from("./holdfast-data"),
            threads: 0,
            access: Access { tokens: None },
            tls: Tls { cert: None, key: None, client_ca: None },
            insecure: Insecure { listen_anywhere: false, core_dumps: false },
            connections: Connections {
                max: 10_000,
                patience: Span(Duration::from_millis(250)),
                login: Span::seconds(5),
                memory: Size(256 * MIB),
            },
            idempotency: Idempotency { retention: Span::seconds(24 * 60 * 60), refusals: 1_000_000 },
            records: Records { retention: Span::days(180) },
            clock: ClockAhead { max_ahead: Span::days(100) },
            memory: Memory { max: None },
            wal: Wal {
                segment: Size(64 * MIB),
                reserve: Size(256 * MIB),
                slow: Span(Duration::from_millis(250)),
            },
            snapshot: Snapshot { bytes: Size(256 * MIB), every: Span::seconds(300) },
            recovery: Recovery { grace: Span::seconds(60), all_or_nothing: false },
            feed: Feed { retention: Size(2048 * MIB) },
            shutdown: Shutdown { grace: Span::seconds(10) },
            trace: Trace { form: TraceForm::Human, filter: "info".to_owned() },
            file: None,
        }
    }
}

impl Settings {
    /// Defaults, then the file, then the environment, then the flags; checked.
    pub(crate) fn load(args: &ServeArgs) -> Result<Self, Failure> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        let file = match &args.config {
            Some(file) if !file.is_file() => {
                return Err(bad(format!("--config {}: there is no such file", file.display())));
            }
            Some(file) => Some(file.clone()),
            None => Some(PathBuf::from(FILE)).filter(|file| file.is_file()),
        };
        if let Some(file) = &file {
            figment = figment.merge(Toml::file_exact(file));
        }
        // HOLDFAST_WAL_SEGMENT is wal.segment. The variables of the file's path and of the load harness are no settings.
        let environment = Env::prefixed("HOLDFAST_")
            .ignore(&["config", "token", "tls_ca"])
            .map(|name| name.as_str().replacen('_', ".", 1).into());
        let figment = figment.merge(environment).merge(Flags(args));
        let settings: Self = figment.extract().map_err(|error| bad(told(error)))?;
        let settings = Self { file, ..settings };
        settings.check().map_err(bad)?;
        if let Some(missing) = settings.unprotected().filter(|_| !args.print_config) {
            let message = format!(
                "listen is {}, which other machines can reach, and there is no {missing}",
                settings.listen
            );
            return Err(Failure::usage(Code::UNPROTECTED, message));
        }
        Ok(settings)
    }

    fn check(&self) -> Result<(), String> {
        let within = |name: &str, value: u64, least: u64, most: u64, text: &dyn Fn(u64) -> String| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                let range = match most {
                    u64::MAX => format!("at least {}", text(least)),
                    _ => format!("from {} to {}", text(least), text(most)),
                };
                Err(format!("{name} is {}: it must be {range}", text(value)))
            }
        };
        let size =
            |name, size: Size, least, most| within(name, size.0, least, most, &|bytes| Size(bytes).text());
        let span = |name, span: Span, least, most| {
            within(name, span.millis(), least, most, &|ms| Span::of_millis(ms).text())
        };
        let count =
            |name, value: u64, least, most| within(name, value, least, most, &|number| number.to_string());
        const MIB: u64 = 1024 * 1024;
        const SECOND: u64 = 1_000;
        const DAY: u64 = 24 * 60 * 60 * SECOND;
        count("threads", self.threads, 0, 256)?;
        count("connections.max", self.connections.max, 1, 1_000_000)?;
        span("connections.patience", self.connections.patience, 1, 3_600 * SECOND)?;
        span("connections.login", self.connections.login, SECOND, 3_600 * SECOND)?;
        size("connections.memory", self.connections.memory, 16 * MIB, u64::MAX)?;
        span("idempotency.retention", self.idempotency.retention, 60 * SECOND, 365 * DAY)?;
        count("idempotency.refusals", self.idempotency.refusals, 1_000, 100_000_000)?;
        span("records.retention", self.records.retention, DAY, 3_650 * DAY)?;
        span("clock.max_ahead", self.clock.max_ahead, DAY, 3_650 * DAY)?;
        if let Some(max) = self.memory.max {
            size("memory.max", max, 64 * MIB, u64::MAX)?;
        }
        size("wal.segment", self.wal.segment, 8 * MIB, 1024 * MIB)?;
        size("wal.reserve", self.wal.reserve, self.wal.segment.0, u64::MAX)?;
        span("wal.slow", self.wal.slow, 1, 60 * SECOND)?;
        size("snapshot.bytes", self.snapshot.bytes, MIB, u64::MAX)?;
        span("snapshot.every", self.snapshot.every, SECOND, DAY)?;
        span("recovery.grace", self.recovery.grace, 0, DAY)?;
        span("shutdown.grace", self.shutdown.grace, 0, 600 * SECOND)?;
        if self.tls.cert.is_some() != self.tls.key.is_some() {
            return Err("tls.cert and tls.key go together: a certificate and its private key".to_owned());
        }
        if self.tls.client_ca.is_some() && self.tls.cert.is_none() {
            return Err(
                "tls.client_ca needs tls.cert and tls.key: clients show theirs in a handshake".to_owned()
            );
        }
        Ok(())
    }

    /// The settings that protect the server and are missing, although other machines can reach its address. `None` if
    /// none is missing, or `insecure.listen_anywhere` allows it.
    fn unprotected(&self) -> Option<&'static str> {
        if self.listen.ip().to_canonical().is_loopback() || self.insecure.listen_anywhere {
            return None;
        }
        match (&self.access.tokens, &self.tls.cert) {
            (Some(_), Some(_)) => None,
            (None, Some(_)) => Some("access.tokens"),
            (Some(_), None) => Some("tls.cert and tls.key"),
            (None, None) => Some("access.tokens, tls.cert and tls.key"),
        }
    }

    /// The number of threads on this machine, by the setting `threads`.
    pub(crate) fn threads(&self) -> usize {
        match self.threads {
            0 => thread::available_parallelism().map_or(1, usize::from).saturating_sub(1).max(1),
            some => some as usize,
        }
    }

    /// The settings as the text of a file.
    pub(crate) fn to_toml(&self) -> Result<String, Failure> {
        toml::to_string_pretty(self).map_err(|error| bad(error.to_string()))
    }
}

fn bad(message: String) -> Failure {
    Failure::usage(Code::BAD_CONFIGURATION, message)
}

/// The errors in words: the setting as it is written where it was set (file, environment or flag), and what is wrong
/// with it.
fn told(errors: figment::Error) -> String {
    let one = |error: figment::Error| {
        let path: Vec<&str> = error
            .path
            .iter()
            .map(String::as_str)
            .filter(|part| !part.eq_ignore_ascii_case("default"))
            .collect();
        let what = error.kind.to_string();
        let what = what.trim_end();
        let metadata = error.metadata.as_ref();
        let file = metadata.and_then(|metadata| metadata.source.as_ref()?.file_path());
        match (file, metadata) {
            (Some(file), _) if path.is_empty() => format!("{}: {what}", file.display()),
            (Some(file), _) => format!("{}: {}: {what}", file.display(), path.join(".")),
            (None, Some(metadata)) if metadata.name.contains("HOLDFAST_") => {
                format!("HOLDFAST_{}: {what}", path.join("_").replace('.', "_").to_ascii_uppercase())
            }
            _ => format!("--{}: {what}", path.join("-").replace(['.', '_'], "-")),
        }
    };
    errors.into_iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The flags as a provider: dotted names become tables.
struct Flags<'a>(&'a ServeArgs);

impl figment::Provider for Flags<'_> {
    fn metadata(&self) -> figment::Metadata {
        figment::Metadata::named("command line")
    }

    fn data(&self) -> Result<figment::value::Map<figment::Profile, figment::value::Dict>, figment::Error> {
        let given = figment::value::Value::serialize(self.0)?;
        let mut nested = figment::value::Dict::new();
        for (name, value) in given.into_dict().unwrap_or_default() {
            let value = figment::util::nest(&name, value);
            for (key, value) in value.into_dict().unwrap_or_default() {
                merge(&mut nested, key, value);
            }
        }
        Ok(figment::value::Map::from([(figment::Profile::Default, nested)]))
    }
}

fn merge(into: &mut figment::value::Dict, key: String, value: figment::value::Value) {
    use figment::value::Value;
    match (into.get_mut(&key), value) {
        (Some(Value::Dict(_, known)), Value::Dict(_, more)) => {
            for (key, value) in more {
                merge(known, key, value);
            }
        }
        (_, value) => {
            into.insert(key, value);
        }
    }
}
