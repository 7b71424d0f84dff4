//! One file: what its readers see, and what its disk holds.

use super::sectors::Sectors;
use super::sparse::{SECTOR, Sparse};
use crate::random::Random;

/// What a crash does to what was not synced.
#[derive(Debug)]
pub(super) enum Fate<'a> {
    /// No unsynced sector reached the disk.
    Lose,
    /// Any part of the unsynced sectors did.
    Chance(&'a mut Random),
}

/// Live bytes are the page cache: all reads but the uncached one see them. Durable bytes are the disk.
///
/// The two differ in the unsynced sectors, which the next sync writes, and in sectors that the kernel takes for clean
/// although they are not on the disk: those of a failed sync, and of writes that the disk lost. These reach the disk
/// only if they are written again.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    live: Sparse,
    durable: Sparse,
    unsynced: Sectors,
    /// The disk's bytes before the last sync: what a stale read gives.
    stale: Sparse,
    /// From this byte on the file takes no room, as its end was given back.
    freed: Option<u64>,
}

impl File {
    /// A file that is wholly on the disk.
    pub(super) fn durable(bytes: &[u8]) -> Self {
        let mut live = Sparse::default();
        live.write(0, bytes);
        Self { durable: live.clone(), stale: live.clone(), live, unsynced: Sectors::default(), freed: None }
    }

    pub(super) fn len(&self) -> u64 {
        self.live.len()
    }

    /// What the file takes on the disk, bytes. After a write into the freed end it takes its whole length again.
    pub(super) fn taken(&self) -> u64 {
        self.freed.unwrap_or(u64::MAX).min(self.len())
    }

    /// Frees the end of the file. Its bytes are really forgotten, so that freeing what is needed shows as a loss.
    pub(super) fn free_tail(&mut self, from: u64) {
        if from >= self.len() {
            return;
        }
        for bytes in [&mut self.live, &mut self.durable] {
            let len = bytes.len();
            bytes.set_len(from.min(len));
            bytes.set_len(len);
        }
        self.unsynced.remove(from.div_ceil(SECTOR as u64)..u64::MAX);
        self.freed = Some(from);
    }

    pub(super) fn unsynced(&self) -> u64 {
        self.unsynced.count()
    }

    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.grow(offset);
        self.freed = self.freed.filter(|freed| offset + bytes.len() as u64 <= *freed);
        self.live.write(offset, bytes);
        self.unsynced.insert(sectors_of(offset, bytes.len() as u64));
    }

    /// The cache has the bytes and takes them for clean; the disk never gets them.
    pub(super) fn write_lost(&mut self, offset: u64, bytes: &[u8]) {
        self.write(offset, bytes);
        self.unsynced.remove(sectors_of(offset, bytes.len() as u64));
    }

    /// The disk puts bytes here that were meant for another place; the cache does not know.
    pub(super) fn overwrite_durable(&mut self, offset: u64, bytes: &[u8]) {
        let room = self.durable.len().saturating_sub(offset).min(bytes.len() as u64) as usize;
        self.durable.write(offset.min(self.durable.len()), &bytes[..room]);
    }

    pub(super) fn truncate(&mut self, len: u64) {
        if len < self.live.len() {
            self.live.set_len(len);
            self.unsynced.remove(len.div_ceil(SECTOR as u64)..u64::MAX);
        } else {
            self.grow(len);
        }
    }

    /// Zeros up to `len`, if the file is shorter. They have to be written where the disk has had bytes before.
    fn grow(&mut self, len: u64) {
        let old = self.live.len();
        if len > old {
            self.live.set_len(len);
            let reused = len.min(self.durable.len());
            if reused > old {
                self.unsynced.insert(sectors_of(old, reused - old));
            }
        }
    }

    pub(super) fn sync(&mut self) {
        self.stale = self.durable.clone();
        self.durable = self.written_back();
        self.unsynced.clear();
    }

    /// A sync fails: the kernel reports the error once, and takes the pages for clean.
    pub(super) fn fail_sync(&mut self) {
        self.unsynced.clear();
    }

    /// The disk as it will be once all that is unsynced is written.
    fn written_back(&self) -> Sparse {
        let mut disk = self.durable.clone();
        disk.set_len(self.live.len());
        for range in self.unsynced.ranges() {
            disk.take_sectors(&self.live, range.start, range.end);
        }
        disk
    }

    pub(super) fn read(&self) -> Vec<u8> {
        self.live.read(0, usize::MAX)
    }

    pub(super) fn read_at(&self, offset: u64, len: usize) -> Vec<u8> {
        self.live.read(offset, len)
    }

    /// As Linux does for `O_DIRECT`: dirty pages are written first, then the disk is asked.
    pub(super) fn read_uncached(&self, offset: u64, len: usize) -> Vec<u8> {
        self.written_back().read(offset, len)
    }

    pub(super) fn read_stale(&self, offset: u64, len: usize) -> Vec<u8> {
        self.stale.read(offset, len)
    }

    pub(super) fn read_durable(&self) -> Vec<u8> {
        self.durable.read(0, usize::MAX)
    }

    /// Rot: turns a bit over on the disk and in the cache, as if it had been read after.
    pub(super) fn flip_bit(&mut self, bit: u64) -> bool {
        let offset = bit / 8;
        let mut found = false;
        for bytes in [&mut self.live, &mut self.durable] {
            if let [byte] = bytes.read(offset, 1)[..] {
                bytes.write(offset, &[byte ^ (1 << (bit % 8))]);
                found = true;
            }
        }
        found
    }

    /// The cache forgets what it takes for clean.
    pub(super) fn drop_cache(&mut self) {
        let live = self.written_back();
        self.live = live;
    }

    /// The machine goes down: the cache is gone, the disk has what it has.
    pub(super) fn crash(&mut self, fate: &mut Fate<'_>) {
        if let Fate::Chance(random) = fate {
            self.write_some(random);
        }
        self.live = self.durable.clone();
        self.unsynced.clear();
    }

    fn write_some(&mut self, random: &mut Random) {
        if self.live.len() != self.durable.len() {
            let (low, high) =
                (self.live.len().min(self.durable.len()), self.live.len().max(self.durable.len()));
            // A file that was being cut is cut or not; one that was growing may have got part of the way.
            let len = match random.below(3) {
                0 => self.durable.len(),
                1 if self.live.len() == high => {
                    (low + random.below(high - low)).next_multiple_of(SECTOR as u64).min(high)
                }
                _ => self.live.len(),
            };
            self.durable.set_len(len);
        }
        // Eighths, the same for the whole file: crashes that keep nearly all or nearly none are worth as much as
        // those that keep half.
        let chance = random.below(9);
        for range in self.unsynced.ranges() {
            for sector in range {
                if random.below(8) < chance {
                    self.durable.take_sectors(&self.live, sector, sector + 1);
                }
            }
        }
    }
}

fn sectors_of(offset: u64, len: u64) -> std::ops::Range<u64> {
    offset / SECTOR as u64..(offset + len).div_ceil(SECTOR as u64)
}
