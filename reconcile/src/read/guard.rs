//! Ends a file whose lines have no end: a quotation mark that is never closed would take all of it into memory.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// A line is no longer than this.
pub(super) const LINE_BYTES_MAX: usize = 1024 * 1024;

/// Leaves out a byte order mark, and fails when more was read than a line may have since the last one was taken.
pub(super) struct Guard<R> {
    inner: R,
    left: Rc<Cell<usize>>,
    /// What was read to look for the mark.
    begin: Vec<u8>,
    is_begun: bool,
}

impl<R: Read> Guard<R> {
    /// The cell is how much may still be read: whoever takes lines fills it up with each.
    pub(super) fn new(inner: R) -> (Self, Rc<Cell<usize>>) {
        let left = Rc::new(Cell::new(LINE_BYTES_MAX));
        (Self { inner, left: Rc::clone(&left), begin: Vec::new(), is_begun: false }, left)
    }

    fn begin(&mut self) -> io::Result<()> {
        self.is_begun = true;
        self.inner.by_ref().take(3).read_to_end(&mut self.begin)?;
        if self.begin == b"\xEF\xBB\xBF" {
            self.begin.clear();
        }
        Ok(())
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.is_begun {
            self.begin()?;
        }
        let count = match self.begin.len() {
            0 => self.inner.read(buffer)?,
            have => {
                let count = have.min(buffer.len());
                buffer[..count].copy_from_slice(&self.begin[..count]);
                self.begin.drain(..count);
                count
            }
        };
        let left = self.left.get().checked_sub(count).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a line has more than {LINE_BYTES_MAX} bytes: a quotation mark may not be closed"),
            )
        })?;
        self.left.set(left);
        Ok(count)
    }
}
