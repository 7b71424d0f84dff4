//! The write-ahead log.

mod lsn;

pub use lsn::Lsn;
