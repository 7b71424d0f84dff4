//! What a node has kept of the replicated log, as far back as it may be asked to write it again.
//!
//! A log that has forgotten its end is given back what it lacks out of this. What it forgets beyond that, nobody writes again without an
//! operator: the node ends, and its directory has it.

use std::collections::VecDeque;

use bytes::Bytes;
use holdfast_replica::{
    Body, Chain, Header, Identity, Link, Malformed, Position, Verdict, decode, fingerprint, seal,
};
use holdfast_wal::{Lsn, Recovered};

use crate::codec::{IDENTITY_FORMAT, decode_place};
use crate::limits;
use crate::node::Over;

/// Messages of the chain with their positions, oldest first; at least one.
#[derive(Debug)]
pub(super) struct Kept {
    identity: Identity,
    messages: VecDeque<(Position, Bytes)>,
    bytes: usize,
    /// The name and the address in the newest epoch, or the name in its handover.
    owner: (Box<str>, Box<str>),
}

impl Kept {
    /// Of a node that has the beginning of the log, and nothing else.
    pub(super) fn begin(identity: Identity, genesis: Bytes) -> Self {
        let mut kept = Self::empty(identity);
        kept.messages.push_back((Position::ZERO.next(), genesis));
        kept
    }

    fn empty(identity: Identity) -> Self {
        Self { identity, messages: VecDeque::new(), bytes: 0, owner: <_>::default() }
    }

    /// What the log of this machine has, from its records; `None` if none of them came through a replicated log.
    ///
    /// # Errors
    /// If the log cannot be read, or its groups are not one behind the other.
    pub(super) fn read(identity: Identity, log: &Recovered, from: Lsn) -> Result<Option<Self>, Over> {
        let (mut kept, mut regrouping) = (Self::empty(identity), Regrouping::new(identity));
        for group in log.groups(from) {
            let group = group.map_err(|error| Over::unreadable(&error))?;
            for (lsn, record) in group.records() {
                regrouping
                    .add(lsn, record, |at, body, bytes| kept.push(at, body, bytes))
                    .map_err(|error| Over::unreadable(&error))?;
            }
        }
        regrouping.ends(|at, body, bytes| kept.push(at, body, bytes));
        Ok((!kept.messages.is_empty()).then_some(kept))
    }

    /// A message was kept, behind all others.
    pub(super) fn push(&mut self, at: Position, body: &Body, bytes: Bytes) {
        match body {
            Body::Epoch(taken) => self.owner = (taken.owner.clone(), taken.address.clone()),
            Body::Handover(handover) => self.owner = (handover.to.clone(), Box::default()),
            Body::Genesis(_) | Body::Group(_) | Body::Beat(_) => {}
        }
        self.bytes += bytes.len();
        self.messages.push_back((at, bytes));
        while self.messages.len() > 1
            && (self.bytes > limits::KEPT_BYTES_MAX || self.messages.len() > limits::KEPT_MESSAGES_MAX)
        {
            self.bytes -= self.messages.pop_front().map_or(0, |(_, bytes)| bytes.len());
        }
    }

    /// The name of whoever owns the log, or is to, and where clients reach it; each empty if that is not known.
    pub(super) const fn owner(&self) -> (&str, &str) {
        (&self.owner.0, &self.owner.1)
    }

    /// The same, if it is known and not the node of this name: one that only follows yet does not own the log.
    pub(super) fn other_owner(&self, own: &str) -> Option<(Box<str>, Box<str>)> {
        let is_another = !self.owner.0.is_empty() && *self.owner.0 != *own;
        is_another.then(|| self.owner.clone())
    }

    /// A message that was kept stands here now.
    pub(super) fn found(&mut self, at: Position, link: Link) {
        if let Some(kept) = self.messages.iter_mut().rev().find(|(_, bytes)| fingerprint(bytes) == link) {
            kept.0 = at;
        }
    }

    /// The chain up to the newest message.
    ///
    /// # Errors
    /// If they are not one behind the other.
    pub(super) fn chain(&self) -> Result<Chain, Over> {
        self.recall(Position(u64::MAX)).map(|(chain, _)| chain)
    }

    /// The chain up to the newest message below a position, or up to the oldest, and all that was kept behind it.
    ///
    /// # Errors
    /// If they are not one behind the other.
    pub(super) fn recall(&self, below: Position) -> Result<(Chain, Vec<Bytes>), Over> {
        let misfit = |at: Position| {
            Over::differs(format!(
                "the message at position {at} does not follow the one before it in the directory"
            ))
        };
        let mut messages = self.messages.iter();
        let Some((first, bytes)) = messages.next() else { return Err(misfit(Position::ZERO)) };
        let mut chain =
            Chain::resume(self.identity, IDENTITY_FORMAT, *first, bytes).map_err(|_| misfit(*first))?;
        let mut behind = Vec::new();
        for (at, bytes) in messages {
            if *at >= below || !behind.is_empty() {
                behind.push(bytes.clone());
            } else if !matches!(chain.recover(*at, bytes), Verdict::Valid(_)) {
                return Err(misfit(*at));
            }
        }
        Ok((chain, behind))
    }
}

/// Puts the messages together again that a node has kept, byte by byte, from the records of its log.
pub(super) struct Regrouping {
    identity: Identity,
    gathering: Option<Gathering>,
}

impl Regrouping {
    pub(super) const fn new(identity: Identity) -> Self {
        Self { identity, gathering: None }
    }

    /// The next record. Messages that are whole by now are given, oldest first.
    ///
    /// # Errors
    /// If what stands for a message is none.
    pub(super) fn add(
        &mut self,
        lsn: Lsn,
        record: &[u8],
        mut each: impl FnMut(Position, &Body, Bytes),
    ) -> Result<(), Malformed> {
        if let Some(fronted) = decode_place(record) {
            self.ends(&mut each);
            for (at, bytes) in fronted.between {
                let bytes = Bytes::copy_from_slice(bytes);
                let message = decode(&bytes)?;
                each(at, &message.body, bytes);
            }
            let header = Header {
                identity: self.identity,
                level: fronted.place.level,
                epoch: fronted.place.epoch,
                first: lsn,
                records: 0,
                unix_ms: fronted.place.unix_ms,
                before: fronted.place.before,
            };
            self.gathering = Some(Gathering { at: fronted.place.position, header, framed: Vec::new() });
        }
        if let Some(group) = &mut self.gathering {
            group.add(record);
        }
        Ok(())
    }

    /// There are no more records, or those of the next group come: the last one is whole.
    pub(super) fn ends(&mut self, mut each: impl FnMut(Position, &Body, Bytes)) {
        if let Some(Gathering { at, header, framed }) = self.gathering.take() {
            let body = Body::Group(framed.into());
            let bytes = seal(&header, &body);
            each(at, &body, bytes);
        }
    }
}

/// The group that is being put together again.
struct Gathering {
    at: Position,
    header: Header,
    framed: Vec<u8>,
}

impl Gathering {
    fn add(&mut self, record: &[u8]) {
        // A record has come out of a group, whose length is a `u32`.
        self.framed.extend_from_slice(&(record.len() as u32).to_le_bytes());
        self.framed.extend_from_slice(record);
        self.header.records += 1;
    }
}
