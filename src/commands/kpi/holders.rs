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
    /// Whose the live holds are, and what they are paid by.
    holds: HashMap<(EventId, HoldId), Name>,
    payments: HashMap<(EventId, Name), Name>,
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
                if let Some(holder) = self.ends(event, holds) {
                    self.payments.insert((event, payment.clone()), holder);
                }
            }
            Change::Sold { holds, .. } | Change::PaymentMet { holds, .. } => {
                let holder = self.ends(event, holds);
                self.buys(event, holder);
            }
            Change::PaymentSucceeded { payment, .. } | Change::PaymentReceived { payment, .. } => {
                let holder = self.payments.remove(&(event, payment.clone()));
                self.buys(event, holder);
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

    /// Holds become something else: whose they were.
    fn ends(&mut self, event: EventId, holds: &[HoldId]) -> Option<Name> {
        holds.iter().fold(None, |holder, hold| self.holds.remove(&(event, *hold)).or(holder))
    }

    fn buys(&mut self, event: EventId, holder: Option<Name>) {
        if let Some(holds) = holder.and_then(|holder| self.unsold.get_mut(&(event, holder))) {
            *holds = 0;
        }
    }
}
