//! What is in the directory at a start, before anything writes to it.

use std::sync::Arc;
use std::thread;

use holdfast_snapshots::Store;
use holdfast_wal::{Recovered, Storage};

use super::told::{tell, tell_log};
use super::{Config, OpenError};
use crate::clock::{Clock, SystemClock};
use crate::codec::Secret;
use crate::journal::memory::MemoryGauge;
use crate::life::identity::Identity;
use crate::numbers::{At, Millis};
use crate::restore::progress::Progress;
use crate::restore::recovery::{Recovery, Snapshots, Sources, recover_watched};

/// All of it, brought back.
pub(super) struct There {
    pub(super) identity: Identity,
    pub(super) secret: Secret,
    pub(super) store: Arc<Store>,
    pub(super) snapshots: Snapshots,
    pub(super) recovered: Recovered,
    pub(super) recovery: Recovery,
    /// The newest record of a sale.
    pub(super) newest_at: Option<At>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) memory: Arc<MemoryGauge>,
}

impl There {
    /// Brings back what the directory has, and makes it one if it is empty.
    ///
    /// # Errors
    /// As those of [`super::Engine::open`].
    pub(super) fn found(
        storage: &Arc<dyn Storage>,
        config: &Config,
        fresh: [u8; 32],
        progress: &Progress,
    ) -> Result<Self, OpenError> {
        let identity = Identity::open(storage, fresh)?;
        let secret = Secret::new(&identity.secret);
        let store = Arc::new(Store::open(Arc::clone(storage))?);
        let snapshots = Snapshots::find(&store)?;
        let mut recovered = Recovered::scan(storage, snapshots.replay_from(), snapshots.witness())?;
        tell_log(&recovered);
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let (memory, seed) = (Arc::new(MemoryGauge::new(config.memory.clone())), secret.tables());
        memory.snapshot_is_at(snapshots.newest());
        let sources = Sources { storage, store: &store, snapshots: &snapshots, log: &recovered };
        let recovery = recover_watched(sources, &memory, seed, workers, progress)?;
        if let Some(lost) = recovery.report.lost.first().filter(|_| config.all_or_nothing) {
            return Err(OpenError::Lost(lost.clone()));
        }
        tell(&recovery.report, &recovery.system);
        let newest_at = recovery.newest_at();
        let clock = clock_after(newest_at, recovery.system.alive_at(), config.clock_ahead)?;
        recovery.let_go(&store, &snapshots, &mut recovered);
        Ok(Self { identity, secret, store, snapshots, recovered, recovery, newest_at, clock, memory })
    }
}

/// A clock that is never before the newest record of a sale, at `newest_at`, even if the wall clock was set back
/// since. A log without sales allows any time. That a process was `alive_at` a time shows that the clock was right to
/// go so far.
///
/// The wall clock is read only here, and the clock goes on by itself. So this is the one place where a wrong time
/// could come in.
fn clock_after(
    newest_at: Option<At>,
    alive_at: At,
    allowed: Millis<u64>,
) -> Result<Arc<dyn Clock>, OpenError> {
    const JUMP: Millis<u64> = Millis(60_000);
    let clock = SystemClock::start(newest_at.unwrap_or_default());
    let wall_at = clock.wall_at();
    let known_at = newest_at.map(|newest_at| newest_at.max(alive_at));
    match (newest_at, known_at) {
        (_, Some(newest_at)) if wall_at.since(newest_at) > allowed => {
            return Err(OpenError::ClockAhead { wall_at, newest_at, allowed });
        }
        (Some(newest_at), _) if newest_at.since(wall_at) > JUMP => {
            let behind_ms = newest_at.since(wall_at).0;
            tracing::warn!(behind_ms, "the wall clock is behind the log; deadlines go by the log's time");
        }
        _ => {}
    }
    Ok(Arc::new(clock))
}
