//! `holdfast cluster` against servers of NATS that run: what it makes, what it shows, and what it refuses.

mod bad_days;
mod clients;
mod full;
mod nodes;
mod secure;

use std::time::Duration;

use bytes::Bytes;
use holdfast_jetstream::{Access, JetStream, LogName};
use holdfast_replica::{
    Body, Epoch, Event, Header, Identity, Link, Position, ReplicatedLog as _, Taken, decode, seal,
};
use holdfast_testkit::{NatsServers, NatsSettings};
use holdfast_wal::Lsn;
use serde_json::Value;

use crate::support::{TempDir, eventually, run, told};

/// A command on the log, with a file that names the servers.
fn cluster(file: &str, words: &[&str]) -> (i32, String, String) {
    told(&run([&["cluster"], words, &["--config", file]].concat()))
}

/// What it shows of the log; nothing, if it cannot be looked at now.
fn status(file: &str) -> Value {
    serde_json::from_str(&cluster(file, &["status", "--json"]).1).unwrap_or_default()
}

const INIT: [&str; 5] = ["init", "--operator", "olga", "--reason", "a new cluster"];

fn file(directory: &TempDir, servers: &NatsServers) -> String {
    let list = |urls: Vec<String>| urls.iter().map(|url| format!("\"{url}\"")).collect::<Vec<_>>().join(", ");
    let text = format!(
        "[cluster]\nname = \"c\"\nshard = 2\nnats_urls = [{}]\nnats_monitor = [{}]\nlog_bytes = \"64MiB\"\n",
        list(servers.urls()),
        list(servers.monitors())
    );
    let path = directory.join("cluster.toml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn a_log_is_made_once_and_shown_and_read_by_the_rule() {
    let Some(mut servers) = NatsServers::start("the log of a cluster is made", NatsSettings::default())
    else {
        return;
    };
    let directory = TempDir::new();
    let file = file(&directory, &servers);
    let (code, out, err) = cluster(&file, &["status"]);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("no stream HF_c_2") && err.contains("cluster init"), "{err}");

    let (code, first, err) = cluster(&file, &INIT);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(first.starts_with("stream HF_c_2: made\nbeginning: made, at "), "{first}");
    assert!(first.ends_with("shard 2, first lsn 1\nslots 0-16383\n"), "{first}");
    let (code, again, _) = cluster(&file, &INIT);
    assert_eq!((code, again), (0, first.replace(": made", ": there before")));

    let (mut out, mut status) = (String::new(), Value::Null);
    eventually("the copies have what was just written", || {
        out = cluster(&file, &["status", "--json"]).1;
        status = serde_json::from_str(&out).unwrap();
        status["copies_current"].as_u64() == Some(3)
    });
    for (field, expected) in [("first", 1), ("last", 1), ("missing", 0), ("copies", 3), ("copies_current", 3)]
    {
        assert_eq!(status[field].as_u64(), Some(expected), "{field}: {out}");
    }
    assert_eq!(status["bytes_max"].as_u64(), Some(64 << 20));
    let (code, out, err) = cluster(&file, &["status"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("3 of 3 are current") && out.contains("operator    olga"), "{out}");

    let (code, out, _) = cluster(&file, &["verify"]);
    assert!(code == 0 && out.contains("next lsn 1, ") && out.contains("0 messages do not count"), "{out}");
    an_epoch_and_a_stranger_are_told(&servers, &file);
    a_server_that_is_gone_is_told(&mut servers, &file);
}

/// A node takes over, and somebody writes what is no message.
fn an_epoch_and_a_stranger_are_told(servers: &NatsServers, file: &str) {
    let (woken, wakes) = std::sync::mpsc::channel();
    let access = Access { urls: servers.urls(), ..Access::default() };
    let name = LogName::new("c", 2).unwrap();
    let mut port = JetStream::open(access, name, "test", move || {
        let _ = woken.send(());
    })
    .unwrap();
    // An answer may be lost, and so may what is heard of a message: what stands there is asked for until it is told.
    let mut stands = |at: u64, ask: &dyn Fn(&mut JetStream)| {
        let mut found = None;
        eventually("the log answers", || {
            ask(&mut port);
            port.read(Position(at));
            let _ = wakes.recv_timeout(Duration::from_millis(100));
            found = std::iter::from_fn(|| port.next()).find_map(|event| match event {
                Event::Read { at: Position(there), found } if there == at => found,
                _ => None,
            });
            found.is_some()
        });
        found.unwrap()
    };
    let genesis = decode(&stands(1, &|_| {})).unwrap();
    let header = Header {
        identity: Identity { shard: 2, ..genesis.header.identity },
        level: 0,
        epoch: Epoch(1),
        first: Lsn(1),
        records: 0,
        unix_ms: 1_700_000_000_000,
        before: genesis.link,
    };
    assert_ne!(genesis.link, Link::default());
    let taken = Taken { owner: "node-a".into(), address: "10.0.0.1:7411".into(), candidates: Vec::new() };
    let epoch = seal(&header, &Body::Epoch(taken));
    assert_eq!(stands(2, &|port| port.append(1, Position(1), epoch.clone())), epoch);
    let rubbish = Bytes::from("no message");
    assert_eq!(stands(3, &|port| port.append(2, Position(2), rubbish.clone())), rubbish);

    let (code, out, err) = cluster(file, &["verify"]);
    assert_eq!((code, err.trim_end()), (1, "holdfast: stream HF_c_2: 1 are no messages"));
    let turn = "epoch 1 at 2, since 2023-11-14T22:13:20Z: node-a, 0 groups, 0 records, 0 beats";
    assert!(out.contains(turn) && out.contains("1 messages do not count\n  at 3: 10 bytes"), "{out}");
    let (_, out, _) = cluster(file, &["verify", "--json"]);
    let verified: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((verified["void"].as_u64(), verified["position"].as_u64()), (Some(1), Some(3)));
}

fn a_server_that_is_gone_is_told(servers: &mut NatsServers, file: &str) {
    let replica = servers.index(status(file)["replicas"][0]["name"].as_str().unwrap());
    servers.kill(replica);
    // The leader takes a while to notice; that it does not answer how it is set up is noticed at once.
    let (code, out, err) = cluster(file, &["status"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("UNSAFE") && out.contains("does not say how its server is set up"), "{out}");
    assert!(err.contains("1 reasons not to trust it"), "{err}");
}

#[test]
fn servers_that_lose_what_they_acknowledge_are_refused_and_nothing_is_made() {
    let settings = NatsSettings { servers: 1, syncs: false, payload: "1MB", streams: true };
    let Some(servers) = NatsServers::start("servers that lose are refused", settings) else { return };
    let directory = TempDir::new();
    let file = file(&directory, &servers);
    let (code, out, err) = cluster(&file, &INIT);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    for line in [
        "holdfast: HF-SYS-036: ",
        "\n  server n0 acknowledges what is not on its disk yet: write jetstream { sync_interval: always }",
        "\n  server n0 takes messages up to 1048576 bytes",
        "\n  1 servers keep streams: at least 3",
        "\n  what to do: ",
    ] {
        assert!(err.contains(line), "no {line:?} in {err}");
    }
    let (_, _, err) = cluster(&file, &["status"]);
    assert!(err.contains("no stream"), "{err}");
}

#[test]
fn settings_of_the_log_that_do_not_go_together_are_refused() {
    let url = "nats://127.0.0.1:1";
    for (flags, says) in [
        (&["cluster", "status"][..], "cluster.nats_urls names no server"),
        (&["cluster", "status", "--cluster-nats-urls", "nats://me:secret@a:4222"], "hold no secrets"),
        (&["cluster", "status", "--cluster-nats-urls", url, "--cluster-name", "a.b"], "names no cluster"),
        (&["cluster", "status", "--cluster-nats-urls", url, "--cluster-copies", "4"], "it must be 3 or 5"),
        (&["cluster", "status", "--cluster-nats-urls", url, "--cluster-nats-key", "k"], "go together"),
        (&["serve", "--cluster-nats-urls", url, "--data", "/nowhere"], "cluster.node is not"),
    ] {
        let (code, out, err) = told(&run(flags));
        assert_eq!((code, out.as_str()), (2, ""), "{flags:?}: {err}");
        assert!(
            err.contains("HF-INP-050") && err.contains(says) && !err.contains("secret@"),
            "{flags:?}: {err}"
        );
    }
    let (code, _, err) = told(&run(["cluster", "status", "--cluster-nats-urls", url]));
    assert!(code == 2 && err.contains("none of the servers nats://127.0.0.1:1 lets us in"), "{err}");
}
