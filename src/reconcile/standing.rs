//! What the reconciliations say that count, for figures. It is read from what is known of their executions, so it outlasts the process.

use std::collections::BTreeMap;

use holdfast_engine::{At, Currency, Engine, Executions, System};
use holdfast_reconcile::Class;

use super::Asked;

/// The name of the job.
pub(super) const JOB: &str = "reconcile";
/// As the figures of an execution call its period.
pub(super) const FROM: &str = "from";
pub(super) const TO: &str = "to";
/// So many reconciliations are looked at, the newest first: one a day for three years.
const LOOKED_AT_MAX: usize = 1_000;

/// As the figures of an execution call the differences of a class.
pub(super) fn figure_of(class: Class) -> String {
    class.word().to_ascii_lowercase()
}

/// As they call its money, before the currency.
pub(super) fn money_of(class: Class) -> String {
    figure_of(class) + "_minor_"
}

/// What the reconciliations say that count.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Standing {
    /// When the newest was done; 0 if none was.
    pub(crate) last_at: At,
    /// Since when the next is awaited: since the newest, or since the directory began if there was none though files are to come; 0 if none is.
    pub(crate) awaited_since: At,
    /// How many stand here.
    pub(crate) periods: u64,
    /// Differences, of each class that somebody looks at.
    pub(crate) differences: BTreeMap<Class, u64>,
    /// Their money in minor units, without signs.
    pub(crate) money: BTreeMap<(Class, Currency), u64>,
}

/// An execution, as far as it matters here.
struct Run<'a> {
    arguments: &'a [Box<str>],
    figures: &'a [(Box<str>, u64)],
    ended_at: At,
}

/// What a reconciliation was about.
struct Scope {
    asked: Asked,
    from: u64,
    to: u64,
}

impl Standing {
    /// As a running server has it, of which this is known.
    pub(crate) fn of_engine(engine: &Engine, system: Option<&System>) -> Self {
        let standing = engine.read_executions(Self::of_executions).unwrap_or_default();
        standing.awaited(engine.jobs().is_set_up(JOB), system.map_or(At(0), |system| system.sums().since))
    }

    fn awaited(self, is_set_up: bool, begun: At) -> Self {
        let awaited_since = match self.last_at {
            At(0) if is_set_up => begun,
            last_at => last_at,
        };
        Self { awaited_since, ..self }
    }

    /// As these executions have it.
    fn of_executions(executions: &Executions) -> Self {
        let runs = executions.iter().rev().filter(|one| one.is_active && &*one.task.job == JOB);
        Self::of(runs.take(LOOKED_AT_MAX).map(|one| Run {
            arguments: &one.task.arguments,
            figures: &one.outcome.figures,
            ended_at: one.ended_at.unwrap_or_default(),
        }))
    }

    /// Of runs that count, the newest first. A look at the past says nothing about today, and what a later run has looked at again is
    /// as that one says.
    fn of<'a>(runs: impl Iterator<Item = Run<'a>>) -> Self {
        let (mut standing, mut newer) = (Self::default(), Vec::<Scope>::new());
        for run in runs {
            let Some(scope) = Scope::of(&run).filter(|scope| scope.asked.as_of.is_none()) else { continue };
            standing.last_at = standing.last_at.max(run.ended_at);
            if newer.iter().any(|later| later.covers(&scope)) {
                continue;
            }
            newer.push(scope);
            standing.add(run.figures);
        }
        standing
    }

    fn add(&mut self, figures: &[(Box<str>, u64)]) {
        self.periods += 1;
        for class in Class::ALL.into_iter().filter(|class| class.code().is_some()) {
            let (word, money) = (figure_of(class), money_of(class));
            let count = self.differences.entry(class).or_default();
            *count += figures.iter().find(|(name, _)| **name == *word).map_or(0, |(_, count)| *count);
            for (name, minor) in figures {
                let currency = name.strip_prefix(&*money).and_then(|code| Currency::new(code.as_bytes()));
                if let Some(currency) = currency {
                    let sum = self.money.entry((class, currency)).or_default();
                    *sum = sum.saturating_add(*minor);
                }
            }
        }
    }

    /// How many differences somebody has to settle.
    pub(crate) fn open(&self) -> u64 {
        let open = self.differences.iter().filter(|(class, _)| **class != Class::LineRepeated);
        open.map(|(_, count)| count).sum()
    }
}

impl Scope {
    /// `None` if it is not known: the words were those of another version.
    fn of(run: &Run<'_>) -> Option<Self> {
        let time = |name: &str| run.figures.iter().find(|(known, _)| **known == *name).map(|(_, time)| *time);
        let asked = Asked::of_words(run.arguments).ok()?;
        Some(Self { asked, from: time(FROM).unwrap_or(0), to: time(TO).unwrap_or(u64::MAX) })
    }

    /// Whether all that the earlier one was about was looked at again by this one.
    fn covers(&self, earlier: &Self) -> bool {
        let all_or_same = |new: &Option<String>, old: &Option<String>| new.is_none() || new == old;
        let (new, old) = (&self.asked, &earlier.asked);
        new.profile == old.profile
            && all_or_same(&new.event, &old.event)
            && all_or_same(&new.provider, &old.provider)
            && new.orders >= old.orders
            && self.from <= earlier.from
            && self.to >= earlier.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the runs with these words and figures say, the newest first.
    fn standing(runs: &[(&str, &[(&str, u64)])]) -> Standing {
        let words = |(words, _): &(&str, _)| words.split_whitespace().map(Box::from).collect::<Vec<_>>();
        let figures = |(_, figures): &(_, &[(&str, u64)])| {
            figures.iter().map(|(name, value)| (Box::from(*name), *value)).collect::<Vec<_>>()
        };
        let owned: Vec<_> = runs.iter().map(|run| (words(run), figures(run))).collect();
        let ages = (0..).map(|age| At(1_000 - age));
        Standing::of(owned.iter().zip(ages).map(|((arguments, figures), ended_at)| Run {
            arguments,
            figures,
            ended_at,
        }))
    }

    #[test]
    fn a_later_run_takes_the_place_of_those_whose_period_it_has() {
        let (one, two) = ([("paid_twice", 1)], [("paid_twice", 2)]);
        let november: &[(&str, u64)] = &[("from", 10), ("to", 20), ("paid_twice", 4)];
        let december: &[(&str, u64)] = &[("from", 20), ("to", 30), ("paid_twice", 8)];
        let both: &[(&str, u64)] = &[("from", 10), ("to", 30), ("paid_twice", 16)];
        for (runs, open, periods) in [
            (&[][..], 0, 0),
            (&[("toss FILES a", &one[..])], 1, 1),
            (&[("toss FILES a b", &one), ("toss FILES a", &two)], 1, 1),
            (&[("toss FILES a", &one), ("stripe FILES a", &two)], 3, 2),
            (&[("toss EVENT gala FILES a", &one), ("toss FILES a", &two)], 3, 2),
            (&[("toss FILES a", &one), ("toss EVENT gala FILES a", &two)], 1, 1),
            (&[("toss FILES a", &one), ("toss ORDERS FILES a", &two)], 3, 2),
            (&[("toss PROVIDER x FILES a", &one), ("toss PROVIDER y FILES a", &two)], 3, 2),
            (&[("toss ASOF 7 FILES a", &one), ("toss FILES a", &two)], 2, 1),
            (&[("toss FROM b TO c FILES a", december), ("toss FROM a TO b FILES a", november)], 12, 2),
            (&[("toss FROM a TO c FILES a", both), ("toss FROM a TO b FILES a", november)], 16, 1),
            (&[("toss FROM a TO b FILES a", november), ("toss FROM a TO c FILES a", both)], 20, 2),
        ] {
            let standing = standing(runs);
            assert_eq!((standing.open(), standing.periods), (open, periods), "{runs:?}");
        }
    }

    #[test]
    fn the_first_reconciliation_is_awaited_where_files_are_to_come() {
        let since = |runs: &[_], is_set_up| standing(runs).awaited(is_set_up, At(7)).awaited_since;
        assert_eq!((since(&[], false), since(&[], true)), (At(0), At(7)));
        let once = [("toss FILES a", &[][..])];
        assert_eq!((since(&once, false), since(&once, true)), (At(1_000), At(1_000)));
    }

    #[test]
    fn classes_and_currencies_are_apart_and_a_line_that_stands_twice_is_not_open() {
        let figures = [
            ("lines", 9),
            ("paid_twice", 1),
            ("line_repeated", 3),
            ("paid_twice_minor_eur", 9_000),
            ("timing", 2),
        ];
        let more = [("paid_twice", 1), ("paid_twice_minor_krw", 80_000), ("paid_twice_minor_eur", 1)];
        let standing = standing(&[("csv FILES a", &figures), ("toss FILES b", &more)]);
        assert_eq!((standing.open(), standing.last_at), (2, At(1_000)));
        assert_eq!(standing.differences.len(), 12, "also those that are none");
        assert_eq!(standing.differences[&Class::LineRepeated], 3);
        let of = |code: &[u8]| standing.money[&(Class::PaidTwice, Currency::new(code).unwrap())];
        assert_eq!((of(b"EUR"), of(b"KRW"), standing.money.len()), (9_001, 80_000, 2));
    }
}
