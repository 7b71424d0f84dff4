//! `holdfast status`: what it shows of a server, and its exit codes, which monitors act on.

use std::fs;
use std::net::TcpListener;

use serde_json::Value;

use crate::support::access::{Certificate, new_token};
use crate::support::{HALL, Server, TempDir, eventually, program, run, told};

/// Exit code, standard output, standard error.
fn status(server: &Server, more: &[&str]) -> (i32, String, String) {
    let address = server.address.to_string();
    told(&run([&["status", "--address", &address], more].concat()))
}

#[test]
fn a_server_that_is_well() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    let (code, out, err) = status(&server, &[]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let version = env!("CARGO_PKG_VERSION");
    assert!(out.starts_with(&format!("holdfast {version} on {}: well\n", server.address)), "{out}");
    for line in ["\n  mode         normal since 2", "\n  events       1, 0 at rest, 0 out of service\n"] {
        assert!(out.contains(line), "{out}");
    }
    assert!(out.contains(&format!("\n  process      {}, up ", server.pid())), "{out}");
    assert!(!out.contains("WRONG"), "{out}");

    let (code, out, err) = status(&server, &["--json"]);
    assert_eq!((code, err.as_str(), out.lines().count()), (0, "", 1), "{out}");
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((told["status"].as_str(), told["wrong"].as_array().unwrap().len()), (Some("well"), 0));
    let info = &told["info"];
    assert_eq!(
        (info["server"]["events"].as_u64(), info["system"]["mode"].as_str()),
        (Some(1), Some("normal"))
    );
}

/// Free space below the reserve, which can be had without a full disk.
#[test]
fn a_server_that_is_degraded() {
    let directory = TempDir::new();
    let server = Server::with(directory.path(), &["--wal-reserve", "1000TiB"]);
    let mut client = server.client();
    eventually("the disk is low", || client.info("persistence", "disk_low") == "1");
    eventually("the mode is recorded", || client.info("system", "mode") == "disk_low");
    let (code, out, err) = status(&server, &[]);
    assert_eq!(code, 1, "{out}");
    assert!(out.starts_with(&format!(
        "holdfast {} on {}: DEGRADED\n",
        env!("CARGO_PKG_VERSION"),
        server.address
    )));
    assert!(out.contains("\n  WRONG        disk_low 1: free space is below wal.reserve"), "{out}");
    assert_eq!(err, format!("holdfast: {} is degraded: mode, disk_low\n", server.address));
    let (code, out, _) = status(&server, &["--json"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, told["status"].as_str()), (1, Some("degraded")));
    assert_eq!(told["wrong"][0]["field"].as_str(), Some("mode"));
}

#[test]
fn what_was_is_a_note_and_no_fault() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    server.client().create("hall", HALL);
    server.kill();
    let server = Server::start(directory.path());
    let (code, out, err) = status(&server, &[]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(
        out.contains("\n  note         last_stop_clean no: the process before this one was killed"),
        "{out}"
    );
}

#[test]
fn a_server_that_is_not_there() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for (words, expected) in [
        (vec!["--address", &free], format!("the server is not there: {free}: ")),
        (vec!["--address", "nonsense"], "--address nonsense: ".to_owned()),
        (vec!["--address", &free, "--token-file", "/no/such/file"], "/no/such/file: No such file".to_owned()),
        (vec!["--address", &free, "--tls-ca", "/no/such/file"], "--tls-ca /no/such/file: ".to_owned()),
    ] {
        let (code, out, err) = told(&run([&["status"][..], &words].concat()));
        assert_eq!((code, out.as_str()), (2, ""), "{words:?}: {err}");
        assert!(err.starts_with(&format!("holdfast: {expected}")), "{words:?}: {err}");
    }
}

#[test]
fn a_server_with_tokens_and_tls() {
    let directory = TempDir::new();
    let (certificate, tokens) = (Certificate::new(directory.path()), directory.join("tokens"));
    let secret = |role, name, more: &[&str]| {
        let file = directory.join(name);
        fs::write(&file, new_token(&tokens, role, name, more) + "\n").unwrap();
        file.display().to_string()
    };
    let (reader, page) = (secret("monitor", "prometheus", &[]), secret("viewer", "page", &[]));
    let narrow = secret("monitor", "narrow", &["--events", "gala-*"]);
    let mut flags = certificate.flags().to_vec();
    flags.extend(["--tokens", tokens.to_str().unwrap()]);
    let server = Server::with(&directory.join("data"), &flags);
    let ca = certificate.ca.display().to_string();
    let with = |file: &str| status(&server, &["--tls-ca", &ca, "--token-file", file]);
    let (code, out, err) = with(&reader);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    for file in [&page, &narrow] {
        let (code, _, err) = with(file);
        assert!(code == 2 && err.contains("tells this token no figures"), "{code}: {err}");
    }
    let (code, _, err) = status(&server, &["--tls-ca", &ca]);
    assert!(code == 2 && err.contains("NOAUTH HF-INP-060 "), "{code}: {err}");
    assert_eq!(status(&server, &["--token-file", &reader]).0, 2, "without TLS");
    // The secret may stand in the environment as well.
    let mut command = program();
    command.args(["status", "--address", &server.address.to_string(), "--tls-ca", &ca]);
    let secret = fs::read_to_string(&reader).unwrap();
    let (code, out, err) = told(&command.env("HOLDFAST_TOKEN", secret.trim()).output().unwrap());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
}
