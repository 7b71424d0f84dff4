//! Commands about feeds: `FEED`, `SUBSCRIBE`, `UNSUBSCRIBE`, `PUNSUBSCRIBE`.

use std::time::Duration;

use holdfast_engine::{Code, Fault, FeedQuery, Name, NameRef};

use super::words::{Words, quoted};
use super::{Front, Verb, front};
use crate::access::Right::Look;
use crate::limits;
use crate::resp::decode::Arguments;

pub(super) static VERBS: &[Verb] = &[
    front(
        ("FEED", ""),
        -3,
        Some(Look),
        "FEED ev from-version [COUNT n] [BLOCK ms]",
        "changes from a version on, oldest first",
        feed,
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("SUBSCRIBE", ""),
        -2,
        Some(Look),
        "SUBSCRIBE feed:ev [feed:ev ...]",
        "each change as a message",
        subscribe,
    ),
    front(
        ("UNSUBSCRIBE", ""),
        -1,
        None,
        "UNSUBSCRIBE [feed:ev ...]",
        "ends these subscriptions, or all",
        |words| Ok(Front::Feed(Feed::Unsubscribe(words.rest()))),
    ),
    front(
        ("PUNSUBSCRIBE", ""),
        -1,
        None,
        "PUNSUBSCRIBE [pattern ...]",
        "there are no patterns; for client libraries",
        |words| Ok(Front::Feed(Feed::PUnsubscribe(words.rest()))),
    ),
];

/// The prefix of the name of a channel; the name of an event follows.
pub(crate) const CHANNEL: &[u8] = b"feed:";

/// A command about feeds.
#[derive(Clone, Debug)]
pub(crate) enum Feed<'a> {
    /// `FEED`
    Read { event: Name, query: FeedQuery },
    /// `SUBSCRIBE` to these events.
    Subscribe(Vec<Name>),
    /// `UNSUBSCRIBE` from these channels, or from all if none are named.
    Unsubscribe(Arguments<'a>),
    /// `PUNSUBSCRIBE`: there are no patterns, but client libraries send it when they end.
    PUnsubscribe(Arguments<'a>),
}

/// A count or a time above the limit is not refused but lowered, as the command says "at most".
fn feed(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let event = words.event()?.to_name();
    let from = words.number("from-version", 0, u64::MAX)?;
    let (mut count, mut block) = (None, None);
    while let Some(word) = words.next() {
        if word.eq_ignore_ascii_case(b"COUNT") && count.is_none() {
            let number = words.number("COUNT", 1, u64::MAX)?;
            count = Some(usize::try_from(number).unwrap_or(usize::MAX));
        } else if word.eq_ignore_ascii_case(b"BLOCK") && block.is_none() {
            block = Some(Duration::from_millis(words.number("BLOCK", 0, u64::MAX)?));
        } else {
            return Err(words.fault(&format!("{} is neither COUNT nor BLOCK", quoted(word))));
        }
    }
    let count = count.unwrap_or(limits::FEED_COUNT_DEFAULT);
    let query = FeedQuery { from, count, block: block.unwrap_or_default() };
    Ok(Front::Feed(Feed::Read { event, query }))
}

fn subscribe(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let mut events = vec![event_of(words.word("channel")?)?];
    while let Some(word) = words.next() {
        events.push(event_of(word)?);
    }
    Ok(Front::Feed(Feed::Subscribe(events)))
}

fn event_of(channel: &[u8]) -> Result<Name, Fault> {
    let event = channel.strip_prefix(CHANNEL).and_then(NameRef::new);
    event.map(NameRef::to_name).ok_or_else(|| {
        let message = format!("{} is no channel: there is feed:ev for each event", quoted(channel));
        Fault::new(Code::BAD_NAME, message)
    })
}
