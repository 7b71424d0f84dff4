//! The medium in memory does what a disk can do: this is what every simulation above it stands on.
//!
//! Invariants: what was synced under a synced name is never lost; what was not may be lost in any combination of
//! sectors and names, and every combination comes; the same seed gives the same outcome; a fault comes once, where
//! it was planned, and leaves what the real thing would leave.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers as well")]

use std::collections::BTreeSet;
use std::io;

use holdfast_testkit::{Fault, MemoryStorage, Operation};
use holdfast_wal::{Storage, StorageFile};

const SECTOR: usize = 512;

fn synced(path: &str, bytes: &[u8]) -> (MemoryStorage, Box<dyn StorageFile>) {
    let storage = MemoryStorage::new();
    storage.put(path, bytes);
    let file = storage.open(path).unwrap();
    (storage, file)
}

fn read(storage: &MemoryStorage, path: &str) -> Vec<u8> {
    storage.read(path).unwrap().to_vec()
}

fn fail(operation: Operation, nth: u64) -> Fault {
    Fault::Fail { operation: Some(operation), nth }
}

fn assert_eio<T: std::fmt::Debug>(result: io::Result<T>) {
    assert_eq!(result.unwrap_err().raw_os_error(), Some(5));
}

#[test]
fn every_combination_of_unsynced_sectors_survives_some_crash() {
    let (storage, mut file) = synced("a", &[0; 5 * SECTOR]);
    file.write_at(SECTOR as u64, &[1; 3 * SECTOR]).unwrap();
    assert_eq!(storage.unsynced_sectors("a"), Some(3));

    let mut outcomes = BTreeSet::new();
    for seed in 0..200 {
        let bytes = read(&storage.crash(seed), "a");
        let sectors: Vec<_> = bytes.chunks(SECTOR).map(|sector| sector[0]).collect();
        assert!(
            bytes.chunks(SECTOR).all(|sector| sector.iter().all(|byte| *byte == sector[0])),
            "seed {seed}"
        );
        assert_eq!((sectors[0], sectors[4]), (0, 0), "seed {seed}");
        assert_eq!(bytes, read(&storage.crash(seed), "a"), "seed {seed} twice");
        outcomes.insert(sectors);
    }
    assert_eq!(outcomes.len(), 8);
}

#[test]
fn what_was_synced_survives_every_crash() {
    let storage = MemoryStorage::new();
    storage.create_dir("d").unwrap();
    let mut file = storage.create("d/a").unwrap();
    file.write_at(0, b"bytes").unwrap();
    file.sync().unwrap();
    storage.sync_dir("d").unwrap();
    for seed in 0..50 {
        assert_eq!(read(&storage.crash(seed), "d/a"), b"bytes");
    }
    assert_eq!(read(&storage.crash_losing_all(), "d/a"), b"bytes");
}

#[test]
fn a_crash_leaves_the_storage_that_crashed_as_it_was() {
    let (storage, mut file) = synced("a", b"old");
    file.write_at(0, b"new").unwrap();
    let after = storage.crash_losing_all();
    assert_eq!(read(&after, "a"), b"old");
    assert_eq!(read(&storage, "a"), b"new");
    file.sync().unwrap();
    assert_eq!(read(&after, "a"), b"old", "a handle of before writes nothing into what came up after");
}

#[test]
fn a_killed_process_loses_nothing_and_has_synced_nothing() {
    let (storage, mut file) = synced("a", b"old");
    file.write_at(0, b"new").unwrap();
    storage.create("b").unwrap();
    let after = storage.crash_keeping_all();
    assert_eq!(read(&after, "a"), b"new");
    assert_eq!(after.list("").unwrap(), ["a", "b"]);
    assert_eq!(read(&after.crash_losing_all(), "a"), b"old");
    assert_eq!(after.crash_losing_all().list("").unwrap(), ["a"]);

    after.open("a").unwrap().sync().unwrap();
    after.sync_dir("").unwrap();
    assert_eq!(read(&after.crash_losing_all(), "a"), b"new");
    assert_eq!(after.crash_losing_all().list("").unwrap(), ["a", "b"]);
}

#[test]
fn an_unsynced_length_is_the_old_one_or_any_up_to_the_new_one() {
    let (storage, mut file) = synced("a", &[1; SECTOR]);
    file.write_at(SECTOR as u64, &[2; 3 * SECTOR + 100]).unwrap();
    let mut lengths = BTreeSet::new();
    for seed in 0..500 {
        let bytes = read(&storage.crash(seed), "a");
        assert!(bytes[..SECTOR].iter().all(|byte| *byte == 1));
        assert!(bytes[SECTOR..].iter().all(|byte| *byte == 2 || *byte == 0));
        lengths.insert(bytes.len());
    }
    assert_eq!(lengths.first(), Some(&SECTOR));
    assert_eq!(lengths.last(), Some(&(4 * SECTOR + 100)));
    assert!(lengths.len() > 3, "{lengths:?}");
}

#[test]
fn a_cut_shows_the_old_bytes_again_until_it_is_synced() {
    let (storage, mut file) = synced("a", &[1; 4 * SECTOR]);
    file.truncate(100).unwrap();
    file.truncate(4 * SECTOR as u64).unwrap();
    let cut = [vec![1; 100], vec![0; 4 * SECTOR - 100]].concat();
    assert_eq!(read(&storage, "a"), cut);
    assert_eq!(read(&storage.crash_losing_all(), "a"), [1; 4 * SECTOR]);
    file.sync().unwrap();
    assert_eq!(read(&storage.crash_losing_all(), "a"), cut);
}

#[test]
fn names_are_lost_without_a_sync_of_their_own_directory() {
    let storage = MemoryStorage::new();
    storage.create_dir("d").unwrap();
    storage.put("d/old", b"old");
    storage.create("d/new").unwrap().sync().unwrap();
    storage.rename("d/old", "d/renamed").unwrap();
    storage.sync_dir("").unwrap();
    assert_eq!(storage.crash_losing_all().list("d").unwrap(), ["old"]);

    let outcomes: BTreeSet<_> =
        (0..100).map(|seed| storage.crash(seed).list("d").unwrap().join(" ")).collect();
    assert_eq!(outcomes, ["new old", "new renamed", "old", "renamed"].map(str::to_owned).into());

    storage.sync_dir("d").unwrap();
    assert_eq!(storage.crash_losing_all().list("d").unwrap(), ["new", "renamed"]);
    assert_eq!(read(&storage.crash_losing_all(), "d/renamed"), b"old");
}

#[test]
fn a_rename_over_a_name_leaves_one_of_the_two_files() {
    let (storage, _) = synced("a", b"first");
    let mut file = storage.create("b").unwrap();
    file.write_at(0, b"second").unwrap();
    file.sync().unwrap();
    storage.sync_dir("").unwrap();
    storage.rename("b", "a").unwrap();
    let outcomes: BTreeSet<_> = (0..50).map(|seed| read(&storage.crash(seed), "a")).collect();
    assert_eq!(outcomes, [b"first".to_vec(), b"second".to_vec()].into());
    assert_eq!(storage.list("").unwrap(), ["a"]);
}

#[test]
fn a_removed_file_comes_back_without_a_sync_of_its_directory() {
    let (storage, _) = synced("a", b"bytes");
    storage.remove("a").unwrap();
    assert!(storage.list("").unwrap().is_empty());
    assert_eq!(read(&storage.crash_losing_all(), "a"), b"bytes");
    storage.sync_dir("").unwrap();
    assert!(storage.crash_losing_all().list("").unwrap().is_empty());
}

#[test]
fn after_a_failed_sync_the_next_reports_success_and_the_bytes_are_not_there() {
    let (storage, mut file) = synced("a", &[1; 2 * SECTOR]);
    file.write_at(0, &[2; SECTOR]).unwrap();
    storage.inject(fail(Operation::Sync, 1));
    assert_eio(file.sync());
    file.sync().unwrap();

    let (old, new) = (vec![1; 2 * SECTOR], [vec![2; SECTOR], vec![1; SECTOR]].concat());
    assert_eq!(read(&storage, "a"), new, "the cache still shows them");
    assert_eq!(storage.read_uncached("a", 0, 4096).unwrap(), old);
    assert_eq!(storage.durable("a").unwrap(), old);
    assert_eq!(read(&storage.crash(7), "a"), old);
    assert_eq!(read(&storage.crash_keeping_all(), "a"), new);
    assert_eq!(storage.crash_keeping_all().read_uncached("a", 0, 4096).unwrap(), old);

    let gone = storage.fork();
    gone.drop_caches();
    assert_eq!(read(&gone, "a"), old);

    file.write_at(0, &[3; SECTOR]).unwrap();
    file.sync().unwrap();
    assert_eq!(read(&storage.crash_losing_all(), "a"), [vec![3; SECTOR], vec![1; SECTOR]].concat());
}

#[test]
fn after_a_failed_sync_of_a_directory_its_names_are_never_durable() {
    let storage = MemoryStorage::new();
    storage.create("a").unwrap();
    storage.inject(fail(Operation::SyncDir, 1));
    assert_eio(storage.sync_dir(""));
    storage.sync_dir("").unwrap();
    assert_eq!(storage.list("").unwrap(), ["a"]);
    assert!(storage.crash(1).list("").unwrap().is_empty());
}

#[test]
fn uncached_reads_see_what_is_written_and_not_yet_synced() {
    let (storage, mut file) = synced("a", &[1; 2 * SECTOR]);
    file.write_at(SECTOR as u64, &[2; SECTOR]).unwrap();
    assert_eq!(storage.read_uncached("a", 511, 2).unwrap(), [1, 2]);
    assert_eq!(storage.durable("a").unwrap(), [1; 2 * SECTOR]);
    assert_eq!(storage.read_uncached("a", 1000, 100).unwrap().len(), 24);
}

#[test]
fn a_full_disk_takes_what_fits_and_says_so() {
    let (storage, mut file) = synced("a", &[1; 1000]);
    storage.set_capacity(Some(1500));
    assert_eq!(storage.free_bytes().unwrap(), 500);
    let error = file.write_at(900, &[2; 700]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(read(&storage, "a").len(), 1500);
    assert_eq!(storage.free_bytes().unwrap(), 0);
    assert_eq!(file.truncate(1501).unwrap_err().kind(), io::ErrorKind::StorageFull);
    file.write_at(0, &[3; 1500]).unwrap();
    storage.remove("a").unwrap();
    assert_eq!(storage.free_bytes().unwrap(), 1500);
}

#[test]
fn a_short_write_puts_down_its_beginning_and_fails() {
    let (storage, mut file) = synced("a", &[1; 10]);
    storage.inject(Fault::ShortWrite { nth: 2, bytes: 3 });
    file.write_at(0, &[2; 1]).unwrap();
    assert_eio(file.write_at(4, &[3; 6]));
    assert_eq!(read(&storage, "a"), [2, 1, 1, 1, 3, 3, 3, 1, 1, 1]);
    file.write_at(4, &[4; 6]).unwrap();
}

#[test]
fn a_lost_write_is_seen_until_the_cache_is_gone() {
    let (storage, mut file) = synced("a", &[1; SECTOR]);
    storage.inject(Fault::LostWrite { nth: 1 });
    file.write_at(0, &[2; SECTOR]).unwrap();
    file.sync().unwrap();
    assert_eq!(read(&storage, "a"), [2; SECTOR]);
    assert_eq!(read(&storage.crash_losing_all(), "a"), [1; SECTOR]);
}

#[test]
fn a_misdirected_write_lands_in_another_file() {
    let (storage, mut file) = synced("a", &[1; SECTOR]);
    storage.put("b", &[7; SECTOR]);
    storage.inject(Fault::MisdirectedWrite { nth: 1, path: "b".to_owned(), offset: 500 });
    file.write_at(0, &[2; SECTOR]).unwrap();
    file.sync().unwrap();
    assert_eq!(read(&storage, "b"), [7; SECTOR]);
    let after = storage.crash_losing_all();
    assert_eq!(read(&after, "a"), [1; SECTOR]);
    assert_eq!(read(&after, "b"), [vec![7; 500], vec![2; 12]].concat());
}

#[test]
fn a_stale_read_gives_what_was_there_before_the_last_sync() {
    let (storage, mut file) = synced("a", &[1; 10]);
    file.write_at(0, &[2; 10]).unwrap();
    file.sync().unwrap();
    storage.inject(Fault::StaleRead { nth: 1 });
    storage.inject(Fault::StaleRead { nth: 3 });
    assert_eq!(read(&storage, "a"), [1; 10]);
    assert_eq!(read(&storage, "a"), [2; 10]);
    assert_eq!(storage.read_uncached("a", 8, 9).unwrap(), [1; 2]);
}

#[test]
fn a_flipped_bit_stays_flipped() {
    let (storage, _) = synced("a", &[0; 4]);
    storage.flip_bit("a", 9).unwrap();
    assert_eq!(read(&storage, "a"), [0, 2, 0, 0]);
    assert_eq!(storage.durable("a").unwrap(), [0, 2, 0, 0]);
    assert_eq!(storage.flip_bit("a", 32).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    assert_eq!(storage.flip_bit("b", 0).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_fault_comes_once_at_the_operation_that_it_was_planned_for() {
    let (storage, mut file) = synced("a", b"bytes");
    storage.inject(fail(Operation::Rename, 1));
    storage.inject(Fault::Fail { operation: None, nth: 3 });
    file.write_at(0, b"x").unwrap();
    assert_eio(storage.rename("a", "b"));
    assert_eio(storage.list(""));
    assert_eq!(storage.list("").unwrap(), ["a"]);
    storage.rename("a", "b").unwrap();
    assert_eq!(storage.operations(), 6, "one to open, five since");
}

#[test]
fn a_fault_that_lasts_is_there_until_it_is_healed_and_only_where_it_is() {
    let (storage, mut outside) = synced("logs/a", b"before");
    storage.create_dir("log").unwrap();
    let mut file = storage.create("log/a").unwrap();
    storage.inject(Fault::Always { operation: Some(Operation::Write), under: "log".to_owned(), nth: 2 });
    file.write_at(0, b"v").unwrap();
    for _ in 0..3 {
        assert_eio(file.write_at(0, b"x"));
        outside.write_at(0, b"y").unwrap();
        file.sync().unwrap();
    }
    storage.inject(Fault::Always { operation: None, under: String::new(), nth: 1 });
    assert_eio(outside.write_at(0, b"z"));
    assert_eio(storage.sync_dir("log"));
    assert_eio(storage.fork().list("logs"));
    storage.heal();
    file.write_at(0, b"x").unwrap();
    assert_eq!((read(&storage, "log/a"), read(&storage, "logs/a")), (b"x".to_vec(), b"yefore".to_vec()));
}

#[test]
fn a_machine_that_stopped_does_nothing_more() {
    let (storage, mut file) = synced("a", b"old");
    storage.stop_after(1);
    file.write_at(0, b"new").unwrap();
    assert!(file.write_at(0, b"too").is_err());
    assert!(file.sync().is_err());
    assert!(storage.create("b").is_err());
    let after = storage.crash_keeping_all();
    assert_eq!(read(&after, "a"), b"new", "what comes up again is on");
    assert_eq!(after.list("").unwrap(), ["a"]);
}

#[test]
fn forks_go_their_own_ways() {
    let (storage, mut file) = synced("a", &[1; 10_000]);
    storage.inject(fail(Operation::Write, 2));
    let fork = storage.fork();
    file.write_at(5_000, &[2]).unwrap();
    assert_eq!(read(&fork, "a"), [1; 10_000]);
    let mut other = fork.open("a").unwrap();
    other.write_at(0, &[3]).unwrap();
    assert_eio(other.write_at(0, &[3]));
    assert_eq!(read(&storage, "a")[0], 1);
}
