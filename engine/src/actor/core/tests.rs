//! A panic stays where it happens: while judging it costs one command, while applying it costs one event its service
//! until it is rebuilt. Nothing of the change that panicked is ever in the log; all that came before it is.

use std::sync::atomic::{AtomicU32, Ordering};

use holdfast_wal::{MemoryStorage, Options, Recovered, Storage};

use super::*;
use crate::checkpoint::Checkpointer;
use crate::secret::Secret;
use crate::state::{Answer, EventSpec, NameRef};

/// The event whose next change panics half-way, in tests of what happens then; 0 for none.
pub(crate) static BREAKS_NEXT: AtomicU32 = AtomicU32::new(0);

pub(super) fn fail_point(event: EventId) {
    if BREAKS_NEXT.compare_exchange(event, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
        panic!("on purpose");
    }
}

struct Bench {
    core: EventCore,
    committer: holdfast_wal::Committer,
    checkpointer: Checkpointer,
    secret: Secret,
}

fn name(text: &str) -> NameRef<'_> {
    NameRef::new(text.as_bytes()).unwrap()
}

impl Bench {
    fn new() -> Self {
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
        let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
        let options = Options { segment_bytes: 64 * 1024, nonce_seed: Some(1), ..Options::default() };
        let (log, committer) =
            Log::start(Arc::clone(&storage), recovered, options, Box::new(|_| {})).unwrap();
        let secret = Secret::new(&[7; 16]);
        let json =
            r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 1, "seats": 9}}]}"#;
        let spec: EventSpec = serde_json::from_str(json).unwrap();
        let layout = Arc::new(Layout::build(&spec).unwrap());
        let birth = Birth { created: Created { name: name("gala").to_name(), spec }, layout };
        let policy = Policy {
            retention_ms: 1_000_000,
            refusals_max: 1_000,
            recovery_grace_ms: 0,
            records_ms: u64::MAX,
        };
        let store = Arc::new(holdfast_snapshots::Store::open(storage).unwrap());
        let checkpointer = Checkpointer::new(store, log.clone(), secret.tables());
        let core = EventCore::unborn(1, birth, secret.tables(), policy, log);
        let mut bench = Self { core, committer, checkpointer, secret };
        let create = crate::intake::creation(name("create"), json.as_bytes(), &bench.secret);
        assert!(matches!(bench.ask(create), Reply::Answer(Answer::Event { version: 1, .. })));
        bench
    }

    fn ask(&mut self, command: Command) -> Reply {
        self.core.run(vec![Asked::Judge(command)], 1_000, false).replies.remove(0)
    }

    fn hold(&mut self, key: &str, seat: u32) -> Reply {
        let key = Key { hash: self.secret.key_hash(key.as_bytes()), fingerprint: [0; 8] };
        let (seats, places) = ([seat].into_iter().collect(), crate::state::Places::default());
        self.ask(Command::Write(
            key,
            Write::Hold { holder: name("bob").to_name(), ttl: 0, seats, best: Box::default(), places },
        ))
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
    assert!(matches!(bench.hold("k1", 0), Reply::Answer(Answer::Hold { hold: 2, .. })));
}

#[test]
fn a_panic_while_applying_takes_the_event_out_of_service_until_it_is_rebuilt() {
    let mut bench = Bench::new();
    assert!(matches!(bench.hold("k1", 0), Reply::Answer(Answer::Hold { hold: 2, .. })));
    let before = bench.core.event().unwrap().digest();
    let appended = bench.core.log.appended();
    let refused = bench.core.guarded(|core, stage| -> Reply {
        *stage = Stage::Applying;
        // Half a change: what is in memory is no longer what the log says.
        let State::Alive(event) = &mut core.state else { panic!("the event is there") };
        event.apply(&Record { at: 2_000, version: 3, key: None, change: Change::Expired { hold: 2 } });
        panic!("on purpose")
    });
    assert_eq!(refused.unwrap_err().code, Code::OUT_OF_SERVICE);
    assert!(bench.core.is_out_of_service());
    assert_eq!(bench.core.log.appended(), appended, "nothing of it is in the log");
    assert_eq!(code(&bench.hold("k2", 1)), Some(Code::OUT_OF_SERVICE));
    assert!(!bench.core.expire(u64::MAX), "nothing expires while nobody knows what is there");

    bench.core.log.seal_segment();
    bench.sync();
    let rebuilt = bench.checkpointer.rebuild(bench.core.id()).unwrap();
    assert_eq!(rebuilt.digest(), before);
    bench.core.replace(rebuilt);
    assert!(
        matches!(bench.hold("k1", 0), Reply::Answer(Answer::Hold { hold: 2, .. })),
        "the key has its answer"
    );
    assert!(
        matches!(bench.hold("k2", 1), Reply::Answer(Answer::Hold { hold: 3, .. })),
        "the key was not bound"
    );
}

#[test]
fn new_work_is_refused_first_and_what_is_running_last() {
    let pressure = Pressure::default();
    let with = |change: fn(&mut Pressure)| {
        let mut pressure = pressure;
        change(&mut pressure);
        (shed(&pressure, true).map(|fault| fault.code), shed(&pressure, false).map(|fault| fault.code))
    };
    assert_eq!(with(|_| {}), (None, None));
    assert_eq!(with(|pressure| pressure.low_space = true), (Some(Code::DISK_LOW), None));
    assert_eq!(with(|pressure| pressure.slow = true), (Some(Code::DISK_SLOW), None));
    let both = |code| (Some(code), Some(code));
    assert_eq!(with(|pressure| pressure.stalled = true), both(Code::DISK_SLOW));
    assert_eq!(with(|pressure| pressure.out_of_space = true), both(Code::DISK_LOW));
    assert_eq!(with(|pressure| pressure.failed = true), both(Code::DISK_FAILED));
    assert_eq!(with(|pressure| pressure.pending_bytes = usize::MAX), both(Code::TRY_LATER));
}
