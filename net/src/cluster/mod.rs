//! What a node of a cluster tells clients of it, in the forms of Redis: which node has which events, and where it is.
//!
//! Stock clients keep a table of 16,384 slots. An event is in the slot of its name, and each slot in one shard, whose owner
//! sells. A client that asks another node is told where the owner is, and asks there: [`Guide`] knows.

mod slots;
mod told;

use std::fmt;
use std::fmt::Write as _;
use std::ops::RangeInclusive;

use holdfast_engine::Fault;
use ring::digest;

pub(crate) use slots::slot;
pub(crate) use told::{write, write_role};

/// How many slots there are.
pub const SLOTS: u16 = 16_384;

/// What a server knows of the cluster that it is a node of. It is asked by connections, so it must not wait.
pub trait Guide: Send + Sync {
    /// Whether this node owns all slots and may answer for them now. Asked once a turn of each connection; while it is so,
    /// nothing else is.
    fn is_sole_owner(&self) -> bool;

    /// What it knows now.
    fn view(&self) -> View;

    /// Whether what this node shows is young enough to be shown.
    ///
    /// # Errors
    /// What a client is told that would read it.
    fn reads(&self) -> Result<(), Fault>;

    /// Why a command is for no node at all now: no owner is known, or the one that is known is silent.
    fn no_owner(&self) -> Fault;
}

impl fmt::Debug for dyn Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// A cluster, as one of its nodes knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct View {
    /// The nodes whose addresses are known. There are few.
    pub nodes: Vec<Node>,
    /// Which of them this is.
    pub own: usize,
    /// The shards, with their slots, which do not overlap.
    pub shards: Vec<Shard>,
    /// The newest epoch that this node knows of.
    pub epoch: u64,
}

/// A part of the slots, and who has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shard {
    /// The slots, of those below [`SLOTS`].
    pub slots: RangeInclusive<u16>,
    /// Its nodes, by their places in [`View::nodes`].
    pub nodes: Vec<usize>,
    /// Which of these owns it, if anybody knows.
    pub owner: Option<usize>,
    /// Whether the owner was heard of lately: to one that was not, nobody is sent.
    pub is_heard: bool,
}

/// A node, and where clients reach it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    host: Box<str>,
    port: u16,
    id: Box<str>,
}

impl Node {
    /// The node of this name at `host:port`; an IPv6 address stands in brackets. `None` if that is no address.
    ///
    /// Clients know it by a number of 40 hexadecimal digits, which is made of the names, and so is the same on every node.
    #[must_use]
    pub fn new(cluster: &str, name: &str, address: &str) -> Option<Self> {
        let (host, port) = address.rsplit_once(':')?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_plain = |host: &str| {
            !host.is_empty()
                && !host.contains(|c: char| c.is_whitespace() || c.is_control() || "[]@/,=".contains(c))
        };
        let host = bare.or(Some(host).filter(|host| !host.contains(':'))).filter(|host| is_plain(host))?;
        let port = port.parse().ok().filter(|port| *port > 0)?;
        let hash = digest::digest(&digest::SHA256, format!("{cluster}/{name}").as_bytes());
        let mut id = String::with_capacity(40);
        for byte in hash.as_ref().iter().take(20) {
            // Writing to a String cannot fail.
            let _ = write!(id, "{byte:02x}");
        }
        Some(Self { host: host.into(), port, id: id.into() })
    }

    /// Its host: a name, or an address without brackets.
    #[must_use]
    pub const fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

/// Where an event is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place<'a> {
    /// This node owns it.
    Here,
    /// Another node owns it. `is_copied`: this one has a copy.
    At { owner: &'a Node, is_copied: bool },
    /// Nobody does who could be asked. `is_copied`: this node has a copy.
    Nowhere { is_copied: bool },
}

/// Where the commands of a connection go whose events another node of the cluster has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Routing {
    /// Their client is sent there.
    Moves,
    /// Reads are answered from what is here (`READONLY`), and for writes the client is sent there.
    Reads,
    /// They stay here, as their client is in this process. Writes are refused.
    Stays,
}

impl View {
    /// Where the events of a slot are.
    pub(crate) fn place(&self, slot: u16) -> Place<'_> {
        let Some(shard) = self.shards.iter().find(|shard| shard.slots.contains(&slot)) else {
            return Place::Nowhere { is_copied: false };
        };
        let is_copied = shard.nodes.contains(&self.own);
        match self.owner(shard) {
            Some(_) if shard.owner == Some(self.own) => Place::Here,
            Some(owner) if shard.is_heard => Place::At { owner, is_copied },
            _ => Place::Nowhere { is_copied },
        }
    }

    /// The shard that this node is of.
    pub(crate) fn shard(&self) -> Option<&Shard> {
        self.shards.iter().find(|shard| shard.nodes.contains(&self.own))
    }

    /// Whether this node owns its shard.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.shard().is_some_and(|shard| shard.owner == Some(self.own))
    }

    /// Whether this node owns all slots.
    #[must_use]
    pub fn owns_all(&self) -> bool {
        self.is_owner() && self.shard().is_some_and(|shard| shard.slots == (0..=SLOTS - 1))
    }

    /// The owner of the shard that this node is of, and whether it was heard of lately.
    #[must_use]
    pub fn own_owner(&self) -> Option<(&Node, bool)> {
        let shard = self.shard()?;
        Some((self.owner(shard)?, shard.is_heard))
    }

    fn owner(&self, shard: &Shard) -> Option<&Node> {
        self.nodes.get(shard.owner?)
    }
}

#[cfg(test)]
mod tests;
