//! What every read has to show.

use holdfast_engine::{
    At, CountBy, Counts, EventSpec, HoldView, InfoView, Label, MapView, OrderStatus, OrderView,
    PaymentStatus, Read, SeatStatus, SeatView, View,
};

use super::{KeyId, Model};

impl Model {
    /// What a read has to show.
    ///
    /// # Panics
    /// If the read asks for a key and `asked` is `None`.
    #[must_use]
    pub fn view(&self, read: &Read, asked: Option<KeyId>, now: At) -> View {
        match read {
            Read::Info => View::Info(Box::new(InfoView {
                status: self.status,
                version: self.version,
                seats: self.seats(|_, _| true),
                areas: self.areas(),
                limits: self.limits.clone(),
                created_at: self.created_at,
                opens_at: self.opens_at,
                closes_at: self.closes_at,
                holds: self.holds.len() as u64,
                orders: self.orders.values().filter(|order| order.cancelled_at.is_none()).count() as u64,
                keys: self.keys.len() as u64,
                payments: PaymentStatus::ALL.map(|status| {
                    self.payments.iter().filter(|payment| payment.status == status).count() as u64
                }),
            })),
            Read::Plan => {
                let spec = EventSpec { limits: self.limits.clone(), ..self.venue.spec.clone() };
                View::Plan(spec.json().into())
            }
            Read::Version => View::Version(self.version),
            Read::Map(section) => self.map(section.as_ref()),
            Read::Count(None) => {
                let mut total = self.seats(|_, _| true);
                self.areas().iter().for_each(|area| add(&mut total, area));
                View::Count(total)
            }
            Read::Count(Some(by)) => View::CountBy(self.count_by(*by).into()),
            Read::Seat(seat) => View::Seat(Box::new(self.seat(*seat))),
            Read::Hold(id) => View::Hold(self.holds.get(id).map(|hold| {
                Box::new(HoldView {
                    hold: *id,
                    holder: hold.holder.clone(),
                    expires_at: self.ends_at(*id, hold),
                    extends: hold.extends,
                    payment: self.payment_of(*id).map(|payment| payment.name.clone()),
                    seats: hold.seats.iter().copied().collect(),
                    places: hold.places.iter().copied().collect(),
                })
            })),
            Read::Order(name) => View::Order(self.orders.get(name).map(|order| {
                Box::new(OrderView {
                    order: name.clone(),
                    status: match order.cancelled_at {
                        None => OrderStatus::Sold,
                        Some(_) => OrderStatus::Cancelled,
                    },
                    holder: order.holder.clone(),
                    version: order.version,
                    sold_at: order.sold_at,
                    cancelled_at: order.cancelled_at,
                    seats: order.seats(),
                    places: order.places(),
                })
            })),
            Read::Payment(name) => View::Payment(self.payment_view(name, now).map(Box::new)),
            Read::Payments { among, cursor, count } => self.payment_page(*among, *cursor, *count, now),
            Read::Ask(_) => {
                let key = asked.expect("whoever asks for a key names it");
                View::Asked(self.dated_answer(key).map(Box::new))
            }
        }
    }

    fn seat(&self, seat: u32) -> SeatView {
        let (hold, order) = (self.hold_of(seat), self.order_of(seat));
        let holder = hold.map(|(_, hold)| hold).or(order.map(|(_, hold)| hold));
        SeatView {
            seat,
            status: self.seat_status(seat),
            hold: hold.map(|(id, _)| id),
            order: order.map(|(name, _)| name.clone()),
            holder: holder.map(|hold| hold.holder.clone()),
            expires_at: hold.map(|(id, hold)| self.ends_at(id, hold)),
        }
    }

    fn map(&self, section: Option<&Label>) -> View {
        let wanted = |at: usize| {
            section.is_none_or(|name| name.bytes() == self.venue.spec.sections[at].name.as_bytes())
        };
        let rows = self.venue.rows();
        let shown: Vec<usize> = (0..rows.len()).filter(|&row| wanted(rows[row].section)).collect();
        let (from, to) = (shown.first().copied().unwrap_or(0), shown.last().map_or(0, |last| last + 1));
        let seats = self.statuses().into_iter().zip(self.venue.sections_of()).enumerate();
        let shown: Vec<_> = seats.filter(|(_, (_, section))| wanted(*section)).collect();
        let areas = if section.is_none() { (0..).zip(self.areas()).collect() } else { Vec::new() };
        View::Map(Box::new(MapView {
            rows: from as u32..to as u32,
            first: shown.first().map_or(0, |(seat, _)| *seat as u32),
            letters: shown.iter().map(|(_, (status, _))| status.letter()).collect(),
            areas,
        }))
    }

    fn count_by(&self, by: CountBy) -> Vec<(Label, Counts)> {
        let spec = &self.venue.spec;
        let label = |text: &str| Label::new(text.as_bytes()).expect("a description has good labels");
        let areas = spec.areas.iter().zip(self.areas());
        if by == CountBy::Section {
            let sections = spec.sections.iter().enumerate();
            let sections = sections.map(|(at, section)| (label(&section.name), self.seats(|of, _| of == at)));
            return sections.chain(areas.map(|(area, counts)| (label(&area.name), counts))).collect();
        }
        let sum = |name: &str| {
            let mut sum = self.seats(|_, category| category == name);
            areas
                .clone()
                .filter(|(area, _)| &*area.category == name)
                .for_each(|(_, more)| add(&mut sum, &more));
            (label(name), sum)
        };
        self.venue.categories().into_iter().map(sum).collect()
    }
}

fn add(sum: &mut Counts, more: &Counts) {
    for status in SeatStatus::ALL {
        sum.add(status, more.of(status));
    }
}
