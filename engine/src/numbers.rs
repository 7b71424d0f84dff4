//! Numbers with names, so that none stands where another belongs. Each is its number alone: in memory, in the log and in
//! snapshots.

use std::fmt;
use std::ops::{Add, AddAssign};

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970 (Unix).
///
/// # Examples
/// ```
/// use holdfast_engine::{At, Millis};
///
/// let (now, ttl) = (At(1_700_000_000_000), Millis(60_000_u32));
/// assert_eq!((now + ttl).since(now), Millis(60_000));
/// ```
/// An instant is no duration:
/// ```compile_fail,E0277
/// # use holdfast_engine::At;
/// At(1_700_000_000_000) + At(60_000);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[repr(transparent)]
pub struct At(pub u64);

/// A duration in milliseconds. Logged ones have 32 bits, as none is over a day; what a command asks for and what an
/// operator sets has 64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Encode, Decode, Serialize, Deserialize)]
#[repr(transparent)]
#[serde(transparent)]
pub struct Millis<N = u32>(pub N);

/// The number of a hold: unique in its event for ever. It is the version of the change that made the hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[repr(transparent)]
pub struct HoldId(pub u64);

/// The number of an event in the log: given once, never reused. 0 is that of the system event, which no
/// sale has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct EventId(pub u32);

/// Whose a key and a hold are: a short keyed hash of the name of the token that they came with, the same as long as the data
/// directory lives. Two names that collide share their budgets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
#[repr(transparent)]
pub struct Account(pub u32);

impl Account {
    /// No token was used, or the record is from before there were accounts.
    pub const NOBODY: Self = Self(0);
}

/// As nothing: rows of snapshots are from before there were accounts, which stand in columns of their own.
impl Encode for Account {
    fn encode<E: Encoder>(&self, _: &mut E) -> Result<(), EncodeError> {
        Ok(())
    }
}

impl<C> Decode<C> for Account {
    fn decode<D: Decoder<Context = C>>(_: &mut D) -> Result<Self, DecodeError> {
        Ok(Self::NOBODY)
    }
}

bincode::impl_borrow_decode!(Account);

/// The id of an entry of a stream, or a place between entries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub struct EntryId {
    /// Unix milliseconds; in the stream of all events the number of the record in the log.
    pub time: u64,
    /// The version that the change made; in the stream of all events 0.
    pub sequence: u64,
}

impl EntryId {
    /// Before all entries: from it on means from the oldest that is kept.
    pub const FIRST: Self = Self { time: 0, sequence: 0 };
    /// After all entries.
    pub const LAST: Self = Self { time: u64::MAX, sequence: u64::MAX };

    /// The smallest id that is greater; `None` after the last.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        match self.sequence.checked_add(1) {
            Some(sequence) => Some(Self { sequence, ..self }),
            None => Some(Self { time: self.time.checked_add(1)?, sequence: 0 }),
        }
    }

    /// The greatest id that is smaller; `None` before the first.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        match self.sequence.checked_sub(1) {
            Some(sequence) => Some(Self { sequence, ..self }),
            None => Some(Self { time: self.time.checked_sub(1)?, sequence: u64::MAX }),
        }
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.time, self.sequence)
    }
}

impl EventId {
    /// That of the system event: what happens to the process, and not to a sale.
    pub const SYSTEM: Self = Self(0);

    /// The number after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Of the key by which a snapshot has the event.
    #[must_use]
    pub(crate) const fn of_key(key: u64) -> Self {
        Self(key as u32)
    }
}

/// The key by which a snapshot has the event.
impl From<EventId> for u64 {
    fn from(id: EventId) -> Self {
        Self::from(id.0)
    }
}

impl At {
    /// How long after `earlier` it is; 0 if it is not after it.
    #[must_use]
    #[inline]
    pub const fn since(self, earlier: Self) -> Millis<u64> {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// The instant so long before; `None` if that is before 1970.
    #[must_use]
    #[inline]
    pub const fn before(self, ago: Millis<u64>) -> Option<Self> {
        match self.0.checked_sub(ago.0) {
            Some(at) => Some(Self(at)),
            None => None,
        }
    }

    /// The next millisecond; the last one has none, and stays.
    #[must_use]
    #[inline]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl<N: Into<u64>> Add<Millis<N>> for At {
    type Output = Self;

    #[inline]
    fn add(self, later: Millis<N>) -> Self {
        Self(self.0 + later.0.into())
    }
}

impl AddAssign<Millis<u64>> for At {
    #[inline]
    fn add_assign(&mut self, later: Millis<u64>) {
        *self = *self + later;
    }
}

/// Shown as the number alone.
macro_rules! shown {
    ($($trait:ident for $type:ty $(, of $of:ident)?;)*) => {$(
        impl$(<$of: fmt::$trait>)? fmt::$trait for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::$trait::fmt(&self.0, f)
            }
        }
    )*};
}

shown! {
    Debug for At;
    Display for At;
    Debug for Millis<N>, of N;
    Display for Millis<N>, of N;
    Debug for HoldId;
    Display for HoldId;
    Debug for EventId;
    Display for EventId;
}
