//! The commands: each has a row that says how it is named, which role may send it, what it weighs and how its words
//! are read. Dispatch, `COMMAND`, the roles and the table in `docs/protocol.md` come from these rows.
//!
//! A row decides by form alone. What an event makes of a command is decided in the engine.

use holdfast_engine::{Ask, Class, Code, Fault, Labels, NameRef};

use crate::access::Role;
use crate::resp::decode::Arguments;

mod event;
mod feed;
mod local;
mod operator;
mod payment;
mod read;
mod sale;
mod table;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use feed::{CHANNEL, Feed};
pub(crate) use local::{ClientInfo, Local};
pub(crate) use table::{count, write_docs, write_info, write_list};
use words::{Folded, Words, quoted};

/// A command, or one form of it (`EVENT CREATE`).
#[derive(Debug)]
pub(crate) struct Verb {
    /// Its first word, in capitals.
    name: &'static str,
    /// Its second word, if that chooses between several forms; else empty.
    form: &'static str,
    /// The number of its words, with the name; negative: at least that many.
    arity: i8,
    /// The least role that may send it; `None`: it may be sent before a login too.
    pub(crate) needs: Option<Role>,
    /// Its class, which decides what is refused first when there is not room for everything.
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
}

/// A command that needs no event to be there.
#[derive(Debug)]
pub(crate) enum Front<'a> {
    /// `EVENT CREATE`
    Create { event: NameRef<'a>, key: NameRef<'a>, json: &'a [u8] },
    /// `EVENT LIST`
    List { cursor: u64, count: u32 },
    /// A command about feeds.
    Feed(Feed<'a>),
    /// A command about this connection or the server.
    Local(Local<'a>),
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
    /// Whether the command may be sent on a connection whose messages cannot be told from replies: those that Redis
    /// allows.
    pub(crate) const fn goes_with_messages(&self) -> bool {
        matches!(
            self,
            Self::Front(
                Front::Feed(Feed::Subscribe(_) | Feed::Unsubscribe(_) | Feed::PUnsubscribe(_))
                    | Front::Local(Local::Ping(_) | Local::Quit | Local::Reset)
            )
        )
    }

    /// Whether the command begins something in the engine.
    pub(crate) const fn needs_the_engine(&self) -> bool {
        !matches!(
            self,
            Self::Front(Front::Feed(Feed::Unsubscribe(_) | Feed::PUnsubscribe(_)) | Front::Local(_))
        )
    }
}

/// Why a command is not carried out.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// Its form is wrong.
    Invalid(Fault),
    /// It needs another role.
    Denied(&'static Verb),
}

impl From<Fault> for Unusable {
    fn from(fault: Fault) -> Self {
        Self::Invalid(fault)
    }
}

/// Makes a command of its arguments, for a connection of this role.
///
/// # Errors
/// The argument at fault, what is wrong with it, and what is allowed. Nothing was asked of the engine then.
#[inline]
pub(crate) fn command(
    arguments: Arguments<'_>,
    role: Option<Role>,
) -> Result<(&'static Verb, Command<'_>), Unusable> {
    let (verb, mut words) = find(arguments)?;
    if verb.needs > role {
        return Err(Unusable::Denied(verb));
    }
    let command = match verb.parse {
        Parse::Event(parse) => Command::Event(EventCommand { event: words.event()?, words, parse }),
        Parse::Front(parse) => Command::Front(parse(words)?),
    };
    Ok((verb, command))
}

/// All rows; the commands that come most often are first.
static VERBS: [&[Verb]; 7] =
    [sale::VERBS, payment::VERBS, read::VERBS, event::VERBS, operator::VERBS, feed::VERBS, local::VERBS];

fn verbs() -> impl Iterator<Item = &'static Verb> {
    VERBS.iter().flat_map(|verbs| verbs.iter())
}

impl Verb {
    /// The name as it is written: `HOLD`, `EVENT CREATE`.
    pub(crate) fn title(&self) -> String {
        if self.form.is_empty() { self.name.to_owned() } else { format!("{} {}", self.name, self.form) }
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

/// A row of a command about an event.
const fn about_event(
    (name, form): (&'static str, &'static str),
    arity: i8,
    needs: Role,
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
    needs: Option<Role>,
    usage: &'static str,
    summary: &'static str,
    parse: for<'a> fn(Words<'a>) -> Result<Front<'a>, Fault>,
) -> Verb {
    let parse = Parse::Front(parse);
    Verb { name, form, arity, needs, class: Class::Progress, weight: 1, usage, summary, parse }
}

impl Verb {
    const fn is(self, class: Class) -> Self {
        Self { class, ..self }
    }

    const fn weighs(self, weight: usize) -> Self {
        Self { weight, ..self }
    }
}
