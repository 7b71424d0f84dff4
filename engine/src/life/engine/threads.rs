//! The threads of events and connections.

use std::sync::Arc;

use actix_rt::{Arbiter, ArbiterHandle};
use tokio::runtime::{Builder, Runtime};

use crate::clock::Clock;
use crate::exchange::post::Post;
use crate::front::round::Round;
use crate::journal::acknowledged::Acknowledged;
use crate::journal::append::Journal;
use crate::journal::gate::Gate;
use crate::pulse::{Asked, Beat};
use crate::state::TableSeed;

/// The threads, and whether they go on.
pub(super) struct Arbiters {
    threads: Vec<Arbiter>,
    asked: Vec<Asked>,
}

impl Arbiters {
    /// Starts so many threads, each with a queue, a gate and a round of its own.
    pub(super) fn start(
        threads: usize,
        acknowledged: &Arc<Acknowledged>,
        (clock, journal): (&Arc<dyn Clock>, &Journal),
        seed: TableSeed,
    ) -> (Self, Vec<Arc<Post>>) {
        let asked: Vec<_> = (0..threads).map(|at| Asked::new(&format!("arbiter-{at}"))).collect();
        let start = |asked: &Asked| {
            let (arbiter, post) = (Arbiter::with_tokio_rt(runtime), Arc::<Post>::default());
            let (acknowledged, own) = (Arc::clone(acknowledged), Arc::clone(&post));
            let (clock, journal, commits) = (Arc::clone(clock), journal.clone(), asked.commits());
            arbiter.spawn_fn(move || {
                own.install();
                let of_gate = journal.log().clone();
                Gate::install(acknowledged, Box::new(move || (clock.stamp(), of_gate.last_group_us())));
                Round::install(seed, journal, commits);
            });
            (arbiter, post)
        };
        let (threads, posts) = asked.iter().map(start).unzip();
        (Self { threads, asked }, posts)
    }

    pub(super) const fn len(&self) -> usize {
        self.threads.len()
    }

    pub(super) fn handles(&self) -> Vec<ArbiterHandle> {
        self.threads.iter().map(Arbiter::handle).collect()
    }

    /// What they are at; asks them for an answer until the next look.
    pub(super) fn beats(&self) -> impl Iterator<Item = Beat> {
        self.asked.iter().zip(&self.threads).map(|(asked, thread)| asked.beat(&thread.handle()))
    }

    /// Ends them all.
    pub(super) fn stop(self) {
        for thread in &self.threads {
            thread.stop();
        }
        for thread in self.threads {
            // A panic there was reported there.
            let _ = thread.join();
        }
    }
}

/// The runtime of one thread of the engine.
///
/// # Panics
/// If the operating system gives none.
fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .on_thread_park(Round::before_sleep)
        .build()
        .expect("a thread of the engine has a runtime")
}
