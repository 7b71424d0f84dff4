//! Commands about an event as a whole: `EVENT ...`.

use holdfast_engine::{
    Ask, Audit, Class, Closing, EventStatus, Fault, Labels, Opening, Read, StatusAction, Write,
    limits_change, plan_change,
};

use super::words::{Words, quoted};
use super::{Front, Verb, about_event, front};
use crate::access::Right::{Look, Operate};
use crate::limits::{WEIGHT_LIST, WEIGHT_MAP};

pub(super) static VERBS: &[Verb] = &[
    front(
        ("EVENT", "CREATE"),
        5,
        Some(Operate),
        "EVENT CREATE ev key json",
        "creates an event from its description",
        create,
    )
    .is(Class::NewWork),
    about_event(
        ("EVENT", "PAUSE"),
        6,
        Operate,
        "EVENT PAUSE ev key operator reason",
        "no new holds; those that are there may finish",
        |words, _| status(words, StatusAction::Pause),
    ),
    about_event(
        ("EVENT", "RESUME"),
        6,
        Operate,
        "EVENT RESUME ev key operator reason",
        "on sale again, or for the first time",
        |words, _| status(words, StatusAction::Resume),
    ),
    about_event(
        ("EVENT", "CLOSE"),
        6,
        Operate,
        "EVENT CLOSE ev key operator reason",
        "ends the sale for ever",
        |words, _| status(words, StatusAction::Close),
    ),
    about_event(
        ("EVENT", "ARCHIVE"),
        6,
        Operate,
        "EVENT ARCHIVE ev key operator reason",
        "puts a closed event away: it is read, and gives money back",
        |words, _| status(words, StatusAction::Archive),
    ),
    about_event(
        ("EVENT", "SCHEDULE"),
        -7,
        Operate,
        "EVENT SCHEDULE ev key operator reason [OPENS ms|NOW] [CLOSES ms|NEVER]",
        "the sale opens and closes by itself at these times",
        schedule,
    ),
    about_event(
        ("EVENT", "LIMITS"),
        7,
        Operate,
        "EVENT LIMITS ev key operator reason json",
        "changes limits of the event",
        limits,
    ),
    about_event(
        ("EVENT", "CHANGE"),
        -7,
        Operate,
        "EVENT CHANGE ev key operator reason json [DRY]",
        "changes the map of the event, or tells what that would do",
        change,
    )
    .weighs(WEIGHT_MAP),
    front(
        ("EVENT", "LIST"),
        -2,
        Some(Look),
        "EVENT LIST [cursor] [COUNT n] [STATUS s]",
        "the events, page by page",
        list,
    )
    .weighs(WEIGHT_LIST),
    about_event(("EVENT", "PLAN"), 3, Look, "EVENT PLAN ev", "the map of an event, as it is created", plan)
        .is(Class::Look)
        .weighs(WEIGHT_MAP),
    about_event(("EVENT", "INFO"), 3, Look, "EVENT INFO ev", "status, sums and limits of an event", info)
        .weighs(WEIGHT_LIST),
];

fn create(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let event = words.event()?;
    let key = words.key()?;
    let json = words.word("json")?;
    words.end()?;
    Ok(Front::Create { event, key, json })
}

fn status(mut words: Words<'_>, action: StatusAction) -> Result<Ask<'_>, Fault> {
    let key = words.key()?;
    let Audit { operator, reason } = words.audit()?;
    words.end()?;
    Ok(Ask::Write { key, write: Write::SetStatus { action, operator, reason } })
}

fn schedule<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let audit = words.audit()?;
    let (mut opens, mut closes) = (None, None);
    while let Some(word) = words.next() {
        let is = |keyword: &[u8]| word.eq_ignore_ascii_case(keyword);
        let is_first = if is(b"OPENS") {
            let at = words.time_or("OPENS", "NOW")?;
            opens.replace(at.map_or(Opening::Now, Opening::At)).is_none()
        } else if is(b"CLOSES") {
            let at = words.time_or("CLOSES", "NEVER")?;
            closes.replace(at.map_or(Closing::Never, Closing::At)).is_none()
        } else {
            return Err(words.fault(&format!("{} is neither OPENS nor CLOSES", quoted(word))));
        };
        words.once(word, is_first)?;
    }
    Ok(Ask::Write { key, write: Write::Schedule { opens, closes, audit } })
}

fn limits<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let audit = words.audit()?;
    let json = words.word("json")?;
    words.end()?;
    Ok(Ask::Write { key, write: Write::SetLimits { limits: Box::new(limits_change(json)?), audit } })
}

fn change<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let audit = words.audit()?;
    let plan = plan_change(words.word("json")?)?;
    let is_dry = match words.next() {
        None => false,
        Some(word) if word.eq_ignore_ascii_case(b"DRY") => true,
        Some(word) => return Err(words.fault(&format!("{} is not DRY", quoted(word)))),
    };
    words.end()?;
    Ok(if is_dry {
        Ask::Read(Read::DryChange(plan))
    } else {
        Ask::Write { key, write: Write::ChangePlan { plan, audit } }
    })
}

fn list(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let ((cursor, count), _) = words.page_of()?;
    let mut status = None;
    if let Some(word) = words.next() {
        if !word.eq_ignore_ascii_case(b"STATUS") {
            return Err(words.fault(&format!("{} is not COUNT or STATUS", quoted(word))));
        }
        let word = words.word("status")?;
        status =
            EventStatus::ALL.into_iter().find(|status| word.eq_ignore_ascii_case(status.word().as_bytes()));
        if status.is_none() {
            return Err(words.fault("STATUS is pending, open, paused, closed or archived"));
        }
    }
    words.end()?;
    Ok(Front::List { cursor, count, status })
}

fn plan<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    words.end()?;
    Ok(Ask::Read(Read::Plan))
}

fn info<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    words.end()?;
    Ok(Ask::Read(Read::Info))
}
