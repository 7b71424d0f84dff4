//! The job `scrub-log`, on a node of a cluster: all copies of the replicated log are compared with what the node has.

use std::sync::Arc;

use holdfast_engine::{Cluster, Code, Engine, Fault, Millis, OpenCopies, Task};
use holdfast_jetstream::Desk;
use holdfast_replica::Copies;
use holdfast_wal::Storage;

use crate::commands::cluster;
use crate::settings::Settings;

/// The job, and when it runs by itself; without a node there is none.
pub(super) fn add_job(
    node: Option<&Cluster>,
    engine: &Engine,
    storage: &Arc<dyn Storage>,
    settings: &Settings,
) {
    let Some(node) = node else { return };
    let of = settings.cluster.clone();
    let open: OpenCopies = Box::new(move |goes_on| {
        let failed = |why: String| Fault::new(Code::JOB_FAILED, why);
        let (access, name) = cluster::way(&of).map_err(|failure| failed(failure.to_string()))?;
        let copies = Desk::open(access, name).and_then(|desk| desk.side_by_side(goes_on));
        let copies = copies.map_err(|error| failed(error.to_string()))?;
        Ok(copies.map(|copies| Box::new(copies) as Box<dyn Copies>))
    });
    engine.jobs().add(node.scrubbing(storage, open));
    let task = Task { job: "scrub-log".into(), arguments: Box::default() };
    engine.jobs().schedule(task, Millis(settings.cluster.scrub_every.as_millis()));
}
