//! Commands about payments: `PAYMENT ...`.

use holdfast_engine::{
    Among, Ask, Charge, Fault, Labels, PaymentAction, PaymentStatus, Read, Receipt, Write,
};

use super::words::told::{Tells, told};
use super::words::{Words, quoted};
use super::{Verb, about_event};
use crate::access::Right::{Money, Read as Reads, Sell};
use crate::limits;

pub(super) static VERBS: &[Verb] = &[
    about_event(
        ("PAYMENT", "TRY"),
        -7,
        Sell,
        "PAYMENT TRY ev key payment deadline hold [hold ...] [AMOUNT minor CUR] [PROVIDER p] [HOLDER h] [NOTE text]",
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
    let mut told = told(&mut words, &[Tells::Amount(0), Tells::Provider, Tells::Holder, Tells::Note])?;
    let charge = Box::new(Charge { amount: told.amount, provider: told.provider.take() });
    let action = PaymentAction::Try { deadline_in, holds, charge };
    Ok(Ask::Write { key, write: told.about(Write::Payment { payment, action }) })
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
