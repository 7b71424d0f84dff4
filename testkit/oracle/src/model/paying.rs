//! The rules of payments.

use holdfast_engine::{
    Answer, At, HoldId, Limit, Millis, Name, PaymentAction, PaymentLine, PaymentStatus, PaymentView, Refusal,
    SeatStatus, View,
};

use super::{Code, Hold, Model, No, Order, has_twice, within};

/// A payment, in any state.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Its name, which is that of the order that it pays for.
    pub name: Name,
    /// What it is.
    pub status: PaymentStatus,
    number: u64,
    version: u64,
    /// When it got its state.
    at: At,
    tried_at: At,
    pub(super) deadline: At,
    retries: u32,
    /// The holds that it pays for, while it runs.
    pub holds: Vec<HoldId>,
    /// What it gave back.
    gave_back: Vec<Hold>,
    reason: Option<Box<str>>,
    reference: Option<Box<str>>,
    /// Money was accepted for it.
    pub is_paid: bool,
}

impl Payment {
    fn line(&self, now: At) -> PaymentLine {
        let left = self.deadline.since(now).0.max(1);
        let retry_after = match self.status {
            PaymentStatus::Pending => (left / 8).clamp(250, 5_000).min(left) as u32,
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
        if let PaymentAction::Try { deadline_in, holds } = action {
            return self.try_payment(name, *deadline_in, holds, now);
        }
        if matches!(action, PaymentAction::Retry { .. }) {
            self.not_closed()?;
        }
        let gone = |failed| No::Refused(Refusal::PaymentGone { payment: name.clone(), failed });
        let early = No::Fault(Code::PAYMENT_EARLY);
        let Some(at) = self.payments.iter().position(|payment| payment.name == *name) else {
            return Err(if matches!(action, PaymentAction::Retry { .. }) { gone(false) } else { early });
        };
        let status = self.payments[at].status;
        let wrong = No::Refused(Refusal::PaymentIs { payment: name.clone(), status });
        let known_reference = self.payments[at].reference.clone();
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
            (PaymentAction::Succeed, PaymentStatus::Pending) => {
                let holds = self.take_holds(at);
                self.sell_payment(at, holds, now);
            }
            (PaymentAction::Succeed, PaymentStatus::Failed) => self.late_payment(at, now),
            (PaymentAction::Fail { reason }, PaymentStatus::Pending) => {
                self.fail_payment(at, Some(reason), now);
            }
            (PaymentAction::Refunded { reference }, PaymentStatus::RefundDue) => {
                self.version += 1;
                self.payments[at].becomes(PaymentStatus::Refunded, self.version, now);
                self.payments[at].reference = Some(reference.clone());
            }
            (PaymentAction::Succeed, _) | (PaymentAction::Fail { .. }, PaymentStatus::Failed) => {
                already = true;
            }
            (PaymentAction::Refunded { reference }, _) if known_reference.as_ref() == Some(reference) => {
                already = true;
            }
            (
                PaymentAction::Refunded { .. },
                PaymentStatus::Pending | PaymentStatus::Failed | PaymentStatus::Success,
            ) => return Err(early),
            _ => return Err(wrong),
        }
        Ok(Answer::Payment { line: self.payments[at].line(now), already })
    }

    fn try_payment(
        &mut self,
        name: &Name,
        deadline_in: Millis<u64>,
        ids: &[HoldId],
        now: At,
    ) -> Result<Answer, No> {
        self.not_closed()?;
        if ids.is_empty() {
            return Err(No::Fault(Code::SYNTAX));
        }
        if has_twice(ids) {
            return Err(No::Fault(Code::REPEATED));
        }
        if self.payment_named(name).is_some() {
            return Err(Refusal::PaymentExists(name.clone()).into());
        }
        if self.orders.contains_key(name) {
            return Err(Refusal::OrderExists(name.clone()).into());
        }
        for &id in ids {
            self.live(id, now)?;
        }
        let deadline = now + self.ttl(deadline_in)?;
        self.version += 1;
        let payment = Payment {
            name: name.clone(),
            status: PaymentStatus::Pending,
            number: self.version,
            version: self.version,
            at: now,
            tried_at: now,
            deadline,
            retries: 0,
            holds: ids.to_vec(),
            gave_back: Vec::new(),
            reason: None,
            reference: None,
            is_paid: false,
        };
        let line = payment.line(now);
        self.payments.push(payment);
        Ok(Answer::Payment { line, already: false })
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
        let order = Order::new(holder, version, now, holds);
        self.orders.insert(self.payments[at].name.clone(), order);
    }

    fn late_payment(&mut self, at: usize, now: At) {
        let claims = self.payments[at].gave_back.clone();
        let mut seats = claims.iter().flat_map(|hold| &hold.seats);
        let seats_free = seats.all(|&seat| self.seat_status(seat) == SeatStatus::Free);
        let places_free = (0..self.venue.spec.areas.len()).all(|area| {
            let of_area =
                claims.iter().flat_map(|hold| &hold.places).filter(|(of, _)| usize::from(*of) == area);
            let wanted: u32 = of_area.map(|(_, count)| count).sum();
            wanted <= self.area(area as u16).of(SeatStatus::Free)
        });
        if seats_free && places_free {
            self.payments[at].gave_back.clear();
            self.sell_payment(at, claims, now);
        } else {
            self.version += 1;
            self.payments[at].becomes(PaymentStatus::RefundDue, self.version, now);
            self.payments[at].is_paid = true;
        }
    }

    /// Fails a payment. Without a reason, its deadline has passed.
    pub(super) fn fail_payment(&mut self, at: usize, reason: Option<&str>, now: At) {
        let holds = self.take_holds(at);
        self.version += 1;
        let payment = &mut self.payments[at];
        payment.becomes(PaymentStatus::Failed, self.version, now);
        payment.gave_back = holds;
        payment.reason = reason.map(Box::from);
    }

    pub(super) fn payment_view(&self, name: &Name, now: At) -> Option<PaymentView> {
        let payment = self.payment_named(name)?;
        let order = self.orders.get(name);
        let claims = match payment.status {
            PaymentStatus::Pending => payment.holds.iter().map(|id| self.holds[id].clone()).collect(),
            PaymentStatus::Success => order.expect("what is paid is an order").holds.clone(),
            _ => payment.gave_back.clone(),
        };
        let holder = order.map_or_else(|| claims[0].holder.clone(), |order| order.holder.clone());
        let claims = Order::new(holder, 0, At(0), claims);
        Some(PaymentView {
            line: payment.line(now),
            retries: payment.retries,
            tried_at: payment.tried_at,
            reason: payment.reason.clone().filter(|_| payment.status != PaymentStatus::Success),
            reference: payment.reference.clone(),
            seats: claims.seats(),
            places: claims.places(),
            holder: claims.holder,
        })
    }

    pub(super) fn payment_page(
        &self,
        status: Option<PaymentStatus>,
        cursor: u64,
        count: u32,
        now: At,
    ) -> View {
        let all = self.payments.iter().filter(|payment| payment.number >= cursor);
        let wanted: Vec<_> =
            all.filter(|payment| status.is_none_or(|status| payment.status == status)).collect();
        let next = wanted.get(count as usize).map_or(0, |payment| payment.number);
        let page = wanted.iter().take(count as usize);
        View::Payments { next, payments: page.map(|payment| payment.line(now)).collect() }
    }

    /// Forgets payments and orders that have been closed or cancelled for long enough, an order with the payment that
    /// made it. Returns the numbers of payments and of orders.
    pub fn forget_records(&mut self, now: At, retention: Millis<u64>) -> (u32, u32) {
        let is_old = |at: At| at + retention <= now;
        let closed = self.payments.iter().filter(|payment| payment.is_closed() && is_old(payment.at));
        let payments: Vec<Name> = closed.map(|payment| payment.name.clone()).collect();
        let cancelled = self.orders.iter().filter(|(_, order)| order.cancelled_at.is_some_and(is_old));
        let orders: Vec<Name> = cancelled.map(|(name, _)| name.clone()).collect();
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
