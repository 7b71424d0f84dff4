//! `holdfast probe`: rounds from outside, and their page for Prometheus.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use crate::support::access::new_token;
use crate::support::{PATIENCE, Server, TempDir, eventually, program, run, told};

fn probe(server: &Server, more: &[&str]) -> (i32, String, String) {
    let address = server.address.to_string();
    told(&run([&["probe", "--address", &address, "--every", "100ms"], more].concat()))
}

#[test]
fn rounds_sell_and_leave_nothing_behind() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let (code, out, err) = probe(&server, &["--count", "3"]);
    assert!(
        code == 0 && err.is_empty() && out.contains(", 100.000 % sold; 0 refused, 0 unreachable;"),
        "{out}{err}"
    );
    let (code, out, _) = probe(&server, &["--count", "2"]);
    assert_eq!((code, out.lines().count()), (0, 1), "the event is there already: {out}");
    let mut client = server.client();
    assert!(client.ask("COUNT $canary").starts_with("*10|$4|free|:1000|$4|held|:0|"), "all is given back");
    assert!(client.ask("EVENT PAUSE $canary p olga why").starts_with('*'));
    let (code, out, err) = probe(&server, &["--count", "1"]);
    assert!(code == 1 && out.starts_with("round 1: hold was refused: CLOSED "), "{out}");
    assert!(err.starts_with("holdfast: ") && err.contains(" failed"), "{err}");
}

#[test]
fn a_token_that_may_only_sell_needs_the_event() {
    let directory = TempDir::new();
    let file = directory.path().join("tokens");
    let (booking, operator) =
        (new_token(&file, "booking", "shop", &[]), new_token(&file, "operator", "olga", &[]));
    let server = Server::with(&directory.path().join("data"), &["--tokens", file.to_str().unwrap()]);
    let (code, _, err) = probe(&server, &["--count", "1", "--token", &booking]);
    assert!(
        code == 2 && err.contains("the event $canary is not there, and this token cannot make it"),
        "{err}"
    );
    assert!(err.contains("EVENT CREATE $canary probe '{"), "{err}");
    assert_eq!(probe(&server, &["--count", "1", "--token", &operator]).0, 0);
    assert_eq!(probe(&server, &["--count", "1", "--token", &booking]).0, 0);
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_goes_on_while_the_server_is_down_and_tells_prometheus() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let address = server.address.to_string();
    let mut command = program();
    let words = ["probe", "--address", &address, "--every", "100ms", "--listen", "127.0.0.1:0"];
    let mut running = Running(command.args(words).stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let page = first.strip_prefix("figures on http://").unwrap().strip_suffix("/metrics").unwrap().to_owned();
    let page = || {
        let mut stream = TcpStream::connect(&page).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 ") && text.contains("text/plain; version=0.0.4"), "{text}");
        text
    };
    let has = |line: &str| page().lines().any(|real| real == line);
    eventually("a round was a success", || has("holdfast_probe_up 1"));
    server.kill();
    eventually("the server is missed", || has("holdfast_probe_up 0"));
    assert!(!has("holdfast_probe_rounds_total{outcome=\"unreachable\"} 0"));
    let told = lines.next().unwrap().unwrap();
    assert!(told.contains(": unreachable: "), "{told}");
    let _again = Server::with(directory.path(), &["--listen", &address]);
    eventually("and found again", || has("holdfast_probe_up 1"));
}
