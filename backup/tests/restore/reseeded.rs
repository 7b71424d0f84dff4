//! The directory of a node from a backup of another one: the same directory again, or none that a node starts on.

use holdfast_backup::reseed;
use holdfast_engine::{AUDITED_FILE, GENESIS_FILE, IDENTITY_COPY};

use super::*;

/// A backup of a directory that is that of a node, as far as a backup knows.
fn of_node() -> (MemoryStorage, MemoryStorage) {
    let (disk, _) = sold(true);
    disk.put(GENESIS_FILE, b"how it began");
    disk.put(AUDITED_FILE, b"how far it is");
    let target = MemoryStorage::new();
    let (own, to) = (disk.clone(), target.clone());
    served(&disk, async move |engine| drop(back_up(engine, &own, &to, SECOND)));
    (disk, target)
}

fn copied(target: &MemoryStorage, to: &MemoryStorage) -> Result<Lsn, BackupError> {
    let from = directory(target);
    reseed(&from, None, &directory(to), &mut |_, _| Ok(())).map(|manifest| Lsn(manifest.last_lsn))
}

#[test]
fn it_is_the_same_directory_again_and_a_restore_is_not() {
    let (disk, target) = of_node();
    let to = MemoryStorage::new();
    let last = copied(&target, &to).unwrap();
    assert_eq!(all_of(&to).0.last_lsn(), last);
    let identity = |of: &MemoryStorage| Identity::of_copy(&directory(of)).unwrap();
    assert_eq!((identity(&to).id, identity(&to).branch), (identity(&disk).id, Branch::FIRST));
    for file in [GENESIS_FILE, AUDITED_FILE] {
        assert_eq!(to.read(file).unwrap().to_vec(), disk.read(file).unwrap().to_vec(), "{file}");
    }
    assert!(matches!(copied(&target, &to), Err(BackupError::NotEmpty(_))));

    let restored = MemoryStorage::new();
    to_lsn(&target, Upto::End, &restored).unwrap();
    let left = restored.list("").unwrap();
    assert!(!left.iter().any(|file| [GENESIS_FILE, AUDITED_FILE].contains(&&**file)), "{left:?}");
}

#[test]
fn a_server_that_is_no_node_and_a_damaged_backup_make_none() {
    let (_, target) = sold(true);
    let to = MemoryStorage::new();
    assert!(matches!(copied(&target, &to), Err(BackupError::NoNode(_))));
    assert!(is_empty(&to));

    let (_, target) = of_node();
    let manifest = holdfast_backup::list(&target).unwrap().pop().unwrap().unwrap();
    for file in &manifest.files {
        let (damaged, to) = (target.fork(), MemoryStorage::new());
        let path = format!("{}/{}", manifest.name, file.path);
        let mut bytes = damaged.read(&path).unwrap().to_vec();
        bytes[0] ^= 1;
        damaged.put(&path, &bytes);
        assert!(matches!(copied(&damaged, &to), Err(BackupError::Damaged(_))), "{path}");
        // The second copy of the identity comes last: with the first one, all the rest is there.
        let starts = Identity::of_copy(&directory(&to)).is_ok();
        assert_eq!(starts, file.path == IDENTITY_COPY, "{path}");
    }
}

#[test]
fn a_crash_at_any_step_leaves_a_directory_that_no_node_starts_on_or_a_whole_one() {
    let (_, target) = of_node();
    let refused =
        |error: &IdentityError| matches!(error, IdentityError::Foreign(_) | IdentityError::Damaged(_));
    crashed_at_every_step(20, |to| copied(&target, to), |left| all_of(left).0.last_lsn(), refused);
}
