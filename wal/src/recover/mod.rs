//! What a start makes of the segments it finds, and what an operator may accept to lose.

mod listing;
pub(crate) mod recovery;
pub(crate) mod repair;
