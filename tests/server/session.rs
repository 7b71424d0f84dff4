//! Commands about the connection itself: greeting, names, figures, and lines typed by hand.

use super::hall::hall;
use super::support::reply::Value;
use super::support::{HALL, Server, TempDir, eventually, wire, wire_of};

#[test]
fn connection_commands() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    for (line, expected) in [
        ("PING", "+PONG|"),
        ("ping hello", "$5|hello|"),
        ("ECHO two~words", "$9|two words|"),
        ("ECHO _", "$0||"),
        ("SELECT 0", "+OK|"),
        ("CLIENT ID", ":1|"),
        ("CLIENT GETNAME", "$-1|"),
        ("CLIENT SETNAME box-office", "+OK|"),
        ("CLIENT GETNAME", "$10|box-office|"),
        ("CLIENT SETINFO LIB-NAME some-client", "+OK|"),
        ("CLIENT SETINFO lib-ver 1.0", "+OK|"),
        (
            "HELLO 3 SETNAME other",
            "%7|$6|server|$8|holdfast|$7|version|$5|0.1.0|$5|proto|:3|$2|id|:1|$4|mode|$10|standalone|$4|role|$6|master|$7|modules|*0|",
        ),
        ("CLIENT GETNAME", "$5|other|"),
        ("CONFIG GET save appendonly", "%2|$4|save|$0||$10|appendonly|$3|yes|"),
        ("COMMAND INFO ping nope", "*2|*10|$4|ping|:-1|*1|+fast|:0|:0|:0|*0|*0|*0|*0|_|"),
        ("COMMAND INFO seat", "*1|*10|$4|seat|:3|*1|+readonly|:1|:1|:1|*0|*0|*0|*0|"),
        ("command GetKeys seat hall A-1-1", "*1|$4|hall|"),
        ("COMMAND GETKEYS EVENT CREATE gala k {}", "*1|$4|gala|"),
        ("RESET", "+RESET|"),
        ("CLIENT GETNAME", "$-1|"),
        ("COMMAND DOCS nope", "*0|"),
        ("INFO nope", "$0||"),
    ] {
        assert_eq!(client.ask(line), expected, "{line}");
    }
    assert_eq!(server.client().ask("CLIENT ID"), ":2|");
    let count: usize = client.ask("COMMAND COUNT")[1..].trim_end_matches('|').parse().unwrap();
    assert!(client.ask("COMMAND").starts_with(&format!("*{count}|*10|")));
    assert!(client.ask("COMMAND LIST").starts_with(&format!("*{count}|$")));
    assert_eq!(client.ask("QUIT"), "+OK|");
    assert_eq!(client.rest(), "");
}

/// What `redis-cli --stat`, exporters, checks of proxies and client libraries read.
#[test]
fn figures_under_the_names_of_redis() {
    let (_directory, server, mut client) = hall();
    client.create("other", HALL);
    for (section, field, value) in [
        ("REPLICATION", "role", "master"),
        ("replication", "connected_slaves", "0"),
        ("replication", "master_repl_offset", "4"),
        ("keyspace", "db0", "keys=2,expires=0,avg_ttl=0"),
        ("clients", "blocked_clients", "0"),
        ("stats", "total_connections_received", "1"),
        ("stats", "rejected_connections", "0"),
    ] {
        assert_eq!(client.info(section, field), value, "{section} {field}");
    }
    assert_ne!(client.info("stats", "total_commands_processed"), "0");
    assert_ne!(client.info("memory", "used_memory"), "0");
    client.info("stats", "instantaneous_ops_per_sec").parse::<u64>().unwrap();
    assert_eq!(client.ask("ROLE"), "*3|$6|master|:4|*0|");
    assert_eq!(client.ask("DBSIZE"), ":2|");
    let time = Value::of(&client.bytes("TIME"));
    let [seconds, micros] = [0, 1].map(|at| time.list()[at].text().parse::<u64>().unwrap());
    let hold = Value::of(&client.bytes("HOLD other k1 ann 60000 SEATS A-1-1"));
    let since = hold.integer("expires_at") - 60_000 - 1_000 * seconds - micros / 1_000;
    assert!(
        since < 600_000 && micros < 1_000_000 && micros % 1_000 == 0,
        "{time:?}, {since} ms before a hold"
    );

    // A client that waits for a change counts, until the change comes, and until it goes.
    let mut waiting = [server.client(), server.client()];
    for waiting in &mut waiting {
        waiting.send("FEED hall 2 BLOCK 60000\r\n");
    }
    let [mut first, second] = waiting;
    eventually("both wait", || client.info("clients", "blocked_clients") == "2");
    drop(second);
    eventually("one has gone", || client.info("clients", "blocked_clients") == "1");
    client.ask("HOLD hall k1 ann 60000 SEATS A-1-1");
    first.raw();
    eventually("none waits", || client.info("clients", "blocked_clients") == "0");
}

/// An event stands in the list as soon as its creation is answered, also for what was sent right behind.
#[test]
fn a_list_right_behind_a_creation_has_the_event() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    let mut listed = String::new();
    for number in 0..50 {
        let event = format!("event-{number:02}");
        let create = wire(&["EVENT", "CREATE", &event, "c", HALL]);
        let behind = ["EVENT LIST", "PING", "EVENT LIST", "SEAT hall A-1-1"].map(wire_of).concat();
        client.send([create, behind].concat());
        assert!(client.reply().starts_with("*6|"));
        listed.push_str(&format!("$8|{event}|$4|open|"));
        let expected = format!("*2|:0|*{}|{listed}", 2 * (number + 1));
        assert_eq!(client.reply(), expected);
        assert_eq!(client.reply(), "+PONG|");
        assert_eq!(client.reply(), expected);
        assert!(client.reply().starts_with("-NOEVENT "));
    }
}

/// All that `COMMAND` lists is there: whatever it answers, it is not that there is no such command.
#[test]
fn every_listed_command_is_known() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let listed = Value::of(&server.client().bytes("COMMAND LIST"));
    assert!(listed.list().len() >= 15, "{listed:?}");
    for name in listed.list() {
        let reply = server.client().ask(name.text());
        // Those of a cluster are known, and refused as Redis refuses them.
        let is_known = !reply.contains("HF-INP-007") || reply.contains("cluster support disabled");
        assert!(is_known, "{name:?}: {reply}");
    }
}

#[test]
fn figures_of_the_server() {
    let (_directory, server, mut client) = hall();
    assert_eq!(client.info("server", "process_id"), server.pid().to_string());
    assert_eq!(client.info("server", "tcp_port"), server.address.port().to_string());
    assert_eq!(client.info("server", "events"), "1");
    assert_eq!(client.info("clients", "connected_clients"), "1");
    // The start of the server, that it is ready, and the event.
    assert_eq!(client.info("persistence", "lsn_durable"), "3");
    assert_eq!(client.info("persistence", "disk_low"), "0");
    assert_eq!(client.info("recovery", "recovered_events"), "0");
    let commands: u64 = client.info("net", "commands").parse().unwrap();
    let later: u64 = client.info("net", "commands").parse().unwrap();
    assert!(later > commands, "{commands}, then {later}");
    let (two, all) = (client.bytes("INFO server clients"), client.bytes("INFO"));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (two, all) = (text(two), text(all));
    assert!(two.contains("# Server\r\n") && two.contains("\r\n\r\n# Clients\r\n"), "{two}");
    for section in
        ["Server", "Persistence", "Feed", "Recovery", "Replication", "Keyspace", "Clients", "Stats", "Net"]
    {
        assert_eq!(all.matches(&format!("# {section}\r\n")).count(), 1, "{section} in {all}");
    }
}

/// A person with netcat: lines, quotes, either line end.
#[test]
fn inline_commands() {
    let (_directory, server, mut client) = hall();
    for (line, expected) in [
        ("PING\r\n", "+PONG|"),
        ("PING\n", "+PONG|"),
        ("\r\n\r\nPING\r\n", "+PONG|"),
        ("  echo   spaced  \r\n", "$6|spaced|"),
        ("ECHO \"two words\"\r\n", "$9|two words|"),
        ("ECHO 'it''s'\r\n", "-PROTO HF-INP-030 unbalanced quotes in a line of text|"),
    ] {
        client.send(line);
        assert_eq!(client.reply(), expected, "{line:?}");
    }
    assert_eq!(client.rest(), "");
    let mut client = server.client();
    client.send(
        "HOLD hall k bob 0 SEATS A-1-1\r\nEVENT PAUSE hall p olga \"a \\x66ire\\tdrill\"\r\nCOUNT hall\n",
    );
    assert_eq!(
        client.reply(),
        "*10|$4|hold|:2|$10|expires_at|:T|$7|version|:2|$5|seats|*1|$5|A-1-1|$2|at|:T|"
    );
    let refused = client.reply();
    assert!(refused.starts_with("-INVALID HF-INP-001 reason \"a fire\\tdrill\""), "{refused}");
    assert_eq!(client.reply(), "*10|$4|free|:35|$4|held|:1|$6|paying|:0|$4|sold|:0|$7|blocked|:0|");
    // A line and an array in one go.
    client.send("PING\r\n*1\r\n$4\r\nPING\r\n*0\r\nPING last\r\n");
    assert_eq!(
        (client.reply(), client.reply(), client.reply()),
        ("+PONG|".into(), "+PONG|".into(), "$4|last|".into())
    );
}
