//! A short list that is logged: inline while it is short, with a known form on the disk.

use std::ops::{Deref, DerefMut};

use bincode::de::{BorrowDecoder, Decoder};
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{BorrowDecode, Decode, Encode};
use smallvec::SmallVec;

/// A list of up to a few thousand small values; up to `N` of them without an allocation. Logged as a count and the
/// values.
#[derive(PartialEq, Eq, Debug)]
pub struct ShortList<T, const N: usize>(SmallVec<[T; N]>);

impl<T: Copy, const N: usize> Clone for ShortList<T, N> {
    fn clone(&self) -> Self {
        // Copies values as such; the vector's own way goes one by one.
        Self(SmallVec::from_slice(&self.0))
    }
}

impl<T, const N: usize> Default for ShortList<T, N> {
    fn default() -> Self {
        Self(SmallVec::new())
    }
}

impl<T, const N: usize> Deref for ShortList<T, N> {
    type Target = SmallVec<[T; N]>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T, const N: usize> DerefMut for ShortList<T, N> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<T, const N: usize> FromIterator<T> for ShortList<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a ShortList<T, N> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Encode, const N: usize> Encode for ShortList<T, N> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        // A command has at most 1,024 arguments, an order the seats of as many holds of at most 1,000 seats.
        let count =
            u32::try_from(self.0.len()).map_err(|_| EncodeError::Other("a list of over 2^32 values"))?;
        count.encode(encoder)?;
        self.0.iter().try_for_each(|value| value.encode(encoder))
    }
}

impl<Context, T: Decode<Context>, const N: usize> Decode<Context> for ShortList<T, N> {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let count = u32::decode(decoder)? as usize;
        // Claims the bytes from the decoder's limit before anything is allocated: a hostile count fails here.
        decoder.claim_container_read::<T>(count)?;
        let mut values = SmallVec::with_capacity(count);
        for _ in 0..count {
            decoder.unclaim_bytes_read(size_of::<T>());
            values.push(T::decode(decoder)?);
        }
        Ok(Self(values))
    }
}

impl<'de, Context, T: Decode<Context>, const N: usize> BorrowDecode<'de, Context> for ShortList<T, N> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}
