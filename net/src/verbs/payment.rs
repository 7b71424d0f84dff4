//! Commands about payments: `PAYMENT ...`.

use holdfast_engine::{Ask, Fault, Labels, PaymentAction, PaymentStatus, Read, Write};

use super::words::{Words, quoted};
use super::{Verb, about_event};
use crate::access::Right::{Money, Read as Reads, Sell};
use crate::limits;

pub(super) static VERBS: &[Verb] = &[
    about_event(
        ("PAYMENT", "TRY"),
        -7,
        Sell,
        "PAYMENT TRY ev key payment deadline hold [hold ...]",
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
        5,
        Money,
        "PAYMENT SUCCEED ev key payment",
        "sells what the payment is for, or owes the money",
        succeed,
    ),
    about_event(
        ("PAYMENT", "FAIL"),
        6,
        Money,
        "PAYMENT FAIL ev key payment reason",
        "gives the seats of a failed payment back",
        fail,
    ),
    about_event(
        ("PAYMENT", "REFUNDED"),
        6,
        Money,
        "PAYMENT REFUNDED ev key payment reference",
        "tells that money that was owed is paid back",
        refunded,
    ),
    about_event(
        ("PAYMENT", "LIST"),
        -3,
        Reads,
        "PAYMENT LIST ev [STATUS status] [cursor] [COUNT n]",
        "payments, oldest first, or those of a status",
        list,
    )
    .weighs(limits::WEIGHT_LIST),
];

fn try_it<'a>(mut words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    let key = words.key()?;
    let payment = words.kept_name("payment")?;
    let deadline_in = words.millis("deadline")?;
    let action = PaymentAction::Try { deadline_in, holds: words.holds()? };
    Ok(Ask::Write { key, write: Write::Payment { payment, action } })
}

fn retry<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    report(words, |words| Ok(PaymentAction::Retry { deadline_in: words.millis("deadline")? }))
}

fn succeed<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    report(words, |_| Ok(PaymentAction::Succeed))
}

fn fail<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    report(words, |words| Ok(PaymentAction::Fail { reason: words.text("reason")?.into() }))
}

fn refunded<'a>(words: Words<'a>, _: Labels<'_>) -> Result<Ask<'a>, Fault> {
    report(words, |words| Ok(PaymentAction::Refunded { reference: words.text("reference")?.into() }))
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
    let mut status = None;
    let mut ahead = words.clone();
    if ahead.next().is_some_and(|word| word.eq_ignore_ascii_case(b"STATUS")) {
        words = ahead;
        let word = words.word("status")?;
        let known = PaymentStatus::ALL.into_iter();
        let named = known.clone().find(|status| word.eq_ignore_ascii_case(status.word().as_bytes()));
        let all = || known.map(PaymentStatus::word).collect::<Vec<_>>().join(", ");
        status = Some(named.ok_or_else(|| words.fault(&format!("{} is none of {}", quoted(word), all())))?);
    }
    let (cursor, count) = words.page()?;
    Ok(Ask::Read(Read::Payments { status, cursor, count }))
}
