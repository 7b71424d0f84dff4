//! Answers reads: copies what is asked for, changes nothing.

use super::command::{Among, Read};
use super::event::Event;
use super::seats::EventSpec;
use super::values::PaymentStatus;
use super::view::{EventFigures, InfoView, Standing, View};
use crate::fault::Fault;
use crate::numbers::At;

impl Event {
    /// Answers a read as of the newest record.
    ///
    /// # Errors
    /// As [`Event::view_at`].
    pub fn view(&self, read: &Read) -> Result<View, Fault> {
        self.view_at(read, self.last_at)
    }

    /// Answers a read at time `now`, Unix milliseconds: what tells how long to wait depends on it.
    ///
    /// # Errors
    /// A fault when the map has no such section.
    pub fn view_at(&self, read: &Read, now: At) -> Result<View, Fault> {
        Ok(match read {
            Read::Version => View::Version(self.version()),
            Read::Plan => View::Plan(self.plan().into()),
            Read::Info => View::Info(Box::new(self.info())),
            Read::Picture => View::Picture(Box::new(self.picture())),
            Read::Map(section) => View::Map(Box::new(self.map(section.as_ref())?)),
            Read::Count(None) => View::Count(self.total()),
            Read::Count(Some(by)) => View::CountBy(self.count_by(*by).into()),
            Read::Seat(seat) => View::Seat(Box::new(self.seat(*seat))),
            Read::Hold(hold) => View::Hold(self.hold_view(*hold, now).map(Box::new)),
            Read::Order(order) => View::Order(self.order_view(order).map(Box::new)),
            Read::Payment(payment) => View::Payment(self.payment_view(payment, now).map(Box::new)),
            Read::Payments { among, cursor, count } => self.payments_from(*among, *cursor, *count, now),
            Read::Holds(listed) => self.holds_from(listed, now),
            Read::Expiring(listed, from) => self.expiring_from(listed, *from, now),
            Read::Orders(listed) => self.orders_from(listed),
            Read::DryChange(plan) => View::Dry(Box::new(self.try_plan(plan)?)),
            Read::Ask(hash) => {
                let found = self.keys.find(hash);
                View::Asked(found.map(|(_, came, answer)| Box::new((answer(), self.told_at(came)))))
            }
        })
    }

    /// How the sale stands; costs the same however large the event is.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            holds: self.holds.slab().len() as u64,
            orders: self.orders.slab().len() as u64,
            payments: PaymentStatus::ALL.map(|status| self.payments.having(status).len() as u64),
            refunds_due: self.payments.lists(Among::Refundable).iter().map(|list| list.len() as u64).sum(),
            oldest_due_at: self.payments.oldest_due(),
        }
    }

    /// How it stands, seats and places too.
    #[must_use]
    pub fn figures(&self) -> EventFigures {
        EventFigures { status: self.status, seats: self.total(), standing: self.standing() }
    }

    /// The description, with the limits that hold now.
    fn plan(&self) -> String {
        if self.limits == self.spec.limits {
            return self.spec.json();
        }
        EventSpec { limits: self.limits.clone(), ..(*self.spec).clone() }.json()
    }

    fn info(&self) -> InfoView {
        InfoView {
            status: self.status,
            version: self.version,
            seats: *self.seats.counts(),
            areas: self.areas_there().collect(),
            limits: self.limits.clone(),
            created_at: self.created_at,
            opens_at: self.schedule.opens_at,
            closes_at: self.schedule.closes_at,
            holds: self.holds.slab().len() as u64,
            orders: self.orders.slab().len() as u64,
            keys: self.keys.len(),
            payments: PaymentStatus::ALL.map(|status| self.payments.having(status).len() as u64),
            plan_version: self.plan_version,
        }
    }
}
