//! A node that owns the log: it writes groups of records, and a beat when there are none.
//!
//! A group that is agreed upon is kept, in the order of the log; only what is kept on its own disk as well is answered for. Once something
//! valid stands in the log that it has not written, it owns nothing any more.

use holdfast_wal::Lsn;

use super::action::{Action, Ended};
use super::member::{Group, Member};
use super::outbox::{Outbox, Outcome};
use super::timing::Timing;
use crate::message::{Beat, Body, Handover, Place, seal};
use crate::numbers::{Epoch, Now, Position};
use crate::port::Event;
use crate::rule::Chain;

/// What comes of an event.
pub(super) enum Step {
    /// It owns the log.
    Stays,
    /// It has handed the log over, to the node with this name; an empty one is anybody.
    HandedOver(Box<str>),
    /// It is at its end.
    Ends(Ended),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Stage {
    Selling,
    /// It takes no more groups, and leaves when those that it has are agreed upon.
    Leaving(Box<str>),
    /// It has said that it leaves.
    Left(Box<str>),
}

/// The owner of the log.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Owner {
    me: Member,
    epoch: Epoch,
    outbox: Outbox,
    stage: Stage,
    /// When something was sent last.
    sent: u64,
    /// When the newest of its messages that is agreed upon became so.
    agreed: u64,
    /// When it looked last whether its newest message still stands in the log.
    compared: u64,
    /// Since when something has to be settled, if it has.
    unsure: Option<u64>,
    /// What the next beat says: how far its own disk is, and what nobody needs any more.
    durable: Lsn,
    floor: Position,
}

impl Owner {
    pub(super) fn new(me: Member, outbox: Outbox, now: Now) -> Self {
        let epoch = outbox.chain().epoch();
        Self {
            me,
            epoch,
            outbox,
            stage: Stage::Selling,
            sent: now.millis,
            agreed: now.millis,
            compared: now.millis,
            unsure: None,
            durable: Lsn::ZERO,
            floor: Position::ZERO,
        }
    }

    pub(super) const fn chain(&self) -> &Chain {
        self.outbox.chain()
    }

    pub(super) const fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(super) fn number(&self) -> u64 {
        self.outbox.number()
    }

    pub(super) fn under_way(&self) -> (usize, bool) {
        (self.outbox.len(), !self.outbox.is_sure())
    }

    pub(super) const fn agreed(&self) -> u64 {
        self.agreed
    }

    pub(super) const fn tells(&mut self, durable: Lsn, floor: Position) {
        (self.durable, self.floor) = (durable, floor);
    }

    /// Whether a group can be sent now.
    pub(super) fn wants_group(&self, timing: &Timing) -> bool {
        self.stage == Stage::Selling && self.outbox.is_sure() && self.outbox.len() < timing.window
    }

    /// Where the next group is going to stand.
    pub(super) const fn place(&self, now: Now, level: u32) -> Place {
        let ahead = self.outbox.ahead();
        Place {
            epoch: self.epoch,
            position: ahead.position().next(),
            unix_ms: now.unix_ms,
            level,
            before: ahead.link(),
        }
    }

    /// Sends a group.
    ///
    /// # Panics
    /// If its records are not those that come next, or its place is that of another group.
    pub(super) fn group(&mut self, now: Now, group: &Group, out: &mut Vec<Action>) {
        assert!(self.stage == Stage::Selling, "whoever leaves sells nothing more");
        let Place { epoch, unix_ms, level, before, .. } = group.place;
        let header = self.outbox.ahead().header(self.epoch, group.records, level, unix_ms);
        assert_eq!((epoch, before), (self.epoch, header.before), "a group goes to the place that was given");
        assert_eq!(group.first, header.first, "records are sent in the order of their numbers");
        self.send(now, seal(&header, &Body::Group(group.framed.clone())), out);
    }

    /// Hands the log over, once all that was sent is agreed upon.
    pub(super) fn hand_over(&mut self, now: Now, to: Box<str>, out: &mut Vec<Action>) {
        if self.stage == Stage::Selling {
            self.stage = Stage::Leaving(to);
            self.leave(now, out);
        }
    }

    /// Something was heard of the log.
    pub(super) fn hear(&mut self, now: Now, timing: &Timing, event: &Event, out: &mut Vec<Action>) -> Step {
        for outcome in self.outbox.hear(now, timing, event, out) {
            match outcome {
                Outcome::Agreed { at, message, bytes } => {
                    self.agreed = now.millis;
                    let is_handover = matches!(message.body, Body::Handover(_));
                    if message.body.is_chained() {
                        out.push(Action::Keep { at, message, bytes });
                    }
                    if let Stage::Left(to) = &self.stage
                        && is_handover
                    {
                        out.push(Action::HandedOver);
                        return Step::HandedOver(to.clone());
                    }
                }
                Outcome::Passed { at, why } => out.push(Action::Passed { at, why }),
                Outcome::Overtaken { at, message, .. } => {
                    return Step::Ends(Ended::Fenced { at, epoch: message.header.epoch });
                }
                Outcome::Halted { at, why } => return Step::Ends(Ended::Halted { at, why }),
                Outcome::Changed { at } => return Step::Ends(Ended::Doubts { at }),
            }
        }
        if let Event::Read { at, found: None } = event
            && *at == self.chain().position()
            && self.unsure.is_some_and(|since| now.since(since) >= timing.silence)
        {
            return Step::Ends(Ended::Doubts { at: *at });
        }
        self.leave(now, out);
        Step::Stays
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, now: Now, timing: &Timing, out: &mut Vec<Action>) {
        self.outbox.tick(now, timing, out);
        self.leave(now, out);
        let is_idle = self.outbox.len() == 0 && self.outbox.is_sure() && self.stage == Stage::Selling;
        if is_idle && now.since(self.sent) >= timing.beat {
            let header = self.outbox.ahead().header(self.epoch, 0, 0, now.unix_ms);
            let beat = Beat { durable: self.durable, floor: self.floor, address: self.me.address.clone() };
            self.send(now, seal(&header, &Body::Beat(beat)), out);
        }
        if self.outbox.is_sure() {
            self.unsure = None;
        } else {
            self.unsure.get_or_insert(now.millis);
        }
        // A log that takes nothing for so long may have forgotten what stands before.
        let is_doubtful = self.unsure.is_some_and(|since| now.since(since) >= timing.silence);
        if now.since(self.compared) >= if is_doubtful { timing.look } else { timing.compare } {
            self.compared = now.millis;
            out.push(Action::Read { at: self.chain().position() });
        }
    }

    fn send(&mut self, now: Now, message: bytes::Bytes, out: &mut Vec<Action>) {
        self.sent = now.millis;
        self.outbox.push(now, message, out);
    }

    fn leave(&mut self, now: Now, out: &mut Vec<Action>) {
        let Stage::Leaving(to) = &self.stage else { return };
        if self.outbox.len() > 0 || !self.outbox.is_sure() {
            return;
        }
        let to = to.clone();
        self.stage = Stage::Left(to.clone());
        let header = self.outbox.ahead().header(self.epoch, 0, 0, now.unix_ms);
        self.send(now, seal(&header, &Body::Handover(Handover { to })), out);
    }
}
