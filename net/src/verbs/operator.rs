//! Commands of operators about seats, holds and orders: `BLOCK`, `UNBLOCK`, `FORCE ...`.

use holdfast_engine::{Ask, Audit, Fault, Labels, NameRef, Seats, Write};

use super::sale::only_seats;
use super::words::{Words, quoted};
use super::{Verb, about_event};
use crate::access::Right::Operate;

pub(super) static VERBS: &[Verb] = &[
    about_event(
        ("BLOCK", ""),
        -7,
        Operate,
        "BLOCK ev key operator reason SEATS s [s ...]",
        "keeps free seats from being sold",
        block,
    ),
    about_event(
        ("UNBLOCK", ""),
        -7,
        Operate,
        "UNBLOCK ev key operator reason SEATS s [s ...]",
        "lets blocked seats be sold again",
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
    let (key, audit, seats) = blocking(words, labels)?;
    Ok(Ask::Write { key, write: Write::Block { seats, audit } })
}

fn unblock<'a>(words: Words<'a>, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let (key, audit, seats) = blocking(words, labels)?;
    Ok(Ask::Write { key, write: Write::Unblock { seats, audit } })
}

fn blocking<'a>(mut words: Words<'a>, labels: Labels<'_>) -> Result<(NameRef<'a>, Audit, Seats), Fault> {
    let key = words.key()?;
    let audit = words.audit()?;
    let seats = only_seats(&mut words, labels)?.ok_or_else(|| words.missing("SEATS"))?;
    Ok((key, audit, seats))
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
