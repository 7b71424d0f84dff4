//! The feed of a real server: read again after a restart, trimmed at its bound, and followed by a stock client.

use super::hall::hall;
use super::support::reply::Value;
use super::support::{Client, HALL, Server, TempDir, eventually, run, told, wire};

/// Changes without end: hold and release in turn. Returns the number of the next.
pub(super) fn sell(client: &mut Client, from: u64, count: u64) -> u64 {
    let mut bytes = Vec::new();
    for number in from..from + count {
        let key = format!("k{number}");
        if number % 2 == 0 {
            bytes.extend(wire(&["HOLD", "hall", &key, "ann", "600000", "SEATS", "A-1-1"]));
        } else {
            bytes.extend(wire(&["RELEASE", "hall", &key, &(number + 1).to_string()]));
        }
    }
    client.send(bytes);
    for _ in 0..count {
        let reply = client.reply();
        assert!(reply.contains("version"), "{reply}");
    }
    from + count
}

/// `None` if that is not kept any more.
fn versions(client: &mut Client, from: u64) -> Option<Vec<u64>> {
    let page = Value::of(&client.bytes(&format!("FEED hall {from} COUNT 1000")));
    if page.is_error() {
        assert!(page.text().starts_with("TRIMMED "), "{page:?}");
        return None;
    }
    let version = |record: &Value| match record.list()[0] {
        Value::Integer(version) => version as u64,
        ref other => panic!("{other:?}"),
    };
    Some(page.list().iter().map(version).collect())
}

/// While somebody listens to another event, the follower of the log is behind what is acknowledged.
#[test]
fn a_subscription_begins_with_what_comes_after_it() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let (mut seller, mut listener) = (server.client(), server.client());
    seller.create("first", HALL);
    assert_eq!(listener.ask("HELLO 3").chars().next(), Some('%'));
    listener.ask("SUBSCRIBE feed:first");
    for number in 0..200 {
        let event = format!("event-{number}");
        seller.create(&event, HALL);
        let told = listener.ask(&format!("SUBSCRIBE feed:{event}"));
        assert!(told.starts_with(">3|$9|subscribe|"), "{told}");
        seller.ask(&format!("HOLD {event} k1 ann 60000 SEATS A-1-1"));
        let message = listener.reply();
        assert!(message.contains(r#"{"version":2,"#), "the first message: {message}");
        listener.ask(&format!("UNSUBSCRIBE feed:{event}"));
    }
}

#[test]
fn what_was_fed_is_fed_again_after_restarts() {
    let (directory, mut server, mut client) = hall();
    let mut next = sell(&mut client, 0, 1_500);
    let before = client.bytes("FEED hall 700 COUNT 300");
    for round in 0..3 {
        if round % 2 == 0 {
            server.kill();
        } else {
            server.stop();
        }
        server = Server::start(directory.path());
        client = server.client();
        assert_eq!(client.bytes("FEED hall 700 COUNT 300"), before);
        next = sell(&mut client, next, 300);
        let mut seen = Vec::new();
        loop {
            let page = versions(&mut client, seen.len() as u64 + 1).unwrap();
            if page.is_empty() {
                break;
            }
            seen.extend(page);
        }
        assert!(seen.iter().copied().eq(1..=next + 1), "{} of {next}", seen.len());
    }
    assert_ne!(client.info("feed", "feed_log_reads"), "0");
    assert_ne!(client.info("feed", "feed_indexed_bytes"), "0");
}

#[test]
fn a_version_that_is_let_go_of_is_refused_with_the_oldest_that_is_kept() {
    let directory = TempDir::new();
    let flags = ["--feed-retention", "0", "--snapshot-bytes", "1MiB", "--snapshot-every", "1s"];
    let mut server = Server::with(directory.path(), &flags);
    let mut client = server.client();
    client.create("hall", HALL);
    client.create("quiet", HALL);
    let mut next = 0;
    eventually("the first version is let go of", || {
        next = sell(&mut client, next, 4_000);
        client.ask("FEED hall 1").starts_with('-')
    });
    // More may be let go of between the two questions; then they are asked again.
    eventually("the oldest can be read", || {
        let refused = client.ask("FEED hall 1 BLOCK 1000");
        let oldest =
            refused.strip_prefix("-TRIMMED HF-INP-040 version 1 is not kept any more: the oldest is ");
        let oldest = oldest.unwrap_or_else(|| panic!("{refused}")).trim_end_matches('|').parse().unwrap();
        let page = versions(&mut client, oldest);
        let page = page.unwrap_or_default();
        // A thousand changes, or 64 KiB of them.
        let count = page.len() as u64;
        assert!(
            page.is_empty() || count > 900 && page.iter().copied().eq(oldest..oldest + count),
            "{page:?}"
        );
        !page.is_empty()
    });
    assert_eq!(
        client.ask("FEED quiet 1"),
        "-TRIMMED HF-INP-040 version 1 is not kept any more, nor is any after it up to now|"
    );
    assert_eq!(client.ask("FEED quiet 2"), "*0|");
    assert_ne!(client.info("feed", "feed_trimmed"), "0");
    server.stop();
    server = Server::with(directory.path(), &flags);
    client = server.client();
    let last = versions(&mut client, next - 10).unwrap();
    assert!(last.iter().copied().eq(next - 10..=next + 1), "{last:?}");
}

/// Refused commands stand in the log, and in no feed: they take nobody's changes along.
#[test]
fn refused_commands_leave_the_history_of_others_alone() {
    let directory = TempDir::new();
    let flags = [
        "--wal-segment",
        "8MiB",
        "--wal-reserve",
        "8MiB",
        "--snapshot-bytes",
        "1MiB",
        "--snapshot-every",
        "1s",
        "--feed-retention",
        "256KiB",
    ];
    let mut server = Server::with(directory.path(), &flags);
    let mut client = server.client();
    client.create("hall", HALL);
    client.create("quiet", HALL);
    client.ask("HOLD quiet k1 ann 0 SEATS A-1-1");
    let before = client.bytes("FEED quiet 1");
    let mut sent = 0;
    // Until more than ten times as much was let go of as is kept.
    let number = |client: &mut Client, field: &str| -> u64 { client.info("feed", field).parse().unwrap() };
    eventually("refusals are let go of", || {
        let keys = sent..sent + 4_000;
        sent += 4_000;
        client.send(
            keys.flat_map(|key| wire(&["EXTEND", "hall", &format!("k{key}"), "99", "0"])).collect::<Vec<_>>(),
        );
        for _ in 0..4_000 {
            let refused = client.reply();
            assert!(refused.starts_with("-GONE "), "{refused}");
        }
        number(&mut client, "feed_history_thinned") > 0 && sent > 60_000
    });
    assert_eq!(client.bytes("FEED quiet 1"), before);
    let written: u64 = client.info("persistence", "log_bytes").parse().unwrap();
    assert!(written > 10 * (256 << 10), "{written}");
    eventually("nothing of them is left", || number(&mut client, "feed_history_bytes") < 1 << 20);
    assert_eq!(number(&mut client, "feed_log_first_lsn"), 1);
    assert_eq!(server.stop().0, Some(0));
    let data = directory.path().display().to_string();
    let (code, out, err) = told(&run(["wal", "inspect", "--data", &data, "--records"]));
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains(".thin: ") && out.contains(" made of what readers still want"), "{out}");
    assert!(out.contains("thinned to ") && out.contains("lsn 5 event 2"), "{out}");
    assert_eq!(told(&run(["wal", "verify", "--data", &data])).0, 0);
    server = Server::with(directory.path(), &flags);
    assert_eq!(server.client().bytes("FEED quiet 1"), before);
}

/// A stock client's own way of subscribing.
#[test]
fn a_client_library_subscribes() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut seller = server.client();
    seller.create("hall", HALL);
    let client = redis::Client::open(format!("redis://{}/", server.address)).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut messages = connection.as_pubsub();
    messages.subscribe("feed:hall").unwrap();
    sell(&mut seller, 0, 2);
    for (version, kind) in [(2, "held"), (3, "released")] {
        let message = messages.get_message().unwrap();
        assert_eq!(message.get_channel_name(), "feed:hall");
        let change: serde_json::Value = serde_json::from_slice(message.get_payload_bytes()).unwrap();
        assert_eq!((change["version"].as_u64(), change["kind"].as_str()), (Some(version), Some(kind)));
    }
    messages.unsubscribe("feed:hall").unwrap();
    drop(messages);
    let pong: String = redis::cmd("PING").query(&mut connection).unwrap();
    assert_eq!(pong, "PONG");
}
