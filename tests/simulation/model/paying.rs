//! The rules of payments, and of the time that is given after a restart.

use std::collections::BTreeMap;

use holdfast_engine::{
    Answer, HoldId, Limit, Name, PaymentAction, PaymentLine, PaymentStatus, PaymentView, Refusal, SeatStatus,
    View,
};

use super::{Code, Hold, Model, No, Order, has_twice, within};

#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) name: Name,
    pub(crate) status: PaymentStatus,
    number: u64,
    version: u64,
    /// When it got its state.
    at: u64,
    tried_at: u64,
    deadline: u64,
    retries: u32,
    pub(crate) holds: Vec<HoldId>,
    /// What it gave back.
    gave_back: Vec<Hold>,
    reason: Option<Box<str>>,
    reference: Option<Box<str>>,
}

impl Payment {
    fn line(&self, now: u64) -> PaymentLine {
        let left = self.deadline.saturating_sub(now).max(1);
        let retry_after = match self.status {
            PaymentStatus::Pending => (left / 8).clamp(250, 5_000).min(left) as u32,
            _ => 0,
        };
        PaymentLine {
            payment: self.name.clone(),
            status: self.status,
            version: self.version,
            deadline_at: self.deadline,
            retry_after,
        }
    }

    fn becomes(&mut self, status: PaymentStatus, version: u64, at: u64) {
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

    pub(crate) fn payments(&self) -> &[Payment] {
        &self.payments
    }

    pub(super) fn pay(&mut self, name: &Name, action: &PaymentAction, now: u64) -> Result<Answer, No> {
        if let PaymentAction::Try { deadline_in: deadline, holds } = action {
            return self.try_payment(name, *deadline, holds, now);
        }
        if matches!(action, PaymentAction::Retry { .. }) {
            self.not_closed()?;
        }
        let gone = |failed| No::Refused(Refusal::PaymentGone { payment: name.clone(), failed });
        let at = self.payments.iter().position(|payment| payment.name == *name).ok_or_else(|| gone(false))?;
        let status = self.payments[at].status;
        let wrong = No::Refused(Refusal::PaymentIs { payment: name.clone(), status });
        let known_reference = self.payments[at].reference.clone();
        let mut already = false;
        match (action, status) {
            (PaymentAction::Retry { deadline_in: deadline }, PaymentStatus::Pending) => {
                let deadline = now + self.ttl(*deadline)?;
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
                self.version += 1;
                self.fail_payment(at, Some(reason), self.version, now);
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
            _ => return Err(wrong),
        }
        Ok(Answer::Payment { line: self.payments[at].line(now), already })
    }

    fn try_payment(&mut self, name: &Name, deadline: u64, ids: &[HoldId], now: u64) -> Result<Answer, No> {
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
        let deadline = now + self.ttl(deadline)?;
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
        };
        let line = payment.line(now);
        self.payments.push(payment);
        Ok(Answer::Payment { line, already: false })
    }

    pub(super) fn ends_at(&self, id: HoldId, hold: &Hold) -> u64 {
        self.payment_of(id).map_or(hold.expires_at, |payment| payment.deadline)
    }

    fn take_holds(&mut self, at: usize) -> Vec<Hold> {
        let ids = std::mem::take(&mut self.payments[at].holds);
        ids.iter().map(|id| self.holds.remove(id).expect("a payment has its holds")).collect()
    }

    fn sell_payment(&mut self, at: usize, holds: Vec<Hold>, now: u64) {
        self.version += 1;
        self.payments[at].becomes(PaymentStatus::Success, self.version, now);
        let (holder, version) = (holds[0].holder.clone(), self.version);
        let order = Order::new(holder, version, now, holds);
        self.orders.insert(self.payments[at].name.clone(), order);
    }

    fn late_payment(&mut self, at: usize, now: u64) {
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
        }
    }

    fn fail_payment(&mut self, at: usize, reason: Option<&str>, version: u64, now: u64) {
        let holds = self.take_holds(at);
        let payment = &mut self.payments[at];
        payment.becomes(PaymentStatus::Failed, version, now);
        payment.gave_back = holds;
        payment.reason = reason.map(Box::from);
    }

    /// All deadlines that run.
    pub(super) fn deadlines(&self) -> impl Iterator<Item = u64> {
        let holds = self.holds.iter().filter(|(id, _)| self.payment_of(**id).is_none());
        let running = self.payments.iter().filter(|payment| payment.status == PaymentStatus::Pending);
        holds.map(|(_, hold)| hold.expires_at).chain(running.map(|payment| payment.deadline))
    }

    /// The payments whose deadline has come.
    pub(crate) fn due_payments(&self, now: u64) -> Vec<Name> {
        let running = self.payments.iter().filter(|payment| payment.status == PaymentStatus::Pending);
        running.filter(|payment| payment.deadline <= now).map(|payment| payment.name.clone()).collect()
    }

    /// In which order things of one millisecond end is for the log to say; the rest is not.
    pub(super) fn lapse(&mut self, now: u64, versions: &BTreeMap<Name, u64>) {
        let (before, deadlines): (u64, Vec<u64>) = (self.version, self.deadlines().collect());
        for name in self.due_payments(now) {
            let at = self.payments.iter().position(|payment| payment.name == name).expect("it is due");
            let (version, deadline) = (versions[&name], self.payments[at].deadline);
            let earlier = deadlines.iter().filter(|other| **other < deadline).count() as u64;
            let not_later = deadlines.iter().filter(|other| **other <= deadline).count() as u64;
            let right = before + earlier < version && version <= before + not_later;
            assert!(right, "{name} lapses in version {version}, out of turn");
            self.fail_payment(at, None, version, now);
        }
    }

    /// After a restart: what was alive at `stopped_at` goes on for `grace` at least; what had a grace before for half of it,
    /// and no longer than was left of it. Returns whether that is news.
    pub(crate) fn grace(&mut self, stopped_at: u64, now: u64, grace: u64) -> bool {
        let now = now.max(self.last_at);
        let before = self.graces.clone();
        let given = |deadline: u64| {
            before.get(&deadline).map_or(grace, |given| (given / 2).min(deadline - stopped_at).min(grace))
        };
        let is_short = |deadline: u64| stopped_at < deadline && deadline < now + given(deadline);
        if !self.deadlines().any(is_short) {
            return false;
        }
        let in_payment: Vec<HoldId> =
            self.payments.iter().flat_map(|payment| payment.holds.iter().copied()).collect();
        let holds = self.holds.iter_mut().filter(|(id, _)| !in_payment.contains(id));
        let running = self.payments.iter_mut().filter(|payment| payment.status == PaymentStatus::Pending);
        let deadlines =
            holds.map(|(_, hold)| &mut hold.expires_at).chain(running.map(|payment| &mut payment.deadline));
        for deadline in deadlines.filter(|deadline| is_short(**deadline)) {
            let ms = given(*deadline);
            *deadline = now + ms;
            let known = self.graces.entry(now + ms).or_insert(ms);
            *known = ms.min(*known);
        }
        let waiting: Vec<u64> = self.deadlines().collect();
        self.graces.retain(|until, _| *until >= now && waiting.contains(until));
        self.version += 1;
        self.last_at = now;
        true
    }

    pub(super) fn payment_view(&self, name: &Name, now: u64) -> Option<PaymentView> {
        let payment = self.payment_named(name)?;
        let order = self.orders.get(name);
        let claims = match payment.status {
            PaymentStatus::Pending => payment.holds.iter().map(|id| self.holds[id].clone()).collect(),
            PaymentStatus::Success => order.expect("what is paid is an order").holds.clone(),
            _ => payment.gave_back.clone(),
        };
        let holder = order.map_or_else(|| claims[0].holder.clone(), |order| order.holder.clone());
        let claims = Order::new(holder, 0, 0, claims);
        Some(PaymentView {
            line: payment.line(now),
            retries: payment.retries,
            tried_at: payment.tried_at,
            reason: payment.reason.clone(),
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
        now: u64,
    ) -> View {
        let all = self.payments.iter().filter(|payment| payment.number >= cursor);
        let wanted: Vec<_> =
            all.filter(|payment| status.is_none_or(|status| payment.status == status)).collect();
        let next = wanted.get(count as usize).map_or(0, |payment| payment.number);
        let page = wanted.iter().take(count as usize);
        View::Payments { next, payments: page.map(|payment| payment.line(now)).collect() }
    }

    /// Forgets closed payments and cancelled orders that were so for long enough, an order with the payment that made it;
    /// returns how many, payments and orders apart.
    pub(crate) fn forget_records(&mut self, now: u64, retention: u64) -> (u32, u32) {
        let is_old = |at: u64| at + retention <= now;
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
