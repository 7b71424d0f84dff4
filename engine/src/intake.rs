//! From a request in the client's words to a command in the event's: labels become ordinals, keys become hashes.
//!
//! Runs on the connection's thread, so that the actor never touches a string of the client but the holder's name.

use crate::catalogue::Code;
use crate::reply::Fault;
use crate::request::{BestWords, By, PaymentReport, Request};
use crate::secret::Secret;
use crate::state::{
    Audit, Best, Command, Key, Layout, LimitsChange, Name, NameRef, Ordinal, PaymentAction, Places, Read,
    Scope, Seats, StatusAction, Write,
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
    let mut print = Print::new(scratch);
    let (key, write) = match request {
        Request::EventCreate { key, json, .. } => return Ok(creation(*key, json, secret)),
        Request::EventList { .. } => return Err(Fault::new(Code::DEFECT, "EVENT LIST is about no event")),
        Request::EventStatus { key, action, operator, reason, .. } => {
            print.tag(TAG_STATUS).tag(*action as u8).name(*operator).bytes(reason.as_bytes());
            let (operator, reason) = (operator.to_name(), Box::from(*reason));
            (key, Write::SetStatus { action: *action, operator, reason })
        }
        Request::Hold { key, holder, ttl, seats, best, places, .. } => {
            let seats = ordinals(seats, layout)?;
            let places = areas(places, layout)?;
            let best = parts(best, layout)?;
            print.tag(if best.is_empty() { TAG_HOLD } else { TAG_HOLD_BEST });
            print.name(*holder).number(*ttl).seats(&seats);
            if !best.is_empty() {
                print.best(&best);
            }
            for &(area, count) in &places {
                print.number(u64::from(area)).number(u64::from(count));
            }
            (key, Write::Hold { holder: holder.to_name(), ttl: *ttl, seats, best, places })
        }
        Request::Extend { key, hold, ttl, .. } => {
            print.tag(TAG_EXTEND).number(*hold).number(*ttl);
            (key, Write::Extend { hold: *hold, ttl: *ttl })
        }
        Request::Release { key, hold, seats, .. } => {
            print.tag(TAG_RELEASE).number(*hold);
            let seats = seats.as_ref().map(|seats| ordinals(seats, layout)).transpose()?;
            if let Some(seats) = &seats {
                print.seats(seats);
            }
            (key, Write::Release { hold: *hold, seats })
        }
        Request::Confirm { key, order, holds, .. } => {
            print.tag(TAG_CONFIRM).name(*order);
            for &hold in holds {
                print.number(hold);
            }
            (key, Write::Confirm { order: order.to_name(), holds: holds.iter().copied().collect() })
        }
        Request::Change { key, hold, drop, add, .. } => {
            let (drop, add) = (ordinals(drop, layout)?, ordinals(add, layout)?);
            print.tag(TAG_CHANGE).number(*hold).seats(&drop).seats(&add);
            (key, Write::Change { hold: *hold, drop, add })
        }
        Request::Cancel { key, order, reason, seats, .. } => {
            print.tag(TAG_CANCEL).name(*order).bytes(reason.as_bytes());
            let seats = seats.as_ref().map(|seats| ordinals(seats, layout)).transpose()?;
            if let Some(seats) = &seats {
                print.seats(seats);
            }
            (key, Write::Cancel { order: order.to_name(), seats, reason: Box::from(*reason) })
        }
        Request::EventLimits { key, by, json, .. } => {
            let limits = Box::new(limits(json)?);
            print.tag(TAG_LIMITS).by(*by).limits(&limits);
            (key, Write::SetLimits { limits, audit: audit(*by) })
        }
        Request::Block { key, by, seats, .. } => {
            let seats = ordinals(seats, layout)?;
            print.tag(TAG_BLOCK).by(*by).seats(&seats);
            (key, Write::Block { seats, audit: audit(*by) })
        }
        Request::Unblock { key, by, seats, .. } => {
            let seats = ordinals(seats, layout)?;
            print.tag(TAG_UNBLOCK).by(*by).seats(&seats);
            (key, Write::Unblock { seats, audit: audit(*by) })
        }
        Request::ForceRelease { key, by, hold, .. } => {
            print.tag(TAG_FORCE_RELEASE).by(*by).number(*hold);
            (key, Write::ForceRelease { hold: *hold, audit: audit(*by) })
        }
        Request::ForceCancel { key, by, order, .. } => {
            print.tag(TAG_FORCE_CANCEL).by(*by).name(*order);
            (key, Write::ForceCancel { order: order.to_name(), audit: audit(*by) })
        }
        Request::PaymentTry { key, payment, deadline, holds, .. } => {
            print.tag(TAG_PAYMENT_TRY).name(*payment).number(*deadline);
            for &hold in holds {
                print.number(hold);
            }
            let holds = holds.iter().copied().collect();
            let action = PaymentAction::Try { deadline: *deadline, holds };
            (key, Write::Payment { payment: payment.to_name(), action })
        }
        Request::PaymentReport { key, payment, report, .. } => (
            key,
            Write::Payment { payment: payment.to_name(), action: reported(*payment, report, &mut print) },
        ),
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
    Ok(Command::Write(print.key(*key, secret), write))
}

fn reported(payment: NameRef<'_>, report: &PaymentReport<'_>, print: &mut Print) -> PaymentAction {
    match *report {
        PaymentReport::Retry { deadline } => {
            print.tag(TAG_PAYMENT_RETRY).name(payment).number(deadline);
            PaymentAction::Retry { deadline }
        }
        PaymentReport::Succeed => {
            print.tag(TAG_PAYMENT_SUCCEED).name(payment);
            PaymentAction::Succeed
        }
        PaymentReport::Fail { reason } => {
            print.tag(TAG_PAYMENT_FAIL).name(payment).bytes(reason.as_bytes());
            PaymentAction::Fail { reason: reason.into() }
        }
        PaymentReport::Refunded { reference } => {
            print.tag(TAG_PAYMENT_REFUNDED).name(payment).bytes(reference.as_bytes());
            PaymentAction::Refunded { reference: reference.into() }
        }
    }
}

/// The command that creates an event.
pub(crate) fn creation(key: NameRef<'_>, json: &[u8], secret: &Secret) -> Command {
    let mut scratch = Vec::new();
    let mut print = Print::new(&mut scratch);
    print.tag(TAG_CREATE).bytes(json);
    Command::Write(print.key(key, secret), Write::Create)
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

// What stands first in a fingerprint. Fingerprints are in the log: these numbers stay.
const TAG_CREATE: u8 = 1;
const TAG_STATUS: u8 = 2;
const TAG_HOLD: u8 = 3;
const TAG_EXTEND: u8 = 4;
const TAG_RELEASE: u8 = 5;
const TAG_CONFIRM: u8 = 6;
const TAG_CHANGE: u8 = 7;
const TAG_CANCEL: u8 = 8;
const TAG_LIMITS: u8 = 9;
const TAG_BLOCK: u8 = 10;
const TAG_UNBLOCK: u8 = 11;
const TAG_FORCE_RELEASE: u8 = 12;
const TAG_FORCE_CANCEL: u8 = 13;
const TAG_PAYMENT_TRY: u8 = 20;
const TAG_PAYMENT_RETRY: u8 = 21;
const TAG_PAYMENT_SUCCEED: u8 = 22;
const TAG_PAYMENT_FAIL: u8 = 23;
const TAG_PAYMENT_REFUNDED: u8 = 24;
const TAG_HOLD_BEST: u8 = 64;

const _: () =
    assert!(StatusAction::Pause as u8 == 0 && StatusAction::Close as u8 == 2, "they are in fingerprints");

/// The canonical bytes of a command: the same command in other spelling has the same.
struct Print<'a>(&'a mut Vec<u8>);

impl<'a> Print<'a> {
    fn new(scratch: &'a mut Vec<u8>) -> Self {
        scratch.clear();
        Self(scratch)
    }

    fn tag(&mut self, tag: u8) -> &mut Self {
        self.0.push(tag);
        self
    }

    fn number(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    fn name(&mut self, name: NameRef<'_>) -> &mut Self {
        self.bytes(name.bytes())
    }

    fn seats(&mut self, seats: &Seats) -> &mut Self {
        self.number(seats.len() as u64);
        for seat in seats {
            self.0.extend_from_slice(&seat.to_le_bytes());
        }
        self
    }

    fn best(&mut self, parts: &[Best]) -> &mut Self {
        self.number(parts.len() as u64);
        for part in parts {
            let (kind, index) = match part.scope {
                Scope::Everywhere => (0, 0),
                Scope::Section(index) => (1, index),
                Scope::Category(index) => (2, index),
            };
            self.number(u64::from(part.count)).tag(kind).number(u64::from(index));
            self.tag(u8::from(part.scattered) | u8::from(part.accessible) << 1);
        }
        self
    }

    fn by(&mut self, by: By<'_>) -> &mut Self {
        self.name(by.operator).bytes(by.reason.as_bytes())
    }

    /// What is given, in the order of the fields; what is not given is one byte.
    fn limits(&mut self, given: &LimitsChange) -> &mut Self {
        let LimitsChange {
            default_ttl,
            max_ttl,
            max_extends,
            max_seats_per_hold,
            max_seats_per_holder,
            max_payment_retries,
            orphans,
        } = given;
        let orphans = orphans.map(|orphans| orphans as u32);
        for value in [
            default_ttl,
            max_ttl,
            max_extends,
            max_seats_per_hold,
            max_seats_per_holder,
            max_payment_retries,
            &orphans,
        ] {
            match value {
                None => self.tag(0),
                Some(value) => self.tag(1).number(u64::from(*value)),
            };
        }
        self
    }

    fn key(&self, key: NameRef<'_>, secret: &Secret) -> Key {
        Key { hash: secret.key_hash(key.bytes()), fingerprint: secret.fingerprint(self.0) }
    }
}
