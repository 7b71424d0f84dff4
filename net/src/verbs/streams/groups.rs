//! Commands of consumer groups, in the forms of Redis. Options of Redis that there are not here are refused by name.

use std::time::Duration;

use holdfast_engine::limits::FEED_COUNT_MAX;
use holdfast_engine::{
    After, At, Claim, Code, EntryId, Fault, Given, GroupAsk, GroupName, GroupRead, Millis, Name,
    PendingQuery, Return, Wants,
};

use super::{ask, block, count, ids, key, streams};
use crate::access::Right;
use crate::limits;
use crate::verbs::feed::StreamAsk;
use crate::verbs::words::{Folded, Words, quoted};
use crate::verbs::{Front, Verb, front};

const READER: Option<Right> = Some(Right::Read);
const CONSUMER: Option<Right> = Some(Right::Consume);
const OPERATOR: Option<Right> = Some(Right::Operate);

pub(in crate::verbs) static VERBS: &[Verb] = &[
    front(
        ("XREADGROUP", ""),
        -7,
        CONSUMER,
        "XREADGROUP GROUP group consumer [COUNT n] [BLOCK ms] [NOACK | CLAIM ms] STREAMS stream ... id ...",
        "gives a consumer what nobody of its group was given yet, or what it has itself",
        read,
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("XACK", ""),
        -4,
        CONSUMER,
        "XACK stream group id [id ...]",
        "entries are done",
        |mut words| {
            let of = name(&mut words)?;
            let mut ids = vec![ids::exact(&mut words)?];
            while words.peek().is_some() {
                ids.push(ids::exact(&mut words)?);
            }
            told(words, GroupAsk::Ack(of, ids))
        },
    ),
    front(
        ("XNACK", ""),
        -7,
        CONSUMER,
        "XNACK stream group SILENT|FAIL|FATAL IDS n id [id ...]",
        "consumers give back what they do not go on with",
        give_back,
    ),
    front(
        ("XPENDING", ""),
        -3,
        READER,
        "XPENDING stream group [[IDLE ms] start end count [consumer]]",
        "what a group was given and has not acknowledged",
        pending,
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("XCLAIM", ""),
        -6,
        CONSUMER,
        "XCLAIM stream group consumer min-idle id [id ...] [IDLE ms | TIME unix-ms] [RETRYCOUNT n] [FORCE] [JUSTID]",
        "a consumer takes over entries of others",
        claim,
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("XAUTOCLAIM", ""),
        -6,
        CONSUMER,
        "XAUTOCLAIM stream group consumer min-idle start [COUNT n] [JUSTID]",
        "a consumer takes over entries of others that have waited long",
        auto_claim,
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("XGROUP", "CREATE"),
        -5,
        CONSUMER,
        "XGROUP CREATE stream group id [MKSTREAM]",
        "makes a group, which is given what comes behind an id",
        |mut words| {
            let (of, after) = (name(&mut words)?, ids::after(&mut words)?);
            // The stream is there when its event is.
            let _ = words.takes("MKSTREAM");
            told(words, GroupAsk::Create(of, after))
        },
    ),
    front(
        ("XGROUP", "SETID"),
        -5,
        OPERATOR,
        "XGROUP SETID stream group id",
        "has a group go on behind another id",
        |mut words| {
            let (of, after): (GroupName, After) = (name(&mut words)?, ids::after(&mut words)?);
            told(words, GroupAsk::Set(of, after))
        },
    ),
    front(
        ("XGROUP", "DESTROY"),
        4,
        OPERATOR,
        "XGROUP DESTROY stream group",
        "ends a group, with all that it has not acknowledged",
        |mut words| {
            let of = name(&mut words)?;
            told(words, GroupAsk::Destroy(of))
        },
    ),
    front(
        ("XGROUP", "CREATECONSUMER"),
        5,
        CONSUMER,
        "XGROUP CREATECONSUMER stream group consumer",
        "makes a consumer; XREADGROUP does so as well",
        |mut words| {
            let (of, consumer) = (name(&mut words)?, words.kept_name("consumer")?);
            told(words, GroupAsk::Join(of, consumer))
        },
    ),
    front(
        ("XGROUP", "DELCONSUMER"),
        5,
        CONSUMER,
        "XGROUP DELCONSUMER stream group consumer",
        "takes a consumer out, with all that it has not acknowledged",
        |mut words| {
            let (of, consumer) = (name(&mut words)?, words.kept_name("consumer")?);
            told(words, GroupAsk::Leave(of, consumer))
        },
    ),
];

/// `XINFO GROUPS`
pub(super) const GROUPS: Verb = front(
    ("XINFO", "GROUPS"),
    3,
    READER,
    "XINFO GROUPS stream",
    "the groups of a stream, and how far they are",
    |mut words| {
        let stream = key(&mut words)?;
        told(words, GroupAsk::Groups(stream))
    },
)
.weighs(limits::WEIGHT_LIST);

/// `XINFO CONSUMERS`
pub(super) const CONSUMERS: Verb = front(
    ("XINFO", "CONSUMERS"),
    4,
    READER,
    "XINFO CONSUMERS stream group",
    "the consumers of a group, and what they have",
    |mut words| {
        let of = name(&mut words)?;
        told(words, GroupAsk::Consumers(of))
    },
)
.weighs(limits::WEIGHT_LIST);

pub(super) fn told<'a>(words: Words<'a>, what: GroupAsk) -> Result<Front<'a>, Fault> {
    words.end().map(|()| ask(StreamAsk::Group(Box::new(what))))
}

pub(super) fn name(words: &mut Words<'_>) -> Result<GroupName, Fault> {
    Ok(GroupName { stream: key(words)?, group: words.kept_name("group")? })
}

fn read(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let (mut names, mut most, mut waits) = (None::<(Name, Name)>, None, None);
    let (mut noack, mut claim) = (false, None);
    loop {
        let word = words.word("STREAMS")?;
        let is_first = match Folded::new(word).bytes() {
            b"STREAMS" => break,
            b"GROUP" => {
                let both = (words.kept_name("group")?, words.kept_name("consumer")?);
                names.replace(both).is_none()
            }
            b"COUNT" => most.replace(count(&mut words)?).is_none(),
            b"BLOCK" => waits.replace(block(&mut words)?).is_none(),
            b"NOACK" => !std::mem::replace(&mut noack, true),
            b"CLAIM" => claim.replace(words.millis("CLAIM")?).is_none(),
            _ => {
                let message =
                    format!("{} is none of GROUP, COUNT, BLOCK, NOACK, CLAIM and STREAMS", quoted(word));
                return Err(words.fault(&message));
            }
        };
        words.once(word, is_first)?;
    }
    if noack && claim.is_some() {
        return Err(
            words.fault("CLAIM takes over what others have not acknowledged: NOACK acknowledges nothing")
        );
    }
    let Some((group, consumer)) = names else { return Err(words.missing("GROUP")) };
    let streams = streams(words.clone(), wants)?;
    let (count, block) = (most.unwrap_or(limits::FEED_COUNT_DEFAULT), waits.unwrap_or(Duration::ZERO));
    Ok(ask(StreamAsk::Group(Box::new(GroupAsk::Read(GroupRead {
        group,
        consumer,
        streams,
        count,
        block,
        noack,
        claim,
    })))))
}

fn wants(words: &mut Words<'_>) -> Result<Wants, Fault> {
    match words.peek() {
        Some(b">") => words.word("id").map(|_| Wants::New),
        Some(b"$") => {
            let message = "the id $ says nothing here: > is what nobody of the group was given yet, 0 is what the consumer has";
            Err(Fault::new(Code::BAD_NUMBER, message))
        }
        _ => ids::exact(words).map(Wants::Own),
    }
}

fn give_back(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let of = name(&mut words)?;
    let word = words.word("SILENT, FAIL or FATAL")?;
    let how = match Folded::new(word).bytes() {
        b"SILENT" => Return::Silent,
        b"FAIL" => Return::Fail,
        b"FATAL" => Return::Fatal,
        _ => return Err(words.fault(&format!("{} is none of SILENT, FAIL and FATAL", quoted(word)))),
    };
    if !words.takes("IDS") {
        return Err(words.missing("IDS"));
    }
    let count = words.number("n", 1, u64::MAX)?;
    let mut ids = Vec::new();
    while (ids.len() as u64) < count {
        ids.push(ids::exact(&mut words)?);
    }
    told(words, GroupAsk::Return(of, how, ids))
}

fn pending(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let of = name(&mut words)?;
    if words.peek().is_none() {
        return told(words, GroupAsk::Summary(of));
    }
    let min_idle = if words.takes("IDLE") { words.millis("IDLE")? } else { Millis(0) };
    let ends = (ids::start(&mut words)?, ids::end(&mut words)?);
    let most = words.number("count", 0, u64::MAX)?;
    let count = usize::try_from(most).unwrap_or(usize::MAX).min(FEED_COUNT_MAX);
    let consumer = if words.peek().is_some() { Some(words.kept_name("consumer")?) } else { None };
    told(words, GroupAsk::Pending(of, PendingQuery { min_idle, ends, count, consumer }))
}

fn claim(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let (of, consumer) = (name(&mut words)?, words.kept_name("consumer")?);
    let mut claim = claims(words.millis("min-idle")?);
    let mut ids = vec![ids::exact(&mut words)?];
    while words.peek().is_some_and(|word| word.first().is_some_and(u8::is_ascii_digit)) {
        ids.push(ids::exact(&mut words)?);
    }
    while let Some(word) = words.next() {
        let is_first = match Folded::new(word).bytes() {
            b"IDLE" => claim.given.replace(Given::Ago(words.millis("IDLE")?)).is_none(),
            b"TIME" => claim.given.replace(Given::At(At(words.number("TIME", 0, u64::MAX)?))).is_none(),
            b"RETRYCOUNT" => {
                let times = words.number("RETRYCOUNT", 0, u64::from(u32::MAX))?;
                claim.deliveries.replace(u32::try_from(times).unwrap_or(u32::MAX)).is_none()
            }
            b"FORCE" => !std::mem::replace(&mut claim.force, true),
            b"JUSTID" => !std::mem::replace(&mut claim.ids_alone, true),
            _ => {
                let what = "is none of IDLE, TIME, RETRYCOUNT, FORCE and JUSTID";
                return Err(words.fault(&format!("{} {what}", quoted(word))));
            }
        };
        words.once(word, is_first)?;
    }
    told(words, GroupAsk::Claim(of, consumer, claim, ids))
}

fn auto_claim(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let (of, consumer) = (name(&mut words)?, words.kept_name("consumer")?);
    let mut claim = claims(words.millis("min-idle")?);
    let from: EntryId = ids::start(&mut words)?;
    let mut most = None;
    while let Some(word) = words.next() {
        let is_first = match Folded::new(word).bytes() {
            b"COUNT" => most.replace(count(&mut words)?).is_none(),
            b"JUSTID" => !std::mem::replace(&mut claim.ids_alone, true),
            _ => return Err(words.fault(&format!("{} is neither COUNT nor JUSTID", quoted(word)))),
        };
        words.once(word, is_first)?;
    }
    let count = most.unwrap_or(limits::FEED_COUNT_DEFAULT).min(FEED_COUNT_MAX);
    told(words, GroupAsk::AutoClaim(of, consumer, claim, (from, count)))
}

const fn claims(min_idle: Millis<u64>) -> Claim {
    Claim { min_idle, given: None, deliveries: None, ids_alone: false, force: false }
}
