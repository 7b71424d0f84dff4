//! Tokens and certificate: read at the start, and again at SIGHUP.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use holdfast_engine::Code;
use holdfast_net::{Access, Protection, Tls, TlsError, Tokens};

use crate::config::{self, Settings};
use crate::exit::Failure;
use crate::tokens;

/// What the settings ask for.
pub(crate) fn open(settings: &Settings) -> Result<Protection, Failure> {
    let access = match &settings.access.tokens {
        Some(path) => Access::guarded(read_tokens(path)?),
        None => Access::open(),
    };
    let tls = match files(&settings.tls) {
        Some((cert, key)) => Some(Arc::new(certificate(cert, key, Tls::new)?)),
        None => None,
    };
    if access.tokens() == Some(0) {
        tracing::warn!("there is no token: nobody can do anything; `holdfast token new` makes one");
    }
    if settings.insecure.listen_anywhere && (access.tokens().is_none() || tls.is_none()) {
        tracing::warn!(
            listen = %settings.listen,
            "insecure.listen_anywhere: the address may be reached from other machines without tokens or without TLS"
        );
    }
    Ok(Protection { access: Arc::new(access), tls })
}

/// Reads everything again. What cannot be used is told, and what was in force stays in force.
pub(crate) fn reload(settings: &Settings, protection: &Protection) {
    if let Some(path) = &settings.access.tokens {
        match read_tokens(path) {
            Ok(tokens) => {
                protection.access.replace(tokens);
                let tokens = protection.access.tokens().unwrap_or(0);
                tracing::info!(tokens, file = %path.display(), "the tokens were read again");
            }
            Err(failure) => {
                protection.access.keep();
                told("the tokens stay as they were", &failure);
            }
        }
    }
    if let (Some((cert, key)), Some(tls)) = (files(&settings.tls), &protection.tls) {
        match certificate(cert, key, |cert, key| tls.replace(cert, key)) {
            Ok(()) => tracing::info!(file = %cert.display(), "the certificate was read again"),
            Err(failure) => told("the certificate stays as it was", &failure),
        }
    }
}

fn read_tokens(path: &Path) -> Result<Tokens, Failure> {
    let (tokens, doubts) = tokens::load(path)?;
    for doubt in doubts {
        tracing::warn!(code = %Code::BAD_TOKENS, file = %path.display(), "{doubt}");
    }
    Ok(tokens)
}

fn told(what_stays: &str, failure: &Failure) {
    tracing::error!("{what_stays}: {failure}");
}

fn files(tls: &config::Tls) -> Option<(&Path, &Path)> {
    Some((tls.cert.as_deref()?, tls.key.as_deref()?))
}

fn certificate<T>(
    cert: &Path,
    key: &Path,
    used: impl FnOnce(&[u8], &[u8]) -> Result<T, TlsError>,
) -> Result<T, Failure> {
    let bad = |path: &Path, why: String| {
        Failure::usage(Code::BAD_CERTIFICATE, format!("{}: {why}", path.display()))
    };
    let read = |path: &Path| fs::read(path).map_err(|error| bad(path, error.to_string()));
    used(&read(cert)?, &read(key)?).map_err(|error| {
        let at_fault = match error {
            TlsError::NoKey | TlsError::Key(_) => key,
            _ => cert,
        };
        bad(at_fault, error.to_string())
    })
}
