//! Commands that read feeds as streams, in the forms of Redis; those of consumer groups are in [`groups`]. Sales write the feed, so commands that write a stream are
//! refused.

mod care;
mod groups;
mod ids;

use std::time::Duration;

use holdfast_engine::{Channel, Code, Fault, NameRef, StreamKey, StreamSpan, StreamsQuery};

use super::feed::{StreamAsk, prefix};
use super::words::{Words, quoted};
use super::{Feed, Front, Parse, Verb, front};
use crate::access::Right::Look;
use crate::limits;

pub(super) use care::VERBS as CARE;
pub(super) use groups::VERBS as GROUPS;

pub(super) static VERBS: &[Verb] = &[
    front(("XREAD", ""), -4, Some(Look), READ_USAGE, "what streams have behind these ids", read)
        .weighs(limits::WEIGHT_LIST),
    front(
        ("XRANGE", ""),
        -4,
        Some(Look),
        "XRANGE stream start end [COUNT n]",
        "entries between two ids, oldest first",
        |words| range(words, false),
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("XREVRANGE", ""),
        -4,
        Some(Look),
        "XREVRANGE stream end start [COUNT n]",
        "entries between two ids, newest first",
        |words| range(words, true),
    )
    .weighs(limits::WEIGHT_LIST),
    front(("XLEN", ""), 2, Some(Look), "XLEN stream", "how many entries are kept", |mut words| {
        let key = key(&mut words)?;
        words.end()?;
        Ok(ask(StreamAsk::Length(key)))
    })
    .weighs(limits::WEIGHT_LIST),
    front(
        ("XINFO", "STREAM"),
        3,
        Some(Look),
        "XINFO STREAM stream",
        "length, ids and ends of a stream",
        info,
    )
    .weighs(limits::WEIGHT_LIST),
    groups::GROUPS,
    groups::CONSUMERS,
    front(("TYPE", ""), 2, Some(Look), "TYPE stream", "stream or none", |mut words| {
        let key = of_word(words.word("stream")?);
        words.end()?;
        Ok(ask(StreamAsk::Type(key)))
    }),
    front(
        ("EXISTS", ""),
        -2,
        Some(Look),
        "EXISTS stream [stream ...]",
        "how many of these streams there are",
        exist,
    ),
    refused("XADD", -5, "XADD stream id field value ..."),
    refused("XDEL", -3, "XDEL stream id ..."),
    refused("XTRIM", -4, "XTRIM stream MAXLEN|MINID threshold"),
    refused("XSETID", -3, "XSETID stream id"),
    refused("PUBLISH", 3, "PUBLISH feed:ev|map:ev message"),
    refused("SPUBLISH", 3, "SPUBLISH channel message"),
];

const READ_USAGE: &str = "XREAD [COUNT n] [BLOCK ms] STREAMS stream ... id ...";
/// The stream of all events.
const ALL: &[u8] = b"feeds";

/// The name of a stream, in two parts.
pub(crate) fn name_of(key: &StreamKey) -> (&[u8], &[u8]) {
    match key {
        StreamKey::Event(event) => (prefix(Channel::Feed), event.bytes()),
        StreamKey::All => (ALL, b""),
    }
}

fn ask<'a>(ask: StreamAsk) -> Front<'a> {
    Front::Feed(Feed::Stream(Box::new(ask)))
}

const fn refused(name: &'static str, arity: i8, usage: &'static str) -> Verb {
    front((name, ""), arity, Some(Look), usage, "refused: sales write the feed", |words| {
        let message = format!("sales write the feed: there is no {}", words.usage());
        Err(Fault::new(Code::FEED_IS_READ_ONLY, message))
    })
}

fn of_word(word: &[u8]) -> Option<StreamKey> {
    if word == ALL {
        return Some(StreamKey::All);
    }
    word.strip_prefix(prefix(Channel::Feed))
        .and_then(NameRef::new)
        .map(|event| StreamKey::Event(event.to_name()))
}

fn key(words: &mut Words<'_>) -> Result<StreamKey, Fault> {
    let word = words.word("stream")?;
    of_word(word).ok_or_else(|| {
        let message = format!("{} is no stream: there are feed:ev for each event, and feeds", quoted(word));
        Fault::new(Code::BAD_NAME, message)
    })
}

/// A count above the limit is not refused but lowered, as the command says "at most".
fn count(words: &mut Words<'_>) -> Result<usize, Fault> {
    let number = words.number("COUNT", 1, u64::MAX)?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

fn range(mut words: Words<'_>, backwards: bool) -> Result<Front<'_>, Fault> {
    let key = key(&mut words)?;
    let (from, to) = if backwards {
        let to = ids::end(&mut words)?;
        (ids::start(&mut words)?, to)
    } else {
        (ids::start(&mut words)?, ids::end(&mut words)?)
    };
    let mut most = limits::FEED_COUNT_DEFAULT;
    if let Some(word) = words.next() {
        if !word.eq_ignore_ascii_case(b"COUNT") {
            return Err(words.fault(&format!("{} is not COUNT", quoted(word))));
        }
        most = count(&mut words)?;
    }
    words.end()?;
    Ok(ask(StreamAsk::Span(key, StreamSpan { from, to, count: most, backwards })))
}

fn read(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let (mut most, mut waits) = (None, None);
    loop {
        let word = words.word("STREAMS")?;
        if word.eq_ignore_ascii_case(b"STREAMS") {
            break;
        }
        let is_first = if word.eq_ignore_ascii_case(b"COUNT") {
            most.replace(count(&mut words)?).is_none()
        } else if word.eq_ignore_ascii_case(b"BLOCK") {
            waits.replace(block(&mut words)?).is_none()
        } else {
            return Err(words.fault(&format!("{} is neither COUNT nor BLOCK nor STREAMS", quoted(word))));
        };
        words.once(word, is_first)?;
    }
    let streams = streams(words, ids::after)?;
    let count = most.unwrap_or(limits::FEED_COUNT_DEFAULT);
    Ok(ask(StreamAsk::Read(StreamsQuery { streams, count, block: waits.unwrap_or_default() })))
}

/// The streams behind `STREAMS`, each with what stands for it behind them.
fn streams<T>(
    mut words: Words<'_>,
    id: fn(&mut Words<'_>) -> Result<T, Fault>,
) -> Result<Vec<(StreamKey, T)>, Fault> {
    let left = words.clone().rest().len();
    if left == 0 || !left.is_multiple_of(2) {
        return Err(words.fault("behind STREAMS come as many ids as streams"));
    }
    if left / 2 > limits::STREAMS_MAX {
        let message = format!("{} streams are too many: at most {}", left / 2, limits::STREAMS_MAX);
        return Err(words.fault(&message));
    }
    let mut keys = Vec::with_capacity(left / 2);
    while keys.len() < left / 2 {
        let name = words.peek().unwrap_or_default();
        let key = key(&mut words)?;
        if keys.contains(&key) {
            // Redis answers twice, and clients lose one of the answers.
            return Err(Fault::new(Code::REPEATED, format!("{} stands twice", quoted(name))));
        }
        keys.push(key);
    }
    let mut streams = Vec::with_capacity(keys.len());
    for key in keys {
        streams.push((key, id(&mut words)?));
    }
    Ok(streams)
}

/// As in Redis, 0 is without end.
fn block(words: &mut Words<'_>) -> Result<Duration, Fault> {
    let millis = words.number("BLOCK", 0, u64::MAX)?;
    Ok(if millis == 0 { Duration::MAX } else { Duration::from_millis(millis) })
}

fn info(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let key = key(&mut words)?;
    if words.takes("FULL") {
        return Err(
            words.fault("there is no FULL: XINFO GROUPS, XINFO CONSUMERS and XPENDING tell what it has")
        );
    }
    words.end()?;
    Ok(ask(StreamAsk::View(key)))
}

fn exist(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let mut keys = vec![of_word(words.word("stream")?)];
    while let Some(word) = words.next() {
        keys.push(of_word(word));
    }
    if keys.len() > limits::STREAMS_MAX {
        let message = format!("{} streams are too many: at most {}", keys.len(), limits::STREAMS_MAX);
        return Err(words.fault(&message));
    }
    Ok(ask(StreamAsk::Exist(keys)))
}

/// The names of the streams of a command that has them behind `STREAMS`.
///
/// # Errors
/// What is wrong with the command.
pub(super) fn named_keys<'a>(verb: &Verb, mut words: Words<'a>) -> Result<Vec<&'a [u8]>, Fault> {
    if let Parse::Front(parse) = verb.parse {
        parse(words.clone())?;
    }
    while words.next().is_some_and(|word| !word.eq_ignore_ascii_case(b"STREAMS")) {}
    let rest = words.rest();
    let count = rest.len() / 2;
    Ok(rest.take(count).collect())
}
