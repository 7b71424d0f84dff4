//! What tools that are made for Redis ask of a server: who is connected, what is in force, what commands there are, figures.

use super::hall::hall;
use super::support::reply::Value;
use super::support::{Client, HALL, Server, TempDir, eventually, wire};

/// The line about a connection, as pairs.
fn line(client: &mut Client, id: u64) -> Vec<(String, String)> {
    let list = Value::of(&client.bytes(&format!("CLIENT LIST ID {id}")));
    assert!(list.text().ends_with('\n') && list.text().lines().count() == 1, "{list:?}");
    let pair =
        |word: &str| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
    list.text().trim_end().split(' ').map(pair).collect()
}

fn value(line: &[(String, String)], name: &str) -> String {
    line.iter().find(|(found, _)| found == name).unwrap_or_else(|| panic!("no {name} in {line:?}")).1.clone()
}

#[test]
fn who_is_connected() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut operator = server.client();
    operator.create("hall", HALL);
    let mut shop = server.client();
    for words in
        ["HELLO 3 SETNAME box-office", "CLIENT SETINFO LIB-NAME redis-py", "client setinfo lib-ver 8.1.0"]
    {
        assert!(!shop.ask(words).starts_with('-'), "{words}");
    }
    shop.ask("HOLD hall k bob 0 SEATS A-1-1");
    let found = line(&mut operator, 2);
    let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    let expected = "id addr name age idle flags db sub psub multi qbuf qbuf-free argv-mem obl oll omem tot-mem cmd user \
        resp lib-name lib-ver";
    assert_eq!(names.join(" "), expected);
    for (name, expected) in [
        ("name", "box-office"),
        ("flags", "N"),
        ("cmd", "hold"),
        ("user", ""),
        ("resp", "3"),
        ("lib-name", "redis-py"),
        ("lib-ver", "8.1.0"),
        ("addr", &shop.stream().local_addr().unwrap().to_string()),
    ] {
        assert_eq!(value(&found, name), expected, "{name}");
    }
    // The connection's own line is the same, but for what it is doing.
    let own = Value::of(&shop.bytes("CLIENT INFO"));
    assert!(own.text().starts_with("id=2 addr=") && own.text().contains(" cmd=client|info "), "{own:?}");

    // A transaction is counted with its bytes until it ends.
    for (words, queued) in [("MULTI", "0"), ("COUNT hall", "1"), ("SEAT hall A-1-1", "2"), ("EXEC", "-1")] {
        shop.ask(words);
        let kept = queued != "0" && queued != "-1";
        let is_so = |found: &[(String, String)]| {
            value(found, "multi") == queued
                && (value(found, "argv-mem") != "0") == kept
                && (value(found, "tot-mem") != "0") == kept
        };
        eventually("the transaction is counted", || is_so(&line(&mut operator, 2)));
    }

    let (mut listener, mut waiting) = (server.client(), server.client());
    listener.ask("SUBSCRIBE feed:hall");
    // Only a connection that was answered is known to be accepted.
    waiting.ask("PING");
    waiting.send("FEED hall 3 BLOCK 3600000\r\n");
    let state = |operator: &mut Client, id| {
        let line = line(operator, id);
        (value(&line, "flags"), value(&line, "cmd"))
    };
    eventually("a subscription is counted", || value(&line(&mut operator, 3), "sub") == "1");
    eventually("one listens", || state(&mut operator, 3) == ("P".to_owned(), "subscribe".to_owned()));
    eventually("one waits", || state(&mut operator, 4) == ("b".to_owned(), "feed".to_owned()));
    let all = Value::of(&operator.bytes("CLIENT LIST"));
    let ids: Vec<_> = all.text().lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(ids, ["id=1", "id=2", "id=3", "id=4"]);
    assert!(all.text().lines().next().unwrap().contains(" cmd=client|list "), "{all:?}");
    drop((listener, waiting));
    eventually("two have gone", || Value::of(&operator.bytes("CLIENT LIST")).text().lines().count() == 2);
    assert_eq!(operator.ask("CLIENT LIST ID 3 4"), "$0||");
    assert_eq!(shop.ask("RESET"), "+RESET|");
    let found = line(&mut operator, 2);
    assert_eq!((value(&found, "name"), value(&found, "resp")), (String::new(), "2".to_owned()));
}

/// A secret at the wrong place is not shown to whoever looks at the list.
#[test]
fn the_list_has_no_secret() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let (mut operator, mut shop) = (server.client(), server.client());
    let secret = format!("hft_{}", "7".repeat(40));
    assert_eq!(shop.ask(&format!("CLIENT SETNAME {secret}")), "+OK|");
    assert_eq!(shop.ask(&format!("CLIENT SETINFO LIB-NAME x{secret}")), "+OK|");
    let list = operator.ask("CLIENT LIST");
    assert!(list.contains(" name=hidden ") && list.contains(" lib-name=hidden "), "{list}");
    assert!(!list.contains("777"), "{list}");
}

#[test]
fn what_is_in_force() {
    let directory = TempDir::new();
    let server = Server::with(directory.path(), &["--snapshot-every", "7m", "--memory-max", "128MiB"]);
    let mut client = server.client();
    let get = |client: &mut Client, words: &str| Value::of(&client.bytes(&format!("CONFIG GET {words}")));
    let told =
        |found: &Value, name: &str| found.get(name).unwrap_or_else(|| panic!("no {name}")).text().to_owned();
    let all = get(&mut client, "*");
    for (name, expected) in [
        ("listen", server.address.to_string()),
        ("port", server.address.port().to_string()),
        ("tls-port", "0".to_owned()),
        ("bind", "127.0.0.1".to_owned()),
        ("dir", directory.path().display().to_string()),
        ("data", directory.path().display().to_string()),
        ("snapshot.every", "7m".to_owned()),
        ("wal.segment", "8MiB".to_owned()),
        ("memory.max", "128MiB".to_owned()),
        ("maxmemory", (128 << 20).to_string()),
        ("maxclients", "10000".to_owned()),
        ("timeout", "3600".to_owned()),
        ("access.tokens", "none".to_owned()),
        ("appendonly", "yes".to_owned()),
        ("save", String::new()),
    ] {
        assert_eq!(told(&all, name), expected, "{name}");
    }
    assert_ne!(told(&all, "threads"), "0", "as many as there are");
    // Every setting of the configuration is there.
    let printed = super::support::run(["serve", "--print-config"]).stdout;
    let printed: toml::Table = String::from_utf8(printed).unwrap().parse().unwrap();
    for (name, value) in &printed {
        let Some(table) = value.as_table() else {
            told(&all, name);
            continue;
        };
        table.keys().for_each(|below| drop(told(&all, &format!("{name}.{below}"))));
    }
    for (words, expected) in [
        ("maxmemor?", "*2|$9|maxmemory|$9|134217728|"),
        ("SNAPSHOT.EVERY Save", "*4|$4|save|$0||$14|snapshot.every|$2|7m|"),
        ("snapshot.every snap*every arch*.every", "*4|$14|snapshot.every|$2|7m|$13|archive.every|$2|1m|"),
        ("requirepass", "*0|"),
        ("nothing", "*0|"),
        ("_", "*0|"),
    ] {
        assert_eq!(client.ask(&format!("CONFIG GET {words}")), expected, "{words}");
    }
    client.ask("HELLO 3");
    assert_eq!(client.ask("CONFIG GET maxmemor?"), "%1|$9|maxmemory|$9|134217728|");
    assert_eq!(client.ask("CONFIG GET nothing"), "%0|");
    for words in ["CONFIG GET", "config get", "CONFIG SET save now", "CONFIG"] {
        assert!(client.ask(words).starts_with("-INVALID HF-INP-00"), "{words}");
    }
}

/// As Redis 7 has it: subcommands stand with their commands, and the event is the key.
#[test]
fn commands_in_the_shapes_of_redis() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    for hello in ["HELLO 2", "HELLO 3"] {
        client.ask(hello);
        let found = Value::of(&client.bytes("COMMAND INFO Payment hold nope"));
        let [payment, hold, nope] = found.list() else { panic!("{found:?}") };
        assert_eq!(*nope, Value::Null);
        let values = |of: &Value| -> Vec<Value> { of.list()[1..6].to_vec() };
        let flags = |flag: &str| Value::List(vec![Value::Simple(flag.to_owned())]);
        let one = |at| [Value::Integer(at), Value::Integer(at), Value::Integer(1)];
        assert_eq!(values(hold), [&[Value::Integer(-7), flags("write")][..], &one(1)].concat());
        assert_eq!(payment.list().len(), 10);
        let names: Vec<_> = payment.list()[9].list().iter().map(|form| form.list()[0].text()).collect();
        assert!(names.starts_with(&["payment|try", "payment|retry"]), "{names:?}");
        let first = &payment.list()[9].list()[0];
        assert_eq!(values(first), [&[Value::Integer(-7), flags("write")][..], &one(2)].concat());
        let keys = client.ask("COMMAND GETKEYS PAYMENT LIST hall STATUS FAILED");
        assert_eq!(keys, "*1|$4|hall|");
        for (words, expected) in [
            ("COMMAND GETKEYS", "-INVALID HF-INP-001 missing command"),
            ("COMMAND GETKEYS NOPE a", "-INVALID HF-INP-007 "),
            ("COMMAND GETKEYS HOLD hall", "-INVALID HF-INP-001 HOLD has not 2 words"),
            (
                "COMMAND GETKEYS PING",
                "-INVALID HF-INP-001 The command has no key arguments: PING names no event",
            ),
            ("COMMAND LIST FILTERBY", "-INVALID HF-INP-001 "),
        ] {
            let reply = client.ask(words);
            assert!(reply.starts_with(expected), "{words}: {reply}");
        }
    }
}

/// Beyond what clients need: what exporters and consoles show.
#[test]
fn figures_that_exporters_read() {
    let (_directory, _server, mut client) = hall();
    for (section, field, expected) in [
        ("persistence", "aof_enabled", "1"),
        // The event, and that the server started and was ready.
        ("persistence", "rdb_changes_since_last_save", "3"),
        ("memory", "maxmemory_policy", "noeviction"),
        ("server", "redis_mode", "standalone"),
        ("server", "arch_bits", "64"),
        ("stats", "evicted_keys", "0"),
    ] {
        assert_eq!(client.info(section, field), expected, "{section} {field}");
    }
    assert!(client.info("server", "os").starts_with("linux "));
    // The processor's time never runs backwards, and work makes it go on.
    let used = |client: &mut Client| {
        ["used_cpu_user", "used_cpu_sys"]
            .iter()
            .map(|field| client.info("CPU", field).parse::<f64>().unwrap())
            .sum::<f64>()
    };
    let before = used(&mut client);
    eventually("work takes time", || {
        client.send(wire(&["SEAT", "hall", "A-1-1"]).repeat(5_000));
        (0..5_000).for_each(|_| drop(client.raw()));
        used(&mut client) > before
    });
}
