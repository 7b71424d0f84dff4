//! A node's own log: what it has kept, and how much of that a crash leaves.

use bytes::Bytes;
use holdfast_replica::{Body, Chain, Identity, Position, Verdict};
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
        let (at, genesis) = &self.kept[0];
        let (mut chain, _) = Chain::begin(identity, LEVEL, *at, genesis).unwrap();
        let mut owner = "".into();
        for (at, bytes) in &self.kept[1..] {
            let Verdict::Valid(message) = chain.recover(*at, bytes) else { panic!("kept: {at} is not valid") };
            match message.body {
                Body::Epoch(taken) => owner = taken.owner,
                Body::Handover(handover) => owner = handover.to,
                Body::Genesis(_) | Body::Group(_) | Body::Beat(_) => {}
            }
        }
        (chain, owner)
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
