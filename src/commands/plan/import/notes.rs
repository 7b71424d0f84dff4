//! What of a plan is not kept, and what had to be chosen: each said once, with a count.

use std::collections::BTreeMap;
use std::fmt;

/// Things that a person should know of.
#[derive(Debug, Default)]
pub(super) struct Notes {
    not_kept: BTreeMap<String, u64>,
    chosen: BTreeMap<String, u64>,
}

impl Notes {
    /// So many of these have no place in the description.
    pub(super) fn not_kept(&mut self, what: impl Into<String>, count: u64) {
        add(&mut self.not_kept, what.into(), count);
    }

    /// So many of these could have been taken in another way.
    pub(super) fn chosen(&mut self, what: impl Into<String>, count: u64) {
        add(&mut self.chosen, what.into(), count);
    }
}

fn add(to: &mut BTreeMap<String, u64>, what: String, count: u64) {
    if count > 0 {
        *to.entry(what).or_default() += count;
    }
}

impl fmt::Display for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |f: &mut fmt::Formatter<'_>, word: &str, notes: &BTreeMap<String, u64>| {
            notes.iter().try_for_each(|(what, count)| writeln!(f, "{word}: {count} {what}"))
        };
        lines(f, "not kept", &self.not_kept)?;
        lines(f, "chosen", &self.chosen)
    }
}
