//! The seam to the log: what is asked of it, and what it is heard to say.
//!
//! Nothing here waits, and nothing is promised about answers: any may come late, twice or never, in any order. A log that is asked may be
//! gone, may have a new leader, or may say that something is not there because the one who answers does not know yet. The machines are
//! built for all of that. One thing is promised, and all rests on it: what is heard to *stand* at a position stands there for everybody.

use bytes::Bytes;

use crate::numbers::Position;

/// A log as one node reaches it. What comes behind the last position is heard without being asked for ([`Event::Seen`]).
pub trait ReplicatedLog {
    /// Asks for a message to be written at the position behind `after`, and nowhere else if the log can tell.
    ///
    /// `asked` comes back with the answer. Writing the same bytes again under the same number is harmless.
    fn append(&mut self, asked: u64, after: Position, message: Bytes);

    /// Asks what stands at a position.
    fn read(&mut self, at: Position);

    /// Has the log forget what stands below a position. Nobody is told when it is done, or if it is not: it is harmless to ask again.
    fn trim(&mut self, below: Position);

    /// Asks for the oldest position that the log still has, and says what it was told last; `None` if nothing. It never says more than there is:
    /// what is below it is gone.
    fn first(&mut self) -> Option<Position>;

    /// Whether the log has said that it has no room, and has taken nothing since. It decides nothing, and is told to people.
    fn is_full(&self) -> bool {
        false
    }

    /// What was heard since, the oldest first; `None` if that was all.
    fn next(&mut self) -> Option<Event>;
}

/// What is heard from a log.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Event {
    /// A majority has the message on its disks, at this position.
    Acked {
        /// The number under which it was asked for.
        asked: u64,
        /// Where it stands.
        at: Position,
    },
    /// A message was not written, or it was: a timeout, a refusal, a lost connection. Which of them, nobody believes.
    Unsure {
        /// The number under which it was asked for.
        asked: u64,
    },
    /// An answer to a read: the bytes that stand there, or that whoever answered has nothing there.
    Read {
        /// The position.
        at: Position,
        /// What stands there. `None` proves nothing.
        found: Option<Bytes>,
    },
    /// A read that was not answered.
    Unread {
        /// The position.
        at: Position,
    },
    /// A message has come to stand there. Some may not be heard of.
    Seen {
        /// The position.
        at: Position,
        /// The message.
        bytes: Bytes,
    },
}
