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
mod committer;
mod durable;
mod error;
mod format;
mod handover;
mod inspect;
mod kept;
mod limits;
mod log;
mod lsn;
mod maker;
mod options;
mod pressure;
mod reader;
mod recovery;
mod repair;
mod segment;
mod segment_reader;
mod segment_set;
mod shared;
mod storage;
mod sync;
mod walk;

pub use batch::Batch;
pub use committer::{Committer, Step};
pub use durable::{Durability, OnDurable};
pub use error::{OpenError, Poisoned, ReadError};
pub use format::FORMAT_VERSION;
pub use inspect::{MADE_AFTER_LOSS, Seen, SeenGroup, inspect};
pub use kept::KeptSegment;
pub use log::Log;
pub use lsn::Lsn;
pub use options::Options;
pub use pressure::{Pressure, Stats};
pub use reader::{Group, SealedLog};
pub use recovery::{Recovered, Tail, Witness};
pub use repair::{LOSSES_FILE, Loss, RepairError, Repaired, accept_loss_from};
pub use segment_reader::{Chunk, SegmentReader};
pub use segment_set::Released;
pub use storage::{Contents, DirectoryLock, DiskStorage, LockError, Storage, StorageFile};
