//! Copies of a data directory, made while the server sells, and back.
//!
//! A backup is the newest set of snapshots with the files that it names, all of the log that is sealed, and the identity of the
//! directory. None of these files ever changes, so a backup is copying: the files are opened first, all of them, and stay readable
//! whatever is removed meanwhile. A manifest with the length and the SHA-256 of each file is written last: a backup without it is none.
//!
//! A target is a directory ([`Storage`]): `NAME.json` is the manifest of a backup, `NAME/` has its files under their paths in the data
//! directory. `NAME.json.new` says that a backup is being made, or that one was given up: what belongs to it is removed by the next one.

mod archive;
mod audited;
mod catalogue;
mod check;
mod copy;
mod drill;
mod error;
mod jobs;
mod manifest;
mod reseed;
mod restore;
mod take;

use std::sync::Arc;

use holdfast_engine::Interrupted;
use holdfast_wal::Storage;

pub use archive::{ArchivePolicy, Archived, Archiver, Lines};
pub use catalogue::{list, prune};
pub use check::check;
pub use drill::{Drilled, drill};
pub use error::BackupError;
pub use jobs::{Backup, BackupVerify, Drill, Make, Open, Place, Scratch};
pub use manifest::{FileOf, Manifest};
pub use reseed::{PIECE_BYTES, Shelf, reseed};
pub use restore::{Done, MISSING_FILE, Missing, MissingOfEvent, Upto, Wanted, restore};
pub use take::{Source, take};

/// How far something is, in bytes: done, and of how much. It may say that it is to end.
pub type Step<'a> = dyn FnMut(u64, u64) -> Result<(), Interrupted> + 'a;

/// A directory, or what stands for one.
pub type Directory = Arc<dyn Storage>;
