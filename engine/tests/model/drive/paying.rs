//! Payments in a story: what is asked of them, and what shows of them.

use holdfast_engine::{Event, PaymentAction, PaymentLine, PaymentStatus, Read, View};

use super::{Ask, Drive, Pay, areas, labels, name};
use crate::model::naive::{Hold, Order, Payment};

pub(super) fn action(what: &Pay) -> PaymentAction {
    match what {
        Pay::Try { deadline, holds } => {
            PaymentAction::Try { deadline_in: *deadline, holds: holds.iter().copied().collect() }
        }
        Pay::Retry { deadline } => PaymentAction::Retry { deadline_in: *deadline },
        Pay::Succeed => PaymentAction::Succeed,
        Pay::Fail { reason } => PaymentAction::Fail { reason: reason.as_str().into() },
        Pay::Refunded { reference } => PaymentAction::Refunded { reference: reference.as_str().into() },
    }
}

impl Drive {
    pub(super) fn report(&self, back: u8, what: u8, detail: u64) -> Ask {
        // Half of the reports are about what they can do something for.
        let fitting = match (what, detail) {
            (_, 0) => None,
            (1, _) => Some("FAILED"),
            (3, _) => Some("REFUND_DUE"),
            _ => Some("PENDING"),
        };
        let fits = |payment: &&Payment| fitting.is_none_or(|status| payment.status == status);
        let all: Vec<&Payment> = self.naive.payments.iter().filter(fits).collect();
        let known = all.iter().rev().nth(usize::from(back) % all.len().max(1)).filter(|_| back != 255);
        let payment = known.map_or_else(|| "nobody's".to_owned(), |payment| payment.name.clone());
        let what = match what {
            0 => Pay::Retry { deadline: detail },
            1 => Pay::Succeed,
            2 => Pay::Fail { reason: format!("reason {detail}") },
            _ => Pay::Refunded { reference: format!("reference {detail}") },
        };
        Ask::Pay { payment, what }
    }

    /// Away for a while: nothing is judged and nothing ends before those who were there have had their grace.
    pub(super) fn restart(&mut self, down: u64, grace: u32) -> Result<(), String> {
        self.expire()?;
        self.now += down;
        let stopped_at = self.event.last_at();
        let due = if grace == 0 { None } else { self.event.grace_due(stopped_at, self.now, grace) };
        let graced = grace > 0 && self.naive.grace(self.now, u64::from(grace));
        same!("grace is due", due.is_some(), graced);
        if let Some(change) = due {
            let version = self.event.version() + 1;
            let record = holdfast_engine::Record { at: self.now, version, key: None, change };
            same!("the answer to a grace", self.commit(&record)?, None);
            same!("a second grace", self.event.grace_due(stopped_at, self.now, grace), None);
            self.meet("graced");
        }
        self.expire()
    }

    pub(super) fn ends_at(&self, id: u64, hold: &Hold) -> u64 {
        self.naive.payment_of(id).map_or(hold.expires_at, |payment| payment.deadline)
    }

    pub(super) fn compare_payments(&self, event: &Event) -> Result<(), String> {
        let unknown = self.view_now(event, &Read::Payment(name("nobody's")))?;
        same!("an unknown payment", unknown, View::Payment(None));
        for known in &self.naive.payments {
            self.compare_payment(event, known)?;
        }
        let all = || self.naive.payments.iter();
        let paid = all().filter(|payment| payment.is_paid).count() as u64;
        let View::Info(info) = self.view_now(event, &Read::Info)? else { return Err("no info".to_owned()) };
        let [_, sold, _, due, refunded] = info.payments;
        same!("money is sold, due or refunded", sold + due + refunded, paid);
        for status in PaymentStatus::ALL.map(Some).into_iter().chain([None]) {
            let wanted = all().filter(|known| status.is_none_or(|status| status.word() == known.status));
            let wanted: Vec<&str> = wanted.map(|known| known.name.as_str()).collect();
            if let Some(status) = status {
                same!("payments by state", info.payments[status as usize], wanted.len() as u64);
            }
            for count in [1, 2, 1_000] {
                same!("the list of payments", self.listed(event, status, count)?, wanted);
            }
        }
        Ok(())
    }

    /// Page by page.
    fn listed(
        &self,
        event: &Event,
        status: Option<PaymentStatus>,
        count: u32,
    ) -> Result<Vec<String>, String> {
        let (mut listed, mut cursor) = (Vec::new(), 0);
        loop {
            let read = Read::Payments { status, cursor, count };
            let View::Payments { next, payments } = self.view_now(event, &read)? else {
                return Err("no list".to_owned());
            };
            for line in &payments {
                let known =
                    self.naive.payment(line.payment.as_str()).ok_or("an unknown payment is listed")?;
                self.compare_line(line, known)?;
                listed.push(line.payment.as_str().to_owned());
            }
            if next == 0 {
                return Ok(listed);
            }
            same!("the length of a page", payments.len(), count as usize);
            cursor = next;
        }
    }

    fn compare_payment(&self, event: &Event, known: &Payment) -> Result<(), String> {
        let View::Payment(Some(view)) = self.view_now(event, &Read::Payment(name(&known.name)))? else {
            return Err(format!("payment {} is lost", known.name));
        };
        self.compare_line(&view.line, known)?;
        let of_holds: Vec<Hold> = known.holds.iter().map(|id| self.naive.holds[id].clone()).collect();
        let order = self.naive.orders.get(&known.name);
        let claims = match (known.status, order) {
            ("PENDING", _) => of_holds,
            ("SUCCESS", Some(order)) => order.holds.clone(),
            _ => known.gave_back.clone(),
        };
        let holder = order.map_or_else(|| claims[0].holder.clone(), |order| order.holder.clone());
        let claims = Order { holder, version: 0, sold_at: 0, cancelled_at: None, holds: claims };
        same!("its seats", labels(event.layout(), &view.seats), claims.seats());
        same!("its places", areas(event.layout(), &view.places), claims.areas());
        same!("its holder", view.holder.as_str(), claims.holder);
        same!("its retries", u64::from(view.retries), known.retries);
        same!("its beginning", view.tried_at, known.tried_at);
        same!("its reason", view.reason.as_deref(), known.reason.as_deref());
        same!("its reference", view.reference.as_deref(), known.reference.as_deref());
        Ok(())
    }

    fn compare_line(&self, line: &PaymentLine, known: &Payment) -> Result<(), String> {
        same!("its name", line.payment.as_str(), known.name);
        same!("its state", line.status.word(), known.status);
        same!("its version", line.version, known.version);
        same!("its deadline", line.deadline_at, known.deadline);
        same!("when to look again", u64::from(line.retry_after), known.retry_after(self.now));
        Ok(())
    }

    fn view_now(&self, event: &Event, read: &Read) -> Result<View, String> {
        event.view_at(read, self.now).map_err(|fault| format!("{read:?}: {}", fault.message))
    }
}
