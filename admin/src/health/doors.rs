//! How the certificate and the tokens are, that let people in.

use holdfast_engine::Code;
use holdfast_net::limits::RENEW_BEFORE;
use holdfast_net::{Access, Protection, Tls};

use super::parts::{Finding, Status, UP, degraded, finding};
use super::time;

/// Those of them that are used.
pub(super) fn of_protection(protection: &Protection) -> Vec<(&'static str, Finding)> {
    let tls = protection.tls.as_ref().map(|tls| ("tls", certificate(tls)));
    let tokens = protection.access.tokens().map(|count| ("tokens", tokens(&protection.access, count)));
    tls.into_iter().chain(tokens).collect()
}

fn certificate(tls: &Tls) -> Finding {
    let now = time::wall();
    if let Some(why) = tls.is_out_of_date(now) {
        return finding(Status::Down, Code::BAD_CERTIFICATE, format!("clients refuse the server: {why}"));
    }
    if tls.is_stale() {
        let message =
            "the certificate could not be read again: the one before is in force; the server's log says why";
        return finding(Status::Degraded, Code::BAD_CERTIFICATE, message);
    }
    let days = RENEW_BEFORE.as_secs() / (24 * 60 * 60);
    match tls.is_out_of_date(now + RENEW_BEFORE) {
        Some(why) => degraded(format!("in {days} days {why}"), "Renew the certificate, and send SIGHUP."),
        None => UP,
    }
}

fn tokens(access: &Access, count: usize) -> Finding {
    if access.is_stale() {
        let message = "the file of tokens could not be read again: those before are in force; the server's log says why";
        return finding(Status::Degraded, Code::BAD_TOKENS, message);
    }
    if count == 0 {
        return degraded(
            "there is no token: nobody can do anything",
            "Make one with holdfast token new, and send SIGHUP.",
        );
    }
    let names = access.ending(RENEW_BEFORE);
    if names.is_empty() {
        return UP;
    }
    let days = RENEW_BEFORE.as_secs() / (24 * 60 * 60);
    let message = format!("{} of {count} tokens end within {days} days", names.len());
    Finding {
        names,
        ..degraded(
            message,
            "Make others with holdfast token new, give them to their programs, and send SIGHUP.",
        )
    }
}
