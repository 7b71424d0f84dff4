//! A node that owns the log and writes groups: the product's machine, driven by the product's port.

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use holdfast_jetstream::{Access, JetStream};
use holdfast_replica::{
    Action, Body, Chain, Ended, Event, Group, Member, Node, Now, Position, ReplicatedLog as _, Role, Timing,
};
use holdfast_wal::{Batch, Lsn};

use crate::{IDENTITY, genesis, name};

/// Nothing takes this long.
const PATIENCE: Duration = Duration::from_secs(120);
const LEVEL: u32 = 1;
/// Of a group: its place, and one more.
const RECORDS: u32 = 2;

pub(crate) struct Driver {
    began: Instant,
    node: Node,
    port: JetStream,
    wakes: Receiver<()>,
    /// What the node has kept, in its order: what it could answer for.
    pub(crate) kept: Vec<(Position, Bytes)>,
    /// Groups among them.
    pub(crate) groups: usize,
    /// Questions that were not answered.
    pub(crate) unsure: usize,
    /// Messages that counted for nobody.
    pub(crate) passed: usize,
    /// Times that it has thrown its memory away and gone on as a follower.
    pub(crate) restarts: u64,
    bytes: usize,
    /// The LSN of the next record.
    next: Lsn,
}

impl Driver {
    /// A node at the log that begins with the genesis; its groups have about so many bytes.
    pub(crate) fn start(access: Access, bytes: usize) -> Self {
        let (woken, wakes) = channel();
        let port = JetStream::open(access, name(), "driver", move || {
            let _ = woken.send(());
        })
        .unwrap();
        let began = Instant::now();
        let node = node(&[], 0, Now::default());
        Self {
            began,
            node,
            port,
            wakes,
            kept: Vec::new(),
            groups: 0,
            unsure: 0,
            passed: 0,
            restarts: 0,
            bytes,
            next: Lsn::ZERO,
        }
    }

    fn now(&self) -> Now {
        let millis = self.began.elapsed().as_millis() as u64;
        Now { millis, unix_ms: millis }
    }

    /// Goes on until this is so. Groups are written all the while.
    pub(crate) fn until(&mut self, is_so: impl Fn(&Self) -> bool) {
        let since = Instant::now();
        while !is_so(self) {
            assert!(since.elapsed() < PATIENCE, "{:?}, {} groups", self.node.role(), self.groups);
            self.step(true);
        }
    }

    /// Goes on until so many more groups are kept.
    pub(crate) fn keeps(&mut self, more: usize) {
        let upto = self.groups + more;
        self.until(|driver| driver.groups >= upto);
    }

    /// Goes on without new groups until all that were sent are kept.
    pub(crate) fn settle(&mut self) {
        let since = Instant::now();
        let mut quiet = 0;
        while quiet < 50 {
            assert!(since.elapsed() < PATIENCE, "{:?}", self.node.role());
            let before = self.kept.len();
            self.step(false);
            quiet = if self.kept.len() == before && self.is_owner() && self.node.wants_group() {
                quiet + 1
            } else {
                0
            };
        }
    }

    /// Where the next message is going to stand, as far as is known.
    pub(crate) fn position(&self) -> Position {
        self.node.chain().position()
    }

    fn is_owner(&self) -> bool {
        matches!(self.node.role(), Role::Owner(_))
    }

    fn step(&mut self, is_writing: bool) {
        let mut out = Vec::new();
        while let Some(event) = self.port.next() {
            self.unsure += usize::from(matches!(event, Event::Unsure { .. } | Event::Unread { .. }));
            self.node.hear(self.now(), &event, &mut out);
            self.carry_out(&mut out);
        }
        self.node.tick(self.now(), &mut out);
        self.carry_out(&mut out);
        while is_writing && let Some(group) = self.group() {
            self.node.group(self.now(), &group, &mut out);
            self.next = self.next.plus(RECORDS.into());
            self.carry_out(&mut out);
        }
        if self.wakes.recv_timeout(Duration::from_millis(5)).is_ok() {
            while self.wakes.try_recv().is_ok() {}
        }
    }

    fn group(&self) -> Option<Group> {
        let place = self.node.place(self.now(), LEVEL)?;
        let mut batch = Batch::new();
        batch.push(|bytes| bytes.extend_from_slice(&place.encode()));
        batch.push(|bytes| bytes.resize(bytes.len() + self.bytes, 0x5a));
        let framed = Bytes::copy_from_slice(batch.framed());
        Some(Group { place, first: self.next, records: RECORDS, framed })
    }

    fn carry_out(&mut self, out: &mut Vec<Action>) {
        for action in std::mem::take(out) {
            match action {
                Action::Append { asked, after, message } => self.port.append(asked, after, message),
                Action::Read { at } => self.port.read(at),
                Action::Keep { at, message, bytes } => {
                    self.groups += usize::from(matches!(message.body, Body::Group(_)));
                    self.kept.push((at, bytes));
                }
                Action::Passed { .. } => self.passed += 1,
                Action::Owns { .. } => self.next = self.node.chain().next(),
                Action::HandedOver | Action::Found { .. } => {}
                Action::Recall { below } => panic!("the log has not what it had below {below}"),
                Action::End(ended) => self.restart(ended),
            }
        }
    }

    /// As a process that was fenced, or doubts, starts again with what it has kept.
    fn restart(&mut self, ended: Ended) {
        assert!(matches!(ended, Ended::Doubts { .. } | Ended::Fenced { .. }), "{ended:?}");
        self.restarts += 1;
        self.node = node(&self.kept, self.restarts << 32, self.now());
    }
}

fn node(kept: &[(Position, Bytes)], asked: u64, now: Now) -> Node {
    let (mut chain, _) = Chain::begin(IDENTITY, LEVEL, Position(1), &genesis()).unwrap();
    for (at, bytes) in kept {
        assert!(matches!(chain.recover(*at, bytes), holdfast_replica::Verdict::Valid(_)));
    }
    let name: Box<str> = "driver".into();
    let owner = if kept.is_empty() { "".into() } else { name.clone() };
    let member = Member { name: name.clone(), address: "127.0.0.1:7411".into(), candidates: vec![name] };
    Node::new(member, Timing::default(), chain, owner, asked, now)
}
