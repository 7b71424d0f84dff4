//! The files of the audit that belong to a backup or to a moment. They grow while they are read.

use std::io;

use holdfast_audit::{DIR, Head, files, upto};
use holdfast_wal::{Lsn, Storage};

use crate::copy::PIECE;
use crate::error::BackupError;

/// The path of each file, with its bytes.
pub(crate) type Audit = Vec<(String, Vec<u8>)>;

/// The files of the audit, up to the newest line that a record up to `last` tells of, and that line: whoever starts on them gives the
/// numbers behind it again.
pub(crate) fn audit_upto(storage: &dyn Storage, last: Lsn) -> Result<(Audit, Option<Head>), BackupError> {
    let (mut found, mut whole, mut head) = (Audit::new(), 0, None);
    for path in files(storage).map_err(BackupError::io("list", DIR))? {
        let bytes = read_all(storage, &path).map_err(BackupError::io("open", &path))?;
        if let Some((length, newest)) = upto(&bytes, last.0) {
            (whole, head) = (found.len() + 1, Some((length, newest)));
        }
        found.push((path, bytes));
    }
    found.truncate(whole);
    if let Some(((_, bytes), (length, _))) = found.last_mut().zip(head) {
        bytes.truncate(length);
    }
    Ok((found, head.map(|(_, head)| head)))
}

/// The bytes that a file has now, which may grow.
fn read_all(storage: &dyn Storage, path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let more = storage.read_at(path, bytes.len() as u64, PIECE)?;
        let is_end = more.len() < PIECE;
        bytes.extend(more);
        if is_end {
            return Ok(bytes);
        }
    }
}
