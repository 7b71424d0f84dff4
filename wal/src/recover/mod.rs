//! What a start makes of the segments it finds, what an operator may accept to lose, and how a copy is made to end earlier.

mod listing;
pub(crate) mod recovery;
pub(crate) mod repair;
pub(crate) mod shorten;
pub(crate) mod tail;
