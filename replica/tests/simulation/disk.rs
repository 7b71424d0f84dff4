//! A node's own log: what it has kept, and how much of that a crash leaves.

use bytes::Bytes;
use holdfast_replica::{Body, Chain, Identity, Link, Position, Verdict, fingerprint};
use holdfast_testkit::Random;

/// The newest format of records that the nodes know.
pub(crate) const LEVEL: u32 = 4;

#[derive(Clone)]
pub(crate) struct Disk {
    pub(crate) kept: Vec<(Position, Bytes)>,
    pub(crate) synced: usize,
}

impl Disk {
    pub(crate) fn new(genesis: &Bytes) -> Self {
        Self { kept: vec![(Position(1), genesis.clone())], synced: 1 }
    }

    /// The process ends: what was not synced is there in part.
    pub(crate) fn crash(&mut self, random: &mut Random) {
        let unsynced = self.kept.len() - self.synced;
        let left = self.synced + random.below(unsynced as u64 + 1) as usize;
        self.kept.truncate(left);
        self.synced = left;
    }

    /// Recovery: the rule is applied to what was kept, as it was to the log. Gives the name of the newest owner as well.
    pub(crate) fn recover(&self, identity: Identity) -> (Chain, Box<str>) {
        Self::recover_from(identity, &self.kept)
    }

    fn recover_from(identity: Identity, kept: &[(Position, Bytes)]) -> (Chain, Box<str>) {
        let (at, genesis) = &kept[0];
        let (mut chain, _) = Chain::begin(identity, LEVEL, *at, genesis).unwrap();
        let mut owner = "".into();
        for (at, bytes) in &kept[1..] {
            let Verdict::Valid(message) = chain.recover(*at, bytes) else {
                panic!("kept: {at} is not valid")
            };
            match message.body {
                Body::Epoch(taken) => owner = taken.owner,
                Body::Handover(handover) => owner = handover.to,
                Body::Genesis(_) | Body::Group(_) | Body::Beat(_) => {}
            }
        }
        (chain, owner)
    }

    /// The chain up to the newest message below a position, or up to the oldest, and what was kept behind it.
    pub(crate) fn below(&self, identity: Identity, below: Position) -> (Chain, Vec<Bytes>) {
        let count = self.kept.iter().take_while(|(at, _)| *at < below).count().max(1);
        let (kept, behind) = self.kept.split_at(count);
        (Self::recover_from(identity, kept).0, behind.iter().map(|(_, bytes)| bytes.clone()).collect())
    }

    /// A message that was kept stands here now.
    pub(crate) fn found(&mut self, at: Position, link: Link) {
        let kept = self.kept.iter_mut().rev().find(|(_, bytes)| fingerprint(bytes) == link);
        kept.unwrap_or_else(|| panic!("found: {link} was never kept")).0 = at;
    }

    /// The newest operation that was kept; 0 if there is none.
    pub(crate) fn newest(&self) -> u64 {
        let groups = self.kept.iter().rev().filter(|(_, bytes)| bytes[6] == 2);
        groups.map(|(_, bytes)| operations(bytes).pop().unwrap_or(0)).next().unwrap_or(0)
    }
}

/// The operations of a group.
pub(crate) fn operations(bytes: &[u8]) -> Vec<u64> {
    let (mut rest, mut found) = (&bytes[128..], Vec::new());
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let (record, behind) = behind.split_at(u32::from_le_bytes(*length) as usize);
        rest = behind;
        found.push(u64::from_le_bytes(*record.first_chunk().unwrap()));
    }
    // The first record is the group's place.
    found.remove(0);
    found
}
