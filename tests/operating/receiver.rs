//! Whoever is on call: an HTTP server that keeps what Alertmanager posts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// The path of a channel, and an alert that came there.
type Told = (String, Value);

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    told: Arc<Mutex<Vec<Told>>>,
}

impl Receiver {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self { address: listener.local_addr().unwrap(), told: Arc::default() };
        let told = Arc::clone(&receiver.told);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever hangs up early says it once more.
                if let Some(alerts) = taken(&stream) {
                    told.lock().unwrap().extend(alerts);
                }
            }
        });
        receiver
    }

    /// The newest that came of an alert in this state.
    pub(crate) fn newest(&self, alert: &str, status: &str) -> Option<Told> {
        let told = self.told.lock().unwrap();
        let is_it =
            |(_, one): &&Told| one["labels"]["alertname"] == alert && one["status"].as_str() == Some(status);
        told.iter().rev().find(is_it).cloned()
    }
}

/// Reads one post, and answers it.
fn taken(stream: &TcpStream) -> Option<Vec<Told>> {
    let mut reader = BufReader::new(stream);
    let (mut path, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if path.is_empty() {
            path = line.split(' ').nth(1)?.to_owned();
        } else if line.is_empty() {
            break;
        } else if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    let mut stream = stream;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()?;
    Some(body["alerts"].as_array()?.iter().map(|alert| (path.clone(), alert.clone())).collect())
}
