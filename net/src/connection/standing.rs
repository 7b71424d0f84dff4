//! What a client listens to, and what becomes of that and of what it waits for when its token is revoked, narrowed, or has ended. Commands are looked at one
//! by one; who waits or listens sends none.

use std::task::{Context, Poll};

use holdfast_engine::Name;

use super::Connection;
use super::brake::TurnBudget;
use super::stream::Stream;
use crate::resp::encode::Encoder;
use crate::stats::Stats;
use crate::verbs::Verb;

impl<S: Stream> Connection<S> {
    /// Looks whether the login still stands, and takes away what it no longer allows. At each tick as well: that sees a wall
    /// clock that was set, where nothing else would.
    #[inline]
    pub(super) fn renew(&mut self) {
        if self.peer.refresh(&self.shared.access) {
            self.withdraw();
        }
    }

    /// Has the task woken when the login may no longer stand, as long as something depends on it.
    #[inline]
    pub(super) fn keep_watch(&mut self, context: &mut Context<'_>) {
        while (self.in_flight.is_alone() || self.feeds.is_subscribed())
            && self.peer.poll_shaken(context, &self.shared.access).is_ready()
        {
            self.renew();
        }
    }

    /// Writes the messages of feeds that are there to the output, as long as the client reads. Never inlined, so that
    /// the code that sells tickets stays small.
    #[inline(never)]
    pub(super) fn deliver(&mut self, context: &mut Context<'_>, budget: &mut TurnBudget) -> bool {
        let mut told = false;
        while !self.in_flight.is_within_a_reply()
            && !self.output.is_full()
            && budget.commands > 0
            && self.feeds.is_subscribed()
        {
            let mut encoder = Encoder::new(self.output.bytes(), self.peer.protocol);
            match self.feeds.poll_message(context, &mut encoder) {
                Poll::Ready(Ok(())) => told = true,
                // The next turn ends the connection.
                Poll::Ready(Err(_)) => {
                    context.waker().wake_by_ref();
                    break;
                }
                Poll::Pending => break,
            }
            budget.commands -= 1;
        }
        told
    }

    /// Refuses what its token does not allow.
    #[cold]
    pub(super) fn deny(&mut self, verb: &Verb, elsewhere: Option<&Name>) {
        let fault = self.peer.denied(verb, elsewhere, &self.shared);
        self.say(&fault);
    }

    /// Says where the event of a command is.
    #[cold]
    pub(super) fn sends_elsewhere(&mut self, slot: u16, (host, port): &(Box<str>, u16)) {
        Stats::add(&self.shared.stats.here().commands_moved, 1);
        let protocol = self.peer.protocol;
        self.in_flight.say(&mut self.output, |out| Encoder::new(out, protocol).moved(slot, (host, *port)));
    }

    /// Takes away what the client may not have any longer: a page that it waits for is answered with the reason, and
    /// subscriptions, for which there is no reply, end with the connection.
    #[cold]
    pub(super) fn withdraw(&mut self) {
        let peer = &self.peer;
        let lost = self.in_flight.withdraw(|alone| alone.withdraw(&peer.grant, || peer.withdrawn()));
        if lost || !self.feeds.are_for(&peer.grant) {
            self.feeds.reset();
            self.closing = true;
        }
    }
}
