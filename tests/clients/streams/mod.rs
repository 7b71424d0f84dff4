//! Streams with the typed interfaces of client libraries, each in both versions of the protocol: how they parse is what decides
//! whether a shape is right.

mod groups;

use std::path::Path;
use std::process::{Command, Stdio};

use redis::Commands as _;
use redis::streams::{StreamInfoStreamReply, StreamRangeReply, StreamReadOptions, StreamReadReply};

use super::support::scripts::{VENV, here, node_modules, python, python_with};
use super::support::{self, HALL, Server, TempDir, eventually};
use super::{ask, connect};

fn run(program: &Path, script: &str, expected: &str) {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let (host, port) = (server.address.ip().to_string(), server.address.port().to_string());
    let mut command = Command::new(program);
    let output = command.arg(here(script)).args([host, port]).stdin(Stdio::null()).output().unwrap();
    let (code, out, err) = support::told(&output);
    assert_eq!((code, out.trim_end()), (0, expected), "{err}");
}

#[test]
fn streams_with_redis_py() {
    if let Some(python) = python("streams_with_redis_py", VENV) {
        run(&python, "tests/clients/streams/redis_py.py", "redis-py: all as expected");
    }
}

#[test]
fn streams_with_valkey_glide() {
    if let Some(python) = python_with("streams_with_valkey_glide", VENV, "glide") {
        run(&python, "tests/clients/streams/valkey_glide.py", "valkey-glide: all as expected");
    }
}

#[test]
fn streams_with_ioredis_and_node_redis() {
    if node_modules("streams_with_ioredis_and_node_redis").is_some() {
        let expected = "ioredis and node-redis: all as expected";
        run(Path::new("node"), "tests/clients/streams/node.mjs", expected);
    }
}

#[test]
fn streams_with_the_redis_crate() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    for protocol in ["resp2", "resp3"] {
        let (mut connection, mut reader) = (connect(&server, protocol), connect(&server, protocol));
        server.client().create(protocol, HALL);
        let stream = format!("feed:{protocol}");
        let _: redis::Value = ask(&mut connection, &format!("HOLD {protocol} k1 ann 0 SEATS A-1-1")).unwrap();
        let range: StreamRangeReply = connection.xrange_all(&stream).unwrap();
        let kinds: Vec<String> = range.ids.iter().map(|entry| entry.get("kind").unwrap()).collect();
        assert_eq!(kinds, ["created", "held"]);
        assert_eq!(connection.xlen::<_, u64>(&stream).unwrap(), 2);
        let back: StreamRangeReply = connection.xrevrange_count(&stream, "+", "-", 1).unwrap();
        assert_eq!(back.ids[0].id, range.ids[1].id);
        let read: Option<StreamReadReply> = connection.xread(&[&stream], &["0"]).unwrap();
        let read = read.unwrap();
        assert_eq!(
            (read.keys.len(), read.keys[0].key.as_str(), read.keys[0].ids.len()),
            (1, stream.as_str(), 2)
        );
        let nothing: Option<StreamReadReply> = connection.xread(&[&stream], &[&range.ids[1].id]).unwrap();
        assert!(nothing.is_none_or(|read| read.keys.is_empty()));
        let info: StreamInfoStreamReply = connection.xinfo_stream(&stream).unwrap();
        assert_eq!(
            (info.length, info.last_generated_id, info.first_entry.id),
            (2, range.ids[1].id.clone(), range.ids[0].id.clone())
        );

        let options = StreamReadOptions::default().block(0);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| -> Option<StreamReadReply> {
                reader.xread_options(&[&stream], &[&range.ids[1].id], &options).unwrap()
            });
            let mut seller = server.client();
            eventually("the reader waits", || seller.info("clients", "blocked_clients") == "1");
            seller.ask(&format!("HOLD {protocol} k2 bob 0 SEATS A-1-2"));
            let woken = waits.join().unwrap().unwrap();
            assert_eq!(woken.keys[0].ids[0].get::<u64>("version"), Some(3));
        });
    }
}
