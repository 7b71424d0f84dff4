//! The bytes of one file, in shared chunks.
//!
//! Live and durable bytes of a file are mostly the same, and so are those of a fork: they share their chunks, and a
//! write copies the one that it touches. A chunk of zeros is not there at all, so a segment that was zeroed ahead
//! costs a pointer for every 4 KiB.

use std::sync::Arc;

/// The unit that a disk writes whole or not at all.
pub(super) const SECTOR: usize = 512;

const CHUNK: usize = 4096;
const SECTORS_PER_CHUNK: u64 = (CHUNK / SECTOR) as u64;

const _: () = assert!(CHUNK.is_multiple_of(SECTOR));

type Chunk = [u8; CHUNK];

/// A byte string that is cheap to clone and cheap where it is zero. Bytes past `len` in the last chunk are zero.
#[derive(Clone, Default)]
pub(super) struct Sparse {
    chunks: Vec<Option<Arc<Chunk>>>,
    len: u64,
}

impl Sparse {
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Cuts, or extends with zeros.
    pub(super) fn set_len(&mut self, len: u64) {
        self.chunks.resize(len.div_ceil(CHUNK as u64) as usize, None);
        let tail = (len % CHUNK as u64) as usize;
        if len < self.len
            && tail != 0
            && let Some(Some(chunk)) = self.chunks.last_mut()
        {
            Arc::make_mut(chunk)[tail..].fill(0);
        }
        self.len = len;
    }

    /// Overwrites in place, growing where needed.
    pub(super) fn write(&mut self, offset: u64, mut bytes: &[u8]) {
        let end = offset + bytes.len() as u64;
        if end > self.len {
            self.set_len(end);
        }
        let mut at = offset;
        while !bytes.is_empty() {
            let within = (at % CHUNK as u64) as usize;
            let (now, rest) = bytes.split_at(bytes.len().min(CHUNK - within));
            let slot = &mut self.chunks[(at / CHUNK as u64) as usize];
            if slot.is_some() || now.iter().any(|byte| *byte != 0) {
                let chunk = slot.get_or_insert_with(|| Arc::new([0; CHUNK]));
                Arc::make_mut(chunk)[within..within + now.len()].copy_from_slice(now);
            }
            at += now.len() as u64;
            bytes = rest;
        }
    }

    /// Up to `len` bytes from `offset`; fewer where the file ends.
    pub(super) fn read(&self, offset: u64, len: usize) -> Vec<u8> {
        let end = self.len.min(offset.saturating_add(len as u64));
        let mut bytes = Vec::with_capacity(end.saturating_sub(offset) as usize);
        let mut at = offset;
        while at < end {
            let within = (at % CHUNK as u64) as usize;
            let now = (CHUNK - within).min((end - at) as usize);
            match &self.chunks[(at / CHUNK as u64) as usize] {
                Some(chunk) => bytes.extend_from_slice(&chunk[within..within + now]),
                None => bytes.resize(bytes.len() + now, 0),
            }
            at += now as u64;
        }
        bytes
    }

    /// Copies the sectors `from..to` of another byte string, as far as that has bytes; its last sector is filled up
    /// with zeros. Never changes the length.
    pub(super) fn take_sectors(&mut self, other: &Self, from: u64, to: u64) {
        let to = to.min(other.len.div_ceil(SECTOR as u64));
        let mut sector = from;
        while sector < to {
            let index = (sector / SECTORS_PER_CHUNK) as usize;
            let next = to.min((index as u64 + 1) * SECTORS_PER_CHUNK);
            if let (Some(mine), Some(theirs)) = (self.chunks.get_mut(index), other.chunks.get(index)) {
                let whole = next - sector == SECTORS_PER_CHUNK;
                match (mine.as_mut(), theirs) {
                    (None, None) => {}
                    _ if whole => mine.clone_from(theirs),
                    _ => {
                        let start = (sector % SECTORS_PER_CHUNK) as usize * SECTOR;
                        let range = start..start + (next - sector) as usize * SECTOR;
                        let zeros = [0; CHUNK];
                        let source = theirs.as_deref().unwrap_or(&zeros);
                        let chunk = mine.get_or_insert_with(|| Arc::new([0; CHUNK]));
                        Arc::make_mut(chunk)[range.clone()].copy_from_slice(&source[range]);
                    }
                }
            }
            sector = next;
        }
        // The other may be longer, and end in a chunk that this one ends in earlier.
        let len = self.len;
        let tail = (len % CHUNK as u64) as usize;
        if tail != 0
            && other.len > len
            && let Some(Some(chunk)) = self.chunks.last_mut()
            && chunk[tail..].iter().any(|byte| *byte != 0)
        {
            Arc::make_mut(chunk)[tail..].fill(0);
        }
    }
}

impl std::fmt::Debug for Sparse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sparse({} bytes)", self.len)
    }
}

#[cfg(test)]
mod tests {
    use quickcheck::quickcheck;

    use super::{SECTOR, Sparse};

    /// The same steps on a plain vector; bytes that are often zero, so that chunks that are not there take part.
    fn step(sparse: &mut Sparse, plain: &mut Vec<u8>, (cut, at, len, byte): (bool, u16, u16, u8)) {
        let at = usize::from(at % 20_000);
        if cut {
            sparse.set_len(at as u64);
            plain.resize(at, 0);
        } else {
            let bytes = vec![byte % 3; usize::from(len % 9_000)];
            if !bytes.is_empty() {
                plain.resize(plain.len().max(at + bytes.len()), 0);
                plain[at..at + bytes.len()].copy_from_slice(&bytes);
                sparse.write(at as u64, &bytes);
            }
        }
    }

    quickcheck! {
        fn behaves_as_a_vector(steps: Vec<(bool, u16, u16, u8)>, at: u16, len: u16) -> bool {
            let (mut sparse, mut plain) = (Sparse::default(), Vec::new());
            for now in steps {
                step(&mut sparse, &mut plain, now);
                if sparse.read(0, usize::MAX) != plain || sparse.len() != plain.len() as u64 {
                    return false;
                }
            }
            let from = usize::from(at).min(plain.len());
            let to = (from + usize::from(len)).min(plain.len());
            sparse.read(u64::from(at), usize::from(len)) == plain[from..to]
        }

        fn takes_sectors_of_another(
            one: Vec<(bool, u16, u16, u8)>,
            two: Vec<(bool, u16, u16, u8)>,
            from: u8,
            count: u8
        ) -> bool {
            let (mut mine, mut plain) = (Sparse::default(), Vec::new());
            let (mut other, mut other_plain) = (Sparse::default(), Vec::new());
            one.into_iter().for_each(|now| step(&mut mine, &mut plain, now));
            two.into_iter().for_each(|now| step(&mut other, &mut other_plain, now));
            let kept = other.read(0, usize::MAX);

            let (from, to) = (u64::from(from % 48), u64::from(from % 48) + u64::from(count % 48));
            mine.take_sectors(&other, from, to);
            other_plain.resize(other_plain.len().next_multiple_of(SECTOR), 0);
            let end = plain.len().min(other_plain.len());
            let range = (from as usize * SECTOR).min(end)..(to as usize * SECTOR).min(end);
            plain[range.clone()].copy_from_slice(&other_plain[range]);

            // Growing shows whether anything was left past the end; and the other, which shares chunks, is as it was.
            mine.set_len(30_000);
            let mut shown = mine.read(0, usize::MAX);
            let tail = shown.split_off(plain.len());
            shown == plain && tail.iter().all(|byte| *byte == 0) && other.read(0, usize::MAX) == kept
        }
    }
}
