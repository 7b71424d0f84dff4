//! A receiver of webhooks that behaves as it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use crate::support::eventually;

/// What it does when it has read a message.
#[derive(Clone, Debug)]
pub(super) enum Does {
    /// It answers this status, with these header lines.
    Answers(u16, &'static str),
    /// It says nothing, and keeps the connection.
    Hangs,
    /// It closes the connection in the middle of its answer.
    Breaks,
}

/// A message as it came.
#[derive(Clone, Debug)]
pub(super) struct Got {
    pub(super) head: String,
    pub(super) body: String,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> String {
        let is_it = |line: &&str| line.to_ascii_lowercase().starts_with(&format!("{name}: "));
        let line = self.head.lines().find(is_it).unwrap_or_else(|| panic!("no {name} in {}", self.head));
        line[name.len() + 2..].trim().to_owned()
    }

    pub(super) fn id(&self) -> String {
        self.header("webhook-id")
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(super) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }
}

/// It listens until the test ends.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    does: Arc<Mutex<Does>>,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    pub(super) fn new(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (does, got) = (Arc::new(Mutex::new(does)), Arc::new(Mutex::new(Vec::new())));
        let (how, into) = (Arc::clone(&does), Arc::clone(&got));
        thread::spawn(move || {
            let mut hung = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                let Some((got, stream)) = read(stream) else { continue };
                into.lock().unwrap().push(got);
                let does = how.lock().unwrap().clone();
                hung.extend(answer(stream, &does));
            }
        });
        Self { address, does, got }
    }

    pub(super) fn now(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(super) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// Those of one kind.
    pub(super) fn of(&self, kind: &str) -> Vec<Got> {
        self.got().into_iter().filter(|got| got.kind() == kind).collect()
    }

    /// Waits until there are so many of a kind.
    pub(super) fn waits_for(&self, kind: &str, count: usize) -> Vec<Got> {
        eventually(&format!("{count} of {kind}: {:?}", self.got()), || self.of(kind).len() >= count);
        self.of(kind)
    }
}

fn read(stream: TcpStream) -> Option<(Got, TcpStream)> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line).ok()? > 0 && line != "\r\n" {
        head.push_str(&line);
        line.clear();
    }
    let lower = head.to_ascii_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "))?.trim().parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((Got { head, body: String::from_utf8(body).ok()? }, reader.into_inner()))
}

/// The connection, if it is to stay open.
fn answer(mut stream: TcpStream, does: &Does) -> Option<TcpStream> {
    match does {
        Does::Answers(status, more) => {
            let head =
                format!("HTTP/1.1 {status} Some\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes());
            None
        }
        Does::Breaks => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
            None
        }
        Does::Hangs => Some(stream),
    }
}
