//! Commands gathered by event over all connections of a thread, for one round of the thread's tasks.
//!
//! A connection that has commands leaves them here and lets the next connection have its turn. When all connections
//! that were ready have had theirs, the commands that were gathered for an event go to it as one run. So connections
//! that alternate between events are judged, logged and answered in runs as large as those of a single event. Events
//! know nothing of each other, so the gathering shows nowhere but in the replies, whose order the inboxes keep.
//!
//! No command waits for more than a round: a connection leaves as many commands as one turn of it takes, and a run
//! that has become long goes at once.

use std::cell::{Cell, Ref, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use tokio::sync::Notify;
use tokio::task::yield_now;

use crate::actor::Entry;
use crate::exchange::inbox::{self, Inbox};
use crate::exchange::post::Post;
use crate::exchange::reply::About;
use crate::exchange::run::Run;
use crate::fault::Fault;
use crate::journal::admission::{Trouble, Troubles};
use crate::journal::append::Journal;
use crate::limits;
use crate::state::{Class, Command, NameRef, TableSeed};

/// The round of this thread.
pub(crate) struct Round {
    /// The events that connections of this thread have asked for. Seeded, as clients choose the names.
    lanes: RefCell<HashMap<Box<[u8]>, Rc<Lane>, FixedState>>,
    /// The events with commands in this round, in the order of their first commands.
    gathered: RefCell<Vec<Rc<Lane>>>,
    /// A connection has left the first command of a round.
    begun: Notify,
    journal: Journal,
    /// Set while the thread is at the log's file, for those who look whether it goes on.
    commits: Arc<AtomicBool>,
}

/// The way of a thread's connections to one event, with the run that is being gathered.
pub(crate) struct Lane {
    pub(crate) entry: Arc<Entry>,
    /// The map of the event, as this thread has seen it last, and which it is.
    about: RefCell<(u32, Arc<About>)>,
    run: RefCell<Run>,
    /// The event stays in memory, as commands for it are being gathered.
    is_pinned: Cell<bool>,
    /// A transaction is being gathered: its run is neither joined with other commands nor divided.
    is_whole: Cell<bool>,
}

/// While it is there, the commands that are left for an event make one run of their own; then the run is sent.
pub struct Together(Rc<Lane>);

impl Drop for Together {
    fn drop(&mut self) {
        let Self(lane) = self;
        lane.is_whole.set(false);
        lane.send();
    }
}

impl Lane {
    fn new(entry: Arc<Entry>) -> Self {
        let (edition, about) = (entry.shown().edition(), entry.shown().newest());
        let run = RefCell::new(Run::new(Post::here()));
        let (is_pinned, is_whole) = (Cell::new(false), Cell::new(false));
        Self { entry, about: RefCell::new((edition, about)), run, is_pinned, is_whole }
    }

    /// The newest map of the event.
    #[inline]
    pub(crate) fn about(&self) -> Ref<'_, About> {
        // The number first: a map that comes meanwhile is taken in the next time once more.
        let edition = self.entry.shown().edition();
        if self.about.borrow().0 != edition {
            self.about.replace((edition, self.entry.shown().newest()));
        }
        Ref::map(self.about.borrow(), |(_, about)| &**about)
    }

    /// Keeps the event in memory until what is gathered is sent. False if it has left already, and this is no longer the
    /// way to it.
    pub(crate) fn pin(&self) -> bool {
        if !self.is_pinned.get() {
            self.is_pinned.set(self.entry.pin());
        }
        self.is_pinned.get()
    }

    /// Lets go of the event, if nothing is gathered for it.
    pub(crate) fn unpin_if_idle(&self) {
        if self.run.borrow().len() == 0 && !self.is_whole.get() && self.is_pinned.replace(false) {
            self.entry.unpin();
        }
    }

    /// Sends what was gathered.
    fn send(&self) {
        let mut run = self.run.borrow_mut();
        if run.len() > 0 {
            self.entry.send(run.take());
        }
        drop(run);
        self.unpin_if_idle();
    }

    /// Refuses a command of this class, new work first, if too much waits for the event.
    ///
    /// # Errors
    /// A fault: that is the reply.
    #[inline]
    pub(crate) fn admit(&self, class: Class, inbox: &Inbox) -> Result<(), Fault> {
        // One of a transaction was admitted with it.
        if self.is_whole.get() { Ok(()) } else { self.admit_more(class, 0, inbox) }
    }

    /// The same of so many commands more.
    #[inline]
    fn admit_more(&self, class: Class, more: usize, inbox: &Inbox) -> Result<(), Fault> {
        // That the event is pinned is no request.
        let pinned = usize::from(self.is_pinned.get());
        let waiting = self.entry.queued().saturating_sub(pinned) + self.run.borrow().len() + more;
        if waiting < limits::EVENT_QUEUE_HOLDS_MAX { Ok(()) } else { too_much(waiting, class, inbox) }
    }
}

#[cold]
fn too_much(waiting: usize, class: Class, inbox: &Inbox) -> Result<(), Fault> {
    let is_long = inbox.expected() >= limits::MODEST_MAX;
    let troubles = Troubles::default()
        .with(Trouble::QueueFull, waiting >= limits::EVENT_QUEUE_MAX)
        .with(Trouble::QueueLong, is_long);
    troubles.refuse(class).map_or(Ok(()), Err)
}

thread_local! {
    static HERE: RefCell<Option<Rc<Round>>> = const { RefCell::new(None) };
}

impl Round {
    /// Makes the round of this thread and starts the task that ends each of its rounds. Called once, when the thread
    /// starts. `commits` is set while the thread is at the log's file.
    pub(crate) fn install(seed: TableSeed, journal: Journal, commits: Arc<AtomicBool>) {
        let round = Rc::new(Self {
            journal,
            commits,
            lanes: RefCell::new(HashMap::with_hasher(FixedState::with_seed(seed.0))),
            gathered: RefCell::default(),
            begun: Notify::new(),
        });
        HERE.set(Some(Rc::clone(&round)));
        actix_rt::spawn(async move {
            loop {
                round.begun.notified().await;
                // The sockets are polled once more: what a client has just sent is in time for this round.
                if !round.is_lonely() {
                    yield_now().await;
                }
                round.send();
                // The actors that were sent a run come first.
                let mut behind = false;
                poll_fn(|context| {
                    if std::mem::replace(&mut behind, true) {
                        return Poll::Ready(());
                    }
                    context.waker().wake_by_ref();
                    Poll::Pending
                })
                .await;
                if !round.is_lonely() {
                    round.journal.commit_soon();
                }
            }
        });
    }

    /// To be called when the thread is about to sleep: records that it appended must not wait until it wakes. The lone
    /// record of a lone connection is committed here and now, which spares two wake-ups.
    pub(crate) fn before_sleep() {
        let Some(round) = HERE.with_borrow(Clone::clone) else { return };
        if round.is_lonely() {
            round.commits.store(true, Ordering::Relaxed);
            let is_committed = round.journal.commit_lone_record();
            round.commits.store(false, Ordering::Relaxed);
            if is_committed {
                return;
            }
        }
        round.journal.commit_soon();
    }

    /// Whether this thread has one connection: then no other one waits while this one is served.
    fn is_lonely(&self) -> bool {
        inbox::are_one()
    }

    /// The round of this thread.
    ///
    /// # Panics
    /// On a thread that is not one of the engine's.
    pub(crate) fn here() -> Rc<Self> {
        HERE.with_borrow(Clone::clone).expect("sessions live on the engine's threads")
    }

    /// The way to the event of that name, if the thread has one.
    #[inline]
    pub(crate) fn lane(&self, name: NameRef<'_>) -> Option<Rc<Lane>> {
        self.lanes.borrow().get(name.bytes()).map(Rc::clone)
    }

    /// A new way to this event.
    pub(crate) fn add_lane(&self, entry: Arc<Entry>) -> Rc<Lane> {
        let mut lanes = self.lanes.borrow_mut();
        if lanes.len() >= limits::LANES_MAX {
            lanes.retain(|_, lane| Rc::strong_count(lane) > 1);
        }
        let lane = Rc::new(Lane::new(entry));
        lanes.insert(Box::from(lane.entry.name().bytes()), Rc::clone(&lane));
        lane
    }

    /// Drops the way to the event of that name, if the event has left memory.
    pub(crate) fn forget(&self, name: NameRef<'_>) {
        let mut lanes = self.lanes.borrow_mut();
        if lanes.get(name.bytes()).is_some_and(|lane| lane.entry.is_parked()) {
            lanes.remove(name.bytes());
        }
    }

    /// Leaves a command for the event, which is pinned and has admitted it; its reply goes to this inbox. One whose reply is
    /// large goes apart, as a client that takes nothing would keep the replies of others that are in one run with its own.
    #[inline]
    pub(crate) fn leave(&self, lane: &Rc<Lane>, command: Command, inbox: &Inbox, reply_bytes: usize) {
        let mut run = lane.run.borrow_mut();
        let is_whole = lane.is_whole.get();
        let apart = reply_bytes >= limits::REPLY_APART_BYTES && !is_whole;
        if apart && run.len() > 0 {
            lane.entry.send(run.take());
        }
        run.push(command, inbox, reply_bytes);
        if is_whole {
            return;
        }
        if apart || run.len() == limits::RUN_COMMANDS_MAX {
            lane.entry.send(run.take());
        } else if run.len() == 1 {
            // An event whose long run went at once may be gathered twice; the second time its run may be empty.
            let mut gathered = self.gathered.borrow_mut();
            if gathered.is_empty() {
                self.begun.notify_one();
            }
            gathered.push(Rc::clone(lane));
        }
    }

    /// From here on commands for this event, which is pinned, are of one transaction, of `count` commands, until what it returns is dropped.
    ///
    /// # Errors
    /// A fault, if too much waits for the event already.
    pub(crate) fn together(
        lane: &Rc<Lane>,
        count: usize,
        class: Class,
        inbox: &Inbox,
    ) -> Result<Together, Fault> {
        assert!(count <= limits::TRANSACTION_COMMANDS_MAX, "a transaction is one run");
        lane.admit_more(class, count, inbox).inspect_err(|_| lane.unpin_if_idle())?;
        lane.is_whole.set(true);
        // Pinned all the time.
        lane.send();
        Ok(Together(Rc::clone(lane)))
    }

    /// Sends the runs that were gathered.
    fn send(&self) {
        self.gathered.take().iter().for_each(|lane| lane.send());
    }
}
