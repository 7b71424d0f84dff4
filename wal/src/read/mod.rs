//! Reading a log: the running one while it is written, and one that nothing runs on.

pub(crate) mod inspect;
pub(crate) mod live;
