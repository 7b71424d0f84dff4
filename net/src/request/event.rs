//! What concerns an event as a whole: `EVENT ...`.

use holdfast_engine::{By, Code, Fault, Request, StatusAction};

use super::words::{Folded, Words, quoted};

pub(super) const EVENT: &str = "EVENT CREATE|PAUSE|RESUME|CLOSE|LIMITS|LIST|INFO ...";
const CREATE: &str = "EVENT CREATE ev key json";
const PAUSE: &str = "EVENT PAUSE ev key operator reason";
const RESUME: &str = "EVENT RESUME ev key operator reason";
const CLOSE: &str = "EVENT CLOSE ev key operator reason";
const LIMITS: &str = "EVENT LIMITS ev key operator reason json";
const LIST: &str = "EVENT LIST [cursor] [COUNT n]";
const INFO: &str = "EVENT INFO ev";

pub(super) fn event(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let subcommand = words.word("subcommand")?;
    match Folded::new(subcommand).bytes() {
        b"CREATE" => create(words.of(CREATE)),
        b"PAUSE" => status(words.of(PAUSE), StatusAction::Pause),
        b"RESUME" => status(words.of(RESUME), StatusAction::Resume),
        b"CLOSE" => status(words.of(CLOSE), StatusAction::Close),
        b"LIST" => list(words.of(LIST)),
        b"INFO" => info(words.of(INFO)),
        b"LIMITS" => limits(words.of(LIMITS)),
        _ => {
            let message = format!("there is no EVENT {}: {EVENT}", quoted(subcommand));
            Err(Fault::new(Code::UNKNOWN_COMMAND, message))
        }
    }
}

fn create(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let json = words.word("json")?;
    words.end()?;
    Ok(Request::EventCreate { event, key, json })
}

fn status(mut words: Words<'_>, action: StatusAction) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let By { operator, reason } = words.by()?;
    words.end()?;
    Ok(Request::EventStatus { event, key, action, operator, reason })
}

fn limits(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let by = words.by()?;
    let json = words.word("json")?;
    words.end()?;
    Ok(Request::EventLimits { event, key, by, json })
}

fn list(words: Words<'_>) -> Result<Request<'_>, Fault> {
    let (cursor, count) = words.page()?;
    Ok(Request::EventList { cursor, count })
}

fn info(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    words.end()?;
    Ok(Request::EventInfo { event })
}
