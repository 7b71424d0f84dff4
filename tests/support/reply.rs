//! Replies as bytes and as values: the little of RESP that a client needs, written without a look at the server's.

use std::io::{self, BufRead, Read};

/// The bytes of one whole reply.
pub fn read_raw(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(128);
    read_into(from, &mut bytes)?;
    Ok(bytes)
}

fn read_into(from: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<()> {
    let start = bytes.len();
    from.read_until(b'\n', bytes)?;
    let line = &bytes[start..];
    if !line.ends_with(b"\r\n") {
        let text = String::from_utf8_lossy(line).into_owned();
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("cut off after {text:?}")));
    }
    let kind = line[0];
    let number =
        || std::str::from_utf8(&line[1..line.len() - 2]).ok().and_then(|text| text.parse::<i64>().ok());
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("{what}: {line:?}"));
    match kind {
        b'+' | b'-' | b':' | b'_' | b'#' | b',' => Ok(()),
        b'$' => {
            let length = number().ok_or_else(|| bad("no length"))?;
            if length < 0 {
                return Ok(());
            }
            let at = bytes.len();
            from.take(length as u64 + 2).read_to_end(bytes)?;
            if bytes.len() - at == length as usize + 2 && bytes.ends_with(b"\r\n") {
                Ok(())
            } else {
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, "cut off in a bulk string"))
            }
        }
        b'*' | b'%' | b'~' | b'>' => {
            let count = number().ok_or_else(|| bad("no count"))?;
            let items = if kind == b'%' { 2 * count } else { count };
            (0..items).try_for_each(|_| read_into(from, bytes))
        }
        _ => Err(bad("unknown type")),
    }
}

/// A reply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    Simple(String),
    /// The whole line: `KIND CODE message`.
    Error(String),
    Integer(i64),
    Bulk(String),
    Null,
    /// Also a map, as its fields and values in turn: RESP2 and RESP3 then read the same.
    List(Vec<Value>),
}

impl Value {
    /// Of the bytes of one reply.
    pub fn of(bytes: &[u8]) -> Self {
        let mut rest = bytes;
        let value = Self::take(&mut rest);
        assert!(rest.is_empty(), "{} bytes behind the reply", rest.len());
        value
    }

    fn take(rest: &mut &[u8]) -> Self {
        let end = rest.windows(2).position(|pair| pair == b"\r\n").unwrap();
        let line = String::from_utf8_lossy(&rest[1..end]).into_owned();
        let kind = rest[0];
        *rest = &rest[end + 2..];
        match kind {
            b'+' => Self::Simple(line),
            b'-' => Self::Error(line),
            b':' => Self::Integer(line.parse().unwrap()),
            b'_' => Self::Null,
            b'$' | b'*' if line == "-1" => Self::Null,
            b'$' => {
                let length: usize = line.parse().unwrap();
                let text = String::from_utf8_lossy(&rest[..length]).into_owned();
                *rest = &rest[length + 2..];
                Self::Bulk(text)
            }
            b'*' | b'~' | b'>' => {
                Self::List((0..line.parse::<usize>().unwrap()).map(|_| Self::take(rest)).collect())
            }
            b'%' => Self::List((0..2 * line.parse::<usize>().unwrap()).map(|_| Self::take(rest)).collect()),
            other => panic!("type {:?}", char::from(other)),
        }
    }

    pub fn list(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            other => panic!("{other:?} is no list"),
        }
    }

    /// The value of a field of a map.
    pub fn get(&self, field: &str) -> Option<&Self> {
        let named =
            |pair: &&[Self]| matches!(&pair[0], Self::Bulk(name) | Self::Simple(name) if name == field);
        self.list().chunks(2).find(named).map(|pair| &pair[1])
    }

    pub fn integer(&self, field: &str) -> u64 {
        match self.get(field) {
            Some(Self::Integer(number)) => u64::try_from(*number).unwrap(),
            other => panic!("{field} is {other:?} in {self:?}"),
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Bulk(text) | Self::Simple(text) | Self::Error(text) => text,
            other => panic!("{other:?} is no text"),
        }
    }

    /// The texts of a field that is a list of them.
    pub fn texts(&self, field: &str) -> Vec<String> {
        let items = self.get(field).unwrap_or_else(|| panic!("no {field} in {self:?}"));
        items.list().iter().map(|item| item.text().to_owned()).collect()
    }

    pub fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }
}

/// The notation of the transcripts: `|` for a line end, `:T` for a time of this century in milliseconds.
pub fn masked(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let is_time = |line: &str| {
        line.len() == 14 && line.starts_with(":1") && line[1..].bytes().all(|byte| byte.is_ascii_digit())
    };
    let lines = text.split("\r\n").map(|line| if is_time(line) { ":T" } else { line });
    lines.collect::<Vec<_>>().join("|")
}
