//! The payments of an event: running ones, and what became of the others. Money may come at any time, so one that
//! failed or was paid back is forgotten only after a long time, and one that is owed never.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::money::Money;
use super::owed::Owed;
use crate::limits;
use crate::numbers::{At, HoldId, Millis};
use crate::state::tables::digest::Part;
use crate::state::tables::{Beside, ByName, NONE, Slab, Slot, digest};
use crate::state::{Among, Holds, Moment, Name, PaymentLine, PaymentStatus, Places, Seats, Sums};

/// A payment.
#[derive(Clone, PartialEq, Eq, Debug, bincode::Encode, bincode::Decode)]
pub(in crate::state) struct Payment {
    /// Also that of the order that it makes.
    pub(in crate::state) name: Name,
    /// The version that began it: its number inside.
    pub(in crate::state) number: u64,
    /// When it began, Unix milliseconds.
    pub(in crate::state) tried_at: At,
    /// The version of its newest change.
    pub(in crate::state) version: u64,
    pub(in crate::state) status: PaymentStatus,
    /// Unix milliseconds.
    pub(in crate::state) deadline_at: At,
    pub(in crate::state) retries: u32,
    /// Its place among what has the same deadline; follows from the order of restoring, so it is no state.
    pub(in crate::state) place: u32,
    /// What it pays for, while it runs. Once it has failed, those of them that it left what they had: but for those that have
    /// given it back since.
    pub(in crate::state) holds: Holds,
    /// What it was for, once that was given back: by hold, in the order of the command.
    pub(in crate::state) claims: Vec<Claim>,
    /// Why it failed, if somebody said so.
    pub(in crate::state) reason: Option<Box<str>>,
    /// The provider's reference of the refund that closed it.
    pub(in crate::state) reference: Option<Box<str>>,
    /// As far as anything was told of it.
    pub(in crate::state) money: Beside<Option<Box<Money>>>,
}

/// What one hold of a payment had.
#[derive(Clone, PartialEq, Eq, Debug, bincode::Encode, bincode::Decode)]
pub(in crate::state) struct Claim {
    pub(in crate::state) holder: Name,
    pub(in crate::state) seats: Seats,
    pub(in crate::state) places: Places,
}

/// The payments by slot, name, hold and state.
#[derive(Debug)]
pub(in crate::state) struct Payments {
    slab: Slab<Payment>,
    by_name: ByName<Payment>,
    /// The holds of the running ones.
    by_hold: HashMap<HoldId, Slot<Payment>, FixedState>,
    /// The holds of those that have failed, each with the number of the payment. Most sales have none.
    kept: BTreeMap<(HoldId, u64), Slot<Payment>>,
    /// By number: in the order in which they began.
    by_status: [BTreeMap<u64, Slot<Payment>>; 6],
    /// Those that brought something else than they were to, by number.
    mismatched: BTreeMap<u64, Slot<Payment>>,
    /// Those of which something is to be paid back, by number.
    refundable: BTreeMap<u64, Slot<Payment>>,
    /// Since when.
    owed: Owed,
    /// The closed ones by the version that closed them, and when that was, Unix milliseconds: the order in which they are
    /// forgotten.
    closed: BTreeMap<u64, (Slot<Payment>, At)>,
}

impl Payments {
    pub(in crate::state) fn new(hasher: FixedState) -> Self {
        Self {
            slab: Slab::new(),
            by_name: ByName::new(hasher.clone()),
            by_hold: HashMap::with_hasher(hasher),
            kept: BTreeMap::new(),
            by_status: [const { BTreeMap::new() }; 6],
            mismatched: BTreeMap::new(),
            refundable: BTreeMap::new(),
            owed: Owed::default(),
            closed: BTreeMap::new(),
        }
    }

    /// From a snapshot: `closed` has the times of those that are closed, by version. One that it does not know was closed
    /// at `last_at` at the latest. `money` is by number.
    pub(in crate::state) fn from_slots(
        mut slots: Vec<Option<Payment>>,
        closed: &BTreeMap<u64, At>,
        mut money: BTreeMap<u64, Money>,
        last_at: At,
        hasher: FixedState,
    ) -> Self {
        for payment in slots.iter_mut().flatten() {
            *payment.money = money.remove(&payment.number).map(Box::new);
        }
        let mut payments = Self::new(hasher);
        payments.slab = Slab::from_slots(slots);
        for (slot, payment) in payments.slab.iter() {
            payments.by_name.insert(&payment.name, slot);
            let holds = payment.holds.iter();
            if payment.status == PaymentStatus::Failed {
                payments.kept.extend(holds.map(|&hold| ((hold, payment.number), slot)));
            } else {
                payments.by_hold.extend(holds.map(|&hold| (hold, slot)));
            }
            payments.by_status[payment.status as usize].insert(payment.number, slot);
            if payment.is_closed() {
                let at = closed.get(&payment.version).copied().unwrap_or(last_at);
                payments.closed.insert(payment.version, (slot, at));
            }
        }
        payments
    }

    pub(in crate::state) const fn slab(&self) -> &Slab<Payment> {
        &self.slab
    }

    pub(in crate::state) fn at(&self, slot: Slot<Payment>) -> &Payment {
        self.slab.at(slot)
    }

    pub(in crate::state) fn slot(&self, name: &Name) -> Option<Slot<Payment>> {
        if self.slab.len() == 0 {
            return None;
        }
        self.by_name.find(name, |slot| self.slab.at(slot).name == *name)
    }

    pub(in crate::state) fn get(&self, name: &Name) -> Option<&Payment> {
        Some(self.slab.at(self.slot(name)?))
    }

    /// The slot of the payment that has the hold.
    pub(in crate::state) fn paying(&self, hold: HoldId) -> Option<Slot<Payment>> {
        self.by_hold.get(&hold).copied()
    }

    /// How many holds are being paid for.
    pub(in crate::state) fn holds(&self) -> usize {
        self.by_hold.len()
    }

    /// Has any that failed left its holds what they had?
    #[inline]
    pub(in crate::state) fn keep_any(&self) -> bool {
        !self.kept.is_empty()
    }

    /// How many holds were left what they had, counted for each payment.
    pub(in crate::state) fn kept(&self) -> usize {
        self.kept.len()
    }

    /// Those that have failed and left this hold what it had, in the order in which they began.
    pub(in crate::state) fn keepers(&self, hold: HoldId) -> Vec<Slot<Payment>> {
        self.kept.range((hold, 0)..=(hold, u64::MAX)).map(|(_, &slot)| slot).collect()
    }

    /// One that has failed leaves these holds, which it paid for, what they had.
    pub(in crate::state) fn keep(&mut self, slot: Slot<Payment>, holds: Holds) {
        let payment = self.slab.at_mut(slot);
        assert!(payment.status == PaymentStatus::Failed && payment.holds.is_empty(), "it has just failed");
        self.kept.extend(holds.iter().map(|&hold| ((hold, payment.number), slot)));
        payment.holds = holds;
    }

    /// One of these holds has given it back.
    pub(in crate::state) fn let_go(&mut self, slot: Slot<Payment>, hold: HoldId) {
        let payment = self.slab.at_mut(slot);
        self.kept.remove(&(hold, payment.number));
        payment.holds = payment.holds.iter().copied().filter(|&kept| kept != hold).collect();
    }

    /// Those in a state: number and slot, in the order in which they began.
    pub(in crate::state) const fn having(&self, status: PaymentStatus) -> &BTreeMap<u64, Slot<Payment>> {
        &self.by_status[status as usize]
    }

    /// The lists that together have these, each in the order in which they began.
    pub(in crate::state) fn lists(&self, among: Among) -> &[BTreeMap<u64, Slot<Payment>>] {
        match among {
            Among::All => &self.by_status,
            Among::Having(status) => std::slice::from_ref(self.having(status)),
            Among::Mismatched => std::slice::from_ref(&self.mismatched),
            Among::Refundable => std::slice::from_ref(&self.refundable),
        }
    }

    /// Those that wait for their deadline.
    pub(in crate::state) fn waiting(&self) -> impl Iterator<Item = Slot<Payment>> {
        let waiting = [PaymentStatus::Pending, PaymentStatus::PaidAhead];
        waiting.into_iter().flat_map(|status| self.having(status).values().copied())
    }

    /// Since when something is to be paid back of the one that waits longest.
    pub(in crate::state) fn oldest_due(&self) -> Option<At> {
        self.owed.oldest()
    }

    /// Puts it into the lists where its money belongs, and nowhere else. What is to be paid back of it, if anything, is due
    /// since `at`, unless some of it was before.
    pub(in crate::state) fn list(&mut self, slot: Slot<Payment>, is_refundable: bool, at: At) {
        let Self { slab, mismatched, refundable, owed, .. } = self;
        let payment = slab.at(slot);
        owed.note(payment.number, is_refundable, at);
        let is_mismatched = payment.money().is_some_and(Money::is_disputed);
        for (list, belongs) in [(mismatched, is_mismatched), (refundable, is_refundable)] {
            if belongs {
                list.insert(payment.number, slot);
            } else {
                list.remove(&payment.number);
            }
        }
    }

    /// Those that failed or were paid back: slot, and since when, Unix milliseconds, in the order in which they were closed.
    pub(in crate::state) fn closed(&self) -> impl Iterator<Item = (Slot<Payment>, At)> {
        self.closed.values().copied()
    }

    pub(in crate::state) fn insert(&mut self, payment: Payment) -> Slot<Payment> {
        let slot = self.slab.insert(payment);
        let payment = self.slab.at(slot);
        self.by_name.insert(&payment.name, slot);
        self.by_hold.extend(payment.holds.iter().map(|&hold| (hold, slot)));
        self.by_status[payment.status as usize].insert(payment.number, slot);
        slot
    }

    /// Forgets one that does not run.
    pub(in crate::state) fn remove(&mut self, slot: Slot<Payment>) -> Payment {
        let payment = self.slab.remove(slot);
        self.by_name.remove(&payment.name, slot);
        self.by_status[payment.status as usize].remove(&payment.number);
        self.closed.remove(&payment.version);
        self.mismatched.remove(&payment.number);
        self.refundable.remove(&payment.number);
        self.owed.note(payment.number, false, At(0));
        for &hold in &payment.holds {
            self.kept.remove(&(hold, payment.number));
        }
        payment
    }

    /// Its place among what has the same deadline changed.
    pub(in crate::state) fn moved(&mut self, slot: Slot<Payment>, place: u32) {
        self.slab.at_mut(slot).place = place;
    }

    /// Another deadline, of which it keeps the place.
    pub(in crate::state) fn defer(&mut self, slot: Slot<Payment>, deadline_at: At, place: u32) {
        let payment = self.slab.at_mut(slot);
        (payment.deadline_at, payment.place) = (deadline_at, place);
    }

    /// A change of it: `how` may alter everything but its name, its holds and its state.
    pub(in crate::state) fn change(
        &mut self,
        slot: Slot<Payment>,
        version: u64,
        how: impl FnOnce(&mut Payment),
    ) {
        let payment = self.slab.at_mut(slot);
        payment.version = version;
        how(payment);
    }

    /// It is something else from now on, and its holds are its own no longer.
    pub(in crate::state) fn become_other(
        &mut self,
        slot: Slot<Payment>,
        status: PaymentStatus,
        moment: Moment,
    ) -> Holds {
        let payment = self.slab.at_mut(slot);
        self.closed.remove(&payment.version);
        payment.version = moment.version;
        let ran = payment.status == PaymentStatus::Pending;
        self.by_status[payment.status as usize].remove(&payment.number);
        self.by_status[status as usize].insert(payment.number, slot);
        payment.status = status;
        if payment.is_closed() {
            self.closed.insert(moment.version, (slot, moment.at));
        }
        let holds = std::mem::take(&mut payment.holds);
        for &hold in &holds {
            if ran {
                self.by_hold.remove(&hold);
            } else {
                self.kept.remove(&(hold, payment.number));
            }
        }
        holds
    }
}

impl Payment {
    /// One that begins.
    pub(in crate::state) fn new(name: &Name, status: PaymentStatus, deadline_at: At, moment: Moment) -> Self {
        Self {
            name: name.clone(),
            number: moment.version,
            tried_at: moment.at,
            version: moment.version,
            status,
            deadline_at,
            retries: 0,
            place: NONE,
            holds: Holds::default(),
            claims: Vec::new(),
            reason: None,
            reference: None,
            money: Beside(None),
        }
    }

    /// Is it over, and no money owed for it?
    pub(in crate::state) const fn is_closed(&self) -> bool {
        matches!(self.status, PaymentStatus::Failed | PaymentStatus::Refunded)
    }

    /// Does it wait for its deadline?
    pub(in crate::state) const fn is_waiting(&self) -> bool {
        matches!(self.status, PaymentStatus::Pending | PaymentStatus::PaidAhead)
    }

    pub(in crate::state) fn money(&self) -> Option<&Money> {
        self.money.as_deref()
    }

    /// Its money, as it stands in answers and in lists.
    pub(in crate::state) fn sums(&self) -> Option<Sums> {
        self.money().and_then(Money::sums)
    }

    /// A change of its money. One of which nothing is known has none.
    pub(in crate::state) fn change_money(&mut self, how: impl FnOnce(&mut Money)) {
        let mut money = self.money.take().map(|money| *money).unwrap_or_default();
        how(&mut money);
        *self.money = (money != Money::default()).then(|| Box::new(money));
    }

    /// As it stands in answers and in lists.
    pub(in crate::state) fn line(&self, now: At) -> PaymentLine {
        PaymentLine {
            payment: self.name.clone(),
            status: self.status,
            version: self.version,
            deadline_at: self.deadline_at,
            retry_after: self.retry_after(now),
        }
    }

    /// How long until it is worth looking again: often when little time is left, never after the deadline; 0 when
    /// nothing is to be waited for.
    fn retry_after(&self, now: At) -> Millis {
        if !self.is_waiting() {
            return Millis(0);
        }
        let left = self.deadline_at.since(now).0.max(1);
        let wait = (left / 8).clamp(limits::POLL_MS_MIN, limits::POLL_MS_MAX);
        Millis(wait.min(left) as u32)
    }

    /// Its part of the digest.
    pub(in crate::state) fn digest_term(&self) -> u64 {
        let text =
            |text: &Option<Box<str>>| text.as_ref().map_or(0, |text| digest::bytes_term(text.as_bytes()));
        let of = |b, c| digest::term(Part::Payment, self.number, b, c);
        let mut sum = of(self.version, self.deadline_at.0)
            .wrapping_add(of(digest::bytes_term(self.name.bytes()), self.tried_at.0))
            .wrapping_add(of(self.status as u64 ^ u64::from(self.retries) << 8, text(&self.reason)))
            .wrapping_add(of(text(&self.reference), 1));
        for (place, &hold) in (0..).zip(&self.holds) {
            sum = sum.wrapping_add(digest::term(Part::Claim, self.number, place, hold.0));
        }
        for (place, claim) in (0_u64..).zip(&self.claims) {
            sum = sum.wrapping_add(claim.digest_term(self.number ^ (place + 1) << 48));
        }
        // Nothing as long as nothing was told of it: so it was before there was any.
        sum.wrapping_add(self.money().map_or(0, |money| money.digest_term(self.number)))
    }
}

impl Claim {
    fn digest_term(&self, of: u64) -> u64 {
        let holder = digest::bytes_term(self.holder.bytes());
        let seats = (0_u64..).zip(&self.seats).fold(0_u64, |sum, (place, &seat)| {
            sum.wrapping_add(digest::term(Part::Claim, of, holder ^ place, u64::from(seat)))
        });
        self.places.iter().fold(seats, |sum, &(area, count)| {
            let places = u64::from(area) << 32 | u64::from(count);
            sum.wrapping_add(digest::term(Part::Claim, of, holder.rotate_left(32), places))
        })
    }

    /// Seats and places.
    pub(in crate::state) fn count(&self) -> u32 {
        self.seats.len() as u32 + self.places.iter().map(|&(_, count)| count).sum::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(status: PaymentStatus, deadline_at: At) -> Payment {
        Payment {
            name: Name::new(b"p").unwrap(),
            number: 3,
            tried_at: At(0),
            version: 3,
            status,
            deadline_at,
            retries: 0,
            place: 0,
            holds: Holds::default(),
            claims: Vec::new(),
            reason: None,
            reference: None,
            money: Beside(None),
        }
    }

    #[test]
    fn pollers_come_back_in_time_and_not_too_often() {
        let wait = |deadline, now| payment(PaymentStatus::Pending, At(deadline)).retry_after(At(now)).0;
        assert_eq!(wait(60_000, 0), 5_000);
        assert_eq!(wait(16_000, 0), 2_000);
        assert_eq!(wait(1_000, 0), 250);
        assert_eq!(wait(1_000, 900), 100);
        assert_eq!(wait(1_000, 1_000), 1);
        for status in PaymentStatus::ALL {
            let waits = matches!(status, PaymentStatus::Pending | PaymentStatus::PaidAhead);
            assert_eq!(payment(status, At(60_000)).retry_after(At(0)).0 > 0, waits);
        }
    }

    #[test]
    fn every_part_of_a_payment_is_in_its_term() {
        let claim = |holder: &[u8], seats: &[u32], places: &[(u16, u32)]| Claim {
            holder: Name::new(holder).unwrap(),
            seats: seats.iter().copied().collect(),
            places: places.iter().copied().collect(),
        };
        let base = payment(PaymentStatus::Failed, At(9));
        let claims = [
            vec![],
            vec![claim(b"a", &[1, 2], &[])],
            vec![claim(b"a", &[2, 1], &[])],
            vec![claim(b"b", &[1, 2], &[])],
            vec![claim(b"a", &[1], &[]), claim(b"a", &[2], &[])],
            vec![claim(b"a", &[2], &[]), claim(b"a", &[1], &[])],
            vec![claim(b"a", &[1], &[(0, 2)])],
            vec![claim(b"a", &[1], &[(2, 0)])],
        ];
        let mut terms: Vec<u64> =
            claims.into_iter().map(|claims| Payment { claims, ..base.clone() }.digest_term()).collect();
        terms.push(Payment { name: Name::new(b"q").unwrap(), ..base.clone() }.digest_term());
        terms.push(Payment { number: 4, ..base.clone() }.digest_term());
        terms.push(Payment { tried_at: At(1), ..base.clone() }.digest_term());
        terms.push(Payment { version: 4, ..base.clone() }.digest_term());
        terms.push(Payment { status: PaymentStatus::RefundDue, ..base.clone() }.digest_term());
        terms.push(Payment { deadline_at: At(10), ..base.clone() }.digest_term());
        terms.push(Payment { retries: 1, ..base.clone() }.digest_term());
        terms.push(Payment { holds: [7].map(HoldId).into_iter().collect(), ..base.clone() }.digest_term());
        terms.push(Payment { holds: [8].map(HoldId).into_iter().collect(), ..base.clone() }.digest_term());
        terms.push(Payment { reason: Some("no".into()), ..base.clone() }.digest_term());
        terms.push(Payment { reference: Some("no".into()), ..base.clone() }.digest_term());
        for (index, one) in terms.iter().enumerate() {
            assert!(!terms[index + 1..].contains(one), "term {index} stands twice");
        }
        assert_eq!(Payment { place: 5, ..base.clone() }.digest_term(), base.digest_term());
    }
}
