//! What is told to people outside: how far each channel is, messages that no channel took, and who did what about them.
//!
//! What there is to tell stands in the log. Here stands only up to where it was told, so that nothing is lost by a crash, and
//! little is told twice. All of it is a part of the system event, and small.

mod asking;
mod happening;
mod notice;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bincode::{Decode, Encode};

use crate::limits;
use crate::numbers::At;
use crate::system::executions::By;

pub(crate) use asking::no_channel;
pub use asking::{NoticeAsking, NoticeJudged};
pub use happening::{NoticeChange, Raised, Which};
pub use notice::{Letter, Message, Notice, NoticeKind, Severity, Who};

/// What is known of what is told.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Notices {
    /// How far each channel is that the settings had when a process looked last.
    pub(super) places: BTreeMap<Box<str>, Place>,
    /// Dead letters, by their numbers: at most [`limits::DEAD_LETTERS_KEPT`].
    pub(super) letters: BTreeMap<u64, Letter>,
    /// What people did, the oldest first: at most [`limits::NOTICE_ACTS_KEPT`].
    pub(super) acts: VecDeque<NoticeAct>,
    /// When something was seen last that no other record tells of: at most [`limits::RAISED_KEPT`].
    pub(super) raised: BTreeMap<(NoticeKind, Box<str>), At>,
    /// Dead letters that were forgotten, as there were too many.
    pub(super) forgotten: u64,
}

/// How far a channel is.
#[derive(Clone, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Place {
    /// What stands in the log up to here was taken, is a dead letter, or is nothing for this channel.
    pub upto: u64,
    /// Kinds of which more was taken, or which are told together for a while, in their order.
    pub ahead: Vec<Ahead>,
    /// Messages that it has taken since it was in the settings first.
    pub taken: u64,
}

/// How far a channel is with one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Ahead {
    /// The kind.
    pub kind: NoticeKind,
    /// What stands in the log up to here was taken.
    pub upto: u64,
    /// What happens before this time is told together.
    pub until: At,
}

/// What somebody did.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct NoticeAct {
    /// What it was.
    pub kind: NoticeActKind,
    /// The channel, or the number of a dead letter.
    pub about: Box<str>,
    /// When.
    pub at: At,
    /// The version of the record of it.
    pub version: u64,
    /// Who, under which key, and why.
    pub by: By,
}

/// What can be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum NoticeActKind {
    /// A channel was sent something to see that it works.
    Test,
    /// Dead letters were sent again.
    Redrive,
    /// Dead letters were given up.
    Drop,
}

impl NoticeActKind {
    /// The word for operators: that of the command.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Test => "TEST",
            Self::Redrive => "REDRIVE",
            Self::Drop => "DROP",
        }
    }
}

/// A part of a snapshot. New variants go last.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) enum NoticePiece {
    /// How far the channels are, what was seen, and how many letters were forgotten.
    Head(BTreeMap<Box<str>, Place>, BTreeMap<(NoticeKind, Box<str>), At>, u64),
    /// A dead letter; the oldest stands first.
    Letter(Letter),
    /// What somebody did; the oldest stands first.
    Act(NoticeAct),
}

impl Notices {
    /// How far a channel is; `None` if it was never in the settings.
    #[must_use]
    pub fn place(&self, channel: &str) -> Option<&Place> {
        self.places.get(channel)
    }

    /// The channels that are known.
    pub fn channels(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(|name| &**name)
    }

    /// Dead letters, the oldest first.
    pub fn letters(&self) -> impl DoubleEndedIterator<Item = &Letter> {
        self.letters.values()
    }

    /// What people did, the oldest first.
    pub fn acts(&self) -> impl DoubleEndedIterator<Item = &NoticeAct> {
        self.acts.iter()
    }

    /// Dead letters that were forgotten, as there were too many.
    #[must_use]
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// The pieces of a snapshot: none if there is nothing.
    pub(super) fn pieces(&self) -> impl Iterator<Item = NoticePiece> {
        let head = NoticePiece::Head(self.places.clone(), self.raised.clone(), self.forgotten);
        let head = (*self != Self::default()).then_some(head);
        let letters = self.letters.values().cloned().map(NoticePiece::Letter);
        head.into_iter().chain(letters).chain(self.acts.iter().cloned().map(NoticePiece::Act))
    }

    /// Takes in a piece that a snapshot has.
    ///
    /// # Errors
    /// If it does not fit to those before.
    pub(super) fn restore(&mut self, piece: NoticePiece) -> Result<(), String> {
        match piece {
            NoticePiece::Head(places, raised, forgotten) if *self == Self::default() => {
                (self.places, self.raised, self.forgotten) = (places, raised, forgotten);
            }
            NoticePiece::Head(..) => return Err("a piece about channels stands twice".to_owned()),
            NoticePiece::Letter(letter) => {
                if self.letters.last_key_value().is_some_and(|(last, _)| *last >= letter.number) {
                    return Err("a dead letter is not behind the one before".to_owned());
                }
                self.letters.insert(letter.number, letter);
            }
            NoticePiece::Act(act) => self.acts.push_back(act),
        }
        Ok(())
    }

    /// Checks what is true of all that is told.
    ///
    /// # Errors
    /// What is not.
    pub(super) fn check(&self, version: u64) -> Result<(), String> {
        let Self { places, letters, acts, raised, forgotten: _ } = self;
        let keys: BTreeSet<_> = acts.iter().map(|act| (&act.by.token, &act.by.key)).collect();
        let rules = [
            (places.len() <= limits::CHANNELS_MAX, "there are too many channels"),
            (letters.len() <= limits::DEAD_LETTERS_KEPT, "there are too many dead letters"),
            (acts.len() <= limits::NOTICE_ACTS_KEPT, "there are too many acts"),
            (raised.len() <= limits::RAISED_KEPT, "too much that was seen is remembered"),
            (letters.iter().all(|(number, letter)| *number == letter.number), "a letter has two numbers"),
            (letters.keys().all(|number| *number <= version), "a letter is ahead of the system event"),
            (letters.values().all(|letter| letter.message.count > 0), "a message says nothing"),
            (acts.iter().all(|act| act.version <= version), "an act is ahead of the system event"),
            (acts.iter().map(|act| act.version).is_sorted(), "acts are out of order"),
            (keys.len() == acts.len(), "a key has two acts"),
            (
                places.values().all(|place| place.ahead.is_sorted_by_key(|ahead| ahead.kind)),
                "kinds are out of order",
            ),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, broken)) => Err((*broken).to_owned()),
            None => Ok(()),
        }
    }
}
