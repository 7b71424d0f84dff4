//! What operators do to seats, holds and orders: `BLOCK`, `UNBLOCK`, `FORCE ...`.

use holdfast_engine::{By, Code, Fault, HoldId, NameRef, Request, SeatWords};

use super::sale::only_seats;
use super::words::{Folded, Words, quoted};

pub(super) const BLOCK: &str = "BLOCK ev key operator reason SEATS s [s ...]";
pub(super) const UNBLOCK: &str = "UNBLOCK ev key operator reason SEATS s [s ...]";
pub(super) const FORCE: &str = "FORCE RELEASE|CANCEL ...";
const RELEASE: &str = "FORCE RELEASE ev key operator reason hold";
const CANCEL: &str = "FORCE CANCEL ev key operator reason order";

pub(super) fn block(words: Words<'_>) -> Result<Request<'_>, Fault> {
    let (event, key, by, seats) = blocking(words)?;
    Ok(Request::Block { event, key, by, seats })
}

pub(super) fn unblock(words: Words<'_>) -> Result<Request<'_>, Fault> {
    let (event, key, by, seats) = blocking(words)?;
    Ok(Request::Unblock { event, key, by, seats })
}

type Blocking<'a> = (NameRef<'a>, NameRef<'a>, By<'a>, SeatWords<'a>);

fn blocking(mut words: Words<'_>) -> Result<Blocking<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let by = words.by()?;
    let seats = only_seats(&mut words)?.ok_or_else(|| words.missing("SEATS"))?;
    Ok((event, key, by, seats))
}

pub(super) fn force(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let subcommand = words.word("subcommand")?;
    match Folded::new(subcommand).bytes() {
        b"RELEASE" => release(words.of(RELEASE)),
        b"CANCEL" => cancel(words.of(CANCEL)),
        _ => {
            let message = format!("there is no FORCE {}: {FORCE}", quoted(subcommand));
            Err(Fault::new(Code::UNKNOWN_COMMAND, message))
        }
    }
}

fn release(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let by = words.by()?;
    let hold = words.number("hold", 0, HoldId::MAX)?;
    words.end()?;
    Ok(Request::ForceRelease { event, key, by, hold })
}

fn cancel(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let by = words.by()?;
    let order = words.name("order")?;
    words.end()?;
    Ok(Request::ForceCancel { event, key, by, order })
}
