//! The write-ahead log: records in, durable records out, in one order.
//!
//! A record is opaque bytes; its place in the one order is its [`Lsn`]. Appending never waits for the disk: the
//! [`Committer`] writes what was appended meanwhile as one group, syncs it, and tells how far the log is durable. Records
//! that were told to be durable are there after any crash; of the others, each batch is there as a whole or not at all. A
//! log that holds less than it acknowledged is refused, never opened silently.
//!
//! Opening takes two steps: [`Recovered::scan`] reads and judges and changes nothing; [`Log::start`] goes on after what
//! was found, in a fresh segment. `FORMAT.md` has the bytes, the rules of recovery and what is assumed of the disk.

mod batch;
mod error;
mod format;
mod limits;
mod log;
mod lsn;
mod options;
mod read;
mod recover;
mod segment;
mod storage;
mod sync;
mod write;

pub use batch::{Batch, holds_exactly};
pub use error::{OpenError, Poisoned, ReadError};
pub use format::FORMAT_VERSION;
pub use log::Log;
pub use lsn::Lsn;
pub use options::Options;
pub use read::inspect::{MADE_AFTER_LOSS, Seen, SeenGroup, inspect};
pub use read::live::{Chunk, SegmentReader};
pub use recover::recovery::Recovered;
pub use recover::repair::{LOSSES_FILE, Loss, RepairError, Repaired, accept_loss_from};
pub use recover::shorten::{ShortenError, shorten};
pub use recover::tail::{Tail, Witness};
pub use segment::mapped::{Group, SealedLog};
pub use segment::set::{KeptAs, KeptSegment, Released};
pub use storage::{Contents, DirectoryLock, DiskStorage, LockError, Storage, StorageFile, put_file};
pub use write::committer::{Committer, Step};
pub use write::durable::{Durability, OnDurable};
pub use write::histogram::{Histogram, Spread};
pub use write::pressure::{GroupStats, Pressure, Stats};
