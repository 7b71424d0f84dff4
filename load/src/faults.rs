//! Faults that were found: all are counted, and the first few are told.

/// The number of faults that are told in full. Further ones are mostly of the same sort.
const TOLD_MAX: usize = 10;

#[derive(Clone, Default, Debug)]
pub(crate) struct Faults {
    count: u64,
    told: Vec<String>,
}

impl Faults {
    /// Adds a fault. Its text is made only if it will be told.
    pub(crate) fn add(&mut self, text: impl FnOnce() -> String) {
        self.count += 1;
        if self.told.len() < TOLD_MAX {
            self.told.push(text());
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.told.extend(other.told);
        self.told.truncate(TOLD_MAX);
    }

    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn told(&self) -> &[String] {
        &self.told
    }
}
