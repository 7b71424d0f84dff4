//! A disk that hangs: what waits for it, what does not, and clients that do not wait.

use std::net::Shutdown;
use std::time::Duration;

use holdfast_net::Config;
use holdfast_testkit::Operation;

use crate::support::{Client, HALL, TestServer, ask, eventually, patient, value};

fn on_sale(server: &TestServer, event: &str) -> Client {
    let mut client = server.client();
    client.command(&["EVENT", "CREATE", event, "k0", HALL]);
    assert!(value(&mut client).contains("open"));
    client
}

/// A hold whose reply waits for the disk.
fn held_up(server: &TestServer, key: usize) -> Client {
    let mut client = server.client();
    client.send(format!("HOLD busy waits{key} ann 600000 AREA FLOOR 1\r\n"));
    client
}

#[test]
fn clients_that_have_gone_keep_no_place_and_those_that_wait_are_answered() {
    let (tick, write_timeout) = (Duration::from_millis(20), Duration::from_millis(60));
    let server = TestServer::with(Config { tick, write_timeout, ..patient() });
    let mut other = on_sale(&server, "calm");
    let _busy = on_sale(&server, "busy");
    server.disk.hang(Operation::Sync);
    let mut waits = held_up(&server, 0);
    server.disk.wait_until_it_hangs(Operation::Sync);

    let connected = || server.stats.connected_clients();
    // What hangs may be a record of the server's own, from before this client came.
    let before = 3;
    eventually("the one that waits is connected", || connected() == before);
    let mut clients: Vec<Client> = (1..=8).map(|key| held_up(&server, key)).collect();
    eventually("all are connected", || connected() == before + 8);
    // Some close the connection, some only their side of it: nothing but a reply could tell which.
    let closed = clients.split_off(4);
    clients.iter().for_each(|client| client.0.shutdown(Shutdown::Write).unwrap());
    drop(closed);
    eventually("those that have gone give their places back", || connected() == before);
    assert_eq!(server.stats.clients_gone(), 8);

    // Nothing is under way there.
    assert!(ask(&mut other, "COUNT calm").contains("free"));
    assert!(ask(&mut other, "COUNT nowhere").starts_with("-NOEVENT"));
    server.disk.go_on(Operation::Sync);
    assert!(value(&mut waits).contains("hold|"), "whoever waits is answered");
    assert!(ask(&mut other, "HOLD busy again ann 600000 AREA FLOOR 1").contains("hold|"));
}
