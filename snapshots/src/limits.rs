//! Sizes and counts that no file may exceed. They are checked before anything is written, and before anything that was
//! read is used.

/// Bytes in one chunk of an entry: 16 MiB. An error can name a damaged chunk, and an encoder has to hold a chunk in
/// memory; about 1 MiB is a good size.
pub const CHUNK_BYTES_MAX: usize = 16 << 20;

/// Chunks in one entry: 2^20, so that 1 MiB chunks reach 1 TiB, far more than one event can need.
pub const CHUNKS_MAX: u32 = 1 << 20;

/// Entries in one manifest: 2^24, so that a manifest stays below 512 MiB and can be held in memory.
pub const ENTRIES_MAX: usize = 1 << 24;

/// Bytes of the opaque part of a manifest: 16 MiB. Little belongs to no key.
pub const META_BYTES_MAX: usize = 16 << 20;

/// Packs that one manifest names: 2^16. There are dozens, as a pack is merged with those that are smaller.
pub(crate) const PACKS_MAX: usize = 1 << 16;

/// Bytes of what is noted with an entry: it stands in the index, which is held in memory.
pub const NOTE_BYTES_MAX: usize = 255;

/// The largest entry that is packed: 1 MiB. To unpack it takes as much memory; a larger one is used where it is mapped.
pub(crate) const PACKED_BYTES_MAX: usize = 1 << 20;

/// How hard an entry is packed, of 0 to 10. Measured on an event of 500 seats: 1 takes half the time and a sixth more room,
/// 6 three times the time and 6 % less.
pub(crate) const PACKING_LEVEL: u8 = 3;

/// Bytes that the writer of a pack gathers before it writes them: 256 KiB.
pub(crate) const WRITE_BUFFER_BYTES: usize = 256 << 10;

/// Bytes of a pack after which the writer syncs what it has: 4 MiB. The log shares the disk, and a sync of
/// its waits behind all the dirty pages of a large entry. Measured beside entries of 200 MiB on ext4: the
/// longest wait was 50 ms without this, 9 ms at 16 MiB and 5 ms at 4 MiB, at no cost.
pub(crate) const SYNC_EVERY_BYTES: u64 = 4 << 20;

/// Bytes of entries that are read back at each look at what is kept, at least: 16 MiB. A small store is read whole each
/// time, and of a large one another part each time, so that a look costs the same however many keys there are.
pub(crate) const SCRUB_BYTES: u64 = 16 << 20;

const _: () = {
    assert!(CHUNK_BYTES_MAX <= u32::MAX as usize, "a chunk's length is stored in four bytes");
    assert!(ENTRIES_MAX <= u32::MAX as usize, "a manifest's count is stored in four bytes");
    assert!(META_BYTES_MAX <= u32::MAX as usize, "the length of the opaque part is stored in four bytes");
    assert!(WRITE_BUFFER_BYTES <= CHUNK_BYTES_MAX, "the buffer is for chunks smaller than it");
    assert!(WRITE_BUFFER_BYTES as u64 <= SYNC_EVERY_BYTES, "what is synced was first written");
};
