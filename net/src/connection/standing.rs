//! What becomes of what a client waits for when its token is revoked, narrowed, or has ended. Commands are looked at one
//! by one; who waits or listens sends none.

use std::task::Context;

use super::Connection;
use super::stream::Stream;

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
