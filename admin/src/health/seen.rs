//! Since when each part is as it is.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use holdfast_engine::Code;
use holdfast_net::Protection;
use serde_json::{Value, json};

use super::feed::Readers;
use super::parts::{self, Finding, Looked, Status};
use super::reconciliation::Money;
use super::{archive, cluster, doors, notifier, payments, time};
use crate::stage::Stage;

/// How the parts were at the last look, and since when.
pub(crate) struct Health {
    protection: Protection,
    kept: Mutex<Kept>,
}

/// What is kept from look to look.
#[derive(Default)]
struct Kept {
    seen: BTreeMap<&'static str, Seen>,
    readers: Readers,
    money: Money,
}

/// How a part is.
#[derive(Clone)]
pub(crate) struct Seen {
    finding: Finding,
    /// Unix milliseconds of the first look that found it so.
    since: u64,
}

impl Health {
    pub(crate) fn new(protection: Protection) -> Self {
        Self { protection, kept: Mutex::default() }
    }

    /// Looks at all parts. To be called again and again, as a change is dated by the look that sees it.
    pub(crate) fn look(&self, stage: &Stage) -> BTreeMap<&'static str, Seen> {
        let (looked, now) = (Looked::at(stage), time::now());
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { seen, readers, money } = &mut *kept;
        let mut found = parts::of_engine(stage, looked.as_ref());
        if let Some(Looked { stats, mode, .. }) = &looked {
            let now = Instant::now();
            found.push(("feed", readers.look(&stats.feed, now)));
            found.push(("reconciliation", money.look(stage, stats, now)));
            found.push(("audit", parts::audit(&stats.audit)));
            found.push(("archive", archive::archive(stats.archive.as_ref())));
            found.push(("payments", payments::of_providers(&stats.payments)));
            found.push(("notifier", notifier::of_channels(&stats.notices)));
            found.extend(cluster::of_node(stats.cluster.as_ref(), *mode));
            found.extend(doors::of_protection(&self.protection));
        }
        let mut then = std::mem::take(seen);
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

    /// As JSON. Names are for operators.
    pub(crate) fn told(&self, to_operator: bool) -> Value {
        let Finding { status, code, message, remedy, names } = &self.finding;
        let code = code.map(Code::text);
        let mut told = json!({
            "status": status.word(),
            "code": code,
            "since": self.since,
            "message": message,
            "remedy": remedy,
        });
        if to_operator && !names.is_empty() {
            told["names"] = json!(names);
        }
        told
    }
}
