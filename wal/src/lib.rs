//! The write-ahead log.

mod lsn;
mod storage;

pub use lsn::Lsn;
pub use storage::{
    Contents, DirectoryLock, DiskStorage, Fault, LockError, MemoryStorage, Operation, Storage, StorageFile,
};
