//! A server of a few commands that does one thing wrong.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What is wrong with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flaw {
    Nothing,
    /// Every hold is accepted, whoever has the seat.
    SellsTwice,
    /// A key that comes again is a new command.
    ForgetsKeys,
    /// The count is one short.
    Miscounts,
    /// The 50th hold is answered with something else.
    AnswersAnother,
    /// Closes every connection at the 50th hold.
    Vanishes,
    /// Keeps everybody waiting at the 300th hold.
    Stalls(Duration),
}

#[derive(Default)]
struct State {
    version: u64,
    seats: u64,
    held: HashMap<String, u64>,
    keys: HashMap<String, Vec<u8>>,
    holds: u64,
    gone: bool,
    /// Every command, as it came.
    heard: Vec<String>,
}

/// Starts it; it goes with the process.
pub(crate) fn start(flaw: Flaw) -> SocketAddr {
    recording(flaw).0
}

/// Starts it; the function tells what it has heard, sorted.
pub(crate) fn recording(flaw: Flaw) -> (SocketAddr, impl Fn() -> Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let state = Arc::new(Mutex::new(State::default()));
    let of_caller = Arc::clone(&state);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let state = Arc::clone(&state);
            thread::spawn(move || serve(stream.unwrap(), &state, flaw));
        }
    });
    let heard = move || {
        let mut heard = of_caller.lock().unwrap().heard.clone();
        heard.sort_unstable();
        heard
    };
    (address, heard)
}

/// One command at a time, in whatever order the connections get at the state.
fn serve(stream: TcpStream, state: &Mutex<State>, flaw: Flaw) -> Option<()> {
    let mut input = BufReader::new(stream.try_clone().ok()?);
    let mut output = stream;
    loop {
        let words = command(&mut input)?;
        let reply = {
            let mut state = state.lock().unwrap();
            if state.gone {
                return None;
            }
            state.heard.push(words.join(" "));
            state.answer(&words, flaw)
        };
        if reply.is_empty() {
            return None;
        }
        output.write_all(&reply).ok()?;
    }
}

fn command(input: &mut impl BufRead) -> Option<Vec<String>> {
    let count: usize = line(input)?.strip_prefix('*')?.parse().ok()?;
    (0..count)
        .map(|_| {
            let length: usize = line(input)?.strip_prefix('$')?.parse().ok()?;
            let mut bytes = vec![0; length + 2];
            input.read_exact(&mut bytes).ok()?;
            bytes.truncate(length);
            String::from_utf8(bytes).ok()
        })
        .collect()
}

fn line(input: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    input.read_line(&mut line).ok()?;
    line.strip_suffix("\r\n").map(str::to_owned)
}

impl State {
    fn answer(&mut self, words: &[String], flaw: Flaw) -> Vec<u8> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["EVENT", "CREATE", _, _, json] => {
                let json: serde_json::Value = serde_json::from_str(json).unwrap();
                let rows = &json["sections"][0]["rows"];
                self.seats = rows["to"].as_u64().unwrap() * rows["seats"].as_u64().unwrap();
                self.version = 1;
                b"+made\r\n".to_vec()
            }
            ["EVENT", "INFO", _] => b"*2\r\n$7\r\nversion\r\n:1\r\n".to_vec(),
            ["COUNT", _] => {
                let held = self.held.len() as u64 - u64::from(flaw == Flaw::Miscounts);
                let free = self.seats - held;
                format!(
                    "*10\r\n$4\r\nfree\r\n:{free}\r\n$4\r\nheld\r\n:{held}\r\n$6\r\npaying\r\n:0\r\n$4\r\nsold\r\n:0\r\n\
                     $7\r\nblocked\r\n:0\r\n"
                )
                .into_bytes()
            }
            ["HOLD", _, key, _, ttl, "SEATS", seat] => self.hold(key, ttl.parse().unwrap(), seat, flaw),
            _ => b"-INVALID HF-INP-001 what?\r\n".to_vec(),
        }
    }

    fn hold(&mut self, key: &str, ttl: u64, seat: &str, flaw: Flaw) -> Vec<u8> {
        if let Some(known) = self.keys.get(key)
            && flaw != Flaw::ForgetsKeys
        {
            return known.clone();
        }
        self.holds += 1;
        match (flaw, self.holds) {
            (Flaw::AnswersAnother, 50) => return b"*2\r\n$4\r\nhold\r\n:7\r\n".to_vec(),
            (Flaw::Vanishes, 50) => {
                self.gone = true;
                return Vec::new();
            }
            (Flaw::Stalls(time), 300) => thread::sleep(time),
            _ => {}
        }
        let ordinal: u64 = seat.trim_start_matches('#').parse().unwrap();
        let label = format!("S-{}-{}", ordinal / 1_000 + 1, ordinal % 1_000 + 1);
        let reply = if self.held.contains_key(seat) && flaw != Flaw::SellsTwice {
            format!("-TAKEN HF-BIZ-001 {label} held\r\n")
        } else {
            self.version += 1;
            let version = self.version;
            self.held.insert(seat.to_owned(), version);
            let length = label.len();
            format!(
                "*10\r\n$4\r\nhold\r\n:{version}\r\n$10\r\nexpires_at\r\n:{}\r\n$7\r\nversion\r\n:{version}\r\n\
                 $5\r\nseats\r\n*1\r\n${length}\r\n{label}\r\n$2\r\nat\r\n:1795000000000\r\n",
                1_795_000_000_000 + ttl
            )
        };
        self.keys.insert(key.to_owned(), reply.clone().into_bytes());
        reply.into_bytes()
    }
}
