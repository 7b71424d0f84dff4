//! The shell that actix runs: takes runs from the mailbox, gives them to the core, keeps one timer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix::dev::channel;
use actix::{Actor, ActorContext, Addr, AsyncContext, Context, Handler, Message, Recipient, SpawnHandle};

use actix_rt::ArbiterHandle;
use holdfast_wal::Lsn;

use super::core::EventCore;
use super::handle::{Address, Entry};
use super::message::{Count, FromLog, Portray, Rebuilt};
use crate::clock::{Clock, Stamp};
use crate::exchange::course::Passage;
use crate::exchange::post::Post;
use crate::exchange::run::Run;
use crate::journal::gate::Gate;
use crate::limits;
use crate::numbers::{At, EventId};
use crate::state::{Event, EventFigures, EventStatus};

/// How often an idle event looks for keys to forget.
const HOUSEKEEPING: Duration = Duration::from_secs(10);

/// Rebuilds an event from snapshot and log on the background thread, if need be in several tries, and sends
/// [`Rebuilt`] to its actor.
pub(crate) type Rebuild = Arc<dyn Fn(EventId, Recipient<Rebuilt>) + Send + Sync>;

/// Takes an event with these figures out of memory whose newest record is this one, if the newest set of snapshots has all of it and nobody is
/// on the way to it or listens to it. Then its actor ends.
pub(crate) type Park = Arc<dyn Fn(&Entry, Lsn, &EventFigures) -> bool + Send + Sync>;

/// What an actor asks of the rest of the process.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rebuild: Rebuild,
    pub(crate) park: Park,
    /// For how long nothing has to be asked of an event before it leaves memory; `None`: it stays.
    pub(crate) park_after: Option<Duration>,
    /// How many events wait to be rebuilt.
    pub(crate) broken: Arc<AtomicUsize>,
}

/// The actor of one event. Owns the event; dropped with its thread, or when the event leaves memory.
pub(crate) struct EventActor {
    core: EventCore,
    entry: Arc<Entry>,
    gate: Gate,
    services: Services,
    /// When the last run came.
    asked_at: At,
    /// Runs that came while more was due than one turn expires; they are judged when everything due has expired.
    deferred: VecDeque<Run>,
    /// The timer for the earliest deadline, and when it fires.
    timer: Option<(At, SpawnHandle)>,
    rebuilding: bool,
}

/// Sent by the actor to itself: go on where the last turn ended.
struct GoOn;

impl Message for GoOn {
    type Result = ();
}

/// Sent by the actor to itself: forget the keys whose time is over.
struct TidyUp;

impl Message for TidyUp {
    type Result = ();
}

/// Sends the actor a message once the other tasks of this thread had their turn. A plain message of an actor to
/// itself would come first: actix drains a mailbox without a pause.
fn after_others<M>(ctx: &Context<EventActor>, message: M)
where
    EventActor: Handler<M>,
    M: Message<Result = ()> + Send + 'static,
{
    let actor = ctx.address();
    actix_rt::spawn(async move {
        tokio::task::yield_now().await;
        actor.do_send(message);
    });
}

impl EventActor {
    /// Starts the actor on a thread of the engine. Its mailbox has its full size at once, as the first messages may
    /// be there before the actor is (actix's own way starts with room for 16).
    pub(crate) fn start(
        (arbiter, home): (&ArbiterHandle, &Arc<Post>),
        core: EventCore,
        entry: Arc<Entry>,
        services: Services,
    ) -> Address {
        let (sender, receiver) = channel::channel(limits::MAILBOX_RUNS);
        arbiter.spawn_fn(move || {
            let deferred = VecDeque::new();
            let asked_at = services.clock.now();
            let gate = Gate::here();
            let actor =
                Self { core, entry, gate, services, asked_at, deferred, timer: None, rebuilding: false };
            Context::with_receiver(receiver).run(actor);
        });
        let address = Addr::new(sender);
        let home = Arc::clone(home);
        let (runs, figures) = (address.clone().recipient(), address.clone().recipient());
        let from_log = address.clone().recipient();
        Address { home, runs, figures, from_log, portrait: address.recipient() }
    }

    /// Expires what is due. False if more is due than one turn takes: then the message for the next turn has been sent.
    fn caught_up(&mut self, now: At, ctx: &Context<Self>) -> bool {
        let before = self.core.status();
        let behind = self.core.expire(now);
        // A sale may have opened or closed by itself.
        if before != self.core.status() {
            self.list();
        }
        if behind {
            after_others(ctx, GoOn);
        }
        !behind
    }

    /// Serves a run that is begun at this moment; returns when that was done.
    fn serve(&mut self, run: Run, now: At, begun: Stamp) -> Stamp {
        self.asked_at = now;
        let (commands, mut to) = run.open();
        let requests = commands.len();
        let mut replies = self.core.run(commands, now);
        self.entry.done(requests);
        self.list();
        replies.event = Some(self.entry.shown().newest());
        let judged = self.services.clock.stamp();
        replies.passage = Passage::judged(begun, judged);
        let replies = Arc::new(replies);
        // A connection with nothing but refusals does not wait for the others' sync: the disk may be the reason for them.
        if !replies.unjudged.is_empty() && replies.rests_on > Lsn::ZERO {
            to.split_off(&replies.unjudged).answer(Arc::clone(&replies));
        }
        if !to.is_empty() {
            self.gate.pass(replies, to);
        }
        judged
    }

    fn list(&self) {
        if let Some(status) = self.core.status() {
            self.entry.list(status, self.core.last_lsn());
        }
    }

    /// Serves the runs that wait, unless more is still due, and sets the timer for what is due next.
    fn turn(&mut self, ctx: &mut Context<Self>) {
        // One reading is the time of the changes and the moment at which the runs are begun.
        let mut begun = self.services.clock.stamp();
        let now = begun.at();
        if self.caught_up(now, ctx) {
            while let Some(run) = self.deferred.pop_front() {
                begun = self.serve(run, now, begun);
            }
            self.arm(now, ctx);
        }
        self.call_for_help(ctx);
    }

    fn arm(&mut self, now: At, ctx: &mut Context<Self>) {
        let Some(at) = self.core.next_deadline() else { return };
        // What is due by now waits for the disk. Nothing tells when the disk is well again, so it is looked at after
        // a while.
        let at = if at <= now { now + limits::EXPIRE_AGAIN } else { at };
        match self.timer {
            Some((armed, _)) if armed <= at && armed > now => {}
            timer => {
                if let Some((_, handle)) = timer {
                    ctx.cancel_future(handle);
                }
                let handle = ctx.run_later(Duration::from_millis(at.since(now).0), |actor, ctx| {
                    actor.timer = None;
                    actor.turn(ctx);
                });
                self.timer = Some((at, handle));
            }
        }
    }

    /// Whether nothing was asked for so long that the event need not be in memory, or it is archived, and nothing is due by
    /// itself.
    fn may_rest(&self, now: At) -> bool {
        let is_archived = self.core.status() == Some(EventStatus::Archived);
        let is_long = |after: Duration| now.since(self.asked_at).0 >= after.as_millis() as u64;
        self.services.park_after.is_some_and(|after| is_archived || is_long(after))
            && self.deferred.is_empty()
            && self.core.event().is_some_and(|event| event.next_deadline().is_none())
    }

    fn park(&self) -> bool {
        let figures = self.core.event().map(Event::figures);
        figures.is_some_and(|figures| (self.services.park)(&self.entry, self.core.last_lsn(), &figures))
    }

    fn call_for_help(&mut self, ctx: &Context<Self>) {
        if self.core.is_out_of_service() && !self.rebuilding {
            self.rebuilding = true;
            self.services.broken.fetch_add(1, Ordering::Relaxed);
            (self.services.rebuild)(self.core.id(), ctx.address().recipient());
        }
    }
}

impl Actor for EventActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let every = self.services.park_after.map_or(HOUSEKEEPING, |after| HOUSEKEEPING.min(after));
        self.core.count();
        ctx.run_interval(every, |_, ctx| after_others(ctx, TidyUp));
        self.turn(ctx);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        // Also called after a panic: nothing may be written here.
    }
}

impl Handler<Run> for EventActor {
    type Result = ();

    fn handle(&mut self, run: Run, ctx: &mut Self::Context) {
        let behind = !self.deferred.is_empty();
        self.deferred.push_back(run);
        if !behind {
            self.turn(ctx);
        }
    }
}

impl Handler<GoOn> for EventActor {
    type Result = ();

    fn handle(&mut self, _: GoOn, ctx: &mut Self::Context) {
        self.turn(ctx);
    }
}

impl Handler<TidyUp> for EventActor {
    type Result = ();

    fn handle(&mut self, _: TidyUp, ctx: &mut Self::Context) {
        let now = self.services.clock.now();
        if self.core.forget(now) {
            after_others(ctx, TidyUp);
        } else if self.may_rest(now) && self.park() {
            self.core.leave();
            ctx.stop();
        }
    }
}

impl Handler<Portray> for EventActor {
    type Result = ();

    fn handle(&mut self, Portray(to): Portray, _: &mut Self::Context) {
        // The thread that asked may have given up.
        let _ = self.core.image().map(|image| to.try_send(image));
    }
}

impl Handler<Count> for EventActor {
    type Result = ();

    fn handle(&mut self, Count(to): Count, _: &mut Self::Context) {
        // Whoever asked may have given up.
        let _ = self.core.event().map(|event| to.send(event.figures()));
    }
}

impl Handler<FromLog> for EventActor {
    type Result = ();

    fn handle(&mut self, from_log: FromLog, ctx: &mut Self::Context) {
        self.asked_at = self.services.clock.now();
        match from_log {
            FromLog::Records(records, failed) => {
                if let Err(error) = self.core.take_in(&records) {
                    // Whoever has sent them waits for that.
                    let _ = failed.send(error);
                }
                self.list();
            }
            FromLog::TakesOver => self.turn(ctx),
        }
        self.entry.unpin();
    }
}

impl Handler<Rebuilt> for EventActor {
    type Result = ();

    fn handle(&mut self, rebuilt: Rebuilt, ctx: &mut Self::Context) {
        self.rebuilding = false;
        self.core.replace(*rebuilt.0);
        self.services.broken.fetch_sub(1, Ordering::Relaxed);
        self.turn(ctx);
    }
}
