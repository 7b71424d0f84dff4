//! What can happen to what is told to people outside, and the only way in which it changes.

use bincode::{Decode, Encode};

use super::{Letter, NoticeAct, NoticeActKind, NoticeKind, Notices, Place, Severity};
use crate::limits;
use crate::numbers::At;
use crate::system::executions::By;

/// A fact about what is told. Its place among the variants is the log's format.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum NoticeChange {
    /// A channel is so far.
    Told(Box<str>, Place),
    /// The channel is not in the settings any more. Its dead letters stay.
    Closed(Box<str>),
    /// The channel does not take a message, and is so far all the same. The letter's number is the version of this record.
    Died(Box<Letter>, Place),
    /// A dead letter that was redriven was taken.
    Taken(u64),
    /// A dead letter that was redriven was not taken: so many tries, and what the channel said to the last one.
    DiedAgain(u64, u32, Box<str>),
    /// Dead letters are to be sent again.
    Redriven(Which, By),
    /// Dead letters are given up.
    Dropped(Which, By),
    /// A channel is to be sent something, so that somebody sees that it works.
    TestAsked(Box<str>, By),
    /// Something was seen that no other record tells of.
    Raised(Raised),
}

/// Something that was seen by looking, and is told as if it were a record of its own.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Raised {
    /// What it is.
    pub kind: NoticeKind,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub about: Box<str>,
    /// What is wrong, in a sentence.
    pub says: Box<str>,
    /// The code of the catalogue that explains it.
    pub code: Option<Box<str>>,
}

/// Some dead letters.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Which {
    /// The one of this number.
    One(u64),
    /// All of this channel.
    Of(Box<str>),
}

impl Which {
    /// Whether a letter is one of these.
    #[must_use]
    pub fn has(&self, letter: &Letter) -> bool {
        match self {
            Self::One(number) => letter.number == *number,
            Self::Of(channel) => letter.channel == *channel,
        }
    }

    /// As people write it.
    #[must_use]
    pub fn text(&self) -> Box<str> {
        match self {
            Self::One(number) => number.to_string().into(),
            Self::Of(channel) => channel.clone(),
        }
    }
}

impl Notices {
    /// Makes a fact happen that the record of this version has. What is about a letter that is not there changes nothing.
    pub(in crate::system) fn apply(&mut self, change: &NoticeChange, (version, at): (u64, At)) {
        match change {
            NoticeChange::Told(channel, place) => drop(self.places.insert(channel.clone(), place.clone())),
            NoticeChange::Closed(channel) => drop(self.places.remove(channel)),
            NoticeChange::Died(letter, place) => {
                self.places.insert(letter.channel.clone(), place.clone());
                let letter =
                    Letter { number: version, died_at: at, is_redriven: false, ..(**letter).clone() };
                self.letters.insert(version, letter);
                while self.letters.len() > limits::DEAD_LETTERS_KEPT {
                    self.letters.pop_first();
                    self.forgotten += 1;
                }
            }
            NoticeChange::Taken(number) => drop(self.letters.remove(number)),
            NoticeChange::DiedAgain(number, tries, why) => {
                if let Some(letter) = self.letters.get_mut(number) {
                    (letter.tries, letter.why) = (*tries, why.clone());
                    (letter.died_at, letter.is_redriven) = (at, false);
                }
            }
            NoticeChange::Redriven(which, by) => {
                self.letters.values_mut().filter(|letter| which.has(letter)).for_each(|letter| {
                    letter.is_redriven = true;
                });
                self.act(NoticeActKind::Redrive, which.text(), by, (version, at));
            }
            NoticeChange::Dropped(which, by) => {
                self.letters.retain(|_, letter| !which.has(letter));
                self.act(NoticeActKind::Drop, which.text(), by, (version, at));
            }
            NoticeChange::TestAsked(channel, by) => {
                self.act(NoticeActKind::Test, channel.clone(), by, (version, at));
            }
            NoticeChange::Raised(raised) => {
                self.raised.insert((raised.kind, raised.about.clone()), at);
                while self.raised.len() > limits::RAISED_KEPT {
                    let oldest = self.raised.iter().min_by_key(|(_, at)| **at).map(|(key, _)| key.clone());
                    if let Some(oldest) = oldest {
                        self.raised.remove(&oldest);
                    }
                }
            }
        }
    }

    fn act(&mut self, kind: NoticeActKind, about: Box<str>, by: &By, (version, at): (u64, At)) {
        self.acts.push_back(NoticeAct { kind, about, at, version, by: by.clone() });
        while self.acts.len() > limits::NOTICE_ACTS_KEPT {
            self.acts.pop_front();
        }
    }
}
