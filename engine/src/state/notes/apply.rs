//! Notes come with what they stand beside, pass on from holds to orders, and go.

use super::table::digest_term;
use crate::state::payments::Payment;
use crate::state::tables::Slot;
use crate::state::{Event, Holds, PaymentStatus};

impl Event {
    /// The note beside what this version made.
    pub(in crate::state) fn note(&self, version: u64) -> Option<Box<str>> {
        if self.notes.is_empty() { None } else { self.notes.get(version).map(Box::from) }
    }

    /// Keeps a note beside what this version made, which has none yet.
    #[inline]
    pub(in crate::state) fn keep_note(&mut self, version: u64, note: Option<Box<str>>) {
        if let Some(text) = note {
            self.sum.add(digest_term(version, &text));
            self.notes.insert(version, text);
        }
    }

    /// Takes the note beside what this version made, which is gone.
    #[inline]
    pub(in crate::state) fn take_note(&mut self, version: u64) -> Option<Box<str>> {
        if self.notes.is_empty() {
            return None;
        }
        let text = self.notes.remove(version)?;
        self.sum.subtract(digest_term(version, &text));
        Some(text)
    }

    /// The note of the first of these holds that has one. To be asked before they are taken out.
    pub(in crate::state) fn first_note(&self, holds: &Holds) -> Option<Box<str>> {
        holds.iter().find_map(|hold| self.note(hold.0))
    }

    /// The note of a payment, which its order gets as well.
    pub(in crate::state) fn note_of_payment(&self, slot: Slot<Payment>) -> Option<Box<str>> {
        self.note(self.payments.at(slot).number)
    }

    /// Takes the note of the holds that a payment gave back when it failed, if it did. To be asked before it becomes something
    /// else.
    pub(in crate::state) fn take_claimed_note(&mut self, slot: Slot<Payment>) -> Option<Box<str>> {
        let payment = self.payments.at(slot);
        if payment.status == PaymentStatus::Failed { self.take_note(payment.version) } else { None }
    }
}
