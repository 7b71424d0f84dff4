//! What sells: `HOLD`, `CHANGE`, `EXTEND`, `RELEASE`, `CONFIRM`, `CANCEL`.

use holdfast_engine::{BestWords, Fault, HoldId, NameRef, Request, SeatWords, limits};
use smallvec::SmallVec;

use super::words::{Words, named_twice, quoted, repeated};

pub(super) const HOLD: &str = "HOLD ev key holder ttl <SEATS s [s ...] | BEST n [IN section-or-category] [SCATTERED] [ACCESSIBLE] | AREA area n> ...";
pub(super) const CHANGE: &str = "CHANGE ev key hold [DROP s [s ...]] [ADD s [s ...]]";
pub(super) const EXTEND: &str = "EXTEND ev key hold ttl";
pub(super) const RELEASE: &str = "RELEASE ev key hold [SEATS s [s ...]]";
pub(super) const CONFIRM: &str = "CONFIRM ev key order hold [hold ...]";
pub(super) const CANCEL: &str = "CANCEL ev key order reason [SEATS s [s ...]]";

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
    Ok(Request::Release { event, key, hold, seats: only_seats(&mut words)? })
}

pub(super) fn change(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let hold = words.number("hold", 0, HoldId::MAX)?;
    let (mut drop, mut add) = (SeatWords::new(), SeatWords::new());
    let is_drop = |word: &[u8]| word.eq_ignore_ascii_case(b"DROP");
    let is_add = |word: &[u8]| word.eq_ignore_ascii_case(b"ADD");
    let ends = |word: &[u8]| is_drop(word) || is_add(word);
    let mut next = Some(words.word("DROP or ADD")?);
    while let Some(word) = next {
        next = if is_drop(word) {
            words.seats("DROP", &mut drop, ends)?
        } else if is_add(word) {
            words.seats("ADD", &mut add, ends)?
        } else {
            return Err(words.fault(&format!("{} is neither DROP nor ADD", quoted(word))));
        };
    }
    let named: SeatWords<'_> = drop.iter().chain(&add).copied().collect();
    no_repeats("seat", &named)?;
    Ok(Request::Change { event, key, hold, drop: drop.into_vec(), add })
}

pub(super) fn cancel(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let order = words.name("order")?;
    let reason = words.reason()?;
    Ok(Request::Cancel { event, key, order, reason, seats: only_seats(&mut words)? })
}

pub(super) fn confirm(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let order = words.name("order")?;
    let holds = words.holds()?;
    Ok(Request::Confirm { event, key, order, holds })
}

/// Takes seats up to the end or to the next keyword, which it returns. Seats have a dash or a `#` in them, so none
/// looks like a keyword.
fn listed_seats<'a>(words: &mut Words<'a>, seats: &mut SeatWords<'a>) -> Result<Option<&'a [u8]>, Fault> {
    words.seats("SEATS", seats, |word| Keyword::of(word).is_some())
}

/// What is left of the command: `SEATS` and seats, or nothing.
pub(super) fn only_seats<'a>(words: &mut Words<'a>) -> Result<Option<SeatWords<'a>>, Fault> {
    match words.next() {
        None => Ok(None),
        Some(word) if matches!(Keyword::of(word), Some(Keyword::Seats)) => {
            let mut seats = SeatWords::new();
            if let Some(word) = listed_seats(words, &mut seats)? {
                return Err(words.fault(&format!("{} is not a seat", quoted(word))));
            }
            no_repeats("seat", &seats)?;
            Ok(Some(seats))
        }
        Some(word) => Err(words.fault(&format!("{} is not SEATS", quoted(word)))),
    }
}

/// Takes what stands behind a `BEST`: a number and its options, in any order, each once. Returns the word behind them.
fn chosen_seats<'a>(words: &mut Words<'a>) -> Result<(BestWords<'a>, Option<&'a [u8]>), Fault> {
    let count = words.number("BEST", 1, u64::from(limits::SEATS_PER_HOLD_MAX))?;
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let mut part = BestWords { count, within: None, scattered: false, accessible: false };
    let mut next = words.next();
    while let Some(word) = next {
        let is = |keyword: &[u8]| word.eq_ignore_ascii_case(keyword);
        let is_first = if is(b"IN") {
            part.within.replace(words.name("section or category")?).is_none()
        } else if is(b"SCATTERED") {
            !std::mem::replace(&mut part.scattered, true)
        } else if is(b"ACCESSIBLE") {
            !std::mem::replace(&mut part.accessible, true)
        } else {
            break;
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

/// What can begin a part of a `HOLD`.
enum Keyword {
    Seats,
    Area,
    Best,
}

impl Keyword {
    #[inline]
    fn of(word: &[u8]) -> Option<Self> {
        match word.len() {
            4 if word.eq_ignore_ascii_case(b"AREA") => Some(Self::Area),
            4 if word.eq_ignore_ascii_case(b"BEST") => Some(Self::Best),
            5 if word.eq_ignore_ascii_case(b"SEATS") => Some(Self::Seats),
            _ => None,
        }
    }
}
