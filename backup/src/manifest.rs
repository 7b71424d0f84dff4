//! What a backup says of itself: a file of JSON, which a person can read.

use std::iter;

use holdfast_audit::DIR;
use holdfast_engine::{GENESIS_FILE, IDENTITY_COPY, IDENTITY_FILE, RESULTS_DIR};
use holdfast_wal::Storage;
use serde::{Deserialize, Serialize};

use crate::error::BackupError;

/// The format of manifests that is written. It stands for all of a backup. Backups of format 1 have no audit, and are read.
pub(crate) const FORMAT: u32 = 2;
/// Bytes of a manifest that are read: those of a million files.
const BYTES_MAX: usize = 256 * 1024 * 1024;

/// What a backup has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format of the backup: 2; 1 without the audit.
    pub format: u32,
    /// Its name: when it was begun, in UTC, and the execution that made it.
    pub name: String,
    /// The version of the program that made it.
    pub program: String,
    /// When it was begun, Unix milliseconds.
    pub taken_at: u64,
    /// The number of the execution that made it: it is known in what is restored.
    pub execution: u64,
    /// The newest record that is in its snapshots; 0 if it has none.
    pub snapshot_lsn: u64,
    /// The newest record that is in it.
    pub last_lsn: u64,
    /// Where the audit that is in it stands, as `seq:hash`; none before the first line, and in format 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_head: Option<String>,
    /// Its files.
    pub files: Vec<FileOf>,
}

/// A file of a backup.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileOf {
    /// Its path in the data directory, and behind the name of the backup.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    /// Bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Reads the manifest of this path.
    ///
    /// # Errors
    /// If it is none, or of another version.
    pub(crate) fn read(target: &dyn Storage, path: &str) -> Result<Self, BackupError> {
        let bytes = target.read_at(path, 0, BYTES_MAX).map_err(BackupError::io("read", path))?;
        Self::parse(path, &bytes)
    }

    /// Reads the bytes of the manifest of this path.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(crate) fn parse(path: &str, bytes: &[u8]) -> Result<Self, BackupError> {
        let wrong = |what: String| BackupError::Manifest { path: path.to_owned(), what };
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if !(1..=FORMAT).contains(&manifest.format) {
            return Err(wrong(format!("its format is {}", manifest.format)));
        }
        if path != path_of(&manifest.name) {
            return Err(wrong(format!("it is that of {}", manifest.name)));
        }
        // A path leads nowhere else.
        let leads_out = |file: &&FileOf| !is_plain(&file.path);
        match manifest.files.iter().find(leads_out) {
            Some(file) => Err(wrong(format!("{:?} is no path of a data directory", file.path))),
            None => Ok(manifest),
        }
    }

    /// # Panics
    /// Never: a manifest has nothing that JSON has not.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a manifest is JSON");
        bytes.push(b'\n');
        bytes
    }
}

/// The file of the manifest of a backup.
pub(crate) fn path_of(name: &str) -> String {
    format!("{name}.json")
}

/// What stands in its place while the backup is being made.
pub(crate) fn path_of_new(name: &str) -> String {
    format!("{name}.json.new")
}

/// The manifest with all of the files, before it takes that place.
pub(crate) fn path_of_whole(name: &str) -> String {
    format!("{name}.json.whole")
}

/// The directories in a data directory.
pub(crate) const DIRECTORIES: [&str; 4] = ["wal", "snapshots", DIR, RESULTS_DIR];

/// The directories of a backup: that of the data directory, and those in it.
pub(crate) fn directories_of(name: &str) -> impl Iterator<Item = String> {
    let within = DIRECTORIES.into_iter().map(move |dir| format!("{name}/{dir}"));
    iter::once(name.to_owned()).chain(within)
}

/// Whether a file of a data directory has its secret.
pub(crate) fn has_secret(path: &str) -> bool {
    [IDENTITY_FILE, IDENTITY_COPY, GENESIS_FILE].contains(&path)
}

/// A file in the data directory, or in a directory of it.
pub(crate) fn is_plain(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let plain = |part: &&str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    };
    parts.len() <= 2 && parts.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use holdfast_testkit::MemoryStorage;

    use super::*;

    #[test]
    fn manifests_of_the_first_format_are_read_and_have_no_audit() {
        let storage = MemoryStorage::new();
        let text = r#"{"format": 1, "name": "old", "program": "0.1.0", "taken_at": 5, "execution": 3, "snapshot_lsn": 7, "last_lsn": 9,
            "files": [{"path": "identity", "bytes": 3, "sha256": "00"}]}"#;
        storage.put("old.json", text.as_bytes());
        let old = Manifest::read(&storage, "old.json").unwrap();
        assert_eq!((old.format, old.last_lsn, old.audit_head.clone(), old.files.len()), (1, 9, None, 1));
        let new = Manifest { format: FORMAT, audit_head: Some("5:ab".to_owned()), ..old };
        storage.put("new.json", &Manifest { name: "new".to_owned(), ..new.clone() }.to_bytes());
        assert_eq!(Manifest::read(&storage, "new.json").unwrap().audit_head, new.audit_head);
        storage.put("later.json", text.replace(": 1,", ": 3,").replace("old", "later").as_bytes());
        assert!(Manifest::read(&storage, "later.json").unwrap_err().to_string().contains("its format is 3"));
    }

    #[test]
    fn paths_lead_nowhere_else() {
        for plain in ["identity", "wal/00000000000000000001.wal", "snapshots/pack-1", "identity.copy"] {
            assert!(is_plain(plain), "{plain}");
        }
        for other in
            ["", "/etc/passwd", "../identity", "wal/../../x", "wal//x", "a/b/c", "wal/.", "wal/a b", "wal\\x"]
        {
            assert!(!is_plain(other), "{other}");
        }
    }
}
