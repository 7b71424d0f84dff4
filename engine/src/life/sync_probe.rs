//! Does the disk keep the promise of a sync? A disk that answers far too fast keeps the bytes in a cache that a power cut
//! empties. The engine can only warn about it.

use std::io;
use std::time::{Duration, Instant};

use holdfast_wal::Storage;

const FILE: &str = "probe";
const BLOCK: [u8; 4096] = [0x5A; 4096];
const SYNCS: usize = 32;
/// The fastest disks with a cache that survives a power cut take some ten microseconds for a 4 KiB write and a sync.
const TOO_FAST: Duration = Duration::from_micros(5);

/// How long a few dozen syncs took at start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SyncProbe {
    /// The median time of a 4 KiB write and its sync.
    pub median: Duration,
}

impl SyncProbe {
    /// Writes and syncs a small file a few dozen times, and removes it. `None` if the disk has no room for the file,
    /// which is no reason to refuse the start.
    ///
    /// # Errors
    /// What the medium says.
    pub fn run(storage: &dyn Storage) -> io::Result<Option<Self>> {
        let told = Self::measure(storage);
        let is_full = |error: &io::Error| {
            matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        };
        match told {
            Err(error) if is_full(&error) => {
                // The file may not have been made. If it cannot be removed, the next start does it.
                let _ = storage.remove(FILE);
                Ok(None)
            }
            told => told.map(Some),
        }
    }

    fn measure(storage: &dyn Storage) -> io::Result<Self> {
        if storage.list("")?.iter().any(|name| name == FILE) {
            storage.remove(FILE)?;
        }
        let mut file = storage.create(FILE)?;
        file.write_at(0, &BLOCK)?;
        file.sync()?;
        let mut took = Vec::with_capacity(SYNCS);
        for _ in 0..SYNCS {
            let started = Instant::now();
            file.write_at(0, &BLOCK)?;
            file.sync()?;
            took.push(started.elapsed());
        }
        storage.remove(FILE)?;
        took.sort_unstable();
        Ok(Self { median: took[SYNCS / 2] })
    }

    /// Whether the syncs were too fast to be true.
    #[must_use]
    pub fn looks_volatile(self) -> bool {
        self.median < TOO_FAST
    }
}
