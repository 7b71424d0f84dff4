//! What a token may use: commands and writes a second, live holds and remembered keys at a time, acts of operators an hour.

use std::fmt;
use std::str::FromStr;

use crate::limits;

/// The budget of a token; what is `None` has no bound.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Budget {
    /// Commands a second, of all connections of the token together.
    pub commands: Option<u64>,
    /// Commands a second that write.
    pub writes: Option<u64>,
    /// Live holds at a time, over all events.
    pub holds: Option<u64>,
    /// Remembered keys at a time, over all events.
    pub keys: Option<u64>,
    /// Acts of an operator in an hour: commands that name one, and a reason.
    pub acts: Option<u64>,
}

impl Budget {
    /// Without a bound.
    pub const NONE: Self = Self { commands: None, writes: None, holds: None, keys: None, acts: None };
    const WORDS: [&str; 5] = ["commands", "writes", "holds", "keys", "acts"];

    const fn parts(&mut self) -> [&mut Option<u64>; 5] {
        [&mut self.commands, &mut self.writes, &mut self.holds, &mut self.keys, &mut self.acts]
    }

    /// Whether it is kept here: what a token has at a time is known where its holds and keys are.
    pub(super) const fn is_paced(&self) -> bool {
        self.commands.is_some() || self.writes.is_some() || self.acts.is_some()
    }

    /// Whether it bounds anything.
    #[must_use]
    pub fn is_any(&self) -> bool {
        *self != Self::default()
    }
}

/// As it is written in the file of tokens: `commands=100,holds=2000`.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut budget = *self;
        let parts = Self::WORDS.into_iter().zip(budget.parts());
        let parts = parts.filter_map(|(word, most)| Some(format!("{word}={}", (*most)?)));
        f.write_str(&parts.collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut budget = Self::default();
        for part in text.split(',') {
            let (word, most) = part.split_once('=').unwrap_or((part, ""));
            let mut parts = Self::WORDS.into_iter().zip(budget.parts());
            let (_, place) = parts.find(|(known, _)| *known == word).ok_or_else(|| {
                format!("{word:?} is no budget: write some of commands=N,writes=N,holds=N,keys=N,acts=N")
            })?;
            let most = most.parse().ok().filter(|most| (1..=limits::BUDGET_MAX).contains(most));
            let most = most.ok_or_else(|| format!("{part:?}: a number from 1 to {}", limits::BUDGET_MAX))?;
            if place.replace(most).is_some() {
                return Err(format!("{word} stands twice"));
            }
        }
        Ok(budget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_written_as_it_is_read() {
        let budget: Budget = "keys=4,commands=1".parse().unwrap();
        assert_eq!((budget.commands, budget.writes, budget.keys), (Some(1), None, Some(4)));
        assert_eq!(budget.to_string(), "commands=1,keys=4");
        let all = "commands=1,writes=2,holds=3,keys=1000000000,acts=60";
        assert_eq!(all.parse::<Budget>().unwrap().to_string(), all);
        for bad in [
            "",
            "commands",
            "commands=",
            "commands=0",
            "keys=1000000001",
            "seats=1",
            "holds=1,holds=1",
            "holds=-1",
            "holds=1,",
        ] {
            assert!(bad.parse::<Budget>().is_err(), "{bad}");
        }
    }
}
