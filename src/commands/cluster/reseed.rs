//! `holdfast cluster reseed`: the directory of a node from a backup of another one, over the network or from where backups are.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use holdfast_backup::{BackupError, Directory, PIECE_BYTES, Shelf, reseed};
use holdfast_engine::{Code, Fault, Interrupted};
use serde::Deserialize;
use ureq::Agent;
use ureq::http::StatusCode;
use ureq::tls::{PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

use super::super::data;
use crate::exit::Failure;
use crate::flags::{PassArgs, ReseedArgs};

/// A piece takes no longer, or the node is not there.
const PATIENCE: Duration = Duration::from_secs(30);
/// A node that sells is read from no faster, as by its own jobs.
const BYTES_PER_SECOND: u64 = 32 << 20;
/// A list of names is not longer.
const NAMES_BYTES_MAX: u64 = 16 << 20;

pub(super) fn run(args: &ReseedArgs) -> Result<(), Failure> {
    let is_server = ["http://", "https://"].iter().any(|scheme| args.from.starts_with(scheme));
    let from: Box<dyn Shelf> = if is_server {
        Box::new(Remote::new(&args.from, &args.pass)?)
    } else {
        let directory: Directory = Arc::new(data::open_to_look(Path::new(&args.from))?);
        Box::new(directory)
    };
    let (to, _lock) = data::open(&args.data)?;
    let to: Directory = Arc::new(to);
    let begun = Instant::now();
    let mut paced = |done: u64, _: u64| -> Result<(), Interrupted> {
        if is_server {
            let due = Duration::from_micros(done.saturating_mul(1_000_000) / BYTES_PER_SECOND);
            thread::sleep(due.saturating_sub(begun.elapsed()));
        }
        Ok(())
    };
    let manifest = reseed(&*from, args.name.as_deref(), &to, &mut paced).map_err(|error| failed(&error))?;
    let (name, bytes, last, path) =
        (&manifest.name, manifest.bytes(), manifest.last_lsn, args.data.display());
    data::print(&format!(
        "copied {name} to {path}: {} files, {bytes} bytes, all up to lsn {last}\nstart the node on it: it follows from there\n",
        manifest.files.len()
    ));
    Ok(())
}

fn failed(error: &BackupError) -> Failure {
    let Fault { code, message } = error.into();
    match error {
        BackupError::NotEmpty(_) => Failure::refused(Code::DIRECTORY_UNUSABLE, message),
        BackupError::Io { action: "list" | "read", .. } => Failure::unreachable(message),
        _ => Failure::fault(code, message),
    }
}

/// The backups of a node, by its admin port.
struct Remote {
    agent: Agent,
    base: String,
    token: Option<String>,
}

#[derive(Deserialize)]
struct Names {
    files: Vec<String>,
}

impl Remote {
    fn new(url: &str, pass: &PassArgs) -> Result<Self, Failure> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION")));
        let config = match &pass.tls_ca {
            Some(ca) => config.tls_config(trusting(ca)?),
            None => config,
        };
        if url.starts_with("https:") && pass.tls_ca.is_none() {
            let message = "--from is https: --tls-ca names what has signed the certificate of that node";
            return Err(Failure::usage(Code::BAD_USAGE, message));
        }
        let base = format!("{}/backups", url.trim_end_matches('/'));
        Ok(Self { agent: config.build().new_agent(), base, token: pass.secret()? })
    }

    fn get(&self, path: &str, most: u64) -> io::Result<Vec<u8>> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut response = request.call().map_err(io::Error::other)?;
        let status = response.status();
        let body = response.body_mut().with_config().limit(most).read_to_vec().map_err(io::Error::other)?;
        match status {
            StatusCode::OK => Ok(body),
            status => {
                let said = String::from_utf8_lossy(&body);
                Err(io::Error::other(format!("{} answers {status}: {}", self.base, said.trim_end())))
            }
        }
    }
}

impl Shelf for Remote {
    fn names(&self) -> io::Result<Vec<String>> {
        let Names { files } = serde_json::from_slice(&self.get("", NAMES_BYTES_MAX)?)?;
        Ok(files)
    }

    fn piece(&self, path: &str, from: u64) -> io::Result<Vec<u8>> {
        self.get(&format!("/{path}?from={from}"), 2 * PIECE_BYTES as u64)
    }
}

/// Trusts what a certificate of this file has signed, and nothing else.
fn trusting(ca: &Path) -> Result<TlsConfig, Failure> {
    let pem = std::fs::read(ca);
    let pem = pem.map_err(|error| Failure::unreachable(format!("{}: {error}", ca.display())))?;
    let roots: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::from(roots.into_iter()))
        .unversioned_rustls_crypto_provider(provider)
        .build())
}
