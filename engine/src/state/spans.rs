//! How long what a change has ended took: for figures.

use crate::numbers::Millis;

/// What the newest change has ended, and how long that took, as records tell the time. No part of the state: nothing that happens later
/// needs it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Spans {
    /// Holds, each since it was made; not those that a snapshot has from before that was known.
    pub(crate) holds: Vec<Millis<u64>>,
    /// A payment that brought its order, since it began.
    pub(crate) paid: Option<Millis<u64>>,
    /// How long after its deadline a hold or a payment ended that nobody had ended.
    pub(crate) overdue: Option<Millis<u64>>,
}

impl Spans {
    /// Has nothing ended?
    #[inline]
    pub(crate) const fn is_nothing(&self) -> bool {
        self.holds.is_empty() && self.paid.is_none() && self.overdue.is_none()
    }

    /// Room that was made once is kept.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.holds.clear();
        (self.paid, self.overdue) = (None, None);
    }
}
