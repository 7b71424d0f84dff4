//! What goes back: what was told here, what the provider has done, and what is owed.

use holdfast_engine::{Amount, PaymentStatus, hex};
use ring::digest::{SHA256, digest};

use super::{Case, Entry, Seen};
use crate::books::signed;
use crate::class::Class;
use crate::report::Refund;
use crate::written::word;

impl Case<'_> {
    /// Judges what goes back. `came_back` are refunds that did not reach the buyer.
    pub(super) fn refunds(
        &mut self,
        lines: Vec<Entry>,
        came_back: Vec<Entry>,
        seen: &Seen,
        is_disputed: bool,
    ) {
        let before = self.report.findings.len();
        let (lines, returned) = self.returned(lines, came_back);
        let (lines, mut unseen) = self.recorded(lines);
        unseen = self.missed(unseen, &returned);
        let (lines, unrecorded) = self.owed(lines);
        let (lines, extras) = self.of_captures(lines, seen, is_disputed);
        for entry in &lines {
            let what = match self.payment.seats {
                0 => "nothing of the payment is owed",
                _ => "nothing of the payment is owed, and its seats are still sold",
            };
            self.found(Class::RefundUnexpected, entry, what, None);
        }
        // What went back without a reason may have been meant for it.
        let is_odd = |class| {
            matches!(
                class,
                Class::RefundUnexpected | Class::AmountDiffers | Class::CurrencyDiffers | Class::Timing
            )
        };
        let is_clear =
            !is_disputed && !self.report.findings[before..].iter().any(|finding| is_odd(finding.class));
        self.twice(extras, is_clear);
        self.unseen(&unseen, seen);
        self.debt(unrecorded, seen, is_clear);
    }

    /// Takes out refunds that came back, each with the line that says so. Returns the rest, and what was taken out.
    fn returned(&mut self, mut lines: Vec<Entry>, came_back: Vec<Entry>) -> (Vec<Entry>, Vec<Entry>) {
        let mut returned = Vec::new();
        for back in came_back {
            match lines.iter().position(|entry| (entry.minor, entry.currency) == (-back.minor, back.currency))
            {
                Some(at) => {
                    let entry = lines.remove(at);
                    self.matched(&entry);
                    self.matched(&back);
                    returned.push(entry);
                }
                None => self.found(
                    Class::RefundMissing,
                    &back,
                    "a refund came back: the buyer does not have it",
                    None,
                ),
            }
        }
        (lines, returned)
    }

    /// Takes out what was told here: by the provider's name first, then by the amount. Returns the lines and the refunds that are left.
    fn recorded(&mut self, mut lines: Vec<Entry>) -> (Vec<Entry>, Vec<(Box<str>, u64)>) {
        let mut unseen = self.payment.refunds.clone();
        let Some(paid) = self.payment.money() else {
            // Nobody has told how much: that it went back is all that can be said.
            if self.payment.is_refunded && !lines.is_empty() {
                let first = lines.remove(0);
                self.matched(&first);
            }
            return (lines, unseen);
        };
        let names =
            |entry: &Entry, name: &str| *entry.id == *name || entry.reference.as_deref() == Some(name);
        unseen.retain(|(name, minor)| {
            let Some(at) = lines.iter().position(|entry| names(entry, name)) else { return true };
            let entry = lines.remove(at);
            if entry.currency != paid.currency {
                self.found(
                    Class::CurrencyDiffers,
                    &entry,
                    format!("{} were told to be paid back here", told(paid, *minor)),
                    None,
                );
            } else if entry.minor != -signed(*minor) {
                self.found(
                    Class::AmountDiffers,
                    &entry,
                    format!("{} were told to be paid back here", told(paid, *minor)),
                    None,
                );
            } else {
                self.matched(&entry);
            }
            false
        });
        unseen.retain(|(_, minor)| {
            let is_it = |entry: &Entry| (entry.minor, entry.currency) == (-signed(*minor), paid.currency);
            let Some(at) = lines.iter().position(is_it) else { return true };
            let entry = lines.remove(at);
            self.matched(&entry);
            false
        });
        (lines, unseen)
    }

    /// Refunds that were told here and came back are missing, whatever the period.
    fn missed(&mut self, mut unseen: Vec<(Box<str>, u64)>, returned: &[Entry]) -> Vec<(Box<str>, u64)> {
        for entry in returned {
            if let Some(at) = unseen.iter().position(|(_, minor)| entry.minor == -signed(*minor)) {
                let (name, minor) = unseen.remove(at);
                self.missing(
                    Class::RefundMissing,
                    -signed(minor),
                    format!("the refund {name} came back: the buyer does not have it"),
                );
            }
        }
        unseen
    }

    /// Takes out what is still owed here and was paid back there. Returns the lines that are left, and how much it was.
    fn owed(&mut self, lines: Vec<Entry>) -> (Vec<Entry>, u64) {
        let payment = self.payment;
        let mut rest = Vec::new();
        let mut done = 0;
        for entry in lines {
            let minor = entry.minor.unsigned_abs();
            let is_unpriced =
                payment.paid.is_none() && payment.status == Some(PaymentStatus::RefundDue) && done == 0;
            let Some(paid) = payment.money() else {
                if is_unpriced && !payment.is_refunded {
                    done = minor;
                    self.found(
                        Class::RefundUnrecorded,
                        &entry,
                        "it is still owed here",
                        Some(self.refunded(&entry, None)),
                    );
                } else {
                    rest.push(entry);
                }
                continue;
            };
            let left = payment.refundable - done;
            if entry.currency != paid.currency {
                self.found(
                    Class::CurrencyDiffers,
                    &entry,
                    format!("{paid} here, and paid back in another currency"),
                    None,
                );
            } else if left == 0 {
                rest.push(entry);
            } else if minor > left {
                self.found(Class::AmountDiffers, &entry, format!("{} are owed here", told(paid, left)), None);
            } else {
                done += minor;
                let what = format!("{} are still owed here", told(paid, left));
                self.found(Class::RefundUnrecorded, &entry, what, Some(self.refunded(&entry, Some(minor))));
            }
        }
        (rest, done)
    }

    fn refunded(&self, entry: &Entry, minor: Option<u64>) -> String {
        let amount =
            minor.map_or_else(String::new, |minor| format!(" AMOUNT {minor} {}", entry.currency.code()));
        let (event, payment) = (word(self.payment.event.as_str()), word(self.payment.name.as_str()));
        // The line's own name: that of the payment may stand at several refunds, and one reference is one refund.
        format!("PAYMENT REFUNDED {event} * {payment} {}{amount}", word(&entry.id))
    }

    /// Takes out refunds of money that nobody has a seat for: captures that were one too many, and those of payments that have failed.
    /// Returns the lines that are left, and the captures.
    fn of_captures(
        &mut self,
        mut lines: Vec<Entry>,
        seen: &Seen,
        is_disputed: bool,
    ) -> (Vec<Entry>, Vec<Entry>) {
        let went_back = |capture: &Entry, lines: &mut Vec<Entry>| {
            let is_it = |entry: &Entry| (entry.minor, entry.currency) == (-capture.minor, capture.currency);
            lines.iter().position(is_it).map(|at| lines.remove(at))
        };
        if let Some(capture) = &seen.is_loose {
            match went_back(capture, &mut lines) {
                Some(entry) => {
                    self.matched(capture);
                    self.matched(&entry);
                }
                None => self.no_seat(capture, lines.is_empty() && !is_disputed),
            }
        }
        let mut extras = Vec::new();
        for extra in &seen.extras {
            match went_back(extra, &mut lines) {
                Some(entry) => {
                    self.matched(extra);
                    self.matched(&entry);
                }
                None => extras.push(extra.clone()),
            }
        }
        (lines, extras)
    }

    /// Captures that were one too many.
    fn twice(&mut self, extras: Vec<Entry>, is_clear: bool) {
        for extra in extras {
            self.found(
                Class::PaidTwice,
                &extra,
                format!("the payment was captured before{}", ask(is_clear)),
                None,
            );
            if is_clear {
                let amount = Amount { minor: extra.minor.unsigned_abs(), currency: extra.currency };
                let name = format!("twice {}", extra.id);
                self.propose(Class::PaidTwice, amount, Some(extra.reference.unwrap_or(extra.id)), &name);
            }
        }
    }

    /// Refunds that were told here, and that no line has.
    fn unseen(&mut self, unseen: &[(Box<str>, u64)], seen: &Seen) {
        let Some(paid) = self.payment.money().filter(|_| seen.is_proved && !self.is_elsewhere()) else {
            return;
        };
        for (name, minor) in unseen {
            if self.terms.from.is_some() {
                // When it was told is not known: it may be of any period.
                *self.report.refunds_elsewhere.entry(paid.currency).or_default() += minor;
                continue;
            }
            let (class, is) = match self.is_fresh() {
                true => (Class::Timing, "is not at the provider yet"),
                false => (Class::RefundMissing, "is not at the provider"),
            };
            self.missing(class, -signed(*minor), format!("the refund {name} was told here, and {is}"));
        }
    }

    /// What is owed, but for what was paid back without a word here.
    fn debt(&mut self, unrecorded: u64, seen: &Seen, is_clear: bool) {
        let payment = self.payment;
        let Some(paid) = payment.money().filter(|_| seen.is_proved) else {
            let is_owed = payment.status == Some(PaymentStatus::RefundDue) && payment.paid.is_none();
            if is_owed && seen.is_proved && unrecorded == 0 && !payment.is_refunded {
                self.missing(Class::RefundMissing, 0, "it is owed, and nobody has told how much it is");
            }
            return;
        };
        let left = payment.refundable - unrecorded;
        if left == 0 {
            return;
        }
        let class = match payment.status {
            Some(PaymentStatus::Success) => Class::CancelledUnrefunded,
            _ => Class::RefundMissing,
        };
        let ask =
            if is_clear { "" } else { "; look at the other lines of the payment before you pay it back" };
        self.missing(
            class,
            -signed(left),
            format!("{} are owed, and were not paid back{ask}", told(paid, left)),
        );
        if is_clear {
            let before = payment.refunds.iter().map(|(_, minor)| minor).sum::<u64>() + unrecorded;
            let name = format!("debt {} {} {before}", payment.event, payment.name);
            self.propose(class, Amount { minor: left, ..paid }, seen.reference.clone(), &name);
        }
    }

    /// `name` does not have the amount, and its parts have no space: a provider refuses the key with another one, and pays nothing twice.
    fn propose(&mut self, class: Class, amount: Amount, reference: Option<Box<str>>, name: &str) {
        if !self.terms.is_now {
            return;
        }
        let hash = hex(&digest(&SHA256, name.as_bytes()).as_ref()[..16]);
        let payment = (self.payment.event.clone(), self.payment.name.clone());
        self.report.refunds.push(Refund { payment, class, amount, reference, key: format!("hf-{hash}") });
    }
}

/// What is said where nothing is proposed.
const fn ask(is_clear: bool) -> &'static str {
    if is_clear { "" } else { "; look at the other lines of the payment before you pay it back" }
}

fn told(paid: Amount, minor: u64) -> Amount {
    Amount { minor, ..paid }
}
