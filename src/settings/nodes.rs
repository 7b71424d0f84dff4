//! The nodes of a cluster, as the settings name them: `name`, or `name=host:port`.

use std::net::SocketAddr;

use holdfast_net::cluster::Node;

use super::table::Cluster;

impl Cluster {
    /// The nodes that may own the log, in the order in which they try, each with where clients reach it, if that is told.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let nodes = self.nodes.iter().flat_map(|words| &words.0);
        nodes.map(|word| match word.split_once('=') {
            Some((name, address)) => (name, Some(address)),
            None => (word.as_str(), None),
        })
    }

    /// Where clients reach this node, if that is told.
    pub(crate) fn advertised(&self) -> Option<&str> {
        let own = || self.members().find(|(name, _)| Some(*name) == self.node.as_deref());
        self.advertise.as_deref().or_else(|| own()?.1)
    }

    /// Refuses nodes that clients could not be told of.
    pub(super) fn check_nodes(&self, listen: SocketAddr) -> Result<(), String> {
        let Some(node) = &self.node else {
            // A command on the log has the file of a node, which names all of them.
            let is_named = self.nodes.as_ref().is_some_and(|nodes| !nodes.0.is_empty());
            return match (is_named && self.nats_urls.is_none()) || self.advertise.is_some() {
                true => {
                    Err("cluster.nodes and cluster.advertise are for a node: cluster.node names it"
                        .to_owned())
                }
                false => Ok(()),
            };
        };
        let members: Vec<_> = self.members().collect();
        let Some((_, told)) = members.iter().find(|(name, _)| name == node) else {
            return Err(format!(
                "cluster.node is {node}, and cluster.nodes does not name it: name each node of the shard there, on every node the same"
            ));
        };
        for (place, (name, address)) in members.iter().enumerate() {
            if name.is_empty() || address.is_some_and(|address| Node::new("", name, address).is_none()) {
                return Err(format!(
                    "cluster.nodes: {name}={} is no name=host:port",
                    address.unwrap_or_default()
                ));
            }
            let is_told_twice =
                |(other, at): &&(&str, Option<&str>)| other == name || (at.is_some() && at == address);
            if let Some((other, _)) = members[..place].iter().find(is_told_twice) {
                return Err(format!("cluster.nodes: {name} has the name or the address of {other}"));
            }
        }
        if members.iter().any(|(_, address)| address.is_some() != told.is_some()) {
            return Err("cluster.nodes says where some nodes are, and not all: write name=host:port for each, or for none".to_owned());
        }
        match (&self.advertise, told) {
            (Some(address), _) if Node::new("", node, address).is_none() => {
                Err(format!("cluster.advertise is {address}, and no host:port"))
            }
            (Some(address), Some(told)) if address != told => Err(format!(
                "cluster.advertise is {address}, and cluster.nodes has {told} for {node}: leave cluster.advertise out"
            )),
            (None, None) if listen.ip().is_unspecified() => Err(format!(
                "clients are sent to the owner, and nobody reaches {listen}: write {node}=host:port in cluster.nodes, or cluster.advertise"
            )),
            _ => Ok(()),
        }
    }
}
