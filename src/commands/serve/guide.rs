//! Where the nodes of a cluster are, for clients that come to one of them: what the log says of its owner, and what the settings say of addresses.

use std::net::SocketAddr;

use holdfast_engine::{ClusterRole, ClusterView, Code, Fault};
use holdfast_net::cluster::{Guide, Node, SLOTS, Shard, View};

use crate::settings::Cluster;

/// What this process knows of its cluster.
pub(super) struct Known {
    cluster: ClusterView,
    name: String,
    /// The nodes whose addresses the settings tell, and this one, with their names.
    nodes: Vec<(String, Node)>,
    own: usize,
}

impl Known {
    /// `address` is where this node listens.
    pub(super) fn new(cluster: &ClusterView, settings: &Cluster, address: SocketAddr) -> Self {
        let name = settings.name.clone();
        let node =
            |member: &str, address: &str| Some((member.to_owned(), Node::new(&name, member, address)?));
        let told = settings.members().filter_map(|(member, address)| node(member, address?));
        let mut nodes: Vec<_> = told.collect();
        let own = settings.node.as_deref().unwrap_or_default();
        let place = nodes.iter().position(|(member, _)| member == own).unwrap_or_else(|| {
            let address = settings.advertised().map_or_else(|| address.to_string(), str::to_owned);
            nodes.extend(node(own, &address));
            nodes.len().saturating_sub(1)
        });
        Self { cluster: cluster.clone(), name, nodes, own: place }
    }
}

impl Guide for Known {
    fn is_sole_owner(&self) -> bool {
        self.cluster.sells() && self.cluster.reads().is_ok()
    }

    fn view(&self) -> View {
        let known = self.cluster.figures();
        let mut nodes: Vec<Node> = self.nodes.iter().map(|(_, node)| node.clone()).collect();
        let owner = if known.role == ClusterRole::Owner {
            Some(self.own).filter(|_| self.cluster.sells())
        } else {
            known.owner.and_then(|(name, address)| {
                let told = self.nodes.iter().position(|(member, _)| **member == *name);
                told.or_else(|| {
                    nodes.push(Node::new(&self.name, &name, &address)?);
                    Some(nodes.len() - 1)
                })
            })
        };
        let shard = Shard {
            slots: 0..=SLOTS - 1,
            nodes: (0..nodes.len()).collect(),
            owner,
            // Who does not know the end of the log does not know who owns it by now.
            is_heard: self.cluster.reads().is_ok(),
        };
        View { nodes, own: self.own, shards: vec![shard], epoch: known.epoch }
    }

    fn reads(&self) -> Result<(), Fault> {
        self.cluster.reads()
    }

    fn no_owner(&self) -> Fault {
        Fault::new(Code::NO_OWNER, "no node is known to own the shard now; retry after 200 ms")
    }
}
