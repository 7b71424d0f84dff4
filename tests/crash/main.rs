//! The server is killed under load, again and again, and nothing that it said is lost.
//!
//! Clients on connections of their own hold, extend, give back and buy the same few thousand seats, one command at a
//! time and in pipelines, while SIGKILL comes: at a random moment, while a snapshot is being written, or during the
//! recovery itself. Snapshots and the release of the log go on meanwhile. After each restart, against a small model
//! that shares no code with the engine:
//!
//! - every answer that a client has received is there, byte for byte, by ASK and by repeating its key;
//! - a command without an answer is there once or not at all, and repeating it settles which;
//! - the versions of an event have no gap that is not an expiry that was due;
//! - every answer is what the model says at its version, and in the order that clients saw;
//! - no seat has two owners, and what there is adds up: MAP, COUNT and EVENT INFO are the model's.
//!
//! `HOLDFAST_CRASHES` is the number of kills (default 10), `HOLDFAST_SEED` the seed of the clients' choices.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

mod clients;
mod feed;
mod history;
mod model;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use clients::Client as Buyer;
use history::History;
use holdfast_testkit::Random;
use support::{Server, TempDir, eventually, program};

/// Many snapshots, and a log that is let go of behind them.
/// However many commands a fast machine sends in a round: none of their answers may be forgotten by number.
const FLAGS: [&str; 8] = [
    "--snapshot-bytes",
    "1MiB",
    "--snapshot-every",
    "1s",
    "--threads",
    "2",
    "--idempotency-refusals",
    "100000000",
];
const BUYERS: u64 = 4;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn killed_again_and_again() {
    let (crashes, seed) = (number("HOLDFAST_CRASHES", 10), number("HOLDFAST_SEED", 1));
    eprintln!("{crashes} kills, seed {seed}");
    let directory = TempDir::new();
    let mut random = Random::new(seed);
    let mut server = Server::with(directory.path(), &FLAGS);
    let mut history = History::begin(&server);
    let mut from_snapshot = 0;
    let mut buyers: Vec<Buyer> = (0..BUYERS).map(|number| Buyer::new(number, seed, history.base())).collect();
    for round in 0..crashes {
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let (address, stop) = (server.address, &stop);
            for buyer in &mut buyers {
                scope.spawn(move || buyer.buy(address, stop));
            }
            wait_for_the_moment(round, &mut random, &server);
            server.kill();
            stop.store(true, Ordering::Relaxed);
        });
        let done = buyers.iter_mut().flat_map(|buyer| std::mem::take(&mut buyer.done)).collect();
        if round % 4 == 3 {
            kill_during_recovery(&directory, &mut random);
        }
        server = Server::with(directory.path(), &FLAGS);
        from_snapshot += server.client().info("recovery", "recovered_from_snapshot").parse::<u64>().unwrap();
        assert!(!server.log().contains("ERROR"), "an alarm after a kill:\n{}", server.log());
        let told = history.settle(&server, done, &mut random);
        eprintln!("round {round}: {told}");
    }
    history.repeat_everything(&server);
    assert!(from_snapshot > 0, "no snapshot was ever restored");
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    let mut server = Server::with(directory.path(), &FLAGS);
    history.repeat_everything(&server);
    server.stop();
}

/// When the kill comes: while a snapshot is half written, right behind one, or whenever.
fn wait_for_the_moment(round: u64, random: &mut Random, server: &Server) {
    let mut client = server.client();
    match round % 3 {
        0 => {
            let file =
                std::path::PathBuf::from(client.info("server", "data_directory")).join("snapshots/pack.tmp");
            // Who never gets to look while it is there kills at another moment.
            let mut made = BTreeSet::new();
            eventually("a snapshot is being written", || {
                made.insert(client.info("persistence", "snapshot_lsn"));
                made.len() > 4 || (0..2_000).any(|_| file.exists())
            });
        }
        1 => {
            let before = client.info("persistence", "snapshot_lsn");
            eventually("a snapshot is made", || client.info("persistence", "snapshot_lsn") != before);
            thread::sleep(Duration::from_millis(random.below(10)));
        }
        _ => thread::sleep(Duration::from_millis(50 + random.below(400))),
    }
}

/// Recovery starts and is killed before it is through; what it began must not be in the way of the next.
fn kill_during_recovery(directory: &TempDir, random: &mut Random) {
    for _ in 0..3 {
        let mut command = program();
        command.args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            "off",
            "--wal-segment",
            "8MiB",
            "--wal-reserve",
            "16MiB",
        ]);
        command.arg("--data").arg(directory.path()).args(FLAGS);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(random.below(30)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
