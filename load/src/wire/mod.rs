//! The wire contract as a client knows it: commands as bytes, replies as answers, and the way to a server.

pub(crate) mod command;
pub(crate) mod control;
pub(crate) mod labels;
pub mod limits;
pub(crate) mod reply;
pub mod resp;
pub(crate) mod shown;
pub(crate) mod socket;
