//! A follower looks whether the log has what it has read: at its start, now and then, and whenever something else stands there.
//!
//! It looks for the newest message that it has kept, where it has stood. Is it there, all before it is too: a log forgets from its end. If
//! not, the node looks further back, until a message stands where it has stood. What it has kept behind that one is looked for from there
//! on, and written again where nothing is found: the same bytes, so that they are valid to everybody once more, and to nobody twice. If
//! another valid message stands there instead, the log has another history than this node, and an operator has to decide.

use bytes::Bytes;

use super::super::action::{Action, Ended};
use super::super::outbox::{Outbox, Outcome};
use super::super::timing::Timing;
use super::{Follower, Stage, Step};
use crate::message::fingerprint;
use crate::numbers::{Now, Position};
use crate::port::Event;
use crate::rule::Chain;

/// A message that this node has kept is looked for where it has stood.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Doubt {
    /// What it has kept behind that message.
    behind: Vec<Bytes>,
    /// Since when it is looked for.
    since: u64,
    /// If it does not stand there, one is looked for that is so much further back.
    back: u64,
    /// That one was asked for.
    pub(super) is_recalling: bool,
    /// Something else stands where it stood. If not, it was only not found.
    is_refuted: bool,
}

impl Doubt {
    pub(super) const fn new(now: Now) -> Self {
        Self { behind: Vec::new(), since: now.millis, back: 1, is_recalling: false, is_refuted: false }
    }
}

impl Follower {
    /// A message that this node has kept is looked for where it has stood.
    pub(super) fn compare(
        &mut self,
        now: Now,
        timing: &Timing,
        event: &Event,
        out: &mut Vec<Action>,
    ) -> Step {
        let Stage::Unproven(doubt) = &mut self.stage else { return Step::Stays };
        match event {
            Event::Read { at, found } if *at == self.anchor.position() && !doubt.is_recalling => {
                match found {
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
                }
            }
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
    pub(in crate::roles) fn recalled(
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

    /// Somebody has read another history than this node, it seems: it looks further back than the last time.
    pub(super) fn suspect(&mut self, now: Now, out: &mut Vec<Action>) -> Step {
        self.suspicion = self.suspicion.saturating_mul(8);
        self.doubt(now, out)
    }

    /// It is not sure any more that the log has what this node has: it begins as it did at its start, with the newest that it has kept.
    pub(super) fn doubt(&mut self, now: Now, out: &mut Vec<Action>) -> Step {
        self.stage = Stage::Unproven(Doubt { is_recalling: true, ..Doubt::new(now) });
        self.reading = None;
        self.early.clear();
        let below = match self.suspicion {
            1 => u64::MAX,
            back => self.chain.position().0.saturating_sub(back),
        };
        out.push(Action::Recall { below: Position(below) });
        Step::Stays
    }

    /// What was kept is found in the log, or written there again.
    pub(super) fn restore(
        &mut self,
        now: Now,
        timing: &Timing,
        event: &Event,
        out: &mut Vec<Action>,
    ) -> Step {
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
                    self.recent.extend(outbox.recent());
                    return self.follow_again(now, below, &[(at, bytes)], out);
                }
                Outcome::Overtaken { at, .. } => return Step::Ends(Ended::Differs { at }),
                Outcome::Halted { at, why } => return Step::Ends(Ended::Halted { at, why }),
                Outcome::Changed { .. } => return self.doubt(now, out),
            }
        }
        if outbox.len() == 0 && outbox.is_sure() {
            (self.chain, self.anchor) = (*outbox.chain(), *outbox.chain());
            self.recent.extend(outbox.recent());
            self.stage = Stage::Following;
            self.is_behind = true;
            return self.take_early(now, out);
        }
        Step::Stays
    }
}
