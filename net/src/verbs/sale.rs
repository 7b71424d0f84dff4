//! Commands that sell: `HOLD`, `CHANGE`, `EXTEND`, `RELEASE`, `CONFIRM`, `CANCEL`.

use holdfast_engine::{Ask, Best, Class, Fault, Labels, Places, Scope, Seats, Write, limits};

use super::words::{Words, quoted};
use super::{Verb, about_event};
use crate::access::Right::{GiveBack, Sell};

pub(super) static VERBS: &[Verb] = &[
    about_event(
        ("HOLD", ""),
        -7,
        Sell,
        "HOLD ev key holder ttl <SEATS s [s ...] | BEST n [IN section-or-category] [SCATTERED] [ACCESSIBLE [k]] | AREA area n> ...",
        "holds all of it or nothing",
        hold,
    )
    .is(Class::NewWork),
    about_event(
        ("CONFIRM", ""),
        -5,
        Sell,
        "CONFIRM ev key order hold [hold ...]",
        "sells holds as one order",
        confirm,
    ),
    about_event(
        ("RELEASE", ""),
        -4,
        Sell,
        "RELEASE ev key hold [SEATS s [s ...]]",
        "frees a hold, or these seats of it",
        release,
    ),
    about_event(
        ("EXTEND", ""),
        5,
        Sell,
        "EXTEND ev key hold ttl",
        "moves the deadline of a hold to now + ttl",
        extend,
    ),
    about_event(
        ("CHANGE", ""),
        -6,
        Sell,
        "CHANGE ev key hold [DROP s [s ...]] [ADD s [s ...]]",
        "gives a hold other seats in one step",
        change,
    ),
    about_event(
        ("CANCEL", ""),
        -5,
        GiveBack,
        "CANCEL ev key order reason [SEATS s [s ...]] [REFUND minor]",
        "takes a sold order back, or these seats of it",
        cancel,
    ),
];

fn hold<'a>(mut words: Words<'a>, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let holder = words.kept_name("holder")?;
    let ttl = words.millis("ttl")?;
    let (mut seats, mut places, mut best) = (Seats::default(), Places::default(), Vec::new());
    let mut next = Some(words.word("SEATS, BEST or AREA")?);
    while let Some(word) = next {
        next = match Keyword::of(word) {
            Some(Keyword::Seats) => listed_seats(&mut words, labels, &mut seats)?,
            Some(Keyword::Area) => {
                let area = words.word("area")?;
                let count = words.number("places", 1, u64::from(limits::AREA_CAPACITY_MAX))?;
                places.push((labels.area(area)?, u32::try_from(count).unwrap_or(u32::MAX)));
                words.next()
            }
            Some(Keyword::Best) => {
                let (part, next) = chosen_seats(&mut words, labels)?;
                best.push(part);
                next
            }
            None => return Err(words.fault(&format!("{} is neither SEATS, BEST nor AREA", quoted(word)))),
        };
    }
    Ok(Ask::Write { key, write: Write::Hold { holder, ttl, seats, best: best.into(), places } })
}

fn extend<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let hold = words.hold()?;
    let ttl = words.millis("ttl")?;
    words.end()?;
    Ok(Ask::Write { key, write: Write::Extend { hold, ttl } })
}

fn release<'a>(mut words: Words<'a>, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let hold = words.hold()?;
    Ok(Ask::Write { key, write: Write::Release { hold, seats: only_seats(&mut words, labels)? } })
}

fn change<'a>(mut words: Words<'a>, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let hold = words.hold()?;
    let (mut drop, mut add) = (Seats::default(), Seats::default());
    let is_drop = |word: &[u8]| word.eq_ignore_ascii_case(b"DROP");
    let is_add = |word: &[u8]| word.eq_ignore_ascii_case(b"ADD");
    let ends = |word: &[u8]| is_drop(word) || is_add(word);
    let mut next = Some(words.word("DROP or ADD")?);
    while let Some(word) = next {
        next = if is_drop(word) {
            words.seats("DROP", labels, &mut drop, ends)?
        } else if is_add(word) {
            words.seats("ADD", labels, &mut add, ends)?
        } else {
            return Err(words.fault(&format!("{} is neither DROP nor ADD", quoted(word))));
        };
    }
    Ok(Ask::Write { key, write: Write::Change { hold, drop, add } })
}

fn cancel<'a>(mut words: Words<'a>, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let order = words.kept_name("order")?;
    let reason = words.text("reason")?.into();
    let (mut seats, mut refund) = (None, None);
    let is = |word: &[u8], keyword: &[u8]| word.eq_ignore_ascii_case(keyword);
    let ends = |word: &[u8]| is(word, b"SEATS") || is(word, b"REFUND");
    let mut next = words.next();
    while let Some(word) = next {
        let is_first = if is(word, b"SEATS") {
            let mut list = Seats::default();
            next = words.seats("SEATS", labels, &mut list, ends)?;
            seats.replace(list).is_none()
        } else if is(word, b"REFUND") {
            let is_first = refund.replace(words.refund()?).is_none();
            next = words.next();
            is_first
        } else {
            return Err(words.fault(&format!("{} is neither SEATS nor REFUND", quoted(word))));
        };
        words.once(word, is_first)?;
    }
    Ok(Ask::Write { key, write: Write::Cancel { order, seats, refund, reason } })
}

fn confirm<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let order = words.kept_name("order")?;
    let holds = words.holds(|words| words.peek().is_some())?;
    Ok(Ask::Write { key, write: Write::Confirm { order, holds } })
}

/// Takes seats up to the end or to the next keyword, which it returns. Seats have a dash or a `#` in them, so none
/// looks like a keyword.
fn listed_seats<'a>(
    words: &mut Words<'a>,
    labels: Labels<'_>,
    seats: &mut Seats,
) -> Result<Option<&'a [u8]>, Fault> {
    words.seats("SEATS", labels, seats, |word| Keyword::of(word).is_some())
}

/// The rest of the command: `SEATS` and seats, or nothing.
pub(super) fn only_seats(words: &mut Words<'_>, labels: Labels<'_>) -> Result<Option<Seats>, Fault> {
    match words.next() {
        None => Ok(None),
        Some(word) if matches!(Keyword::of(word), Some(Keyword::Seats)) => {
            let mut seats = Seats::default();
            match listed_seats(words, labels, &mut seats)? {
                Some(word) => Err(words.fault(&format!("{} is not a seat", quoted(word)))),
                None => Ok(Some(seats)),
            }
        }
        Some(word) => Err(words.fault(&format!("{} is not SEATS", quoted(word)))),
    }
}

/// Takes the number behind a `BEST` and its options, in any order and each once. Returns the word behind them.
fn chosen_seats<'a>(words: &mut Words<'a>, labels: Labels<'_>) -> Result<(Best, Option<&'a [u8]>), Fault> {
    let count = words.number("BEST", 1, u64::from(limits::SEATS_PER_HOLD_MAX))?;
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let (mut scattered, mut accessible, mut within) = (false, 0, None::<&'a [u8]>);
    let mut next = words.next();
    while let Some(word) = next {
        let is = |keyword: &[u8]| word.eq_ignore_ascii_case(keyword);
        let is_first = if is(b"IN") {
            within.replace(words.word("section or category")?).is_none()
        } else if is(b"SCATTERED") {
            !std::mem::replace(&mut scattered, true)
        } else if is(b"ACCESSIBLE") {
            let most = count.min(limits::ACCESSIBLE_PER_BEST_MAX);
            let wanted =
                if words.number_is_next() { words.number("ACCESSIBLE", 1, u64::from(most))? } else { 1 };
            std::mem::replace(&mut accessible, u8::try_from(wanted).unwrap_or(u8::MAX)) == 0
        } else {
            break;
        };
        if !is_first {
            return Err(words.fault(&format!("{} stands twice in one BEST", quoted(word))));
        }
        next = words.next();
    }
    let scope = within.map_or(Ok(Scope::Everywhere), |name| labels.scope(name))?;
    Ok((Best { count, scope, scattered, accessible }, next))
}

/// The words that can begin a part of a `HOLD`.
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
