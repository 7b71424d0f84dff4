//! Finds the arguments in bytes: RESP arrays of bulk strings, and lines of text.
//!
//! The decoder is incremental: each call goes on where the last one stopped, and every byte is looked at once,
//! however slowly the bytes come. Arguments are spans of the frame; only lines are copied, as they may have quotes to
//! undo. Counts and lengths are checked before memory is taken for them. The decoder knows no sockets and no
//! commands.

use crate::error::ProtocolError;
use crate::limits;

#[cfg(test)]
mod tests;

/// Where an argument stands in its frame, or in the line without its quotes.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    end: u32,
}

/// What the decoder is in the middle of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    /// Before the first byte of a command.
    Start,
    /// Before the `$` of an argument.
    Header,
    /// In the bytes of an argument of this length.
    Payload(usize),
    /// In a line.
    Line,
}

/// What a call found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Decoded {
    /// The command goes on: call again with the same bytes and more.
    Incomplete,
    /// An empty line or array of this many bytes.
    Nothing(usize),
    /// A command of this many bytes; see [`Decoder::arguments`].
    Command(usize),
}

/// How large a command may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameLimits {
    /// From its first byte to its last.
    pub(crate) bytes: usize,
    /// The same of a command with the description of an event.
    described: usize,
    arguments: usize,
}

impl FrameLimits {
    /// Before a login.
    pub(crate) const LOGIN: Self =
        Self::of(limits::LOGIN_FRAME_BYTES, limits::LOGIN_FRAME_BYTES, limits::LOGIN_ARGUMENTS);
    pub(crate) const SALE: Self =
        Self::of(limits::FRAME_BYTES_SALE, limits::FRAME_BYTES_SALE, limits::ARGUMENTS_MAX);
    /// Of operators.
    pub(crate) const LARGEST: Self =
        Self::of(limits::FRAME_BYTES_MAX, limits::FRAME_BYTES_MAP, limits::ARGUMENTS_MAX);

    const fn of(bytes: usize, described: usize, arguments: usize) -> Self {
        Self { bytes, described, arguments }
    }

    fn line_bytes(self) -> usize {
        self.bytes.min(limits::LINE_BYTES_MAX)
    }
}

/// The state of one connection's input.
#[derive(Debug)]
pub(crate) struct Decoder {
    step: Step,
    /// Where to go on, bytes from the start of the frame.
    at: usize,
    /// Arguments still to come.
    missing: usize,
    spans: Vec<Span>,
    /// The arguments of an inline command, one after another, without their quotes.
    line: Vec<u8>,
    /// Whether the spans refer to `line`.
    inline: bool,
}

/// What comes of the words of a command that was kept as it came; `None` if these bytes are no whole command.
pub(crate) fn with_kept<T>(frame: &[u8], with: impl FnOnce(Arguments<'_>) -> T) -> Option<T> {
    let mut decoder = Decoder::new();
    match decoder.decode(frame, FrameLimits::LARGEST) {
        Ok(Decoded::Command(_)) => Some(with(decoder.arguments(frame))),
        _ => None,
    }
}

impl Decoder {
    pub(crate) const fn new() -> Self {
        Self { step: Step::Start, at: 0, missing: 0, spans: Vec::new(), line: Vec::new(), inline: false }
    }

    /// Looks for the end of the command that starts with the first byte of `frame`.
    ///
    /// After `Incomplete` the next call must bring the same bytes with more behind them. After a command, or nothing,
    /// it must bring the bytes behind it. After an error the decoder is of no further use.
    pub(crate) fn decode(&mut self, frame: &[u8], most: FrameLimits) -> Result<Decoded, ProtocolError> {
        if self.step == Step::Start {
            match frame.first() {
                None => return Ok(Decoded::Incomplete),
                Some(b'*') => match self.start_array(frame, most)? {
                    None => return Ok(Decoded::Incomplete),
                    Some(Decoded::Incomplete) => {}
                    Some(decoded) => return Ok(decoded),
                },
                Some(&byte) if starts_line(byte) => {
                    self.step = Step::Line;
                    self.at = 0;
                }
                Some(&byte) => return Err(ProtocolError::NotACommand(byte)),
            }
        }
        if self.step == Step::Line {
            self.decode_line(frame, most)
        } else {
            self.decode_arguments(frame, most)
        }
    }

    /// The arguments of the command that was just decoded from `frame`.
    pub(crate) fn arguments<'a>(&'a self, frame: &'a [u8]) -> Arguments<'a> {
        let bytes = if self.inline { self.line.as_slice() } else { frame };
        Arguments { bytes, spans: self.spans.iter() }
    }

    /// Gives back the memory that only a large command needed.
    pub(crate) fn shrink(&mut self) {
        if self.step == Step::Start {
            self.spans.clear();
            self.spans.shrink_to(SPANS_KEPT);
            self.line = Vec::new();
        }
    }

    /// `None`: the count goes on. `Some(Incomplete)`: arguments follow.
    fn start_array(&mut self, frame: &[u8], most: FrameLimits) -> Result<Option<Decoded>, ProtocolError> {
        let number = short_number(frame, 0, b'*').unwrap_or_else(|| number(frame, 1));
        let (count, used) = match number {
            Number::Incomplete => return Ok(None),
            Number::Bad => return Err(ProtocolError::BadCount),
            Number::Is(count, used) => (count, used),
        };
        if count == 0 {
            return Ok(Some(Decoded::Nothing(used)));
        }
        if count > most.arguments {
            return Err(ProtocolError::TooManyArguments(most.arguments));
        }
        self.spans.clear();
        self.inline = false;
        self.missing = count;
        self.at = used;
        self.step = Step::Header;
        Ok(Some(Decoded::Incomplete))
    }

    fn decode_arguments(&mut self, frame: &[u8], most: FrameLimits) -> Result<Decoded, ProtocolError> {
        let mut at = self.at;
        loop {
            let length = if let Step::Payload(length) = self.step {
                length
            } else {
                let number = match short_number(frame, at, b'$') {
                    Some(short) => short,
                    None => any_length(frame, at)?,
                };
                match number {
                    Number::Incomplete => break,
                    Number::Bad => return Err(ProtocolError::BadLength),
                    Number::Is(length, after) => {
                        // No sum overflows: 19 digits (`NUMBER_DIGITS_MAX`) are about half of what fits.
                        let bytes = after + length + 2;
                        if bytes > most.bytes && bytes > self.bytes_max(frame, most) {
                            return Err(ProtocolError::FrameTooLarge(self.bytes_max(frame, most)));
                        }
                        at = after;
                        length
                    }
                }
            };
            let end = at + length;
            match frame.get(end..end + 2) {
                Some(b"\r\n") => {}
                Some(_) => return Err(ProtocolError::MissingEnd),
                None => {
                    self.step = Step::Payload(length);
                    self.at = at;
                    return Ok(Decoded::Incomplete);
                }
            }
            self.spans.push(Span { start: at as u32, end: end as u32 });
            at = end + 2;
            self.missing -= 1;
            if self.missing == 0 {
                self.step = Step::Start;
                return Ok(Decoded::Command(at));
            }
            self.step = Step::Header;
        }
        self.at = at;
        Ok(Decoded::Incomplete)
    }

    /// How large the command may be, by its first words: those with the description of an event may be larger, also as part of a
    /// trace: `TRACED traceparent [STATE tracestate]`.
    #[cold]
    fn bytes_max(&self, frame: &[u8], most: FrameLimits) -> usize {
        let is =
            |word: &&[u8], these: &[&str]| these.iter().any(|one| word.eq_ignore_ascii_case(one.as_bytes()));
        let mut words = self.arguments(frame).peekable();
        if words.next_if(|word| is(word, &["TRACED"])).is_some() {
            words.next();
            if words.next_if(|word| is(word, &["STATE"])).is_some() {
                words.next();
            }
        }
        let has_description = words.next().is_some_and(|word| is(&word, &["EVENT"]))
            && words.next().is_some_and(|word| is(&word, &["CREATE", "CHANGE"]));
        if has_description { most.described } else { most.bytes }
    }

    fn decode_line(&mut self, frame: &[u8], most: FrameLimits) -> Result<Decoded, ProtocolError> {
        let unseen = frame.get(self.at..).unwrap_or_default();
        let Some(offset) = unseen.iter().position(|&byte| byte == b'\n') else {
            if frame.len() >= most.line_bytes() {
                return Err(ProtocolError::LineTooLong(most.line_bytes()));
            }
            self.at = frame.len();
            return Ok(Decoded::Incomplete);
        };
        let used = self.at + offset + 1;
        if used > most.line_bytes() {
            return Err(ProtocolError::LineTooLong(most.line_bytes()));
        }
        let line = frame.get(..used - 1).unwrap_or_default();
        self.step = Step::Start;
        self.split_line(line.strip_suffix(b"\r").unwrap_or(line), most)?;
        let Some(first) = self.arguments(frame).next() else {
            return Ok(Decoded::Nothing(used));
        };
        if first.eq_ignore_ascii_case(b"POST") || first.eq_ignore_ascii_case(b"Host:") {
            return Err(ProtocolError::Http);
        }
        Ok(Decoded::Command(used))
    }

    /// Splits a line at spaces. `"..."` may hold spaces and the escapes `\n \r \t \b \a \xHH \\ \"`; `'...'` may hold
    /// spaces and the escape `\'`.
    fn split_line(&mut self, line: &[u8], most: FrameLimits) -> Result<(), ProtocolError> {
        self.spans.clear();
        self.line.clear();
        self.inline = true;
        let mut bytes = line.iter().copied().peekable();
        loop {
            while bytes.next_if(|byte| is_space(*byte)).is_some() {}
            let start = self.line.len();
            match bytes.peek().copied() {
                None => return Ok(()),
                Some(quote @ (b'"' | b'\'')) => {
                    bytes.next();
                    unquote(quote, &mut bytes, &mut self.line)?;
                }
                Some(_) => {
                    while let Some(byte) = bytes.next_if(|byte| !is_space(*byte)) {
                        if byte == b'"' || byte == b'\'' {
                            unquote(byte, &mut bytes, &mut self.line)?;
                            break;
                        }
                        self.line.push(byte);
                    }
                }
            }
            if self.spans.len() == most.arguments {
                return Err(ProtocolError::TooManyArguments(most.arguments));
            }
            self.spans.push(Span { start: start as u32, end: self.line.len() as u32 });
        }
    }
}

/// Spans that an idle decoder keeps room for.
const SPANS_KEPT: usize = 64;

/// Takes what follows an opening quote, up to the closing one, behind which a space or the end must stand.
fn unquote<I: Iterator<Item = u8>>(
    quote: u8,
    bytes: &mut std::iter::Peekable<I>,
    out: &mut Vec<u8>,
) -> Result<(), ProtocolError> {
    loop {
        let byte = bytes.next().ok_or(ProtocolError::Quotes)?;
        if byte == quote {
            return match bytes.peek() {
                Some(&next) if !is_space(next) => Err(ProtocolError::Quotes),
                _ => Ok(()),
            };
        }
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let escaped = bytes.next().ok_or(ProtocolError::Quotes)?;
        match (quote, escaped) {
            (b'\'', b'\'') => out.push(b'\''),
            (b'\'', other) => out.extend_from_slice(&[b'\\', other]),
            (_, b'n') => out.push(b'\n'),
            (_, b'r') => out.push(b'\r'),
            (_, b't') => out.push(b'\t'),
            (_, b'b') => out.push(0x08),
            (_, b'a') => out.push(0x07),
            (_, b'x') => {
                let mut digit = || bytes.next_if(u8::is_ascii_hexdigit).and_then(hex_value);
                match (digit(), digit()) {
                    (Some(high), Some(low)) => out.push(high << 4 | low),
                    _ => return Err(ProtocolError::Quotes),
                }
            }
            (_, other) => out.push(other),
        }
    }
}

fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0)
}

/// Whether a line may start with this byte. Commands that people type start with a letter or a quote; other bytes are
/// another protocol, and no line end is waited for.
const fn starts_line(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'"' | b'\'' | b' ' | b'\t' | b'\r' | b'\n')
}

enum Number {
    Incomplete,
    Bad,
    /// The value and the place behind its line end.
    Is(usize, usize),
}

/// A number of one digit or two, as nearly all are, behind `sort`: `$5\r\n`, `*12\r\n`.
#[inline]
fn short_number(frame: &[u8], at: usize, sort: u8) -> Option<Number> {
    let &[first, second, third, fourth, fifth] = frame.get(at..)?.first_chunk()?;
    let digits = u32::from_be_bytes([second, third, fourth, fifth]);
    let (one, other) = (second.wrapping_sub(b'0'), third.wrapping_sub(b'0'));
    if first != sort || one > 9 {
        return None;
    }
    if digits & 0x00FF_FF00 == u32::from_be_bytes(*b"\0\r\n\0") {
        return Some(Number::Is(usize::from(one), at + 4));
    }
    let is_two = digits & 0x0000_FFFF == u32::from_be_bytes(*b"\0\0\r\n") && other < 10;
    is_two.then(|| Number::Is(10 * usize::from(one) + usize::from(other), at + 5))
}

/// The length of an argument, or that there is none.
#[inline(never)]
fn any_length(frame: &[u8], at: usize) -> Result<Number, ProtocolError> {
    match frame.get(at) {
        None => Ok(Number::Incomplete),
        Some(b'$') => Ok(number(frame, at + 1)),
        Some(b'*') => Err(ProtocolError::Nested),
        Some(&byte) => Err(ProtocolError::NotABulkString(byte)),
    }
}

/// A decimal number at `at`, followed by CR LF.
fn number(frame: &[u8], at: usize) -> Number {
    let digits = frame.get(at..).unwrap_or_default();
    let mut value = 0_usize;
    for (index, &byte) in digits.iter().enumerate().take(limits::NUMBER_DIGITS_MAX + 1) {
        match byte {
            b'0'..=b'9' => value = value.saturating_mul(10).saturating_add(usize::from(byte - b'0')),
            b'\r' if index > 0 => {
                return match digits.get(index + 1) {
                    None => Number::Incomplete,
                    Some(b'\n') => Number::Is(value, at + index + 2),
                    Some(_) => Number::Bad,
                };
            }
            _ => return Number::Bad,
        }
    }
    if digits.len() > limits::NUMBER_DIGITS_MAX { Number::Bad } else { Number::Incomplete }
}

/// The arguments of a command, first to last.
#[derive(Clone, Debug)]
pub(crate) struct Arguments<'a> {
    bytes: &'a [u8],
    spans: std::slice::Iter<'a, Span>,
}

impl<'a> Iterator for Arguments<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let span = self.spans.next()?;
        Some(self.bytes.get(span.start as usize..span.end as usize).unwrap_or_default())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.spans.size_hint()
    }
}

impl ExactSizeIterator for Arguments<'_> {}
