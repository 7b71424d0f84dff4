//! Commands about feeds: `FEED`, `FEEDS`, `PICTURE`, `SUBSCRIBE`, `SSUBSCRIBE` and their ends.

use std::time::Duration;

use holdfast_engine::{
    Ask, CareAsk, Channel, Class, Code, Fault, FeedQuery, FeedsQuery, GroupAsk, Labels, Moment, Name,
    NameRef, Read, StreamKey, StreamSpan, StreamsQuery,
};

use super::words::{Words, quoted};
use super::{Front, Parse, Verb, about_event, front};
use crate::access::Right::{self, Look};
use crate::limits;
use crate::resp::decode::Arguments;

pub(super) static VERBS: &[Verb] = &[
    front(
        ("FEED", ""),
        -3,
        Some(Look),
        "FEED ev from-version [COUNT n] [BLOCK ms] [BRANCH n]",
        "changes from a version on, oldest first",
        feed,
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("FEEDS", ""),
        -2,
        Some(Look),
        "FEEDS from-lsn [COUNT n] [BLOCK ms] [BRANCH n]",
        "changes of all events in the order of the log",
        feeds,
    )
    .weighs(limits::WEIGHT_LIST),
    PICTURE.is(Class::Look).weighs(limits::WEIGHT_MAP),
    front(
        ("SUBSCRIBE", ""),
        -2,
        Some(Look),
        "SUBSCRIBE [BRANCH n] feed:ev|map:ev ...",
        "each change as a message, or what seats and areas have become",
        subscribe,
    ),
    front(
        ("UNSUBSCRIBE", ""),
        -1,
        None,
        "UNSUBSCRIBE [feed:ev|map:ev ...]",
        "ends these subscriptions, or all",
        |words| Ok(Front::Feed(Feed::Unsubscribe(Manner::Plain, words.rest()))),
    ),
    front(
        ("SSUBSCRIBE", ""),
        -2,
        Some(Look),
        "SSUBSCRIBE channel [channel ...]",
        "the same for clients of a cluster, who choose the node by the channel",
        |words| subscribe_to(words, Manner::Sharded, None),
    ),
    front(
        ("SUNSUBSCRIBE", ""),
        -1,
        None,
        "SUNSUBSCRIBE [channel ...]",
        "ends these subscriptions of SSUBSCRIBE, or all",
        |words| Ok(Front::Feed(Feed::Unsubscribe(Manner::Sharded, words.rest()))),
    ),
    front(
        ("PUNSUBSCRIBE", ""),
        -1,
        None,
        "PUNSUBSCRIBE [pattern ...]",
        "there are no patterns; for client libraries",
        |words| Ok(Front::Feed(Feed::PUnsubscribe(words.rest()))),
    ),
    front(
        ("WAITVERSION", ""),
        4,
        Some(Look),
        "WAITVERSION ev version ms",
        "the version of an event, once it has this one",
        wait_version,
    ),
];

/// Without `SINCE` it is for the event alone.
const PICTURE: Verb = Verb {
    parse: Parse::Either(picture_since, picture),
    ..about_event(
        ("PICTURE", ""),
        -2,
        Look,
        "PICTURE ev [SINCE version [BRANCH n]]",
        "what every seat and area is at a version, or what has become another since one",
        picture,
    )
};

const FEED: &[u8] = b"feed:";
const MAP: &[u8] = b"map:";

/// The prefix of the name of a channel; the name of an event follows.
pub(crate) const fn prefix(channel: Channel) -> &'static [u8] {
    match channel {
        Channel::Feed => FEED,
        Channel::Map => MAP,
    }
}

/// The channel of this name, and of which event it is.
pub(crate) fn channel_of(name: &[u8]) -> Option<(Channel, &[u8])> {
    let of = |channel| Some((channel, name.strip_prefix(prefix(channel))?));
    of(Channel::Feed).or_else(|| of(Channel::Map))
}

/// How a connection listens to a channel. The two have channels, counts and words of their own: who listens in both is told in both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manner {
    /// `SUBSCRIBE`: on whatever node.
    Plain,
    /// `SSUBSCRIBE`: on a node that has the channel's event, as cluster clients do.
    Sharded,
}

impl Manner {
    pub(crate) const ALL: [Self; 2] = [Self::Plain, Self::Sharded];

    /// How it is said that a subscription began, and that one ended.
    pub(crate) const fn words(self) -> [&'static [u8]; 2] {
        match self {
            Self::Plain => [b"subscribe", b"unsubscribe"],
            Self::Sharded => [b"ssubscribe", b"sunsubscribe"],
        }
    }
}

/// A command about feeds.
#[derive(Clone, Debug)]
pub(crate) enum Feed<'a> {
    /// `FEED`
    Read { event: Name, query: FeedQuery, branch: Option<u64> },
    /// `PICTURE ... SINCE`
    Picture { event: Name, since: u64, branch: Option<u64> },
    /// `ASOF`: the look, as a command on the wire.
    AsOf { event: Name, moment: Moment, look: Box<[u8]> },
    /// `WAITVERSION`
    Version { event: Name, wanted: u64, patience: Duration },
    /// `FEEDS`
    All(FeedsQuery, Option<u64>),
    /// A command that reads feeds as streams.
    Stream(Box<StreamAsk>),
    /// `SUBSCRIBE` or `SSUBSCRIBE` to these channels.
    Subscribe(Manner, Vec<(Channel, Name)>, Option<u64>),
    /// `UNSUBSCRIBE` or `SUNSUBSCRIBE` from these channels, or from all if none are named.
    Unsubscribe(Manner, Arguments<'a>),
    /// `PUNSUBSCRIBE`: there are no patterns, but client libraries send it when they end.
    PUnsubscribe(Arguments<'a>),
}

impl Feed<'_> {
    /// The one event that it is about, if there is one that it names first.
    pub(crate) const fn event(&self) -> Option<&Name> {
        match self {
            Self::Read { event, .. }
            | Self::Version { event, .. }
            | Self::Picture { event, .. }
            | Self::AsOf { event, .. } => Some(event),
            Self::All(..)
            | Self::Stream(_)
            | Self::Subscribe(..)
            | Self::Unsubscribe(..)
            | Self::PUnsubscribe(_) => None,
        }
    }
}

/// A command about streams.
#[derive(Clone, Debug)]
pub(crate) enum StreamAsk {
    /// `XREAD`
    Read(StreamsQuery),
    /// `XRANGE` and `XREVRANGE`
    Span(StreamKey, StreamSpan),
    /// `XLEN`
    Length(StreamKey),
    /// `XINFO STREAM`
    View(StreamKey),
    /// `TYPE`; what can be the name of no stream is `None`.
    Type(Option<StreamKey>),
    /// `EXISTS`, likewise.
    Exist(Vec<Option<StreamKey>>),
    /// A command about consumer groups.
    Group(Box<GroupAsk>),
}

impl StreamAsk {
    /// The streams that it is about.
    pub(crate) fn keys(&self) -> Vec<&StreamKey> {
        match self {
            Self::Read(query) => query.streams.iter().map(|(key, _)| key).collect(),
            Self::Span(key, _) | Self::Length(key) | Self::View(key) => vec![key],
            Self::Type(key) => key.iter().collect(),
            Self::Exist(keys) => keys.iter().flatten().collect(),
            Self::Group(ask) => match &**ask {
                GroupAsk::Read(read) => read.streams.iter().map(|(key, _)| key).collect(),
                GroupAsk::Groups(key) => vec![key],
                GroupAsk::List(key) => key.iter().collect(),
                GroupAsk::Create(of, _)
                | GroupAsk::Set(of, _)
                | GroupAsk::Destroy(of)
                | GroupAsk::Join(of, _)
                | GroupAsk::Leave(of, _)
                | GroupAsk::Ack(of, _)
                | GroupAsk::Return(of, ..)
                | GroupAsk::Summary(of)
                | GroupAsk::Pending(of, _)
                | GroupAsk::Claim(of, ..)
                | GroupAsk::AutoClaim(of, ..)
                | GroupAsk::Care(of, _)
                | GroupAsk::Consumers(of) => vec![&of.stream],
            },
        }
    }

    /// Whether it is about a consumer group of the stream of all events.
    pub(crate) fn is_of_all_by_group(&self) -> bool {
        matches!(self, Self::Group(_)) && self.keys().contains(&&StreamKey::All)
    }

    /// What it needs beside looking.
    pub(crate) fn needs(&self) -> Option<Right> {
        match self {
            Self::Group(ask) => Some(needs(ask)),
            _ => None,
        }
    }

    /// The operator who asks, if it is an act of one.
    pub(crate) fn operator(&self) -> Option<Name> {
        match self {
            Self::Group(ask) => operator(ask),
            _ => None,
        }
    }

    /// How long it may wait for what is still to come.
    pub(crate) fn block(&mut self) -> Option<&mut Duration> {
        match self {
            Self::Read(query) => Some(&mut query.block),
            Self::Group(ask) => match &mut **ask {
                GroupAsk::Read(read) => Some(&mut read.block),
                _ => None,
            },
            _ => None,
        }
    }

    /// The events of those.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Name> {
        self.keys().into_iter().filter_map(|key| match key {
            StreamKey::Event(event) => Some(event),
            StreamKey::All => None,
        })
    }
}

/// The operator who asks, if it is an act of one.
fn operator(ask: &GroupAsk) -> Option<Name> {
    let GroupAsk::Care(_, ask) = ask else { return None };
    let mut ask = ask.clone();
    ask.by_mut().and_then(|by| Name::new(by.operator.as_bytes()))
}

/// What a token must allow that asks this: that of its row.
const fn needs(ask: &GroupAsk) -> Right {
    match ask {
        GroupAsk::Set(..) | GroupAsk::Destroy(_) => Right::Operate,
        GroupAsk::Care(_, ask) => match ask {
            CareAsk::Info | CareAsk::Dead(..) => Right::Read,
            CareAsk::Ack(..) => Right::Consume,
            CareAsk::Open(..)
            | CareAsk::Pause(_)
            | CareAsk::Resume(_)
            | CareAsk::Move(..)
            | CareAsk::Close(_)
            | CareAsk::Redrive(..)
            | CareAsk::Drop(..) => Right::Operate,
        },
        GroupAsk::List(_)
        | GroupAsk::Summary(_)
        | GroupAsk::Pending(..)
        | GroupAsk::Groups(_)
        | GroupAsk::Consumers(_) => Right::Read,
        GroupAsk::Create(..)
        | GroupAsk::Join(..)
        | GroupAsk::Leave(..)
        | GroupAsk::Read(_)
        | GroupAsk::Ack(..)
        | GroupAsk::Return(..)
        | GroupAsk::Claim(..)
        | GroupAsk::AutoClaim(..) => Right::Consume,
    }
}

/// A count or a time above the limit is not refused but lowered, as the command says "at most".
fn feed(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let event = words.event()?.to_name();
    let from = words.number("from-version", 0, u64::MAX)?;
    let (count, block, branch) = page(words)?;
    Ok(Front::Feed(Feed::Read { event, query: FeedQuery { from, count, block }, branch }))
}

fn wait_version(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let event = words.event()?.to_name();
    let wanted = words.number("version", 0, u64::MAX)?;
    let patience = Duration::from_millis(words.number("ms", 0, u64::MAX)?);
    words.end()?;
    Ok(Front::Feed(Feed::Version { event, wanted, patience }))
}

fn feeds(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let from = words.number("from-lsn", 0, u64::MAX)?;
    let (count, block, branch) = page(words)?;
    Ok(Front::Feed(Feed::All(FeedsQuery { from, count, block }, branch)))
}

/// How many changes, how long to wait for the first, and the branch that is known.
fn page(mut words: Words<'_>) -> Result<(usize, Duration, Option<u64>), Fault> {
    let (mut count, mut block, mut branch) = (None, None, None);
    while let Some(word) = words.next() {
        if word.eq_ignore_ascii_case(b"COUNT") && count.is_none() {
            let number = words.number("COUNT", 1, u64::MAX)?;
            count = Some(usize::try_from(number).unwrap_or(usize::MAX));
        } else if word.eq_ignore_ascii_case(b"BLOCK") && block.is_none() {
            block = Some(Duration::from_millis(words.number("BLOCK", 0, u64::MAX)?));
        } else if is_branch(word) && branch.is_none() {
            branch = Some(words.number("BRANCH", 1, u64::MAX)?);
        } else {
            return Err(words.fault(&format!("{} is neither COUNT nor BLOCK nor BRANCH", quoted(word))));
        }
    }
    Ok((count.unwrap_or(limits::FEED_COUNT_DEFAULT), block.unwrap_or_default(), branch))
}

fn is_branch(word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(b"BRANCH")
}

fn picture<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    words.end()?;
    Ok(Ask::Read(Read::Picture))
}

fn picture_since(mut words: Words<'_>) -> Result<Option<Front<'_>>, Fault> {
    let event = words.event()?;
    let Some(word) = words.next() else { return Ok(None) };
    if !word.eq_ignore_ascii_case(b"SINCE") {
        return Err(words.fault(&format!("{} is not SINCE", quoted(word))));
    }
    let since = words.number("SINCE", 0, u64::MAX)?;
    let branch = match words.next() {
        None => None,
        Some(word) if is_branch(word) => Some(words.number("BRANCH", 1, u64::MAX)?),
        Some(word) => return Err(words.fault(&format!("{} is not BRANCH", quoted(word)))),
    };
    words.end()?;
    Ok(Some(Front::Feed(Feed::Picture { event: event.to_name(), since, branch })))
}

fn subscribe(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let mut branch = None;
    if words.takes("BRANCH") {
        branch = Some(words.number("BRANCH", 1, u64::MAX)?);
    }
    subscribe_to(words, Manner::Plain, branch)
}

fn subscribe_to(mut words: Words<'_>, manner: Manner, branch: Option<u64>) -> Result<Front<'_>, Fault> {
    let mut channels = vec![named(words.word("channel")?)?];
    while let Some(word) = words.next() {
        channels.push(named(word)?);
    }
    Ok(Front::Feed(Feed::Subscribe(manner, channels, branch)))
}

fn named(word: &[u8]) -> Result<(Channel, Name), Fault> {
    let named = channel_of(word).and_then(|(channel, event)| Some((channel, NameRef::new(event)?.to_name())));
    named.ok_or_else(|| {
        let message = format!("{} is no channel: there are feed:ev and map:ev for each event", quoted(word));
        Fault::new(Code::BAD_NAME, message)
    })
}
