//! A traced command on its way through a connection.

use std::cell::RefCell;

use holdfast_engine::{Answer, Name, Reply, Stamp};

use super::{Outcome, Traced};

/// What is known of it before its reply is gone.
#[derive(Debug)]
pub(crate) struct Followed {
    pub(crate) traced: Traced,
    pub(crate) event: Option<Name>,
    /// When it was decoded.
    pub(crate) taken: Stamp,
    outcome: RefCell<Outcome>,
}

impl Followed {
    pub(crate) fn new(traced: Traced, event: Option<Name>, taken: Stamp) -> Self {
        Self { traced, event, taken, outcome: RefCell::default() }
    }

    /// The event has answered this.
    pub(crate) fn answered(&self, reply: &Reply) {
        let mut outcome = self.outcome.borrow_mut();
        outcome.repeated = matches!(reply, Reply::Repeated(..));
        if let Reply::Repeated(_, decided) = reply {
            outcome.decided = *decided;
        }
        outcome.version = match reply {
            Reply::Answer(answer, _) | Reply::Repeated(answer, _) => version(answer),
            _ => None,
        };
    }

    /// The reply was written down: an error begins with a dash, its kind and its code.
    pub(crate) fn said(&self, reply: &[u8]) {
        let Some(error) = reply.strip_prefix(b"-") else { return };
        let code = error.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        self.outcome.borrow_mut().code = Some(String::from_utf8_lossy(code).into());
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.outcome.borrow().clone()
    }
}

fn version(answer: &Answer) -> Option<u64> {
    match answer {
        Answer::Hold { version, .. }
        | Answer::Released { version, .. }
        | Answer::Order { version, .. }
        | Answer::Event { version, .. }
        | Answer::Cancelled { version, .. }
        | Answer::Blocked { version, .. } => Some(*version),
        Answer::Payment { line, .. } | Answer::Money { line, .. } => Some(line.version),
        Answer::Refused(_) => None,
    }
}
