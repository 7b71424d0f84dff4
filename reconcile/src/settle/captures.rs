//! What has come in, and what the buyer's bank has taken back.

use holdfast_engine::{PaymentStatus, is_printable};

use super::{Case, Entry};
use crate::books::signed;
use crate::class::Class;
use crate::written::word;

/// What was seen of the money of a payment.
#[derive(Default)]
pub(super) struct Seen {
    /// The money that the payment has is at the provider, as far as these files can say: what is owed of it may be paid back.
    pub(super) is_proved: bool,
    /// Captures that were one too many.
    pub(super) extras: Vec<Entry>,
    /// How the provider calls what was paid.
    pub(super) reference: Option<Box<str>>,
    /// The money came for seats that nobody has, and nothing of it is in the books.
    pub(super) is_loose: Option<Entry>,
}

impl Case<'_> {
    /// Tells whether the buyer's bank has the money. Disputes that were won are as if they had not been.
    pub(super) fn chargebacks(&mut self, mut lost: Vec<Entry>, won: &[Entry]) -> bool {
        for back in won {
            self.matched(back);
            if let Some(at) =
                lost.iter().position(|entry| (entry.minor, entry.currency) == (-back.minor, back.currency))
            {
                let entry = lost.remove(at);
                self.matched(&entry);
            }
        }
        let kept = match self.payment.seats {
            0 => "the seats are not sold any more",
            _ => "the seats are still sold",
        };
        for entry in &lost {
            self.found(
                Class::Chargeback,
                entry,
                format!("the buyer's bank has taken it back, and {kept}"),
                None,
            );
        }
        !lost.is_empty()
    }

    /// Judges what has come in.
    pub(super) fn captures(&mut self, captures: Vec<Entry>, has_lines: bool) -> Seen {
        let reference =
            captures.first().map(|first| first.reference.clone().unwrap_or_else(|| first.id.clone()));
        let mut seen =
            Seen { reference: reference.or_else(|| self.payment.reference.clone()), ..Seen::default() };
        if captures.is_empty() {
            self.nothing_came(&mut seen, has_lines);
        } else if self.payment.has_money() {
            self.money_came(captures, &mut seen);
        } else {
            self.came_for_nothing(captures, &mut seen);
        }
        seen
    }

    /// No line says that money came.
    fn nothing_came(&mut self, seen: &mut Seen, has_lines: bool) {
        let payment = self.payment;
        if !payment.has_money() {
            return;
        }
        let minor = payment.paid.map_or(0, |paid| signed(paid.minor));
        // A refund in these files without its capture is of one that was captured in the period before.
        if !self.is_expected() || (has_lines && self.terms.from.is_some()) {
            // What is older than the files was to be found by the run before.
            seen.is_proved =
                !self.is_elsewhere() && self.terms.from.is_some_and(|from| payment.begun < from || has_lines);
            return self.here(Class::Outside);
        }
        if payment.paid.is_some() && minor == 0 {
            return self.here(Class::Matched);
        }
        let (class, what) = match self.is_fresh() {
            true => (Class::Timing, "is not at the provider yet"),
            false => (Class::SeatUnpaid, "is not at the provider"),
        };
        self.here(class);
        let owed = if payment.refundable > 0 { "; pay nothing back before it is found" } else { "" };
        self.missing(class, minor, format!("the payment is {} here, and {what}{owed}", payment.word()));
    }

    /// Money came for a payment that has it.
    fn money_came(&mut self, captures: Vec<Entry>, seen: &mut Seen) {
        let Some(paid) = self.payment.money() else {
            // How much it was to be is not known: that it came is all that can be said.
            seen.is_proved = true;
            for (at, entry) in captures.into_iter().enumerate() {
                if at == 0 { self.matched(&entry) } else { seen.extras.push(entry) }
            }
            return;
        };
        let (same, other): (Vec<_>, Vec<_>) =
            captures.into_iter().partition(|entry| entry.currency == paid.currency);
        for entry in &other {
            let what = format!("{paid} here, and another currency at the provider");
            self.found(Class::CurrencyDiffers, entry, what, None);
        }
        let minor = signed(paid.minor);
        let sum: i128 = same.iter().map(|entry| i128::from(entry.minor)).sum();
        if same.is_empty() {
            return self.here(Class::CurrencyDiffers);
        }
        if sum == i128::from(minor) {
            same.iter().for_each(|entry| self.matched(entry));
            seen.is_proved = other.is_empty();
            return self.here(Class::Matched);
        }
        if let Some(first) = same.iter().position(|entry| entry.minor == minor) {
            for (at, entry) in same.into_iter().enumerate() {
                if at == first { self.matched(&entry) } else { seen.extras.push(entry) }
            }
            seen.is_proved = other.is_empty();
            return self.here(Class::Matched);
        }
        for entry in &same {
            self.found(Class::AmountDiffers, entry, format!("{paid} here"), None);
        }
        self.here(Class::AmountDiffers);
    }

    /// Money came for a payment that has failed, or that waits for it.
    fn came_for_nothing(&mut self, captures: Vec<Entry>, seen: &mut Seen) {
        let payment = self.payment;
        let waits = payment.status == Some(PaymentStatus::Pending) && payment.deadline > self.terms.as_of;
        let is_one = captures.len() == 1;
        for (at, entry) in captures.into_iter().enumerate() {
            if at > 0 {
                seen.extras.push(entry);
            } else if waits {
                self.found(Class::Timing, &entry, "the payment waits for its report", None);
            } else if is_one {
                // Judged when it is known whether it went back.
                seen.is_loose = Some(entry);
            } else {
                self.no_seat(&entry, false);
            }
        }
    }

    /// Money without a seat. `may_tell`: nothing else is known of the payment, so the engine may decide whether the seats are still free.
    pub(super) fn no_seat(&mut self, entry: &Entry, may_tell: bool) {
        let payment = self.payment;
        let command = || {
            format!(
                "PAYMENT SUCCEED {} * {} AMOUNT {} {} REFERENCE {}",
                word(payment.event.as_str()),
                word(payment.name.as_str()),
                entry.minor,
                entry.currency.code(),
                word(
                    entry
                        .reference
                        .as_deref()
                        .filter(|name| is_printable(name.as_bytes()))
                        .unwrap_or(&entry.id)
                ),
            )
        };
        let what = format!("the payment is {} here: nobody has seats for it", payment.word());
        self.found(Class::PaidNoSeat, entry, what, may_tell.then(command));
    }
}
