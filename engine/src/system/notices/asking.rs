//! What is asked about what is told becomes a fact, or is refused.

use super::{Letter, NoticeActKind, NoticeChange, Notices, Place, Raised, Which};
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::limits;
use crate::numbers::At;
use crate::system::executions::By;

/// What somebody asks for, or what the notifier tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoticeAsking {
    /// A channel is so far.
    Told(Box<str>, Place),
    /// A channel is not in the settings any more.
    Closed(Box<str>),
    /// A channel does not take a message.
    Died(Box<Letter>, Place),
    /// A dead letter that was redriven was taken.
    Taken(u64),
    /// It was not: tries, and what the channel said.
    DiedAgain(u64, u32, Box<str>),
    /// Something was seen that no other record tells of.
    Raise(Raised),
    /// Dead letters are to be sent again.
    Redrive(Which, By),
    /// Dead letters are given up.
    Drop(Which, By),
    /// A channel is to be sent something.
    Test(Box<str>, By),
}

/// What is to happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoticeJudged {
    /// This.
    Change(NoticeChange),
    /// Nothing more: the key has done this act before, the one of this version at this time.
    Repeated(u64, At),
    /// Nothing: it is no news.
    Nothing,
}

impl NoticeAsking {
    /// Whoever asks, what for, and what it is about; `None` for what the notifier tells.
    fn act(&self) -> Option<(&By, NoticeActKind, Box<str>)> {
        match self {
            Self::Redrive(which, by) => Some((by, NoticeActKind::Redrive, which.text())),
            Self::Drop(which, by) => Some((by, NoticeActKind::Drop, which.text())),
            Self::Test(channel, by) => Some((by, NoticeActKind::Test, channel.clone())),
            _ => None,
        }
    }
}

impl Notices {
    /// What is to happen because of what was asked at `now`. Changes nothing.
    ///
    /// # Errors
    /// Why it may not happen. The key is not bound then.
    pub fn judge(&self, asking: NoticeAsking, now: At) -> Result<NoticeJudged, Fault> {
        if let Some((by, kind, about)) = asking.act()
            && let Some(act) = self.acts.iter().find(|act| act.by.token == by.token && act.by.key == by.key)
        {
            if act.kind == kind && act.about == about && act.by == *by {
                return Ok(NoticeJudged::Repeated(act.version, act.at));
            }
            let message = format!("the key {} was used for something else", by.key);
            return Err(Fault::new(Code::KEY_REUSED, message));
        }
        let change = match asking {
            NoticeAsking::Told(channel, place) => {
                if self.places.get(&channel) == Some(&place) {
                    return Ok(NoticeJudged::Nothing);
                }
                self.has_room(&channel)?;
                NoticeChange::Told(channel, place)
            }
            NoticeAsking::Closed(channel) => {
                if !self.places.contains_key(&channel) {
                    return Ok(NoticeJudged::Nothing);
                }
                NoticeChange::Closed(channel)
            }
            NoticeAsking::Died(letter, place) => {
                self.has_room(&letter.channel)?;
                NoticeChange::Died(letter, place)
            }
            NoticeAsking::Taken(number) => {
                self.letter(number)?;
                NoticeChange::Taken(number)
            }
            NoticeAsking::DiedAgain(number, tries, why) => {
                self.letter(number)?;
                NoticeChange::DiedAgain(number, tries, why)
            }
            NoticeAsking::Raise(raised) => {
                let last = self.raised.get(&(raised.kind, raised.about.clone()));
                if last.is_some_and(|last| now.since(*last) < limits::RAISED_APART) {
                    return Ok(NoticeJudged::Nothing);
                }
                NoticeChange::Raised(raised)
            }
            NoticeAsking::Redrive(which, by) => {
                self.some(&which)?;
                NoticeChange::Redriven(which, by)
            }
            NoticeAsking::Drop(which, by) => {
                self.some(&which)?;
                NoticeChange::Dropped(which, by)
            }
            // Which channels there are is known to whoever asks.
            NoticeAsking::Test(channel, by) => NoticeChange::TestAsked(channel, by),
        };
        Ok(NoticeJudged::Change(change))
    }

    fn letter(&self, number: u64) -> Result<&Letter, Fault> {
        self.letters.get(&number).ok_or_else(|| no_letter(&Which::One(number)))
    }

    /// Whether there are dead letters of these, which wait for somebody.
    fn some(&self, which: &Which) -> Result<(), Fault> {
        let is_there = self.letters.values().any(|letter| which.has(letter));
        if is_there { Ok(()) } else { Err(no_letter(which)) }
    }

    /// The settings have no more channels than this; if they do, the notifier is wrong.
    fn has_room(&self, channel: &str) -> Result<(), Fault> {
        if self.places.contains_key(channel) || self.places.len() < limits::CHANNELS_MAX {
            return Ok(());
        }
        Err(Fault::new(Code::DEFECT, format!("{channel} is one channel too many")))
    }
}

fn no_letter(which: &Which) -> Fault {
    let what = match which {
        Which::One(number) => format!("there is no dead letter of the number {number}"),
        Which::Of(channel) => format!("the channel {channel} has no dead letters"),
    };
    Fault::new(Code::NO_LETTER, what)
}

/// The refusal of a channel that the settings do not have.
pub(crate) fn no_channel(channel: &str) -> Fault {
    Fault::new(Code::NO_CHANNEL, format!("the settings have no channel {channel}"))
}
