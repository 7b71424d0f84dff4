//! The link of a message: what it says, and through the link before, all that came before it.

use std::fmt;

use ring::digest::{Context, SHA256};

/// A SHA-256. Equal links mean equal histories.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Link(pub [u8; Self::BYTES]);

impl Link {
    /// Its length, bytes.
    pub const BYTES: usize = 32;

    /// The link of these bytes, one piece after the other.
    pub(crate) fn of(pieces: &[&[u8]]) -> Self {
        let mut context = Context::new(&SHA256);
        for piece in pieces {
            context.update(piece);
        }
        let mut link = [0; Self::BYTES];
        link.copy_from_slice(context.finish().as_ref());
        Self(link)
    }
}

/// The first four bytes, in hexadecimal: enough for people to tell two apart.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link {self}")
    }
}
