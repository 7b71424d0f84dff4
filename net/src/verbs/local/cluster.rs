//! Commands by which stock clients of a cluster learn which node has what, in the forms of Redis.

use holdfast_engine::{Channel, Fault, Name};

use super::{ASKS, Local, end};
use crate::verbs::words::Words;
use crate::verbs::{Command, Feed, Front, Manner, Verb, front, prefix};

/// What is asked of a cluster.
#[derive(Clone, Debug)]
pub(crate) enum ClusterAsk<'a> {
    /// `CLUSTER INFO`
    Info,
    /// `CLUSTER SLOTS`
    Slots,
    /// `CLUSTER SHARDS`
    Shards,
    /// `CLUSTER NODES`
    Nodes,
    /// `CLUSTER MYID`
    MyId,
    /// `CLUSTER KEYSLOT`
    KeySlot(&'a [u8]),
    /// `READONLY`
    ReadOnly,
    /// `READWRITE`
    ReadWrite,
    /// `ASKING`
    Asking,
}

pub(in super::super) static VERBS: &[Verb] = &[
    front(("CLUSTER", "INFO"), 2, ASKS, "CLUSTER INFO", "whether each slot has an owner", |words| {
        asked(words, ClusterAsk::Info)
    }),
    front(
        ("CLUSTER", "SLOTS"),
        2,
        ASKS,
        "CLUSTER SLOTS",
        "which node owns which slots, and which have copies",
        |words| asked(words, ClusterAsk::Slots),
    ),
    front(
        ("CLUSTER", "SHARDS"),
        2,
        ASKS,
        "CLUSTER SHARDS",
        "the same, with what is known of each",
        |words| asked(words, ClusterAsk::Shards),
    ),
    front(
        ("CLUSTER", "NODES"),
        2,
        ASKS,
        "CLUSTER NODES",
        "the same as text, a line for each node",
        |words| asked(words, ClusterAsk::Nodes),
    ),
    front(("CLUSTER", "MYID"), 2, ASKS, "CLUSTER MYID", "the number of this node", |words| {
        asked(words, ClusterAsk::MyId)
    }),
    front(("CLUSTER", "KEYSLOT"), 3, ASKS, "CLUSTER KEYSLOT key", "the slot of a name", |mut words| {
        let key = words.word("key")?;
        asked(words, ClusterAsk::KeySlot(key))
    }),
    front(
        ("READONLY", ""),
        1,
        ASKS,
        "READONLY",
        "reads of this connection may be answered by a copy",
        |words| asked(words, ClusterAsk::ReadOnly),
    ),
    front(("READWRITE", ""), 1, ASKS, "READWRITE", "the end of READONLY", |words| {
        asked(words, ClusterAsk::ReadWrite)
    }),
    front(("ASKING", ""), 1, ASKS, "ASKING", "accepted, without effect: no slot is on its way", |words| {
        asked(words, ClusterAsk::Asking)
    }),
];

fn asked<'a>(words: Words<'a>, ask: ClusterAsk<'a>) -> Result<Front<'a>, Fault> {
    end(words, Local::Cluster(ask))
}

impl Command<'_> {
    /// The event whose slot says which node of a cluster the command is for, and the word by whose slot its client looks for that node;
    /// of the first, if there are several. What a connection subscribes to plainly has none, as every node hears of everything.
    pub(crate) fn routed_by(&self) -> Option<(Name, Vec<u8>)> {
        let named = |channel, event: &Name| (event.clone(), [prefix(channel), event.bytes()].concat());
        match self {
            Self::Front(Front::Feed(Feed::Stream(ask))) => {
                ask.events().next().map(|event| named(Channel::Feed, event))
            }
            Self::Front(Front::Feed(Feed::Subscribe(Manner::Sharded, channels, _))) => {
                channels.first().map(|(channel, event)| named(*channel, event))
            }
            _ => self.event().map(|event| (event.clone(), event.bytes().to_vec())),
        }
    }

    /// Whether a copy answers it, whatever was said on the connection before: as a Redis that has a copy does.
    pub(crate) const fn is_for_copies(&self) -> bool {
        matches!(self, Self::Front(Front::Feed(Feed::Subscribe(..))))
    }
}
