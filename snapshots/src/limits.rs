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

/// Bytes that the writer of an entry gathers before it writes them: 256 KiB. Larger chunks are not copied.
pub(crate) const WRITE_BUFFER_BYTES: usize = 256 << 10;

/// Bytes of an entry after which the writer syncs what it has: 4 MiB. The log shares the disk, and a sync of
/// its waits behind all the dirty pages of a large entry. Measured beside entries of 200 MiB on ext4: the
/// longest wait was 50 ms without this, 9 ms at 16 MiB and 5 ms at 4 MiB, at no cost.
pub(crate) const SYNC_EVERY_BYTES: u64 = 4 << 20;

const _: () = {
    assert!(CHUNK_BYTES_MAX <= u32::MAX as usize, "a chunk's length is stored in four bytes");
    assert!(ENTRIES_MAX <= u32::MAX as usize, "a manifest's count is stored in four bytes");
    assert!(META_BYTES_MAX <= u32::MAX as usize, "the length of the opaque part is stored in four bytes");
    assert!(WRITE_BUFFER_BYTES <= CHUNK_BYTES_MAX, "the buffer is for chunks smaller than it");
    assert!(WRITE_BUFFER_BYTES as u64 <= SYNC_EVERY_BYTES, "what is synced was first written");
};
