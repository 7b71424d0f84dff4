//! How much operators do by hand in an hour, where the budget of their token has a bound: who is in a hurry, or has somebody else's
//! token, does a bounded harm.

use std::time::Instant;

use holdfast_engine::{Code, Fault};

use crate::connection::Connection;
use crate::connection::peer::Peer;
use crate::connection::stream::Stream;
use crate::shared::Shared;
use crate::stats::Stats;
use crate::verbs::Verb;

impl Peer {
    /// Whether the token has used up its acts. If it has not, this is one more of them, whatever comes of it; about an event at rest it is
    /// one more again when that is back.
    #[cold]
    pub(in crate::connection) fn is_spent(&self, verb: &Verb, shared: &Shared) -> bool {
        let is_spent = verb.is_act() && self.pace().is_some_and(|pace| !pace.acts(Instant::now()));
        if is_spent {
            Stats::add(&shared.stats.here().acts_refused, 1);
        }
        is_spent
    }
}

impl<S: Stream> Connection<S> {
    #[cold]
    pub(in crate::connection) fn is_spent(&self, verb: &Verb) -> bool {
        self.peer.is_spent(verb, &self.shared)
    }
}

/// Nothing was judged, so the key is free.
pub(in crate::connection) fn spent() -> Fault {
    Fault::new(Code::BUDGET, "the token has used up its acts of an hour, retry after 60000 ms")
}
