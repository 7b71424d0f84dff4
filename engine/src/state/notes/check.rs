//! The invariants of notes: each stands beside something that is there, and has a text.

use super::table::digest_term;
use crate::limits::NOTE_BYTES_MAX;
use crate::state::payments::Payment;
use crate::state::tables::digest::Digest;
use crate::state::{Event, PaymentStatus, ensure};

impl Event {
    /// Adds what notes have in the sum. Trusts no number, as all of these checks.
    pub(in crate::state) fn check_notes(&self, sum: &mut Digest) -> Result<(), String> {
        if self.notes.is_empty() {
            return Ok(());
        }
        let holds = self.holds.slab().iter().map(|(_, hold)| hold.id.0);
        let orders = self.orders.slab().iter().map(|(_, order)| order.version);
        let cancelled = self.cancelled.iter().map(|order| order.version);
        let of_payment = |payment: &Payment| {
            let failed = (payment.status == PaymentStatus::Failed).then_some(payment.version);
            [Some(payment.number), failed].into_iter().flatten()
        };
        let payments = self.payments.slab().iter().flat_map(|(_, payment)| of_payment(payment));
        let all = holds.chain(orders).chain(cancelled).chain(payments);
        let with_note = all.filter(|&version| self.notes.get(version).is_some()).count();
        ensure(with_note == self.notes.len(), || {
            format!("{with_note} holds, orders and payments have a note, and there are {}", self.notes.len())
        })?;
        for (version, text) in self.notes.iter() {
            ensure((1..=NOTE_BYTES_MAX).contains(&text.len()), || {
                format!("the note of version {version} has {} bytes", text.len())
            })?;
            sum.add(digest_term(version, text));
        }
        Ok(())
    }
}
