//! A node: a follower that may become the owner, an owner that may become a follower, and the end of both.

use bytes::Bytes;
use holdfast_wal::Lsn;

use super::action::{Action, Ended};
use super::follower::{self, Follower};
use super::member::{Group, Member};
use super::owner::{self, Owner};
use super::timing::Timing;
use crate::message::Place;
use crate::numbers::{Epoch, Now, Position};
use crate::port::Event;
use crate::rule::Chain;

/// What a node is at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role<'a> {
    /// It owns the log, in this turn.
    Owner(Epoch),
    /// It follows.
    Follower {
        /// Who owns the log, as far as it knows; never the node itself.
        owner: Option<&'a str>,
        /// Whether the log was seen to have what this node has. If not, it never tries to own it.
        is_proven: bool,
    },
    /// It does nothing any more.
    Ended(Ended),
}

/// The machine of a node. It is told what is heard and that time passes, and says what to do.
///
/// To be carried out in order: if the process ends in between, the next one goes on from what was kept.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Node {
    me: Member,
    timing: Timing,
    state: State,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum State {
    Follower(Box<Follower>),
    Owner(Box<Owner>),
    Ended(Ended, Chain),
}

impl Node {
    /// A node that starts, with what it has kept: the chain that [`Chain::begin`] and [`Chain::recover`] have made of that, and the name in the
    /// newest epoch of it (or in the handover of that), empty if there is none.
    ///
    /// `asked` is the number of its first append. It differs from all that the log may still be answering to another process of this node;
    /// a log that answers each connection apart can be given 0.
    #[must_use]
    pub fn new(me: Member, timing: Timing, chain: Chain, owner: Box<str>, asked: u64, now: Now) -> Self {
        let follower = Follower::new(me.clone(), chain, owner, asked, now);
        Self { me, timing, state: State::Follower(Box::new(follower)) }
    }

    /// Something was heard of the log. What is to be done is added to `out`.
    pub fn hear(&mut self, now: Now, event: &Event, out: &mut Vec<Action>) {
        match &mut self.state {
            State::Follower(follower) => match follower.hear(now, &self.timing, event, out) {
                follower::Step::Stays => {}
                follower::Step::Owns(outbox) => {
                    self.state = State::Owner(Box::new(Owner::new(self.me.clone(), *outbox, now)));
                }
                follower::Step::Ends(ended) => self.end(ended, out),
            },
            State::Owner(owner) => match owner.hear(now, &self.timing, event, out) {
                owner::Step::Stays => {}
                owner::Step::HandedOver(to) => {
                    let (chain, asked) = (*owner.chain(), owner.number());
                    let follower = Follower::new(self.me.clone(), chain, to, asked, now);
                    self.state = State::Follower(Box::new(follower));
                }
                owner::Step::Ends(ended) => self.end(ended, out),
            },
            State::Ended(..) => {}
        }
    }

    /// Time has passed: to be called at least as often as the shortest of the times in [`Timing`].
    pub fn tick(&mut self, now: Now, out: &mut Vec<Action>) {
        match &mut self.state {
            State::Follower(follower) => follower.tick(now, &self.timing, out),
            State::Owner(owner) => owner.tick(now, &self.timing, out),
            State::Ended(..) => {}
        }
    }

    fn end(&mut self, ended: Ended, out: &mut Vec<Action>) {
        self.state = State::Ended(ended, *self.chain());
        out.push(Action::End(ended));
    }

    /// Whether [`Node::group`] can be called now: the node owns the log, nothing is unsure, and the window has room.
    #[must_use]
    pub fn wants_group(&self) -> bool {
        matches!(&self.state, State::Owner(owner) if owner.wants_group(&self.timing))
    }

    /// The place of the next group, whose records need this format level; `None` if [`Node::wants_group`] says no.
    #[must_use]
    pub fn place(&self, now: Now, level: u32) -> Option<Place> {
        match &self.state {
            State::Owner(owner) if owner.wants_group(&self.timing) => Some(owner.place(now, level)),
            _ => None,
        }
    }

    /// Answers [`Action::Recall`]: the chain up to the newest message below that position which the node has kept, or up to the oldest that it
    /// has if none is below; and the bytes of all that it has kept behind it, in order.
    pub fn recalled(&mut self, now: Now, chain: Chain, behind: Vec<Bytes>, out: &mut Vec<Action>) {
        if let State::Follower(follower) = &mut self.state
            && let follower::Step::Ends(ended) = follower.recalled(now, chain, behind, out)
        {
            self.end(ended, out);
        }
    }

    /// Sends a group. Returns whether it was taken: it is not if the node does not want one.
    ///
    /// # Panics
    /// If its records are not those that come next, or its place is not the last that [`Node::place`] gave.
    pub fn group(&mut self, now: Now, group: &Group, out: &mut Vec<Action>) -> bool {
        match &mut self.state {
            State::Owner(owner) if owner.wants_group(&self.timing) => {
                owner.group(now, group, out);
                true
            }
            _ => false,
        }
    }

    /// Has an owner hand the log over to the node with this name, or to anybody if it is empty. Anybody else does nothing.
    pub fn hand_over(&mut self, now: Now, to: &str, out: &mut Vec<Action>) {
        if let State::Owner(owner) = &mut self.state {
            owner.hand_over(now, to.into(), out);
        }
    }

    /// What the beats of an owner say: how far its own disk has the log, and below which position nobody needs it.
    pub fn tells(&mut self, durable: Lsn, floor: Position) {
        if let State::Owner(owner) = &mut self.state {
            owner.tells(durable, floor);
        }
    }

    /// What it is.
    #[must_use]
    pub fn role(&self) -> Role<'_> {
        match &self.state {
            State::Follower(follower) => {
                Role::Follower { owner: follower.owner(), is_proven: follower.is_proven() }
            }
            State::Owner(owner) => Role::Owner(owner.epoch()),
            State::Ended(ended, _) => Role::Ended(*ended),
        }
    }

    /// When the newest message of an owner was agreed upon, milliseconds of [`Now::millis`]: what it shows is at most so old. `None` for
    /// anybody else.
    #[must_use]
    pub fn agreed(&self) -> Option<u64> {
        match &self.state {
            State::Owner(owner) => Some(owner.agreed()),
            _ => None,
        }
    }

    /// When it last knew the end of the log, milliseconds of [`Now::millis`]: what it shows is at most so old. An owner does whenever one of its
    /// messages is agreed upon, a follower whenever it has read all that it has heard of. `None` for one that does not know it now.
    #[must_use]
    pub fn current_at(&self) -> Option<u64> {
        match &self.state {
            State::Owner(owner) => Some(owner.agreed()),
            State::Follower(follower) => follower.current_at(),
            State::Ended(..) => None,
        }
    }

    /// How many messages of an owner are on their way, and whether it is not known of them whether they stand in the log.
    #[must_use]
    pub fn under_way(&self) -> (usize, bool) {
        match &self.state {
            State::Owner(owner) => owner.under_way(),
            State::Follower(_) | State::Ended(..) => (0, false),
        }
    }

    /// All that it has read, or written and found agreed upon.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        match &self.state {
            State::Follower(follower) => follower.chain(),
            State::Owner(owner) => owner.chain(),
            State::Ended(_, chain) => chain,
        }
    }
}
