//! What commands about payments tell of money, behind everything else: options in any order, each once.

use holdfast_engine::{Amount, Code, Currency, Fault, Name, limits};

use super::words::{Words, quoted};

/// What was told.
#[derive(Default)]
pub(super) struct Told {
    pub(super) amount: Option<Amount>,
    pub(super) provider: Option<Name>,
    pub(super) reference: Option<Box<str>>,
}

/// What a command may tell.
#[derive(Clone, Copy)]
pub(super) enum Tells {
    /// `AMOUNT minor CUR`, at least so many.
    Amount(u64),
    /// `PROVIDER p`
    Provider,
    /// `REFERENCE r`
    Reference,
}

impl Tells {
    const fn word(self) -> &'static str {
        match self {
            Self::Amount(_) => "AMOUNT",
            Self::Provider => "PROVIDER",
            Self::Reference => "REFERENCE",
        }
    }
}

/// Takes the rest of a command that may tell this.
pub(super) fn told(words: &mut Words<'_>, may: &[Tells]) -> Result<Told, Fault> {
    let mut told = Told::default();
    while let Some(word) = words.next() {
        let known = may.iter().find(|tells| word.eq_ignore_ascii_case(tells.word().as_bytes()));
        let is_first = match known {
            Some(&Tells::Amount(least)) => told.amount.replace(amount(words, least)?).is_none(),
            Some(Tells::Provider) => told.provider.replace(words.kept_name("provider")?).is_none(),
            Some(Tells::Reference) => told.reference.replace(words.text("reference")?.into()).is_none(),
            None => {
                let all: Vec<&str> = may.iter().map(|tells| tells.word()).collect();
                return Err(words.fault(&format!("{} is not {}", quoted(word), all.join(" or "))));
            }
        };
        if !is_first {
            return Err(words.fault(&format!("{} stands twice", quoted(word))));
        }
    }
    Ok(told)
}

fn amount(words: &mut Words<'_>, least: u64) -> Result<Amount, Fault> {
    let minor = words.number("AMOUNT", least, limits::AMOUNT_MINOR_MAX)?;
    let word = words.word("the currency behind AMOUNT")?;
    let currency = Currency::new(word).ok_or_else(|| {
        let message =
            format!("currency {} is no code of ISO 4217 with a minor unit, as EUR or KRW", quoted(word));
        Fault::new(Code::BAD_CURRENCY, message)
    })?;
    Ok(Amount { minor, currency })
}
