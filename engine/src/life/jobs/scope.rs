//! What of the log a job is about: all of it, one event, a part of an event, or a stretch of time.

use crate::catalogue::Code;
use crate::codec::{at_of, version_of};
use crate::fault::Fault;
use crate::feed::{FeedRecord, is_named};
use crate::front::router::Router;
use crate::jobs::Job;
use crate::numbers::{At, EventId};
use crate::state::NameRef;

/// What a job is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Scope {
    /// The event; `None` for all.
    pub(super) only: Option<EventId>,
    pub(super) part: Part,
}

/// A part of what happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Part {
    All,
    /// From the first of these versions to the last, both included.
    Versions(u64, u64),
    /// From the first of these times on, and before the second.
    Times(At, At),
    /// What names this order or this payment: an order that a payment has bought has its name.
    Named(&'static str, Box<str>),
}

impl Scope {
    /// The scope that the arguments of a job mean, as far as the job takes it.
    ///
    /// # Errors
    /// If they mean nothing, or an event that is not there.
    pub(super) fn read(job: &dyn Job, router: &Router, arguments: &[Box<str>]) -> Result<Self, Fault> {
        let words: Vec<_> = arguments.iter().map(|argument| &**argument).collect();
        let wrong = || {
            let message = format!("{} is not {}", words.join(" "), job.usage());
            Fault::new(Code::NO_JOB, message)
        };
        let is = |word: &str, expected: &str| word.eq_ignore_ascii_case(expected);
        let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
        let (event, part) = match *words.as_slice() {
            [] => (None, Part::All),
            [all] if is(all, "ALL") => (None, Part::All),
            [event, name] if is(event, "EVENT") => (Some(name), Part::All),
            [event, name, version, first, last] if is(event, "EVENT") && is(version, "VERSION") => {
                (Some(name), Part::Versions(number(first)?, number(last)?))
            }
            [from, first, to, end] if is(from, "FROM") && is(to, "TO") => {
                (None, Part::Times(At(number(first)?), At(number(end)?)))
            }
            [order, event, name] if is(order, "ORDER") => (Some(event), Part::Named("order", name.into())),
            [payment, event, name] if is(payment, "PAYMENT") => {
                (Some(event), Part::Named("payment", name.into()))
            }
            _ => return Err(wrong()),
        };
        let is_empty = match part {
            Part::Versions(first, last) => first == 0 || first > last,
            Part::Times(from, to) => from >= to,
            _ => false,
        };
        if is_empty {
            let message = format!("{} is no stretch: it ends before it begins", words.join(" "));
            return Err(Fault::new(Code::BAD_NUMBER, message));
        }
        let none = |name: &str| Fault::new(Code::NO_EVENT, format!("there is no event {name}"));
        let id = |name: &str| {
            let id = NameRef::new(name.as_bytes()).and_then(|name| router.directory().id_of(name));
            id.ok_or_else(|| none(name))
        };
        Ok(Self { only: event.map(id).transpose()?, part })
    }

    /// Arguments as they are always written: keywords in capital letters, and nothing for all.
    pub(super) fn written(arguments: &[Box<str>]) -> Box<[Box<str>]> {
        let is_keyword = |at: usize| at == 0 || (at == 2 && arguments.len() > 3);
        match arguments {
            [all] if all.eq_ignore_ascii_case("ALL") => Box::default(),
            words => {
                let written = |at, word: &str| match is_keyword(at) {
                    true => word.to_ascii_uppercase().into(),
                    false => word.into(),
                };
                words.iter().enumerate().map(|(at, word)| written(at, word)).collect()
            }
        }
    }

    /// Whether it is a part of an event or of the time, and not all of what it is about.
    pub(super) fn is_partial(&self) -> bool {
        self.part != Part::All
    }

    /// Whether the rules of the event are looked at behind each record that belongs to it: there are few.
    pub(super) const fn checks_each(&self) -> bool {
        matches!(self.part, Part::Named(..))
    }

    /// Whether nothing that belongs to it comes with this record of its event or behind it.
    pub(super) fn is_over(&self, bytes: &[u8]) -> bool {
        match self.part {
            Part::Versions(_, last) => {
                version_of(bytes).and_then(|(_, version)| version).is_some_and(|version| version > last)
            }
            Part::Times(_, to) => at_of(bytes).is_some_and(|at| at >= to),
            Part::All | Part::Named(..) => false,
        }
    }

    /// Whether a record belongs to it.
    pub(super) fn touches(&self, bytes: &[u8]) -> bool {
        let Some((event, version)) = version_of(bytes) else { return false };
        if self.only.is_some_and(|only| only != event) || event == EventId::SYSTEM {
            return false;
        }
        match &self.part {
            Part::All => true,
            Part::Versions(first, last) => version.is_some_and(|version| (*first..=*last).contains(&version)),
            Part::Times(from, to) => at_of(bytes).is_some_and(|at| (*from..*to).contains(&at)),
            Part::Named(_, name) => version.is_some() && is_about(bytes, name),
        }
    }

    /// In words.
    pub(super) fn told(&self, arguments: &[Box<str>]) -> String {
        let argument = |at: usize| arguments.get(at).map_or("", |argument| argument);
        match &self.part {
            Part::All if self.only.is_none() => "all events".to_owned(),
            Part::All => format!("the event {}", argument(1)),
            Part::Versions(first, last) => format!("versions {first} to {last} of the event {}", argument(1)),
            Part::Times(from, to) => format!("what happened from {} ms until before {} ms", from.0, to.0),
            Part::Named(what, name) => {
                format!("what happened to the {what} {name} of the event {}", argument(1))
            }
        }
    }
}

/// Whether a record is about the order or the payment of this name. What cannot be read is found when it is applied.
fn is_about(bytes: &[u8], name: &str) -> bool {
    FeedRecord::decode(bytes).is_ok_and(|record| is_named(&record, name))
}
