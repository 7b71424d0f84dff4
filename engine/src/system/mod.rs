//! The system event: the second pure core, for what happens to the process, what operators have it do, and how far consumers are, and not to a sale.
//!
//! Its records stand in the log as those of event 0. As in a sale, [`decide_system`] judges and changes nothing,
//! [`System::apply`] makes it happen and cannot fail, and each record carries the digest of what it led to. It sees
//! no clock, no randomness, no order of a hash table and no disk. A sale never waits for it and never asks it.

mod apply;
mod audited;
mod change;
mod check;
mod coding;
mod decide;
mod executions;
mod groups;
mod image;
mod notices;
mod state;
mod texts;

pub use audited::{AuditChange, AuditHead, Audited, Note, NoteKind};
pub use change::{Branch, Mode, SystemChange, SystemRecord, Why};
pub(crate) use coding::PIECE;
pub use decide::{Told, decide_system};
pub use executions::{
    Act, ActKind, Approval, ApprovalChange, ApprovalFigures, Asking, By, Consent, Ending, Execution,
    ExecutionChange, ExecutionId, Executions, Failure, JobFigures, Judged, Kept, Needs, Outcome, Preview,
    Progress, RunType, State, Task,
};
pub use groups::{
    Batch, Care, Chosen, Claim, Claimed, Consumer, Counted, DeadAct, DeadLetter, Death, DeathCause,
    Delivered, DueEntry, Generation, Given, Group, GroupBounds, GroupChange, GroupId, GroupPlace,
    GroupStream, Groups, Opening, PauseCause, Paused, Pending, Ranges, Retried, Return, Subject, Subjects,
    Takeover, Tally, Terms, WhichDead,
};
pub(crate) use image::Piece;
pub(crate) use notices::no_channel;
pub use notices::{
    Ahead, Letter, Message, Notice, NoticeAct, NoticeActKind, NoticeAsking, NoticeChange, NoticeJudged,
    NoticeKind, Notices, Place, Raised, Severity, Which, Who,
};
pub use state::{Outage, RunOfSystem, System, Totals};
pub(crate) use texts::within;

#[cfg(test)]
mod tests;
