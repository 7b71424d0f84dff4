//! Holds and payments that end by themselves, and the time that they are given after a restart.

use std::collections::BTreeMap;

use holdfast_engine::{At, EventStatus, HoldId, Millis, Name, PaymentStatus, Receipt};

use super::Model;

/// What can be due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Due {
    /// A hold that is not in a payment.
    Hold(HoldId),
    /// A running payment, with its holds, or money that waits for one.
    Payment(Name),
    /// The sale, which becomes this.
    Sale(EventStatus),
}

impl Model {
    /// All that is to come.
    fn deadlines(&self) -> impl Iterator<Item = (At, Due)> {
        let sale = [(self.opens_at, EventStatus::Open), (self.closes_at, EventStatus::Closed)];
        let sale = sale.into_iter().filter_map(|(at, status)| Some((at?, Due::Sale(status))));
        self.of_buyers().chain(sale)
    }

    /// All deadlines that run. A hold in a payment has none of its own.
    fn of_buyers(&self) -> impl Iterator<Item = (At, Due)> {
        let holds = self.holds.iter().filter(|(id, _)| self.payment_of(**id).is_none());
        let running = self.payments.iter().filter(|payment| payment.is_waiting());
        let running = running.map(|payment| (payment.deadline, Due::Payment(payment.name.clone())));
        holds.map(|(id, hold)| (hold.expires_at, Due::Hold(*id))).chain(running)
    }

    /// When something is due next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<At> {
        self.deadlines().map(|(at, _)| at).min()
    }

    /// What may end first: of all whose deadline has come, those with the earliest.
    #[must_use]
    pub fn due(&self, now: At) -> Vec<Due> {
        let earliest = self.next_deadline().filter(|&at| at <= now);
        self.deadlines().filter(|(at, _)| Some(*at) == earliest).map(|(_, due)| due).collect()
    }

    /// The payments whose deadline has come.
    #[must_use]
    pub fn due_payments(&self, now: At) -> Vec<Name> {
        let due = self.deadlines().filter(|(at, _)| *at <= now);
        due.filter_map(|(_, due)| if let Due::Payment(name) = due { Some(name) } else { None }).collect()
    }

    /// Ends one thing that is due.
    ///
    /// # Panics
    /// If it is not there.
    pub fn end(&mut self, due: &Due, now: At) {
        self.last_at = now;
        match due {
            Due::Hold(id) => {
                self.holds.remove(id).expect("only what is due ends");
                self.gave_back.insert(*id);
                self.version += 1;
            }
            Due::Sale(status) => {
                self.status = *status;
                self.forget_times();
                self.version += 1;
            }
            Due::Payment(name) => {
                let at = self.payments.iter().position(|payment| payment.name == *name);
                let at = at.expect("only what is due ends");
                if self.payments[at].status == PaymentStatus::PaidAhead {
                    self.owe(at, &Receipt::default(), now);
                } else {
                    self.fail_payment(at, None, now);
                }
            }
        }
    }

    /// Ends all that is due; returns the number of holds and payments. `lapses` has the versions in which payments
    /// end: the log decides the order of what is due in the same millisecond, and nothing else.
    ///
    /// # Panics
    /// If a payment ends out of turn.
    pub fn expire(&mut self, now: At, lapses: &BTreeMap<Name, u64>) -> u64 {
        let now = now.max(self.last_at);
        let mut ended = 0;
        loop {
            let due = self.due(now);
            let is_in_turn = |due: &&Due| match due {
                Due::Hold(_) | Due::Sale(_) => false,
                Due::Payment(name) => lapses[name] == self.version + 1,
            };
            let is_other = |due: &&Due| !matches!(due, Due::Payment(_));
            let Some(next) = due.iter().find(is_in_turn).or_else(|| due.iter().find(is_other)) else {
                assert!(due.is_empty(), "{due:?} end out of turn, in versions {lapses:?}");
                return ended;
            };
            self.end(next, now);
            ended += 1;
        }
    }

    /// After a restart: what was alive at `stopped_at` lives on for `grace` at least. What had a grace before lives
    /// on for half of it, and no longer than was left of it. Returns whether this changes any deadline.
    pub fn grace(&mut self, stopped_at: At, now: At, grace: Millis<u64>) -> bool {
        let now = now.max(self.last_at);
        let before = self.graces.clone();
        let given = |deadline: At| {
            let again = |given: &Millis<u64>| Millis(given.0 / 2).min(deadline.since(stopped_at)).min(grace);
            before.get(&deadline).map_or(grace, again)
        };
        let is_short = |deadline: At| stopped_at < deadline && deadline < now + given(deadline);
        if !self.of_buyers().any(|(at, _)| is_short(at)) {
            return false;
        }
        let in_payment: Vec<HoldId> =
            self.payments.iter().flat_map(|payment| payment.holds.iter().copied()).collect();
        let holds = self.holds.iter_mut().filter(|(id, _)| !in_payment.contains(id));
        let running = self.payments.iter_mut().filter(|payment| payment.is_waiting());
        let deadlines =
            holds.map(|(_, hold)| &mut hold.expires_at).chain(running.map(|payment| &mut payment.deadline));
        for deadline in deadlines.filter(|deadline| is_short(**deadline)) {
            let ms = given(*deadline);
            *deadline = now + ms;
            let known = self.graces.entry(now + ms).or_insert(ms);
            *known = ms.min(*known);
        }
        let waiting: Vec<At> = self.deadlines().map(|(at, _)| at).collect();
        self.graces.retain(|until, _| *until >= now && waiting.contains(until));
        self.version += 1;
        self.last_at = now;
        true
    }
}
