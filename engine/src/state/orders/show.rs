//! Shows orders.

use crate::state::{Event, Name, OrderStatus, OrderView, Places, Seats};

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
