//! Commands that only look: `MAP`, `COUNT`, `SEAT`, `GET`, `LIST`, `ASK`.

use holdfast_engine::{Ask, At, Class, CountBy, Ending, Fault, HoldId, Labels, Listed, Name, Read};

use super::words::{Folded, Words, number, quoted};
use super::{Verb, about_event};
use crate::access::Right::{Look, Read as Reads};
use crate::limits::{WEIGHT_LIST, WEIGHT_MAP};

pub(super) static VERBS: &[Verb] = &[
    about_event(("SEAT", ""), 3, Look, "SEAT ev seat", "one seat", seat),
    about_event(
        ("COUNT", ""),
        -2,
        Look,
        "COUNT ev [BY category|section]",
        "seats and places by status",
        count,
    )
    .weighs(WEIGHT_LIST),
    about_event(("MAP", ""), -2, Look, "MAP ev [section]", "the status of every seat and area", map)
        .is(Class::Look)
        .weighs(WEIGHT_MAP),
    about_event(("GET", "HOLD"), 4, Reads, "GET HOLD ev id", "one hold", get_hold).weighs(WEIGHT_LIST),
    about_event(("GET", "ORDER"), 4, Reads, "GET ORDER ev id", "one order", get_order).weighs(WEIGHT_LIST),
    about_event(("GET", "PAYMENT"), 4, Reads, "GET PAYMENT ev id", "one payment", get_payment)
        .weighs(WEIGHT_LIST),
    about_event(
        ("LIST", "HOLDS"),
        -3,
        Reads,
        "LIST HOLDS ev [HOLDER h] [SINCE version] [BY age|expiry] [cursor] [COUNT n]",
        "live holds: all, those of a holder, those since a version; in the order in which they began, or will end",
        list_holds,
    )
    .is(Class::Look)
    .weighs(WEIGHT_MAP),
    about_event(
        ("LIST", "ORDERS"),
        -3,
        Reads,
        "LIST ORDERS ev [HOLDER h] [SINCE version] [BY age] [cursor] [COUNT n]",
        "orders in the order in which they were sold, cancelled ones as well",
        list_orders,
    )
    .is(Class::Look)
    .weighs(WEIGHT_MAP),
    about_event(("ASK", ""), 3, Reads, "ASK ev key", "the recorded answer of a key", ask).weighs(WEIGHT_LIST),
];

fn map<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let section = if words.peek().is_some() { Some(words.label("section")?) } else { None };
    words.end()?;
    Ok(Ask::Read(Read::Map(section)))
}

fn count<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let by = match words.next() {
        None => None,
        Some(word) if word.eq_ignore_ascii_case(b"BY") => {
            let by = words.word("category or section")?;
            Some(match Folded::new(by).bytes() {
                b"CATEGORY" => CountBy::Category,
                b"SECTION" => CountBy::Section,
                _ => return Err(words.fault(&format!("{} is neither category nor section", quoted(by)))),
            })
        }
        Some(word) => return Err(words.fault(&format!("{} is not BY", quoted(word)))),
    };
    words.end()?;
    Ok(Ask::Read(Read::Count(by)))
}

fn seat<'a>(mut words: Words<'a>, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let seat = words.seat(labels)?;
    words.end()?;
    Ok(Ask::Read(Read::Seat(seat)))
}

fn get_hold<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let hold = words.hold()?;
    words.end()?;
    Ok(Ask::Read(Read::Hold(hold)))
}

fn get_order<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let order = words.kept_name("order")?;
    words.end()?;
    Ok(Ask::Read(Read::Order(order)))
}

fn get_payment<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let payment = words.kept_name("payment")?;
    words.end()?;
    Ok(Ask::Read(Read::Payment(payment)))
}

fn list_holds<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let (filters, mut words) = filters(words)?;
    if !filters.by_expiry {
        return Ok(Ask::Read(Read::Holds(filters.listed(words)?)));
    }
    let from = ending(&mut words)?;
    if let Some(word) = words.peek().filter(|_| words.number_is_next()) {
        return Err(words.fault(&format!("{} is not COUNT", quoted(word))));
    }
    let (_, count) = words.page()?;
    Ok(Ask::Read(Read::Expiring(Listed { holder: filters.holder, from: filters.from, count }, from)))
}

fn list_orders<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let (filters, words) = filters(words)?;
    if filters.by_expiry {
        return Err(words.fault("orders do not end: they are listed BY age"));
    }
    Ok(Ask::Read(Read::Orders(filters.listed(words)?)))
}

/// What comes before the cursor of a list.
struct Filters {
    holder: Option<Name>,
    /// The first version that may be listed.
    from: u64,
    by_expiry: bool,
}

impl Filters {
    fn listed(self, words: Words<'_>) -> Result<Listed, Fault> {
        let (cursor, count) = words.page()?;
        Ok(Listed { holder: self.holder, from: self.from.max(cursor), count })
    }
}

fn filters(mut words: Words<'_>) -> Result<(Filters, Words<'_>), Fault> {
    let (mut holder, mut since, mut by_expiry) = (None, None, None);
    let mut ahead = words.clone();
    while let Some(word) = ahead.next() {
        let is_first = match Folded::new(word).bytes() {
            b"HOLDER" => holder.replace(ahead.kept_name("holder")?).is_none(),
            b"SINCE" => since.replace(ahead.number("SINCE", 0, u64::MAX)?).is_none(),
            b"BY" => by_expiry.replace(is_by_expiry(&mut ahead)?).is_none(),
            _ => break,
        };
        words.once(word, is_first)?;
        words = ahead.clone();
    }
    let from = since.map_or(0, |since: u64| since.saturating_add(1));
    Ok((Filters { holder, from, by_expiry: by_expiry.unwrap_or(false) }, words))
}

fn is_by_expiry(words: &mut Words<'_>) -> Result<bool, Fault> {
    let by = words.word("age or expiry")?;
    match Folded::new(by).bytes() {
        b"AGE" => Ok(false),
        b"EXPIRY" => Ok(true),
        _ => Err(words.fault(&format!("{} is neither age nor expiry", quoted(by)))),
    }
}

/// The cursor of a list by expiry, if there is one: `0`, or `deadline-hold`, as the page before it said.
fn ending(words: &mut Words<'_>) -> Result<Ending, Fault> {
    let start = (At(0), HoldId(0));
    if !words.number_is_next() {
        return Ok(start);
    }
    let word = words.word("cursor")?;
    let split = word.iter().position(|byte| *byte == b'-').and_then(|dash| word.split_at_checked(dash));
    let found = match split {
        None => number(word).filter(|first| *first == 0).map(|_| start),
        Some((at, hold)) => number(at).zip(number(&hold[1..])).map(|(at, hold)| (At(at), HoldId(hold))),
    };
    found.ok_or_else(|| words.fault(&format!("{} is no cursor of a list by expiry", quoted(word))))
}

fn ask<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    words.end()?;
    Ok(Ask::Answer(key))
}
