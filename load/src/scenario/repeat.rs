//! For the check: sends again what was sent before, with the same keys. The answers must be the same.

use std::sync::Arc;

use crate::faults::Faults;
use crate::history::{Outcome, Record};
use crate::wire::command::{Command, Wire};
use crate::wire::reply::Answer;
use crate::wire::shown::shown;

/// Commands that are sent again, with what their answers must be.
#[derive(Clone, Debug)]
pub(crate) struct Repeat {
    pub(crate) records: Arc<Vec<Record>>,
    /// Not judged this time: to be sent once more.
    pub(crate) again: Vec<Record>,
    pub(crate) wire: Wire,
    pub(crate) faults: Faults,
}

impl Repeat {
    pub(crate) fn arrive(&self, arrival: u64) -> Command {
        self.records[arrival as usize].command
    }

    pub(crate) fn observe(&mut self, arrival: u32, answer: &Answer<'_>, bytes: &[u8]) {
        let record = self.records[arrival as usize];
        if matches!(answer, Answer::Refused(line) if matches!(Answer::word(line), b"BUSY" | b"DEGRADED")) {
            self.again.push(record);
        } else if crc32fast::hash(bytes) != record.digest {
            let wire = &self.wire;
            self.faults.add(|| {
                let was = match record.outcome {
                    Outcome::Accepted => format!("accepted with version {}", record.version),
                    Outcome::Refused | Outcome::NotJudged => "refused in other words".to_owned(),
                };
                format!(
                    "`{}`, which was {was}, was answered `{}` when it was repeated",
                    wire.text(&record.command),
                    shown(bytes)
                )
            });
        }
    }
}
