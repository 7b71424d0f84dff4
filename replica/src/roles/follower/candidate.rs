//! A follower tries to take over: the message that begins its epoch goes behind all that it has read.
//!
//! Once that is agreed upon, and before the node acts as the owner, it reads once more what stands below, from its newest valid message on:
//! a log that had forgotten something there has forgotten what this node rests on, and the new epoch is void to others then.

use bytes::Bytes;

use super::super::action::{Action, Ended};
use super::super::outbox::{Outbox, Outcome};
use super::super::patience::Turn;
use super::super::timing::Timing;
use super::{Follower, Stage, Step};
use crate::message::{Body, Taken, fingerprint, seal};
use crate::numbers::{Now, Position};
use crate::port::Event;
use crate::rule::{Chain, Verdict};

/// What stands below an epoch is read once more.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Proof {
    pub(super) outbox: Outbox,
    /// The message that begins the epoch, and what was read below it.
    epoch: (Position, Bytes),
    below: Chain,
    /// How far it was read once more; at first the newest valid message, which is yet to be read.
    pub(super) walk: Chain,
    pub(super) is_begun: bool,
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

impl Follower {
    pub(super) fn may_try(&self, now: Now, timing: &Timing) -> bool {
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

    pub(super) fn try_to_own(&mut self, now: Now, out: &mut Vec<Action>) {
        let epoch = self.chain.epoch().next();
        let body = Body::Epoch(Taken {
            owner: self.me.name.clone(),
            address: self.me.address.clone(),
            candidates: self.me.candidates.clone(),
        });
        let message = seal(&self.chain.header(epoch, 0, 0, now.unix_ms), &body);
        let mut outbox = Outbox::new(self.chain, self.recent.clone(), epoch, self.asked);
        outbox.push(now, message, out);
        self.reading = None;
        self.stage = Stage::Trying(Box::new(outbox));
        self.staged = now.millis;
    }

    pub(super) fn try_on(&mut self, now: Now, timing: &Timing, event: &Event, out: &mut Vec<Action>) -> Step {
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
    pub(super) fn prove(&mut self, now: Now, timing: &Timing, event: &Event, out: &mut Vec<Action>) -> Step {
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
        let Verdict::Valid(message) = verdict else {
            panic!("an epoch that was agreed upon is valid: {verdict:?}")
        };
        let epoch = message.header.epoch;
        out.push(Action::Keep { at, message, bytes });
        out.push(Action::Owns { epoch });
        Step::Owns(Box::new(proof.outbox.clone()))
    }

    /// Somebody else goes on behind `below`: so does this node, with these messages first.
    pub(super) fn follow_again(
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
