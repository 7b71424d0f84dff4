//! What is in the files at a start, and where to go on.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use holdfast_audit::{Anchor, Appender, Entry, Hash, Head, Line, verify};
use holdfast_wal::{Lsn, Storage};

use crate::audit::own_act;
use crate::fault::and_more;
use crate::limits;
use crate::numbers::At;
use crate::system::AuditHead;

/// The files, open for more.
pub(super) struct Opened {
    pub(super) appender: Appender,
    /// All acts up to this record are in them.
    pub(super) at: Lsn,
    /// What is to be written first.
    pub(super) first: Vec<Entry>,
    /// The newest lines.
    pub(super) shown: VecDeque<Line>,
    /// What is not as it was written, in words.
    pub(super) damage: Option<String>,
}

/// Reads all of the files and looks whether they are what was written, also by what the log has `noted` of them.
pub(super) fn open(
    storage: &Arc<dyn Storage>,
    directory: &str,
    (first_lsn, durable): (Lsn, Lsn),
    (noted, now): (AuditHead, At),
) -> io::Result<Opened> {
    let head = Head { seq: noted.seq, hash: Hash(noted.hash) };
    let anchors = [Anchor { head, source: "the log".to_owned() }];
    let (mut shown, mut told) = (VecDeque::new(), None);
    let verdict = verify(&**storage, Some(directory), &anchors, &mut |line| {
        if shown.len() >= limits::AUDIT_SHOWN {
            shown.pop_front();
        }
        shown.push_back(line.clone());
        if &*line.entry.act == "audit.damage" {
            told = line.entry.target.clone();
        }
    })?;
    let appender = Appender::open(Arc::clone(storage), directory, &verdict, head)?;
    if let Some(torn) = &verdict.torn {
        tracing::warn!(
            file = torn.path,
            bytes = torn.bytes,
            "the last lines of the audit were torn: they are cut off, and written again"
        );
    }
    let mut first = Vec::new();
    let mut at = Lsn(verdict.last.as_ref().map_or(0, |last| last.lsn).max(noted.upto));
    if verdict.files == 0 && noted.seq == 0 {
        at = first_lsn.previous();
        let what = match at {
            Lsn::ZERO => "all acts are in it".to_owned(),
            at => format!("acts up to record {at} of the log are not in it"),
        };
        first.push(own_act("begin", at, now, what));
    }
    let damage = verdict
        .faults
        .first()
        .map(|fault| and_more(fault, verdict.faults.len() as u64 - 1 + verdict.faults_left_out));
    if at > durable {
        let what = format!("the log has lost records {} to {at}, which lines tell of", durable.next());
        first.push(own_act("log-lost", durable, now, what));
        at = durable;
    }
    if let Some(damage) = damage.as_ref().filter(|damage| told.as_deref() != Some(damage)) {
        first.push(own_act("damage", at, now, damage.clone()));
    }
    Ok(Opened { appender, at, first, shown, damage })
}
