//! The places of a server: so many connections at the same time, some of which only operators have.

pub(crate) mod roster;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::limits;
use crate::stats::Stats;

/// How many places there are, and how many are taken.
#[derive(Debug)]
pub(crate) struct Places {
    most: usize,
    /// Those that only operators have, and whoever has not logged in yet.
    kept: usize,
    taken: AtomicUsize,
    /// By those who have logged in, and not as operators.
    of_others: AtomicUsize,
    /// By connections from inside the process, which have places of their own.
    inside: AtomicUsize,
}

impl Places {
    /// `guarded`: there is a login, so operators are known from others.
    pub(crate) fn new(most: usize, guarded: bool) -> Self {
        let kept =
            if guarded { (most / limits::OPERATORS_SHARE).min(limits::OPERATORS_PLACES_MAX) } else { 0 };
        Self {
            most,
            kept,
            taken: AtomicUsize::new(0),
            of_others: AtomicUsize::new(0),
            inside: AtomicUsize::new(0),
        }
    }

    /// In all.
    pub(crate) const fn most(&self) -> usize {
        self.most
    }
}

/// A connection's place; dropping it gives the place back.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    stats: Arc<Stats>,
    of: Of,
}

/// Whose place it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Of {
    /// An operator's, or that of somebody who has yet to log in.
    Anybody,
    /// That of somebody who has logged in, and not as an operator.
    Another,
    /// That of a connection from inside the process.
    Inside,
}

impl Place {
    /// `None` if all places are taken.
    pub(crate) fn take(places: &Arc<Places>, stats: &Arc<Stats>) -> Option<Self> {
        if !take_one(&places.taken, places.most) {
            return None;
        }
        Some(Self::new(places, stats, Of::Anybody))
    }

    /// For a connection from inside the process; `None` if there are as many as there may be.
    pub(crate) fn inside(places: &Arc<Places>, stats: &Arc<Stats>) -> Option<Self> {
        take_one(&places.inside, limits::INSIDE_MAX).then(|| Self::new(places, stats, Of::Inside))
    }

    fn new(places: &Arc<Places>, stats: &Arc<Stats>, of: Of) -> Self {
        stats.here().connected_clients.fetch_add(1, Ordering::Relaxed);
        Self { places: Arc::clone(places), stats: Arc::clone(stats), of }
    }

    /// Whether its client, which has just logged in, may keep it.
    pub(crate) fn keep_as(&mut self, is_operator: bool) -> bool {
        let places = &self.places;
        if !is_operator && self.of == Of::Anybody {
            let has_one = take_one(&places.of_others, places.most - places.kept);
            if has_one {
                self.of = Of::Another;
            }
            return has_one;
        }
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Places { taken, of_others, inside, .. } = &*self.places;
        match self.of {
            Of::Anybody => taken.fetch_sub(1, Ordering::Relaxed),
            Of::Another => of_others.fetch_sub(1, Ordering::Relaxed) + taken.fetch_sub(1, Ordering::Relaxed),
            Of::Inside => inside.fetch_sub(1, Ordering::Relaxed),
        };
        self.stats.here().connected_clients.fetch_sub(1, Ordering::Relaxed);
    }
}

fn take_one(taken: &AtomicUsize, most: usize) -> bool {
    let free = |taken: usize| (taken < most).then_some(taken + 1);
    taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).is_ok()
}
