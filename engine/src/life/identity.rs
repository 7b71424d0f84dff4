//! The identity of a data directory: its format, its number, and the secret under which keys are remembered.
//!
//! The file is written when the directory is made. It changes only when a version begins to write what older ones cannot
//! read: then its format is raised before anything else is written, if it can be. Without the identity nothing in the
//! directory can be read as it was meant. So there is a copy beside it, and either of the two mends the other; a directory
//! with files but without identity is refused, not adopted.

use std::io;
use std::sync::Arc;

use holdfast_wal::{Storage, put_file};

use crate::codec::{Decoded, IDENTITY_FORMAT, IdentityFault, decode_identity, encode_identity, hex};
use crate::system::Branch;

/// The file's name, in the data directory itself.
pub const IDENTITY_FILE: &str = "identity";
/// The name of the copy: one damaged file must not cost the directory.
pub const IDENTITY_COPY: &str = "identity.copy";
const TEMPORARY: &str = "identity.new";

/// The identity of a data directory.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// A random number that no other directory has.
    pub id: [u8; 16],
    /// Keys the hashes of idempotency keys and the tables of names; fixed for the life of the directory.
    pub secret: [u8; 16],
    /// Which history it goes on with: that of a directory that was restored is its own.
    pub branch: Branch,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", hex(&self.id))
    }
}

/// Why a directory has no usable identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The directory holds files, but no identity.
    #[error(
        "the directory holds {0:?} but no file `{IDENTITY_FILE}`: it is not a data directory of holdfast"
    )]
    Foreign(String),
    /// The identity has another format.
    #[error(
        "`{IDENTITY_FILE}` says format {found}, this version of holdfast reads formats up to {IDENTITY_FORMAT}"
    )]
    OtherVersion {
        /// The format in the file.
        found: u32,
    },
    /// The file differs from what was written.
    #[error(
        "`{IDENTITY_FILE}` is damaged: {0}; restore it from a backup, nothing in the directory can be read without it"
    )]
    Damaged(&'static str),
    /// Both files are whole, and they differ.
    #[error(
        "`{IDENTITY_FILE}` is of directory {0} and `{IDENTITY_COPY}` of directory {1}: files of two directories were mixed; remove the one that does not belong to the log"
    )]
    Differ(String, String),
    /// The medium refused.
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
        let look = |file: &str| names.iter().any(|name| name == file).then(|| Self::read(storage, file));
        let found = match (look(IDENTITY_FILE), look(IDENTITY_COPY)) {
            (Some(Ok((identity, _))), Some(Ok((copy, _)))) if identity != copy => {
                return Err(IdentityError::Differ(identity.id_text(), copy.id_text()));
            }
            (Some(Err(error @ IdentityError::OtherVersion { .. })), _)
            | (_, Some(Err(error @ IdentityError::OtherVersion { .. }))) => return Err(error),
            (Some(Ok((identity, format))), copy) => {
                identity.mend(storage, IDENTITY_COPY, copy.map(|copy| copy.map(|(_, format)| format)));
                identity.mend(storage, IDENTITY_FILE, Some(Ok(format)));
                Some(identity)
            }
            (damaged, Some(Ok((copy, format)))) => {
                // A missing identity beside a copy was removed by a person: the identity is made before the copy.
                let damage = damaged.and_then(Result::err).unwrap_or(IdentityError::Damaged("it is gone"));
                copy.mend(storage, IDENTITY_FILE, Some(Err(damage)));
                copy.mend(storage, IDENTITY_COPY, Some(Ok(format)));
                Some(copy)
            }
            (Some(Err(error)), _) | (None, Some(Err(error))) => return Err(error),
            (None, None) => None,
        };
        if let Some(identity) = found {
            keep_private(storage);
            // A process that was killed may have left a name that is visible and not durable. If a crash took it, nothing
            // that is written from here on could be read again.
            storage
                .sync_dir("")
                .map_err(|source| IdentityError::Io { action: "sync the name of", source })?;
            return Ok(identity);
        }
        let foreign = names.into_iter().find(|name| name != TEMPORARY && name != "OWNER" && name != "probe");
        // A directory with holdfast's files and without identity is not new: a new secret would forget every key.
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
        let identity = Self { id, secret, branch: Branch::FIRST };
        identity
            .write(storage, IDENTITY_FILE)
            .map_err(|source| IdentityError::Io { action: "write", source })?;
        identity.mend(storage, IDENTITY_COPY, None);
        Ok(identity)
    }

    /// The identity of a copy of a data directory, of either of its files. Changes nothing.
    ///
    /// # Errors
    /// If neither of them is whole.
    pub fn of_copy(storage: &Arc<dyn Storage>) -> Result<Self, IdentityError> {
        let (identity, _) = Self::read(storage, IDENTITY_FILE).or_else(|error| {
            // What is wrong with the first says more.
            Self::read(storage, IDENTITY_COPY).map_err(|_| error)
        })?;
        Ok(identity)
    }

    /// Writes both files: from now on the directory is one.
    ///
    /// # Errors
    /// What the medium says.
    pub fn put(&self, storage: &Arc<dyn Storage>) -> Result<(), IdentityError> {
        for file in [IDENTITY_COPY, IDENTITY_FILE] {
            self.write(storage, file).map_err(|source| IdentityError::Io { action: "write", source })?;
        }
        Ok(())
    }

    /// The identity, and the format of the file.
    fn read(storage: &Arc<dyn Storage>, file: &str) -> Result<(Self, u32), IdentityError> {
        let contents = storage.read(file).map_err(|source| IdentityError::Io { action: "read", source })?;
        Self::parse(&contents)
    }

    /// Writes one of the two files anew if it is missing, damaged or of an older format, which is what was `found` there. A
    /// failure stops nothing: the other file is there, and the next start tries again. Meanwhile the format of the records
    /// keeps older versions away.
    fn mend(&self, storage: &Arc<dyn Storage>, file: &str, found: Option<Result<u32, IdentityError>>) {
        if matches!(found, Some(Ok(IDENTITY_FORMAT))) {
            return;
        }
        let written = self.write(storage, file);
        if let Some(Err(damage)) = &found {
            tracing::warn!(file, %damage, mended = written.is_ok(), "one of the two files of the identity is damaged");
        }
        let older = found.and_then(Result::ok);
        match (older, written) {
            (None, Ok(())) => {}
            (Some(from), Ok(())) => {
                let to = IDENTITY_FORMAT;
                tracing::info!(file, from, to, "the file has the format of this version from now on");
            }
            (None, Err(error)) => {
                tracing::warn!(file, %error, "the identity stands in one file, as the other cannot be written");
            }
            (Some(from), Err(error)) => {
                tracing::warn!(file, from, %error, "the file keeps its older format, as it cannot be written");
            }
        }
    }

    fn write(&self, storage: &Arc<dyn Storage>, file: &str) -> io::Result<()> {
        let text = encode_identity(&self.id, &self.secret, self.branch);
        put_file(&**storage, (file, TEMPORARY), text.as_bytes(), true)
    }

    fn parse(bytes: &[u8]) -> Result<(Self, u32), IdentityError> {
        let Decoded { format, id, secret, branch } = decode_identity(bytes).map_err(|fault| match fault {
            IdentityFault::Damaged(what) => IdentityError::Damaged(what),
            IdentityFault::Format(found) => IdentityError::OtherVersion { found },
        })?;
        Ok((Self { id, secret, branch }, format))
    }

    /// The id as text.
    #[must_use]
    pub fn id_text(&self) -> String {
        hex(&self.id)
    }
}

/// Versions before this one let the group read the two files. That it stays so stops nothing.
fn keep_private(storage: &Arc<dyn Storage>) {
    for file in [IDENTITY_FILE, IDENTITY_COPY] {
        if let Err(error) = storage.keep_private(file)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(file, %error, "others may read the secret of the data directory");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> (Arc<dyn Storage>, Identity) {
        let storage: Arc<dyn Storage> = Arc::new(holdfast_testkit::MemoryStorage::new());
        let identity = Identity::open(&storage, [5; 32]).unwrap();
        (storage, identity)
    }

    fn put(storage: &Arc<dyn Storage>, file: &str, text: &str) {
        let _ = storage.remove(file);
        storage.create(file).unwrap().write_at(0, text.as_bytes()).unwrap();
    }

    #[test]
    fn either_file_is_mended_from_the_other() {
        let (storage, identity) = directory();
        let text = storage.read(IDENTITY_FILE).unwrap().to_vec();
        for file in [IDENTITY_FILE, IDENTITY_COPY] {
            assert_eq!(storage.read(file).unwrap().to_vec(), text, "{file}");
            for found in [None, Some(""), Some("holdfast data directory\nformat 5\n"), Some("\u{0}")] {
                match found {
                    Some(found) => put(&storage, file, found),
                    None => storage.remove(file).unwrap(),
                }
                assert_eq!(Identity::open(&storage, [6; 32]).unwrap(), identity, "{file}: {found:?}");
                assert_eq!(storage.read(file).unwrap().to_vec(), text, "{file}: {found:?}");
            }
        }
    }

    /// As the first version wrote them, or a start that ended between the two.
    #[test]
    fn files_of_an_older_format_are_written_anew() {
        let (storage, identity) = directory();
        let text = storage.read(IDENTITY_FILE).unwrap().to_vec();
        let old = "holdfast data directory\nformat 1\nid 05050505050505050505050505050505\n\
                   secret 05050505050505050505050505050505\ncheck c6f0ce3b1fcd0b40\n";
        for files in [&[IDENTITY_FILE, IDENTITY_COPY][..], &[IDENTITY_FILE], &[IDENTITY_COPY]] {
            files.iter().for_each(|file| put(&storage, file, old));
            assert_eq!(Identity::open(&storage, [6; 32]).unwrap(), identity, "{files:?}");
            for file in [IDENTITY_FILE, IDENTITY_COPY] {
                assert_eq!(storage.read(file).unwrap().to_vec(), text, "{file} of {files:?}");
            }
        }
    }

    #[test]
    fn two_that_differ_and_two_that_are_damaged_are_refused() {
        let (storage, identity) = directory();
        let other = Identity { id: [1; 16], ..identity.clone() };
        put(&storage, IDENTITY_COPY, &encode_identity(&other.id, &other.secret, other.branch));
        assert!(matches!(Identity::open(&storage, [6; 32]), Err(IdentityError::Differ(..))));
        put(&storage, IDENTITY_COPY, "");
        put(&storage, IDENTITY_FILE, "");
        assert!(matches!(Identity::open(&storage, [6; 32]), Err(IdentityError::Damaged(_))));
    }

    #[test]
    fn a_copy_that_cannot_be_written_stops_no_start() {
        let disk = holdfast_testkit::MemoryStorage::new();
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let identity = Identity::open(&storage, [5; 32]).unwrap();
        storage.remove(IDENTITY_COPY).unwrap();
        disk.set_capacity(Some(0));
        assert_eq!(Identity::open(&storage, [6; 32]).unwrap(), identity);
        disk.set_capacity(None);
        Identity::open(&storage, [6; 32]).unwrap();
        assert!(storage.read(IDENTITY_COPY).is_ok());
    }
}
