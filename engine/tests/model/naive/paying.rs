//! The rules of payments, in the plainest form.

use super::{Hold, Naive, No, Order, Said, has_twice, limit};

/// What is asked of a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Pay {
    Try { deadline: u64, holds: Vec<u64> },
    Retry { deadline: u64 },
    Succeed,
    Fail { reason: String },
    Refunded { reference: String },
}

#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) name: String,
    pub(crate) status: &'static str,
    pub(crate) version: u64,
    pub(crate) tried_at: u64,
    pub(crate) deadline: u64,
    pub(crate) retries: u64,
    pub(crate) holds: Vec<u64>,
    /// What it gave back.
    pub(crate) gave_back: Vec<Hold>,
    pub(crate) reason: Option<String>,
    pub(crate) reference: Option<String>,
    /// The buyer's money has arrived.
    pub(crate) is_paid: bool,
}

impl Payment {
    fn said(&self, now: u64, already: bool) -> Said {
        Said::Payment {
            payment: self.name.clone(),
            status: self.status.to_owned(),
            version: self.version,
            deadline: self.deadline,
            retry_after: self.retry_after(now),
            already,
        }
    }

    /// An eighth of what is left, from a quarter of a second to five.
    pub(crate) fn retry_after(&self, now: u64) -> u64 {
        if self.status != "PENDING" {
            return 0;
        }
        let left = (self.deadline - now).max(1);
        left.min((left / 8).clamp(250, 5_000))
    }
}

impl Naive {
    /// The payments in the order in which they began.
    pub(crate) fn payment(&self, name: &str) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.name == name)
    }

    /// The running payment that has the hold.
    pub(crate) fn payment_of(&self, hold: u64) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.holds.contains(&hold))
    }

    pub(super) fn pay(&mut self, name: &str, what: &Pay, now: u64) -> Result<Said, No> {
        if let Pay::Try { deadline, holds } = what {
            return self.try_payment(name, *deadline, holds, now);
        }
        if matches!(what, Pay::Retry { .. }) {
            self.not_closed()?;
        }
        let Some(at) = self.payments.iter().position(|payment| payment.name == name) else {
            return Err(No::Refused("GONE", vec![name.to_owned()]));
        };
        let status = self.payments[at].status;
        let wrong = || Err(No::Refused("STATE", vec![name.to_owned(), status.to_owned()]));
        match (what, status) {
            (Pay::Retry { deadline }, "PENDING") => {
                let deadline = now + self.ttl(*deadline)?;
                let most = self.rules.payment_retries;
                if self.payments[at].retries >= most {
                    return Err(limit("max_payment_retries", most));
                }
                self.version += 1;
                let payment = &mut self.payments[at];
                payment.retries += 1;
                (payment.deadline, payment.version) = (deadline, self.version);
            }
            (Pay::Retry { .. }, "FAILED") => return Err(No::Refused("GONE", vec![name.to_owned()])),
            (Pay::Succeed, "PENDING") => self.sell_payment(at, now),
            (Pay::Succeed, "FAILED") => self.late_payment(at, now),
            (Pay::Fail { reason }, "PENDING") => self.fail_payment(at, Some(reason)),
            (Pay::Refunded { reference }, "REFUND_DUE") => {
                self.version += 1;
                let payment = &mut self.payments[at];
                (payment.status, payment.version) = ("REFUNDED", self.version);
                payment.reference = Some(reference.clone());
            }
            (Pay::Succeed, _) | (Pay::Fail { .. }, "FAILED") => return Ok(self.payments[at].said(now, true)),
            (Pay::Refunded { reference }, "REFUNDED")
                if self.payments[at].reference.as_ref() == Some(reference) =>
            {
                return Ok(self.payments[at].said(now, true));
            }
            _ => return wrong(),
        }
        Ok(self.payments[at].said(now, false))
    }

    fn try_payment(&mut self, name: &str, deadline: u64, ids: &[u64], now: u64) -> Result<Said, No> {
        self.not_closed()?;
        if ids.is_empty() || has_twice(ids) {
            return Err(No::Invalid);
        }
        if self.payment(name).is_some() || self.has_had_order(name) {
            return Err(No::Refused("EXISTS", vec![name.to_owned()]));
        }
        for &id in ids {
            self.live(id, now)?;
        }
        let deadline = now + self.ttl(deadline)?;
        self.version += 1;
        let payment = Payment {
            name: name.to_owned(),
            status: "PENDING",
            version: self.version,
            tried_at: now,
            deadline,
            retries: 0,
            holds: ids.to_vec(),
            gave_back: Vec::new(),
            reason: None,
            reference: None,
            is_paid: false,
        };
        let said = payment.said(now, false);
        self.payments.push(payment);
        Ok(said)
    }

    fn take_holds(&mut self, at: usize) -> Vec<Hold> {
        let ids = std::mem::take(&mut self.payments[at].holds);
        ids.iter().map(|id| self.holds.remove(id).expect("a payment has its holds")).collect()
    }

    fn sell_payment(&mut self, at: usize, now: u64) {
        let holds = self.take_holds(at);
        self.sell_late(at, holds, now);
    }

    fn sell_late(&mut self, at: usize, holds: Vec<Hold>, now: u64) {
        self.version += 1;
        let payment = &mut self.payments[at];
        (payment.status, payment.version, payment.is_paid) = ("SUCCESS", self.version, true);
        let holder = holds[0].holder.clone();
        let order = Order { holder, version: self.version, sold_at: now, cancelled_at: None, holds };
        self.orders.insert(payment.name.clone(), order);
    }

    fn late_payment(&mut self, at: usize, now: u64) {
        let claims = self.payments[at].gave_back.clone();
        let seats_free =
            claims.iter().flat_map(|hold| &hold.seats).all(|seat| self.seat_status(seat) == "free");
        let areas_free = self.venue.areas.iter().all(|(area, ..)| {
            let places = claims.iter().flat_map(|hold| &hold.areas).filter(|(name, _)| name == area);
            places.map(|(_, count)| count).sum::<u64>() <= self.area_sums(area)[0]
        });
        if seats_free && areas_free {
            self.payments[at].gave_back.clear();
            self.sell_late(at, claims, now);
        } else {
            self.version += 1;
            let payment = &mut self.payments[at];
            (payment.status, payment.version, payment.is_paid) = ("REFUND_DUE", self.version, true);
        }
    }

    /// `None`: its deadline has passed.
    pub(super) fn fail_payment(&mut self, at: usize, reason: Option<&String>) {
        let holds = self.take_holds(at);
        self.version += 1;
        let payment = &mut self.payments[at];
        (payment.status, payment.version) = ("FAILED", self.version);
        payment.gave_back = holds;
        payment.reason = reason.cloned();
    }

    /// After a restart at `now`: all that was alive goes on for `grace`, and what had a grace before for half of it, but no
    /// longer than was left of it. Returns whether anything got more time.
    pub(crate) fn grace(&mut self, now: u64, grace: u64) -> bool {
        let (stopped_at, before) = (self.last_at, self.graces.clone());
        let until = |deadline: u64| {
            let given = before.get(&deadline);
            now + given.map_or(grace, |given| (given / 2).min(deadline - stopped_at).min(grace))
        };
        let is_short = |deadline: u64| deadline > stopped_at && deadline < until(deadline);
        if !self.deadlines().any(|(at, _)| is_short(at)) {
            return false;
        }
        let in_payment: Vec<u64> =
            self.payments.iter().flat_map(|payment| payment.holds.iter().copied()).collect();
        let holds = self.holds.iter_mut().filter(|(id, _)| !in_payment.contains(id));
        let holds = holds.map(|(_, hold)| &mut hold.expires_at);
        let running = self.payments.iter_mut().filter(|payment| payment.status == "PENDING");
        for deadline in holds.chain(running.map(|payment| &mut payment.deadline)) {
            if is_short(*deadline) {
                *deadline = until(*deadline);
                let given = self.graces.entry(*deadline).or_insert(*deadline - now);
                *given = (*deadline - now).min(*given);
            }
        }
        let waiting: Vec<u64> = self.deadlines().map(|(at, _)| at).collect();
        self.graces.retain(|until, _| *until >= now && waiting.contains(until));
        self.version += 1;
        self.last_at = now;
        true
    }
}
