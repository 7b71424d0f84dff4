//! How a command names seats and places: `SEATS s ...`, `AREA area n`, `BEST n ...`.

use holdfast_engine::{Best, Fault, Labels, Places, Scope, Selection, Write, limits};

use super::{Words, quoted, seat};

/// The words that begin a part of a command that names seats. Seats have a dash or a `#` in them, so none looks like one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::verbs) enum Keyword {
    Seats,
    Area,
    Best,
    Drop,
    Add,
    Refund,
    Holder,
    Note,
    Section,
    Where,
}

impl Keyword {
    #[inline]
    pub(in crate::verbs) fn of(word: &[u8]) -> Option<Self> {
        let is = |keyword: &[u8]| word.eq_ignore_ascii_case(keyword);
        match word.len() {
            3 if is(b"ADD") => Some(Self::Add),
            4 if is(b"AREA") => Some(Self::Area),
            4 if is(b"BEST") => Some(Self::Best),
            4 if is(b"DROP") => Some(Self::Drop),
            4 if is(b"NOTE") => Some(Self::Note),
            5 if is(b"SEATS") => Some(Self::Seats),
            5 if is(b"WHERE") => Some(Self::Where),
            6 if is(b"HOLDER") => Some(Self::Holder),
            6 if is(b"REFUND") => Some(Self::Refund),
            7 if is(b"SECTION") => Some(Self::Section),
            _ => None,
        }
    }
}

/// Takes `SEATS s ...` and `AREA area n` in any mix, from the word `next` on; returns the word behind them. With `bare`, seats
/// may stand without their keyword.
pub(in crate::verbs) fn these<'a>(
    words: &mut Words<'a>,
    labels: Labels<'_>,
    mut next: Option<&'a [u8]>,
    bare: bool,
    part: &mut Selection,
) -> Result<Option<&'a [u8]>, Fault> {
    let ends = |word: &[u8]| Keyword::of(word).is_some();
    while let Some(word) = next {
        next = match Keyword::of(word) {
            Some(Keyword::Seats) => words.seats("SEATS", labels, &mut part.seats, ends)?,
            Some(Keyword::Area) => {
                place(words, labels, &mut part.places)?;
                words.next()
            }
            None if bare => {
                part.seats.push(seat(word, labels)?);
                words.next()
            }
            _ => break,
        };
    }
    Ok(next)
}

/// Takes the area and the number behind `AREA`.
pub(in crate::verbs) fn place(
    words: &mut Words<'_>,
    labels: Labels<'_>,
    places: &mut Places,
) -> Result<(), Fault> {
    let area = words.word("area")?;
    let count = words.number("places", 1, u64::from(limits::AREA_CAPACITY_MAX))?;
    places.push((labels.area(area)?, u32::try_from(count).unwrap_or(u32::MAX)));
    Ok(())
}

/// A part that names something; `None` for none.
pub(in crate::verbs) fn some(part: Selection) -> Option<Box<Selection>> {
    (!part.is_empty()).then(|| Box::new(part))
}

/// Takes the end of a command about holds: nothing, or `HOLDER h`, whose holds alone it is about then. `others` are the words
/// that could stand there too.
pub(in crate::verbs) fn of_holder(
    mut words: Words<'_>,
    next: Option<&[u8]>,
    write: Write,
    others: &str,
) -> Result<Write, Fault> {
    let Some(word) = next else { return Ok(write) };
    if Keyword::of(word) != Some(Keyword::Holder) {
        return Err(words.fault(&format!("{} is not {others}HOLDER", quoted(word))));
    }
    let holder = words.kept_name("holder")?;
    words.end()?;
    Ok(Write::OfHolder(holder, Box::new(write)))
}

/// Takes the number behind a `BEST` and its options, in any order and each once. Returns the word behind them.
pub(in crate::verbs) fn chosen_seats<'a>(
    words: &mut Words<'a>,
    labels: Labels<'_>,
) -> Result<(Best, Option<&'a [u8]>), Fault> {
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
            let is_number = |word: &&[u8]| word.first().is_some_and(u8::is_ascii_digit);
            let most = count.min(limits::ACCESSIBLE_PER_BEST_MAX);
            let wanted = match words.clone().next().filter(is_number) {
                Some(_) => words.number("ACCESSIBLE", 1, u64::from(most))?,
                None => 1,
            };
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
