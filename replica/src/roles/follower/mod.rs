//! A node that follows the log, and tries to take it over when its owner is silent.
//!
//! It applies the rule to each position in order: what is valid is kept, what is void is passed over. What it has not heard of by itself
//! it reads. To take over it appends the message that begins the next epoch, behind all that it has read. If that is agreed upon, it has
//! everything by construction, and everything that another owner writes from then on is void.
//!
//! A log may break its one promise and forget its end. A node therefore shows twice that the log still has what it has read: before it
//! follows, and between being agreed upon as the owner and acting as one. Its newest valid message has to stand where it was read, and what
//! stands between it and the new epoch has to be void still. Then the log has forgotten nothing, as it can only forget from its end on.

mod candidate;
mod doubt;

use std::collections::BTreeMap;

use bytes::Bytes;

use super::action::{Action, Ended};
use super::member::Member;
use super::outbox::Outbox;
use super::patience::Patience;
use super::recent::{Recent, Writer};
use super::timing::Timing;
use crate::message::{Body, fingerprint};
use crate::numbers::{Now, Position};
use crate::port::Event;
use crate::rule::{Chain, Verdict};
use candidate::Proof;
use doubt::Doubt;

/// So many messages that were heard of too early are remembered; the others are read when their time comes.
const EARLY_MAX: usize = 64;

/// What comes of an event.
pub(super) enum Step {
    /// The node goes on as what it is.
    Stays,
    /// It owns the log.
    Owns(Box<Outbox>),
    /// It is at its end.
    Ends(Ended),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Stage {
    /// It is not shown that the log has what this node has.
    Unproven(Doubt),
    /// What it has kept behind the newest message that was found in the log is looked for, and written again where it is missing.
    Restoring(Box<Outbox>),
    /// It follows.
    Following,
    /// Its epoch is on the way.
    Trying(Box<Outbox>),
    /// Its epoch is agreed upon, and what is below it is read once more, from the newest valid message on.
    Proving(Box<Proof>),
}

/// A follower, which may be trying to become the owner.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Follower {
    me: Member,
    /// All that was read.
    chain: Chain,
    /// All that was read up to the newest valid message.
    anchor: Chain,
    /// Who owns the log, if that was heard of; with an epoch that is handed over, who is to take it.
    owner: Box<str>,
    stage: Stage,
    /// When it began to write something to the log.
    staged: u64,
    early: BTreeMap<Position, Bytes>,
    recent: Recent,
    /// How far back it looks when somebody has read another history: further each time.
    suspicion: u64,
    /// What stands up to here has been a reason to look already.
    excused: Position,
    /// The position that is being read, and since when.
    reading: Option<(Position, u64)>,
    /// Nothing is read before.
    pause: u64,
    /// There may be more behind what was read last.
    is_behind: bool,
    /// When the newest valid message was last looked for.
    compared: u64,
    patience: Patience,
    /// The number of the next message that is appended.
    asked: u64,
}

impl Follower {
    /// A follower that has read so far. `asked` is a number that no message of this process had.
    pub(super) fn new(me: Member, chain: Chain, owner: Box<str>, asked: u64, now: Now) -> Self {
        Self {
            me,
            chain,
            anchor: chain,
            owner,
            stage: Stage::Unproven(Doubt::new(now)),
            staged: now.millis,
            early: BTreeMap::new(),
            recent: Recent::default(),
            suspicion: 1,
            excused: Position::ZERO,
            reading: None,
            pause: now.millis,
            is_behind: true,
            compared: now.millis,
            patience: Patience::new(now),
            asked,
        }
    }

    pub(super) const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// One that owned the log in its former life does not own it: until it has read on, nobody is known to.
    pub(super) fn owner(&self) -> Option<&str> {
        let is_another = !self.owner.is_empty() && self.owner != self.me.name;
        (!self.chain.is_closed() && is_another).then_some(&*self.owner)
    }

    /// Whether the log was shown to have what this node has.
    pub(super) fn is_proven(&self) -> bool {
        !matches!(self.stage, Stage::Unproven(_) | Stage::Restoring(_))
    }

    /// When the newest valid message was heard of, if nothing is known to stand behind it that was not read.
    pub(super) fn current_at(&self) -> Option<u64> {
        let is_current = self.is_proven() && !self.is_behind && self.early.is_empty();
        is_current.then(|| self.patience.heard())
    }

    /// Something was heard of the log.
    pub(super) fn hear(&mut self, now: Now, timing: &Timing, event: &Event, out: &mut Vec<Action>) -> Step {
        match event {
            Event::Read { at, .. } | Event::Unread { at }
                if self.reading.is_some_and(|(of, _)| of == *at) =>
            {
                self.reading = None;
            }
            _ => {}
        }
        match event {
            Event::Read { .. } => self.patience.answered(now),
            Event::Unread { .. } => {
                self.patience.unanswered();
                self.pause = now.millis + timing.again;
            }
            Event::Acked { .. } | Event::Unsure { .. } | Event::Seen { .. } => {}
        }
        let step = match &self.stage {
            Stage::Unproven(_) => self.compare(now, timing, event, out),
            Stage::Restoring(_) => self.restore(now, timing, event, out),
            Stage::Following => self.follow(now, timing, event, out),
            Stage::Trying(_) => self.try_on(now, timing, event, out),
            Stage::Proving(_) => self.prove(now, timing, event, out),
        };
        if matches!(step, Step::Stays) {
            self.read_on(now, timing, out);
        }
        step
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, now: Now, timing: &Timing, out: &mut Vec<Action>) {
        if self.reading.is_some_and(|(_, since)| now.since(since) >= timing.answer) {
            self.reading = None;
            self.patience.unanswered();
        }
        let is_long = now.since(self.staged) >= timing.silence;
        match &mut self.stage {
            // It may be that nothing can be written behind what this node has read, because that is gone.
            Stage::Trying(_) | Stage::Restoring(_) | Stage::Proving(_) if is_long => {
                self.staged = now.millis;
                self.doubt(now, out);
            }
            Stage::Trying(outbox) | Stage::Restoring(outbox) => outbox.tick(now, timing, out),
            Stage::Proving(proof) => proof.outbox.tick(now, timing, out),
            Stage::Following if self.recent.is_betrayed(now.millis.saturating_sub(timing.silence)) => {
                self.suspect(now, out);
            }
            Stage::Following => {
                if self.may_try(now, timing) {
                    self.try_to_own(now, out);
                }
            }
            Stage::Unproven(_) => {}
        }
        self.read_on(now, timing, out);
    }

    fn follow(&mut self, now: Now, timing: &Timing, event: &Event, out: &mut Vec<Action>) -> Step {
        match event {
            Event::Read { at, found: Some(bytes) } | Event::Seen { at, bytes } => {
                let is_there = *at != self.anchor.position() || fingerprint(bytes) == self.anchor.tip();
                if !is_there {
                    return self.doubt(now, out);
                }
                // One that was looked for is seldom the only one that was not heard of.
                self.is_behind |= matches!(event, Event::Read { .. }) && *at > self.chain.position();
                self.remember(*at, bytes);
                self.take_early(now, out)
            }
            Event::Read { at, found: None } => {
                if *at == self.anchor.position() {
                    // It may be that whoever answered is behind; until the message is seen there, this node is no candidate.
                    return self.doubt(now, out);
                } else if *at == self.chain.position().next() {
                    self.is_behind = false;
                }
                self.pause = self.pause.max(now.millis + timing.again);
                Step::Stays
            }
            Event::Acked { .. } | Event::Unsure { .. } | Event::Unread { .. } => Step::Stays,
        }
    }

    fn remember(&mut self, at: Position, bytes: &Bytes) {
        if at == self.chain.position().next() || (at > self.chain.position() && self.early.len() < EARLY_MAX)
        {
            self.early.insert(at, bytes.clone());
        }
    }

    /// Takes what comes next, as far as it is there.
    fn take_early(&mut self, now: Now, out: &mut Vec<Action>) -> Step {
        while let Some(bytes) = self.early.remove(&self.chain.position().next()) {
            let at = self.chain.position().next();
            if at > self.excused && matches!(self.chain.judge(&bytes), Verdict::Void(_)) {
                match self.recent.writer(&self.chain, &bytes) {
                    Writer::Same => {}
                    Writer::Unknown(link) => self.recent.meet(link, now.millis),
                    Writer::Other => {
                        self.excused = at;
                        return self.suspect(now, out);
                    }
                }
            }
            if let Step::Ends(ended) = self.take(now, at, &bytes, out) {
                return Step::Ends(ended);
            }
        }
        let position = self.chain.position();
        self.early.retain(|at, _| *at > position);
        Step::Stays
    }

    fn take(&mut self, now: Now, at: Position, bytes: &Bytes, out: &mut Vec<Action>) -> Step {
        match self.chain.pass(at, bytes) {
            Verdict::Valid(message) => {
                self.anchor = self.chain;
                self.recent.remember(message.link);
                self.patience.valid(now);
                match &message.body {
                    Body::Epoch(taken) => self.owner.clone_from(&taken.owner),
                    Body::Handover(handover) => self.owner.clone_from(&handover.to),
                    Body::Genesis(_) | Body::Group(_) | Body::Beat(_) => {}
                }
                if message.body.is_chained() {
                    out.push(Action::Keep { at, message, bytes: bytes.clone() });
                }
            }
            Verdict::Void(why) => out.push(Action::Passed { at, why }),
            Verdict::Halt(why) => return Step::Ends(Ended::Halted { at, why }),
        }
        Step::Stays
    }

    /// Asks for what is wanted next, if nothing is asked for yet.
    fn read_on(&mut self, now: Now, timing: &Timing, out: &mut Vec<Action>) {
        if self.reading.is_some() || now.millis < self.pause {
            return;
        }
        let next = self.chain.position().next();
        let is_worried = self.patience.is_worried(now, timing);
        let wanted = match &self.stage {
            Stage::Unproven(doubt) => (!doubt.is_recalling).then(|| self.anchor.position()),
            Stage::Following if self.is_behind || !self.early.is_empty() => Some(next),
            Stage::Following if now.since(self.compared) >= timing.compare => {
                self.compared = now.millis;
                Some(self.anchor.position())
            }
            Stage::Following => is_worried.then_some(next),
            Stage::Trying(_) | Stage::Restoring(_) => None,
            Stage::Proving(proof) if proof.is_begun => Some(proof.walk.position().next()),
            Stage::Proving(proof) => Some(proof.walk.position()),
        };
        if let Some(at) = wanted {
            self.reading = Some((at, now.millis));
            if self.stage == Stage::Following && !self.is_behind {
                self.pause = now.millis + timing.look;
            }
            out.push(Action::Read { at });
        }
    }
}
