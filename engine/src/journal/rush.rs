//! Whether more comes than can be served: commands were refused for that alone, a moment ago.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::limits;
use crate::numbers::At;

/// Counts what was refused. Whoever refuses adds to it, on any thread; whoever looks dates what is new.
#[derive(Debug, Default)]
pub(crate) struct Rush {
    refused: AtomicU64,
    /// The count at the last look, and the look at which it had last grown.
    looked: Mutex<(u64, Option<At>)>,
}

impl Rush {
    /// So many commands were refused.
    pub(crate) fn refused(&self, commands: u64) {
        self.refused.fetch_add(commands, Ordering::Relaxed);
    }

    /// Whether something was refused within [`limits::RUSH_LASTS`], as far as looks have seen.
    pub(crate) fn is_on(&self, now: At) -> bool {
        let refused = self.refused.load(Ordering::Relaxed);
        let mut looked = self.looked.lock();
        if refused != looked.0 {
            *looked = (refused, Some(now));
        }
        looked.1.is_some_and(|at| now.since(at) < limits::RUSH_LASTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rush_lasts_from_what_was_refused_until_nothing_was_for_a_while() {
        let (rush, lasts) = (Rush::default(), limits::RUSH_LASTS.0);
        assert!(!rush.is_on(At(1_000)));
        rush.refused(3);
        assert!(rush.is_on(At(2_000)) && rush.is_on(At(2_000 + lasts - 1)));
        rush.refused(1);
        assert!(rush.is_on(At(2_000 + lasts)), "it goes on");
        assert!(!rush.is_on(At(2_000 + 2 * lasts)));
    }
}
