//! The tables of commands: the role that each of them needs, and what client tools show and complete (`COMMAND`).

use holdfast_engine::Request;

use crate::access::Role;
use crate::encode::{Encoder, field};
use crate::request::{Command, Feed, Local};

/// What it takes to carry out a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rule {
    /// The command as it is written.
    pub(crate) name: &'static str,
    /// The least role that may; `None`: before a login as well.
    pub(crate) needs: Option<Role>,
}

macro_rules! rules {
    ($($command:pat => $name:literal, $needs:expr;)*) => {
        /// The rule of a command. Without a wildcard, so that a command without a rule does not compile.
        #[inline]
        pub(crate) const fn rule(command: &Command<'_>) -> Rule {
            match command {
                $($command => Rule { name: $name, needs: $needs },)*
            }
        }

        /// Every rule, in the order of the table.
        #[cfg(test)]
        const RULES: &[Rule] = &[$(Rule { name: $name, needs: $needs },)*];
    };
}

const ANYBODY: Option<Role> = None;
const READER: Option<Role> = Some(Role::Reader);
const BOOKING: Option<Role> = Some(Role::Booking);
const OPERATOR: Option<Role> = Some(Role::Operator);

rules! {
    Command::Event(Request::Hold { .. }) => "HOLD", BOOKING;
    Command::Event(Request::Extend { .. }) => "EXTEND", BOOKING;
    Command::Event(Request::Release { .. }) => "RELEASE", BOOKING;
    Command::Event(Request::Confirm { .. }) => "CONFIRM", BOOKING;
    Command::Event(Request::Change { .. }) => "CHANGE", BOOKING;
    Command::Event(Request::Cancel { .. }) => "CANCEL", BOOKING;
    Command::Event(Request::PaymentTry { .. }) => "PAYMENT TRY", BOOKING;
    Command::Event(Request::PaymentReport { .. }) => "PAYMENT RETRY|SUCCEED|FAIL|REFUNDED", BOOKING;
    Command::Event(Request::EventCreate { .. }) => "EVENT CREATE", OPERATOR;
    Command::Event(Request::EventStatus { .. }) => "EVENT PAUSE|RESUME|CLOSE", OPERATOR;
    Command::Event(Request::EventLimits { .. }) => "EVENT LIMITS", OPERATOR;
    Command::Event(Request::Block { .. }) => "BLOCK", OPERATOR;
    Command::Event(Request::Unblock { .. }) => "UNBLOCK", OPERATOR;
    Command::Event(Request::ForceRelease { .. }) => "FORCE RELEASE", OPERATOR;
    Command::Event(Request::ForceCancel { .. }) => "FORCE CANCEL", OPERATOR;
    Command::Event(Request::EventList { .. }) => "EVENT LIST", READER;
    Command::Event(Request::EventInfo { .. }) => "EVENT INFO", READER;
    Command::Event(Request::Map { .. }) => "MAP", READER;
    Command::Event(Request::Count { .. }) => "COUNT", READER;
    Command::Event(Request::Seat { .. }) => "SEAT", READER;
    Command::Event(Request::GetHold { .. }) => "GET HOLD", READER;
    Command::Event(Request::GetOrder { .. }) => "GET ORDER", READER;
    Command::Event(Request::GetPayment { .. }) => "GET PAYMENT", READER;
    Command::Event(Request::PaymentList { .. }) => "PAYMENT LIST", READER;
    Command::Event(Request::Ask { .. }) => "ASK", READER;
    Command::Feed(Feed::Read { .. }) => "FEED", READER;
    Command::Feed(Feed::Subscribe(_)) => "SUBSCRIBE", READER;
    Command::Feed(Feed::Unsubscribe(_) | Feed::PUnsubscribe(_)) => "UNSUBSCRIBE, PUNSUBSCRIBE", ANYBODY;
    // Figures tell how a business is doing, and where its data is.
    Command::Local(Local::Info(_)) => "INFO", READER;
    Command::Local(Local::ConfigGet(_)) => "CONFIG GET", READER;
    // What client libraries send before they log in, or while they do.
    Command::Local(Local::Auth(_)) => "AUTH", ANYBODY;
    Command::Local(Local::Hello { .. }) => "HELLO", ANYBODY;
    Command::Local(Local::Ping(_)) => "PING", ANYBODY;
    Command::Local(Local::Echo(_)) => "ECHO", ANYBODY;
    Command::Local(Local::Quit) => "QUIT", ANYBODY;
    Command::Local(Local::Reset) => "RESET", ANYBODY;
    Command::Local(Local::SetName(_)) => "CLIENT SETNAME", ANYBODY;
    Command::Local(Local::Client(_)) => "CLIENT ID|GETNAME|INFO", ANYBODY;
    Command::Local(Local::Accepted) => "SELECT, CLIENT SETINFO|NO-EVICT|NO-TOUCH", ANYBODY;
    Command::Local(Local::CommandInfo(_)) => "COMMAND, COMMAND INFO", ANYBODY;
    Command::Local(Local::CommandDocs(_)) => "COMMAND DOCS", ANYBODY;
    Command::Local(Local::CommandCount) => "COMMAND COUNT", ANYBODY;
    Command::Local(Local::CommandList) => "COMMAND LIST", ANYBODY;
}

/// A command as client tools see it.
struct Described {
    name: &'static str,
    /// Words of the command, its name included; negative: at least so many.
    arity: i64,
    flags: &'static [&'static str],
    group: &'static str,
    summary: &'static str,
}

const WRITE: &[&str] = &["write"];
const READ: &[&str] = &["readonly"];
const FAST: &[&str] = &["fast"];

const fn row(
    name: &'static str,
    arity: i64,
    flags: &'static [&'static str],
    group: &'static str,
    summary: &'static str,
) -> Described {
    Described { name, arity, flags, group, summary }
}

static TABLE: &[Described] = &[
    row(
        "hold",
        -7,
        WRITE,
        "booking",
        "HOLD ev key holder ttl <SEATS s [s ...] | BEST n [IN section-or-category] [SCATTERED] [ACCESSIBLE] | AREA area n> ...: holds all of it or nothing",
    ),
    row(
        "change",
        -6,
        WRITE,
        "booking",
        "CHANGE ev key hold [DROP s [s ...]] [ADD s [s ...]]: other seats for a hold, in one step",
    ),
    row("extend", 5, WRITE, "booking", "EXTEND ev key hold ttl: moves the deadline of a hold to now + ttl"),
    row(
        "release",
        -4,
        WRITE,
        "booking",
        "RELEASE ev key hold [SEATS s [s ...]]: frees a hold, or these seats of it",
    ),
    row("confirm", -5, WRITE, "booking", "CONFIRM ev key order hold [hold ...]: sells holds as one order"),
    row(
        "cancel",
        -5,
        WRITE,
        "booking",
        "CANCEL ev key order reason [SEATS s [s ...]]: takes a sold order back, or these seats of it",
    ),
    row(
        "event",
        -2,
        WRITE,
        "operator",
        "EVENT CREATE|PAUSE|RESUME|CLOSE|LIMITS|LIST|INFO ...: events as a whole",
    ),
    row(
        "block",
        -7,
        WRITE,
        "operator",
        "BLOCK ev key operator reason SEATS s [s ...]: keeps free seats from being sold",
    ),
    row(
        "unblock",
        -7,
        WRITE,
        "operator",
        "UNBLOCK ev key operator reason SEATS s [s ...]: lets blocked seats be sold again",
    ),
    row(
        "force",
        7,
        WRITE,
        "operator",
        "FORCE RELEASE|CANCEL ev key operator reason hold|order: gives a hold or an order back by hand",
    ),
    row(
        "payment",
        -3,
        WRITE,
        "booking",
        "PAYMENT TRY|RETRY|SUCCEED|FAIL|REFUNDED|LIST ...: sells holds once the money has come",
    ),
    row("map", -2, READ, "reader", "MAP ev [section]: the status of every seat and area"),
    row("count", -2, READ, "reader", "COUNT ev [BY category|section]: seats and places by status"),
    row("seat", 3, READ, "reader", "SEAT ev seat: one seat"),
    row("get", 4, READ, "reader", "GET HOLD|ORDER|PAYMENT ev id: one hold, order or payment"),
    row("ask", 3, READ, "reader", "ASK ev key: the recorded answer of a key"),
    row(
        "feed",
        -3,
        READ,
        "reader",
        "FEED ev from-version [COUNT n] [BLOCK ms]: changes from a version on, oldest first",
    ),
    row("subscribe", -2, READ, "reader", "SUBSCRIBE feed:ev [feed:ev ...]: each change as a message"),
    row("unsubscribe", -1, READ, "connection", "UNSUBSCRIBE [feed:ev ...]: ends these subscriptions, or all"),
    row(
        "punsubscribe",
        -1,
        READ,
        "connection",
        "PUNSUBSCRIBE [pattern ...]: there are no patterns; for client libraries",
    ),
    row("ping", -1, FAST, "connection", "PING [message]"),
    row("echo", 2, FAST, "connection", "ECHO message"),
    row("auth", -2, FAST, "connection", "AUTH [user] token: logs in"),
    row(
        "hello",
        -1,
        FAST,
        "connection",
        "HELLO [2|3] [AUTH user token] [SETNAME name]: chooses the version of the protocol",
    ),
    row("quit", 1, FAST, "connection", "QUIT: closes the connection"),
    row("reset", 1, FAST, "connection", "RESET: back to how the connection was at first"),
    row("select", 2, FAST, "connection", "SELECT 0: there is only one database"),
    row("client", -2, FAST, "connection", "CLIENT SETNAME|GETNAME|SETINFO|ID|INFO ..."),
    row("command", -1, FAST, "server", "COMMAND [COUNT | DOCS [name ...] | INFO [name ...] | LIST]"),
    row("info", -1, FAST, "server", "INFO [section ...]: figures of the server"),
    row("config", -3, FAST, "server", "CONFIG GET parameter ...: for tools that ask"),
];

/// Rows by the names asked for; all, if none are.
fn rows<'a>(names: impl Iterator<Item = &'a [u8]>) -> Vec<Option<&'static Described>> {
    let find = |name: &[u8]| TABLE.iter().find(|row| row.name.as_bytes().eq_ignore_ascii_case(name));
    let named: Vec<_> = names.map(find).collect();
    if named.is_empty() { TABLE.iter().map(Some).collect() } else { named }
}

pub(crate) const fn count() -> u64 {
    TABLE.len() as u64
}

pub(crate) fn write_list(encoder: &mut Encoder<'_>) {
    encoder.array(TABLE.len());
    for row in TABLE {
        encoder.bulk(row.name.as_bytes());
    }
}

/// `COMMAND INFO`: ten values a command as in Redis 7, null for an unknown one. No argument is a key of a Redis.
pub(crate) fn write_info<'a>(encoder: &mut Encoder<'_>, names: impl Iterator<Item = &'a [u8]>) {
    let rows = rows(names);
    encoder.array(rows.len());
    for row in rows {
        let Some(row) = row else {
            encoder.null();
            continue;
        };
        encoder.array(10);
        encoder.bulk(row.name.as_bytes());
        encoder.signed(row.arity);
        encoder.array(row.flags.len());
        for flag in row.flags {
            encoder.simple(flag);
        }
        for _first_last_step in 0..3 {
            encoder.integer(0);
        }
        for _acl_tips_keys_subcommands in 0..4 {
            encoder.array(0);
        }
    }
}

/// `COMMAND DOCS`: unknown names are left out.
pub(crate) fn write_docs<'a>(encoder: &mut Encoder<'_>, names: impl Iterator<Item = &'a [u8]>) {
    let rows: Vec<_> = rows(names).into_iter().flatten().collect();
    encoder.map(rows.len());
    for row in rows {
        encoder.bulk(row.name.as_bytes());
        encoder.map(3);
        encoder.field(field!("summary"));
        encoder.bulk(row.summary.as_bytes());
        encoder.field(field!("since"));
        encoder.bulk(env!("CARGO_PKG_VERSION").as_bytes());
        encoder.field(field!("group"));
        encoder.bulk(row.group.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::Protocol;

    fn written(write: impl Fn(&mut Encoder<'_>)) -> String {
        let mut out = Vec::new();
        write(&mut Encoder::new(&mut out, Protocol::Resp3));
        String::from_utf8(out).unwrap().replace("\r\n", "|")
    }

    #[test]
    fn names_are_found_in_any_case_or_told_apart() {
        let names = [b"HOLD".as_slice(), b"nope"];
        let info = written(|encoder| write_info(encoder, names.into_iter()));
        assert_eq!(info, "*2|*10|$4|hold|:-7|*1|+write|:0|:0|:0|*0|*0|*0|*0|_|");
        let docs = written(|encoder| write_docs(encoder, names.into_iter()));
        assert!(docs.starts_with("%1|$4|hold|%3|$7|summary|"), "{docs}");
        assert!(
            written(|encoder| write_info(encoder, std::iter::empty())).starts_with(&format!("*{}|", count()))
        );
    }

    /// First words of a rule's name, in small letters: `event`; `select`, `client`.
    fn commands_of(rule: &Rule) -> Vec<String> {
        let words = rule.name.split(", ").filter_map(|name| name.split(' ').next());
        words.map(str::to_lowercase).collect()
    }

    #[test]
    fn the_tables_tell_the_same() {
        for rule in RULES {
            for name in commands_of(rule) {
                assert!(TABLE.iter().any(|row| row.name == name), "COMMAND does not list {name}");
            }
        }
        for row in TABLE {
            let mine: Vec<_> =
                RULES.iter().filter(|rule| commands_of(rule).contains(&row.name.to_owned())).collect();
            assert!(!mine.is_empty(), "{} has no rule", row.name);
            // A command with subcommands of several roles stands in the group of the greatest.
            let greatest = mine.iter().filter_map(|rule| rule.needs).max();
            match row.group {
                "connection" => assert_eq!(greatest, None, "{}", row.name),
                "server" => assert!(greatest <= Some(Role::Reader), "{}", row.name),
                group => assert_eq!(greatest.map(Role::word), Some(group), "{}", row.name),
            }
        }
    }

    /// docs/access.md shows the rules in the order of the table: `| `NAME` | role |`.
    #[test]
    fn the_documentation_shows_every_rule() {
        let page = include_str!("../../docs/access.md");
        let told: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        let word = |rule: &Rule| rule.needs.map_or("anybody", Role::word);
        let escaped = |rule: &Rule| rule.name.replace(", ", "`, `").replace('|', "\\|");
        let expected: Vec<_> =
            RULES.iter().map(|rule| format!("| `{}` | {} |", escaped(rule), word(rule))).collect();
        assert_eq!(told, expected, "the table is:\n{}", expected.join("\n"));
    }
}
