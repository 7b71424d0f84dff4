//! Replies as a Redis of version 7 has given them to the same commands: `redis-7.txt`, which `record.py` writes. Not shapes alone: who has
//! which entry, how often it was given out and what counts is the same.

use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use super::*;

const RECORDED: &str = include_str!("redis-7.txt");

/// All that is not a value.
const NAMES: [&str; 22] = [
    "kind",
    "version",
    "at",
    "event",
    "data",
    "feed:hall",
    "mail",
    "late",
    "ann",
    "ben",
    "cat",
    "dan",
    "eve",
    "name",
    "consumers",
    "pending",
    "idle",
    "inactive",
    "last-delivered-id",
    "entries-read",
    "lag",
    "0-0",
];

/// As `shape` of `record.py`.
fn shape(mut reply: &[u8], ids: &[String]) -> String {
    let mut tokens: Vec<String> = Vec::new();
    while let Some(end) = reply.windows(2).position(|pair| pair == b"\r\n") {
        let line = String::from_utf8(reply[..end].to_vec()).unwrap();
        reply = &reply[end + 2..];
        let text = match (line.as_bytes()[0], line[1..].parse::<usize>()) {
            (b'$', Ok(length)) => {
                let text = std::str::from_utf8(&reply[..length]).unwrap();
                reply = &reply[length + 2..];
                let is_short = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
                match ids.iter().position(|id| id == text) {
                    Some(at) => format!("$ID{}", at + 1),
                    None if NAMES.contains(&text) || is_short => format!("${text}"),
                    None => "$V".to_owned(),
                }
            }
            (b'-', _) => line.split(' ').next().unwrap().to_owned(),
            _ => line,
        };
        let before = |back: usize| tokens.len().checked_sub(back).map_or("", |at| &tokens[at]);
        let is_idle = text.starts_with(':') && before(3) == "*4" && before(2).starts_with("$ID");
        let is_masked = ["$idle", "$inactive", "$entries-read", "$lag"].contains(&before(1));
        tokens.push(if is_idle || is_masked { "N".to_owned() } else { text });
    }
    tokens.join(" ")
}

/// What Redis has given, in the words of this server, and with what later versions of Redis tell of a consumer.
fn expected(recorded: &str) -> String {
    if recorded == "-ERR" {
        return "-INVALID".to_owned();
    }
    let consumer = |text: &str, short: &str, long: &str| {
        text.replace(&format!("{short} $name"), &format!("{long} $name"))
    };
    let of_consumers = recorded.contains("$idle N");
    let longer = if of_consumers {
        consumer(&consumer(recorded, "*6", "*8"), "%3", "%4")
    } else {
        recorded.to_owned()
    };
    longer.replace("$idle N", "$idle N $inactive N")
}

/// The lines that begin with these words, without them, each with its reply.
fn recorded(of: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines: Vec<_> = RECORDED.lines().collect();
    let pairs: Vec<_> = lines.chunks(2).map(|pair| (pair[0], pair[1])).collect();
    pairs.into_iter().filter_map(move |(line, reply)| Some((line.strip_prefix(of)?.trim(), reply)))
}

fn compare(protocol: &str, server: &Server) {
    let (mut reader, mut seller) = (server.client(), server.client());
    seller.create("hall", HALL);
    let mut next = sell(&mut seller, 0, 5);
    reader.ask(&format!("HELLO {protocol}"));
    let mut ids = ids(&ask(&mut seller, "XRANGE feed:hall - +"));
    let mut compared = 0;
    for (line, recorded) in recorded(protocol) {
        let named = (1..=ids.len())
            .fold(line.to_owned(), |line, at| line.replace(&format!("{{{at}}}"), &ids[at - 1]));
        reader.send(wire_of(&named));
        if line.contains("60000 STREAMS") {
            blocked(&mut seller, 1);
            next = sell(&mut seller, next, 1);
            ids = super::ids(&ask(&mut seller, "XRANGE feed:hall - +"));
        }
        assert_eq!(shape(&reader.raw(), &ids), expected(recorded), "{protocol}: {line}");
        compared += 1;
    }
    assert_eq!(compared, 59);
}

/// What the group `read` is told of these entries, which ann has and the log has not.
pub(super) fn compare_gone(server: &Server, ids: &[String]) {
    // The third line takes them out, and then there is nothing to tell.
    for (protocol, lines) in [("3", 2), ("2", 4)] {
        let mut reader = server.client();
        reader.ask(&format!("HELLO {protocol}"));
        let of_this: Vec<_> = recorded(&format!("gone {protocol}")).take(lines).collect();
        assert_eq!(of_this.len(), lines);
        for (line, recorded) in of_this {
            reader.send(wire_of(line));
            assert_eq!(shape(&reader.raw(), ids), recorded, "{protocol}: {line}");
        }
    }
}

/// Redis itself is asked again for what stands in the files.
#[test]
fn what_is_recorded_is_what_redis_says() {
    let directory = TempDir::new();
    let socket = directory.join("redis");
    let mut redis = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--dir"])
        .args([directory.path().as_os_str(), "--unixsocket".as_ref(), socket.as_os_str()])
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is there (Debian: apt-get install redis-server)");
    eventually("Redis is there", || UnixStream::connect(&socket).is_ok());
    let said = ["groups", "streams"].map(|of| {
        let script = format!("{}/tests/server/{of}/record.py", env!("CARGO_MANIFEST_DIR"));
        Command::new("python3").arg(script).arg(&socket).output().unwrap()
    });
    redis.kill().unwrap();
    redis.wait().unwrap();
    for (said, recorded) in said.iter().zip([RECORDED, include_str!("../streams/redis-7.txt")]) {
        let (text, error) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert_eq!(text, recorded, "{error}");
    }
}

#[test]
fn replies_are_those_of_redis_in_both_versions_of_the_protocol() {
    for protocol in ["2", "3"] {
        let directory = TempDir::new();
        compare(protocol, &Server::start(directory.path()));
    }
}

/// Where Redis does not know, or passes over what it does not know.
#[test]
fn what_is_otherwise_than_in_redis_is_so_on_purpose() {
    let (_directory, _server, mut client) = hall();
    sell(&mut client, 0, 4);
    ask(&mut client, "XGROUP CREATE feed:hall mail 0");
    let group = |client: &mut Client| {
        let groups = ask(client, "XINFO GROUPS feed:hall");
        (groups.list()[0].integer("entries-read"), groups.list()[0].integer("lag"))
    };
    assert_eq!(group(&mut client), (0, 5));
    read(&mut client, "XREADGROUP GROUP mail ann COUNT 2 STREAMS feed:hall >");
    assert_eq!(group(&mut client), (2, 3));
    ask(&mut client, "XGROUP SETID feed:hall mail $");
    assert_eq!(group(&mut client), (5, 0), "it is known wherever a group is");
    assert_eq!(ask(&mut client, "XINFO STREAM feed:hall").integer("groups"), 1);
    for (line, refused) in [
        ("XGROUP CREATE feed:hall more 0 ENTRIESREAD 5", "-INVALID HF-INP-001 "),
        (
            "XGROUP CREATE feed:hall more 99999999999999-1",
            "-TRIMMED HF-INP-042 id 99999999999999-1 is beyond the end",
        ),
        ("XGROUP SETID feed:hall mail 99999999999999", "-TRIMMED HF-INP-042 "),
        ("XGROUP CREATE feed:hall more x", "-INVALID HF-INP-003 "),
        ("XGROUP CREATE nowhere more 0", "-INVALID HF-INP-002 "),
        ("XGROUP CREATE feed:nowhere more 0 MKSTREAM", "-NOEVENT HF-INP-020 "),
        ("XREADGROUP GROUP mail ann STREAMS feed:nowhere >", "-NOEVENT HF-INP-020 "),
        ("XPENDING feed:nowhere mail", "-NOEVENT HF-INP-020 "),
        ("XACK feed:nowhere mail 1-1", "-NOEVENT HF-INP-020 "),
        ("XINFO GROUPS feed:nowhere", "-NOEVENT HF-INP-020 "),
        ("XREADGROUP GROUP mail ann NOACK CLAIM 5 STREAMS feed:hall >", "-INVALID HF-INP-001 "),
        ("XREADGROUP GROUP mail ann STREAMS feed:hall feed:hall > >", "-INVALID HF-INP-004 "),
        ("XREADGROUP COUNT 1 NOACK NOACK STREAMS feed:hall feed:hall > >", "-INVALID HF-INP-001 "),
        ("XREADGROUP GROUP mail ann COUNT 0 STREAMS feed:hall >", "-INVALID HF-INP-003 "),
        ("XCLAIM feed:hall mail ann 0 1-1 LASTID 1-1", "-INVALID HF-INP-001 "),
        ("XCLAIM feed:hall mail ann -1 1-1", "-INVALID HF-INP-003 "),
        ("XACK feed:hall mail 1-1 x-y", "-INVALID HF-INP-003 "),
        ("XPENDING feed:hall mail - + ten", "-INVALID HF-INP-003 "),
        ("XGROUP HELP", "-INVALID HF-INP-007 "),
    ] {
        let reply = client.ask(line);
        assert!(reply.starts_with(refused), "{line} is answered {reply}");
    }
    assert_eq!(ask(&mut client, "XINFO GROUPS feed:hall").list().len(), 1);
    let exists = client.ask("XGROUP CREATE feed:hall mail 0");
    assert!(exists.starts_with("-BUSYGROUP HF-INP-044 Consumer Group name already exists: "), "{exists}");
    client.ask("MULTI");
    assert!(client.ask("XACK feed:hall mail 1-1").starts_with("-INVALID HF-INP-070 "));
    assert!(client.ask("EXEC").starts_with("-EXECABORT "));
}
