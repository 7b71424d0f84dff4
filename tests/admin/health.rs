//! The parts of `/health` that are about who is let in.

use std::fs;
use std::io::Read as _;

use super::http::{Early, parse, request};
use super::support::access::{Certificate, TlsClient, new_token};
use super::support::{TempDir, eventually};

#[test]
fn tokens_that_end_or_cannot_be_read_are_told_and_a_revoked_one_sees_nothing() {
    let directory = TempDir::new();
    let tokens = directory.join("tokens");
    let boss = new_token(&tokens, "operator", "boss", &[]);
    let monitor = new_token(&tokens, "monitor", "prometheus", &[]);
    let all_well = fs::read_to_string(&tokens).unwrap();
    new_token(&tokens, "reader", "soon", &["--expires", "10days"]);
    new_token(&tokens, "reader", "later", &["--expires", "100days"]);
    new_token(&tokens, "reader", "over", &["--expires", "0s"]);
    let data = directory.join("data");
    let server = Early::start(&data, &["--tokens", tokens.to_str().unwrap()]);
    server.ready();
    let ask = |secret: &str| {
        request(server.admin, "GET", "/health/tokens", &[&format!("Authorization: Bearer {secret}")])
    };
    eventually("it runs", || ask(&boss).status == 200);
    let (told, seen) = (ask(&boss).json(), ask(&monitor).json());
    assert_eq!(told["names"], serde_json::json!(["soon"]), "{told}");
    for told in [told, seen.clone()] {
        assert_eq!(told["status"].as_str(), Some("degraded"), "{told}");
        assert_eq!(told["message"].as_str(), Some("1 of 5 tokens end within 14 days"), "{told}");
        assert!(told["remedy"].as_str().unwrap().contains("holdfast token new"), "{told}");
    }
    assert!(seen["names"].is_null(), "names are for operators: {seen}");

    fs::write(&tokens, "nonsense").unwrap();
    server.hang_up();
    eventually("the file is of no use", || ask(&monitor).json()["code"] == "HF-INP-063");
    fs::write(&tokens, &all_well).unwrap();
    server.hang_up();
    eventually("it is again", || ask(&monitor).json()["status"] == "up");
    let without: Vec<_> = all_well.lines().filter(|line| !line.starts_with("prometheus ")).collect();
    fs::write(&tokens, without.join("\n") + "\n").unwrap();
    server.hang_up();
    eventually("it is revoked", || ask(&monitor).status == 401);
    assert_eq!(ask(&boss).status, 200, "others go on");
}

#[test]
fn a_certificate_that_cannot_be_read_again_is_told() {
    let directory = TempDir::new();
    let certificate = Certificate::new(directory.path());
    let server = Early::start(&directory.join("data"), &certificate.flags());
    server.ready();
    let ca = directory.join("trusted.pem");
    fs::copy(&certificate.ca, &ca).unwrap();
    let ask = || {
        let mut client = TlsClient::connect(server.admin, &ca).unwrap();
        client.send("GET /health/tls HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let mut answer = Vec::new();
        let _ = client.0.read_to_end(&mut answer);
        parse(&answer)
    };
    eventually("it runs", || ask().status == 200);
    assert_eq!(ask().json()["status"].as_str(), Some("up"));
    let good = fs::read(&certificate.cert).unwrap();
    fs::write(&certificate.cert, "nonsense").unwrap();
    server.hang_up();
    eventually("the file is of no use", || ask().json()["code"] == "HF-INP-064");
    fs::write(&certificate.cert, good).unwrap();
    server.hang_up();
    eventually("it is again", || ask().json()["status"] == "up");
}
