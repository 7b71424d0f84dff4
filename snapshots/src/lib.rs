//! Snapshots: the state of each key at some place of the log, in files that are whole or are known not to be.
//!
//! A [`Store`] keeps *entries*, each the opaque state of one key after one record, many of them in one *pack*, and
//! *manifests*, each naming the packs whose entries together are the state of everything at one
//! [`Lsn`](holdfast_wal::Lsn). What a caller may rely on:
//!
//! - A manifest is published after everything that it names is durable, and by one atomic rename: after a
//!   crash the manifest before it or the new one is there, whole.
//! - No byte of an entry or manifest is handed out before every byte of it was checked against its CRC, and
//!   each file is bound to its name and each entry to the manifests that name it. A damaged file is an error
//!   with its path and offset; it never reads as something shorter or older.
//! - Nothing is removed before what replaces it was read back.
//! - A snapshot costs what has changed since, and not what there is.
//!
//! The store does not know what a key or a state means, when a snapshot is due, or what the log still needs. `FORMAT.md`
//! draws the bytes.

mod error;
mod format;
mod limits;
mod names;
mod reader;
mod store;
mod verify;
mod writer;

pub use error::{ManifestFault, ReadError, Reason, WriteError};
pub use format::{Entry, Manifest, Pack, Place};
pub use limits::{CHUNK_BYTES_MAX, CHUNKS_MAX, ENTRIES_MAX, META_BYTES_MAX, NOTE_BYTES_MAX};
pub use reader::{Chunks, EntryReader};
pub use store::{Catalogued, Pruned, Store};
pub use verify::{Verified, VerifiedManifest};
pub use writer::EntryWriter;
