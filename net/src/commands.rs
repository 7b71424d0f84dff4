//! The table behind `COMMAND`: what client tools show and complete.

use crate::encode::{Encoder, field};

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
    row("extend", 5, WRITE, "booking", "EXTEND ev key hold ttl: moves the deadline of a hold to now + ttl"),
    row(
        "release",
        -4,
        WRITE,
        "booking",
        "RELEASE ev key hold [SEATS s [s ...]]: frees a hold, or these seats of it",
    ),
    row("confirm", -5, WRITE, "booking", "CONFIRM ev key order hold [hold ...]: sells holds as one order"),
    row("event", -2, WRITE, "operator", "EVENT CREATE|PAUSE|RESUME|CLOSE|LIST|INFO ...: events as a whole"),
    row("map", -2, READ, "reader", "MAP ev [section]: the status of every seat and area"),
    row("count", -2, READ, "reader", "COUNT ev [BY category|section]: seats and places by status"),
    row("seat", 3, READ, "reader", "SEAT ev seat: one seat"),
    row("get", 4, READ, "reader", "GET HOLD|ORDER ev id: one hold or order"),
    row("ask", 3, READ, "reader", "ASK ev key: the recorded answer of a key"),
    row("ping", -1, FAST, "connection", "PING [message]"),
    row("echo", 2, FAST, "connection", "ECHO message"),
    row("hello", -1, FAST, "connection", "HELLO [2|3] [SETNAME name]: chooses the version of the protocol"),
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
}
