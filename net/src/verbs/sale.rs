//! Commands that sell: `HOLD`, `CHANGE`, `EXTEND`, `RELEASE`, `CONFIRM`, `CANCEL`.

use holdfast_engine::{Ask, Class, Fault, Labels, Places, Seats, Selection, Write};

use super::words::these::{Keyword, chosen_seats, of_holder, place, some, these};
use super::words::told::{Tells, noted, told};
use super::words::{Words, quoted};
use super::{Verb, about_event};
use crate::access::Right::{GiveBack, Sell};

pub(super) static VERBS: &[Verb] = &[
    about_event(
        ("HOLD", ""),
        -7,
        Sell,
        "HOLD ev key holder ttl <SEATS s [s ...] | BEST n [IN section-or-category] [SCATTERED] [ACCESSIBLE [k]] | AREA area n> ... [NOTE text]",
        "holds all of it or nothing",
        hold,
    )
    .is(Class::NewWork),
    about_event(
        ("CONFIRM", ""),
        -5,
        Sell,
        "CONFIRM ev key order hold [hold ...] [HOLDER h] [NOTE text]",
        "sells holds as one order",
        confirm,
    ),
    about_event(
        ("RELEASE", ""),
        -4,
        Sell,
        "RELEASE ev key hold [SEATS s [s ...]] [AREA area n ...] [HOLDER h]",
        "frees a hold, or these seats and places of it",
        release,
    ),
    about_event(
        ("EXTEND", ""),
        -5,
        Sell,
        "EXTEND ev key hold ttl [HOLDER h]",
        "moves the deadline of a hold to now + ttl",
        extend,
    ),
    about_event(
        ("CHANGE", ""),
        -6,
        Sell,
        "CHANGE ev key hold [DROP <[SEATS] s [s ...] | AREA area n> ...] [ADD <[SEATS] s [s ...] | AREA area n> ...] [HOLDER h]",
        "gives a hold other seats and places in one step",
        change,
    ),
    about_event(
        ("CANCEL", ""),
        -5,
        GiveBack,
        "CANCEL ev key order reason [SEATS s [s ...]] [AREA area n ...] [REFUND minor]",
        "takes a sold order back, or these seats and places of it",
        cancel,
    ),
    about_event(
        ("EXCHANGE", ""),
        -9,
        GiveBack,
        "EXCHANGE ev key order reason DROP <[SEATS] s [s ...] | AREA area n> ... ADD <[SEATS] s [s ...] | AREA area n> ...",
        "gives other seats and places for some of a sold order in one step",
        exchange,
    ),
];

fn hold<'a>(mut words: Words<'a>, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let holder = words.kept_name("holder")?;
    let ttl = words.millis("ttl")?;
    let (mut seats, mut places, mut best, mut note) = (Seats::default(), Places::default(), Vec::new(), None);
    let mut next = Some(words.word("SEATS, BEST or AREA")?);
    while let Some(word) = next {
        next = match Keyword::of(word) {
            Some(Keyword::Seats) => {
                words.seats("SEATS", labels, &mut seats, |word| Keyword::of(word).is_some())?
            }
            Some(Keyword::Area) => {
                place(&mut words, labels, &mut places)?;
                words.next()
            }
            Some(Keyword::Best) => {
                let (part, next) = chosen_seats(&mut words, labels)?;
                best.push(part);
                next
            }
            Some(Keyword::Note) => {
                note = Some(words.text("note")?.into());
                words.end()?;
                break;
            }
            _ => return Err(words.fault(&format!("{} is neither SEATS, BEST, AREA nor NOTE", quoted(word)))),
        };
    }
    let write = Write::Hold { holder, ttl, seats, best: best.into(), places };
    Ok(Ask::Write { key, write: noted(note, write) })
}

fn extend<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let hold = words.hold()?;
    let ttl = words.millis("ttl")?;
    let next = words.next();
    Ok(Ask::Write { key, write: of_holder(words, next, Write::Extend { hold, ttl }, "")? })
}

fn release<'a>(mut words: Words<'a>, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let hold = words.hold()?;
    let next = words.next();
    let mut part = Selection::default();
    let next = these(&mut words, labels, next, false, &mut part)?;
    let write = Write::Release { hold, part: some(part) };
    Ok(Ask::Write { key, write: of_holder(words, next, write, "SEATS, AREA or ")? })
}

fn change<'a>(mut words: Words<'a>, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let hold = words.hold()?;
    let next = Some(words.word("DROP or ADD")?);
    let (Swap { drop, add }, next) = swap(&mut words, labels, next)?;
    let write = Write::Change { hold, drop, add };
    Ok(Ask::Write { key, write: of_holder(words, next, write, "DROP, ADD or ")? })
}

/// What goes and what comes for it.
#[derive(Default)]
struct Swap {
    drop: Box<Selection>,
    add: Box<Selection>,
}

/// Takes `DROP <these>` and `ADD <these>`, in any order; returns the word behind them.
fn swap<'a>(
    words: &mut Words<'a>,
    labels: Labels<'_>,
    mut next: Option<&'a [u8]>,
) -> Result<(Swap, Option<&'a [u8]>), Fault> {
    let mut swap = Swap::default();
    while let Some(word) = next {
        let (list, name) = match Keyword::of(word) {
            Some(Keyword::Drop) => (&mut swap.drop, "DROP"),
            Some(Keyword::Add) => (&mut swap.add, "ADD"),
            _ => break,
        };
        let (first, before) = (words.next(), list.count());
        next = these(words, labels, first, true, list)?;
        if list.count() == before {
            return Err(words.missing(&format!("a seat or an area behind {name}")));
        }
    }
    Ok((swap, next))
}

fn cancel<'a>(mut words: Words<'a>, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let order = words.kept_name("order")?;
    let reason = words.text("reason")?.into();
    let (mut part, mut refund, mut next) = (Selection::default(), None, words.next());
    while let Some(word) = next {
        next = match Keyword::of(word) {
            Some(Keyword::Seats | Keyword::Area) => these(&mut words, labels, next, false, &mut part)?,
            Some(Keyword::Refund) => {
                words.once(word, refund.is_none())?;
                refund = Some(words.refund()?);
                words.next()
            }
            _ => return Err(words.fault(&format!("{} is neither SEATS, AREA nor REFUND", quoted(word)))),
        };
    }
    Ok(Ask::Write { key, write: Write::Cancel { order, part: some(part), refund, reason } })
}

fn exchange<'a>(mut words: Words<'a>, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let order = words.kept_name("order")?;
    let reason = words.text("reason")?.into();
    let next = Some(words.word("DROP")?);
    let (Swap { drop, add }, next) = swap(&mut words, labels, next)?;
    if let Some(word) = next {
        return Err(words.fault(&format!("{} is neither DROP nor ADD", quoted(word))));
    }
    for (list, keyword) in [(&drop, "DROP"), (&add, "ADD")] {
        if list.is_empty() {
            return Err(words.missing(keyword));
        }
    }
    Ok(Ask::Write { key, write: Write::Exchange { order, drop, add, reason } })
}

fn confirm<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let order = words.kept_name("order")?;
    let holds = words.holds()?;
    let told = told(&mut words, &[Tells::Holder, Tells::Note])?;
    Ok(Ask::Write { key, write: told.about(Write::Confirm { order, holds }) })
}
