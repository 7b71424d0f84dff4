//! What sells: `HOLD`, `EXTEND`, `RELEASE`, `CONFIRM`.

use holdfast_engine::{BestWords, Code, Fault, HoldId, NameRef, Request, SeatWords, limits};
use smallvec::SmallVec;

use super::words::{Folded, Words, quoted, repeated, seat};

pub(super) const HOLD: &str = "HOLD ev key holder ttl <SEATS s [s ...] | BEST n [IN section-or-category] [SCATTERED] [ACCESSIBLE] | AREA area n> ...";
pub(super) const EXTEND: &str = "EXTEND ev key hold ttl";
pub(super) const RELEASE: &str = "RELEASE ev key hold [SEATS s [s ...]]";
pub(super) const CONFIRM: &str = "CONFIRM ev key order hold [hold ...]";

pub(super) fn hold(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let holder = words.name("holder")?;
    let ttl = words.number("ttl", 0, u64::MAX)?;
    let (mut seats, mut places) = (SeatWords::new(), SmallVec::<[(NameRef<'_>, u32); 1]>::new());
    let mut best = Vec::new();
    let mut next = Some(words.word("SEATS, BEST or AREA")?);
    while let Some(word) = next {
        next = match Keyword::of(word) {
            Some(Keyword::Seats) => listed_seats(&mut words, &mut seats)?,
            Some(Keyword::Area) => {
                let area = words.name("area")?;
                let count = words.number("places", 1, u64::from(limits::AREA_CAPACITY_MAX))?;
                places.push((area, u32::try_from(count).unwrap_or(u32::MAX)));
                words.next()
            }
            Some(Keyword::Best) => {
                let (part, next) = chosen_seats(&mut words)?;
                best.push(part);
                next
            }
            None => return Err(words.fault(&format!("{} is neither SEATS, BEST nor AREA", quoted(word)))),
        };
    }
    no_repeats("seat", &seats)?;
    let areas: SmallVec<[&[u8]; 4]> = places.iter().map(|(area, _)| area.bytes()).collect();
    no_repeats("area", &areas)?;
    Ok(Request::Hold { event, key, holder, ttl, seats, best: best.into(), places })
}

pub(super) fn extend(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let hold = words.number("hold", 0, HoldId::MAX)?;
    let ttl = words.number("ttl", 0, u64::MAX)?;
    words.end()?;
    Ok(Request::Extend { event, key, hold, ttl })
}

pub(super) fn release(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let hold = words.number("hold", 0, HoldId::MAX)?;
    let seats = match words.next() {
        None => None,
        Some(word) if matches!(Keyword::of(word), Some(Keyword::Seats)) => {
            let mut seats = SeatWords::new();
            if let Some(word) = listed_seats(&mut words, &mut seats)? {
                return Err(words.fault(&format!("{} is not a seat", quoted(word))));
            }
            no_repeats("seat", &seats)?;
            Some(seats)
        }
        Some(word) => return Err(words.fault(&format!("{} is not SEATS", quoted(word)))),
    };
    Ok(Request::Release { event, key, hold, seats })
}

pub(super) fn confirm(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let order = words.name("order")?;
    let mut holds = SmallVec::<[HoldId; 2]>::new();
    holds.push(words.number("hold", 0, HoldId::MAX)?);
    while words.clone().next().is_some() {
        holds.push(words.number("hold", 0, HoldId::MAX)?);
    }
    if let Some(hold) = repeated(&holds) {
        return Err(named_twice("hold", hold.to_string().as_bytes()));
    }
    Ok(Request::Confirm { event, key, order, holds })
}

/// Takes seats up to the end or to the next keyword, which it returns. Seats have a dash or a `#` in them, so none
/// looks like a keyword.
fn listed_seats<'a>(words: &mut Words<'a>, seats: &mut SeatWords<'a>) -> Result<Option<&'a [u8]>, Fault> {
    let before = seats.len();
    let mut next = words.next();
    while let Some(word) = next
        && Keyword::of(word).is_none()
    {
        seats.push(seat(word)?);
        next = words.next();
    }
    if seats.len() == before { Err(words.missing("a seat behind SEATS")) } else { Ok(next) }
}

/// Takes what stands behind a `BEST`: a number and its options, in any order, each once. Returns the word behind them.
fn chosen_seats<'a>(words: &mut Words<'a>) -> Result<(BestWords<'a>, Option<&'a [u8]>), Fault> {
    let count = words.number("BEST", 1, u64::from(limits::SEATS_PER_HOLD_MAX))?;
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let mut part = BestWords { count, within: None, scattered: false, accessible: false };
    let mut next = words.next();
    while let Some(word) = next {
        let is_first = match Folded::new(word).bytes() {
            b"IN" => part.within.replace(words.name("section or category")?).is_none(),
            b"SCATTERED" => !std::mem::replace(&mut part.scattered, true),
            b"ACCESSIBLE" => !std::mem::replace(&mut part.accessible, true),
            _ => break,
        };
        if !is_first {
            return Err(words.fault(&format!("{} stands twice in one BEST", quoted(word))));
        }
        next = words.next();
    }
    Ok((part, next))
}

fn no_repeats(what: &str, items: &[&[u8]]) -> Result<(), Fault> {
    repeated(items).map_or(Ok(()), |item| Err(named_twice(what, item)))
}

fn named_twice(what: &str, item: &[u8]) -> Fault {
    Fault::new(Code::REPEATED, format!("{what} {} is named twice", quoted(item)))
}

/// What can begin a part of a `HOLD`.
enum Keyword {
    Seats,
    Area,
    Best,
}

impl Keyword {
    #[inline]
    fn of(word: &[u8]) -> Option<Self> {
        if !matches!(word.len(), 4 | 5) {
            return None;
        }
        Some(match Folded::new(word).bytes() {
            b"SEATS" => Self::Seats,
            b"AREA" => Self::Area,
            b"BEST" => Self::Best,
            _ => return None,
        })
    }
}
