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
