//! Snapshots of several events of which some are damaged: the others never notice, and what can be made whole is.

use std::collections::BTreeMap;

use holdfast_snapshots::{Catalogued, Entry};
use holdfast_testkit::{Fault, MemoryStorage, Operation};
use holdfast_wal::{Committer, Options, Recovered, Step, Storage};

use super::*;
use crate::actor::{Birth, EventCore, Policy};
use crate::catalogue::Code;
use crate::codec::Secret;
use crate::feed::FeedRetention;
use crate::life::identity::Identity;
use crate::numbers::{Account, At, HoldId, Millis};
use crate::restore::recovery::{Recovery, RecoveryReport, Restored, Snapshots, Sources, recover};
use crate::restore::snapshotter::Snapshotter;
use crate::state::{Answer, Command, Created, EventSpec, Key, Layout, Name, Places, Reply, Touched, Write};

mod memory;
mod system;
mod unread;

const SEGMENT: u64 = 64 * 1024;

/// What the engine runs, on one thread.
struct Bench {
    disk: MemoryStorage,
    log: Log,
    committer: Committer,
    checkpointer: Checkpointer,
    cores: BTreeMap<EventId, EventCore>,
    report: RecoveryReport,
    secret: Secret,
    /// Bytes of log that are kept beyond what the sets need.
    kept: u64,
    now: At,
}

const QUIET: EventId = EventId(1);
const BUSY: EventId = EventId(2);

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).unwrap()
}

impl Bench {
    /// Two events. All of the log is kept.
    fn new() -> Self {
        Self::keeping(u64::MAX)
    }

    /// So many sets that the log of the beginning is let go of.
    fn with_short_log() -> Self {
        let mut bench = Self::keeping(0);
        bench.sets(4);
        assert!(bench.log.first_lsn() > Lsn(1));
        bench
    }

    fn keeping(kept: u64) -> Self {
        let mut bench = Self::open(&MemoryStorage::new(), kept);
        for id in [QUIET, BUSY] {
            let json = r#"{"areas": [{"name": "F", "category": "C", "capacity": 100000}], "limits": {"max_seats_per_holder": 100000}}"#;
            let spec: EventSpec = serde_json::from_str(json).unwrap();
            let layout = Arc::new(Layout::build(&spec).unwrap());
            let birth = Birth::new(Created { name: name(&format!("event{id}")), spec }, layout);
            let (seed, log) = (bench.secret.tables(), bench.log.clone());
            bench.cores.insert(id, EventCore::unborn(id, birth, seed, policy(), log));
            bench.write(id, Write::Create);
        }
        bench
    }

    fn open(disk: &MemoryStorage, kept: u64) -> Self {
        Self::open_with(disk, kept, 2)
    }

    fn open_with(disk: &MemoryStorage, kept: u64, workers: usize) -> Self {
        let disk = disk.clone();
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let secret = Secret::new(&Identity::open(&storage, [7; 32]).unwrap().secret);
        let store = Arc::new(Store::open(Arc::clone(&storage)).unwrap());
        let snapshots = Snapshots::find(&store).unwrap().waking_all();
        let recovered = Recovered::scan(&storage, snapshots.replay_from(), snapshots.witness()).unwrap();
        let sources = Sources { storage: &storage, store: &store, snapshots: &snapshots, log: &recovered };
        let Recovery { events: restored, report, .. } =
            recover(sources, &MemoryGauge::default(), secret.tables(), workers).unwrap();
        let options = Options { segment_bytes: SEGMENT, nonce_seed: Some(1), ..Options::default() };
        let (log, committer) = Log::start(storage, recovered, options, Box::new(|_| {})).unwrap();
        let cores = restored.into_iter().map(|Restored { id, event, last_lsn }| {
            (id, EventCore::recovered(id, event, last_lsn, secret.tables(), policy(), log.clone()))
        });
        let cores = cores.collect();
        let checkpointer = Checkpointer::new(store, log.clone(), secret.tables())
            .keeping_for_feeds(FeedRetention { bytes: kept, age: None, groups: 0 });
        // No key is used twice.
        let now = At(1_000 * (1 + log.appended().0));
        Self { disk, log, committer, checkpointer, cores, report, secret, kept, now }
    }

    /// As after kill -9.
    fn again(self) -> Self {
        let before: Vec<_> = self.digests();
        let again = Self::open(&self.disk.crash_keeping_all(), self.kept);
        let lost: Vec<_> = again.report.lost.iter().map(|lost| lost.id).collect();
        let expected: Vec<_> = before.into_iter().filter(|(id, _)| !lost.contains(id)).collect();
        assert_eq!(again.digests(), expected, "what is there is as it was");
        again
    }

    fn digests(&self) -> Vec<(EventId, Option<u64>)> {
        self.cores.iter().map(|(&id, core)| (id, core.event().map(Event::digest))).collect()
    }

    fn write(&mut self, id: EventId, write: Write) {
        self.now += Millis(1);
        let key = Key {
            hash: self.secret.key_hash(&self.now.0.to_le_bytes()),
            fingerprint: [0; 8],
            account: Account::NOBODY,
        };
        let core = self.cores.get_mut(&id).unwrap();
        let outcome = core.run(vec![Command::Write(key, write, None)], self.now);
        assert!(matches!(outcome.replies[0], Reply::Answer(Answer::Hold { .. } | Answer::Event { .. }, _)));
    }

    fn hold(&mut self, id: EventId) {
        let places: Places = std::iter::once((0, 1)).collect();
        let (seats, best) = (crate::state::Seats::default(), Box::default());
        self.write(id, Write::Hold { holder: name("bob"), ttl: Millis(0), seats, best, places });
    }

    fn seal(&mut self) {
        self.log.seal_segment();
        while !matches!(self.committer.step(true).unwrap(), Step::Nothing) {}
    }

    fn snapshot(&mut self) -> CheckpointReport {
        self.seal();
        self.checkpointer.run().unwrap().unwrap()
    }

    /// So many sets, with something new of the busy event in each.
    fn sets(&mut self, count: usize) {
        for _ in 0..count {
            self.hold(BUSY);
            let report = self.snapshot();
            assert_eq!((report.alarms.len(), report.behind.len()), (0, 0), "{report:?}");
        }
    }

    /// The files of an event that the kept sets name, newest first.
    fn entries(&self, id: EventId) -> Vec<Entry> {
        let named = self.checkpointer.store.manifests().unwrap().into_iter().map(|found| match found {
            Catalogued::Present(manifest) => {
                *manifest.entries.iter().find(|entry| entry.key == u64::from(id)).unwrap()
            }
            Catalogued::Unreadable { reason, .. } => panic!("{reason}"),
        });
        named.collect()
    }

    fn damage(&self, entry: &Entry) {
        let Place::Pack { at, stored, .. } = entry.place else { panic!("{entry:?}") };
        self.disk.flip_bit(&path(entry), at * 8 + stored * 4).unwrap();
        assert!(self.checkpointer.store.read(entry).is_err());
    }

    fn damage_all(&self, id: EventId) {
        self.entries(id).iter().for_each(|entry| self.damage(entry));
    }

    /// Everything is well: two sets, all files whole, none of them in both.
    fn assert_sound(&self) {
        let verified = self.checkpointer.store.verify().unwrap();
        assert!(verified.is_sound() && verified.unnamed.is_empty(), "{verified:?}");
        assert_eq!(verified.manifests.len(), KEPT);
        for &id in self.cores.keys() {
            let [newer, older] = self.entries(id)[..] else { panic!("two sets") };
            assert_ne!(newer, older, "event {id} has two files");
        }
    }
}

fn path(entry: &Entry) -> String {
    let Place::Pack { number, .. } = entry.place else { panic!("{entry:?}") };
    format!("snapshots/pack-{number:020}")
}

fn policy() -> Policy {
    Policy {
        retention: Millis(1_000_000),
        refusals_max: 1_000,
        recovery_grace: Millis(0),
        record_retention: Millis(u64::MAX),
    }
}

#[test]
fn a_quiet_event_takes_turns_with_two_copies_and_is_written_only_when_packs_are_merged() {
    let mut bench = Bench::new();
    bench.sets(3);
    bench.assert_sound();
    let state = bench.entries(QUIET)[0];
    for _ in 0..4 {
        bench.hold(BUSY);
        let report = bench.snapshot();
        assert_eq!((report.written, report.carried_over), (1, 1), "{report:?}");
        assert!(bench.entries(QUIET).iter().all(|entry| entry.is_same_state(&state)));
        bench.assert_sound();
    }
    bench.again().assert_sound();
}

#[test]
fn damage_is_mended_by_the_next_set_whichever_files_have_it() {
    for (id, victims) in
        [(QUIET, 0..1), (QUIET, 1..2), (QUIET, 0..2), (BUSY, 0..1), (BUSY, 1..2), (BUSY, 0..2)]
    {
        let mut bench = Bench::new();
        bench.sets(4);
        bench.entries(id)[victims.clone()].iter().for_each(|entry| bench.damage(entry));
        bench.hold(BUSY);
        let report = bench.snapshot();
        assert!(!report.alarms.is_empty(), "{id} {victims:?}");
        assert!(report.behind.is_empty(), "the log reaches back: {report:?}");
        bench.hold(BUSY);
        bench.snapshot();
        bench.assert_sound();
        let bench = bench.again();
        assert!(bench.report.lost.is_empty() && bench.report.alarms.is_empty(), "{:?}", bench.report);
    }
}

#[test]
fn damage_is_mended_though_nothing_was_logged_since() {
    for victims in [0..1, 1..2] {
        let mut bench = Bench::new();
        bench.sets(4);
        assert!(bench.checkpointer.run().unwrap().is_none(), "nothing is new and nothing is wrong");
        bench.entries(QUIET)[victims].iter().for_each(|entry| bench.damage(entry));
        let report = bench.checkpointer.run().unwrap().unwrap();
        assert_eq!((report.alarms.len(), report.mended), (1, 1), "{report:?}");
        bench.assert_sound();
        assert!(bench.checkpointer.run().unwrap().is_none());
    }
}

#[test]
fn an_event_that_cannot_be_restored_is_lost_by_itself_and_comes_back_with_its_file() {
    for id in [QUIET, BUSY] {
        let bench = Bench::with_short_log();
        let (other, digests) = (if id == QUIET { BUSY } else { QUIET }, bench.digests());
        let files: Vec<_> = bench
            .entries(id)
            .iter()
            .map(|entry| (path(entry), bench.disk.read(&path(entry)).unwrap()))
            .collect();
        bench.damage_all(id);
        let mut bench = bench.again();
        let lost = &bench.report.lost;
        assert_eq!((lost.len(), lost[0].id), (1, id), "{lost:?}");
        assert_eq!(lost[0].name, Some(name(&format!("event{id}"))));

        // The other one sells, and has its snapshots; what is left of the lost one is kept, with the log that it needs.
        for _ in 0..4 {
            bench.hold(other);
            let report = bench.snapshot();
            assert_eq!(report.behind.len(), 1, "{report:?}");
            assert!(files.iter().all(|(file, _)| bench.disk.read(file).is_ok()));
        }
        bench = bench.again();
        assert_eq!(bench.report.lost.len(), 1);
        // Either of its files brings it back.
        for (file, bytes) in &files {
            let disk = bench.disk.crash_keeping_all();
            disk.put(file, bytes);
            let mut restored = Bench::open(&disk, 0);
            assert!(restored.report.lost.is_empty(), "{file}: {:?}", restored.report);
            assert_eq!(restored.digests()[id.0 as usize - 1], digests[id.0 as usize - 1]);
            for _ in 0..3 {
                restored.hold(BUSY);
                restored.snapshot();
            }
            restored.assert_sound();
        }
    }
}

/// The log is read from far back for the one that is lost; the other has its older file all the same.
#[test]
fn beside_a_lost_event_another_one_falls_back_on_its_older_file() {
    let bench = Bench::with_short_log();
    bench.damage_all(QUIET);
    let mut bench = bench.again();
    for _ in 0..3 {
        bench.hold(BUSY);
        bench.snapshot();
    }
    bench.damage(&bench.entries(BUSY)[0]);
    let bench = bench.again();
    assert_eq!(bench.report.lost.iter().map(|lost| lost.id).collect::<Vec<_>>(), [QUIET]);
    assert!(!bench.report.alarms.is_empty());
}

#[test]
fn an_event_without_a_usable_snapshot_is_replayed_from_the_first_record_if_the_log_has_it() {
    let mut bench = Bench::new();
    bench.sets(4);
    assert_eq!(bench.log.first_lsn(), Lsn(1));
    bench.damage_all(QUIET);
    let mut bench = bench.again();
    assert!(bench.report.lost.is_empty(), "{:?}", bench.report);
    assert!(!bench.report.alarms.is_empty());
    for _ in 0..2 {
        bench.hold(BUSY);
        bench.snapshot();
    }
    bench.assert_sound();
}

/// A record that leads elsewhere, as a defect would make it, and one that cannot be applied: the event stays behind, and
/// goes on in memory.
#[test]
fn an_event_whose_snapshot_cannot_be_made_stays_behind_and_the_others_get_theirs() {
    use crate::state::{Change, Record};
    for (version, change) in
        [(1, Change::Forgotten { accepted: 0, refused: 0 }), (9, Change::Expired { hold: HoldId(77) })]
    {
        let mut bench = Bench::keeping(0);
        bench.sets(3);
        let upto = bench.entries(QUIET)[0].lsn;
        let mut batch = holdfast_wal::Batch::new();
        let record = Record::new(At(5_000), version, None, change);
        batch.push(|out| crate::codec::encode_record(QUIET, 0, &record, &Touched::NOTHING, out));
        let bad = bench.log.append(&mut batch).unwrap();
        for _ in 0..4 {
            bench.hold(BUSY);
            let report = bench.snapshot();
            assert_eq!((report.written, report.behind.len()), (1, 1), "{report:?}");
            assert!(report.damaged.is_empty(), "the disk has all of it");
            let first = bench.log.first_lsn();
            assert!(first <= bad && bad > upto, "the log is kept: {first:?}");
        }
        bench.hold(BUSY);
        bench.seal();
        let (disk, before) = (bench.disk.crash_keeping_all(), bench.digests().swap_remove(1));
        for workers in [1, 2] {
            let bench = Bench::open_with(&disk.crash_keeping_all(), 0, workers);
            let lost = &bench.report.lost;
            assert_eq!((lost.len(), lost[0].id), (1, QUIET), "{lost:?}");
            assert!(lost[0].reason.contains(&format!("{bad:?} (event 1")), "{lost:?}");
            assert_eq!((lost[0].code, &lost[0].name), (Code::DIGEST_MISMATCH, &Some(name("event1"))));
            assert_eq!(bench.digests(), [before], "the other one is there, with what came after that record");
        }
    }
}

#[test]
fn a_snapshot_takes_the_reserve_if_it_lets_go_of_more_than_it_takes() {
    // The first set lets go of nothing; one that takes the place of another does.
    for sets in [0, 2] {
        let mut bench = Bench::new();
        bench.sets(sets);
        bench.hold(BUSY);
        bench.seal();
        bench.disk.set_capacity(Some(64 << 20));
        let free = bench.checkpointer.store.free_bytes().unwrap();
        let store = Arc::clone(&bench.checkpointer.store);
        let checkpointer =
            Checkpointer::new(store, bench.log.clone(), bench.secret.tables()).leaving_free(free);
        let before = bench.log.segments().len();
        match checkpointer.run() {
            Ok(Some(_)) => assert!(sets > 0 && bench.log.segments().len() < before),
            Err(CheckpointError::NoRoom { .. }) => assert_eq!(sets, 0),
            made => panic!("{made:?}"),
        }
    }
}

#[test]
fn a_snapshot_that_does_not_fit_is_not_begun_and_one_that_fails_leaves_nothing() {
    let mut bench = Bench::new();
    bench.sets(3);
    let files = |bench: &Bench| bench.disk.list("snapshots").unwrap();
    let before = files(&bench);
    bench.hold(BUSY);
    bench.seal();
    let checkpointer = |bench: &Bench, reserve| {
        let store = Arc::clone(&bench.checkpointer.store);
        Checkpointer::new(store, bench.log.clone(), bench.secret.tables()).leaving_free(reserve)
    };
    bench.disk.set_capacity(Some(1));
    let refused = checkpointer(&bench, 1).run();
    assert!(matches!(refused, Err(CheckpointError::NoRoom { .. })), "{refused:?}");
    assert_eq!(files(&bench), before);
    bench.disk.set_capacity(None);

    // Every operation of the disk fails once: what was there is untouched, and nothing is left of the try.
    for nth in 1.. {
        let disk = bench.disk.fork();
        let store = Arc::new(Store::open(Arc::new(disk.clone())).unwrap());
        let checkpointer = Checkpointer::new(store, bench.log.clone(), bench.secret.tables());
        disk.inject(Fault::Fail { operation: Some(Operation::Write), nth });
        match checkpointer.run() {
            Ok(made) => {
                assert!(made.is_some() && nth > 1);
                break;
            }
            Err(_) => assert_eq!(disk.list("snapshots").unwrap(), before, "write {nth}"),
        }
    }
}
