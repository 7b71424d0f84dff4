//! What came of a reconciliation.

use std::collections::BTreeMap;

use holdfast_engine::{Amount, At, Currency, Name};

use crate::class::Class;
use crate::ledger::Sums;
use crate::line::Place;
use crate::money::shown;

/// Something that is not as it is to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What it is.
    pub class: Class,
    /// Which payment it is about; `None` if none is known here.
    pub payment: Option<(Name, Name)>,
    /// Where the line stands that says it; `None` if it is that there is no line.
    pub place: Option<Place>,
    /// The provider's name of the line; or the merchant's reference of one that is unknown.
    pub id: Box<str>,
    /// How much it is about, in minor units, as it changes what the seller has at the provider.
    pub minor: i64,
    /// In which currency; `None` if nobody has told.
    pub currency: Option<Currency>,
    /// In words.
    pub what: String,
    /// The command that says here what the provider says, for a plan; `None` if a person decides.
    pub command: Option<String>,
}

/// Money to be paid back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refund {
    /// Event and payment.
    pub payment: (Name, Name),
    /// Of which class.
    pub class: Class,
    /// How much.
    pub amount: Amount,
    /// What the provider calls the payment that is paid back, if that is known.
    pub reference: Option<Box<str>>,
    /// For the provider: the same at each run, as long as nothing of the payment was paid back.
    pub key: String,
}

/// What came of a reconciliation.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Report {
    /// The names of the files, in the order of [`Place::file`].
    pub files: Vec<String>,
    /// The period of the files: from this time, before this time, as far as that was told.
    pub period: (Option<At>, Option<At>),
    /// Lines of the files.
    pub lines: u64,
    /// The files' money by class.
    pub there: Sums,
    /// The engine's money by class: what payments have brought.
    pub here: Sums,
    /// All that is to be acted on, and what waits.
    pub findings: Vec<Finding>,
    /// All that is to be paid back.
    pub refunds: Vec<Refund>,
    /// What was told to be paid back, and is not in files that begin later than the engine: refunds by currency, minor units.
    pub refunds_elsewhere: BTreeMap<Currency, u64>,
}

impl Report {
    /// How many findings there are of a class.
    #[must_use]
    pub fn count(&self, class: Class) -> u64 {
        self.findings.iter().filter(|finding| finding.class == class).count() as u64
    }

    /// How many findings are to be acted on.
    #[must_use]
    pub fn mismatches(&self) -> u64 {
        self.findings.iter().filter(|finding| finding.class.code().is_some()).count() as u64
    }

    /// The money of the findings that are to be acted on, by class and currency, in minor units without signs.
    #[must_use]
    pub fn money(&self) -> BTreeMap<(Class, Currency), u64> {
        let mut money: BTreeMap<_, u64> = BTreeMap::new();
        for Finding { class, currency, minor, .. } in &self.findings {
            if let Some(currency) = currency.filter(|_| class.code().is_some()) {
                let sum = money.entry((*class, currency)).or_default();
                *sum = sum.saturating_add(minor.unsigned_abs());
            }
        }
        money
    }

    /// For people: the sums of both sides, by currency and class.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (title, sums) in [("in the files", &self.there), ("here", &self.here)] {
            for (currency, all) in sums.all() {
                text += &format!("{title}: {}, {} in all\n", currency.code(), all.count);
                for class in Class::ALL {
                    let of = sums.of(currency, class);
                    if of.count > 0 {
                        let code = class.code().map_or("", |code| code.text());
                        let line = format!(
                            "  {:<20} {:<10} {:>9}  {:>24}",
                            class.word(),
                            code,
                            of.count,
                            shown(of.minor, currency)
                        );
                        text += line.trim_end();
                        text.push('\n');
                    }
                }
                text += &format!(
                    "  {:<20} {:<10} {:>9}  {:>24}\n",
                    "sum",
                    "",
                    all.count,
                    shown(all.minor, currency)
                );
            }
        }
        for (currency, minor) in &self.refunds_elsewhere {
            let sum = shown(i128::from(*minor), *currency);
            text += &format!("told to be paid back, and not in these files of one period: {sum}\n");
        }
        let classes =
            Class::ALL.into_iter().filter(|class| class.code().is_some() || *class == Class::Timing);
        for (class, count) in classes.map(|class| (class, self.count(class))).filter(|(_, count)| *count > 0)
        {
            let code = class.code().map_or("", |code| code.text());
            text += format!("{:<20} {code:<10} {count:>9} found", class.word()).trim_end();
            text.push('\n');
        }
        text += &format!(
            "{} lines, {} to be acted on, {} refunds\n",
            self.lines,
            self.mismatches(),
            self.refunds.len()
        );
        text
    }
}
