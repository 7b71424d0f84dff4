//! Three servers that share a log: one sells, the others follow it, and take over when it is gone.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use holdfast_testkit::{NatsServers, NatsSettings};

use super::{INIT, cluster, file};
use crate::support::{Client, HALL, TempDir, eventually, program};

/// What a supervisor does with exit code 4: it starts the server again.
const FENCED: i32 = 4;

pub(super) struct Node {
    name: &'static str,
    directory: TempDir,
    file: String,
    child: Child,
    /// Where it answers who reads, once it does.
    follows: Receiver<SocketAddr>,
    /// Where it sells, once it does.
    owns: Receiver<SocketAddr>,
}

impl Node {
    pub(super) fn new(name: &'static str, file: &str) -> Self {
        let directory = TempDir::new();
        let (child, follows, owns) = run(name, &directory, file);
        Self { name, directory, file: file.to_owned(), child, follows, owns }
    }

    fn again(&mut self) {
        (self.child, self.follows, self.owns) = run(self.name, &self.directory, &self.file);
    }

    pub(super) fn signal(&self, name: &str) {
        let mut kill = std::process::Command::new("kill");
        assert!(kill.args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap().success());
    }

    pub(super) fn ends(&mut self) -> Option<i32> {
        let mut code = None;
        eventually("the node ends", || match self.child.try_wait().unwrap() {
            Some(status) => {
                code = Some(status.code());
                true
            }
            None => false,
        });
        code.flatten()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(name: &str, directory: &TempDir, file: &str) -> (Child, Receiver<SocketAddr>, Receiver<SocketAddr>) {
    let mut command = program();
    command.args(["serve", "--config", file, "--data"]).arg(directory.path().join("data"));
    command.args(["--listen", "127.0.0.1:0", "--admin-listen", "off", "--cluster-node", name]);
    command.args(["--wal-segment", "8MiB", "--wal-reserve", "16MiB", "--wal-slow", "60s"]);
    command.args(["--recovery-grace", "0s", "--cluster-nodes", "a,b,c"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let ((tell_follows, follows), (tell_owns, owns)) = (channel(), channel());
    let output = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("holdfast ready on ") {
                let _ = tell_follows.send(address.strip_suffix(" (follows)").unwrap().parse().unwrap());
            } else if let Some(address) = line.strip_prefix("holdfast owns on ") {
                let _ = tell_owns.send(address.parse().unwrap());
            }
        }
    });
    (child, follows, owns)
}

/// Who sells now, and where. One that was deposed, as the machine is slow, is started again.
pub(super) fn owner(nodes: &mut [Node]) -> (usize, SocketAddr) {
    let mut found = None;
    eventually("a node owns the log", || {
        for (index, node) in nodes.iter_mut().enumerate() {
            if let Ok(address) = node.owns.try_recv() {
                found = Some((index, address));
            }
            if let Some(status) = node.child.try_wait().unwrap()
                && status.code() == Some(FENCED)
            {
                node.again();
            }
        }
        found.is_some()
    });
    found.unwrap()
}

/// A node that follows answers who reads, makes snapshots of its own, and sells nothing.
fn it_follows(node: &Node) {
    let mut client = Client::connect(node.follows.recv_timeout(std::time::Duration::from_secs(60)).unwrap());
    eventually("the hold is seen", || client.ask("SEAT gala A-1-1").contains("held"));
    assert!(client.ask("EVENT LIST").contains("gala"), "{}", node.name);
    let feed = client.ask("FEED gala 1");
    assert!(feed.contains("ann"), "{feed}");
    for refused in [LATER, HOLD, "RELEASE gala k9 2", "EVENT PAUSE gala k9 olga test"] {
        let answer = client.ask(refused);
        assert!(answer.starts_with("-READONLY HF-SYS-032 "), "{refused}: {answer}");
    }
}

const HOLD: &str = "HOLD gala k1 ann 600000 SEATS A-1-1";
const LATER: &str = "HOLD gala k2 bob 600000 SEATS A-1-2";

#[test]
fn the_next_node_goes_on_where_one_was_killed_and_where_one_was_stopped() {
    let Some(servers) = NatsServers::start("nodes take over", NatsSettings::default()) else { return };
    let directory = TempDir::new();
    let file = file(&directory, &servers);
    assert_eq!(cluster(&file, &INIT).0, 0);
    let mut nodes = ["a", "b", "c"].map(|name| Node::new(name, &file));

    let (first, address) = owner(&mut nodes);
    let mut client = Client::connect(address);
    client.create("gala", HALL);
    let held = client.ask(HOLD);
    assert!(held.contains("A-1-1"), "{held}");
    for (_, node) in nodes.iter().enumerate().filter(|(node, _)| *node != first) {
        it_follows(node);
    }
    nodes[first].signal("KILL");
    assert_eq!(nodes[first].ends(), None);

    let (second, address) = owner(&mut nodes);
    assert_ne!(second, first);
    let mut client = Client::connect(address);
    assert_eq!(client.ask(HOLD), held, "one key has one answer, whoever gives it");
    let later = client.ask(LATER);
    assert!(client.ask("HOLD gala k3 cy 0 SEATS A-1-1").contains("TAKEN HF-BIZ-001"));
    nodes[first].again();
    nodes[second].signal("TERM");
    assert_eq!(nodes[second].ends(), Some(0));

    let (third, address) = owner(&mut nodes);
    assert_ne!(third, second);
    let mut client = Client::connect(address);
    assert_eq!((client.ask(HOLD), client.ask(LATER)), (held, later));
    assert!(client.ask("CONFIRM gala c1 order-1 2").contains("A-1-1"));
    let follower = (0..3).find(|node| ![second, third].contains(node)).unwrap();
    nodes[follower].signal("TERM");
    assert_eq!(nodes[follower].ends(), Some(0), "one that follows ends as well");
    nodes[third].signal("TERM");
    assert_eq!(nodes[third].ends(), Some(0));

    let (code, out, err) = cluster(&file, &["verify"]);
    assert_eq!(code, 0, "{out}{err}");
    for name in ["a", "b", "c"] {
        let was_owner = [first, second, third].iter().any(|index| nodes[*index].name == name);
        assert!(!was_owner || out.contains(&format!("Z: {name}, ")), "{name} in {out}");
    }
}

#[test]
fn a_node_that_is_not_one_of_the_cluster_is_refused() {
    let url = ["--cluster-nats-urls", "nats://127.0.0.1:1"];
    let monitor = ["--cluster-nats-monitor", "http://127.0.0.1:1"];
    for (flags, says) in [
        (&["--cluster-node", "a"][..], "needs cluster.nats_urls"),
        (&[url[0], url[1], monitor[0], monitor[1], "--cluster-node", "a"], "does not name it"),
        (&["--cluster-nodes", "a,b"], "are for a node"),
        (&["--cluster-beat", "2s"], "shorter than four times"),
    ] {
        let (code, out, err) =
            crate::support::told(&crate::support::run([&["serve", "--data", "/nowhere"], flags].concat()));
        assert_eq!((code, out.as_str()), (2, ""), "{flags:?}: {err}");
        assert!(err.contains("HF-INP-050") && err.contains(says), "{flags:?}: {err}");
    }
}
