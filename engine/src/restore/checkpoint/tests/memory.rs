//! Snapshots of what nothing has but memory.

use super::*;

/// The events of a bench, of which only some are on duty.
struct Cores<'a>(&'a BTreeMap<EventId, EventCore>, &'a [EventId]);

impl Memory for Cores<'_> {
    fn events(&self) -> Option<Vec<EventId>> {
        self.0.keys().map(|id| self.1.contains(id).then_some(*id)).collect()
    }

    fn image(&self, event: EventId) -> Option<Image> {
        self.0.get(&event).filter(|_| self.1.contains(&event))?.image()
    }
}

impl Bench {
    /// As the background makes it, with these events on duty. Before the log is sealed, `happens` gets how often it was.
    pub(super) fn snapshot_asking(
        &mut self,
        on_duty: &[EventId],
        mut happens: impl FnMut(usize),
    ) -> Result<Option<CheckpointReport>, CheckpointError> {
        let store = Arc::clone(&self.checkpointer.store);
        let checkpointer = Checkpointer::new(store, self.log.clone(), self.secret.tables());
        let mut snapshotter = Snapshotter::new(checkpointer, self.log.clone(), SEGMENT);
        let Self { log, committer, cores, .. } = self;
        let mut times = 0;
        let mut seal = || {
            happens(times);
            times += 1;
            log.seal_segment();
            while !matches!(committer.step(true).unwrap(), Step::Nothing) {}
            Ok(())
        };
        snapshotter.try_once(&mut seal, &Cores(cores, on_duty))
    }
}

#[test]
fn what_is_only_in_memory_is_saved_from_there_before_a_set_is_published_without_it() {
    for id in [QUIET, BUSY] {
        let mut bench = Bench::with_short_log();
        bench.damage_all(id);
        bench.hold(BUSY);
        let report = bench.snapshot_asking(&[QUIET, BUSY], |_| {}).unwrap().unwrap();
        assert!(report.behind.is_empty() && !report.alarms.is_empty(), "{report:?}");
        let is_damaged = |entry: &Entry| bench.checkpointer.store.read(entry).is_err();
        let damaged: Vec<bool> = bench.entries(id).iter().map(is_damaged).collect();
        assert_eq!(damaged, [false, true, true], "one new set, and what was there");
        bench.hold(BUSY);
        bench.snapshot();
        let bench = bench.again();
        assert!(bench.report.lost.is_empty(), "{:?}", bench.report);
        bench.assert_sound();
    }
}

/// What is in the image stands in the log too, and more of the event comes behind it.
#[test]
fn an_image_goes_on_with_the_log_behind_it() {
    /// An event as it was a moment ago.
    struct Portrait(EventId, std::cell::RefCell<Option<Image>>);
    impl Memory for Portrait {
        fn events(&self) -> Option<Vec<EventId>> {
            None
        }

        fn image(&self, event: EventId) -> Option<Image> {
            self.1.borrow_mut().take_if(|_| event == self.0)
        }
    }

    for id in [QUIET, BUSY] {
        let mut bench = Bench::with_short_log();
        bench.damage_all(id);
        bench.hold(id);
        let portrait = Portrait(id, std::cell::RefCell::new(bench.cores[&id].image()));
        bench.hold(id);
        bench.seal();
        let made = bench.checkpointer.run_asking(&portrait, &mut || Ok(()));
        assert!(made.unwrap().unwrap().behind.is_empty());
        assert!(bench.again().report.lost.is_empty());
    }
}

/// The snapshots were readable when it was found that one event is in memory only, and are not when its image is there.
#[test]
fn nothing_is_given_up_when_reads_begin_to_fail_while_memory_is_asked() {
    for on_duty in [&[QUIET][..], &[QUIET, BUSY]] {
        let mut bench = Bench::with_short_log();
        bench.damage_all(QUIET);
        bench.hold(BUSY);
        let disk = bench.disk.clone();
        let unread =
            Fault::Always { operation: Some(Operation::Read), under: "snapshots".to_owned(), nth: 1 };
        let fails = |times| {
            if times == 1 {
                disk.inject(unread.clone());
            }
        };
        let report = bench.snapshot_asking(on_duty, fails).unwrap().unwrap();
        let behind: Vec<EventId> = report.behind.iter().map(|(id, _)| *id).collect();
        assert_eq!(behind, if on_duty.len() == 2 { vec![] } else { vec![BUSY] });
        bench.disk.heal();
        let mut bench = bench.again();
        assert!(bench.report.lost.is_empty(), "{:?}", bench.report);
        for _ in 0..2 {
            bench.hold(BUSY);
            bench.snapshot();
        }
        bench.assert_sound();
    }
}

#[test]
fn sets_that_are_gone_are_made_from_memory_if_nothing_else_would_be_given_up() {
    for whole_directory in [false, true] {
        let mut bench = Bench::with_short_log();
        for file in bench.disk.list("snapshots").unwrap() {
            if whole_directory || file.starts_with("manifest") {
                bench.disk.remove(&format!("snapshots/{file}")).unwrap();
            }
        }
        bench.hold(BUSY);
        for on_duty in [&[QUIET][..], &[QUIET, BUSY]] {
            let is_all = on_duty.len() == 2;
            match bench.snapshot_asking(on_duty, |_| {}) {
                Ok(Some(report)) => assert!(is_all && report.behind.is_empty(), "{report:?}"),
                Err(CheckpointError::NotInMemory) => assert!(!is_all),
                made => panic!("{made:?}"),
            }
        }
        let mut bench = bench.again();
        assert!(bench.report.lost.is_empty(), "{:?}", bench.report);
        bench.hold(QUIET);
        bench.snapshot();
        bench.assert_sound();
    }
}
