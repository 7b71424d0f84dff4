//! What every read has to show.

use holdfast_engine::limits::LIST_SEATS_MAX;
use holdfast_engine::{
    At, CountBy, Counts, EventSpec, HoldId, HoldView, InfoView, Label, Listed, MapView, Name, OrderStatus,
    OrderView, PaymentStatus, PictureView, Places, Read, SeatStatus, SeatView, Seats, View,
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
                plan_version: self.plan_version,
            })),
            Read::Plan => {
                let spec = EventSpec { limits: self.limits.clone(), ..self.venue.spec.clone() };
                View::Plan(spec.json().into())
            }
            Read::Version => View::Version(self.version),
            Read::Picture => View::Picture(Box::new(PictureView {
                version: self.version,
                at: self.last_at,
                plan_version: self.plan_version,
                letters: self.statuses().into_iter().map(SeatStatus::letter).collect(),
                areas: self.areas(),
            })),
            Read::Map(section) => self.map(section.as_ref()),
            Read::Count(None) => {
                let mut total = self.seats(|_, _| true);
                self.areas().iter().for_each(|(_, area)| add(&mut total, area));
                View::Count(total)
            }
            Read::Count(Some(by)) => View::CountBy(self.count_by(*by).into()),
            Read::Seat(seat) => View::Seat(Box::new(self.seat(*seat))),
            Read::Hold(id) => View::Hold(self.hold_view(*id, now).map(Box::new)),
            Read::Order(name) => View::Order(self.order_view(name).map(Box::new)),
            Read::Holds(listed) => {
                let views: Vec<_> = self.listed_holds(listed, now).map(|view| (view.hold.0, view)).collect();
                let (next, holds) = page(&views, listed.count, |view| (&view.seats, &view.places));
                View::Holds { next: next.unwrap_or(0), holds }
            }
            Read::Expiring(listed, from) => {
                let views = self.listed_holds(listed, now).map(|view| ((view.expires_at, view.hold), view));
                let mut views: Vec<_> = views.filter(|(place, _)| place >= from).collect();
                views.sort_by_key(|(place, _)| *place);
                let (next, holds) = page(&views, listed.count, |view| (&view.seats, &view.places));
                View::Expiring { next, holds }
            }
            Read::Orders(listed) => {
                let views = self.orders.keys().filter_map(|name| self.order_view(name));
                let views = views.filter(|view| is_of(&view.holder, listed) && view.version >= listed.from);
                let mut views: Vec<_> = views.map(|view| (view.version, view)).collect();
                views.sort_by_key(|(version, _)| *version);
                let (next, orders) = page(&views, listed.count, |view| (&view.seats, &view.places));
                View::Orders { next: next.unwrap_or(0), orders }
            }
            Read::Payment(name) => View::Payment(self.payment_view(name, now).map(Box::new)),
            Read::Payments { among, cursor, count } => self.payment_page(*among, *cursor, *count, now),
            Read::DryChange(_) => panic!("what a change would do is asked with try_plan"),
            Read::Ask(_) => {
                let key = asked.expect("whoever asks for a key names it");
                View::Asked(self.dated_answer(key).map(Box::new))
            }
        }
    }

    fn listed_holds(&self, listed: &Listed, now: At) -> impl Iterator<Item = HoldView> {
        let views = self.holds.keys().filter_map(move |&id| self.hold_view(id, now));
        views.filter(|view| is_of(&view.holder, listed) && view.hold.0 >= listed.from)
    }

    fn hold_view(&self, id: HoldId, now: At) -> Option<HoldView> {
        let hold = self.holds.get(&id)?;
        let expires_at = self.ends_at(id, hold);
        Some(HoldView {
            hold: id,
            holder: hold.holder.clone(),
            expires_at,
            left: expires_at.since(now),
            extends: hold.extends,
            payment: self.payment_of(id).map(|payment| payment.name.clone()),
            seats: hold.seats.iter().copied().collect(),
            places: hold.places.iter().copied().collect(),
            note: hold.note.clone(),
        })
    }

    fn order_view(&self, name: &Name) -> Option<OrderView> {
        let order = self.orders.get(name)?;
        Some(OrderView {
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
            note: order.note.clone(),
        })
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
        let of = |name: &Label| self.venue.sections().position(|of| of.name.as_bytes() == name.bytes());
        let wanted = section.map(|name| of(name).expect("a section of the hall"));
        let is_wanted = |at: usize| wanted.is_none_or(|wanted| wanted == at);
        let mut rows: Vec<std::ops::Range<u32>> = Vec::new();
        for (at, _) in (0..).zip(self.venue.rows()).filter(|(_, row)| is_wanted(row.section)) {
            match rows.last_mut() {
                Some(rows) if rows.end == at => rows.end += 1,
                _ => rows.push(at..at + 1),
            }
        }
        let seats = self.statuses().into_iter().zip(self.venue.sections_of());
        let shown = seats.filter(|(_, section)| is_wanted(*section));
        View::Map(Box::new(MapView {
            rows: if rows.is_empty() { std::iter::once(0..0).collect() } else { rows },
            letters: shown.map(|(status, _)| status.letter()).collect(),
            areas: if section.is_none() { self.areas() } else { Vec::new() },
        }))
    }

    fn count_by(&self, by: CountBy) -> Vec<(Label, Counts)> {
        let label = |text: &str| Label::new(text.as_bytes()).expect("a description has good labels");
        let all = self.areas();
        let areas = all.iter().map(|&(area, counts)| (&self.venue.spec.areas[usize::from(area)], counts));
        if by == CountBy::Section {
            let sections = self.venue.sections().enumerate();
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

fn is_of(holder: &Name, listed: &Listed) -> bool {
    listed.holder.as_ref().is_none_or(|wanted| wanted == holder)
}

/// The page of a list in order, each with its place, and the place of the next page.
fn page<K: Copy, V: Clone>(
    all: &[(K, V)],
    count: u32,
    has: impl Fn(&V) -> (&Seats, &Places),
) -> (Option<K>, Vec<V>) {
    let things = |(_, view): &(K, V)| has(view).0.len() + has(view).1.len();
    // One is listed as long as those before it are few, and have little.
    let fits =
        |at: usize| at < count as usize && all[..at].iter().map(things).sum::<usize>() < LIST_SEATS_MAX;
    let end = (0..all.len()).find(|&at| !fits(at));
    let next = end.map(|at| all[at].0);
    (next, all[..end.unwrap_or(all.len())].iter().map(|(_, view)| view.clone()).collect())
}

fn add(sum: &mut Counts, more: &Counts) {
    for status in SeatStatus::ALL {
        sum.add(status, more.of(status));
    }
}
