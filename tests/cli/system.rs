//! What the server keeps of its own starts and ends, and that a sale needs nothing of it.

use std::path::Path;
use std::sync::Arc;

use holdfast_engine::{At, SystemChange, SystemRecord, encode_system};
use holdfast_wal::{Batch, DiskStorage, Log, Lsn, Options, Recovered, Storage};

use super::support::{Client, HALL, Server, TempDir, eventually, run, told};

fn system(client: &mut Client, field: &str) -> String {
    client.info("system", field)
}

fn number(client: &mut Client, field: &str) -> u64 {
    system(client, field).parse().unwrap()
}

#[test]
fn a_stop_a_kill_and_the_starts_after_them_are_told_apart() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    for (field, value) in [
        ("system_in_service", "1"),
        ("system_records", "2"),
        ("last_stop_clean", "unknown"),
        ("mode", "normal"),
        ("starts", "1"),
        ("starts_without_a_stop", "0"),
        ("last_outage_ms", "0"),
        ("last_start_build", env!("CARGO_PKG_VERSION")),
    ] {
        assert_eq!(system(&mut client, field), value, "{field}");
    }
    assert!(number(&mut client, "last_ready_at") >= number(&mut client, "last_start_at"));
    client.create("hall", HALL);
    assert_eq!(server.stop().0, Some(0));

    let mut server = Server::start(directory.path());
    let mut client = server.client();
    assert_eq!(system(&mut client, "last_stop_clean"), "yes");
    assert_eq!((number(&mut client, "starts"), number(&mut client, "starts_without_a_stop")), (2, 0));
    assert_eq!(system(&mut client, "last_outage_planned"), "1");
    assert_eq!(number(&mut client, "last_outage_ms"), number(&mut client, "down_planned_ms"));
    // What is acknowledged stands behind what the server has said of itself: that is on the disk now.
    client.create("other", HALL);
    server.kill();

    let mut server = Server::with(directory.path(), &["--snapshot-every", "1s"]);
    let mut client = server.client();
    assert_eq!(system(&mut client, "last_stop_clean"), "no");
    assert_eq!((number(&mut client, "starts"), number(&mut client, "starts_without_a_stop")), (3, 1));
    assert_eq!(system(&mut client, "last_outage_planned"), "0");
    assert_eq!(number(&mut client, "last_outage_ms"), number(&mut client, "down_unplanned_ms"));
    eventually("a snapshot", || client.info("persistence", "snapshot_lsn") != "0");
    server.kill();

    // From the snapshot it goes on as from the log, and no event is listed that nobody has made.
    let server = Server::start(directory.path());
    let mut client = server.client();
    assert_eq!((number(&mut client, "starts"), number(&mut client, "starts_without_a_stop")), (4, 2));
    assert_eq!(client.info("recovery", "recovered_events"), "2");
    assert_eq!(client.info("server", "events_at_rest"), "2", "nothing has happened to them since");
    assert_eq!(client.ask("DBSIZE"), ":2|");
    assert_eq!(client.ask("EVENT LIST"), "*2|:0|*4|$4|hall|$4|open|$5|other|$4|open|");
}

/// Appends what no server writes: its checksum is right, and its digest is not, or it cannot be read.
fn spoil(path: &Path, kind: u8) {
    let storage: Arc<dyn Storage> = Arc::new(DiskStorage::open(path).unwrap());
    let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
    let (log, committer) = Log::start(storage, recovered, Options::default(), Box::new(|_| {})).unwrap();
    let committer = committer.spawn().unwrap();
    let record = SystemRecord { at: At(1), version: 9, change: SystemChange::Heartbeat };
    let mut bytes = Vec::new();
    encode_system(7, &record, &mut bytes);
    if kind == 1 {
        bytes.push(0);
    }
    let mut batch = Batch::new();
    batch.push(|out| out.extend_from_slice(&bytes));
    log.append(&mut batch).unwrap();
    log.stop();
    committer.join().unwrap().unwrap();
}

#[test]
fn a_damaged_record_of_the_server_keeps_no_sale_from_starting() {
    for kind in [0, 1] {
        let directory = TempDir::new();
        let data = directory.path().display().to_string();
        let mut server = Server::start(directory.path());
        let mut client = server.client();
        client.create("hall", HALL);
        let held = client.bytes("HOLD hall k1 ann 0 SEATS A-1-1");
        assert_eq!(server.stop().0, Some(0));
        spoil(directory.path(), kind);
        let unreadable = told(&run(["wal", "verify", "--data", &data]));
        assert_eq!(unreadable.0, i32::from(kind), "{unreadable:?}");

        for start in 0..3 {
            let flags = ["--snapshot-every", "1s", "--recovery-all-or-nothing", "true"];
            let mut server = Server::with(directory.path(), &flags);
            let mut client = server.client();
            let log = server.log();
            assert!(log.contains("HF-LOG-003") && log.contains("event 0 (the system event)"), "{log}");
            assert_eq!(system(&mut client, "system_in_service"), "0");
            assert_eq!(system(&mut client, "last_stop_clean"), "unknown");
            assert_eq!(client.info("server", "events_out_of_service"), "0");
            assert_eq!(client.bytes("HOLD hall k1 ann 0 SEATS A-1-1"), held);
            let sold = client.ask(&format!("HOLD hall new-{start} bob 0 SEATS A-1-{}", start + 2));
            assert!(sold.starts_with('*'), "{sold}");
            // The sale has its snapshots; what is left of the system event stays in the log.
            eventually("a snapshot", || client.info("persistence", "snapshot_lsn") != "0");
            assert_eq!(client.info("persistence", "snapshot_events_behind"), "1");
            let (code, log) = server.stop();
            assert_eq!(code, Some(0), "{log}");
        }
        let (code, out, _) = told(&run(["wal", "inspect", "--data", &data, "--records"]));
        assert_eq!(code, 0);
        assert_eq!(out.matches("Stopped").count(), 1, "nothing is added to what is out of service: {out}");
    }
}
