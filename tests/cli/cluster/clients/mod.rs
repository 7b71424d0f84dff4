//! Stock cluster clients, unchanged: each is told of all nodes, sells, and goes on with the next owner when the first one is killed.

mod redis_crate;

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use holdfast_testkit::{NatsServers, NatsSettings};

use super::nodes::{Node, ask, create, owner, three};
use super::{INIT, cluster, file};
use crate::support::recipes::Running;
use crate::support::scripts::{VENV, here, node_modules, python};
use crate::support::{Client, TempDir, eventually, wire_of};

const TEST: &str = "stock cluster clients";

/// A client, which says `held` when it has sold, and `the same answer` when it has gone on.
fn start(program: &Path, script: &str, event: &str, addresses: &str) -> Running {
    let mut command = Command::new(program);
    command.arg(here("tests/clients/cluster").join(script)).args([event, addresses]);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    Running::start(command.stdin(Stdio::piped()))
}

/// The owner's process stands still until another one sells, and goes on with a command that was sent to it meanwhile: it ends, and answers nobody.
fn one_that_stood_still_answers_nothing_more(nodes: &mut [Node; 3], still: usize, client: &mut Client) {
    nodes[still].signal("STOP");
    client.send(wire_of("HOLD of-ioredis late bob 600000 SEATS A-1-2"));
    let (next, address) = owner(nodes);
    assert_ne!(next, still);
    nodes[still].signal("CONT");
    assert_eq!(nodes[still].ends(), Some(4), "it was deposed while it stood still");
    let mut told = Vec::new();
    // Its end may cut the connection off.
    let _ = client.0.read_to_end(&mut told);
    assert!(told.is_empty() || told.starts_with(b"-"), "{:?}", String::from_utf8_lossy(&told));
    let mut client = Client::connect(address);
    assert!(ask(&mut client, "SEAT of-ioredis A-1-2").contains("free"));
}

fn says(client: &mut Running, name: &str, line: &str) {
    eventually(&format!("{name} says {line}"), || {
        let has_said = client.said().lines().any(|said| said == line);
        assert!(has_said || !client.has_ended(), "{name}: {}", client.complaints());
        has_said
    });
}

#[test]
fn stock_cluster_clients_find_the_next_owner() {
    let Some(servers) = NatsServers::start(TEST, NatsSettings::default()) else { return };
    let (Some(python), Some(_)) = (python(TEST, VENV), node_modules(TEST)) else { return };
    let directory = TempDir::new();
    let file = file(&directory, &servers);
    assert_eq!(cluster(&file, &INIT).0, 0);
    let mut nodes = three(&file);
    let at = [0, 1, 2].map(|place| nodes[place].address);

    let (first, address) = owner(&mut nodes);
    let mut client = Client::connect(address);
    let events = ["of-redis-py", "of-ioredis", "of-node-redis", "of-the-crate"];
    events.iter().for_each(|event| create(&mut client, event));
    let all = at.map(|at| at.to_string()).join(",");
    let node = Path::new("node");
    let mut clients = [
        ("redis-py", start(&python, "redis_py.py", events[0], &all)),
        ("ioredis", start(node, "ioredis.mjs", events[1], &all)),
        ("node-redis", start(node, "node_redis.mjs", events[2], &all)),
    ];
    let mut of_crate = redis_crate::Selling::start(&at, events[3]);
    for (name, client) in &mut clients {
        says(client, name, "held");
    }
    of_crate.has_held();

    nodes[first].signal("KILL");
    assert_eq!(nodes[first].ends(), None);
    for (_, client) in &mut clients {
        client.tell("the owner is gone");
    }
    of_crate.goes_on();
    for (name, client) in &mut clients {
        says(client, name, "the same answer");
    }
    let (second, address) = owner(&mut nodes);
    assert_ne!(second, first);
    let mut client = Client::connect(address);
    for event in events {
        assert!(ask(&mut client, &format!("SEAT {event} A-1-1")).contains("order-1"), "{event}");
    }
    one_that_stood_still_answers_nothing_more(&mut nodes, second, &mut client);
}
