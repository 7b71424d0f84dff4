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
    /// Whether the token has used up its acts. If it has not, this is one more of them, whatever comes of it.
    #[cold]
    pub(in crate::connection) fn is_spent(&self, verb: &Verb, shared: &Shared) -> bool {
        let is_spent = verb.is_act() && self.pace().is_some_and(|pace| !pace.acts(Instant::now()));
        if is_spent {
            Stats::add(&shared.stats.here().acts_refused, 1);
        }
        is_spent
    }

    /// The event is at rest: it is taken again when that is back, and counts then.
    #[cold]
    pub(in crate::connection) fn comes_again(&self, verb: &Verb) {
        if verb.is_act()
            && let Some(pace) = self.pace()
        {
            pace.act_undone();
        }
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
