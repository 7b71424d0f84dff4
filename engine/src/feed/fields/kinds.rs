//! The kinds of change that the feed tells of.

/// The field of every change that a command has made whose sender keeps the trace, whatever its kind.
pub const TRACEPARENT: &str = "traceparent";

/// The kinds of change, each with its fields.
pub const KINDS: &[KindFields] = &[
    KindFields {
        kind: "created",
        always: &["event", "status", "seat_count", "limits"],
        sometimes: &["areas", "opens_at", "closes_at", "token"],
    },
    KindFields { kind: "paused", always: &["operator", "reason"], sometimes: &["token"] },
    KindFields { kind: "resumed", always: &["operator", "reason"], sometimes: &["token"] },
    KindFields { kind: "closed", always: &[], sometimes: &["operator", "reason", "token"] },
    KindFields { kind: "archived", always: &["operator", "reason"], sometimes: &["token"] },
    KindFields { kind: "opened", always: &[], sometimes: &[] },
    KindFields {
        kind: "scheduled",
        always: &["status", "operator", "reason"],
        sometimes: &["opens_at", "closes_at", "token"],
    },
    KindFields {
        kind: "held",
        always: &["hold", "holder", "expires_at", "seats"],
        sometimes: &["areas", "note"],
    },
    KindFields { kind: "extended", always: &["hold", "expires_at"], sometimes: &[] },
    KindFields {
        kind: "changed",
        always: &["hold", "dropped", "added"],
        sometimes: &["dropped_areas", "added_areas"],
    },
    KindFields {
        kind: "released",
        always: &["hold"],
        sometimes: &["seats", "areas", "all", "operator", "reason", "token"],
    },
    KindFields { kind: "expired", always: &["hold"], sometimes: &["seats", "areas"] },
    KindFields { kind: "sold", always: &["order", "holds"], sometimes: &["seats", "areas", "note"] },
    KindFields {
        kind: "cancelled",
        always: &["order", "reason"],
        sometimes: &["seats", "areas", "refund", "operator", "all", "token"],
    },
    KindFields {
        kind: "exchanged",
        always: &["order", "dropped", "added", "reason"],
        sometimes: &["dropped_areas", "added_areas"],
    },
    KindFields {
        kind: "paying",
        always: &["payment", "deadline", "holds"],
        sometimes: &["amount", "currency", "provider", "seats", "areas", "note"],
    },
    KindFields { kind: "payment_retried", always: &["payment", "deadline"], sometimes: &[] },
    KindFields {
        kind: "payment_succeeded",
        always: &["payment", "late"],
        sometimes: &["holds", "amount", "currency", "provider", "reference", "seats", "areas", "note"],
    },
    KindFields {
        kind: "paid_ahead",
        always: &["payment", "deadline"],
        sometimes: &["amount", "currency", "reference"],
    },
    KindFields {
        kind: "payment_failed",
        always: &["payment", "reason"],
        sometimes: &["kept", "holds", "expires_at", "seats", "areas"],
    },
    KindFields { kind: "payment_lapsed", always: &["payment"], sometimes: &["seats", "areas"] },
    KindFields {
        kind: "refund_due",
        always: &["payment"],
        sometimes: &["amount", "currency", "provider", "reference", "note"],
    },
    KindFields {
        kind: "payment_refunded",
        always: &["payment", "reference"],
        sometimes: &["amount", "currency"],
    },
    KindFields {
        kind: "blocked",
        always: &["operator", "reason"],
        sometimes: &["seats", "ranges", "areas", "token"],
    },
    KindFields {
        kind: "unblocked",
        always: &["operator", "reason"],
        sometimes: &["seats", "ranges", "areas", "token"],
    },
    KindFields { kind: "limits", always: &["limits", "operator", "reason"], sometimes: &["token"] },
    KindFields { kind: "plan_changed", always: &["change", "operator", "reason"], sometimes: &["token"] },
    KindFields { kind: "graced", always: &["stopped_at", "until"], sometimes: &["again"] },
];

/// The fields of a kind.
#[derive(Clone, Copy, Debug)]
pub struct KindFields {
    /// The word for what happened.
    pub kind: &'static str,
    /// Fields of every change of this kind.
    pub always: &'static [&'static str],
    /// Fields of those changes that have something to say there.
    pub sometimes: &'static [&'static str],
}
