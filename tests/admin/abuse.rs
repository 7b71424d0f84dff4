//! What people send who mean no good.

use std::io::{Read as _, Write as _};

use super::http::{Early, connect, get, request, send};
use super::support::{TempDir, eventually};

#[test]
fn paths_that_lead_nowhere() {
    let directory = TempDir::new();
    let server = Early::start(directory.path(), &[]);
    server.ready();
    for path in [
        "/nothing",
        "/livez/",
        "//livez",
        "/LIVEZ",
        "/livez/../health",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/../../etc/passwd",
        "/health/..%2f..%2fetc%2fpasswd",
        "/health/%00",
        "/health/disk%0d%0aX: y",
        "/health/disk/more",
    ] {
        let status = get(server.admin, path).status;
        assert!([400, 404].contains(&status), "{path}: {status}");
    }
    let refused = get(server.admin, "/nothing").json();
    assert_eq!(refused["error"]["kind"].as_str(), Some("NOTFOUND"), "{refused}");
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"] {
        let status = request(server.admin, method, "/livez", &[]).status;
        assert!([400, 405].contains(&status), "{method}: {status}");
    }
    assert_eq!(request(server.admin, "HEAD", "/livez", &[]).body, "");
}

#[test]
fn bytes_that_are_no_request() {
    let directory = TempDir::new();
    let server = Early::start(directory.path(), &[]);
    server.ready();
    let long = "x".repeat(64 * 1024);
    let many: String = (0..2_000).map(|number| format!("X-{number}: y\r\n")).collect();
    for bytes in [
        "*1\r\n$4\r\nPING\r\n".to_owned(),
        "GET /livez\r\n\r\n".to_owned(),
        "GET /livez HTTP/9.9\r\nHost: localhost\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET /livez HTTP/1.1\r\nHost: localhost\r\nX: {long}\r\n\r\n"),
        format!("GET /livez HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"),
    ] {
        let status = send(server.admin, &bytes).status;
        assert!(status == 0 || (400..=505).contains(&status), "{status}: {bytes:.40}");
    }
    // A body that nobody asked for is not waited for, however long it says it is.
    let head =
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 99999999999\r\n\r\n";
    let answer = send(server.admin, head);
    assert_eq!(answer.status, 200, "{}", answer.head);
    assert_eq!(get(server.admin, "/livez").status, 200);
}

/// Twice as many connections as there are places, each with half a request: the oldest have to leave, and whoever asks is answered.
#[test]
fn connections_that_say_half_of_something() {
    let directory = TempDir::new();
    let mut server = Early::start(directory.path(), &[]);
    server.ready();
    let mut half: Vec<_> = (0..2 * 256)
        .map(|_| {
            let mut stream = connect(server.admin);
            stream.write_all(b"GET /livez HTTP/1.1\r\nHost: loc").unwrap();
            stream
        })
        .collect();
    eventually("an answer", || get(server.admin, "/livez").status == 200);
    let mut rest = Vec::new();
    let _ = half[0].read_to_end(&mut rest);
    assert_eq!(rest, b"", "the oldest was told nothing");
    let mut newest = half.pop().unwrap();
    newest.write_all(b"alhost\r\nConnection: close\r\n\r\n").unwrap();
    newest.read_to_end(&mut rest).unwrap();
    assert!(rest.starts_with(b"HTTP/1.1 200 "), "the newest has its place");
    // Nor do they keep the server from ending.
    assert_eq!(server.stop().0, Some(0));
}

/// As many connections as a machine lets one program have, each with half a request. Those that are too many have left, and whoever
/// asks is answered meanwhile.
#[test]
fn ten_thousand_connections_that_say_half_of_something() {
    let directory = TempDir::new();
    let mut server = Early::start(directory.path(), &[]);
    server.ready();
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let all = rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, all).unwrap();
    // Other tests run beside this one.
    let most = limit.maximum.map_or(10_000, |maximum| maximum.saturating_sub(1_000).min(10_000));
    assert!(
        most >= 3_000,
        "the machine allows {most} connections: raise the hard limit of open files (ulimit -Hn)"
    );
    let mut half = Vec::new();
    for number in 0..most {
        let mut stream = connect(server.admin);
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: loc").unwrap();
        half.push(stream);
        if number % 1_000 == 999 {
            eventually("an answer", || get(server.admin, "/livez").status == 200);
        }
    }
    // A listener, the log and its files, and the places of the admin port.
    eventually("the others have left", || sockets_of(server.pid()) <= 256 + 64);
    assert_eq!(get(server.admin, "/readyz").status, 200);
    assert_eq!(server.stop().0, Some(0));
}

/// How many descriptors of a process are sockets.
fn sockets_of(pid: i32) -> usize {
    let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let links = descriptors.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
}

/// A request whose body does not come keeps its turn, and those of others are refused until it is over.
#[test]
fn more_requests_than_turns_are_told_to_come_again() {
    let directory = TempDir::new();
    let server = Early::start(directory.path(), &["--admin-inflight", "1", "--admin-writes"]);
    server.ready();
    eventually("ready", || get(server.admin, "/readyz").status == 200);
    assert_eq!(get(server.admin, "/api/v1/events").status, 200);
    let mut slow = connect(server.admin);
    let head = format!(
        "POST /api/v1/commands HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{",
        server.admin
    );
    slow.write_all(head.as_bytes()).unwrap();
    eventually("the turn is taken", || get(server.admin, "/api/v1/events").status == 503);
    for path in ["/api/v1/events", "/health"] {
        let refused = get(server.admin, path);
        assert_eq!((refused.status, refused.json()["error"]["kind"].as_str()), (503, Some("BUSY")), "{path}");
        assert!(refused.head.to_ascii_lowercase().contains("retry-after: 1"), "{}", refused.head);
    }
    for probe in ["/livez", "/readyz", "/startupz"] {
        assert_eq!(get(server.admin, probe).status, 200, "{probe} needs no turn");
    }
    drop(slow);
    eventually("the turn is free", || get(server.admin, "/api/v1/events").status == 200);
}

/// A client that asks and asks and takes no answer: what waits for it is bounded, and its connection is closed.
#[test]
fn who_does_not_read_what_is_answered_is_cut_off() {
    let directory = TempDir::new();
    let server = Early::start(directory.path(), &[]);
    server.ready();
    let mut greedy = connect(server.admin);
    greedy.set_nonblocking(true).unwrap();
    let asks = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", server.admin).repeat(100);
    // Whole requests, so that there is no other reason to close the connection.
    let mut sent = 0;
    eventually("it is cut off", || match greedy.write(&asks.as_bytes()[sent..]) {
        Ok(more) => {
            sent = (sent + more) % asks.len();
            false
        }
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    });
    assert_eq!(get(server.admin, "/livez").status, 200, "others are answered");
}
