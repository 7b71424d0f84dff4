//! Commands of operators about seats, holds and orders: `BLOCK`, `UNBLOCK`, `FORCE ...`.

mod audit;
mod job;
mod notify;

use holdfast_engine::{Ask, Audit, Fault, KeyRef, Labels, Selection, Spot, Spots, Write};

use super::words::these::{Keyword, these};
use super::words::{Words, quoted};
use super::{Verb, about_event};
use crate::access::Right::Operate;

pub(super) use audit::VERBS as AUDIT;
pub(super) use job::VERBS as JOBS;
pub(super) use notify::VERBS as NOTIFICATIONS;

pub(super) static VERBS: &[Verb] = &[
    about_event(
        ("BLOCK", ""),
        -7,
        Operate,
        "BLOCK ev key operator reason <SEATS s [s ...] | SECTION s [ROW r [FROM a TO b]] | AREA area n> ... [WHERE FREE]",
        "keeps free seats and places from being sold",
        block,
    ),
    about_event(
        ("UNBLOCK", ""),
        -7,
        Operate,
        "UNBLOCK ev key operator reason <SEATS s [s ...] | SECTION s [ROW r [FROM a TO b]] | AREA area n> ... [WHERE BLOCKED]",
        "lets blocked seats and places be sold again",
        unblock,
    ),
    about_event(
        ("FORCE", "RELEASE"),
        7,
        Operate,
        "FORCE RELEASE ev key operator reason hold",
        "gives a hold back by hand",
        release,
    ),
    about_event(
        ("FORCE", "CANCEL"),
        -7,
        Operate,
        "FORCE CANCEL ev key operator reason order [REFUND minor]",
        "takes an order back by hand",
        cancel,
    ),
];

fn block<'a>(words: Words<'a>, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let (key, audit, spots) = spots(words, labels, "FREE")?;
    Ok(Ask::Write { key, write: Write::Block { spots, audit } })
}

fn unblock<'a>(words: Words<'a>, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let (key, audit, spots) = spots(words, labels, "BLOCKED")?;
    Ok(Ask::Write { key, write: Write::Unblock { spots, audit } })
}

/// Seats, sections, rows and areas in any mix; behind them `WHERE` and the word for what they have to be.
fn spots<'a>(
    mut words: Words<'a>,
    labels: Labels<'_>,
    have_to_be: &str,
) -> Result<(KeyRef<'a>, Audit, Spots), Fault> {
    let (key, audit) = (words.key()?, words.audit()?);
    let (mut named, mut lenient) = (Vec::new(), false);
    let mut next = Some(words.word("SEATS, SECTION or AREA")?);
    while let Some(word) = next {
        next = match Keyword::of(word) {
            Some(Keyword::Seats | Keyword::Area) => {
                let mut part = Selection::default();
                let next = these(&mut words, labels, next, false, &mut part)?;
                named.extend(part.seats.iter().map(|&seat| Spot::Seat(seat)));
                named.extend(part.places.iter().map(|&(area, count)| Spot::Area(area, count)));
                next
            }
            Some(Keyword::Section) => {
                named.push(section(&mut words, labels)?);
                words.next()
            }
            Some(Keyword::Where) if !named.is_empty() => {
                let word = words.word(have_to_be)?;
                if !word.eq_ignore_ascii_case(have_to_be.as_bytes()) {
                    return Err(words.fault(&format!("{} is not {have_to_be}", quoted(word))));
                }
                lenient = true;
                words.clone().end()?;
                None
            }
            _ => return Err(words.fault(&format!("{} is neither SEATS, SECTION nor AREA", quoted(word)))),
        };
    }
    Ok((key, audit, Spots { named: named.into(), lenient }))
}

/// Takes what stands behind `SECTION`: `s [ROW r [FROM a TO b]]`.
fn section(words: &mut Words<'_>, labels: Labels<'_>) -> Result<Spot, Fault> {
    let section = labels.section(words.word("section")?)?;
    if !words.takes("ROW") {
        return Ok(Spot::Section(section));
    }
    let row = labels.row(section, words.word("row")?)?;
    if !words.takes("FROM") {
        return Ok(Spot::Row(section, row, None));
    }
    let first = labels.seat_of_row(section, &row, words.word("the seat behind FROM")?)?;
    if !words.takes("TO") {
        return Err(words.missing("TO"));
    }
    let last = labels.seat_of_row(section, &row, words.word("the seat behind TO")?)?;
    Ok(Spot::Row(section, row, Some((first, last))))
}

fn release<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let audit = words.audit()?;
    let hold = words.hold()?;
    words.end()?;
    Ok(Ask::Write { key, write: Write::ForceRelease { hold, audit } })
}

fn cancel<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let audit = words.audit()?;
    let order = words.kept_name("order")?;
    let refund = match words.next() {
        None => None,
        Some(word) if word.eq_ignore_ascii_case(b"REFUND") => Some(words.refund()?),
        Some(word) => return Err(words.fault(&format!("{} is not REFUND", quoted(word)))),
    };
    words.end()?;
    Ok(Ask::Write { key, write: Write::ForceCancel { order, refund, audit } })
}
