//! The rules of payments.

use std::collections::BTreeMap;

use holdfast_engine::{
    Among, Amount, Answer, At, Charge, HoldId, Limit, Millis, Name, PaymentAction, PaymentLine,
    PaymentStatus, PaymentView, Receipt, Refusal, SeatStatus, View,
};

use super::money::Money;
use super::{Code, Hold, Model, No, Order, has_twice, within};

/// A payment, in any state.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Its name, which is that of the order that it pays for.
    pub name: Name,
    /// What it is.
    pub status: PaymentStatus,
    number: u64,
    pub(super) version: u64,
    /// When it got its state.
    at: At,
    tried_at: At,
    pub(super) deadline: At,
    retries: u32,
    /// The holds that it pays for, while it runs.
    pub holds: Vec<HoldId>,
    /// What it gave back.
    gave_back: Vec<Hold>,
    /// The holds that it gave it back to, if it was to.
    kept: Vec<HoldId>,
    reason: Option<Box<str>>,
    reference: Option<Box<str>>,
    /// Money was accepted for it.
    pub is_paid: bool,
    /// As far as it was told.
    pub money: Money,
    note: Option<Box<str>>,
}

impl Payment {
    fn new(name: &Name, status: PaymentStatus, version: u64, now: At, deadline: At) -> Self {
        Self {
            name: name.clone(),
            status,
            number: version,
            version,
            at: now,
            tried_at: now,
            deadline,
            retries: 0,
            holds: Vec::new(),
            gave_back: Vec::new(),
            kept: Vec::new(),
            reason: None,
            reference: None,
            is_paid: false,
            money: Money::default(),
            note: None,
        }
    }

    fn line(&self, now: At) -> PaymentLine {
        let left = self.deadline.since(now).0.max(1);
        let retry_after = match self.status {
            _ if self.is_waiting() => (left / 8).clamp(250, 5_000).min(left) as u32,
            _ => 0,
        };
        PaymentLine {
            payment: self.name.clone(),
            status: self.status,
            version: self.version,
            deadline_at: self.deadline,
            retry_after: Millis(retry_after),
        }
    }

    fn becomes(&mut self, status: PaymentStatus, version: u64, at: At) {
        (self.status, self.version, self.at) = (status, version, at);
    }

    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.status, PaymentStatus::Pending | PaymentStatus::PaidAhead)
    }

    fn answer(&self, already: bool, now: At) -> Answer {
        let line = self.line(now);
        match self.money.sums() {
            None => Answer::Payment { line, already },
            Some(sums) => Answer::Money { line, sums: Box::new(sums), already },
        }
    }

    fn is_closed(&self) -> bool {
        matches!(self.status, PaymentStatus::Failed | PaymentStatus::Refunded)
    }
}

impl Model {
    pub(super) fn payment_named(&self, name: &Name) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.name == *name)
    }

    /// The running payment that has the hold.
    pub(super) fn payment_of(&self, hold: HoldId) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.holds.contains(&hold))
    }

    /// The payments, in the order in which they began.
    #[must_use]
    pub fn payments(&self) -> &[Payment] {
        &self.payments
    }

    pub(super) fn pay(&mut self, name: &Name, action: &PaymentAction, now: At) -> Result<Answer, No> {
        // Money whose payment did not begin in time is owed, whether that was written down yet or not.
        let is_due = |payment: &Payment| {
            payment.name == *name && payment.status == PaymentStatus::PaidAhead && payment.deadline <= now
        };
        if let Some(due) = self.payments.iter().position(is_due) {
            self.owe(due, &Receipt::default(), now);
        }
        if let PaymentAction::Try { deadline_in, holds, charge } = action {
            return self.try_payment(name, *deadline_in, holds, charge, now);
        }
        if matches!(action, PaymentAction::Retry { .. } | PaymentAction::Fail { keep: Some(_), .. }) {
            self.not_closed()?;
        }
        let gone = |failed| No::Refused(Refusal::PaymentGone { payment: name.clone(), failed });
        let Some(at) = self.payments.iter().position(|payment| payment.name == *name) else {
            return match action {
                PaymentAction::Retry { .. } => Err(gone(false)),
                PaymentAction::Succeed(receipt) => self.pay_ahead(name, receipt, now),
                _ => Err(No::Fault(Code::PAYMENT_EARLY)),
            };
        };
        let status = self.payments[at].status;
        let wrong = No::Refused(Refusal::PaymentIs { payment: name.clone(), status });
        let mut already = false;
        match (action, status) {
            (PaymentAction::Retry { deadline_in }, PaymentStatus::Pending) => {
                let deadline = now + self.ttl(*deadline_in)?;
                let retries = self.payments[at].retries + 1;
                within(Limit::PaymentRetries, self.limits.max_payment_retries, u64::from(retries))?;
                self.version += 1;
                let payment = &mut self.payments[at];
                (payment.deadline, payment.retries, payment.version) = (deadline, retries, self.version);
            }
            (PaymentAction::Retry { .. }, PaymentStatus::Failed) => return Err(gone(true)),
            (PaymentAction::Succeed(receipt), PaymentStatus::Pending) => {
                let holds = self.take_holds(at);
                self.payments[at].money.gets(receipt);
                self.sell_payment(at, holds, now);
            }
            (PaymentAction::Succeed(receipt), PaymentStatus::Failed) => self.late_payment(at, receipt, now),
            (PaymentAction::Fail { reason, keep: None }, PaymentStatus::Pending) => {
                self.fail_payment(at, Some(reason), now);
            }
            (PaymentAction::Fail { reason, keep: Some(ttl) }, PaymentStatus::Pending) => {
                self.keep_holds(at, reason, *ttl, now)?;
            }
            (PaymentAction::Refunded { reference, amount }, _) => {
                already = self.refund(at, reference, *amount, now)?;
            }
            (PaymentAction::Succeed(_), _) | (PaymentAction::Fail { .. }, PaymentStatus::Failed) => {
                already = true;
            }
            _ => return Err(wrong),
        }
        Ok(self.payments[at].answer(already, now))
    }

    /// A refund; whether it was told before.
    fn refund(&mut self, at: usize, reference: &str, amount: Option<Amount>, now: At) -> Result<bool, No> {
        let Payment { name, status, reference: last, money, .. } = &self.payments[at];
        if last.as_deref() == Some(reference) || money.refunds.iter().any(|(one, _)| **one == *reference) {
            return Ok(true);
        }
        if !self.is_refundable(&self.payments[at]) {
            let is_sold = self.orders.get(name).is_some_and(|order| order.cancelled_at.is_none());
            return Err(match status {
                PaymentStatus::Refunded => {
                    Refusal::PaymentIs { payment: name.clone(), status: *status }.into()
                }
                PaymentStatus::Success if !is_sold => {
                    Refusal::PaymentIs { payment: name.clone(), status: *status }.into()
                }
                _ => No::Fault(Code::PAYMENT_EARLY),
            });
        }
        self.pay_back(at, reference, amount)?;
        self.version += 1;
        self.payments[at].version = self.version;
        let is_rest = self.payments[at].money.sums().is_none_or(|sums| sums.refundable == 0);
        if self.payments[at].status == PaymentStatus::RefundDue && is_rest {
            self.payments[at].becomes(PaymentStatus::Refunded, self.version, now);
            self.payments[at].reference = Some(reference.into());
        }
        Ok(false)
    }

    fn pay_ahead(&mut self, name: &Name, receipt: &Receipt, now: At) -> Result<Answer, No> {
        if self.orders.contains_key(name) {
            return Err(Refusal::OrderExists(name.clone()).into());
        }
        self.version += 1;
        let deadline = now + Millis(u64::from(self.limits.paid_ahead.0));
        let mut payment = Payment::new(name, PaymentStatus::PaidAhead, self.version, now, deadline);
        payment.money.gets(receipt);
        payment.is_paid = true;
        let answer = payment.answer(false, now);
        self.payments.push(payment);
        Ok(answer)
    }

    fn try_payment(
        &mut self,
        name: &Name,
        deadline_in: Millis<u64>,
        ids: &[HoldId],
        charge: &Charge,
        now: At,
    ) -> Result<Answer, No> {
        self.not_closed()?;
        if ids.is_empty() {
            return Err(No::Fault(Code::SYNTAX));
        }
        if has_twice(ids) {
            return Err(No::Fault(Code::REPEATED));
        }
        let known = self.payments.iter().position(|payment| payment.name == *name);
        if known.is_some_and(|at| self.payments[at].status != PaymentStatus::PaidAhead) {
            return Err(Refusal::PaymentExists(name.clone()).into());
        }
        if self.orders.contains_key(name) {
            return Err(Refusal::OrderExists(name.clone()).into());
        }
        for &id in ids {
            match (known, self.live(id, now)) {
                (Some(at), Err(No::Refused(Refusal::HoldGone(_)))) => {
                    self.payments[at].note.clone_from(&self.note);
                    self.payments[at].money.asks(charge);
                    self.owe(at, &Receipt::default(), now);
                    return Ok(self.payments[at].answer(false, now));
                }
                (_, live) => live?,
            }
        }
        let deadline = now + self.ttl(deadline_in)?;
        if let Some(at) = known {
            let payment = &mut self.payments[at];
            payment.note.clone_from(&self.note);
            payment.money.asks(charge);
            payment.money.gets(&Receipt::default());
            payment.deadline = deadline;
            let holds = ids.iter().map(|id| self.holds.remove(id).expect("it is live")).collect();
            self.sell_payment(at, holds, now);
            return Ok(self.payments[at].answer(false, now));
        }
        self.version += 1;
        let mut payment = Payment::new(name, PaymentStatus::Pending, self.version, now, deadline);
        payment.holds = ids.to_vec();
        payment.note.clone_from(&self.note);
        payment.money.asks(charge);
        let answer = payment.answer(false, now);
        self.payments.push(payment);
        Ok(answer)
    }

    pub(super) fn ends_at(&self, id: HoldId, hold: &Hold) -> At {
        self.payment_of(id).map_or(hold.expires_at, |payment| payment.deadline)
    }

    fn take_holds(&mut self, at: usize) -> Vec<Hold> {
        let ids = std::mem::take(&mut self.payments[at].holds);
        ids.iter().map(|id| self.holds.remove(id).expect("a payment has its holds")).collect()
    }

    fn sell_payment(&mut self, at: usize, holds: Vec<Hold>, now: At) {
        self.version += 1;
        self.payments[at].becomes(PaymentStatus::Success, self.version, now);
        self.payments[at].is_paid = true;
        let (holder, version) = (holds[0].holder.clone(), self.version);
        let order = Order::new(holder, version, now, holds).noted(self.payments[at].note.as_deref());
        self.orders.insert(self.payments[at].name.clone(), order);
    }

    fn late_payment(&mut self, at: usize, receipt: &Receipt, now: At) {
        let claims = self.payments[at].gave_back.clone();
        let mut seats = claims.iter().flat_map(|hold| &hold.seats);
        let seats_free = seats.all(|&seat| self.seat_status(seat) == SeatStatus::Free);
        let places_free = (0..self.venue.spec.areas.len()).all(|area| {
            let of_area =
                claims.iter().flat_map(|hold| &hold.places).filter(|(of, _)| usize::from(*of) == area);
            let wanted: u32 = of_area.map(|(_, count)| count).sum();
            wanted <= self.area(area as u16).of(SeatStatus::Free)
        });
        // As long as its holds have what it was for, or others have bought that with them, nothing is to be had.
        let is_kept = self.payments[at].kept.iter().any(|id| !self.gave_back.contains(id));
        if seats_free && places_free && !is_kept {
            self.payments[at].gave_back.clear();
            self.payments[at].money.gets(receipt);
            self.sell_payment(at, claims, now);
        } else {
            self.owe(at, receipt, now);
        }
    }

    /// The money is there, and no seat for it.
    pub(super) fn owe(&mut self, at: usize, receipt: &Receipt, now: At) {
        self.version += 1;
        let payment = &mut self.payments[at];
        payment.becomes(PaymentStatus::RefundDue, self.version, now);
        payment.is_paid = true;
        payment.money.gets(receipt);
        payment.money.all_falls_due();
    }

    /// Fails a payment. Without a reason, its deadline has passed.
    pub(super) fn fail_payment(&mut self, at: usize, reason: Option<&str>, now: At) {
        self.gave_back.extend(self.payments[at].holds.iter().copied());
        let holds = self.take_holds(at);
        self.version += 1;
        let payment = &mut self.payments[at];
        payment.becomes(PaymentStatus::Failed, self.version, now);
        payment.gave_back = holds;
        payment.reason = reason.map(Box::from);
    }

    /// Fails a payment whose holds go on.
    fn keep_holds(&mut self, at: usize, reason: &str, ttl: Millis<u64>, now: At) -> Result<(), No> {
        let until = now + self.ttl(ttl)?;
        let ids = self.payments[at].holds.clone();
        for id in &ids {
            let total = until.since(self.holds[id].made_at);
            within(Limit::HoldTotal, self.limits.max_hold_total.0, total.0)?;
        }
        let before: Vec<Hold> = ids.iter().map(|id| self.holds[id].clone()).collect();
        for id in &ids {
            self.holds.get_mut(id).expect("a payment has its holds").expires_at = until;
        }
        self.version += 1;
        let payment = &mut self.payments[at];
        payment.holds.clear();
        payment.becomes(PaymentStatus::Failed, self.version, now);
        (payment.deadline, payment.gave_back, payment.kept) = (until, before, ids);
        payment.reason = Some(reason.into());
        Ok(())
    }

    pub(super) fn payment_view(&self, name: &Name, now: At) -> Option<PaymentView> {
        let payment = self.payment_named(name)?;
        let order = self.orders.get(name);
        let claims = match payment.status {
            PaymentStatus::Pending => payment.holds.iter().map(|id| self.holds[id].clone()).collect(),
            PaymentStatus::Success => order.expect("what is paid is an order").holds.clone(),
            _ => payment.gave_back.clone(),
        };
        let first = claims.first().map(|hold: &Hold| hold.holder.clone());
        let holder = order.map(|order| order.holder.clone()).or(first);
        let money = &payment.money;
        let claims = Order::new(payment.name.clone(), 0, At(0), claims);
        Some(PaymentView {
            line: payment.line(now),
            sums: money.sums(),
            retries: payment.retries,
            tried_at: payment.tried_at,
            reason: payment.reason.clone().filter(|_| payment.status != PaymentStatus::Success),
            reference: payment
                .reference
                .clone()
                .or_else(|| money.refunds.last().map(|(reference, _)| reference.clone())),
            asked: money.mismatch(),
            provider: money.provider.clone(),
            receipt: money.receipt.clone(),
            refunds: money.refunds.clone(),
            seats: claims.seats(),
            places: claims.places(),
            holder,
            note: payment.note.clone(),
        })
    }

    pub(super) fn payment_page(&self, among: Among, cursor: u64, count: u32, now: At) -> View {
        let all = self.payments.iter().filter(|payment| payment.number >= cursor);
        let wanted: Vec<_> = all.filter(|payment| self.is_among(payment, among)).collect();
        let next = wanted.get(count as usize).map_or(0, |payment| payment.number);
        let page = wanted.iter().take(count as usize);
        let page = page.map(|payment| (payment.line(now), payment.money.sums(), payment.note.clone()));
        View::Payments { next, payments: page.collect() }
    }

    /// Does this list show it?
    #[must_use]
    pub fn is_among(&self, payment: &Payment, among: Among) -> bool {
        match among {
            Among::All => true,
            Among::Having(status) => payment.status == status,
            Among::Mismatched => self.is_mismatched(payment),
            Among::Refundable => self.is_refundable(payment),
        }
    }

    /// Those that were cancelled long ago and whose money was all paid back, in the order in which they were cancelled.
    fn forgettable_orders(&self, is_old: impl Fn(At) -> bool) -> Vec<Name> {
        let cancelled = self.orders.iter().filter_map(|(name, order)| Some((order.cancelled_in?, name)));
        let in_turn: BTreeMap<u64, &Name> = cancelled.collect();
        let owes = |name: &&Name| {
            let payment = self.payment_named(name);
            payment.is_some_and(|payment| payment.money.due > payment.money.back())
        };
        let is_old = |name: &&Name| self.orders[*name].cancelled_at.is_some_and(&is_old);
        in_turn.into_values().filter(|name| is_old(name) && !owes(name)).cloned().collect()
    }

    /// Forgets payments and orders that have been closed or cancelled for long enough, an order with the payment that
    /// made it. Returns the numbers of payments and of orders.
    pub fn forget_records(&mut self, now: At, retention: Millis<u64>) -> (u32, u32) {
        let is_old = |at: At| at + retention <= now;
        let closed = self.payments.iter().filter(|payment| payment.is_closed() && is_old(payment.at));
        let payments: Vec<Name> = closed.map(|payment| payment.name.clone()).collect();
        let orders = self.forgettable_orders(is_old);
        let counts = (payments.len() as u32, orders.len() as u32);
        for name in payments.into_iter().chain(orders) {
            self.payments.retain(|payment| payment.name != name);
            self.orders.remove(&name);
            self.forgotten_names.insert(name);
        }
        if counts != (0, 0) {
            self.last_at = self.last_at.max(now);
        }
        counts
    }
}
