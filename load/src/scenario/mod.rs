//! What a run sends: pure functions from the number of an arrival, or from an answer, to the next command.
//!
//! A new scenario is a file here and a variant of [`Scenario`] and of [`crate::plan::options::Wanted`]; the compiler
//! then names every place that has to know it.

mod best;
mod contend;
mod expire;
mod flow;
mod hold;
mod read;
mod repeat;
mod seating;

pub(crate) use best::Best;
pub(crate) use contend::Contend;
pub(crate) use expire::{Expire, Expiry};
pub(crate) use flow::Flow;
pub(crate) use hold::Hold;
pub(crate) use read::Read;
pub(crate) use repeat::Repeat;
pub(crate) use seating::Seating;

use crate::wire::command::{Command, Flight, Kind};
use crate::wire::reply::Answer;

/// Something to send. Each thread has its own copy.
#[derive(Clone, Debug)]
pub(crate) enum Scenario {
    Hold(Hold),
    Flow(Flow),
    Contend(Contend),
    Best(Best),
    Read(Read),
    Expire(Expire),
    /// For the check: sends again what was sent before.
    Repeat(Box<Repeat>),
}

impl Scenario {
    /// The command of an arrival of a lane, to be sent at `intended_ns`.
    #[inline]
    pub(crate) fn arrive(&self, lane: usize, arrival: u64, intended_ns: u64) -> Command {
        match self {
            Self::Hold(hold) => hold.arrive(arrival),
            Self::Flow(flow) => flow.arrive(arrival),
            Self::Contend(contend) => contend.arrive(arrival),
            Self::Best(best) => best.arrive(arrival),
            Self::Read(read) => read.arrive(lane, arrival),
            Self::Expire(expire) => expire.arrive(lane, arrival, intended_ns),
            Self::Repeat(repeat) => repeat.arrive(arrival),
        }
    }

    /// What the same client sends next, after this answer.
    #[inline]
    pub(crate) fn follow(&self, command: &Command, answer: &Answer<'_>) -> Option<Command> {
        match self {
            Self::Flow(flow) => flow.follow(command, answer),
            Self::Hold(_)
            | Self::Contend(_)
            | Self::Best(_)
            | Self::Read(_)
            | Self::Expire(_)
            | Self::Repeat(_) => None,
        }
    }

    /// Whether this KIND of refusal is part of the scenario. Refusals of an overloaded server always are.
    pub(crate) fn tolerates(&self, word: &[u8]) -> bool {
        match (self, word) {
            (_, b"BUSY" | b"DEGRADED") => true,
            (Self::Contend(_) | Self::Best(_), word) => word == b"TAKEN",
            (Self::Repeat(_), _) => true,
            (Self::Hold(_) | Self::Flow(_) | Self::Read(_) | Self::Expire(_), _) => false,
        }
    }

    /// Sees every answer.
    #[inline]
    pub(crate) fn observe(&mut self, flight: &Flight, answer: &Answer<'_>, bytes: &[u8], now_ns: u64) {
        match self {
            Self::Expire(expire) => expire.observe(&flight.command, answer, now_ns),
            Self::Repeat(repeat) => repeat.observe(flight.arrival, answer, bytes),
            Self::Hold(_) | Self::Flow(_) | Self::Contend(_) | Self::Best(_) | Self::Read(_) => {}
        }
    }

    /// Whether nothing is left to wait for when all commands are answered.
    pub(crate) fn is_over(&self, now_ns: u64) -> bool {
        match self {
            Self::Expire(expire) => expire.is_over(now_ns),
            Self::Hold(_)
            | Self::Flow(_)
            | Self::Contend(_)
            | Self::Best(_)
            | Self::Read(_)
            | Self::Repeat(_) => true,
        }
    }
}

/// Whether this can be an answer to that command, whatever the scenario is. `seats` is the number of seats of its event.
#[inline]
pub(crate) fn fits(command: &Command, answer: &Answer<'_>, seats: u32) -> bool {
    match (command.kind, answer) {
        (Kind::Hold | Kind::HoldBefore | Kind::HoldMeanwhile, Answer::Held { seat, .. }) => {
            *seat == command.seat
        }
        (Kind::Best, Answer::Chosen { first, count, .. }) => *count == command.seat && first + count <= seats,
        (Kind::Confirm, Answer::Sold { order, seat, .. }) => *order == command.name && *seat == command.seat,
        (Kind::Try | Kind::Fail, Answer::Payment { payment, paid, .. }) => *payment == command.name && !paid,
        (Kind::Succeed, Answer::Payment { payment, paid, .. }) => *payment == command.name && *paid,
        (Kind::Release, Answer::Released { hold, released, .. }) => {
            *hold == command.argument && *released == 1
        }
        (Kind::Count, Answer::Counted(counts)) => counts.iter().sum::<u64>() == u64::from(seats),
        (Kind::Map, Answer::Mapped { letters }) => *letters == u64::from(seats),
        _ => false,
    }
}
