//! A server that refuses something: it lives, is ready, and says everywhere the same word.

use std::thread;

use super::http::{admin_of, get};
use super::support::strace::{has_strace, injected};
use super::support::{Client, Server, TempDir, eventually};

const MAP: &str = concat!(
    r#"{"areas":[{"name":"F","category":"G","capacity":1000000}],"#,
    r#""limits":{"max_seats_per_holder":1000000}}"#
);
const ADMIN: [&str; 2] = ["--admin-listen", "127.0.0.1:0"];

/// Free space below the reserve, which can be had without a full disk.
#[test]
fn what_is_degraded_is_ready_and_says_why_in_one_word() {
    let directory = TempDir::new();
    let flags = [&ADMIN[..], &["--wal-reserve", "1000TiB"]].concat();
    let mut server = Server::with(directory.path(), &flags);
    let (admin, mut client) = (admin_of(&server), server.client());
    eventually("the disk is low", || client.info("system", "mode") == "disk_low");
    for probe in ["/livez", "/readyz", "/startupz"] {
        assert_eq!(get(admin, probe).status, 200, "{probe}");
    }
    assert_eq!(get(admin, "/readyz").json(), serde_json::json!({ "mode": "disk_low" }));
    let health = get(admin, "/health");
    let body = health.json();
    assert_eq!(
        (health.status, body["status"].as_str(), body["mode"].as_str()),
        (200, Some("degraded"), Some("disk_low")),
        "{body}"
    );
    assert_eq!(body["parts"]["disk"]["code"].as_str(), Some("HF-SYS-010"));
    assert_eq!(get(admin, "/health?strict=1").status, 503);
    assert_eq!(get(admin, "/health/log?strict=1").status, 200);
    let since: u64 = client.info("system", "mode_since").parse().unwrap();
    assert_eq!(client.info("system", "mode_since").parse(), Ok(since), "it stays the same");
    eventually("a line of the log", || server.log().contains("mode=\"disk_low\""));
    assert_eq!(client.ask("QUIT"), "+OK|");
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("mode=\"stopping\""), "{log}");
}

/// The lone connection's thread is in the sync itself then, and is excused.
#[test]
fn a_disk_that_hangs_leaves_the_server_alive_and_ready() {
    if !has_strace("a_disk_that_hangs_leaves_the_server_alive_and_ready") {
        return;
    }
    let directory = TempDir::new();
    // From the fiftieth sync of each thread on, the disk does not answer for far longer than a thread may stand still.
    let hang = "fdatasync:delay_enter=20000000:when=50+";
    let flags = [&ADMIN[..], &["--admin-live-after", "2s", "--wal-slow", "500ms"]].concat();
    let mut server = injected(directory.path(), hang, &flags);
    let (admin, mut client) = (admin_of(&server), server.client());
    client.create("hall", MAP);
    drop(client);
    let address = server.address;
    let sells = thread::spawn(move || {
        let mut client = Client::connect(address);
        // Until the connection ends with the server.
        for number in 0.. {
            let hold = super::support::wire_of(&format!("HOLD hall k{number} bob 0 AREA F 1"));
            if client.try_send(hold).is_err() || super::support::reply::read_raw(&mut client.0).is_err() {
                return;
            }
        }
    });
    // More looks than it takes to call a thread stuck.
    eventually("the disk hangs for a while", || {
        for probe in ["/livez", "/readyz", "/startupz"] {
            let answer = get(admin, probe);
            assert_eq!(answer.status, 200, "{probe}: {}", answer.body);
        }
        let (mode, disk) = (get(admin, "/readyz").json(), get(admin, "/health/disk"));
        let since = disk.json()["since"].as_u64().unwrap_or(u64::MAX - 6_000);
        mode["mode"] == "disk_stalled" && disk.status == 503 && now() >= since + 6_000
    });
    server.kill();
    sells.join().unwrap();
}

#[expect(clippy::disallowed_methods, reason = "the server tells times of the wall")]
fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}
