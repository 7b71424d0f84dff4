//! Clients that are slow, rude, lost or too many: each is told or cut off, and costs no other one its turn.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::support::access::new_token;
use crate::support::{Client, HALL, PROGRAM, Server, TempDir, cleaned, eventually, wire, wire_of};

fn hall(flags: &[&str]) -> (TempDir, Server) {
    let directory = TempDir::new();
    let server = Server::with(directory.path(), flags);
    server.client().create("hall", HALL);
    (directory, server)
}

/// Another client is served as if nothing were.
fn others_are_served(server: &Server) {
    let mut other = server.client();
    assert_eq!(other.ask("PING"), "+PONG|");
    assert!(other.ask("COUNT hall").starts_with("*10|"));
}

/// A server in a shell that lets it have so many files open.
fn with_files(files: u32, data: &Path, flags: &[&str]) -> Result<Server, String> {
    let mut shell = cleaned(Command::new("sh"));
    shell.args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\""), PROGRAM]);
    Server::spawn(shell, data, flags).map_err(|(_, stderr)| stderr)
}

/// Connections up to the limit of open files, and further ones: the server goes on making segments and snapshots, reads
/// feeds from the log, reloads its tokens, and stops in order.
#[test]
fn connections_leave_the_server_the_files_that_it_needs() {
    let directory = TempDir::new();
    let tokens = directory.join("tokens");
    let secret = new_token(&tokens, "operator", "o", &[]);
    let data = directory.join("data");
    let flags = ["--tokens", tokens.to_str().unwrap(), "--snapshot-bytes", "1MiB"];
    let told = with_files(100, &data, &flags).err().expect("no server with so few files");
    assert!(told.contains("HF-SYS-022") && told.contains("raise LimitNOFILE, or ulimit -n"), "{told}");
    let mut server = with_files(300, &data, &flags).unwrap();
    let log_in = || {
        let mut client = server.client();
        client.send(wire_of(&format!("AUTH {secret}")));
        (client.reply() == "+OK|").then_some(client)
    };
    let mut clients: Vec<Client> = std::iter::from_fn(log_in).take(300).collect();
    let most = clients.len();
    assert!((16..200).contains(&most), "{most} connections of 300 files");
    let client = &mut clients[0];
    assert_eq!(client.info("clients", "maxclients"), most.to_string());
    assert!(server.log().contains("raise LimitNOFILE, or ulimit -n"), "{}", server.log());
    let _silent: Vec<TcpStream> = (0..400).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    client.create("hall", HALL);
    let mut keys = 0..;
    // Each snapshot ends a segment.
    for _ in 0..3 {
        let before = client.info("persistence", "snapshot_lsn");
        while client.info("persistence", "snapshot_lsn") == before {
            let many = keys.by_ref().take(2_000).flat_map(|key| wire_of(&format!("EXTEND hall {key} 99 0")));
            client.send(many.collect::<Vec<u8>>());
            (0..2_000).for_each(|_| drop(client.reply()));
        }
    }
    let page = client.ask("FEED hall 1 COUNT 1");
    assert!(page.contains("|EVENT|") || page.contains("|event|"), "from the log: {page}");
    server.signal("HUP");
    eventually("the tokens are read", || server.log().contains("the tokens were read again"));
    assert_eq!(client.ask("PING"), "+PONG|");
    drop(clients);
    assert_eq!(server.stop().0, Some(0), "{}", server.log());
}

#[test]
fn a_command_byte_by_byte() {
    let (_directory, server) = hall(&[]);
    let mut client = server.client();
    let mut bytes = wire_of("HOLD hall k bob 0 SEATS A-1-1 A-1-2");
    bytes.extend(b"PING\r\n");
    for byte in bytes {
        client.send([byte]);
        thread::yield_now();
    }
    assert_eq!(
        client.reply(),
        "*10|$4|hold|:2|$10|expires_at|:T|$7|version|:2|$5|seats|*2|$5|A-1-1|$5|A-1-2|$2|at|:T|"
    );
    assert_eq!(client.reply(), "+PONG|");
}

#[test]
fn half_a_command_and_gone_changes_nothing() {
    let (_directory, server) = hall(&[]);
    let whole = wire_of("HOLD hall k bob 0 SEATS A-1-1");
    for cut in 1..whole.len() {
        let mut client = server.client();
        client.send(&whole[..cut]);
        if cut % 2 == 0 {
            client.stream().shutdown(Shutdown::Write).unwrap();
            assert_eq!(client.rest(), "", "cut at {cut}");
        }
    }
    eventually("all have gone", || server.client().info("clients", "connected_clients") == "1");
    assert_eq!(server.client().ask("MAP hall A"), "*1|*3|$1|A|$1|1|$6|......|");
    // A whole one and gone: it is done, and answered if anybody is left to hear.
    let mut client = server.client();
    client.send(&whole);
    client.stream().shutdown(Shutdown::Write).unwrap();
    assert!(client.rest().starts_with("*10|$4|hold|:2|"));
    let mut client = server.client();
    client.send(wire_of("HOLD hall k2 bob 0 SEATS A-1-2"));
    drop(client);
    eventually("the hold of the one who left", || server.client().ask("MAP hall A").contains("|hh....|"));
}

/// What is not the protocol is said once, behind the replies to what was; then the connection ends.
#[test]
fn garbage_ends_the_connection_after_the_replies_before_it() {
    let (_directory, server) = hall(&[]);
    let line_of = |length: usize| [vec![b'A'; length], b"\r\n".to_vec()].concat();
    let arguments = |count: usize| wire(&vec!["PING"; count]);
    let mut frame = b"*3\r\n$4\r\nECHO\r\n$1048576\r\n".to_vec();
    frame.resize(1_048_576 + 100, b'x');
    let malformed = "-PROTO HF-INP-030 ";
    let too_large = "-PROTO HF-INP-031 ";
    let cases: [(&[u8], &str); 21] = [
        (b"\x16\x03\x01\x02\x00\x01\x00", malformed),
        (b"$4\r\nPING\r\n", malformed),
        (b"+PING\r\n", malformed),
        (b"*1\r\n+PING\r\n", malformed),
        (b"*1\r\n:1\r\n", malformed),
        (b"*1\r\n*1\r\n$4\r\nPING\r\n", malformed),
        (b"*x\r\n", malformed),
        (b"*-1\r\n", malformed),
        (b"*1\n$4\r\nPING\r\n", malformed),
        (b"*1\r\n$-1\r\n", malformed),
        (b"*1\r\n$4x\r\nPING\r\n", malformed),
        (b"*1\r\n$4\r\nPINGPONG\r\n", malformed),
        (b"ECHO \"open\r\n", malformed),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", malformed),
        (b"*1025\r\n", too_large),
        (b"*18446744073709551616\r\n", malformed),
        (b"*9999999999999999999\r\n", too_large),
        (b"*1\r\n$1048577\r\n", too_large),
        (b"*1\r\n$9223372036854775807\r\n", too_large),
        (&frame, too_large),
        (&line_of(70_000), too_large),
    ];
    for (bytes, expected) in cases {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]);
        let mut client = server.client();
        client.send(wire_of("SEAT hall A-1-1"));
        client.send(wire_of("PING before"));
        // The server may have hung up before all of it is sent.
        let _ = client.try_send(bytes);
        let _ = client.try_send(wire_of("PING behind"));
        assert!(client.reply().starts_with("*18|"), "{shown:?}");
        assert_eq!(client.reply(), "$6|before|", "{shown:?}");
        let last = client.rest();
        assert!(last.starts_with(expected) && last.matches('|').count() == 1, "{shown:?}: {last}");
        others_are_served(&server);
    }
    // The limits themselves are allowed.
    let mut client = server.client();
    client.send(arguments(1_024));
    assert!(client.reply().starts_with("-INVALID HF-INP-001"));
    client.send(arguments(1_025));
    assert!(client.rest().starts_with(too_large));
    let mut client = server.client();
    let echoed = "y".repeat(1_048_576 - 100);
    client.send(wire(&["ECHO", &echoed]));
    assert_eq!(client.raw().len(), echoed.len() + format!("${}\r\n\r\n", echoed.len()).len());
    assert_eq!(client.ask("PING"), "+PONG|");
}

/// A client that only sends: it is read no further once it is ahead, so its own sends block; others go on.
#[test]
fn a_client_that_never_reads() {
    let (_directory, server) = hall(&["--shutdown-grace", "1s"]);
    let rude = TcpStream::connect(server.address).unwrap();
    rude.set_nonblocking(true).unwrap();
    let line = wire_of("MAP hall").repeat(500);
    let (mut sent, mut blocked) = (0, 0);
    while blocked < 20 && sent < 400 << 20 {
        match (&rude).write(&line[sent % line.len()..]) {
            Ok(count) => (sent, blocked) = (sent + count, 0),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                blocked += 1;
                others_are_served(&server);
                thread::sleep(Duration::from_millis(5));
            }
            // Cut off already.
            Err(_) => break,
        }
    }
    assert!(sent < 400 << 20, "the server takes without end");
    others_are_served(&server);
    let memory = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let kilobytes = memory.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes: u64 = kilobytes.trim().trim_end_matches(" kB").trim().parse().unwrap();
    assert!(kilobytes < 1 << 20, "{kilobytes} kB for one client that does not read");
    // Told to stop, the server does not wait for it for ever.
    let mut server = server;
    server.signal("TERM");
    assert_eq!(server.wait().0, Some(0));
}

#[test]
fn many_connections_at_once() {
    let (_directory, server) = hall(&["--threads", "2"]);
    let mut clients: Vec<Client> = (0..400).map(|_| server.client()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(wire_of(&format!("PING {number}")));
    }
    for (number, client) in clients.iter_mut().enumerate().rev() {
        let text = number.to_string();
        assert_eq!(client.reply(), format!("${}|{text}|", text.len()));
    }
    eventually("all are counted", || server.client().info("clients", "connected_clients") == "401");
    drop(clients);
    eventually("all have gone", || server.client().info("clients", "connected_clients") == "1");
}

#[test]
fn a_connection_too_many_is_told_so() {
    let (_directory, server) = hall(&["--connections-max", "3"]);
    let mut first = server.client();
    assert_eq!(first.ask("PING"), "+PONG|");
    eventually("the one who made the hall has gone", || first.info("clients", "connected_clients") == "1");
    let mut others = [server.client(), server.client()];
    others.iter_mut().for_each(|client| assert_eq!(client.ask("PING"), "+PONG|"));
    for _ in 0..5 {
        let mut refused = server.client();
        assert_eq!(
            refused.rest(),
            "-BUSY HF-SYS-002 there are 3 connections, as many as there may be; retry after 1000 ms|"
        );
    }
    assert_eq!(first.info("net", "connections_refused"), "5");
    drop(others);
    eventually("a place is free again", || {
        let mut client = server.client();
        let _ = client.try_send("PING\r\n");
        let mut answer = [0; 5];
        client.0.read_exact(&mut answer).is_ok_and(|()| answer == *b"+PONG")
    });
}

/// Connections come and go in a hurry, some with a reset; the one that stays is served all along.
#[test]
fn a_flood_of_short_connections() {
    let (_directory, server) = hall(&["--connections-max", "50"]);
    let mut steady = server.client();
    assert_eq!(steady.ask("PING"), "+PONG|");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..300 {
                    let Ok(mut stream) = TcpStream::connect(server.address) else { continue };
                    if round % 3 == 0 {
                        let _ = stream.write_all(b"*1\r\n$4\r\nPI");
                    }
                }
            });
        }
        for _ in 0..300 {
            assert_eq!(steady.ask("PING"), "+PONG|");
        }
    });
    assert_eq!(steady.ask("MAP hall A"), "*1|*3|$1|A|$1|1|$6|......|");
}
