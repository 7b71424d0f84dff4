//! `holdfast wal`: what the log holds, whether it is whole, and a loss that an operator accepts.

use std::fs;

use super::directory::refused;
use super::support::{HALL, Server, TempDir, run, told};

fn wal(command: &str, directory: &TempDir, more: &[&str]) -> (i32, String, String) {
    let data = directory.path().display().to_string();
    let arguments = ["wal", command, "--data", &data].into_iter().chain(more.iter().copied());
    told(&run(arguments.collect::<Vec<_>>()))
}

/// An event and twenty holds, each in a group of its own.
fn sold(directory: &TempDir) -> Vec<(String, Vec<u8>)> {
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    client
        .create("hall", HALL.replace("\"max_seats_per_holder\":6", "\"max_seats_per_holder\":100").as_str());
    let answers = (0..20).map(|number| {
        let line = format!("HOLD hall k{number} bob 0 AREA FLOOR 1");
        let answer = client.bytes(&line);
        (line, answer)
    });
    let answers = answers.collect();
    assert_eq!(server.stop().0, Some(0));
    answers
}

#[test]
fn a_whole_log_is_shown_and_found_whole() {
    let directory = TempDir::new();
    sold(&directory);
    let (code, out, err) = wal("verify", &directory, &[]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("the log was closed in order and ends with lsn 25"), "{out}");
    assert!(out.contains("25 records checked, 0 records cannot be read"), "{out}");
    let (code, out, err) = wal("inspect", &directory, &[]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.starts_with("wal/00000000000000000001.wal: 8388608 bytes"), "{out}");
    // The server's start, that it is ready, the event, the holds, where the audit stands, and the server's end.
    assert!(out.contains("lsn 4 to 4, ") && out.contains("lsn 23 to 23, "), "{out}");
    let (code, out, _) = wal("inspect", &directory, &["--records", "--from", "22"]);
    assert_eq!(code, 0);
    let records: Vec<_> = out.lines().filter(|line| line.trim_start().starts_with("lsn ")).collect();
    assert_eq!(records.len(), 4, "{out}");
    assert!(records[2].contains("lsn 24 system at 1") && records[2].contains("Audit(Head("), "{out}");
    assert!(
        records[3].contains("lsn 25 system at 1") && records[3].contains("Stopped { why: Terminated }"),
        "{out}"
    );
    assert!(records[0].contains("lsn 22 event 1 at 1") && records[0].contains(" version 20 "), "{out}");
    // Looking changed nothing.
    let server = Server::start(directory.path());
    assert!(server.log().contains("the log was closed in order"), "{}", server.log());
}

#[test]
fn a_running_servers_log_is_left_alone_and_a_missing_one_is_told() {
    let directory = TempDir::new();
    sold(&directory);
    let server = Server::start(directory.path());
    for command in ["verify", "inspect"] {
        let (code, out, err) = wal(command, &directory, &[]);
        assert_eq!((code, out.as_str()), (3, ""));
        assert!(err.contains("HF-SYS-020") && err.contains(&format!("process {}", server.pid())), "{err}");
    }
    let nowhere = ["wal", "verify", "--data", "/no/such/directory"];
    let (code, out, err) = told(&run(nowhere));
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("there is no directory /no/such/directory"), "{err}");
    assert!(!std::path::Path::new("/no/such/directory").exists());
}

#[test]
fn a_damaged_log_is_refused_until_somebody_accepts_the_loss() {
    let directory = TempDir::new();
    let answers = sold(&directory);
    let segment = directory.join("wal/00000000000000000001.wal");
    let (_, out, _) = wal("inspect", &directory, &[]);
    let line = out.lines().find(|line| line.contains("lsn 13 to 13, ")).unwrap();
    let offset: usize =
        line.trim_start().strip_prefix("byte ").unwrap().split(' ').next().unwrap().parse().unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    bytes[offset + 3] ^= 1;
    fs::write(&segment, bytes).unwrap();

    let said = refused(directory.path(), &["HF-DQ-001", &format!("damaged at byte {offset}")]);
    let place = format!("1:{offset}");
    assert!(said.contains(&place), "{said}");
    let (code, out, err) = wal("verify", &directory, &[]);
    assert!([1, 3].contains(&code), "{code} {out} {err}");
    assert!(err.contains("wal/00000000000000000001.wal is damaged at byte"), "{err}");
    let (code, out, _) = wal("inspect", &directory, &[]);
    assert!(code == 1 && out.contains("FAULT: "), "{out}");

    // Who and why are asked for, and a place that is none is not taken.
    let who = ["--operator", "olga", "--reason", "the backup is older"];
    for (place, more) in
        [("1", &who[..]), ("x:y", &who[..]), (place.as_str(), &["--operator", " ", "--reason", "x"])]
    {
        let (code, out, err) = wal("repair", &directory, &[&["--accept-loss-from", place], more].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{place}: {err}");
    }
    let (code, ..) = wal("repair", &directory, &["--accept-loss-from", &place]);
    assert_eq!(code, 2, "without a name");
    refused(directory.path(), &["HF-DQ-001"]);

    let (code, out, err) = wal("repair", &directory, &[&["--accept-loss-from", &place], &who[..]].concat());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("the log ends with lsn 12"), "{out}");
    let named = out.lines().find_map(|line| line.strip_prefix("written down in ")).unwrap();
    let note = fs::read_to_string(directory.join(named)).unwrap();
    assert!(note.contains("olga") && note.contains("the backup is older"), "{note}");
    let (_, out, err) = wal("verify", &directory, &[]);
    assert!(out.contains("ends with lsn 12"), "{out}{err}");

    // Just what was named is lost, and it can be sold again.
    let server = Server::start(directory.path());
    let mut client = server.client();
    for (line, answer) in &answers[..9] {
        assert_eq!(&client.bytes(line), answer, "{line}");
    }
    assert_eq!(client.ask("ASK hall k9"), "$-1|");
    assert!(client.ask("EVENT INFO hall").contains("|$7|version|:10|"));
    assert!(client.ask("HOLD hall k9 bob 0 AREA FLOOR 1").starts_with("*12|$4|hold|:11|"));
}
