//! Every number that bounds the log, with its reason; their relations are proved when the crate is compiled.

use std::time::Duration;

/// Where groups may start, bytes: the largest unit that file systems and disks rewrite as a whole. A page that
/// holds acknowledged bytes is never written again.
pub(crate) const BLOCK_BYTES: usize = 4096;

/// The smallest unit that a disk writes whole or not at all, bytes.
pub(crate) const SECTOR_BYTES: usize = 512;

/// Smallest segment, bytes: a header, a group, the room for a seal, and some use.
pub(crate) const SEGMENT_BYTES_MIN: u64 = 16 * BLOCK_BYTES as u64;

/// Usual segment, bytes: it is zeroed in a tenth of a second, and a log has few enough of them to list.
pub(crate) const SEGMENT_BYTES_DEFAULT: u64 = 64 << 20;

/// Largest segment, bytes: a group's length has to fit 32 bits, and a segment is mapped as a whole.
pub(crate) const SEGMENT_BYTES_MAX: u64 = 1 << 31;

/// Usual bound on the records of one group, bytes: a slow disk writes them in some 10 ms.
pub(crate) const GROUP_BYTES_MAX_DEFAULT: usize = 4 << 20;

/// Usual free space below which new work should be refused, bytes: four segments.
pub(crate) const RESERVE_BYTES_DEFAULT: u64 = 256 << 20;

/// Usual time that the write and the sync of a group may take before the disk counts as slow.
pub(crate) const SLOW_SYNC_DEFAULT: Duration = Duration::from_millis(250);

/// Usual time between the last group and the empty group that proves it durable.
pub(crate) const IDLE_DEFAULT: Duration = Duration::from_millis(10);

/// How long an idle disk counts as slow after a slow group.
pub(crate) const SLOW_REMEMBERED: Duration = Duration::from_secs(1);

/// While there is no room for the next segment, the last 1/8 of the running one takes nothing new: 8 MiB of the usual
/// size, far more than is in flight at any time.
pub(crate) const KEPT_OF_LAST_SEGMENT: u64 = 8;

/// The disk counts as stalled when a group waits longer for it: nothing is taken on that would wait for it too.
pub(crate) const STALLED: Duration = Duration::from_secs(1);

/// How often the free space is looked at while it is low and nothing is written.
pub(crate) const SPACE_POLL: Duration = Duration::from_millis(200);

/// The longest pause between two failed tries to make the next segment: a disk that is well again is noticed soon, and a
/// disk that goes on failing is left alone most of the time.
pub(crate) const MAKE_AGAIN_MAX: Duration = Duration::from_secs(5);

/// How many groups are written between two looks at the free space.
pub(crate) const GROUPS_PER_SPACE_CHECK: u64 = 64;

/// Where log is kept by its bytes, a sealed segment counts for at least 1/64 of its length: 1 MiB of the usual size,
/// so that the feeds' 2 GiB are no more than some 2,000 files, each of which is looked at when the log is opened.
pub(crate) const SEGMENT_COUNTS_FOR: u64 = 64;

/// The committer is woken in the middle of a thread's round when this many records wait: they are worth a sync.
pub(crate) const LATER_RECORDS_MAX: u32 = 512;

/// A thread writes its lone record itself only while groups take no longer than this to be written and synced: the thread
/// does nothing else meanwhile.
pub(crate) const FAST_GROUP: Duration = Duration::from_millis(1);

/// A thread writes its lone record itself only after this many groups in a row that took no longer than [`FAST_GROUP`].
pub(crate) const FAST_GROUPS_MIN: u64 = 16;

/// A segment is made ready in chunks of this length, bytes, each zeroed and synced: a commit waits behind one at most.
pub(crate) const PREPARE_CHUNK_BYTES: usize = 1 << 20;

/// The pause between two chunks of [`PREPARE_CHUNK_BYTES`], so that commits find the disk free.
pub(crate) const PREPARE_PAUSE: Duration = Duration::from_millis(2);

/// Records of a thinned segment that are written as one group, bytes: little to read again when one of them is wanted.
pub(crate) const THINNED_GROUP_BYTES: usize = 64 << 10;

/// Bytes of a segment that are read at once when it is thinned.
pub(crate) const THINNED_READ_BYTES: usize = 256 << 10;

/// A thinned segment of no more than 1/8 of a usual one is written once more with the next: so there are few files, and no
/// segment costs more than this in writing twice.
pub(crate) const THINNED_JOINS_UPTO: u64 = 8;

/// Memory that an emptied batch keeps for the next records, bytes: a long run of commands. There are as many batches as there
/// are events.
pub(crate) const BATCH_BYTES_KEPT: usize = 1 << 20;

/// Buffers kept for reuse: one fills, one is being written, one is spare.
pub(crate) const SPARE_BUFFERS: usize = 2;

const _: () = {
    assert!(BLOCK_BYTES.is_multiple_of(SECTOR_BYTES));
    assert!(SEGMENT_BYTES_MIN <= SEGMENT_BYTES_DEFAULT);
    assert!(SEGMENT_BYTES_DEFAULT <= SEGMENT_BYTES_MAX);
    assert!(SEGMENT_BYTES_MAX <= u32::MAX as u64);
    assert!(SEGMENT_BYTES_MIN.is_multiple_of(BLOCK_BYTES as u64));
    assert!(SEGMENT_BYTES_DEFAULT.is_multiple_of(BLOCK_BYTES as u64));
    assert!((GROUP_BYTES_MAX_DEFAULT as u64) < SEGMENT_BYTES_DEFAULT);
    assert!(SEGMENT_BYTES_DEFAULT <= RESERVE_BYTES_DEFAULT);
    assert!(PREPARE_CHUNK_BYTES.is_multiple_of(BLOCK_BYTES));
    assert!(IDLE_DEFAULT.as_millis() < SLOW_SYNC_DEFAULT.as_millis());
};
