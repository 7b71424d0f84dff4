//! What most of these tests begin with: a server with a small hall, and pairs of a line to send and its expected answer.

use super::support::{Client, HALL, Server, TempDir};

/// A server with the event `hall`, and a client of it.
pub(crate) fn hall() -> (TempDir, Server, Client) {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    (directory, server, client)
}

/// Each line is sent, and answered so.
pub(crate) fn transcript(client: &mut Client, lines: &[(&str, &str)]) {
    for (line, expected) in lines {
        assert_eq!(client.ask(line), *expected, "{line}");
    }
}
