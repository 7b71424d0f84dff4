//! The thread that tells the system event what becomes of the process: its start, what it refuses, that it is alive,
//! its end.
//!
//! It asks the log and the memory what they refuse, and nobody asks it: no sale and no start ever waits for it.
//! Others look at the system event between two of its looks.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::actor::SharedSystem;
use crate::clock::Clock;
use crate::front::router::Router;
use crate::journal::admission::{Trouble, Troubles};
use crate::journal::append::Journal;
use crate::journal::memory::MemoryGauge;
use crate::journal::rush::Rush;
use crate::life::condition::Condition;
use crate::life::watch::Watch;
use crate::numbers::At;
use crate::pulse::Watched;
use crate::system::{ApprovalFigures, Executions, JobFigures, Mode, Outage, State, System, Told, Why};

/// It does next to nothing: a small stack is enough, as stacks count against some limits.
const STACK_BYTES: usize = 256 * 1024;
/// Between two looks. A mode that is over sooner may be missed.
const EVERY: Duration = Duration::from_secs(1);

/// The mode that each trouble of the whole process is.
const MODES: [(Trouble, Mode); 10] = [
    (Trouble::DiskSlow, Mode::DiskSlow),
    (Trouble::QuorumSlow, Mode::QuorumSlow),
    (Trouble::DiskLow, Mode::DiskLow),
    (Trouble::MemoryLow, Mode::MemoryLow),
    (Trouble::MemoryFull, Mode::MemoryFull),
    (Trouble::LogBehind, Mode::LogBehind),
    (Trouble::QuorumAway, Mode::QuorumAway),
    (Trouble::DiskStalled, Mode::DiskStalled),
    (Trouble::NoSegment, Mode::NoSegment),
    (Trouble::DiskFull, Mode::DiskFull),
];

/// The thread, and what it looks at.
pub(crate) struct SystemWatch {
    eye: Arc<Eye>,
    watch: Watch,
}

struct Eye {
    core: SharedSystem,
    journal: Journal,
    memory: Arc<MemoryGauge>,
    rush: Arc<Rush>,
    clock: Arc<dyn Clock>,
    since: At,
    phase: AtomicU8,
    seen: Mutex<Seen>,
}

/// How far the process is.
const RECOVERING: u8 = 0;
const RUNNING: u8 = 1;
const STOPPING: u8 = 2;

/// The condition as it was seen last.
struct Seen {
    condition: Condition,
    since: At,
    /// The one that the log of the process has.
    logged: Condition,
}

/// What the system event knows, for operators.
#[derive(Clone, Debug)]
pub struct SystemStats {
    /// Whether anything is recorded.
    pub in_service: bool,
    /// Its state, without executions; `None` if it has none.
    pub system: Option<System>,
    /// How many executions that are known are in each state, in the order of [`State::WORDS`].
    pub executions: [u64; State::WORDS.len()],
    /// How the jobs did.
    pub jobs: Vec<JobFigures>,
    /// How the consents stand that executions need.
    pub approvals: ApprovalFigures,
    /// What the process does or refuses now, whether that is recorded or not.
    pub condition: Condition,
    /// Since when, as far as it was seen.
    pub condition_since: At,
}

impl SystemStats {
    /// The newest time without a process that was ready.
    #[must_use]
    pub fn last_outage(&self) -> Option<Outage> {
        self.system.as_ref()?.outages().back().copied()
    }
}

impl SystemWatch {
    /// Tells that the process has the directory, and starts the thread. `last_known_at` is the time of the newest
    /// record of all sales.
    pub(crate) fn start(
        core: SharedSystem,
        router: &Router,
        clock: Arc<dyn Clock>,
        last_known_at: Option<At>,
    ) -> io::Result<Self> {
        let journal = router.journal().clone();
        let journal_is_own = journal.follows().is_none();
        let (memory, rush) = (Arc::clone(router.memory()), Arc::clone(router.rush()));
        let last_known_at = last_known_at.unwrap_or_default();
        let since = clock.now();
        let seen = Seen { condition: Condition::Recovering, since, logged: Condition::Recovering };
        let phase = AtomicU8::new(RECOVERING);
        let eye = Arc::new(Eye { core, journal, memory, rush, clock, since, phase, seen: Mutex::new(seen) });
        // One that follows starts when it takes over.
        if journal_is_own {
            eye.start(last_known_at);
        }
        let own = Arc::clone(&eye);
        let look = move || {
            own.look();
            EVERY
        };
        let watch = Watch::start("system", STACK_BYTES, EVERY, look)?;
        Ok(Self { eye, watch })
    }

    /// Tells that the process takes connections, with so many events. Waits for nothing: what is acknowledged from
    /// now on stands behind it in the log.
    pub(crate) fn ready(&self, events: usize) {
        if self.eye.journal.follows().is_none() {
            self.eye.ready(events);
        }
        self.eye.is_in(RUNNING);
    }

    /// What is to be told when this node takes over, with how many events there are. The books of the process that has sold before say until when
    /// it did.
    pub(crate) fn takes_over(&self) -> impl FnOnce(usize) + Send + 'static {
        let eye = Arc::clone(&self.eye);
        move |events| {
            eye.start(At(0));
            eye.ready(events);
        }
    }

    /// Tells that the process was asked to end.
    pub(crate) fn stopping(&self) {
        self.eye.is_in(STOPPING);
    }

    pub(crate) const fn watched(&self) -> &Watched {
        self.watch.watched()
    }

    pub(crate) fn is_overloaded(&self) -> bool {
        self.eye.rush.is_on(self.eye.clock.now())
    }

    /// What the process refuses now, whether it is recorded or not.
    pub(crate) fn mode(&self) -> Mode {
        self.eye.mode()
    }

    pub(crate) fn stats(&self) -> SystemStats {
        let (condition, condition_since) = self.eye.condition();
        let core = self.eye.core.lock();
        let (in_service, system) = (!core.is_out_of_service(), core.system().map(System::without_executions));
        let executions = core.system().map(|system| system.executions().by_state()).unwrap_or_default();
        let jobs = core.system().map(|system| system.executions().of_jobs()).unwrap_or_default();
        let approvals =
            core.system().map(|system| system.executions().approval_figures()).unwrap_or_default();
        SystemStats { in_service, system, executions, jobs, approvals, condition, condition_since }
    }

    /// Reads what is known of executions; `None` if the system event is out of service.
    pub(crate) fn read_executions<T>(&self, read: impl FnOnce(&Executions) -> T) -> Option<T> {
        let core = self.eye.core.lock();
        core.system().map(|system| read(system.executions()))
    }

    /// What the process does or refuses now.
    pub(crate) fn condition(&self) -> Condition {
        self.eye.condition().0
    }

    /// Ends the thread, and tells that the process ends. The log must still take records.
    pub(crate) fn stop(self, why: Why) {
        self.watch.stop();
        self.eye.look();
        self.eye.tell(Told::Stop(why));
    }
}

impl Eye {
    fn start(&self, last_known_at: At) {
        let build = env!("CARGO_PKG_VERSION").into();
        self.tell(Told::Start { build, format: crate::codec::IDENTITY_FORMAT, last_known_at });
    }

    fn ready(&self, events: usize) {
        let took = self.clock.now().since(self.since);
        self.tell(Told::Ready { events: events as u32, took });
    }

    fn tell(&self, told: Told) {
        self.core.lock().tell(told, self.clock.now());
    }

    fn look(&self) {
        self.core.lock().look(self.mode(), self.clock.now());
        self.log_change();
    }

    fn mode(&self) -> Mode {
        let worst = mode_of(self.journal.troubles().and_of(&self.memory));
        if self.rush.is_on(self.clock.now()) { worst.max(Mode::Overload) } else { worst }
    }

    fn is_in(&self, phase: u8) {
        self.phase.store(phase, Ordering::Relaxed);
        self.log_change();
    }

    /// What is so now, and since when.
    fn condition(&self) -> (Condition, At) {
        let condition = match self.phase.load(Ordering::Relaxed) {
            RECOVERING => Condition::Recovering,
            RUNNING if self.journal.follows().is_some() => Condition::Following,
            RUNNING => Condition::Running(self.mode()),
            _ => Condition::Stopping,
        };
        let mut seen = self.seen.lock();
        if seen.condition != condition {
            (seen.condition, seen.since) = (condition, self.clock.now());
        }
        (condition, seen.since)
    }

    /// Says in the log of the process what has become of the condition. Called at looks alone, so that whoever asks a thousand times
    /// a second makes no thousand lines.
    fn log_change(&self) {
        let (condition, _) = self.condition();
        let before = std::mem::replace(&mut self.seen.lock().logged, condition);
        if before == condition {
            return;
        }
        let (mode, before) = (condition.word(), before.word());
        match condition {
            Condition::Running(Mode::Normal)
            | Condition::Following
            | Condition::Recovering
            | Condition::Stopping => {
                tracing::info!(mode, before, "the mode of the server");
            }
            Condition::Running(_) => {
                tracing::warn!(mode, before, "the mode of the server: something is refused");
            }
        }
    }
}

/// The worst mode that one of the troubles is.
fn mode_of(troubles: Troubles) -> Mode {
    let there = MODES.into_iter().filter(|(trouble, _)| troubles.has(*trouble));
    there.map(|(_, mode)| mode).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_but_the_normal_one_comes_of_a_trouble_and_the_worst_is_told() {
        let mut troubles = Troubles::default();
        assert_eq!(mode_of(troubles), Mode::Normal);
        for (at, (trouble, mode)) in MODES.into_iter().enumerate() {
            assert_eq!(mode, Mode::ALL[at + 2], "behind the normal one and the overload");
            assert_eq!(mode_of(Troubles::default().with(trouble, true)), mode);
            troubles = troubles.with(trouble, true);
            assert_eq!(mode_of(troubles), mode);
        }
    }
}
