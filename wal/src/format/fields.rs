//! Reads and writes the fields of a header, one after the other.

/// Takes little-endian fields off the front of some bytes; `None` where they end.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    fn chunk<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.0.split_first_chunk::<N>()?;
        self.0 = tail;
        Some(*head)
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.chunk()
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.chunk().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.chunk().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.chunk().map(u64::from_le_bytes)
    }
}

/// Writes `field` at `offset` of a header that is known to be long enough: the offsets are constants.
pub(super) fn put(header: &mut [u8], offset: usize, field: &[u8]) {
    header[offset..offset + field.len()].copy_from_slice(field);
}
