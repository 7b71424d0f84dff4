//! What the world was told, and who was told to own the log.

use std::collections::BTreeMap;

/// One life of one node.
pub(crate) type Life = (usize, u64);

/// An answer that left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) operation: u64,
    /// Where its owner said that it stands; 0 if it did not know.
    pub(crate) at: u64,
    pub(crate) epoch: u64,
    pub(crate) by: Life,
}

#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) told: Vec<Told>,
    owners: BTreeMap<u64, Life>,
}

impl Ledger {
    pub(crate) fn owns(&mut self, epoch: u64, life: Life) -> Result<(), String> {
        let owner = *self.owners.entry(epoch).or_insert(life);
        if owner == life {
            Ok(())
        } else {
            Err(format!("owners: {owner:?} and {life:?} both own epoch {epoch}"))
        }
    }
}
