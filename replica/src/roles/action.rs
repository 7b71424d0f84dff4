//! What a machine wants done.

use bytes::Bytes;

use crate::link::Link;
use crate::message::Message;
use crate::numbers::{Epoch, Position};
use crate::rule::{Halt, Void};

/// One thing to do. They are done in the order in which they are given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// [`ReplicatedLog::append`](crate::ReplicatedLog::append).
    Append {
        /// The number that the answer has to name.
        asked: u64,
        /// The position that it goes behind.
        after: Position,
        /// Its bytes.
        message: Bytes,
    },
    /// [`ReplicatedLog::read`](crate::ReplicatedLog::read).
    Read {
        /// The position.
        at: Position,
    },
    /// A message is in the log for good, and counts: write it to the node's own log. Once that is on the disk, whoever waits for its
    /// records may be answered, and not before. Beats are not kept.
    Keep {
        /// Where it stands.
        at: Position,
        /// What it says.
        message: Message,
        /// Its bytes.
        bytes: Bytes,
    },
    /// The log has not what this node has read, or has something else there: tell the operator. Then call
    /// [`Node::recalled`](crate::Node::recalled) with the newest message below this position that the node has kept, or with the oldest.
    Recall {
        /// The position.
        below: Position,
    },
    /// A message that was kept before was found in the log, perhaps because this node has written it there again.
    Found {
        /// Where it stands now. What is kept of it may say another position, which costs a search at the next start.
        at: Position,
        /// Its link.
        link: Link,
    },
    /// A message was passed over: count it, and tell the operator.
    Passed {
        /// Where it stands.
        at: Position,
        /// Why it does not count.
        why: Void,
    },
    /// This node owns the log now: all that came before was given to [`Action::Keep`].
    Owns {
        /// Its turn.
        epoch: Epoch,
    },
    /// This node owned the log, has handed it over, and follows again. Its memory equals the log.
    HandedOver,
    /// The machine is at its end, and answers nothing more.
    End(Ended),
}

/// Why a machine is at its end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Ended {
    /// Another node has taken over. What this one has judged and the log has not is void: its memory is thrown away, nobody is answered,
    /// and the process starts again, as a follower.
    Fenced {
        /// Where the message stands that says so.
        at: Position,
        /// The turn that it is of.
        epoch: Epoch,
    },
    /// The log goes on in a way that this build must not follow.
    Halted {
        /// Where.
        at: Position,
        /// Why.
        why: Halt,
    },
    /// This node owned the log, and what it has read there does not stand there any more, or is not found for so long that it may be gone.
    /// Its memory is thrown away as if it was fenced. The process starts again as a follower, which finds out.
    Doubts {
        /// Where.
        at: Position,
    },
    /// The log goes on in another way than it did: it was shortened, and written anew before this node could give back what was missing. An
    /// operator has to decide which is right; this node writes nothing more, and what it has kept may be all that there is of it.
    Differs {
        /// Where the two part, as far as this node can tell.
        at: Position,
    },
}
