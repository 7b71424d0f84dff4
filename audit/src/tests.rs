use std::sync::Arc;

use holdfast_testkit::{Fault as DiskFault, MemoryStorage, Operation};
use holdfast_wal::Storage;
use quickcheck::quickcheck;

use super::*;

const DIRECTORY: &str = "5f0c";
/// The first of November 2026, and a month.
const NOVEMBER: u64 = 1_793_491_200_000;
const MONTH: u64 = 30 * 24 * 3_600_000;

fn entry(lsn: u64, at: u64) -> Entry {
    Entry {
        at,
        lsn,
        event: Some("gala".into()),
        event_id: Some(7),
        version: Some(lsn),
        operator: Some("olga".into()),
        act: "event.pause".into(),
        reason: Some("\"손실\"\n".into()),
        after: Some(serde_json::json!({"status": "PAUSED"})),
        ..Entry::default()
    }
}

fn opened(storage: &Arc<MemoryStorage>, noted: Head) -> (Verdict, Appender) {
    let anchors = [Anchor { head: noted, source: "the log".to_owned() }];
    let found = verify(&**storage, Some(DIRECTORY), &anchors, &mut |_| {}).unwrap();
    let storage: Arc<dyn Storage> = Arc::clone(storage) as _;
    let appender = Appender::open(storage, DIRECTORY, &found, noted).unwrap();
    (found, appender)
}

/// Three batches in two months.
fn filled() -> (Arc<MemoryStorage>, Head) {
    let storage = Arc::new(MemoryStorage::new());
    let (_, mut appender) = opened(&storage, Head::default());
    for entries in [vec![entry(3, NOVEMBER), entry(5, NOVEMBER + 1)], vec![entry(9, NOVEMBER + MONTH)]] {
        assert_eq!(appender.append(&entries).unwrap().len(), entries.len());
    }
    appender.append(&[entry(12, NOVEMBER + MONTH + 5)]).unwrap();
    (storage, appender.head())
}

fn judged(storage: &dyn Storage, against: Head) -> Verdict {
    let anchors = [Anchor { head: against, source: "a note".to_owned() }];
    verify(storage, Some(DIRECTORY), &anchors, &mut |_| {}).unwrap()
}

#[test]
fn the_bytes_are_those_of_the_golden_file() {
    let (storage, head) = filled();
    let mut text = String::new();
    for path in files(&*storage).unwrap() {
        text += &format!("== {path}\n{}", std::str::from_utf8(&storage.read(&path).unwrap()).unwrap());
    }
    text += &format!("== head\n{head}\n");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/golden/version-1");
    if std::env::var_os("HOLDFAST_GOLDEN").is_some_and(|what| what == "write") {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap());
    let verdict = judged(&*storage, head);
    assert_eq!((verdict.lines, verdict.files, verdict.faults.clone()), (4, 2, vec![]));
    assert_eq!(verdict.anchored.unwrap().head, head);
    assert_eq!(head.to_string().parse(), Ok(head));
    assert_eq!(head.hash.low48(), u64::from_str_radix(&head.hash.to_string()[52..], 16).unwrap());
}

#[test]
fn every_bit_that_is_turned_over_is_found() {
    let (storage, head) = filled();
    for path in files(&*storage).unwrap() {
        let bits = storage.read(&path).unwrap().len() as u64 * 8;
        for bit in 0..bits {
            let other = storage.fork();
            other.flip_bit(&path, bit).unwrap();
            assert!(judged(&other, head).is_damaged(), "bit {bit} of {path}");
        }
    }
}

#[test]
fn every_cut_is_found_by_what_was_noted_elsewhere() {
    let (storage, head) = filled();
    let paths = files(&*storage).unwrap();
    for path in &paths {
        for length in 0..storage.read(path).unwrap().len() as u64 {
            let other = storage.fork();
            let mut file = other.open(path).unwrap();
            file.truncate(length).unwrap();
            drop(file);
            assert!(judged(&other, head).is_damaged(), "{path} cut to {length}");
        }
    }
    for gone in [&paths[..1], &paths[1..], &paths[..]] {
        let other = storage.fork();
        gone.iter().for_each(|path| other.remove(path).unwrap());
        assert!(judged(&other, head).is_damaged(), "without {gone:?}");
    }
    // Without such a note, a chain that ends with a whole line is whole: that is what notes are for.
    let other = storage.fork();
    other.remove(&paths[1]).unwrap();
    assert!(!judged(&other, Head::default()).is_damaged());
}

#[test]
fn what_was_put_together_anew_is_found_by_what_was_noted_elsewhere() {
    let (_, head) = filled();
    let storage = Arc::new(MemoryStorage::new());
    let (_, mut appender) = opened(&storage, Head::default());
    for lsn in [3, 5, 9, 12] {
        appender.append(&[Entry { operator: Some("nobody".into()), ..entry(lsn, NOVEMBER) }]).unwrap();
    }
    let verdict = judged(&*storage, head);
    assert_eq!(verdict.faults.len(), 1, "{verdict:?}");
    assert!(verdict.faults[0].to_string().contains("another line than a note has noted"));
}

#[test]
fn lines_of_another_directory_and_of_one_record_twice_are_found() {
    let (storage, _) = filled();
    let verdict = verify(&*storage, Some("other"), &[], &mut |_| {}).unwrap();
    assert_eq!(verdict.faults.len(), 2);
    let (_, mut appender) = opened(&storage, Head::default());
    appender.append(&[entry(12, NOVEMBER)]).unwrap();
    let verdict = judged(&*storage, Head::default());
    assert!(verdict.faults[0].what.contains("record 12"), "{verdict:?}");
    // Months never run backwards, whatever a clock has said.
    assert_eq!(verdict.files, 2);
}

#[test]
fn after_damage_nothing_is_cut_and_lines_go_on_behind_what_was_noted() {
    let (storage, head) = filled();
    let newest = files(&*storage).unwrap().pop().unwrap();
    let kept = storage.read(&newest).unwrap().len() as u64 - 20;
    storage.open(&newest).unwrap().truncate(kept).unwrap();
    let (found, mut appender) = opened(&storage, head);
    assert!(found.is_damaged());
    let lines = appender.append(&[entry(20, NOVEMBER)]).unwrap();
    assert_eq!(lines[0].seq, head.seq + 1);
    let verdict = judged(&*storage, head);
    assert!(verdict.is_damaged() && verdict.head().seq == 5, "{verdict:?}");
    assert!(
        verdict.faults.iter().any(|fault| fault.what.contains("lines 4 to 4 are missing")),
        "{verdict:?}"
    );
}

#[test]
fn a_file_upto_a_record_has_whole_lines_alone() {
    let (storage, _) = filled();
    let bytes = storage.read(&files(&*storage).unwrap()[0]).unwrap();
    let lines: Vec<usize> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::len).collect();
    assert_eq!(upto(&bytes, 2), None);
    for (lsn, whole) in [(3, 2), (4, 2), (5, 3), (u64::MAX, 3)] {
        let (length, head) = upto(&bytes, lsn).unwrap();
        assert_eq!((length, head.seq), (lines[..whole].iter().sum(), whole as u64 - 1));
    }
    assert_eq!(upto(&bytes[..bytes.len() - 1], 9).unwrap().0, lines[0] + lines[1]);
}

/// Appends batches of these sizes until the disk stops, and returns the head of what was appended.
fn append_until_it_stops(storage: &Arc<MemoryStorage>, batches: &[u8]) -> Result<Head, Head> {
    let found = verify(&**storage, Some(DIRECTORY), &[], &mut |_| {}).map_err(|_| Head::default())?;
    let shared: Arc<dyn Storage> = Arc::clone(storage) as _;
    let mut appender =
        Appender::open(shared, DIRECTORY, &found, Head::default()).map_err(|_| found.head())?;
    let mut lsn = found.last.map_or(0, |last| last.lsn);
    for many in batches {
        let entries: Vec<Entry> = (0..u64::from(*many % 60) + 1)
            .map(|number| entry(lsn + 1 + number, NOVEMBER + (lsn + number) * MONTH / 40))
            .collect();
        let mut left = &entries[..];
        while !left.is_empty() {
            let lines = appender.append(left).map_err(|_| appender.head())?;
            left = &left[lines.len()..];
        }
        lsn += entries.len() as u64;
    }
    Ok(appender.head())
}

quickcheck! {
    /// Whatever a crash has left: what was synced is there, what comes behind it is torn, and the next start goes on without a gap.
    fn a_crash_at_any_step_takes_nothing_that_was_synced(batches: Vec<u8>, steps: u8, seed: u64) -> bool {
        let storage = Arc::new(MemoryStorage::new());
        storage.stop_after(steps.into());
        let known = append_until_it_stops(&storage, &batches).unwrap_or_else(|known| known);
        let after = Arc::new(storage.crash(seed));
        let verdict = judged(&*after, known);
        assert!(!verdict.is_damaged(), "{verdict:?}");
        assert!(verdict.head().seq >= known.seq);
        let head = append_until_it_stops(&after, &batches).unwrap();
        let after = after.crash_losing_all();
        let verdict = judged(&after, head);
        !verdict.is_damaged() && verdict.torn.is_none() && verdict.head() == head
    }
}

#[test]
fn what_failed_is_appended_again_whole() {
    for operation in [Operation::Write, Operation::Sync] {
        let (storage, _) = filled();
        let (_, mut appender) = opened(&storage, Head::default());
        storage.inject(DiskFault::Fail { operation: Some(operation), nth: 1 });
        assert!(appender.append(&[entry(20, NOVEMBER)]).is_err());
        storage.heal();
        appender.append(&[entry(20, NOVEMBER)]).unwrap();
        let verdict = judged(&storage.crash_losing_all(), appender.head());
        assert!(!verdict.is_damaged() && verdict.lines == 5, "{operation:?}: {verdict:?}");
    }
}

#[test]
fn what_has_grown_since_any_line_is_put_back_to_where_it_was() {
    let (storage, head) = filled();
    let whole: Files = files(&*storage)
        .unwrap()
        .into_iter()
        .map(|path| (path.clone(), storage.read(&path).unwrap().to_vec()))
        .collect();
    for after in 0..=head.seq {
        // As if the files ended there, with the title of a month only if a line of it is there.
        let mut known = whole.clone();
        for (_, bytes) in &mut known {
            *bytes = since(bytes, 0, after).map(|(lines, _)| lines.to_vec()).unwrap_or_default();
        }
        known.retain(|(_, bytes)| !bytes.is_empty());
        for last in after..=head.seq {
            let mut joined = known.clone();
            // Lines that are there already, and a torn one, change nothing.
            for from in [after, after.saturating_sub(1)] {
                let pieces = whole.iter().filter_map(|(_, bytes)| since(bytes, from, last));
                let mut lines: Vec<u8> = pieces.flat_map(|(lines, _)| lines.to_vec()).collect();
                lines.extend(b"{\"seq\":");
                join(&mut joined, &lines);
            }
            let newest = joined.iter().filter_map(|(_, bytes)| upto(bytes, u64::MAX)).next_back();
            assert_eq!(newest.map_or(0, |(_, head)| head.seq), last, "behind {after}");
            for ((path, bytes), (of, all)) in joined.iter().zip(&whole) {
                assert!(path == of && all.starts_with(bytes), "{path}: {after} to {last}");
            }
        }
    }
    assert_eq!(since(&whole[0].1, head.seq, u64::MAX), None);
}
