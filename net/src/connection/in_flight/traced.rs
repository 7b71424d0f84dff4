//! Commands that are part of a trace.

use holdfast_engine::Name;

use super::InFlight;
use crate::spans::{Followed, Traced};
use crate::verbs::{Command, Verb};

impl InFlight {
    /// The command that is being taken is part of this trace; without one, of one of its own or of none. It is measured by itself if
    /// spans are made of it. The record of what it changes has the trace that was sent in any case, and its own if there are spans.
    #[cold]
    pub(super) fn traces(
        &mut self,
        sent: Option<Box<Traced>>,
        may_have_its_own: impl FnOnce() -> bool,
        event: impl FnOnce() -> Option<Name>,
    ) {
        let was_followed = self.timing.is_following();
        let traced = match sent {
            Some(sent) => Some(sent),
            None if self.timing.chooses() && may_have_its_own() => Some(Box::new(self.timing.own_trace())),
            None => None,
        };
        let followed = traced.as_deref().and_then(|traced| {
            let now = self.session.stamp();
            self.timing.may_follow(now).then(|| Followed::new(traced.clone(), event(), now))
        });
        let kept = traced.filter(|traced| followed.is_some() || !traced.is_own);
        self.looks_for_traces = kept.is_some() || self.timing.draws();
        self.session.trace(kept.map(|traced| traced.trace));
        self.timing.follows(followed);
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
        is_wrapped: impl FnOnce() -> bool,
    ) {
        self.timing.takes(Some(verb), place);
        if traced.is_some() || self.looks_for_traces {
            self.traces(traced, || !is_wrapped(), || command.event());
        }
    }
}
