//! The write-ahead log: records in, durable records out, in one order.
//!
//! A record is opaque bytes; its place in the one order is its [`Lsn`]. Whoever appends never waits for the disk; the
//! [`Committer`] writes what was appended meanwhile as one group, syncs it, and tells. What was told to be durable is
//! there after any crash; what was not is there as whole batches or not at all. A log that holds less than it
//! acknowledged is refused, never opened silently.
//!
//! Opening is two steps: [`Recovered::scan`] reads and judges and changes nothing; [`Log::start`] goes on after it in
//! a fresh segment. The bytes, the rules of recovery and what is assumed of the disk are in `FORMAT.md`.

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

pub use batch::Batch;
pub use error::{OpenError, Poisoned, ReadError};
pub use format::FORMAT_VERSION;
pub use log::Log;
pub use lsn::Lsn;
pub use options::Options;
pub use read::inspect::{MADE_AFTER_LOSS, Seen, SeenGroup, inspect};
pub use read::live::{Chunk, SegmentReader};
pub use recover::recovery::{Recovered, Tail, Witness};
pub use recover::repair::{LOSSES_FILE, Loss, RepairError, Repaired, accept_loss_from};
pub use segment::mapped::{Group, SealedLog};
pub use segment::set::{KeptSegment, Released};
pub use storage::{Contents, DirectoryLock, DiskStorage, LockError, Storage, StorageFile};
pub use write::committer::{Committer, Step};
pub use write::durable::{Durability, OnDurable};
pub use write::pressure::{Pressure, Stats};
