//! Makes the changes of orders happen.

use super::cancelled::CancelledOrder;
use super::table::{Order, SoldPlaces};
use crate::numbers::At;
use crate::state::seats::{Chain, seat_term};
use crate::state::tables::{NONE, Slot};
use crate::state::{Answer, Event, Holds, Moment, Name, SeatStatus, Seats};

impl Event {
    pub(in crate::state) fn sell(&mut self, name: &Name, holds: &Holds, moment: Moment) -> Answer {
        let slot = self.sell_holds(name, holds, moment);
        let order = self.orders.at(slot);
        let seats = self.seats.chain(order.seats).collect();
        Answer::Order { order: name.clone(), version: moment.version, seats, places: order.sum_of_places() }
    }

    /// Makes an order of holds; returns its slot.
    pub(in crate::state) fn sell_holds(&mut self, name: &Name, holds: &Holds, moment: Moment) -> Slot<Order> {
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
        order_slot
    }

    /// Takes these seats back, or all that is left; of what was paid, `refund` falls due with some, and all with the last.
    pub(in crate::state) fn cancel(
        &mut self,
        name: &Name,
        seats: Option<&Seats>,
        refund: u64,
        moment: Moment,
    ) -> Answer {
        let slot = self.orders.slot(name).unwrap_or_else(|| panic!("order {name} is sold"));
        let some = seats.filter(|seats| !self.orders.at(slot).is_all(seats));
        let cancelled = match some {
            Some(seats) => self.cancel_seats(slot, seats),
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
        }
        self.move_places(&order.sum_of_places(), SeatStatus::Sold, SeatStatus::Free);
        for sold in &order.places {
            self.holders.subtract(sold.holder, sold.count);
        }
        order.seats.count + order.places.iter().map(|sold| sold.count).sum::<u32>()
    }

    /// Frees some seats of an order that keeps others, or places.
    fn cancel_seats(&mut self, slot: Slot<Order>, seats: &Seats) -> u32 {
        self.subtract_order_term(slot);
        let order = self.orders.at(slot);
        let (before, version) = (order.seats, order.version);
        let kept = self.seats.unlink(before, seats);
        self.orders.at_mut(slot).seats = kept;
        // Before holders that have nothing any more are forgotten: the order goes to a holder that still has some of it.
        let order = self.orders.at(slot);
        let left = || {
            let of_seats = self.seats.chain(kept).map(|seat| self.seats.holder(seat));
            of_seats.chain(order.places.iter().map(|sold| sold.holder))
        };
        if left().all(|holder| holder != order.holder) {
            let next = left().next().expect("something is left of the order");
            self.orders.at_mut(slot).holder = next;
        }
        for &seat in seats {
            self.take_back(seat, version);
        }
        self.add_order_term(slot);
        seats.len() as u32
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
