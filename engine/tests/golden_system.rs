//! Records and snapshots of the system event that were written once are read for ever: committed bytes of every kind.
//!
//! As in `golden.rs`: `HOLDFAST_GOLDEN=write` writes the files anew; a new variant adds lines and alters none.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::path::PathBuf;

use holdfast_engine::{
    At, Branch, By, ExecutionChange, ExecutionEnding, ExecutionId, ExecutionOutcome, ExecutionProgress,
    Failure, Millis, Mode, RunType, System, SystemChange, SystemRecord, Task, Why, decode_system,
    encode_system, event_of, read_system, version_of, write_system,
};
use holdfast_testkit::{hex, unhex};

/// One line for each kind. The match has no other arm, so that a new kind does not compile until it has its line.
fn title(change: &SystemChange) -> String {
    match change {
        SystemChange::Started { .. } => "started".to_owned(),
        SystemChange::Ready { .. } => "ready".to_owned(),
        SystemChange::Stopped { why } => format!("stopped.{}", why.word()),
        SystemChange::ModeSet { mode, .. } => format!("mode_set.{}", mode.word()),
        SystemChange::Heartbeat => "heartbeat".to_owned(),
        SystemChange::Branched(_) => "branched".to_owned(),
        SystemChange::Execution(change) => format!("execution.{}", title_of_execution(change)),
    }
}

fn title_of_execution(change: &ExecutionChange) -> &'static str {
    match change {
        ExecutionChange::Asked { resumes: None, .. } => "asked",
        ExecutionChange::Asked { .. } => "resumed",
        ExecutionChange::Began(_) => "began",
        ExecutionChange::Progressed(..) => "progressed",
        ExecutionChange::StopAsked(..) => "stop_asked",
        ExecutionChange::Ended(_, ExecutionEnding::Success, _) => "succeeded",
        ExecutionChange::Ended(_, ExecutionEnding::Failed(_), _) => "failed",
        ExecutionChange::Ended(_, ExecutionEnding::Stopped, _) => "stopped",
        ExecutionChange::Activated(..) => "activated",
    }
}

/// The life of a process in which everything happens once, each second. What came later has a life of its own, so that no byte of
/// this one is another than it was.
fn changes() -> Vec<SystemChange> {
    let started = |last_known_at| SystemChange::Started { build: "0.2.0".into(), format: 2, last_known_at };
    let mut changes = vec![started(At(0)), SystemChange::Ready { events: 300, took: Millis(70_000) }];
    let modes = Mode::ALL.into_iter().rev().filter(|mode| *mode != Mode::Overload);
    changes.extend(modes.map(|mode| SystemChange::ModeSet { mode, since: At(1_700_000_000_500) }));
    changes.push(SystemChange::Heartbeat);
    for why in [Why::Asked, Why::Terminated, Why::Interrupted] {
        changes.extend([SystemChange::Stopped { why }, started(At(1_700_000_000_000))]);
        changes.push(SystemChange::Ready { events: 1, took: Millis(2) });
    }
    changes
}

/// The life of a process that was overloaded.
fn overloaded() -> Vec<SystemChange> {
    let since = At(1_700_000_000_500);
    let modes = [Mode::Overload, Mode::Normal].map(|mode| SystemChange::ModeSet { mode, since });
    changes_of_a_start().into_iter().chain(modes).collect()
}

/// The life of a process with executions: one is stopped and resumed, one fails, and an older result counts again.
fn executions() -> Vec<SystemChange> {
    let by = |key: &str, token: Option<&str>| By {
        key: key.into(),
        operator: "olga".into(),
        token: token.map(Into::into),
        reason: "a reason".into(),
    };
    let asked = |number: u64, job: &str, run_type, resumes: Option<u64>| ExecutionChange::Asked {
        task: Task { job: job.into(), arguments: ["EVENT".into(), "gala".into()].into() },
        run_type,
        resumes: resumes.map(ExecutionId),
        plan: resumes.map(|old| 0x0102_0304_0506_0700 + old),
        by: by(&format!("key-{number}"), resumes.map(|_| "night")),
    };
    let outcome = ExecutionOutcome {
        figures: vec![("records".into(), 300), ("bytes".into(), 70_000)],
        findings: vec!["a finding".into()],
        findings_left_out: 2,
        digest: 0x1122_3344_5566_7788,
    };
    let progress = ExecutionProgress { done: 3, of: 300, checkpoint: "three".into() };
    let failure = Failure { code: "HF-BAT-002".into(), message: "no disk".into() };
    let ended = |id, ending| ExecutionChange::Ended(ExecutionId(id), ending, outcome.clone());
    let changes = [
        asked(3, "backup", RunType::Manual, None),
        ExecutionChange::Began(ExecutionId(3)),
        ExecutionChange::Progressed(ExecutionId(3), progress),
        ExecutionChange::StopAsked(ExecutionId(3), by("key-6", None)),
        ended(3, ExecutionEnding::Stopped),
        asked(8, "backup", RunType::Replay, Some(3)),
        ended(8, ExecutionEnding::Success),
        asked(10, "backup", RunType::Auto, None),
        ended(10, ExecutionEnding::Success),
        ExecutionChange::Activated(ExecutionId(8), by("key-12", Some("night"))),
        asked(13, "replay", RunType::Manual, None),
        ended(13, ExecutionEnding::Failed(failure)),
        asked(15, "drill", RunType::Manual, None),
    ];
    changes_of_a_start().into_iter().chain(changes.map(SystemChange::Execution)).collect()
}

/// The life of a process on a directory that was restored, twice.
fn branched() -> Vec<SystemChange> {
    let branch = |number, from_lsn| {
        SystemChange::Branched(Branch { number, from_lsn, at: At(1_699_999_999_000 + from_lsn) })
    };
    changes_of_a_start()
        .into_iter()
        .chain([branch(1_796_000_000, 4_712), branch(1_796_000_500, 90)])
        .collect()
}

fn changes_of_a_start() -> Vec<SystemChange> {
    changes().into_iter().take(2).collect()
}

/// The system event after all of it, and each record with the digest after it.
fn life(changes: Vec<SystemChange>) -> (System, Vec<(SystemRecord, u64)>) {
    let (mut system, mut records) = (None::<System>, Vec::new());
    for (version, change) in (1_u64..).zip(changes) {
        let record = SystemRecord { at: At(1_700_000_000_123 + 1_000 * version), version, change };
        match &mut system {
            None => system = System::begin(&record),
            Some(system) => system.apply(&record),
        }
        records.push((record, system.as_ref().expect("it has begun").digest()));
    }
    (system.expect("it has begun"), records)
}

#[test]
fn bytes_of_the_system_event_stay() {
    let told =
        bytes_stay("system-1.txt", changes()).len() + bytes_stay("system-overload.txt", overloaded()).len();
    // Of the second life, only the overload is new.
    assert_eq!(told - 3, 3 + 3 + Mode::ALL.len());
    assert_eq!(bytes_stay("system-executions.txt", executions()).len() - 2, 9);
    assert_eq!(bytes_stay("system-branched.txt", branched()).len() - 2, 1);
}

/// Compares with the file of this name; the titles of its records.
fn bytes_stay(file: &str, changes: Vec<SystemChange>) -> BTreeSet<String> {
    let (system, records) = life(changes);
    let mut text = String::new();
    for (record, digest) in &records {
        let mut bytes = Vec::new();
        encode_system(*digest, record, &mut bytes);
        let _ = writeln!(text, "record {} {}", title(&record.change), hex(&bytes));
    }
    let taken = write_system(&system, |chunk| {
        let _ = writeln!(text, "snapshot {}", hex(chunk));
        Ok::<_, Infallible>(())
    });
    assert!(taken.is_ok());
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
    if std::env::var_os("HOLDFAST_GOLDEN").is_some_and(|asked| asked == "write") {
        std::fs::write(&path, &text).expect("the file can be written");
    }
    let committed = std::fs::read_to_string(&path).expect("the file is there");
    assert_eq!(text, committed, "the bytes of this build are others than those that were committed");

    let mut records = records.into_iter();
    let (mut titles, mut chunks) = (BTreeSet::new(), Vec::new());
    for line in committed.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["record", name, hex] => {
                let (record, digest) = records.next().expect("a record for each line");
                let bytes = unhex(hex);
                let read = decode_system(&bytes).expect("it can be read");
                assert_eq!((read.record, read.digest), (record, digest), "{name}");
                let event = event_of(&bytes).expect("it has a header");
                assert_eq!((event.0, version_of(&bytes)), (0, Some((event, None))), "no feed shows {name}");
                for end in 0..bytes.len() {
                    assert!(decode_system(&bytes[..end]).is_err(), "{end} bytes of {name}");
                }
                assert!(decode_system(&[&bytes[..], &[0]].concat()).is_err(), "a byte more than {name}");
                titles.insert(name.to_owned());
            }
            ["snapshot", hex] => chunks.push(unhex(hex)),
            _ => panic!("{line}"),
        }
    }
    let of = |chunks: &[Vec<u8>]| read_system(chunks.iter().map(Vec::as_slice));
    let read = of(&chunks).expect("it can be read");
    assert_eq!((read.digest(), &read), (system.digest(), &system));
    assert!(of(&[]).is_err() && of(&chunks[1..]).is_err());
    for at in 0..chunks.len() {
        let mut cut = chunks.clone();
        cut[at].pop();
        assert!(of(&cut).is_err(), "chunk {at} without its end");
    }
    titles
}

#[test]
fn headers_of_later_versions_are_refused() {
    let (_, records) = life(changes());
    let (record, digest) = &records[0];
    let mut bytes = Vec::new();
    encode_system(*digest, record, &mut bytes);
    // The event, the format, each flag and each reserved bit.
    for bit in 0..64 {
        let mut other = bytes.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        assert!(decode_system(&other).is_err(), "bit {bit}");
    }
}
