//! Writes values as bytes, in both versions of the protocol. The encoder does not know what the values mean.

use holdfast_engine::{Fault, Layout, MOVED, Ordinal};

use crate::counting::refusals;
use crate::limits;

/// The version of the protocol that a connection speaks.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Protocol {
    /// Version 2: every connection begins with it.
    #[default]
    Resp2,
    /// Version 3: after `HELLO 3`.
    Resp3,
}

impl Protocol {
    pub(crate) const fn number(self) -> u64 {
        match self {
            Self::Resp2 => 2,
            Self::Resp3 => 3,
        }
    }
}

/// Writes replies to the end of a buffer.
pub(crate) struct Encoder<'a> {
    out: &'a mut Vec<u8>,
    protocol: Protocol,
}

/// A command as a client sends it.
pub(crate) fn command<'a>(words: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, Protocol::Resp2);
    encoder.array(words.len());
    words.for_each(|word| encoder.bulk(word));
    bytes
}

impl<'a> Encoder<'a> {
    pub(crate) const fn new(out: &'a mut Vec<u8>, protocol: Protocol) -> Self {
        Self { out, protocol }
    }

    /// `+text`. The text is the program's own and has no line ends.
    pub(crate) fn simple(&mut self, text: &str) {
        debug_assert!(!text.contains(['\r', '\n']));
        self.out.push(b'+');
        self.out.extend_from_slice(text.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    /// `-KIND CODE message`: always a simple error, as some clients break on blob errors. It is counted.
    pub(crate) fn error(&mut self, fault: &Fault) {
        refusals::count(fault.code);
        self.uncounted_error(fault);
    }

    /// The same, for bytes that are sent again and again.
    pub(crate) fn uncounted_error(&mut self, fault: &Fault) {
        self.out.push(b'-');
        push_error_text(self.out, fault);
        self.out.extend_from_slice(b"\r\n");
    }

    pub(crate) fn integer(&mut self, value: u64) {
        self.header(b':', value);
    }

    /// An integer that may be negative.
    pub(crate) fn signed(&mut self, value: i64) {
        self.out.push(b':');
        self.out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    pub(crate) fn bulk(&mut self, bytes: &[u8]) {
        self.header(b'$', bytes.len() as u64);
        self.out.extend_from_slice(bytes);
        self.out.extend_from_slice(b"\r\n");
    }

    /// Text for people. In version 2 it is a string like any other.
    pub(crate) fn verbatim(&mut self, text: &str) {
        match self.protocol {
            Protocol::Resp2 => self.bulk(text.as_bytes()),
            Protocol::Resp3 => {
                self.header(b'=', text.len() as u64 + 4);
                self.out.extend_from_slice(b"txt:");
                self.out.extend_from_slice(text.as_bytes());
                self.out.extend_from_slice(b"\r\n");
            }
        }
    }

    /// `-MOVED slot host:port`: the command is to be sent there. The host was checked when it was read.
    pub(crate) fn moved(&mut self, slot: u16, (host, port): (&str, u16)) {
        self.out.extend_from_slice(format!("-{MOVED} {slot} {host}:{port}\r\n").as_bytes());
    }

    /// A bulk string of two parts.
    pub(crate) fn joined(&mut self, front: &[u8], back: &[u8]) {
        self.header(b'$', (front.len() + back.len()) as u64);
        self.out.extend_from_slice(front);
        self.out.extend_from_slice(back);
        self.out.extend_from_slice(b"\r\n");
    }

    pub(crate) fn null(&mut self) {
        self.out.extend_from_slice(match self.protocol {
            Protocol::Resp2 => b"$-1\r\n",
            Protocol::Resp3 => b"_\r\n",
        });
    }

    /// No array, where there may be one. In version 2 it is not the same as no string.
    pub(crate) fn null_array(&mut self) {
        self.out.extend_from_slice(match self.protocol {
            Protocol::Resp2 => b"*-1\r\n",
            Protocol::Resp3 => b"_\r\n",
        });
    }

    /// The start of a map that is an array of pairs in version 2: as many follow, each begun with [`Encoder::pair`].
    pub(crate) fn pairs(&mut self, count: usize) {
        match self.protocol {
            Protocol::Resp2 => self.array(count),
            Protocol::Resp3 => self.map(count),
        }
    }

    /// The start of a pair of a field and a value.
    pub(crate) fn pair(&mut self) {
        match self.protocol {
            Protocol::Resp2 => self.array(2),
            Protocol::Resp3 => {}
        }
    }

    /// The start of an array: `length` values follow.
    pub(crate) fn array(&mut self, length: usize) {
        self.header(b'*', length as u64);
    }

    /// The start of a map: `pairs` pairs of a field and a value follow. In version 2 it is a flat array.
    pub(crate) fn map(&mut self, pairs: usize) {
        match self.protocol {
            Protocol::Resp2 => self.header(b'*', 2 * pairs as u64),
            Protocol::Resp3 => self.header(b'%', pairs as u64),
        }
    }

    /// The start of a message that answers no command: `length` values follow. In version 2 it is an array like any
    /// other.
    pub(crate) fn push(&mut self, length: usize) {
        match self.protocol {
            Protocol::Resp2 => self.header(b'*', length as u64),
            Protocol::Resp3 => self.header(b'>', length as u64),
        }
    }

    /// A field of a map, given as the ready bytes of a bulk string: see [`field`].
    #[inline]
    pub(crate) fn field(&mut self, encoded: &'static [u8]) {
        debug_assert!(encoded.starts_with(b"$") && encoded.ends_with(b"\r\n"));
        self.out.extend_from_slice(encoded);
    }

    /// A field of a map and its integer. The field is given as ready bytes up to where the digits begin: see [`number`].
    #[inline]
    pub(crate) fn number(&mut self, encoded: &'static [u8], value: u64) {
        debug_assert!(encoded.starts_with(b"$") && encoded.ends_with(b"\r\n:"));
        self.out.extend_from_slice(encoded);
        self.digits(value);
    }

    /// The name of an area of the map.
    pub(crate) fn area(&mut self, layout: &Layout, area: u16) {
        self.bulk(layout.areas().get(usize::from(area)).map_or(&b""[..], |area| area.name.bytes()));
    }

    /// The label of a seat. It is written in place, and its length is put before it afterwards.
    pub(crate) fn label(&mut self, layout: &Layout, seat: Ordinal) {
        let mark = self.out.len();
        self.out.extend_from_slice(b"$0\r\n");
        let start = self.out.len();
        layout.write_label(seat, self.out);
        let length = self.out.len() - start;
        let at = mark + 1;
        if length < 10 {
            if let Some(digit) = self.out.get_mut(at) {
                *digit = b'0' + length as u8;
            }
        } else {
            let mut digits = itoa::Buffer::new();
            self.out.splice(at..=at, digits.format(length).bytes());
        }
        self.out.extend_from_slice(b"\r\n");
    }

    fn header(&mut self, sort: u8, value: u64) {
        // Nearly all lengths and counts have one digit or two.
        if value < 10 {
            self.out.extend_from_slice(&[sort, b'0' + value as u8, b'\r', b'\n']);
            return;
        }
        if value < 100 {
            let (tens, ones) = (value as u8 / 10, value as u8 % 10);
            self.out.extend_from_slice(&[sort, b'0' + tens, b'0' + ones, b'\r', b'\n']);
            return;
        }
        self.out.push(sort);
        self.digits(value);
    }

    #[inline]
    fn digits(&mut self, value: u64) {
        self.out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }
}

/// The encoded name of a field, made at compile time: `field!("hold")` is `$4\r\nhold\r\n`.
macro_rules! field {
    ($name:literal) => {{
        const LENGTH: usize = $name.len();
        const DIGITS: usize = if LENGTH < 10 { 1 } else { 2 };
        const BYTES: [u8; LENGTH + DIGITS + 5] = $crate::resp::encode::field_bytes($name);
        &BYTES
    }};
}
pub(crate) use field;

/// The encoded name of a field whose value is an integer, made at compile time: `number!("hold")` is `$4\r\nhold\r\n:`.
macro_rules! number {
    ($name:literal) => {{
        const BYTES: [u8; $name.len() + if $name.len() < 10 { 7 } else { 8 }] =
            $crate::resp::encode::field_bytes($name);
        &BYTES
    }};
}
pub(crate) use number;

/// The bytes that [`field`] and [`number`] stand for.
pub(crate) const fn field_bytes<const N: usize>(name: &str) -> [u8; N] {
    let name = name.as_bytes();
    assert!(name.len() < 100);
    let mut bytes = [b'$'; N];
    let mut at = 1;
    if name.len() >= 10 {
        bytes[at] = b'0' + (name.len() / 10) as u8;
        at += 1;
    }
    bytes[at] = b'0' + (name.len() % 10) as u8;
    bytes[at + 1] = b'\r';
    bytes[at + 2] = b'\n';
    at += 3;
    let mut index = 0;
    while index < name.len() {
        bytes[at] = name[index];
        at += 1;
        index += 1;
    }
    bytes[at] = b'\r';
    bytes[at + 1] = b'\n';
    if at + 3 == N {
        bytes[at + 2] = b':';
    } else {
        assert!(at + 2 == N);
    }
    bytes
}

/// Appends `KIND CODE message` as one line. Control characters are replaced: they would end the line early, and
/// clients show it to people.
pub(crate) fn push_error_text(out: &mut Vec<u8>, fault: &Fault) {
    out.extend_from_slice(fault.code.kind().word().as_bytes());
    out.push(b' ');
    out.extend_from_slice(fault.code.text().as_bytes());
    out.push(b' ');
    let mut room = limits::MESSAGE_BYTES_MAX;
    for character in fault.message.chars() {
        let character = if character.is_control() { ' ' } else { character };
        let Some(left) = room.checked_sub(character.len_utf8()) else { break };
        room = left;
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_engine::{Code, EventSpec, RowRange, RowsSpec, SectionSpec};

    fn written(protocol: Protocol, write: impl Fn(&mut Encoder<'_>)) -> String {
        let mut out = b"before".to_vec();
        write(&mut Encoder::new(&mut out, protocol));
        String::from_utf8(out).unwrap().strip_prefix("before").unwrap().to_owned()
    }

    #[test]
    fn values_in_both_versions() {
        type Write = fn(&mut Encoder<'_>);
        let cases: [(Write, &str, &str); 11] = [
            (|e| e.simple("OK"), "+OK\r\n", "+OK\r\n"),
            (|e| e.integer(0), ":0\r\n", ":0\r\n"),
            (|e| e.integer(1_700_000_000_000), ":1700000000000\r\n", ":1700000000000\r\n"),
            (|e| e.bulk(b"a\r\nb"), "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n"),
            (|e| e.null(), "$-1\r\n", "_\r\n"),
            (|e| e.null_array(), "*-1\r\n", "_\r\n"),
            (|e| e.pairs(3), "*3\r\n", "%3\r\n"),
            (|e| e.pair(), "*2\r\n", ""),
            (|e| e.array(3), "*3\r\n", "*3\r\n"),
            (|e| e.map(3), "*6\r\n", "%3\r\n"),
            (|e| e.field(field!("expires_at")), "$10\r\nexpires_at\r\n", "$10\r\nexpires_at\r\n"),
        ];
        for (write, two, three) in cases {
            assert_eq!(written(Protocol::Resp2, write), two);
            assert_eq!(written(Protocol::Resp3, write), three);
        }
    }

    #[test]
    fn errors_are_one_line_of_bounded_length() {
        let error = |message: &str| {
            written(Protocol::Resp3, |encoder| encoder.error(&Fault::new(Code::SYNTAX, message)))
        };
        assert_eq!(error("no such \"a\r\n+OK\r\nb\""), "-INVALID HF-INP-001 no such \"a  +OK  b\"\r\n");
        assert_eq!(error("caf\u{e9}"), "-INVALID HF-INP-001 caf\u{e9}\r\n");
        let long = error(&"\u{e9}".repeat(5_000));
        assert!(
            long.len() <= limits::MESSAGE_BYTES_MAX + 32 && long.ends_with("\u{e9}\r\n"),
            "{}",
            long.len()
        );
    }

    #[test]
    fn labels_of_any_length() {
        for name in ["A", "BALCONY", &"x".repeat(64)] {
            let rows = RowsSpec::Range(RowRange::new(1, 1_200, 11));
            let section = SectionSpec::new(name, "C", rows);
            let spec = EventSpec { sections: vec![section], ..EventSpec::default() };
            let layout = Layout::build(&spec).unwrap();
            for seat in [0, 10, 11, layout.seats() - 1] {
                let label = layout.label(seat);
                let expected = format!("${}\r\n{label}\r\n", label.len());
                assert_eq!(written(Protocol::Resp2, |encoder| encoder.label(&layout, seat)), expected);
            }
        }
    }
}
