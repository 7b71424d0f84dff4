//! The memory and the disk are the same storage to whoever uses them.
//!
//! Random steps are taken on both, and after each the answers, the names and the bytes have to agree: a simulation
//! over a medium that behaves otherwise than the real one would prove nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers as well")]

use std::io;

use holdfast_testkit::{MemoryStorage, TempDir};
use holdfast_wal::{DiskStorage, Storage};
use quickcheck::{QuickCheck, TestResult};

const FILES: [&str; 6] = ["a", "b", "d/a", "d/b", "d/e/a", "../a"];
const DIRS: [&str; 4] = ["", "d", "d/e", "e"];

/// What a step came to, as far as both can be expected to say the same.
#[derive(Debug, PartialEq)]
enum Outcome {
    Done,
    Bytes(Vec<u8>),
    Names(Vec<String>),
    Refused(io::ErrorKind),
}

type Step = (u8, u8, u16, u16);

fn take(storage: &dyn Storage, (kind, which, at, len): Step) -> Outcome {
    let file = FILES[usize::from(which % 6)];
    let other = FILES[usize::from(which / 6 % 6)];
    let dir = DIRS[usize::from(which % 4)];
    let (offset, len) = (u64::from(at % 20_000), usize::from(len % 9_000));
    let taken = match kind % 14 {
        0 | 1 => storage.create(file).map(|_| Outcome::Done),
        2..=4 => storage.open(file).and_then(|mut file| {
            file.write_at(offset, &vec![(len % 251) as u8; len])?;
            Ok(Outcome::Done)
        }),
        5 => storage.open(file).and_then(|mut file| file.sync()).map(|()| Outcome::Done),
        6 => storage.open(file).and_then(|mut file| file.truncate(offset)).map(|()| Outcome::Done),
        7 => storage.rename(file, other).map(|()| Outcome::Done),
        8 => storage.remove(file).map(|()| Outcome::Done),
        9 => storage.create_dir(if dir.is_empty() { "d" } else { dir }).map(|()| Outcome::Done),
        10 => storage.sync_dir(dir).map(|()| Outcome::Done),
        11 => storage.list(dir).map(Outcome::Names),
        12 => storage.open(file).and_then(|mut file| file.free_tail(offset)).map(|()| Outcome::Done),
        _ => storage.read_uncached(file, offset, len).map(Outcome::Bytes),
    };
    taken.unwrap_or_else(|error| Outcome::Refused(error.kind()))
}

fn agree(steps: Vec<Step>) -> TestResult {
    let scratch = TempDir::below(env!("CARGO_TARGET_TMPDIR"));
    let disk = DiskStorage::open(scratch.path()).unwrap();
    let memory = MemoryStorage::new();
    let read = |storage: &dyn Storage, file| {
        storage.read(file).map(|bytes| bytes.to_vec()).map_err(|error| error.kind())
    };
    for step in steps {
        let (real, simulated) = (take(&disk, step), take(&memory, step));
        if real != simulated {
            return TestResult::error(format!("{step:?}: the disk says {real:?}, the memory {simulated:?}"));
        }
        if let Some(file) = FILES.iter().find(|file| read(&disk, file) != read(&memory, file)) {
            return TestResult::error(format!("after {step:?} they differ in {file}"));
        }
    }
    TestResult::passed()
}

#[test]
fn the_memory_and_the_disk_agree_on_every_step() {
    QuickCheck::new().tests(100).quickcheck(agree as fn(Vec<Step>) -> TestResult);
}
