//! Who a data directory is: its format, its number, and the secret under which keys are remembered.
//!
//! The file is written once, when the directory is made, and never changes. Without it nothing in the directory can
//! be read as it was meant, so a directory with files but without identity is refused rather than adopted.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use holdfast_wal::Storage;

/// The file's name, in the data directory itself.
pub const IDENTITY_FILE: &str = "identity";
const TEMPORARY: &str = "identity.new";
const TITLE: &str = "holdfast data directory";
const FORMAT: u32 = 1;

/// The identity of a data directory.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Tells this directory from every other one.
    pub id: [u8; 16],
    /// Keys the hashes of idempotency keys and the tables of names; fixed for the life of the directory.
    pub secret: [u8; 16],
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", hex(&self.id))
    }
}

/// Why a directory has no usable identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// There are files, but no identity.
    #[error(
        "the directory holds {0:?} but no file `{IDENTITY_FILE}`: it is not a data directory of holdfast"
    )]
    Foreign(String),
    /// Another format.
    #[error("`{IDENTITY_FILE}` says format {found}, this version of holdfast reads format {FORMAT}")]
    OtherVersion {
        /// What the file says.
        found: u32,
    },
    /// The file is not what was written.
    #[error(
        "`{IDENTITY_FILE}` is damaged: {0}; restore it from a backup, nothing in the directory can be read without it"
    )]
    Damaged(&'static str),
    /// The medium.
    #[error("failed to {action} `{IDENTITY_FILE}`: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

impl Identity {
    /// Reads the identity; makes one in an empty directory, from `fresh` random bytes.
    ///
    /// # Errors
    /// If the directory is another program's or another version's, or the medium fails.
    pub fn open(storage: &Arc<dyn Storage>, fresh: [u8; 32]) -> Result<Self, IdentityError> {
        let names = storage.list("").map_err(|source| IdentityError::Io { action: "look for", source })?;
        if names.iter().any(|name| name == IDENTITY_FILE) {
            let contents =
                storage.read(IDENTITY_FILE).map_err(|source| IdentityError::Io { action: "read", source })?;
            let identity = Self::parse(&contents)?;
            // A process that was killed may have left a name that is visible and not durable; without it nothing
            // that is written from here on could be read again.
            storage
                .sync_dir("")
                .map_err(|source| IdentityError::Io { action: "sync the name of", source })?;
            return Ok(identity);
        }
        let foreign = names.into_iter().find(|name| name != TEMPORARY && name != "OWNER" && name != "probe");
        // Its own files without its identity are no new directory either: a new secret would forget every key.
        let orphaned = ["wal", "snapshots"].into_iter().find_map(|dir| match storage.list(dir) {
            Ok(files) => files.into_iter().next().map(|file| format!("{dir}/{file}")),
            Err(_) => None,
        });
        if let Some(found) = foreign.or(orphaned) {
            return Err(IdentityError::Foreign(found));
        }
        let (mut id, mut secret) = ([0; 16], [0; 16]);
        id.copy_from_slice(&fresh[..16]);
        secret.copy_from_slice(&fresh[16..]);
        let identity = Self { id, secret };
        identity.write(storage).map_err(|source| IdentityError::Io { action: "write", source })?;
        Ok(identity)
    }

    fn write(&self, storage: &Arc<dyn Storage>) -> io::Result<()> {
        if storage.list("")?.iter().any(|name| name == TEMPORARY) {
            storage.remove(TEMPORARY)?;
        }
        let mut file = storage.create(TEMPORARY)?;
        file.write_at(0, self.text().as_bytes())?;
        file.sync()?;
        storage.rename(TEMPORARY, IDENTITY_FILE)?;
        storage.sync_dir("")
    }

    fn text(&self) -> String {
        let body = format!("{TITLE}\nformat {FORMAT}\nid {}\nsecret {}\n", hex(&self.id), hex(&self.secret));
        let check = check_word(body.as_bytes());
        format!("{body}check {check:016x}\n")
    }

    fn parse(bytes: &[u8]) -> Result<Self, IdentityError> {
        use IdentityError::Damaged;
        let text = std::str::from_utf8(bytes).map_err(|_| Damaged("it is not text"))?;
        let mut lines = text.lines();
        if lines.next() != Some(TITLE) {
            return Err(Damaged("its first line is not the title"));
        }
        let found = lines.next().and_then(|line| line.strip_prefix("format ")?.parse().ok());
        let found: u32 = found.ok_or(Damaged("its second line is not the format"))?;
        if found != FORMAT {
            return Err(IdentityError::OtherVersion { found });
        }
        let mut word = |prefix| lines.next().and_then(|line: &str| unhex(line.strip_prefix(prefix)?));
        let id = word("id ").ok_or(Damaged("its third line is not the id"))?;
        let secret = word("secret ").ok_or(Damaged("its fourth line is not the secret"))?;
        let identity = Self { id, secret };
        if identity.text() != text {
            return Err(Damaged("its check word does not fit"));
        }
        Ok(identity)
    }

    /// The id as text.
    #[must_use]
    pub fn id_text(&self) -> String {
        hex(&self.id)
    }
}

/// FNV-1a, 64 bits: the file is small, seldom read, and this needs no library of another layer.
fn check_word(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xCBF2_9CE4_8422_2325, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_every_flipped_bit_is_noticed() {
        let identity = Identity { id: [7; 16], secret: [9; 16] };
        let text = identity.text().into_bytes();
        assert_eq!(Identity::parse(&text).unwrap(), identity);
        for bit in 0..text.len() * 8 {
            let mut damaged = text.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Identity::parse(&damaged).is_err(), "bit {bit}");
        }
    }
}
