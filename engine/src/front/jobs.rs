//! What a connection asks about jobs.

use std::sync::Arc;

use crate::exchange::reply::Replies;
use crate::exchange::run::Askers;
use crate::fault::Fault;
use crate::front::session::Session;
use crate::jobs::{JobAsk, Looked, Looking};
use crate::journal::gate::Gate;
use crate::state::{Name, Reply};

impl Session {
    /// Takes a request about jobs. It is judged here and now, and told when what it shows is durable. Returns how many bytes the reply
    /// takes until then, at most.
    pub fn job(&mut self, ask: JobAsk) -> usize {
        self.job_looked(ask, None)
    }

    /// What has to be looked at before this is asked; `None` if nothing has to be.
    #[must_use]
    pub fn looking(&self, ask: &JobAsk) -> Option<Looking> {
        self.router().jobs().looking(ask)
    }

    /// Whether this was asked before, under the same key of the same token.
    #[must_use]
    pub fn has_asked(&self, ask: &JobAsk) -> bool {
        let mut ask = ask.clone();
        self.put_token(&mut ask);
        self.router().jobs().has_asked(&ask)
    }

    fn put_token(&self, ask: &mut JobAsk) {
        if let Some(by) = ask.by_mut() {
            by.token = self.token().map(|token| token.as_str().into());
        }
    }

    /// As [`Session::job`], with what came of [`Session::looking`].
    pub fn job_looked(&mut self, mut ask: JobAsk, looked: Option<Result<Looked, Fault>>) -> usize {
        let bytes = match &ask {
            JobAsk::Find(find) => find.count as usize * BYTES_PER_LINE,
            _ => BYTES_PER_LINE,
        };
        let told = self.admit_operator(&mut ask).and_then(|()| {
            let router = self.router();
            router.jobs().ask(ask, looked, router.now())
        });
        match told {
            Ok((said, rests_on)) => {
                let reply = said.map_or_else(Reply::Fault, Reply::Document);
                let replies = Replies::free(vec![reply]);
                Gate::here().pass(Arc::new(Replies { rests_on, ..replies }), Askers::one(self.inbox()));
            }
            Err(fault) => self.refuse(fault),
        }
        bytes
    }

    /// Notes the token beside whoever asks, and refuses another operator than it may name.
    fn admit_operator(&self, ask: &mut JobAsk) -> Result<(), Fault> {
        self.put_token(ask);
        let Some(by) = ask.by_mut() else { return Ok(()) };
        let operator = Name::new(by.operator.as_bytes());
        operator.and_then(|operator| self.forbids_operator(&operator)).map_or(Ok(()), Err)
    }
}

/// About so much of a reply is one execution.
const BYTES_PER_LINE: usize = 2_048;
