//! The commands that a connection has taken and not answered yet, in order: requests that the engine works on,
//! replies of the front end's own that wait for those before them, and commands that nothing may overtake.
//!
//! The connection owns them, and they end with it: replies of the engine that come later are dropped. The client
//! sends its request again with the same key.

mod looking;
mod pending;
mod telling;
mod timing;
mod traced;

use std::collections::VecDeque;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};
use std::time::Duration;

use holdfast_engine::{
    Account, Asked, Class, Draft, EventStatus, Fault, KeyRef, Kind, Name, NameRef, Router, Session, Together,
    Trouble, Waking,
};
use tokio::time::sleep;

use crate::access::Grant;
use crate::connection::buffers::Output;
use crate::connection::ruling::Ruling;
use crate::feeds::{Alone, Feeds};
use crate::limits;
use crate::resp::encode::{Encoder, Protocol};
use crate::resp::response::Voice;
use crate::spans::Traced;
use crate::verbs::{EventCommand, OperatorAsk, Verb};
pub(crate) use pending::Page;
use pending::{Creation, Pending, Requests};
pub(crate) use telling::Hurry;
use telling::{go_on, tell};
pub(crate) use timing::Timing;
use timing::{Mark, Marks};

/// The reply to a refused command: the same bytes in every version of the protocol.
static OVERLOADED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut out = Vec::new();
    Encoder::new(&mut out, Protocol::Resp2).uncounted_error(&Trouble::OthersWait.fault());
    out
});

pub(crate) struct InFlight {
    session: Session,
    pub(crate) timing: Timing,
    /// The next command is looked at for its trace, whatever it is: the last one was part of one, or some get one of their own.
    looks_for_traces: bool,
    /// The back of the queue is from this turn: a further request may join it.
    turn: bool,
    /// The replies in the order of the commands.
    queue: VecDeque<Pending>,
    /// Weight of all requests in flight.
    in_flight: usize,
    /// Set when the weight in flight reaches [`limits::IN_FLIGHT_MAX`], cleared when it has fallen to half of that. So a
    /// connection that had to stop goes on with a large run, not with the few commands that the last reply made room for.
    full: bool,
    /// Bytes in [`Pending::Local`].
    held_back: usize,
    /// A [`Pending::Alone`] is not answered yet, or a [`Pending::List`] or [`Pending::Create`] not asked for: no further command
    /// is taken.
    alone: bool,
    /// Bytes of the description of that [`Pending::Create`].
    described: usize,
    /// Arrays of replies that are not written to their end: nothing else comes between their elements.
    arrays: usize,
    /// The reply to a failed login is being kept back: no further command is taken.
    penalised: bool,
    /// The event of the next command is at rest: no further command is taken until it is back.
    waking: Option<Waking>,
}

/// A command was not taken, as its event is at rest.
#[derive(Debug)]
pub(crate) struct AtRest;

impl InFlight {
    pub(crate) const fn new(session: Session, timing: Timing) -> Self {
        Self {
            session,
            looks_for_traces: timing.draws(),
            timing,
            turn: false,
            queue: VecDeque::new(),
            in_flight: 0,
            full: false,
            held_back: 0,
            alone: false,
            described: 0,
            arrays: 0,
            penalised: false,
            waking: None,
        }
    }

    /// Whether everything is answered.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether no further command is taken for now: too much is in flight, or the client leaves replies unread.
    pub(crate) fn is_full(&self, output: &Output) -> bool {
        self.has_its_fill(output) || self.keeps_too_much()
    }

    /// Whether so much is in flight or unread. Of [`InFlight::is_full`] this alone changes while commands are taken.
    pub(crate) const fn has_its_fill(&self, output: &Output) -> bool {
        self.full || self.is_unread(output)
    }

    /// Whether too much is kept for replies that were not told.
    pub(crate) fn keeps_too_much(&self) -> bool {
        self.session.kept_bytes() >= limits::KEPT_BYTES_MAX
    }

    /// Bytes of a description that is being read.
    pub(crate) const fn described(&self) -> usize {
        self.described
    }

    /// Bytes of replies behind those of the output, about.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.held_back + self.session.kept_bytes()
    }

    /// Whether the client leaves too many replies unread.
    pub(crate) const fn is_unread(&self, output: &Output) -> bool {
        output.len() + self.held_back >= limits::OUTPUT_BYTES_MAX
    }

    /// Whether a command waits that nothing may overtake.
    pub(crate) const fn is_alone(&self) -> bool {
        self.alone
    }

    /// Whether the last command has to be answered before the next one is taken.
    pub(crate) const fn must_wait(&self) -> bool {
        self.alone || self.penalised || self.waking.is_some()
    }

    /// Commands from now on come with the token of this name and count for the budget of its account.
    pub(crate) fn put_to(&mut self, account: Account, token: Option<&str>) {
        self.session.put_to(account, token);
    }

    /// What becomes of the command that begins there in its turn is known, and is about to be done. Returns what it weighs. Whether it
    /// is wrapped is asked only if nothing is kept of that.
    #[inline]
    pub(crate) fn begins(
        &mut self,
        ruled: &Ruling<'_>,
        (verb, place): (Option<&'static Verb>, usize),
        traced: Option<Box<Traced>>,
        is_wrapped: impl FnOnce() -> bool,
    ) -> usize {
        self.timing.takes(ruled.verb(), place);
        if traced.is_some() || self.looks_for_traces {
            self.traces(traced, || ruled.verb().is_some() && !is_wrapped(), || ruled.event());
            self.timing.is_refused(verb.zip(ruled.refusal()));
        }
        ruled.weight()
    }

    /// Gives a request of this weight to the engine. `ask` returns how many bytes the reply may have: it weighs more for that.
    pub(crate) fn ask(&mut self, weight: usize, voice: Voice, ask: impl FnOnce(&mut Session) -> usize) {
        let weight = weight.max(ask(&mut self.session).div_ceil(limits::WEIGHT_BYTES));
        match self.queue.back_mut() {
            Some(Pending::Engine(requests))
                if self.turn && requests.voice == voice && self.timing.is_like(requests.mark.as_ref()) =>
            {
                requests.left += 1;
                requests.weight += weight;
            }
            _ => {
                let mark = self.timing.mark();
                self.queue.push_back(Pending::Engine(Requests { left: 1, told: 0, weight, voice, mark }));
            }
        }
        self.turn = true;
        self.in_flight += weight;
        self.full |= self.in_flight >= limits::IN_FLIGHT_MAX;
    }

    /// Gives a command for an event to the engine. Returns how many of one are invalid, by the words of its map; or
    /// nothing was done, as the event is at rest, and no command is taken until it is back.
    #[inline]
    pub(crate) fn ask_event(
        &mut self,
        weight: usize,
        voice: Voice,
        command: EventCommand<'_>,
    ) -> Result<u64, AtRest> {
        let mut invalid = 0;
        let asked = self.session.ask(command.event, |labels| {
            let read = command.ask(labels);
            if let Err(fault) = &read {
                invalid = u64::from(fault.code.kind() == Kind::Invalid);
            }
            read
        });
        self.asked(weight, voice, asked).map(|()| invalid)
    }

    pub(crate) fn ask_operator(&mut self, weight: usize, voice: Voice, ask: OperatorAsk) {
        match ask {
            OperatorAsk::Job(ask) => self.ask_job(weight, voice, *ask),
            OperatorAsk::Notify(ask) => self.ask(weight, voice, |session| session.notify(*ask)),
            OperatorAsk::Audit(ask) => self.ask(weight, voice, |session| session.audit(&ask)),
        }
    }

    fn asked(&mut self, weight: usize, voice: Voice, asked: Asked) -> Result<(), AtRest> {
        match asked {
            Asked::Taken(bytes) => {
                self.ask(weight, voice, |_| bytes);
                Ok(())
            }
            Asked::Resting(waking) => {
                self.waking = Some(waking);
                Err(AtRest)
            }
        }
    }

    /// Whether the event is in memory; if not, no command is taken until it is back.
    pub(crate) fn is_here(&mut self, event: NameRef<'_>) -> bool {
        self.waking = self.session.wake(event);
        self.waking.is_none()
    }

    /// Looks whether the event is back that commands wait for. True once, when it is.
    fn is_back(&mut self, context: &mut Context<'_>) -> bool {
        let Some(waking) = &mut self.waking else { return false };
        let is_back = Pin::new(waking).poll(context).is_ready();
        if is_back {
            self.waking = None;
        }
        is_back
    }

    /// Asks the engine for a page of the list of events, as far as the grant admits them.
    pub(crate) fn list(&mut self, weight: usize, voice: Voice, (cursor, count, status): Page, grant: &Grant) {
        self.ask(weight, voice, |session| {
            session.list(cursor, count, |name, is| {
                grant.events.admit(name) && status.is_none_or(|status| status == is)
            });
            count as usize * size_of::<(Name, EventStatus)>()
        });
    }

    /// The same, once everything before it is answered.
    pub(crate) fn list_behind(&mut self, weight: usize, voice: Voice, page: Page, grant: &Grant) {
        if self.queue.is_empty() {
            return self.list(weight, voice, page, grant);
        }
        let mark = self.timing.mark();
        self.queue.push_back(Pending::List { weight, voice, page, grant: Box::new(grant.clone()), mark });
        self.alone = true;
    }

    /// The page at the front is asked for now.
    #[inline(never)]
    fn ask_for_the_list(&mut self) {
        if let Some(Pending::List { weight, voice, page, grant, mark }) = self.queue.pop_front() {
            self.ask_at_the_front(mark, |this| this.list(weight, voice, page, &grant));
        }
    }

    /// Creates an event from its description. A large one is read elsewhere, and the event is asked for when everything before it
    /// is answered.
    pub(crate) fn create(
        &mut self,
        weight: usize,
        voice: Voice,
        (event, key): (NameRef<'_>, KeyRef<'_>),
        json: &[u8],
    ) -> Result<Result<(), Fault>, AtRest> {
        // An event that is there answers by itself.
        if !self.is_here(event) {
            return Err(AtRest);
        }
        if json.len() <= limits::DESCRIPTION_BYTES_HERE {
            self.ask(weight, voice, |session| {
                session.create(event, key, json);
                0
            });
            return Ok(Ok(()));
        }
        let draft = match self.session.draft(event, json) {
            Ok(draft) => draft,
            Err(fault) => return Ok(Err(fault)),
        };
        let (event, key) = (event.to_name(), key.to_text());
        let mark = self.timing.mark();
        self.queue.push_back(Pending::Create(Box::new(Creation { event, key, draft, weight, voice, mark })));
        (self.alone, self.described) = (true, json.len());
        Ok(Ok(()))
    }

    /// The description of the event at the front was read: it is asked for now.
    fn ask_to_create(&mut self, draft: Result<Draft, Fault>) {
        if let Some(Pending::Create(creation)) = self.queue.pop_front() {
            let Creation { event, key, weight, voice, mark, .. } = *creation;
            self.ask_at_the_front(mark, |this| {
                this.ask(weight, voice, |session| {
                    session.create_from(event.borrowed(), key.borrowed(), draft);
                    0
                });
            });
        }
    }

    /// Lets `ask` ask for what has just gone from the front. Nothing was asked of the engine since, so its reply is the next one.
    fn ask_at_the_front(&mut self, mark: Option<Mark>, ask: impl FnOnce(&mut Self)) {
        let behind = mem::take(&mut self.queue);
        self.turn = false;
        self.timing.resume(mark);
        ask(self);
        self.queue.extend(behind);
        (self.alone, self.described) = (false, 0);
    }

    /// Checks a command for an event without giving it to the engine; returns what it will weigh.
    pub(crate) fn check(&self, weight: usize, command: EventCommand<'_>) -> Result<usize, Fault> {
        let bytes = self.session.check(command.event, |labels| command.ask(labels))?;
        Ok(weight.max(bytes.div_ceil(limits::WEIGHT_BYTES)))
    }

    /// See [`Session::together`].
    pub(crate) fn together(&self, event: NameRef<'_>, count: usize, class: Class) -> Result<Together, Fault> {
        self.session.together(event, count, class)
    }

    /// The replies of this turn since an array was begun are its elements, and here it ends: the reply to this command.
    pub(crate) fn end_array(&mut self, mark: Option<Mark>) {
        self.arrays += 1;
        self.queue.push_back(Pending::EndOfArray(mark));
    }

    /// Whether a reply has been begun and not written to its end.
    pub(crate) const fn is_within_a_reply(&self) -> bool {
        self.arrays > 0
    }

    /// The turn is over: further requests do not join those of this turn.
    pub(crate) const fn end_turn(&mut self) {
        self.turn = false;
    }

    /// Refuses a request unjudged, as the server is overloaded. This must cost next to nothing, so it copies ready bytes.
    pub(crate) fn shed(&mut self, output: &mut Output) {
        self.say(output, |out| out.extend_from_slice(&OVERLOADED));
    }

    /// Lets `write` write a reply of the front end's own, in its place: to the output if nothing comes before it,
    /// else behind the rest.
    pub(crate) fn say<T>(&mut self, output: &mut Output, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        if self.queue.is_empty() {
            let bytes = output.bytes();
            let before = bytes.len();
            let written = write(bytes);
            self.timing.said(&bytes[before..]);
            self.timing.told_at_once(output.end());
            return written;
        }
        if !matches!(self.queue.back(), Some(Pending::Local(..))) {
            self.queue.push_back(Pending::Local(Vec::new(), Marks::default()));
        }
        match self.queue.back_mut() {
            Some(Pending::Local(bytes, marks)) => {
                self.timing.joins(marks);
                let before = bytes.len();
                let written = write(bytes);
                self.timing.said(&bytes[before..]);
                self.held_back += bytes.len() - before;
                written
            }
            _ => write(output.bytes()),
        }
    }

    /// Writes these bytes in their place among the replies, but only after `delay`.
    pub(crate) fn say_late(&mut self, bytes: Vec<u8>, delay: Duration) {
        self.queue.push_back(Pending::Late { until: Box::pin(sleep(delay)), bytes });
        self.penalised = true;
    }

    /// Takes a command that nothing may overtake.
    fn stand_alone(&mut self, mut alone: Box<Alone>, protocol: Protocol) {
        // How long a client asked to wait is no figure of the server.
        let mark = if alone.may_wait() { None } else { self.timing.mark() };
        self.queue.push_back(Pending::Alone(alone, protocol, mark));
        self.alone = true;
    }

    /// Lets `withdraw` take the command away that waits alone, if there is one.
    pub(crate) fn withdraw(&mut self, mut withdraw: impl FnMut(&mut Alone) -> bool) -> bool {
        self.queue.iter_mut().any(|pending| match pending {
            Pending::Alone(alone, ..) => withdraw(alone),
            _ => false,
        })
    }

    /// Writes the replies that are there, in order, to the output. In a `hurry` nothing is waited for that the client
    /// asked to wait for. Returns whether anything was there.
    pub(crate) fn collect(
        &mut self,
        context: &mut Context<'_>,
        hurry: Hurry,
        (router, feeds): (&Router, &mut Feeds),
        output: &mut Output,
    ) -> bool {
        let mut moved = self.is_back(context);
        while !output.is_full() {
            match self.queue.front_mut() {
                None => break,
                Some(Pending::Local(bytes, marks)) => {
                    self.held_back -= bytes.len();
                    output.bytes().extend_from_slice(bytes);
                    self.timing.told_all(marks, output.end());
                }
                Some(Pending::Late { until, bytes }) => {
                    // A stop does not wait for a reply that is kept back.
                    if hurry != Hurry::Stopping && until.as_mut().poll(context).is_pending() {
                        break;
                    }
                    output.bytes().extend_from_slice(bytes);
                    self.penalised = false;
                }
                Some(Pending::Alone(alone, protocol, mark)) => {
                    if go_on(alone, *protocol, context, hurry, (router, feeds), output).is_pending() {
                        break;
                    }
                    self.timing.told_one(mark.as_ref(), output.end());
                    self.alone = false;
                }
                Some(Pending::EndOfArray(mark)) => {
                    self.timing.told_one(mark.as_ref(), output.end());
                    self.arrays -= 1;
                }
                Some(Pending::List { .. }) => {
                    self.ask_for_the_list();
                    continue;
                }
                Some(Pending::Create(creation)) => match creation.draft.as_mut().poll(context) {
                    Poll::Pending => break,
                    Poll::Ready(draft) => {
                        self.ask_to_create(draft);
                        continue;
                    }
                },
                Some(Pending::Look(look)) => match look.looking.as_mut().poll(context) {
                    Poll::Pending => break,
                    Poll::Ready(looked) => {
                        self.ask_looked(looked);
                        continue;
                    }
                },
                Some(Pending::Engine(requests)) => {
                    let written = tell((&mut self.session, &mut self.timing), requests, context, output);
                    moved |= written > 0;
                    requests.left -= written;
                    requests.told += written;
                    if requests.left > 0 {
                        break;
                    }
                    self.in_flight -= requests.weight;
                    self.full &= self.in_flight > limits::IN_FLIGHT_MAX / 2;
                }
            }
            self.queue.pop_front();
            moved = true;
        }
        moved
    }
}
