//! The work of an event's actor: judge, apply, log, answer. No threads, no mailbox, no clock of its own.
//!
//! Changes are applied in memory before they are in the log, but no answer leaves before they are durable there: a crash
//! undoes only what no client has heard of.

use std::cell::Cell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use holdfast_wal::{Batch, Lsn};

use super::birth::Birth;
use super::terms::{Policy, Stage, State, out_of_service};
use crate::catalogue::Code;
use crate::codec::{encode_creation, encode_record};
use crate::exchange::inbox::REPLIES;
use crate::exchange::reply::{About, Replies, Shown};
use crate::exchange::run::COMMANDS;
use crate::exchange::spare;
use crate::fault::Fault;
use crate::journal::admission::{Trouble, Troubles};
use crate::journal::append::Journal;
use crate::journal::budgets::{Budgets, Share};
use crate::journal::census::Counted;
use crate::journal::memory::MemoryGauge;
use crate::limits;
use crate::numbers::{At, EventId};
use crate::restore::checkpoint::Image;
use crate::state::{
    Change, Class, Command, Event, EventStatus, Key, Needs, Origin, Record, Reply, TableSeed, Write, decide,
};

mod following;
mod forget;

pub(crate) use following::Records;
use following::view;

thread_local! {
    /// The memory for records of whichever event of this thread judges a run: it stays in the processor's caches.
    static BATCH: Cell<Batch> = const { Cell::new(Batch::new()) };
}

/// An event on duty.
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// use holdfast_engine::{
///     Account, Answer, At, Birth, Command, Created, EventCore, EventId, EventSpec, Holds, Key, Layout, Millis, Name, Places, Policy,
///     Reply, Seats, TableSeed, Write,
/// };
/// # use holdfast_wal::{Log, Lsn, Options, Recovered, Storage};
/// # let storage: Arc<dyn Storage> = Arc::new(holdfast_testkit::MemoryStorage::new());
/// # let recovered = Recovered::scan(&storage, Lsn(1), None)?;
/// # let (log, mut committer) = Log::start(Arc::clone(&storage), recovered, Options::default(), Box::new(|_| {}))?;
/// # let policy = Policy { retention: Millis(1_000), refusals_max: 10, recovery_grace: Millis(0), record_retention: Millis(1_000) };
/// # let name = |text: &str| Name::new(text.as_bytes()).expect("a name of printable characters");
/// # let key = |number: u8| Key { hash: [number; 16], fingerprint: [number; 8], account: Account::NOBODY };
///
/// let json = r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 1, "seats": 9}}]}"#;
/// let spec: EventSpec = serde_json::from_str(json)?;
/// let layout = Arc::new(Layout::build(&spec)?);
/// let seats = Seats::from_iter(layout.seat(b"A-1-1"));
/// let birth = Birth::new(Created { name: name("gala"), spec }, layout);
/// let mut core = EventCore::unborn(EventId(1), birth, TableSeed(1), policy, log.clone());
///
/// let hold = Write::Hold { holder: name("ann"), ttl: Millis(60_000), seats, best: [].into(), places: Places::default() };
/// let held = core.run(vec![Command::Write(key(1), Write::Create, None), Command::Write(key(2), hold, None)], At(1_000));
/// let [_, Reply::Answer(Answer::Hold { hold, .. }, _)] = held.replies[..] else { panic!("the seat is free") };
/// let confirm = Write::Confirm { order: name("order-1"), holds: Holds::from_iter([hold]) };
/// let sold = core.run(vec![Command::Write(key(3), confirm, None)], At(2_000));
/// assert!(matches!(sold.replies[0], Reply::Answer(Answer::Order { .. }, _)));
///
/// // The replies may be shown when what they rest on is durable.
/// committer.step(false)?;
/// assert_eq!(log.durable(), sold.rests_on);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct EventCore {
    id: EventId,
    state: State,
    seed: TableSeed,
    policy: Policy,
    journal: Journal,
    /// Records of the run in progress; empty between runs.
    batch: Batch,
    /// The newest record of this event.
    last_lsn: Lsn,
    /// The last time in the log of an event that has just come back. Nothing may be judged or expired
    /// before the holds and payments that were alive then have had their grace.
    stopped_at: Option<At>,
    /// What its tokens may have.
    share: Share,
    memory: Arc<MemoryGauge>,
    /// Where its map hangs out, if anywhere.
    shown: Option<Arc<Shown>>,
    /// What the gauge knows that the event takes, bytes.
    takes: u64,
    counted: Counted,
}

impl EventCore {
    /// An event that is still to be created.
    #[must_use]
    pub fn unborn(id: EventId, born: Birth, seed: TableSeed, policy: Policy, to: impl Into<Journal>) -> Self {
        Self::new(id, State::Unborn(Box::new(born)), Lsn::ZERO, seed, policy, to.into())
    }

    fn new(id: EventId, state: State, last_lsn: Lsn, seed: TableSeed, policy: Policy, to: Journal) -> Self {
        Self {
            id,
            state,
            seed,
            policy,
            journal: to,
            batch: Batch::new(),
            last_lsn,
            stopped_at: None,
            share: Share::default(),
            memory: Arc::default(),
            shown: None,
            takes: 0,
            counted: Counted::default(),
        }
    }

    /// An event that recovery brought back; `last_lsn` is its newest record.
    #[must_use]
    pub fn recovered(
        id: EventId,
        event: Event,
        last_lsn: Lsn,
        seed: TableSeed,
        policy: Policy,
        journal: impl Into<Journal>,
    ) -> Self {
        let stopped_at = policy.grace_counts_from(&event);
        Self { stopped_at, ..Self::rested(id, event, last_lsn, seed, policy, journal) }
    }

    /// Shows its map there whenever that has become another.
    #[must_use]
    pub(crate) fn showing(self, shown: Arc<Shown>) -> Self {
        Self { shown: Some(shown), ..self }
    }

    fn show(&self) {
        if let (Some(shown), State::Alive(event)) = (&self.shown, &self.state) {
            let (name, layout) = (event.name().clone(), Arc::clone(event.layout()));
            shown.show(Arc::new(About {
                name,
                layout,
                plan_version: event.plan_version(),
                branch: shown.newest().branch,
            }));
        }
    }

    /// An event that was at rest up to this record: nobody missed it, so that it gets no grace.
    #[must_use]
    pub fn rested(
        id: EventId,
        event: Event,
        upto: Lsn,
        seed: TableSeed,
        policy: Policy,
        journal: impl Into<Journal>,
    ) -> Self {
        Self::new(id, State::Alive(Box::new(event)), upto, seed, policy, journal.into())
    }

    /// Tells this gauge and these budgets what the event takes, and refuses what does not fit any more.
    #[must_use]
    pub(crate) fn minding(self, memory: Arc<MemoryGauge>, budgets: Arc<Budgets>) -> Self {
        let mut core = Self { memory, share: Share::of(budgets), ..self };
        core.tell();
        core
    }

    /// Counts among these sums.
    #[must_use]
    pub(crate) fn counting(self, counted: Counted) -> Self {
        Self { counted, ..self }
    }

    /// Tells the sums how the event stands. On the thread that it lives on.
    pub(crate) fn count(&mut self) {
        if let State::Alive(event) = &self.state {
            self.counted.stands(self.id, || event.standing());
        }
    }

    fn tell(&mut self) {
        if let State::Alive(event) = &self.state {
            self.share.tell(event.accounts());
        }
        let now = self.event().map_or(0, Event::memory_bytes);
        if now.abs_diff(self.takes) >= limits::MEMORY_TOLD {
            self.memory.event_takes(self.takes, now);
            self.takes = now;
        }
    }

    /// The event, if it is there.
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        match &self.state {
            State::Alive(event) => Some(event),
            State::Unborn(_) | State::OutOfService => None,
        }
    }

    /// The number of the event.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.id
    }

    /// The newest record of this event.
    #[must_use]
    pub const fn last_lsn(&self) -> Lsn {
        self.last_lsn
    }

    /// The event leaves memory: what it took there, and what its tokens have by it, counts no more.
    pub(crate) fn leave(&mut self) {
        self.memory.frees(self.event().map_or(0, Event::memory_bytes));
        self.share.tell(&[]);
        self.memory.event_takes(mem::take(&mut self.takes), 0);
    }

    /// Is the event waiting to be rebuilt from snapshot and log?
    #[must_use]
    pub const fn is_out_of_service(&self) -> bool {
        matches!(self.state, State::OutOfService)
    }

    /// The event as it is in memory. Its newest record need not be durable yet.
    #[must_use]
    pub fn image(&self) -> Option<Image> {
        Image::of(self.event()?, self.last_lsn)
    }

    /// Puts a rebuilt event in the place of one that was out of service. Nobody could be heard meanwhile: what was alive has
    /// its grace, as after a restart.
    pub fn replace(&mut self, event: Event) {
        assert!(self.is_out_of_service(), "only an event out of service is replaced");
        self.stopped_at = self.policy.grace_counts_from(&event);
        self.state = State::Alive(Box::new(event));
        self.show();
        self.tell();
        self.count();
    }

    /// The next time at which something is due by itself, Unix milliseconds.
    #[must_use]
    pub fn next_deadline(&self) -> Option<At> {
        self.event().and_then(Event::next_deadline)
    }

    /// Expires the holds and payments that are due, at most [`limits::EXPIRIES_PER_TURN`] of them. Returns whether
    /// more are due: then nothing may be judged before those have expired too.
    ///
    /// While the log takes nothing, what is due waits, as no reply that rests on an expiry could be shown. Until it has
    /// expired no write happens to the event.
    pub fn expire(&mut self, now: At) -> bool {
        if !self.is_behind(now) || self.journal.takes_nothing() {
            return false;
        }
        let Some(now) = self.event().map(|event| now.max(event.last_at())) else { return false };
        self.give_grace(now);
        for _ in 0..limits::EXPIRIES_PER_TURN {
            let Some(due) = self.event().and_then(|event| event.due(now)) else { break };
            if self.guarded(|core, stage| core.happen(None, due, now, stage)).is_err() {
                break;
            }
        }
        self.commit();
        self.event().is_some_and(|event| event.is_due(now))
    }

    /// Is anything due that has to happen before a write does?
    fn is_behind(&self, now: At) -> bool {
        let due = |event: &Event| event.is_due(now.max(event.last_at()));
        self.event().is_some_and(|event| self.stopped_at.is_some() || due(event))
    }

    /// Once after a restart or a rebuilding, before anything else: gives the holds and payments that were alive before it
    /// some more time, however long it took. A crash before the record is durable undoes the
    /// grace, and the next start gives it again.
    fn give_grace(&mut self, now: At) {
        let Some(stopped_at) = self.stopped_at.take() else { return };
        let grace = self.policy.recovery_grace;
        if let Some(grace) = self.event().and_then(|event| event.grace_due(stopped_at, now, grace))
            && self.guarded(|core, stage| core.happen(None, grace, now, stage)).is_ok()
        {
            self.commit();
        }
    }

    /// Judges a run of requests at time `now`. What is due must have expired before
    /// ([`EventCore::expire`]), or waits for the disk.
    pub fn run(&mut self, mut commands: Vec<Command>, now: At) -> Replies {
        let troubles =
            self.journal.troubles().and_of(&self.memory).with(Trouble::DueWaits, self.is_behind(now));
        if troubles.has(Trouble::Follows) {
            return self.show_only(&commands, now);
        }
        let mut replies = spare::after(commands.len(), &REPLIES);
        replies.reserve(commands.len());
        let mut unjudged = Vec::new();
        // The cache misses of a single command have no other work to overlap with.
        let overlap = commands.len() > 1;
        let mut waiting = commands.drain(..);
        loop {
            if overlap {
                self.prefetch(replies.len(), waiting.as_slice());
            }
            let Some(command) = waiting.next() else { break };
            let judged = self.guarded(|core, stage| core.judge(command, now, troubles, stage));
            let reply = judged.and_then(|reply| reply).unwrap_or_else(|fault| {
                unjudged.push(replies.len() as u32);
                Reply::Fault(fault)
            });
            replies.push(reply);
        }
        drop(waiting);
        spare::give(&COMMANDS, commands);
        if !self.batch.is_empty() {
            self.forget_surplus(now);
        }
        if !self.commit() {
            let failed = || Reply::Fault(Fault::new(Code::DISK_FAILED, "the log could not be written"));
            replies.iter_mut().for_each(|reply| *reply = failed());
        }
        let rests_on = if unjudged.len() < replies.len() { self.last_lsn } else { Lsn::ZERO };
        Replies::judged(replies, rests_on, unjudged)
    }

    /// Prefetches the memory that commands will need; `waiting` are the commands from `place` of the run on.
    fn prefetch(&self, place: usize, waiting: &[Command]) {
        let State::Alive(event) = &self.state else { return };
        event.prefetch_run(place, |at| waiting.get(at - place).map(Needs::from));
    }

    /// Judges a command. A fault shows nothing of the event, so it rests on nothing.
    fn judge(
        &mut self,
        command: Command,
        now: At,
        troubles: Troubles,
        stage: &mut Stage,
    ) -> Result<Reply, Fault> {
        let State::Alive(event) = &self.state else { return self.judge_absent(command, now, stage) };
        let (key, write, origin) = match command {
            Command::Read(read) => return Ok(view(event, &read, now)),
            Command::Write(key, write, origin) => (key, write, origin),
        };
        debug_assert!(!write.is_noted(), "a note comes with the origin");
        let (now, mut class) = (now.max(event.last_at()), write.class());
        let change = match decide(event, &key, write, now) {
            Ok(change) => change,
            Err(reply) => return Ok(reply),
        };
        // A refusal finishes nothing, and its key takes memory: it must not take that of sales in progress.
        if troubles.has(Trouble::MemoryLow) && matches!(change, Change::Refused(_)) {
            class = Class::NewWork;
        }
        if let Some(fault) = troubles.refuse(class) {
            return Err(fault);
        }
        let used = || event.used_by(key.account);
        match self.share.refuse(key.account, used, &change, class) {
            Some(fault) => Err(fault),
            None => Ok(self.happen(Some((key, origin)), change, now, stage)),
        }
    }

    /// Judges a command for an event that is not there.
    #[cold]
    fn judge_absent(&mut self, command: Command, now: At, stage: &mut Stage) -> Result<Reply, Fault> {
        match (&self.state, command) {
            (State::Unborn(_), Command::Write(key, Write::Create, origin)) => {
                Ok(self.create(&key, origin.as_deref(), now, stage))
            }
            (State::Unborn(_), _) => Err(Fault::new(Code::NO_EVENT, "there is no such event")),
            _ => Err(out_of_service()),
        }
    }

    /// Creates an event that is still unborn.
    fn create(&mut self, key: &Key, origin: Option<&Origin>, now: At, stage: &mut Stage) -> Reply {
        *stage = Stage::Applying;
        let State::Unborn(birth) = mem::replace(&mut self.state, State::OutOfService) else {
            return Reply::Fault(out_of_service());
        };
        let Birth { created, layout, body } = *birth;
        let mut event = Event::with_layout(created, layout, now, self.seed);
        let answer = event.answer_creation(Some(key), (now, Some(now)));
        let of = (self.id, event.digest());
        self.batch.push(|out| encode_creation(of, now, (key, origin), &body, out));
        self.state = State::Alive(Box::new(event));
        self.counted.was_created();
        Reply::Answer(answer, Some(now))
    }

    /// Applies a change and puts its record into the batch; the reply is its answer. `cause` is the key under which it was
    /// asked for, if it was, and what the record says of where that came from.
    fn happen(
        &mut self,
        cause: Option<(Key, Option<Box<Origin>>)>,
        change: Change,
        now: At,
        stage: &mut Stage,
    ) -> Reply {
        let State::Alive(event) = &mut self.state else { return Reply::Fault(out_of_service()) };
        let version = event.version() + u64::from(change.makes_version());
        let (key, origin) = match cause {
            Some((key, origin)) => (Some(key), origin.and_then(|origin| change.keeps(origin))),
            None => (None, None),
        };
        let at = now.max(event.last_at());
        let record = Record { at, version, key, dated: true, origin, change };
        *stage = Stage::Applying;
        let applied = event.apply(&record);
        self.counted.happened(&record.change, event.spans(), at);
        #[cfg(test)]
        tests::fail_point(self.id);
        let (id, digest, touched) = (self.id, event.digest(), event.touched());
        if self.batch.is_empty() {
            self.batch = BATCH.take();
        }
        self.batch.push(|out| encode_record(id, digest, &record, touched, out));
        if matches!(record.change, Change::PlanChanged { .. }) {
            self.show();
        }
        match applied.answer(record) {
            Some(answer) => Reply::Answer(answer, Some(at)),
            None => Reply::Fault(Fault::new(Code::DEFECT, "nobody asked for this change")),
        }
    }

    /// Hands the batch to the log; the thread that runs the core wakes the committer. Returns false if the log has
    /// failed: then nothing may be answered any more.
    fn commit(&mut self) -> bool {
        let count = self.batch.len() as u64;
        if count == 0 {
            return true;
        }
        match self.journal.append_for_later(&mut self.batch) {
            Ok(first) => {
                BATCH.set(mem::take(&mut self.batch));
                self.last_lsn = first.plus(count - 1);
                self.tell();
                self.count();
                true
            }
            Err(_) => {
                self.batch.clear();
                self.state = State::OutOfService;
                false
            }
        }
    }

    /// Runs one command so that a panic concerns no other. A panic while judging has changed nothing: the command is
    /// refused and the event goes on. A panic while applying leaves the state in doubt: the event goes out of
    /// service. The command's record is not in the batch yet, as that comes last; the records of the commands before
    /// it are, and stay.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self, &mut Stage) -> T) -> Result<T, Fault> {
        let mut stage = Stage::Judging;
        let logged = self.batch.len();
        catch_unwind(AssertUnwindSafe(|| work(self, &mut stage))).map_err(|_| {
            assert_eq!(self.batch.len(), logged, "a record is logged only after its change was applied");
            let event = self.id.0;
            if stage == Stage::Judging {
                tracing::error!(code = %Code::DEFECT, event, "a command was refused because judging it panicked");
                return Fault::new(Code::DEFECT, "judging the command ran into a defect; nothing has changed");
            }
            tracing::error!(code = %Code::OUT_OF_SERVICE, event, "a change panicked: the event is out of service");
            self.state = State::OutOfService;
            out_of_service()
        })
    }

    /// The state of the sale, for the list of events.
    #[must_use]
    pub fn status(&self) -> Option<EventStatus> {
        self.event().map(Event::status)
    }
}

#[cfg(test)]
pub(crate) mod tests;
