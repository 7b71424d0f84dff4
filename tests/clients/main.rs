//! Stock Redis clients, unchanged: whoever has a Redis library has a client of holdfast.
//!
//! Each but the `redis` crate does so in the clear, and once more with a token over TLS.
//!
//! Each connects as it does by itself (RESP2, RESP3, its own handshake), goes through a whole sale, repeats keys,
//! sends pipelines, and gets errors with their kinds and codes. The `redis` crate runs in this process; redis-py,
//! ioredis and redis-cli run as processes of their own against a server that the test starts. Where one of them is not
//! installed the test says so and how to install it; with `CI` set in the environment that is a failure.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use redis::{Connection, ErrorKind, RedisError, RedisResult, Value, cmd};

mod booking;
mod libraries;
mod page;
mod readme;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod tracing;

use support::access::{Certificate, new_token};
use support::scripts::{OLD_VENV, VENV, here, node_modules, python};
use support::{HALL, Server, TempDir, has_program, missing};

fn connect(server: &Server, protocol: &str) -> Connection {
    let url = format!("redis://{}/?protocol={protocol}", server.address);
    redis::Client::open(url).unwrap().get_connection().unwrap()
}

fn ask<T: redis::FromRedisValue>(connection: &mut Connection, line: &str) -> RedisResult<T> {
    let mut words = line.split(' ');
    let mut command = cmd(words.next().unwrap());
    words.for_each(|word| {
        command.arg(word.replace('~', " "));
    });
    command.query(connection)
}

fn refused(result: RedisResult<Value>, kind: &str, detail: &str) {
    let error: RedisError = result.unwrap_err();
    assert_eq!(error.code(), Some(kind), "{error}");
    assert_eq!(error.detail(), Some(detail), "{error}");
    assert!(!matches!(error.kind(), ErrorKind::Parse), "{error}");
}

/// A field of a reply, which is a map in RESP3 and a list in RESP2.
fn field<T: redis::FromRedisValue>(reply: &Value, name: &str) -> T {
    let pairs: Vec<(Value, Value)> = match reply {
        Value::Map(pairs) => pairs.clone(),
        Value::Array(items) => items.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect(),
        other => panic!("{other:?}"),
    };
    let found = pairs.into_iter().find(|(key, _)| *key == Value::BulkString(name.as_bytes().to_vec()));
    redis::from_redis_value(found.unwrap_or_else(|| panic!("no {name} in {reply:?}")).1).unwrap()
}

#[test]
fn the_redis_crate() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    for protocol in ["resp2", "resp3"] {
        let mut connection = connect(&server, protocol);
        let event = protocol;
        let created: Value = cmd("EVENT").arg(&["CREATE", event, "c", HALL]).query(&mut connection).unwrap();
        assert_eq!(field::<String>(&created, "status"), "open");
        assert_eq!(matches!(created, Value::Map(_)), protocol == "resp3", "{created:?}");
        let line = format!("HOLD {event} k1 bob 0 SEATS A-1-1 A-1-2 AREA FLOOR 1");
        let hold: Value = ask(&mut connection, &line).unwrap();
        assert_eq!(field::<u64>(&hold, "hold"), 2);
        assert_eq!(field::<Vec<String>>(&hold, "seats"), ["A-1-1", "A-1-2"]);
        assert_eq!(ask::<Value>(&mut connection, &line).unwrap(), hold);
        let mut fails =
            |line: &str, kind: &str, detail: &str| refused(ask(&mut connection, line), kind, detail);
        fails(&format!("HOLD {event} k2 ann 0 SEATS A-1-2 A-1-3"), "TAKEN", "HF-BIZ-001 A-1-2 held");
        fails(
            &format!("HOLD {event} k1 ann 0 SEATS A-1-3"),
            "KEYREUSED",
            "HF-INP-010 the key was used for another command",
        );
        fails("COUNT nowhere", "NOEVENT", "HF-INP-020 there is no event nowhere");
        fails(
            &format!("EXTEND {event} k3 99 0"),
            "GONE",
            "HF-BIZ-010 hold 99 is unknown, expired, released or sold",
        );
        assert_eq!(ask::<Value>(&mut connection, &format!("ASK {event} nothing")).unwrap(), Value::Nil);
        let order: Value = ask(&mut connection, &format!("CONFIRM {event} k4 o1 2")).unwrap();
        assert_eq!(field::<u64>(&order, "version"), 3);
        let seat: Value = ask(&mut connection, &format!("SEAT {event} A-1-1")).unwrap();
        assert_eq!(field::<String>(&seat, "order"), "o1");
        assert_eq!(field::<Option<u64>>(&seat, "hold"), None);

        let mut pipeline = redis::pipe();
        for number in 0..5_000 {
            pipeline.cmd("SEAT").arg(event).arg(format!("#{}", number % 16));
        }
        let replies: Vec<Value> = pipeline.query(&mut connection).unwrap();
        assert_eq!(replies.len(), 5_000);
        for (number, reply) in replies.iter().enumerate() {
            assert_eq!(field::<usize>(reply, "ordinal"), number % 16);
        }
        assert_eq!(ask::<String>(&mut connection, "PING").unwrap(), "PONG");
    }
}

/// A server that lets in by tokens and TLS only.
struct Protected {
    directory: TempDir,
    server: Server,
    certificate: Certificate,
    operator: String,
}

impl Protected {
    fn start() -> Self {
        let directory = TempDir::new();
        let certificate = Certificate::new(directory.path());
        let tokens = directory.join("tokens");
        let operator = new_token(&tokens, "operator", "front", &[]);
        let mut flags = certificate.flags().to_vec();
        flags.extend(["--tokens", tokens.to_str().unwrap(), "--slowlog-over", "0s"]);
        let server = Server::with(&directory.join("data"), &flags);
        Self { directory, server, certificate, operator }
    }
}

/// Runs a client's script against a new server, and against one that is protected.
fn run_script(program: &Path, before: &[&str], script: &str, expected: &str) {
    let directory = TempDir::new();
    // Every command is slow there, so that what the client makes of those can be seen.
    let open = Server::with(directory.path(), &["--slowlog-over", "0s"]);
    let protected = Protected::start();
    let ca = protected.certificate.ca.display().to_string();
    for (server, more) in [(&open, Vec::new()), (&protected.server, vec![protected.operator.clone(), ca])] {
        let address = server.address;
        let mut command = Command::new(program);
        command.arg(here(script)).args(before).arg(address.ip().to_string()).arg(address.port().to_string());
        let output = command.args(&more).stdin(Stdio::null()).output().unwrap();
        let (code, out, err) = support::told(&output);
        assert_eq!((code, out.trim_end()), (0, expected), "{more:?}: {err}");
    }
}

#[test]
fn redis_py() {
    for (venv, version) in [(VENV, "8.1.0"), (OLD_VENV, "4.3.4")] {
        if let Some(python) = python("redis_py", venv) {
            run_script(&python, &[version], "tests/clients/redis_py.py", "redis-py: all as expected");
        }
    }
}

#[test]
fn ioredis() {
    if node_modules("ioredis").is_some() {
        run_script(Path::new("node"), &[], "tests/clients/ioredis.mjs", "ioredis: all as expected");
    }
}

#[test]
fn redis_cli() {
    if !has_program("redis-cli", "--version") {
        return missing("redis_cli", "redis-cli", "apt-get install redis-tools");
    }
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    server.client().create("hall", HALL);
    let port = server.address.port().to_string();
    let cli = |arguments: &[&str], input: &str| {
        let mut child = Command::new("redis-cli")
            .args(["-h", "127.0.0.1", "-p", &port])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        let (code, out, err) = support::told(&child.wait_with_output().unwrap());
        assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}");
        out
    };
    let out = cli(&["HOLD", "hall", "k1", "bob", "0", "SEATS", "A-1-1"], "");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        (lines[0], lines[1], lines[4], lines[5], lines[7]),
        ("hold", "2", "version", "2", "A-1-1"),
        "{out}"
    );
    let out = cli(&["-3", "COUNT", "hall"], "");
    assert!(
        out.starts_with("free 35\nheld 1\n") || out.contains("free\n35") || out.contains("\"free\""),
        "{out}"
    );
    let out = cli(&["-3", "--json", "GET", "HOLD", "hall", "2"], "");
    assert!(out.starts_with("{\"hold\":2,\"holder\":\"bob\",\"expires_at\":1"), "{out}");
    // A session: one connection, commands by lines, an error in the middle.
    let out = cli(
        &[],
        "MAP hall A\nHOLD hall k2 ann 0 SEATS A-1-1\nEVENT PAUSE hall p olga \"a fire drill\"\nPING\n",
    );
    let expected =
        "A\n1\nh.....\nTAKEN HF-BIZ-001 A-1-1 held\n\nevent\nhall\nstatus\npaused\nversion\n3\nPONG\n";
    assert_eq!(out, expected);
    // Many by --pipe, which counts replies and errors.
    let input: String = (0..1_000).map(|number| format!("SEAT hall #{}\r\n", number % 17)).collect();
    let mut child = Command::new("redis-cli")
        .args(["-h", "127.0.0.1", "-p", &port, "--pipe"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    let out = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(out.contains("errors: 58, replies: 1000"), "{out}");
}

/// `--stat`: a line of figures at a time, until it is ended.
#[test]
fn redis_cli_shows_figures() {
    if !has_program("redis-cli", "--version") {
        return missing("redis_cli_shows_figures", "redis-cli", "apt-get install redis-tools");
    }
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    client.create("other", HALL);
    let port = server.address.port().to_string();
    let mut child = Command::new("redis-cli")
        .args(["-p", &port, "--stat", "-i", "0.01"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let figures: Vec<String> = lines.filter(|line| !line.starts_with(['-', 'k'])).take(3).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    // Events, memory, clients, blocked clients, commands and what came since the line before, connections.
    for (at, line) in figures.iter().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [keys, memory, clients, blocked, commands, since, connections] = words[..] else {
            panic!("{line:?} of {figures:?}")
        };
        assert_eq!((keys, clients, blocked, connections), ("2", "2", "0", "2"), "{line}");
        assert!(memory.ends_with(['K', 'M']) && commands.parse::<u64>().unwrap() >= 2 + at as u64, "{line}");
        assert_eq!(since, if at == 0 { "(+0)" } else { "(+1)" }, "{line}");
    }
    assert_eq!(figures.len(), 3);
}

/// `--tls`, and the token as its own option, in a URL's place, or in the environment.
#[test]
fn redis_cli_with_a_token_over_tls() {
    if !has_program("redis-cli", "--version") {
        return missing("redis_cli_with_a_token_over_tls", "redis-cli", "apt-get install redis-tools");
    }
    let protected = Protected::start();
    let port = protected.server.address.port().to_string();
    let ca = protected.certificate.ca.display().to_string();
    let cli = |token: Option<&str>, arguments: &[&str]| {
        let mut command = Command::new("redis-cli");
        command.args(["-h", "127.0.0.1", "-p", &port, "--tls", "--cacert", &ca]).args(arguments);
        token.map(|token| command.env("REDISCLI_AUTH", token));
        let (_, out, err) = support::told(&command.stdin(Stdio::null()).output().unwrap());
        out + &err
    };
    let token = Some(protected.operator.as_str());
    assert_eq!(
        cli(token, &["EVENT", "CREATE", "hall", "c", HALL]),
        "event\nhall\nstatus\nopen\nversion\n1\n"
    );
    let out = cli(token, &["-3", "HOLD", "hall", "k", "bob", "0", "SEATS", "A-1-1"]);
    assert!(out.starts_with("hold 2\n"), "{out}");
    let reader = new_token(&protected.directory.join("tokens"), "reader", "wall", &[]);
    protected.server.signal("HUP");
    support::eventually("the new token is read", || {
        cli(Some(&reader), &["MAP", "hall", "A"]) == "A\n1\nh.....\n"
    });
    let out = cli(None, &["-a", &reader, "--no-auth-warning", "RELEASE", "hall", "r", "2"]);
    let denied = "DENIED HF-INP-062 RELEASE needs the role booking; the token wall has reader\n\n";
    assert_eq!(out, denied);
    let out = cli(None, &["--user", "wall", "--pass", &reader, "--no-auth-warning", "MAP", "hall", "A"]);
    assert_eq!(out, "A\n1\nh.....\n");
    assert!(cli(None, &["MAP", "hall"]).starts_with("NOAUTH HF-INP-060 "));
    assert!(cli(Some("wrong"), &["MAP", "hall"]).contains("NOAUTH HF-INP-06"));
}
