//! Who came and what was refused: the last logins, failed logins, denied commands and reloads, each with the name of the
//! token and the address. Of each kind a bounded number is kept, one entry for all that only repeats itself, and a line
//! a minute goes to the log: whoever guesses fills neither memory nor the disk.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use holdfast_engine::{AuditNotes, Code, TurnedAway};

use super::throttle::network;
use crate::limits;
use crate::resp::encode::{Encoder, field, number};

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub(crate) enum Act {
    /// A login succeeded.
    Login,
    /// A login failed.
    Failed,
    /// A command was refused, as the token does not allow it or there was none.
    Denied,
    /// The tokens were read again, or could not be.
    Reload,
    /// A file of a backup was read.
    Backup,
}

impl Act {
    const ALL: [Self; 5] = [Self::Login, Self::Failed, Self::Denied, Self::Reload, Self::Backup];

    const fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Failed => "login_failed",
            Self::Denied => "denied",
            Self::Reload => "reload",
            Self::Backup => "backup_read",
        }
    }
}

/// What there is to note.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Noted<'a> {
    /// The name of the token; empty if none is known.
    pub(crate) token: &'a str,
    pub(crate) address: Option<IpAddr>,
    /// The command, or what else there is to say.
    pub(crate) what: &'a str,
    /// The event, if it was that which the token is not for.
    pub(crate) event: &'a str,
    /// The line of the connection in `CLIENT LIST`.
    pub(crate) client: &'a str,
}

/// One entry.
#[derive(Debug)]
struct Line {
    /// The name of the token; empty if none is known: what else a client calls itself may be a secret at the wrong place.
    token: String,
    /// From where it came last; an IPv6 network counts as one.
    address: Option<IpAddr>,
    /// The command, or what else there is to say.
    what: String,
    /// The event that the token was not for, the last time; empty if it was not that.
    event: String,
    /// The connection, the last time.
    client: String,
    /// How often, without an end of counting.
    times: u64,
    /// How often since somebody has read them and said so.
    unread: u64,
    /// The number of its entry, which no other has.
    number: u64,
    first: SystemTime,
    last: SystemTime,
}

#[derive(Default, Debug)]
struct Kept {
    /// The newest is last.
    lines: VecDeque<Line>,
    total: u64,
    told: Option<Instant>,
    /// Since a line went to the log.
    untold: u64,
}

/// See above.
#[derive(Default, Debug)]
pub(super) struct Trace(Mutex<[Kept; Act::ALL.len()]>);

impl Trace {
    /// Notes it; returns how many of its kind there were since the last that was to be told in the log, if this one is:
    /// a minute later at the earliest.
    pub(super) fn note(
        &self,
        act: Act,
        Noted { token, address, what, event, client }: Noted<'_>,
        (wall, now): (SystemTime, Instant),
    ) -> Option<u64> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { lines, total, told, untold } = &mut all[act as usize];
        *total += 1;
        let is_it = |line: &Line| {
            line.token == token && line.what == what && line.address.map(network) == address.map(network)
        };
        let known = lines.iter().rposition(is_it).and_then(|at| lines.remove(at));
        if known.is_none() && lines.len() >= limits::TRACE_LINES_MAX {
            lines.pop_front();
        }
        let new = || Line {
            token: token.to_owned(),
            address,
            what: what.to_owned(),
            event: String::new(),
            client: String::new(),
            times: 0,
            unread: 0,
            number: *total,
            first: wall,
            last: wall,
        };
        let mut line = known.unwrap_or_else(new);
        (line.address, line.last) = (address, wall);
        (line.times, line.unread) = (line.times + 1, line.unread + 1);
        event.clone_into(&mut line.event);
        client.clone_into(&mut line.client);
        lines.push_back(line);
        if told.is_some_and(|told| now.duration_since(told) < limits::TRACE_LOG_EVERY) {
            *untold += 1;
            return None;
        }
        *told = Some(now);
        Some(std::mem::take(untold))
    }

    /// How many of each kind there were, and the last of them, the newest first, as sections of `INFO` have it.
    pub(super) fn write(&self, text: &mut String) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str("# Trace\r\n");
        for act in Act::ALL {
            let Kept { lines, total, .. } = &all[act as usize];
            let word = act.word();
            // Writing to a String cannot fail.
            let _ = write!(text, "{word}_total:{total}\r\n");
            for (number, line) in lines.iter().rev().enumerate() {
                let Line { token, address, what, times, last, .. } = line;
                let at = millis(*last);
                let address = address.map(|address| address.to_string()).unwrap_or_default();
                let _ = write!(
                    text,
                    "{word}_{number}:token={token},addr={address},what={what},times={times},at={at}\r\n"
                );
            }
        }
    }

    /// `ACL LOG` of Redis: failed logins and denied commands since the last [`Trace::forget`], the newest first, at most so many.
    pub(super) fn write_turned_away(&self, most: usize, now: SystemTime, encoder: &mut Encoder<'_>) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |act: Act| all[act as usize].lines.iter().map(move |line| (act, line));
        let mut lines: Vec<_> =
            of(Act::Failed).chain(of(Act::Denied)).filter(|(_, line)| line.unread > 0).collect();
        lines.sort_by_key(|(_, line)| std::cmp::Reverse(line.last));
        lines.truncate(most);
        encoder.array(lines.len());
        lines.into_iter().for_each(|(act, line)| line.write(act, now, encoder));
    }

    /// Failed logins and denied commands so far are not among [`Trace::write_turned_away`] any longer; what else is told of them
    /// stays.
    pub(super) fn forget(&self) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter_mut().flat_map(|kept| &mut kept.lines).for_each(|line| line.unread = 0);
    }
}

impl Line {
    fn write(&self, act: Act, now: SystemTime, encoder: &mut Encoder<'_>) {
        let Self { token, what, event, client, unread, number, first, last, .. } = self;
        let command = what.to_ascii_lowercase().replace(' ', "|");
        let (reason, object) = match act {
            Act::Denied if !event.is_empty() => ("key", event.as_str()),
            Act::Denied => ("command", command.as_str()),
            _ => ("auth", "auth"),
        };
        // As Redis has it, a number in text: client libraries read it as such in both versions of the protocol.
        let age = format!("{:.3}", now.duration_since(*first).unwrap_or_default().as_secs_f64());
        encoder.map(10);
        encoder.number(number!("count"), *unread);
        let texts: [(&'static [u8], &str); 6] = [
            (field!("reason"), reason),
            (field!("context"), "toplevel"),
            (field!("object"), object),
            (field!("username"), token),
            (field!("age-seconds"), &age),
            (field!("client-info"), client.trim_end()),
        ];
        for (field, text) in texts {
            encoder.field(field);
            encoder.bulk(text.as_bytes());
        }
        // Of both kinds together no two are the same.
        encoder.number(number!("entry-id"), 2 * number + u64::from(act == Act::Denied));
        encoder.number(number!("timestamp-created"), millis(*first));
        encoder.number(number!("timestamp-last-updated"), millis(*last));
    }
}

fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// One line of the log; `before` is how many of the kind there were since the last one.
pub(super) fn tell(act: Act, Noted { token, address, what, .. }: Noted<'_>, before: u64) {
    let address = address.map(tracing::field::display);
    match act {
        Act::Login => tracing::info!(token, address, before, "a login"),
        Act::Failed => {
            tracing::warn!(token, address, before, "a login failed: {}", Code::LOGIN_FAILED);
        }
        Act::Denied => {
            let code = if token.is_empty() { Code::NOT_LOGGED_IN } else { Code::ROLE_DENIED };
            tracing::warn!(token, address, command = what, before, "a command was denied: {code}");
        }
        // Said by the one who reads them again.
        Act::Reload => {}
        Act::Backup => tracing::info!(token, address, backup = what, before, "a backup is read"),
    }
}

/// Nothing of what a stranger has sent goes there: names are those of tokens, and what was asked for is the name of a command.
pub(super) fn tell_audit(audit: &AuditNotes, act: Act, Noted { token, address, what, event, .. }: Noted<'_>) {
    let who = || {
        let token = if token.is_empty() { "no token".to_owned() } else { format!("token {token}") };
        let address = address.map(|address| format!(" from {}", network(address))).unwrap_or_default();
        let what = if what.is_empty() { String::new() } else { format!(": {what}") };
        let event = if event.is_empty() { String::new() } else { format!(" {event}") };
        format!("{token}{address}{what}{event}")
    };
    match act {
        Act::Login => {}
        Act::Failed => audit.turned_away(TurnedAway::LoginFailed, &who()),
        Act::Denied => audit.turned_away(TurnedAway::Denied, &who()),
        Act::Reload => audit.reloaded("tokens", what),
        Act::Backup => audit.backup_read(&who()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn noted<'a>(token: &'a str, address: u32, what: &'a str) -> Noted<'a> {
        Noted { token, address: Some(IpAddr::from(address.to_be_bytes())), what, ..Noted::default() }
    }

    #[test]
    fn a_flood_fills_nothing_and_hides_no_other_kind() {
        let (trace, start) = (Trace::default(), Instant::now());
        let at = |ms| (SystemTime::UNIX_EPOCH + Duration::from_millis(ms), start + Duration::from_millis(ms));
        assert_eq!(trace.note(Act::Login, noted("front", 1, ""), at(0)), Some(0));
        let told: Vec<_> = (0..100_000)
            .filter_map(|number| trace.note(Act::Failed, noted("", number, ""), at(number.into())))
            .collect();
        assert_eq!(told, [0, 59_999], "one line a minute, whatever the address");
        for _ in 0..1_000 {
            trace.note(Act::Denied, noted("front", 1, "HOLD"), at(7));
        }
        let mut text = String::new();
        trace.write(&mut text);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 1 + Act::ALL.len() + 1 + limits::TRACE_LINES_MAX + 1);
        assert_eq!(lines[1..3], ["login_total:1", "login_0:token=front,addr=0.0.0.1,what=,times=1,at=0"]);
        assert_eq!(lines[3], "login_failed_total:100000");
        assert!(lines[4].starts_with("login_failed_0:token=,addr=0.1.134.159,"), "{}", lines[4]);
        assert!(text.contains("denied_0:token=front,addr=0.0.0.1,what=HOLD,times=1000,at=7\r\n"), "{text}");
    }
}
