//! loom tries every interleaving of appenders and a committer: no wake-up is lost, LSNs are contiguous, nothing is
//! published before it is written, and poison reaches everybody.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p holdfast-wal --lib --release model`

use std::time::Instant;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

use super::{Handover, Wake};
use crate::batch::{Batch, split_record};
use crate::error::Poisoned;
use crate::lsn::Lsn;
use crate::write::desk::Desk;

fn batch(records: &[u8]) -> Batch {
    let mut batch = Batch::new();
    for record in records {
        batch.push(|bytes| bytes.push(*record));
    }
    batch
}

/// Tries the interleavings of three threads that all write, up to three switches of a thread that could go on: all of
/// them take minutes, and loom's documentation gives two or three as enough for most faults.
fn search(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

/// Writes a group if one waits; and whether the writer is to stop.
fn write_a_group(handover: &Handover, disk: &mut Vec<u8>) -> (bool, bool) {
    let taken = handover.take().expect("nobody poisons this one");
    let wrote = taken.group.is_some();
    if let Some(group) = taken.group {
        let payload = group.bytes();
        let mut rest = group.framed();
        while let Some((record, after)) = split_record(rest) {
            disk.extend_from_slice(record);
            rest = after;
        }
        handover.give_back(group, payload);
    }
    (wrote, taken.stopping)
}

/// As the committer does: takes until it is stopped, waits without a time limit in between. Gives what it wrote.
fn drain(handover: &Handover, durable: &AtomicU64) -> Vec<u8> {
    let mut written = Vec::new();
    loop {
        match write_a_group(handover, &mut written) {
            (true, _) => durable.store(written.len() as u64, Ordering::Release),
            (false, true) => return written,
            (false, false) => handover.wait(None, false),
        }
    }
}

#[test]
fn no_wake_up_is_lost_and_lsns_are_contiguous() {
    loom::model(|| {
        let handover = Arc::new(Handover::new(Lsn::ZERO, 8));
        let durable = Arc::new(AtomicU64::new(0));
        let committer = {
            let (handover, durable) = (Arc::clone(&handover), Arc::clone(&durable));
            thread::spawn(move || drain(&handover, &durable))
        };
        let appender = {
            let (handover, durable) = (Arc::clone(&handover), Arc::clone(&durable));
            thread::spawn(move || {
                let first = handover.append(&mut batch(&[1, 2]), Wake::Now).unwrap();
                // Only what was given out can be durable.
                assert!(durable.load(Ordering::Acquire) <= 3);
                first
            })
        };
        let own = handover.append(&mut batch(&[3]), Wake::Now).unwrap();
        let theirs = appender.join().unwrap();
        assert!((own, theirs) == (Lsn(1), Lsn(2)) || (own, theirs) == (Lsn(3), Lsn(1)));
        handover.stop();
        let written = committer.join().unwrap();
        let place = |record: u8| written.iter().position(|found| *found == record).unwrap() as u64 + 1;
        assert_eq!(written.len(), 3);
        assert_eq!((Lsn(place(3)), Lsn(place(1)), Lsn(place(2))), (own, theirs, theirs.next()));
        assert_eq!(handover.waiting_bytes(), 0);
    });
}

/// Nobody stops anything here: a stop would wake a committer that was left asleep.
#[test]
fn what_is_appended_wakes_the_committer_now_or_when_its_thread_says_so() {
    for wake in [Wake::Now, Wake::Later] {
        loom::model(move || {
            let handover = Arc::new(Handover::new(Lsn::ZERO, 64));
            let appender = {
                let handover = Arc::clone(&handover);
                thread::spawn(move || {
                    for record in [1, 2] {
                        handover.append(&mut batch(&[record]), wake).unwrap();
                        if wake == Wake::Later {
                            handover.wake();
                        }
                    }
                })
            };
            let mut disk = Vec::new();
            while disk.len() < 2 {
                if !write_a_group(&handover, &mut disk).0 {
                    handover.wait(None, false);
                }
            }
            assert_eq!(disk, [1, 2]);
            appender.join().unwrap();
        });
    }
}

#[test]
fn a_stop_is_never_slept_through() {
    loom::model(|| {
        let handover = Arc::new(Handover::new(Lsn::ZERO, 8));
        let durable = Arc::new(AtomicU64::new(0));
        let stopper = {
            let handover = Arc::clone(&handover);
            thread::spawn(move || handover.stop())
        };
        let appender = {
            let handover = Arc::clone(&handover);
            thread::spawn(move || handover.append(&mut batch(&[1]), Wake::Now).is_ok())
        };
        let written = drain(&handover, &durable);
        stopper.join().unwrap();
        // What was taken is written, and what was refused is not.
        assert_eq!(written.len(), usize::from(appender.join().unwrap()));
    });
}

#[test]
fn a_nudge_ends_a_wait_for_news_only() {
    loom::model(|| {
        let handover = Arc::new(Handover::new(Lsn::ZERO, 8));
        handover.append(&mut batch(&[1]), Wake::Now).unwrap();
        let maker = {
            let handover = Arc::clone(&handover);
            thread::spawn(move || handover.nudge())
        };
        handover.wait(None, true);
        maker.join().unwrap();
    });
}

#[test]
fn poison_reaches_appenders_and_the_committer() {
    loom::model(|| {
        let handover = Arc::new(Handover::new(Lsn::ZERO, 8));
        let appender = {
            let handover = Arc::clone(&handover);
            thread::spawn(move || {
                // Loses or wins against the poison, and the next one is refused for certain once one was.
                let first = handover.append(&mut batch(&[1]), Wake::Now).is_ok();
                let second = handover.append(&mut batch(&[2]), Wake::Now).is_ok();
                assert!(first || !second);
            })
        };
        let poisoner = {
            let handover = Arc::clone(&handover);
            thread::spawn(move || handover.poison(Poisoned::abandoned()))
        };
        loop {
            match handover.take() {
                Err(_) => break,
                Ok(taken) => match taken.group {
                    // Not given back: its write failed.
                    Some(group) => drop(group),
                    None => handover.wait(None, false),
                },
            }
        }
        appender.join().unwrap();
        poisoner.join().unwrap();
        assert!(handover.append(&mut batch(&[3]), Wake::Now).is_err());
    });
}

/// One who appends for later, with a thread that may commit a lone record itself, beside one who wakes the committer at
/// once: every record is written once, in the order of the LSNs, and nobody sleeps beside one that waits.
#[test]
fn whoever_writes_a_lone_record_writes_it_once_and_in_its_place() {
    search(|| {
        let handover = Arc::new(Handover::new(Lsn::ZERO, 64));
        let desk = Arc::new(Desk::empty());
        let committer = {
            let (handover, desk) = (Arc::clone(&handover), Arc::clone(&desk));
            thread::spawn(move || {
                let lent = desk.lend(Vec::new());
                loop {
                    let (wrote, stopping) = lent.work(|disk| write_a_group(&handover, disk)).unwrap();
                    if stopping {
                        return lent.work(|disk| disk.clone()).unwrap();
                    }
                    if !wrote {
                        handover.wait(None, false);
                    }
                }
            })
        };
        let other = {
            let handover = Arc::clone(&handover);
            thread::spawn(move || handover.append(&mut batch(&[2]), Wake::Now).unwrap())
        };
        let own = handover.append(&mut batch(&[1]), Wake::Later).unwrap();
        let lone = handover.has_lone_record();
        let done = lone && desk.try_use(|disk| write_a_group(&handover, disk).0).unwrap_or(false);
        if done {
            handover.committed_elsewhere();
        } else {
            handover.wake();
        }
        let theirs = other.join().unwrap();
        handover.stop();
        let written = committer.join().unwrap();
        assert_eq!(written.len(), 2);
        let place = |record: u8| Lsn(written.iter().position(|found| *found == record).unwrap() as u64 + 1);
        assert_eq!((place(1), place(2)), (own, theirs));
        assert_eq!(handover.waiting_bytes(), 0);
    });
}

/// The committer sleeps until a proof is due, and a lone record was just written elsewhere: what another thread has appended
/// for later meanwhile is not forgotten. Only the last record, wherever it is written, stops anything.
#[test]
fn a_commit_elsewhere_forgets_no_record_of_another_thread() {
    search(|| {
        let handover = Arc::new(Handover::new(Lsn::ZERO, 64));
        let desk = Arc::new(Desk::empty());
        let stop_after_two = |handover: &Handover, disk: &Vec<u8>| {
            if disk.len() == 2 {
                handover.stop();
            }
        };
        let committer = {
            let (handover, desk) = (Arc::clone(&handover), Arc::clone(&desk));
            thread::spawn(move || {
                let lent = desk.lend(Vec::new());
                loop {
                    let done = lent.work(|disk| {
                        let (wrote, stopping) = write_a_group(&handover, disk);
                        stop_after_two(&handover, disk);
                        (wrote, stopping, disk.len())
                    });
                    match done.unwrap() {
                        (_, true, written) => return written,
                        (true, ..) => {}
                        (false, ..) => handover.wait(Some(Instant::now()), false),
                    }
                }
            })
        };
        let other = {
            let handover = Arc::clone(&handover);
            thread::spawn(move || {
                handover.append(&mut batch(&[2]), Wake::Later).unwrap();
                handover.wake();
            })
        };
        handover.append(&mut batch(&[1]), Wake::Later).unwrap();
        let lone = handover.has_lone_record();
        let write = |disk: &mut Vec<u8>| {
            let (wrote, _) = write_a_group(&handover, disk);
            stop_after_two(&handover, disk);
            wrote
        };
        if lone && desk.try_use(write).unwrap_or(false) {
            handover.committed_elsewhere();
        } else {
            handover.wake();
        }
        other.join().unwrap();
        assert_eq!(committer.join().unwrap(), 2);
    });
}
