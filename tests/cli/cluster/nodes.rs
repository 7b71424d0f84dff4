//! Three servers that share a log: one sells, the others follow it, and take over when it is gone.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use holdfast_jetstream::{Access, JetStream, LogName};
use holdfast_replica::{Position, ReplicatedLog as _};
use holdfast_testkit::{NatsServers, NatsSettings};

use super::{INIT, cluster, file, status};
use crate::support::jobs::{done, state};
use crate::support::{Client, HALL, PATIENCE, TempDir, eventually, program, reply, wire_of};

/// What a supervisor does with exit code 4: it starts the server again.
const FENCED: i32 = 4;

pub(super) struct Node {
    name: &'static str,
    directory: TempDir,
    file: String,
    /// Where clients reach it, and what each node is told of all of them.
    pub(super) address: SocketAddr,
    /// Its admin port.
    admin: SocketAddr,
    told: String,
    child: Child,
    /// Where it answers who reads, once it does.
    follows: Receiver<SocketAddr>,
    /// Where it sells, once it does.
    owns: Receiver<SocketAddr>,
}

/// Three nodes of the cluster of this file.
pub(super) fn three(file: &str) -> [Node; 3] {
    let names = ["a", "b", "c"];
    // Ports that were free a moment ago: each node has to know those of the others before they listen.
    let listeners = names.map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    let addresses = listeners.map(|listener| listener.local_addr().unwrap());
    let admins = names.map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    let admins = admins.map(|listener| listener.local_addr().unwrap());
    let told: Vec<_> = names.iter().zip(addresses).map(|(name, at)| format!("{name}={at}")).collect();
    let told = told.join(",");
    [0, 1, 2].map(|place| {
        let (name, address, directory) = (names[place], addresses[place], TempDir::new());
        let admin = admins[place];
        let (child, follows, owns) = run((name, (address, admin), &told), &directory, file);
        let (file, told) = (file.to_owned(), told.clone());
        Node { name, directory, file, address, admin, told, child, follows, owns }
    })
}

impl Node {
    pub(super) fn again(&mut self) {
        let who = (self.name, (self.address, self.admin), self.told.as_str());
        (self.child, self.follows, self.owns) = run(who, &self.directory, &self.file);
    }

    /// A supervisor's work: one that was deposed is started again.
    pub(super) fn goes_on(&mut self) {
        if self.child.try_wait().unwrap().is_some_and(|status| status.code() == Some(FENCED)) {
            self.again();
        }
    }

    /// Whether its process runs, and answers.
    pub(super) fn is_there(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none() && self.asked("PING").is_some()
    }

    /// Waits until a process that was started answers who reads. Returns where.
    pub(super) fn has_followed(&self) -> SocketAddr {
        self.follows.recv_timeout(PATIENCE).unwrap()
    }

    /// The answer to a command; `None` if the node is not there, or goes away meanwhile.
    pub(super) fn asked(&self, line: &str) -> Option<String> {
        asked(self.address, PATIENCE, line)
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

/// The answer to a command on a connection of its own; `None` if nobody gives one within so long.
pub(super) fn asked(address: SocketAddr, patience: Duration, line: &str) -> Option<String> {
    let mut client = Client::try_connect(address).ok()?;
    client.stream().set_read_timeout(Some(patience)).ok()?;
    client.try_send(wire_of(line)).ok()?;
    reply::read_raw(&mut client.0).ok().map(|bytes| reply::masked(&bytes))
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(
    (name, (address, admin), told): (&str, (SocketAddr, SocketAddr), &str),
    directory: &TempDir,
    file: &str,
) -> (Child, Receiver<SocketAddr>, Receiver<SocketAddr>) {
    let mut command = program();
    command.args(["serve", "--config", file, "--data"]).arg(directory.path().join("data"));
    command.arg("--listen").arg(address.to_string());
    command.arg("--admin-listen").arg(admin.to_string());
    command.arg("--backup-to").arg(directory.path().join("backups"));
    command.args(["--cluster-node", name, "--cluster-nodes", told]);
    command.args(["--wal-segment", "8MiB", "--wal-reserve", "16MiB", "--wal-slow", "60s"]);
    command.args(["--recovery-grace", "0s"]);
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
            node.goes_on();
        }
        found.is_some()
    });
    found.unwrap()
}

/// What docs/protocol/errors.md has clients send again as it is: nobody is known to own the log, or the log has not answered for a moment, as on a
/// machine that does much else.
const PASSES: [&str; 4] =
    ["-CLUSTERDOWN HF-SYS-031 ", "-MASTERDOWN HF-SYS-033 ", "-DEGRADED HF-SYS-030 ", "-BUSY "];

/// The answer that a client gets who is patient.
pub(super) fn ask(client: &mut Client, line: &str) -> String {
    let mut answer = String::new();
    eventually(&format!("an answer to {line}"), || {
        answer = client.ask(line);
        !PASSES.iter().any(|passing| answer.starts_with(passing))
    });
    answer
}

pub(super) fn create(client: &mut Client, event: &str) {
    let made = ask(client, &format!("EVENT CREATE {event} create-{event} {HALL}"));
    assert!(made.contains(&format!("|{event}|$6|status|$4|open|")), "{made}");
}

/// A node that follows answers who reads, makes snapshots of its own, and sells nothing.
fn it_follows(node: &Node) {
    let mut client = Client::connect(node.has_followed());
    let sends_on = |client: &mut Client, line: &str| {
        let moved = ask(client, line);
        assert!(moved.starts_with("-MOVED 5732 127.0.0.1:"), "{line}: {moved}");
    };
    sends_on(&mut client, "SEAT gala A-1-1");
    assert_eq!(client.ask("READONLY"), "+OK|");
    eventually("the hold is seen", || client.ask("SEAT gala A-1-1").contains("held"));
    for (read, has) in [("EVENT LIST", "gala"), ("GET HOLD gala 2", "ann"), ("FEED gala 1", "held")] {
        let seen = ask(&mut client, read);
        assert!(seen.contains(has), "{} answers {read} with {seen}", node.name);
    }
    for elsewhere in [LATER, "EVENT CREATE gala k9 {}", "RELEASE gala k9 1", "EVENT PAUSE gala k9 olga test"]
    {
        sends_on(&mut client, elsewhere);
    }
    let answer = client.ask("JOB RUN snapshot k9 olga test");
    assert!(answer.starts_with("-READONLY HF-SYS-032 "), "what is about no event has no slot: {answer}");
    assert!(client.ask("ROLE").starts_with("*5|$5|slave|"));
    assert_eq!(client.info("cluster", "cluster_enabled"), "1");
    assert_eq!(client.info("replication", "role"), "slave");
}

/// The node that sells hands the log to one that follows, and goes on as the same process. One that does not run is refused, as nobody would sell
/// until others have waited for it.
fn an_operator_has_the_log_handed_over(
    nodes: &mut [Node; 3],
    (owner_was, heir, gone): (usize, usize, usize),
    (file, held): (&str, &str),
) {
    let told = nodes[0].told.clone();
    let hand_over = |to: &[&str]| {
        let words = ["handover", "--operator", "olga", "--reason", "new disks", "--cluster-nodes", &told];
        cluster(file, &[&words, to].concat())
    };
    let (from, to, gone) = (nodes[owner_was].name, nodes[heir].name, nodes[gone].name);
    for (named, code, says) in [("z", 2, "cluster.nodes has a, b, c"), (gone, 1, "HF-SYS-033: ")] {
        let (exit, out, err) = hand_over(&["--to", named]);
        assert_eq!((exit, out.as_str()), (code, ""), "{err}");
        assert!(err.contains(says), "{err}");
    }
    assert_eq!(hand_over(&["--to", from]), (0, format!("{from} owns the log already\n"), String::new()));
    let mut client = Client::connect(nodes[owner_was].address);
    let refused = client.ask("JOB RUN handover k olga why z");
    assert!(refused.starts_with("-INVALID HF-BAT-014 ") && refused.contains("a, b, c"), "{refused}");
    let refused = Client::connect(nodes[heir].address).ask("JOB RUN handover k olga why");
    assert!(refused.starts_with("-READONLY HF-SYS-032 "), "{refused}");

    // It followed before it sold.
    nodes[owner_was].follows.try_iter().for_each(drop);
    let process = nodes[owner_was].child.id();
    let mut handed = (0, String::new(), String::new());
    eventually("a node is near enough", || {
        handed = hand_over(&[]);
        !handed.2.contains("HF-SYS-033: ")
    });
    let (code, out, err) = handed;
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(
        out.contains(&format!(": {from} hands the log to {to}\n{to} owns the log since epoch ")),
        "{out}"
    );
    assert_eq!(owner(nodes).0, heir);
    it_follows(&nodes[owner_was]);
    assert!(nodes[owner_was].child.id() == process && nodes[owner_was].child.try_wait().unwrap().is_none());
    let mut client = Client::connect(nodes[heir].address);
    assert_eq!(ask(&mut client, HOLD), held);
    let told = ask(&mut client, "JOB FIND JOB handover");
    assert!(told.contains("SUCCESS") && told.contains("olga") && told.contains("new disks"), "{told}");
}

/// The owner reads each copy from its own server, and finds there what it has kept.
fn each_copy_is_what_the_owner_has_kept(client: &mut Client) {
    let mut tries = 0;
    eventually("each copy was read and is whole", || {
        tries += 1;
        let run = format!("JOB RUN scrub-log scrub-{tries} olga look");
        // It is done by itself as well: one of them is under way at a time.
        !ask(client, &run).starts_with('-') && state(&done(client, &run)) == "SUCCESS"
    });
}

/// The log was trimmed when a node lost its disk: it is refused, and goes on from a backup of the one that sells.
fn an_operator_brings_a_node_back(
    nodes: &mut [Node; 3],
    (owner, other, lost): (usize, usize, usize),
    (file, servers): (&str, &NatsServers),
) {
    let data = nodes[lost].directory.path().join("data");
    std::fs::remove_dir_all(&data).unwrap();
    let seen = || status(file);
    let last = seen()["last"].as_u64().unwrap();
    let access = Access { urls: servers.urls(), ..Access::default() };
    let mut port = JetStream::open(access, LogName::new("c", 2).unwrap(), "test", || {}).unwrap();
    eventually("the log is trimmed", || {
        port.trim(Position(last));
        seen()["first"].as_u64() == Some(last)
    });
    nodes[lost].again();
    assert_eq!(nodes[lost].ends(), Some(3), "what it lacks is gone from the log");

    let mut client = Client::connect(nodes[owner].address);
    ask(&mut client, "JOB RUN backup b1 olga disk");
    assert_eq!(state(&done(&mut client, "JOB RUN backup b1 olga disk")), "SUCCESS");
    let reseed = |from: usize, more: &[&str]| {
        let from = format!("http://{}", nodes[from].admin);
        let words = ["cluster", "reseed", "--from", &from, "--data", data.to_str().unwrap()];
        crate::support::told(&crate::support::run([&words, more].concat()))
    };
    for (from, more, says) in [
        (owner, &["--name", "monday"][..], "there is no backup monday; there are: 2"),
        (other, &[], "there is no backup at all"),
    ] {
        let (code, out, err) = reseed(from, more);
        assert_eq!((code, out.as_str()), (1, ""), "{err}");
        assert!(err.contains(says), "{err}");
    }
    let (code, out, err) = reseed(owner, &[]);
    assert!(code == 0 && out.contains("start the node on it"), "{out}{err}");
    let (code, _, err) = reseed(owner, &[]);
    assert!(code == 3 && err.contains("empty directory"), "{err}");
    nodes[lost].again();
    it_follows(&nodes[lost]);
    nodes[lost].signal("TERM");
    assert_eq!(nodes[lost].ends(), Some(0));
}

const HOLD: &str = "HOLD gala k1 ann 600000 SEATS A-1-1";
const LATER: &str = "HOLD gala k2 bob 600000 SEATS A-1-2";

#[test]
fn the_next_node_goes_on_where_one_was_killed_and_where_one_was_stopped() {
    let Some(servers) = NatsServers::start("nodes take over", NatsSettings::default()) else { return };
    let directory = TempDir::new();
    let file = file(&directory, &servers);
    assert_eq!(cluster(&file, &INIT).0, 0);
    let mut nodes = three(&file);

    let (first, address) = owner(&mut nodes);
    let mut client = Client::connect(address);
    create(&mut client, "gala");
    let held = ask(&mut client, HOLD);
    assert!(held.contains("A-1-1"), "{held}");
    for (_, node) in nodes.iter().enumerate().filter(|(node, _)| *node != first) {
        it_follows(node);
    }
    nodes[first].signal("KILL");
    assert_eq!(nodes[first].ends(), None);

    let (second, address) = owner(&mut nodes);
    assert_ne!(second, first);
    let mut client = Client::connect(address);
    assert_eq!(ask(&mut client, HOLD), held, "one key has one answer, whoever gives it");
    let later = ask(&mut client, LATER);
    assert!(ask(&mut client, "HOLD gala k3 cy 0 SEATS A-1-1").contains("TAKEN HF-BIZ-001"));
    each_copy_is_what_the_owner_has_kept(&mut client);
    nodes[first].again();
    nodes[second].signal("TERM");
    assert_eq!(nodes[second].ends(), Some(0));

    let (third, address) = owner(&mut nodes);
    assert_ne!(third, second);
    let mut client = Client::connect(address);
    assert_eq!((ask(&mut client, HOLD), ask(&mut client, LATER)), (held.clone(), later));
    let follower = (0..3).find(|node| ![second, third].contains(node)).unwrap();
    an_operator_has_the_log_handed_over(&mut nodes, (third, follower, second), (&file, &held));
    let (code, out, err) = cluster(&file, &["verify"]);
    assert_eq!(code, 0, "{out}{err}");
    for name in ["a", "b", "c"] {
        let was_owner = [first, second, third, follower].iter().any(|index| nodes[*index].name == name);
        assert!(!was_owner || out.contains(&format!("Z: {name}, ")), "{name} in {out}");
    }
    an_operator_brings_a_node_back(&mut nodes, (follower, third, second), (&file, &servers));
    let mut client = Client::connect(nodes[follower].address);
    assert!(ask(&mut client, "CONFIRM gala c1 order-1 2").contains("A-1-1"));
    nodes[third].signal("TERM");
    assert_eq!(nodes[third].ends(), Some(0), "one that follows ends as well");
    nodes[follower].signal("TERM");
    assert_eq!(nodes[follower].ends(), Some(0));
}

#[test]
fn a_node_that_is_not_one_of_the_cluster_or_that_nobody_could_find_is_refused() {
    let log = ["--cluster-nats-urls", "nats://127.0.0.1:1", "--cluster-nats-monitor", "http://127.0.0.1:1"];
    let a = |nodes: &'static str| [&log[..], &["--cluster-node", "a", "--cluster-nodes", nodes]].concat();
    let advertised = |nodes, address| [a(nodes), vec!["--cluster-advertise", address]].concat();
    for (flags, says) in [
        (vec!["--cluster-node", "a"], "needs cluster.nats_urls"),
        ([&log[..], &["--cluster-node", "a"]].concat(), "does not name it"),
        (vec!["--cluster-nodes", "a,b"], "are for a node"),
        (vec!["--cluster-beat", "2s"], "shorter than four times"),
        (a("a=10.0.0.1:7411,b"), "not all"),
        (a("a=10.0.0.1,b=10.0.0.2:7411"), "is no name=host:port"),
        (a("a=10.0.0.1:7411,b=10.0.0.1:7411"), "has the name or the address of a"),
        (advertised("a,b", "10.0.0.1"), "and no host:port"),
        (advertised("a=10.0.0.1:7411,b=10.0.0.2:7411", "10.0.0.9:7411"), "leave cluster.advertise out"),
        (
            [a("a,b"), vec!["--listen", "0.0.0.0:7411", "--insecure-listen-anywhere"]].concat(),
            "nobody reaches",
        ),
    ] {
        let flags = [&["serve", "--data", "/nowhere"], &flags[..]].concat();
        let (code, out, err) = crate::support::told(&crate::support::run(&flags));
        assert_eq!((code, out.as_str()), (2, ""), "{flags:?}: {err}");
        assert!(err.contains("HF-INP-050") && err.contains(says), "{flags:?}: {err}");
    }
}
