//! The containers that the rooms keep their things in, and the sum over all of them. They know nothing of a sale.

mod beside;
mod by_name;
mod by_number;
pub(in crate::state) mod digest;
mod fifo;
mod hash_index;
mod page;
mod prefetch;
mod slab;
mod slot;
mod vec_writer;

pub(in crate::state) use beside::Beside;
pub(in crate::state) use by_name::ByName;
pub(in crate::state) use by_number::ByNumber;
pub(in crate::state) use fifo::{CHUNK as FIFO_CHUNK, Fifo};
pub(in crate::state) use hash_index::HashIndex;
pub(in crate::state) use page::page;
pub(in crate::state) use prefetch::prefetch;
pub(in crate::state) use slab::Slab;
pub(in crate::state) use slot::{NONE, Slot};
pub(crate) use vec_writer::VecWriter;
