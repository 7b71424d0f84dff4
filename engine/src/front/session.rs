//! One connection's way to the events: requests in, replies out, in order.
//!
//! A session leaves each request in the round of its thread, where the requests of other connections for the same
//! event join it, and finds the replies in its inbox. It lives on one of the engine's threads.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::actor::{Entry, EventCore};
use crate::catalogue::Code;
use crate::clock::Stamp;
use crate::exchange::course::Course;
use crate::exchange::inbox::Inbox;
use crate::exchange::post::Post;
use crate::exchange::reply::{About, Replies};
use crate::exchange::request::{Ask, Labels};
use crate::exchange::run::{Askers, Run};
use crate::fault::Fault;
use crate::front::directory::{Found, Waking};
use crate::front::draft::{Draft, Drafting};
use crate::front::round::{Lane, Round, Together};
use crate::front::router::Router;
use crate::front::translate;
use crate::journal::admission::Trouble;
use crate::journal::gate::Gate;
use crate::limits;
use crate::numbers::Account;
use crate::state::{Class, EventStatus, Key, KeyRef, Name, NameRef, Reply, Standing, Trace};

/// What has become of a request.
#[derive(Debug)]
pub enum Asked {
    /// It was taken, or refused. So many bytes a reply that may be large takes until it is told, at most; 0 for all others.
    Taken(usize),
    /// Nothing was done: the event is at rest. It is to be asked again when this is done.
    Resting(Waking),
}

/// Why there is no way to an event.
enum NoWay {
    Fault(Fault),
    Resting(Waking),
}

/// One connection's way to the events.
pub struct Session {
    router: Router,
    round: Rc<Round>,
    inbox: Inbox,
    /// The event of the last request, as most connections stay with one event.
    last: Option<Rc<Lane>>,
    /// Memory for the canonical bytes of a command while they are hashed.
    scratch: Vec<u8>,
    /// Whose budget its commands count for.
    account: Account,
    /// The name of the token that the client has logged in with.
    token: Option<Name>,
    /// Whether operators are tokens: an operator's command may name no other.
    bound: bool,
    /// The trace that its commands are part of.
    trace: Option<Trace>,
}

impl Router {
    /// The account of the token of this name.
    #[must_use]
    pub fn account(&self, token: &str) -> Account {
        self.secret().account(token.as_bytes())
    }

    /// A session for one connection. To be called on one of the engine's threads.
    #[must_use]
    pub fn session(&self) -> Session {
        let (router, round) = (self.clone(), Round::here());
        let (account, token) = (Account::NOBODY, None);
        Session {
            router,
            round,
            inbox: Inbox::new(),
            last: None,
            scratch: Vec::new(),
            account,
            token,
            bound: false,
            trace: None,
        }
    }
}

impl NoWay {
    /// The same as a reply, where nobody can wait: whoever asks again finds the event there.
    fn fault(self) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Resting(_) => Trouble::QueueFull.fault(),
        }
    }
}

impl From<Fault> for NoWay {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Session {
    /// Commands from now on come with the token of this name and count for the budget of its account; until then they are nobody's.
    pub fn put_to(&mut self, account: Account, token: Option<&str>) {
        self.account = account;
        self.token = token.and_then(|token| Name::new(token.as_bytes()));
    }

    /// Commands from now on are part of this trace, and their records say so; of none if it is `None`.
    pub const fn trace(&mut self, trace: Option<Trace>) {
        self.trace = trace;
    }

    /// The time now.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.router.stamp()
    }

    /// An operator's command from now on may name only the token that it comes with as the operator.
    pub const fn bind_operators(&mut self) {
        self.bound = true;
    }

    /// Why an operator's command is refused: it names another operator than it may.
    #[inline]
    fn forbids(&self, ask: &Ask<'_>) -> Option<Fault> {
        if self.bound { self.forbids_operator_of(ask) } else { None }
    }

    #[cold]
    fn forbids_operator_of(&self, ask: &Ask<'_>) -> Option<Fault> {
        let Ask::Write { write, .. } = ask else { return None };
        self.forbids_operator(write.operator()?)
    }

    /// Why this operator may not be named.
    pub(super) fn forbids_operator(&self, operator: &Name) -> Option<Fault> {
        if !self.bound || Some(operator) == self.token.as_ref() {
            return None;
        }
        let token = self.token.as_ref().map_or("none", Name::as_str);
        let message = format!("the operator {operator} is not the token, which is {token}");
        Some(Fault::new(Code::OTHER_OPERATOR, message))
    }

    /// Takes a request for an event that is there. `parse` makes the command, with the labels of the event's map; if it
    /// returns a fault, that is the reply. An event at rest is brought back first.
    pub fn ask<'a>(
        &mut self,
        event: NameRef<'_>,
        parse: impl FnOnce(Labels<'_>) -> Result<Ask<'a>, Fault>,
    ) -> Asked {
        let lane = match self.last.take() {
            Some(last) if last.entry.name().bytes() == event.bytes() && last.pin() => last,
            _ => match self.lane(event) {
                Ok(lane) => lane,
                Err(NoWay::Resting(waking)) => return Asked::Resting(waking),
                Err(NoWay::Fault(fault)) => {
                    self.refuse(fault);
                    return Asked::Taken(0);
                }
            },
        };
        let about = lane.about();
        let read = parse(Labels::of(&about.layout));
        // What was read is looked at where it is, and moved once: to its place in the run.
        let (bytes, key) = match &read {
            Ok(ask) => (ask.reply_bytes(&about.layout), self.admit(&lane, ask)),
            Err(fault) => (0, Err(fault.clone())),
        };
        drop(about);
        match key {
            Err(fault) => self.refuse(fault),
            Ok(key) => {
                // There is a key only of what could be read.
                if let Ok(ask) = read {
                    let mut command = translate::command(ask, key, self.token.as_ref());
                    if let Some(trace) = self.trace {
                        command.is_part_of(trace);
                    }
                    self.round.leave(&lane, command, &self.inbox, bytes);
                }
            }
        }
        lane.unpin_if_idle();
        self.last = Some(lane);
        Asked::Taken(bytes)
    }

    /// As [`Session::ask`], for somebody who cannot wait: that the event is at rest is a refusal, and the event is on its way back.
    pub fn ask_now<'a>(
        &mut self,
        event: NameRef<'_>,
        parse: impl FnOnce(Labels<'_>) -> Result<Ask<'a>, Fault>,
    ) -> usize {
        match self.ask(event, parse) {
            Asked::Taken(bytes) => bytes,
            Asked::Resting(_) => {
                self.refuse(Trouble::QueueFull.fault());
                0
            }
        }
    }

    /// What the request is remembered under, unless it is refused.
    #[inline]
    fn admit(&mut self, lane: &Lane, ask: &Ask<'_>) -> Result<Key, Fault> {
        if let Some(fault) = self.forbids(ask) {
            return Err(fault);
        }
        lane.admit(ask.class(), &self.inbox).inspect_err(|_| self.router.refused_in_a_rush(1))?;
        Ok(translate::key(ask, self.account, self.router.secret(), &mut self.scratch))
    }

    /// Brings the event back, if it is at rest.
    pub fn wake(&self, event: NameRef<'_>) -> Option<Waking> {
        match self.lane(event) {
            Ok(lane) => lane.unpin_if_idle(),
            Err(NoWay::Resting(waking)) => return Some(waking),
            Err(NoWay::Fault(_)) => {}
        }
        None
    }

    /// Checks a request for an event as [`Session::ask`] would, and asks nothing. Returns the same.
    ///
    /// # Errors
    /// What the reply would be: that there is no such event, or the fault of `parse`.
    pub fn check<'a>(
        &self,
        event: NameRef<'_>,
        parse: impl FnOnce(Labels<'_>) -> Result<Ask<'a>, Fault>,
    ) -> Result<usize, Fault> {
        let lane = self.lane(event).map_err(NoWay::fault)?;
        lane.unpin_if_idle();
        let layout = &lane.about().layout;
        let ask = parse(Labels::of(layout))?;
        self.forbids(&ask).map_or_else(|| Ok(ask.reply_bytes(layout)), Err)
    }

    /// Makes the next `count` requests for this event, of which `class` is the most dispensable, one transaction: no request
    /// of others is judged between them. It begins when what is returned is dropped, before which all of them have to be
    /// asked. `count` is at most [`limits::TRANSACTION_COMMANDS_MAX`].
    ///
    /// # Errors
    /// There is no such event, or too much waits for it.
    pub fn together(&self, event: NameRef<'_>, count: usize, class: Class) -> Result<Together, Fault> {
        Round::together(&self.lane(event).map_err(NoWay::fault)?, count, class, &self.inbox)
    }

    /// Takes a request to create an event from its description, which is read here and now. For a large one see
    /// [`Session::draft`].
    pub fn create(&mut self, event: NameRef<'_>, key: KeyRef<'_>, json: &[u8]) {
        self.create_from(event, key, Draft::of(event.to_name(), json, &self.router));
    }

    /// Reads the description of an event on another thread, when those before it are read.
    ///
    /// # Errors
    /// There is no such event, and no room for one.
    pub fn draft(&self, event: NameRef<'_>, json: &[u8]) -> Result<Drafting, Fault> {
        if !self.router.directory().has(event) {
            self.admit_new(event)?;
        }
        Ok(Draft::elsewhere(event.to_name(), json.to_vec(), self.router.clone()))
    }

    /// Takes a request to create an event from a description that was read, or could not be.
    pub fn create_from(&mut self, event: NameRef<'_>, key: KeyRef<'_>, draft: Result<Draft, Fault>) {
        let made = draft.map_err(NoWay::Fault).and_then(|draft| self.try_create(event, key, draft));
        if let Err(none) = made {
            self.refuse(none.fault());
        }
    }

    /// Refuses an event of a new name if there is no room for one, or if the name may be taken.
    fn admit_new(&self, name: NameRef<'_>) -> Result<(), Fault> {
        let refused = self.router.directory().withheld(name).or_else(|| {
            let troubles = self.router.journal().troubles();
            troubles.and_of(self.router.memory()).refuse(Class::NewWork)
        });
        refused.or_else(|| self.router.budgets().refuse_event(self.account)).map_or(Ok(()), Err)
    }

    /// Takes a request for a page of the list of events, without those that are not `shown`: it may be shorter, or empty,
    /// with more to come.
    pub fn list(&mut self, cursor: u64, count: u32, shown: impl Fn(&[u8], EventStatus) -> bool) {
        let page = self.router.directory().page(cursor, count as usize);
        let events = page.events.into_iter().filter(|(name, status)| shown(name.bytes(), *status)).collect();
        let replies = Replies::free(vec![Reply::Events { next: page.next, events }]);
        let replies = Arc::new(Replies { rests_on: page.rests_on, ..replies });
        Gate::here().pass(replies, Askers::one(&self.inbox));
    }

    /// Takes a request whose reply is this fault.
    pub(super) fn refuse(&self, fault: Fault) {
        self.inbox.add(fault.into());
    }

    /// The way to the event of that name, which is pinned.
    fn lane(&self, event: NameRef<'_>) -> Result<Rc<Lane>, NoWay> {
        loop {
            let lane = match self.round.lane(event) {
                Some(lane) => lane,
                None => self.round.add_lane(self.find(event)?),
            };
            if lane.pin() {
                return Ok(lane);
            }
            self.round.forget(event);
        }
    }

    #[cold]
    fn find(&self, event: NameRef<'_>) -> Result<Arc<Entry>, NoWay> {
        match self.router.find(event) {
            Found::Here(entry) => Ok(entry),
            Found::Resting { waking, .. } => Err(NoWay::Resting(waking)),
            Found::Fault(fault) => Err(fault.into()),
        }
    }

    fn try_create(&self, name: NameRef<'_>, key: KeyRef<'_>, draft: Draft) -> Result<(), NoWay> {
        let Draft { birth, fingerprint, unfit } = draft;
        let from = (self.account, self.token.as_ref());
        let mut command = translate::creation(key, fingerprint, from, self.router.secret());
        self.trace.into_iter().for_each(|trace| command.is_part_of(trace));
        let unsent = Cell::new(Some(command));
        let directory = self.router.directory();
        // An event that exists answers by itself: a repeat must get its answer whatever the state of the disk is.
        if !directory.has(name) {
            self.admit_new(name)?;
            unfit.map_or(Ok(()), Err)?;
            let made = directory.find_or_make(name, |id| {
                let (router, plan) = (&self.router, (Arc::clone(birth.layout()), 1));
                let entry = Arc::new(Entry::new(id, name.to_name(), plan, router.branch()));
                let (seed, policy, journal) =
                    (router.secret().tables(), router.policy(), router.journal().clone());
                let core = EventCore::unborn(id, birth, seed, policy, journal);
                router.start(&entry, core, Standing::default());
                let mut run = Run::new(Post::here());
                unsent.take().into_iter().for_each(|command| run.push(command, &self.inbox, 0));
                entry.send(run);
                entry
            });
            let too_many = || format!("there are {} events, as many as there may be", limits::EVENTS_MAX);
            made.map_err(|_| Fault::new(Code::BAD_MAP, too_many()))?;
        }
        // The event exists already, or another connection was first.
        if let Some(command) = unsent.take() {
            let lane = self.lane(name)?;
            let admitted =
                lane.admit(command.class(), &self.inbox).inspect_err(|_| self.router.refused_in_a_rush(1));
            if admitted.is_ok() {
                self.round.leave(&lane, command, &self.inbox, 0);
            }
            lane.unpin_if_idle();
            admitted?;
        }
        Ok(())
    }

    pub(super) const fn router(&self) -> &Router {
        &self.router
    }

    pub(super) const fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    pub(super) const fn token(&self) -> Option<&Name> {
        self.token.as_ref()
    }

    /// The number of requests whose replies have not been told yet.
    #[must_use]
    pub fn expected(&self) -> usize {
        self.inbox.expected()
    }

    /// Bytes that are kept for replies which are there and have not been told, about.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        self.inbox.kept_bytes()
    }

    /// Tells up to `most` of the replies that are there, in the order of the requests and each once, with the event
    /// that they are about, until `tell` returns false. Returns how many it told. If the next reply is still to come, the task is woken when it
    /// is there: when its event has answered and the record that the answer rests on is durable. After those that were judged in
    /// one run, `went` is told where their time went, and how many they were.
    pub fn poll_replies(
        &mut self,
        context: &mut Context<'_>,
        most: usize,
        tell: impl FnMut(&Reply, Option<&About>) -> bool,
        went: impl FnMut(Course, usize),
    ) -> usize {
        self.inbox.poll(context, most, tell, went)
    }

    /// Waits for all replies that have not been told, and returns them in the order of the requests.
    pub async fn replies(&mut self) -> Vec<Reply> {
        let mut all = Vec::with_capacity(self.expected());
        poll_fn(|context| {
            let expected = self.expected();
            let tell = |reply: &Reply, _: Option<&About>| {
                all.push(reply.clone());
                true
            };
            let told = self.poll_replies(context, expected, tell, |_, _| {});
            if told == expected { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        all
    }
}
