//! The time that was given after restarts: what an earlier grace gave is not given in full again.
//!
//! Nothing in a log tells how long a server that was killed had been serving since its last record. So whatever has a
//! grace gets half of it at the next restart, and no more than was left of it at the newest record: all graces of one
//! hold or payment come to less than twice the first, however often the server restarts, and end at nothing.

use std::collections::BTreeMap;

use super::queue::Deadlines;
use crate::limits;
use crate::numbers::{At, Millis};
use crate::state::tables::digest;
use crate::state::tables::digest::Part;

/// Deadlines that a grace gave, each with how much it was, in milliseconds. Only those that something waits for.
#[derive(Clone, Default, Debug)]
pub(in crate::state) struct Graces(BTreeMap<At, Millis>);

impl Graces {
    pub(in crate::state) fn from_rows(rows: Vec<(At, Millis)>) -> Self {
        Self(rows.into_iter().collect())
    }

    pub(in crate::state) fn rows(&self) -> impl Iterator<Item = (At, Millis)> {
        self.0.iter().map(|(&until, &given)| (until, given))
    }

    /// Of the deadlines between these two, which have a grace already, and what they get now; at most `most`.
    pub(in crate::state) fn again(&self, stopped_at: At, before: At, most: Millis) -> Vec<(At, Millis)> {
        let between = self.0.range(stopped_at.next()..before.max(stopped_at.next()));
        let left = |until: At| Millis(u32::try_from(until.since(stopped_at).0).unwrap_or(u32::MAX));
        between.map(|(&until, &given)| (until, Millis(given.0 / 2).min(left(until)).min(most))).collect()
    }

    /// Forgets the deadlines that nothing waits for any more, and notes those that a grace gave at this time.
    pub(in crate::state) fn note(
        &mut self,
        at: At,
        given: impl IntoIterator<Item = Millis>,
        waiting: &Deadlines,
    ) {
        self.0.retain(|&until, _| until >= at && waiting.has(until));
        for ms in given {
            let until = at + ms;
            if self.0.len() < limits::GRACES_MAX || self.0.contains_key(&until) {
                let known = self.0.entry(until).or_insert(ms);
                *known = ms.min(*known);
            }
        }
    }

    /// Their part of the digest: nothing as long as there was no grace of this kind.
    pub(in crate::state) fn digest_term(&self) -> u64 {
        self.rows().fold(0, |sum, (until, ms)| {
            sum.wrapping_add(digest::term(Part::Grace, until.0, u64::from(ms.0), 0))
        })
    }
}
