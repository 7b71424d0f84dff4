//! What `holdfast` can do, a file a command.

pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod chaos;
pub(crate) mod checklist;
pub(crate) mod cluster;
pub(crate) mod data;
pub(crate) mod explain;
pub(crate) mod kpi;
pub(crate) mod load;
pub(crate) mod look;
pub(crate) mod offline;
pub(crate) mod ops;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod probe;
pub(crate) mod reconcile;
pub(crate) mod serve;
pub(crate) mod snapshot;
pub(crate) mod status;
pub(crate) mod token;
mod told;
pub(crate) mod top;
pub(crate) mod wal;
