//! A command as a line of a plan: every word as it is sent, but `*` for what the execution gives.

use holdfast_engine::{Code, Fault, Name, is_plain};

use crate::access::Grant;
use crate::limits;
use crate::resp::decode::{Arguments, Decoded, Decoder, FrameLimits, with_kept};
use crate::resp::encode;
use crate::verbs::{Command, EventCommand, Verb, command, quoted};

/// Stands for what the execution gives: the key always, and the operator and the reason where a line leaves them to it.
const GIVEN: &str = "*";

/// The commands that a plan may have: each gives something back, lets something go, or says what became of a payment.
const ALLOWED: [(&str, &str); 10] = [
    ("RELEASE", ""),
    ("EXTEND", ""),
    ("CANCEL", ""),
    ("FORCE", "RELEASE"),
    ("FORCE", "CANCEL"),
    ("BLOCK", ""),
    ("UNBLOCK", ""),
    ("PAYMENT", "SUCCEED"),
    ("PAYMENT", "FAIL"),
    ("PAYMENT", "REFUNDED"),
];

/// A command whose form is right as far as that can be seen without its event.
#[derive(Clone, Debug)]
pub(super) struct Line {
    words: Vec<Box<str>>,
    pub(super) verb: &'static Verb,
    pub(super) event: Name,
}

/// What a command was sent with: key, operator and reason.
pub(super) type Sent = [Box<str>; 3];

/// What the execution gives.
pub(super) struct Given<'a> {
    pub(super) key: &'a str,
    pub(super) operator: &'a str,
    pub(super) reason: &'a str,
    /// Stands behind the reason of each line: which execution it was.
    pub(super) behind: &'a str,
}

impl Line {
    /// The line of this text.
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let bad = |why: &str| Fault::new(Code::BAD_ITEM, format!("{}: {why}", quoted(text.as_bytes())));
        if !is_plain(text) {
            return Err(bad("it is not one line of text"));
        }
        let (mut decoder, bytes) = (Decoder::new(), format!("{text}\r\n").into_bytes());
        match decoder.decode(&bytes, FrameLimits::LARGEST) {
            Ok(Decoded::Command(_)) if text.len() <= limits::LINE_BYTES_MAX => {}
            Ok(_) => return Err(bad("there is no command in it")),
            Err(error) => return Err(bad(&error.to_string())),
        }
        let words = decoder.arguments(&bytes).map(text_of).collect::<Option<Vec<_>>>();
        let line =
            Self::of(words.ok_or_else(|| bad("it is not text"))?).map_err(|fault| bad(&fault.message))?;
        if !ALLOWED.contains(&line.verb.words()) {
            let allowed: Vec<_> = ALLOWED.iter().map(|(name, form)| [*name, *form].join(" ")).collect();
            let allowed: Vec<_> = allowed.iter().map(|title| title.trim_end()).collect();
            return Err(bad(&format!("a plan has {}", allowed.join(", "))));
        }
        Ok(line)
    }

    /// The line of these words.
    pub(super) fn of(words: Vec<Box<str>>) -> Result<Self, Fault> {
        let bad = |why: String| Fault::new(Code::BAD_ITEM, why);
        let frame = encoded(words.iter().map(|word| &**word));
        let (verb, event) = with_command(&frame, |verb, command| (verb, command.event.to_name()))?;
        let line = Self { words, verb, event };
        match line.place("key").map(|at| &*line.words[at]) {
            Some(GIVEN) => Ok(line),
            Some(key) => Err(bad(format!(
                "the key {} is given by the execution: write {GIVEN}",
                quoted(key.as_bytes())
            ))),
            None => Err(bad(format!("{} takes no key", line.verb.title()))),
        }
    }

    /// The words that a command was sent with as those of a line, and who sent it: key, operator and reason. `None` if there are too few.
    pub(super) fn of_command(
        verb: &'static Verb,
        words: impl Iterator<Item = impl AsRef<[u8]>>,
    ) -> Option<(Vec<Box<str>>, Sent)> {
        let mut words = words.map(|word| text_of(word.as_ref())).collect::<Option<Vec<_>>>()?;
        let mut given = ["key", "operator", "reason"].map(|name| {
            let word = words.get_mut(place(verb, name)?)?;
            Some(std::mem::replace(word, GIVEN.into()))
        });
        let [key, operator, reason] = given.each_mut().map(Option::take);
        Some((words, [key?, operator?, reason?]))
    }

    /// Where the word of this name is, if the line has it.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        place(self.verb, name).filter(|at| *at < self.words.len())
    }

    /// The word of this name.
    pub(super) fn word(&self, name: &str) -> Option<&str> {
        self.place(name).map(|at| &*self.words[at])
    }

    /// Whether a word is there, in any case.
    pub(super) fn has(&self, word: &str) -> bool {
        self.words.iter().any(|other| other.eq_ignore_ascii_case(word))
    }

    /// As people read it.
    pub(super) fn text(&self) -> String {
        let quote = |word: &str| match word.contains([' ', '"', '\'']) || word.is_empty() {
            true => format!("{word:?}"),
            false => word.to_owned(),
        };
        self.words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
    }

    /// The command as it is sent.
    pub(super) fn frame(&self, given: &Given<'_>) -> Vec<u8> {
        let reason = self.word("reason").filter(|reason| *reason != GIVEN).unwrap_or(given.reason);
        let room = limits::REASON_BYTES_MAX.saturating_sub(given.behind.len());
        let reason = format!("{}{}", &reason[..reason.floor_char_boundary(room)], given.behind);
        let filled = self.words.iter().enumerate().map(|(at, word)| match at {
            at if self.place("key") == Some(at) => given.key,
            at if self.place("operator") == Some(at) && &**word == GIVEN => given.operator,
            at if self.place("reason") == Some(at) => &reason,
            _ => word,
        });
        encoded(filled)
    }
}

/// Where the word of this name is in a command of that row.
fn place(verb: &Verb, name: &str) -> Option<usize> {
    verb.usage().split(' ').position(|word| word == name)
}

fn text_of(word: &[u8]) -> Option<Box<str>> {
    std::str::from_utf8(word).ok().map(Box::from)
}

/// Words as a client sends them.
pub(super) fn encoded<'a>(words: impl ExactSizeIterator<Item = &'a str>) -> Vec<u8> {
    encode::command(words.map(str::as_bytes))
}

/// Reads the command of a frame, which is about an event.
pub(super) fn with_command<T>(
    frame: &[u8],
    with: impl FnOnce(&'static Verb, EventCommand<'_>) -> T,
) -> Result<T, Fault> {
    let read = |arguments: Arguments<'_>| match command(arguments, &Grant::EVERYTHING, &mut None) {
        Ok((verb, Command::Event(command))) => Ok(with(verb, command)),
        Ok((verb, Command::Front(_))) => {
            Err(Fault::new(Code::BAD_ITEM, format!("{} is about no event", verb.title())))
        }
        Err(unusable) => Err(unusable.fault()),
    };
    with_kept(frame, read).ok_or_else(|| Fault::new(Code::BAD_ITEM, "it is no command"))?
}
