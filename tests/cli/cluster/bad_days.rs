//! One thing after the other is gone, while buyers hold seats: whoever sells then, what they were told stays so, and the log has it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use holdfast_testkit::{NatsServers, NatsSettings};
use serde_json::Value;

use super::nodes::{Node, ask, asked, owner, three};
use super::{INIT, cluster, file, status};
use crate::support::{Client, TempDir, eventually};

const HALL: &str = concat!(
    r#"{"sections":[{"name":"A","category":"C","rows":{"from":1,"to":500,"seats":100}}],"#,
    r#""limits":{"max_seats_per_holder":50000}}"#
);
/// A node or a log that stands still must not keep a buyer for ever: then another node is asked, under the same key.
const IMPATIENT: Duration = Duration::from_secs(1);
/// Between two holds of the buyer.
const PAUSE: Duration = Duration::from_millis(20);
/// So many holds after a fault say that everybody goes on.
const GOES_ON: usize = 5;

/// Whoever holds one seat after the other, and asks the next node where one does not answer.
struct Buyer {
    told: Arc<Mutex<Vec<(String, String)>>>,
    /// The node that answered last.
    sells: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Buyer {
    fn begin(addresses: [SocketAddr; 3], sells: usize) -> Self {
        let told: Arc<Mutex<Vec<_>>> = Arc::default();
        let (sells, over) = (Arc::new(AtomicUsize::new(sells)), Arc::new(AtomicBool::new(false)));
        let (all, last, ends) = (Arc::clone(&told), Arc::clone(&sells), Arc::clone(&over));
        let thread = spawn(move || {
            for seat in 0..50_000 {
                let line = format!("HOLD gala k{seat} ann 0 SEATS A-{}-{}", seat / 100 + 1, seat % 100 + 1);
                let Some(answer) = held(&addresses, &line, &last, &ends) else { return };
                all.lock().unwrap().push((line, answer));
                sleep(PAUSE);
            }
        });
        Self { told, sells, over, thread }
    }

    fn count(&self) -> usize {
        self.told.lock().unwrap().len()
    }

    fn goes_on(&self, nodes: &mut [Node; 3], after: &str) {
        let before = self.count();
        eventually(&format!("buyers go on after: {after}"), || {
            nodes.iter_mut().for_each(Node::goes_on);
            self.count() >= before + GOES_ON
        });
    }

    fn ends(self) -> Vec<(String, String)> {
        self.over.store(true, Ordering::SeqCst);
        self.thread.join().unwrap();
        Arc::into_inner(self.told).unwrap().into_inner().unwrap()
    }
}

/// The answer of whichever node sells; `None` if it is over.
fn held(addresses: &[SocketAddr; 3], line: &str, last: &AtomicUsize, over: &AtomicBool) -> Option<String> {
    while !over.load(Ordering::SeqCst) {
        let node = last.load(Ordering::SeqCst);
        match asked(addresses[node], IMPATIENT, line) {
            Some(answer) if answer.contains("seats") => return Some(answer),
            _ => last.store((node + 1) % addresses.len(), Ordering::SeqCst),
        }
        sleep(PAUSE);
    }
    None
}

fn leader(file: &str, servers: &NatsServers) -> usize {
    let mut found = None;
    eventually("somebody leads the log", || {
        found = status(file)["leader"].as_str().map(|name| servers.index(name));
        found.is_some()
    });
    found.unwrap()
}

/// All nodes run, also those that were deposed and have not noticed it yet, and all copies have everything.
fn all_is_well(file: &str, servers: &NatsServers, nodes: &mut [Node; 3]) {
    servers.wait_until_ready();
    eventually("all copies are current", || {
        nodes.iter_mut().for_each(Node::goes_on);
        nodes.iter_mut().all(Node::is_there) && status(file)["copies_current"].as_u64() == Some(3)
    });
}

#[test]
fn whatever_is_lost_what_buyers_were_told_stays_so() {
    let Some(mut servers) = NatsServers::start("bad days of a cluster", NatsSettings::default()) else {
        return;
    };
    let directory = TempDir::new();
    let file = file(&directory, &servers);
    assert_eq!(cluster(&file, &INIT).0, 0);
    let mut nodes = three(&file);
    let (first, address) = owner(&mut nodes);
    let made = ask(&mut Client::connect(address), &format!("EVENT CREATE gala create {HALL}"));
    assert!(made.contains("|gala|"), "{made}");
    let buyer = Buyer::begin([0, 1, 2].map(|node| nodes[node].address), first);
    buyer.goes_on(&mut nodes, "nothing");

    for (is_owner, is_leader) in [(true, false), (false, true), (true, true)].repeat(2) {
        let (sells, leads) = (buyer.sells.load(Ordering::SeqCst), leader(&file, &servers));
        if is_owner {
            nodes[sells].signal("KILL");
            assert_eq!(nodes[sells].ends(), None);
        }
        if is_leader {
            servers.kill(leads);
        }
        buyer.goes_on(&mut nodes, &format!("killed: owner {is_owner}, the log's leader {is_leader}"));
        if is_owner {
            // Also while a server of the log is away.
            nodes[sells].again();
            nodes[sells].has_followed();
        }
        if is_leader {
            servers.run(leads);
        }
        all_is_well(&file, &servers, &mut nodes);
    }

    let frozen = buyer.sells.load(Ordering::SeqCst);
    nodes[frozen].signal("STOP");
    buyer.goes_on(&mut nodes, "the owner stands still");
    nodes[frozen].signal("CONT");
    all_is_well(&file, &servers, &mut nodes);

    let frozen = leader(&file, &servers);
    servers.freeze(frozen);
    buyer.goes_on(&mut nodes, "the log's leader stands still");
    servers.thaw(frozen);
    all_is_well(&file, &servers, &mut nodes);

    let stopped = leader(&file, &servers);
    servers.stop(stopped);
    buyer.goes_on(&mut nodes, "the log's leader was stopped in order");
    servers.run(stopped);
    all_is_well(&file, &servers, &mut nodes);

    let sells = Arc::clone(&buyer.sells);
    let told = buyer.ends();
    let mut client = Client::connect(nodes[sells.load(Ordering::SeqCst)].address);
    for (line, answer) in &told {
        assert_eq!(ask(&mut client, line), *answer, "{line}");
    }
    let (code, out, err) = cluster(&file, &["verify", "--json"]);
    assert_eq!(code, 0, "{out}{err}");
    let verified: Value = serde_json::from_str(&out).unwrap();
    let epochs = verified["epochs"].as_array().unwrap().iter().map(|epoch| epoch["epoch"].as_u64().unwrap());
    let epochs: Vec<_> = epochs.collect();
    assert!(epochs.len() > 5 && epochs.is_sorted_by(|one, next| one < next), "one owner each: {epochs:?}");
}
