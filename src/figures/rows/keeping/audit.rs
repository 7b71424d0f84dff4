//! Rows about the audit.

use holdfast_figures::{Section, Unit::Millis as Milliseconds, Unit::Number, gauge, told};

use crate::figures::rows::of;
use crate::figures::running::Running;

pub(in crate::figures::rows) static AUDIT: Section<Running> = Section {
    title: "Audit",
    rows: &[
        gauge(
            "holdfast_audit_seq",
            Number,
            "The number of the newest line of the audit",
            of!(|now| now.stats.audit.head.seq),
        )
        .info("audit_seq"),
        gauge(
            "holdfast_audit_hash_low48",
            Number,
            "The low 48 bits of its hash: with its number, a note of where the audit stood that is kept elsewhere",
            of!(|now| now.stats.audit.head.hash.low48()),
        ),
        told("audit_head", of!(|now| now.stats.audit.head.to_string())),
        gauge(
            "holdfast_audit_noted_seq",
            Number,
            "The newest line that the log has noted",
            of!(|now| now.stats.audit.noted),
        )
        .info("audit_noted_seq"),
        gauge(
            "holdfast_audit_upto_lsn",
            Number,
            "The record of the log up to which the audit has all acts",
            of!(|now| now.stats.audit.upto),
        )
        .info("audit_upto_lsn"),
        gauge(
            "holdfast_audit_lag_seconds",
            Milliseconds,
            "For how long something has waited to be audited; 0 if nothing does",
            of!(|now| now.stats.audit.lag.0),
        )
        .info("audit_lag_ms"),
        gauge(
            "holdfast_audit_damaged",
            Number,
            "1 if the start has found files of the audit that are not what was written",
            of!(|now| now.stats.audit.damage.is_some()),
        )
        .info("audit_damaged"),
        gauge(
            "holdfast_audit_failing",
            Number,
            "1 if the audit cannot be written now",
            of!(|now| now.stats.audit.failing.is_some()),
        )
        .info("audit_failing"),
        gauge(
            "holdfast_audit_gaps",
            Number,
            "Places of the newest 5,000 lines at which acts may be missing, as log was gone before it was audited",
            of!(|now| now.stats.audit.gaps),
        )
        .info("audit_gaps"),
    ],
};
