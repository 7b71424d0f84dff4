//! What connections and actors share: the directory of events, the log, the secret, the clock, the threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_rt::ArbiterHandle;
use holdfast_wal::{Log, Lsn};
use tokio::sync::Semaphore;

use crate::actor::{Entry, EventActor, EventCore, Policy, Rebuild};
use crate::clock::Clock;
use crate::codec::Secret;
use crate::exchange::post::Post;
use crate::feed::Hub;
use crate::front::directory::Directory;
use crate::journal::budgets::{Budgets, Stock};
use crate::journal::memory::MemoryGauge;
use crate::numbers::At;
use crate::state::Used;

/// The way to every event; cheap to clone.
#[derive(Clone)]
pub struct Router(Arc<Shared>, Arc<Budgets>, Arc<Semaphore>);

pub(crate) struct Shared {
    pub(crate) directory: Directory,
    pub(crate) log: Log,
    pub(crate) secret: Secret,
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
    /// The threads of the engine, each with its queue for the others.
    pub(crate) arbiters: Vec<(ArbiterHandle, Arc<Post>)>,
    pub(crate) next_arbiter: AtomicUsize,
    pub(crate) rebuild: Rebuild,
    pub(crate) feed: Hub,
    pub(crate) memory: Arc<MemoryGauge>,
}

impl Router {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared), Arc::default(), Arc::new(Semaphore::new(1)))
    }

    /// The time that a change would have now.
    #[must_use]
    pub fn now(&self) -> At {
        self.0.clock.now()
    }

    /// How many events there are of those that are `shown`.
    pub fn events(&self, shown: impl Fn(&[u8]) -> bool) -> usize {
        self.directory().count(shown)
    }

    /// The newest record that is durable.
    #[must_use]
    pub fn durable(&self) -> Lsn {
        self.log().durable()
    }

    /// Who has it reads a description elsewhere: one at a time, so that they take the memory of one.
    pub(crate) fn drafts(&self) -> &Arc<Semaphore> {
        &self.2
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.0.directory
    }

    pub(crate) fn log(&self) -> &Log {
        &self.0.log
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.0.feed
    }

    pub(crate) fn memory(&self) -> &Arc<MemoryGauge> {
        &self.0.memory
    }

    pub(crate) fn budgets(&self) -> &Budgets {
        &self.1
    }

    /// Tokens, by name, may have so much at a time from now on; those that are not named, as much as they like.
    pub fn set_budgets<'a>(&self, budgets: impl Iterator<Item = (&'a str, Stock)>) {
        let budgets: Vec<_> = budgets.map(|(token, stock)| (self.account(token), stock)).collect();
        self.budgets().set(&budgets);
    }

    /// What the token of this name has at a time, and how many commands its budget has refused.
    #[must_use]
    pub fn used(&self, token: &str) -> (Used, u64) {
        self.budgets().used(self.account(token))
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.0.secret
    }

    pub(crate) fn policy(&self) -> Policy {
        self.0.policy
    }

    /// Starts the actor of an event, on the engine's threads in turn.
    pub(crate) fn start(&self, entry: &Arc<Entry>, core: EventCore) {
        let core =
            core.minding(Arc::clone(self.memory()), Arc::clone(&self.1)).showing(Arc::clone(entry.shown()));
        let turn = self.0.next_arbiter.fetch_add(1, Ordering::Relaxed);
        let (arbiter, home) = &self.0.arbiters[turn % self.0.arbiters.len()];
        let (clock, rebuild) = (Arc::clone(&self.0.clock), Arc::clone(&self.0.rebuild));
        entry.set_address(EventActor::start((arbiter, home), core, Arc::clone(entry), clock, rebuild));
    }
}
