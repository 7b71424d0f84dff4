//! Names: of events, holders, orders, operators. Checked once, at the edge.

use std::borrow::Borrow;
use std::fmt;

use bincode::de::read::Reader;
use bincode::de::{BorrowDecoder, Decoder};
use bincode::enc::Encoder;
use bincode::enc::write::Writer;
use bincode::error::{DecodeError, EncodeError};
use bincode::{BorrowDecode, Decode, Encode};
use smallvec::SmallVec;

/// The longest name, in bytes: long enough for a UUID with a prefix, short enough to keep a million of them.
pub const NAME_BYTES_MAX: usize = 64;

/// Is it printable ASCII without space, `!` to `~`? Looks at eight bytes at a time, as it looks at most of what comes
/// in.
#[must_use]
#[inline]
pub fn is_printable(bytes: &[u8]) -> bool {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    /// Has any byte a bit set that only bytes below `!` and above `~` get here?
    const fn has_others(word: u64) -> bool {
        let below = word.wrapping_sub(EACH * b'!' as u64) & !word;
        let above = word.wrapping_add(EACH * (0x7F - b'~' as u64)) | word;
        (below | above) & (EACH << 7) != 0
    }
    let (words, rest) = bytes.as_chunks::<8>();
    if words.iter().any(|word| has_others(u64::from_le_bytes(*word))) {
        return false;
    }
    match bytes.last_chunk::<8>() {
        Some(last) => !has_others(u64::from_le_bytes(*last)),
        None => rest.iter().all(u8::is_ascii_graphic),
    }
}

/// A checked name that borrows its bytes: 1 to 64 bytes of printable ASCII without space.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameRef<'a>(&'a [u8]);

impl<'a> NameRef<'a> {
    /// Checks the bytes; `None` if they are no name.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let fits = !bytes.is_empty() && bytes.len() <= NAME_BYTES_MAX;
        (fits && is_printable(bytes)).then_some(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// A copy that owns its bytes.
    #[must_use]
    pub fn to_name(self) -> Name {
        Name(SmallVec::from_slice(self.0))
    }
}

/// The longest idempotency key, in bytes. Only its hash is kept, so a key may be longer than a name: an order's name and a
/// step, say.
pub const KEY_BYTES_MAX: usize = 128;

/// A checked idempotency key that borrows its bytes: 1 to 128 bytes of printable ASCII without space.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyRef<'a>(&'a [u8]);

impl<'a> KeyRef<'a> {
    /// Checks the bytes; `None` if they are no key.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let fits = !bytes.is_empty() && bytes.len() <= KEY_BYTES_MAX;
        (fits && is_printable(bytes)).then_some(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// A copy that owns its bytes.
    #[must_use]
    pub fn to_text(self) -> KeyText {
        KeyText(self.0.into())
    }
}

/// A checked idempotency key that owns its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyText(Box<[u8]>);

impl KeyText {
    /// The key without its ownership.
    #[must_use]
    pub const fn borrowed(&self) -> KeyRef<'_> {
        KeyRef(&self.0)
    }
}

/// A checked name that owns its bytes; up to 24 bytes without an allocation.
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(SmallVec<[u8; 24]>);

impl Clone for Name {
    fn clone(&self) -> Self {
        // Copies bytes as such; the vector's own way goes value by value.
        Self(SmallVec::from_slice(&self.0))
    }
}

impl Name {
    /// Checks the bytes; `None` if they are no name.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        NameRef::new(bytes).map(NameRef::to_name)
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Printable ASCII by construction.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The name without its ownership.
    #[must_use]
    pub fn borrowed(&self) -> NameRef<'_> {
        NameRef(&self.0)
    }
}

/// Logged as a length and the bytes.
impl Encode for Name {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        let length = u8::try_from(self.0.len()).map_err(|_| EncodeError::Other("not a name"))?;
        length.encode(encoder)?;
        encoder.writer().write(&self.0)
    }
}

/// The bytes are checked again.
impl<Context> Decode<Context> for Name {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let mut bytes = [0_u8; u8::MAX as usize];
        let count = usize::from(u8::decode(decoder)?);
        let bytes = &mut bytes[..count];
        decoder.claim_bytes_read(count)?;
        decoder.reader().read(bytes)?;
        Self::new(bytes).ok_or(DecodeError::Other("not a name"))
    }
}

impl<'de, Context> BorrowDecode<'de, Context> for Name {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}

impl Borrow<[u8]> for Name {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl fmt::Debug for NameRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.0))
    }
}

impl fmt::Debug for KeyRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_judged_at_every_place() {
        for length in 1..=24 {
            assert!(is_printable(&vec![b'a'; length]));
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut bytes = vec![b'~'; length];
                    bytes[place] = byte;
                    assert_eq!(
                        is_printable(&bytes),
                        byte.is_ascii_graphic(),
                        "{byte} at {place} of {length}"
                    );
                    bytes.fill(b'!');
                    bytes[place] = byte;
                    assert_eq!(
                        is_printable(&bytes),
                        byte.is_ascii_graphic(),
                        "{byte} at {place} of {length}"
                    );
                }
            }
        }
    }

    #[test]
    fn names_are_printable_ascii_without_space() {
        for good in ["a", "A-12", "user:42", "~!@#", &"x".repeat(64)] {
            assert!(Name::new(good.as_bytes()).is_some(), "{good}");
        }
        for bad in ["", " ", "a b", "a\n", "caf\u{e9}", "\u{7f}", &"x".repeat(65)] {
            assert!(Name::new(bad.as_bytes()).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn keys_are_as_names_and_twice_as_long() {
        for good in ["a", "order-17:hold", &"x".repeat(65), &"x".repeat(128)] {
            assert!(KeyRef::new(good.as_bytes()).is_some(), "{good}");
        }
        for bad in ["", " ", "a b", "caf\u{e9}", &"x".repeat(129)] {
            assert!(KeyRef::new(bad.as_bytes()).is_none(), "{bad:?}");
        }
    }
}
