//! What the engine hands to others: the committer's callback, and a look at all events for the background.

use std::sync::Arc;
use std::time::Duration;

use holdfast_wal::Durability;

use super::OnFailure;
use crate::actor::SharedSystem;
use crate::front::router::Router;
use crate::journal::acknowledged::Acknowledged;
use crate::journal::append::Quorum;
use crate::numbers::EventId;
use crate::restore::checkpoint::{Image, Memory};

/// The events as their actors have them, and the system event, for the background.
pub(super) struct Memories {
    pub(super) router: Router,
    pub(super) system: SharedSystem,
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
    quorum: Option<&Quorum>,
    on_failure: OnFailure,
) -> holdfast_wal::OnDurable {
    let (acknowledged, quorum) = (Arc::clone(acknowledged), quorum.cloned());
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
