//! What a client sends between `MULTI` and `EXEC`.
//!
//! A command is checked when it comes, as far as it can be without judging it, and kept as it was sent. `EXEC` checks all
//! of them once more, as the token or the event may not be the same any longer, and then leaves them for the event as one
//! run: nothing of anybody else is judged between them. Each has its own key and its own answer, so a crash in the middle
//! of the run leaves what a crash in the middle of a pipeline leaves. Whatever ends the connection before `EXEC` ends the
//! transaction with it.

use holdfast_engine::{Class, Code, Fault, Name, Trouble};

use super::Connection;
use super::brake::spent;
use super::in_flight::{AtRest, InFlight};
use super::peer::Peer;
use super::ruling::{Ruling, not_here, server_stops};
use super::stream::Stream;
use crate::access::Grant;
use crate::limits;
use crate::resp::decode::{Decoded, Decoder, FrameLimits, with_kept};
use crate::resp::encode::Encoder;
use crate::shared::Shared;
use crate::spans::Traced;
use crate::verbs::{Command, Front, Local, Step, Unusable, Verb, command, wrapping};

/// A command as it was read, or why it is not carried out.
type Read<'a> = Result<(&'static Verb, Command<'a>), Unusable>;

/// The transaction of a connection.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    open: Option<Box<Open>>,
    /// `WATCH` was refused: the next `EXEC` carries out nothing.
    watched: bool,
}

/// What came since `MULTI`.
#[derive(Debug)]
struct Open {
    /// The commands as they were sent, one behind the other.
    frames: Vec<u8>,
    count: usize,
    writes: u64,
    weight: usize,
    /// The event that they are about.
    event: Option<Name>,
    class: Class,
    /// Why nothing will be carried out.
    flaw: Option<Fault>,
}

impl Transaction {
    /// Whether commands are kept for `EXEC`.
    #[inline]
    pub(super) const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// The event of this command, or of those before it, has to be in memory.
    pub(super) fn awaits(&self, read: &Read<'_>, in_flight: &mut InFlight) -> Result<(), AtRest> {
        let known = || self.open.as_ref()?.event.as_ref().map(Name::borrowed);
        let event = match read {
            Ok((_, Command::Event(command))) => Some(command.event),
            _ => known(),
        };
        if event.is_none_or(|event| in_flight.is_here(event)) { Ok(()) } else { Err(AtRest) }
    }

    /// Bytes of memory that it takes.
    #[inline]
    pub(super) fn kept(&self) -> usize {
        self.open.as_ref().map_or(0, |open| open.frames.len())
    }

    /// How many commands are kept for `EXEC`; `None` if it is not open.
    #[inline]
    pub(super) fn queued(&self) -> Option<usize> {
        self.open.as_ref().map(|open| open.count)
    }

    fn begin(&mut self) {
        let flaw = self.watched.then(|| aborted("WATCH was refused"));
        let (frames, event) = (Vec::new(), None);
        let class = Class::Look;
        self.open = Some(Box::new(Open { frames, count: 0, writes: 0, weight: 0, event, class, flaw }));
    }
}

impl Open {
    /// Keeps a command for `EXEC`, if it can be part of a transaction.
    fn keep(
        &mut self,
        (verb, command): (&'static Verb, Command<'_>),
        frame: &[u8],
        (in_flight, peer): (&InFlight, &Peer),
    ) -> Result<(), Fault> {
        let most = (limits::TRANSACTION_FRAMES * peer.frame_limits().bytes).min(limits::FRAME_BYTES_MAX);
        if self.count == limits::TRANSACTION_MAX || self.frames.len() + frame.len() > most {
            return Err(not_in_one(format!(
                "{} is too much for one transaction: at most {} commands and {} KiB of them",
                verb.title(),
                limits::TRANSACTION_MAX,
                most / 1024
            )));
        }
        let event = match &command {
            Command::Event(command) => Some(command.event.to_name()),
            Command::Front(_) => None,
        };
        let weight = check(verb, command, in_flight)?;
        if self.weight + weight > limits::IN_FLIGHT_MAX {
            return Err(not_in_one(format!(
                "{} would make the replies of the transaction too large",
                verb.title()
            )));
        }
        match (&self.event, event) {
            (Some(first), Some(other)) if *first != other => {
                let message = format!("the transaction is about {first} and {other}");
                self.flaw.get_or_insert(Fault::new(Code::SEVERAL_EVENTS, message));
            }
            (None, event @ Some(_)) => self.event = event,
            _ => {}
        }
        self.class = match (self.class, verb.class) {
            (Class::NewWork, _) | (_, Class::NewWork) => Class::NewWork,
            (Class::Look, Class::Look) => Class::Look,
            _ => Class::Progress,
        };
        if self.frames.len() + frame.len() > limits::INPUT_BYTES {
            // As large as a connection's largest input buffer: what the allocator maps by itself goes back to the system
            // when it is freed, and of what is not used nothing is there.
            let mapped = limits::FRAME_BYTES_MAX + limits::INPUT_BYTES;
            self.frames.reserve_exact(mapped.saturating_sub(self.frames.len()));
        }
        self.frames.extend_from_slice(frame);
        self.count += 1;
        self.writes += u64::from(verb.writes());
        self.weight += weight;
        Ok(())
    }

    /// Reads the commands again, one after the other, with where each begins.
    fn each(&self, grant: &Grant, mut with: impl FnMut(usize, Read<'_>, Option<Box<Traced>>)) {
        let (mut decoder, mut rest) = (Decoder::new(), self.frames.as_slice());
        while !rest.is_empty() {
            let Ok(Decoded::Command(used)) = decoder.decode(rest, FrameLimits::LARGEST) else {
                unreachable!("these bytes were decoded once before")
            };
            let mut traced = None;
            let read = command(decoder.arguments(rest), grant, &mut traced);
            with(self.frames.len() - rest.len(), read, traced);
            rest = &rest[used..];
        }
    }

    /// Whether the command that begins there was sent as part of a trace.
    #[cold]
    fn is_wrapped(&self, place: usize) -> bool {
        let frame = self.frames.get(place..).unwrap_or_default();
        with_kept(frame, |words| wrapping(words) > 0).unwrap_or_default()
    }

    /// Why nothing can be carried out, if that is so.
    fn fault(&self, in_flight: &InFlight, peer: &Peer, shared: &Shared) -> Option<Fault> {
        let mut fault = self.flaw.clone();
        self.each(&peer.grant, |_, read, _| {
            if fault.is_none() {
                let checked =
                    told(read, peer, shared).and_then(|(verb, command)| check(verb, command, in_flight));
                fault = checked.err().map(|fault| aborted(&fault.message));
            }
        });
        fault
    }
}

/// Checks a command that is to be part of a transaction; returns its weight.
fn check(verb: &Verb, command: Command<'_>, in_flight: &InFlight) -> Result<usize, Fault> {
    match command {
        Command::Event(command) => in_flight.check(verb.weight, command),
        Command::Front(Front::List { .. } | Front::Local(Local::Ping(_))) => Ok(verb.weight),
        Command::Front(_) => Err(not_in_one(format!("{} cannot be part of a transaction", verb.title()))),
    }
}

/// A command that was read, or the fault that its client is told.
fn told<'a>(read: Read<'a>, peer: &Peer, shared: &Shared) -> Result<(&'static Verb, Command<'a>), Fault> {
    read.map_err(|unusable| match unusable {
        Unusable::Invalid(fault) => fault,
        Unusable::Denied(verb) => peer.denied(verb, None, shared),
        Unusable::Elsewhere(verb, event) => peer.denied(verb, Some(&event), shared),
    })
}

fn not_in_one(message: String) -> Fault {
    Fault::new(Code::NOT_IN_TRANSACTION, message)
}

fn aborted(why: &str) -> Fault {
    Fault::new(Code::TRANSACTION_ABORTED, format!("nothing was carried out: {why}"))
}

impl Transaction {
    /// Rules on a command while the transaction is open. `frame` is how it was sent.
    #[cold]
    pub(super) fn rule<'a>(
        &mut self,
        read: Read<'a>,
        frame: &[u8],
        in_flight: &InFlight,
        (peer, shared, stops): (&Peer, &Shared, bool),
    ) -> Ruling<'a> {
        let open = self.open.as_mut().expect("this is asked while it is open");
        let here = (false, shared.cluster(), peer.routing());
        if let Ok((verb, command)) = &read
            && let Some(elsewhere) = not_here(verb, command, here)
        {
            open.flaw.get_or_insert_with(|| {
                aborted("this node does not have the event, or may not answer for it")
            });
            return elsewhere;
        }
        let ruled = told(read, peer, shared).and_then(|(verb, command)| match command {
            // They end the transaction, or the connection.
            Command::Front(
                Front::Transaction(Step::Exec | Step::Discard) | Front::Local(Local::Quit | Local::Reset),
            ) => Ok(Ruling::Take(verb, command)),
            command if stops && command.needs_the_engine() => Err(server_stops()),
            _ if verb.operates() && peer.is_spent(verb, shared) => Err(spent()),
            _ if shared.may_wait(verb) => Err(not_in_one(format!(
                "{} may need an approval and cannot be part of a transaction",
                verb.title()
            ))),
            command => open.keep((verb, command), frame, (in_flight, peer)).map(|()| Ruling::Queue),
        });
        ruled.unwrap_or_else(|fault| {
            open.flaw.get_or_insert_with(|| aborted(&fault.message));
            Ruling::Refuse(fault)
        })
    }

    /// Whatever is open is dropped.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}

impl<S: Stream> Connection<S> {
    /// A command about transactions, which comes outside of one or ends it.
    #[cold]
    pub(super) fn step(&mut self, step: Step) {
        match (step, self.transaction.open.take()) {
            (Step::Exec, Some(open)) => {
                self.transaction.reset();
                self.execute(&open);
            }
            (Step::Multi, None) => {
                self.transaction.begin();
                self.accept("OK");
            }
            (Step::Discard, Some(_)) | (Step::Unwatch, _) => {
                self.transaction.reset();
                self.accept("OK");
            }
            (Step::Watch, _) => {
                self.transaction.watched = true;
                let message = "there is no WATCH: a hold is what keeps others from changing seats";
                self.say(&not_in_one(message.to_owned()));
            }
            (Step::Exec | Step::Discard | Step::Multi, _) => {
                self.say(&not_in_one("there was no MULTI before it".to_owned()));
            }
        }
    }

    /// Writes a word that is no error, in its place among the replies.
    pub(super) fn accept(&mut self, word: &'static str) {
        let protocol = self.peer.protocol;
        self.in_flight.say(&mut self.output, |out| Encoder::new(out, protocol).simple(word));
    }

    /// Refuses a command as too many others wait.
    pub(super) fn shed(&mut self) {
        self.tally.shed += 1;
        self.in_flight.shed(&mut self.output);
    }

    /// `EXEC`: all of it, or nothing.
    fn execute(&mut self, open: &Open) {
        self.tally.weight = open.weight.max(1);
        if self.stopping {
            return self.say(&server_stops());
        }
        if Trouble::OthersWait.refuses(open.class) && self.overload.refuses(self.peer.standing()) {
            return self.shed();
        }
        if let Some(fault) = open.fault(&self.in_flight, &self.peer, &self.shared) {
            return self.say(&fault);
        }
        let together = match &open.event {
            Some(event) => match self.in_flight.together(event.borrowed(), open.count, open.class) {
                Ok(together) => Some(together),
                Err(fault) => return self.say(&fault),
            },
            None => None,
        };
        let (protocol, voice, grant) = (self.peer.protocol, self.peer.voice(), self.peer.grant.clone());
        let (in_flight, output) = (&mut self.in_flight, &mut self.output);
        // The whole is answered when its last command is.
        let whole = in_flight.timing.mark();
        let outside = in_flight.timing.enters(&open.frames);
        in_flight.timing.takes(None, 0);
        in_flight.say(output, |out| Encoder::new(out, protocol).array(open.count));
        open.each(&grant, |place, read, traced| {
            let Ok((verb, command)) = read else { unreachable!("it was checked a moment ago") };
            in_flight.begins_within((verb, &command), place, traced, || open.is_wrapped(place));
            match command {
                Command::Event(command) => {
                    // Its event stays in memory until the transaction is sent.
                    self.tally.invalid +=
                        in_flight.ask_event(verb.weight, voice, command).unwrap_or_default();
                }
                Command::Front(Front::List { cursor, count, status }) => {
                    in_flight.list(verb.weight, voice, (cursor, count, status), &grant);
                }
                Command::Front(Front::Local(ping)) => {
                    in_flight.say(output, |out| self.peer.answer(ping, &self.shared, false, out));
                }
                Command::Front(_) => unreachable!("it was checked a moment ago"),
            }
        });
        in_flight.timing.leaves(outside);
        in_flight.end_array(whole);
        self.tally.writes += open.writes;
        drop(together);
    }
}
