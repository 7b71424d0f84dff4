//! The replies to `CLUSTER` and `ROLE`, byte for byte in the shapes of Redis 7.

use std::fmt::Write as _;

use holdfast_engine::{Code, Fault};

use super::{Node, SLOTS, Shard, View, slot};
use crate::resp::encode::{Encoder, field};
use crate::verbs::ClusterAsk;

/// Writes the reply to a command about the cluster. `durable` is the newest record that this node has on its disk.
pub(crate) fn write(
    ask: &ClusterAsk<'_>,
    view: Option<&View>,
    (durable, encrypted): (u64, bool),
    encoder: &mut Encoder<'_>,
) {
    let Some(view) = view else {
        // As a Redis says it that is of no cluster.
        return encoder
            .error(&Fault::new(Code::UNKNOWN_COMMAND, "This instance has cluster support disabled"));
    };
    match ask {
        ClusterAsk::Info => encoder.verbatim(&info(view)),
        ClusterAsk::Slots => write_slots(view, encoder),
        ClusterAsk::Shards => write_shards(view, (durable, encrypted), encoder),
        ClusterAsk::Nodes => encoder.verbatim(&lines(view)),
        ClusterAsk::MyId => {
            encoder.bulk(view.nodes.get(view.own).map_or(&b""[..], |node| node.id.as_bytes()));
        }
        ClusterAsk::KeySlot(key) => encoder.integer(u64::from(slot(key))),
        ClusterAsk::ReadOnly | ClusterAsk::ReadWrite | ClusterAsk::Asking => encoder.simple("OK"),
    }
}

/// The reply to `ROLE`. Without a cluster the server owns what it has.
pub(crate) fn write_role(view: Option<&View>, durable: u64, encoder: &mut Encoder<'_>) {
    if let Some(view) = view
        && !view.is_owner()
    {
        let (host, port, link) = match view.own_owner() {
            Some((owner, true)) => (owner.host(), owner.port(), "connected"),
            Some((owner, false)) => (owner.host(), owner.port(), "connect"),
            None => ("", 0, "connect"),
        };
        encoder.array(5);
        encoder.bulk(b"slave");
        encoder.bulk(host.as_bytes());
        encoder.integer(u64::from(port));
        encoder.bulk(link.as_bytes());
        return encoder.integer(durable);
    }
    encoder.array(3);
    encoder.bulk(b"master");
    encoder.integer(durable);
    // Nodes read the log, and are connected to nobody.
    encoder.array(0);
}

impl View {
    /// The shards with a known owner, each with its owner first.
    fn owned(&self) -> Vec<(&Shard, Vec<(usize, &Node)>)> {
        let owned = self.shards.iter().filter(|shard| self.owner(shard).is_some());
        owned
            .map(|shard| {
                let others = shard.nodes.iter().copied().filter(|node| Some(*node) != shard.owner);
                let all = shard.owner.into_iter().chain(others);
                (shard, all.filter_map(|node| Some((node, self.nodes.get(node)?))).collect())
            })
            .collect()
    }
}

const fn count(shard: &Shard) -> u16 {
    *shard.slots.end() - *shard.slots.start() + 1
}

fn info(view: &View) -> String {
    let owned = view.owned();
    let assigned: u16 = owned.iter().map(|(shard, _)| count(shard)).sum();
    let silent: u16 = owned.iter().filter(|(shard, _)| !shard.is_heard).map(|(shard, _)| count(shard)).sum();
    let state = if assigned == SLOTS && silent == 0 { "ok" } else { "fail" };
    let mut text = String::new();
    for (name, value) in [
        ("cluster_slots_assigned", u64::from(assigned)),
        ("cluster_slots_ok", u64::from(assigned - silent)),
        ("cluster_slots_pfail", u64::from(silent)),
        ("cluster_slots_fail", 0),
        ("cluster_known_nodes", view.nodes.len() as u64),
        ("cluster_size", owned.len() as u64),
        ("cluster_current_epoch", view.epoch),
        ("cluster_my_epoch", view.epoch),
        // Nodes speak to each other by the log alone.
        ("cluster_stats_messages_sent", 0),
        ("cluster_stats_messages_received", 0),
        ("total_cluster_links_buffer_limit_exceeded", 0),
    ] {
        // Writing to a String cannot fail.
        let _ = write!(text, "{name}:{value}\r\n");
    }
    format!("cluster_state:{state}\r\n{text}")
}

fn write_slots(view: &View, encoder: &mut Encoder<'_>) {
    let owned = view.owned();
    encoder.array(owned.len());
    for (shard, nodes) in owned {
        encoder.array(2 + nodes.len());
        encoder.integer(u64::from(*shard.slots.start()));
        encoder.integer(u64::from(*shard.slots.end()));
        for (_, node) in nodes {
            encoder.array(4);
            encoder.bulk(node.host.as_bytes());
            encoder.integer(u64::from(node.port));
            encoder.bulk(node.id.as_bytes());
            encoder.map(0);
        }
    }
}

fn write_shards(view: &View, (durable, encrypted): (u64, bool), encoder: &mut Encoder<'_>) {
    let owned = view.owned();
    encoder.array(owned.len());
    for (shard, nodes) in owned {
        encoder.map(2);
        encoder.field(field!("slots"));
        encoder.array(2);
        encoder.integer(u64::from(*shard.slots.start()));
        encoder.integer(u64::from(*shard.slots.end()));
        encoder.field(field!("nodes"));
        encoder.array(nodes.len());
        for (place, node) in nodes {
            let is_owner = shard.owner == Some(place);
            encoder.map(7);
            encoder.field(field!("id"));
            encoder.bulk(node.id.as_bytes());
            encoder.field(if encrypted { field!("tls-port") } else { field!("port") });
            encoder.integer(u64::from(node.port));
            encoder.field(field!("ip"));
            encoder.bulk(node.host.as_bytes());
            encoder.field(field!("endpoint"));
            encoder.bulk(node.host.as_bytes());
            encoder.field(field!("role"));
            encoder.bulk(if is_owner { b"master" } else { b"replica" });
            encoder.field(field!("replication-offset"));
            // How far the others are, they tell themselves.
            encoder.integer(if place == view.own { durable } else { 0 });
            encoder.field(field!("health"));
            encoder.bulk(if is_owner && !shard.is_heard { b"fail" } else { b"online" });
        }
    }
}

/// A line for each node: its number, its address, what it is, of whom it is a copy, and its slots.
fn lines(view: &View) -> String {
    let mut text = String::new();
    for (place, Node { host, port, id }) in view.nodes.iter().enumerate() {
        let shard = view.shards.iter().find(|shard| shard.nodes.contains(&place));
        let owner = shard.and_then(|shard| view.owner(shard));
        let myself = if place == view.own { "myself," } else { "" };
        let epoch = view.epoch;
        // There is no second port between the nodes.
        let _ = match shard.filter(|shard| shard.owner == Some(place)) {
            Some(Shard { slots, is_heard, .. }) => {
                let (flags, link) =
                    if *is_heard { ("master", "connected") } else { ("master,fail?", "disconnected") };
                let (first, last) = (slots.start(), slots.end());
                writeln!(text, "{id} {host}:{port}@0 {myself}{flags} - 0 0 {epoch} {link} {first}-{last}")
            }
            None => {
                let of = owner.map_or("-", |owner| &owner.id);
                writeln!(text, "{id} {host}:{port}@0 {myself}slave {of} 0 0 {epoch} connected")
            }
        };
    }
    text
}
