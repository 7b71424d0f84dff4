//! What a node shows of itself, and the way between it and its engine. The node itself is in `cluster`.

mod meter;
mod outcome;
mod view;

use crate::journal::append::Quorum;

pub(crate) use meter::Told;
pub use meter::{ClusterMeasures, LogCopy, LogSeen};
pub use outcome::{Over, Standing};
pub use view::{ClusterFigures, ClusterRole, ClusterStats, ClusterView};

/// The way between a node and its engine, and what the node shows; cheap to clone.
#[derive(Clone, Debug)]
pub struct NodeWay {
    pub(crate) quorum: Quorum,
    pub(crate) view: ClusterView,
}
