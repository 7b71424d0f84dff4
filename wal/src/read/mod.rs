//! Reading what was written: sealed segments mapped, the running one live, a log that nothing runs on.

pub(crate) mod inspect;
pub(crate) mod live;
pub(crate) mod mapped;
pub(crate) mod walk;
