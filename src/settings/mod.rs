//! Validated settings: one name each, with unit, default and range; from defaults, file, environment and flags.

mod acts;
mod channel;
mod flags;
mod nodes;
mod row;
mod table;
#[cfg(test)]
mod tests;
mod units;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};

use crate::exit::Failure;
use holdfast_engine::Code;

use flags::Given;

pub(crate) use channel::ChannelSetting;
pub(crate) use flags::{ClusterArgs, ServeArgs};
pub(crate) use table::{Cluster, Operators, PaymentsAction, Settings, Tls, Trace, TraceForm};
pub(crate) use units::{Count, Share, Size, Span, Words};

/// The file that is read if none is named.
const FILE: &str = "holdfast.toml";

impl Settings {
    /// Defaults, then the file, then the environment, then the flags; checked.
    pub(crate) fn load(args: &ServeArgs) -> Result<Self, Failure> {
        let settings = Self::gathered(args.config.as_ref(), &args.settings)?;
        let doors = [
            ("listen", Code::UNPROTECTED, Some(settings.listen)),
            ("admin.listen", Code::UNPROTECTED_ADMIN, settings.admin.listen.0),
        ];
        for (name, code, address) in doors.into_iter().filter(|_| !args.print_config) {
            if let Some((address, missing)) = address.and_then(|at| Some((at, settings.unprotected(at)?))) {
                let message =
                    format!("{name} is {address}, which other machines can reach, and there is no {missing}");
                return Err(Failure::usage(code, message));
            }
        }
        Ok(settings)
    }

    /// What a command on the replicated log needs, from the same places.
    pub(crate) fn of_cluster(args: &ClusterArgs) -> Result<Cluster, Failure> {
        Ok(Self::gathered(args.config.as_ref(), &args.settings.0)?.cluster)
    }

    fn gathered(config: Option<&PathBuf>, given: &Given) -> Result<Self, Failure> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        let file = match config {
            Some(file) if !file.is_file() => {
                return Err(bad(format!("--config {}: there is no such file", file.display())));
            }
            Some(file) => Some(file.clone()),
            None => Some(PathBuf::from(FILE)).filter(|file| file.is_file()),
        };
        if let Some(file) = &file {
            figment = figment.merge(Toml::file_exact(file));
        }
        // HOLDFAST_WAL_SEGMENT is wal.segment. The variables of the file's path, of the load harness and of the tests are no settings.
        let environment = Env::prefixed("HOLDFAST_")
            .filter(|name| !name.starts_with("test_"))
            .ignore(&["config", "token", "tls_ca"])
            .map(|name| name.as_str().replacen('_', ".", 1).into());
        let figment = figment.merge(environment).merge(given);
        let mut settings = Self { file, ..figment.extract().map_err(|error| bad(told(error)))? };
        // Several servers on one machine, as in tests: each has a port of its own for sales, and so another one here.
        if settings.listen.port() == 0 && is_default(&figment, "admin.listen") {
            settings.admin.listen.0.iter_mut().for_each(|address| address.set_port(0));
        }
        settings.check().map_err(bad)?;
        Ok(settings)
    }

    /// The settings that protect the server and are missing, although other machines can reach this address. `None` if
    /// none is missing, or `insecure.listen_anywhere` allows it.
    fn unprotected(&self, address: SocketAddr) -> Option<&'static str> {
        if address.ip().to_canonical().is_loopback() || self.insecure.listen_anywhere {
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
        match self.threads.0 {
            0 => thread::available_parallelism().map_or(1, usize::from).saturating_sub(1).max(1),
            some => some as usize,
        }
    }

    /// The settings as the text of a file.
    pub(crate) fn to_toml(&self) -> Result<String, Failure> {
        toml::to_string_pretty(self).map_err(|error| bad(error.to_string()))
    }
}

/// Nobody has set it, neither in the file nor in the environment nor by a flag.
fn is_default(figment: &Figment, name: &str) -> bool {
    let source = figment.find_metadata(name).and_then(|from| from.source.as_ref());
    source.is_some_and(|source| source.code_location().is_some())
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
