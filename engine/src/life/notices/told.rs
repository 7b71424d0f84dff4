//! What a record of the log is to people outside. One place decides it, for all channels.

use crate::catalogue::Code;
use crate::front::router::Router;
use crate::limits;
use crate::numbers::{At, EventId};
use crate::state::{Change, EventStatus, Record};
use crate::system::{
    ApprovalChange, By, Ending, Execution, ExecutionChange, ExecutionId, Failure, Mode, Notice, NoticeChange,
    NoticeKind, Severity, SystemChange, SystemRecord, Who, within,
};

/// Codes by which an execution tells that something is not as it was written.
const DAMAGE: [Code; 8] = [
    Code::JOB_FOUND,
    Code::LOG_DAMAGED,
    Code::SNAPSHOTS_DAMAGED,
    Code::BACKUP_DAMAGED,
    Code::DIGEST_MISMATCH,
    Code::LOG_SHORTER,
    Code::LOGS_DIFFER,
    Code::COPY_ROTTEN,
];

/// Reads records one after the other.
pub(super) struct Teller {
    router: Router,
    /// Whether the newest process that was read of has ended in order, or is not known.
    has_ended: bool,
}

impl Teller {
    pub(super) const fn new(router: Router) -> Self {
        Self { router, has_ended: false }
    }

    /// Records were not seen.
    pub(super) const fn passed_over(&mut self) {
        self.has_ended = true;
    }

    /// What a record of a sale is.
    pub(super) fn of_sale(&self, event: EventId, record: &Record, lsn: u64) -> Option<Notice> {
        let Change::StatusSet { status, operator, reason } = &record.change else { return None };
        let (kind, severity) = match status {
            EventStatus::Paused => (NoticeKind::EventPaused, Severity::Warning),
            EventStatus::Closed => (NoticeKind::EventClosed, Severity::Warning),
            EventStatus::Open => (NoticeKind::EventResumed, Severity::Info),
            EventStatus::Pending | EventStatus::Archived => return None,
        };
        let name = self.router.directory().name_of(event);
        let about = name.map_or_else(|| format!("event {}", event.0), |name| name.to_string());
        let token = record.origin.as_ref().and_then(|origin| origin.token.as_ref());
        let who = Who {
            operator: operator.as_str().into(),
            token: token.map(|token| token.as_str().into()),
            reason: reason.clone(),
        };
        Some(Notice { who: Some(who), ..notice((kind, severity), (lsn, record.at), &about, "") })
    }

    /// What a record of the system event is.
    pub(super) fn of_system(&mut self, record: &SystemRecord, lsn: u64) -> Option<Notice> {
        let place = (lsn, record.at);
        match &record.change {
            SystemChange::Started { last_known_at, .. } => {
                let ended = std::mem::replace(&mut self.has_ended, false);
                self.started(record, ended).then(|| {
                    let says = format!("the process before was alive last at {} ms", last_known_at.0);
                    notice((NoticeKind::Crashed, Severity::Critical), place, "server", &says)
                })
            }
            SystemChange::Stopped { .. } => {
                self.has_ended = true;
                None
            }
            SystemChange::ModeSet { mode, .. } => Some(of_mode(*mode, place)),
            SystemChange::Execution(change) => self.of_execution(change, record, lsn),
            SystemChange::Approval(change) => Some(self.of_approval(change, record, lsn)),
            SystemChange::Notice(change) => of_notice(change, place),
            // The sales that a restore has paused tell of it.
            SystemChange::Ready { .. }
            | SystemChange::Heartbeat
            | SystemChange::Audit(_)
            | SystemChange::Group(_)
            | SystemChange::Branched(_) => None,
        }
    }

    /// Whether a start came after an accident. Of this process the system event knows; of those before, what was read.
    fn started(&self, record: &SystemRecord, ended: bool) -> bool {
        let of_this = self.router.notices().run().filter(|run| run.started_at == record.at);
        match of_this {
            Some(run) => run.after_stop == Some(false),
            None => !ended && record.version > 1,
        }
    }

    /// What somebody did about an execution, or what became of it.
    fn of_act(
        &self,
        what: (NoticeKind, Severity),
        (id, says, by): (ExecutionId, &str, Option<&By>),
        place: (u64, At),
    ) -> Notice {
        let execution = self.router.notices().execution(id);
        let about = execution.map_or_else(|| format!("execution {}", id.0), |execution| execution.name());
        Notice { who: by.map(who), ..notice(what, place, &about, says) }
    }

    fn of_approval(&self, change: &ApprovalChange, record: &SystemRecord, lsn: u64) -> Notice {
        let (what, id, says, by) = match change {
            ApprovalChange::Asked { task, by, .. } => {
                let what = (NoticeKind::ApprovalAsked, Severity::Warning);
                (what, ExecutionId(record.version), task.to_string(), Some(by))
            }
            ApprovalChange::Given(id, by) => {
                ((NoticeKind::ApprovalGiven, Severity::Info), *id, "approved".to_owned(), Some(by))
            }
            ApprovalChange::Refused(id, by) => {
                ((NoticeKind::ApprovalGiven, Severity::Info), *id, "rejected".to_owned(), Some(by))
            }
            ApprovalChange::Expired(id) => {
                ((NoticeKind::ApprovalGiven, Severity::Info), *id, "its time was over".to_owned(), None)
            }
            ApprovalChange::Forced(id, by) => {
                ((NoticeKind::GlassBroken, Severity::Critical), *id, String::new(), Some(by))
            }
        };
        self.of_act(what, (id, &says, by), (lsn, record.at))
    }

    fn of_execution(&self, change: &ExecutionChange, record: &SystemRecord, lsn: u64) -> Option<Notice> {
        let place = (lsn, record.at);
        let told = |what, id, says: &str, by| Some(self.of_act(what, (id, says, by), place));
        match change {
            ExecutionChange::Asked { task, resumes, by, .. } => {
                let id = ExecutionId(record.version);
                let says = task.to_string();
                match resumes {
                    Some(_) => told((NoticeKind::JobResumed, Severity::Info), id, &says, Some(by)),
                    None if &*task.job == "replay" => {
                        told((NoticeKind::JobReplayed, Severity::Info), id, &says, Some(by))
                    }
                    None => None,
                }
            }
            ExecutionChange::StopAsked(id, by) => {
                told((NoticeKind::JobStopped, Severity::Warning), *id, "", Some(by))
            }
            ExecutionChange::Ended(id, Ending::Failed(failure), _) => {
                let execution = self.router.notices().execution(*id);
                let by = execution.as_ref().and_then(|execution| Some(execution.acts.first()?.by.clone()));
                let failed =
                    told(of_failure(failure, execution.as_ref()), *id, &failure.message, by.as_ref());
                failed.map(|notice| Notice { code: Some(failure.code.clone()), ..notice })
            }
            ExecutionChange::Began(_)
            | ExecutionChange::Kept(_)
            | ExecutionChange::Progressed(..)
            | ExecutionChange::Ended(..)
            | ExecutionChange::Activated(..) => None,
        }
    }
}

/// What a failure is: damage, or work that was not done. A backup that fails is as bad as damage: there may be none when it is needed.
fn of_failure(failure: &Failure, execution: Option<&Execution>) -> (NoticeKind, Severity) {
    if is_damage(&failure.code) || &*failure.code == Code::DEFECT.text() {
        return (NoticeKind::DamageFound, Severity::Critical);
    }
    let is_backup = execution
        .is_some_and(|execution| ["backup", "backup-verify", "drill"].contains(&&*execution.task.job));
    (NoticeKind::JobFailed, if is_backup { Severity::Critical } else { Severity::Warning })
}

/// Whether an execution with this code has found something that is not as it was written.
#[must_use]
pub fn is_damage(code: &str) -> bool {
    DAMAGE.iter().any(|one| one.text() == code)
}

/// What is told of a mode that began then, without a record of it.
#[must_use]
pub fn mode_notice(mode: Mode, since: At) -> Notice {
    of_mode(mode, (0, since))
}

/// What a mode is.
fn of_mode(mode: Mode, place: (u64, At)) -> Notice {
    let (severity, code) = match mode {
        Mode::Normal => (Severity::Info, None),
        Mode::Overload => (Severity::Warning, Some(Code::TRY_LATER)),
        Mode::DiskSlow => (Severity::Warning, Some(Code::DISK_SLOW)),
        Mode::QuorumSlow => (Severity::Warning, Some(Code::QUORUM_AWAY)),
        Mode::DiskLow => (Severity::Warning, Some(Code::DISK_LOW)),
        Mode::MemoryLow => (Severity::Warning, Some(Code::MEMORY_LOW)),
        Mode::MemoryFull => (Severity::Critical, Some(Code::MEMORY_LOW)),
        Mode::LogBehind => (Severity::Critical, Some(Code::TRY_LATER)),
        Mode::QuorumAway => (Severity::Critical, Some(Code::QUORUM_AWAY)),
        Mode::DiskStalled => (Severity::Critical, Some(Code::DISK_SLOW)),
        Mode::NoSegment => (Severity::Critical, Some(Code::NO_SEGMENT)),
        Mode::DiskFull => (Severity::Critical, Some(Code::DISK_LOW)),
    };
    let code = code.map(|code| code.text().into());
    Notice { code, ..notice((NoticeKind::ModeSet, severity), place, mode.word(), "") }
}

fn of_notice(change: &NoticeChange, place: (u64, At)) -> Option<Notice> {
    match change {
        NoticeChange::TestAsked(channel, by) => {
            // It is for one channel, whatever that is told of otherwise.
            let test = notice((NoticeKind::Test, Severity::Critical), place, channel, "");
            Some(Notice { who: Some(who(by)), ..test })
        }
        NoticeChange::Raised(raised) => {
            let code = raised.code.clone();
            Some(Notice {
                code,
                ..notice((raised.kind, raised.severity), place, &raised.about, &raised.says)
            })
        }
        NoticeChange::Told(..)
        | NoticeChange::Closed(_)
        | NoticeChange::Died(..)
        | NoticeChange::Taken(_)
        | NoticeChange::DiedAgain(..)
        | NoticeChange::Redriven(..)
        | NoticeChange::Dropped(..) => None,
    }
}

fn who(by: &By) -> Who {
    Who { operator: by.operator.clone(), token: by.token.clone(), reason: by.reason.clone() }
}

fn notice((kind, severity): (NoticeKind, Severity), (lsn, at): (u64, At), about: &str, says: &str) -> Notice {
    let about = within(about, limits::NOTICE_ABOUT_BYTES_MAX);
    let says = within(says, limits::FINDING_BYTES_MAX);
    Notice { kind, severity, lsn, at, about, says, code: None, who: None }
}
