//! Commands that only look: `MAP`, `COUNT`, `SEAT`, `GET`, `LIST`, `ASK`.

use holdfast_engine::{Ask, Class, CountBy, Fault, Labels, Listed, Read};

use super::words::{Folded, Words, quoted};
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
        "LIST HOLDS ev [HOLDER h] [SINCE version] [cursor] [COUNT n]",
        "live holds in the order in which they began: all, those of a holder, those since a version",
        list_holds,
    )
    .is(Class::Look)
    .weighs(WEIGHT_MAP),
    about_event(
        ("LIST", "ORDERS"),
        -3,
        Reads,
        "LIST ORDERS ev [HOLDER h] [SINCE version] [cursor] [COUNT n]",
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
    Ok(Ask::Read(Read::Holds(listed(words)?)))
}

fn list_orders<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    Ok(Ask::Read(Read::Orders(listed(words)?)))
}

fn listed(mut words: Words<'_>) -> Result<Listed, Fault> {
    let (mut holder, mut since) = (None, None);
    let mut ahead = words.clone();
    while let Some(word) = ahead.next() {
        let is_first = match Folded::new(word).bytes() {
            b"HOLDER" => holder.replace(ahead.kept_name("holder")?).is_none(),
            b"SINCE" => since.replace(ahead.number("SINCE", 0, u64::MAX)?).is_none(),
            _ => break,
        };
        words.once(word, is_first)?;
        words = ahead.clone();
    }
    let (cursor, count) = words.page()?;
    let from = since.map_or(0, |since: u64| since.saturating_add(1)).max(cursor);
    Ok(Listed { holder, from, count })
}

fn ask<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    words.end()?;
    Ok(Ask::Answer(key))
}
