use super::*;
use crate::resp::encode::{Encoder, Protocol};
use crate::verbs::ClusterAsk;

pub(crate) fn view() -> View {
    let nodes = [("a", "10.0.0.1:7411"), ("b", "tickets-2.example:7411"), ("c", "[::1]:7411")];
    View {
        nodes: nodes.map(|(name, address)| Node::new("seoul", name, address).unwrap()).to_vec(),
        own: 1,
        shards: vec![Shard { slots: 0..=16_383, nodes: vec![0, 1, 2], owner: Some(0), is_heard: true }],
        epoch: 7,
    }
}

fn told(ask: &ClusterAsk<'_>, view: &View, protocol: Protocol) -> String {
    let mut out = Vec::new();
    write(ask, Some(view), (84, false), &mut Encoder::new(&mut out, protocol));
    String::from_utf8(out).unwrap().replace("\r\n", "|")
}

/// As `CLUSTER KEYSLOT` of a Redis tells them.
#[test]
fn slots_are_those_of_every_client() {
    for (name, expected) in [
        ("123456789", 12_739),
        ("a", 15_495),
        ("{a}b", 15_495),
        ("b{a}", 15_495),
        ("{}a", 10_875),
        ("{a", 10_276),
        ("{{a}}", 10_276),
        ("{a}{b}", 15_495),
        ("", 0),
        ("gala", 5_732),
    ] {
        assert_eq!(slot(name.as_bytes()), expected, "{name}");
    }
}

#[test]
fn an_address_is_a_host_and_a_port() {
    for (address, expected) in [
        ("10.0.0.1:7411", Some(("10.0.0.1", 7411))),
        ("tickets.example:1", Some(("tickets.example", 1))),
        ("[::1]:7411", Some(("::1", 7411))),
        ("::1:7411", None),
        ("10.0.0.1", None),
        ("10.0.0.1:0", None),
        ("10.0.0.1:65536", None),
        (":7411", None),
        ("a b:7411", None),
        ("b=a:7411", None),
    ] {
        let node = Node::new("seoul", "a", address);
        assert_eq!(node.as_ref().map(|node| (node.host(), node.port())), expected, "{address}");
    }
    let id = |cluster, name| Node::new(cluster, name, "h:1").unwrap().id;
    assert_eq!(id("seoul", "a").len(), 40);
    assert!(id("seoul", "a") != id("seoul", "b") && id("seoul", "a") != id("busan", "a"));
}

#[test]
fn an_event_is_here_elsewhere_or_nowhere() {
    let mut view = view();
    let owner = view.nodes[0].clone();
    assert_eq!(view.place(5), Place::At { owner: &owner, is_copied: true });
    view.shards[0].is_heard = false;
    assert_eq!(view.place(5), Place::Nowhere { is_copied: true });
    view.shards[0].owner = Some(1);
    assert_eq!(view.place(5), Place::Here);
    view.shards[0].owner = None;
    assert_eq!(view.place(5), Place::Nowhere { is_copied: true });

    let upper = Shard { slots: 8_192..=16_383, nodes: vec![2], owner: Some(2), is_heard: true };
    view.shards = vec![Shard { slots: 0..=8_000, nodes: vec![1, 0], owner: Some(1), is_heard: true }, upper];
    let other = view.nodes[2].clone();
    assert_eq!((view.place(8_000), view.is_owner()), (Place::Here, true));
    assert_eq!(view.place(8_192), Place::At { owner: &other, is_copied: false });
    assert_eq!(view.place(8_100), Place::Nowhere { is_copied: false }, "a slot of no shard");
    assert!(
        told(&ClusterAsk::Info, &view, Protocol::Resp2)
            .contains("|cluster_state:fail|cluster_slots_assigned:16193|")
    );
}

/// The shapes are those that a cluster of Redis 7.0 writes, of which each was taken down.
#[test]
fn a_cluster_is_told_as_redis_tells_it() {
    let view = view();
    let [a, b, c] = [0, 1, 2].map(|node| view.nodes[node].id.to_string());
    let two = |ask: ClusterAsk<'_>| told(&ask, &view, Protocol::Resp2);
    let three = |ask: ClusterAsk<'_>| told(&ask, &view, Protocol::Resp3);

    let slots = format!(
        "*1|*5|:0|:16383|*4|$8|10.0.0.1|:7411|$40|{a}|*0|*4|$17|tickets-2.example|:7411|$40|{b}|*0|*4|$3|::1|:7411|$40|{c}|*0|"
    );
    assert_eq!(two(ClusterAsk::Slots), slots);
    assert_eq!(three(ClusterAsk::Slots), slots.replace("|*0|", "|%0|"));

    let node = |head: &str, id: &str, ip: &str, role: &str, offset: u64| {
        let (long, called) = (ip.len(), role.len());
        format!(
            "{head}|$2|id|$40|{id}|$4|port|:7411|$2|ip|${long}|{ip}|$8|endpoint|${long}|{ip}|$4|role|${called}|{role}|$18|replication-offset|:{offset}|$6|health|$6|online|"
        )
    };
    let shards = |outer: &str, head: &str| {
        let nodes = [
            (&a, "10.0.0.1", "master", 0),
            (&b, "tickets-2.example", "replica", 84),
            (&c, "::1", "replica", 0),
        ];
        let nodes = nodes.map(|(id, ip, role, offset)| node(head, id, ip, role, offset)).concat();
        format!("*1|{outer}|$5|slots|*2|:0|:16383|$5|nodes|*3|{nodes}")
    };
    assert_eq!(two(ClusterAsk::Shards), shards("*4", "*14"));
    assert_eq!(three(ClusterAsk::Shards), shards("%2", "%7"));

    let lines = format!(
        "{a} 10.0.0.1:7411@0 master - 0 0 7 connected 0-16383\n{b} tickets-2.example:7411@0 myself,slave {a} 0 0 7 connected\n{c} ::1:7411@0 slave {a} 0 0 7 connected\n"
    );
    assert_eq!(two(ClusterAsk::Nodes), format!("${}|{lines}|", lines.len()));
    assert_eq!(three(ClusterAsk::Nodes), format!("={}|txt:{lines}|", lines.len() + 4));

    let info = two(ClusterAsk::Info);
    assert!(
        info.contains(
            "|cluster_state:ok|cluster_slots_assigned:16384|cluster_slots_ok:16384|cluster_slots_pfail:0|"
        ),
        "{info}"
    );
    assert!(info.ends_with("|total_cluster_links_buffer_limit_exceeded:0||"), "{info}");
    assert_eq!(two(ClusterAsk::MyId), format!("$40|{b}|"));
    assert_eq!(two(ClusterAsk::KeySlot(b"{a}b")), ":15495|");
    assert_eq!(two(ClusterAsk::ReadOnly), "+OK|");
}

#[test]
fn a_silent_owner_is_told_as_one_that_may_have_failed() {
    let mut view = view();
    view.shards[0].is_heard = false;
    let info = told(&ClusterAsk::Info, &view, Protocol::Resp2);
    assert!(
        info.contains(
            "|cluster_state:fail|cluster_slots_assigned:16384|cluster_slots_ok:0|cluster_slots_pfail:16384|"
        ),
        "{info}"
    );
    assert!(
        told(&ClusterAsk::Nodes, &view, Protocol::Resp2)
            .contains("@0 master,fail? - 0 0 7 disconnected 0-16383\n")
    );
    assert!(told(&ClusterAsk::Shards, &view, Protocol::Resp2).contains("|$6|health|$4|fail|"));
}

#[test]
fn roles_are_told_as_redis_tells_them() {
    let role = |view: Option<&View>| {
        let mut out = Vec::new();
        write_role(view, 84, &mut Encoder::new(&mut out, Protocol::Resp3));
        String::from_utf8(out).unwrap().replace("\r\n", "|")
    };
    assert_eq!(role(None), "*3|$6|master|:84|*0|");
    let mut view = view();
    assert_eq!(role(Some(&view)), "*5|$5|slave|$8|10.0.0.1|:7411|$9|connected|:84|");
    view.shards[0].is_heard = false;
    assert_eq!(role(Some(&view)), "*5|$5|slave|$8|10.0.0.1|:7411|$7|connect|:84|");
    view.shards[0].owner = Some(1);
    assert_eq!(role(Some(&view)), "*3|$6|master|:84|*0|");
}
