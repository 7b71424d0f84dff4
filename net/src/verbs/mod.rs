//! The commands: each has a row that says how it is named, which role may send it, what it weighs and how its words
//! are read. Dispatch, `COMMAND`, the roles and the table in `docs/protocol.md` come from these rows.
//!
//! A row decides by form alone. What an event makes of a command is decided in the engine.

use std::ptr;

use holdfast_engine::{
    Ask, AuditAsk, Class, Code, EventStatus, Fault, JobAsk, KeyRef, Labels, Name, NameRef, NotifyAsk,
};

use crate::access::{Grant, Right};
use crate::resp::decode::Arguments;
use crate::spans::Traced;

mod as_of;
mod event;
mod feed;
mod local;
mod operator;
mod payment;
mod read;
mod sale;
mod streams;
mod table;
#[cfg(test)]
mod tests;
mod traced;
mod transaction;
mod words;

pub(crate) use as_of::{event_of, event_of_any, look};
pub(crate) use feed::{Feed, Manner, StreamAsk, channel_of, prefix};
pub(crate) use local::{ClientInfo, ClusterAsk, Figures, Library, Local, help};
pub(crate) use streams::name_of as stream_name;
pub(crate) use table::{count, write_docs, write_info, write_list};
pub(crate) use traced::wrapping;
pub(crate) use transaction::Step;
pub(crate) use words::number;
pub(crate) use words::quoted;
use words::{Folded, Words};

/// A command, or one form of it (`EVENT CREATE`).
#[derive(Debug)]
pub(crate) struct Verb {
    /// Its first word, in capitals.
    name: &'static str,
    /// Its second word, if that chooses between several forms; else empty.
    form: &'static str,
    /// The number of its words, with the name; negative: at least that many.
    arity: i8,
    /// What a token must allow; `None`: before a login as well.
    pub(crate) needs: Option<Right>,
    /// What it is to a sale, when there is not room for everything.
    pub(crate) class: Class,
    /// What it counts against [`IN_FLIGHT_MAX`](crate::limits::IN_FLIGHT_MAX): about how large its reply can be.
    pub(crate) weight: usize,
    /// Its line in the documentation.
    usage: &'static str,
    /// What it does, in a few words.
    summary: &'static str,
    parse: Parse,
}

/// The function that reads the words behind the name and the form.
#[derive(Clone, Copy, Debug)]
enum Parse {
    /// The first word names the event, whose map tells what the others mean.
    Event(for<'a> fn(Words<'a>, Labels<'_>) -> Result<Ask<'a>, Fault>),
    /// The command needs no event.
    Front(for<'a> fn(Words<'a>) -> Result<Front<'a>, Fault>),
    /// As the first or, where that gives nothing, as the second.
    Either(
        for<'a> fn(Words<'a>) -> Result<Option<Front<'a>>, Fault>,
        for<'a> fn(Words<'a>, Labels<'_>) -> Result<Ask<'a>, Fault>,
    ),
    /// It says something of the command that is behind its first words.
    Wrapper,
}

/// A command that needs no event to be there.
#[derive(Debug)]
pub(crate) enum Front<'a> {
    /// `EVENT CREATE`
    Create { event: NameRef<'a>, key: KeyRef<'a>, json: &'a [u8] },
    /// `EVENT LIST`
    List { cursor: u64, count: u32, status: Option<EventStatus> },
    /// A command about feeds.
    Feed(Feed<'a>),
    /// A command about this connection or the server.
    Local(Local<'a>),
    /// A command about what is done beside the sale.
    Operator(OperatorAsk),
    /// A command about transactions.
    Transaction(Step),
}

/// What operators ask about what is done beside the sale.
#[derive(Debug)]
pub(crate) enum OperatorAsk {
    /// `JOB ...`
    Job(Box<JobAsk>),
    /// `NOTIFY ...`
    Notify(Box<NotifyAsk>),
    /// `AUDIT ...`
    Audit(Box<AuditAsk>),
}

/// A command whose form is right, as far as it can be checked without the event.
#[derive(Debug)]
pub(crate) enum Command<'a> {
    /// A command for an event that is there.
    Event(EventCommand<'a>),
    Front(Front<'a>),
}

/// A command for an event, whose map tells what its words mean.
#[derive(Debug)]
pub(crate) struct EventCommand<'a> {
    pub(crate) event: NameRef<'a>,
    words: Words<'a>,
    parse: for<'b> fn(Words<'b>, Labels<'_>) -> Result<Ask<'b>, Fault>,
}

impl<'a> EventCommand<'a> {
    /// Reads the words with the labels of the event's map.
    ///
    /// # Errors
    /// The word at fault, what is wrong with it, and what is allowed.
    pub(crate) fn ask(self, labels: Labels<'_>) -> Result<Ask<'a>, Fault> {
        (self.parse)(self.words, labels)
    }
}

impl Command<'_> {
    /// The one event that it is about.
    pub(crate) fn event(&self) -> Option<Name> {
        match self {
            Self::Event(EventCommand { event, .. }) | Self::Front(Front::Create { event, .. }) => {
                Some(event.to_name())
            }
            Self::Front(Front::Feed(Feed::Stream(ask))) => {
                let mut events = ask.events();
                events.next().filter(|_| events.next().is_none()).cloned()
            }
            Self::Front(Front::Feed(feed)) => feed.event().cloned(),
            Self::Front(_) => None,
        }
    }

    /// Whether the command may be sent on a connection whose messages cannot be told from replies: those that Redis
    /// allows.
    pub(crate) const fn goes_with_messages(&self) -> bool {
        matches!(
            self,
            Self::Front(
                Front::Feed(Feed::Subscribe(..) | Feed::Unsubscribe(..) | Feed::PUnsubscribe(_))
                    | Front::Local(Local::Ping(_) | Local::Quit | Local::Reset)
            )
        )
    }

    /// Whether the command begins something in the engine.
    pub(crate) const fn needs_the_engine(&self) -> bool {
        !matches!(
            self,
            Self::Front(
                Front::Feed(Feed::Unsubscribe(..) | Feed::PUnsubscribe(_))
                    | Front::Local(_)
                    | Front::Transaction(_)
            )
        )
    }
}

/// Why a command is not carried out.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// Its form is wrong.
    Invalid(Fault),
    /// It needs a right that is not there.
    Denied(&'static Verb),
    /// It is about an event that the token is not for.
    Elsewhere(&'static Verb, Box<Name>),
}

impl Unusable {
    /// As a fault, where no connection is told.
    pub(crate) fn fault(self) -> Fault {
        match self {
            Self::Invalid(fault) => fault,
            Self::Denied(verb) | Self::Elsewhere(verb, _) => Fault::new(Code::ROLE_DENIED, verb.title()),
        }
    }
}

impl From<Fault> for Unusable {
    fn from(fault: Fault) -> Self {
        Self::Invalid(fault)
    }
}

/// Makes a command of its arguments, for a connection that may do this. What is wrapped around it is put into `traced`, if it is part
/// of a trace that is kept.
///
/// # Errors
/// The argument at fault, what is wrong with it, and what is allowed. Nothing was asked of the engine then.
#[inline]
pub(crate) fn command<'a>(
    arguments: Arguments<'a>,
    grant: &Grant,
    traced: &mut Option<Box<Traced>>,
) -> Result<(&'static Verb, Command<'a>), Unusable> {
    let (verb, words) = find(arguments)?;
    match verb.parse {
        Parse::Wrapper => traced::within(words, grant, traced),
        _ => of_row(verb, words, grant),
    }
}

/// Makes a command of the words behind its name.
#[inline(always)]
fn of_row<'a>(
    verb: &'static Verb,
    mut words: Words<'a>,
    grant: &Grant,
) -> Result<(&'static Verb, Command<'a>), Unusable> {
    if !grant.rights.has(verb.needs) {
        return Err(Unusable::Denied(verb));
    }
    let parse = match verb.parse {
        Parse::Event(parse) => parse,
        Parse::Front(parse) => return in_front(verb, parse(words)?, grant),
        Parse::Either(front, parse) => match front(words.clone())? {
            Some(front) => return in_front(verb, front, grant),
            None => parse,
        },
        Parse::Wrapper => return Err(traced::nested(&words).into()),
    };
    let event = words.event()?;
    if !grant.events.admit(event.bytes()) {
        return Err(Unusable::Elsewhere(verb, Box::new(event.to_name())));
    }
    Ok((verb, Command::Event(EventCommand { event, words, parse })))
}

/// A command that needs no event, if what it is about is among the events of the token.
fn in_front<'a>(
    verb: &'static Verb,
    front: Front<'a>,
    grant: &Grant,
) -> Result<(&'static Verb, Command<'a>), Unusable> {
    let elsewhere = if grant.events.are_some() { front.elsewhere(grant) } else { None };
    match elsewhere {
        Some(event) => Err(Unusable::Elsewhere(verb, Box::new(event))),
        None => Ok((verb, Command::Front(front))),
    }
}

impl Front<'_> {
    /// An event that it is about and that is not among those of the token.
    fn elsewhere(&self, grant: &Grant) -> Option<Name> {
        let is_elsewhere = |event: &&Name| !grant.events.admit(event.bytes());
        match self {
            Self::Create { event, .. } => Some(event.to_name()).filter(|event| is_elsewhere(&event)),
            // A group of the stream of all events is one for all of them: what some may not see would be passed over for others.
            Self::Feed(Feed::Stream(ask)) if ask.is_of_all_by_group() => Name::new(b"*"),
            Self::Feed(Feed::Stream(ask)) => ask.events().find(is_elsewhere).cloned(),
            // Jobs, messages for people outside and the audit are about all events.
            Self::Operator(_) => Name::new(b"*"),
            Self::Feed(Feed::Subscribe(_, channels, _)) => {
                channels.iter().map(|(_, event)| event).find(is_elsewhere).cloned()
            }
            // What a connection listens to it may end; pages of the list and of all feeds are sifted.
            Self::Feed(feed) => feed.event().filter(is_elsewhere).cloned(),
            Self::List { .. } | Self::Local(_) | Self::Transaction(_) => None,
        }
    }
}

/// Is this command about the connection that it comes on, so that it means nothing without it?
pub(crate) fn is_about_a_connection<'a>(mut words: impl Iterator<Item = &'a [u8]> + Clone) -> bool {
    let folded = Folded::new(words.nth(wrapping(words.clone())).unwrap_or_default());
    let Some(verb) = verbs().find(|verb| verb.name.as_bytes() == folded.bytes()) else { return false };
    let is_of = |rows: &[Verb]| rows.iter().any(|row| row.name == verb.name);
    local::group(verb.name) == Some("connection")
        || is_of(transaction::VERBS)
        || (is_of(feed::VERBS) && verb.name.ends_with("SUBSCRIBE"))
}

/// Every row; those that come most often first.
static VERBS: [&[Verb]; 18] = [
    sale::VERBS,
    payment::VERBS,
    read::VERBS,
    transaction::VERBS,
    traced::VERBS,
    event::VERBS,
    operator::VERBS,
    feed::VERBS,
    as_of::VERBS,
    streams::VERBS,
    streams::GROUPS,
    streams::CARE,
    local::VERBS,
    local::FIGURES,
    operator::JOBS,
    operator::NOTIFICATIONS,
    operator::AUDIT,
    local::CLUSTER,
];

pub(crate) fn verbs() -> impl Iterator<Item = &'static Verb> {
    VERBS.iter().flat_map(|verbs| verbs.iter())
}

impl Verb {
    /// The name as it is written: `HOLD`, `EVENT CREATE`.
    pub(crate) fn title(&self) -> String {
        if self.form.is_empty() { self.name.to_owned() } else { format!("{} {}", self.name, self.form) }
    }

    /// Its name and its form; without one it is empty.
    pub(crate) const fn words(&self) -> (&'static str, &'static str) {
        (self.name, self.form)
    }

    /// The name as Redis tells it: `hold`, `event|create`.
    pub(crate) fn told(&self) -> String {
        self.title().to_ascii_lowercase().replace(' ', "|")
    }

    /// Which row of all it is.
    #[inline]
    pub(crate) fn place(&'static self) -> usize {
        let (at, mut before) = (ptr::from_ref(self).addr(), 0);
        for rows in VERBS {
            let offset = at.wrapping_sub(rows.as_ptr().addr());
            if offset < size_of_val(rows) {
                return before + offset / size_of::<Self>();
            }
            before += rows.len();
        }
        before
    }

    /// Which of its words is the event, the stream or the channel; `None` if none is, or if the words before it decide. It is the key
    /// in the sense of Redis: what belongs together, and is in one place.
    pub(crate) fn key(&self) -> Option<usize> {
        let at =
            self.usage.split(' ').position(|word| ["ev", "stream", "channel", "[channel"].contains(&word));
        at.filter(|_| !self.has_movable_keys())
    }

    /// Whether the words behind its key are keys as well.
    pub(crate) fn has_several_keys(&self) -> bool {
        self.usage.ends_with("[stream ...]") || self.usage.ends_with("[channel ...]")
    }

    /// Whether it says itself where its keys begin.
    pub(crate) fn has_movable_keys(&self) -> bool {
        self.usage.contains(" STREAMS ")
    }
}

/// The row of a command, and the words behind its name.
///
/// # Errors
/// If there is no such command, or no such form of it.
#[inline]
fn find(mut arguments: Arguments<'_>) -> Result<(&'static Verb, Words<'_>), Fault> {
    // The decoder gives no command without arguments.
    let name = arguments.next().unwrap_or_default();
    let folded = Folded::new(name);
    let Some(verb) = verbs().find(|verb| verb.name.as_bytes() == folded.bytes()) else {
        let message = format!("there is no command {}: COMMAND lists those that there are", quoted(name));
        return Err(Fault::new(Code::UNKNOWN_COMMAND, message));
    };
    if verb.form.is_empty() {
        Ok((verb, Words::new(arguments, verb.usage)))
    } else {
        form(verb.name, arguments)
    }
}

/// The form of a command that has several.
fn form<'a>(name: &'static str, mut arguments: Arguments<'a>) -> Result<(&'static Verb, Words<'a>), Fault> {
    let forms = || verbs().filter(|verb| verb.name == name);
    let Some(word) = arguments.next() else {
        // `COMMAND` without a form shows all commands.
        return forms()
            .find(|verb| verb.arity == -1)
            .map(|verb| (verb, Words::new(arguments, verb.usage)))
            .ok_or_else(|| Fault::new(Code::SYNTAX, format!("missing subcommand: {}", usage_of_all(name))));
    };
    let folded = Folded::new(word);
    let verb = forms().find(|verb| verb.form.as_bytes() == folded.bytes());
    verb.map(|verb| (verb, Words::new(arguments, verb.usage))).ok_or_else(|| {
        let message = format!("there is no {name} {}: {}", quoted(word), usage_of_all(name));
        Fault::new(Code::UNKNOWN_COMMAND, message)
    })
}

/// The usage of a command with several forms: `EVENT CREATE|PAUSE ...`.
fn usage_of_all(name: &str) -> String {
    let forms: Vec<_> = verbs().filter(|verb| verb.name == name).map(|verb| verb.form).collect();
    format!("{name} {} ...", forms.join("|"))
}

/// The keys of a command, for `COMMAND GETKEYS`, which has the words of that command behind its own.
fn keys<'a>(words: &Words<'a>) -> Result<Vec<&'a [u8]>, Fault> {
    words.clone().word("command")?;
    let arguments = words.clone().rest();
    let count = arguments.len();
    let (verb, behind) = find(arguments.clone())?;
    if matches!(verb.parse, Parse::Wrapper) {
        return keys(&Words::new(traced::behind(behind)?, words.usage()));
    }
    if as_of::is_it(verb) {
        let mut behind = behind;
        behind.word("version or @time")?;
        return keys(&Words::new(behind.rest(), words.usage()));
    }
    let least = usize::from(verb.arity.unsigned_abs());
    if count < least || (verb.arity > 0 && count > least) {
        return Err(words.fault(&format!("{} has not {count} words: {}", verb.title(), verb.usage)));
    }
    if verb.has_movable_keys() {
        return streams::named_keys(verb, behind);
    }
    let count = if verb.has_several_keys() { usize::MAX } else { 1 };
    let first = verb.key().ok_or_else(|| {
        words.fault(&format!("The command has no key arguments: {} names no event", verb.title()))
    })?;
    Ok(arguments.skip(first).take(count).collect())
}

/// A row of a command about an event.
const fn about_event(
    (name, form): (&'static str, &'static str),
    arity: i8,
    needs: Right,
    usage: &'static str,
    summary: &'static str,
    parse: for<'a> fn(Words<'a>, Labels<'_>) -> Result<Ask<'a>, Fault>,
) -> Verb {
    let parse = Parse::Event(parse);
    Verb { name, form, arity, needs: Some(needs), class: Class::Progress, weight: 1, usage, summary, parse }
}

/// A row of a command that needs no event.
const fn front(
    (name, form): (&'static str, &'static str),
    arity: i8,
    needs: Option<Right>,
    usage: &'static str,
    summary: &'static str,
    parse: for<'a> fn(Words<'a>) -> Result<Front<'a>, Fault>,
) -> Verb {
    let parse = Parse::Front(parse);
    Verb { name, form, arity, needs, class: Class::Progress, weight: 1, usage, summary, parse }
}

impl Verb {
    /// Whether it is an operator's.
    #[inline]
    pub(crate) const fn operates(&self) -> bool {
        matches!(self.needs, Some(Right::Operate))
    }

    /// Whether it is something that an operator does with a reason.
    pub(crate) fn is_act(&self) -> bool {
        self.operates() && self.usage.contains(" operator reason")
    }

    /// Its line in the documentation.
    pub(crate) const fn usage(&self) -> &'static str {
        self.usage
    }

    /// Whether it needs more than the role reader, and counts as a write of its token.
    #[inline]
    pub(crate) const fn writes(&self) -> bool {
        match self.needs {
            Some(right) => right.changes(),
            None => false,
        }
    }

    const fn is(self, class: Class) -> Self {
        Self { class, ..self }
    }

    const fn weighs(self, weight: usize) -> Self {
        Self { weight, ..self }
    }
}
