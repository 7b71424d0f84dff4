//! Which acts one token alone may not do: a closed set of names, chosen by the settings.

use std::fmt;
use std::str::FromStr;

use holdfast_engine::ApprovalPolicy;

use crate::verbs::Verb;

/// The acts that need the approval of another token.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Required(Vec<Act>);

/// One of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Act {
    /// A repair: the job `compensate`.
    Compensate,
    /// A sale is ended for ever, now or at a time.
    Close,
    /// An event is put away.
    Archive,
    /// An order of more than so many seats and places is taken back by hand.
    Cancel(u32),
    /// A hold is given back by hand.
    Release,
    /// Something is allowed that was not.
    Raise,
}

impl Required {
    /// What the settings ask for.
    #[must_use]
    pub fn of(policy: &ApprovalPolicy) -> Self {
        policy.acts.iter().filter_map(|act| act.parse().ok()).collect()
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(ToString::to_string)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a command of this row may be one of them: it is looked at before it is carried out.
    pub(crate) fn may_need(&self, verb: &Verb) -> bool {
        let is_among = |is: fn(Act) -> bool| self.0.iter().any(|act| is(*act));
        match verb.words() {
            ("EVENT", "CLOSE" | "SCHEDULE") => is_among(|act| act == Act::Close),
            ("EVENT", "ARCHIVE") => is_among(|act| act == Act::Archive),
            ("EVENT", "LIMITS") => is_among(|act| act == Act::Raise),
            ("FORCE", "RELEASE") => is_among(|act| act == Act::Release),
            ("FORCE", "CANCEL") => is_among(|act| matches!(act, Act::Cancel(_))),
            _ => false,
        }
    }

    /// The first of them that this is.
    pub(super) fn find(&self, is: impl Fn(Act) -> bool) -> Option<Box<str>> {
        self.0.iter().find(|act| is(**act)).map(|act| act.to_string().into())
    }
}

impl FromIterator<Self> for Required {
    fn from_iter<T: IntoIterator<Item = Self>>(all: T) -> Self {
        let mut acts: Vec<_> = all.into_iter().flat_map(|one| one.0).collect();
        acts.sort_unstable();
        acts.dedup();
        Self(acts)
    }
}

/// One name.
impl FromStr for Required {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let act = match word.split_once('>') {
            Some(("force.cancel", most)) => most.parse().ok().map(Act::Cancel),
            Some(_) => None,
            None => match word {
                "job.compensate" => Some(Act::Compensate),
                "event.close" => Some(Act::Close),
                "event.archive" => Some(Act::Archive),
                "force.cancel" => Some(Act::Cancel(0)),
                "force.release" => Some(Act::Release),
                "limits.raise" => Some(Act::Raise),
                _ => None,
            },
        };
        act.map(|act| Self(vec![act])).ok_or_else(|| {
            format!(
                "{word:?} is no act that can need an approval: job.compensate, event.close, event.archive, force.cancel, force.cancel>N, force.release, limits.raise"
            )
        })
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Compensate => "job.compensate",
            Self::Close => "event.close",
            Self::Archive => "event.archive",
            Self::Cancel(0) => "force.cancel",
            Self::Cancel(most) => return write!(f, "force.cancel>{most}"),
            Self::Release => "force.release",
            Self::Raise => "limits.raise",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_they_are_read() {
        let words = ["limits.raise", "force.cancel>20", "job.compensate", "event.close", "job.compensate"];
        let all: Required = words.map(|word| word.parse::<Required>().unwrap()).into_iter().collect();
        let names: Vec<_> = all.names().collect();
        assert_eq!(names, ["job.compensate", "event.close", "force.cancel>20", "limits.raise"]);
        for bad in ["", "event.pause", "force.cancel>", "force.cancel>-1", "event.close>2", "job.backup", "*"]
        {
            assert!(bad.parse::<Required>().is_err(), "{bad}");
        }
    }
}
