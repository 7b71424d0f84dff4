//! Commands that are part of a trace.

use holdfast_engine::Name;

use super::InFlight;
use crate::spans::{Followed, Traced};
use crate::verbs::{Command, Verb};

impl InFlight {
    /// The command that is being taken is part of this trace, or of none after one that was. It is measured by itself if spans are made
    /// of it. The record of what it changes has the trace in any case.
    #[cold]
    pub(super) fn traces(&mut self, traced: Option<Box<Traced>>, event: Option<Name>) {
        self.is_traced = traced.is_some();
        self.session.trace(traced.as_ref().map(|traced| traced.trace));
        let was_followed = self.timing.is_following();
        let now = self.session.stamp();
        let followed = traced.filter(|_| self.timing.may_follow(now));
        self.timing.follows(followed.map(|traced| Followed::new(*traced, event, now)));
        if was_followed || self.timing.is_following() {
            // None joins those before it.
            self.turn = false;
        }
    }

    /// A command of a transaction is about to be carried out, which begins there among all of them.
    pub(crate) fn begins_within(
        &mut self,
        (verb, command): (&'static Verb, &Command<'_>),
        place: usize,
        traced: Option<Box<Traced>>,
    ) {
        self.timing.takes(Some(verb), place);
        if traced.is_some() || self.is_traced {
            self.traces(traced, command.event());
        }
    }
}
