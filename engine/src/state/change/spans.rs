//! What a change has ended, and since when that was: for figures.

use crate::numbers::{At, Millis};

/// What the newest change has ended, by the times of records. No part of the state: nothing that happens later needs it. It is noted at
/// every end of a hold, so nothing is computed before somebody asks.
#[derive(Debug)]
pub(crate) struct Spans {
    /// The deadline of each hold, and how long after its beginning that is; 0: not known, as a snapshot has it from before it was.
    holds: Vec<(At, Millis)>,
    /// When a payment began that brought its order, else [`NEVER`].
    paid_since: At,
    /// When a hold or a payment was due that ran out, else [`NEVER`].
    due_at: At,
}

const NEVER: At = At(0);

impl Spans {
    pub(in crate::state) const NOTHING: Self = Self { holds: Vec::new(), paid_since: NEVER, due_at: NEVER };

    /// Has nothing ended?
    #[inline]
    pub(crate) const fn is_nothing(&self) -> bool {
        self.holds.is_empty() && self.paid_since.0 | self.due_at.0 == 0
    }

    /// How long the holds had lasted that ended `now`, as far as that is known.
    pub(crate) fn holds(&self, now: At) -> impl Iterator<Item = Millis<u64>> {
        let known = self.holds.iter().filter(|(_, total)| total.0 > 0);
        known.map(move |(deadline, total)| now.since(At(deadline.0.saturating_sub(total.0.into()))))
    }

    /// How long a payment took that brought its order `now`.
    pub(crate) fn paid(&self, now: At) -> Option<Millis<u64>> {
        (self.paid_since != NEVER).then(|| now.since(self.paid_since))
    }

    /// How long after its deadline something ran out `now`.
    pub(crate) fn overdue(&self, now: At) -> Option<Millis<u64>> {
        (self.due_at != NEVER).then(|| now.since(self.due_at))
    }

    /// Room that was made once is kept.
    #[inline]
    pub(in crate::state) fn clear(&mut self) {
        self.holds.clear();
        (self.paid_since, self.due_at) = (NEVER, NEVER);
    }

    /// A hold with this deadline, so long after its beginning, is over.
    #[inline]
    pub(in crate::state) fn hold(&mut self, deadline: At, total: Millis) {
        self.holds.push((deadline, total));
    }

    /// A payment that began then has brought its order.
    pub(in crate::state) const fn payment(&mut self, since: At) {
        self.paid_since = since;
    }

    /// What was due then has run out.
    pub(in crate::state) const fn ran_out(&mut self, due_at: At) {
        self.due_at = due_at;
    }
}

#[cfg(test)]
impl Spans {
    /// Holds by deadline and total, since when a payment was under way, when something was due.
    pub(crate) fn of(holds: &[(u64, u32)], paid_since: u64, due_at: u64) -> Self {
        let holds = holds.iter().map(|&(deadline, total)| (At(deadline), Millis(total))).collect();
        Self { holds, paid_since: At(paid_since), due_at: At(due_at) }
    }
}
