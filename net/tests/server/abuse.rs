//! Clients that do not do their part: half commands, garbage, floods, replies left unread. What must hold: each gets
//! an error or is cut off, as documented, and is counted; none costs the others their turn; and a stop leaves no
//! connection behind.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::{Client, FOR_EVER, HALL, PATIENCE, TestServer, eventually, patient, value, wire};
use holdfast_net::{Config, limits};

/// One time is short, so that a test need not wait for a long one; the others are not, so that it is the one that ends
/// it on a busy machine too.
fn impatient(make_short: impl FnOnce(&mut Config, Duration)) -> TestServer {
    let mut config = Config { tick: Duration::from_millis(20), ..patient() };
    make_short(&mut config, Duration::from_millis(100));
    TestServer::with(config)
}

#[test]
fn a_command_may_come_byte_by_byte() {
    let server = TestServer::start();
    let mut client = server.client();
    for byte in wire(&["ECHO", "slow"]).into_iter().chain(*b"ECHO slower\r\n") {
        client.send([byte]);
    }
    client.expect("$4|slow|$6|slower|");
}

#[test]
fn garbage_is_told_once_after_the_replies_before_it() {
    let server = TestServer::start();
    let mut client = server.client();
    client.command(&["EVENT", "CREATE", "ev", "k", HALL]);
    client.expect("*6|$5|event|$2|ev|$6|status|$4|open|$7|version|:1|");
    let mut bytes = wire(&["ASK", "ev", "nope"]);
    bytes.extend(b"PING\r\n*1\r\n$oops\r\n");
    bytes.extend(wire(&["PING"]).repeat(1_000));
    client.send(&bytes);
    let told = "-PROTO HF-INP-030 the length after $ is not a decimal number followed by CR LF|";
    assert_eq!(client.read_to_end(), format!("$-1|+PONG|{told}"));

    for (bytes, told) in [
        (&b"*1025\r\n"[..], "-PROTO HF-INP-031 more than 1024 arguments|"),
        (b"*1\r\n$1048577\r\n", "-PROTO HF-INP-031 a command of more than 1048576 bytes|"),
        (b"*1\r\n*1\r\n", "-PROTO HF-INP-030 arrays in a command cannot be nested|"),
        (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", "-PROTO HF-INP-030 this is not an HTTP server|"),
    ] {
        let mut client = server.client();
        client.send(bytes);
        assert_eq!(client.read_to_end(), told);
    }
    assert_eq!(server.stats.protocol_errors(), 5);
}

#[test]
fn a_client_that_sends_and_closes_gets_its_replies() {
    let server = TestServer::start();
    let mut client = server.client();
    client.command(&["EVENT", "CREATE", "ev", "k", HALL]);
    client.send(b"PING\r\n*1\r\n$4\r\nHALF");
    client.0.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(client.read_to_end(), "*6|$5|event|$2|ev|$6|status|$4|open|$7|version|:1|+PONG|");
    eventually("the connection is gone", || server.stats.connected_clients() == 0);
}

#[test]
fn a_connection_too_many_is_told_so() {
    let server = TestServer::with(Config { connections_max: 2, ..patient() });
    let mut clients = [server.client(), server.client()];
    for client in &mut clients {
        client.line("PING", "+PONG|");
    }
    let mut third = server.client();
    assert_eq!(
        third.read_to_end(),
        "-BUSY HF-SYS-002 there are 2 connections, as many as there may be; retry after 1000 ms|"
    );
    assert_eq!(server.stats.connections_refused(), 1);
    let [gone, left] = clients;
    drop(gone);
    eventually("there is a place again", || {
        let mut client = server.client();
        client.send("PING\r\n");
        client.read_line() == "+PONG"
    });
    drop(left);
}

#[test]
fn half_commands_and_silence_end() {
    let server = impatient(|config, short| config.frame_timeout = short);
    let mut half = server.client();
    half.send(b"PING\r\n*2\r\n$4\r\nECHO\r\n");
    assert_eq!(half.read_to_end(), "+PONG|-PROTO HF-INP-031 the command did not arrive in time|");
    assert_eq!(server.stats.slow_commands(), 1);
    assert_eq!(server.stats.idle_closed(), 0);
    let server = impatient(|config, short| config.silent_timeout = short);
    let mut silent = server.client();
    assert_eq!(silent.read_to_end(), "");
    assert_eq!(server.stats.idle_closed(), 1);
    let server = impatient(|config, short| config.idle_timeout = short);
    let mut idle = server.client();
    idle.line("PING", "+PONG|");
    assert_eq!(idle.read_to_end(), "");
    assert_eq!(server.stats.idle_closed(), 1);
}

#[test]
fn a_client_that_never_reads_is_held_up_and_then_cut_off() {
    let server = impatient(|config, short| config.write_timeout = short);
    let mut deaf = server.client();
    deaf.0.set_write_timeout(Some(Duration::from_millis(50))).unwrap();
    let command = wire(&["ECHO", &"x".repeat(100_000)]);
    let mut sent = 0;
    let started = Instant::now();
    // Its sends block when nobody takes them any more, and fail when it is cut off.
    loop {
        match deaf.0.write(&command[sent % command.len()..]) {
            Ok(count) => sent += count,
            Err(error)
                if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
        assert!(started.elapsed() < PATIENCE, "never cut off");
    }
    assert!(sent < 64 * 1024 * 1024, "{sent} bytes were taken from it");
    eventually("it is counted", || server.stats.slow_readers() == 1);
    server.client().line("PING", "+PONG|");
}

#[test]
fn what_the_output_had_no_room_for_needs_nobody_to_ask_again() {
    // Ticks would hide a connection that nothing wakes.
    let server = TestServer::with(Config { tick: FOR_EVER, ..patient() });
    let mut client = server.client();
    let sections = (0..60).map(|number| {
        let name = format!("a-section-with-a-long-name-{number}");
        format!(r#"{{"name":"{name}","category":"c","rows":[{{"name":"1","seats":2}}]}}"#)
    });
    let hall = format!(r#"{{"sections":[{}]}}"#, sections.collect::<Vec<_>>().join(","));
    for event in ["one", "two"] {
        client.command(&["EVENT", "CREATE", event, "k", &hall]);
        client.expect(&format!("*6|$5|event|$3|{event}|$6|status|$4|open|$7|version|:1|"));
    }
    // Two events in turn: runs of one, so that their replies come one by one. Ten times as much as may be in flight, and
    // each half of that has more bytes than the output takes.
    let rounds = 10 * limits::IN_FLIGHT_MAX / limits::WEIGHT_LIST / 2;
    client.send("COUNT one BY section\r\nCOUNT two BY section\r\n".repeat(rounds));
    let first = value(&mut client);
    assert!(first.starts_with("*60|") && first.len() * rounds > 5 * limits::OUTPUT_BYTES_MAX, "{first}");
    for _ in 1..2 * rounds {
        assert_eq!(value(&mut client), first);
    }
}

#[test]
fn a_slow_reader_of_a_large_reply_gets_all_of_it() {
    let server = TestServer::start();
    let mut client = server.client();
    let hall = r#"{"sections":[{"name":"A","category":"C","rows":{"from":1,"to":1000,"seats":1000}}]}"#;
    client.command(&["EVENT", "CREATE", "ev", "k", hall]);
    client.expect("*6|$5|event|$2|ev|$6|status|$4|open|$7|version|:1|");
    let rounds = 40;
    client.send(wire(&["MAP", "ev"]).repeat(rounds));
    client.send("ECHO done\r\n");
    let row = |number: usize| {
        let name = number.to_string();
        let head = format!("*3\r\n$1\r\nA\r\n${}\r\n{name}\r\n$1000\r\n", name.len());
        head.len() + 1_000 + 2
    };
    let map = "*1000\r\n".len() + (1..=1_000).map(row).sum::<usize>();
    eventually("it is held up", || server.stats.backpressure() > 0);
    let mut left = rounds * map;
    let mut bytes = vec![0; 64 * 1024];
    while left > 0 {
        let most = left.min(bytes.len());
        let count = client.0.read(&mut bytes[..most]).unwrap();
        assert!(count > 0, "{left} bytes short");
        left -= count;
    }
    client.expect("$4|done|");
}

#[test]
fn nobody_costs_the_others_their_turn() {
    let server = TestServer::start();
    let mut floods: Vec<Client> = (0..2).map(|_| server.client()).collect();
    let senders: Vec<_> = floods
        .iter_mut()
        .map(|flood| {
            let (mut writer, mut reader) = (flood.0.try_clone().unwrap(), flood.0.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
            std::thread::spawn(move || {
                let block = b"PING\r\n".repeat(10_000);
                while writer.write_all(&block).is_ok() {}
            })
        })
        .collect();
    let mut polite = server.client();
    for _ in 0..200 {
        polite.line("PING", "+PONG|");
    }
    for flood in floods {
        flood.0.shutdown(std::net::Shutdown::Both).unwrap();
    }
    for sender in senders {
        sender.join().unwrap();
    }
}

#[test]
fn a_stop_lets_what_is_under_way_be_said() {
    let mut server = TestServer::start();
    let mut idle = server.client();
    idle.line("PING", "+PONG|");
    let mut client = server.client();
    client.command(&["EVENT", "CREATE", "ev", "k", HALL]);
    client.expect("*6|$5|event|$2|ev|$6|status|$4|open|$7|version|:1|");
    client.send(wire(&["ASK", "ev", "nope"]).repeat(1_000));
    let waiting = std::thread::spawn(move || (client.read_to_end(), idle.read_to_end()));
    eventually("they are read", || server.stats.commands() > 1_000);
    assert!(server.stop(PATIENCE), "it goes by itself, before it is cut off");
    let (said, nothing) = waiting.join().unwrap();
    assert_eq!((said, nothing), ("$-1|".repeat(1_000), String::new()));
    assert!(TcpStream::connect(server.address).is_err(), "it still listens");
    assert_eq!(server.stats.connected_clients(), 0);
}

#[test]
fn a_stop_tells_what_it_has_not_taken() {
    let mut server = TestServer::start();
    let mut client = server.client();
    let hall = r#"{"sections":[{"name":"A","category":"C","rows":{"from":1,"to":100,"seats":100}}]}"#;
    client.command(&["EVENT", "CREATE", "ev", "k", hall]);
    client.expect("*6|$5|event|$2|ev|$6|status|$4|open|$7|version|:1|");
    // Replies of ten kilobytes each that nobody reads: soon no further command is taken.
    client.send(wire(&["MAP", "ev"]).repeat(2_000));
    eventually("it is held up", || {
        let before = server.stats.output_bytes();
        std::thread::sleep(Duration::from_millis(100));
        before > 0 && server.stats.output_bytes() == before
    });
    let address = server.address;
    let reader = std::thread::spawn(move || {
        // Were it to read before, the server would take more.
        eventually("the stop has begun", || TcpStream::connect(address).is_err());
        client.read_to_end()
    });
    assert!(server.stop(PATIENCE));
    let said = reader.join().unwrap();
    let (maps, refused) = said.split_once("-BUSY").unwrap();
    assert!(maps.starts_with("*100|*3|$1|A|$1|1|$100|....") && maps.ends_with("....|"));
    assert!(
        refused.starts_with(" HF-SYS-003 the server is stopping")
            && refused.ends_with("retry after 1000 ms|")
    );
    assert!(!refused.contains('*'), "nothing is taken after the first refusal");
}

#[test]
fn a_stop_waits_for_nobody_for_ever() {
    let mut server = TestServer::start();
    let mut deaf = server.client();
    deaf.0.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
    while deaf.0.write_all(&wire(&["ECHO", &"x".repeat(limits::OUTPUT_BYTES_MAX)])).is_ok() {}
    assert!(server.stop(Duration::from_millis(100)), "it was cut off");
}

/// A hall of so many sections, of which each has a seat.
fn sections(count: usize) -> String {
    let section =
        |number| format!(r#"{{"name":"S{number}","category":"c","rows":[{{"name":"1","seats":1}}]}}"#);
    format!(r#"{{"sections":[{}]}}"#, (0..count).map(section).collect::<Vec<_>>().join(","))
}

/// A field of `INFO`.
fn told(client: &mut Client, section: &str, field: &str) -> usize {
    client.send(format!("INFO {section}\r\n"));
    let text = value(client);
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("no {field} in {text}")).parse().unwrap()
}

#[test]
fn many_large_replies_that_nobody_reads_take_no_more_than_a_few() {
    let server = TestServer::with(Config { tick: FOR_EVER, ..patient() });
    let mut client = server.client();
    client.command(&["EVENT", "CREATE", "ev", "k", &sections(9_000)]);
    assert!(value(&mut client).contains("open"));
    let mut deaf = server.client();
    deaf.send("COUNT ev BY section\r\n".repeat(1_000));
    eventually("nothing more is taken", || told(&mut client, "clients", "client_waiting_bytes") > 0);
    // A reply has a megabyte: a thousand of them were asked for.
    let waiting = told(&mut client, "clients", "client_waiting_bytes");
    assert!(waiting < 8 * 1024 * 1024, "{waiting} bytes wait");
    client.line("COUNT nothing", "-NOEVENT HF-INP-020 there is no event nothing|");
}

#[test]
fn a_section_that_is_asked_for_again_and_again_is_told_once() {
    let server = TestServer::start();
    let mut client = server.client();
    client.send(format!("INFO{}\r\n", " net NET".repeat(200)));
    assert_eq!(value(&mut client).matches("# Net").count(), 1);
}

#[test]
fn when_too_much_waits_for_all_the_largest_goes() {
    let server = TestServer::with(Config { tick: FOR_EVER, memory: 3 * 1024 * 1024, ..patient() });
    let mut client = server.client();
    client.command(&["EVENT", "CREATE", "ev", "k", &sections(9_000)]);
    assert!(value(&mut client).contains("open"));
    // Half a command takes little, and stays.
    let mut half = server.client();
    half.send([&b"*2\r\n$4\r\nECHO\r\n$60000\r\n"[..], &[b'x'; 50_000]].concat());
    let deaf: Vec<Client> = (0..8)
        .map(|_| {
            let mut deaf = server.client();
            deaf.send("COUNT ev BY section\r\n".repeat(100));
            deaf
        })
        .collect();
    eventually("the largest has gone", || server.stats.connections_outweighed() > 0);
    assert!(told(&mut client, "clients", "client_waiting_bytes") <= 3 * 1024 * 1024);
    drop(deaf);
    half.send([&[b'x'; 10_000][..], b"\r\n"].concat());
    half.expect(&format!("$60000|{}|", "x".repeat(60_000)));
}
