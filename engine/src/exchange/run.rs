//! Commands for one event on their way to its actor, and the connections that wait for the replies.

use std::cell::RefCell;
use std::mem;
use std::sync::Arc;

use actix::Message;

use crate::catalogue::Code;
use crate::exchange::inbox::{Inbox, Part, deliver};
use crate::exchange::post::Post;
use crate::exchange::reply::Replies;
use crate::exchange::spare::{self, Spare};
use crate::fault::Fault;
use crate::state::{Command, Reply};

/// Commands of one thread's connections for one event, in the order in which they came. The connections share the cost of
/// the message and of the sync.
pub(crate) struct Run {
    commands: Vec<Command>,
    askers: Askers,
}

/// The connections that wait for the replies to a run. Each is answered exactly once: dropping the askers unanswered
/// (with an actor whose thread ends) answers with a fault.
pub(crate) struct Askers {
    /// The queue of the connections' thread.
    origin: Arc<Post>,
    parts: Vec<Part>,
    /// What the replies take beside their own size, about.
    reply_bytes: usize,
}

thread_local! {
    /// Of runs that were judged here.
    pub(crate) static COMMANDS: Spare<Command> = const { RefCell::new(Vec::new()) };
    /// Of runs that were answered here.
    static PARTS: Spare<Part> = const { RefCell::new(Vec::new()) };
}

impl Message for Run {
    type Result = ();
}

impl Run {
    /// An empty run for connections of this thread; `origin` is the thread's queue.
    pub(crate) fn new(origin: Arc<Post>) -> Self {
        Self { commands: Vec::new(), askers: Askers { origin, parts: Vec::new(), reply_bytes: 0 } }
    }

    /// How many commands are in it.
    pub(crate) const fn len(&self) -> usize {
        self.commands.len()
    }

    /// Adds a command; its reply, which may take so many bytes, goes to this inbox.
    pub(crate) fn push(&mut self, command: Command, inbox: &Inbox, reply_bytes: usize) {
        let place = self.commands.len();
        self.commands.push(command);
        self.askers.reply_bytes += reply_bytes;
        inbox.expect(place, &mut self.askers.parts);
    }

    /// Takes the commands out, and leaves an empty run.
    pub(crate) fn take(&mut self) -> Self {
        let Self { commands, askers: Askers { origin, parts, reply_bytes } } = self;
        let commands = mem::replace(commands, spare::after(commands.len(), &COMMANDS));
        let parts = mem::replace(parts, spare::after(parts.len(), &PARTS));
        Self {
            commands,
            askers: Askers { origin: Arc::clone(origin), parts, reply_bytes: mem::take(reply_bytes) },
        }
    }

    /// The commands, and the connections that wait for their replies.
    pub(crate) fn open(self) -> (Vec<Command>, Askers) {
        (self.commands, self.askers)
    }

    /// Answers every command with this fault, unjudged.
    pub(crate) fn refuse(mut self, fault: impl Fn() -> Fault) {
        self.askers.refuse(fault);
    }
}

impl Askers {
    /// One connection that waits for the reply to one request.
    pub(crate) fn one(inbox: &Inbox) -> Self {
        let mut parts = Vec::with_capacity(1);
        inbox.expect(0, &mut parts);
        Self { origin: Post::here(), parts, reply_bytes: 0 }
    }

    /// Takes out the parts whose replies are all among `free`, which are places of replies in rising order.
    pub(crate) fn split_off(&mut self, free: &[u32]) -> Self {
        let is_free = |part: &Part| {
            let from = free.partition_point(|place| *place < part.first);
            let last = from + part.requests as usize - 1;
            free.get(last).is_some_and(|place| *place == part.first + part.requests - 1)
        };
        let (free, rest) = mem::take(&mut self.parts).into_iter().partition(is_free);
        self.parts = rest;
        Self { origin: Arc::clone(&self.origin), parts: free, reply_bytes: self.reply_bytes }
    }

    /// Whether nobody is left.
    pub(crate) const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Gives everybody their replies.
    pub(crate) fn answer(mut self, replies: Arc<Replies>) {
        self.give(replies);
    }

    fn give(&mut self, replies: Arc<Replies>) {
        let parts = mem::take(&mut self.parts);
        let bytes = self.reply_bytes + size_of_val(&replies.replies[..]);
        self.origin.send(move || {
            deliver(&parts, &replies, bytes);
            spare::give(&PARTS, parts);
        });
    }

    /// Answers everybody with a fault.
    fn refuse(&mut self, fault: impl Fn() -> Fault) {
        if let Some(last) = self.parts.last() {
            let replies = (0..last.first + last.requests).map(|_| Reply::Fault(fault())).collect();
            self.give(Arc::new(Replies::free(replies)));
        }
    }
}

impl Drop for Askers {
    fn drop(&mut self) {
        self.refuse(|| Fault::new(Code::OUT_OF_SERVICE, "the event's actor has gone"));
    }
}
