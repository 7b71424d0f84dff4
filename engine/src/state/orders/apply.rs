//! Makes the changes of orders happen.

use std::collections::VecDeque;

use super::cancelled::CancelledOrder;
use super::table::{Order, SoldPlaces};
use crate::numbers::At;
use crate::state::holders::Holder;
use crate::state::holds::size;
use crate::state::seats::{Chain, seat_term};
use crate::state::tables::{NONE, Slot};
use crate::state::{Answer, Event, Holds, Moment, Name, Ordinal, Places, SeatStatus, Seats, Selection};

impl Event {
    pub(in crate::state) fn sell(
        &mut self,
        name: &Name,
        holds: &Holds,
        note: Option<Box<str>>,
        moment: Moment,
    ) -> Answer {
        let slot = self.sell_holds(name, holds, note, moment);
        let order = self.orders.at(slot);
        let seats = self.seats.chain(order.seats).collect();
        Answer::Order { order: name.clone(), version: moment.version, seats, places: order.sum_of_places() }
    }

    /// Makes an order of holds; returns its slot. It has this note, or that of its first hold that has one.
    pub(in crate::state) fn sell_holds(
        &mut self,
        name: &Name,
        holds: &Holds,
        note: Option<Box<str>>,
        moment: Moment,
    ) -> Slot<Order> {
        let note = note.or_else(|| self.first_note(holds));
        let first = self.holds.at(self.live(holds[0])).holder;
        let order = Order {
            name: name.clone(),
            version: moment.version,
            sold_at: moment.at,
            seats: Chain::EMPTY,
            holder: first,
            places: Vec::new(),
        };
        let order_slot = self.orders.insert(order);
        let mut chain = Chain::EMPTY;
        let mut sold_places = Vec::new();
        for &id in holds {
            let (hold, places) = self.take_out(id);
            let status = hold.status();
            let mut seat = hold.seats.head;
            for _ in 0..hold.seats.count {
                self.sum.subtract(seat_term(seat, status, id.0));
                self.sum.add(seat_term(seat, SeatStatus::Sold, moment.version));
                self.seats.hand_over(seat, SeatStatus::Sold, order_slot.into());
                self.touched.seat(seat, SeatStatus::Sold);
                seat = self.seats.links()[seat as usize];
            }
            assert!(seat == NONE, "hold {id} has the seats that it counts");
            chain = self.seats.join(chain, hold.seats);
            self.move_places(&places, status, SeatStatus::Sold);
            sold_places.extend(places.iter().map(|&(area, count)| SoldPlaces {
                area,
                count,
                holder: hold.holder,
            }));
        }
        let order = self.orders.at_mut(order_slot);
        order.seats = chain;
        order.places = sold_places;
        let order = self.orders.at(order_slot);
        self.sum.add(order.digest_term(self.holders.at(first).digest_term));
        self.keep_note(moment.version, note);
        order_slot
    }

    /// Takes a part back, or all that is left; of what was paid, `refund` falls due with some, and all with the last.
    pub(in crate::state) fn cancel(
        &mut self,
        name: &Name,
        part: Option<(&Seats, &Places)>,
        refund: u64,
        moment: Moment,
    ) -> Answer {
        let slot = self.orders.slot(name).unwrap_or_else(|| panic!("order {name} is sold"));
        let some = part.filter(|(seats, places)| !self.orders.at(slot).is_all(seats, places));
        let cancelled = match some {
            Some((seats, places)) => self.cancel_part(slot, seats, places),
            None => self.cancel_order(slot, moment.at),
        };
        self.owe_for_order(name, some.is_none(), refund, moment);
        Answer::Cancelled { order: name.clone(), version: moment.version, cancelled }
    }

    /// Ends an order and frees all that is left of it; returns how much that is.
    fn cancel_order(&mut self, slot: Slot<Order>, at: At) -> u32 {
        self.subtract_order_term(slot);
        let order = self.orders.remove(slot);
        let cancelled = CancelledOrder {
            name: order.name.clone(),
            version: order.version,
            sold_at: order.sold_at,
            cancelled_at: at,
            holder: self.holders.at(order.holder).name.clone(),
        };
        self.sum.add(cancelled.digest_term());
        self.cancelled.push(cancelled);
        let seats: Seats = self.seats.chain(order.seats).collect();
        for &seat in &seats {
            self.take_back(seat, order.version);
            self.touched.seat(seat, SeatStatus::Free);
        }
        self.move_places(&order.sum_of_places(), SeatStatus::Sold, SeatStatus::Free);
        for sold in &order.places {
            self.holders.subtract(sold.holder, sold.count);
        }
        order.seats.count + order.sum_of_places().total() as u32
    }

    /// Frees a part of an order that keeps something; returns how much that is.
    fn cancel_part(&mut self, slot: Slot<Order>, seats: &[Ordinal], places: &Places) -> u32 {
        self.subtract_order_term(slot);
        let order = self.orders.at_mut(slot);
        let returned = order.take_places(places);
        order.seats = self.seats.unlink(order.seats, seats);
        self.move_places(places, SeatStatus::Sold, SeatStatus::Free);
        self.let_go_of_order(slot, seats, &returned);
        size(seats, places)
    }

    /// Gives others for a part of an order. What comes counts for the holders of what goes, in turn, and what is more for the
    /// order's.
    pub(in crate::state) fn exchange(
        &mut self,
        name: &Name,
        drop: &Selection,
        add: &Selection,
        version: u64,
    ) -> Answer {
        let slot = self.orders.slot(name).unwrap_or_else(|| panic!("order {name} is sold"));
        self.subtract_order_term(slot);
        let order = self.orders.at_mut(slot);
        let (before, number, holder) = (order.seats, order.version, order.holder);
        let returned = order.take_places(&drop.places);
        let of_seats = drop.seats.iter().map(|&seat| (self.seats.holder(seat), 1));
        let of_places = returned.iter().map(|sold| (sold.holder, sold.count));
        let mut heirs = Heirs(of_seats.chain(of_places).chain([(holder, u32::MAX)]).collect());
        let mut chain = self.seats.unlink(before, &drop.seats);
        for &seat in &add.seats {
            let (heir, _) = heirs.next(1);
            self.holders.grow(heir, 1);
            self.seats.take(&mut chain, seat, slot.into(), heir);
            self.seats.hand_over(seat, SeatStatus::Sold, slot.into());
            self.sum.add(seat_term(seat, SeatStatus::Sold, number));
        }
        self.orders.at_mut(slot).seats = chain;
        for &(area, mut left) in &add.places {
            while left > 0 {
                let (holder, count) = heirs.next(left);
                left -= count;
                self.holders.grow(holder, count);
                self.orders.at_mut(slot).places.push(SoldPlaces { area, count, holder });
            }
        }
        self.move_places(&drop.places, SeatStatus::Sold, SeatStatus::Free);
        self.move_places(&add.places, SeatStatus::Free, SeatStatus::Sold);
        self.let_go_of_order(slot, &drop.seats, &returned);
        let order = self.orders.at(slot);
        let (seats, places) = (self.seats.chain(order.seats).collect(), order.sum_of_places());
        Answer::Order { order: name.clone(), version, seats, places }
    }

    /// What left an order is nobody's any more. The order goes on without it, and with its part of the digest.
    fn let_go_of_order(&mut self, slot: Slot<Order>, seats: &[Ordinal], places: &[SoldPlaces]) {
        self.pass_on(slot);
        let number = self.orders.at(slot).version;
        seats.iter().for_each(|&seat| self.take_back(seat, number));
        places.iter().for_each(|sold| self.holders.subtract(sold.holder, sold.count));
        self.add_order_term(slot);
    }

    /// Gives an order to a holder that still has some of it. To be called before holders that have nothing any more are forgotten.
    fn pass_on(&mut self, slot: Slot<Order>) {
        let order = self.orders.at(slot);
        let left = || {
            let of_seats = self.seats.chain(order.seats).map(|seat| self.seats.holder(seat));
            of_seats.chain(order.places.iter().map(|sold| sold.holder))
        };
        if left().all(|holder| holder != order.holder) {
            let next = left().next().expect("something is left of the order");
            self.orders.at_mut(slot).holder = next;
        }
    }

    /// Frees a sold seat that is in no chain any more.
    fn take_back(&mut self, seat: u32, order: u64) {
        self.sum.subtract(seat_term(seat, SeatStatus::Sold, order));
        let holder = self.seats.holder(seat);
        self.seats.free(seat);
        self.holders.subtract(holder, 1);
    }

    fn order_term(&self, slot: Slot<Order>) -> u64 {
        let order = self.orders.at(slot);
        order.digest_term(self.holders.at(order.holder).digest_term)
    }

    fn add_order_term(&mut self, slot: Slot<Order>) {
        let term = self.order_term(slot);
        self.sum.add(term);
    }

    fn subtract_order_term(&mut self, slot: Slot<Order>) {
        let term = self.order_term(slot);
        self.sum.subtract(term);
    }
}

/// Whom seats and places count for that come to an order: so many for each holder, in turn. The last is there for any number.
struct Heirs(VecDeque<(Slot<Holder>, u32)>);

impl Heirs {
    /// The next holder, and for how many, but no more than `most`.
    fn next(&mut self, most: u32) -> (Slot<Holder>, u32) {
        let (holder, left) = self.0.front_mut().expect("the last one takes any number");
        let (holder, count) = (*holder, most.min(*left));
        *left -= count;
        if *left == 0 {
            self.0.pop_front();
        }
        (holder, count)
    }
}
