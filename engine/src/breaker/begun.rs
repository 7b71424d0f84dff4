//! Payments that are under way: reports name the payment, and not its provider.

use std::collections::BTreeMap;

use crate::limits;
use crate::numbers::{At, EventId};
use crate::state::Name;

/// Payments that are under way.
#[derive(Default, Debug)]
pub(super) struct Begun {
    /// The place of the provider, and when the payment began.
    payments: BTreeMap<(EventId, Name), (u8, At)>,
}

impl Begun {
    /// A payment began. False if there are too many to know of this one.
    pub(super) fn add(&mut self, event: EventId, payment: &Name, provider: u8, at: At) -> bool {
        let has_room = self.payments.len() < limits::PAYMENTS_WATCHED_MAX;
        if has_room {
            self.payments.insert((event, payment.clone()), (provider, at));
        }
        has_room
    }

    /// Whose the payment is, which is not over.
    pub(super) fn find(&self, event: EventId, payment: &Name) -> Option<(u8, At)> {
        self.payments.get(&(event, payment.clone())).copied()
    }

    /// The payment is over.
    pub(super) fn end(&mut self, event: EventId, payment: &Name) -> Option<(u8, At)> {
        self.payments.remove(&(event, payment.clone()))
    }

    /// The events in which payments of this provider are under way.
    pub(super) fn events(&self, provider: u8) -> impl Iterator<Item = EventId> {
        self.payments.iter().filter(move |(_, (of, _))| *of == provider).map(|((event, _), _)| *event)
    }
}
