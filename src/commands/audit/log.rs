//! What the log that is kept says of the audit: which acts there were, and where the files stood.

use std::collections::BTreeMap;
use std::sync::Arc;

use holdfast_audit::{Anchor, Entry, Hash, Head};
use holdfast_engine::{AuditChange, AuditHead, EventId, SystemChange, act_of, decode_system, event_of};
use holdfast_wal::{Lsn, Seen, Storage};

use crate::commands::data;
use crate::exit::Failure;

/// All of it.
#[derive(Default)]
pub(super) struct Logged {
    /// Acts, by their records.
    pub(super) acts: BTreeMap<u64, Entry>,
    /// Where the files stood, as the log and the newest snapshot have noted.
    pub(super) anchors: Vec<Anchor>,
    /// The newest record that was read.
    pub(super) last: u64,
    /// The files have all acts up to this record, as the log says.
    pub(super) upto: u64,
    /// Records that were read without a gap between them: the first and the last of each stretch, ascending.
    whole: Vec<(u64, u64)>,
}

impl Logged {
    /// Reads the log that is kept, and the newest snapshot; `rests` is called now and then.
    pub(super) fn read(storage: &Arc<dyn Storage>, rests: &mut dyn FnMut()) -> Result<Self, Failure> {
        let mut logged = Self::default();
        if let Some(system) = data::system_of_snapshots(storage)? {
            logged.noted(system.audited().head, "the newest snapshot".to_owned());
        }
        holdfast_wal::inspect(&**storage, &mut |seen| {
            // A fault is no news here: `wal verify` tells of damage, and the end of a log that is being written looks like one.
            let Seen::Group(group) = seen else { return };
            rests();
            // Segments that were thinned have not all of their records.
            if !group.path.ends_with(".thin") && group.count > 0 {
                logged.has_all_of(group.first.0, group.last.0);
            }
            for (lsn, bytes) in group.records() {
                logged.takes(lsn, bytes);
            }
        })
        .map_err(|error| Failure::refused(data::log_code(&error), error.to_string()))?;
        Ok(logged)
    }

    /// Whether this record would have been read if it were there.
    pub(super) fn has(&self, lsn: u64) -> bool {
        self.whole.iter().any(|(first, last)| (*first..=*last).contains(&lsn))
    }

    /// The stretch of records that were read without a gap, up to the newest.
    pub(super) fn newest_stretch(&self) -> Option<(u64, u64)> {
        self.whole.last().copied()
    }

    fn has_all_of(&mut self, first: u64, last: u64) {
        match self.whole.last_mut() {
            Some((_, end)) if first <= *end + 1 => *end = (*end).max(last),
            _ => self.whole.push((first, last)),
        }
    }

    fn takes(&mut self, lsn: Lsn, bytes: &[u8]) {
        self.last = self.last.max(lsn.0);
        if event_of(bytes) == Some(EventId::SYSTEM)
            && let Ok(framed) = decode_system(bytes)
            && let SystemChange::Audit(AuditChange::Head(head)) = framed.record.change
        {
            self.noted(head, format!("record {lsn} of the log"));
            return;
        }
        // What cannot be read is told by `wal verify`, and stands in the audit as a gap.
        if let Ok(Some(act)) = act_of(lsn, bytes) {
            self.acts.insert(lsn.0, act);
        }
    }

    fn noted(&mut self, head: AuditHead, source: String) {
        self.upto = self.upto.max(head.upto);
        self.anchors.push(Anchor { head: Head { seq: head.seq, hash: Hash(head.hash) }, source });
    }
}
