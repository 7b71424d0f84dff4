//! A data directory that the first version left behind after a short sale starts, and every key has the answer that
//! was given then.
//!
//! `golden/version-1` holds its identity, the blocks of its log that are not empty, and what was sent and answered:
//! line by line a command, then its reply with `|` for the end of a line. No file of it changes any more.

use std::path::PathBuf;
use std::sync::Arc;

use holdfast_engine::{
    Answer, Event, IDENTITY_COPY, IDENTITY_FILE, Identity, Read, Recovery, Restored, RestoredSystem, Secret,
    Snapshots, View, recover,
};
use holdfast_snapshots::Store;
use holdfast_testkit::{MemoryStorage, unhex};
use holdfast_wal::{Lsn, Recovered, Storage};

const LOG: &str = "wal/00000000000000000001.wal";
const LOG_BYTES: u64 = 8 << 20;

fn golden(file: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/golden/version-1", file].iter().collect();
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The directory as it was left.
fn left() -> Arc<dyn Storage> {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let put = |path: &str, blocks: &[(u64, Vec<u8>)], length: u64| {
        let mut file = storage.create(path).expect("a file");
        file.truncate(length).expect("its length");
        for (offset, block) in blocks {
            file.write_at(*offset, block).expect("a block");
        }
        file.sync().expect("a sync");
    };
    let identity = golden("identity");
    for path in [IDENTITY_FILE, IDENTITY_COPY] {
        put(path, &[(0, identity.clone().into_bytes())], identity.len() as u64);
    }
    let log = golden("wal.txt");
    let blocks: Vec<_> = log
        .lines()
        .map(|line| {
            let (offset, hex) = line.split_once(' ').expect("an offset and a block");
            (offset.parse().expect("an offset"), unhex(hex))
        })
        .collect();
    storage.create_dir("wal").expect("a directory");
    put(LOG, &blocks, LOG_BYTES);
    storage.sync_dir("wal").expect("a sync");
    storage.sync_dir("").expect("a sync");
    storage
}

fn recovered(storage: &Arc<dyn Storage>, secret: &Secret) -> Event {
    let store = Store::open(Arc::clone(storage)).expect("a store");
    let snapshots = Snapshots::find(&store).expect("no snapshots");
    let log = Recovered::scan(storage, snapshots.replay_from(), snapshots.witness()).expect("the log");
    let Recovery { mut events, system, report, .. } =
        recover(storage, &store, &snapshots, &log, secret.tables(), 1).expect("a recovery");
    assert_eq!((events.len(), report.lost.len(), report.last_lsn), (1, 0, Lsn(23)), "{report:?}");
    assert!(matches!(system, RestoredSystem::None), "there was no system event yet");
    let Some(Restored { event, .. }) = events.pop() else { panic!("no event") };
    event
}

/// What a key has as its answer now, beside what was answered then.
fn agrees(event: &Event, secret: &Secret, command: &str, reply: &str) {
    let has_two_words = ["EVENT ", "PAYMENT ", "FORCE "].iter().any(|first| command.starts_with(first));
    let key = command.split(' ').nth(2 + usize::from(has_two_words)).expect("a key");
    let Ok(View::Asked(found)) = event.view(&Read::Ask(secret.key_hash(key.as_bytes()))) else {
        panic!("{command}: not asked");
    };
    if reply.starts_with("-EARLY") {
        assert!(found.is_none(), "{command}: a payment that is early binds no key");
        return;
    }
    let (answer, came) = *found.unwrap_or_else(|| panic!("{command}: its key is not known"));
    // The first version did not keep when a command came; its answers are repeated as they were, without.
    assert_eq!(came, None, "{command}");
    match (&answer, reply.strip_prefix('-')) {
        (Answer::Refused(refusal), Some(error)) => {
            assert_eq!(error.split(' ').nth(1), Some(&*refusal.code().to_string()), "{command}");
        }
        (Answer::Refused(_), None) | (_, Some(_)) => panic!("{command}: {answer:?}, and it was {reply}"),
        (accepted, None) => {
            let told = reply.split("|version|:").nth(1).and_then(|rest| rest.split('|').next());
            assert_eq!(told, Some(&*version(accepted).to_string()), "{command}: {accepted:?}");
        }
    }
}

fn version(answer: &Answer) -> u64 {
    match answer {
        Answer::Hold { version, .. }
        | Answer::Released { version, .. }
        | Answer::Order { version, .. }
        | Answer::Event { version, .. }
        | Answer::Cancelled { version, .. }
        | Answer::Blocked { version, .. } => *version,
        Answer::Payment { line, .. } | Answer::Money { line, .. } => line.version,
        Answer::Refused(_) => panic!("{answer:?} has no version"),
    }
}

#[test]
fn a_directory_of_the_first_version_starts_and_its_keys_have_their_answers() {
    let storage = left();
    let identity = Identity::open(&storage, [7; 32]).expect("an identity");
    for file in [IDENTITY_FILE, IDENTITY_COPY] {
        let text = storage.read(file).expect("the identity").to_vec();
        assert!(String::from_utf8_lossy(&text).contains("format 2\n"), "{file} is raised");
    }
    let secret = Secret::new(&identity.secret);
    let event = recovered(&storage, &secret);
    event.check().expect("all parts fit");
    assert_eq!(event.version(), 20);
    let answers = golden("answers.txt");
    let lines: Vec<_> = answers.lines().collect();
    assert_eq!(lines.len(), 48);
    for pair in lines.chunks(2) {
        agrees(&event, &secret, pair[0], pair[1]);
    }
}
