//! What only reads: `MAP`, `COUNT`, `SEAT`, `GET`, `ASK`.

use holdfast_engine::{CountBy, Fault, HoldId, Request};

use super::words::{Folded, Words, quoted};

pub(super) const MAP: &str = "MAP ev [section]";
pub(super) const COUNT: &str = "COUNT ev [BY category|section]";
pub(super) const SEAT: &str = "SEAT ev seat";
pub(super) const GET: &str = "GET HOLD|ORDER|PAYMENT ev id";
pub(super) const ASK: &str = "ASK ev key";

pub(super) fn map(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let section = if words.clone().next().is_some() { Some(words.name("section")?) } else { None };
    words.end()?;
    Ok(Request::Map { event, section })
}

pub(super) fn count(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
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
    Ok(Request::Count { event, by })
}

pub(super) fn seat(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let seat = words.seat()?;
    words.end()?;
    Ok(Request::Seat { event, seat })
}

pub(super) fn get(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let what = words.word("HOLD, ORDER or PAYMENT")?;
    let request = match Folded::new(what).bytes() {
        b"HOLD" => {
            let event = words.name("event")?;
            Request::GetHold { event, hold: words.number("hold", 0, HoldId::MAX)? }
        }
        b"ORDER" => {
            let event = words.name("event")?;
            Request::GetOrder { event, order: words.name("order")? }
        }
        b"PAYMENT" => {
            let event = words.name("event")?;
            Request::GetPayment { event, payment: words.name("payment")? }
        }
        _ => return Err(words.fault(&format!("{} is none of HOLD, ORDER and PAYMENT", quoted(what)))),
    };
    words.end()?;
    Ok(request)
}

pub(super) fn ask(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    words.end()?;
    Ok(Request::Ask { event, key })
}
