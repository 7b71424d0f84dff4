//! Commands that have to look at events before they are asked for: what may need an approval, and what plans a repair. Nothing of the
//! connection overtakes them.

use holdfast_engine::{Fault, JobAsk, Looked, Looking};

use super::InFlight;
use super::pending::{Look, Pending};
use crate::by_hand::{Frozen, ask_again, frozen};
use crate::connection::peer::Peer;
use crate::resp::decode::Arguments;
use crate::resp::response::Voice;
use crate::shared::Shared;
use crate::verbs::Verb;

impl InFlight {
    /// Gives a request about jobs to the engine, when what it is about was looked at.
    pub(crate) fn ask_job(&mut self, weight: usize, voice: Voice, ask: JobAsk) {
        match self.session.looking(&ask) {
            None => self.ask(weight, voice, |session| session.job(ask)),
            Some(looking) => self.look((weight, voice), ask, None, looking),
        }
    }

    /// Carries out an act if it needs no approval, and asks for one if it does. Nothing was done if its words are wrong.
    #[cold]
    pub(crate) fn freeze(
        &mut self,
        (verb, arguments): (&'static Verb, Arguments<'_>),
        peer: &Peer,
        shared: &Shared,
    ) -> Result<(), Fault> {
        let from = (peer.account(), peer.token());
        let Frozen { frame, ask, looking } =
            frozen(&shared.router, &shared.required, (verb, arguments), from)?;
        self.look((verb.weight, peer.voice()), ask, Some(frame), looking);
        Ok(())
    }

    fn look(
        &mut self,
        (weight, voice): (usize, Voice),
        ask: JobAsk,
        frame: Option<Vec<u8>>,
        looking: Looking,
    ) {
        let mark = self.timing.mark();
        self.queue.push_back(Pending::Look(Box::new(Look { looking, ask, frame, weight, voice, mark })));
        self.alone = true;
    }

    /// What the command at the front is about was looked at: it is asked for now.
    pub(super) fn ask_looked(&mut self, looked: Result<Looked, Fault>) {
        let Some(Pending::Look(look)) = self.queue.pop_front() else { return };
        let Look { ask, frame, weight, voice, mark, .. } = *look;
        let needs_none = looked.as_ref().is_ok_and(|looked| looked.needs.is_none());
        self.ask_at_the_front(mark, |this| {
            this.ask(weight, voice, |session| match frame {
                // What was asked for before is answered as it was.
                Some(frame) if needs_none && !session.has_asked(&ask) => ask_again(session, &frame),
                _ => session.job_looked(ask, Some(looked)),
            });
        });
    }
}
