//! The numbers of a replicated log: where a message stands, whose turn it is, what time it is.

use std::fmt;

/// Where a message stands in the log of its shard: the first has 1, and there are no gaps. The log gives these numbers, a node never does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

/// The turn of an owner: each takeover begins a greater one. Two processes never own the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Epoch(pub u64);

/// The time as a machine is told it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Now {
    /// Milliseconds of a clock that never runs backwards and goes on while the machine sleeps; only differences count.
    pub millis: u64,
    /// Unix milliseconds, for messages alone: nothing is decided by it.
    pub unix_ms: u64,
}

impl Position {
    /// Before the first message.
    pub const ZERO: Self = Self(0);

    /// The position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The position before this one; before the first there is [`Position::ZERO`], and nothing before that.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The position `count` places after this one.
    #[must_use]
    pub const fn plus(self, count: u64) -> Self {
        Self(self.0 + count)
    }
}

impl Epoch {
    /// The turn after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl Now {
    /// How long ago `then` was, milliseconds; nothing if it is still to come.
    #[must_use]
    pub(crate) const fn since(self, then: u64) -> u64 {
        self.millis.saturating_sub(then)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "position {}", self.0)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
