//! One connection's way to the events: requests in, tickets for their replies out, in order.
//!
//! Requests for one event are gathered into a run and sent as one message, and runs for several events are gathered side
//! by side: a client that takes turns between events has its requests judged in runs too. Events know nothing of each
//! other, so it shows nowhere but in the replies, whose order the ticket keeps. A session lives on one of the engine's
//! threads.

use std::sync::Arc;

use holdfast_wal::Lsn;
use tokio::sync::oneshot;

use crate::actor::{Asked, Birth, Entry, EventCore, shed};
use crate::catalogue::Code;
use crate::exchange::reply::{About, Replies, Reply};
use crate::exchange::request::{Ask, Labels};
use crate::fault::Fault;
use crate::front::directory::Found;
use crate::front::router::Router;
use crate::front::runs::{Runs, send};
use crate::front::ticket::Ticket;
use crate::front::translate;
use crate::journal::gate::{Gate, Parked};
use crate::limits;
use crate::state::{Command, Created, EventSpec, Layout, Name, NameRef};

/// One connection's way to the events.
pub struct Session {
    router: Router,
    gate: Gate,
    gathered: Gathered,
    /// The event of the last request: most connections stay with one.
    last: Option<Arc<Entry>>,
    /// Length of the last run: the next one will be like it.
    expected: usize,
    /// Room for the intake to work in.
    scratch: Vec<u8>,
}

enum Gathered {
    Nothing,
    Runs(Runs),
    /// Replies that need no actor; they may rest on something that is not durable yet.
    Ready {
        replies: Vec<Reply>,
        rests_on: Lsn,
    },
    /// The making of an event: sent alone, as the requests behind it must find the event.
    Creation(Box<Creation>),
}

struct Creation {
    name: Name,
    spec: EventSpec,
    layout: Arc<Layout>,
    command: Command,
}

impl Router {
    /// A session for one connection. To be called on one of the engine's threads.
    #[must_use]
    pub fn session(&self) -> Session {
        Session {
            router: self.clone(),
            gate: Gate::here(),
            gathered: Gathered::Nothing,
            last: None,
            expected: 1,
            scratch: Vec::new(),
        }
    }
}

impl Session {
    /// Takes the next request for an event that is there, in order. `parse` makes the command of its words, which mean what
    /// the map of the event says; a fault of it is answered in its place. Returns the ticket of the run before, if this
    /// request could not join it.
    pub fn ask<'a>(
        &mut self,
        event: NameRef<'_>,
        parse: impl FnOnce(Labels<'_>) -> Result<Ask<'a>, Fault>,
    ) -> Option<Ticket> {
        // What does not go with others is sent first: an event that was just created has to be there to be found.
        let mut before = if self.has_room() { None } else { self.flush() };
        let joins = match &mut self.gathered {
            Gathered::Runs(runs) => runs.turn_to(event),
            _ => false,
        };
        if !joins {
            let Some(entry) = self.find(event) else {
                let before = before.or_else(|| self.flush());
                let fault = self.router.directory().absent(event);
                self.gathered = Gathered::Ready { replies: vec![fault.into()], rests_on: Lsn::ZERO };
                return before;
            };
            before = self.open(entry).or(before);
        }
        if let Gathered::Runs(runs) = &mut self.gathered {
            let asked = match parse(Labels::of(&runs.event().about().layout)) {
                Ok(ask) => Asked::Judge(translate::command(ask, self.router.secret(), &mut self.scratch)),
                Err(fault) => Asked::Answered(fault),
            };
            runs.push(asked);
        }
        before
    }

    /// Takes a request to create an event from its description, in order. Returns the ticket of the run before.
    pub fn create(&mut self, event: NameRef<'_>, key: NameRef<'_>, json: &[u8]) -> Option<Ticket> {
        let before = self.flush();
        self.gathered = self.creation(event, key, json);
        before
    }

    /// Takes a request for a page of the list of events, in order. Returns the ticket of the run before.
    pub fn list(&mut self, cursor: u64, count: u32) -> Option<Ticket> {
        let before = self.flush();
        let page = self.router.directory().page(cursor, count as usize);
        let name = |entry: &Arc<Entry>| entry.about().name.clone();
        let events = page.events.iter().map(|(entry, status)| (name(entry), *status)).collect();
        let replies = vec![Reply::Events { next: page.next, events }];
        self.gathered = Gathered::Ready { replies, rests_on: page.rests_on };
        before
    }

    /// May a further request be gathered with those that are?
    fn has_room(&self) -> bool {
        matches!(&self.gathered, Gathered::Runs(runs) if runs.has_room())
    }

    /// Opens a run for one more event, beside those that are gathered if it may be.
    fn open(&mut self, entry: Arc<Entry>) -> Option<Ticket> {
        let unopened = match &mut self.gathered {
            Gathered::Runs(runs) => runs.open(entry, self.expected),
            _ => Err(entry),
        };
        let entry = unopened.err()?;
        let before = self.flush();
        self.gathered = Gathered::Runs(Runs::of(entry, self.expected));
        before
    }

    /// Answers a request unjudged, in its place among those that are being gathered. False if none are, or no more may
    /// be: then there is nothing here that the answer would have to wait for.
    pub fn refuse(&mut self, fault: impl FnOnce() -> Fault) -> bool {
        match &mut self.gathered {
            Gathered::Runs(runs) if runs.has_room() => {
                runs.push(Asked::Answered(fault()));
                true
            }
            _ => false,
        }
    }

    fn find(&mut self, name: NameRef<'_>) -> Option<Arc<Entry>> {
        if let Some(last) = &self.last
            && last.about().name.bytes() == name.bytes()
        {
            return Some(Arc::clone(last));
        }
        let entry = self.router.directory().find(name)?;
        self.last = Some(Arc::clone(&entry));
        Some(entry)
    }

    fn creation(&self, name: NameRef<'_>, key: NameRef<'_>, json: &[u8]) -> Gathered {
        let fault = |message: String| Gathered::Ready {
            replies: vec![Fault::new(Code::BAD_MAP, message).into()],
            rests_on: Lsn::ZERO,
        };
        let spec: EventSpec = match serde_json::from_slice(json) {
            Ok(spec) => spec,
            Err(error) => return fault(format!("the description of the event: {error}")),
        };
        match Layout::build(&spec) {
            Err(error) => fault(format!("the description of the event: {error}")),
            Ok(layout) => {
                let command = translate::creation(key, json, self.router.secret());
                Gathered::Creation(Box::new(Creation {
                    name: name.to_name(),
                    spec,
                    layout: Arc::new(layout),
                    command,
                }))
            }
        }
    }

    /// Sends what is gathered, if anything is.
    pub fn flush(&mut self) -> Option<Ticket> {
        match std::mem::replace(&mut self.gathered, Gathered::Nothing) {
            Gathered::Nothing => None,
            Gathered::Runs(runs) => {
                self.expected = runs.length();
                Some(runs.send())
            }
            Gathered::Ready { replies, rests_on } => Some(self.ready(replies, rests_on)),
            Gathered::Creation(creation) => Some(self.send_creation(*creation)),
        }
    }

    fn ready(&self, replies: Vec<Reply>, rests_on: Lsn) -> Ticket {
        let requests = replies.len();
        let (to, answer) = oneshot::channel();
        self.gate.pass(Parked { rests_on, replies: Replies { replies, event: None }, to });
        Ticket::coming(requests, answer)
    }

    fn send_creation(&self, creation: Creation) -> Ticket {
        let Creation { name, spec, layout, command } = creation;
        let directory = self.router.directory();
        // An event that is there already answers by itself: a repeat must get its answer whatever the disk is like.
        let refused =
            || directory.withheld(name.borrowed()).or_else(|| shed(&self.router.log().pressure(), true));
        if directory.find(name.borrowed()).is_none()
            && let Some(fault) = refused()
        {
            return Ticket::there(vec![fault.into()]);
        }
        let asked = vec![Asked::Judge(command)];
        let unsent = std::cell::Cell::new(Some(asked));
        let found = directory.find_or_make(name.borrowed(), |id| {
            let about = Arc::new(About { name: name.clone(), layout: Arc::clone(&layout) });
            let entry = Arc::new(Entry::new(id, about));
            let birth = Birth { created: Created { name: name.clone(), spec }, layout };
            let router = &self.router;
            let (seed, policy, log) = (router.secret().tables(), router.policy(), router.log().clone());
            router.start(&entry, EventCore::unborn(id, birth, seed, policy, log));
            let asked = unsent.take().unwrap_or_default();
            let ticket = send(&entry, asked);
            (entry, ticket)
        });
        match found {
            Ok(Found::Made(ticket)) => ticket,
            Ok(Found::There(entry)) => send(&entry, unsent.take().unwrap_or_default()),
            Err(_) => {
                let message = format!("there are {} events, as many as there may be", limits::EVENTS_MAX);
                Ticket::there(vec![Fault::new(Code::BAD_MAP, message).into()])
            }
        }
    }
}
