//! One segment file: how it is named, made and read. Its bytes are in [`crate::format`].

use std::io;

use rustix::io::Errno;

use crate::error::OpenError;
use crate::format::{Chain, FORMAT_VERSION, GroupHeader, HeaderFault, Kind, SegmentHeader};
use crate::limits::{BLOCK_BYTES, PREPARE_CHUNK_BYTES};
use crate::lsn::Lsn;
use crate::storage::{Contents, Storage, StorageFile};

/// Where the log lives in the data directory.
pub(crate) const DIR: &str = "wal";
const SUFFIX: &str = ".wal";
/// The suffix of a segment that is still being made: nothing relies on what it holds.
const UNFINISHED_SUFFIX: &str = ".new";

static ZEROS: [u8; PREPARE_CHUNK_BYTES] = [0; PREPARE_CHUNK_BYTES];

/// The path of a segment: its number in 20 digits, so that names sort as numbers do.
pub(crate) fn path(number: u64) -> String {
    format!("{DIR}/{number:020}{SUFFIX}")
}

pub(crate) fn unfinished_path(number: u64) -> String {
    format!("{DIR}/{number:020}{UNFINISHED_SUFFIX}")
}

/// What the log's directory holds.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    /// Segments, oldest first.
    pub(crate) segments: Vec<u64>,
    /// Paths of segments that were never finished.
    pub(crate) unfinished: Vec<String>,
    /// The names of files that begin with a number and are something else.
    pub(crate) others: Vec<String>,
    /// The number of the next segment: larger than that of any file.
    pub(crate) next: u64,
}

impl Directory {
    pub(crate) fn read(storage: &dyn Storage) -> Result<Self, OpenError> {
        let names = storage.list(DIR).map_err(OpenError::io(DIR, "list"))?;
        let mut directory = Self { next: 1, ..Self::default() };
        for name in names {
            let digits = name.get(..20).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
            let Some(number) = digits.and_then(|digits| digits.parse::<u64>().ok()) else { continue };
            directory.next = directory.next.max(number.saturating_add(1));
            match name.get(20..) {
                Some(SUFFIX) => directory.segments.push(number),
                Some(UNFINISHED_SUFFIX) => directory.unfinished.push(format!("{DIR}/{name}")),
                _ => directory.others.push(name),
            }
        }
        directory.segments.sort_unstable();
        Ok(directory)
    }
}

/// Where the log goes on: what the next group says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Position {
    /// Sequence of the next group.
    pub(crate) sequence: u64,
    /// Newest record before it.
    pub(crate) last: Lsn,
    /// Link of the group before it.
    pub(crate) chain: Chain,
}

impl Position {
    /// Before the first group ever.
    pub(crate) const BEGINNING: Self = Self { sequence: 1, last: Lsn::ZERO, chain: 0 };

    /// After a group that was expected here.
    pub(crate) fn after(header: &GroupHeader, chain: Chain) -> Self {
        Self { sequence: header.sequence + 1, last: header.last(), chain }
    }

    /// The header of a segment that starts here, or that is made ready when everything up to here is durable.
    pub(crate) fn segment_header(
        &self,
        kind: Kind,
        number: u64,
        nonce: u64,
        bytes: u64,
        oldest: u64,
    ) -> SegmentHeader {
        let (base_sequence, base_lsn, base_chain) = (self.sequence - 1, self.last, self.chain);
        SegmentHeader { kind, number, nonce, bytes, base_sequence, base_lsn, base_chain, oldest }
    }
}

/// A finished or crashed segment, mapped for reading. Its header is valid.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) path: String,
    pub(crate) header: SegmentHeader,
    pub(crate) contents: Contents,
}

impl Segment {
    /// Maps a segment. As segments get their names only when they are whole, a bad header is damage.
    pub(crate) fn map(storage: &dyn Storage, number: u64) -> Result<Self, OpenError> {
        Self::map_at(storage, path(number), number)
    }

    /// Maps the segment of this number at a path, as a past segment has another.
    pub(crate) fn map_at(storage: &dyn Storage, path: String, number: u64) -> Result<Self, OpenError> {
        let contents = storage.read(&path).map_err(OpenError::io(&path, "read"))?;
        let damaged = |reason: String| OpenError::Corruption {
            file: path.clone(),
            segment: number,
            offset: 0,
            group: 0,
            reason,
        };
        let header = SegmentHeader::decode(&contents).map_err(|fault| match fault {
            HeaderFault::Invalid => damaged("the segment's own header is damaged".to_owned()),
            HeaderFault::OtherVersion(found) => {
                OpenError::OtherVersion { file: path.clone(), found, known: FORMAT_VERSION.into() }
            }
        })?;
        if header.number != number {
            return Err(damaged(format!("these are the bytes of segment {}", header.number)));
        }
        if header.bytes != contents.len() as u64 {
            let reason = format!("the file has {} bytes and was made with {}", contents.len(), header.bytes);
            return Err(damaged(reason));
        }
        Ok(Self { path, header, contents })
    }

    /// The header and the first block behind it, enough for [`crate::segment::walk::start_of`]; `None` if they cannot be
    /// read.
    pub(crate) fn peek(storage: &dyn Storage, number: u64) -> Option<Self> {
        let path = path(number);
        let bytes = storage.read_at(&path, 0, 2 * BLOCK_BYTES).ok()?;
        let header = SegmentHeader::decode(&bytes).ok().filter(|header| header.number == number)?;
        Some(Self { path, header, contents: Contents::new(bytes) })
    }

    /// The bytes from `offset` on; none beyond the end.
    pub(crate) fn from(&self, offset: usize) -> &[u8] {
        self.contents.get(offset..).unwrap_or_default()
    }
}

/// How the making of a segment failed.
#[derive(Debug)]
pub(crate) struct MakeError {
    pub(crate) action: &'static str,
    pub(crate) path: String,
    pub(crate) source: io::Error,
}

impl MakeError {
    /// Whether the disk had no room: a fault that passes.
    pub(crate) fn is_no_space(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(self.source.kind(), StorageFull | QuotaExceeded | FileTooLarge)
    }

    /// What an operator does about it.
    pub(crate) fn advice(&self) -> &'static str {
        match Errno::from_io_error(&self.source) {
            Some(Errno::MFILE | Errno::NFILE) => {
                "raise the limit of open files: LimitNOFILE, ulimit -n, fs.file-max"
            }
            Some(Errno::NOMEM) => "the machine has no memory left: stop what else runs on it",
            _ => "see to the disk",
        }
    }

    /// Whether the making was told to stop on the way.
    pub(crate) fn is_giving_up(&self) -> bool {
        self.source.kind() == io::ErrorKind::Interrupted
    }
}

impl std::fmt::Display for MakeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot {} {}: {}", self.action, self.path, self.source)
    }
}

impl From<MakeError> for OpenError {
    fn from(error: MakeError) -> Self {
        Self::Io { path: error.path, action: error.action, source: error.source }
    }
}

/// A segment that is zeroed, durable and named: groups can be written to it.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) file: Box<dyn StorageFile>,
    pub(crate) header: SegmentHeader,
    /// Where the next group goes.
    pub(crate) offset: u64,
}

/// Makes a segment: writes the header, then `copy` (a whole frame, or nothing), then zeros; syncs it, renames it,
/// syncs the name. So a segment has its name only when it is whole. `between` is called between two chunks, when the
/// first of them is synced; its error ends the making.
pub(crate) fn make(
    storage: &dyn Storage,
    header: SegmentHeader,
    copy: &[u8],
    between: &mut dyn FnMut() -> io::Result<()>,
) -> Result<Ready, MakeError> {
    let unfinished = unfinished_path(header.number);
    let made = fill(storage, &unfinished, &header, copy, between).and_then(|file| {
        let name = |action| {
            let path = path(header.number);
            move |source| MakeError { action, path, source }
        };
        storage.rename(&unfinished, &path(header.number)).map_err(name("name"))?;
        storage.sync_dir(DIR).map_err(name("sync the name of"))?;
        Ok(file)
    });
    match made {
        Ok(file) => Ok(Ready { file, header, offset: (BLOCK_BYTES + copy.len()) as u64 }),
        Err(error) => {
            // Frees the room that it took. If that fails too, the next start removes it.
            let _ = storage.remove(&unfinished);
            Err(error)
        }
    }
}

/// Removes what a failed making may have left, so that it takes no room. The removal need not be durable: the next start
/// removes an unfinished segment, and passes over a named one that holds nothing.
pub(crate) fn clear_up(storage: &dyn Storage, number: u64) -> Result<(), MakeError> {
    for path in [unfinished_path(number), path(number)] {
        match storage.remove(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(MakeError { action: "remove", path, source });
            }
            _ => {}
        }
    }
    Ok(())
}

fn fill(
    storage: &dyn Storage,
    path: &str,
    header: &SegmentHeader,
    copy: &[u8],
    between: &mut dyn FnMut() -> io::Result<()>,
) -> Result<Box<dyn StorageFile>, MakeError> {
    let failed = |action| move |source| MakeError { action, path: path.to_owned(), source };
    let mut file = storage.create(path).map_err(failed("create"))?;
    file.write_at(0, &header.encode()).map_err(failed("write the header of"))?;
    let mut offset = BLOCK_BYTES as u64;
    file.write_at(offset, copy).map_err(failed("copy the last group to"))?;
    offset += copy.len() as u64;
    while offset < header.bytes {
        let chunk = (header.bytes - offset).min(ZEROS.len() as u64);
        // The cast holds: a chunk is no longer than the zeros.
        file.write_at(offset, &ZEROS[..chunk as usize]).map_err(failed("zero"))?;
        offset += chunk;
        if offset < header.bytes {
            file.sync().map_err(failed("sync"))?;
            between().map_err(failed("go on with"))?;
        }
    }
    file.sync().map_err(failed("sync"))?;
    Ok(file)
}

/// Overwrites `len` bytes with zeros, durably.
pub(crate) fn zero(storage: &dyn Storage, path: &str, offset: u64, len: u64) -> Result<(), OpenError> {
    let mut file = storage.open(path).map_err(OpenError::io(path, "open"))?;
    let end = offset + len;
    let mut at = offset;
    while at < end {
        let chunk = (end - at).min(ZEROS.len() as u64);
        file.write_at(at, &ZEROS[..chunk as usize]).map_err(OpenError::io(path, "zero the torn end of"))?;
        at += chunk;
    }
    file.sync().map_err(OpenError::io(path, "sync the cut of"))
}

/// The nonce of a segment: random, or from the seed of a simulation.
pub(crate) fn nonce(seed: Option<u64>, number: u64) -> Result<u64, io::Error> {
    let Some(seed) = seed else {
        let mut bytes = [0; 8];
        let got = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
        return if got == bytes.len() {
            Ok(u64::from_le_bytes(bytes))
        } else {
            Err(io::Error::other("the operating system gave too little randomness"))
        };
    };
    // splitmix64: neighbouring numbers give unrelated nonces.
    let mut mixed = seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    Ok(mixed ^ (mixed >> 31))
}
