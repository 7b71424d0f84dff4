//! What a connection asks about jobs, and about the audit.

use std::sync::Arc;

use crate::audit::AuditAsk;
use crate::exchange::reply::Replies;
use crate::exchange::run::Askers;
use crate::fault::Fault;
use crate::front::session::Session;
use crate::jobs::JobAsk;
use crate::journal::gate::Gate;
use crate::state::{Name, Reply};

impl Session {
    /// Takes a request about jobs. It is judged here and now, and told when what it shows is durable. Returns how many bytes the reply
    /// takes until then, at most.
    pub fn job(&mut self, mut ask: JobAsk) -> usize {
        let bytes = match &ask {
            JobAsk::Find(find) => find.count as usize * BYTES_PER_LINE,
            _ => BYTES_PER_LINE,
        };
        let told = self.admit_operator(&mut ask).and_then(|()| {
            let router = self.router();
            router.jobs().ask(ask, router.now())
        });
        match told {
            Ok((document, rests_on)) => {
                let replies = Replies::free(vec![Reply::Document(document)]);
                Gate::here().pass(Arc::new(Replies { rests_on, ..replies }), Askers::one(self.inbox()));
            }
            Err(fault) => self.refuse(fault),
        }
        bytes
    }

    /// Takes a request about the audit. All that it shows is durable. Returns how many bytes the reply takes, at most.
    pub fn audit(&mut self, ask: &AuditAsk) -> usize {
        let document = self.router().audit().ask(ask);
        let replies = Replies::free(vec![Reply::Document(document)]);
        Gate::here().pass(Arc::new(replies), Askers::one(self.inbox()));
        match ask {
            AuditAsk::Show(find) => find.count as usize * BYTES_PER_LINE,
            AuditAsk::Head => BYTES_PER_LINE,
        }
    }

    /// Notes the token beside whoever asks, and refuses another operator than it may name.
    fn admit_operator(&self, ask: &mut JobAsk) -> Result<(), Fault> {
        let Some(by) = ask.by_mut() else { return Ok(()) };
        by.token = self.token().map(|token| token.as_str().into());
        let operator = Name::new(by.operator.as_bytes());
        operator.and_then(|operator| self.forbids_operator(&operator)).map_or(Ok(()), Err)
    }
}

/// About so much of a reply is one execution, or one line of the audit.
const BYTES_PER_LINE: usize = 2_048;
