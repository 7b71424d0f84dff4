//! A clock that is far ahead of the log ends everything and stays in the log: it is refused, unless told otherwise.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use holdfast_engine::{
    Account, At, Birth, Command, Created, EventCore, EventId, Identity, Key, Layout, Millis, Name, Policy,
    Secret, Write,
};
use holdfast_wal::{DiskStorage, Log, Lsn, Options, Recovered, Storage};

use super::directory::refused;
use super::support::{HALL, Server, TempDir, program};

/// 2023-11-14T22:13:20Z
const THEN: u64 = 1_700_000_000_000;

/// A directory whose only event was created then, closed in order.
fn directory_of_then(path: &Path) {
    let storage: Arc<dyn Storage> = Arc::new(DiskStorage::open(path).unwrap());
    let identity = Identity::open(&storage, [7; 32]).unwrap();
    let secret = Secret::new(&identity.secret);
    let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
    let (log, committer) =
        Log::start(Arc::clone(&storage), recovered, Options::default(), Box::new(|_| {})).unwrap();
    let committer = committer.spawn().unwrap();
    let spec = serde_json::from_str(HALL).unwrap();
    let layout = Arc::new(Layout::build(&spec).unwrap());
    let birth = Birth::new(Created { name: Name::new(b"hall").unwrap(), spec }, layout);
    let policy = Policy {
        retention: Millis(60_000),
        refusals_max: 1_000,
        recovery_grace: Millis(0),
        record_retention: Millis(u64::MAX),
    };
    let mut core = EventCore::unborn(EventId(1), birth, secret.tables(), policy, log.clone());
    let key = Key { hash: secret.key_hash(b"create"), fingerprint: [0; 8], account: Account::NOBODY };
    core.run(vec![Command::Write(key, Write::Create, None)], At(THEN));
    log.stop();
    committer.join().unwrap().unwrap();
}

/// Every file with its contents, but for the one that says who has the directory.
fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for dir in [path.to_owned(), path.join("wal"), path.join("snapshots")] {
        for entry in fs::read_dir(&dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_file() && !path.ends_with("OWNER") {
                files.insert(path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn a_clock_that_is_far_ahead_of_the_log() {
    let directory = TempDir::new();
    directory_of_then(directory.path());
    let before = files(directory.path());
    let said = refused(
        directory.path(),
        &["HF-SYS-026", "2023-11-14T22:13:20Z", "clock.max_ahead allows 100d", "--accept-clock", "date -u"],
    );
    assert!(said.contains("days before"), "{said}");
    assert!(files(directory.path()) == before, "a refused start has changed something");

    // Told once, it starts; what happens then is of today, and the next start needs no word.
    let mut server = Server::with(directory.path(), &["--accept-clock"]);
    let mut client = server.client();
    assert_eq!(client.ask("EVENT LIST"), "*2|:0|*2|$4|hall|$4|open|");
    assert!(client.ask("EVENT PAUSE hall pause ops why").starts_with('*'));
    server.stop();
    let server = Server::start(directory.path());
    assert_eq!(server.client().ask("EVENT LIST"), "*2|:0|*2|$4|hall|$6|paused|");
}

/// There are deployments in which nothing happens for years; a new directory has nothing to compare with.
#[test]
fn how_far_is_a_setting_and_a_first_start_is_never_refused() {
    let directory = TempDir::new();
    directory_of_then(directory.path());
    Server::with(directory.path(), &["--clock-max-ahead", "3650d"]).stop();
    let said = Server::spawn(program(), directory.path(), &["--clock-max-ahead", "1h"]).err().unwrap().1;
    assert!(said.contains("clock.max_ahead is 1h: it must be from 24h to 3650d"), "{said}");

    let new = TempDir::new();
    let mut server = Server::with(new.path(), &["--clock-max-ahead", "1d"]);
    server.stop();
    Server::with(new.path(), &["--clock-max-ahead", "1d"]).stop();
}
