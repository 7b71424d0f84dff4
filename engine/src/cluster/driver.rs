//! The thread that drives a node: it tells the machine what is heard and what time it is, and carries out what the machine says.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use holdfast_replica::{
    Action, Body, Chain, Event, Group, MESSAGE_BYTES_MAX, Message, Node, Now, Place, Position, ReplicatedLog,
    Role, written_at,
};
use holdfast_wal::{Batch, Log, Lsn, Storage};

use super::Settings;
use super::home;
use super::kept::Kept;
use super::trimming::Trimming;
use crate::catalogue::Code;
use crate::clock::Clock;
use crate::codec::{IDENTITY_FORMAT, at_of, encode_place};
use crate::journal::append::{Away, Gathered, Quorum};
use crate::limits;
use crate::node::{ClusterView, Over, Standing, Told};
use crate::numbers::At;

/// A replicated log as a node reaches it.
pub type Port = Box<dyn ReplicatedLog + Send>;

/// So often the machine is told that time passes, and the beginning of the log is asked for.
const TICK: Duration = Duration::from_millis(20);

pub(super) struct Driver {
    node: Node,
    port: Port,
    clock: Arc<dyn Clock>,
    quorum: Quorum,
    view: ClusterView,
    kept: Kept,
    /// The log of this machine, which the engine has as well.
    log: Log,
    /// Messages of the chain without records that were kept behind the newest group, and are not in the log of this machine yet.
    between: Vec<(Position, Bytes)>,
    /// The lengths of the groups that are on their way, and when they were sent.
    under_way: VecDeque<(usize, Instant)>,
    /// When it last knew the end of the log, milliseconds, and the newest record then, as long as reads do not show that yet.
    unshown: Option<(u64, Lsn)>,
    trimming: Trimming,
    floor: Position,
    /// When the log was last asked where it begins.
    looked_at: u64,
    /// A node that has not known the end of the log for so long asks where that begins, milliseconds.
    silence: u64,
    /// So long nothing is written where nothing happens, milliseconds.
    beat: u64,
    /// Since when it hands the log over, if it does.
    leaves: Option<Instant>,
}

/// Drives a node on this thread until it is at its end.
pub(super) fn drive(
    storage: &Arc<dyn Storage>,
    settings: Settings,
    (clock, mut port): (Arc<dyn Clock>, Port),
    quorum: &Quorum,
    view: &ClusterView,
) -> Over {
    quorum.is_driven_here();
    let begun = join(storage, &settings, &mut port, quorum, view).and_then(|genesis| {
        home::settle(storage, &genesis)?;
        let kept = home::kept(storage, &genesis)?;
        let chain = kept.chain()?;
        let log = attached((&kept, &chain, &settings.member.name), &mut port, quorum, view)?;
        Ok((kept, chain, log))
    });
    let (kept, chain, log) = match begun {
        Ok(begun) => begun,
        Err(over) => return over,
    };
    let now = now(&*clock);
    // No older process of this node has asked anything under these numbers.
    let asked = now.unix_ms << 20;
    let (beat, silence) = (settings.timing.beat, settings.timing.silence);
    let trimming = Trimming::new(settings.keep);
    view.meter().begins(kept.owner().0, chain.is_closed());
    let node = Node::new(settings.member, settings.timing, chain, kept.owner().0.into(), asked, now);
    let (quorum, view) = (quorum.clone(), view.clone());
    let (between, under_way) = (Vec::new(), VecDeque::new());
    let mut driver = Driver {
        node,
        port,
        clock,
        quorum,
        view,
        kept,
        log,
        between,
        under_way,
        unshown: None,
        trimming,
        floor: Position::ZERO,
        looked_at: now.millis,
        silence,
        beat,
        leaves: None,
    };
    driver.run()
}

/// The log of this machine, as soon as an engine has brought back what is in it.
fn attached(
    (kept, chain, own): (&Kept, &Chain, &str),
    port: &mut Port,
    quorum: &Quorum,
    view: &ClusterView,
) -> Result<Log, Over> {
    let owner = kept.other_owner(own);
    view.shows(Standing::Follower { owner, position: chain.position(), is_proven: false }, chain.epoch());
    loop {
        if view.is_stopping() {
            return Err(Over::Stopped);
        }
        // What comes meanwhile is read later.
        while port.next().is_some() {}
        if let Some(log) = quorum.log() {
            if log.batch_bytes_max() < MESSAGE_BYTES_MAX {
                let why = format!(
                    "wal.segment has no room for a message of the replicated log, {MESSAGE_BYTES_MAX} bytes"
                );
                return Err(Over::disk(&why));
            }
            let (own, next) = (log.appended().next(), chain.next());
            if own == next {
                return Ok(log);
            }
            let why = format!("the engine goes on with record {own}, and what the node has kept with {next}");
            return Err(Over::differs(why));
        }
        quorum.sleep(TICK);
    }
}

/// The beginning of the log: from the directory, or read as soon as the log answers.
fn join(
    storage: &Arc<dyn Storage>,
    settings: &Settings,
    port: &mut Port,
    quorum: &Quorum,
    view: &ClusterView,
) -> Result<Bytes, Over> {
    let first = Position::ZERO.next();
    let mut found = home::genesis(storage)?;
    let mut ticks = 0;
    while found.is_none() {
        if view.is_stopping() {
            return Err(Over::Stopped);
        }
        if ticks % 8 == 0 {
            port.read(first);
            if let Some(begins) = port.first().filter(|begins| *begins > first) {
                return Err(Over::trimmed(begins, Position::ZERO));
            }
        }
        ticks += 1;
        quorum.sleep(TICK);
        while let Some(event) = port.next() {
            match event {
                Event::Read { at, found: Some(bytes) } | Event::Seen { at, bytes } if at == first => {
                    found = Some(bytes);
                }
                _ => {}
            }
        }
    }
    let genesis = found.unwrap_or_default();
    let (identity, ..) = home::read(&genesis)?;
    if identity.shard != settings.shard {
        let (theirs, own) = (identity.shard, settings.shard);
        return Err(Over::differs(format!(
            "the replicated log is of shard {theirs}, and this node is of shard {own}"
        )));
    }
    Ok(genesis)
}

fn now(clock: &dyn Clock) -> Now {
    let At(millis) = clock.now();
    Now { millis, unix_ms: millis }
}

impl Driver {
    fn run(&mut self) -> Over {
        loop {
            match self.turn() {
                Ok(()) => {
                    let due = self.quorum.due_in().filter(|_| self.node.wants_group());
                    self.quorum.sleep(due.unwrap_or(TICK));
                }
                Err(over) => return over,
            }
        }
    }

    /// All that there is to do now.
    fn turn(&mut self) -> Result<(), Over> {
        while let Some(event) = self.port.next() {
            let void = self.view.passed_total();
            self.tell(|node, now, out| node.hear(now, &event, out))?;
            self.note(&event, void == self.view.passed_total());
        }
        self.tell(Node::tick)?;
        // A node whose own disk has failed answers for nothing more; nor is it a place to take over from.
        if let Some(cause) = self.log.poisoned().filter(|cause| !cause.is_stop()) {
            return Err(Over::disk(&cause));
        }
        if let Some(why) = self.quorum.disagreement() {
            return Err(Over::failed(Code::DIGEST_MISMATCH, why.to_string()));
        }
        self.send()?;
        self.leave()?;
        self.trim()?;
        let chain = self.node.chain();
        let (position, epoch) = (chain.position(), chain.epoch());
        let current_at = self.current_at();
        self.view.is_at(current_at, position);
        let standing = match self.node.role() {
            // Nobody is told before the engine has taken in all of it.
            Role::Owner(_) if !self.quorum.has_sold() => {
                Standing::Follower { owner: None, position, is_proven: true }
            }
            Role::Owner(epoch) => {
                let agreed = self.node.agreed().unwrap_or_default();
                let silent = now(&*self.clock).millis.saturating_sub(agreed + self.beat);
                self.quorum.is_away(match silent {
                    0..limits::QUORUM_SLOW_MS => Away::Not,
                    _ if self.port.is_full() => Away::Full,
                    limits::QUORUM_SLOW_MS..limits::QUORUM_AWAY_MS => Away::Some,
                    _ => Away::Long,
                });
                Standing::Owner(epoch)
            }
            Role::Follower { owner, is_proven } => {
                let (name, address) = self.kept.owner();
                let owner = owner.filter(|owner| *owner == name).map(|owner| (owner.into(), address.into()));
                Standing::Follower { owner, position, is_proven }
            }
            Role::Ended(ended) => return Err(ended.into()),
        };
        self.view.meter().turns(&Told {
            knows_owner: matches!(&standing, Standing::Owner(_) | Standing::Follower { owner: Some(_), .. }),
            position,
            under_way: self.node.under_way(),
            waiting_bytes: self.quorum.waiting_bytes(),
        });
        self.view.shows(standing, epoch);
        Ok(())
    }

    /// Something was heard; `counts`: nothing was passed over because of it.
    fn note(&self, event: &Event, counts: bool) {
        let (meter, read) = (self.view.meter(), self.node.chain().position());
        match event {
            Event::Seen { at, bytes } => {
                let written = (counts && *at == read).then(|| written_at(bytes)).flatten();
                meter.hears(*at, written, now(&*self.clock).unix_ms);
            }
            Event::Read { at, found: Some(_) } => meter.hears(*at, None, 0),
            Event::Read { at, found: None } if *at == read.next() => meter.ends_at(read),
            Event::Read { .. } | Event::Unread { .. } | Event::Acked { .. } | Event::Unsure { .. } => {}
        }
    }

    /// When the node knew the end of the log and had what stood there by now in what it shows. That comes a little after it was read, so one moment
    /// is remembered until then.
    fn current_at(&mut self) -> Option<u64> {
        let known = self.node.current_at();
        if matches!(self.node.role(), Role::Owner(_)) {
            return known;
        }
        let shown = self.unshown.take_if(|(_, upto)| *upto <= self.view.applied());
        if self.unshown.is_none() {
            self.unshown = known.map(|at| (at, self.log.appended()));
        }
        shown.map(|(at, _)| at)
    }

    fn tell(&mut self, what: impl FnOnce(&mut Node, Now, &mut Vec<Action>)) -> Result<(), Over> {
        let mut out = Vec::new();
        what(&mut self.node, now(&*self.clock), &mut out);
        out.into_iter().try_for_each(|action| self.carry_out(action))
    }

    fn carry_out(&mut self, action: Action) -> Result<(), Over> {
        match action {
            Action::Append { asked, after, message } => self.port.append(asked, after, message),
            Action::Read { at } => self.port.read(at),
            Action::Keep { at, message, bytes } => self.keep(at, &message, bytes)?,
            Action::Recall { below } => {
                let (chain, behind) = self.kept.recall(below)?;
                let (position, messages) = (chain.position().0, behind.len());
                self.view.meter().recalls();
                tracing::warn!(
                    code = %Code::LOG_SHORTER,
                    position,
                    messages,
                    "looking whether the replicated log has what this node has kept"
                );
                self.tell(|node, now, out| node.recalled(now, chain, behind, out))?;
            }
            Action::Found { at, link } => self.kept.found(at, link),
            Action::Passed { at, why } => {
                self.view.passed();
                tracing::warn!(code = %Code::VOID_MESSAGES, position = at.0, %why, "a message of the replicated log does not count");
            }
            Action::Owns { epoch } => {
                tracing::info!(epoch = epoch.0, "this node owns the replicated log");
                self.quorum.is_owned(self.node.chain().next());
            }
            Action::HandedOver => return Err(Over::HandedOver),
            Action::End(ended) => return Err(ended.into()),
        }
        Ok(())
    }

    /// Writes a message to the log of this machine. Those without records go there in front of the next group.
    fn keep(&mut self, at: Position, message: &Message, bytes: Bytes) -> Result<(), Over> {
        if let Body::Group(framed) = &message.body {
            let Some(mut batch) = Batch::from_framed(framed, message.header.records) else {
                return Err(Over::differs(format!("the group at position {at} is none")));
            };
            let lsn = self.log.append(&mut batch).map_err(|poisoned| Over::disk(&poisoned))?;
            if lsn != message.header.first {
                let first = message.header.first;
                return Err(Over::differs(format!(
                    "record {first} of the replicated log became record {lsn}"
                )));
            }
            match self.under_way.pop_front() {
                Some((length, since)) => {
                    self.view.meter().published(since.elapsed());
                    self.quorum.is_through(length);
                }
                None => self.between.clear(),
            }
        } else {
            self.between.push((at, bytes.clone()));
        }
        self.view.meter().keeps(message);
        self.kept.push(at, &message.body, bytes);
        Ok(())
    }

    /// Sends what the engine has appended.
    fn send(&mut self) -> Result<(), Over> {
        while self.node.wants_group()
            && let Some(gathered) = self.quorum.take(self.under_way.is_empty())
        {
            let now = now(&*self.clock);
            let Some(place) = self.node.place(now, IDENTITY_FORMAT) else { break };
            self.under_way.push_back((gathered.records.bytes(), Instant::now()));
            let group = self.group(place, &gathered);
            self.tell(|node, _, out| {
                let was_taken = node.group(now, &group, out);
                assert!(was_taken, "it wanted one");
            })?;
        }
        Ok(())
    }

    /// Remembers where the log stands. An owner has it forget what nobody needs any more; one that does not come to its end looks whether it
    /// has what this node needs.
    fn trim(&mut self) -> Result<(), Over> {
        let (now, chain) = (now(&*self.clock).millis, *self.node.chain());
        self.trimming.is_at(now, chain.position(), chain.next());
        let is_owner = matches!(self.node.role(), Role::Owner(_));
        if is_owner && let Some(floor) = self.trimming.floor(now, self.log.first_lsn()) {
            tracing::info!(below = floor.0, "nobody needs the replicated log any more below this position");
            self.port.trim(floor);
            self.floor = floor;
        }
        self.node.tells(self.log.durable(), self.floor);
        if now.saturating_sub(self.looked_at) < self.silence {
            return Ok(());
        }
        self.looked_at = now;
        let Some(first) = self.port.first() else { return Ok(()) };
        if !is_owner && first > chain.position().next() {
            return Err(Over::trimmed(first, chain.position()));
        }
        Ok(())
    }

    /// The group as it goes into both logs.
    fn group(&mut self, place: Place, gathered: &Gathered) -> Group {
        // The first record begins behind its length.
        let at = gathered.records.framed().get(4..).and_then(at_of).unwrap_or_default();
        let between = std::mem::take(&mut self.between);
        let between = between.iter().map(|(at, bytes)| (*at, &bytes[..]));
        let mut batch = Batch::new();
        batch.push(|out| encode_place(&place, at, between, out));
        batch.join(&gathered.records);
        let framed = Bytes::copy_from_slice(batch.framed());
        Group { place, first: gathered.first, records: batch.len() as u32, framed }
    }

    /// Ends a follower that is asked to. An owner hands the log over: once its engine has ended and all that was appended is in both logs.
    fn leave(&mut self) -> Result<(), Over> {
        let is_stopping = self.view.is_stopping() || self.quorum.is_leaving();
        if is_stopping && !matches!(self.node.role(), Role::Owner(_)) {
            return Err(Over::Stopped);
        }
        match self.leaves {
            Some(since) if self.view.is_stopping() && since.elapsed() >= limits::QUORUM_STOPS_WITHIN => {
                Err(Over::Stopped)
            }
            Some(_) => Ok(()),
            None if self.view.is_stopping() || (is_stopping && self.quorum.waiting_bytes() == 0) => {
                self.leaves = Some(Instant::now());
                let heir = self.view.heir();
                self.tell(|node, now, out| node.hand_over(now, &heir, out))
            }
            None => Ok(()),
        }
    }
}
