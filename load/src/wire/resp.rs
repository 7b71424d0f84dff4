//! RESP as a client needs it: commands as bytes, and where a reply ends, however its bytes arrive. All clients of
//! this repository use it: the harness, the benches, and the tests of the server. The server has a codec of its own.

use std::io::{self, BufRead, ErrorKind, Write as _};

/// Bytes that are no reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Malformed;

/// A command as an array of bulk strings.
pub fn frame<S: AsRef<[u8]>>(words: &[S]) -> Vec<u8> {
    let mut bytes = Vec::new();
    push(words, &mut bytes);
    bytes
}

/// Appends a command as an array of bulk strings.
pub fn push<S: AsRef<[u8]>>(words: &[S], out: &mut Vec<u8>) {
    // Writing to a vector cannot fail.
    let _ = write!(out, "*{}\r\n", words.len());
    for word in words.iter().map(AsRef::as_ref) {
        let _ = write!(out, "${}\r\n", word.len());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
}

/// Reads the bytes of one whole reply, and none behind it.
///
/// # Errors
/// What reading says; `UnexpectedEof` if the bytes end before the reply does; `InvalidData` if they are no reply.
pub fn read(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let (mut reply, mut scan) = (Vec::with_capacity(128), Scan::new());
    loop {
        let known = reply.len();
        let more = match from.fill_buf() {
            // The process was stopped and goes on: nothing was lost.
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            more => more?,
        };
        let count = more.len();
        reply.extend_from_slice(more);
        let end = match scan.end(&reply) {
            Ok(end) if count > 0 => end,
            Ok(_) => return Err(told(ErrorKind::UnexpectedEof, "cut off after", &reply)),
            Err(Malformed) => return Err(told(ErrorKind::InvalidData, "no reply", &reply)),
        };
        from.consume(end.map_or(count, |end| end - known));
        if let Some(end) = end {
            reply.truncate(end);
            return Ok(reply);
        }
    }
}

fn told(kind: ErrorKind, what: &str, bytes: &[u8]) -> io::Error {
    io::Error::new(kind, format!("{what}: {:?}", String::from_utf8_lossy(bytes)))
}

/// Finds the end of the reply at the beginning of the input, as its bytes arrive. Only the bytes of an unfinished
/// line are looked at twice.
#[derive(Clone, Copy, Debug)]
pub struct Scan {
    at: usize,
    /// Values still to come.
    owed: usize,
}

impl Default for Scan {
    fn default() -> Self {
        Self::new()
    }
}

impl Scan {
    /// A scan that has seen nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { at: 0, owed: 1 }
    }

    /// The length of the reply at the beginning of `bytes`; `None` if its end has not arrived. Called again with the
    /// same bytes and more behind them, it goes on where it was.
    ///
    /// # Errors
    /// If the bytes are no reply.
    #[inline]
    pub fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        while self.owed > 0 {
            let Some(rest) = bytes.get(self.at..) else { return Ok(None) };
            let Some(line) = rest.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
            let next = self.at + line + 1;
            match rest[0] {
                b'+' | b'-' | b':' | b'_' | b'#' | b',' => self.at = next,
                b'$' => self.at = next + length(&rest[1..line])?.map_or(0, |length| length + 2),
                b'*' | b'~' | b'>' => {
                    self.owed += length(&rest[1..line])?.unwrap_or(0);
                    self.at = next;
                }
                b'%' => {
                    self.owed += 2 * length(&rest[1..line])?.unwrap_or(0);
                    self.at = next;
                }
                _ => return Err(Malformed),
            }
            self.owed -= 1;
        }
        if self.at > bytes.len() {
            return Ok(None);
        }
        let end = self.at;
        *self = Self::new();
        Ok(Some(end))
    }
}

/// The number of a line up to its CR; `None` for -1, which is null.
#[inline]
pub(crate) fn length(line: &[u8]) -> Result<Option<usize>, Malformed> {
    let Some((b'\r', digits)) = line.split_last() else { return Err(Malformed) };
    if digits == b"-1" {
        return Ok(None);
    }
    if digits.is_empty() || digits.len() > 9 {
        return Err(Malformed);
    }
    let mut value = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return Err(Malformed);
        }
        value = value * 10 + usize::from(digit - b'0');
    }
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    const REPLIES: [&[u8]; 10] = [
        b"*4\r\n$4\r\nhold\r\n:17\r\n$5\r\nseats\r\n*1\r\n$6\r\nS-2-10\r\n",
        b"-TAKEN HF-BIZ-001 S-1-1 held\r\n",
        b"*2\r\n*3\r\n$1\r\nS\r\n$1\r\n1\r\n$4\r\n.hsx\r\n*3\r\n$1\r\nS\r\n$1\r\n2\r\n$2\r\n\n\r\r\n",
        b"$-1\r\n",
        b"*-1\r\n",
        b"*0\r\n",
        b"$0\r\n\r\n",
        b"%1\r\n+a\r\n:1\r\n",
        b">2\r\n_\r\n#t\r\n",
        b"+OK\r\n",
    ];

    #[test]
    fn replies_are_found_wherever_they_are_split() {
        let bytes = REPLIES.concat();
        let mut end = 0;
        let ends = REPLIES.map(|reply| {
            end += reply.len();
            end
        });
        for first in 0..bytes.len() {
            // Everything up to `first` at once, then byte by byte.
            let (mut scan, mut begin, mut found) = (Scan::new(), 0, Vec::new());
            for upto in first..=bytes.len() {
                while begin < upto
                    && let Some(length) = scan.end(&bytes[begin..upto]).unwrap()
                {
                    begin += length;
                    found.push(begin);
                }
            }
            assert_eq!(found, ends, "split at {first}");
        }
    }

    #[test]
    fn replies_are_read_one_by_one_however_much_comes_at_once() {
        let bytes = REPLIES.concat();
        for room in 1..=bytes.len() {
            let mut from = BufReader::with_capacity(room, &bytes[..]);
            for reply in REPLIES {
                assert_eq!(read(&mut from).unwrap(), reply, "{room} bytes at once");
            }
            assert_eq!(read(&mut from).unwrap_err().kind(), ErrorKind::UnexpectedEof);
        }
        for cut in 0..REPLIES[0].len() {
            let end = read(&mut &REPLIES[0][..cut]).unwrap_err();
            assert_eq!(end.kind(), ErrorKind::UnexpectedEof, "{cut}");
        }
        assert_eq!(read(&mut &b"HTTP/1.1 400\r\n"[..]).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn what_is_no_reply_is_told() {
        for bad in [&b"HTTP/1.1 400\r\n"[..], b"$x\r\n", b"*\r\n", b"$5\n", b"*99999999999\r\n"] {
            assert_eq!(Scan::new().end(bad), Err(Malformed), "{bad:?}");
        }
    }

    #[test]
    fn commands_are_arrays_of_bulk_strings() {
        assert_eq!(frame(&["GET", "", "a\r\nb"]), b"*3\r\n$3\r\nGET\r\n$0\r\n\r\n$4\r\na\r\nb\r\n");
    }

    /// Gives one byte a time, and is interrupted before each.
    struct Interrupted(&'static [u8], bool);

    impl io::Read for Interrupted {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            self.0.read(&mut into[..1])
        }
    }

    #[test]
    fn an_interruption_costs_no_reply() {
        for reply in REPLIES {
            let mut from = BufReader::new(Interrupted(reply, false));
            assert_eq!(read(&mut from).unwrap(), reply);
        }
    }
}
