//! What the handle of a log, its committer and the maker of its segments have in common.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::options::Options;
use crate::segment::set::SegmentSet;
use crate::storage::Storage;
use crate::write::durable::Durable;
use crate::write::group_queue::Handover;
use crate::write::pressure::Gauges;

/// What handle, committer and maker share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) options: Options,
    pub(crate) handover: Handover,
    pub(crate) durable: Durable,
    pub(crate) gauges: Gauges,
    pub(crate) segments: Mutex<SegmentSet>,
}

impl Shared {
    /// A medium that does not say how much is free is taken as it was.
    pub(crate) fn look_at_space(&self) {
        if let Ok(free) = self.storage.free_bytes() {
            self.gauges.free_space(free, self.options.reserve_bytes);
        }
    }
}
