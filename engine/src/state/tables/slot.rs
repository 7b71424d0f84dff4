//! Numbers of slots, each with what stands in it, so that a hold is never looked for where holders are.

use std::fmt;
use std::marker::PhantomData;

use bincode::de::{BorrowDecoder, Decoder};
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{BorrowDecode, Decode, Encode};

/// No slot, no seat: the end of a chain.
pub(in crate::state) const NONE: u32 = u32::MAX;

/// The number of a slot of a [`Slab`](super::Slab) of `T`. In a snapshot it is the number alone.
pub(in crate::state) struct Slot<T> {
    number: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> Slot<T> {
    /// No slot.
    pub(in crate::state) const NONE: Self = Self::new(NONE);

    pub(in crate::state) const fn new(number: u32) -> Self {
        Self { number, of: PhantomData }
    }

    pub(in crate::state) const fn number(self) -> u32 {
        self.number
    }

    pub(in crate::state) const fn index(self) -> usize {
        self.number as usize
    }
}

// By hand, as derived ones would ask the same of `T`.
impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slot<T> {}

impl<T> PartialEq for Slot<T> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<T> Eq for Slot<T> {}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slot {}", self.number)
    }
}

impl<T> Encode for Slot<T> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.number.encode(encoder)
    }
}

impl<Context, T> Decode<Context> for Slot<T> {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        u32::decode(decoder).map(Self::new)
    }
}

impl<'de, Context, T> BorrowDecode<'de, Context> for Slot<T> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}
