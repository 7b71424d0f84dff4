//! What the process does or refuses, in one word: the same for whoever asks, wherever.

use std::fmt;

use crate::system::Mode;

/// What a process does or refuses. Of several, the greatest is told: that it stops before that it recovers, and either before what it
/// refuses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Condition {
    /// It takes connections, and refuses this.
    Running(Mode),
    /// It follows the replicated log that another node owns: it sells nothing.
    Following,
    /// It brings the events back, and takes no connections yet.
    Recovering,
    /// It was asked to end, and finishes what is under way.
    Stopping,
}

impl Condition {
    /// All of them, from the best to the worst.
    pub fn all() -> impl Iterator<Item = Self> {
        Mode::ALL.into_iter().map(Self::Running).chain([Self::Following, Self::Recovering, Self::Stopping])
    }

    /// The word for operators.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running(mode) => mode.word(),
            Self::Following => "following",
            Self::Recovering => "recovering",
            Self::Stopping => "stopping",
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_there_from_the_best_to_the_worst_and_no_word_twice() {
        let all: Vec<_> = Condition::all().collect();
        assert!(all.is_sorted() && all.windows(2).all(|pair| pair[0] < pair[1]), "{all:?}");
        let words: std::collections::BTreeSet<_> = all.iter().map(|condition| condition.word()).collect();
        assert_eq!(words.len(), all.len());
    }

    /// Each word has its row in the table of docs/operations.md, in this order: what it means, and what to do.
    #[test]
    fn each_word_is_explained_in_its_order() {
        let page =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md")).unwrap();
        let (_, table) = page.split_once("\n| mode | ").expect("a table of the modes");
        let rows = table.lines().skip(2).take_while(|line| line.starts_with("| `"));
        let words: Vec<_> = rows.filter_map(|row| row.split('`').nth(1)).collect();
        let expected: Vec<_> = Condition::all().map(Condition::word).collect();
        assert_eq!(words, expected);
    }
}
