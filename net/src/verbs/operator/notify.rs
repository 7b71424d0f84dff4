//! Commands of operators about messages for people outside: `NOTIFY ...`.

use holdfast_engine::{By, Fault, NotifyAsk, Which};

use super::job::by;
use crate::access::Right;
use crate::limits;
use crate::verbs::words::{Folded, Words, number, quoted};
use crate::verbs::{Front, OperatorAsk, Verb, front};

const READER: Option<Right> = Some(Right::Read);
const OPERATOR: Option<Right> = Some(Right::Operate);

pub(in crate::verbs) static VERBS: &[Verb] = &[
    front(
        ("NOTIFY", "LIST"),
        2,
        READER,
        "NOTIFY LIST",
        "which channels tell people outside, and how they do",
        |words| end(words, NotifyAsk::List),
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("NOTIFY", "DEAD"),
        -2,
        READER,
        "NOTIFY DEAD [CHANNEL channel] [CURSOR n] [COUNT n]",
        "messages that a channel did not take and that were given up, the newest first",
        dead,
    )
    .weighs(limits::WEIGHT_MAP),
    front(
        ("NOTIFY", "ACTS"),
        2,
        READER,
        "NOTIFY ACTS",
        "what operators did about channels and dead letters, the newest first",
        |words| end(words, NotifyAsk::Acts),
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("NOTIFY", "TEST"),
        6,
        OPERATOR,
        "NOTIFY TEST channel key operator reason",
        "sends a channel something, to see that it works",
        |mut words| {
            let channel = channel(&mut words)?;
            let by = by(&mut words)?;
            end(words, NotifyAsk::Test(channel, by))
        },
    ),
    front(
        ("NOTIFY", "REDRIVE"),
        6,
        OPERATOR,
        "NOTIFY REDRIVE <letter | channel> key operator reason",
        "sends a dead letter again, or all of a channel",
        |words| act(words, NotifyAsk::Redrive),
    ),
    front(
        ("NOTIFY", "DROP"),
        6,
        OPERATOR,
        "NOTIFY DROP <letter | channel> key operator reason",
        "gives up a dead letter, or all of a channel",
        |words| act(words, NotifyAsk::Drop),
    ),
];

fn end<'a>(words: Words<'a>, ask: NotifyAsk) -> Result<Front<'a>, Fault> {
    words.end().map(|()| Front::Operator(OperatorAsk::Notify(Box::new(ask))))
}

fn channel(words: &mut Words<'_>) -> Result<Box<str>, Fault> {
    words.kept_name("channel").map(|name| name.as_str().into())
}

/// Names of channels begin with a letter, so a number is one.
fn act<'a>(mut words: Words<'a>, ask: fn(Which, By) -> NotifyAsk) -> Result<Front<'a>, Fault> {
    let name = channel(&mut words)?;
    let which = number(name.as_bytes()).map_or(Which::Of(name), Which::One);
    let by = by(&mut words)?;
    end(words, ask(which, by))
}

fn dead(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let (mut of, mut cursor, mut count) = (None, 0, limits::LIST_COUNT_DEFAULT);
    while let Some(word) = words.next() {
        match Folded::new(word).bytes() {
            b"CHANNEL" => of = Some(channel(&mut words)?),
            b"CURSOR" => cursor = words.number("cursor", 0, u64::MAX)?,
            b"COUNT" => {
                let most = words.number("COUNT", 1, limits::LIST_COUNT_MAX)?;
                count = u32::try_from(most).unwrap_or(limits::LIST_COUNT_DEFAULT);
            }
            _ => return Err(words.fault(&format!("{} is not a word of NOTIFY DEAD", quoted(word)))),
        }
    }
    end(words, NotifyAsk::Dead(of, cursor, count))
}
