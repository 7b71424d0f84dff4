//! Requests on their way from a session: a run for each event, and the order in which their replies are to be told.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::actor::{Asked, Entry};
use crate::fault::Fault;
use crate::front::ticket::Ticket;
use crate::limits;
use crate::state::NameRef;

/// What is gathered of one connection; at least one run.
pub(crate) struct Runs {
    runs: SmallVec<[Run; 1]>,
    /// That of the last request: mostly the next one is for the same event.
    last: usize,
    /// The run of each request; empty while there is one run only.
    order: Vec<u8>,
}

/// Requests for one event.
struct Run {
    entry: Arc<Entry>,
    asked: Vec<Asked>,
}

impl Run {
    fn new(entry: Arc<Entry>, expected: usize) -> Self {
        Self { entry, asked: Vec::with_capacity(expected) }
    }
}

impl Runs {
    /// A run for this event, which will have about so many requests.
    pub(crate) fn of(entry: Arc<Entry>, expected: usize) -> Self {
        Self { runs: smallvec![Run::new(entry, expected)], last: 0, order: Vec::new() }
    }

    fn requests(&self) -> usize {
        match self.runs.as_slice() {
            [only] => only.asked.len(),
            _ => self.order.len(),
        }
    }

    /// Requests of a run, on average.
    pub(crate) fn length(&self) -> usize {
        self.requests() / self.runs.len()
    }

    /// May a further request be gathered with those that are?
    pub(crate) fn has_room(&self) -> bool {
        self.requests() < limits::RUN_COMMANDS_MAX
    }

    /// Turns to the run of this event; false if there is none.
    pub(crate) fn turn_to(&mut self, name: NameRef<'_>) -> bool {
        let is_it = |run: &Run| run.entry.about().name.bytes() == name.bytes();
        if is_it(&self.runs[self.last]) {
            return true;
        }
        let found = self.runs.iter().position(is_it);
        self.last = found.unwrap_or(self.last);
        found.is_some()
    }

    /// Opens a run for one more event and turns to it; gives the event back if there are as many as there may be.
    pub(crate) fn open(&mut self, entry: Arc<Entry>, expected: usize) -> Result<(), Arc<Entry>> {
        if self.runs.len() == limits::RUNS_GATHERED_MAX {
            return Err(entry);
        }
        self.order.resize(self.requests(), 0);
        self.last = self.runs.len();
        self.runs.push(Run::new(entry, expected));
        Ok(())
    }

    /// The event that was turned to.
    pub(crate) fn event(&self) -> &Arc<Entry> {
        &self.runs[self.last].entry
    }

    /// Adds a request for it.
    pub(crate) fn push(&mut self, asked: Asked) {
        self.runs[self.last].asked.push(asked);
        if self.runs.len() > 1 {
            self.order.push(self.last as u8);
        }
    }

    pub(crate) fn send(self) -> Ticket {
        let tickets = self.runs.into_iter().map(|Run { entry, asked }| send(&entry, asked));
        Ticket::of_all(tickets, self.order)
    }
}

/// Sends requests to an event; refuses them all if it has too much to do.
pub(crate) fn send(entry: &Arc<Entry>, asked: Vec<Asked>) -> Ticket {
    let requests = asked.len();
    match entry.send(asked) {
        Some(answer) => Ticket::coming(requests, answer),
        None => Ticket::there(vec![Fault::overloaded().into(); requests]),
    }
}
