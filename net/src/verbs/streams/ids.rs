//! Ids of entries as Redis has them: `<time>-<sequence>`, `<time>` alone, `-`, `+`, `$`, and `(` before an id that is left out.

use holdfast_engine::{After, Code, EntryId, Fault};

use super::super::words::{Words, number, quoted};

/// The smallest id of a span.
pub(super) fn start(words: &mut Words<'_>) -> Result<EntryId, Fault> {
    let word = words.word("start")?;
    bound(word, 0)
        .and_then(|(id, is_out)| if is_out { id.next() } else { Some(id) })
        .ok_or_else(|| unusable("start", word))
}

/// The greatest id of a span.
pub(super) fn end(words: &mut Words<'_>) -> Result<EntryId, Fault> {
    let word = words.word("end")?;
    bound(word, u64::MAX)
        .and_then(|(id, is_out)| if is_out { id.previous() } else { Some(id) })
        .ok_or_else(|| unusable("end", word))
}

/// The id behind which a read begins.
pub(super) fn after(words: &mut Words<'_>) -> Result<After, Fault> {
    let word = words.word("id")?;
    if word == b"$" {
        return Ok(After::Now);
    }
    id(word, 0).map(After::Id).ok_or_else(|| {
        let message = format!("id {} is not $, 0, <time> or <time>-<version>", quoted(word));
        Fault::new(Code::BAD_NUMBER, message)
    })
}

/// The id of an entry, or a place before entries.
pub(super) fn exact(words: &mut Words<'_>) -> Result<EntryId, Fault> {
    let word = words.word("id")?;
    id(word, 0).ok_or_else(|| {
        let message = format!("id {} is not <time>-<version>, 0 or <time>", quoted(word));
        Fault::new(Code::BAD_NUMBER, message)
    })
}

/// One end of a span, and whether it is left out itself.
fn bound(word: &[u8], missing: u64) -> Option<(EntryId, bool)> {
    match word {
        b"-" => Some((EntryId::FIRST, false)),
        b"+" => Some((EntryId::LAST, false)),
        [b'(', rest @ ..] => Some((id(rest, missing)?, true)),
        _ => Some((id(word, missing)?, false)),
    }
}

/// An id; `missing` is the second part of one that has none.
fn id(word: &[u8], missing: u64) -> Option<EntryId> {
    let Some(dash) = word.iter().position(|byte| *byte == b'-') else {
        return Some(EntryId { time: number(word)?, sequence: missing });
    };
    let (time, rest) = word.split_at_checked(dash)?;
    Some(EntryId { time: number(time)?, sequence: number(rest.get(1..)?)? })
}

fn unusable(what: &str, word: &[u8]) -> Fault {
    let message = format!(
        "{what} {} is not -, +, <time>, <time>-<version>, or one of the last two behind a (",
        quoted(word)
    );
    Fault::new(Code::BAD_NUMBER, message)
}
