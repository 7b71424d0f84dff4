//! Payments, as answers and reads show them.

use holdfast_engine::{At, Layout, PaymentLine, PaymentView, Sums};

use super::parts::{note_fields, write_at, write_note, write_or_null, write_seats};
use crate::resp::encode::{Encoder, field, number};

/// A payment as answers and lists have it; `more` fields follow it.
pub(super) fn write_payment_answer(
    encoder: &mut Encoder<'_>,
    line: &PaymentLine,
    sums: Option<&Sums>,
    (already, at): (bool, Option<At>),
    more: usize,
) {
    let told = usize::from(already) + usize::from(at.is_some());
    encoder.map(line_fields(sums) + told + more);
    write_line_fields(encoder, line, sums);
    if already {
        encoder.number(number!("already"), 1);
    }
    write_at(encoder, at);
}

/// The number of fields that each payment has, and its money: what is nothing is not there.
pub(super) fn line_fields(sums: Option<&Sums>) -> usize {
    let more = |sums: &Sums| [sums.refundable > 0, sums.refunded > 0, sums.mismatch].map(usize::from);
    5 + sums.map_or(0, |sums| 2 + more(sums).iter().sum::<usize>())
}

pub(super) fn write_line_fields(encoder: &mut Encoder<'_>, line: &PaymentLine, sums: Option<&Sums>) {
    encoder.field(field!("payment"));
    encoder.bulk(line.payment.bytes());
    encoder.field(field!("status"));
    encoder.bulk(line.status.word().as_bytes());
    encoder.number(number!("version"), line.version);
    encoder.number(number!("deadline"), line.deadline_at.0);
    encoder.number(number!("retry_after"), u64::from(line.retry_after.0));
    let Some(sums) = sums else { return };
    encoder.number(number!("amount"), sums.amount.minor);
    encoder.field(field!("currency"));
    encoder.bulk(sums.amount.currency.code().as_bytes());
    if sums.refundable > 0 {
        encoder.number(number!("refundable"), sums.refundable);
    }
    if sums.refunded > 0 {
        encoder.number(number!("refunded"), sums.refunded);
    }
    if sums.mismatch {
        encoder.number(number!("mismatch"), 1);
    }
}

pub(super) fn write_payment(encoder: &mut Encoder<'_>, view: &PaymentView, layout: &Layout) {
    let sums = view.sums.as_ref();
    let told = 2 * usize::from(view.asked.is_some())
        + usize::from(view.provider.is_some())
        + usize::from(view.receipt.is_some())
        + usize::from(!view.refunds.is_empty());
    encoder.map(
        line_fields(sums)
            + told
            + 6
            + usize::from(!view.places.is_empty())
            + note_fields(view.note.as_deref()),
    );
    write_line_fields(encoder, &view.line, sums);
    encoder.field(field!("holder"));
    write_or_null(encoder, view.holder.as_ref(), |encoder, name| encoder.bulk(name.bytes()));
    encoder.number(number!("retries"), u64::from(view.retries));
    encoder.number(number!("tried_at"), view.tried_at.0);
    encoder.field(field!("reason"));
    write_or_null(encoder, view.reason.as_ref(), |encoder, text| encoder.bulk(text.as_bytes()));
    encoder.field(field!("reference"));
    write_or_null(encoder, view.reference.as_ref(), |encoder, text| encoder.bulk(text.as_bytes()));
    write_told(encoder, view);
    write_seats(encoder, &view.seats, &view.places, layout);
    write_note(encoder, view.note.as_deref());
}

/// What was told of the money besides its sums.
fn write_told(encoder: &mut Encoder<'_>, view: &PaymentView) {
    if let Some(asked) = view.asked {
        encoder.number(number!("asked"), asked.minor);
        encoder.field(field!("asked_currency"));
        encoder.bulk(asked.currency.code().as_bytes());
    }
    if let Some(provider) = &view.provider {
        encoder.field(field!("provider"));
        encoder.bulk(provider.bytes());
    }
    if let Some(receipt) = &view.receipt {
        encoder.field(field!("paid_reference"));
        encoder.bulk(receipt.as_bytes());
    }
    if !view.refunds.is_empty() {
        encoder.field(field!("refunds"));
        encoder.array(2 * view.refunds.len());
        for (reference, minor) in &view.refunds {
            encoder.bulk(reference.as_bytes());
            encoder.integer(*minor);
        }
    }
}
