//! A medium that fails to read what is whole: no set is made that takes the place of it.

use super::*;

impl Bench {
    /// The next read of the snapshots fails, and those after it do not: that of the newest manifest.
    fn fail_a_read(&self) {
        self.disk.inject(Fault::Fail { operation: Some(Operation::Read), nth: 1 });
    }
}

/// The newest set cannot be read for a moment, the older one has a damaged copy, and memory has nothing of the event.
#[test]
fn what_a_set_that_cannot_be_read_for_now_has_is_not_given_up() {
    for is_new in [false, true] {
        let mut bench = Bench::with_short_log();
        bench.damage(&bench.entries(QUIET)[1]);
        if is_new {
            bench.hold(BUSY);
            bench.seal();
        }
        bench.fail_a_read();
        let made = bench.checkpointer.run();
        assert!(matches!(made, Err(CheckpointError::Unread { event: QUIET, .. })), "{made:?}");
        let mut bench = bench.again();
        assert!(bench.report.lost.is_empty(), "{:?}", bench.report.lost);
        bench.hold(BUSY);
        bench.snapshot();
        bench.assert_sound();
    }
}

/// The same, and memory has the event: the set that cannot be read is not missed.
#[test]
fn what_memory_has_need_not_be_read() {
    let mut bench = Bench::with_short_log();
    bench.damage(&bench.entries(QUIET)[1]);
    bench.hold(BUSY);
    bench.seal();
    bench.fail_a_read();
    let report = bench.snapshot_asking(&[QUIET, BUSY], |_| {}).unwrap().unwrap();
    assert!(report.behind.is_empty(), "{report:?}");
    let mut bench = bench.again();
    assert!(bench.report.lost.is_empty() && bench.report.alarms.is_empty(), "{:?}", bench.report);
    bench.hold(BUSY);
    bench.snapshot();
    bench.assert_sound();
}
