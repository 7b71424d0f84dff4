//! What a client sends and what it gets back, byte for byte, over a real socket with a real engine behind it.

use holdfast_net::{Config, limits};

use crate::support::{Client, HALL, TestServer, patient, wire};

/// The number behind a field name, in a reply read line by line.
fn number_after(client: &mut Client, field: &str) -> u64 {
    loop {
        if client.read_line() == field {
            return client.read_line().trim_start_matches(':').parse().unwrap();
        }
    }
}

#[test]
fn connection_commands_in_both_versions() {
    let server = TestServer::start();
    let mut client = server.client();
    client.line("PING", "+PONG|");
    client.line("ping \"a b\"", "$3|a b|");
    client.line("ECHO x", "$1|x|");
    client.line("SELECT 0", "+OK|");
    client.line("CLIENT SETINFO LIB-NAME test", "+OK|");
    client.line("CLIENT GETNAME", "$-1|");
    client.line("CLIENT SETNAME me", "+OK|");
    client.line("CLIENT GETNAME", "$2|me|");
    client.line("CLIENT ID", ":1|");
    let hello = |map: &str, proto| {
        let version = env!("CARGO_PKG_VERSION");
        let length = version.len();
        format!(
            "{map}|$6|server|$8|holdfast|$7|version|${length}|{version}|$5|proto|:{proto}|$2|id|:1|\
             $4|mode|$10|standalone|$4|role|$6|master|$7|modules|*0|"
        )
    };
    client.line("HELLO", &hello("*14", 2));
    client.line("HELLO 3", &hello("%7", 3));
    client.line("CLIENT SETNAME \"\"", "+OK|");
    client.line("CLIENT GETNAME", "_|");
    client.line("CONFIG GET save appendonly nothing", "%2|$4|save|$0||$10|appendonly|$3|yes|");
    client.line("HELLO 2", &hello("*14", 2));
    client.line("HELLO 3", &hello("%7", 3));
    client.line("RESET", "+RESET|");
    client.line("CLIENT GETNAME", "$-1|");
    client.line("INFO server", "$33|# Server|holdfast_version:test||");
    client.line("INFO nothing", "$0||");
    client.line(
        "INFO clients",
        "$123|# Clients|connected_clients:1|blocked_clients:0|maxclients:10000|client_waiting_bytes:0|client_waiting_max:268435456||",
    );
    client.line("QUIT", "+OK|");
    assert_eq!(client.read_to_end(), "");
}

#[test]
fn errors_close_nothing() {
    let server = TestServer::start();
    let mut client = server.client();
    client
        .line("FLY", "-INVALID HF-INP-007 there is no command \"FLY\": COMMAND lists those that there are|");
    client.line(
        "SET a b",
        "-INVALID HF-INP-007 there is no command \"SET\": COMMAND lists those that there are|",
    );
    client.line(
        "AUTH x",
        "-INVALID HF-INP-001 this server has no authentication configured: connect without AUTH|",
    );
    client.line("EVENT INFO nope", "-NOEVENT HF-INP-020 there is no event nope|");
    client.line("\r\n\r\nPING", "+PONG|");
    client.send(b"*0\r\n");
    client.line("PING", "+PONG|");
}

#[test]
fn a_sale_from_beginning_to_end() {
    let server = TestServer::start();
    let mut client = server.client();
    client.command(&["EVENT", "CREATE", "ev", "k0", HALL]);
    client.expect("*6|$5|event|$2|ev|$6|status|$4|open|$7|version|:1|");
    client.line("EVENT LIST", "*2|:0|*2|$2|ev|$4|open|");

    client.line("HOLD ev k1 ann 60000 SEATS A-1-1 #1 AREA FLOOR 2", "*12|$4|hold|:2|$10|expires_at|:");
    let expires_at = client.read_line();
    client.expect("$7|version|:2|$5|seats|*2|$5|A-1-1|$5|A-1-2|$5|areas|*2|$5|FLOOR|:2|");
    // How long there is, whatever the clock of the client says.
    assert_eq!(client.read_at() + 60_000, expires_at.parse::<u64>().unwrap());
    client.line("HOLD ev k2 bob 0 SEATS A-1-2 A-1-3", "-TAKEN HF-BIZ-001 A-1-2 held|");
    client.line("HOLD ev k3 bob 0 SEATS Z-9-9", "-NOSEAT HF-INP-021 there is no seat Z-9-9|");
    client.line("HOLD ev k3 bob 0 AREA FLOOR 19", "-TAKEN HF-BIZ-002 FLOOR has 18 free places, 19 wanted|");

    let map =
        "*4|*3|$1|A|$1|1|$4|hh..|*3|$1|B|$1|1|$3|...|*3|$1|B|$1|2|$3|...|*3|$5|FLOOR|$0||$11|20:18:2:0:0|";
    client.line("MAP ev", map);
    client.line("MAP ev B", "*2|*3|$1|B|$1|1|$3|...|*3|$1|B|$1|2|$3|...|");
    client.line("COUNT ev", "*10|$4|free|:26|$4|held|:4|$6|paying|:0|$4|sold|:0|$7|blocked|:0|");
    client.line(
        "GET HOLD ev 2",
        &format!("*16|$4|hold|:2|$6|holder|$3|ann|$10|expires_at|:{expires_at}|$4|left|"),
    );
    let left = client.read_line();
    assert!(left[1..].trim().parse::<u64>().is_ok_and(|left| left <= 60_000), "{left}");
    client.expect("$7|extends|:0|$7|payment|$-1|$5|seats|*2|$5|A-1-1|$5|A-1-2|$5|areas|*2|$5|FLOOR|:2|");
    client.line("SEAT ev A-1-1", &format!("*18|$4|seat|$5|A-1-1|$7|ordinal|:0|$8|category|$3|VIP|$10|accessible|:1|$6|status|$4|held|$4|hold|:2|$5|order|$-1|$6|holder|$3|ann|$10|expires_at|:{expires_at}|"));

    client.line("RELEASE ev k4 2 SEATS A-1-2", "*6|$4|hold|:2|$7|version|:3|$8|released|:1|");
    let order = "*10|$5|order|$7|order-1|$7|version|:4|$5|seats|*1|$5|A-1-1|$5|areas|*2|$5|FLOOR|:2|";
    client.line("CONFIRM ev k5 order-1 2", order);
    let sold_at = client.read_at();
    client.line("ASK ev k5", &format!("{order}$2|at|:{sold_at}|"));
    client.line("CONFIRM ev k5 order-1 2", &format!("{order}$2|at|:{sold_at}|"));
    client.line("ASK ev k2", "*2|$7|refused|$27|TAKEN HF-BIZ-001 A-1-2 held|");
    client.line("ASK ev nope", "$-1|");
    client.line("GET HOLD ev 2", "$-1|");
    client.line("GET ORDER ev nope", "$-1|");
    client.line("EXTEND ev k6 2 0", "-GONE HF-BIZ-010 hold 2 is unknown, expired, released or sold|");

    // The same key again: the same answer, although the seat is free by now; another command: refused.
    client.line("HOLD ev k2 bob 0 SEATS A-1-2 A-1-3", "-TAKEN HF-BIZ-001 A-1-2 held|");
    client.send("HOLD ev k2 bob 0 SEATS A-1-2\r\n");
    assert!(client.read_line().starts_with("-KEYREUSED HF-INP-010 "));

    client
        .line("EVENT PAUSE ev k7 olga \"too many\"", "*6|$5|event|$2|ev|$6|status|$6|paused|$7|version|:5|");
    client.line("HOLD ev k8 bob 0 SEATS A-1-2", "-CLOSED HF-BIZ-030 the event is paused|");
    client.line("EVENT CLOSE ev k9 olga over", "*6|$5|event|$2|ev|$6|status|$6|closed|$7|version|:6|");
    client.send("EVENT INFO ev\r\n");
    assert_eq!(number_after(&mut client, "version"), 6);
    assert_eq!(number_after(&mut client, "orders"), 1);
}

#[test]
fn replies_come_in_the_order_of_the_commands() {
    let server = TestServer::start();
    let mut client = server.client();
    client.command(&["EVENT", "CREATE", "e1", "k", HALL]);
    client.command(&["EVENT", "CREATE", "e2", "k", HALL]);
    for event in ["e1", "e2"] {
        client.expect(&format!("*6|$5|event|$2|{event}|$6|status|$4|open|$7|version|:1|"));
    }
    // Reads, writes, mistakes, both events and our own commands, in one piece; and the version changes on the way.
    let mut bytes = Vec::new();
    for round in 0..200 {
        for event in ["e1", "e2"] {
            bytes.extend(wire(&["ASK", event, "nope"]));
            bytes.extend(wire(&["ECHO", &round.to_string()]));
            bytes.extend(wire(&["ASK", "nope", "nope"]));
            bytes.extend(wire(&["ASK", event]));
        }
        bytes.extend(wire(&["HELLO", if round % 2 == 0 { "3" } else { "2" }]));
    }
    client.send(&bytes);
    for round in 0..200 {
        let (null, id) = (if round % 2 == 0 { "$-1" } else { "_" }, round.to_string());
        for _event in 0..2 {
            client.expect(&format!("{null}|${}|{id}|-NOEVENT HF-INP-020 there is no event nope|", id.len()));
            client.expect("-INVALID HF-INP-001 missing key: ASK ev key|");
        }
        let map = if round % 2 == 0 { "%7|" } else { "*14|" };
        client.expect(map);
        while client.read_line() != "*0" {}
    }
}

#[test]
fn a_pipeline_of_a_hundred_thousand() {
    // With the patience that everybody has: a client that only pipelines is never refused for it.
    let server = TestServer::with(Config { patience: limits::PATIENCE, ..patient() });
    let mut client = server.client();
    client.command(&["EVENT", "CREATE", "ev", "k", HALL]);
    client.expect("*6|$5|event|$2|ev|$6|status|$4|open|$7|version|:1|");
    let rounds = 50_000;
    let mut writer = Client::over(client.0.try_clone().unwrap());
    let sender = std::thread::spawn(move || {
        for round in 0..rounds {
            let mut bytes = wire(&["HOLD", "ev", &format!("h{round}"), "ann", "60000", "SEATS", "A-1-1"]);
            bytes.extend(wire(&["RELEASE", "ev", &format!("r{round}"), &(2 + 2 * round).to_string()]));
            writer.send(bytes);
        }
    });
    for round in 0..rounds {
        let (hold, after) = (2 + 2 * round, 3 + 2 * round);
        client.expect(&format!("*10|$4|hold|:{hold}|$10|expires_at|:"));
        client.read_line();
        client.expect(&format!("$7|version|:{hold}|$5|seats|*1|$5|A-1-1|"));
        client.read_at();
        client.expect(&format!("*6|$4|hold|:{hold}|$7|version|:{after}|$8|released|:1|"));
    }
    sender.join().unwrap();
}
