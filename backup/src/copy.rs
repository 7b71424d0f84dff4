//! Copies one file, and knows its SHA-256.

use holdfast_engine::hex;
use holdfast_wal::Storage;
use ring::digest::{Context, SHA256};

use crate::Step;
use crate::error::BackupError;

/// Bytes that are copied between two steps.
pub(crate) const PIECE: usize = 256 * 1024;

/// How much of all files is done.
pub(crate) struct Count<'a, 'b> {
    pub(crate) done: u64,
    pub(crate) of: u64,
    pub(crate) step: &'a mut Step<'b>,
}

impl Count<'_, '_> {
    pub(crate) fn add(&mut self, bytes: usize) -> Result<(), BackupError> {
        self.done += bytes as u64;
        Ok((self.step)(self.done, self.of)?)
    }
}

/// Writes the bytes to a new file, syncs it, and reads it back from the medium, so that each counts twice. Returns the SHA-256.
pub(crate) fn write(
    bytes: &[u8],
    to: &dyn Storage,
    path: &str,
    count: &mut Count<'_, '_>,
) -> Result<String, BackupError> {
    let mut file = to.create(path).map_err(BackupError::io("create", path))?;
    let mut context = Context::new(&SHA256);
    for (at, piece) in bytes.chunks(PIECE).enumerate() {
        context.update(piece);
        // What a segment of the log has not used yet is zeros, and most of a short log. It takes no room.
        if piece.iter().any(|byte| *byte != 0) {
            file.write_at((at * PIECE) as u64, piece).map_err(BackupError::io("write", path))?;
            // Little by little: the sync of a large file would hold up those of the log on the same disk.
            file.sync().map_err(BackupError::io("sync", path))?;
        }
        count.add(piece.len())?;
    }
    file.truncate(bytes.len() as u64).map_err(BackupError::io("cut", path))?;
    file.sync().map_err(BackupError::io("sync", path))?;
    drop(file);
    let hash = text(context);
    // A copy that cannot be read is found now, not on the day when it is needed.
    for (at, piece) in bytes.chunks(PIECE).enumerate() {
        let offset = (at * PIECE) as u64;
        let back = to.read_uncached(path, offset, piece.len()).map_err(BackupError::io("read back", path))?;
        if back != piece {
            return Err(BackupError::ReadBack { path: path.to_owned() });
        }
        count.add(piece.len())?;
    }
    Ok(hash)
}

/// The length and the SHA-256 of a file.
pub(crate) fn hash(
    of: &dyn Storage,
    path: &str,
    count: &mut Count<'_, '_>,
) -> Result<(u64, String), BackupError> {
    let (mut context, mut bytes) = (Context::new(&SHA256), 0);
    loop {
        let piece = of.read_at(path, bytes, PIECE).map_err(BackupError::io("read", path))?;
        if piece.is_empty() {
            return Ok((bytes, text(context)));
        }
        context.update(&piece);
        bytes += piece.len() as u64;
        count.add(piece.len())?;
    }
}

pub(crate) fn text(context: Context) -> String {
    hex(context.finish().as_ref())
}
