//! Segments that recovery needs no more and readers do: retired, thinned, known again after a start, and lost alone.

#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod common;

use std::sync::Arc;

use common::{commit, open, options, payload, scan, segment_path, shared, try_open};
use holdfast_testkit::{Fault, MemoryStorage};
use holdfast_wal::{
    Committer, KeptAs, KeptSegment, Log, Lsn, ReadError, Recovered, Seen, Step, Storage, inspect,
};

/// Every seventh record is wanted.
fn wanted(lsn: Lsn) -> bool {
    lsn.0.is_multiple_of(7)
}

fn thin(log: &Log, number: u64) -> Result<(), ReadError> {
    log.thin(number, &mut |lsn, record| {
        assert_eq!(record, payload(lsn.0));
        wanted(lsn)
    })
}

/// A log of `segments` sealed segments with 30 records each, in groups of 3.
fn log_of(storage: &MemoryStorage, segments: u64) -> (Log, Committer) {
    let (log, mut committer) = open(&shared(storage));
    for _ in 0..segments {
        grow(&log, &mut committer);
    }
    (log, committer)
}

fn grow(log: &Log, committer: &mut Committer) {
    for _ in 0..10 {
        commit(log, committer, 3);
    }
    log.seal_segment();
    while committer.step(false).unwrap() != Step::Nothing {}
}

fn read(log: &Log, kept: &KeptSegment) -> Result<Vec<Lsn>, ReadError> {
    let mut reader = log.read_edition((kept.number, kept.edition), 0, kept.first.previous())?;
    let mut found = Vec::new();
    while let Some(chunk) = reader.next(1)? {
        for group in chunk.groups() {
            for (lsn, record) in group.records() {
                assert!(group.first <= lsn && lsn <= group.last());
                assert_eq!(record, payload(lsn.0), "{lsn}");
                found.push(lsn);
            }
        }
    }
    assert!(kept.last.is_none_or(|last| reader.last() == last), "a reader comes to the end");
    Ok(found)
}

/// Reads everything that is kept: no gap between two segments, and in each all records, or at least those that are wanted.
fn check(log: &Log) -> Lsn {
    let kept = log.segments();
    let mut next = kept[0].first;
    for segment in &kept {
        assert_eq!(segment.first, next, "{kept:?}");
        let found = read(log, segment).unwrap();
        let last = segment.last.unwrap_or_else(|| log.durable());
        let all: Vec<_> = (next.0..=last.0).map(Lsn).collect();
        let thinned: Vec<_> = all.iter().copied().filter(|lsn| wanted(*lsn)).collect();
        assert!(found == all || (segment.kept_as == KeptAs::Thinned && found == thinned), "{segment:?}");
        next = last.next();
    }
    assert_eq!(next, log.durable().next());
    kept[0].first
}

fn kept_as(log: &Log) -> Vec<(u64, KeptAs)> {
    log.segments().iter().map(|kept| (kept.number, kept.kept_as)).collect()
}

#[test]
fn what_recovery_needs_no_more_is_still_read() {
    let storage = MemoryStorage::new();
    let (log, committer) = log_of(&storage, 4);
    let before = log.stats().disk_bytes;
    log.retire().unwrap();
    assert_eq!((log.first_lsn(), check(&log)), (Lsn(31), Lsn(1)));
    assert!(matches!(log.read_sealed(Lsn(1)), Err(ReadError::Released { .. })), "recovery does not see it");
    assert_eq!(log.stats().disk_bytes, before);
    let whole = log.segments()[0];
    let mut reader = log.read_segment(whole.number, 0, Lsn::ZERO).unwrap();
    assert_eq!(reader.next(1).unwrap().unwrap().groups().count(), 1);
    thin(&log, whole.number).unwrap();
    assert!(matches!(reader.next(1), Err(ReadError::Released { .. })), "its places are of no use any more");
    let thinned = log.segments()[0];
    assert_eq!(read(&log, &thinned).unwrap(), [7, 14, 21, 28].map(Lsn));
    assert!(matches!(read(&log, &whole), Err(ReadError::Released { .. })));
    assert!(log.stats().disk_bytes < before - 32 * 1024, "most of it is gone");
    let stats = log.stats();
    assert_eq!((stats.segments, stats.past_segments, stats.past_thinned), (4, 1, 1));

    log.retire().unwrap();
    log.retire().unwrap();
    use KeptAs::{Past, Running, Sealed, Thinned};
    assert_eq!(kept_as(&log), [(1, Thinned), (2, Past), (3, Past), (4, Sealed), (5, Running)]);
    thin(&log, 2).unwrap();
    assert_eq!(kept_as(&log), [(2, Thinned), (3, Past), (4, Sealed), (5, Running)], "small ones join");
    drop((log, committer));

    let recovered = scan(&storage).unwrap();
    assert_eq!((recovered.first_lsn(), recovered.last_lsn()), (Lsn(91), Lsn(120)));
    assert_eq!(recovered.cut_off(), None);
    let (log, mut committer) = open(&shared(&storage));
    assert_eq!(check(&log), Lsn(1));
    grow(&log, &mut committer);
    assert_eq!(log.release_beyond(Lsn(120), log.bytes_but_oldest()).unwrap().segments, 1);
    assert_eq!(check(&log), Lsn(61), "the oldest goes first");
    assert_eq!(log.release(Lsn(120)).unwrap().segments, 3, "one is without records");
    assert_eq!(check(&log), Lsn(121));
    let names = shared(&storage).list("wal").unwrap();
    assert!(names.iter().all(|name| name.ends_with(".wal")), "{names:?}");
}

#[test]
fn a_segment_of_which_nothing_is_wanted_still_says_what_it_stands_for() {
    let storage = MemoryStorage::new();
    let (log, _committer) = log_of(&storage, 2);
    log.retire().unwrap();
    log.thin(1, &mut |_, _| false).unwrap();
    let kept = log.segments()[0];
    assert_eq!((kept.first, kept.last), (Lsn(1), Some(Lsn(30))));
    assert_eq!(read(&log, &kept).unwrap(), []);
    let mut purposes = Vec::new();
    inspect(&*shared(&storage), &mut |seen| match seen {
        Seen::Group(group) => purposes.push((group.purpose, group.first, group.last)),
        Seen::Fault { path, reason, .. } => panic!("{path}: {reason}"),
        _ => {}
    })
    .unwrap();
    assert_eq!(purposes[0], ("thinned", Lsn(1), Lsn(30)));
}

/// Past segments of both kinds; at last the oldest is let go of, and `lets_go` is told before.
fn keep_house(storage: &MemoryStorage, lets_go: &mut bool) -> Result<(), ReadError> {
    let released = |source| ReadError::Io { path: String::new(), action: "release", source };
    let (log, mut committer) = try_open(&shared(storage))?;
    for _ in 0..2 {
        log.retire().map_err(released)?;
        let past = log.segments().into_iter().rfind(|kept| kept.kept_as == KeptAs::Past);
        if let Some(past) = past {
            thin(&log, past.number)?;
        }
        log.retire().map_err(released)?;
    }
    let upto = log.segments()[1].last.unwrap();
    *lets_go = true;
    log.release_beyond(upto, log.bytes_but_oldest()).map_err(released)?;
    let _ = committer.step(true);
    Ok(())
}

/// The machine stops at every operation in turn. Whatever a power cut then leaves, the log is whole, and what is kept of
/// the past leads up to it without a gap.
#[test]
fn a_crash_at_any_step_leaves_no_gap() {
    let prepared = MemoryStorage::new();
    drop(log_of(&prepared, 6));
    let complete = prepared.fork();
    let before = complete.operations();
    keep_house(&complete, &mut false).unwrap();
    let operations = complete.operations() - before;
    assert!(operations > 40, "{operations}");
    let (mut whole, mut shorter) = (0, 0);
    for stop in 0..operations {
        let disk = prepared.fork();
        disk.stop_after(stop);
        let mut lets_go = false;
        let _ = keep_house(&disk, &mut lets_go);
        let outcomes = (0..8).map(|seed| disk.crash(stop * 8 + seed));
        for after in outcomes.chain([disk.crash_losing_all(), disk.crash_keeping_all()]) {
            let recovered = scan(&after).unwrap();
            assert_eq!((recovered.cut_off(), recovered.last_lsn()), (None, Lsn(180)), "stopped after {stop}");
            let (log, _committer) = open(&shared(&after));
            match check(&log) {
                Lsn(1) => whole += 1,
                first => {
                    assert!(
                        lets_go && (first == Lsn(31) || first == Lsn(61)),
                        "{first}, stopped after {stop}"
                    );
                    shorter += 1;
                }
            }
            let names = shared(&after).list("wal").unwrap();
            assert_eq!(names.len(), log.segments().len(), "nothing else is left: {names:?}");
        }
    }
    assert!(whole > 0 && shorter > 0, "{whole} {shorter}");
}

/// One operation fails, and the process goes on: nothing is lost, and it succeeds at a later try, or after a start.
#[test]
fn a_fault_at_any_step_costs_nothing_but_the_try() {
    let prepared = MemoryStorage::new();
    drop(log_of(&prepared, 6));
    let (mut failed, mut unsound) = (0, 0);
    for nth in 1.. {
        let disk = prepared.fork();
        let (log, committer) = open(&shared(&disk));
        let before = disk.operations();
        disk.inject(Fault::Fail { operation: None, nth });
        let done = log.retire().is_ok() && thin(&log, 1).is_ok();
        let came = disk.operations() - before >= nth;
        disk.heal();
        check(&log);
        if !done {
            failed += 1;
            match log.retire() {
                Err(_) => unsound += 1,
                Ok(()) => {
                    thin(&log, log.segments()[0].number).unwrap();
                    assert_eq!(log.segments()[0].kept_as, KeptAs::Thinned);
                }
            }
            check(&log);
        }
        drop((log, committer));
        for after in [disk.crash_losing_all(), disk.crash_keeping_all()] {
            let (log, _committer) = open(&shared(&after));
            assert_eq!(check(&log), Lsn(1));
        }
        if !came {
            assert!(done);
            break;
        }
    }
    assert!(failed > 6 && unsound > 0, "{failed} {unsound}");
}

#[test]
fn a_damaged_past_segment_costs_itself_and_what_is_older() {
    let storage = MemoryStorage::new();
    let (log, committer) = log_of(&storage, 5);
    for _ in 0..3 {
        log.retire().unwrap();
    }
    thin(&log, 2).unwrap();
    let newer = log.segments()[2].first;
    let name =
        shared(&storage).list("wal").unwrap().into_iter().find(|name| name.ends_with(".thin")).unwrap();
    let bytes = shared(&storage).read(&format!("wal/{name}")).unwrap().len() as u64;
    drop((log, committer));
    let mut unread = 0;
    for bit in (0..bytes * 8).step_by(61) {
        let disk = storage.fork();
        disk.flip_bit(&format!("wal/{name}"), bit).unwrap();
        let (log, _committer) = open(&shared(&disk));
        assert_eq!(log.first_lsn(), Lsn(91), "no start is refused");
        let thinned = log.segments()[1];
        match read(&log, &thinned) {
            Ok(found) => assert_eq!(found, [35, 42, 49, 56].map(Lsn)),
            Err(ReadError::Corruption { file, .. }) => {
                assert_eq!(file, format!("wal/{name}"));
                unread += 1;
                log.give_up_past(thinned.number);
                assert_eq!(check(&log), newer);
                log.release(Lsn::ZERO).unwrap();
                assert_eq!(shared(&disk).list("wal").unwrap().len(), log.segments().len());
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(unread > 20, "{unread}");
}

/// A version that knows no past segments has let go of log, or a file was removed by hand.
#[test]
fn what_does_not_join_the_log_is_of_no_use() {
    let storage = MemoryStorage::new();
    let (log, committer) = log_of(&storage, 5);
    for _ in 0..3 {
        log.retire().unwrap();
    }
    drop((log, committer));
    let disk = storage.fork();
    shared(&disk).remove(&segment_path(4)).unwrap();
    let recovered = scan(&disk).unwrap();
    assert_eq!((recovered.first_lsn(), recovered.cut_off()), (Lsn(121), Some(Lsn(90))));
    let (log, _committer) = open(&shared(&disk));
    assert_eq!(check(&log), Lsn(121));

    let names = shared(&storage).list("wal").unwrap();
    shared(&storage).remove(&format!("wal/{}", names[1])).unwrap();
    assert_eq!(scan(&storage).unwrap().cut_off(), Some(Lsn(30)));
    let (log, _committer) = open(&shared(&storage));
    assert_eq!(check(&log), Lsn(61));
    let names = shared(&storage).list("wal").unwrap();
    assert_eq!(names.len(), log.segments().len(), "{names:?}");
}

/// Whatever a file of that kind says of itself, the log is not judged by it.
#[test]
fn a_stray_past_segment_takes_nothing_along() {
    let storage = MemoryStorage::new();
    drop(log_of(&storage, 3));
    let expected = scan(&storage).unwrap().last_lsn();
    for name in [
        "00000000000000000999-00000000000000000001-00000000000000999999.thin",
        "00000000000000000001-00000000000000000001-00000000000000000030.past",
    ] {
        storage.put(&format!("wal/{name}"), b"something");
    }
    let (log, _committer) = open(&shared(&storage));
    assert_eq!((log.durable(), log.first_lsn()), (expected, Lsn(1)));
    assert_eq!(check(&log), Lsn(1));
    // Nor is one believed that has a number of the log and would join it.
    log.retire().unwrap();
    storage.put("wal/00000000000000000999-00000000000000000001-00000000000000000030.thin", b"something");
    let (log, _committer) = open(&shared(&storage));
    assert_eq!((log.first_lsn(), check(&log)), (Lsn(31), Lsn(1)));
}

/// The room for a new segment is worth more than the past.
#[test]
fn a_start_without_room_lets_go_of_the_past() {
    let storage = MemoryStorage::new();
    let (log, committer) = log_of(&storage, 4);
    for _ in 0..3 {
        log.retire().unwrap();
    }
    drop((log, committer));
    let names = shared(&storage).list("wal").unwrap();
    let taken: u64 =
        names.iter().map(|name| shared(&storage).bytes_taken(&format!("wal/{name}")).unwrap()).sum();
    // A start finds room where the last life has used none: in the segment made ahead, and the running one.
    storage.set_capacity(Some(taken - (100 << 10)));
    let storage: Arc<dyn Storage> = shared(&storage);
    let recovered = Recovered::scan(&storage, Lsn(91), None).unwrap();
    let (log, _committer) = Log::start(storage, recovered, options(), Box::new(|_| {})).unwrap();
    assert!(check(&log) > Lsn(1));
    assert_eq!(log.first_lsn(), Lsn(91), "the log is whole");
}

#[test]
fn nothing_is_retired_or_thinned_that_is_not_there() {
    let storage = MemoryStorage::new();
    let (log, _committer) = open(&shared(&storage));
    log.retire().unwrap();
    assert!(matches!(thin(&log, 1), Err(ReadError::Released { .. })));
    assert_eq!(kept_as(&log), [(1, KeptAs::Running)]);
}
