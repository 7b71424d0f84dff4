//! Figures of the audit, and what is wrong with it.

use holdfast_audit::Head;

use crate::catalogue::Code;
use crate::numbers::Millis;

/// Figures of the audit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditStats {
    /// The newest line.
    pub head: Head,
    /// The record up to which the files have all acts.
    pub upto: u64,
    /// The newest line that is noted in the log.
    pub noted: u64,
    /// For how long something has waited to be audited; 0 if nothing does.
    pub lag: Millis<u64>,
    /// How often acts may be missing, as log was gone before it was audited; since the first line that is shown.
    pub gaps: u64,
    /// What is not as it was written, in words; `None` if all is.
    pub damage: Option<String>,
    /// Why nothing can be written now; `None` if it can.
    pub failing: Option<String>,
}

impl AuditStats {
    /// What is wrong, the worst first.
    #[must_use]
    pub fn trouble(&self) -> Option<(Code, String)> {
        let damage = self.damage.clone().map(|damage| (Code::AUDIT_DAMAGED, damage));
        let gap = || (Code::AUDIT_GAP, format!("acts may be missing at {} places", self.gaps));
        damage
            .or_else(|| self.failing.clone().map(|why| (Code::AUDIT_BEHIND, why)))
            .or_else(|| (self.gaps > 0).then(gap))
    }
}
