//! What a connection asks about jobs, messages for people outside, and the audit.

use std::sync::Arc;

use holdfast_wal::Lsn;

use crate::audit::AuditAsk;
use crate::document::Document;
use crate::exchange::reply::Replies;
use crate::exchange::run::Askers;
use crate::fault::Fault;
use crate::front::session::Session;
use crate::jobs::{JobAsk, Looked, Looking};
use crate::journal::gate::Gate;
use crate::notices::NotifyAsk;
use crate::state::{Name, Reply};
use crate::system::By;

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
        self.note_token(ask.by_mut());
        self.router().jobs().has_asked(&ask)
    }

    fn note_token(&self, by: Option<&mut By>) {
        if let Some(by) = by {
            by.token = self.token().map(|token| token.as_str().into());
        }
    }

    /// As [`Session::job`], with what came of [`Session::looking`].
    pub fn job_looked(&mut self, mut ask: JobAsk, looked: Option<Result<Looked, Fault>>) -> usize {
        let bytes = match &ask {
            JobAsk::Find(find) => find.count as usize * BYTES_PER_LINE,
            _ => BYTES_PER_LINE,
        };
        let told = self.admit_operator(ask.by_mut()).and_then(|()| {
            let router = self.router();
            router.jobs().ask(ask, looked, router.now())
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
        self.answer(told.map(|(document, rests_on)| (Ok(document), rests_on)));
        bytes
    }

    /// Hands out an answer when the record is durable that it rests on. A refusal may rest on one, too: that of an act that waits.
    fn answer(&mut self, told: Result<(Result<Document, Fault>, Lsn), Fault>) {
        match told {
            Ok((said, rests_on)) => {
                let reply = said.map_or_else(Reply::Fault, Reply::Document);
                let replies = Replies::free(vec![reply]);
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
    fn admit_operator(&self, mut by: Option<&mut By>) -> Result<(), Fault> {
        self.note_token(by.as_deref_mut());
        let Some(by) = by else { return Ok(()) };
        let operator = Name::new(by.operator.as_bytes());
        operator.and_then(|operator| self.forbids_operator(&operator)).map_or(Ok(()), Err)
    }
}

/// About so much of a reply is one execution, one channel or one message, or one line of the audit.
const BYTES_PER_LINE: usize = 2_048;
/// A list that has no pages is about so long.
const LINES_OF_A_LIST: usize = 16;
