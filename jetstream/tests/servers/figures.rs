//! How long messages take to be agreed upon, by their size and by how many are on their way at once. Printed, and never asserted: what is asserted is
//! that each stands where it was predicted to.
//!
//! `HOLDFAST_LOG_FIGURES=1000 cargo test --release -p holdfast-jetstream --test servers figures -- --nocapture`

use std::collections::HashMap;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use bytes::Bytes;
use holdfast_jetstream::JetStream;
use holdfast_replica::{Event, Position, ReplicatedLog as _};
use holdfast_testkit::{NatsServers, NatsSettings};

use crate::{access, begun, name};

#[test]
fn figures() {
    let Some(servers) = NatsServers::start("figures of the log", NatsSettings::default()) else { return };
    let desk = begun(&servers);
    let messages =
        std::env::var("HOLDFAST_LOG_FIGURES").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let mut last = desk.state().unwrap().unwrap().last;
    println!(
        "| group | on their way | messages/s | MiB/s | p50 ms | p99 ms |\n| --- | --- | --- | --- | --- | --- |"
    );
    for kib in [4, 64, 512] {
        for window in [1, 4, 8] {
            last = measured(&servers, last, messages, kib << 10, window);
        }
    }
    assert_eq!(desk.state().unwrap().unwrap().last, last);
}

/// Writes so many messages behind the last position, and says how that went. Returns where the last one stands.
fn measured(servers: &NatsServers, last: Position, messages: u64, bytes: usize, window: u64) -> Position {
    let (woken, wakes) = channel();
    let wake = move || {
        let _ = woken.send(());
    };
    let mut port = JetStream::open(access(servers.urls()), name(), "figures", wake).unwrap();
    let wait = || {
        let _ = wakes.recv_timeout(Duration::from_millis(10));
    };
    port.read(last);
    while !matches!(port.next(), Some(Event::Read { .. })) {
        wait();
        port.read(last);
    }
    let message = Bytes::from(vec![0x5a; bytes]);
    let (mut sent, mut took) = (HashMap::new(), Vec::new());
    let (began, mut next) = (Instant::now(), 0);
    while (took.len() as u64) < messages {
        while next < messages && (sent.len() as u64) < window {
            sent.insert(next, Instant::now());
            port.append(next, last.plus(next), message.clone());
            next += 1;
        }
        match port.next() {
            Some(Event::Acked { asked, at }) => {
                assert_eq!(at, last.plus(asked + 1));
                took.push(sent.remove(&asked).unwrap().elapsed());
            }
            Some(Event::Unsure { asked }) => {
                panic!("message {asked} is unsure, and nothing was done to the servers")
            }
            Some(_) => {}
            None => wait(),
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    took.sort();
    let at = |hundredths: usize| took[(took.len() - 1) * hundredths / 100].as_secs_f64() * 1_000.0;
    let (a_second, mib) =
        (messages as f64 / seconds, (messages as usize * bytes) as f64 / seconds / f64::from(1 << 20));
    println!("| {} KiB | {window} | {a_second:.0} | {mib:.1} | {:.1} | {:.1} |", bytes >> 10, at(50), at(99));
    last.plus(messages)
}
