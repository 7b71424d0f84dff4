//! How much operators do by hand in an hour, where the budget of their token has a bound: who is in a hurry, or has somebody else's
//! token, does a bounded harm.

use std::time::Instant;

use holdfast_engine::{Code, Fault};

use crate::connection::in_flight::{AtRest, InFlight};
use crate::connection::peer::Peer;
use crate::connection::ruling::Ruling;
use crate::shared::Shared;
use crate::stats::Stats;
use crate::verbs::{Command, Verb};

impl Peer {
    /// Whether the token has used up its acts. If it has not, this is one more of them, whatever comes of it.
    #[cold]
    pub(in crate::connection) fn is_spent(&self, verb: &Verb, shared: &Shared) -> bool {
        let is_spent = verb.is_act() && self.pace().is_some_and(|pace| !pace.acts(Instant::now()));
        if is_spent {
            Stats::add(&shared.stats.here().acts_refused, 1);
        }
        is_spent
    }
}

/// Whether it is an act, and the token has used up its acts. One about an event at rest is taken when that is back, and counts then.
#[inline]
pub(in crate::connection) fn is_spent(
    ruled: &Ruling<'_>,
    in_flight: &mut InFlight,
    (peer, shared): (&Peer, &Shared),
) -> Result<bool, AtRest> {
    match ruled {
        Ruling::Take(verb, Command::Event(command))
            if verb.operates() && !in_flight.is_here(command.event) =>
        {
            Err(AtRest)
        }
        Ruling::Take(verb, _) => Ok(verb.operates() && peer.is_spent(verb, shared)),
        _ => Ok(false),
    }
}

/// Nothing was judged, so the key is free.
pub(in crate::connection) fn spent() -> Fault {
    Fault::new(Code::BUDGET, "the token has used up its acts of an hour, retry after 60000 ms")
}
