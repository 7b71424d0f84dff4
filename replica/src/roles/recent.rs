//! The newest valid messages, so that what is void for a good reason is told from a message of another history.
//!
//! As long as the log keeps its promise, a void message is old, a copy, late, or was written behind one that was lost and comes again. What
//! is none of these was written by somebody who has read another log than this node: one of the two has read what the log has forgotten.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::link::Link;
use crate::message::{Body, decode};
use crate::rule::Chain;

/// So many are remembered: more than are written while a copy is under way.
const RECENT_MAX: usize = 1_024;
/// So many strangers are remembered.
const STRANGERS_MAX: usize = 64;

/// Links of valid messages, the newest last.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Recent {
    links: VecDeque<Link>,
    /// Void messages of the running epoch behind something that was never read, and when they were met.
    strangers: VecDeque<(Link, u64)>,
}

/// What a void message says of its writer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Writer {
    /// It has read the same log.
    Same,
    /// It has read something that this node has not: a message that was lost and comes again, or another history.
    Unknown(Link),
    /// It has read another history: its epoch has never begun here.
    Other,
}

impl Recent {
    /// A valid message has this link.
    pub(super) fn remember(&mut self, link: Link) {
        if self.links.len() == RECENT_MAX {
            self.links.pop_front();
        }
        self.links.push_back(link);
        self.strangers.retain(|(stranger, _)| *stranger != link);
    }

    /// What another one remembers came last.
    pub(super) fn extend(&mut self, other: &Self) {
        other.links.iter().for_each(|link| self.remember(*link));
    }

    /// A void message was written by somebody unknown: it may become valid yet.
    pub(super) fn meet(&mut self, link: Link, millis: u64) {
        if self.strangers.len() < STRANGERS_MAX {
            self.strangers.push_back((link, millis));
        }
    }

    /// Whether one that was met before this time has not become valid. They are forgotten with that.
    pub(super) fn is_betrayed(&mut self, before: u64) -> bool {
        let count = self.strangers.len();
        self.strangers.retain(|(_, met)| *met >= before);
        self.strangers.len() < count
    }

    /// Who has written a message that is void at the next position.
    pub(super) fn writer(&self, chain: &Chain, bytes: &Bytes) -> Writer {
        let Ok(message) = decode(bytes) else { return Writer::Same };
        let begins = matches!(message.body, Body::Genesis(_) | Body::Epoch(_));
        if begins || message.header.identity != chain.identity() || message.header.epoch < chain.epoch() {
            return Writer::Same;
        }
        if message.header.epoch > chain.epoch() {
            return Writer::Other;
        }
        // A copy, or late: this node has read what it was written behind.
        let is_known = [message.link, message.header.before].iter().any(|link| self.links.contains(link));
        if is_known || chain.is_closed() { Writer::Same } else { Writer::Unknown(message.link) }
    }
}
