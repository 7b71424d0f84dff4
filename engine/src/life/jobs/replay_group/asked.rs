//! What a new generation is to be given, as the arguments of the job say it.

use crate::catalogue::Code;
use crate::fault::Fault;
use crate::front::streams::StreamKey;
use crate::jobs::Job;
use crate::numbers::EntryId;
use crate::state::Name;

/// A group, and what it is to be given once more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Asked {
    pub(super) stream: StreamKey,
    pub(super) group: Name,
    /// The first id and the last.
    pub(super) ends: (EntryId, EntryId),
    /// Only what names this order or payment.
    pub(super) only: Option<Box<str>>,
}

impl Asked {
    /// Reads the arguments.
    ///
    /// # Errors
    /// If they mean nothing.
    pub(super) fn read(job: &dyn Job, arguments: &[Box<str>]) -> Result<Self, Fault> {
        let words: Vec<_> = arguments.iter().map(|argument| &**argument).collect();
        let wrong = || {
            let message = format!("{} is not {}", words.join(" "), job.usage());
            Fault::new(Code::NO_JOB, message)
        };
        let [stream, group, rest @ ..] = words.as_slice() else { return Err(wrong()) };
        let name = |text: &str| Name::new(text.as_bytes()).ok_or_else(wrong);
        let stream = match stream.strip_prefix("feed:") {
            Some(event) => StreamKey::Event(name(event)?),
            None if *stream == "feeds" => StreamKey::All,
            None => return Err(wrong()),
        };
        let (ends, rest) = match rest {
            [first, last, rest @ ..] if !is_keyword(first) => {
                ((end(first, 0).ok_or_else(wrong)?, end(last, u64::MAX).ok_or_else(wrong)?), rest)
            }
            rest => ((EntryId::FIRST, EntryId::LAST), rest),
        };
        let only = match rest {
            [] => None,
            [keyword, only] if is_keyword(keyword) => Some(Box::from(*only)),
            _ => return Err(wrong()),
        };
        if ends.0 > ends.1 {
            let message = format!("{} is no stretch: it ends before it begins", words.join(" "));
            return Err(Fault::new(Code::BAD_NUMBER, message));
        }
        Ok(Self { stream, group: name(group)?, ends, only })
    }

    /// In words.
    pub(super) fn told(&self, stream: &str) -> String {
        let part = match self.ends {
            (EntryId::FIRST, EntryId::LAST) => "all that is kept".to_owned(),
            (first, EntryId::LAST) => format!("what is kept from {first} on"),
            (first, last) => format!("what there is from {first} to {last}"),
        };
        let only = self.only.as_ref().map_or_else(String::new, |only| format!(" and names {only}"));
        format!("{part} of {stream}{only}")
    }
}

/// The arguments as they are always written.
pub(super) fn written(arguments: &[Box<str>]) -> Box<[Box<str>]> {
    let write = |(at, word): (usize, &str)| match at >= 2 && is_keyword(word) {
        true => word.to_ascii_uppercase().into(),
        false => word.into(),
    };
    arguments.iter().map(|word| &**word).enumerate().map(write).collect()
}

/// Before a name: both have their orders and payments named in one field or the other, and one name stands for one purchase.
fn is_keyword(word: &str) -> bool {
    ["ORDER", "PAYMENT"].iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

/// An id as `XRANGE` takes it; `missing` is the second part of one that has none.
fn end(word: &str, missing: u64) -> Option<EntryId> {
    match word {
        "-" => return Some(EntryId::FIRST),
        "+" => return Some(EntryId::LAST),
        _ => {}
    }
    let number = |digits: &str| {
        digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse::<u64>().ok()).flatten()
    };
    match word.split_once('-') {
        None => Some(EntryId { time: number(word)?, sequence: missing }),
        Some((time, sequence)) => Some(EntryId { time: number(time)?, sequence: number(sequence)? }),
    }
}
