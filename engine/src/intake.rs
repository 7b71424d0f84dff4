//! From a request in the client's words to a command in the event's: labels become ordinals, keys become hashes.
//!
//! Runs on the connection's thread, so that the actor never touches a string of the client but the holder's name.

use smallvec::SmallVec;

use crate::catalogue::Code;
use crate::reply::Fault;
use crate::request::{BestWords, Request, SeatWords};
use crate::secret::Secret;
use crate::state::{
    Best, Command, Key, Layout, Name, NameRef, Ordinal, Places, Read, Scope, Seats, StatusAction, Write,
};

/// Translates a request for an event with this map. Everything but `EVENT CREATE` and `EVENT LIST`, which are not
/// for an event that is there.
///
/// # Errors
/// A fault for a seat, area or section that the map does not have.
pub(crate) fn command(request: &Request<'_>, layout: &Layout, secret: &Secret) -> Result<Command, Fault> {
    let mut print = Print::new();
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

/// The command that creates an event.
pub(crate) fn creation(key: NameRef<'_>, json: &[u8], secret: &Secret) -> Command {
    let mut print = Print::new();
    print.tag(TAG_CREATE).bytes(json);
    Command::Write(print.key(key, secret), Write::Create)
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

fn ordinals(words: &SeatWords<'_>, layout: &Layout) -> Result<Seats, Fault> {
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
const TAG_HOLD_BEST: u8 = 64;

const _: () =
    assert!(StatusAction::Pause as u8 == 0 && StatusAction::Close as u8 == 2, "they are in fingerprints");

/// The canonical bytes of a command: the same command in other spelling has the same.
struct Print(SmallVec<[u8; 128]>);

impl Print {
    fn new() -> Self {
        Self(SmallVec::new())
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

    fn key(&self, key: NameRef<'_>, secret: &Secret) -> Key {
        Key { hash: secret.key_hash(key.bytes()), fingerprint: secret.fingerprint(&self.0) }
    }
}
