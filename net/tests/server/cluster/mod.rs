//! Two nodes of a cluster: one owns the event, and the other, which has a copy, sends clients there.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use holdfast_engine::{Code, Fault};
use holdfast_net::Access;
use holdfast_net::cluster::{Guide, Node, Shard, View};
use holdfast_net::inside::Value;
use holdfast_testkit::MemoryStorage;

use crate::support::{Client, HALL, TestServer, ask};

/// What a node is told of its cluster, which a test may change.
struct Known {
    view: Mutex<View>,
    is_stale: AtomicBool,
}

impl Known {
    /// The first of two nodes owns all slots; this is the one of that place.
    fn new(own: usize) -> Arc<Self> {
        let nodes = ["a", "b"].map(|name| Node::new("seoul", name, "127.0.0.1:1").unwrap()).to_vec();
        let shard = Shard { slots: 0..=16_383, nodes: vec![0, 1], owner: Some(0), is_heard: true };
        let view = Mutex::new(View { nodes, own, shards: vec![shard], epoch: 3 });
        Arc::new(Self { view, is_stale: AtomicBool::new(false) })
    }

    fn change(&self, change: impl FnOnce(&mut View)) {
        change(&mut self.view.lock().unwrap());
    }
}

impl Guide for Known {
    fn is_sole_owner(&self) -> bool {
        self.view().owns_all() && !self.is_stale.load(Ordering::SeqCst)
    }

    fn view(&self) -> View {
        self.view.lock().unwrap().clone()
    }

    fn reads(&self) -> Result<(), Fault> {
        let is_stale = self.is_stale.load(Ordering::SeqCst);
        if is_stale { Err(Fault::new(Code::QUORUM_AWAY, "what is here is too old")) } else { Ok(()) }
    }

    fn no_owner(&self) -> Fault {
        Fault::new(Code::QUORUM_AWAY, "nobody owns the slot")
    }
}

const HOLD: &str = "HOLD gala k1 ann 600000 SEATS A-1-1";

/// An owner with the event `gala`, and a node with a copy of it, each with what it is told. Both know where the owner is.
fn nodes() -> ((TestServer, Arc<Known>), (TestServer, Arc<Known>)) {
    let (of_owner, of_copy) = (Known::new(0), Known::new(1));
    let owner = TestServer::of_cluster(MemoryStorage::new(), of_owner.clone());
    // What the log brings to the other was sold there before, while it was the owner.
    of_copy.change(|view| view.shards[0].owner = Some(1));
    let copy = TestServer::of_cluster(MemoryStorage::new(), of_copy.clone());
    for server in [&owner, &copy] {
        let mut client = server.client();
        client.command(&["EVENT", "CREATE", "gala", "k0", HALL]);
        client.expect("*6|$5|event|$4|gala|$6|status|$4|open|$7|version|:1|");
    }
    of_copy.change(|view| {
        view.shards[0].owner = Some(0);
        view.nodes[0] = Node::new("seoul", "a", &owner.address.to_string()).unwrap();
    });
    ((owner, of_owner), (copy, of_copy))
}

#[test]
fn a_node_that_has_a_copy_says_where_the_owner_is() {
    let ((owner, _), (copy, _)) = nodes();
    let moved = format!("-MOVED 5732 {}|", owner.address);
    // Clients look for a stream by its own name.
    let moved_stream = format!("-MOVED 10379 {}|", owner.address);
    let mut client = copy.client();
    for line in [HOLD, "MAP gala", "EVENT INFO gala", "FEED gala 1", "EVENT CREATE gala k0 {}"] {
        assert_eq!(ask(&mut client, line), moved, "{line}");
    }
    assert_eq!(ask(&mut client, "XLEN feed:gala"), moved_stream);
    client.line("READONLY", "+OK|");
    assert!(ask(&mut client, "COUNT gala").contains("free"), "a read is answered from the copy");
    assert!(ask(&mut client, "FEED gala 1").contains("created"));
    for line in [HOLD, "EVENT PAUSE gala k9 olga why"] {
        assert_eq!(ask(&mut client, line), moved, "{line}: what writes is for the owner");
    }
    assert_eq!(ask(&mut client, "XGROUP CREATE feed:gala g 0"), moved_stream);
    client.line("READWRITE", "+OK|");
    assert_eq!(ask(&mut client, "COUNT gala"), moved);
    client.line("READONLY", "+OK|");
    client.line("RESET", "+RESET|");
    assert_eq!(ask(&mut client, "COUNT gala"), moved, "a connection begins anew");
    // What is about no event is answered by every node.
    assert!(ask(&mut client, "EVENT LIST").contains("gala"));
    assert!(ask(&mut client, "SUBSCRIBE feed:gala").contains("subscribe"));
    assert_eq!(copy.stats.commands_moved(), 11);

    let mut client = Client::connect(owner.address);
    assert!(ask(&mut client, HOLD).contains("A-1-1"));
    assert!(ask(&mut client, "ASKING").contains("OK"));
    assert_eq!(owner.stats.commands_moved(), 0);
}

#[test]
fn a_transaction_with_an_event_of_another_node_is_not_carried_out() {
    let ((owner, _), (copy, _)) = nodes();
    let mut client = copy.client();
    client.line("MULTI", "+OK|");
    client.line(HOLD, &format!("-MOVED 5732 {}|", owner.address));
    client.line(
        "EXEC",
        "-EXECABORT HF-INP-071 nothing was carried out: this node does not have the event, or may not answer for it|",
    );
    client.line("READONLY", "+OK|");
    client.line("MULTI", "+OK|");
    client.line("COUNT gala", "+QUEUED|");
    assert!(ask(&mut client, "EXEC").contains("free"));
}

#[test]
fn nobody_is_sent_to_an_owner_that_is_silent_or_not_known() {
    let ((_owner, _), (copy, known)) = nodes();
    let mut client = copy.client();
    let nobody = "-DEGRADED HF-SYS-030 nobody owns the slot|";
    known.change(|view| view.shards[0].is_heard = false);
    assert_eq!(ask(&mut client, HOLD), nobody);
    known.change(|view| view.shards[0].owner = None);
    assert_eq!(ask(&mut client, HOLD), nobody);
    client.line("READONLY", "+OK|");
    assert!(ask(&mut client, "COUNT gala").contains("free"), "a copy is there all the same");
    known.is_stale.store(true, Ordering::SeqCst);
    for read in ["COUNT gala", "EVENT LIST"] {
        assert_eq!(ask(&mut client, read), "-DEGRADED HF-SYS-030 what is here is too old|", "{read}");
    }
    known.is_stale.store(false, Ordering::SeqCst);
    known.change(|view| view.shards[0].owner = Some(1));
    assert!(
        ask(&mut client, HOLD).contains("A-1-1"),
        "the same connection goes on when this node takes over"
    );
}

#[test]
fn a_slot_that_is_of_another_shard_is_moved_there_by_the_owner_of_this_one() {
    let ((owner, known), _) = nodes();
    let mut client = owner.client();
    known.change(|view| {
        let other = Shard { slots: 6_000..=16_383, nodes: vec![1], owner: Some(1), is_heard: true };
        view.shards = vec![Shard { slots: 0..=5_999, nodes: vec![0], owner: Some(0), is_heard: true }, other];
    });
    assert_eq!(ask(&mut client, "HOLD a k1 ann 0 SEATS A-1-1"), "-MOVED 15495 127.0.0.1:1|");
    assert!(ask(&mut client, HOLD).contains("A-1-1"));
}

/// Byte for byte what a Redis 7.0 answers, but for the names, addresses and numbers of the nodes.
#[test]
fn what_client_libraries_ask_before_they_begin() {
    let ((owner, _), (copy, _)) = nodes();
    let (mut of_owner, mut of_copy) = (owner.client(), copy.client());
    let port = owner.address.port();
    let of_copys = ask(&mut of_copy, "ROLE");
    assert!(of_copys.starts_with(&format!("*5|slave|127.0.0.1|:{port}|connected|:")), "{of_copys}");
    let of_owners = ask(&mut of_owner, "ROLE");
    assert!(of_owners.starts_with("*3|master|:") && of_owners.ends_with("|*0|"), "{of_owners}");
    assert!(ask(&mut of_copy, "CLUSTER INFO").starts_with("cluster_state:ok"));
    assert!(ask(&mut of_copy, "HELLO 3").contains("mode|cluster|role|replica|"));
    assert!(ask(&mut of_owner, "HELLO 3").contains("mode|cluster|role|master|"));
    assert!(ask(&mut of_copy, "CONFIG GET cluster-enabled").contains("yes"));
    of_copy.line("CLUSTER KEYSLOT {a}b", ":15495|");
    let slots = ask(&mut of_copy, "CLUSTER SLOTS");
    assert!(slots.starts_with(&format!("*1|*4|:0|:16383|*4|127.0.0.1|:{port}|")), "{slots}");
    assert!(ask(&mut of_copy, "CLUSTER MYID").len() == 41);

    let alone = TestServer::start();
    let mut client = alone.client();
    for line in ["CLUSTER INFO", "CLUSTER SLOTS", "READONLY", "READWRITE", "ASKING"] {
        let says = "-INVALID HF-INP-007 This instance has cluster support disabled|";
        assert_eq!(ask(&mut client, line), says, "{line}");
    }
    assert!(ask(&mut client, "ROLE").starts_with("*3|master|:"));
    assert!(ask(&mut client, "CONFIG GET cluster-enabled").contains("no"));
}

#[test]
fn somebody_in_this_process_is_sent_nowhere() {
    let (_owner, (copy, _)) = nodes();
    let inside = copy.inside();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let read = runtime.block_on(async {
        let from = SocketAddr::from(([127, 0, 0, 1], 4711));
        let pass = Access::open().admit(from.ip(), None).await.unwrap();
        inside.connect(pass, from).unwrap().ask(&["COUNT", "gala"]).await.unwrap()
    });
    assert!(matches!(read, Value::Map(_)), "{read:?}");
}

/// Who wrote at the owner reads what was written from a copy, with the version that the reply had.
#[test]
fn a_version_is_waited_for_and_no_longer_than_was_said() {
    let server = TestServer::start();
    let mut client = server.client();
    client.command(&["EVENT", "CREATE", "gala", "k0", HALL]);
    client.expect("*6|$5|event|$4|gala|$6|status|$4|open|$7|version|:1|");
    client.line("WAITVERSION gala 1 0", ":1|");
    client.line("WAITVERSION gala 2 0", "-TIMEOUT HF-SYS-034 the event is at version 1, and not at 2 yet|");
    assert!(ask(&mut client, "WAITVERSION nowhere 1 0").starts_with("-NOEVENT HF-INP-020"));
    assert!(ask(&mut client, "WAITVERSION gala x 0").starts_with("-INVALID HF-INP-"));
    client.send("WAITVERSION gala 3 600000\r\nPING\r\n");
    let mut other = server.client();
    for seat in 1..3 {
        assert!(ask(&mut other, &format!("HOLD gala h{seat} ann 600000 SEATS A-1-{seat}")).contains("seats"));
    }
    client.expect(":3|+PONG|");
}
