//! What was found wrong: all of it counted, the first few told.

/// Faults that are told in full. More of the same say nothing new.
const TOLD_MAX: usize = 10;

#[derive(Clone, Default, Debug)]
pub(crate) struct Faults {
    count: u64,
    told: Vec<String>,
}

impl Faults {
    /// The text is only made if it will be told.
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
