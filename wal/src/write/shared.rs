//! What the handle of a log, its committer and the maker of its segments share.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::options::Options;
use crate::segment::set::SegmentSet;
use crate::storage::Storage;
use crate::write::durable::Durable;
use crate::write::group_queue::Handover;
use crate::write::pressure::Gauges;

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
    /// Asks the medium how much is free. If it does not answer, the figure from before stays.
    pub(crate) fn look_at_space(&self) {
        if let Ok(free) = self.storage.free_bytes() {
            self.gauges.free_space(free, self.options.reserve_bytes);
        }
    }
}
