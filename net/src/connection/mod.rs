//! One socket, from its first byte to its last: commands in, replies out in the order of the commands.
//!
//! One task does both directions, on the engine's thread that the connection was given to. Two tasks with a queue
//! between them would cost two wake-ups and a queue entry a batch, and would need a lock on what is in flight. With
//! one task, a wake-up for any reason (bytes came, a run was answered, the client took replies) does all that can be
//! done: decodes what is there, hands it to the engine, and writes what is answered with one call.
//!
//! Nothing here grows without a bound. If a client is ahead of the engine ([`limits::IN_FLIGHT_MAX`]) or leaves its
//! replies unread ([`limits::OUTPUT_BYTES_MAX`]), nothing more is read from it until that has changed, so its own
//! sends block; a client that goes on leaving replies unread is cut off. A turn is bounded too, so that the thread's
//! other tasks come next.

pub(crate) mod arrival;
mod brake;
mod buffers;
mod client_timeouts;
mod in_flight;
pub(crate) mod peer;
mod ruling;
mod standing;
pub(crate) mod stream;
mod transaction;
mod upkeep;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use holdfast_engine::Fault;
use tokio::io::ReadBuf;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::admission::looks::{Looks, Turns};
use crate::admission::overload::Overload;
use crate::admission::thread_delay::ThreadDelay;
use crate::connection::brake::{Brake, TurnBudget, is_spent, spent};
use crate::connection::buffers::{Input, Output};
use crate::connection::client_timeouts::ClientTimeouts;
use crate::connection::in_flight::{AtRest, Hurry, InFlight, Timing};
use crate::connection::peer::{After, Peer, Refused};
use crate::connection::ruling::{Mode, Ruling, may_hold_a_secret, not_here, ruling};
use crate::connection::stream::{Stream, linger};
use crate::connection::transaction::Transaction;
use crate::error::ProtocolError;
use crate::feeds::Feeds;
use crate::limits;
use crate::memory::Part;
use crate::resp::decode::{Decoded, Decoder};
use crate::resp::encode::{Encoder, Protocol};
use crate::shared::Shared;
use crate::shutdown::{Phase, Watch};
use crate::stats::{Blocked, Stats};
use crate::verbs::{Command, Front, Local, Verb, command, wrapping};

async fn converse<S: Stream>(stream: S, peer: Peer, rest: Vec<u8>, watch: &mut Watch, shared: Arc<Shared>) {
    let mut cut = watch.clone();
    let connection = Connection::new(stream, peer, rest, shared);
    tokio::select! {
        biased;
        () = cut.reached(Phase::Cut) => {}
        () = connection.run(watch) => {}
    }
}

/// How a connection ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    /// All replies were written. The client may still be sending.
    Said,
    /// The client has closed its side, and all replies were written.
    Left,
    /// The socket failed, or the client was cut off.
    Broken,
}

struct Connection<S> {
    stream: S,
    shared: Arc<Shared>,
    peer: Peer,
    decoder: Decoder,
    input: Input,
    output: Output,
    in_flight: InFlight,
    /// Holds it up while its token goes faster than it may.
    brake: Brake,
    feeds: Feeds,
    transaction: Transaction,
    /// No further command is taken; what is in flight is answered.
    closing: bool,
    /// The encryption keeps nothing back of what was written. Always true without encryption.
    flushed: bool,
    /// The server stops: nothing more is read, and commands that were read already are refused.
    stopping: bool,
    /// The client has closed its side.
    left: bool,
    /// The input holds no further whole command: the decoder waits for more bytes.
    starved: bool,
    overload: Overload,
    looks: Looks,
    thread_delay: Rc<ThreadDelay>,
    timeouts: ClientTimeouts,
    /// What of the memory for all clients waits for this one.
    memory: Part,
    tally: Tally,
    blocked: Blocked,
}

/// What this turn adds to the counters.
#[derive(Default)]
struct Tally {
    commands: u64,
    /// Those of them that write.
    writes: u64,
    /// Of the last command.
    weight: usize,
    /// The last command that there is.
    verb: Option<&'static Verb>,
    invalid: u64,
    shed: u64,
    input: u64,
    output: u64,
}

/// What a command was.
struct Taken {
    /// A secret was in it, or may have been.
    secret: bool,
    /// It counts as a write.
    writes: bool,
}

impl<S: Stream> Connection<S> {
    fn new(stream: S, peer: Peer, rest: Vec<u8>, shared: Arc<Shared>) -> Self {
        let thread_delay = ThreadDelay::here();
        let memory = Part::of(&shared.memory, peer.id());
        let mut session = shared.router.session();
        if shared.config.operators_are_tokens {
            session.bind_operators();
        }
        let mut in_flight = InFlight::new(session, Timing::of(&shared));
        in_flight.put_to(peer.account(), peer.token());
        let mut brake = Brake::default();
        if let Some(pace) = peer.pace() {
            brake.pay(pace, 0, 0);
        }
        Self {
            stream,
            looks: Looks::new(Turns::here(), peer.id()),
            peer,
            decoder: Decoder::new(),
            starved: rest.is_empty(),
            input: Input::of(rest),
            output: Output::default(),
            in_flight,
            brake,
            feeds: Feeds::default(),
            transaction: Transaction::default(),
            closing: false,
            flushed: true,
            stopping: false,
            left: false,
            overload: Overload::new(Rc::clone(&thread_delay), shared.config.patience),
            thread_delay,
            timeouts: ClientTimeouts::new(&shared.config),
            memory,
            tally: Tally::default(),
            blocked: Blocked::new(&shared.stats),
            shared,
        }
    }

    async fn run(mut self, watch: &mut Watch) {
        let tick = self.shared.config.tick;
        let mut ticks = interval_at(Instant::now() + tick, tick);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let end = {
            let mut stopping = pin!(watch.reached(Phase::Finish));
            poll_fn(|context| {
                if !self.stopping {
                    self.stopping = stopping.as_mut().poll(context).is_ready();
                }
                while ticks.poll_tick(context).is_ready() {
                    self.tick();
                }
                let takes_turns = self.peer.only_looks();
                if !takes_turns {
                    self.looks.leave();
                } else if !self.looks.begin(context) {
                    return Poll::Pending;
                }
                let end = self.turn(context);
                self.settle(context);
                if takes_turns {
                    self.looks.end();
                }
                end
            })
            .await
        };
        if end == End::Said && !self.left {
            linger(&mut self.stream).await;
        }
    }

    /// Does everything that can be done now. When it returns `Pending`, a waker is registered with everything that it
    /// waits for.
    fn turn(&mut self, context: &mut Context<'_>) -> Poll<End> {
        if self.timeouts.is_cut() || self.feeds.is_overrun() {
            return Poll::Ready(End::Broken);
        }
        if self.memory.must_go() {
            Stats::add(&self.shared.stats.here().connections_outweighed, 1);
            return Poll::Ready(End::Broken);
        }
        self.keep_watch(context);
        self.wait_its_turn(context);
        let mut budget = TurnBudget::of(&self.peer);
        loop {
            while !budget.spent() {
                let took = self.take_commands(&mut budget);
                let read = match self.read(context, &mut budget) {
                    Ok(read) => read,
                    Err(end) => return Poll::Ready(end),
                };
                let answered = self.collect(context);
                let told = self.feeds.is_subscribed() && self.deliver(context, &mut budget);
                if !took && !read && !answered && !told {
                    break;
                }
            }
            let (was_full, was_unread) = (self.is_full(), self.output.is_full());
            if self.write(context).is_err() {
                return Poll::Ready(End::Broken);
            }
            if self.is_over() {
                return Poll::Ready(if self.left { End::Left } else { End::Said });
            }
            if budget.spent() {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            // Replies that found no room in the output wake nobody again, so this turn goes on with them.
            let has_room_again = was_unread && !self.output.is_full();
            if !has_room_again && (!was_full || self.is_full()) {
                return Poll::Pending;
            }
        }
    }

    /// Whether nothing more comes and all replies were written.
    fn is_over(&self) -> bool {
        let nothing_comes = self.closing || ((self.left || self.stopping) && self.starved);
        nothing_comes && self.in_flight.is_empty() && self.output.is_empty() && self.flushed
    }

    fn is_full(&self) -> bool {
        self.in_flight.is_full(&self.output)
    }

    fn takes_commands(&self) -> bool {
        self.takes_more() && !self.in_flight.keeps_too_much()
    }

    const fn takes_more(&self) -> bool {
        !self.closing
            && !self.brake.is_on()
            && !self.in_flight.must_wait()
            && !self.in_flight.has_its_fill(&self.output)
    }

    /// Whether more bytes are wanted: for the next command, or, while a command waits alone, to notice that the
    /// client has gone.
    fn wants_bytes(&self) -> bool {
        if self.in_flight.is_alone() {
            return !self.closing && self.input.unread().len() < limits::INPUT_BYTES;
        }
        self.starved && self.takes_commands()
    }

    /// Decodes what was read, as far as the budget allows, and hands it to the engine. Returns whether there was
    /// anything.
    fn take_commands(&mut self, budget: &mut TurnBudget) -> bool {
        let before = budget.commands;
        self.renew();
        // What is kept does not change on the way.
        let may = !self.in_flight.keeps_too_much();
        let looks = self.stopping || self.shared.looks_where();
        let mut spent = 0;
        while may && !self.starved && budget.commands > 0 && self.takes_more() {
            match self.decoder.decode(self.input.unread(), self.peer.frame_limits()) {
                Ok(Decoded::Incomplete) => self.starved = true,
                Ok(Decoded::Nothing(used)) => {
                    self.input.used(used);
                    spent += used;
                    budget.commands -= 1;
                }
                Ok(Decoded::Command(used)) => {
                    // One whose event is at rest is taken when that is back.
                    let Ok(Taken { secret, writes }) = self.take_command(used, spent, looks) else { break };
                    spent += used;
                    self.tally.commands += 1;
                    self.tally.writes += u64::from(writes);
                    self.input.done(used, secret);
                    budget.commands = budget.commands.saturating_sub(std::mem::take(&mut self.tally.weight));
                }
                Err(error) => self.refuse(error),
            }
        }
        self.in_flight.end_turn();
        self.in_flight.timing.end_turn(|| self.input.spent(spent));
        let took = budget.commands < before;
        if took {
            self.thread_delay.works(self.peer.id());
        }
        took
    }

    /// Takes a command of so many bytes, as many behind the first of the turn. Nothing was done if its event is at rest.
    fn take_command(&mut self, used: usize, place: usize, looks: bool) -> Result<Taken, AtRest> {
        let (mut traced, mute) = (None, self.mutes());
        let read = command(self.decoder.arguments(self.input.unread()), &self.peer.grant, &mut traced);
        let (secret, verb) = (may_hold_a_secret(&read), read.as_ref().ok().map(|(verb, _)| *verb));
        self.tally.verb = verb.or(self.tally.verb);
        let ruled = if self.transaction.is_open() {
            self.transaction.awaits(&read, &mut self.in_flight)?;
            let frame = self.input.unread().get(..used).unwrap_or_default();
            self.transaction.rule(read, frame, &self.in_flight, (&self.peer, &self.shared, self.stopping))
        } else {
            let others_wait = || self.overload.refuses(self.peer.standing());
            ruling(read, Mode { mute, looks }, others_wait, |verb, command| {
                not_here(verb, command, (self.stopping, self.shared.cluster(), self.peer.routing()))
            })
        };
        let is_wrapped = || wrapping(self.decoder.arguments(self.input.unread())) > 0;
        self.tally.weight = self.in_flight.begins(&ruled, (verb, place), traced, is_wrapped);
        let (taken, voice) = (Taken { secret, writes: ruled.writes() }, self.peer.voice());
        let is_spent = is_spent(&ruled, &mut self.in_flight, (&self.peer, &self.shared))?;
        match ruled {
            Ruling::Take(..) if is_spent => self.say(&spent()),
            Ruling::Take(verb, Command::Event(_)) if self.shared.may_wait(verb) => self.freeze(verb),
            Ruling::Take(verb, Command::Event(command)) => {
                self.tally.invalid += self.in_flight.ask_event(verb.weight, voice, command)?;
            }
            Ruling::Take(verb, Command::Front(Front::Create { event, key, json })) => {
                let asked = self.in_flight.create(verb.weight, voice, (event, key), json)?;
                self.say_unless_done(asked);
            }
            Ruling::Take(verb, Command::Front(Front::List { cursor, count, status })) => {
                self.in_flight.list_behind(verb.weight, voice, (cursor, count, status), &self.peer.grant);
            }
            Ruling::Take(verb, Command::Front(Front::Operator(ask))) => {
                self.in_flight.ask_operator(verb.weight, voice, ask);
            }
            Ruling::Take(_, Command::Front(Front::Feed(feed))) => {
                self.in_flight.listen(feed, &self.peer, &mut self.feeds, &mut self.output);
            }
            Ruling::Take(_, Command::Front(Front::Transaction(step))) => self.step(step),
            Ruling::Take(verb, Command::Front(Front::Local(local))) => {
                self.peer.saw(verb); // before the answer, which may be about this
                if matches!(local, Local::Reset) {
                    self.feeds.reset();
                    self.transaction.reset();
                }
                let (peer, shared) = (&mut self.peer, &self.shared);
                match local.login().map_or(Ok(()), |login| peer.log_in(login, shared)) {
                    Ok(()) => {
                        let write = |out: &mut Vec<u8>| peer.answer(local, shared, mute, out);
                        self.closing |= self.in_flight.say(&mut self.output, write) == After::Close;
                        self.in_flight.put_to(self.peer.account(), self.peer.token());
                        self.withdraw();
                    }
                    Err(refused) => self.keep_waiting(&refused),
                }
            }
            Ruling::Queue => self.accept("QUEUED"),
            Ruling::Shed => self.shed(),
            Ruling::Denied(verb, event) => self.deny(verb, event.as_deref()),
            Ruling::Invalid(fault) => {
                self.tally.invalid += 1;
                self.say(&fault);
            }
            Ruling::Refuse(fault) => self.say(&fault),
            Ruling::Moved(slot, there) => self.sends_elsewhere(slot, &there),
        }
        Ok(taken)
    }

    /// Whether subscriptions let it say nothing else.
    #[inline]
    fn mutes(&self) -> bool {
        self.feeds.is_subscribed() && self.peer.protocol == Protocol::Resp2
    }

    /// Replies that a login has failed, in its place among the replies and after the delay, if there is one.
    fn keep_waiting(&mut self, refused: &Refused) {
        if refused.delay.is_zero() {
            return self.say(&refused.fault);
        }
        let mut bytes = Vec::new();
        Encoder::new(&mut bytes, self.peer.protocol).error(&refused.fault);
        self.in_flight.say_late(bytes, refused.delay);
        self.closing |= refused.last;
    }

    /// The bytes are not the protocol: replies so once, after the replies before it, and then ends the connection.
    fn refuse(&mut self, error: ProtocolError) {
        Stats::add(&self.shared.stats.here().protocol_errors, 1);
        self.closing = true;
        self.say(&error.into());
    }

    /// Writes an error of the front end's own, in its place among the replies.
    fn say(&mut self, fault: &Fault) {
        let protocol = self.peer.protocol;
        self.in_flight.say(&mut self.output, |out| Encoder::new(out, protocol).error(fault));
    }

    /// Looks at a command that may have to wait for an approval.
    fn freeze(&mut self, verb: &'static Verb) {
        let words = (verb, self.decoder.arguments(self.input.unread()));
        let frozen = self.in_flight.freeze(words, &self.peer, &self.shared);
        self.say_unless_done(frozen);
    }

    fn say_unless_done(&mut self, done: Result<(), Fault>) {
        if let Err(fault) = done {
            self.say(&fault);
        }
    }

    /// Reads once, if more bytes are wanted and allowed.
    fn read(&mut self, context: &mut Context<'_>, budget: &mut TurnBudget) -> Result<bool, End> {
        if self.left || self.stopping || !self.wants_bytes() {
            return Ok(false);
        }
        self.thread_delay.stir();
        let mut room = ReadBuf::new(self.input.room());
        match Pin::new(&mut self.stream).poll_read(context, &mut room) {
            Poll::Pending => Ok(false),
            Poll::Ready(Err(_)) => Err(End::Broken),
            Poll::Ready(Ok(())) => {
                if self.starved {
                    self.in_flight.timing.read(self.shared.router.stamp());
                }
                let (count, filled) = (room.filled().len(), room.remaining() == 0);
                self.overload.left(self.stream.left(filled), std::time::Instant::now);
                budget.reads -= 1;
                self.tally.input += count as u64;
                self.left = count == 0;
                self.starved &= count == 0;
                self.input.filled(count);
                Ok(true)
            }
        }
    }

    /// Writes the replies that are there, in order, to the output.
    fn collect(&mut self, context: &mut Context<'_>) -> bool {
        let hurry = match (self.stopping, self.left) {
            (true, _) => Hurry::Stopping,
            (false, true) => Hurry::Left,
            (false, false) => Hurry::Not,
        };
        let feeds = (&self.shared.router, &mut self.feeds);
        self.in_flight.collect(context, hurry, feeds, &mut self.output)
    }

    /// Writes the output, as far as the socket takes it.
    fn write(&mut self, context: &mut Context<'_>) -> Result<(), End> {
        while !self.output.is_empty() {
            match Pin::new(&mut self.stream).poll_write(context, self.output.unwritten()) {
                Poll::Pending => break,
                Poll::Ready(Ok(count)) if count > 0 => {
                    self.output.wrote(count);
                    self.timeouts.wrote(count);
                    self.tally.output += count as u64;
                    self.flushed = false;
                }
                Poll::Ready(_) => return Err(End::Broken),
            }
        }
        let now = || self.shared.router.stamp();
        self.in_flight.timing.wrote(self.output.gone(), now, &self.peer);
        if !self.flushed {
            match Pin::new(&mut self.stream).poll_flush(context) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => self.flushed = true,
                Poll::Ready(Err(_)) => return Err(End::Broken),
            }
        }
        Ok(())
    }
}
