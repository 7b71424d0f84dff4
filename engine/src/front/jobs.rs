//! What a connection asks about jobs, and about messages for people outside, and about the audit.

use std::sync::Arc;

use holdfast_wal::Lsn;

use crate::audit::AuditAsk;
use crate::document::Document;
use crate::exchange::reply::Replies;
use crate::exchange::run::Askers;
use crate::fault::Fault;
use crate::front::session::Session;
use crate::jobs::JobAsk;
use crate::journal::gate::Gate;
use crate::notices::NotifyAsk;
use crate::state::{Name, Reply};
use crate::system::By;

impl Session {
    /// Takes a request about jobs. It is judged here and now, and told when what it shows is durable. Returns how many bytes the reply
    /// takes until then, at most.
    pub fn job(&mut self, mut ask: JobAsk) -> usize {
        let bytes = match &ask {
            JobAsk::Find(find) => find.count as usize * BYTES_PER_LINE,
            _ => BYTES_PER_LINE,
        };
        let told = self.admit_operator(ask.by_mut()).and_then(|()| {
            let router = self.router();
            router.jobs().ask(ask, router.now())
        });
        self.answer(told);
        bytes
    }

    /// Takes a request about messages for people outside, as [`Session::job`].
    pub fn notify(&mut self, mut ask: NotifyAsk) -> usize {
        let bytes = match &ask {
            NotifyAsk::Dead(_, _, count) => *count as usize * BYTES_PER_LINE,
            NotifyAsk::List | NotifyAsk::Acts => LINES_OF_A_LIST * BYTES_PER_LINE,
            _ => BYTES_PER_LINE,
        };
        let told = self.admit_operator(ask.by_mut()).and_then(|()| {
            let router = self.router();
            router.notices().ask(ask, router.now())
        });
        self.answer(told);
        bytes
    }

    /// Hands out an answer when the record is durable that it rests on.
    fn answer(&mut self, told: Result<(Document, Lsn), Fault>) {
        match told {
            Ok((document, rests_on)) => {
                let replies = Replies::free(vec![Reply::Document(document)]);
                Gate::here().pass(Arc::new(Replies { rests_on, ..replies }), Askers::one(self.inbox()));
            }
            Err(fault) => self.refuse(fault),
        }
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
    fn admit_operator(&self, by: Option<&mut By>) -> Result<(), Fault> {
        let Some(by) = by else { return Ok(()) };
        by.token = self.token().map(|token| token.as_str().into());
        let operator = Name::new(by.operator.as_bytes());
        operator.and_then(|operator| self.forbids_operator(&operator)).map_or(Ok(()), Err)
    }
}

/// About so much of a reply is one execution, one channel or one message, or one line of the audit.
const BYTES_PER_LINE: usize = 2_048;
/// A list that has no pages is about so long.
const LINES_OF_A_LIST: usize = 16;
