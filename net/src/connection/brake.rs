//! What a connection may do in one turn of its thread; and what holds it up if its token goes faster than it may: nothing is
//! read from it until its turn has come.

mod acting;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::time::Instant;

use tokio::time::{Sleep, sleep};

use crate::access::Pace;
use crate::connection::peer::Peer;
use crate::limits;

pub(super) use acting::{is_spent, spent};

/// What a turn may still do.
pub(super) struct TurnBudget {
    /// Commands, by their weights.
    pub(super) commands: usize,
    /// Reads from the socket.
    pub(super) reads: usize,
}

impl TurnBudget {
    /// Of a connection that may only look, little.
    pub(super) const fn of(peer: &Peer) -> Self {
        let commands = if peer.only_looks() { limits::LOOKS_PER_TURN } else { limits::COMMANDS_PER_TURN };
        Self { commands, reads: limits::READS_PER_TURN }
    }

    /// Whether the turn is over.
    pub(super) const fn spent(&self) -> bool {
        self.commands == 0 || self.reads == 0
    }
}

/// Off, or on until its time is over or another pace counts. Costs nothing where no token has a pace.
#[derive(Debug, Default)]
pub(super) struct Brake(Option<(Arc<Pace>, Pin<Box<Sleep>>)>);

impl Brake {
    pub(super) const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Pays for a turn of so many commands, of which so many wrote, and holds the connection up for as long as that takes.
    /// Returns whether there is anything to wait for.
    pub(super) fn pay(&mut self, pace: &Arc<Pace>, commands: u64, writes: u64) -> bool {
        let wait = pace.pay(commands, writes, Instant::now());
        if !wait.is_zero() {
            self.0 = Some((Arc::clone(pace), Box::pin(sleep(wait))));
        }
        self.is_on()
    }

    pub(super) fn release(&mut self) {
        self.0 = None;
    }

    /// Lets go when the time is over, and wakes the connection then. What was paid at another pace counts no more.
    pub(super) fn poll(&mut self, pace: Option<&Arc<Pace>>, context: &mut Context<'_>) {
        let is_over = self.0.as_mut().is_some_and(|(paid, sleep)| {
            !pace.is_some_and(|pace| Arc::ptr_eq(pace, paid)) || sleep.as_mut().poll(context).is_ready()
        });
        if is_over {
            self.release();
        }
    }
}
