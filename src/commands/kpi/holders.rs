//! Who makes holds and buys nothing, from the records of all events.

use std::collections::HashMap;

use holdfast_engine::{Change, EventId, HoldId, Name, Record};

use super::Window;

/// From so many holds on, a holder who has bought nothing since is named.
const NAMED_FROM: u64 = 10;
/// So many are named at most.
const NAMED_MAX: usize = 5;

/// Holders of one event each: one who is at two events is two.
pub(super) struct Holders {
    window: Window,
    events: HashMap<EventId, Name>,
    /// Whose the holds are that may be sold yet.
    holds: HashMap<(EventId, HoldId), Name>,
    /// What payments pay for, those too that failed: the next card may pay, or the money come late.
    payments: HashMap<(EventId, Name), Vec<HoldId>>,
    /// Holds that each has made since it bought something.
    unsold: HashMap<(EventId, Name), u64>,
}

impl Holders {
    pub(super) fn new(window: Window) -> Self {
        Self {
            window,
            events: HashMap::new(),
            holds: HashMap::new(),
            payments: HashMap::new(),
            unsold: HashMap::new(),
        }
    }

    pub(super) fn see(&mut self, event: EventId, record: &Record) {
        match &record.change {
            Change::OldCreated(created) => drop(self.events.insert(event, created.name.clone())),
            Change::Created(created) => drop(self.events.insert(event, created.name.clone())),
            Change::Held { holder, .. } => {
                if self.window.has(record.at) {
                    *self.unsold.entry((event, holder.clone())).or_default() += 1;
                }
                self.holds.insert((event, HoldId(record.version)), holder.clone());
            }
            Change::Released { hold } | Change::Expired { hold } | Change::ForceReleased { hold, .. } => {
                self.holds.remove(&(event, *hold));
            }
            Change::PaymentTried { payment, holds, .. } | Change::PaymentCharged { payment, holds, .. } => {
                self.payments.insert((event, payment.clone()), holds.to_vec());
            }
            Change::Sold { holds, .. } | Change::PaymentMet { holds, .. } => self.sells(event, holds),
            Change::PaymentSucceeded { payment, .. } | Change::PaymentReceived { payment, .. } => {
                let holds = self.payments.remove(&(event, payment.clone()));
                self.sells(event, &holds.unwrap_or_default());
            }
            _ => {}
        }
    }

    /// The most holds that one of them has made since it bought something, and how many holders there are.
    pub(super) fn most(&self) -> (Option<u64>, u64) {
        (self.unsold.values().max().copied(), self.unsold.len() as u64)
    }

    /// Those who have made many, the worst first.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut many: Vec<_> = self.unsold.iter().filter(|(_, holds)| **holds >= NAMED_FROM).collect();
        many.sort_unstable_by(|(of, holds), (other, more)| more.cmp(holds).then(of.cmp(other)));
        many.truncate(NAMED_MAX);
        let note = |((event, holder), holds): (&(EventId, Name), &u64)| {
            let event = self.events.get(event).map_or_else(|| event.0.to_string(), ToString::to_string);
            format!("{holder} has made {holds} holds of event {event} and bought nothing since")
        };
        many.into_iter().map(note).collect()
    }

    fn sells(&mut self, event: EventId, holds: &[HoldId]) {
        for hold in holds {
            let holder = self.holds.remove(&(event, *hold));
            if let Some(unsold) = holder.and_then(|holder| self.unsold.get_mut(&(event, holder))) {
                *unsold = 0;
            }
        }
    }
}
