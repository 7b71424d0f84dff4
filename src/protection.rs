//! Tokens and certificate: read at the start, and again at SIGHUP.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use holdfast_engine::{AuditNotes, Code, Router, Stock};
use holdfast_net::limits::RENEW_BEFORE;
use holdfast_net::{Access, Budget, Pem, Protection, Tls, TlsError, Tokens};
use zeroize::Zeroizing;

use crate::exit::Failure;
use crate::exposure;
use crate::settings::{self, Settings};
use crate::tokens;

/// What the settings ask for.
pub(crate) fn open(settings: &Settings) -> Result<Protection, Failure> {
    let access = match &settings.access.tokens {
        Some(path) => Access::guarded(read_tokens(path)?),
        None => Access::open(),
    };
    let tls = match files(&settings.tls) {
        Some(files) => Some(Arc::new(certificate(files, Tls::new)?)),
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

/// Reads tokens and certificate again. If one cannot be used, a log line says so, and the old one stays in force.
pub(crate) fn reload(settings: &Settings, protection: &Protection, audit: &AuditNotes) {
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
    if let (Some(files), Some(tls)) = (files(&settings.tls), &protection.tls) {
        match certificate(files, |pem| tls.replace(pem)) {
            Ok(()) => {
                audit.reloaded("certificate", "it was read again");
                tracing::info!(file = %files.0.display(), "the certificate was read again");
            }
            Err(failure) => {
                tls.keep();
                audit.reloaded("certificate", "refused");
                told("the certificate stays as it was", &failure);
            }
        }
    }
}

/// Tells the engine what tokens may have at a time: at the start, and after each reload.
pub(crate) fn tell_budgets(protection: &Protection, router: &Router) {
    let budgets = protection.access.budgets();
    let stock = |budget: &Budget| Stock { holds: budget.holds, keys: budget.keys };
    router.set_budgets(budgets.iter().map(|(token, budget)| (token.as_str(), stock(budget))));
}

fn read_tokens(path: &Path) -> Result<Tokens, Failure> {
    let (tokens, doubts) = tokens::load(path)?;
    for doubt in doubts {
        tracing::warn!(code = %Code::BAD_TOKENS, file = %path.display(), "{doubt}");
    }
    exposure::warn("the file of tokens", path, false);
    Ok(tokens)
}

fn told(what_stays: &str, failure: &Failure) {
    tracing::error!("{what_stays}: {failure}");
}

/// The files of certificate, key, and those who sign for clients.
type Files<'a> = (&'a Path, &'a Path, Option<&'a Path>);

fn files(tls: &settings::Tls) -> Option<Files<'_>> {
    Some((tls.cert.as_deref()?, tls.key.as_deref()?, tls.client_ca.as_deref()))
}

fn certificate<T>(
    (cert, key, client_ca): Files<'_>,
    used: impl FnOnce(Pem<'_>) -> Result<T, TlsError>,
) -> Result<T, Failure> {
    let bad = |path: &Path, why: String| {
        Failure::usage(Code::BAD_CERTIFICATE, format!("{}: {why}", path.display()))
    };
    let read = |path: &Path| fs::read(path).map_err(|error| bad(path, error.to_string()));
    let certificates = read(cert)?;
    let secret = Zeroizing::new(read(key)?);
    let signers = client_ca.map(read).transpose()?;
    let pem = Pem { certificates: &certificates, key: &secret, client_ca: signers.as_deref() };
    let used = used(pem).map_err(|error| {
        let at_fault = match error {
            TlsError::NoKey | TlsError::Key(_) => key,
            TlsError::ClientCa(_) => client_ca.unwrap_or(cert),
            _ => cert,
        };
        bad(at_fault, error.to_string())
    })?;
    exposure::warn("the private key of TLS", key, true);
    exposure::warn("the certificate of TLS", cert, false);
    client_ca.into_iter().for_each(|path| exposure::warn("the signers of clients", path, false));
    warn_of_dates(cert, &certificates);
    Ok(used)
}

/// Clients refuse a certificate that is out of date, and it is seldom seen before they do.
fn warn_of_dates(cert: &Path, certificates: &[u8]) {
    let (code, file, now) = (Code::BAD_CERTIFICATE, cert.display(), now());
    if let Some(why) = Tls::out_of_date(certificates, now) {
        tracing::error!(%code, %file, "clients refuse the server: {why}");
    } else if let Some(why) = Tls::out_of_date(certificates, now + RENEW_BEFORE) {
        tracing::warn!(%code, %file, "renew it: in {} days {why}", RENEW_BEFORE.as_secs() / (24 * 60 * 60));
    }
}

#[expect(clippy::disallowed_methods, reason = "a certificate ends at a time on the wall")]
fn now() -> SystemTime {
    SystemTime::now()
}
