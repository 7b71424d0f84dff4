//! What the file of the results of an execution is: how long, and what stands for its bytes.

use bincode::{Decode, Encode};

use super::{ExecutionId, Executions};
use crate::system::coding::digest_of;

/// The file of the results of an execution. The order of the fields is the format of the log and of snapshots.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Kept {
    /// The execution.
    pub of: ExecutionId,
    /// Results: one a line.
    pub lines: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// The SHA-256 of the file.
    pub sha256: [u8; 32],
}

impl Executions {
    /// The file of the results of the execution; `None` if it has none, or none whole.
    #[must_use]
    pub fn kept(&self, id: ExecutionId) -> Option<&Kept> {
        self.kept.get(&id)
    }

    /// All files, the oldest first.
    pub(crate) fn all_kept(&self) -> impl Iterator<Item = &Kept> {
        self.kept.values()
    }

    /// Puts one that a snapshot has beside its execution.
    ///
    /// # Errors
    /// If it has none, or one already.
    pub(in crate::system) fn restore_kept(&mut self, kept: Kept) -> Result<(), String> {
        if self.get(kept.of).is_none() || self.kept(kept.of).is_some() {
            return Err("results are of no execution, or stand twice".to_owned());
        }
        self.set_kept(kept);
        Ok(())
    }

    pub(super) fn set_kept(&mut self, kept: Kept) {
        self.drop_kept(kept.of);
        self.digest = self.digest.wrapping_add(digest_of(&kept));
        self.kept.insert(kept.of, kept);
    }

    pub(super) fn drop_kept(&mut self, id: ExecutionId) {
        if let Some(kept) = self.kept.remove(&id) {
            self.digest = self.digest.wrapping_sub(digest_of(&kept));
        }
    }
}
