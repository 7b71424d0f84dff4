//! The rule of validity: which messages of a log count.
//!
//! A log may hold more than what counts: the late message of an owner that was deposed, a message twice because its first try was not
//! answered, bytes that are no message. The log is trusted with one thing only, that everybody reads the same message at the same position.
//! From that and from what stands before it, each reader finds out alone, and all find the same.
//!
//! A message at the next position is **valid** if all of this holds:
//!
//! 1. It is whole, of this log, and its own link is right.
//! 2. The link that it names as the one before is that of the newest valid message, beats aside.
//! 3. Its epoch is the running one, and no handover has closed that; if it begins an epoch, its epoch is greater than the running one.
//! 4. It is no second genesis.
//!
//! Any other message is **void**: the position is used up, and nothing happens. What follows from that, with nothing but the order trusted:
//!
//! - Behind the message that begins an epoch, nothing of an older epoch is valid, wherever and whenever it lands. That is the fence.
//! - A message that lands twice is void the second time: its link before is not the newest any more. A beat may count twice, and means nothing.
//! - Where a message is missing, all that were written behind it are void: a gap never becomes another order.
//!
//! Owner, follower, recovery, verification and scrubbing all use [`Chain`], and there is no second copy of the rule.

use bytes::Bytes;
use holdfast_wal::Lsn;
use thiserror::Error;

use crate::link::Link;
use crate::message::{Body, Genesis, Header, Identity, Malformed, Message, decode};
use crate::numbers::{Epoch, Position};

/// What is known of a log up to a position: all that the rule needs to judge the next message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Chain {
    identity: Identity,
    /// The newest format of records that this reader can apply.
    level: u32,
    position: Position,
    tip: Link,
    link: Link,
    epoch: Epoch,
    next: Lsn,
    is_closed: bool,
}

/// What the rule says of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It counts.
    Valid(Message),
    /// It counts for nobody; the position is used up.
    Void(Void),
    /// This reader cannot tell, or must not go on: it stays in front of the message.
    Halt(Halt),
}

/// Why a message counts for nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Void {
    /// It is no message at all.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It is of another log.
    #[error("it is of another cluster or shard")]
    Stranger,
    /// It was written behind another message than the newest valid one: late, twice, or behind a gap.
    #[error("it was written behind {named:?}, and the newest is {newest:?}")]
    Behind {
        /// What it names as the one before it.
        named: Link,
        /// The newest in the chain.
        newest: Link,
    },
    /// Its turn is over, or has never begun.
    #[error("it is of epoch {epoch}, and epoch {running} is running")]
    Epoch {
        /// Its own.
        epoch: Epoch,
        /// The running one.
        running: Epoch,
    },
    /// It was written behind the end of its own turn.
    #[error("its epoch was handed over before")]
    Closed,
    /// A log has one beginning.
    #[error("it is a second beginning of the log")]
    Genesis,
}

/// Why a reader must not go on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Error)]
pub enum Halt {
    /// It is whole, and of a version that this build cannot judge. Others can: so it must not be called void.
    #[error("message version {0} is not known to this build; use the version that the other nodes run")]
    Version(u16),
    /// It is valid, and has records that this build cannot apply.
    #[error(
        "it takes format level {0} to apply it, and this build has less; use the version that the other nodes run"
    )]
    Level(u32),
    /// It is valid, and its numbers are not those that come next: its writer was broken, or somebody has forged it.
    #[error("its first record is {first}, and {next} comes next: its writer was broken")]
    Records {
        /// The LSN that it says.
        first: Lsn,
        /// The LSN that comes next.
        next: Lsn,
    },
}

/// Why a log cannot be begun with a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum NoBeginning {
    /// It is no message.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It is a message, and no genesis of this log.
    #[error("it is not the beginning of this log")]
    Other,
}

impl Chain {
    /// A log from its beginning, for a reader that can apply records up to the format `level`.
    ///
    /// # Errors
    /// If the bytes are not the genesis of the log with this identity, or the level does not do for it.
    pub fn begin(
        identity: Identity,
        level: u32,
        at: Position,
        bytes: &Bytes,
    ) -> Result<(Self, Genesis), NoBeginning> {
        let message = decode(bytes)?;
        let Header { epoch, first, level: needed, .. } = message.header;
        let Body::Genesis(genesis) = message.body else { return Err(NoBeginning::Other) };
        if message.header.identity != identity || first == Lsn::ZERO || needed > level {
            return Err(NoBeginning::Other);
        }
        let link = message.link;
        let chain =
            Self { identity, level, position: at, tip: link, link, epoch, next: first, is_closed: false };
        Ok((chain, genesis))
    }

    /// A log from a message that a node has kept on, for one that does not have the beginning any more: what the message says of itself is
    /// all that the rule needs. It was valid when it was kept.
    ///
    /// # Errors
    /// If the bytes are no message of the log with this identity that is part of the chain, or the level does not do for it.
    pub fn resume(identity: Identity, level: u32, at: Position, bytes: &Bytes) -> Result<Self, NoBeginning> {
        let message = decode(bytes)?;
        let Header { epoch, first, level: needed, records, .. } = message.header;
        let is_ours = message.header.identity == identity && message.body.is_chained();
        if !is_ours || first == Lsn::ZERO || needed > level {
            return Err(NoBeginning::Other);
        }
        let (link, next) = (message.link, first.plus(records.into()));
        let is_closed = matches!(message.body, Body::Handover(_));
        Ok(Self { identity, level, position: at, tip: link, link, epoch, next, is_closed })
    }

    /// What the rule says of the message behind this position. Nothing changes.
    #[must_use]
    pub fn judge(&self, bytes: &Bytes) -> Verdict {
        self.judged(bytes).0
    }

    /// Judges the message at the next position, and goes on behind it, unless the reader must not.
    ///
    /// # Panics
    /// If `at` is another position than the next: whoever reads a log reads it in order.
    pub fn pass(&mut self, at: Position, bytes: &Bytes) -> Verdict {
        assert_eq!(at, self.position.next(), "a log is read in order");
        let (verdict, tip) = self.judged(bytes);
        match &verdict {
            Verdict::Valid(message) => self.accept(message),
            Verdict::Void(_) => (self.position, self.tip) = (at, tip),
            Verdict::Halt(_) => {}
        }
        verdict
    }

    /// Goes on behind a message that a node has kept: those between were beats or void, and are not in what it keeps.
    ///
    /// What is kept and not valid is damage, or was never read from this log; the chain has not moved then.
    pub fn recover(&mut self, at: Position, bytes: &Bytes) -> Verdict {
        let mut chain = *self;
        if at > self.position {
            chain.position = at.previous();
        }
        let verdict = chain.judge(bytes);
        if let Verdict::Valid(message) = &verdict {
            chain.accept(message);
            *self = chain;
        }
        verdict
    }

    /// Goes on behind a message that is known to be valid here.
    pub(crate) fn accept(&mut self, message: &Message) {
        assert!(message.header.first == self.next, "what is valid has the LSNs that come next");
        self.position = self.position.next();
        self.tip = message.link;
        if message.body.is_chained() {
            self.link = message.link;
            self.next = self.next.plus(message.header.records.into());
        }
        match message.body {
            Body::Epoch(_) => (self.epoch, self.is_closed) = (message.header.epoch, false),
            Body::Handover(_) => self.is_closed = true,
            Body::Genesis(_) | Body::Group(_) | Body::Beat(_) => {}
        }
    }

    fn judged(&self, bytes: &Bytes) -> (Verdict, Link) {
        let message = match decode(bytes) {
            Ok(message) => message,
            Err(Malformed::Version(version)) => return (Verdict::Halt(Halt::Version(version)), self.tip),
            Err(why) => return (Verdict::Void(why.into()), Link::of(&[bytes])),
        };
        let link = message.link;
        let verdict = match self.void(&message) {
            Some(why) => Verdict::Void(why),
            None => self.halt(&message.header).map_or(Verdict::Valid(message), Verdict::Halt),
        };
        (verdict, link)
    }

    fn void(&self, message: &Message) -> Option<Void> {
        let Header { identity, epoch, before, .. } = message.header;
        let begins = matches!(message.body, Body::Epoch(_));
        let in_turn = if begins { epoch > self.epoch } else { epoch == self.epoch };
        if identity != self.identity {
            Some(Void::Stranger)
        } else if matches!(message.body, Body::Genesis(_)) {
            Some(Void::Genesis)
        } else if !in_turn {
            Some(Void::Epoch { epoch, running: self.epoch })
        } else if self.is_closed && !begins {
            Some(Void::Closed)
        } else if before != self.link {
            Some(Void::Behind { named: before, newest: self.link })
        } else {
            None
        }
    }

    fn halt(&self, header: &Header) -> Option<Halt> {
        let Header { level, first, records, .. } = *header;
        if level > self.level {
            Some(Halt::Level(level))
        } else if first != self.next || self.next.0.checked_add(records.into()).is_none() {
            Some(Halt::Records { first, next: self.next })
        } else {
            None
        }
    }

    /// The header of a message that would be valid next: of the running epoch, or of the one that it begins.
    pub(crate) const fn header(&self, epoch: Epoch, records: u32, level: u32, unix_ms: u64) -> Header {
        Header {
            identity: self.identity,
            level,
            epoch,
            first: self.next,
            records,
            unix_ms,
            before: self.link,
        }
    }

    /// Which log it is.
    #[must_use]
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// The position of the newest message that was read, valid or not.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// What stands there, told from everything else: [`fingerprint`](crate::fingerprint) of its bytes.
    #[must_use]
    pub const fn tip(&self) -> Link {
        self.tip
    }

    /// The link of the newest valid message that is no beat. It stands for the whole history.
    #[must_use]
    pub const fn link(&self) -> Link {
        self.link
    }

    /// The running epoch.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The LSN of the next record.
    #[must_use]
    pub const fn next(&self) -> Lsn {
        self.next
    }

    /// Whether the running epoch was handed over: its owner writes no more, and the next has not begun.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.is_closed
    }
}
