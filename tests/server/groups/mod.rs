//! Consumer groups of feeds, as the commands of Redis have them: in its shapes, over kills, in bad hands and at their bounds.

mod bad_days;
mod care;
mod generations;
mod returned;
mod shapes;
mod sharing;

use super::feed::sell;
use super::hall::hall;
use super::support::reply::Value;
use super::support::{Client, HALL, Server, TempDir, access::new_token, eventually, wire_of};

fn ask(client: &mut Client, line: &str) -> Value {
    let reply = Value::of(&client.bytes(line));
    assert!(!reply.is_error(), "{line}: {reply:?}");
    reply
}

/// The ids of entries; also of those that are ids alone.
fn ids(entries: &Value) -> Vec<String> {
    let id = |entry: &Value| match entry {
        Value::List(entry) => entry[0].text().to_owned(),
        id => id.text().to_owned(),
    };
    entries.list().iter().map(id).collect()
}

/// What a read of one stream gives; nothing if it gives null.
fn read(client: &mut Client, line: &str) -> Vec<String> {
    given(&ask(client, line))
}

fn given(reply: &Value) -> Vec<String> {
    if *reply == Value::Null { Vec::new() } else { ids(&reply.list()[0].list()[1]) }
}

fn version(id: &str) -> u64 {
    id.split_once('-').unwrap().1.parse().unwrap()
}

fn versions(ids: &[String]) -> Vec<u64> {
    ids.iter().map(|id| version(id)).collect()
}

/// How much a group has that is not acknowledged.
fn pending(client: &mut Client, stream_and_group: &str) -> u64 {
    ask(client, &format!("XPENDING {stream_and_group}")).list()[0].number()
}

fn blocked(client: &mut Client, count: usize) {
    eventually("so many wait", || client.info("clients", "blocked_clients") == count.to_string());
}
