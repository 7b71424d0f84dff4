//! Nothing goes wrong with the servers: the port conforms, the desk makes what is safe and says what is not.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};
use holdfast_jetstream::{Desk, JetStream, Made, Unsafe};
use holdfast_replica::{Position, ReplicatedLog};
use holdfast_testkit::{NatsServers, NatsSettings, Ports, conforms};

use crate::{access, begun, genesis, name};

type Change = fn(&mut Config);

struct Real {
    ports: [JetStream; 2],
    wakes: Receiver<()>,
}

impl Ports for Real {
    type Log = JetStream;

    fn port(&mut self, node: usize) -> &mut JetStream {
        &mut self.ports[node]
    }

    fn pass(&mut self) {
        let _ = self.wakes.recv_timeout(Duration::from_millis(10));
    }
}

#[test]
fn the_log_of_real_servers_does_what_a_log_has_to() {
    let Some(servers) = NatsServers::start("the log of real servers", NatsSettings::default()) else {
        return;
    };
    let desk = begun(&servers);
    let (woken, wakes) = channel();
    let ports = ["a", "b"].map(|node| {
        let woken = woken.clone();
        let wake = move || {
            let _ = woken.send(());
        };
        let mut port = JetStream::open(access(servers.urls()), name(), node, wake).unwrap();
        is_there(&mut port, &wakes);
        port
    });
    let count = conforms(Real { ports, wakes });

    let state = desk.state().unwrap().unwrap();
    assert_eq!((state.first, state.last, state.missing()), (Position(1), Position(count), 0));
    assert_eq!((state.copies, state.leader.is_some(), state.replicas.len()), (3, true, 2));
    assert!(state.metadata.contains(&("holdfast.reason".to_owned(), "a test".to_owned())));
    let mut read = Vec::new();
    desk.read_all(state.first, state.last, |at, bytes| read.push((at.0, bytes.len()))).unwrap();
    assert_eq!(read.iter().map(|(at, _)| *at).collect::<Vec<_>>(), (1..=count).collect::<Vec<_>>());

    a_second_beginning_changes_nothing(&desk);
    trimming_forgets_what_is_below(&servers, &desk, count);
    let servers_of = servers.monitors();
    let unseen = desk.check(&servers_of[..2]).unwrap();
    assert_eq!(unseen, [Unsafe::Unseen { server: "n2".to_owned() }]);
    assert!(matches!(&desk.check(&["http://127.0.0.1:1".to_owned()]).unwrap()[..], [Unsafe::Silent { .. }]));
    assert_eq!(desk.check(&[]).unwrap(), [Unsafe::Unwatched]);
    each_unsafe_stream_is_named(&servers, &servers_of);
}

/// Waits until the connection of a port is there.
fn is_there(port: &mut JetStream, wakes: &Receiver<()>) {
    use holdfast_replica::{Event, ReplicatedLog as _};
    for _ in 0..6_000 {
        port.read(Position(1));
        let _ = wakes.recv_timeout(Duration::from_millis(100));
        let heard: Vec<Event> = std::iter::from_fn(|| port.next()).collect();
        if heard.iter().any(|event| matches!(event, Event::Read { .. })) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("there is no connection");
}

fn a_second_beginning_changes_nothing(desk: &Desk) {
    assert_eq!(desk.create(3, 1 << 30, &[]).unwrap(), Made::Before);
    let other = bytes::Bytes::from("another beginning");
    let begun = desk.begin(&other).unwrap();
    assert_eq!((begun.made, begun.at), (Made::Before, Position(1)));
    assert_eq!(begun.bytes, genesis());
}

fn trimming_forgets_what_is_below(servers: &NatsServers, desk: &Desk, count: u64) {
    let mut port = JetStream::open(access(servers.urls()), name(), "c", || {}).unwrap();
    let first = (0..600).find_map(|_| {
        port.trim(Position(count - 2));
        std::thread::sleep(Duration::from_millis(50));
        Some(desk.state().unwrap().unwrap()).filter(|state| state.first != Position(1))
    });
    let state = first.unwrap();
    assert_eq!((state.first, state.last, state.missing()), (Position(count - 2), Position(count), 0));
    assert_eq!(desk.read(Position(count - 3)).unwrap(), None);
    assert_eq!(desk.begin(&genesis()).unwrap().at, Position(count - 2));
}

/// Streams that somebody else has made under the name of the log.
fn each_unsafe_stream_is_named(servers: &NatsServers, monitors: &[String]) {
    let name = holdfast_jetstream::LogName::new("other", 0).unwrap();
    let desk = Desk::open(access(servers.urls()), name.clone()).unwrap();
    assert_eq!(desk.create(3, 1 << 20, &[]).unwrap(), Made::Now);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let context = runtime
        .block_on(async { async_nats::jetstream::new(async_nats::connect(servers.urls()).await.unwrap()) });
    let safe = runtime.block_on(context.get_stream(name.stream())).unwrap().cached_info().config.clone();
    assert_eq!(desk.check(monitors).unwrap(), []);
    let cases: [(&str, Change); 9] = [
        ("num_replicas", |config| config.num_replicas = 1),
        ("discard", |config| config.discard = DiscardPolicy::Old),
        ("storage", |config| config.storage = StorageType::Memory),
        ("max_msgs", |config| config.max_messages = 10),
        ("max_age", |config| config.max_age = Duration::from_secs(3_600)),
        ("deny_delete", |config| config.deny_delete = false),
        ("allow_direct", |config| config.allow_direct = true),
        ("republish", |config| config.republish = None),
        ("max_msg_size", |config| config.max_message_size = 65_536),
    ];
    for (field, change) in cases {
        let mut config = safe.clone();
        change(&mut config);
        runtime.block_on(async {
            context.delete_stream(name.stream()).await.unwrap();
            context.create_stream(config).await.unwrap();
        });
        let found = desk.check(monitors).unwrap();
        let [Unsafe::Stream { field: named, .. }] = &found[..] else { panic!("{field}: {found:?}") };
        assert_eq!(*named, field);
    }
}
