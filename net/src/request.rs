//! Arguments to a command: which one, and whether each of its arguments can be one. Decides by form alone; what the
//! event makes of it is the engine's affair.

use holdfast_engine::{Code, Fault, Request};

use crate::decode::Arguments;
use crate::limits;

mod event;
mod feed;
mod local;
mod operator;
mod payment;
mod read;
mod sale;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use feed::{CHANNEL, Feed};
pub(crate) use local::{ClientInfo, Local};
use words::{Folded, Words, quoted};

/// A command that can be used.
#[derive(Debug)]
pub(crate) enum Command<'a> {
    /// Concerns events: for the engine.
    Event(Request<'a>),
    /// Concerns feeds: begun only when everything before it is answered.
    Feed(Feed<'a>),
    /// Concerns this connection or server only.
    Local(Local<'a>),
}

impl Command<'_> {
    /// May it come between messages that cannot be told from replies? As in Redis.
    pub(crate) const fn goes_with_messages(&self) -> bool {
        matches!(
            self,
            Self::Feed(Feed::Subscribe(_) | Feed::Unsubscribe(_) | Feed::PUnsubscribe(_))
                | Self::Local(Local::Ping(_) | Local::Quit | Local::Reset)
        )
    }
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
        b"CHANGE" => sale::change(words(sale::CHANGE)),
        b"CANCEL" => sale::cancel(words(sale::CANCEL)),
        b"PAYMENT" => payment::payment(words(payment::PAYMENT)),
        b"SEAT" => read::seat(words(read::SEAT)),
        b"COUNT" => read::count(words(read::COUNT)),
        b"MAP" => read::map(words(read::MAP)),
        b"GET" => read::get(words(read::GET)),
        b"ASK" => read::ask(words(read::ASK)),
        b"EVENT" => event::event(words(event::EVENT)),
        b"BLOCK" => operator::block(words(operator::BLOCK)),
        b"UNBLOCK" => operator::unblock(words(operator::UNBLOCK)),
        b"FORCE" => operator::force(words(operator::FORCE)),
        b"FEED" => return feed::feed(words(feed::FEED)).map(Command::Feed),
        b"SUBSCRIBE" => return feed::subscribe(words(feed::SUBSCRIBE)).map(Command::Feed),
        b"PUNSUBSCRIBE" => return Ok(Command::Feed(Feed::PUnsubscribe(arguments))),
        b"UNSUBSCRIBE" => return Ok(Command::Feed(Feed::Unsubscribe(arguments))),
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
        | Request::GetPayment { .. }
        | Request::PaymentList { .. }
        | Request::Ask { .. } => limits::WEIGHT_LIST,
        _ => 1,
    }
}

/// Is this refused first when more comes than can be served? What begins a sale, and what thousands ask for who look at
/// the hall: sales in progress have the rest for themselves.
pub(crate) const fn is_shed_first(request: &Request<'_>) -> bool {
    matches!(request, Request::Hold { .. } | Request::Map { .. })
}

fn unknown(name: &[u8]) -> Fault {
    Fault::new(
        Code::UNKNOWN_COMMAND,
        format!("there is no command {}: COMMAND lists those that there are", quoted(name)),
    )
}
