//! One life of a node: the product's machine, and a driver that does what it says, judges operations, and answers for them.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use holdfast_replica::{
    Action, Body, Ended, Event, Group, Identity, Member, Message, Node, Now, Position, ReplicatedLog, Role,
    Timing,
};
use holdfast_testkit::{MemoryLog, MemoryPort, Random};
use holdfast_wal::{Batch, Lsn};

use crate::breaks::Break;
use crate::disk::{Disk, LEVEL, operations};
use crate::ledger::{Ledger, Life, Told};
use crate::truth::Truth;
use crate::world::Stats;

/// What a process sees of the world around it.
pub(crate) struct Around<'a> {
    pub(crate) now: Now,
    pub(crate) random: &'a mut Random,
    pub(crate) log: &'a MemoryLog,
    pub(crate) truth: &'a mut Truth,
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) stats: &'a mut Stats,
    pub(crate) history: &'a mut u64,
    pub(crate) disk: &'a mut Disk,
    /// What the node has heard first of each position, in all its lives.
    pub(crate) heard: &'a mut BTreeMap<Position, Bytes>,
    pub(crate) identity: Identity,
    /// Operations come in.
    pub(crate) is_open: bool,
    /// The log may forget, so what it has is no measure while it does.
    pub(crate) forgets: bool,
    pub(crate) broken: Option<Break>,
}

pub(crate) struct Process {
    pub(crate) node: Node,
    pub(crate) life: Life,
    pub(crate) frozen_until: u64,
    port: MemoryPort,
    /// The epoch that it has owned last.
    epoch: u64,
    next: Lsn,
    /// The newest operation that it has judged.
    judged: u64,
    predicted: BTreeMap<u64, Position>,
    /// Judged, and not kept.
    outstanding: Vec<u64>,
    /// Kept: how long the disk has to be before they are answered.
    waiting: VecDeque<(usize, Told)>,
}

pub(crate) fn name(node: usize) -> Box<str> {
    format!("node-{node}").into()
}

impl Process {
    pub(crate) fn start(
        life: Life,
        nodes: usize,
        identity: Identity,
        log: &MemoryLog,
        disk: &Disk,
        now: Now,
    ) -> Self {
        let (chain, owner) = disk.recover(identity);
        let address = format!("10.0.0.{}:7411", life.0).into();
        let member = Member { name: name(life.0), address, candidates: (0..nodes).map(name).collect() };
        log.reconnect(life.0);
        Self {
            node: Node::new(member, Timing::default(), chain, owner, life.1 << 32, now),
            life,
            frozen_until: 0,
            port: log.port(life.0),
            epoch: 0,
            next: Lsn::ZERO,
            judged: 0,
            predicted: BTreeMap::new(),
            outstanding: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    /// Does all that there is to do now. Says why it ended, if it did.
    pub(crate) fn step(&mut self, around: &mut Around<'_>) -> Result<Option<Ended>, String> {
        while let Some(event) = self.port.next() {
            let Some(event) = self.hears(around, event) else { continue };
            let mut out = Vec::new();
            self.node.hear(around.now, &event, &mut out);
            if let Some(ended) = self.carry_out(around, out)? {
                return Ok(Some(ended));
            }
        }
        let mut out = Vec::new();
        self.node.tick(around.now, &mut out);
        if let Some(ended) = self.carry_out(around, out)? {
            return Ok(Some(ended));
        }
        if let Role::Follower { owner: Some(owner), .. } = self.node.role()
            && *owner == *name(self.life.0)
        {
            return Err(format!("owners: {owner} names itself, and follows"));
        }
        self.judge(around)?;
        if around.random.percent(40) {
            around.disk.synced = around.disk.kept.len();
            self.answer(around)?;
        }
        Ok(None)
    }

    fn hears(&mut self, around: &mut Around<'_>, event: Event) -> Option<Event> {
        let Some(broken) = around.broken else { return Some(event) };
        let event = broken.hears(self.node.chain(), &self.predicted, event)?;
        if broken != Break::Forgotten {
            return Some(event);
        }
        Some(match event {
            Event::Seen { at, bytes } => {
                let bytes = around.heard.entry(at).or_insert(bytes).clone();
                Event::Seen { at, bytes }
            }
            Event::Read { at, found: Some(bytes) } => {
                let found = Some(around.heard.entry(at).or_insert(bytes).clone());
                Event::Read { at, found }
            }
            Event::Read { at, found: None } => Event::Read { at, found: around.heard.get(&at).cloned() },
            other => other,
        })
    }

    fn carry_out(&mut self, around: &mut Around<'_>, actions: Vec<Action>) -> Result<Option<Ended>, String> {
        for action in actions {
            note(around.history, self.life, &action);
            match action {
                Action::Append { asked, after, message } => {
                    self.predicted.insert(asked, after.next());
                    self.port.append(asked, after, message);
                }
                Action::Read { at } => self.port.read(at),
                Action::Keep { at, message, bytes } => self.keep(around, at, &message, &bytes)?,
                Action::Recall { below } => {
                    around.stats.recalled += 1;
                    let (chain, behind) = around.disk.below(around.identity, below);
                    let mut out = Vec::new();
                    self.node.recalled(around.now, chain, behind, &mut out);
                    if let Some(ended) = self.carry_out(around, out)? {
                        return Ok(Some(ended));
                    }
                }
                Action::Found { at, link } => {
                    around.stats.found += 1;
                    around.disk.found(at, link);
                }
                Action::Passed { .. } => around.stats.passed += 1,
                Action::Owns { epoch } => {
                    // A log that forgets may forget an epoch: its number is given twice then, and its link is not.
                    if !around.forgets {
                        around.ledger.owns(epoch.0, self.life)?;
                    }
                    around.stats.owned += 1;
                    (self.epoch, self.next) = (epoch.0, self.node.chain().next());
                    self.judged = around.disk.newest();
                }
                Action::HandedOver => around.stats.handed_over += 1,
                Action::End(ended) => return self.end(around, ended),
            }
        }
        Ok(None)
    }

    fn end(&mut self, around: &mut Around<'_>, ended: Ended) -> Result<Option<Ended>, String> {
        match ended {
            Ended::Fenced { .. } => around.stats.fenced += 1,
            Ended::Differs { .. } if around.forgets => around.stats.differed += 1,
            // A log that is away for long, or whose answers are old for long, can make an owner doubt. That is no harm.
            Ended::Doubts { .. } => around.stats.doubted += 1,
            Ended::Differs { at } => return Err(format!("differs: at {at}, and the log forgets nothing")),
            Ended::Halted { at, why } => return Err(format!("halted: at {at}: {why}")),
        }
        if around.broken == Some(Break::Fence) {
            for operation in std::mem::take(&mut self.outstanding) {
                let told = Told { operation, at: 0, epoch: self.epoch, by: self.life };
                self.tell(around, told)?;
            }
        }
        Ok(Some(ended))
    }

    fn keep(
        &mut self,
        around: &mut Around<'_>,
        at: Position,
        message: &Message,
        bytes: &Bytes,
    ) -> Result<(), String> {
        if !around.forgets {
            around.truth.read(around.log)?;
            if around.truth.valid.get(&at.0) != Some(bytes) {
                return Err(format!("kept: {:?} keeps what is not valid at {at}", self.life));
            }
        }
        around.disk.kept.push((at, bytes.clone()));
        let is_own = matches!(message.body, Body::Group(_)) && message.header.epoch.0 == self.epoch;
        if is_own {
            let operations = operations(bytes);
            self.outstanding.retain(|operation| !operations.contains(operation));
            let told = |operation| Told { operation, at: at.0, epoch: self.epoch, by: self.life };
            let upto = around.disk.kept.len();
            self.waiting.extend(operations.into_iter().map(|operation| (upto, told(operation))));
        }
        Ok(())
    }

    /// Judges some operations, if it owns the log and may send them.
    fn judge(&mut self, around: &mut Around<'_>) -> Result<(), String> {
        if !around.is_open || !self.node.wants_group() || !around.random.percent(50) {
            return Ok(());
        }
        let Some(place) = self.node.place(around.now, LEVEL) else { return Ok(()) };
        let mut batch = Batch::new();
        batch.push(|bytes| bytes.extend_from_slice(&place.encode()));
        for _ in 0..around.random.between(1, 3) {
            around.stats.judged += 1;
            let operation = around.stats.judged;
            batch.push(|bytes| {
                bytes.extend_from_slice(&operation.to_le_bytes());
                bytes.extend_from_slice(&self.judged.to_le_bytes());
            });
            self.judged = operation;
            self.outstanding.push(operation);
            if around.broken == Some(Break::LocalDisk) {
                self.tell(around, Told { operation, at: 0, epoch: self.epoch, by: self.life })?;
            }
        }
        let records = batch.len() as u32;
        let framed = Bytes::copy_from_slice(batch.framed());
        let mut out = Vec::new();
        let was_taken =
            self.node.group(around.now, &Group { place, first: self.next, records, framed }, &mut out);
        assert!(was_taken, "it wanted one");
        self.next = self.next.plus(records.into());
        self.carry_out(around, out).map(|_| ())
    }

    /// Answers what the disk has.
    fn answer(&mut self, around: &mut Around<'_>) -> Result<(), String> {
        while let Some((_, told)) = self.waiting.pop_front_if(|(upto, _)| *upto <= around.disk.synced) {
            self.tell(around, told)?;
        }
        Ok(())
    }

    fn tell(&self, around: &mut Around<'_>, told: Told) -> Result<(), String> {
        around.stats.told += 1;
        around.ledger.told.push(told);
        if around.forgets || told.at == 0 {
            return Ok(());
        }
        around.ledger.owns(told.epoch, told.by)?;
        around.truth.read(around.log)?;
        match around.truth.stands.get(&told.operation) {
            None => Err(format!("lost: {told:?} is not in the valid log")),
            Some(stands) if *stands != (told.at, told.epoch) => {
                Err(format!("elsewhere: {told:?} stands at {stands:?}"))
            }
            Some(_) => Ok(()),
        }
    }

    pub(crate) fn owns(&self) -> bool {
        matches!(self.node.role(), Role::Owner(_))
    }

    /// Whether it acts on what it has: it owns the log, or follows one that was shown to have the same.
    pub(crate) fn is_sure(&self) -> bool {
        matches!(self.node.role(), Role::Owner(_) | Role::Follower { is_proven: true, .. })
    }

    pub(crate) fn hand_over(&mut self, around: &mut Around<'_>, to: &str) -> Result<Option<Ended>, String> {
        let mut out = Vec::new();
        self.node.hand_over(around.now, to, &mut out);
        self.carry_out(around, out)
    }
}

/// Adds to the history, so that two runs can be compared.
fn note(history: &mut u64, life: Life, action: &Action) {
    let (what, number, bytes): (u8, u64, &[u8]) = match action {
        Action::Append { asked, message, .. } => (1, *asked, &message[96..128]),
        Action::Read { at } => (2, at.0, &[]),
        Action::Keep { at, bytes, .. } => (3, at.0, &bytes[96..128]),
        Action::Recall { below } => (4, below.0, &[]),
        Action::Found { at, link } => (5, at.0, &link.0),
        Action::Passed { at, .. } => (6, at.0, &[]),
        Action::Owns { epoch } => (7, epoch.0, &[]),
        Action::HandedOver => (8, 0, &[]),
        Action::End(_) => (9, 0, &[]),
    };
    let head = [life.0 as u64, life.1, what.into(), number];
    let bytes = head.iter().flat_map(|number| number.to_le_bytes()).chain(bytes.iter().copied());
    *history = bytes.fold(*history, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
}
