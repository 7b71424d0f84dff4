//! The lines of a file as bytes, piece by piece: a file may be larger than the memory that there is for it.

use std::io;

use holdfast_wal::Storage;

use crate::limits;

/// A line as bytes.
pub(crate) struct Piece<'a> {
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// Without the end of the line.
    pub(crate) bytes: &'a [u8],
    /// Whether the line has an end.
    pub(crate) is_ended: bool,
}

impl Piece<'_> {
    /// Where the next line begins.
    pub(crate) const fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64 + self.is_ended as u64
    }
}

/// Reads a file line by line. What is longer than a line can be comes in pieces without an end.
pub(crate) struct Pieces<'a> {
    storage: &'a dyn Storage,
    path: &'a str,
    buffer: Vec<u8>,
    /// Where the buffer begins in the file, and how much of it was handed out.
    offset: u64,
    taken: usize,
    is_at_end: bool,
}

impl<'a> Pieces<'a> {
    pub(crate) const fn of(storage: &'a dyn Storage, path: &'a str) -> Self {
        Self { storage, path, buffer: Vec::new(), offset: 0, taken: 0, is_at_end: false }
    }

    /// The next line; `None` behind the last one.
    ///
    /// # Errors
    /// What the medium says.
    pub(crate) fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        let (length, is_ended) = loop {
            let rest = &self.buffer[self.taken..];
            let end = rest.iter().take(limits::LINE_BYTES_MAX).position(|byte| *byte == b'\n');
            match end {
                Some(end) => break (end, true),
                None if rest.len() >= limits::LINE_BYTES_MAX => break (limits::LINE_BYTES_MAX, false),
                None if self.is_at_end && rest.is_empty() => return Ok(None),
                None if self.is_at_end => break (rest.len(), false),
                None => self.read()?,
            }
        };
        let from = self.taken;
        self.taken += length + usize::from(is_ended);
        let offset = self.offset + from as u64;
        Ok(Some(Piece { offset, bytes: &self.buffer[from..from + length], is_ended }))
    }

    fn read(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.taken);
        (self.offset, self.taken) = (self.offset + self.taken as u64, 0);
        let at = self.offset + self.buffer.len() as u64;
        let more = self.storage.read_at(self.path, at, limits::READ_BYTES)?;
        self.is_at_end = more.len() < limits::READ_BYTES;
        self.buffer.extend_from_slice(&more);
        Ok(())
    }
}
