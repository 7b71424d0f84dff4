//! A server that may use little memory: it refuses what is new, goes on with what is running, and starts again.

use std::fmt::Write as _;

use super::support::{Client, Server, TempDir, program, wire};

/// Six standing areas of a million places.
fn hall() -> String {
    let area = |number| format!(r#"{{"name":"GA{number}","category":"GA","capacity":1000000}}"#);
    let areas: Vec<_> = (1..=6).map(area).collect();
    format!(r#"{{"areas":[{}],"limits":{{"max_seats_per_holder":1000000}}}}"#, areas.join(","))
}

/// Holds one place at a time until a hold is refused; returns the refusal.
fn fill(client: &mut Client) -> String {
    for batch in 0..10_000 {
        let mut keys = Vec::new();
        let mut frames = Vec::new();
        for number in 0..1_000 {
            let mut key = String::new();
            write!(key, "k{batch}-{number}").unwrap();
            frames.extend(wire(&["HOLD", "hall", &key, "ann", "0", "AREA", "GA1", "1"]));
            keys.push(key);
        }
        client.send(&frames);
        let refusals: Vec<_> =
            keys.iter().map(|_| client.reply()).filter(|reply| reply.starts_with('-')).collect();
        if let Some(refusal) = refusals.into_iter().next() {
            return refusal;
        }
    }
    panic!("memory has no end");
}

#[test]
fn a_crowd_of_holds_is_refused_before_memory_is_and_the_server_starts_again_with_the_same() {
    let directory = TempDir::new();
    let mut server = Server::with(directory.path(), &["--memory-max", "64MiB", "--threads", "1"]);
    let mut client = server.client();
    client.create("hall", &hall());
    let refusal = fill(&mut client);
    assert!(refusal.starts_with("-BUSY HF-SYS-004 "), "{refusal}");
    assert_eq!(client.info("memory", "maxmemory"), (64 << 20).to_string());
    let peak: u64 = client.info("memory", "used_memory_peak").parse().unwrap();
    let events: u64 = client.info("memory", "used_memory_events").parse().unwrap();
    assert!(peak < 64 << 20 && events > 1 << 20, "{peak}, of which events {events}");
    assert!(client.ask("CONFIRM hall c1 order-1 2").starts_with("*10|"), "a sale in progress");
    server.kill();
    let server = Server::with(directory.path(), &["--memory-max", "64MiB", "--threads", "1"]);
    assert!(server.client().ask("CONFIRM hall c1 order-1 2").starts_with("*10|"), "what was told is there");
}

#[test]
fn memory_that_cannot_be_is_a_bad_setting() {
    let directory = TempDir::new();
    let Err((status, said)) = Server::spawn(program(), directory.path(), &["--memory-max", "1MiB"]) else {
        panic!("a mebibyte is enough")
    };
    assert!(
        status.code() == Some(2) && said.contains("memory.max is 1MiB: it must be at least 64MiB"),
        "{said}"
    );
}
