//! One connection's way to the events: requests in, tickets for their replies out, in order.
//!
//! Consecutive requests for one event are gathered into a run and sent as one message. A session lives on one of
//! the engine's threads.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use holdfast_wal::Lsn;
use tokio::sync::oneshot;

use crate::actor::{Asked, Birth, Entry, EventCore, Gate, Parked, shed};
use crate::catalogue::Code;
use crate::directory::Found;
use crate::intake;
use crate::limits;
use crate::reply::{About, Fault, Replies, Reply};
use crate::request::Request;
use crate::router::Router;
use crate::state::{Command, Created, EventSpec, Layout, Name, NameRef};

/// The replies to one run of requests: resolves when the actor has answered and all that the answers rest on is
/// durable. Never fails: what goes wrong is among the replies.
#[derive(Debug)]
pub struct Ticket {
    requests: usize,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    Coming(oneshot::Receiver<Replies>),
    There(Option<Replies>),
}

impl Ticket {
    /// How many replies it stands for.
    #[must_use]
    pub const fn requests(&self) -> usize {
        self.requests
    }

    fn there(replies: Vec<Reply>) -> Self {
        Self { requests: replies.len(), answer: Answer::There(Some(Replies { replies, event: None })) }
    }
}

impl Future for Ticket {
    type Output = Replies;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Replies> {
        let requests = self.requests;
        match &mut self.answer {
            Answer::There(replies) => {
                Poll::Ready(replies.take().expect("a ticket is polled until it is ready"))
            }
            Answer::Coming(answer) => Pin::new(answer).poll(context).map(|answer| {
                answer.unwrap_or_else(|_| {
                    let fault = Fault::new(Code::OUT_OF_SERVICE, "the event's actor has gone");
                    Replies { replies: vec![Reply::Fault(fault); requests], event: None }
                })
            }),
        }
    }
}

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
    Run {
        entry: Arc<Entry>,
        asked: Vec<Asked>,
    },
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
    /// Takes the next request, in order. Returns the ticket of the run before, if this request could not join it.
    pub fn push(&mut self, request: &Request<'_>) -> Option<Ticket> {
        match request {
            Request::EventCreate { event, key, json } => {
                let before = self.flush();
                self.gathered = self.creation(*event, *key, json);
                before
            }
            Request::EventList { cursor, count } => {
                let before = self.flush();
                let page = self.router.directory().page(*cursor, *count as usize);
                let name = |entry: &Arc<Entry>| entry.about().name.clone();
                let events = page.events.iter().map(|(entry, status)| (name(entry), *status)).collect();
                let replies = vec![Reply::Events { next: page.next, events }];
                self.gathered = Gathered::Ready { replies, rests_on: page.rests_on };
                before
            }
            _ => self.gather(request),
        }
    }

    fn gather(&mut self, request: &Request<'_>) -> Option<Ticket> {
        let name = intake::event_of(request)?;
        let joins = match &self.gathered {
            Gathered::Run { entry, asked } => {
                entry.about().name.bytes() == name.bytes() && asked.len() < limits::RUN_COMMANDS_MAX
            }
            _ => false,
        };
        let before = if joins { None } else { self.flush() };
        if !joins {
            let Some(entry) = self.find(name) else {
                let fault = Fault::new(Code::NO_EVENT, format!("there is no event {}", name.to_name()));
                self.gathered = Gathered::Ready { replies: vec![fault.into()], rests_on: Lsn::ZERO };
                return before;
            };
            self.gathered = Gathered::Run { entry, asked: Vec::with_capacity(self.expected) };
        }
        if let Gathered::Run { entry, asked } = &mut self.gathered {
            let command =
                intake::command(request, &entry.about().layout, self.router.secret(), &mut self.scratch);
            asked.push(command.map_or_else(Asked::Answered, Asked::Judge));
        }
        before
    }

    /// Answers a request unjudged, in its place in the run that is being gathered. False if none is that has room: then
    /// there is nothing here that the answer would have to wait for.
    pub fn refuse(&mut self, fault: impl FnOnce() -> Fault) -> bool {
        match &mut self.gathered {
            Gathered::Run { asked, .. } if asked.len() < limits::RUN_COMMANDS_MAX => {
                asked.push(Asked::Answered(fault()));
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
                let command = intake::creation(key, json, self.router.secret());
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
            Gathered::Run { entry, asked } => {
                self.expected = asked.len();
                Some(send(&entry, asked))
            }
            Gathered::Ready { replies, rests_on } => Some(self.ready(replies, rests_on)),
            Gathered::Creation(creation) => Some(self.create(*creation)),
        }
    }

    fn ready(&self, replies: Vec<Reply>, rests_on: Lsn) -> Ticket {
        let requests = replies.len();
        let (to, answer) = oneshot::channel();
        self.gate.pass(Parked { rests_on, replies: Replies { replies, event: None }, to });
        Ticket { requests, answer: Answer::Coming(answer) }
    }

    fn create(&self, creation: Creation) -> Ticket {
        let Creation { name, spec, layout, command } = creation;
        let directory = self.router.directory();
        // An event that is there already answers by itself: a repeat must get its answer whatever the disk is like.
        if directory.find(name.borrowed()).is_none()
            && let Some(fault) = shed(&self.router.log().pressure(), true)
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
            let ticket = send(&entry, unsent.take().unwrap_or_default());
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

fn send(entry: &Arc<Entry>, asked: Vec<Asked>) -> Ticket {
    let requests = asked.len();
    match entry.send(asked) {
        Some(answer) => Ticket { requests, answer: Answer::Coming(answer) },
        None => Ticket::there(vec![Fault::overloaded().into(); requests]),
    }
}
