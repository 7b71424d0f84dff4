//! What the engine hands to others: the committer's callback, and a look at all events for the background.

use std::sync::Arc;
use std::time::Duration;

use holdfast_wal::{Durability, Storage};

use super::told::tell_probe;
use super::{OnFailure, OpenError, branch};
use crate::actor::SharedSystem;
use crate::audit::Beside;
use crate::front::router::Router;
use crate::journal::acknowledged::Acknowledged;
use crate::life::follow::{From, Intake};
use crate::life::sync_probe::SyncProbe;
use crate::life::system_watch::SystemWatch;
use crate::node::NodeWay;
use crate::numbers::EventId;
use crate::restore::checkpoint::{Image, Memory};
use crate::restore::recovery::RecoveryReport;
use crate::system::Branch;

/// The events as their actors have them, and the system event, for the background.
pub(super) struct Memories {
    router: Router,
    system: SharedSystem,
}

impl Memories {
    pub(super) fn boxed(router: &Router, system: &SharedSystem) -> Box<dyn Memory + Send> {
        Box::new(Self { router: router.clone(), system: Arc::clone(system) })
    }
}

impl Memory for Memories {
    /// The system event is among them only if it is there: out of service, it keeps no sale from being saved.
    fn events(&self) -> Option<Vec<EventId>> {
        let system = self.system.lock().system().map(|_| EventId::SYSTEM);
        Some(system.into_iter().chain(self.router.directory().created()?).collect())
    }

    fn image(&self, event: EventId) -> Option<Image> {
        /// An actor answers within one turn of its thread; a large event takes a second.
        const PATIENCE: Duration = Duration::from_secs(60);
        if event == EventId::SYSTEM {
            return self.system.lock().image();
        }
        self.router.directory().numbered(event)?.portrait(PATIENCE)
    }
}

/// The callback of the committer, after each group and when the log has failed.
pub(super) fn told(
    acknowledged: &Arc<Acknowledged>,
    node: Option<&NodeWay>,
    on_failure: OnFailure,
) -> holdfast_wal::OnDurable {
    let (acknowledged, quorum) = (Arc::clone(acknowledged), node.map(|node| node.quorum.clone()));
    Box::new(move |told| match told {
        Durability::Upto(lsn) => {
            acknowledged.advance(lsn);
            if let Some(quorum) = &quorum {
                quorum.is_durable();
            }
        }
        Durability::Failed(poisoned) => on_failure(&poisoned),
    })
}

/// How long the disk takes to sync.
pub(super) fn probe(storage: &Arc<dyn Storage>) -> Result<Option<SyncProbe>, OpenError> {
    SyncProbe::run(&**storage).map_err(OpenError::Disk).inspect(|probe| tell_probe(*probe))
}

/// Where a node notes how far its audit is.
pub(super) fn beside(
    node: Option<&NodeWay>,
    storage: &Arc<dyn Storage>,
) -> Result<Option<Beside>, OpenError> {
    node.map(|_| Beside::open(Arc::clone(storage))).transpose().map_err(OpenError::Disk)
}

/// What follows from the beginning: at once, or when the node takes over.
pub(super) fn begins(
    node: Option<&NodeWay>,
    report: &RecoveryReport,
    (router, core): (&Router, &SharedSystem),
    (branch, system): (Branch, &SystemWatch),
) -> Result<Option<Intake>, OpenError> {
    let Some(node) = node else {
        return branch::begin(branch, router, core).map(|()| None).map_err(OpenError::Disk);
    };
    let from = From { upto: report.last_lsn, lost: report.lost.iter().map(|lost| lost.id).collect() };
    let begins = branch::beginning(branch, router, core, system);
    Intake::start(node, from, router, core, begins).map(Some).map_err(OpenError::Thread)
}
