//! What most of these tests begin with: a server with a small hall, and pairs of a line to send and its expected answer.

use super::support::reply::Value;
use super::support::{Client, HALL, Server, TempDir};

/// A server with the event `hall`, and a client of it.
pub(crate) fn hall() -> (TempDir, Server, Client) {
    with("hall", HALL)
}

/// A server with this event, and a client of it.
pub(crate) fn with(event: &str, map: &str) -> (TempDir, Server, Client) {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create(event, map);
    (directory, server, client)
}

/// A page of a list: the next cursor, and what is on it.
pub(crate) fn page(client: &mut Client, line: &str) -> (u64, Vec<Value>) {
    let page = Value::of(&client.bytes(line));
    let [Value::Integer(next), Value::List(listed)] = page.list() else { panic!("{line}: {page:?}") };
    (u64::try_from(*next).unwrap(), listed.clone())
}

/// Each line is sent, and answered so.
pub(crate) fn transcript(client: &mut Client, lines: &[(&str, &str)]) {
    for (line, expected) in lines {
        assert_eq!(client.ask(line), *expected, "{line}");
    }
}
