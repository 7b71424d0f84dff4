//! What each kind of refusal, and each class of codes, means to the people who write an application.
//!
//! `holdfast explain KIND` and a table in `docs/protocol/errors.md` show these rows.

use crate::catalogue::Kind;

/// What a kind of refusal means.
#[derive(Clone, Copy, Debug)]
pub struct Meaning {
    /// The kind.
    pub kind: Kind,
    /// What has happened.
    pub what: &'static str,
    /// Whether the refusal is the answer of the key from then on. If not, the same key may be sent again.
    pub binds: bool,
    /// What the application does.
    pub remedy: &'static str,
}

const fn bound(kind: Kind, what: &'static str, remedy: &'static str) -> Meaning {
    Meaning { kind, what, binds: true, remedy }
}

const fn free(kind: Kind, what: &'static str, remedy: &'static str) -> Meaning {
    Meaning { kind, what, binds: false, remedy }
}

/// Every kind, those that bind the key first.
pub const MEANINGS: &[Meaning] = &[
    bound(
        Kind::Taken,
        "Seats or places are not free. The message names the seats, each with its status.",
        "Show the seat map again. The next attempt has a new key.",
    ),
    bound(
        Kind::Orphan,
        "The pick leaves a single seat alone, and the event does not allow that.",
        "Offer the picks that the message names. The next attempt has a new key.",
    ),
    bound(
        Kind::Gone,
        "The hold, order or payment is unknown, or it has ended.",
        "Tell the customer that the time is over, and show the seat map again. A new hold has a new key.",
    ),
    bound(
        Kind::Limit,
        "A limit of the event does not allow it. The message names the limit.",
        "Tell the customer how much is allowed. EVENT INFO shows the limits. The next attempt has a new key.",
    ),
    bound(
        Kind::Closed,
        "The event is not on sale now.",
        "Tell the customer. EVENT INFO says whether the event is paused, not open yet or closed.",
    ),
    bound(
        Kind::State,
        "The command is not possible in this state.",
        "Read the present state with GET or EVENT INFO. The message says what is in the way.",
    ),
    bound(
        Kind::Exists,
        "An event, order or payment has this name already.",
        "Take a new name and a new key. To repeat a lost command, send it again with its own key.",
    ),
    free(
        Kind::Early,
        "It is not possible yet. It may become possible by itself.",
        "Send the same command again later, with the same key.",
    ),
    free(
        Kind::KeyReused,
        "The key belongs to another command, or to other arguments.",
        "This is a mistake in your application. Make a new key for each new intention.",
    ),
    free(Kind::NoEvent, "There is no event of this name.", "Correct the name. EVENT LIST shows the events."),
    free(
        Kind::NoSeat,
        "The event has no such seat, area, section or category.",
        "Read the map again with EVENT PLAN: it may have changed. Else correct the name.",
    ),
    free(
        Kind::Trimmed,
        "The feed does not have these changes any more.",
        "Read the present state. Then go on from the version that the message names.",
    ),
    free(
        Kind::Invalid,
        "The command has a wrong word or a wrong value. The message says which one.",
        "This is a mistake in your application. Correct the command, and send it with the same key or a new one.",
    ),
    free(
        Kind::Denied,
        "The token does not allow this command, or not for this event.",
        "Use a token with the role or right that the message names.",
    ),
    free(
        Kind::NoAuth,
        "The connection has not logged in, or its token is wrong, revoked or expired.",
        "Send AUTH with a valid token. Then send the command again, with the same key.",
    ),
    free(
        Kind::Busy,
        "The server has more work than it can do now.",
        "Wait for the time that the message names, and a little longer by chance. Then send the same command with the same key.",
    ),
    free(
        Kind::Degraded,
        "The disk is slow, full or broken, or the event is out of service.",
        "Send the same command again later, with the same key. An operator looks at `holdfast status` and the log.",
    ),
    free(
        Kind::Proto,
        "The bytes are not the Redis protocol, or a command is too large. The connection is closed.",
        "Use a Redis client library. Split a large command.",
    ),
    free(
        Kind::CrossSlot,
        "A transaction names several events. Nothing was carried out.",
        "Send one transaction for each event, with the same keys.",
    ),
    free(
        Kind::ExecAbort,
        "A command of the transaction was refused before EXEC. Nothing was carried out.",
        "Correct that command. Send the transaction again, with the same keys.",
    ),
    free(
        Kind::Approval,
        "One token alone may not do it. It waits, exactly as it was asked for, until another token approves.",
        "Show the name of the execution, which is the first word of the message. The same command with the same key gets the same answer.",
    ),
    free(
        Kind::NoGroup,
        "The stream has no consumer group of this name, or it was destroyed.",
        "Make it with XGROUP CREATE, from the id up to which its work is done.",
    ),
    free(
        Kind::BusyGroup,
        "The stream has a consumer group of this name already.",
        "Go on with XREADGROUP: a worker that makes its group at its start expects this.",
    ),
    free(
        Kind::ClusterDown,
        "No node is known to sell at the moment: another one is about to take over.",
        "Send the same command again a moment later, with the same key, to any node of the cluster.",
    ),
    free(
        Kind::ReadOnly,
        "This node follows. Another one sells, and the message names it.",
        "Send the same command with the same key to that node. A cluster client of Redis does it by itself.",
    ),
    free(
        Kind::MasterDown,
        "What this node would show may be older than it is allowed to be.",
        "Ask another node, or ask again a moment later.",
    ),
    free(
        Kind::Timeout,
        "What was waited for has not come in the time that the command names.",
        "Wait again, or read the present state.",
    ),
];

/// The one reply with `-` that is no refusal and has no code, `-MOVED slot host:port`. Clients of a Redis cluster know it: they send the
/// command there.
pub const MOVED: &str = "MOVED";

/// The classes of codes, as the middle of a code names them, and what each is about.
pub const CLASSES: &[(&str, &str)] = &[
    ("BIZ", "a refusal by the rules of the sale: no fault"),
    ("INP", "bad input: of a client, or of who starts the server"),
    ("EXT", "other systems: mail, webhooks, collectors"),
    ("BAT", "jobs and their executions"),
    ("SYS", "the machine: disk, memory, network, clock"),
    ("DQ", "data on the disk that is damaged or of another version"),
    ("LOG", "a defect in holdfast, or a broken machine"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalogue::{CATALOGUE, Entry};

    #[test]
    fn every_kind_and_every_class_of_the_catalogue_has_a_row() {
        let told: Vec<_> = MEANINGS.iter().map(|meaning| meaning.kind.word()).collect();
        let given: BTreeSet<_> = CATALOGUE.iter().filter_map(|entry| entry.kind).map(Kind::word).collect();
        assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), given);
        assert_eq!(told.len(), given.len(), "no kind stands twice");
        let classes: BTreeSet<_> = CATALOGUE.iter().map(Entry::class).collect();
        assert_eq!(CLASSES.iter().map(|(class, _)| *class).collect::<BTreeSet<_>>(), classes);
    }

    #[test]
    fn the_documentation_shows_every_row() {
        let page = include_str!("../../docs/protocol/errors.md");
        let told: Vec<_> = page
            .lines()
            .skip_while(|line| {
                *line != "| KIND | what has happened | binds the key | what your application does |"
            })
            .skip(2)
            .take_while(|line| line.starts_with('|'))
            .collect();
        let row = |meaning: &Meaning| {
            let Meaning { kind, what, binds, remedy } = meaning;
            format!("| `{}` | {what} | {} | {remedy} |", kind.word(), if *binds { "yes" } else { "no" })
        };
        let expected: Vec<_> = MEANINGS.iter().map(row).collect();
        assert_eq!(told, expected, "the table is:\n{}", expected.join("\n"));
    }
}
