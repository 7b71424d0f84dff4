//! Commands of consumer groups that Redis does not have: `GROUP ...`.

use holdfast_engine::limits::{FEED_COUNT_MAX, GROUP_BACKOFF_MAX};
use holdfast_engine::{By, CareAsk, Code, EntryId, Fault, GroupAsk, GroupTerms, KINDS, Millis, WhichDead};

use super::groups::{name, told};
use super::{count, ids, key};
use crate::access::Right;
use crate::limits;
use crate::verbs::words::{Folded, Words, quoted};
use crate::verbs::{Front, Verb, front};

const READER: Option<Right> = Some(Right::Read);
const CONSUMER: Option<Right> = Some(Right::Consume);
const OPERATOR: Option<Right> = Some(Right::Operate);

pub(in crate::verbs) static VERBS: &[Verb] = &[
    front(
        ("GROUP", "CREATE"),
        -7,
        OPERATOR,
        "GROUP CREATE stream group from [KINDS kind ...] [DELIVERIES n] [BACKOFF first max] [PAUSE percent window] [SERIAL] operator reason",
        "makes a group that retries by itself and puts aside what nobody can do",
        create,
    ),
    front(
        ("GROUP", "LIST"),
        -2,
        READER,
        "GROUP LIST [stream]",
        "consumer groups, with their terms and how they do",
        |mut words| {
            let stream = if words.peek().is_some() { Some(key(&mut words)?) } else { None };
            told(words, GroupAsk::List(stream))
        },
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("GROUP", "INFO"),
        4,
        READER,
        "GROUP INFO stream group",
        "all about a consumer group, with how far it is behind",
        |mut words| {
            let of = name(&mut words)?;
            told(words, GroupAsk::Care(of, CareAsk::Info))
        },
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("GROUP", "PAUSE"),
        6,
        OPERATOR,
        "GROUP PAUSE stream group operator reason",
        "has a group give out nothing",
        |words| act(words, CareAsk::Pause),
    ),
    front(
        ("GROUP", "RESUME"),
        6,
        OPERATOR,
        "GROUP RESUME stream group operator reason",
        "has a group that was paused or has stopped go on",
        |words| act(words, CareAsk::Resume),
    ),
    front(
        ("GROUP", "ACK"),
        6,
        CONSUMER,
        "GROUP ACK stream group consumer id deliveries",
        "an entry is done, if the consumer still has it from that try",
        |mut words| {
            let (of, consumer, id) =
                (name(&mut words)?, words.kept_name("consumer")?, ids::exact(&mut words)?);
            let deliveries = words.number("deliveries", 1, u64::from(u32::MAX))?;
            let deliveries = u32::try_from(deliveries).unwrap_or(u32::MAX);
            told(words, GroupAsk::Care(of, CareAsk::Ack(consumer, id, deliveries)))
        },
    ),
    front(
        ("GROUP", "DEAD"),
        -4,
        READER,
        "GROUP DEAD stream group [AFTER id] [COUNT n]",
        "entries that were put aside after their last try, oldest first",
        dead,
    )
    .weighs(limits::WEIGHT_MAP),
    front(
        ("GROUP", "REDRIVE"),
        -7,
        OPERATOR,
        "GROUP REDRIVE stream group operator reason <ALL | IDS id ...> [DRY]",
        "has entries tried again that were put aside",
        redrive,
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("GROUP", "DROP"),
        -7,
        OPERATOR,
        "GROUP DROP stream group operator reason <ALL | IDS id ...>",
        "gives up entries that were put aside",
        |mut words| {
            let (of, by) = (name(&mut words)?, by(&mut words)?);
            let (which, _) = which(&mut words, false)?;
            told(words, GroupAsk::Care(of, CareAsk::Drop(which, by)))
        },
    ),
    front(
        ("GROUP", "SETID"),
        -7,
        OPERATOR,
        "GROUP SETID stream group id operator reason [DRY]",
        "has a group go on behind another id, and tells what it is not given and what it is given again",
        |mut words| {
            let (of, after, by) = (name(&mut words)?, ids::after(&mut words)?, by(&mut words)?);
            let dry = words.takes("DRY");
            told(words, GroupAsk::Care(of, CareAsk::Move(after, dry, by)))
        },
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("GROUP", "DESTROY"),
        6,
        OPERATOR,
        "GROUP DESTROY stream group operator reason",
        "ends a group, with all that it has not acknowledged and all that was put aside",
        |words| act(words, CareAsk::Close),
    ),
];

/// Each of these acts is the same when it is done twice, so none has a key.
fn by(words: &mut Words<'_>) -> Result<By, Fault> {
    let audit = words.audit()?;
    let operator = audit.operator.as_str().into();
    Ok(By { key: Box::default(), operator, token: None, reason: audit.reason })
}

fn act<'a>(mut words: Words<'a>, ask: fn(By) -> CareAsk) -> Result<Front<'a>, Fault> {
    let (of, by) = (name(&mut words)?, by(&mut words)?);
    told(words, GroupAsk::Care(of, ask(by)))
}

/// Options come before the operator: whoever is called as one of them has to be called otherwise.
fn create(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let (of, after) = (name(&mut words)?, ids::after(&mut words)?);
    let (mut terms, mut seen) = (GroupTerms::default(), [false; 5]);
    while let Some(word) = words.peek() {
        let at = match Folded::new(word).bytes() {
            b"KINDS" => 0,
            b"DELIVERIES" => 1,
            b"BACKOFF" => 2,
            b"PAUSE" => 3,
            b"SERIAL" => 4,
            _ => break,
        };
        words.next();
        words.once(word, !std::mem::replace(&mut seen[at], true))?;
        match at {
            0 => terms.kinds = kinds(&mut words)?,
            1 => {
                let most = words.number("DELIVERIES", 1, limits::GROUP_DELIVERIES_MAX)?;
                terms.deliveries = u32::try_from(most).unwrap_or(u32::MAX);
            }
            2 => {
                terms.first = Millis(words.number("first", 1, GROUP_BACKOFF_MAX.0)?);
                terms.max = Millis(words.number("max", terms.first.0, GROUP_BACKOFF_MAX.0)?);
            }
            4 => terms.serial = true,
            _ => {
                let percent = words.number("percent", 1, 100)?;
                terms.pause_percent = u32::try_from(percent).unwrap_or(100);
                terms.pause_window = Millis(words.number("window", 1_000, GROUP_BACKOFF_MAX.0)?);
            }
        }
    }
    let by = by(&mut words)?;
    told(words, GroupAsk::Care(of, CareAsk::Open(after, terms, by)))
}

/// Words that are kinds of change; at least one.
fn kinds(words: &mut Words<'_>) -> Result<Vec<Box<str>>, Fault> {
    let known = |word: &[u8]| KINDS.iter().map(|row| row.kind).find(|kind| kind.as_bytes() == word);
    let mut kinds = Vec::<Box<str>>::new();
    while let Some(kind) = words.peek().and_then(known) {
        words.next();
        if kinds.iter().any(|there| **there == *kind) {
            return Err(words.fault(&format!("the kind {kind} stands twice")));
        }
        kinds.push(kind.into());
    }
    if kinds.is_empty() {
        let word = words.word("kind")?;
        let message = format!("{} is no kind of change: docs/feed.md has them", quoted(word));
        return Err(Fault::new(Code::BAD_NAME, message));
    }
    kinds.sort_unstable();
    Ok(kinds)
}

fn dead(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let of = name(&mut words)?;
    let (mut after, mut most) = (None, None);
    while let Some(word) = words.next() {
        let is_first = match Folded::new(word).bytes() {
            b"AFTER" => after.replace(ids::exact(&mut words)?).is_none(),
            b"COUNT" => most.replace(count(&mut words)?).is_none(),
            _ => return Err(words.fault(&format!("{} is neither AFTER nor COUNT", quoted(word)))),
        };
        words.once(word, is_first)?;
    }
    let count = most.unwrap_or(limits::FEED_COUNT_DEFAULT).min(FEED_COUNT_MAX);
    told(words, GroupAsk::Care(of, CareAsk::Dead(after.unwrap_or(EntryId::FIRST), count)))
}

fn redrive(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let (of, by) = (name(&mut words)?, by(&mut words)?);
    let (which, dry) = which(&mut words, true)?;
    told(words, GroupAsk::Care(of, CareAsk::Redrive(which, dry, by)))
}

/// Which dead letters, and whether nothing is to be done.
fn which(words: &mut Words<'_>, may_be_dry: bool) -> Result<(WhichDead, bool), Fault> {
    let which = if words.takes("ALL") {
        WhichDead::All
    } else if words.takes("IDS") {
        let mut ids = vec![ids::exact(words)?];
        while words.number_is_next() {
            ids.push(ids::exact(words)?);
        }
        WhichDead::Ids(ids)
    } else {
        return Err(words.missing("ALL or IDS"));
    };
    Ok((which, may_be_dry && words.takes("DRY")))
}
