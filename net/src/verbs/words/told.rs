//! What a command tells behind everything else: options in any order, each once.

use holdfast_engine::limits::AMOUNT_MINOR_MAX;
use holdfast_engine::{Amount, Code, Currency, Fault, Name, Write};

use super::{Words, quoted};

/// What a command tells.
#[derive(Default)]
pub(in crate::verbs) struct Told {
    pub(in crate::verbs) amount: Option<Amount>,
    pub(in crate::verbs) provider: Option<Name>,
    pub(in crate::verbs) reference: Option<Box<str>>,
    holder: Option<Name>,
    note: Option<Box<str>>,
}

impl Told {
    /// This write, about the holds of the holder that was told alone, and with the note.
    pub(in crate::verbs) fn about(self, write: Write) -> Write {
        let write = match self.holder {
            Some(holder) => Write::OfHolder(holder, Box::new(write)),
            None => write,
        };
        noted(self.note, write)
    }
}

/// This write with a note, if there is one.
pub(in crate::verbs) fn noted(note: Option<Box<str>>, write: Write) -> Write {
    match note {
        Some(note) => Write::Noted(note, Box::new(write)),
        None => write,
    }
}

/// What a command may tell.
#[derive(Clone, Copy)]
pub(in crate::verbs) enum Tells {
    /// `AMOUNT minor CUR`, at least so many.
    Amount(u64),
    /// `PROVIDER p`
    Provider,
    /// `REFERENCE r`
    Reference,
    /// `HOLDER h`
    Holder,
    /// `NOTE text`
    Note,
}

impl Tells {
    const fn word(self) -> &'static str {
        match self {
            Self::Amount(_) => "AMOUNT",
            Self::Provider => "PROVIDER",
            Self::Reference => "REFERENCE",
            Self::Holder => "HOLDER",
            Self::Note => "NOTE",
        }
    }
}

/// Takes the rest of a command that may tell this.
pub(in crate::verbs) fn told(words: &mut Words<'_>, may: &[Tells]) -> Result<Told, Fault> {
    let mut told = Told::default();
    while let Some(word) = words.next() {
        let known = may.iter().find(|tells| word.eq_ignore_ascii_case(tells.word().as_bytes()));
        let is_first = match known {
            Some(&Tells::Amount(least)) => told.amount.replace(amount(words, least)?).is_none(),
            Some(Tells::Provider) => told.provider.replace(words.kept_name("provider")?).is_none(),
            Some(Tells::Holder) => told.holder.replace(words.kept_name("holder")?).is_none(),
            Some(Tells::Note) => told.note.replace(words.text("note")?.into()).is_none(),
            Some(Tells::Reference) => told.reference.replace(words.text("reference")?.into()).is_none(),
            None => {
                let all: Vec<&str> = may.iter().map(|tells| tells.word()).collect();
                return Err(words.fault(&format!("{} is not {}", quoted(word), all.join(" or "))));
            }
        };
        words.once(word, is_first)?;
    }
    Ok(told)
}

fn amount(words: &mut Words<'_>, least: u64) -> Result<Amount, Fault> {
    let minor = words.number("AMOUNT", least, AMOUNT_MINOR_MAX)?;
    let word = words.word("the currency behind AMOUNT")?;
    let currency = Currency::new(word).ok_or_else(|| {
        let message =
            format!("currency {} is no code of ISO 4217 with a minor unit, as EUR or KRW", quoted(word));
        Fault::new(Code::BAD_CURRENCY, message)
    })?;
    Ok(Amount { minor, currency })
}
