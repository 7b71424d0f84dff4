//! A panic stays where it happens: while judging it costs one command, while applying it costs one event its service
//! until it is rebuilt. Nothing of the change that panicked is ever in the log; all that came before it is.

use std::sync::atomic::{AtomicU64, Ordering};

use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Log, Options, Recovered, Storage};

use super::*;
use crate::codec::Secret;
use crate::journal::memory::{MemoryLimit, MemoryUse};
use crate::numbers::{Account, HoldId, Millis};
use crate::restore::checkpoint::Checkpointer;
use crate::state::Read;
use crate::state::{Answer, Created, EventSpec, KeyRef, Layout, NameRef, SeatStatus, Used, View};

/// The events whose next change panics half-way, in tests of what happens then: a bit for each number below 64. One for
/// the whole process, so each such test has a number of its own.
pub(crate) static BREAKS_NEXT: AtomicU64 = AtomicU64::new(0);

pub(super) fn fail_point(event: EventId) {
    let bit = 1_u64.checked_shl(event.0).unwrap_or(0);
    if BREAKS_NEXT.load(Ordering::Relaxed) & bit != 0
        && BREAKS_NEXT.fetch_and(!bit, Ordering::Relaxed) & bit != 0
    {
        panic!("on purpose");
    }
}

struct Bench {
    disk: MemoryStorage,
    core: EventCore,
    committer: holdfast_wal::Committer,
    checkpointer: Checkpointer,
    secret: Secret,
}

fn name(text: &str) -> NameRef<'_> {
    NameRef::new(text.as_bytes()).unwrap()
}

fn key_of(text: &str) -> KeyRef<'_> {
    KeyRef::new(text.as_bytes()).unwrap()
}

impl Bench {
    fn new() -> Self {
        let disk = MemoryStorage::new();
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
        let options = Options { segment_bytes: 64 * 1024, nonce_seed: Some(1), ..Options::default() };
        let (log, committer) =
            Log::start(Arc::clone(&storage), recovered, options, Box::new(|_| {})).unwrap();
        let secret = Secret::new(&[7; 16]);
        let json =
            r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 1, "seats": 9}}]}"#;
        let spec: EventSpec = serde_json::from_str(json).unwrap();
        let layout = Arc::new(Layout::build(&spec).unwrap());
        let birth = Birth::new(Created { name: name("gala").to_name(), spec }, layout);
        let policy = Policy {
            retention: Millis(1_000_000),
            refusals_max: 1_000,
            recovery_grace: Millis(0),
            record_retention: Millis(u64::MAX),
        };
        let store = Arc::new(holdfast_snapshots::Store::open(storage).unwrap());
        let checkpointer = Checkpointer::new(store, log.clone(), secret.tables());
        let core = EventCore::unborn(EventId(1), birth, secret.tables(), policy, log);
        let mut bench = Self { disk, core, committer, checkpointer, secret };
        let create = crate::front::translate::creation(
            key_of("create"),
            [0; 8],
            (Account::NOBODY, None),
            &bench.secret,
        );
        assert!(matches!(bench.ask(create), Reply::Answer(Answer::Event { version: 1, .. }, _)));
        bench
    }

    fn ask(&mut self, command: Command) -> Reply {
        self.core.run(vec![command], At(1_000)).replies.remove(0)
    }

    fn hold(&mut self, key: &str, seat: u32) -> Reply {
        let command = self.hold_command(key, seat);
        self.ask(command)
    }

    /// Until nothing more is taken: of what belongs to running sales, refusals are written down too.
    fn fill(&mut self) {
        self.sync();
        self.disk.set_capacity(Some(1));
        for number in 0..1_000 {
            if self.core.journal.takes_nothing() {
                return;
            }
            let key = self.key(&format!("filler {number}"));
            self.ask(Command::Write(key, Write::Release { hold: HoldId(99), part: None }, None));
            self.sync();
        }
        panic!("a full disk takes records for ever");
    }

    fn key(&self, key: &str) -> Key {
        Key { hash: self.secret.key_hash(key.as_bytes()), fingerprint: [0; 8], account: Account::NOBODY }
    }

    fn free_seats(&self) -> u32 {
        let counts = self.core.event().unwrap().view(&Read::Count(None));
        let Ok(View::Count(counts)) = counts else { panic!("{counts:?}") };
        counts.of(SeatStatus::Free)
    }

    fn hold_command(&self, key: &str, seat: u32) -> Command {
        let key = self.key(key);
        let (seats, places) = ([seat].into_iter().collect(), crate::state::Places::default());
        let hold = Write::Hold {
            holder: name("bob").to_name(),
            ttl: Millis(0),
            seats,
            best: Box::default(),
            places,
        };
        Command::Write(key, hold, None)
    }

    fn sync(&mut self) {
        while !matches!(self.committer.step(false).unwrap(), holdfast_wal::Step::Nothing) {}
    }
}

fn code(reply: &Reply) -> Option<Code> {
    if let Reply::Fault(fault) = reply { Some(fault.code) } else { None }
}

#[test]
fn a_panic_while_judging_refuses_the_command_and_the_event_goes_on() {
    let mut bench = Bench::new();
    let before = bench.core.event().unwrap().digest();
    let refused = bench.core.guarded(|_, _| -> Reply { panic!("on purpose") });
    assert_eq!(refused.unwrap_err().code, Code::DEFECT);
    assert_eq!(bench.core.event().unwrap().digest(), before);
    assert!(matches!(bench.hold("k1", 0), Reply::Answer(Answer::Hold { hold: HoldId(2), .. }, _)));
}

#[test]
fn a_panic_while_applying_takes_the_event_out_of_service_until_it_is_rebuilt() {
    let mut bench = Bench::new();
    assert!(matches!(bench.hold("k1", 0), Reply::Answer(Answer::Hold { hold: HoldId(2), .. }, _)));
    let before = bench.core.event().unwrap().digest();
    let appended = bench.core.journal.log().appended();
    let refused = bench.core.guarded(|core, stage| -> Reply {
        *stage = Stage::Applying;
        // Half a change: what is in memory is no longer what the log says.
        let State::Alive(event) = &mut core.state else { panic!("the event is there") };
        event.apply(&Record::new(At(2_000), 3, None, Change::Expired { hold: HoldId(2) }));
        panic!("on purpose")
    });
    assert_eq!(refused.unwrap_err().code, Code::OUT_OF_SERVICE);
    assert!(bench.core.is_out_of_service());
    assert_eq!(bench.core.journal.log().appended(), appended, "nothing of it is in the log");
    assert_eq!(code(&bench.hold("k2", 1)), Some(Code::OUT_OF_SERVICE));
    assert!(!bench.core.expire(At(u64::MAX)), "nothing expires while nobody knows what is there");

    bench.core.journal.log().seal_segment();
    bench.sync();
    let rebuilt = bench.checkpointer.rebuild(bench.core.id()).unwrap();
    assert_eq!(rebuilt.digest(), before);
    bench.core.replace(rebuilt);
    assert!(
        matches!(bench.hold("k1", 0), Reply::Repeated(Answer::Hold { hold: HoldId(2), .. }, _)),
        "the key has its answer"
    );
    assert!(
        matches!(bench.hold("k2", 1), Reply::Answer(Answer::Hold { hold: HoldId(3), .. }, _)),
        "the key was not bound"
    );
}

#[test]
fn what_was_alive_when_an_event_went_out_of_service_has_its_grace() {
    let mut bench = Bench::new();
    bench.core.policy.recovery_grace = Millis(60_000);
    bench.hold("k1", 0);
    bench.core.state = State::OutOfService;
    bench.core.journal.log().seal_segment();
    bench.sync();
    bench.core.replace(bench.checkpointer.rebuild(bench.core.id()).unwrap());
    assert_eq!(code(&bench.hold("k2", 1)), Some(Code::TRY_LATER), "nothing is judged before it");
    bench.core.expire(LATER);
    let until = LATER + Millis(60_000_u32);
    assert_eq!((bench.free_seats(), bench.core.next_deadline()), (8, Some(until)));
    bench.core.expire(until);
    assert_eq!(bench.free_seats(), 9);
}

/// Long after every hold of the bench has run out.
const LATER: At = At(100_000_000);

#[test]
fn on_a_full_disk_what_is_due_waits_and_reads_and_repeats_are_answered() {
    let mut bench = Bench::new();
    let held = bench.hold("k1", 0);
    bench.fill();
    let (appended, durable) = (bench.core.journal.log().appended(), bench.core.journal.log().durable());
    assert_eq!(appended, durable, "every record has its place");
    assert!(!bench.core.expire(LATER), "it can wait");
    assert!(!bench.core.forget(LATER));
    assert_eq!(bench.core.journal.log().appended(), appended);
    assert!(bench.core.next_deadline().is_some_and(|at| at < LATER), "and is still due");
    assert_eq!(bench.free_seats(), 8, "a hold that is due is held until its end is written down");

    let read = bench.core.run(vec![Command::Read(Read::Count(None))], LATER);
    assert!(matches!(read.replies[..], [Reply::View(_)]) && read.rests_on <= durable);
    let again = bench.core.run(vec![bench.hold_command("k1", 0)], LATER);
    let (Reply::Answer(first, at), Reply::Repeated(answer, told)) = (&held, &again.replies[0]) else {
        panic!("a repeat has its answer: {again:?}")
    };
    assert_eq!((answer, told), (first, at), "a repeat has its answer");
    assert!(again.rests_on <= durable);
    let refused = bench.core.run(vec![bench.hold_command("k2", 1)], LATER);
    assert_eq!((code(&refused.replies[0]), refused.rests_on), (Some(Code::DISK_LOW), Lsn::ZERO));

    // Room came back between the expiring and the judging: nothing happens to what is over.
    bench.disk.set_capacity(None);
    bench.sync();
    let hold = 2;
    let release = |bench: &Bench, key: &str| {
        vec![Command::Write(bench.key(key), Write::Release { hold: HoldId(hold), part: None }, None)]
    };
    let early = bench.core.run(release(&bench, "k3"), LATER);
    assert_eq!(code(&early.replies[0]), Some(Code::TRY_LATER));
    assert_eq!(bench.core.journal.log().appended(), appended);
    assert!(!bench.core.expire(LATER));
    assert!(bench.core.journal.log().appended() > appended);
    assert_eq!(bench.free_seats(), 9);
    let late = bench.core.run(release(&bench, "k3"), LATER);
    assert!(matches!(late.replies[..], [Reply::Answer(Answer::Refused(_), _)]), "{late:?}");
}

#[test]
fn grace_waits_for_room_and_nothing_expires_before_it() {
    let mut bench = Bench::new();
    bench.hold("k1", 0);
    bench.fill();
    bench.core.policy.recovery_grace = Millis(60_000);
    bench.core.stopped_at = Some(At(1_000));
    let appended = bench.core.journal.log().appended();
    bench.core.expire(LATER);
    assert_eq!(bench.core.journal.log().appended(), appended);
    bench.disk.set_capacity(None);
    bench.sync();
    bench.core.expire(LATER);
    assert_eq!(bench.core.journal.log().appended(), appended.next(), "the grace, and no expiry");
    assert_eq!(bench.free_seats(), 8);
}

#[test]
fn a_run_that_was_refused_unjudged_rests_on_nothing() {
    let mut bench = Bench::new();
    bench.hold("k1", 0);
    bench.fill();
    let hold = |bench: &Bench| bench.hold_command("k2", 1);
    let read = || Command::Read(Read::Info);
    let newest = bench.core.last_lsn();
    let run = |bench: &mut Bench, commands| {
        let outcome = bench.core.run(commands, At(1_000));
        (outcome.rests_on, outcome.unjudged)
    };
    let commands = vec![hold(&bench), hold(&bench)];
    assert_eq!(run(&mut bench, commands), (Lsn::ZERO, vec![0, 1]));
    let commands = vec![read(), hold(&bench), read()];
    assert_eq!(run(&mut bench, commands), (newest, vec![1]), "and the others rest on what they show");
    bench.disk.set_capacity(None);
    bench.sync();
    let commands = vec![hold(&bench), read()];
    assert_eq!(run(&mut bench, commands.clone()), (bench.core.journal.log().appended(), vec![]));
    bench.core.state = State::OutOfService;
    assert_eq!(run(&mut bench, commands), (Lsn::ZERO, vec![0, 1]));
}

#[test]
fn when_memory_is_short_running_sales_go_on_and_refusals_take_none_of_it() {
    let used = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&used);
    let use_now = move || Some(MemoryUse { counted: told.load(Ordering::Relaxed), resident: 0 });
    let gauge = Arc::new(MemoryGauge::new(Some(MemoryLimit {
        max: 1 << 30,
        used: Arc::new(use_now),
        give_back: Arc::new(|| {}),
    })));
    let mut bench = Bench::new();
    let set = |hundredths: u64| {
        used.store((1 << 30) / 100 * hundredths, Ordering::Relaxed);
        gauge.look(Lsn(1)).unwrap();
    };
    let Reply::Answer(Answer::Hold { hold, .. }, _) = bench.hold("h1", 1) else { panic!("the seat is free") };
    bench.core.memory = Arc::clone(&gauge);
    let refused = |reply: &Reply| matches!(reply, Reply::Fault(fault) if fault.code == Code::MEMORY_LOW);
    let write = |bench: &mut Bench, key: &str, write: Write| {
        let key = bench.key(key);
        bench.ask(Command::Write(key, write, None))
    };
    let release = |hold| Write::Release { hold, part: None };

    set(95);
    let before = bench.core.last_lsn();
    assert!(refused(&bench.hold("h2", 2)), "new work");
    assert!(refused(&write(&mut bench, "r0", release(HoldId(99)))), "what would only be refused");
    assert_eq!(bench.core.last_lsn(), before, "nothing of that is remembered");
    assert!(matches!(bench.hold("h1", 1), Reply::Repeated(Answer::Hold { .. }, _)), "a repeat");
    set(98);
    assert!(refused(&write(&mut bench, "r1", release(hold))), "nothing is written any more");
    set(95);
    assert!(!refused(&write(&mut bench, "r1", release(hold))), "a sale in progress, by the same key");
    set(10);
    assert!(matches!(bench.hold("h2", 2), Reply::Answer(Answer::Hold { .. }, _)), "the refused key is free");
}

mod shares;
