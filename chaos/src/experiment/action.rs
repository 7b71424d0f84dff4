//! What can be done to a server, and what this machine needs for it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Span;

/// One thing to do. All that begins something ends it as well; what undoes something does nothing where there is nothing to undo.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub(crate) enum Action {
    /// SIGKILL, and the server is started again at once.
    Kill,
    /// SIGTERM, and the server is started again when it has ended.
    Restart,
    /// SIGKILL, a start that is killed after so long, ready or not, and another start.
    KillAtStart { up: Span },
    /// SIGSTOP, and SIGCONT after so long.
    Freeze {
        #[serde(rename = "for")]
        lasts: Span,
    },
    /// Fills the disk of the server to its last byte, and frees it after so long.
    FillDisk {
        #[serde(rename = "for")]
        lasts: Span,
    },
    /// Each fdatasync takes so much longer, for so long.
    SlowDisk {
        delay: Span,
        #[serde(rename = "for")]
        lasts: Span,
    },
    /// The next fdatasync fails with EIO. The server is to end by itself, and is started again.
    FailDisk,
    /// The clock of the server jumps, forwards or back, while it runs.
    StepClock { by: Jump },
    /// So many connections that say nothing, for so long.
    FloodConnections {
        connections: u32,
        #[serde(rename = "for")]
        lasts: Span,
    },
    /// So many connections that ask for much and never read it, for so long. One of them subscribes.
    StallConsumers {
        consumers: u32,
        #[serde(rename = "for")]
        lasts: Span,
    },
    /// Traced commands, so many a second, whose spans go to the collector, for so long.
    TraceCommands {
        per_second: u32,
        #[serde(rename = "for")]
        lasts: Span,
    },
    /// The collector is gone: connections to it are refused.
    EndCollector,
    /// All payments fail at their provider, for so long.
    FailPayments {
        #[serde(rename = "for")]
        lasts: Span,
    },
    /// SIGCONT.
    Continue,
    /// Removes what fills the disk.
    FreeDisk,
    /// The disk is as quick as it is.
    LetDiskGo,
    /// The clock of the server is right.
    SetClockRight,
    /// Payments succeed.
    LetPaymentsSucceed,
}

/// What has to be on this machine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Need {
    /// A file system of one's own.
    Disk,
    /// A clock of one's own.
    Clock,
    /// Calls to the kernel that take long, or fail.
    Tracer,
    /// A collector.
    Collector,
}

impl Action {
    pub(crate) const fn need(&self) -> Option<Need> {
        match self {
            Self::FillDisk { .. } | Self::FreeDisk => Some(Need::Disk),
            Self::StepClock { .. } | Self::SetClockRight => Some(Need::Clock),
            Self::SlowDisk { .. } | Self::FailDisk => Some(Need::Tracer),
            Self::TraceCommands { .. } | Self::EndCollector => Some(Need::Collector),
            _ => None,
        }
    }

    /// The same with times that a seed has chosen: `bits` gives random bits, one after the other.
    pub(crate) fn settled(&self, mut bits: impl FnMut() -> u64) -> Self {
        let mut settled = self.clone();
        match &mut settled {
            Self::KillAtStart { up } => *up = up.settled(bits()),
            Self::SlowDisk { delay, lasts } => {
                *delay = delay.settled(bits());
                *lasts = lasts.settled(bits());
            }
            Self::Freeze { lasts }
            | Self::FillDisk { lasts }
            | Self::FloodConnections { lasts, .. }
            | Self::StallConsumers { lasts, .. }
            | Self::TraceCommands { lasts, .. }
            | Self::FailPayments { lasts } => *lasts = lasts.settled(bits()),
            _ => {}
        }
        settled
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        f.write_str(&text.replace('"', ""))
    }
}

/// How far a clock jumps: `2h`, `-90s`. Seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Jump(pub(crate) i64);

/// A day: the server has a setting for what is more.
const JUMP_MAX: i64 = 86_400;

impl TryFrom<String> for Jump {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (sign, rest) = text.strip_prefix('-').map_or((1, &*text), |rest| (-1, rest));
        let seconds = humantime::parse_duration(rest).map(|duration| duration.as_secs());
        let seconds =
            seconds.map_err(|error| format!("`{text}` is no jump ({error}): it is written 2h, or -2h"))?;
        match i64::try_from(seconds) {
            Ok(seconds @ 1..=JUMP_MAX) => Ok(Self(sign * seconds)),
            _ => Err(format!("`{text}`: a clock jumps by a second to a day")),
        }
    }
}

impl From<Jump> for String {
    fn from(Jump(seconds): Jump) -> Self {
        format!("{seconds}s")
    }
}
