//! One buyer of a crowd.

use std::io::{BufReader, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::{CrowdPlan, Sample, Shared, What, flow};
use crate::history::{Outcome, Record};
use crate::scenario::{Flow, fits};
use crate::tally::{locked, meaning};
use crate::wire::command::{Command, Kind, Wire};
use crate::wire::reply::Answer;
use crate::wire::resp;
use crate::wire::shown::shown;

/// How long one try waits for its answer. What comes later is asked for again, with the same key.
const TRY: Duration = Duration::from_secs(1);
/// The pause after a try that failed.
const PAUSE: Duration = Duration::from_millis(20);
/// How long a command is tried once the sale is over: a server that is there has judged it long before.
const GIVE_UP: Duration = Duration::from_secs(120);
/// Every so many buyers one asks for the seat of the buyer before.
const RIVAL_EVERY: u64 = 4;
/// Refusals that a sale under disturbance may meet: the seat is somebody's, or the sale is paused.
const EXPECTED: [&[u8]; 4] = [b"TAKEN", b"CLOSED", b"BUSY", b"DEGRADED"];

pub(super) struct Buyer {
    plan: CrowdPlan,
    flow: Flow,
    wire: Wire,
    shared: Arc<Shared>,
    connection: Option<BufReader<TcpStream>>,
    /// When this buyer's next turn is, since the start.
    due: Duration,
    history: Vec<Record>,
}

impl Buyer {
    pub(super) fn new(number: usize, plan: CrowdPlan, wire: Wire, shared: Arc<Shared>) -> Self {
        let due = Duration::from_secs_f64(number as f64 / plan.rate);
        Self { plan, flow: flow(&plan), wire, shared, connection: None, due, history: Vec::new() }
    }

    /// Buys until the sale is over.
    pub(super) fn buy(mut self) -> Result<Vec<Record>, String> {
        let turn = Duration::from_secs_f64(self.plan.buyers as f64 / self.plan.rate);
        while self.wait() {
            let now = self.shared.start.elapsed();
            // Who was kept waiting has missed turns, and does not make up for them.
            self.due = (self.due + turn).max(now);
            let arrival = u64::from(self.shared.next.fetch_add(1, Ordering::Relaxed));
            if arrival >= self.flow.seating.capacity() {
                return Err("the seats of the sale ran out: it needs more".to_owned());
            }
            let mut next = Some(self.first(arrival));
            while let Some(command) = next {
                next = self.carry_out(&command)?;
            }
        }
        Ok(self.history)
    }

    /// Waits for the next turn. Returns whether there is one.
    fn wait(&self) -> bool {
        const NAP: Duration = Duration::from_millis(20);
        loop {
            if self.shared.over.load(Ordering::Relaxed) {
                return false;
            }
            let left = self.due.saturating_sub(self.shared.start.elapsed());
            if left.is_zero() {
                return true;
            }
            thread::sleep(left.min(NAP));
        }
    }

    fn first(&self, arrival: u64) -> Command {
        let hold = self.flow.arrive(arrival);
        let is_rival = arrival % RIVAL_EVERY == RIVAL_EVERY - 1;
        let seat = self.flow.seating.at(arrival - u64::from(is_rival)).1;
        Command { seat, ..hold }
    }

    /// Sends a command until it was judged. Returns what the same buyer sends next.
    fn carry_out(&mut self, command: &Command) -> Result<Option<Command>, String> {
        let (began, mut in_doubt, mut over) = (Instant::now(), false, None::<Instant>);
        loop {
            match self.ask(command) {
                Ok(bytes) => {
                    let answer = Answer::read(&bytes, command.kind);
                    let outcome = self.outcome(command, &answer, &bytes, began);
                    // Whoever is turned away without a seat leaves. Whoever has one, or may have one, tries again.
                    if outcome != Outcome::NotJudged || (command.kind.is_hold() && !in_doubt) {
                        self.history.push(Record::new(*command, outcome, &answer, &bytes));
                        let accepted = outcome == Outcome::Accepted;
                        return Ok(accepted.then(|| self.then(command, &answer)).flatten());
                    }
                }
                Err(was_sent) => {
                    self.connection = None;
                    in_doubt |= was_sent;
                    self.tell(began, What::NoAnswer);
                }
            }
            if self.shared.over.load(Ordering::Relaxed) {
                let since = *over.get_or_insert_with(Instant::now);
                if since.elapsed() > GIVE_UP {
                    return Err(format!("`{}` was never judged", self.wire.text(command)));
                }
            }
            thread::sleep(PAUSE);
        }
    }

    fn then(&self, command: &Command, answer: &Answer<'_>) -> Option<Command> {
        let next = match command.kind {
            Kind::Fail => None,
            _ => self.flow.follow(command, answer),
        }?;
        let fails = next.kind == Kind::Succeed && self.shared.payments_fail.load(Ordering::Relaxed);
        Some(if fails { Command { kind: Kind::Fail, ..next } } else { next })
    }

    /// One try. If it fails: whether the server may have the command.
    fn ask(&mut self, command: &Command) -> Result<Vec<u8>, bool> {
        if self.connection.is_none() {
            let address = *locked(&self.shared.address);
            let stream = TcpStream::connect_timeout(&address, TRY).map_err(|_| false)?;
            let ready = stream
                .set_nodelay(true)
                .and_then(|()| stream.set_read_timeout(Some(TRY)))
                .and_then(|()| stream.set_write_timeout(Some(TRY)));
            ready.map_err(|_| false)?;
            self.connection = Some(BufReader::new(stream));
        }
        let Some(connection) = &mut self.connection else { return Err(false) };
        let mut bytes = Vec::with_capacity(128);
        self.wire.push(&mut bytes, command);
        connection.get_mut().write_all(&bytes).map_err(|_| true)?;
        resp::read(connection).map_err(|_| true)
    }

    fn outcome(&self, command: &Command, answer: &Answer<'_>, bytes: &[u8], began: Instant) -> Outcome {
        if let Answer::Refused(line) = answer {
            let word = Answer::word(line);
            let (outcome, kind) = (meaning(word), String::from_utf8_lossy(word).into_owned());
            let judged = outcome == Outcome::Refused;
            self.tell(began, if judged { What::Refused(kind) } else { What::TurnedAway(kind) });
            if EXPECTED.contains(&word) {
                return outcome;
            }
            self.strange(command, bytes);
            return outcome;
        }
        if fits(command, answer, self.plan.seats) {
            let hold = command.kind.is_hold();
            if hold {
                let now = self.shared.start.elapsed().as_nanos() as u64;
                self.shared.held_ns.fetch_max(now, Ordering::Relaxed);
            }
            self.tell(began, What::Accepted { hold });
            return Outcome::Accepted;
        }
        self.strange(command, bytes);
        Outcome::Refused
    }

    fn strange(&self, command: &Command, bytes: &[u8]) {
        let text = || format!("`{}` was answered `{}`", self.wire.text(command), shown(bytes));
        locked(&self.shared.strange).add(text);
    }

    fn tell(&self, began: Instant, what: What) {
        let sample = Sample { at: self.shared.start.elapsed(), took: began.elapsed(), what };
        locked(&self.shared.samples).push(sample);
    }
}
