//! What concerns feeds: `FEED`, `SUBSCRIBE`, `UNSUBSCRIBE`, `PUNSUBSCRIBE`.

use std::time::Duration;

use holdfast_engine::{Code, Fault, FeedQuery, Name, NameRef};

use super::words::{Words, quoted};
use crate::decode::Arguments;
use crate::limits;

pub(super) const FEED: &str = "FEED ev from-version [COUNT n] [BLOCK ms]";
pub(super) const SUBSCRIBE: &str = "SUBSCRIBE feed:ev [feed:ev ...]";

/// What the name of a channel starts with; the name of an event follows.
pub(crate) const CHANNEL: &[u8] = b"feed:";

/// A command about feeds.
#[derive(Clone, Debug)]
pub(crate) enum Feed<'a> {
    /// `FEED`
    Read {
        /// Which event.
        event: Name,
        /// What of it.
        query: FeedQuery,
    },
    /// `SUBSCRIBE`: these events.
    Subscribe(Vec<Name>),
    /// `UNSUBSCRIBE`: these channels, or all if there are none.
    Unsubscribe(Arguments<'a>),
    /// `PUNSUBSCRIBE`: there are no patterns, but client libraries send it when they have done.
    PUnsubscribe(Arguments<'a>),
}

/// A count or a time that is over what is given at once is not refused: "at most" holds for less, too.
pub(super) fn feed(mut words: Words<'_>) -> Result<Feed<'_>, Fault> {
    let event = words.name("event")?.to_name();
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
    Ok(Feed::Read { event, query: FeedQuery { from, count, block: block.unwrap_or_default() } })
}

pub(super) fn subscribe(mut words: Words<'_>) -> Result<Feed<'_>, Fault> {
    let mut events = vec![event_of(words.word("channel")?)?];
    while let Some(word) = words.next() {
        events.push(event_of(word)?);
    }
    Ok(Feed::Subscribe(events))
}

fn event_of(channel: &[u8]) -> Result<Name, Fault> {
    let event = channel.strip_prefix(CHANNEL).and_then(NameRef::new);
    event.map(NameRef::to_name).ok_or_else(|| {
        let message = format!("{} is no channel: there is feed:ev for each event", quoted(channel));
        Fault::new(Code::BAD_NAME, message)
    })
}
