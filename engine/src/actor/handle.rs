//! The handle of an event's actor: all that the rest of the process holds of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::Recipient;
use actix::prelude::SendError;
use holdfast_wal::Lsn;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::message::{Count, FromLog, Portray};
use crate::exchange::post::Post;
use crate::exchange::reply::{About, Shown};
use crate::exchange::run::Run;
use crate::journal::admission::Trouble;
use crate::numbers::EventId;
use crate::restore::checkpoint::Image;
use crate::state::{EventFigures, EventStatus, Layout, Name};
use crate::system::Branch;

/// One event as the rest of the process knows it.
pub(crate) struct Entry {
    id: EventId,
    name: Name,
    shown: Arc<Shown>,
    /// Set right after the actor was started, before another thread sees the entry. There are no other handles: every
    /// further clone of an actix address would raise the bound of its mailbox by one.
    address: OnceLock<Address>,
    /// Requests that were sent and are not answered yet, and runs that are being gathered; or [`PARKED`].
    queued: AtomicUsize,
    /// The line of the event in the list of events: its status, and the record that the status rests on.
    listed: Mutex<Option<(EventStatus, Lsn)>>,
}

/// In the place of the requests: the event has left memory, and this is no longer the way to it.
const PARKED: usize = 1 << (usize::BITS - 1);

/// Where the messages for an actor go.
pub(crate) struct Address {
    /// The queue of the thread that the actor lives on.
    pub(crate) home: Arc<Post>,
    pub(crate) runs: Recipient<Run>,
    pub(crate) portrait: Recipient<Portray>,
    pub(crate) figures: Recipient<Count>,
    pub(crate) from_log: Recipient<FromLog>,
}

impl Entry {
    pub(crate) fn new(
        id: EventId,
        name: Name,
        (layout, plan_version): (Arc<Layout>, u64),
        Branch { number: branch, .. }: Branch,
    ) -> Self {
        let queued = AtomicUsize::new(0);
        let shown =
            Arc::new(Shown::new(Arc::new(About { name: name.clone(), layout, plan_version, branch })));
        Self { id, name, shown, address: OnceLock::new(), queued, listed: Mutex::new(None) }
    }

    pub(crate) const fn id(&self) -> EventId {
        self.id
    }

    pub(crate) const fn name(&self) -> &Name {
        &self.name
    }

    /// Its newest map.
    pub(crate) const fn shown(&self) -> &Arc<Shown> {
        &self.shown
    }

    pub(crate) fn set_address(&self, address: Address) {
        assert!(self.address.set(address).is_ok(), "an event has one actor");
    }

    /// From here on the event stays in memory until a run is sent and answered, or [`Entry::unpin`]. False if it has left
    /// already.
    pub(crate) fn pin(&self) -> bool {
        let is_here = self.queued.fetch_add(1, Ordering::Relaxed) & PARKED == 0;
        if !is_here {
            self.unpin();
        }
        is_here
    }

    pub(crate) fn unpin(&self) {
        self.done(1);
    }

    /// Takes the event out of memory, if nobody is on the way to it. Its actor says so, and ends.
    pub(crate) fn park(&self) -> bool {
        self.queued.compare_exchange(0, PARKED, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Whether the event has left memory.
    pub(crate) fn is_parked(&self) -> bool {
        self.queued.load(Ordering::Relaxed) & PARKED != 0
    }

    /// Requests that were sent and are not answered yet.
    pub(crate) fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Sends a run to the actor. If the mailbox has no room, every command of the run is refused.
    pub(crate) fn send(self: &Arc<Self>, run: Run) {
        let Some(address) = self.address.get() else { return };
        self.queued.fetch_add(run.len(), Ordering::Relaxed);
        let entry = Arc::clone(self);
        address.home.send(move || entry.put(run));
    }

    fn put(&self, run: Run) {
        let requests = run.len();
        let Some(address) = self.address.get() else { return };
        if let Err(SendError::Full(run) | SendError::Closed(run)) = address.runs.try_send(run) {
            self.done(requests);
            run.refuse(|| Trouble::QueueFull.fault());
        }
    }

    /// Asks the actor for the event as it is, and waits for the answer. `None` if the actor has no event, or does not
    /// answer in time.
    pub(crate) fn portrait(&self, patience: Duration) -> Option<Image> {
        let (to, answer) = sync_channel(1);
        self.address.get()?.portrait.try_send(Portray(to)).ok()?;
        answer.recv_timeout(patience).ok()
    }

    /// Asks the actor for the figures of the event. The answer never comes if it has none to tell; `None` if its mailbox is full.
    pub(crate) fn figures(&self) -> Option<oneshot::Receiver<EventFigures>> {
        let (to, answer) = oneshot::channel();
        self.address.get()?.figures.try_send(Count(to)).ok()?;
        Some(answer)
    }

    /// Gives the actor, which is pinned, what comes from the log of a node that follows. `Err` if there is no room in its mailbox now.
    pub(crate) fn take_in(&self, from_log: FromLog) -> Result<(), FromLog> {
        let Some(address) = self.address.get() else { return Err(from_log) };
        match address.from_log.try_send(from_log) {
            Ok(()) => Ok(()),
            Err(SendError::Full(from_log)) => Err(from_log),
            // Its thread has ended: the process is stopping.
            Err(SendError::Closed(_)) => Ok(()),
        }
    }

    /// Told by the actor when requests are answered.
    pub(crate) fn done(&self, requests: usize) {
        self.queued.fetch_sub(requests, Ordering::Relaxed);
    }

    /// Told by the actor after each run, and when the sale opens or closes by itself.
    pub(crate) fn list(&self, status: EventStatus, rests_on: Lsn) {
        let mut listed = self.listed.lock();
        if listed.is_none_or(|(before, _)| before != status) {
            *listed = Some((status, rests_on));
        }
    }

    /// The status and what it rests on; `None` while the event is being created.
    pub(crate) fn listed(&self) -> Option<(EventStatus, Lsn)> {
        *self.listed.lock()
    }
}
