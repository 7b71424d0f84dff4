//! Buffers of connections. An idle connection has none: a thread lends its buffers to the connections that have
//! something to read or write at the moment. So ten thousand idle connections cost no buffers, and the buffers in use
//! stay in the cache.

use std::cell::RefCell;

use zeroize::Zeroize as _;

use crate::limits;

thread_local! {
    /// Unused buffers of [`limits::INPUT_BYTES`] initialised bytes each.
    static INPUTS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    /// Unused buffers, empty but with memory.
    static OUTPUTS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Bytes that were read and not used yet.
#[derive(Debug, Default)]
pub(crate) struct Input {
    /// Initialised to its length; `start..end` is what was read.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Input {
    /// The largest command, and room to read.
    const BYTES_MAX: usize = limits::FRAME_BYTES_MAP + limits::INPUT_BYTES;

    /// What was read elsewhere.
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        assert!(bytes.len() <= limits::INPUT_BYTES, "the door reads little");
        Self { start: 0, end: bytes.len(), bytes }
    }

    pub(crate) fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Bytes of memory that it has.
    pub(crate) const fn kept(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The decoder has used up `count` bytes from the front.
    pub(crate) fn used(&mut self, count: usize) {
        assert!(count <= self.end - self.start, "more used than read");
        self.start += count;
    }

    /// The last `count` bytes that were used, if nothing was read since.
    pub(crate) fn spent(&self, count: usize) -> &[u8] {
        self.bytes.get(self.start.saturating_sub(count)..self.start).unwrap_or_default()
    }

    /// So many bytes from the front are done with. Of a `secret` nothing stays in memory, which other connections use next;
    /// of what is longer than any login, its beginning, as wiping is slow and anybody can send something long.
    pub(crate) fn done(&mut self, count: usize, secret: bool) {
        if secret {
            let used = self.bytes.get_mut(self.start..self.start + count.min(limits::INPUT_ROOM_MIN));
            used.unwrap_or_default().zeroize();
        }
        self.used(count);
    }

    /// Where to read to. Moves or grows what is there if need be; the decoder's limit bounds what can be unread.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.bytes.len() < limits::INPUT_BYTES {
            let mut bytes = INPUTS.take_one().unwrap_or_else(|| vec![0; limits::INPUT_BYTES]);
            let unread = self.unread();
            if let Some(front) = bytes.get_mut(..unread.len()) {
                front.copy_from_slice(unread);
            }
            (self.start, self.end) = (0, unread.len());
            // Half a login may be in it.
            self.bytes.zeroize();
            self.bytes = bytes;
        }
        if self.start > 0 && (self.bytes.len() - self.end < limits::INPUT_ROOM_MIN || self.is_empty()) {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.bytes.len() - self.end < limits::INPUT_ROOM_MIN {
            // What is not used yet is not there yet: the system gives it page by page, so a little more is asked for each time.
            let (more, most) = (self.bytes.len().min(limits::FRAME_BYTES_MAX), Self::BYTES_MAX);
            self.bytes.resize((self.bytes.len() + more).min(most), 0);
        }
        let most = self.bytes.len().min(self.end + limits::INPUT_BYTES);
        self.bytes.get_mut(self.end..most).unwrap_or_default()
    }

    /// `count` bytes were read into the room.
    pub(crate) fn filled(&mut self, count: usize) {
        assert!(count <= self.bytes.len() - self.end, "more read than there was room for");
        self.end += count;
    }

    /// Gives the buffer back if little or nothing is in it. A little is copied to a vector of its size, so that a
    /// crowd of half commands does not keep a buffer each.
    pub(crate) fn release(&mut self) {
        if self.end - self.start > limits::INPUT_KEPT_MAX || self.bytes.len() < limits::INPUT_BYTES {
            return;
        }
        let kept = self.unread().to_vec();
        (self.start, self.end) = (0, kept.len());
        let bytes = std::mem::replace(&mut self.bytes, kept);
        if bytes.len() == limits::INPUT_BYTES {
            INPUTS.give(bytes);
        }
    }
}

/// Bytes that are to be written.
#[derive(Debug, Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    written: usize,
    /// All that was written since the connection began.
    gone: u64,
}

impl Output {
    pub(crate) fn unwritten(&self) -> &[u8] {
        self.bytes.get(self.written..).unwrap_or_default()
    }

    pub(crate) const fn len(&self) -> usize {
        self.bytes.len() - self.written
    }

    /// How much was written since the connection began.
    pub(crate) const fn gone(&self) -> u64 {
        self.gone
    }

    /// How much will have been written when nothing of this is left.
    pub(crate) const fn end(&self) -> u64 {
        self.gone + self.len() as u64
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that it has.
    pub(crate) const fn kept(&self) -> usize {
        self.bytes.capacity()
    }

    /// Whether nothing more should be added before some of it is written.
    pub(crate) const fn is_full(&self) -> bool {
        self.len() >= limits::OUTPUT_BYTES_MAX
    }

    /// The buffer, to add to its end.
    pub(crate) fn bytes(&mut self) -> &mut Vec<u8> {
        if self.bytes.capacity() == 0 {
            self.bytes = OUTPUTS.take_one().unwrap_or_else(|| Vec::with_capacity(limits::OUTPUT_BYTES));
        }
        &mut self.bytes
    }

    /// `count` bytes from the front were written.
    pub(crate) fn wrote(&mut self, count: usize) {
        assert!(count <= self.len(), "more written than there was");
        self.written += count;
        self.gone += count as u64;
        if self.is_empty() {
            self.bytes.clear();
            self.written = 0;
        } else if self.written > self.bytes.len() / 2 {
            // This moves each byte once on average, even if the client takes tiny pieces.
            self.bytes.drain(..self.written);
            self.written = 0;
        }
    }

    /// Gives the buffer back if nothing is in it.
    pub(crate) fn release(&mut self) {
        if self.is_empty() && self.bytes.capacity() > 0 {
            let mut bytes = std::mem::take(&mut self.bytes);
            bytes.clear();
            self.written = 0;
            if bytes.capacity() <= limits::OUTPUT_BYTES_MAX {
                OUTPUTS.give(bytes);
            }
        }
    }
}

trait Pool {
    fn take_one(&'static self) -> Option<Vec<u8>>;
    fn give(&'static self, buffer: Vec<u8>);
}

impl Pool for std::thread::LocalKey<RefCell<Vec<Vec<u8>>>> {
    fn take_one(&'static self) -> Option<Vec<u8>> {
        self.with_borrow_mut(Vec::pop)
    }

    fn give(&'static self, buffer: Vec<u8>) {
        self.with_borrow_mut(|pool| {
            if pool.len() < limits::POOLED_BUFFERS_MAX {
                pool.push(buffer);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(input: &mut Input, byte: u8, count: usize) {
        let mut left = count;
        while left > 0 {
            let room = input.room();
            let now = room.len().min(left);
            room[..now].fill(byte);
            input.filled(now);
            left -= now;
        }
    }

    #[test]
    fn input_keeps_its_bytes_when_it_moves_and_grows() {
        let mut input = Input::default();
        fill(&mut input, b'a', 10);
        fill(&mut input, b'b', limits::INPUT_BYTES - 20);
        input.used(10);
        fill(&mut input, b'c', 300_000);
        let expected = [vec![b'b'; limits::INPUT_BYTES - 20], vec![b'c'; 300_000]].concat();
        assert_eq!(input.unread(), expected);
        input.used(expected.len());
        input.release();
        assert!(input.is_empty() && input.bytes.is_empty());
    }

    #[test]
    fn a_secret_does_not_stay_in_memory() {
        let mut input = Input::default();
        fill(&mut input, b'a', 100);
        fill(&mut input, b's', 50);
        fill(&mut input, b'b', 100);
        input.used(100);
        input.done(50, true);
        assert_eq!(input.unread(), [b'b'; 100]);
        assert!(!input.bytes.contains(&b's'));
    }

    #[test]
    fn half_a_command_keeps_no_buffer() {
        let mut input = Input::default();
        fill(&mut input, b'a', 100);
        input.used(40);
        input.release();
        assert_eq!(input.bytes.len(), 60);
        fill(&mut input, b'b', 10);
        assert_eq!(input.unread(), [vec![b'a'; 60], vec![b'b'; 10]].concat());
    }

    #[test]
    fn the_largest_command_fits_with_room_to_read() {
        let mut input = Input::default();
        fill(&mut input, b'x', limits::FRAME_BYTES_MAX);
        assert!(input.bytes.len() <= 2 * limits::FRAME_BYTES_MAX, "what is small takes little");
        fill(&mut input, b'x', limits::FRAME_BYTES_MAP - limits::FRAME_BYTES_MAX);
        assert!(!input.room().is_empty());
        assert!(input.bytes.len() <= Input::BYTES_MAX);
    }

    #[test]
    fn buffers_go_round() {
        let mut one = Input::default();
        let place = one.room().as_ptr();
        one.release();
        let mut other = Input::default();
        assert_eq!(other.room().as_ptr(), place);
        assert!(other.unread().is_empty(), "what another connection read is not seen");
    }

    #[test]
    fn output_is_taken_in_any_pieces() {
        let mut output = Output::default();
        let expected: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut seen = Vec::new();
        for (index, piece) in expected.chunks(1_000).enumerate() {
            output.bytes().extend_from_slice(piece);
            let take = output.len().min(1 + 7 * index);
            seen.extend_from_slice(&output.unwritten()[..take]);
            output.wrote(take);
        }
        seen.extend_from_slice(output.unwritten());
        output.wrote(output.len());
        assert_eq!(seen, expected);
        output.release();
        assert!(output.is_empty() && output.bytes.capacity() == 0);
    }
}
