//! Since when money is to be paid back. Operators are told; no rule asks, so it is no part of the state and of no digest.

use std::collections::{BTreeMap, BTreeSet};

use crate::numbers::At;

/// The payments of which something is to be paid back, by number and by time.
#[derive(Default, Debug)]
pub(super) struct Owed {
    since: BTreeMap<u64, At>,
    in_order: BTreeSet<(At, u64)>,
}

impl Owed {
    /// Something of this payment is to be paid back, since `at` if it was not before; or nothing is.
    pub(super) fn note(&mut self, number: u64, is_owed: bool, at: At) {
        if is_owed {
            let since = *self.since.entry(number).or_insert(at);
            self.in_order.insert((since, number));
        } else if let Some(since) = self.since.remove(&number) {
            self.in_order.remove(&(since, number));
        }
    }

    /// Since when, of the one that waits longest.
    pub(super) fn oldest(&self) -> Option<At> {
        self.in_order.first().map(|(since, _)| *since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_the_one_that_has_waited_longest_and_is_not_paid_back() {
        let mut owed = Owed::default();
        assert_eq!(owed.oldest(), None);
        owed.note(7, true, At(100));
        owed.note(5, true, At(200));
        owed.note(7, true, At(300));
        assert_eq!(owed.oldest(), Some(At(100)), "more of it became due");
        owed.note(7, false, At(400));
        assert_eq!(owed.oldest(), Some(At(200)));
        owed.note(7, true, At(500));
        owed.note(5, false, At(600));
        owed.note(6, false, At(600));
        assert_eq!(owed.oldest(), Some(At(500)));
    }
}
