//! All providers, and what the records say of them.

use std::collections::{BTreeMap, BTreeSet};

use super::begun::Begun;
use super::circuit::{Circuit, Line};
use super::outcome::{Outcome, Tally, is_declined};
use super::policy::PaymentPolicy;
use crate::limits;
use crate::numbers::{At, EventId, Millis};
use crate::state::{Change, Name};

/// Who is to collect the money. The words for those without a name have a space in them, which no name has.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Who {
    /// Nobody has told.
    Nobody,
    /// The provider of this name.
    Named(Name),
    /// One of those beyond the first [`limits::PROVIDERS_MAX`].
    Other,
}

impl Who {
    /// The one that is called so; `None` if nobody can be.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        [Self::Nobody, Self::Other]
            .into_iter()
            .find(|who| who.text() == text)
            .or_else(|| Name::new(text.as_bytes()).map(Self::Named))
    }

    /// As figures and people call it.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Nobody => "no provider",
            Self::Named(name) => name.as_str(),
            Self::Other => "other providers",
        }
    }
}

/// A provider's circuit is another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Turn {
    pub(crate) who: Who,
    pub(crate) circuit: Circuit,
    pub(crate) at: At,
    /// For one that has opened: what has opened it.
    pub(crate) why: Tally,
}

/// What is known of one provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProviderFigures {
    /// Its name. `no provider` are payments without one, `other providers` are those beyond the first 64.
    pub name: Box<str>,
    /// Whether it is disturbed.
    pub circuit: Circuit,
    /// Since when its circuit is so; 0 for one that never was another.
    pub since: At,
    /// Outcomes within the window.
    pub window: Tally,
    /// What the window had when its circuit opened.
    pub why: Tally,
    /// Outcomes since the start of the process.
    pub total: Tally,
}

/// One provider with its events.
#[derive(Debug)]
struct Provider {
    who: Who,
    line: Line,
    /// Where its payments began or ended of late, and when last.
    events: BTreeMap<EventId, At>,
}

/// All providers.
#[derive(Debug)]
pub(crate) struct Providers {
    policy: PaymentPolicy,
    /// Those without a name too, so at most two more than [`limits::PROVIDERS_MAX`].
    all: Vec<Provider>,
    places: BTreeMap<Who, u8>,
    begun: Begun,
    unknown: u64,
}

impl Providers {
    pub(crate) fn new(policy: PaymentPolicy) -> Self {
        let (all, places) = (Vec::new(), BTreeMap::new());
        Self { policy, all, places, begun: Begun::default(), unknown: 0 }
    }

    /// Takes in a change of an event.
    pub(crate) fn takes(&mut self, event: EventId, at: At, change: &Change) -> Option<Turn> {
        match change {
            Change::PaymentTried { payment, .. } => self.begins(event, payment, None, at),
            Change::PaymentCharged { payment, charge, .. } => {
                self.begins(event, payment, charge.provider.as_ref(), at);
            }
            // The money came first: it is known at once what became of it.
            Change::PaymentMet { charge, .. } => {
                let place = self.place(charge.provider.as_ref());
                return self.tells(event, (place, at), at, Outcome::Success);
            }
            Change::PaymentRetried { payment, .. } => {
                let whose = self.begun.find(event, payment)?;
                return self.tells(event, whose, at, Outcome::Retried);
            }
            Change::PaymentSucceeded { payment, late: false }
            | Change::PaymentReceived { payment, late: false, .. } => {
                return self.ends(event, payment, at, Outcome::Success);
            }
            Change::PaymentFailed { payment, reason } | Change::PaymentKept { payment, reason, .. } => {
                let outcome = if is_declined(reason) { Outcome::Declined } else { Outcome::Failed };
                return self.ends(event, payment, at, outcome);
            }
            Change::PaymentLapsed { payment } => return self.ends(event, payment, at, Outcome::Lapsed),
            // Late money, refunds and what is no payment: the provider was judged already, or has nothing to do with it.
            _ => {}
        }
        None
    }

    /// Records were lost: what is under way may be over.
    pub(crate) fn forgets(&mut self) {
        self.begun = Begun::default();
    }

    /// The time goes on without a record.
    pub(crate) fn goes_on(&mut self, now: At) -> Vec<Turn> {
        let (policy, mut turns) = (self.policy, Vec::new());
        for provider in &mut self.all {
            if provider.line.goes_on(&policy, now) {
                turns.push(provider.turn());
            }
            if provider.line.circuit != Circuit::Open {
                provider.events.retain(|_, at| now.since(*at) <= policy.window);
            }
        }
        turns
    }

    /// An earlier process has left the circuit of this provider open, and has done something about it in this event.
    pub(crate) fn was_open(&mut self, who: &Who, event: EventId, now: At) {
        let place = match who {
            Who::Nobody => self.place(None),
            Who::Named(name) => self.place(Some(name)),
            Who::Other => self.known(Who::Other),
        };
        let provider = &mut self.all[usize::from(place)];
        provider.events.insert(event, now);
        if provider.line.circuit != Circuit::Open {
            provider.line.was_open(now);
        }
    }

    /// The events whose payments go to a provider that is disturbed: each with the first such provider, and since when that is so.
    pub(crate) fn disturbed(&self) -> BTreeMap<EventId, (&Who, At, Tally)> {
        let mut events = BTreeMap::new();
        for (place, provider) in (0_u8..).zip(&self.all) {
            let Provider { who, line, events: recent } = provider;
            if line.circuit != Circuit::Open {
                continue;
            }
            let under_way: BTreeSet<_> = self.begun.events(place).collect();
            for event in recent.keys().copied().chain(under_way) {
                events.entry(event).or_insert((who, line.since, line.why));
            }
        }
        events
    }

    /// What is known of each, in the order in which they were first heard of.
    pub(crate) fn figures(&mut self, now: At) -> Vec<ProviderFigures> {
        let figures = |provider: &mut Provider| ProviderFigures {
            name: provider.who.text().into(),
            circuit: provider.line.circuit,
            since: provider.line.since,
            window: provider.line.window(now),
            why: provider.line.why,
            total: provider.line.total,
        };
        self.all.iter_mut().map(figures).collect()
    }

    /// Outcomes of payments whose beginning was not seen: that was before the start, or there were too many.
    pub(crate) const fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Within so long outcomes count.
    pub(crate) const fn window(&self) -> Millis<u64> {
        self.policy.window
    }

    fn begins(&mut self, event: EventId, payment: &Name, provider: Option<&Name>, at: At) {
        let place = self.place(provider);
        self.all[usize::from(place)].events.insert(event, at);
        self.begun.add(event, payment, place, at);
    }

    fn ends(&mut self, event: EventId, payment: &Name, at: At, outcome: Outcome) -> Option<Turn> {
        let Some(whose) = self.begun.end(event, payment) else {
            self.unknown += 1;
            return None;
        };
        self.tells(event, whose, at, outcome)
    }

    fn tells(&mut self, event: EventId, whose: (u8, At), at: At, outcome: Outcome) -> Option<Turn> {
        let (place, begun) = whose;
        let provider = self.all.get_mut(usize::from(place))?;
        provider.events.insert(event, at);
        provider.line.takes(&self.policy, at, begun, outcome).then(|| provider.turn())
    }

    fn place(&mut self, provider: Option<&Name>) -> u8 {
        let Some(name) = provider else { return self.known(Who::Nobody) };
        let who = Who::Named(name.clone());
        let named = || self.places.keys().filter(|who| matches!(who, Who::Named(_))).count();
        if !self.places.contains_key(&who) && named() >= limits::PROVIDERS_MAX {
            return self.known(Who::Other);
        }
        self.known(who)
    }

    /// The place of one that may be new.
    fn known(&mut self, who: Who) -> u8 {
        if let Some(&place) = self.places.get(&who) {
            return place;
        }
        // At most 66.
        let place = self.all.len() as u8;
        let (line, events) = (Line::new(&self.policy), BTreeMap::new());
        self.all.push(Provider { who: who.clone(), line, events });
        self.places.insert(who, place);
        place
    }
}

impl Provider {
    fn turn(&self) -> Turn {
        let Line { circuit, since, why, .. } = self.line;
        Turn { who: self.who.clone(), circuit, at: since, why }
    }
}
