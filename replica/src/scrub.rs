//! All copies of a log, read side by side and against what a node has kept: where one of them lacks a message, or has another one.
//!
//! A server that has lost bits of its copy hides what it lost, or shows something else, as soon as it leads. So each copy is looked at before
//! that, position by position. What counts is found by the rule, with what the copies have; what it is held to is the node's own log,
//! message by message: the node has checked it as it came, and has it on a disk of its own.

use bytes::Bytes;

use crate::link::Link;
use crate::message::{Identity, decode, fingerprint};
use crate::numbers::Position;
use crate::rule::{Chain, Halt, NoBeginning, Verdict};

/// A position, and what each copy has there.
pub type Across = (Position, Vec<Option<Bytes>>);

/// The copies of a log, each read by itself.
pub trait Copies {
    /// What each copy is called: the server that has it. Always the same, in the same order.
    fn names(&self) -> &[Box<str>];

    /// The next position and what each copy has there, in the order of their names; `None` behind the last.
    ///
    /// # Errors
    /// Why the copies cannot be read any more.
    fn next(&mut self) -> Result<Option<Across>, String>;
}

/// What is wrong at a position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flaw {
    /// This copy has nothing there, and another one has.
    Lacks(usize),
    /// What this copy has there is no whole message, and another one has one.
    Damaged(usize),
    /// This copy has another whole message there than the one that counts, or that most copies have.
    Other(usize),
    /// No copy has anything there.
    Hole,
    /// What counts there is not what the node has kept next.
    NotKept,
    /// A node must not go on there.
    Halts(Halt),
}

/// What was found at a position.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Found {
    /// What is wrong there.
    pub flaws: Vec<Flaw>,
    /// The link of what stands there, if it counts and is part of the chain: the node has to have kept it.
    pub link: Option<Link>,
    /// What stands there counts for nobody.
    pub is_void: bool,
}

/// A reading of all copies.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scrub {
    /// All that was read, as the rule has it; there from the anchor on.
    chain: Option<Chain>,
    halt: Option<Halt>,
}

impl Scrub {
    /// From the position that is read next on, the rule is applied, of the log with this identity, for a reader that can apply records up to the format
    /// `level`. Up to there, copies are only held to each other. `bytes` is a message that counts: what the node has kept of that position.
    ///
    /// # Errors
    /// If the bytes are no message of the chain of this log.
    pub fn anchor(
        &mut self,
        identity: Identity,
        level: u32,
        at: Position,
        bytes: &Bytes,
    ) -> Result<(), NoBeginning> {
        self.chain = Some(Chain::resume(identity, level, at, bytes)?);
        Ok(())
    }

    /// Whether the rule is applied by now.
    #[must_use]
    pub const fn is_anchored(&self) -> bool {
        self.chain.is_some()
    }

    /// What the copies have at the next position. `kept` is the link of what the node has kept next, if it is known.
    pub fn at(&mut self, at: Position, copies: &[Option<Bytes>], kept: Option<Link>) -> Found {
        let mut found = Found::default();
        let counts = self.counts(at, copies);
        let is_whole = counts.as_ref().is_some_and(|counts| decode(counts).is_ok());
        for (copy, bytes) in copies.iter().enumerate() {
            found.flaws.extend(match (bytes, &counts) {
                (None, None) => None,
                (None, Some(_)) => Some(Flaw::Lacks(copy)),
                (Some(_), _) if *bytes == counts => None,
                (Some(bytes), _) if is_whole && decode(bytes).is_err() => Some(Flaw::Damaged(copy)),
                (Some(_), _) => Some(Flaw::Other(copy)),
            });
        }
        if counts.is_none() {
            found.flaws.push(Flaw::Hole);
        }
        self.pass(at, &counts.unwrap_or_default(), &mut found, kept);
        found
    }

    /// What a reader is to take for what stands there: what counts by the rule; else what most copies have, and of those the first.
    fn counts(&self, at: Position, copies: &[Option<Bytes>]) -> Option<Bytes> {
        let there = || copies.iter().flatten();
        let by_rule = |bytes: &&Bytes| {
            self.chain.is_some_and(|chain| match chain.position() == at {
                true => fingerprint(bytes) == chain.tip(),
                false => matches!(chain.judge(bytes), Verdict::Valid(_)),
            })
        };
        let votes = |bytes: &Bytes| there().filter(|other| *other == bytes).count();
        let most = there().map(votes).max().unwrap_or(0);
        there().find(by_rule).or_else(|| there().find(|bytes| votes(bytes) == most)).cloned()
    }

    fn pass(&mut self, at: Position, bytes: &Bytes, found: &mut Found, kept: Option<Link>) {
        let Some(chain) = self.chain.as_mut().filter(|_| self.halt.is_none()) else { return };
        if chain.position() == at {
            found.link = Some(chain.tip());
            if fingerprint(bytes) != chain.tip() {
                found.flaws.push(Flaw::NotKept);
            }
            return;
        }
        match chain.pass(at, bytes) {
            Verdict::Valid(message) if message.body.is_chained() => {
                found.link = Some(message.link);
                if kept.is_some_and(|kept| kept != message.link) {
                    found.flaws.push(Flaw::NotKept);
                }
            }
            Verdict::Valid(_) => {}
            Verdict::Void(_) => found.is_void = true,
            Verdict::Halt(why) => {
                self.halt = Some(why);
                found.flaws.push(Flaw::Halts(why));
            }
        }
    }
}
