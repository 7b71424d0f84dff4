//! What pays: `PAYMENT ...`.

use holdfast_engine::{Code, Fault, PaymentReport, PaymentStatus, Request};

use super::words::{Folded, Words, quoted};

pub(super) const PAYMENT: &str = "PAYMENT TRY|RETRY|SUCCEED|FAIL|REFUNDED|LIST ...";
const TRY: &str = "PAYMENT TRY ev key payment deadline hold [hold ...]";
const RETRY: &str = "PAYMENT RETRY ev key payment deadline";
const SUCCEED: &str = "PAYMENT SUCCEED ev key payment";
const FAIL: &str = "PAYMENT FAIL ev key payment reason";
const REFUNDED: &str = "PAYMENT REFUNDED ev key payment reference";
const LIST: &str = "PAYMENT LIST ev [STATUS status] [cursor] [COUNT n]";

pub(super) fn payment(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let subcommand = words.word("subcommand")?;
    match Folded::new(subcommand).bytes() {
        b"TRY" => try_it(words.of(TRY)),
        b"RETRY" => report(words.of(RETRY), |words| {
            Ok(PaymentReport::Retry { deadline: words.number("deadline", 0, u64::MAX)? })
        }),
        b"SUCCEED" => report(words.of(SUCCEED), |_| Ok(PaymentReport::Succeed)),
        b"FAIL" => report(words.of(FAIL), |words| Ok(PaymentReport::Fail { reason: words.text("reason")? })),
        b"REFUNDED" => report(words.of(REFUNDED), |words| {
            Ok(PaymentReport::Refunded { reference: words.text("reference")? })
        }),
        b"LIST" => list(words.of(LIST)),
        _ => {
            let message = format!("there is no PAYMENT {}: {PAYMENT}", quoted(subcommand));
            Err(Fault::new(Code::UNKNOWN_COMMAND, message))
        }
    }
}

fn try_it(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let payment = words.name("payment")?;
    let deadline = words.number("deadline", 0, u64::MAX)?;
    let holds = words.holds()?;
    Ok(Request::PaymentTry { event, key, payment, deadline, holds })
}

fn report<'a>(
    mut words: Words<'a>,
    what: impl FnOnce(&mut Words<'a>) -> Result<PaymentReport<'a>, Fault>,
) -> Result<Request<'a>, Fault> {
    let event = words.name("event")?;
    let key = words.name("key")?;
    let payment = words.name("payment")?;
    let report = what(&mut words)?;
    words.end()?;
    Ok(Request::PaymentReport { event, key, payment, report })
}

fn list(mut words: Words<'_>) -> Result<Request<'_>, Fault> {
    let event = words.name("event")?;
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
    Ok(Request::PaymentList { event, status, cursor, count })
}
