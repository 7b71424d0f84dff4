//! Who may ask for what.

use std::io::Read as _;

use super::http::{Early, get, request, send};
use super::support::access::{Certificate, TlsClient, new_token};
use super::support::{TempDir, eventually};

#[test]
fn tokens_open_what_their_roles_may_see() {
    let directory = TempDir::new();
    let tokens = directory.join("tokens");
    let reader = new_token(&tokens, "reader", "wall", &[]);
    let monitor = new_token(&tokens, "monitor", "prometheus", &[]);
    let viewer = new_token(&tokens, "viewer", "door", &[]);
    let operator = new_token(&tokens, "operator", "olga", &[]);
    let narrow = new_token(&tokens, "reader", "gala", &["--events", "gala"]);
    let data = directory.join("data");
    let backups = directory.join("backups");
    std::fs::create_dir(&backups).unwrap();
    std::fs::write(backups.join("x.json"), "{}").unwrap();
    let places = ["--tokens", tokens.to_str().unwrap(), "--backup-to", backups.to_str().unwrap()];
    let server = Early::start(&data, &places);
    server.ready();
    eventually("ready", || get(server.admin, "/readyz").status == 200);
    for probe in ["/livez", "/startupz"] {
        assert_eq!(get(server.admin, probe).status, 200, "{probe} needs no token");
    }
    for path in ["/health", "/health/disk", "/health/nothing", "/metrics", "/metrics/events?name=gala"] {
        for method in ["GET", "HEAD", "OPTIONS", "POST", "DELETE"] {
            let ask = |secret: &str| {
                request(server.admin, method, path, &[&format!("Authorization: Bearer {secret}")])
            };
            let bare = request(server.admin, method, path, &[]);
            assert_eq!(bare.status, 401, "{method} {path}");
            assert!(bare.head.to_ascii_lowercase().contains("www-authenticate: bearer"), "{}", bare.head);
            for secret in [&viewer, &narrow] {
                assert_eq!(ask(secret).status, 403, "{method} {path}");
            }
            let found = if path.ends_with("nothing") { 404 } else { 200 };
            let expected = if ["GET", "HEAD"].contains(&method) { found } else { 405 };
            for secret in [&reader, &monitor] {
                assert_eq!(ask(secret).status, expected, "{method} {path}");
            }
        }
    }
    // Backups have everything: they are handed to operators alone, and whoever begins to read a file leaves a trace.
    for (path, found) in [("/backups", 200), ("/backups/x.json?from=0", 200), ("/backups/x/wal/1", 404)] {
        assert_eq!(get(server.admin, path).status, 401, "{path}");
        for secret in [&viewer, &narrow, &reader, &monitor] {
            let bearer = format!("Authorization: Bearer {secret}");
            assert_eq!(request(server.admin, "GET", path, &[&bearer]).status, 403, "{path}");
        }
        let bearer = format!("Authorization: Bearer {operator}");
        assert_eq!(request(server.admin, "GET", path, &[&bearer]).status, found, "{path}");
    }
    let bearer = format!("Authorization: Bearer {operator}");
    eventually("the audit tells who read it", || {
        let told = request(server.admin, "GET", "/api/v1/audit?act=backup.&count=5", &[&bearer]).body;
        told.contains("backup.read") && told.contains("1 x token olga from 127.0.0.1: x")
    });
    for (header, code) in [
        ("Authorization: Bearer hft_wrong".to_owned(), "HF-INP-061"),
        (format!("Authorization: Basic {reader}"), "HF-INP-060"),
        (format!("Authorization: {reader}"), "HF-INP-060"),
    ] {
        let refused = request(server.admin, "GET", "/health", &[&header]);
        assert_eq!((refused.status, refused.code().as_str()), (401, code), "{header}");
    }
}

#[test]
fn a_request_names_the_server_by_a_name_of_its_own() {
    let directory = TempDir::new();
    let server = Early::start(directory.path(), &["--admin-hosts", "sale.example, tickets.example"]);
    server.ready();
    let port = server.admin.port();
    let ask = |target: &str, host: &str| {
        send(server.admin, format!("GET {target} HTTP/1.1\r\n{host}Connection: close\r\n\r\n")).status
    };
    for good in ["localhost", "127.0.0.1", "Sale.Example", "tickets.example"] {
        assert_eq!(ask("/livez", &format!("Host: {good}\r\n")), 200, "{good}");
        assert_eq!(ask("/health", &format!("Host: {good}:{port}\r\n")), 200, "{good}");
    }
    for bad in ["evil.example", "evil.example:7412", "192.0.2.1", "localhost.evil.example", ""] {
        for path in ["/livez", "/readyz", "/health", "/"] {
            assert_eq!(ask(path, &format!("Host: {bad}\r\n")), 421, "{bad}");
        }
    }
    assert_eq!(ask("/livez", ""), 421, "no name at all");
    assert_eq!(ask("/livez", "Host: localhost\r\nHost: evil.example\r\n"), 421, "two names");
    assert_eq!(ask("http://evil.example/livez", "Host: localhost\r\n"), 421, "another name in the target");
    let answer = request(server.admin, "GET", "/health", &["Origin: https://evil.example"]);
    assert!(!answer.head.to_ascii_lowercase().contains("access-control"), "{}", answer.head);
}

#[test]
fn tls_is_that_of_the_other_port() {
    let directory = TempDir::new();
    let certificate = Certificate::new(directory.path());
    let data = directory.join("data");
    let server = Early::start(&data, &certificate.flags());
    server.ready();
    let mut client = TlsClient::connect(server.admin, &certificate.ca).unwrap();
    client.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut answer = Vec::new();
    let _ = client.0.read_to_end(&mut answer);
    let answer = super::http::parse(&answer);
    assert_eq!(answer.status, 200, "{}", answer.head);
    assert_eq!(get(server.admin, "/livez").status, 0, "who does not speak TLS is told nothing");
}
