//! Single servers, each set up in a way that loses what it has acknowledged, or cannot be used.

use holdfast_jetstream::{Desk, DeskError, Unsafe};
use holdfast_testkit::{NatsServers, NatsSettings};

use crate::{access, name};

#[test]
fn a_server_as_it_comes_is_refused_with_each_reason() {
    let settings = NatsSettings { servers: 1, syncs: false, payload: "1MB", streams: true };
    let Some(servers) = NatsServers::start("a server as it comes", settings) else { return };
    let desk = Desk::open(access(servers.urls()), name()).unwrap();
    let server = || "n0".to_owned();
    assert_eq!(
        desk.check(&servers.monitors()).unwrap(),
        [
            Unsafe::NoSync { server: server() },
            Unsafe::Payload { server: server(), bytes: 1 << 20 },
            Unsafe::TooFew { servers: 1 },
        ]
    );
    assert_eq!(desk.state().unwrap(), None);
}

#[test]
fn a_server_without_streams_is_refused() {
    let settings = NatsSettings { servers: 1, streams: false, ..NatsSettings::default() };
    let Some(servers) = NatsServers::start("a server without streams", settings) else { return };
    let desk = Desk::open(access(servers.urls()), name()).unwrap();
    let server = "n0".to_owned();
    let found = desk.check(&servers.monitors()).unwrap();
    assert_eq!(found, [Unsafe::NoStreams { server }, Unsafe::TooFew { servers: 0 }]);
}

#[test]
fn nobody_there_is_said_at_once_and_without_secrets() {
    let urls = vec!["nats://me:secret@127.0.0.1:1".to_owned()];
    let Err(error) = Desk::open(access(urls), name()) else { panic!("nobody is there") };
    assert!(matches!(error, DeskError::Unreachable { .. }), "{error}");
    assert!(!error.to_string().contains("secret") && error.to_string().contains("127.0.0.1:1"), "{error}");
}
