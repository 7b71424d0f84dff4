//! One thread of a run: sends what is due, reads what is answered, counts both.
//!
//! Everything is on one thread with one poll: no locks, no allocation for a command, one reading of the clock for a
//! batch of answers. The clock is read after the system call that brought the answers and before they are parsed, and
//! the time of a command is when it was to be sent. So the generator's own delays make the figures worse, never
//! better.

pub(crate) mod connection;
pub(crate) mod cost;
pub(crate) mod wait;

use std::io;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use crate::history::{Outcome, Record};
use crate::plan::schedule::Schedule;
use crate::plan::{LanePlan, Pace};
use crate::scenario::{Scenario, fits};
use crate::tally::{Live, Tally};
use crate::wire::command::{Command, Flight, Wire};
use crate::wire::reply::Answer;
use crate::wire::shown::shown;
use crate::wire::socket::Socket;
use connection::{Arrived, Connection};
use cost::{Cost, Meter};
use wait::{precise_naps, wait};

/// Commands of a thread that may wait for an answer in an open loop: they take a gigabyte of memory, and a server
/// that is so far behind is measured well enough.
const FLIGHT_MAX: u64 = 8 * 1024 * 1024;
/// How long a server may leave every command unanswered.
const SILENCE_NS: u64 = 30_000_000_000;
/// How long a thread sleeps at most, so that it notices that others have finished or failed.
const NAP: Duration = Duration::from_millis(50);
/// After this many strange answers a thread gives up.
const STRANGE_MAX: u64 = 10;
/// Commands sent in one turn of an open loop before answers are read, also by a generator that has fallen behind.
const SENDS_PER_TURN: u32 = 256;
const SECOND_NS: u64 = 1_000_000_000;

/// What the threads of a run share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Time zero.
    pub(crate) start: Instant,
    pub(crate) live: Mutex<Live>,
    /// Threads that still have something to send or to wait for.
    working: AtomicUsize,
    /// Everything was sent and answered: lanes that go beside it end too.
    finished: AtomicBool,
    /// Something broke: every thread stops.
    cancelled: AtomicBool,
}

impl Shared {
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            start: Instant::now(),
            live: Mutex::new(Live::new()),
            working: AtomicUsize::new(threads),
            finished: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
        }
    }

    fn now_ns(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Relaxed) || self.cancelled.load(Ordering::Relaxed)
    }
}

/// What a thread is to do.
pub(crate) struct Task<'a> {
    pub(crate) wire: &'a Wire,
    pub(crate) seats: &'a [u32],
    pub(crate) scenario: Scenario,
    pub(crate) seed: u64,
    pub(crate) thread: usize,
    pub(crate) threads: usize,
    pub(crate) lanes: &'a [LanePlan],
    /// For each lane, the connections of this thread.
    pub(crate) sockets: Vec<Vec<Socket<TcpStream>>>,
    /// Whether the history is kept.
    pub(crate) remember: bool,
}

/// What a thread has done.
pub(crate) struct Done {
    pub(crate) tally: Tally,
    pub(crate) history: Vec<Record>,
    pub(crate) scenario: Scenario,
    pub(crate) cost: Cost,
    /// The number of answers, without those of lanes beside, and when the last of them came, from the start.
    pub(crate) answers: u64,
    pub(crate) ended_ns: u64,
    /// Seats ran out before the time.
    pub(crate) exhausted: bool,
    /// Why it ended early.
    pub(crate) broken: Option<String>,
}

/// A lane as one thread has it.
struct Lane {
    pace: Tempo,
    arrivals_max: u64,
    until_ns: u64,
    side: bool,
    /// The number of this thread's first connection.
    first: usize,
    connections: usize,
    turn: usize,
    /// The distance between the arrivals of one connection, in a closed loop.
    stride: u64,
    in_flight: u64,
    /// No further arrivals.
    closed: bool,
}

enum Tempo {
    Closed { pipeline: usize },
    Open(Schedule),
}

pub(crate) struct Generator<'a> {
    task: Task<'a>,
    shared: &'a Shared,
    lanes: Vec<Lane>,
    connections: Vec<Connection>,
    poll: Poll,
    events: Events,
    tally: Tally,
    history: Vec<Record>,
    last_answer_ns: u64,
    answers: u64,
    ended_ns: u64,
    published_ns: u64,
    exhausted: bool,
    working: bool,
    /// Connections with something to write.
    dirty: Vec<usize>,
}

impl<'a> Generator<'a> {
    pub(crate) fn new(mut task: Task<'a>, shared: &'a Shared) -> io::Result<Self> {
        let poll = Poll::new()?;
        let (mut lanes, mut connections) = (Vec::new(), Vec::new());
        for (index, (plan, sockets)) in task.lanes.iter().zip(std::mem::take(&mut task.sockets)).enumerate() {
            // Lanes beside are on one thread. Of the other lanes, threads take arrivals and connections in turn.
            let (thread, threads) = if plan.side { (0, 1) } else { (task.thread, task.threads) };
            let first = connections.len();
            for (number, socket) in sockets.into_iter().enumerate() {
                let mut stream = socket.nonblocking()?;
                let token = Token(connections.len());
                poll.registry().register(stream.stream(), token, Interest::READABLE | Interest::WRITABLE)?;
                connections.push(Connection::new(stream, index, (thread + number * threads) as u64));
            }
            let pace = match plan.pace {
                Pace::Closed { pipeline } => Tempo::Closed { pipeline },
                Pace::Open(rhythm) => {
                    Tempo::Open(Schedule::new(rhythm, task.seed ^ index as u64, thread, threads))
                }
            };
            let mine = connections.len() - first;
            lanes.push(Lane {
                pace,
                arrivals_max: plan.arrivals_max,
                until_ns: plan.until_ns,
                side: plan.side,
                first,
                connections: mine,
                turn: 0,
                stride: plan.connections as u64,
                in_flight: 0,
                closed: mine == 0,
            });
        }
        Ok(Self {
            events: Events::with_capacity(1_024.min(connections.len().max(16))),
            task,
            shared,
            lanes,
            connections,
            poll,
            tally: Tally::new(),
            history: Vec::new(),
            last_answer_ns: 0,
            answers: 0,
            ended_ns: 0,
            published_ns: 0,
            exhausted: false,
            working: true,
            dirty: Vec::new(),
        })
    }

    pub(crate) fn run(mut self) -> Done {
        precise_naps();
        let meter = Meter::start();
        let broken = self.drive().err();
        if broken.is_some() {
            self.shared.cancelled.store(true, Ordering::Relaxed);
        }
        self.stop_working();
        self.tally.publish(&self.shared.live);
        Done {
            tally: self.tally,
            history: self.history,
            scenario: self.task.scenario,
            cost: meter.cost(),
            answers: self.answers,
            ended_ns: self.ended_ns,
            exhausted: self.exhausted,
            broken,
        }
    }

    fn drive(&mut self) -> Result<(), String> {
        self.last_answer_ns = self.shared.now_ns();
        self.open_closed_loops()?;
        loop {
            let now = self.shared.now_ns();
            let due = self.send_due(now)?;
            if self.is_done(now)? {
                return Ok(());
            }
            if now / SECOND_NS > self.published_ns / SECOND_NS {
                self.published_ns = now;
                self.tally.publish(&self.shared.live);
            }
            self.wait(due)?;
            let events = std::mem::replace(&mut self.events, Events::with_capacity(0));
            for event in &events {
                let index = event.token().0;
                if event.is_writable() {
                    self.flush(index)?;
                }
                if event.is_readable() || event.is_read_closed() || event.is_error() {
                    self.serve(index, event.is_read_closed())?;
                }
            }
            self.events = events;
        }
    }

    /// Fills the pipelines of closed loops.
    fn open_closed_loops(&mut self) -> Result<(), String> {
        let now = self.shared.now_ns();
        for index in 0..self.connections.len() {
            let lane = self.connections[index].lane;
            if let Tempo::Closed { pipeline } = self.lanes[lane].pace {
                for _ in 0..pipeline {
                    self.next_of_closed(index, now);
                }
                self.flush(index)?;
            }
        }
        Ok(())
    }

    /// Sends the next arrival of a closed loop's connection, if there is one.
    #[inline]
    fn next_of_closed(&mut self, index: usize, now: u64) {
        let connection = &mut self.connections[index];
        let lane = &mut self.lanes[connection.lane];
        if lane.closed || connection.next >= lane.arrivals_max || now >= lane.until_ns {
            self.exhausted |= lane.until_ns != u64::MAX && now < lane.until_ns;
            return;
        }
        let command = self.task.scenario.arrive(connection.lane, connection.next, now);
        let flight = Flight { command, arrival: connection.next as u32, intended_ns: now };
        connection.next += lane.stride;
        lane.in_flight += 1;
        connection.push(self.task.wire, flight);
    }

    /// Sends the commands of open loops that are due. Returns when the next one is.
    fn send_due(&mut self, now: u64) -> Result<Option<u64>, String> {
        let mut soonest = None::<u64>;
        let finished = self.shared.is_finished();
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            let Tempo::Open(schedule) = &mut lane.pace else { continue };
            lane.closed |= finished && lane.side;
            let mut sends = 0;
            while !lane.closed {
                let due = schedule.due_ns();
                let arrival = schedule.arrival();
                if due >= lane.until_ns || arrival >= lane.arrivals_max {
                    self.exhausted |= lane.until_ns != u64::MAX && due < lane.until_ns;
                    lane.closed = true;
                    break;
                }
                if due > now || sends == SENDS_PER_TURN || lane.in_flight >= FLIGHT_MAX {
                    self.tally.held_back += u64::from(lane.in_flight >= FLIGHT_MAX);
                    soonest = Some(soonest.map_or(due, |soonest| soonest.min(due)));
                    break;
                }
                let command = self.task.scenario.arrive(index, arrival, due);
                let to = lane.first + lane.turn;
                lane.turn = (lane.turn + 1) % lane.connections;
                lane.in_flight += 1;
                sends += 1;
                schedule.advance();
                let flight = Flight { command, arrival: arrival as u32, intended_ns: due };
                self.connections[to].push(self.task.wire, flight);
                self.tally.lag.saturating_record(now - due);
                if self.dirty.last() != Some(&to) {
                    self.dirty.push(to);
                }
            }
        }
        while let Some(index) = self.dirty.pop() {
            self.flush(index)?;
        }
        Ok(soonest)
    }

    /// Waits for a socket, until `due` at the latest.
    fn wait(&mut self, due: Option<u64>) -> Result<(), String> {
        let until = due.map(|due| Duration::from_nanos(due.saturating_sub(self.shared.now_ns())));
        let nap = until.map_or(NAP, |until| until.min(NAP));
        let waited = wait(&mut self.poll, &mut self.events, nap, due.is_some());
        waited.map_err(|error| format!("waiting for sockets failed: {error}"))
    }

    fn flush(&mut self, index: usize) -> Result<(), String> {
        self.connections[index].flush().map_err(|error| self.gone(index, &error.to_string()))
    }

    /// Reads what a connection has.
    fn serve(&mut self, index: usize, to_the_end: bool) -> Result<(), String> {
        loop {
            let arrived =
                self.connections[index].read().map_err(|error| self.gone(index, &error.to_string()))?;
            match arrived {
                Arrived::Nothing => return Ok(()),
                Arrived::End => return Err(self.gone(index, "it was closed")),
                Arrived::Last | Arrived::More => {
                    let now = self.shared.now_ns();
                    self.last_answer_ns = now;
                    self.take_answers(index, now)?;
                    self.flush(index)?;
                    if arrived == Arrived::Last && !to_the_end {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn take_answers(&mut self, index: usize, now: u64) -> Result<(), String> {
        loop {
            let connection = &mut self.connections[index];
            let lane = connection.lane;
            let taken =
                connection.take().map_err(|bytes| format!("the server said what is no answer: {bytes}"))?;
            let Some((flight, bytes)) = taken else { return Ok(()) };
            let command = flight.command;
            let answer = Answer::read(bytes, command.kind);
            let ns = now.saturating_sub(flight.intended_ns);
            let outcome = outcome(&self.task, &mut self.tally, &command, (&answer, bytes), ns);
            self.task.scenario.observe(&flight, &answer, bytes, now);
            if self.task.remember && command.kind.is_write() {
                self.history.push(Record::new(command, outcome, &answer, bytes));
            }
            let follow = match outcome {
                Outcome::Accepted => self.task.scenario.follow(&command, &answer),
                Outcome::Refused | Outcome::NotJudged => None,
            };
            let follow = follow.map(|command| Flight { command, intended_ns: now, ..flight });
            if !self.lanes[lane].side {
                self.answers += 1;
                self.ended_ns = now;
            }
            self.go_on(index, lane, follow, now)?;
        }
    }

    /// After an answer: sends what the same client sends next, or the next arrival of a closed loop.
    #[inline]
    fn go_on(&mut self, index: usize, lane: usize, follow: Option<Flight>, now: u64) -> Result<(), String> {
        if let Some(flight) = follow {
            self.connections[index].push(self.task.wire, flight);
            return Ok(());
        }
        self.lanes[lane].in_flight -= 1;
        if matches!(self.lanes[lane].pace, Tempo::Closed { .. }) {
            self.next_of_closed(index, now);
        }
        if self.tally.strange.count() >= STRANGE_MAX {
            return Err(format!("{STRANGE_MAX} answers were not what they should be: stopped"));
        }
        Ok(())
    }

    fn is_done(&mut self, now: u64) -> Result<bool, String> {
        if self.shared.cancelled.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let in_flight: u64 = self.lanes.iter().map(|lane| lane.in_flight).sum();
        if in_flight > 0 && now.saturating_sub(self.last_answer_ns) > SILENCE_NS {
            return Err(format!("the server left {in_flight} commands unanswered for 30 seconds"));
        }
        // An open loop may be idle for a long time; only unanswered commands count as silence.
        if in_flight == 0 {
            self.last_answer_ns = now;
        }
        let sends = |lane: &Lane| match lane.pace {
            Tempo::Closed { .. } => lane.in_flight > 0,
            Tempo::Open(_) => !lane.closed || lane.in_flight > 0,
        };
        if !self.lanes.iter().any(|lane| !lane.side && sends(lane)) {
            self.stop_working();
        }
        let all_done = self.shared.working.load(Ordering::Relaxed) == 0;
        if all_done && self.task.thread == 0 && self.task.scenario.is_over(now) {
            self.shared.finished.store(true, Ordering::Relaxed);
        }
        Ok(!self.working && !self.lanes.iter().any(|lane| lane.side && sends(lane)))
    }

    fn stop_working(&mut self) {
        if std::mem::take(&mut self.working) {
            self.shared.working.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn gone(&self, index: usize, why: &str) -> String {
        let in_flight: usize = self.connections.iter().map(|connection| connection.flight.len()).sum();
        let last = self.connections[index].flight.front();
        let waiting = last.map_or(String::new(), |flight| {
            format!(", the first `{}`", self.task.wire.text(&flight.command))
        });
        format!(
            "the server went away: connection {index}: {why}; {} answers had come, {in_flight} commands wait for \
             theirs{waiting}",
            self.tally.answers()
        )
    }
}

/// Counts an answer and tells what it means for its command.
#[inline]
fn outcome(
    task: &Task<'_>,
    tally: &mut Tally,
    command: &Command,
    (answer, bytes): (&Answer<'_>, &[u8]),
    ns: u64,
) -> Outcome {
    let outcome = if let Answer::Refused(line) = answer {
        let word = Answer::word(line);
        let outcome = tally.refused(command.kind, word, ns);
        if task.scenario.tolerates(word) {
            return outcome;
        }
        outcome
    } else {
        tally.answered(command.kind, ns);
        if fits(command, answer, task.seats.get(usize::from(command.event)).copied().unwrap_or(0)) {
            tally.accepted(command.kind);
            return Outcome::Accepted;
        }
        Outcome::NotJudged
    };
    tally.strange.add(|| format!("`{}` was answered `{}`", task.wire.text(command), shown(bytes)));
    outcome
}
