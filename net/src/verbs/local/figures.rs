//! Commands by which somebody finds out what was slow, how slow commands are, and who was turned away, in the forms of Redis.

use holdfast_engine::Fault;

use super::{ASKS, Local, OPERATOR, READER, end};
use crate::limits;
use crate::resp::decode::Arguments;
use crate::verbs::words::{Words, bad_number, number, quoted};
use crate::verbs::{Front, Verb, front};

/// The forms of `SLOWLOG`, `LATENCY` and `ACL`.
#[derive(Clone, Debug)]
pub(crate) enum Figures<'a> {
    /// `SLOWLOG GET` of so many entries.
    SlowLog(usize),
    /// `SLOWLOG LEN`
    SlowLogLength,
    /// `SLOWLOG RESET`
    SlowLogReset,
    /// `SLOWLOG HELP`
    SlowLogHelp,
    /// `LATENCY HISTOGRAM` of these commands, or of all.
    Histogram(Arguments<'a>),
    /// `LATENCY LATEST` and `LATENCY HISTORY`: of the spikes that Redis can be told to note, there are none.
    Spikes,
    /// `LATENCY RESET`: as many as were forgotten.
    SpikesReset,
    /// `ACL LOG` of so many entries.
    TurnedAway(usize),
    /// `ACL LOG RESET`
    TurnedAwayReset,
    /// `ACL WHOAMI`
    Who,
}

const SLOWLOG: &str = "SLOWLOG GET [count]";

pub(in super::super) static VERBS: &[Verb] = &[
    front(
        ("SLOWLOG", "GET"),
        -2,
        READER,
        SLOWLOG,
        "commands that took long, and where their time went",
        slow_log,
    )
    .weighs(limits::WEIGHT_MAP),
    front(("SLOWLOG", "LEN"), 2, READER, "SLOWLOG LEN", "how many of them are kept", |words| {
        end(words, Local::Figures(Figures::SlowLogLength))
    }),
    front(("SLOWLOG", "RESET"), 2, OPERATOR, "SLOWLOG RESET", "forgets them", |words| {
        end(words, Local::Figures(Figures::SlowLogReset))
    }),
    front(("SLOWLOG", "HELP"), 2, READER, "SLOWLOG HELP", "what there is to ask", |words| {
        end(words, Local::Figures(Figures::SlowLogHelp))
    }),
    front(
        ("LATENCY", "HISTOGRAM"),
        -2,
        READER,
        "LATENCY HISTOGRAM [command ...]",
        "how long commands take, from their last byte read to their last byte written",
        |words| Ok(Front::Local(Local::Figures(Figures::Histogram(words.rest())))),
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("LATENCY", "LATEST"),
        2,
        READER,
        "LATENCY LATEST",
        "nothing: spikes are not noted apart, see SLOWLOG",
        |words| end(words, Local::Figures(Figures::Spikes)),
    ),
    front(
        ("LATENCY", "HISTORY"),
        3,
        READER,
        "LATENCY HISTORY name",
        "nothing, as LATENCY LATEST",
        |mut words| {
            words.word("name")?;
            end(words, Local::Figures(Figures::Spikes))
        },
    ),
    front(
        ("LATENCY", "RESET"),
        -2,
        OPERATOR,
        "LATENCY RESET [name ...]",
        "nothing to forget: answers 0",
        |_| Ok(Front::Local(Local::Figures(Figures::SpikesReset))),
    ),
    front(
        ("ACL", "LOG"),
        -2,
        OPERATOR,
        "ACL LOG [count|RESET]",
        "who was turned away: failed logins and denied commands",
        turned_away,
    )
    .weighs(limits::WEIGHT_LIST),
    front(("ACL", "WHOAMI"), 2, ASKS, "ACL WHOAMI", "the name of the connection's token", |words| {
        end(words, Local::Figures(Figures::Who))
    }),
];

/// What `SLOWLOG HELP` answers.
pub(crate) fn help() -> impl ExactSizeIterator<Item = &'static str> {
    let lines =
        VERBS.iter().filter(|verb| verb.name == "SLOWLOG").flat_map(|verb| [verb.usage, verb.summary]);
    lines.collect::<Vec<_>>().into_iter()
}

fn slow_log(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let most = match words.next() {
        None => limits::SLOW_COUNT_DEFAULT,
        // As in Redis: all of them.
        Some(b"-1") => u64::MAX,
        Some(word) => number(word).ok_or_else(|| bad_number("count", word, 0, u64::MAX))?,
    };
    end(words, Local::Figures(Figures::SlowLog(usize::try_from(most).unwrap_or(usize::MAX))))
}

fn turned_away(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let asked = match words.next() {
        None => Figures::TurnedAway(limits::TURNED_AWAY_COUNT_DEFAULT),
        Some(word) if word.eq_ignore_ascii_case(b"RESET") => Figures::TurnedAwayReset,
        Some(word) => match number(word) {
            Some(count) => Figures::TurnedAway(usize::try_from(count).unwrap_or(usize::MAX)),
            None => return Err(words.fault(&format!("{} is not a count or RESET", quoted(word)))),
        },
    };
    end(words, Local::Figures(asked))
}
