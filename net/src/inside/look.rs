//! A look at an event that no server has: at one that was brought back from a directory.

use std::sync::Arc;

use holdfast_engine::{About, Event, Fault, Labels, Name};

use crate::resp::encode;
use crate::resp::shown::shown;
use crate::resp::value::Value;
use crate::verbs;

/// A look, as it is written behind `ASOF` and its moment.
#[derive(Clone, Debug)]
pub struct Look {
    line: Box<[u8]>,
    event: Name,
}

impl Look {
    /// Reads the words, as far as that can be done without the event.
    ///
    /// # Errors
    /// If they are no look at what was.
    pub fn new<W: AsRef<[u8]>>(words: &[W]) -> Result<Self, Fault> {
        let line: Box<[u8]> = encode::command(words.iter().map(AsRef::as_ref)).into();
        let event = verbs::event_of(&line)?;
        Ok(Self { line, event })
    }

    /// The same for an event that is at hand as a whole, so that holds and orders can be listed as well.
    ///
    /// # Errors
    /// If they are no such look.
    pub fn of_copy<W: AsRef<[u8]>>(words: &[W]) -> Result<Self, Fault> {
        let line: Box<[u8]> = encode::command(words.iter().map(AsRef::as_ref)).into();
        let event = verbs::event_of_any(&line)?;
        Ok(Self { line, event })
    }

    /// The event that it is about.
    #[must_use]
    pub const fn event(&self) -> &Name {
        &self.event
    }

    /// What a client would be told.
    ///
    /// # Errors
    /// The word at fault, and what is wrong with it.
    pub fn at(&self, event: &Event, branch: u64) -> Result<Value, Fault> {
        let layout = Arc::clone(event.layout());
        let read = verbs::look(&self.line, Labels::of(&layout))?;
        let plan_version = event.plan_version();
        shown(&event.view(&read)?, &About { name: self.event.clone(), layout, plan_version, branch })
    }
}
