//! Looks at the parts of the server and at its threads once a second, so that a change has its time also if nobody asks.

use std::sync::Arc;

use tokio::time::{MissedTickBehavior, interval};

use crate::limits;
use crate::shared::Shared;

/// Looks until the runtime ends.
pub(crate) async fn watch(shared: Arc<Shared>) {
    let mut ticks = interval(limits::LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        shared.health.keep(&shared.stage);
        shared.liveness.look(shared.stage.beats());
    }
}
