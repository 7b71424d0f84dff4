//! Writes lines behind those that are there.

use std::io;
use std::sync::Arc;

use holdfast_wal::{Storage, StorageFile};

use crate::hash::{Hash, Head};
use crate::limits;
use crate::line::{Entry, Line, Title, put_line, put_title};
use crate::names::{DIR, month_of, path_of};
use crate::verdict::Verdict;

/// The end of the files, and their only writer.
#[derive(Debug)]
pub struct Appender {
    storage: Arc<dyn Storage>,
    directory: Box<str>,
    head: Head,
    /// The hash that the next line is written behind.
    prev: Hash,
    /// The month of the newest file; `None` if there is no file.
    month: Option<String>,
    /// Bytes of that file that are synced.
    end: u64,
    /// The file, if what is in it is known: after an error it is opened anew and cut.
    file: Option<Box<dyn StorageFile>>,
}

impl Appender {
    /// Goes on behind what was found. What a crash has torn is cut off, and the newest batch is written and synced once more: nobody
    /// knows whether its sync succeeded. If the files are damaged, nothing is cut: the next line comes behind all that is there, or behind
    /// the line that was noted elsewhere, if that is later.
    ///
    /// # Errors
    /// What the medium says. It may be tried again.
    pub fn open(
        storage: Arc<dyn Storage>,
        directory: &str,
        found: &Verdict,
        noted: Head,
    ) -> io::Result<Self> {
        storage.create_dir(DIR)?;
        let (head, prev) = if noted.seq > found.head().seq {
            (noted, noted.hash)
        } else {
            (found.head(), found.newest_hash)
        };
        let month = found.newest.as_ref().map(|newest| newest.month.clone());
        let end = found.newest.as_ref().map_or(0, |newest| newest.end);
        let mut appender = Self { storage, directory: directory.into(), head, prev, month, end, file: None };
        if found.is_damaged() {
            appender.begin_a_line(found)?;
        } else {
            appender.settle(found)?;
        }
        Ok(appender)
    }

    /// The newest line.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Appends the first of these entries and those behind it that go with it, and returns their lines: they are synced then. At least
    /// one, if there is one.
    ///
    /// # Errors
    /// What the medium says. Then none of them is there, and they may be appended again.
    pub fn append(&mut self, entries: &[Entry]) -> io::Result<Vec<Line>> {
        let Some(first) = entries.first() else { return Ok(Vec::new()) };
        // Files follow each other as lines do, whatever a clock has said.
        let month = self.month.clone().unwrap_or_default().max(month_of(first.at));
        let together = entries.iter().take_while(|entry| month_of(entry.at) <= month);
        let (mut bytes, mut lines) = (Vec::new(), Vec::new());
        let (mut prev, batch) = (self.prev, self.head.seq + 1);
        let is_new = self.month.as_ref() != Some(&month);
        if is_new {
            let title = Title { directory: self.directory.clone(), month: month.as_str().into(), seq: batch };
            prev = put_title(&title, prev, &mut bytes);
        }
        for (seq, entry) in (batch..).zip(together.take(limits::BATCH_LINES_MAX)) {
            prev = put_line((seq, batch), entry, prev, &mut bytes);
            lines.push(Line { seq, batch, entry: entry.clone(), hash: prev });
        }
        let at = if is_new { 0 } else { self.end };
        let mut file = match self.file.take().filter(|_| !is_new) {
            Some(file) => file,
            None => self.open_at(&path_of(&month), at)?,
        };
        file.write_at(at, &bytes)?;
        file.sync()?;
        if is_new {
            self.storage.sync_dir(DIR)?;
        }
        (self.file, self.month, self.end) = (Some(file), Some(month), at + bytes.len() as u64);
        (self.prev, self.head) = (prev, Head { seq: batch + lines.len() as u64 - 1, hash: prev });
        Ok(lines)
    }

    /// The file, cut to what is known of it: bytes of an attempt that failed are none.
    fn open_at(&self, path: &str, end: u64) -> io::Result<Box<dyn StorageFile>> {
        let mut file = match self.storage.open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.storage.create(path)?,
            opened => opened?,
        };
        file.truncate(end)?;
        Ok(file)
    }

    /// Cuts off what a crash has torn, and syncs the newest batch.
    fn settle(&mut self, found: &Verdict) -> io::Result<()> {
        if let Some(torn) = found.torn.as_ref().filter(|torn| torn.offset == 0) {
            // Not even the first line of the file is whole.
            self.storage.remove(&torn.path)?;
        }
        self.storage.sync_dir(DIR)?;
        let Some(open) = &found.open else {
            (self.month, self.end) = (None, 0);
            return Ok(());
        };
        let path = path_of(&open.month);
        let length = usize::try_from(open.end - open.batch_at).map_err(io::Error::other)?;
        let batch = self.storage.read_at(&path, open.batch_at, length)?;
        let mut file = self.open_at(&path, open.end)?;
        file.write_at(open.batch_at, &batch)?;
        file.sync()?;
        (self.month, self.end, self.file) = (Some(open.month.clone()), open.end, Some(file));
        Ok(())
    }

    /// Whatever is there stays, and has an end of its own.
    fn begin_a_line(&mut self, found: &Verdict) -> io::Result<()> {
        let Some(newest) = found.newest.as_ref().filter(|newest| !newest.is_ended) else { return Ok(()) };
        let mut file = self.storage.open(&path_of(&newest.month))?;
        file.write_at(newest.end, b"\n")?;
        file.sync()?;
        (self.end, self.file) = (newest.end + 1, Some(file));
        Ok(())
    }
}
