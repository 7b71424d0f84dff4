//! Sums that have to close: made once while things come in, and once more when all of them have a class.

use std::collections::BTreeMap;

use holdfast_engine::{Code, Currency, Fault};

use crate::class::Class;
use crate::money::shown;

/// How many, and how much in all.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Count {
    /// How many.
    pub count: u64,
    /// In minor units; below 0 if more went than came.
    pub minor: i128,
}

impl Count {
    pub(crate) fn add(&mut self, minor: i64) {
        self.count += 1;
        self.minor += i128::from(minor);
    }
}

/// How much there is in each currency, by class.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Sums {
    all: BTreeMap<Currency, Count>,
    classes: BTreeMap<(Currency, Class), Count>,
}

impl Sums {
    /// Something comes in.
    pub(crate) fn comes(&mut self, currency: Currency, minor: i64) {
        self.all.entry(currency).or_default().add(minor);
    }

    /// It has a class.
    pub(crate) fn is(&mut self, class: Class, currency: Currency, minor: i64) {
        self.classes.entry((currency, class)).or_default().add(minor);
    }

    /// All that came in, by currency.
    pub fn all(&self) -> impl Iterator<Item = (Currency, Count)> + '_ {
        self.all.iter().map(|(currency, count)| (*currency, *count))
    }

    /// What came in of a class.
    #[must_use]
    pub fn of(&self, currency: Currency, class: Class) -> Count {
        self.classes.get(&(currency, class)).copied().unwrap_or_default()
    }

    /// Whether all that came in has exactly one class.
    ///
    /// # Errors
    /// If the sums of a currency differ: then nothing of the run can be trusted.
    pub(crate) fn close(&self, of: &str) -> Result<(), Fault> {
        let mut judged: BTreeMap<Currency, Count> = BTreeMap::new();
        for ((currency, _), count) in &self.classes {
            let sum = judged.entry(*currency).or_default();
            (sum.count, sum.minor) = (sum.count + count.count, sum.minor + count.minor);
        }
        if judged == self.all {
            return Ok(());
        }
        let told = |sums: &BTreeMap<Currency, Count>| {
            let one = |(currency, sum): (&Currency, &Count)| {
                format!("{} in {}", shown(sum.minor, *currency), sum.count)
            };
            sums.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        let message = format!("{of}: {} came in, and {} have a class", told(&self.all), told(&judged));
        Err(Fault::new(Code::SUMS_OPEN, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_class_or_two_leaves_the_sums_open() {
        let currency = |code: &str| Currency::new(code.as_bytes()).expect("a currency");
        let (euro, won) = (currency("EUR"), currency("KRW"));
        let mut sums = Sums::default();
        sums.comes(euro, 500);
        sums.comes(won, -500);
        assert_eq!(sums.close("files").unwrap_err().code, Code::SUMS_OPEN);
        sums.is(Class::Matched, euro, 500);
        sums.is(Class::Timing, euro, -500);
        assert!(sums.close("files").is_err(), "the sum over all currencies is the same");
        let mut sums = Sums::default();
        sums.comes(euro, 500);
        sums.is(Class::Matched, euro, 500);
        sums.close("files").unwrap();
        sums.is(Class::Other, euro, 0);
        assert!(sums.close("files").is_err(), "nothing is counted twice either");
    }
}
