//! Arguments to a command: which one, and whether each of its arguments can be one. Decides by form alone; what the
//! event makes of it is the engine's affair.

use holdfast_engine::{Code, Fault, Request};

use crate::decode::Arguments;
use crate::limits;

mod event;
mod local;
mod read;
mod sale;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use local::{ClientInfo, Local};
use words::{Folded, Words, quoted};

/// A command that can be used.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "made on the stack and used up at once: a box would cost more")]
pub(crate) enum Command<'a> {
    /// Concerns events: for the engine.
    Event(Request<'a>),
    /// Concerns this connection or server only.
    Local(Local<'a>),
}

/// Makes a command of its arguments.
///
/// # Errors
/// What is wrong with which argument, and what is allowed. Nothing was asked of the engine then.
pub(crate) fn parse(mut arguments: Arguments<'_>) -> Result<Command<'_>, Fault> {
    // The decoder gives no command without arguments.
    let name = arguments.next().unwrap_or_default();
    let words = |usage| Words::new(arguments.clone(), usage);
    let request = match Folded::new(name).bytes() {
        b"HOLD" => sale::hold(words(sale::HOLD)),
        b"CONFIRM" => sale::confirm(words(sale::CONFIRM)),
        b"RELEASE" => sale::release(words(sale::RELEASE)),
        b"EXTEND" => sale::extend(words(sale::EXTEND)),
        b"SEAT" => read::seat(words(read::SEAT)),
        b"COUNT" => read::count(words(read::COUNT)),
        b"MAP" => read::map(words(read::MAP)),
        b"GET" => read::get(words(read::GET)),
        b"ASK" => read::ask(words(read::ASK)),
        b"EVENT" => event::event(words(event::EVENT)),
        b"CHANGE" | b"CANCEL" | b"PAYMENT" | b"FEED" | b"SUBSCRIBE" | b"UNSUBSCRIBE" | b"BLOCK"
        | b"UNBLOCK" | b"FORCE" => Err(not_yet(name)),
        folded => return local::local(folded, name, arguments).map(Command::Local),
    };
    request.map(Command::Event)
}

/// What a request counts against [`limits::IN_FLIGHT_MAX`]: about how large its reply can be.
pub(crate) fn weight(request: &Request<'_>) -> usize {
    match request {
        Request::Map { .. } => limits::WEIGHT_MAP,
        Request::EventList { .. }
        | Request::EventInfo { .. }
        | Request::Count { .. }
        | Request::GetHold { .. }
        | Request::GetOrder { .. }
        | Request::Ask { .. } => limits::WEIGHT_LIST,
        _ => 1,
    }
}

fn unknown(name: &[u8]) -> Fault {
    Fault::new(
        Code::UNKNOWN_COMMAND,
        format!("there is no command {}: COMMAND lists those that there are", quoted(name)),
    )
}

fn not_yet(name: &[u8]) -> Fault {
    Fault::new(Code::UNKNOWN_COMMAND, format!("{} is not in this version", quoted(name)))
}
