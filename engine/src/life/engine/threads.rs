//! The threads of events and connections.

use std::sync::Arc;

use actix_rt::Arbiter;
use holdfast_wal::Log;
use tokio::runtime::{Builder, Runtime};

use crate::clock::Clock;
use crate::exchange::post::Post;
use crate::front::round::Round;
use crate::journal::acknowledged::Acknowledged;
use crate::journal::gate::Gate;
use crate::pulse::Asked;
use crate::state::TableSeed;

/// Starts the threads of events and connections, each with a queue, a gate and a round of its own.
pub(super) fn start_arbiters(
    asked: &[Asked],
    acknowledged: &Arc<Acknowledged>,
    (clock, log): (&Arc<dyn Clock>, &Log),
    seed: TableSeed,
) -> (Vec<Arbiter>, Vec<Arc<Post>>) {
    let start = |asked: &Asked| {
        let (arbiter, post) = (Arbiter::with_tokio_rt(runtime), Arc::<Post>::default());
        let (acknowledged, own) = (Arc::clone(acknowledged), Arc::clone(&post));
        let (clock, log, commits) = (Arc::clone(clock), log.clone(), asked.commits());
        arbiter.spawn_fn(move || {
            own.install();
            let of_gate = log.clone();
            Gate::install(acknowledged, Box::new(move || (clock.stamp(), of_gate.last_group_us())));
            Round::install(seed, log, commits);
        });
        (arbiter, post)
    };
    asked.iter().map(start).unzip()
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
