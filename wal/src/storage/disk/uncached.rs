//! Reads that go to the medium, past the page cache.
//!
//! After a failed sync the kernel keeps the pages that it could not write, marks them clean, and shows them to every
//! reader until it needs the memory: only a read past the cache tells what is on the disk.

use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::os::unix::fs::FileExt;

use rustix::fs::Advice;

/// What `O_DIRECT` wants offsets, lengths and addresses to be multiples of: the page size suffices for every
/// logical block size that Linux file systems are made with.
const ALIGNMENT: usize = 4096;

/// Reads from a file opened with `O_DIRECT`; shorter than `len` where the file ends.
pub(super) fn read_direct(file: &File, offset: u64, len: usize) -> io::Result<Vec<u8>> {
    let skip = (offset % ALIGNMENT as u64) as usize;
    let start = offset - skip as u64;
    let want =
        skip.checked_add(len).and_then(|n| n.checked_next_multiple_of(ALIGNMENT)).ok_or_else(too_long)?;

    // An aligned window in a somewhat larger buffer: so no unsafe allocation is needed.
    let mut buffer = vec![0; want.checked_add(ALIGNMENT).ok_or_else(too_long)?];
    let pad = buffer.as_ptr().align_offset(ALIGNMENT);
    assert!(pad < ALIGNMENT, "an address is less than {ALIGNMENT} bytes from the next aligned one");
    let filled = fill(file, start, &mut buffer[pad..pad + want], |read| read % ALIGNMENT != 0)?;

    let from = pad + skip.min(filled);
    let to = pad + (skip + len).min(filled);
    buffer.truncate(to);
    buffer.drain(..from);
    Ok(buffer)
}

/// For file systems without `O_DIRECT`: drops the clean pages of the range, those of a failed sync among them, and reads.
/// Mapped pages stay, so the caller has dropped its mappings of the file before.
pub(super) fn read_dropping_cache(file: &File, offset: u64, len: usize) -> io::Result<Vec<u8>> {
    if let Some(range) = NonZeroU64::new(len as u64) {
        // The kernel keeps pages that the range covers only in part, so the range is rounded to whole pages.
        let start = offset - offset % ALIGNMENT as u64;
        let end = offset.saturating_add(range.get()).saturating_add(ALIGNMENT as u64);
        let end = end - end % ALIGNMENT as u64;
        rustix::fs::fadvise(file, start, NonZeroU64::new(end - start), Advice::DontNeed)?;
    }
    read_to_end(file, offset, len)
}

/// Reads up to `len` bytes plainly; shorter where the file ends.
pub(super) fn read_to_end(file: &File, offset: u64, len: usize) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; len];
    let filled = fill(file, offset, &mut buffer, |_| false)?;
    buffer.truncate(filled);
    Ok(buffer)
}

/// Fills `buffer` as far as the file goes. `is_end` tells from the size of a read that it was the last one: after an
/// unaligned read `O_DIRECT` refuses to go on, and the file has ended anyway.
fn fill(file: &File, offset: u64, buffer: &mut [u8], is_end: impl Fn(usize) -> bool) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => {
                filled += read;
                if is_end(read) {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "longer than memory can hold")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{File, read_dropping_cache};

    /// Few file systems are without `O_DIRECT` by now, so the other way has a test of its own.
    #[test]
    fn the_way_without_direct_reads_gives_the_same_bytes() {
        let path = std::env::temp_dir().join(format!("holdfast-uncached-{}", std::process::id()));
        let bytes: Vec<u8> = (0..10_000).map(|at| (at % 251) as u8).collect();
        File::create(&path).unwrap().write_all(&bytes).unwrap();
        let file = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        for (offset, len) in [(0, 0), (0, 10_000), (4095, 2), (9_999, 50), (10_000, 1), (50_000, 4096)] {
            let expected = &bytes[bytes.len().min(offset)..bytes.len().min(offset + len)];
            assert_eq!(
                read_dropping_cache(&file, offset as u64, len).unwrap(),
                expected,
                "{len} at {offset}"
            );
        }
    }
}
