//! The real medium, on a real file system: what no simulation can show.
//!
//! Invariants: one owner for a directory, whatever becomes of its path; a reader gets exactly the bytes of the file,
//! mapped or past the cache; names are those of files.

use std::io::{self, BufRead, BufReader};
use std::process::{Command, Stdio};

use holdfast_testkit::TempDir;
use holdfast_wal::{DiskStorage, LockError, Storage};

const CHILD_DIRECTORY: &str = "HOLDFAST_TEST_LOCK_DIRECTORY";

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at % 251) as u8).collect()
}

#[test]
fn bytes_come_back_mapped_and_past_the_cache() {
    let scratch = TempDir::below(env!("CARGO_TARGET_TMPDIR"));
    let storage = DiskStorage::open(scratch.path()).unwrap();
    let bytes = pattern(10_000);
    let mut file = storage.create("a").unwrap();
    file.write_at(0, &bytes).unwrap();
    file.sync().unwrap();

    assert_eq!(&*storage.read("a").unwrap(), &bytes[..]);
    for (offset, len) in
        [(0, 0), (0, 10_000), (1, 9_000), (4095, 2), (4096, 4096), (9_999, 1), (9_999, 50), (8192, 5000)]
    {
        let end = bytes.len().min(offset + len);
        let read = storage.read_uncached("a", offset as u64, len).unwrap();
        assert_eq!(read, &bytes[offset..end], "{len} bytes at {offset}");
    }
    assert!(storage.read_uncached("a", 10_000, 10).unwrap().is_empty());
    assert!(storage.read_uncached("a", 1 << 40, 10).unwrap().is_empty());
}

#[test]
fn uncached_reads_see_what_was_written_and_not_yet_synced() {
    let scratch = TempDir::below(env!("CARGO_TARGET_TMPDIR"));
    let storage = DiskStorage::open(scratch.path()).unwrap();
    let mut file = storage.create("a").unwrap();
    file.write_at(0, &[1; 8192]).unwrap();
    file.sync().unwrap();
    file.write_at(4096, &[2; 4096]).unwrap();
    assert_eq!(storage.read_uncached("a", 4000, 200).unwrap(), [vec![1; 96], vec![2; 104]].concat());
}

#[test]
fn an_empty_file_is_read_as_no_bytes() {
    let scratch = TempDir::below(env!("CARGO_TARGET_TMPDIR"));
    let storage = DiskStorage::open(scratch.path()).unwrap();
    storage.create("a").unwrap().sync().unwrap();
    assert!(storage.read("a").unwrap().is_empty());
    assert!(storage.read_uncached("a", 0, 4096).unwrap().is_empty());
}

#[test]
fn contents_outlive_the_name_of_their_file() {
    let scratch = TempDir::below(env!("CARGO_TARGET_TMPDIR"));
    let storage = DiskStorage::open(scratch.path()).unwrap();
    storage.create("a").unwrap().write_at(0, b"kept").unwrap();
    let contents = storage.read("a").unwrap();
    storage.remove("a").unwrap();
    storage.sync_dir("").unwrap();
    assert_eq!(&*contents, b"kept");
    assert_eq!(storage.read("a").unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn directories_are_made_with_all_that_lead_to_them_and_are_not_listed() {
    let scratch = TempDir::below(env!("CARGO_TARGET_TMPDIR"));
    let storage = DiskStorage::open(scratch.path()).unwrap();
    storage.create_dir("one/two/three").unwrap();
    storage.create_dir("one/two/three").unwrap();
    storage.create("one/file").unwrap();
    std::os::unix::fs::symlink("file", scratch.path().join("one/link")).unwrap();
    assert_eq!(storage.list("one").unwrap(), ["file"]);
    assert!(storage.list("nowhere").unwrap().is_empty());
    assert!(storage.create_dir("one/file").is_err(), "a file is no directory");
}

#[test]
fn a_path_out_of_the_data_directory_is_refused() {
    let scratch = TempDir::below(env!("CARGO_TARGET_TMPDIR"));
    let storage = DiskStorage::open(scratch.path()).unwrap();
    for path in ["../a", "/a", "a/../../b", "", "a//b", "./a", "a/"] {
        assert_eq!(storage.create(path).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{path}");
        assert_eq!(storage.remove(path).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{path}");
    }
}

#[test]
fn the_data_directory_is_made_and_its_parent_is_not() {
    let scratch = TempDir::below(env!("CARGO_TARGET_TMPDIR"));
    let storage = DiskStorage::open(scratch.path().join("data")).unwrap();
    assert!(storage.free_bytes().unwrap() > 0);
    assert!(scratch.path().join("data").is_dir());
    let missing = DiskStorage::open(scratch.path().join("no/data")).unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_second_owner_is_refused_until_the_first_lets_go() {
    let scratch = TempDir::below(env!("CARGO_TARGET_TMPDIR"));
    let storage = DiskStorage::open(scratch.path()).unwrap();
    let lock = storage.lock().unwrap();
    let held = |result| match result {
        Err(LockError::Held { owner, directory }) => {
            assert_eq!(owner, Some(std::process::id()));
            assert_eq!(directory, scratch.path());
        }
        other => panic!("{other:?}"),
    };
    held(storage.lock());
    held(DiskStorage::open(scratch.path()).unwrap().lock());

    // Deleting what looks like a lock file changes nothing.
    storage.remove("OWNER").unwrap();
    let Err(error @ LockError::Held { owner: None, .. }) = storage.lock() else { panic!("two owners") };
    assert!(error.to_string().contains("in use by another process"), "{error}");

    drop(lock);
    assert!(storage.list("").unwrap().is_empty(), "the owner's name goes with the lock");
    let _again = storage.lock().unwrap();
}

#[test]
fn an_owner_keeps_its_directory_when_the_path_gets_another() {
    let scratch = TempDir::below(env!("CARGO_TARGET_TMPDIR"));
    let path = scratch.path().join("data");
    let storage = DiskStorage::open(&path).unwrap();
    let _lock = storage.lock().unwrap();
    std::fs::rename(&path, scratch.path().join("moved")).unwrap();

    let second = DiskStorage::open(&path).unwrap();
    let _other_lock = second.lock().unwrap();
    storage.create("a").unwrap();
    assert!(scratch.path().join("moved/a").exists());
    assert_eq!(second.list("").unwrap(), ["OWNER"]);
}

/// Not a test of its own: what the next one runs as a process apart.
#[test]
fn child_that_takes_the_lock() {
    let Some(directory) = std::env::var_os(CHILD_DIRECTORY) else { return };
    match DiskStorage::open(directory).unwrap().lock() {
        Ok(_lock) => {
            println!("\nlocked");
            // Until it is killed, or whoever started it is gone.
            io::stdin().lines().for_each(drop);
        }
        Err(error) => println!("\nrefused: {error}"),
    }
}

#[test]
fn a_second_process_is_told_who_has_the_directory_and_a_killed_one_leaves_no_lock() {
    let scratch = TempDir::below(env!("CARGO_TARGET_TMPDIR"));
    let start = || {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_takes_the_lock", "--nocapture"])
            .env(CHILD_DIRECTORY, scratch.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let said = lines.find(|line| line.starts_with("locked") || line.starts_with("refused")).unwrap();
        (child, said, lines)
    };
    let storage = DiskStorage::open(scratch.path()).unwrap();
    let lock = storage.lock().unwrap();
    let (mut child, said, rest) = start();
    assert!(said.contains(&format!("in use by process {}", std::process::id())), "{said}");
    rest.for_each(drop);
    child.wait().unwrap();
    drop(lock);

    let (mut child, said, _rest) = start();
    assert_eq!(said, "locked");
    let Err(LockError::Held { owner, .. }) = storage.lock() else { panic!("two owners") };
    assert_eq!(owner, Some(child.id()));
    child.kill().unwrap();
    child.wait().unwrap();
    let _lock = storage.lock().unwrap();
}
