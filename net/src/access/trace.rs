//! Who came and what was refused: the last logins, failed logins, denied commands and reloads, each with the name of the
//! token and the address. Of each kind a bounded number is kept, one entry for all that only repeats itself, and a line
//! a minute goes to the log: whoever guesses fills neither memory nor the disk.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use holdfast_engine::Code;

use super::throttle::network;
use crate::limits;

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
}

impl Act {
    const ALL: [Self; 4] = [Self::Login, Self::Failed, Self::Denied, Self::Reload];

    const fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Failed => "login_failed",
            Self::Denied => "denied",
            Self::Reload => "reload",
        }
    }
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
    /// How often, without an end of counting.
    times: u64,
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
        (token, address, what): (&str, Option<IpAddr>, &str),
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
        let times = known.map_or(0, |line| line.times) + 1;
        let (token, what) = (token.to_owned(), what.to_owned());
        lines.push_back(Line { token, address, what, times, last: wall });
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
                let Line { token, address, what, times, last } = line;
                let at = last.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
                let address = address.map(|address| address.to_string()).unwrap_or_default();
                let _ = write!(
                    text,
                    "{word}_{number}:token={token},addr={address},what={what},times={times},at={at}\r\n"
                );
            }
        }
    }
}

/// One line of the log; `before` is how many of the kind there were since the last one.
pub(super) fn tell(act: Act, (token, address, what): (&str, Option<IpAddr>, &str), before: u64) {
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn from(number: u32) -> Option<IpAddr> {
        Some(IpAddr::from(number.to_be_bytes()))
    }

    #[test]
    fn a_flood_fills_nothing_and_hides_no_other_kind() {
        let (trace, start) = (Trace::default(), Instant::now());
        let at = |ms| (SystemTime::UNIX_EPOCH + Duration::from_millis(ms), start + Duration::from_millis(ms));
        assert_eq!(trace.note(Act::Login, ("front", from(1), ""), at(0)), Some(0));
        let told: Vec<_> = (0..100_000)
            .filter_map(|number| trace.note(Act::Failed, ("", from(number), ""), at(number.into())))
            .collect();
        assert_eq!(told, [0, 59_999], "one line a minute, whatever the address");
        for _ in 0..1_000 {
            trace.note(Act::Denied, ("front", from(1), "HOLD"), at(7));
        }
        let mut text = String::new();
        trace.write(&mut text);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 1 + 4 + 1 + limits::TRACE_LINES_MAX + 1);
        assert_eq!(lines[1..3], ["login_total:1", "login_0:token=front,addr=0.0.0.1,what=,times=1,at=0"]);
        assert_eq!(lines[3], "login_failed_total:100000");
        assert!(lines[4].starts_with("login_failed_0:token=,addr=0.1.134.159,"), "{}", lines[4]);
        assert!(text.contains("denied_0:token=front,addr=0.0.0.1,what=HOLD,times=1000,at=7\r\n"), "{text}");
    }
}
