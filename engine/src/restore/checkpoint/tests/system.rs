//! Snapshots of the system event, which are made as those of the sales and never at their cost.

use holdfast_wal::Batch;

use super::*;
use crate::actor::SystemCore;
use crate::codec::encode_system;
use crate::restore::recovery::RestoredSystem;
use crate::system::{SystemChange, SystemRecord, Told};

impl Bench {
    /// A start of the process, as the first thing that the system event knows.
    fn start(&self) -> SystemCore {
        let mut core = SystemCore::recovered(RestoredSystem::None, self.log.clone());
        core.tell(Told::Start { build: "1".into(), format: 2, last_known_at: At(0) }, self.now);
        core
    }

    /// A record of the system event that leads elsewhere.
    fn spoil(&self) -> Lsn {
        let record = SystemRecord { at: self.now, version: 2, change: SystemChange::Heartbeat };
        let mut batch = Batch::new();
        batch.push(|out| encode_system(7, &record, out));
        self.log.append(&mut batch).unwrap()
    }

    /// What a start finds of the system event.
    fn found(&self) -> RestoredSystem {
        let storage: Arc<dyn Storage> = Arc::new(self.disk.crash_keeping_all());
        let store = Store::open(Arc::clone(&storage)).unwrap();
        let snapshots = Snapshots::find(&store).unwrap().waking_all();
        let recovered = Recovered::scan(&storage, snapshots.replay_from(), snapshots.witness()).unwrap();
        let sources = Sources { storage: &storage, store: &store, snapshots: &snapshots, log: &recovered };
        let recovery = recover(sources, &MemoryGauge::default(), self.secret.tables(), 2).unwrap();
        assert!(recovery.report.lost.is_empty(), "{:?}", recovery.report);
        assert_eq!(recovery.report.events, self.cores.len(), "the system event is not counted");
        recovery.system
    }
}

#[test]
fn it_has_its_snapshots_and_the_log_goes() {
    let mut bench = Bench::keeping(0);
    bench.seal();
    assert!(matches!(bench.found(), RestoredSystem::None), "nothing was told");
    let mut core = bench.start();
    for beat in 1..5 {
        core.tell(Told::Alive, bench.now + Millis(beat * 60_000_u64));
        bench.sets(1);
    }
    assert!(bench.log.first_lsn() > Lsn(3), "the log with its first record is let go of");
    assert_eq!(&bench.checkpointer.rebuild_system().unwrap(), core.system().unwrap());
    // Its newest snapshot is damaged, and then the older one too.
    for _ in 0..2 {
        let RestoredSystem::There { system, .. } = bench.found() else { panic!("it is gone") };
        assert_eq!(&*system, core.system().unwrap());
        let whole = bench.entries(EventId::SYSTEM).into_iter();
        let first = whole.filter(|entry| bench.checkpointer.store.read(entry).is_ok()).take(1);
        first.for_each(|entry| bench.damage(&entry));
    }
    let RestoredSystem::Lost(lost) = bench.found() else { panic!("nothing is left of it") };
    assert_eq!((lost.id, lost.code), (EventId::SYSTEM, Code::SNAPSHOTS_DAMAGED));
}

/// Nothing but memory has it: it is saved from there, as a sale would be.
#[test]
fn it_is_saved_from_memory_when_nothing_else_has_it() {
    struct Both<'a>(&'a BTreeMap<EventId, EventCore>, SystemCore);
    impl Memory for Both<'_> {
        fn events(&self) -> Option<Vec<EventId>> {
            Some(std::iter::once(EventId::SYSTEM).chain(self.0.keys().copied()).collect())
        }

        fn image(&self, event: EventId) -> Option<Image> {
            if event == EventId::SYSTEM { self.1.image() } else { self.0.get(&event)?.image() }
        }
    }

    let mut bench = Bench::keeping(0);
    let core = bench.start();
    bench.sets(4);
    bench.damage_all(EventId::SYSTEM);
    bench.hold(BUSY);
    let saved = core.system().unwrap().clone();
    let store = Arc::clone(&bench.checkpointer.store);
    let checkpointer = Checkpointer::new(store, bench.log.clone(), bench.secret.tables());
    let mut snapshotter = Snapshotter::new(checkpointer, bench.log.clone(), SEGMENT);
    let (log, committer) = (bench.log.clone(), &mut bench.committer);
    let mut seal = || {
        log.seal_segment();
        while !matches!(committer.step(true).unwrap(), Step::Nothing) {}
        Ok(())
    };
    let both = Both(&bench.cores, core);
    snapshotter.try_once(&mut seal, &both).unwrap().unwrap();
    let RestoredSystem::There { system, .. } = bench.found() else { panic!("it is gone") };
    assert_eq!(*system, saved);
}

/// Its log is kept as long as there is room, and is no reason to refuse a hold.
#[test]
fn out_of_service_it_keeps_its_log_until_the_disk_is_short() {
    let mut bench = Bench::keeping(0);
    bench.start();
    let spoiled = bench.spoil();
    for _ in 0..5 {
        bench.hold(BUSY);
        let report = bench.snapshot();
        assert_eq!(report.behind.len(), 1, "{report:?}");
        assert_eq!((report.behind[0].0, report.written > 0), (EventId::SYSTEM, true));
    }
    assert!(bench.log.first_lsn() <= spoiled);
    assert!(matches!(bench.found(), RestoredSystem::Lost(lost) if lost.code == Code::DIGEST_MISMATCH));

    let store = Arc::clone(&bench.checkpointer.store);
    let checkpointer = Checkpointer::new(store, bench.log.clone(), bench.secret.tables()).leaving_free(1);
    assert!(checkpointer.relieve(u64::MAX).unwrap() > 0);
    assert!(bench.log.first_lsn() > spoiled);
    assert!(matches!(bench.found(), RestoredSystem::Lost(_)), "it does not begin anew by itself");
    bench.hold(BUSY);
    assert_eq!(bench.snapshot().behind.len(), 1);
    bench.again();
}
