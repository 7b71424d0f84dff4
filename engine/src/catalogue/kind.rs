//! The kinds of refusals: what a program decides by.

/// The first word of an error reply: stable, and what a program decides by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// Seats or places are not free.
    Taken,
    /// The pick leaves a lone seat.
    Orphan,
    /// The hold or order is unknown, over or given back.
    Gone,
    /// A limit of the event.
    Limit,
    /// The event is not on sale.
    Closed,
    /// Not possible in this state.
    State,
    /// There is one of that name already.
    Exists,
    /// It may become possible by itself, and binds no key.
    Early,
    /// The key was used for something else.
    KeyReused,
    /// No such event.
    NoEvent,
    /// No such seat or area.
    NoSeat,
    /// The feed no longer has the version.
    Trimmed,
    /// Bad syntax or value.
    Invalid,
    /// The role of the connection's token does not allow it.
    Denied,
    /// Not logged in, or not with a valid token.
    NoAuth,
    /// More work than can be taken on now.
    Busy,
    /// The disk is slow, full or failed, or a part is out of service.
    Degraded,
    /// Not the protocol, or over one of its limits; the connection is closed.
    Proto,
    /// A transaction about several events.
    CrossSlot,
    /// A transaction with a command in it that was refused before `EXEC`.
    ExecAbort,
    /// One token alone may not do it: it waits for the approval of another.
    Approval,
    /// No such consumer group. Client libraries know this word of Redis, and the next.
    NoGroup,
    /// There is a consumer group of that name already.
    BusyGroup,
    /// No node is known to own the shard. Client libraries know this word of Redis, and the next two.
    ClusterDown,
    /// This node follows: another one writes.
    ReadOnly,
    /// What this node would show may be too old.
    MasterDown,
    /// What was waited for has not come.
    Timeout,
}

impl Kind {
    /// The word as it stands in a reply.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Taken => "TAKEN",
            Self::Orphan => "ORPHAN",
            Self::Gone => "GONE",
            Self::Limit => "LIMIT",
            Self::Closed => "CLOSED",
            Self::State => "STATE",
            Self::Exists => "EXISTS",
            Self::Early => "EARLY",
            Self::KeyReused => "KEYREUSED",
            Self::NoEvent => "NOEVENT",
            Self::NoSeat => "NOSEAT",
            Self::Trimmed => "TRIMMED",
            Self::Invalid => "INVALID",
            Self::Denied => "DENIED",
            Self::NoAuth => "NOAUTH",
            Self::Busy => "BUSY",
            Self::Degraded => "DEGRADED",
            Self::Proto => "PROTO",
            Self::CrossSlot => "CROSSSLOT",
            Self::ExecAbort => "EXECABORT",
            Self::Approval => "APPROVAL",
            Self::NoGroup => "NOGROUP",
            Self::BusyGroup => "BUSYGROUP",
            Self::ClusterDown => "CLUSTERDOWN",
            Self::ReadOnly => "READONLY",
            Self::MasterDown => "MASTERDOWN",
            Self::Timeout => "TIMEOUT",
        }
    }
}
