//! A node that follows the log, and tries to take it over when its owner is silent.
//!
//! It applies the rule to each position in order: what is valid is kept, what is void is passed over. What it has not heard of by itself
//! it reads. To take over it appends the message that begins the next epoch, behind all that it has read. If that is agreed upon, it has
//! everything by construction, and everything that another owner writes from then on is void.
//!
//! A log may break its one promise and forget its end. A node therefore shows twice that the log still has what it has read: before it
//! follows, and between being agreed upon as the owner and acting as one. Its newest valid message has to stand where it was read, and what
//! stands between it and the new epoch has to be void still. Then the log has forgotten nothing, as it can only forget from its end on.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::action::{Action, Ended};
use super::member::Member;
use super::outbox::{Outbox, Outcome};
use super::patience::{Patience, Turn};
use super::timing::Timing;
use crate::message::{Body, Taken, fingerprint, seal};
use crate::numbers::{Now, Position};
use crate::port::Event;
use crate::rule::{Chain, Verdict};

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

/// A message that this node has kept is looked for where it has stood.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Doubt {
    /// What it has kept behind that message.
    behind: Vec<Bytes>,
    /// Since when it is looked for.
    since: u64,
    /// If it does not stand there, one is looked for that is so much further back.
    back: u64,
    /// That one was asked for.
    is_recalling: bool,
    /// Something else stands where it stood. If not, it was only not found.
    is_refuted: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Proof {
    outbox: Outbox,
    /// The message that begins the epoch, and what was read below it.
    epoch: (Position, Bytes),
    below: Chain,
    /// How far it was read once more; at first the newest valid message, which is yet to be read.
    walk: Chain,
    is_begun: bool,
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

    pub(super) fn owner(&self) -> Option<&str> {
        (!self.chain.is_closed() && !self.owner.is_empty()).then_some(&*self.owner)
    }

    /// Whether the log was shown to have what this node has.
    pub(super) fn is_proven(&self) -> bool {
        !matches!(self.stage, Stage::Unproven(_) | Stage::Restoring(_))
    }

    /// Something was heard of the log.
    pub(super) fn hear(&mut self, now: Now, timing: &Timing, event: &Event, out: &mut Vec<Action>) -> Step {
        match event {
            Event::Read { at, .. } | Event::Unread { at } if self.reading.is_some_and(|(of, _)| of == *at) => {
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
            Stage::Following => {
                if self.may_try(now, timing) {
                    self.try_to_own(now, out);
                }
            }
            Stage::Unproven(_) => {}
        }
        self.read_on(now, timing, out);
    }

    /// A message that this node has kept is looked for where it has stood.
    fn compare(&mut self, now: Now, timing: &Timing, event: &Event, out: &mut Vec<Action>) -> Step {
        let Stage::Unproven(doubt) = &mut self.stage else { return Step::Stays };
        match event {
            Event::Read { at, found } if *at == self.anchor.position() && !doubt.is_recalling => match found {
                Some(bytes) if fingerprint(bytes) == self.anchor.tip() => {
                    self.compared = now.millis;
                    let behind = std::mem::take(&mut doubt.behind);
                    let outbox = Outbox::again(now, self.anchor, behind, self.asked, out);
                    self.stage = Stage::Restoring(Box::new(outbox));
                    self.staged = now.millis;
                }
                Some(_) => {
                    doubt.is_refuted = true;
                    self.look_further_back(out);
                }
                // Whoever answered may be behind. If it goes on, the log may be shorter than it was.
                None if now.since(doubt.since) >= timing.answer => self.look_further_back(out),
                None => self.pause = self.pause.max(now.millis + timing.again),
            },
            Event::Seen { at, bytes } => self.remember(*at, bytes),
            _ => {}
        }
        Step::Stays
    }

    fn look_further_back(&mut self, out: &mut Vec<Action>) {
        let Stage::Unproven(doubt) = &mut self.stage else { return };
        let below = Position((self.anchor.position().0 + 1).saturating_sub(doubt.back));
        doubt.back *= 2;
        doubt.is_recalling = true;
        out.push(Action::Recall { below });
    }

    /// What was kept is here: the message is looked for that it begins with.
    pub(super) fn recalled(
        &mut self,
        now: Now,
        chain: Chain,
        behind: Vec<Bytes>,
        out: &mut Vec<Action>,
    ) -> Step {
        let Stage::Unproven(doubt) = &mut self.stage else { return Step::Stays };
        let is_oldest = doubt.back > 1 && chain.position() == self.anchor.position();
        if is_oldest && doubt.is_refuted {
            return Step::Ends(Ended::Differs { at: chain.position() });
        }
        if is_oldest {
            // Nothing was found at all, and that is no proof: the search begins anew.
            doubt.back = 1;
            out.push(Action::Recall { below: Position(u64::MAX) });
            return Step::Stays;
        }
        *doubt = Doubt { behind, back: doubt.back, ..Doubt::new(now) };
        (self.chain, self.anchor) = (chain, chain);
        self.reading = Some((chain.position(), now.millis));
        out.push(Action::Read { at: chain.position() });
        Step::Stays
    }

    /// It is not sure any more that the log has what this node has: it begins as it did at its start, with the newest that it has kept.
    fn doubt(&mut self, now: Now, out: &mut Vec<Action>) -> Step {
        self.stage = Stage::Unproven(Doubt { is_recalling: true, ..Doubt::new(now) });
        self.reading = None;
        self.early.clear();
        out.push(Action::Recall { below: Position(u64::MAX) });
        Step::Stays
    }

    /// What was kept is found in the log, or written there again.
    fn restore(&mut self, now: Now, timing: &Timing, event: &Event, out: &mut Vec<Action>) -> Step {
        let Stage::Restoring(outbox) = &mut self.stage else { return Step::Stays };
        let outcomes = outbox.hear(now, timing, event, out);
        self.asked = outbox.number();
        for outcome in outcomes {
            match outcome {
                Outcome::Agreed { at, message, .. } => out.push(Action::Found { at, link: message.link }),
                Outcome::Passed { at, why } => out.push(Action::Passed { at, why }),
                // Behind all that was kept, somebody else goes on. Before, it is another history.
                Outcome::Overtaken { at, bytes, .. } if outbox.len() == 0 => {
                    let below = *outbox.chain();
                    self.anchor = below;
                    return self.follow_again(now, below, &[(at, bytes)], out);
                }
                Outcome::Overtaken { at, .. } => return Step::Ends(Ended::Differs { at }),
                Outcome::Halted { at, why } => return Step::Ends(Ended::Halted { at, why }),
                Outcome::Changed { .. } => return self.doubt(now, out),
            }
        }
        if outbox.len() == 0 && outbox.is_sure() {
            (self.chain, self.anchor) = (*outbox.chain(), *outbox.chain());
            self.stage = Stage::Following;
            self.is_behind = true;
            return self.take_early(now, out);
        }
        Step::Stays
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
        if at == self.chain.position().next() || (at > self.chain.position() && self.early.len() < EARLY_MAX) {
            self.early.insert(at, bytes.clone());
        }
    }

    /// Takes what comes next, as far as it is there.
    fn take_early(&mut self, now: Now, out: &mut Vec<Action>) -> Step {
        while let Some(bytes) = self.early.remove(&self.chain.position().next()) {
            if let Step::Ends(ended) = self.take(now, self.chain.position().next(), &bytes, out) {
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

    fn may_try(&self, now: Now, timing: &Timing) -> bool {
        let Some(rank) = self.me.rank() else { return false };
        let is_mine = *self.owner == *self.me.name;
        let turn = match (self.chain.is_closed(), is_mine) {
            (false, false) => Turn::Taken,
            (false, true) => Turn::Mine,
            (true, true) => Turn::ForMe,
            (true, false) if self.owner.is_empty() => Turn::Open,
            (true, false) => Turn::ForOther,
        };
        !self.is_behind && self.early.is_empty() && self.patience.is_over(now, timing, rank, turn)
    }

    fn try_to_own(&mut self, now: Now, out: &mut Vec<Action>) {
        let epoch = self.chain.epoch().next();
        let body = Body::Epoch(Taken {
            owner: self.me.name.clone(),
            address: self.me.address.clone(),
            candidates: self.me.candidates.clone(),
        });
        let message = seal(&self.chain.header(epoch, 0, 0, now.unix_ms), &body);
        let mut outbox = Outbox::new(self.chain, epoch, self.asked);
        outbox.push(now, message, out);
        self.reading = None;
        self.stage = Stage::Trying(Box::new(outbox));
        self.staged = now.millis;
    }

    fn try_on(&mut self, now: Now, timing: &Timing, event: &Event, out: &mut Vec<Action>) -> Step {
        let Stage::Trying(outbox) = &mut self.stage else { return Step::Stays };
        let below = *outbox.chain();
        let outcomes = outbox.hear(now, timing, event, out);
        self.asked = outbox.number();
        for outcome in outcomes {
            match outcome {
                Outcome::Passed { at, why } => out.push(Action::Passed { at, why }),
                Outcome::Agreed { at, bytes, .. } => {
                    let (outbox, epoch) = ((**outbox).clone(), (at, bytes));
                    let proof = Proof { outbox, epoch, below, walk: self.anchor, is_begun: false };
                    self.stage = Stage::Proving(Box::new(proof));
                    return Step::Stays;
                }
                Outcome::Overtaken { at, bytes, .. } => {
                    return self.follow_again(now, below, &[(at, bytes)], out);
                }
                Outcome::Halted { at, why } => return Step::Ends(Ended::Halted { at, why }),
                Outcome::Changed { .. } => return self.doubt(now, out),
            }
        }
        Step::Stays
    }

    /// Its own epoch stands in the log, and it is read once more what stands below it.
    fn prove(&mut self, now: Now, timing: &Timing, event: &Event, out: &mut Vec<Action>) -> Step {
        let Stage::Proving(proof) = &mut self.stage else { return Step::Stays };
        for outcome in proof.outbox.hear(now, timing, event, out) {
            match outcome {
                Outcome::Overtaken { at, bytes, .. } => {
                    let (epoch, below) = (proof.epoch.clone(), proof.below);
                    return self.follow_again(now, below, &[epoch, (at, bytes)], out);
                }
                Outcome::Passed { at, why } => out.push(Action::Passed { at, why }),
                Outcome::Halted { at, why } => return Step::Ends(Ended::Halted { at, why }),
                Outcome::Changed { .. } => return self.doubt(now, out),
                Outcome::Agreed { .. } => {}
            }
        }
        if let Event::Read { at, found: Some(bytes) } = event
            && !proof.walks_on(*at, bytes)
        {
            return self.doubt(now, out);
        }
        if !proof.is_complete() {
            return Step::Stays;
        }
        let (at, bytes) = proof.epoch.clone();
        let verdict = proof.below.judge(&bytes);
        let Verdict::Valid(message) = verdict else { panic!("an epoch that was agreed upon is valid: {verdict:?}") };
        let epoch = message.header.epoch;
        out.push(Action::Keep { at, message, bytes });
        out.push(Action::Owns { epoch });
        Step::Owns(Box::new(proof.outbox.clone()))
    }

    /// Somebody else goes on behind `below`: so does this node, with these messages first.
    fn follow_again(
        &mut self,
        now: Now,
        below: Chain,
        messages: &[(Position, Bytes)],
        out: &mut Vec<Action>,
    ) -> Step {
        self.chain = below;
        self.stage = Stage::Following;
        self.is_behind = true;
        for (at, bytes) in messages {
            // Void ones may stand between.
            if *at != self.chain.position().next() {
                break;
            }
            if let Step::Ends(ended) = self.take(now, *at, bytes, out) {
                return Step::Ends(ended);
            }
        }
        self.take_early(now, out)
    }
}

impl Doubt {
    const fn new(now: Now) -> Self {
        Self { behind: Vec::new(), since: now.millis, back: 1, is_recalling: false, is_refuted: false }
    }
}

impl Proof {
    /// Reads on with what stands at a position. `false` if something else stands there than did.
    fn walks_on(&mut self, at: Position, bytes: &Bytes) -> bool {
        if at == self.walk.position() {
            self.is_begun |= fingerprint(bytes) == self.walk.tip();
            return self.is_begun;
        }
        let is_next = self.is_begun && at == self.walk.position().next() && at < self.epoch.0;
        // Between its newest valid message and its epoch, this node has passed over all.
        !is_next || matches!(self.walk.pass(at, bytes), Verdict::Void(_))
    }

    fn is_complete(&self) -> bool {
        self.is_begun && self.walk.position().next() == self.epoch.0
    }
}
