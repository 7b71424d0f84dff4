//! A log that has no room for more, and one that does not answer: what clients are told, and that nothing is lost and everybody goes on afterwards.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use holdfast_testkit::{NatsServers, NatsSettings};
use serde_json::{Value, json};

use super::nodes::{Node, ask, create, owner, three};
use super::{INIT, cluster, file};
use crate::support::{Client, TempDir, eventually};

const HOLD: &str = "HOLD gala k1 ann 600000 SEATS A-1-1";

/// The stream, as an operator with the program `nats` reaches it.
struct Stream(BufReader<TcpStream>);

impl Stream {
    fn at(servers: &NatsServers) -> Self {
        let address = servers.urls()[0].trim_start_matches("nats://").to_owned();
        let mut stream = Self(BufReader::new(TcpStream::connect(address).unwrap()));
        stream.line();
        stream.write("CONNECT {\"verbose\":false}\r\nSUB answers 1\r\n");
        stream
    }

    fn write(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    fn ask(&mut self, what: &str, payload: &str) -> Value {
        self.write(&format!("PUB $JS.API.STREAM.{what}.HF_c_2 answers {}\r\n{payload}\r\n", payload.len()));
        loop {
            let line = self.line();
            if line.starts_with("PING") {
                self.write("PONG\r\n");
            } else if let Some(length) =
                line.strip_prefix("MSG ").and_then(|words| words.split_whitespace().last())
            {
                let mut bytes = vec![0; length.parse::<usize>().unwrap() + 2];
                self.0.read_exact(&mut bytes).unwrap();
                return serde_json::from_slice(&bytes).unwrap();
            }
        }
    }

    /// Sets a bound of the stream: what it has now, and so much more. 0: no bound of messages, and enough bytes.
    fn has_room(&mut self, bound: &str, used: &str, more: u64) {
        let told = self.ask("INFO", "");
        let mut config = told["config"].clone();
        config[bound] = match (more, bound) {
            (0, "max_msgs") => json!(-1),
            (0, _) => json!(64 << 20),
            _ => json!(told["state"][used].as_u64().unwrap() + more),
        };
        let told = self.ask("UPDATE", &config.to_string());
        assert_eq!(told["error"], Value::Null, "{told}");
    }
}

/// Asks the node that sells, whichever that is by now.
fn sold(nodes: &mut [Node], line: &str) -> String {
    let mut answer = String::new();
    eventually("somebody sells", || {
        nodes.iter_mut().for_each(Node::goes_on);
        nodes.iter().any(|node| {
            answer = node.asked(line).unwrap_or_default();
            answer.contains("A-1-1")
        })
    });
    answer
}

#[test]
fn a_log_that_takes_nothing_more_is_said_to_be_full_or_away_and_everybody_goes_on_when_it_does() {
    let Some(servers) = NatsServers::start("a full log", NatsSettings::default()) else { return };
    let directory = TempDir::new();
    let file = file(&directory, &servers);
    assert_eq!(cluster(&file, &INIT).0, 0);
    let mut nodes = three(&file);
    let (first, address) = owner(&mut nodes);
    let mut client = Client::connect(address);
    create(&mut client, "gala");
    let held = ask(&mut client, HOLD);
    assert!(held.contains("A-1-1"), "{held}");

    let mut stream = Stream::at(&servers);
    let mut sells = first;
    for (bound, used) in [("max_bytes", "bytes"), ("max_msgs", "messages")] {
        // A beat or two more, and it is full.
        stream.has_room(bound, used, 300);
        stream.has_room(bound, used, if bound == "max_msgs" { 1 } else { 300 });
        let mut client = Client::connect(nodes[sells].address);
        eventually("the owner says that nothing can be written", || {
            client.info("system", "mode") == "quorum_away"
        });
        for write in ["HOLD gala k2 bob 0 SEATS A-1-2", "EVENT PAUSE gala k3 olga why"] {
            let answer = client.ask(write);
            assert!(answer.starts_with("-DEGRADED HF-SYS-035 "), "{bound}: {write}: {answer}");
        }
        let (code, _, err) = cluster(&file, &["status"]);
        assert!(code == 0 || bound == "max_msgs" && err.contains("reasons not to trust it"), "{err}");
        stream.has_room(bound, used, 0);
        assert_eq!(sold(&mut nodes, HOLD), held, "{bound}: one key has one answer");
        sells = sells_now(&mut nodes, bound);
    }

    let (frozen, mut client) = ([0, 1], Client::connect(nodes[sells].address));
    frozen.iter().for_each(|server| servers.freeze(*server));
    eventually("the owner says that nothing can be written", || {
        client.info("system", "mode") == "quorum_away"
    });
    let answer = client.ask("HOLD gala k2 bob 0 SEATS A-1-2");
    assert!(answer.starts_with("-DEGRADED HF-SYS-030 "), "{answer}");
    frozen.iter().for_each(|server| servers.thaw(*server));
    assert_eq!(sold(&mut nodes, HOLD), held, "one key has one answer");
    let (code, out, err) = cluster(&file, &["verify"]);
    assert_eq!(code, 0, "{out}{err}");
}

/// Which node sells: the one whose answer to a command under a new key, which is written, stands in the log.
fn sells_now(nodes: &mut [Node], key: &str) -> usize {
    let (mut found, line) = (None, format!("HOLD gala {key} cy 0 SEATS A-1-1"));
    eventually("a node sells", || {
        nodes.iter_mut().for_each(Node::goes_on);
        found = nodes
            .iter()
            .position(|node| node.asked(&line).is_some_and(|answer| answer.contains("TAKEN HF-BIZ-001")));
        found.is_some()
    });
    found.unwrap()
}
