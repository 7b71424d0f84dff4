//! Shows orders.

use crate::limits::LIST_SEATS_MAX;
use crate::state::tables::page;
use crate::state::{Event, Listed, Name, OrderStatus, OrderView, Places, Seats, View};

impl Event {
    pub(in crate::state) fn order_view(&self, name: &Name) -> Option<OrderView> {
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
            note: self.note(order.version),
        })
    }

    /// A page of the list: a cursor is the version that sold the order that the page begins at. An order that is taken back
    /// keeps its place.
    pub(in crate::state) fn orders_from(&self, Listed { holder, from, count }: &Listed) -> View {
        let slot = holder.as_ref().map(|name| self.holders.slot(name));
        let sold = self.orders.slab().iter().map(|(_, order)| order);
        let sold = sold.filter(|order| slot.is_none_or(|slot| slot == Some(order.holder)));
        let cancelled = self.cancelled.iter();
        let cancelled = cancelled.filter(|order| holder.as_ref().is_none_or(|name| *name == order.holder));
        let all = sold
            .map(|order| (order.version, &order.name))
            .chain(cancelled.map(|order| (order.version, &order.name)));
        let (next, orders) = page(
            all.filter(|(version, _)| version >= from),
            (*count as usize, LIST_SEATS_MAX),
            |name| self.order_view(name).expect("an order that was just seen"),
            |view| view.seats.len() + view.places.len(),
        );
        View::Orders { next: next.unwrap_or(0), orders }
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
            note: self.note(order.version),
        })
    }
}
