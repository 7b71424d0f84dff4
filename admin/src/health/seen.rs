//! Since when each part is as it is.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use holdfast_engine::{Code, explain};
use serde_json::{Value, json};

use super::parts::{self, Finding, Status};
use crate::stage::Stage;

/// How the parts were at the last look, and since when.
#[derive(Default)]
pub(crate) struct Health(Mutex<BTreeMap<&'static str, Seen>>);

/// How a part is.
#[derive(Clone)]
pub(crate) struct Seen {
    finding: Finding,
    /// Unix milliseconds of the first look that found it so.
    since: u64,
}

impl Health {
    /// Looks at all parts. To be called again and again, as a change is dated by the look that sees it.
    pub(crate) fn look(&self, stage: &Stage) -> BTreeMap<&'static str, Seen> {
        let (found, now) = (parts::all(stage), now());
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut then = std::mem::take(&mut *seen);
        for (part, finding) in found {
            let same = then.remove(part).filter(|then| then.is_like(&finding));
            let since = same.map_or(now, |then| then.since);
            seen.insert(part, Seen { finding, since });
        }
        seen.clone()
    }

    /// Looks, for the dates alone.
    pub(crate) fn keep(&self, stage: &Stage) {
        drop(self.look(stage));
    }
}

impl Seen {
    pub(crate) const fn status(&self) -> Status {
        self.finding.status
    }

    /// Is it the same state, though its figures may be others?
    fn is_like(&self, finding: &Finding) -> bool {
        self.finding.status == finding.status && self.finding.code == finding.code
    }

    pub(crate) fn told(&self) -> Value {
        let Finding { status, code, message } = &self.finding;
        let code = code.map(Code::text);
        json!({
            "status": status.word(),
            "code": code,
            "since": self.since,
            "message": message,
            "remedy": code.and_then(explain).map(|entry| entry.remedy),
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "people compare it with their watch")]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
