//! `holdfast token`: makes, lists and revokes tokens.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use holdfast_engine::Code;
use holdfast_net::{Budget, Events, Rights, Role, SECRET_PREFIX, TokenHash};

use zeroize::Zeroizing;

use super::data::print;
use crate::exit::Failure;
use crate::flags::TokenCommand;
use crate::tokens::{self, Entry};

/// 256 bits.
const SECRET_BYTES: usize = 32;

pub(crate) fn run(command: TokenCommand) -> Result<(), Failure> {
    match command {
        TokenCommand::New { role, events, rights, budget, name, expires, file } => {
            let grants = (role, events, rights, budget.unwrap_or_default());
            new(&file.file, grants, name, expires.map(Into::into))
        }
        TokenCommand::List { file } => list(&file.file),
        TokenCommand::Revoke { name, file } => revoke(&file.file, &name),
    }
}

fn new(
    path: &Path,
    (role, events, rights, budget): (Role, Events, Option<Rights>, Budget),
    name: String,
    lasts: Option<Duration>,
) -> Result<(), Failure> {
    if rights.is_some() && role != Role::Booking {
        let message =
            format!("--rights: only a booking token can be narrowed to some, not one of role {role}");
        return Err(Failure::usage(Code::BAD_USAGE, message));
    }
    if !tokens::is_name(&name) {
        let message = format!("--name {name:?}: the name of a token is {}", tokens::NAME_RULE);
        return Err(Failure::usage(Code::BAD_NAME, message));
    }
    let made = now();
    let expires = lasts.map(|lasts| made.checked_add(lasts).ok_or(lasts)).transpose().map_err(|_| {
        Failure::usage(Code::BAD_NUMBER, "--expires: the end is further away than a clock can tell")
    })?;
    let secret = secret()?;
    let hash = TokenHash::of(secret.as_bytes());
    let entry = Entry { name, role, hash, made, expires, events, rights, budget };
    tokens::change(path, true, |text, entries| {
        if entries.iter().any(|other| other.name == entry.name) {
            return Err(format!(
                "there is a token {} already: revoke it first, or take another name",
                entry.name
            ));
        }
        Ok(tokens::with(text, &entry))
    })?;
    // The only time that it is shown; only its hash is kept.
    print(&secret);
    print("\n");
    Ok(())
}

fn list(path: &Path) -> Result<(), Failure> {
    let (entries, now) = (tokens::read(path)?, now());
    let width = entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for Entry { name, role, made, expires, events, rights, budget, .. } in entries {
        let end = match expires {
            None => String::new(),
            Some(end) if end <= now => format!("  EXPIRED {}", tokens::rfc3339(end)),
            Some(end) => format!("  expires {}", tokens::rfc3339(end)),
        };
        let role = role.word();
        let mut narrow = String::new();
        if events.are_some() {
            let _ = write!(narrow, "  events {events}");
        }
        if let Some(rights) = rights {
            let _ = write!(narrow, "  rights {rights}");
        }
        if budget.is_any() {
            let _ = write!(narrow, "  budget {budget}");
        }
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:width$}  {role:<8}  made {}{end}{narrow}", tokens::rfc3339(made));
    }
    print(&text);
    Ok(())
}

fn revoke(path: &Path, name: &str) -> Result<(), Failure> {
    tokens::change(path, false, |text, _| {
        tokens::without(text, name).ok_or_else(|| format!("there is no token {name:?} in it"))
    })
}

fn secret() -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
    getrandom::fill(&mut *bytes)
        .map_err(|error| Failure::fault(Code::DEFECT, format!("no random bytes: {error}")))?;
    // Long enough for all of it: what grows leaves copies behind.
    let mut secret = Zeroizing::new(String::with_capacity(SECRET_PREFIX.len() + 2 * SECRET_BYTES));
    secret.push_str(SECRET_PREFIX);
    for byte in *bytes {
        let _ = write!(secret, "{byte:02x}");
    }
    Ok(secret)
}

#[expect(clippy::disallowed_methods, reason = "an operator's act is dated by the wall clock")]
fn now() -> SystemTime {
    SystemTime::now()
}
