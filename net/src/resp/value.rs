//! Replies as values: version 3 of the protocol, read as its bytes arrive.

use holdfast_engine::Document;

use crate::limits;

/// A reply, a part of one, or a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// There is none.
    Null,
    /// A whole number.
    Number(i64),
    /// A text: bytes that are UTF-8 unless somebody has put others there.
    Text(Vec<u8>),
    /// A refusal: `KIND CODE message`.
    Refused(Vec<u8>),
    /// Values one after the other.
    List(Vec<Self>),
    /// Fields and their values, in the order in which they came.
    Map(Vec<(Self, Self)>),
    /// A message, which answers nothing.
    Message(Vec<Self>),
}

impl Value {
    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&[u8]> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The same as a document: what is refused is its line.
    pub(crate) fn document(&self) -> Document {
        let text = |text: &[u8]| Document::from(String::from_utf8_lossy(text).into_owned());
        match self {
            Self::Null => Document::Nothing,
            Self::Number(number) => {
                u64::try_from(*number).map_or_else(|_| number.to_string().into(), Document::from)
            }
            Self::Text(bytes) => text(bytes),
            Self::Refused(line) => Document::fields([("refused", text(line))]),
            Self::List(values) | Self::Message(values) => Document::list(values.iter().map(Self::document)),
            Self::Map(fields) => {
                let name =
                    |name: &Self| name.text().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
                let field = |(of, value): &(Self, Self)| (name(of).into(), value.document());
                Document::Fields(fields.iter().map(field).collect())
            }
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The values one after the other; none if it is no list.
    #[must_use]
    pub fn list(&self) -> &[Self] {
        match self {
            Self::List(values) => values,
            _ => &[],
        }
    }

    /// The value of that field, if it is a map and has it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        let Self::Map(fields) = self else { return None };
        fields.iter().find(|(field, _)| field.text() == Some(name.as_bytes())).map(|(_, value)| value)
    }
}

/// The value of these bytes of version 3 of the protocol, which somebody has read elsewhere; `None` if they are no whole reply, or
/// more of it than one may have.
#[must_use]
pub fn value_of(bytes: Vec<u8>) -> Option<Value> {
    Reader { bytes, ..Reader::default() }.next().ok().flatten()
}

/// Bytes that are no reply, or more of it than one may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unreadable {
    Malformed,
    TooLarge,
}

/// A list or map that is not complete.
#[derive(Debug)]
struct Open {
    sort: u8,
    /// Values that are still to come.
    owed: usize,
    values: Vec<Value>,
}

impl Open {
    fn close(self) -> Value {
        match self.sort {
            b'%' => {
                let mut values = self.values.into_iter();
                let pairs = std::iter::from_fn(|| values.next().zip(values.next()));
                Value::Map(pairs.collect())
            }
            b'>' => Value::Message(self.values),
            _ => Value::List(self.values),
        }
    }
}

/// What a line begins.
enum Element {
    Whole(Value),
    Opened(Open),
}

/// Puts values together from bytes, each of which it looks at once, but for those of an unfinished line.
#[derive(Default, Debug)]
pub(crate) struct Reader {
    bytes: Vec<u8>,
    /// So many of them are in values.
    used: usize,
    /// From the outermost to the innermost.
    open: Vec<Open>,
    /// Bytes of the value that is being read.
    size: usize,
}

impl Reader {
    /// Where the bytes that come next are put, behind those that are there.
    pub(crate) fn room(&mut self) -> &mut Vec<u8> {
        self.bytes.drain(..self.used);
        self.used = 0;
        &mut self.bytes
    }

    /// The next value; `None` if more bytes are needed.
    pub(crate) fn next(&mut self) -> Result<Option<Value>, Unreadable> {
        loop {
            let value = match self.open.pop_if(|open| open.owed == 0) {
                Some(open) => open.close(),
                None => match self.element()? {
                    None if self.size + self.bytes.len() - self.used > limits::INSIDE_REPLY_BYTES_MAX => {
                        return Err(Unreadable::TooLarge);
                    }
                    None => return Ok(None),
                    Some(Element::Opened(_)) if self.open.len() >= limits::INSIDE_REPLY_DEPTH_MAX => {
                        return Err(Unreadable::Malformed);
                    }
                    Some(Element::Opened(open)) => {
                        self.open.push(open);
                        continue;
                    }
                    Some(Element::Whole(value)) => value,
                },
            };
            match self.open.last_mut() {
                Some(open) => {
                    open.values.push(value);
                    open.owed -= 1;
                }
                None => {
                    self.size = 0;
                    return Ok(Some(value));
                }
            }
        }
    }

    /// Reads a line and what belongs to it; `None` if not all of it is there.
    fn element(&mut self) -> Result<Option<Element>, Unreadable> {
        let rest = self.bytes.get(self.used..).unwrap_or_default();
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let Some((sort, line)) = rest[..end].strip_suffix(b"\r").and_then(<[u8]>::split_first) else {
            return Err(Unreadable::Malformed);
        };
        let mut used = end + 1;
        let open = |owed| Element::Opened(Open { sort: *sort, owed, values: Vec::new() });
        let element = match sort {
            b'+' => Element::Whole(Value::Text(line.to_vec())),
            b'-' => Element::Whole(Value::Refused(line.to_vec())),
            b':' => Element::Whole(Value::Number(whole(line)?)),
            b'_' => Element::Whole(Value::Null),
            b'$' | b'=' => {
                let length = count(line)?;
                let text = rest.get(used..).unwrap_or_default();
                let Some(text) = text.get(..length + 2) else { return Ok(None) };
                let Some(text) = text.strip_suffix(b"\r\n") else { return Err(Unreadable::Malformed) };
                used += length + 2;
                // `txt:` stands before a text for people.
                let text = if *sort == b'=' { text.get(4..).unwrap_or_default() } else { text };
                Element::Whole(Value::Text(text.to_vec()))
            }
            b'*' | b'>' => open(count(line)?),
            b'%' => open(2 * count(line)?),
            _ => return Err(Unreadable::Malformed),
        };
        self.used += used;
        self.size += used;
        if self.size > limits::INSIDE_REPLY_BYTES_MAX {
            return Err(Unreadable::TooLarge);
        }
        Ok(Some(element))
    }
}

fn whole(line: &[u8]) -> Result<i64, Unreadable> {
    let text = std::str::from_utf8(line).map_err(|_| Unreadable::Malformed)?;
    text.parse().map_err(|_| Unreadable::Malformed)
}

fn count(line: &[u8]) -> Result<usize, Unreadable> {
    let count = usize::try_from(whole(line)?).map_err(|_| Unreadable::Malformed)?;
    if count > limits::INSIDE_REPLY_BYTES_MAX { Err(Unreadable::TooLarge) } else { Ok(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.as_bytes().to_vec())
    }

    #[test]
    fn values_are_the_same_wherever_their_bytes_are_split() {
        let bytes = b"%2\r\n$4\r\nhold\r\n:17\r\n+areas\r\n*2\r\n*0\r\n_\r\n-TAKEN HF-BIZ-001 A-1-1 held\r\n\
            >3\r\n+message\r\n$8\r\nmap:gala\r\n$4\r\na\r\nb\r\n:-1\r\n=6\r\ntxt:a\n\r\n*-1x";
        let expected = [
            Value::Map(vec![
                (text("hold"), Value::Number(17)),
                (text("areas"), Value::List(vec![Value::List(vec![]), Value::Null])),
            ]),
            Value::Refused(b"TAKEN HF-BIZ-001 A-1-1 held".to_vec()),
            Value::Message(vec![text("message"), text("map:gala"), text("a\r\nb")]),
            Value::Number(-1),
            text("a\n"),
        ];
        for step in 1..bytes.len() {
            let (mut reader, mut found) = (Reader::default(), Vec::new());
            for part in bytes.chunks(step) {
                reader.room().extend_from_slice(part);
                while let Some(value) = reader.next().unwrap() {
                    found.push(value);
                }
            }
            assert_eq!(found, expected, "{step} bytes at once");
        }
    }

    #[test]
    fn what_is_no_reply_or_too_much_is_told() {
        let read = |bytes: &[u8]| {
            let mut reader = Reader::default();
            reader.room().extend_from_slice(bytes);
            reader.next()
        };
        for bad in
            [&b"HTTP/1.1 400\r\n"[..], b"$x\r\n", b"*\r\n", b"$5\n", b"*-1\r\n", b"$1\r\nabc", b":\r\n"]
        {
            assert_eq!(read(bad), Err(Unreadable::Malformed), "{}", String::from_utf8_lossy(bad));
        }
        assert_eq!(read(&b"*1\r\n".repeat(limits::INSIDE_REPLY_DEPTH_MAX + 1)), Err(Unreadable::Malformed));
        let length = limits::INSIDE_REPLY_BYTES_MAX + 1;
        assert_eq!(read(format!("${length}\r\n").as_bytes()), Err(Unreadable::TooLarge));
        let mut many = format!("*{}\r\n", limits::INSIDE_REPLY_BYTES_MAX).into_bytes();
        many.resize(length, b'_');
        assert_eq!(read(&many), Err(Unreadable::TooLarge), "a line without an end");
        assert_eq!(read(b"$5\r\nabc"), Ok(None));
    }

    #[test]
    fn fields_are_found_by_their_names() {
        let map = Value::Map(vec![(text("a"), Value::Number(1)), (text("b"), text("x"))]);
        assert_eq!(map.field("a").and_then(Value::number), Some(1));
        assert_eq!(map.field("b").and_then(Value::text), Some(&b"x"[..]));
        assert_eq!((map.field("c"), Value::Null.field("a")), (None, None));
    }
}
