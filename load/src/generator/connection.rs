//! One connection of a generator: bytes to send, commands that wait for their answers, bytes that have arrived.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use mio::net::TcpStream;

use crate::wire::command::{Flight, Wire};
use crate::wire::resp::Scan;
use crate::wire::shown::shown;
use crate::wire::socket::Socket;

/// The first size of the input buffer. It grows as far as reads fill it, and to the size of the largest answer.
const INPUT_BYTES: usize = 16 * 1024;
/// A read that fills its room is followed by one with more room, up to this.
const INPUT_BYTES_READ_MAX: usize = 128 * 1024;

#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) stream: Socket<TcpStream>,
    /// Index of the lane that it belongs to.
    pub(crate) lane: usize,
    /// The number of the next arrival, in a closed loop.
    pub(crate) next: u64,
    /// The commands in flight, in the order of their answers.
    pub(crate) flight: VecDeque<Flight>,
    output: Vec<u8>,
    written: usize,
    input: Vec<u8>,
    begin: usize,
    end: usize,
    scan: Scan,
}

/// What a read brought.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Arrived {
    /// Bytes, and there may be more.
    More,
    /// Bytes, and no more for now.
    Last,
    Nothing,
    /// The other side has closed.
    End,
}

impl Connection {
    pub(crate) fn new(stream: Socket<TcpStream>, lane: usize, next: u64) -> Self {
        Self {
            stream,
            lane,
            next,
            flight: VecDeque::new(),
            output: Vec::new(),
            written: 0,
            input: vec![0; INPUT_BYTES],
            begin: 0,
            end: 0,
            scan: Scan::new(),
        }
    }

    /// Adds a command to what is to be sent.
    #[inline]
    pub(crate) fn push(&mut self, wire: &Wire, flight: Flight) {
        wire.push(&mut self.output, &flight.command);
        self.flight.push_back(flight);
    }

    /// Writes as much as the socket takes. The rest is written when the socket is writable again.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while let Some(rest @ [_, ..]) = self.output.get(self.written..) {
            match self.stream.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.output.clear();
        self.written = 0;
        match self.stream.flush() {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    /// Reads once.
    pub(crate) fn read(&mut self) -> io::Result<Arrived> {
        self.make_room();
        let room = &mut self.input[self.end..];
        let size = room.len();
        loop {
            return match self.stream.read(room) {
                Ok(0) => Ok(Arrived::End),
                Ok(count) => {
                    self.end += count;
                    // A socket that gave less than was asked for has no more, which saves a call in most turns.
                    let last = count < size && !self.stream.reads_in_pieces();
                    Ok(if last { Arrived::Last } else { Arrived::More })
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Arrived::Nothing),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
        }
    }

    fn make_room(&mut self) {
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        }
        let room = self.input.len() - self.end;
        let full = room == 0;
        if full && self.begin > self.input.len() / 2 {
            self.input.copy_within(self.begin..self.end, 0);
            self.end -= self.begin;
            self.begin = 0;
        } else if full || (self.end == 0 && self.input.len() < self.wanted()) {
            let size = (self.input.len() * 2).max(INPUT_BYTES);
            self.input.resize(size, 0);
        }
    }

    /// The room that the answers to all commands in flight need, if they are small.
    fn wanted(&self) -> usize {
        const ANSWER_BYTES: usize = 128;
        (self.flight.len() * ANSWER_BYTES).min(INPUT_BYTES_READ_MAX)
    }

    /// The first whole answer that has arrived, with the command that it is for; `None` if there is none yet. The
    /// error shows bytes that are no answer, or answer nothing.
    #[inline]
    pub(crate) fn take(&mut self) -> Result<Option<(Flight, &[u8])>, String> {
        let unread = &self.input[self.begin..self.end];
        if unread.is_empty() {
            return Ok(None);
        }
        let Ok(end) = self.scan.end(unread) else { return Err(self.told_unread()) };
        let Some(length) = end else { return Ok(None) };
        let Some(flight) = self.flight.pop_front() else { return Err(self.told_unread()) };
        let begin = self.begin;
        self.begin += length;
        Ok(Some((flight, &self.input[begin..begin + length])))
    }

    fn told_unread(&self) -> String {
        shown(&self.input[self.begin..self.end])
    }
}
