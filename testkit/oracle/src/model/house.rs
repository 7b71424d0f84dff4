//! The rules of what the house does with its seats: other ones for a sold order, and those that are kept from being sold.

use std::iter;

use holdfast_engine::{Answer, Code, EventStatus, Limit, Name, Refusal, SeatStatus, Selection, Spot, Spots};

use super::{Hold, Model, No, named_once, within};

impl Model {
    pub(super) fn exchange(&mut self, name: &Name, drop: &Selection, add: &Selection) -> Result<Answer, No> {
        if self.status != EventStatus::Open {
            return Err(Refusal::NotOnSale(self.status).into());
        }
        if drop.is_empty() || add.is_empty() {
            return Err(No::Fault(Code::SYNTAX));
        }
        named_once(&[&drop.seats[..], &add.seats].concat(), &[&drop.places[..], &add.places].concat())?;
        let sold = self.orders.get(name).filter(|order| order.cancelled_at.is_none());
        let Some(order) = sold else { return Err(Refusal::OrderGone(name.clone()).into()) };
        order.has(drop)?;
        if add.count() > drop.count() {
            let of_holder = self.of_holder(&order.holder) + add.count() - drop.count();
            within(Limit::SeatsPerHolder, self.limits.max_seats_per_holder, of_holder)?;
        }
        self.may_be_swapped(drop, add)?;
        self.version += 1;
        for &seat in &drop.seats {
            self.returned.entry((name.clone(), seat)).or_default().insert(self.version);
        }
        let order = self.orders.get_mut(name).expect("it is sold");
        let of_order = Hold { seats: Vec::new(), places: Vec::new(), ..order.holds[0].clone() };
        let mut heirs = order.let_go(drop).into_iter().chain(iter::repeat(order.holder.clone()));
        let mut come = |seats, places| {
            let holder = heirs.next().expect("they do not end");
            Hold { holder, seats, places, ..of_order.clone() }
        };
        order.holds.extend(add.seats.iter().map(|&seat| come(vec![seat], Vec::new())));
        for &(area, count) in &add.places {
            order.holds.extend((0..count).map(|_| come(Vec::new(), vec![(area, 1)])));
        }
        order.pass_on();
        let (seats, places) = (order.seats(), order.places());
        Ok(Answer::Order { order: name.clone(), version: self.version, seats, places })
    }

    pub(super) fn block(&mut self, spots: &Spots) -> Result<Answer, No> {
        let Selection { seats, places } = self.named_of_hall(spots, SeatStatus::Free)?;
        self.blocked.extend(&seats);
        for &(area, count) in &places {
            *self.blocked_places.entry(area).or_default() += count;
        }
        Ok(self.blocked_answer(&seats, &places))
    }

    pub(super) fn unblock(&mut self, spots: &Spots) -> Result<Answer, No> {
        let Selection { seats, places } = self.named_of_hall(spots, SeatStatus::Blocked)?;
        self.blocked.retain(|seat| !seats.contains(seat));
        for &(area, count) in &places {
            *self.blocked_places.entry(area).or_default() -= count;
        }
        Ok(self.blocked_answer(&seats, &places))
    }

    fn blocked_answer(&mut self, seats: &[u32], places: &[(u16, u32)]) -> Answer {
        self.version += 1;
        let places: u32 = places.iter().map(|&(_, count)| count).sum();
        Answer::Blocked { version: self.version, seats: seats.len() as u32 + places }
    }

    /// What was named and has the status.
    fn named_of_hall(&self, Spots { named, lenient }: &Spots, wanted: SeatStatus) -> Result<Selection, No> {
        self.not_closed()?;
        if named.is_empty() {
            return Err(No::Fault(Code::SYNTAX));
        }
        let Selection { mut seats, mut places } = Selection::default();
        for spot in named {
            match spot {
                Spot::Area(area, count) => places.push((*area, *count)),
                Spot::Seat(seat) => seats.push(*seat),
                Spot::Section(section) => {
                    let sections = (0..).zip(self.venue.sections_of());
                    seats.extend(sections.filter(|of| of.1 == usize::from(*section)).map(|of| of.0));
                }
                Spot::Row(section, row, between) => {
                    let (one, other) = between.unwrap_or((0, u32::MAX));
                    let between = one.min(other)..=one.max(other);
                    let rows = (0..).zip(self.venue.rows_of());
                    let here = rows.filter(|(_, of)| *of == (usize::from(*section), row.as_str()));
                    seats.extend(here.map(|(seat, _)| seat).filter(|seat| between.contains(seat)));
                }
            }
        }
        named_once(&seats, &places)?;
        let statuses = seats.iter().map(|&seat| (seat, self.seat_status(seat)));
        let others: Vec<_> = statuses.filter(|(_, status)| *status != wanted).take(16).collect();
        if !others.is_empty() && !lenient {
            let others = others.into_iter().collect();
            let free = wanted == SeatStatus::Free;
            return Err(if free { Refusal::SeatsTaken(others) } else { Refusal::NotBlocked(others) }.into());
        }
        for (area, wanted_places) in places.iter_mut() {
            let has = self.area(*area).of(wanted);
            if *wanted_places > has && !lenient {
                let (area, wanted_places) = (*area, *wanted_places);
                return Err(match wanted {
                    SeatStatus::Free => Refusal::PlacesTaken { area, free: has, wanted: wanted_places },
                    _ => Refusal::PlacesNotBlocked { area, has, wanted: wanted_places },
                }
                .into());
            }
            *wanted_places = has.min(*wanted_places);
        }
        seats.retain(|&mut seat| self.seat_status(seat) == wanted);
        Ok(Selection { seats, places })
    }
}
