//! Results of executions, each thing on a line of its own, in files: `results/NUMBER.ndjson`.
//!
//! A file is written by the thread of the jobs alone, and read when somebody asks. Its length and its SHA-256 are recorded when it is
//! durable, before the execution ends; what a crash leaves of one has neither, and can be read up to its last whole line. A file goes with its execution.

use std::io;
use std::sync::Arc;

use holdfast_wal::{Storage, StorageFile};
use ring::digest::{Context, SHA256};

use crate::catalogue::Code;
use crate::codec::hex;
use crate::document::Document;
use crate::fault::Fault;
use crate::limits;
use crate::system::{Execution, ExecutionId, Kept};

/// The directory of the files, in the data directory.
pub const DIRECTORY: &str = "results";

/// The files.
#[derive(Clone, Debug)]
pub(crate) struct Results(Arc<dyn Storage>);

/// One that is being written.
pub(crate) struct Writing {
    of: ExecutionId,
    file: Box<dyn StorageFile>,
    buffer: Vec<u8>,
    written: u64,
    lines: u64,
    hash: Context,
}

/// What is asked for of a file.
#[derive(Clone, Debug)]
pub struct ResultsPage {
    /// Where the page begins, bytes.
    pub cursor: u64,
    /// How many lines at most.
    pub count: u32,
    /// Also results that do not count any more.
    pub inactive: bool,
}

/// The file of the results of an execution.
pub(super) fn path(id: ExecutionId) -> String {
    format!("{DIRECTORY}/{}.ndjson", id.0)
}

impl Results {
    pub(crate) const fn new(storage: Arc<dyn Storage>) -> Self {
        Self(storage)
    }

    /// Begins a file, in the place of one that a crash has left.
    pub(crate) fn begin(&self, of: ExecutionId) -> io::Result<Writing> {
        self.0.create_dir(DIRECTORY)?;
        match self.0.remove(&path(of)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = self.0.create(&path(of))?;
        self.0.sync_dir(DIRECTORY)?;
        let (buffer, hash) = (Vec::new(), Context::new(&SHA256));
        Ok(Writing { of, file, buffer, written: 0, lines: 0, hash })
    }

    /// Removes the files of executions that are not known any more.
    pub(crate) fn tidy(&self, is_known: impl Fn(ExecutionId) -> bool) -> io::Result<()> {
        let names = self.0.list(DIRECTORY)?;
        let numbers =
            names.iter().filter_map(|name| name.strip_suffix(".ndjson")?.parse().ok().map(ExecutionId));
        for id in numbers.filter(|id| !is_known(*id)) {
            self.0.remove(&path(id))?;
        }
        Ok(())
    }

    /// Reads a page; to be called where a disk may be waited for.
    ///
    /// # Errors
    /// If there are no results, or they cannot be read.
    pub(crate) fn page(
        &self,
        execution: &Execution,
        kept: Option<&Kept>,
        asked: &ResultsPage,
    ) -> Result<Document, Fault> {
        let name = execution.name();
        let none = |error: &dyn std::fmt::Display| {
            Fault::new(Code::NO_RESULTS, format!("{name} has no results: {error}"))
        };
        let most = kept.map_or(u64::MAX, |kept| kept.bytes).saturating_sub(asked.cursor);
        let wanted = usize::try_from(most).unwrap_or(usize::MAX).min(limits::RESULTS_PAGE_BYTES);
        let bytes =
            self.0.read_at(&path(execution.id), asked.cursor, wanted).map_err(|error| none(&error))?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let (mut used, mut lines) = (0, Vec::new());
        for line in bytes[..whole].split_inclusive(|byte| *byte == b'\n').take(asked.count as usize) {
            used += line.len();
            lines.push(Document::from(String::from_utf8_lossy(line).trim_end()));
        }
        let is_end = used == whole && bytes.len() < limits::RESULTS_PAGE_BYTES;
        let next = if is_end { 0 } else { asked.cursor + used as u64 };
        Ok(Document::fields([
            ("execution", name.as_str().into()),
            ("is_active", u64::from(execution.is_active).into()),
            ("lines", Document::or_nothing(kept.map(|kept| kept.lines))),
            ("bytes", Document::or_nothing(kept.map(|kept| kept.bytes))),
            ("sha256", Document::or_nothing(kept.map(|kept| hex(&kept.sha256)))),
            ("next", next.into()),
            ("results", Document::list(lines)),
        ]))
    }
}

impl Writing {
    /// Adds a result, which has no end of a line in it.
    pub(crate) fn line(&mut self, line: &str) -> io::Result<()> {
        self.buffer.extend_from_slice(line.as_bytes());
        self.buffer.push(b'\n');
        self.lines += 1;
        if self.buffer.len() >= limits::RESULTS_PAGE_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes what is there: others can read it.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let after = self.written + self.buffer.len() as u64;
        if after > limits::RESULTS_BYTES_MAX {
            let most = limits::RESULTS_BYTES_MAX;
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("results of more than {most} bytes"),
            ));
        }
        self.file.write_at(self.written, &self.buffer)?;
        self.hash.update(&self.buffer);
        self.written = after;
        self.buffer.clear();
        Ok(())
    }

    /// Makes it durable.
    pub(crate) fn finish(mut self) -> io::Result<Kept> {
        self.flush()?;
        self.file.sync()?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(self.hash.finish().as_ref());
        Ok(Kept { of: self.of, lines: self.lines, bytes: self.written, sha256 })
    }
}
