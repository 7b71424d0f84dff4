//! Shows payments.

use super::money::Money;
use super::table::{Claim, Payment};
use crate::numbers::At;
use crate::state::holds::Hold;
use crate::state::tables::Slot;
use crate::state::{Among, Event, Name, PaymentStatus, PaymentView, Places, Seats, View};

impl Event {
    pub(in crate::state) fn payment_view(&self, name: &Name, now: At) -> Option<PaymentView> {
        let payment = self.payments.get(name)?;
        let claims = match payment.status {
            PaymentStatus::Pending => self.claims_of_holds(payment),
            PaymentStatus::Success => vec![self.claim_of_order(&payment.name)?],
            _ => payment.claims.clone(),
        };
        let money = payment.money();
        let refunds = || money.map_or(&[][..], Money::refunds);
        let mut places = Places::default();
        for &(area, count) in claims.iter().flat_map(|claim| &claim.places) {
            match places.iter_mut().find(|(known, _)| *known == area) {
                Some((_, sum)) => *sum += count,
                None => places.push((area, count)),
            }
        }
        Some(PaymentView {
            line: payment.line(now),
            sums: payment.sums(),
            holder: claims.first().map(|claim| claim.holder.clone()),
            retries: payment.retries,
            tried_at: payment.tried_at,
            // Once the money has bought the seats, why it had failed before is no matter any more.
            reason: payment.reason.clone().filter(|_| payment.status != PaymentStatus::Success),
            reference: payment.reference.clone().or_else(|| Some(refunds().last()?.0.clone())),
            asked: money.and_then(Money::missed),
            provider: money.and_then(|money| money.provider.clone()),
            receipt: money.and_then(|money| money.receipt.clone()),
            refunds: refunds().to_vec(),
            seats: claims.iter().flat_map(|claim| &claim.seats).copied().collect(),
            places,
            note: self.note(payment.number),
        })
    }

    /// What the holds of a running payment have.
    pub(super) fn claims_of_holds(&self, payment: &Payment) -> Vec<Claim> {
        let holds = payment.holds.iter().filter_map(|&hold| self.holds.get(hold));
        let claim = |hold: &Hold| Claim {
            holder: self.holders.at(hold.holder).name.clone(),
            seats: self.seats.chain(hold.seats).collect(),
            places: self.holds.places(hold).clone(),
        };
        holds.map(claim).collect()
    }

    /// What is left of the order; nothing of one that was cancelled.
    fn claim_of_order(&self, name: &Name) -> Option<Claim> {
        let Some(slot) = self.orders.slot(name) else {
            let holder = self.cancelled.get(name)?.holder.clone();
            return Some(Claim { holder, seats: Seats::default(), places: Places::default() });
        };
        let order = self.orders.at(slot);
        Some(Claim {
            holder: self.holders.at(order.holder).name.clone(),
            seats: self.seats.chain(order.seats).collect(),
            places: order.sum_of_places(),
        })
    }

    /// A page of the list: a cursor is the number of the payment that the page begins at.
    pub(in crate::state) fn payments_from(&self, among: Among, cursor: u64, count: u32, now: At) -> View {
        let upto = count as usize + 1;
        let lists = self.payments.lists(among).iter();
        let firsts = lists.flat_map(|list| list.range(cursor..).take(upto));
        let mut page: Vec<(u64, Slot<Payment>)> = firsts.map(|(&number, &slot)| (number, slot)).collect();
        page.sort_unstable_by_key(|&(number, _)| number);
        let next = page.get(count as usize).map_or(0, |&(number, _)| number);
        page.truncate(count as usize);
        let payments = page.into_iter().map(|(_, slot)| self.payments.at(slot));
        let payments =
            payments.map(|payment| (payment.line(now), payment.sums(), self.note(payment.number))).collect();
        View::Payments { next, payments }
    }
}
