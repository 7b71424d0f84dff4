//! Replies as values: the little of RESP that a client needs, written without a look at the server's.

pub use holdfast_load::resp::read as read_raw;

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
                *rest = rest[length..].strip_prefix(b"\r\n").expect("a bulk string ends");
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
        self.get(field).unwrap_or_else(|| panic!("no {field} in {self:?}")).number()
    }

    pub fn number(&self) -> u64 {
        match self {
            Self::Integer(number) => u64::try_from(*number).unwrap(),
            other => panic!("{other:?} is no number"),
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

/// The notation of the transcripts: `|` for a line end, `:T` for a time of this century in milliseconds, `:L` for the
/// time that a hold has left.
pub fn masked(bytes: &[u8]) -> String {
    let is_time = |line: &str| {
        line.len() == 14 && line.starts_with(":1") && line[1..].bytes().all(|byte| byte.is_ascii_digit())
    };
    let text = at_rest(bytes);
    text.split('|').map(|line| if is_time(line) { ":T" } else { line }).collect::<Vec<_>>().join("|")
}

/// A reply with `|` for a line end and without the one thing that goes on while nothing happens: the time that a hold
/// has left is `:L`.
pub fn at_rest(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut is_left = false;
    let lines = text.split("\r\n").map(|line| {
        let shown = if is_left && line.starts_with(':') { ":L" } else { line };
        is_left = line == "left";
        shown
    });
    lines.collect::<Vec<_>>().join("|")
}
