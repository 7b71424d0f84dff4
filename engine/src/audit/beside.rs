//! How far the audit of a node is, in a file of its directory.
//!
//! The log of a server alone notes how far its audit is. A node of a cluster cannot do so: its log is that of all nodes, and each has an
//! audit of its own, which it makes of that log. The lines tell the same everywhere, and are not byte for byte the same.

use std::io;
use std::sync::Arc;

use holdfast_wal::{Storage, put_file};
use parking_lot::Mutex;

use crate::codec::{hex, unhex};
use crate::system::AuditHead;

/// The file that says how far the audit of a node is. Its name in the directory.
pub const FILE: &str = "audited";
const TEMPORARY: &str = "audited.new";
/// The first word: the format.
const FORMAT: &str = "1";

/// The file.
pub(crate) struct Beside {
    storage: Arc<dyn Storage>,
    noted: Mutex<AuditHead>,
}

impl Beside {
    /// Reads it. One that cannot be used counts as none: what is not in the log any more is told as missing then.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub(crate) fn open(storage: Arc<dyn Storage>) -> io::Result<Self> {
        let is_there = storage.list("")?.iter().any(|name| name == FILE);
        let noted = if is_there { parsed(&storage.read(FILE)?) } else { Some(AuditHead::default()) };
        let noted = noted.unwrap_or_else(|| {
            tracing::warn!(file = FILE, "the file that says how far the audit is cannot be used");
            AuditHead::default()
        });
        Ok(Self { storage, noted: Mutex::new(noted) })
    }

    pub(crate) fn noted(&self) -> AuditHead {
        *self.noted.lock()
    }

    /// Notes it, durably. A crash leaves the older note or this one.
    ///
    /// # Errors
    /// What the medium says.
    pub(crate) fn note(&self, head: AuditHead) -> io::Result<()> {
        let mut noted = self.noted.lock();
        if *noted == head {
            return Ok(());
        }
        let text = format!("{FORMAT} {} {} {}\n", head.seq, hex(&head.hash), head.upto);
        put_file(&*self.storage, (FILE, TEMPORARY), text.as_bytes(), false)?;
        *noted = head;
        Ok(())
    }
}

fn parsed(bytes: &[u8]) -> Option<AuditHead> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let mut words = text.split(' ');
    let (format, seq, hash, upto) = (words.next()?, words.next()?, words.next()?, words.next()?);
    if format != FORMAT || words.next().is_some() {
        return None;
    }
    Some(AuditHead { seq: seq.parse().ok()?, hash: unhex(hash)?, upto: upto.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use holdfast_testkit::MemoryStorage;

    use super::*;

    #[test]
    fn what_was_noted_is_read_again_and_rubbish_is_none() {
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
        let open = || Beside::open(Arc::clone(&storage)).unwrap();
        assert_eq!(open().noted(), AuditHead::default());
        let mut hash = [7; 32];
        hash[31] = 0xf0;
        let head = AuditHead { seq: 12, hash, upto: 99 };
        for head in [head, AuditHead { upto: 100, ..head }] {
            open().note(head).unwrap();
            assert_eq!(open().noted(), head);
        }
        for rubbish in ["", "1 2 3", "2 12 00 1\n", "1 12 zz 99\n"] {
            assert_eq!(parsed(rubbish.as_bytes()), None, "{rubbish}");
        }
    }
}
