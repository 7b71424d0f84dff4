//! `ASOF`: a look at an event as it was. The words of the look stand behind the moment; they are read when the event is back, with the
//! labels that its map had.

use holdfast_engine::{Ask, Code, Fault, Labels, Moment, Name, NameRef, Read};

use super::feed::Feed;
use super::words::{Words, quoted};
use super::{Front, Parse, Verb, find, front};
use crate::access::Right::Read as Reads;
use crate::limits;
use crate::resp::decode::{Arguments, with_kept};
use crate::resp::encode;

pub(super) static VERBS: &[Verb] = &[front(
    ("ASOF", ""),
    -4,
    Some(Reads),
    "ASOF version|@time MAP|COUNT|SEAT|GET|EVENT [word ...]",
    "a look at an event as it was at a version or a time",
    as_of,
)
.weighs(limits::WEIGHT_MAP)];

/// Is it the row of this command?
pub(super) fn is_it(verb: &Verb) -> bool {
    verb.name == VERBS[0].name
}

/// The looks that may stand behind it.
const LOOKS: [&str; 8] =
    ["MAP", "COUNT", "SEAT", "GET HOLD", "GET ORDER", "GET PAYMENT", "EVENT INFO", "EVENT PLAN"];

fn as_of(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let word = words.word("version or @time")?;
    let moment = std::str::from_utf8(word).ok().and_then(Moment::read);
    let moment = moment.ok_or_else(|| {
        let what = format!("{} is neither a version nor @ and a time in Unix milliseconds", quoted(word));
        Fault::new(Code::BAD_NUMBER, what)
    })?;
    let look = words.rest();
    let (_, mut behind) = found(look.clone())?;
    let event = behind.event()?.to_name();
    Ok(Front::Feed(Feed::AsOf { event, moment, look: encode::command(look).into() }))
}

/// Looks beside them at an event that is at hand as a whole: as many pages as one likes cost nobody anything.
const LISTS: [&str; 2] = ["LIST HOLDS", "LIST ORDERS"];

/// The row of a look that may stand here, and the words behind its name.
fn found(look: Arguments<'_>) -> Result<(&'static Verb, Words<'_>), Fault> {
    among(look, &LOOKS)
}

fn among<'a>(look: Arguments<'a>, looks: &[&str]) -> Result<(&'static Verb, Words<'a>), Fault> {
    let (verb, behind) = find(look)?;
    if looks.contains(&&*verb.title()) {
        return Ok((verb, behind));
    }
    let what = format!("{} is no look at what was: {}", verb.title(), looks.join(", "));
    Err(Fault::new(Code::SYNTAX, what))
}

/// The event that a look which was kept is about.
///
/// # Errors
/// If it is no look at what was.
pub(crate) fn event_of(line: &[u8]) -> Result<Name, Fault> {
    let none = || Fault::new(Code::SYNTAX, "a look is missing: MAP, COUNT, SEAT, GET or EVENT");
    let event = |arguments: Arguments<'_>| found(arguments)?.1.event().map(NameRef::to_name);
    with_kept(line, event).ok_or_else(none)?
}

/// As [`event_of`], for an event that is at hand as a whole.
///
/// # Errors
/// If it is no such look.
pub(crate) fn event_of_any(line: &[u8]) -> Result<Name, Fault> {
    let none = || Fault::new(Code::SYNTAX, "a look is missing: MAP, COUNT, SEAT, GET, EVENT or LIST");
    let event = |arguments: Arguments<'_>| {
        let looks = [&LOOKS[..], &LISTS].concat();
        among(arguments, &looks)?.1.event().map(NameRef::to_name)
    };
    with_kept(line, event).ok_or_else(none)?
}

/// Reads a look that was kept.
///
/// # Errors
/// The word at fault, and what is wrong with it.
pub(crate) fn look(line: &[u8], labels: Labels<'_>) -> Result<Read, Fault> {
    let defect = || Fault::new(Code::DEFECT, "a look at what was cannot be read again");
    let read = |arguments: Arguments<'_>| {
        let (verb, mut behind) = find(arguments)?;
        behind.event()?;
        let (Parse::Event(parse) | Parse::Either(_, parse)) = verb.parse else { return Err(defect()) };
        match parse(behind, labels)? {
            Ask::Read(read) => Ok(read),
            Ask::Write { .. } | Ask::Answer(_) => Err(defect()),
        }
    };
    with_kept(line, read).ok_or_else(defect)?
}
