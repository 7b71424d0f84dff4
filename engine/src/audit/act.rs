//! What a record of the log tells of somebody's act. The same record tells the same for ever, so whoever reads the log once more can
//! compare it with the files.

use std::fmt::Write as _;

use holdfast_audit::Entry;
use holdfast_wal::Lsn;
use serde_json::{Value, json};

use crate::codec::{Framed, FramedSystem, RecordError, decode_record, decode_system, event_of, is_by_hand};
use crate::numbers::{At, EventId};
use crate::state::{Audit, Change, EventStatus, Ordinal, Places, PlanChange, Record, SaleLimits};
use crate::system::{
    ApprovalChange, AuditChange, By, DeadAct, Ending, ExecutionChange, ExecutionId, Generation, GroupChange,
    GroupPlace, GroupStream, Note, NoteKind, NoticeChange, PauseCause, RunType, SystemChange, Task, within,
};

/// Bytes of what an act is done to, in words.
const TARGET_BYTES: usize = 1_024;
/// Bytes of a change of a map that are told in full.
const PLAN_BYTES: usize = 4_096;

/// The act that a record tells of; `None` if it is about no act. The name of the event is known only where the record has it.
///
/// # Errors
/// If the bytes are no record.
pub fn act_of(lsn: Lsn, bytes: &[u8]) -> Result<Option<Entry>, RecordError> {
    let act = if event_of(bytes) == Some(EventId::SYSTEM) {
        let FramedSystem { record, .. } = decode_system(bytes)?;
        let act = of_system(&record.change, record.version);
        act.map(|act| Entry { at: record.at.0, version: Some(record.version), ..act })
    } else if is_by_hand(bytes) {
        of_sale(decode_record(bytes)?)
    } else {
        None
    };
    Ok(act.map(|act| Entry { lsn: lsn.0, ..act }))
}

fn of_sale(Framed { event, record, .. }: Framed) -> Option<Entry> {
    let Record { at, version, origin, change, .. } = record;
    let act = of_change(change)?;
    let token = origin.and_then(|origin| origin.token).map(|token| token.as_str().into());
    Some(Entry { at: at.0, version: Some(version), event_id: Some(event.0), token, ..act })
}

fn of_change(change: Change) -> Option<Entry> {
    Some(match change {
        Change::OldCreated(created) => born(created.name.as_str()),
        Change::Created(created) => born(created.name.as_str()),
        Change::StatusSet { status, operator, reason } => {
            let act = match status {
                EventStatus::Paused => "event.pause",
                EventStatus::Closed => "event.close",
                EventStatus::Archived => "event.archive",
                EventStatus::Pending | EventStatus::Open => "event.resume",
            };
            Entry { after: Some(json!({"status": status.word()})), ..by(act, &Audit { operator, reason }) }
        }
        Change::Scheduled { status, opens_at, closes_at, audit } => {
            let (opens_at, closes_at) = (opens_at.map(|At(at)| at), closes_at.map(|At(at)| at));
            let after = json!({"status": status.word(), "opens_at": opens_at, "closes_at": closes_at});
            Entry { after: Some(after), ..by("event.schedule", &audit) }
        }
        Change::LimitsSet { limits, audit } => {
            Entry { after: Some(told_limits(&limits)), ..by("event.limits", &audit) }
        }
        Change::PlanChanged { plan, audit } => {
            Entry { after: Some(told_plan(&plan)), ..by("event.change", &audit) }
        }
        Change::Blocked { seats, audit } => Entry {
            target: Some(told_seats(seats.iter().map(|&seat| (seat, 1)))),
            ..by("seats.block", &audit)
        },
        Change::Unblocked { seats, audit } => Entry {
            target: Some(told_seats(seats.iter().map(|&seat| (seat, 1)))),
            ..by("seats.unblock", &audit)
        },
        Change::PartBlocked { ranges, places, audit } => {
            Entry { target: Some(told_part(&ranges, &places)), ..by("seats.block", &audit) }
        }
        Change::PartUnblocked { ranges, places, audit } => {
            Entry { target: Some(told_part(&ranges, &places)), ..by("seats.unblock", &audit) }
        }
        Change::ForceReleased { hold, audit } => {
            Entry { target: Some(format!("hold {}", hold.0).into()), ..by("force.release", &audit) }
        }
        Change::ForceCancelled { order, audit } => {
            Entry { target: Some(format!("order {order}").into()), ..by("force.cancel", &audit) }
        }
        Change::Returned { order, part, refund, operator: Some(operator), reason } => Entry {
            target: Some(format!("order {order}").into()),
            after: Some(json!({"whole": part.is_none(), "refund": refund})),
            ..by("force.cancel", &Audit { operator: *operator, reason })
        },
        _ => return None,
    })
}

fn born(name: &str) -> Entry {
    Entry { event: Some(name.into()), ..act("event.create") }
}

fn act(act: &str) -> Entry {
    Entry { act: act.into(), ..Entry::default() }
}

/// A line of the audit about itself: which records of the log it does not tell of, or what was found wrong. It stands at this record.
pub(crate) fn own_act(what: &str, lsn: Lsn, now: At, target: String) -> Entry {
    Entry { at: now.0, lsn: lsn.0, target: Some(target.into()), ..act(&format!("audit.{what}")) }
}

fn by(what: &str, audit: &Audit) -> Entry {
    let operator = Some(audit.operator.as_str().into());
    Entry { operator, reason: Some(audit.reason.clone()), ..act(what) }
}

fn told_limits(limits: &SaleLimits) -> Value {
    json!({
        "default_ttl": limits.default_ttl.0,
        "max_ttl": limits.max_ttl.0,
        "max_extends": limits.max_extends,
        "max_hold_total": limits.max_hold_total.0,
        "max_seats_per_hold": limits.max_seats_per_hold,
        "max_seats_per_holder": limits.max_seats_per_holder,
        "max_payment_retries": limits.max_payment_retries,
        "paid_ahead": limits.paid_ahead.0,
        "orphans": limits.orphans.word(),
    })
}

/// A change of a map in full, if that is short; else how long it is.
fn told_plan(plan: &PlanChange) -> Value {
    match serde_json::to_string(plan) {
        Ok(text) if text.len() <= PLAN_BYTES => serde_json::from_str(&text).unwrap_or_default(),
        Ok(text) => json!({"bytes": text.len()}),
        Err(_) => Value::Null,
    }
}

/// Seats by their ordinals, those that follow each other together: the labels of a seat may become others.
fn told_seats(runs: impl Iterator<Item = (Ordinal, u32)>) -> Box<str> {
    let (mut text, mut open) = ("seats".to_owned(), None::<(u32, u32)>);
    let mut put = |(first, end): (u32, u32)| {
        // Writing to a String cannot fail.
        let _ = match end - first {
            1 => write!(text, " {first}"),
            _ => write!(text, " {first}-{}", end - 1),
        };
        text.len() <= TARGET_BYTES
    };
    for (first, many) in runs {
        open = match open {
            Some((begun, end)) if end == first => Some((begun, first + many)),
            Some(run) if !put(run) => break,
            _ => Some((first, first + many)),
        };
    }
    open.map(put);
    within(&text, TARGET_BYTES)
}

fn told_part(ranges: &[(Ordinal, u32)], places: &Places) -> Box<str> {
    let mut text = if ranges.is_empty() { Box::default() } else { told_seats(ranges.iter().copied()) };
    for (area, count) in places {
        let between = if text.is_empty() { "" } else { ", " };
        text = format!("{text}{between}{count} places of area {area}").into();
    }
    within(&text, TARGET_BYTES)
}

fn of_system(change: &SystemChange, version: u64) -> Option<Entry> {
    match change {
        SystemChange::Started { build, format, .. } => {
            Some(Entry { after: Some(json!({"build": build, "format": format})), ..act("process.start") })
        }
        SystemChange::Stopped { why } => {
            Some(Entry { reason: Some(why.word().into()), ..act("process.stop") })
        }
        SystemChange::Execution(change) => of_execution(change, version),
        SystemChange::Approval(change) => of_approval(change, version),
        SystemChange::Notice(change) => of_notice(change),
        SystemChange::Group(change) => of_group(change),
        SystemChange::Branched(branch) => Some(Entry {
            after: Some(json!({"branch": branch.number, "from_lsn": branch.from_lsn})),
            ..act("directory.restore")
        }),
        SystemChange::Audit(AuditChange::Noted(note)) => Some(of_note(note)),
        SystemChange::Audit(AuditChange::Head(_))
        | SystemChange::Ready { .. }
        | SystemChange::ModeSet { .. }
        | SystemChange::Heartbeat => None,
    }
}

/// An execution is known by its number: only what asks for one names its job.
fn of_execution(change: &ExecutionChange, version: u64) -> Option<Entry> {
    let numbered = |id: &ExecutionId| Some(id.0.to_string().into());
    Some(match change {
        ExecutionChange::Asked { task, run_type, resumes, by, .. } => {
            let what = if resumes.is_some() { "job.resume" } else { "job.run" };
            let Task { job, .. } = task;
            Entry {
                target: Some(within(&task.to_string(), TARGET_BYTES)),
                execution: Some(format!("{job}-{version}").into()),
                after: Some(
                    json!({"run_type": RunType::word(*run_type), "resumes": resumes.map(|old| old.0)}),
                ),
                ..asked(what, by)
            }
        }
        ExecutionChange::StopAsked(id, by) => Entry { execution: numbered(id), ..asked("job.stop", by) },
        ExecutionChange::Activated(id, by) => Entry { execution: numbered(id), ..asked("job.activate", by) },
        ExecutionChange::Ended(id, ending, _) => {
            let after = match ending {
                Ending::Success => json!({"state": "SUCCESS"}),
                Ending::Stopped => json!({"state": "STOPPED"}),
                Ending::Failed(failure) => {
                    json!({"state": "FAILED", "error_code": failure.code, "message": failure.message})
                }
            };
            Entry { execution: numbered(id), after: Some(after), ..act("job.end") }
        }
        ExecutionChange::Began(_) | ExecutionChange::Kept(_) | ExecutionChange::Progressed(..) => {
            return None;
        }
    })
}

/// What waits for the consent of another token, and what became of that.
fn of_approval(change: &ApprovalChange, version: u64) -> Option<Entry> {
    let about = |what, id: &ExecutionId, by| {
        Some(Entry { execution: Some(id.0.to_string().into()), ..asked(what, by) })
    };
    match change {
        ApprovalChange::Asked { task, act: of, preview, by, .. } => Some(Entry {
            target: Some(within(&task.to_string(), TARGET_BYTES)),
            execution: Some(format!("{}-{version}", task.job).into()),
            after: Some(json!({"needs": of, "items": preview.items})),
            ..asked("approval.ask", by)
        }),
        ApprovalChange::Given(id, by) => about("approval.give", id, by),
        ApprovalChange::Refused(id, by) => about("approval.reject", id, by),
        ApprovalChange::Forced(id, by) => about("approval.break-glass", id, by),
        ApprovalChange::Expired(id) => {
            Some(Entry { execution: Some(id.0.to_string().into()), ..act("approval.expire") })
        }
    }
}

/// What people do to groups. What consumers do is work, of which there is far more than anybody reads.
fn of_group(change: &GroupChange) -> Option<Entry> {
    let about = |what, (stream, name): (&GroupStream, &str), token: &Option<Box<str>>| Entry {
        target: Some(format!("group {name} of {stream}").into()),
        token: token.clone(),
        ..act(what)
    };
    let of = |asked: Entry, (stream, name): (&GroupStream, &str)| Entry {
        target: Some(format!("group {name} of {stream}").into()),
        ..asked
    };
    let letters = |what, DeadAct { named: (stream, name), places, by, .. }: &DeadAct| Entry {
        after: Some(json!({"letters": places.count()})),
        ..of(asked(what, by), (stream, name))
    };
    let to = |place: &GroupPlace| Some(json!({"last": place.last.to_string()}));
    Some(match change {
        GroupChange::Created(stream, name, place, token) => {
            Entry { after: to(place), ..about("group.create", (stream, name), token) }
        }
        GroupChange::Set(_, (stream, name), place, token) => {
            Entry { after: to(place), ..about("group.set", (stream, name), token) }
        }
        GroupChange::Destroyed(_, (stream, name), token) => about("group.destroy", (stream, name), token),
        GroupChange::Opened(opening) => {
            let asked = asked("group.create", &opening.by);
            Entry { after: to(&opening.place), ..of(asked, (&opening.stream, &opening.name)) }
        }
        GroupChange::Generated(begun) => {
            let (opening, Generation { from, until, only, .. }) = &**begun;
            let after = json!({"from": from.to_string(), "until": until.to_string(), "only": only});
            let asked = asked("group.generate", &opening.by);
            Entry { after: Some(after), ..of(asked, (&opening.stream, &opening.name)) }
        }
        GroupChange::Paused(_, (stream, name), PauseCause::Operator(by)) => {
            of(asked("group.pause", by), (stream, name))
        }
        GroupChange::Resumed(_, (stream, name), by) => of(asked("group.resume", by), (stream, name)),
        GroupChange::Moved(_, (stream, name), place, by) => {
            Entry { after: to(place), ..of(asked("group.set", by), (stream, name)) }
        }
        GroupChange::Closed(_, (stream, name), by) => of(asked("group.destroy", by), (stream, name)),
        GroupChange::Redriven(dead) => letters("group.redrive", dead),
        GroupChange::Dropped(dead) => letters("group.drop", dead),
        GroupChange::Paused(..)
        | GroupChange::Retried(..)
        | GroupChange::Died(..)
        | GroupChange::Skipped(..)
        | GroupChange::Joined(..)
        | GroupChange::Left(..)
        | GroupChange::Delivered(..)
        | GroupChange::InOrder(..)
        | GroupChange::Passed(..)
        | GroupChange::Again(..)
        | GroupChange::Acked(..)
        | GroupChange::Returned(..)
        | GroupChange::Claimed(_) => return None,
    })
}

fn of_notice(change: &NoticeChange) -> Option<Entry> {
    let about = |what, target: Box<str>, by| Some(Entry { target: Some(target), ..asked(what, by) });
    match change {
        NoticeChange::Redriven(which, by) => about("notify.redrive", which.text(), by),
        NoticeChange::Dropped(which, by) => about("notify.drop", which.text(), by),
        NoticeChange::TestAsked(channel, by) => about("notify.test", channel.clone(), by),
        NoticeChange::Told(..)
        | NoticeChange::Closed(_)
        | NoticeChange::Died(..)
        | NoticeChange::Taken(_)
        | NoticeChange::DiedAgain(..)
        | NoticeChange::Raised(_) => None,
    }
}

fn asked(what: &str, by: &By) -> Entry {
    Entry {
        operator: Some(by.operator.clone()),
        token: by.token.clone(),
        reason: Some(by.reason.clone()),
        ..act(what)
    }
}

fn of_note(note: &Note) -> Entry {
    let Note { kind, count, target, reason } = note;
    let (what, told) = match kind {
        NoteKind::Reloaded => ("settings.reload", None),
        NoteKind::LoginFailed => ("access.login-failed", Some(count)),
        NoteKind::Denied => ("access.denied", Some(count)),
        NoteKind::LossAccepted => ("log.accept-loss", None),
        NoteKind::BackupRead => ("backup.read", Some(count)),
    };
    let text = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Box::from);
    Entry {
        target: text(target),
        reason: text(reason),
        after: told.map(|count| json!({"times": count})),
        ..act(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{encode_record, encode_system};
    use crate::numbers::{HoldId, Millis};
    use crate::state::{Name, Origin, Touched};
    use crate::system::{AuditHead, GroupId, SystemRecord, Why};

    fn name(text: &str) -> Name {
        Name::new(text.as_bytes()).unwrap()
    }

    fn audit() -> Audit {
        Audit { operator: name("olga"), reason: "why".into() }
    }

    fn of_record(change: Change) -> Option<Entry> {
        let origin = Origin { token: Some(name("desk")), ..Origin::default() };
        let record = Record { origin: Some(Box::new(origin)), ..Record::new(At(5), 3, None, change) };
        let mut bytes = Vec::new();
        encode_record(EventId(7), 0, &record, &Touched::NOTHING, &mut bytes);
        act_of(Lsn(9), &bytes).unwrap()
    }

    #[test]
    fn acts_of_operators_are_told_and_those_of_buyers_are_not() {
        let order = || name("o");
        let changes = [
            (
                Change::StatusSet {
                    status: EventStatus::Paused,
                    operator: name("olga"),
                    reason: "why".into(),
                },
                "event.pause",
                "",
            ),
            (
                Change::Blocked { seats: [1, 2, 3, 9].into_iter().collect(), audit: audit() },
                "seats.block",
                "seats 1-3 9",
            ),
            (
                Change::PartUnblocked {
                    ranges: [(4, 2), (6, 1)].into(),
                    places: [(2, 30)].into_iter().collect(),
                    audit: audit(),
                },
                "seats.unblock",
                "seats 4-6, 30 places of area 2",
            ),
            (Change::ForceReleased { hold: HoldId(4), audit: audit() }, "force.release", "hold 4"),
            (Change::ForceCancelled { order: order(), audit: audit() }, "force.cancel", "order o"),
            (
                Change::Returned {
                    order: order(),
                    part: None,
                    refund: Some(5),
                    operator: Some(Box::new(name("olga"))),
                    reason: "why".into(),
                },
                "force.cancel",
                "order o",
            ),
            (Change::LimitsSet { limits: Box::default(), audit: audit() }, "event.limits", ""),
            (
                Change::Scheduled {
                    status: EventStatus::Pending,
                    opens_at: Some(At(8)),
                    closes_at: None,
                    audit: audit(),
                },
                "event.schedule",
                "",
            ),
            (Change::PlanChanged { plan: Box::default(), audit: audit() }, "event.change", ""),
        ];
        for (change, act, target) in changes {
            let told = of_record(change).unwrap();
            assert_eq!((&*told.act, told.target.as_deref().unwrap_or_default()), (act, target));
            assert_eq!((told.operator.as_deref(), told.reason.as_deref()), (Some("olga"), Some("why")));
            assert_eq!(
                (told.token.as_deref(), told.event_id, told.version),
                (Some("desk"), Some(7), Some(3))
            );
            assert_eq!((told.lsn, told.at), (9, 5));
        }
        let others = [
            Change::Released { hold: HoldId(1) },
            Change::Expired { hold: HoldId(1) },
            Change::Cancelled { order: order(), reason: "mine".into() },
            Change::Returned {
                order: order(),
                part: None,
                refund: None,
                operator: None,
                reason: "mine".into(),
            },
            Change::TimeCame { status: EventStatus::Open },
            Change::Extended { hold: HoldId(1), ttl: Millis(5) },
        ];
        for change in others {
            assert_eq!(of_record(change), None);
        }
    }

    #[test]
    fn what_happens_to_the_process_is_told_and_where_the_audit_stands_is_not() {
        let by = By { key: "k".into(), operator: "olga".into(), token: None, reason: "why".into() };
        let task = Task { job: "replay".into(), arguments: ["ALL".into()].into() };
        let asked = ExecutionChange::Asked {
            task,
            run_type: RunType::Manual,
            resumes: None,
            plan: None,
            by: by.clone(),
        };
        let note = |kind| Box::new(Note { kind, count: 3, target: "JOB RUN".into(), reason: Box::default() });
        let changes = [
            (
                SystemChange::Started { build: "1".into(), format: 4, last_known_at: At(0) },
                Some("process.start"),
            ),
            (SystemChange::Stopped { why: Why::Terminated }, Some("process.stop")),
            (SystemChange::Execution(asked), Some("job.run")),
            (SystemChange::Notice(NoticeChange::TestAsked("ops".into(), by.clone())), Some("notify.test")),
            (SystemChange::Execution(ExecutionChange::StopAsked(ExecutionId(3), by)), Some("job.stop")),
            (SystemChange::Execution(ExecutionChange::Began(ExecutionId(3))), None),
            (SystemChange::Approval(ApprovalChange::Expired(ExecutionId(3))), Some("approval.expire")),
            (SystemChange::Notice(NoticeChange::Taken(4)), None),
            (SystemChange::Audit(AuditChange::Noted(note(NoteKind::Denied))), Some("access.denied")),
            (SystemChange::Audit(AuditChange::Noted(note(NoteKind::LossAccepted))), Some("log.accept-loss")),
            (SystemChange::Audit(AuditChange::Head(AuditHead::default())), None),
            (
                SystemChange::Group(GroupChange::Destroyed(GroupId(3), (GroupStream::All, "g".into()), None)),
                Some("group.destroy"),
            ),
            (SystemChange::Group(GroupChange::Joined(GroupId(3), "worker".into())), None),
            (SystemChange::Heartbeat, None),
        ];
        for (change, act) in changes {
            let mut bytes = Vec::new();
            encode_system(0, &SystemRecord { at: At(5), version: 8, change }, &mut bytes);
            let told = act_of(Lsn(9), &bytes).unwrap();
            assert_eq!(told.as_ref().map(|told| &*told.act), act);
            if act == Some("job.run") {
                let told = told.unwrap();
                assert_eq!(told.execution.as_deref(), Some("replay-8"));
                assert_eq!(told.target.as_deref(), Some("replay ALL"));
            }
        }
    }
}
