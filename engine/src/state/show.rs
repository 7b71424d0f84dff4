//! Answers reads: copies what is asked for, changes nothing.

use super::command::{CountBy, HoldId, Places, Read, Seats};
use super::event::Event;
use super::seats::Ordinal;
use super::tables::NONE;
use super::values::{Counts, Name, PaymentStatus, SeatStatus};
use super::view::{HoldView, InfoView, MapView, OrderStatus, OrderView, SeatView, View};
use crate::catalogue::Code;
use crate::fault::Fault;

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
    pub fn view_at(&self, read: &Read, now: u64) -> Result<View, Fault> {
        Ok(match read {
            Read::Version => View::Version(self.version()),
            Read::Info => View::Info(Box::new(self.info())),
            Read::Map(section) => View::Map(Box::new(self.map(section.as_ref())?)),
            Read::Count(None) => View::Count(self.total()),
            Read::Count(Some(by)) => View::CountBy(self.count_by(*by).into()),
            Read::Seat(seat) => View::Seat(Box::new(self.seat(*seat))),
            Read::Hold(hold) => View::Hold(self.hold_view(*hold).map(Box::new)),
            Read::Order(order) => View::Order(self.order_view(order).map(Box::new)),
            Read::Payment(payment) => View::Payment(self.payment_view(payment, now).map(Box::new)),
            Read::Payments { status, cursor, count } => self.payments_from(*status, *cursor, *count, now),
            Read::Ask(hash) => View::Asked(self.keys.find(hash).map(|(_, answer)| Box::new(answer))),
        })
    }

    fn info(&self) -> InfoView {
        InfoView {
            status: self.status,
            version: self.version,
            seats: *self.seats.counts(),
            areas: self.areas.clone(),
            limits: self.limits.clone(),
            created_at: self.created_at,
            holds: self.holds.slab().len() as u64,
            orders: self.orders.slab().len() as u64,
            keys: self.keys.len(),
            payments: PaymentStatus::ALL.map(|status| self.payments.having(status).len() as u64),
        }
    }

    fn map(&self, section: Option<&Name>) -> Result<MapView, Fault> {
        let all = self.layout.rows().len() as u32;
        let rows = match section {
            None => 0..all,
            Some(name) => {
                let section = self.layout.section(name.bytes());
                let section = section
                    .ok_or_else(|| Fault::new(Code::NO_AREA, format!("there is no section {name}")))?;
                section.rows.clone()
            }
        };
        let seats = match &self.layout.rows()[rows.start as usize..rows.end as usize] {
            [] => 0..0,
            [first, .., last] => first.first..last.ordinals().end,
            [only] => only.ordinals(),
        };
        let statuses = &self.seats.statuses()[seats.start as usize..seats.end as usize];
        let areas = match section {
            None => (0..).zip(self.areas.iter().copied()).collect(),
            Some(_) => Vec::new(),
        };
        let letters = statuses.iter().map(|status| status.letter()).collect();
        Ok(MapView { rows, first: seats.start, letters, areas })
    }

    fn total(&self) -> Counts {
        let mut total = *self.seats.counts();
        for area in &self.areas {
            add(&mut total, area);
        }
        total
    }

    fn count_by(&self, by: CountBy) -> Vec<(Name, Counts)> {
        let layout = &self.layout;
        let sections = layout.sections().iter().map(|section| {
            let mut counts = Counts::default();
            for row in layout.rows_of(section) {
                let ordinals = row.ordinals();
                for status in &self.seats.statuses()[ordinals.start as usize..ordinals.end as usize] {
                    counts.add(*status, 1);
                }
            }
            (&section.name, section.category, counts)
        });
        let areas =
            layout.areas().iter().zip(&self.areas).map(|(area, counts)| (&area.name, area.category, *counts));
        let parts = sections.chain(areas);
        match by {
            CountBy::Section => parts.map(|(name, _, counts)| (name.clone(), counts)).collect(),
            CountBy::Category => {
                let mut sums: Vec<_> =
                    layout.categories().iter().map(|name| (name.clone(), Counts::default())).collect();
                for (_, category, counts) in parts {
                    add(&mut sums[category as usize].1, &counts);
                }
                sums
            }
        }
    }

    fn seat(&self, seat: Ordinal) -> SeatView {
        let status = self.seats.status(seat);
        let owner = self.seats.owner(seat);
        let holder = match self.seats.holder(seat) {
            NONE => None,
            slot => Some(self.holders.at(slot).name.clone()),
        };
        let hold = match status {
            SeatStatus::Held | SeatStatus::Paying => Some(self.holds.at(owner)),
            _ => None,
        };
        SeatView {
            seat,
            status,
            hold: hold.map(|hold| hold.id),
            order: (status == SeatStatus::Sold).then(|| self.orders.at(owner).name.clone()),
            holder,
            expires_at: hold.map(|hold| self.ends_at(hold)),
        }
    }

    fn hold_view(&self, id: HoldId) -> Option<HoldView> {
        let hold = self.holds.get(id)?;
        Some(HoldView {
            hold: id,
            holder: self.holders.at(hold.holder).name.clone(),
            expires_at: self.ends_at(hold),
            extends: hold.extends,
            payment: self.payments.paying(id).map(|slot| self.payments.at(slot).name.clone()),
            seats: self.seats.chain(hold.seats).collect(),
            places: self.holds.places(hold).clone(),
        })
    }

    fn order_view(&self, name: &Name) -> Option<OrderView> {
        let Some(slot) = self.orders.slot(name) else { return self.cancelled_order_view(name) };
        let order = self.orders.at(slot);
        Some(OrderView {
            order: name.clone(),
            status: OrderStatus::Sold,
            holder: self.holders.at(order.holder).name.clone(),
            version: order.version,
            sold_at: order.sold_at,
            cancelled_at: None,
            seats: self.seats.chain(order.seats).collect(),
            places: order.sum_of_places(),
        })
    }

    fn cancelled_order_view(&self, name: &Name) -> Option<OrderView> {
        let order = self.cancelled.get(name)?;
        Some(OrderView {
            order: name.clone(),
            status: OrderStatus::Cancelled,
            holder: order.holder.clone(),
            version: order.version,
            sold_at: order.sold_at,
            cancelled_at: Some(order.cancelled_at),
            seats: Seats::default(),
            places: Places::default(),
        })
    }
}

fn add(sum: &mut Counts, more: &Counts) {
    for status in SeatStatus::ALL {
        sum.add(status, more.of(status));
    }
}
