//! The files as they grow, for whoever keeps copies of them: what has come since, and where to put it.

use crate::hash::Head;
use crate::line::{read_line, read_title};
use crate::names::path_of;

/// Files of the audit in their order: the path of each, with its bytes.
pub type Files = Vec<(String, Vec<u8>)>;

/// Where the newest line of a file of the audit ends that is told by this record of the log or by one before it; and that line. `None` if
/// there is none.
#[must_use]
pub fn upto(bytes: &[u8], lsn: u64) -> Option<(usize, Head)> {
    let (mut end, mut newest) = (0, None);
    for (number, piece) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        end += piece.len();
        if let Some(line) = piece.strip_suffix(b"\n").filter(|_| number > 0)
            && let Ok(line) = read_line(line)
            && line.told.entry.lsn <= lsn
        {
            newest = Some((end, Head { seq: line.told.seq, hash: line.hash }));
        }
    }
    newest
}

/// The lines of a file behind that of number `after`, up to that of number `last`, as they stand there, and the newest of them; with the
/// first line of the file if all of it is behind. `None` if there are none.
#[must_use]
pub fn since(bytes: &[u8], after: u64, last: u64) -> Option<(&[u8], Head)> {
    let (mut at, mut from, mut newest) = (0, 0, None);
    for (number, piece) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        at += piece.len();
        let Some(Ok(line)) = piece.strip_suffix(b"\n").filter(|_| number > 0).map(read_line) else {
            continue;
        };
        match line.told.seq {
            seq if seq <= after => from = at,
            seq if seq <= last => newest = Some((at, Head { seq, hash: line.hash })),
            _ => break,
        }
    }
    newest.map(|(end, head)| (&bytes[from..end], head))
}

/// Puts lines that were taken by [`since`] behind those that are there, where they were. Lines that are there already are passed over,
/// and so is what is no line.
pub fn join(files: &mut Files, lines: &[u8]) {
    let newest = files.iter().rev().find_map(|(_, bytes)| upto(bytes, u64::MAX));
    let mut newest = newest.map_or(0, |(_, head)| head.seq);
    for piece in lines.split_inclusive(|byte| *byte == b'\n') {
        let Some(line) = piece.strip_suffix(b"\n") else { continue };
        if let Ok(title) = read_title(line) {
            let path = path_of(&title.told.month);
            if files.iter().all(|(there, _)| *there != path) {
                files.push((path, piece.to_vec()));
            }
        } else if let Ok(line) = read_line(line)
            && line.told.seq > newest
            && let Some((_, bytes)) = files.last_mut()
        {
            newest = line.told.seq;
            bytes.extend_from_slice(piece);
        }
    }
}
