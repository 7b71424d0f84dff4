//! A look at a running server, from which the rows of its figures are read.

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Instant;

use holdfast_engine::{Engine, EngineStats, GroupFigures, System};
use holdfast_net::cluster::View;

use crate::reconcile::Standing;

/// What is known of a running server at one moment.
pub(crate) struct Running {
    pub(in crate::figures) stats: EngineStats,
    engine: Arc<Engine>,
    money: OnceCell<Standing>,
    groups: OnceCell<Vec<GroupFigures>>,
    /// For `INFO` alone.
    pub(in crate::figures) place: Option<Place>,
}

/// Where a server is, and since when.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) started: Instant,
    /// The real one, also if port 0 was asked for.
    pub(crate) port: u16,
    pub(crate) data: String,
    /// What is known of the cluster that it is a node of.
    pub(crate) cluster: Option<View>,
}

impl Running {
    pub(crate) fn look(engine: Arc<Engine>, place: Option<Place>) -> Self {
        Self { stats: engine.stats(), engine, money: OnceCell::new(), groups: OnceCell::new(), place }
    }

    /// The figures of the engine alone. The engine is not held any more.
    pub(crate) fn into_stats(self) -> EngineStats {
        self.stats
    }

    /// What reconciliations say that count. Their executions are locked while they are read, so that is done when a row of them is shown, and once.
    pub(in crate::figures) fn money(&self) -> &Standing {
        self.money.get_or_init(|| Standing::of_engine(&self.engine, self.stats.system.system.as_ref()))
    }

    /// Figures of each consumer group, read when a row of them is shown, and once.
    pub(in crate::figures) fn groups(&self) -> &[GroupFigures] {
        self.groups.get_or_init(|| self.engine.group_figures())
    }

    /// What is known of the cluster; `None`: it is a node of none.
    pub(in crate::figures) fn cluster(&self) -> Option<&View> {
        self.place.as_ref()?.cluster.as_ref()
    }

    /// The same on a node that does not own its shard.
    pub(in crate::figures) fn copied(&self) -> Option<&View> {
        self.cluster().filter(|view| !view.is_owner())
    }

    /// Of what the system event knows; 0 if it has nothing.
    pub(in crate::figures) fn system(&self, read: fn(&System) -> u64) -> u64 {
        self.stats.system.system.as_ref().map_or(0, read)
    }
}
