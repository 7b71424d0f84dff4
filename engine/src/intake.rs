//! From a request in the client's words to a command in the event's: labels become ordinals, keys become hashes.
//!
//! Runs on the connection's thread, so that the actor never touches a string of the client but the holder's name.

use crate::catalogue::Code;
use crate::codec::Secret;
use crate::codec::{canonical, canonical_creation};
use crate::reply::Fault;
use crate::request::{BestWords, By, PaymentReport, Request, SeatWords};
use crate::state::{
    Audit, Best, Command, Key, Layout, LimitsChange, Name, NameRef, Ordinal, PaymentAction, Places, Read,
    Scope, Seats, Write,
};

/// Translates a request for an event with this map. Everything but `EVENT CREATE` and `EVENT LIST`, which are not
/// for an event that is there. `scratch` is room to work in.
///
/// # Errors
/// A fault for a seat, area or section that the map does not have.
pub(crate) fn command(
    request: &Request<'_>,
    layout: &Layout,
    secret: &Secret,
    scratch: &mut Vec<u8>,
) -> Result<Command, Fault> {
    let (key, write) = match request {
        Request::EventCreate { key, json, .. } => return Ok(creation(*key, json, secret)),
        Request::EventList { .. } => return Err(Fault::new(Code::DEFECT, "EVENT LIST is about no event")),
        Request::EventStatus { key, action, operator, reason, .. } => {
            let (operator, reason) = (operator.to_name(), Box::from(*reason));
            (key, Write::SetStatus { action: *action, operator, reason })
        }
        Request::Hold { key, holder, ttl, seats, best, places, .. } => {
            let seats = ordinals(seats, layout)?;
            let places = areas(places, layout)?;
            let best = parts(best, layout)?;
            (key, Write::Hold { holder: holder.to_name(), ttl: *ttl, seats, best, places })
        }
        Request::Extend { key, hold, ttl, .. } => (key, Write::Extend { hold: *hold, ttl: *ttl }),
        Request::Release { key, hold, seats, .. } => {
            (key, Write::Release { hold: *hold, seats: some_ordinals(seats.as_ref(), layout)? })
        }
        Request::Confirm { key, order, holds, .. } => {
            (key, Write::Confirm { order: order.to_name(), holds: holds.iter().copied().collect() })
        }
        Request::Change { key, hold, drop, add, .. } => {
            let (drop, add) = (ordinals(drop, layout)?, ordinals(add, layout)?);
            (key, Write::Change { hold: *hold, drop, add })
        }
        Request::Cancel { key, order, reason, seats, .. } => {
            let seats = some_ordinals(seats.as_ref(), layout)?;
            (key, Write::Cancel { order: order.to_name(), seats, reason: Box::from(*reason) })
        }
        Request::EventLimits { key, by, json, .. } => {
            (key, Write::SetLimits { limits: Box::new(limits(json)?), audit: audit(*by) })
        }
        Request::Block { key, by, seats, .. } => {
            (key, Write::Block { seats: ordinals(seats, layout)?, audit: audit(*by) })
        }
        Request::Unblock { key, by, seats, .. } => {
            (key, Write::Unblock { seats: ordinals(seats, layout)?, audit: audit(*by) })
        }
        Request::ForceRelease { key, by, hold, .. } => {
            (key, Write::ForceRelease { hold: *hold, audit: audit(*by) })
        }
        Request::ForceCancel { key, by, order, .. } => {
            (key, Write::ForceCancel { order: order.to_name(), audit: audit(*by) })
        }
        Request::PaymentTry { key, payment, deadline, holds, .. } => {
            let holds = holds.iter().copied().collect();
            let action = PaymentAction::Try { deadline: *deadline, holds };
            (key, Write::Payment { payment: payment.to_name(), action })
        }
        Request::PaymentReport { key, payment, report, .. } => {
            (key, Write::Payment { payment: payment.to_name(), action: reported(report) })
        }
        Request::PaymentList { status, cursor, count, .. } => {
            let (status, cursor, count) = (*status, *cursor, *count);
            return Ok(Command::Read(Read::Payments { status, cursor, count }));
        }
        Request::GetPayment { payment, .. } => return Ok(Command::Read(Read::Payment(payment.to_name()))),
        Request::EventInfo { .. } => return Ok(Command::Read(Read::Info)),
        Request::Map { section, .. } => return Ok(Command::Read(Read::Map(section.map(NameRef::to_name)))),
        Request::Count { by, .. } => return Ok(Command::Read(Read::Count(*by))),
        Request::Seat { seat, .. } => return Ok(Command::Read(Read::Seat(ordinal(seat, layout)?))),
        Request::GetHold { hold, .. } => return Ok(Command::Read(Read::Hold(*hold))),
        Request::GetOrder { order, .. } => return Ok(Command::Read(Read::Order(order.to_name()))),
        Request::Ask { key, .. } => return Ok(Command::Read(Read::Ask(secret.key_hash(key.bytes())))),
    };
    canonical(&write, scratch);
    Ok(Command::Write(remembered(*key, scratch, secret), write))
}

fn remembered(key: NameRef<'_>, canonical: &[u8], secret: &Secret) -> Key {
    Key { hash: secret.key_hash(key.bytes()), fingerprint: secret.fingerprint(canonical) }
}

fn reported(report: &PaymentReport<'_>) -> PaymentAction {
    match *report {
        PaymentReport::Retry { deadline } => PaymentAction::Retry { deadline },
        PaymentReport::Succeed => PaymentAction::Succeed,
        PaymentReport::Fail { reason } => PaymentAction::Fail { reason: reason.into() },
        PaymentReport::Refunded { reference } => PaymentAction::Refunded { reference: reference.into() },
    }
}

/// The command that creates an event.
pub(crate) fn creation(key: NameRef<'_>, json: &[u8], secret: &Secret) -> Command {
    let mut canonical = Vec::new();
    canonical_creation(json, &mut canonical);
    Command::Write(remembered(key, &canonical, secret), Write::Create)
}

fn audit(by: By<'_>) -> Audit {
    Audit { operator: by.operator.to_name(), reason: Box::from(by.reason) }
}

fn limits(json: &[u8]) -> Result<LimitsChange, Fault> {
    serde_json::from_slice(json).map_err(|error| Fault::new(Code::BAD_LIMITS, format!("the limits: {error}")))
}

/// The event that a request is about; `None` for `EVENT LIST`.
pub(crate) const fn event_of<'a>(request: &Request<'a>) -> Option<NameRef<'a>> {
    match request {
        Request::EventList { .. } => None,
        Request::EventCreate { event, .. }
        | Request::EventStatus { event, .. }
        | Request::EventInfo { event }
        | Request::Hold { event, .. }
        | Request::Extend { event, .. }
        | Request::Release { event, .. }
        | Request::Confirm { event, .. }
        | Request::Change { event, .. }
        | Request::Cancel { event, .. }
        | Request::EventLimits { event, .. }
        | Request::Block { event, .. }
        | Request::Unblock { event, .. }
        | Request::ForceRelease { event, .. }
        | Request::ForceCancel { event, .. }
        | Request::PaymentTry { event, .. }
        | Request::PaymentReport { event, .. }
        | Request::PaymentList { event, .. }
        | Request::GetPayment { event, .. }
        | Request::Map { event, .. }
        | Request::Count { event, .. }
        | Request::Seat { event, .. }
        | Request::GetHold { event, .. }
        | Request::GetOrder { event, .. }
        | Request::Ask { event, .. } => Some(*event),
    }
}

fn ordinal(word: &[u8], layout: &Layout) -> Result<Ordinal, Fault> {
    layout.seat(word).ok_or_else(|| {
        let word = String::from_utf8_lossy(&word[..word.len().min(128)]);
        Fault::new(Code::NO_SEAT, format!("there is no seat {word}"))
    })
}

fn ordinals(words: &[&[u8]], layout: &Layout) -> Result<Seats, Fault> {
    let mut seats = Seats::default();
    for word in words {
        seats.push(ordinal(word, layout)?);
    }
    Ok(seats)
}

fn some_ordinals(words: Option<&SeatWords<'_>>, layout: &Layout) -> Result<Option<Seats>, Fault> {
    words.map(|words| ordinals(words, layout)).transpose()
}

fn parts(words: &[BestWords<'_>], layout: &Layout) -> Result<Box<[Best]>, Fault> {
    let part = |words: &BestWords<'_>| {
        let BestWords { count, within, scattered, accessible } = *words;
        let scope = within.map_or(Ok(Scope::Everywhere), |name| scope(name, layout))?;
        Ok(Best { count, scope, scattered, accessible })
    };
    words.iter().map(part).collect()
}

fn scope(name: NameRef<'_>, layout: &Layout) -> Result<Scope, Fault> {
    let index = |at: usize| u16::try_from(at).ok();
    let section = layout.sections().iter().position(|section| section.name.bytes() == name.bytes());
    if let Some(section) = section.and_then(index) {
        return Ok(Scope::Section(section));
    }
    let category = layout.categories().iter().position(|category| category.bytes() == name.bytes());
    category.and_then(index).map(Scope::Category).ok_or_else(|| {
        let message = format!("there is no section or category {}", Name::as_str(&name.to_name()));
        Fault::new(Code::NO_AREA, message)
    })
}

fn areas(named: &[(NameRef<'_>, u32)], layout: &Layout) -> Result<Places, Fault> {
    let mut places = Places::default();
    for &(name, count) in named {
        let area = layout.area(name.bytes());
        let area = area.ok_or_else(|| {
            Fault::new(Code::NO_AREA, format!("there is no area {}", Name::as_str(&name.to_name())))
        })?;
        places.push((area, count));
    }
    Ok(places)
}
