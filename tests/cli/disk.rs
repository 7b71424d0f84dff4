//! Disks that fail, stall and fill up, under the real program. strace makes the calls fail, a small tmpfs fills up.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::directory::Mount;
use super::support::reply::{Value, read_raw};
use super::support::strace::{has_strace, injected};
use super::support::{Client, Server, TempDir, eventually, missing, wire_of};

const MAP: &str = concat!(
    r#"{"areas":[{"name":"F","category":"G","capacity":1000000}],"#,
    r#""limits":{"max_extends":1000,"max_seats_per_holder":1000000}}"#
);

/// What is said for as long as a sync runs for over a second, which on a busy machine any may do.
const STALLED: &str = "the disk does not answer";

/// One command at a time until the connection ends: what was answered, and what was not.
fn hold_until_it_ends(client: &mut Client) -> (Vec<(String, Vec<u8>)>, String) {
    let mut answered = Vec::new();
    loop {
        let line = format!("HOLD e k{} bob 0 AREA F 1", answered.len());
        let sent = client.try_send(wire_of(&line));
        match sent.and_then(|()| read_raw(&mut client.0)) {
            Ok(answer) => answered.push((line, answer)),
            Err(_) => return (answered, line),
        }
        assert!(answered.len() < 100_000, "the sync never failed");
    }
}

/// Nothing that was acknowledged is lost, and the one command in doubt is there once or not at all.
fn all_is_there(data: &Path, answered: &[(String, Vec<u8>)], in_doubt: &str) {
    let server = Server::start(data);
    let mut client = server.client();
    for (line, answer) in answered {
        assert_eq!(&client.bytes(line), answer, "{line}");
    }
    let version = answered.len() as u64 + 1;
    assert_eq!(Value::of(&client.bytes(in_doubt)).integer("version"), version + 1);
    assert_eq!(Value::of(&client.bytes("EVENT INFO e")).integer("version"), version + 1);
}

#[test]
fn a_sync_that_fails_ends_the_server_at_once() {
    if !has_strace("a_sync_that_fails_ends_the_server_at_once") {
        return;
    }
    for (number, error) in [(100, "EIO"), (137, "ENOSPC"), (170, "EIO")] {
        let directory = TempDir::new();
        let mut server = injected(directory.path(), &format!("fdatasync:error={error}:when={number}"), &[]);
        let mut client = server.client();
        client.create("e", MAP);
        let mut other = server.client();
        assert_eq!(other.ask("PING"), "+PONG|");
        let (answered, in_doubt) = hold_until_it_ends(&mut client);
        let (code, log) = server.wait();
        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains("holdfast: HF-SYS-023: the log failed to sync wal/"), "{log}");
        assert!(log.contains("\n  what to do: Check the disk"), "{log}");
        assert_eq!(other.rest(), "", "nobody hears anything more");
        assert!(answered.iter().all(|(_, answer)| answer.starts_with(b"*12")), "no error was acknowledged");
        all_is_there(directory.path(), &answered, &in_doubt);
    }
}

#[test]
fn a_write_that_fails_ends_the_server_at_once() {
    if !has_strace("a_write_that_fails_ends_the_server_at_once") {
        return;
    }
    let directory = TempDir::new();
    let inject = "inject=pwrite64,pwritev,pwritev2:error=EIO:when=120";
    let before = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64,pwritev,pwritev2", "-e", inject];
    let mut server = Server::through("strace", &before, directory.path(), &[]);
    let mut client = server.client();
    client.create("e", MAP);
    let (answered, in_doubt) = hold_until_it_ends(&mut client);
    let (code, log) = server.wait();
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("HF-SYS-023: the log failed to write wal/"), "{log}");
    all_is_there(directory.path(), &answered, &in_doubt);
}

#[test]
fn a_slow_disk_turns_new_holds_away_and_lets_sales_finish() {
    if !has_strace("a_slow_disk_turns_new_holds_away_and_lets_sales_finish") {
        return;
    }
    let directory = TempDir::new();
    // From the fiftieth sync of each thread on, all take long: until it was seen.
    let slow = "fdatasync:delay_enter=300000:when=50+";
    let mut server = injected(directory.path(), slow, &["--wal-slow", "100ms"]);
    let mut client = server.client();
    let create = format!("EVENT CREATE e create-e {MAP}");
    eventually("the event is made", || client.ask(&create).starts_with('*'));
    let mut sales = server.client();
    let mut first = String::new();
    eventually("the disk is as quick as a disk", || {
        first = client.ask("HOLD e first bob 0 AREA F 1");
        first.starts_with('*')
    });
    assert!(first.starts_with("*12|$4|hold|:2|"), "{first}");
    let (mut number, mut refused) = (0, String::new());
    eventually("a new hold is turned away", || {
        number += 1;
        refused = client.ask(&format!("HOLD e k{number} bob 0 AREA F 1"));
        !refused.starts_with('*') && !refused.contains(STALLED)
    });
    assert!(refused.starts_with("-DEGRADED HF-SYS-011 the disk is slow"), "{refused}");
    let mut sales = |line: &str| {
        let mut reply = String::new();
        eventually("the disk answers", || {
            reply = sales.ask(line);
            !reply.contains(STALLED)
        });
        reply
    };
    // Not judged: the key is not bound. What is on sale already goes on, and so do reads.
    assert_eq!(client.ask(&format!("ASK e k{number}")), "$-1|");
    assert!(sales("EXTEND e ext 2 0").starts_with("*12|$4|hold|:2|"));
    assert!(sales("CONFIRM e con o1 2").starts_with("*10|$5|order|$2|o1|"));
    assert!(sales("COUNT e").starts_with("*10|$4|free|"));
    assert_eq!(client.ask("HOLD e first bob 0 AREA F 1"), first, "a repeat is no new hold");
    // A disk that nothing was asked of for a while gets another chance, and then the same key is as good as new.
    eventually("new holds are taken again", || {
        client.ask(&format!("HOLD e k{number} bob 0 AREA F 1")).starts_with('*')
    });
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
}

/// Takes all but so many bytes of a file system.
fn fill(directory: &Path, leave: u64) {
    let file = directory.join("ballast");
    let mut ballast = fs::File::options().create(true).append(true).open(file).unwrap();
    let chunk = vec![1; 64 << 10];
    while free(directory) > leave {
        let take = (free(directory) - leave).min(chunk.len() as u64) as usize;
        if ballast.write_all(&chunk[..take]).is_err() {
            break;
        }
    }
}

fn free(directory: &Path) -> u64 {
    let output =
        std::process::Command::new("df").args(["--output=avail", "-B1"]).arg(directory).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().nth(1).unwrap().trim().parse().unwrap()
}

#[test]
fn a_full_disk_turns_new_holds_away_and_comes_back_by_itself() {
    let directory = TempDir::new();
    let small = directory.join("small");
    fs::create_dir(&small).unwrap();
    let Some(_mounted) = Mount::new(&["-t", "tmpfs", "-o", "size=96m", "none"], &small) else {
        return missing("a_full_disk_...", "the right to mount a tmpfs", "run the tests as root");
    };
    let data = small.join("data");
    let mut server = Server::start(&data);
    let mut client = server.client();
    client.create("e", MAP);
    client.create("calm", MAP);
    assert!(client.ask("HOLD calm k bob 0 AREA F 1").starts_with("*12|"));
    for number in 0..8 {
        assert!(client.ask(&format!("HOLD e first{number} bob 0 AREA F 1")).starts_with("*12|$4|hold|:"));
    }

    assert_eq!(client.ask("XGROUP CREATE feed:calm mail 0"), "+OK|");

    // Below the reserve: no new holds, all else goes on.
    fill(&small, 4 << 20);
    let (mut number, mut refused) = (0, String::new());
    eventually("a new hold is turned away", || {
        number += 1;
        refused = client.ask(&format!("HOLD e k{number} bob 0 AREA F 1"));
        !refused.starts_with('*')
    });
    assert!(refused.starts_with("-DEGRADED HF-SYS-010 the disk is almost full"), "{refused}");
    assert_eq!(client.info("persistence", "disk_low"), "1");
    assert!(client.ask("CONFIRM e con0 o0 2").starts_with("*10|"));
    assert!(client.ask("RELEASE e rel0 3").starts_with("*6|"));
    assert!(client.ask("EXTEND e ext0 4 0").starts_with("*12|"));
    let create = client.ask(r#"EVENT CREATE other c {"areas":[{"name":"F","category":"G","capacity":1}]}"#);
    assert!(create.starts_with("-DEGRADED HF-SYS-010"), "{create}");

    // Not a byte left: sales in progress use up the segment that was made ready, but for its end, so that nobody waits
    // behind a command that has no place: whoever comes then is told.
    let (mut written, mut turned_away) = (Vec::new(), String::new());
    let mut other = server.client();
    eventually("nothing can be written", || {
        // Whatever the log itself has given back meanwhile.
        fill(&small, 0);
        for _ in 0..200 {
            let line = format!("EXTEND e x{} {} 0", written.len(), 4 + written.len() / 900);
            let answer = client.bytes(&line);
            if answer.starts_with(b"-DEGRADED HF-SYS-010 the disk is full") {
                turned_away = line;
                return other.info("persistence", "disk_full") == "1";
            }
            written.push((line, answer));
        }
        false
    });
    assert!(written.iter().all(|(_, answer)| answer.starts_with(b"*12")), "{}", written.len());
    let refused = other.ask("CONFIRM calm late o9 2");
    assert!(
        refused.starts_with("-DEGRADED HF-SYS-010 the disk is full"),
        "{refused} after {}",
        written.len()
    );
    assert!(other.ask("GET HOLD calm 2").starts_with("*16|"), "reads go on");
    let given = "XREADGROUP GROUP mail ann STREAMS feed:calm >";
    assert!(
        other.ask(given).starts_with("-DEGRADED HF-SYS-018 "),
        "nothing is given out that cannot be recorded"
    );
    assert!(other.ask("XPENDING feed:calm mail").starts_with("*4|:0|"), "and nothing was");
    assert!(other.ask("MAP e").starts_with("*1|*3|$1|F|"), "reads of the busy event, too");

    // Killed like that, it says why it cannot start, or starts; nothing is lost either way.
    server.kill();
    match Server::spawn(super::support::program(), &data, &[]) {
        Ok(mut server) => server.kill(),
        Err((status, said)) => {
            assert_eq!(status.code(), Some(3), "{said}");
            assert!(said.contains("HF-SYS-021") && said.contains("No space left"), "{said}");
        }
    }
    fs::remove_file(small.join("ballast")).unwrap();
    let mut server = Server::start(&data);
    let mut client = server.client();
    for (line, answer) in &written {
        assert_eq!(&client.bytes(line), answer, "{line}");
    }
    let told = Value::of(&client.bytes(given));
    assert_eq!(told.list()[0].list()[1].list().len(), 2, "a group is where it was: {told:?}");
    // The one that was turned away has bound no key.
    let late = Value::of(&client.bytes(&turned_away));
    assert!(matches!(late, Value::List(_)), "{late:?}");
    assert!(client.ask("CONFIRM calm late o9 2").starts_with("*10|"));
    assert!(client.ask(&format!("HOLD e k{number} bob 0 AREA F 1")).starts_with("*12|"));

    // And once more without a restart.
    fill(&small, 4 << 20);
    eventually("new holds are turned away", || {
        number += 1;
        client.ask(&format!("HOLD e k{number} bob 0 AREA F 1")).starts_with("-DEGRADED HF-SYS-010")
    });
    fs::remove_file(small.join("ballast")).unwrap();
    eventually("new holds are taken again", || {
        client.ask(&format!("HOLD e k{number} bob 0 AREA F 1")).starts_with("*12|")
    });
    assert_eq!(client.info("persistence", "disk_low"), "0");
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
}

/// The trigger counts whole blocks; what fails is tried again later each time, and costs no log meanwhile.
#[test]
fn snapshots_that_fail_take_no_log_and_are_made_when_they_can_be() {
    let directory = TempDir::new();
    let flags = ["--snapshot-every", "24h", "--snapshot-bytes", "1MiB", "--wal-segment", "8MiB"];
    let mut server = Server::with(directory.path(), &flags);
    let mut client = server.client();
    client.create("e", MAP);
    let (snapshots, away) = (directory.join("snapshots"), directory.join("away"));
    fs::rename(&snapshots, &away).unwrap();
    fs::write(&snapshots, "").unwrap();
    for number in 0..300 {
        assert!(client.ask(&format!("HOLD e k{number} bob 0 AREA F 1")).starts_with("*12|"));
    }
    let payload: u64 = client.info("persistence", "log_bytes").parse().unwrap();
    assert!(payload < 1 << 20, "{payload}");
    let failures =
        |client: &mut Client| -> u64 { client.info("persistence", "snapshot_failures").parse().unwrap() };
    // Tries may have begun before the last hold: one that comes after it seals a segment, and no later one does.
    let before = failures(&mut client);
    eventually("a snapshot of all that is written fails", || failures(&mut client) >= before + 2);
    let segments = client.info("persistence", "log_segments");
    eventually("it fails twice more", || failures(&mut client) >= before + 4);
    assert_eq!(client.info("persistence", "log_segments"), segments);
    fs::remove_file(&snapshots).unwrap();
    fs::rename(&away, &snapshots).unwrap();
    eventually("a snapshot", || client.info("persistence", "snapshot_lsn") != "0");
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
}

/// Each start takes a segment: they count for the trigger, and go when there are snapshots.
#[test]
fn starts_do_not_pile_up_segments() {
    let directory = TempDir::new();
    let flags = [
        "--snapshot-every",
        "24h",
        "--snapshot-bytes",
        "16MiB",
        "--wal-segment",
        "8MiB",
        "--feed-retention",
        "0B",
    ];
    let newest = || {
        let names = fs::read_dir(directory.join("snapshots")).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("manifest-")).max()
    };
    Server::start(directory.path()).client().create("e", MAP);
    for round in 0..6 {
        let before = newest();
        for start in 0..4 {
            let mut server = Server::with(directory.path(), &flags);
            let hold = server.client().ask(&format!("HOLD e k{round}-{start} bob 0 AREA F 1"));
            assert!(hold.starts_with("*12|"), "{hold}");
            if start == 3 {
                eventually("a snapshot in this round", || newest() != before);
                // Not before it has let go of what it does not need.
                server.stop();
            } else {
                server.kill();
            }
        }
    }
    let server = Server::with(directory.path(), &flags);
    let segments: u64 = server.client().info("persistence", "log_segments").parse().unwrap();
    assert!(segments <= 14, "{segments} after 26 starts");
}
