//! Damaged bytes: refused if sales would be lost, survived if not.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use holdfast_snapshots::{Catalogued, Place, Store};
use holdfast_wal::DiskStorage;

use super::directory::refused;
use super::support::{Client, HALL, Server, TempDir, eventually, run, told};

/// Every file below a directory, with its contents.
fn contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

fn flip(path: &Path, offset: usize) {
    let byte = fs::read(path).unwrap()[offset] ^ 0x10;
    // In place: a server that runs may have it mapped.
    fs::OpenOptions::new().write(true).open(path).unwrap().write_all_at(&[byte], offset as u64).unwrap();
}

fn files(directory: &Path, prefix: &str) -> Vec<PathBuf> {
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> =
        names.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix)).collect();
    names.sort();
    names
}

/// Holds and gives back, so often; returns the answers.
fn trade(client: &mut Client, round: usize, times: usize) -> Vec<(String, Vec<u8>)> {
    let mut answers = Vec::new();
    for number in 0..times {
        let line = format!("HOLD hall h{round}-{number} bob 0 SEATS A-1-1");
        let answer = client.bytes(&line);
        assert!(answer.starts_with(b"*10"), "{}", String::from_utf8_lossy(&answer));
        let hold = super::support::reply::Value::of(&answer).integer("hold");
        answers.push((line, answer));
        let line = format!("RELEASE hall r{round}-{number} {hold}");
        answers.push((line.clone(), client.bytes(&line)));
    }
    answers
}

fn all_there(client: &mut Client, answers: &[(String, Vec<u8>)]) {
    for (line, answer) in answers {
        assert_eq!(&client.bytes(line), answer, "{line}");
    }
}

#[test]
fn a_flipped_bit_in_the_log_is_refused_and_nothing_is_touched() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    let answers = trade(&mut client, 0, 20);
    server.stop();
    let segment = directory.join("wal").join("00000000000000000001.wal");
    // The header of a group and the last byte of what it covers, from the first group to the last before the seal.
    let bytes = fs::read(&segment).unwrap();
    let end_of = |block: usize| bytes[..(block + 1) * 4096].iter().rposition(|&byte| byte != 0).unwrap();
    let last = end_of(bytes.len() / 4096 - 1) / 4096;
    for offset in
        [4096 + 9, end_of(1), 2 * 4096 + 30, end_of(last / 2), (last - 1) * 4096 + 20, end_of(last - 1)]
    {
        let block = offset / 4096;
        flip(&segment, offset);
        let before = contents(&directory.join("wal"));
        let said = refused(
            directory.path(),
            &["HF-DQ-001", "wal/00000000000000000001.wal is damaged at byte ", "restore", "Take a copy"],
        );
        let named: usize =
            said.split("damaged at byte ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        assert_eq!(named, block * 4096, "the offset of the group: {said}");
        assert!(said.contains(&format!("1:{named}")), "the place to accept a loss from: {said}");
        assert!(contents(&directory.join("wal")) == before, "a refusal changes nothing");
        flip(&segment, offset);
    }
    let server = Server::start(directory.path());
    all_there(&mut server.client(), &answers);
}

/// A segment that is full, with others behind it.
#[test]
fn a_sealed_segment_that_is_damaged_short_or_gone() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    let answers = trade(&mut client, 0, 1_300);
    server.kill();
    let wal = directory.join("wal");
    let segments = files(&wal, "0");
    assert!(segments.len() >= 3, "{segments:?}");
    let first = segments[0].clone();
    let name = "wal/00000000000000000001.wal";
    let whole = fs::read(&first).unwrap();

    flip(&first, 1_000 * 4096 + 5);
    refused(directory.path(), &["HF-DQ-001", name, &format!("byte {}", 1_000 * 4096)]);
    fs::write(&first, &whole[..whole.len() / 2]).unwrap();
    refused(directory.path(), &["HF-DQ-001", name]);
    let mut zeroed = whole.clone();
    zeroed[500 * 4096..].fill(0);
    fs::write(&first, &zeroed).unwrap();
    refused(directory.path(), &["HF-DQ-001", name]);
    fs::remove_file(&first).unwrap();
    refused(directory.path(), &["HF-"]);
    // Another directory's segment of that number is not this one's.
    let other = TempDir::new();
    let mut stranger = Server::start(other.path());
    stranger.client().create("hall", HALL);
    stranger.stop();
    fs::copy(other.join(name), &first).unwrap();
    refused(directory.path(), &["HF-DQ-001"]);

    fs::write(&first, &whole).unwrap();
    let server = Server::start(directory.path());
    all_there(&mut server.client(), &answers);
}

#[test]
fn a_damaged_newest_snapshot_costs_an_alarm_and_nothing_else() {
    let directory = TempDir::new();
    let data = directory.path().display().to_string();
    let mut server = Server::with(directory.path(), &["--snapshot-every", "1s"]);
    let mut client = server.client();
    client.create("hall", HALL);
    let mut answers = Vec::new();
    for round in 0..3 {
        answers.extend(trade(&mut client, round, 5));
        // What is noted of the audit when log is let go of comes behind the snapshot.
        let lsn = |client: &mut Client, of: &str| client.info("persistence", of).parse::<u64>().unwrap();
        let traded = lsn(&mut client, "lsn_durable");
        eventually("a snapshot of all of it", || lsn(&mut client, "snapshot_lsn") >= traded);
    }
    // One that is killed while it makes a further snapshot may leave files that belong to none.
    server.kill();
    let mut server = Server::start(directory.path());
    answers.extend(trade(&mut server.client(), 9, 5));
    server.kill();
    let snapshots = directory.join("snapshots");
    let saved = contents(&snapshots);
    for prefix in ["pack-", "manifest-"] {
        let newest = files(&snapshots, prefix).pop().unwrap();
        let whole = fs::read(&newest).unwrap();
        for kind in 0..3 {
            match kind {
                0 => flip(&newest, whole.len() / 2),
                1 => fs::write(&newest, &whole[..whole.len() - 1]).unwrap(),
                _ => fs::write(&newest, "").unwrap(),
            }
            let (exit, out, err) = told(&run(["snapshot", "verify", "--data", &data]));
            assert_eq!(exit, 1, "{out}{err}");
            assert!(out.contains("fault: "), "{out}");
            let mut server = Server::start(directory.path());
            let log = server.log();
            assert!(log.contains("ERROR") && log.contains("HF-DQ-002"), "{log}");
            let mut client = server.client();
            all_there(&mut client, &answers);
            assert_ne!(client.info("recovery", "recovery_alarms"), "0");
            server.kill();
            // The server may have made it whole, or a new set.
            contents(&snapshots).keys().for_each(|file| fs::remove_file(file).unwrap());
            saved.iter().for_each(|(file, bytes)| fs::write(file, bytes).unwrap());
        }
        let (exit, out, _) = told(&run(["snapshot", "verify", "--data", &data]));
        assert_eq!(exit, 0, "{out}");
    }
}

/// Both sets damaged: the log goes back to the beginning here, so nothing is lost; else it would be refused.
#[test]
fn all_snapshots_damaged() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    let mut answers = trade(&mut client, 0, 5);
    server.kill();
    let mut server = Server::with(directory.path(), &["--snapshot-every", "1s"]);
    let mut client = server.client();
    // One more record and no other, so that there is one snapshot and not another one.
    let last = "HOLD hall last bob 0 SEATS A-1-2";
    answers.push((last.to_owned(), client.bytes(last)));
    eventually("a snapshot", || client.info("persistence", "snapshot_lsn") != "0");
    server.kill();
    let newest = files(&directory.join("snapshots"), "pack-");
    assert_eq!(newest.len(), 1);
    flip(&newest[0], 40);
    let server = Server::start(directory.path());
    assert!(server.log().contains("HF-DQ-002"), "{}", server.log());
    all_there(&mut server.client(), &answers);
}

/// Two events, and so many sets of snapshots that the log of their beginning is let go of, if none is kept for feeds.
fn two_events(directory: &TempDir, retention: &str) -> (Server, Vec<(String, Vec<u8>)>) {
    let flags = [
        "--snapshot-every",
        "1s",
        "--wal-segment",
        "8MiB",
        "--wal-reserve",
        "8MiB",
        "--feed-retention",
        retention,
        "--recovery-grace",
        "0s",
    ];
    let server = Server::with(directory.path(), &flags);
    let mut client = server.client();
    client.create("quiet", HALL);
    client.create("hall", HALL);
    let line = "HOLD quiet k1 bob 0 SEATS A-1-1".to_owned();
    let mut answers = vec![(line.clone(), client.bytes(&line))];
    for round in 0..4 {
        answers.extend(next_set(&mut client, round));
    }
    (server, answers)
}

/// Trades in the busy event until there is a new set.
fn next_set(client: &mut Client, round: usize) -> Vec<(String, Vec<u8>)> {
    let before = client.info("persistence", "snapshot_lsn");
    let answers = trade(client, round, 2);
    eventually("a snapshot", || client.info("persistence", "snapshot_lsn") != before);
    answers
}

fn verified(directory: &TempDir) -> bool {
    run(["snapshot", "verify", "--data", &directory.path().display().to_string()]).status.success()
}

/// The copies of the quiet event, which is the first, newest first: the file that each stands in, and a byte of it.
fn quiet_copies(directory: &TempDir) -> Vec<(PathBuf, usize)> {
    let store = Store::attach(Arc::new(DiskStorage::open(directory.path()).unwrap()));
    let copy = |found| {
        let Catalogued::Present(manifest) = found else { return None };
        let Place::Pack { number, at, .. } = manifest.entry(1)?.place else { return None };
        Some((directory.join("snapshots").join(format!("pack-{number:020}")), at as usize + 50))
    };
    store.manifests().unwrap().into_iter().filter_map(copy).collect()
}

/// The copies of the quiet event once a set is made and the one before is gone.
fn both_copies(directory: &TempDir) -> Vec<(PathBuf, usize)> {
    eventually("two sets", || {
        quiet_copies(directory).len() == 2 && files(&directory.join("snapshots"), "manifest-").len() == 2
    });
    quiet_copies(directory)
}

#[test]
fn a_quiet_event_survives_one_bad_file_and_the_running_server_mends_it() {
    let directory = TempDir::new();
    let (mut server, answers) = two_events(&directory, "0B");
    for (round, live) in [true, false, true, false].into_iter().enumerate() {
        if !live {
            server.kill();
        }
        let (file, byte) = &both_copies(&directory)[round / 2];
        flip(file, *byte);
        if !live {
            server = Server::with(directory.path(), &["--snapshot-every", "1s", "--feed-retention", "0B"]);
        }
        let mut client = server.client();
        next_set(&mut client, 10 + 2 * round);
        next_set(&mut client, 11 + 2 * round);
        assert!(verified(&directory), "round {round}");
        all_there(&mut client, &answers);
    }
}

#[test]
fn an_event_whose_every_file_is_bad_is_replayed_from_the_first_record_or_saved_from_memory() {
    let directory = TempDir::new();
    let (mut server, answers) = two_events(&directory, "1GiB");
    server.kill();
    both_copies(&directory).iter().for_each(|(file, byte)| flip(file, *byte));
    let mut server = Server::start(directory.path());
    all_there(&mut server.client(), &answers);
    assert_eq!(server.client().info("server", "events_out_of_service"), "0");
    server.kill();

    let directory = TempDir::new();
    let (mut server, answers) = two_events(&directory, "0B");
    both_copies(&directory).iter().for_each(|(file, byte)| flip(file, *byte));
    let mut client = server.client();
    next_set(&mut client, 10);
    next_set(&mut client, 11);
    assert!(verified(&directory), "{}", server.log());
    server.kill();
    let server = Server::start(directory.path());
    all_there(&mut server.client(), &answers);
    assert_eq!(server.client().info("recovery", "recovery_alarms"), "0");
}

#[test]
fn an_event_that_cannot_be_restored_is_out_of_service_and_the_others_sell() {
    let directory = TempDir::new();
    let (mut server, answers) = two_events(&directory, "0B");
    server.kill();
    let copies = both_copies(&directory);
    let saved: Vec<_> = copies.iter().map(|(file, _)| (fs::read(file).unwrap(), file)).collect();
    copies.iter().for_each(|(file, byte)| flip(file, *byte));

    let all_or_nothing =
        Server::spawn(super::support::program(), directory.path(), &["--recovery-all-or-nothing"]);
    let (status, said) = all_or_nothing.map(|_| ()).unwrap_err();
    assert_eq!(status.code(), Some(3), "{said}");
    assert!(said.contains("HF-DQ-002") && said.contains("event 1 (quiet)"), "{said}");

    let mut server = Server::with(directory.path(), &["--snapshot-every", "1s", "--feed-retention", "0B"]);
    let log = server.log();
    assert!(log.contains("HF-DQ-002") && log.contains("event 1 (quiet)") && log.contains("backup"), "{log}");
    let mut client = server.client();
    assert_eq!(client.info("server", "events_out_of_service"), "1");
    for line in ["COUNT quiet", "HOLD quiet k2 bob 0 SEATS A-1-2", "FEED quiet 1"] {
        assert!(client.ask(line).starts_with("-DEGRADED HF-SYS-013 event quiet"), "{line}");
    }
    let again =
        client.ask(r#"EVENT CREATE quiet again {"areas":[{"name":"F","category":"G","capacity":1}]}"#);
    assert!(again.starts_with("-DEGRADED HF-SYS-013"), "{again}");
    assert_eq!(client.ask("EVENT LIST"), "*2|:0|*2|$4|hall|$4|open|");
    assert!(client.ask("COUNT nowhere").starts_with("-NOEVENT"));
    client.create("later", HALL);
    all_there(&mut client, &answers[1..]);
    for round in 20..23 {
        next_set(&mut client, round);
    }
    assert_eq!(client.info("persistence", "snapshot_events_behind"), "1");
    server.kill();

    let (bytes, file) = &saved[0];
    fs::write(file, bytes).unwrap();
    let server = Server::start(directory.path());
    let mut client = server.client();
    all_there(&mut client, &answers);
    assert_eq!(client.info("server", "events_out_of_service"), "0");
    assert!(client.ask("HOLD quiet k2 bob 0 SEATS A-1-2").starts_with("*10|"));
}

/// Whoever reads all events can pass by the one that cannot be brought back: clients go by these words.
#[test]
fn the_feed_of_all_events_says_where_to_go_on_past_one_that_is_out_of_service() {
    let directory = TempDir::new();
    let (mut server, _) = two_events(&directory, "0B");
    server.kill();
    let server = Server::with(directory.path(), &["--snapshot-every", "1s", "--events-park-after", "1s"]);
    let mut client = server.client();
    assert!(client.ask("RELEASE quiet k2 2").starts_with("*6|"));
    next_set(&mut client, 10);
    next_set(&mut client, 11);
    eventually("the quiet event is at rest", || client.info("server", "events_at_rest") == "1");
    both_copies(&directory).iter().for_each(|(file, byte)| flip(file, *byte));
    let trimmed = client.ask("FEEDS 1");
    let oldest = trimmed.strip_prefix("-TRIMMED HF-INP-040 record 1 is not kept any more: the oldest is ");
    let mut from: u64 = oldest.unwrap_or_else(|| panic!("{trimmed}")).trim_end_matches('|').parse().unwrap();
    let refused = loop {
        let page = super::support::reply::Value::of(&client.bytes(&format!("FEEDS {from} COUNT 1000")));
        if page.is_error() {
            break page.text().to_owned();
        }
        let last = page.list().last().unwrap().list();
        from = 1 + last[0].number();
        assert!(page.list().iter().all(|change| change.list()[1].text() == "hall"), "{page:?}");
    };
    let rest = refused.strip_prefix("DEGRADED HF-SYS-013 record ").unwrap();
    let (record, rest) = rest.split_once(" is of event quiet: ").unwrap();
    let next = record.parse::<u64>().unwrap() + 1;
    assert!(
        rest.ends_with(&format!("; go on with {next}, and with FEED quiet when it is back")),
        "{refused}"
    );
    let page = client.ask(&format!("FEEDS {next} COUNT 1"));
    assert!(page.starts_with("*1|*6|:") && page.contains("|hall|"), "{page}");
}
