//! Commands about payments: `PAYMENT ...`.

use holdfast_engine::limits::AMOUNT_MINOR_MAX;
use holdfast_engine::{
    Among, Amount, Ask, Charge, Code, Currency, Fault, Labels, Name, PaymentAction, PaymentStatus, Read,
    Receipt, Write,
};

use super::words::{Words, quoted};
use super::{Verb, about_event};
use crate::access::Right::{Money, Read as Reads, Sell};
use crate::limits;

pub(super) static VERBS: &[Verb] = &[
    about_event(
        ("PAYMENT", "TRY"),
        -7,
        Sell,
        "PAYMENT TRY ev key payment deadline hold [hold ...] [AMOUNT minor CUR] [PROVIDER p] [HOLDER h]",
        "keeps holds while their payment runs, until now + deadline",
        try_it,
    ),
    about_event(
        ("PAYMENT", "RETRY"),
        6,
        Sell,
        "PAYMENT RETRY ev key payment deadline",
        "moves the deadline of a payment that is tried again",
        retry,
    ),
    about_event(
        ("PAYMENT", "SUCCEED"),
        -5,
        Money,
        "PAYMENT SUCCEED ev key payment [AMOUNT minor CUR] [REFERENCE r]",
        "sells what the payment is for, or keeps or owes the money",
        succeed,
    ),
    about_event(
        ("PAYMENT", "FAIL"),
        -6,
        Money,
        "PAYMENT FAIL ev key payment reason [KEEP ttl]",
        "gives the seats of a failed payment back, or leaves them to their holds",
        fail,
    ),
    about_event(
        ("PAYMENT", "REFUNDED"),
        -6,
        Money,
        "PAYMENT REFUNDED ev key payment reference [AMOUNT minor CUR]",
        "tells that money that is due is paid back",
        refunded,
    ),
    about_event(
        ("PAYMENT", "LIST"),
        -3,
        Reads,
        "PAYMENT LIST ev [STATUS status | MISMATCH | REFUNDABLE] [cursor] [COUNT n]",
        "payments, oldest first: all, those of a status, or those to be looked at or paid back",
        list,
    )
    .weighs(limits::WEIGHT_LIST),
];

fn try_it<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let payment = words.kept_name("payment")?;
    let deadline_in = words.millis("deadline")?;
    let holds = words.holds()?;
    let told = told(&mut words, &[Tells::Amount(0), Tells::Provider, Tells::Holder])?;
    let charge = Box::new(Charge { amount: told.amount, provider: told.provider });
    let action = PaymentAction::Try { deadline_in, holds, charge };
    let write = Write::Payment { payment, action };
    let write = match told.holder {
        Some(holder) => Write::OfHolder(holder, Box::new(write)),
        None => write,
    };
    Ok(Ask::Write { key, write })
}

fn retry<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    report(words, |words| Ok(PaymentAction::Retry { deadline_in: words.millis("deadline")? }))
}

fn succeed<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    report(words, |words| {
        let told = told(words, &[Tells::Amount(0), Tells::Reference])?;
        Ok(PaymentAction::Succeed(Receipt { amount: told.amount, reference: told.reference }))
    })
}

fn fail<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    report(words, |words| {
        let reason = words.text("reason")?.into();
        let keep = match words.next() {
            None => None,
            Some(word) if word.eq_ignore_ascii_case(b"KEEP") => Some(words.millis("KEEP")?),
            Some(word) => return Err(words.fault(&format!("{} is not KEEP", quoted(word)))),
        };
        Ok(PaymentAction::Fail { reason, keep })
    })
}

fn refunded<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    report(words, |words| {
        let reference = words.text("reference")?.into();
        // Nothing that went back is no refund.
        Ok(PaymentAction::Refunded { reference, amount: told(words, &[Tells::Amount(1)])?.amount })
    })
}

fn report<'a>(
    mut words: Words<'a>,
    what: impl FnOnce(&mut Words<'a>) -> Result<PaymentAction, Fault>,
) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let payment = words.kept_name("payment")?;
    let action = what(&mut words)?;
    words.end()?;
    Ok(Ask::Write { key, write: Write::Payment { payment, action } })
}

fn list<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let mut among = Among::All;
    let mut ahead = words.clone();
    let word = ahead.next().unwrap_or_default();
    if word.eq_ignore_ascii_case(b"MISMATCH") {
        (words, among) = (ahead, Among::Mismatched);
    } else if word.eq_ignore_ascii_case(b"REFUNDABLE") {
        (words, among) = (ahead, Among::Refundable);
    } else if word.eq_ignore_ascii_case(b"STATUS") {
        words = ahead;
        let word = words.word("status")?;
        let known = PaymentStatus::ALL.into_iter();
        let named = known.clone().find(|status| word.eq_ignore_ascii_case(status.word().as_bytes()));
        let all = || known.map(PaymentStatus::word).collect::<Vec<_>>().join(", ");
        let named = named.ok_or_else(|| words.fault(&format!("{} is none of {}", quoted(word), all())))?;
        among = Among::Having(named);
    }
    let (cursor, count) = words.page()?;
    Ok(Ask::Read(Read::Payments { among, cursor, count }))
}

/// What a command tells of money, behind everything else: options in any order, each once.
#[derive(Default)]
struct Told {
    amount: Option<Amount>,
    provider: Option<Name>,
    holder: Option<Name>,
    reference: Option<Box<str>>,
}

/// What a command may tell.
#[derive(Clone, Copy)]
enum Tells {
    /// `AMOUNT minor CUR`, at least so many.
    Amount(u64),
    /// `PROVIDER p`
    Provider,
    /// `REFERENCE r`
    Reference,
    /// `HOLDER h`
    Holder,
}

impl Tells {
    const fn word(self) -> &'static str {
        match self {
            Self::Amount(_) => "AMOUNT",
            Self::Provider => "PROVIDER",
            Self::Reference => "REFERENCE",
            Self::Holder => "HOLDER",
        }
    }
}

/// Takes the rest of a command that may tell this.
fn told(words: &mut Words<'_>, may: &[Tells]) -> Result<Told, Fault> {
    let mut told = Told::default();
    while let Some(word) = words.next() {
        let known = may.iter().find(|tells| word.eq_ignore_ascii_case(tells.word().as_bytes()));
        let is_first = match known {
            Some(&Tells::Amount(least)) => told.amount.replace(amount(words, least)?).is_none(),
            Some(Tells::Provider) => told.provider.replace(words.kept_name("provider")?).is_none(),
            Some(Tells::Holder) => told.holder.replace(words.kept_name("holder")?).is_none(),
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
