//! Reads all files in their order and looks whether they are what was written.

use std::io;

use holdfast_wal::Storage;

use crate::hash::{Hash, Head};
use crate::line::{Line, OWN, read_line, read_title};
use crate::names::{DIR, files, month_in};
use crate::pieces::{Piece, Pieces};
use crate::verdict::{Anchor, Last, Newest, Open, Torn, Verdict};

/// Reads all lines, each of which is seen if it is whole, and compares them with each other, with the id of the data directory, if that
/// is given, and with what was noted elsewhere. Changes nothing.
///
/// # Errors
/// If the files cannot be read. What is wrong with them is in the verdict.
pub fn verify(
    storage: &dyn Storage,
    directory: Option<&str>,
    anchors: &[Anchor],
    see: &mut dyn FnMut(&Line),
) -> io::Result<Verdict> {
    let mut anchors: Vec<Anchor> = anchors.iter().filter(|anchor| anchor.head.seq > 0).cloned().collect();
    anchors.sort_by_key(|anchor| std::cmp::Reverse(anchor.head.seq));
    let mut chain = Chain {
        directory,
        anchors,
        verdict: Verdict::default(),
        due: 1,
        prev: Some(Hash::default()),
        lsn: 0,
    };
    let paths = files(storage)?;
    for (number, path) in paths.iter().enumerate() {
        let is_newest = number + 1 == paths.len();
        let torn = if is_newest { torn(storage, path)? } else { None };
        chain.read(storage, path, torn, see)?;
    }
    Ok(chain.ends())
}

/// Where what a crash has torn begins in the newest file. It is torn, and not damaged, if no line behind it is whole whose batch began
/// later: such a batch was begun only when the one before was synced.
fn torn(storage: &dyn Storage, path: &str) -> io::Result<Option<u64>> {
    let (mut pieces, mut from, mut due) = (Pieces::of(storage, path), None, None);
    let mut is_title = true;
    while let Some(piece) = pieces.next()? {
        let whole = if std::mem::take(&mut is_title) {
            read_title(piece.bytes).map(|title| (title.told.seq, title.told.seq.saturating_sub(1)))
        } else {
            read_line(piece.bytes).map(|line| (line.told.batch, line.told.seq))
        };
        match whole.ok().filter(|_| piece.is_ended) {
            // Behind a torn title, the first line that is whole tells of the batch.
            Some((batch, _)) if from.is_some() => {
                if batch > *due.get_or_insert(batch) {
                    return Ok(None);
                }
            }
            Some((_, seq)) => due = Some(seq + 1),
            None => from = from.or(Some(piece.offset)),
        }
    }
    // A file without anything is one that was being made.
    Ok(if is_title { Some(0) } else { from })
}

/// The lines so far.
struct Chain<'a> {
    directory: Option<&'a str>,
    /// Those that no line was compared with yet; the oldest is last.
    anchors: Vec<Anchor>,
    verdict: Verdict,
    /// The number of the next line.
    due: u64,
    /// The hash of the line before; `None` if that could not be read.
    prev: Option<Hash>,
    /// The newest record that a line was told by.
    lsn: u64,
}

impl Chain<'_> {
    fn read(
        &mut self,
        storage: &dyn Storage,
        path: &str,
        torn: Option<u64>,
        see: &mut dyn FnMut(&Line),
    ) -> io::Result<()> {
        let month = path.rsplit('/').next().and_then(month_in).unwrap_or_default().to_owned();
        let (mut pieces, mut number) = (Pieces::of(storage, path), 0);
        let mut newest = Newest { month, end: 0, is_ended: true };
        self.verdict.files += 1;
        while let Some(piece) = pieces.next()? {
            number += 1;
            (newest.end, newest.is_ended) = (piece.end(), piece.is_ended);
            if torn.is_some_and(|torn| piece.offset >= torn) {
                continue;
            }
            let read = match number {
                1 => self.title(path, &newest.month, &piece),
                _ => self.line((path, number), &newest.month, &piece, see),
            };
            if let Err(what) = read {
                self.verdict.fault(path, number, what);
                self.prev = None;
            }
        }
        if number == 0 && torn.is_none() {
            self.verdict.fault(path, 0, "it is empty");
        }
        self.verdict.torn =
            torn.map(|offset| Torn { path: path.to_owned(), offset, bytes: newest.end - offset });
        self.verdict.newest = Some(newest);
        Ok(())
    }

    fn title(&mut self, path: &str, month: &str, piece: &Piece<'_>) -> Result<(), String> {
        let title = read_title(whole(piece)?)?;
        if *title.told.month != *month {
            self.verdict.fault(path, 1, format!("it is the file of {}", title.told.month));
        }
        if self.directory.is_some_and(|directory| directory != &*title.told.directory) {
            self.verdict.fault(path, 1, format!("it is of the data directory {}", title.told.directory));
        }
        self.follows((path, 1), title.told.seq, title.prev);
        (self.due, self.prev) = (title.told.seq, Some(title.hash));
        let month = month.to_owned();
        self.verdict.open = Some(Open { month, batch: title.told.seq, batch_at: 0, end: piece.end() });
        self.verdict.newest_hash = title.hash;
        Ok(())
    }

    fn line(
        &mut self,
        (path, number): (&str, u64),
        month: &str,
        piece: &Piece<'_>,
        see: &mut dyn FnMut(&Line),
    ) -> Result<(), String> {
        let line = read_line(whole(piece)?)?;
        self.follows((path, number), line.told.seq, line.prev);
        let (told, lsn) = (&line.told, line.told.entry.lsn);
        let is_own = told.entry.act.starts_with(OWN);
        if lsn <= self.lsn && !is_own {
            let what = format!("record {lsn} of the log is told of behind record {}", self.lsn);
            self.verdict.fault(path, number, what);
        }
        (self.due, self.prev, self.lsn) = (told.seq + 1, Some(line.hash), lsn);
        let head = Head { seq: told.seq, hash: line.hash };
        self.compare((path, number), head);
        let batch_at = match &self.verdict.open {
            Some(open) if open.batch == told.batch && open.month == month => open.batch_at,
            _ => piece.offset,
        };
        let month = month.to_owned();
        self.verdict.open = Some(Open { month, batch: told.batch, batch_at, end: piece.end() });
        self.verdict.newest_hash = line.hash;
        self.verdict.last = Some(Last { head, lsn, at: told.entry.at });
        self.verdict.lines += 1;
        see(told);
        Ok(())
    }

    /// A line with this number, behind a line with this hash, comes now.
    fn follows(&mut self, (path, number): (&str, u64), seq: u64, prev: Hash) {
        let due = self.due;
        if seq > due {
            let what = format!("lines {due} to {} are missing, or cannot be read", seq - 1);
            self.verdict.fault(path, number, what);
        } else if seq < due {
            self.verdict.fault(path, number, format!("it is line {seq}, where line {due} is due"));
        } else if self.prev.is_some_and(|before| before != prev) {
            self.verdict.fault(path, number, "it was written behind another line than the one before it");
        }
    }

    /// Compares a line with what was noted of it.
    fn compare(&mut self, (path, number): (&str, u64), head: Head) {
        while let Some(anchor) = self.anchors.pop_if(|anchor| anchor.head.seq <= head.seq) {
            if anchor.head == head {
                self.verdict.anchored = Some(anchor);
            } else if anchor.head.seq == head.seq {
                let what = format!("it is another line than {} has noted", anchor.source);
                self.verdict.fault(path, number, what);
            }
        }
    }

    fn ends(mut self) -> Verdict {
        // The newest of those that are left: the others are before it.
        if let Some(Anchor { head, source }) = self.anchors.first() {
            let last = self.verdict.head().seq;
            let what =
                format!("the last line is {last}, and line {} was there: {source} has noted it", head.seq);
            self.verdict.fault(DIR, 0, what);
        }
        self.verdict
    }
}

fn whole<'a>(piece: &Piece<'a>) -> Result<&'a [u8], String> {
    if piece.is_ended { Ok(piece.bytes) } else { Err("it has no end".to_owned()) }
}
