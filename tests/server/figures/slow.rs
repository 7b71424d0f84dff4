//! What was slow and where its time went, how long commands take, and who was turned away.

use crate::support::access::new_token;
use crate::support::reply::Value;
use crate::support::{Client, HALL, Server, TempDir, has_program, missing, wire};

const PARTS: [&str; 5] = ["queue", "judge", "log", "sync", "socket"];

/// An entry of the slow log.
#[derive(Debug)]
struct Slow {
    id: u64,
    micros: u64,
    command: String,
    address: String,
    name: String,
    parts: [u64; 5],
    commands: u64,
}

fn number(value: &Value) -> u64 {
    match value {
        Value::Integer(number) => u64::try_from(*number).unwrap(),
        other => panic!("{other:?} is no number"),
    }
}

fn slow(client: &mut Client, count: &str) -> Vec<Slow> {
    let reply = Value::of(&client.bytes(&format!("SLOWLOG GET {count}")));
    let entry = |entry: &Value| {
        let [id, at, micros, words, address, name, went] = entry.list() else { panic!("{entry:?}") };
        assert!(number(at) > 1_790_000_000 && number(at) < 10_000_000_000, "seconds: {entry:?}");
        let words: Vec<_> = words.list().iter().map(Value::text).collect();
        Slow {
            id: number(id),
            micros: number(micros),
            command: words.join(" "),
            address: address.text().to_owned(),
            name: name.text().to_owned(),
            parts: PARTS.map(|part| went.integer(part)),
            commands: went.integer("commands"),
        }
    };
    reply.list().iter().map(entry).collect()
}

fn create(client: &mut Client, event: &str) {
    client.send(wire(&["EVENT", "CREATE", event, "create", HALL]));
    assert!(client.reply().contains("|status|$4|open|"));
}

fn everything(directory: &TempDir, more: &[&str]) -> Server {
    Server::with(&directory.join("data"), &[&["--slowlog-over", "0s"], more].concat())
}

#[test]
fn a_slow_command_is_kept_with_where_its_time_went() {
    let directory = TempDir::new();
    let server = everything(&directory, &[]);
    for protocol in ["2", "3"] {
        let (mut client, event) = (server.client(), format!("e{protocol}"));
        client.ask(&format!("HELLO {protocol} SETNAME shop"));
        create(&mut client, &event);
        client.ask(&format!("HOLD {event} k-1 ann 0 SEATS A-1-1 A-1-2"));
        let [hold] = &slow(&mut client, "1")[..] else { panic!("one was asked for") };
        assert_eq!(hold.command, format!("HOLD {event} k-1 ann 0 SEATS A-1-1 A-1-2"));
        assert_eq!((hold.name.as_str(), hold.commands), ("shop", 1));
        assert_eq!(hold.address, client.stream().local_addr().unwrap().to_string());
        assert_eq!(hold.parts.iter().sum::<u64>(), hold.micros, "the parts are all of it: {hold:?}");
        client.ask(&format!("HOLD {event} k-2 bob 0 SEATS A-1-1"));
        let [refused, asked, again] = &slow(&mut client, "3")[..] else { panic!("three were asked for") };
        assert_eq!(asked.command, "SLOWLOG GET 1");
        assert_eq!([asked.parts[0], asked.parts[2], asked.parts[3]], [0, 0, 0], "no event judged it");
        assert_eq!(asked.parts.iter().sum::<u64>(), asked.micros);
        assert_eq!(refused.command, format!("HOLD {event} k-2 bob 0 SEATS A-1-1"));
        assert_eq!([again.id + 1, asked.id + 1], [asked.id, refused.id], "numbers go on");
    }
    let mut client = server.client();
    assert_ne!(client.ask("SLOWLOG LEN"), ":0|");
    assert_eq!(client.ask("SLOWLOG RESET"), "+OK|");
    let commands: Vec<_> = slow(&mut client, "-1").into_iter().map(|one| one.command).collect();
    assert_eq!(commands, ["SLOWLOG RESET"]);
    assert!(client.ask("SLOWLOG HELP").starts_with("*8|+SLOWLOG GET [count]|+"));
    for bad in ["SLOWLOG", "SLOWLOG GET x", "SLOWLOG GET -2", "SLOWLOG GET 1 2", "SLOWLOG NOW"] {
        assert!(client.ask(bad).starts_with("-INVALID HF-INP-00"), "{bad}");
    }
}

#[test]
fn commands_that_come_together_are_one_entry_and_secrets_are_none() {
    let directory = TempDir::new();
    let tokens = directory.join("tokens");
    let secret = new_token(&tokens, "operator", "op", &[]);
    let server = everything(&directory, &["--tokens", tokens.to_str().unwrap()]);
    let mut client = server.client_with(&secret);
    client.create("hall", HALL);
    client.ask("SLOWLOG RESET");
    let hold =
        |number: u32, seat: &str| wire(&["HOLD", "hall", &format!("k-{number}"), "ann", "0", "SEATS", seat]);
    client.send([hold(1, "A-1-1"), hold(2, "A-1-2"), hold(3, "B-1-1")].concat());
    (0..3).for_each(|_| drop(client.reply()));
    client.ask(&format!("AUTH {secret}"));
    client.ask(&format!("ECHO {secret}"));
    let long = "x".repeat(200);
    client.ask(&format!("ECHO {long}"));
    let echoes: Vec<_> = (0..40).map(|word| word.to_string()).collect();
    client.ask(&format!("COMMAND INFO {}", echoes.join(" ")));
    client.ask("MULTI");
    client.ask("RELEASE hall k-4 2");
    client.ask("COUNT hall");
    client.ask("EXEC");
    let mut told = slow(&mut client, "-1");
    told.reverse();
    assert!(!format!("{told:?}").contains("hft_"), "{told:?}");
    let (holds, rest): (Vec<_>, Vec<_>) = told.iter().partition(|one| one.command.starts_with("HOLD "));
    assert_eq!(holds.iter().map(|one| one.commands).sum::<u64>(), 3, "however they were read: {holds:?}");
    assert_eq!(holds[0].command, "HOLD hall k-1 ann 0 SEATS A-1-1");
    let rest: Vec<_> = rest.iter().map(|one| one.command.as_str()).collect();
    let words = echoes[..29].join(" ");
    let (cut, many) = (
        format!("ECHO {}... (72 more bytes)", &long[..128]),
        format!("COMMAND INFO {words} ... (11 more arguments)"),
    );
    let expected = [
        "SLOWLOG RESET",
        "AUTH",
        "ECHO (redacted)",
        &cut,
        &many,
        "MULTI",
        "RELEASE hall k-4 2",
        "COUNT hall",
        "EXEC",
    ];
    assert_eq!(rest, expected, "a command of a transaction is told when it is carried out");
}

#[test]
fn a_token_for_some_events_sees_what_was_slow_there() {
    let directory = TempDir::new();
    let tokens = directory.join("tokens");
    let operator = new_token(&tokens, "operator", "op", &[]);
    let reader = new_token(&tokens, "reader", "gala-only", &["--events", "gala*"]);
    let viewer = new_token(&tokens, "viewer", "wall", &[]);
    let server = everything(&directory, &["--tokens", tokens.to_str().unwrap()]);
    let mut client = server.client_with(&operator);
    for event in ["gala-1", "other"] {
        client.create(event, HALL);
        client.ask(&format!("HOLD {event} k ann 0 SEATS A-1-1"));
    }
    let mut client = server.client_with(&reader);
    let commands: Vec<_> = slow(&mut client, "-1").into_iter().map(|one| one.command).collect();
    assert_eq!(commands.len(), 2, "{commands:?}");
    assert_eq!(commands[0], "HOLD gala-1 k ann 0 SEATS A-1-1");
    assert_eq!(client.ask("SLOWLOG LEN"), ":2|");
    assert_eq!(client.ask("LATENCY HISTOGRAM"), "*0|", "how a business is doing is not for it");
    let mut client = server.client_with(&viewer);
    assert!(client.ask("SLOWLOG GET").starts_with("-DENIED HF-INP-062 SLOWLOG GET needs the role reader"));
}

#[test]
fn a_slow_disk_shows_as_the_time_of_the_sync() {
    if !has_program("strace", "--version") || !has_program("strace", "true") {
        return missing("a_slow_disk_shows_as_the_time_of_the_sync", "strace", "apt-get install strace");
    }
    let directory = TempDir::new();
    let inject = "inject=fdatasync:delay_enter=200000";
    let before = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", inject];
    let flags = ["--slowlog-over", "150ms"];
    let server = Server::through("strace", &before, &directory.join("data"), &flags);
    let mut client = server.client();
    client.create("hall", HALL);
    client.ask("HOLD hall k ann 0 SEATS A-1-1");
    let [hold, create] = &slow(&mut client, "2")[..] else { panic!("both were slow") };
    assert_eq!(hold.command, "HOLD hall k ann 0 SEATS A-1-1");
    assert!(create.command.starts_with("EVENT CREATE hall create-hall {\"sections\""), "{create:?}");
    for one in [hold, create] {
        let [.., sync, _] = one.parts;
        assert!(sync >= 200_000, "each sync was held up for so long: {one:?}");
        assert_eq!(one.parts.iter().sum::<u64>(), one.micros);
    }
}

#[test]
fn nothing_is_kept_where_there_is_no_slow_log() {
    let directory = TempDir::new();
    let server = everything(&directory, &["--slowlog-entries", "0"]);
    let mut client = server.client();
    client.create("hall", HALL);
    assert_eq!(client.ask("SLOWLOG GET"), "*0|");
    assert_eq!(client.ask("SLOWLOG LEN"), ":0|");
    let told = client.ask("CONFIG GET slowlog*");
    assert!(told.contains("|slowlog.over|$2|0s|") && told.contains("|slowlog-max-len|$1|0|"), "{told}");
}

#[test]
fn every_command_is_counted_by_how_long_it_took() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    client.ask("HELLO 3");
    (0..5).for_each(|number| drop(client.ask(&format!("HOLD hall k-{number} ann 0 AREA FLOOR 1"))));
    client.ask("CLIENT ID");
    // It says not even which event.
    client.ask("HOLD");
    let told = Value::of(&client.bytes("LATENCY HISTOGRAM"));
    let calls = |name: &str| told.get(name).map_or(0, |one| one.integer("calls"));
    assert_eq!(["event|create", "hold", "client|id", "confirm"].map(calls), [1, 5, 1, 0]);
    let buckets = told.get("hold").unwrap().get("histogram_usec").unwrap().list().to_vec();
    let upto: Vec<_> = buckets.chunks(2).map(|pair| (number(&pair[0]), number(&pair[1]))).collect();
    assert!(upto.is_sorted() && upto.iter().all(|(micros, _)| micros.is_power_of_two()), "{upto:?}");
    assert_eq!(upto.last().unwrap().1, 5);
    let one = Value::of(&client.bytes("LATENCY HISTOGRAM HOLD nonsense"));
    assert_eq!(one.list().len(), 2);
    assert_eq!(client.ask("LATENCY HISTOGRAM nonsense"), "%0|");
    assert_eq!(client.ask("LATENCY LATEST"), "*0|");
    assert_eq!(client.ask("LATENCY HISTORY command"), "*0|");
    assert_eq!(client.ask("LATENCY RESET"), ":0|");
    assert!(client.ask("LATENCY DOCTOR").starts_with("-INVALID HF-INP-007 there is no LATENCY \"DOCTOR\""));
    // A wait that its client asked for is no figure of the server.
    assert!(client.ask("FEED hall 7 BLOCK 1").starts_with("*0|"));
    client.ask("FEED hall 1");
    let told = Value::of(&client.bytes("LATENCY HISTOGRAM feed"));
    assert_eq!(told.get("feed").unwrap().integer("calls"), 1);
}

#[test]
fn who_was_turned_away_is_told() {
    let directory = TempDir::new();
    let tokens = directory.join("tokens");
    let operator = new_token(&tokens, "operator", "op", &[]);
    let reader = new_token(&tokens, "reader", "display", &["--events", "gala"]);
    let server = everything(&directory, &["--tokens", tokens.to_str().unwrap()]);
    let mut display = server.client_with(&reader);
    assert_eq!(display.ask("ACL WHOAMI"), "$7|display|");
    for line in ["HOLD gala k ann 0 SEATS A-1-1", "HOLD gala k ann 0 SEATS A-1-1", "COUNT other", "ACL LOG"] {
        assert!(display.ask(line).starts_with("-DENIED HF-INP-062 "), "{line}");
    }
    assert!(display.ask("AUTH op wrong").starts_with("-NOAUTH HF-INP-061 "));
    for protocol in ["2", "3"] {
        let mut client = server.client_with(&operator);
        client.ask(&format!("HELLO {protocol}"));
        let told = Value::of(&client.bytes("ACL LOG"));
        let of = |entry: &Value| {
            let text = |field: &str| entry.get(field).unwrap().text().to_owned();
            let [client, age] = ["client-info", "age-seconds"].map(text);
            assert!(client.starts_with("id=") && client.contains(" addr=127.0.0.1:"), "{client}");
            age.parse::<f64>().unwrap();
            assert!(entry.integer("timestamp-created") <= entry.integer("timestamp-last-updated"));
            assert_eq!(text("context"), "toplevel");
            (entry.integer("count"), text("reason"), text("object"), text("username"))
        };
        let mut told: Vec<_> = told.list().iter().map(of).collect();
        told.sort_unstable();
        let line = |count, reason: &str, object: &str, user: &str| {
            (count, reason.to_owned(), object.to_owned(), user.to_owned())
        };
        let expected = [
            line(1, "auth", "auth", "op"),
            line(1, "command", "acl|log", "display"),
            line(1, "key", "other", "display"),
            line(2, "command", "hold", "display"),
        ];
        assert_eq!(told, expected);
        assert_eq!(Value::of(&client.bytes("ACL LOG 1")).list().len(), 1);
    }
    let mut client = server.client_with(&operator);
    assert_eq!(client.ask("ACL WHOAMI"), "$2|op|");
    assert_eq!(client.ask("ACL LOG RESET"), "+OK|");
    assert_eq!(client.ask("ACL LOG"), "*0|");
    assert_eq!(client.info("trace", "denied_total"), "4", "what else is told of it stays");
    display.ask("COUNT other");
    let again = Value::of(&client.bytes("ACL LOG"));
    assert_eq!(again.list()[0].integer("count"), 1, "since it was read");
    assert!(client.ask("ACL LOG x").starts_with("-INVALID HF-INP-001 "));
}
