//! Accepting a loss: the one thing that makes a damaged log usable again, and only an operator does it.
//!
//! Nothing is overwritten. A new segment says that the log goes on before the damage; everything after that place is
//! void, and segments that hold only void groups are set aside under another name. What is lost, and which operator
//! accepts it, is written down before anything is changed. A crash on the way leaves a log that is refused as before,
//! or a repaired one.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::error::OpenError;
use crate::format::Kind;
use crate::limits::{BLOCK_BYTES, SEGMENT_BYTES_MIN};
use crate::lsn::Lsn;
use crate::segment::file::{DIR, Directory, Position, Segment, make, nonce, path};
use crate::segment::walk::{Misfit, is_zero, start_of, walk};
use crate::storage::Storage;

/// Where accepted losses are written down, one line each.
pub const LOSSES_FILE: &str = "wal/ACCEPTED-LOSS.log";
const LOSSES_TEMPORARY: &str = "wal/ACCEPTED-LOSS.new";

/// A loss that an operator accepts.
#[derive(Clone, Debug)]
pub struct Loss {
    /// The damaged segment, as the refusal names it.
    pub segment: u64,
    /// Where in it the first damaged group starts, bytes.
    pub offset: u64,
    /// Who accepts it, why, and when: goes into [`LOSSES_FILE`] as one line, with what is no printable character as
    /// `\\u{...}`.
    pub note: String,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// The newest record that is kept.
    pub last: Lsn,
    /// Segments set aside, by their new names.
    pub set_aside: Vec<String>,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepairError {
    /// The medium, or a log that cannot be read at all.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// There is no such segment.
    #[error("there is no segment {0}; `holdfast wal inspect` lists them")]
    NoSegment(u64),
    /// Nothing before that segment can be read, so the log has no place to go on from.
    #[error("nothing before segment {0} can be read")]
    NothingBefore(u64),
    /// The log is not damaged there.
    #[error(
        "the log is whole up to byte {offset} of segment {segment}, and the damage is there if anywhere; give the place \
         that the refusal at start names"
    )]
    NotThere {
        /// The segment in which the walk ended.
        segment: u64,
        /// Where in that segment, bytes.
        offset: u64,
    },
}

/// Lets the log go on before the damage at `loss`. Records up to `known` are in snapshots, so no new record gets their
/// LSNs.
///
/// # Errors
/// If the log is not damaged at that place, or the medium fails. Until the last step the log is as it was.
pub fn accept_loss_from(
    storage: &Arc<dyn Storage>,
    loss: &Loss,
    known: Lsn,
) -> Result<Repaired, RepairError> {
    let directory = Directory::read(&**storage)?;
    let Some(at) = directory.segments.iter().position(|number| *number == loss.segment) else {
        return Err(RepairError::NoSegment(loss.segment));
    };
    let end = end_before(&**storage, &directory.segments[..=at], loss)?;
    let mut void: Vec<u64> = directory.segments[at + 1..].to_vec();
    // Recovery cannot pass over a segment whose header is damaged, so that one is set aside too.
    if loss.offset < BLOCK_BYTES as u64 {
        void.insert(0, loss.segment);
    }
    write_down(&**storage, loss, &end)?;
    let mut set_aside = Vec::new();
    for number in void {
        let aside = format!("{}.lost", path(number));
        storage.rename(&path(number), &aside).map_err(OpenError::io(&aside, "set aside"))?;
        set_aside.push(aside);
    }
    let base = Position { last: end.last.max(known), ..end };
    let nonce = nonce(None, directory.next).map_err(OpenError::io(DIR, "get randomness for"))?;
    let oldest = directory.segments[0];
    let header = base.segment_header(Kind::AfterLoss, directory.next, nonce, SEGMENT_BYTES_MIN, oldest);
    make(&**storage, header, &[], &mut || Ok(())).map_err(OpenError::from)?;
    Ok(Repaired { last: end.last, set_aside })
}

/// Where the log stands before the damage: checks that it is whole until there, and not further.
fn end_before(storage: &dyn Storage, numbers: &[u64], loss: &Loss) -> Result<Position, RepairError> {
    let mut segments = Vec::new();
    let mut start = None;
    for number in numbers.iter().rev() {
        match Segment::map(storage, *number) {
            Ok(segment) => {
                start = start_of(&segment).or(start);
                segments.push(segment);
            }
            // The damaged segment may be unreadable. An older one that is unreadable ends what the walk can go through.
            Err(_) if *number == loss.segment => {}
            Err(_) => break,
        }
    }
    // The walk begins as late as possible: with the newest segment before the damage that says where it starts.
    segments.reverse();
    let first = segments
        .iter()
        .rposition(|segment| segment.header.number < loss.segment && start_of(segment).is_some());
    let first = first.or_else(|| segments.iter().position(|segment| start_of(segment).is_some()));
    let Some((first, start)) = first.and_then(|first| Some((first, start_of(&segments[first])?))) else {
        return Err(RepairError::NothingBefore(loss.segment));
    };
    let walked = walk(&segments, first, start, None)?;
    let segment = segments[walked.index].header.number;
    let in_place = segment == loss.segment && walked.offset as u64 == loss.offset;
    // The damage is the first group of a segment or its header: the walk stopped at the good end of the segment before.
    let ended = walked.misfit == Misfit::Empty && is_zero(segments[walked.index].from(walked.offset));
    let before = ended && segment < loss.segment && loss.offset <= BLOCK_BYTES as u64;
    if in_place || before {
        return Ok(walked.position);
    }
    Err(RepairError::NotThere { segment, offset: walked.offset as u64 })
}

/// On one line, and as it looks: no character that moves the cursor, turns the direction of the text, or cannot be seen.
fn printable(note: &str) -> String {
    // Quotes are as they look.
    note.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
}

fn write_down(storage: &dyn Storage, loss: &Loss, end: &Position) -> Result<(), RepairError> {
    let failed = |action| OpenError::io(LOSSES_FILE, action);
    let mut text = match storage.read(LOSSES_FILE) {
        Ok(before) => String::from_utf8_lossy(&before).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed("read")(error).into()),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "everything after record {} (group {}, from byte {} of {}): {}",
        end.last,
        end.sequence - 1,
        loss.offset,
        path(loss.segment),
        printable(&loss.note)
    );
    // Left by a crash in the middle of this.
    let _ = storage.remove(LOSSES_TEMPORARY);
    let mut file = storage.create(LOSSES_TEMPORARY).map_err(failed("create"))?;
    file.write_at(0, text.as_bytes()).map_err(failed("write"))?;
    file.sync().map_err(failed("sync"))?;
    storage.rename(LOSSES_TEMPORARY, LOSSES_FILE).map_err(failed("name"))?;
    storage.sync_dir(DIR).map_err(failed("sync the name of"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_line_that_looks_like_what_it_is() {
        for (note, expected) in [
            ("it's \"gone\", 손실 ñ", "it's \"gone\", 손실 ñ"),
            ("a\nb\r\u{1b}[2K", r"a\nb\r\u{1b}[2K"),
            (
                "\u{202e}live\u{2066}\u{200b}\u{feff}\u{ad}\u{2028}",
                r"\u{202e}live\u{2066}\u{200b}\u{feff}\u{ad}\u{2028}",
            ),
            (r"C:\n", r"C:\\n"),
        ] {
            assert_eq!(printable(note), expected);
        }
    }
}
