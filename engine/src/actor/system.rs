//! The work of the system event: what the process tells of itself is judged, applied and logged.
//!
//! No thread and no clock of its own. Nobody waits for it: its records become durable with the next group, and as the
//! log is in order, before anything that is acknowledged later. What is to be told while the log takes nothing waits
//! until it does; what goes wrong here costs the system event alone.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use holdfast_wal::{Batch, Lsn};
use parking_lot::Mutex;

use crate::catalogue::Code;
use crate::codec::encode_system;
use crate::fault::Fault;
use crate::journal::append::Journal;
use crate::numbers::{At, EventId};
use crate::restore::checkpoint::Image;
use crate::restore::recovery::RestoredSystem;
use crate::restore::replay::{Replay, ReplayError};
use crate::state::TableSeed;
use crate::system::{
    Asking, AuditChange, ExecutionId, GroupChange, Groups, Judged, Mode, NoticeAsking, NoticeJudged, System,
    SystemChange, SystemRecord, Told, decide_system,
};

/// The system event, for its thread and for all who ask it or look at it. The lock is held for as long as a record takes to
/// be made.
pub(crate) type SharedSystem = Arc<Mutex<SystemCore>>;

/// The system event on duty.
#[derive(Debug)]
pub struct SystemCore {
    state: State,
    journal: Journal,
    /// Its newest record.
    last_lsn: Lsn,
    /// Its records that are in no snapshot, in order.
    newer: VecDeque<Lsn>,
    /// A start, and that the process is ready, as long as the log takes nothing.
    waiting: VecDeque<Told>,
    /// The worst mode while the log took nothing, and since when it did not.
    missed: Option<(Mode, At)>,
    /// The mode that was seen last, and since when.
    seen: (Mode, At),
}

#[derive(Debug)]
enum State {
    /// There is no record yet.
    Unborn,
    Alive(Box<System>),
    /// What is left of it stays as it is; nothing more is recorded.
    OutOfService,
}

impl SystemCore {
    /// The system event as recovery found it.
    #[must_use]
    pub fn recovered(found: RestoredSystem, journal: impl Into<Journal>) -> Self {
        let (state, last_lsn, newer) = match found {
            RestoredSystem::None => (State::Unborn, Lsn::ZERO, VecDeque::new()),
            RestoredSystem::There { system, last_lsn, newer } => {
                (State::Alive(system), last_lsn, newer.into())
            }
            RestoredSystem::Lost(_) => (State::OutOfService, Lsn::ZERO, VecDeque::new()),
        };
        let (waiting, seen) = (VecDeque::new(), (Mode::Normal, At(0)));
        Self { state, journal: journal.into(), last_lsn, newer, waiting, missed: None, seen }
    }

    /// Its state; `None` if it has none yet or is out of service.
    #[must_use]
    pub fn system(&self) -> Option<&System> {
        match &self.state {
            State::Alive(system) => Some(system),
            State::Unborn | State::OutOfService => None,
        }
    }

    /// Whether nothing is recorded any more.
    #[must_use]
    pub const fn is_out_of_service(&self) -> bool {
        matches!(self.state, State::OutOfService)
    }

    /// Its newest record.
    #[must_use]
    pub const fn last_lsn(&self) -> Lsn {
        self.last_lsn
    }

    /// Its records after this one: what a snapshot need not be made for.
    pub(crate) fn records_after(&mut self, lsn: Lsn) -> u64 {
        while self.newer.front().is_some_and(|first| *first <= lsn) {
            self.newer.pop_front();
        }
        self.newer.len() as u64
    }

    /// It as it is in memory, for a snapshot. Its newest record need not be durable yet.
    #[must_use]
    pub fn image(&self) -> Option<Image> {
        Image::of(self.system()?, self.last_lsn)
    }

    /// Why nothing is recorded by this process: it follows.
    pub(crate) fn follows(&self) -> Option<Fault> {
        self.journal.follows()
    }

    /// Makes happen what the process has logged that owned the replicated log. What is in the state already is passed over.
    ///
    /// # Errors
    /// If the record cannot be read, does not fit, or leads to another state than it did there: the system event is out of service then.
    pub(crate) fn take_in(&mut self, lsn: Lsn, record: &[u8]) -> Result<(), ReplayError> {
        let mut replay = match std::mem::replace(&mut self.state, State::OutOfService) {
            State::OutOfService => return Ok(()),
            State::Unborn => Replay::from_nothing(EventId::SYSTEM, TableSeed(0)),
            State::Alive(system) => {
                Replay::from_snapshot(EventId::SYSTEM, *system, self.last_lsn, TableSeed(0))
            }
        };
        replay.record(lsn, record)?;
        if let Some((system, upto)) = replay.finish() {
            self.state = State::Alive(Box::new(system));
            if upto > self.last_lsn {
                self.last_lsn = upto;
                self.newer.push_back(upto);
            }
        }
        Ok(())
    }

    /// Takes a start, that the process is ready, or that it ends. The first two wait while the log takes nothing; an
    /// end is not recorded then, and counts as none.
    pub fn tell(&mut self, told: Told, now: At) {
        self.waiting.push_back(told);
        self.catch_up(now);
    }

    /// A look at the process, about once a second: what it refuses now, and that it is alive.
    pub fn look(&mut self, mode: Mode, now: At) {
        if mode != self.seen.0 {
            self.seen = (mode, now);
        }
        if self.journal.follows().is_some() {
            return;
        }
        if self.journal.takes_nothing() {
            let (worst, since) = self.missed.unwrap_or((mode, now));
            self.missed = Some((worst.max(mode), since));
            return;
        }
        self.catch_up(now);
        if let Some((mode, since)) = self.missed {
            let is_known = self.system().is_some_and(|system| system.run().mode == mode);
            if is_known || self.happen(Told::Mode(mode, since), now) {
                self.missed = None;
            }
        }
        if self.missed.is_none() {
            let (mode, since) = self.seen;
            self.happen(Told::Mode(mode, since), now);
        }
        self.happen(Told::Alive, now);
    }

    fn catch_up(&mut self, now: At) {
        while !self.journal.takes_nothing()
            && let Some(told) = self.waiting.pop_front()
        {
            self.happen(told, now);
        }
    }

    /// Takes what somebody asks about executions, or what the thread of the jobs tells of one. Returns the execution and the place of
    /// the act among its acts; for what the thread tells the place means nothing. It may be told when [`Self::last_lsn`] is durable.
    ///
    /// # Errors
    /// Why it may not happen, or that nothing can be recorded now. Nothing has changed then.
    pub fn ask(&mut self, asking: Asking, now: At) -> Result<(ExecutionId, usize), Fault> {
        let change = match self.judged(Code::JOBS_OUT, |system| system.executions().judge(asking, now))? {
            // A repeat is answered whatever the log takes: it adds nothing.
            Judged::Repeated(id, at) => return Ok((id, at)),
            Judged::Change(change) => SystemChange::Execution(change),
            Judged::Approval(change) => SystemChange::Approval(change),
        };
        let place = self.system().map_or((ExecutionId(0), 0), |system| place(system, &change));
        self.record(Code::JOBS_OUT, change, now)?;
        Ok(place)
    }

    /// Takes what somebody asks about messages for people outside, or what the notifier tells of them. Returns version and time of the
    /// record of it, or of that which the same key has made; `None` if it is no news. It may be told when [`Self::last_lsn`] is durable.
    ///
    /// # Errors
    /// Why it may not happen, or that nothing can be recorded now. Nothing has changed then.
    pub fn notify(&mut self, asking: NoticeAsking, now: At) -> Result<Option<(u64, At)>, Fault> {
        let change = match self.judged(Code::NOTICES_OUT, |system| system.notices().judge(asking, now))? {
            NoticeJudged::Repeated(version, at) => return Ok(Some((version, at))),
            NoticeJudged::Nothing => return Ok(None),
            NoticeJudged::Change(change) => change,
        };
        self.record(Code::NOTICES_OUT, SystemChange::Notice(change), now)?;
        Ok(self.system().map(|system| (system.version(), system.last_at())))
    }

    /// Takes what somebody asks about consumer groups: what `judge` says is to happen is recorded. Returns what `judge` tells, which may be
    /// told when [`Self::last_lsn`] is durable.
    ///
    /// # Errors
    /// Why it may not happen, or that nothing can be recorded now. Nothing has changed then.
    pub fn group<T>(
        &mut self,
        judge: impl FnOnce(&Groups) -> Result<(Option<GroupChange>, T), Fault>,
        now: At,
    ) -> Result<T, Fault> {
        let (change, told) = self.judged(Code::GROUPS_OUT, |system| judge(system.groups()))?;
        if let Some(change) = change {
            self.record(Code::GROUPS_OUT, SystemChange::Group(change), now)?;
        }
        Ok(told)
    }

    /// What is to happen, by the state of a process that goes on.
    fn judged<T>(&mut self, out: Code, judge: impl FnOnce(&System) -> Result<T, Fault>) -> Result<T, Fault> {
        if let Some(fault) = self.journal.follows() {
            return Err(fault);
        }
        let is_up = self.system().is_some_and(|system| system.run().stopped.is_none());
        let judged = self.guarded(|core| Some(judge(core.system()?))).filter(|_| is_up);
        judged.unwrap_or_else(|| Err(Fault::new(out, "the system event is out of service")))
    }

    /// Makes a change happen that somebody waits for.
    fn record(&mut self, out: Code, change: SystemChange, now: At) -> Result<(), Fault> {
        if self.journal.takes_nothing() {
            return Err(Fault::new(out, "the log takes nothing now; retry after 1000 ms"));
        }
        let is_made = self.make(change, now);
        is_made.then_some(()).ok_or_else(|| Fault::new(out, "the system event is out of service"))
    }

    /// Takes what the audit tells. Returns whether there is a record of it: there is none if it is nothing new, if nothing can be
    /// recorded now, or if the run has ended.
    pub(crate) fn audit(&mut self, told: AuditChange, now: At) -> bool {
        let is_up = self.system().is_some_and(|system| system.run().stopped.is_none());
        if !is_up || self.journal.takes_nothing() {
            return false;
        }
        let change = self.guarded(|core| core.system()?.audited().judge(told));
        change.is_some_and(|change| self.make(SystemChange::Audit(change), now))
    }

    /// What was told becomes a record. Returns whether there is one.
    fn happen(&mut self, told: Told, now: At) -> bool {
        if self.is_out_of_service() {
            return false;
        }
        let change = self.guarded(|core| decide_system(core.system(), told, now));
        change.is_some_and(|change| self.make(change, now))
    }

    /// What `judge` says. A panic in it puts the system event out of service.
    fn guarded<T>(&mut self, judge: impl FnOnce(&Self) -> Option<T>) -> Option<T> {
        let judged = catch_unwind(AssertUnwindSafe(|| judge(self)));
        judged.unwrap_or_else(|_| {
            self.breaks();
            None
        })
    }

    /// Makes a change happen and hands the record to the log. A panic, or a log that has failed, puts the system event out of service
    /// until the next start: what it knows may not be what is in the log. Returns whether there is a record.
    fn make(&mut self, change: SystemChange, now: At) -> bool {
        let before = match std::mem::replace(&mut self.state, State::OutOfService) {
            State::OutOfService => return false,
            State::Unborn => None,
            State::Alive(system) => Some(system),
        };
        let Ok(made) = catch_unwind(AssertUnwindSafe(|| after(before, change, now))) else {
            self.breaks();
            return false;
        };
        let Some((system, digest, record)) = made else {
            self.state = State::Unborn;
            return false;
        };
        let mut batch = Batch::new();
        batch.push(|out| encode_system(digest, &record, out));
        let Ok(lsn) = self.journal.append(&mut batch) else { return false };
        self.last_lsn = lsn;
        self.newer.push_back(lsn);
        self.state = State::Alive(system);
        true
    }

    fn breaks(&mut self) {
        tracing::error!(
            code = %Code::SYSTEM_EVENT_OUT,
            "a change of the system event panicked: it is out of service until the next start; sales go on"
        );
        self.state = State::OutOfService;
    }
}

/// What the system event is after a change, its digest, and the record of it; `None` if it would begin with something else than a
/// start.
fn after(
    before: Option<Box<System>>,
    change: SystemChange,
    now: At,
) -> Option<(Box<System>, u64, SystemRecord)> {
    #[cfg(test)]
    assert_ne!(now, tests::BREAKS_AT, "a test wants it so");
    let last = before.as_ref().map_or((0, At(0)), |system| (system.version(), system.last_at()));
    let record = SystemRecord { at: now.max(last.1), version: last.0 + 1, change };
    let system = match before {
        None => Box::new(System::begin(&record)?),
        Some(mut system) => {
            system.apply(&record);
            system
        }
    };
    let digest = system.digest();
    Some((system, digest, record))
}

/// The execution that a change is about, and the place of its act among those of the execution.
fn place(system: &System, change: &SystemChange) -> (ExecutionId, usize) {
    let of = match change {
        SystemChange::Execution(change) => change.of(),
        SystemChange::Approval(change) => change.of(),
        _ => None,
    };
    let acts = |id: ExecutionId| system.executions().get(id).map_or(0, |execution| execution.acts.len());
    of.map_or((ExecutionId(system.version() + 1), 0), |id| (id, acts(id)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use holdfast_testkit::MemoryStorage;
    use holdfast_wal::{Committer, Log, Options, Recovered, Storage};

    use super::*;

    /// What happens then breaks.
    pub(super) const BREAKS_AT: At = At(u64::MAX);

    fn log() -> (Log, Committer) {
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
        let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
        Log::start(storage, recovered, Options::default(), Box::new(|_| {})).unwrap()
    }

    #[test]
    fn what_breaks_is_out_of_service_and_adds_nothing() {
        // Without its committer, the log takes nothing.
        let (log, _committer) = log();
        let mut core = SystemCore::recovered(RestoredSystem::None, log.clone());
        core.look(Mode::DiskLow, At(5));
        assert_eq!(
            (core.last_lsn(), core.image().is_none()),
            (Lsn::ZERO, true),
            "nothing is told before a start"
        );
        core.tell(Told::Start { build: "1".into(), format: 2, last_known_at: At(0) }, At(10));
        core.look(Mode::DiskLow, At(20));
        assert_eq!((core.last_lsn(), log.appended()), (Lsn(2), Lsn(2)));
        assert_eq!([0, 1, 2, 9].map(|lsn| core.records_after(Lsn(lsn))), [2, 1, 0, 0]);
        core.tell(Told::Stop(crate::system::Why::Asked), BREAKS_AT);
        assert!(core.is_out_of_service() && core.system().is_none() && core.image().is_none());
        let asked = core.ask(Asking::Begin(ExecutionId(2)), At(50));
        assert_eq!(asked.unwrap_err().code, Code::JOBS_OUT);
        core.look(Mode::Normal, At(1_000_000));
        core.tell(Told::Start { build: "1".into(), format: 2, last_known_at: At(0) }, At(1_000_000));
        assert_eq!(log.appended(), Lsn(2));
    }
}
