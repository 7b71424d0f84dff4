//! Data directories that earlier versions left behind after a short sale start, and every key has the answer that was
//! given then.
//!
//! `golden/version-N` holds an identity, the blocks of the files that are not empty (a line with the name and the length
//! of a file, then its blocks), and what was sent and answered: line by line the words of a command, then its reply with
//! `|` for the end of a line. No file of them changes any more: they are added to.

use std::path::PathBuf;
use std::sync::Arc;

use holdfast_engine::{
    Answer, Event, IDENTITY_COPY, IDENTITY_FILE, Identity, MemoryGauge, Read, Recovery, Restored,
    RestoredSystem, Secret, Snapshots, Sources, View, recover,
};
use holdfast_snapshots::Store;
use holdfast_testkit::{MemoryStorage, unhex};
use holdfast_wal::{Lsn, Recovered, Storage, StorageFile};

/// Reads a file of `golden/version-N`.
fn golden(version: u32, file: &str) -> String {
    let dir = format!("tests/golden/version-{version}");
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), &dir, file].iter().collect();
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The directory as it was left.
fn left(version: u32) -> Arc<dyn Storage> {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let identity = golden(version, "identity");
    for path in [IDENTITY_FILE, IDENTITY_COPY] {
        let mut file = storage.create(path).expect("a file");
        file.write_at(0, identity.as_bytes()).expect("the identity");
        file.sync().expect("a sync");
    }
    for dir in ["wal", "snapshots"] {
        storage.create_dir(dir).expect("a directory");
    }
    let mut file: Option<Box<dyn StorageFile>> = None;
    for line in golden(version, "files.txt").lines() {
        let (first, second) = line.split_once(' ').expect("two words");
        match (&mut file, first.parse()) {
            (Some(file), Ok(offset)) => file.write_at(offset, &unhex(second)).expect("a block"),
            (None, Ok(_)) => panic!("a block of no file: {line}"),
            (_, Err(_)) => {
                let mut made = storage.create(first).expect("a file");
                made.truncate(second.parse().expect("its length")).expect("its length");
                file = Some(made);
            }
        }
        file.as_mut().expect("it was made").sync().expect("a sync");
    }
    for dir in ["wal", "snapshots", ""] {
        storage.sync_dir(dir).expect("a sync");
    }
    storage
}

/// Everything that the directory holds. Its identity is raised to the format of today.
fn recovered(version: u32) -> (Recovery, Secret) {
    let storage = left(version);
    let identity = Identity::open(&storage, [7; 32]).expect("an identity");
    for file in [IDENTITY_FILE, IDENTITY_COPY] {
        let text = storage.read(file).expect("the identity").to_vec();
        assert!(String::from_utf8_lossy(&text).contains("format 5\n"), "{file} is raised");
    }
    let secret = Secret::new(&identity.secret);
    let store = Store::open(Arc::clone(&storage)).expect("a store");
    let snapshots = Snapshots::find(&store).expect("snapshots").waking_all();
    let log = Recovered::scan(&storage, snapshots.replay_from(), snapshots.witness()).expect("the log");
    let sources = Sources { storage: &storage, store: &store, snapshots: &snapshots, log: &log };
    let recovery = recover(sources, &MemoryGauge::default(), secret.tables(), 1).expect("a recovery");
    assert!(recovery.report.lost.is_empty() && recovery.report.alarms.is_empty(), "{:?}", recovery.report);
    for Restored { event, .. } in &recovery.events {
        event.check().expect("all parts fit");
    }
    (recovery, secret)
}

/// The words of each command, and what was answered.
fn told(version: u32) -> Vec<(Vec<String>, String)> {
    let answers = golden(version, "answers.txt");
    let lines: Vec<_> = answers.lines().collect();
    // Those of the first version have no argument with a space.
    let words = |line: &str| {
        let between = if line.contains('\t') { '\t' } else { ' ' };
        line.split(between).map(str::to_owned).collect()
    };
    lines.chunks(2).map(|pair| (words(pair[0]), pair[1].to_owned())).collect()
}

/// What a key has as its answer now, beside what was answered then.
fn agrees(event: &Event, secret: &Secret, key: &str, reply: &str) {
    let Ok(View::Asked(found)) = event.view(&Read::Ask(secret.key_hash(key.as_bytes()))) else {
        panic!("{key}: not asked");
    };
    if reply.starts_with("-EARLY") {
        assert!(found.is_none(), "{key}: a payment that is early binds no key");
        return;
    }
    let (answer, came) = *found.unwrap_or_else(|| panic!("{key} is not known"));
    // The first version did not keep when a command came; its answers are repeated as they were, without.
    let told_at = number(reply, "|at|:");
    assert!(told_at.is_none() || came.map(|at| at.0) == told_at, "{key}: {came:?}, and it was {reply}");
    match (&answer, reply.strip_prefix('-')) {
        (Answer::Refused(refusal), Some(error)) => {
            assert_eq!(error.split(' ').nth(1), Some(&*refusal.code().to_string()), "{key}");
        }
        (Answer::Refused(_), None) | (_, Some(_)) => panic!("{key}: {answer:?}, and it was {reply}"),
        (accepted, None) => {
            assert_eq!(number(reply, "|version|:"), Some(version(accepted)), "{key}: {accepted:?}");
        }
    }
}

/// The number behind this field of a reply.
fn number(reply: &str, field: &str) -> Option<u64> {
    reply.split_once(field)?.1.split('|').next()?.parse().ok()
}

/// Asks for the key of each command, in the event that it names.
fn all_agree(version: u32, recovery: &Recovery, secret: &Secret) -> usize {
    let told = told(version);
    for (words, reply) in &told {
        let names =
            if matches!(&*words[0], "EVENT" | "PAYMENT" | "FORCE") { &words[2..] } else { &words[1..] };
        let mut events = recovery.events.iter().map(|restored| &restored.event);
        let event = events.find(|event| event.name().as_str() == names[0]);
        agrees(event.unwrap_or_else(|| panic!("{words:?}: no event")), secret, &names[1], reply);
    }
    told.len()
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
    let (recovery, secret) = recovered(1);
    assert!(matches!(recovery.system, RestoredSystem::None), "there was no system event yet");
    assert_eq!((recovery.events.len(), recovery.report.last_lsn), (1, Lsn(23)));
    assert_eq!(recovery.events[0].event.version(), 20);
    assert_eq!(all_agree(1, &recovery, &secret), 24);
}

/// Records of format 2 behind a pack of three events, of which one is archived: money, halls with labels, parts, a changed
/// map, acts of operators with the names of their tokens.
#[test]
fn a_directory_of_the_second_version_starts_and_its_keys_have_their_answers() {
    let (recovery, secret) = recovered(2);
    assert!(matches!(recovery.system, RestoredSystem::There { .. }), "there is a system event");
    assert_eq!((recovery.events.len(), recovery.report.last_lsn), (3, Lsn(45)));
    let versions: Vec<_> = recovery.events.iter().map(|restored| restored.event.version()).collect();
    assert_eq!(versions, [29, 4, 5]);
    assert_eq!(all_agree(2, &recovery, &secret), 40);
}

/// Records of format 3 behind a pack: what was released, sold, paid for, cancelled, blocked and moved names what it has touched.
#[test]
fn a_directory_of_the_third_version_starts_and_its_keys_have_their_answers() {
    let (recovery, secret) = recovered(3);
    assert!(matches!(recovery.system, RestoredSystem::There { .. }), "there is a system event");
    assert_eq!((recovery.events.len(), recovery.report.last_lsn), (3, Lsn(42)));
    let versions: Vec<_> = recovery.events.iter().map(|restored| restored.event.version()).collect();
    assert_eq!(versions, [27, 4, 5]);
    assert_eq!(all_agree(3, &recovery, &secret), 37);
}

/// Records of format 4 behind a pack: notes, a payment that kept its holds, a traced command, executions of jobs.
#[test]
fn a_directory_of_the_fourth_version_starts_and_its_keys_have_their_answers() {
    let (recovery, secret) = recovered(4);
    assert!(matches!(recovery.system, RestoredSystem::There { .. }), "there is a system event");
    assert_eq!((recovery.events.len(), recovery.report.last_lsn), (3, Lsn(45)));
    let versions: Vec<_> = recovery.events.iter().map(|restored| restored.event.version()).collect();
    assert_eq!(versions, [19, 4, 5]);
    assert_eq!(all_agree(4, &recovery, &secret), 29);
}
