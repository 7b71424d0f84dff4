//! Records and snapshots of the system event that were written once are read for ever: committed bytes of every kind.
//!
//! As in `golden.rs`: `HOLDFAST_GOLDEN=write` writes the files anew; a new variant adds lines and alters none.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::path::PathBuf;

use holdfast_engine::{
    Ahead, ApprovalChange, At, AuditChange, AuditHead, Batch, Branch, By, Counted, DeadAct, Death,
    DeathCause, EntryId, ExecutionChange, ExecutionEnding, ExecutionId, ExecutionOutcome, ExecutionProgress,
    Failure, GroupChange, GroupGeneration, GroupId, GroupOpening, GroupPlace, GroupStream, GroupTerms, Kept,
    Letter, Millis, Mode, Note, NoteKind, Notice, NoticeChange, NoticeKind, NoticeMessage, PauseCause, Place,
    Preview, Raised, Ranges, Return, RunType, Severity, Subject, System, SystemChange, SystemRecord,
    Takeover, Task, Which, Who, Why, decode_system, encode_system, event_of, read_system, version_of,
    write_system,
};
use holdfast_testkit::{hex, unhex};

/// One line for each kind. The match has no other arm, so that a new kind does not compile until it has its line.
fn title(change: &SystemChange) -> String {
    match change {
        SystemChange::Started { .. } => "started".to_owned(),
        SystemChange::Ready { .. } => "ready".to_owned(),
        SystemChange::Stopped { why } => format!("stopped.{}", why.word()),
        SystemChange::ModeSet { mode, .. } => format!("mode_set.{}", mode.word()),
        SystemChange::Heartbeat => "heartbeat".to_owned(),
        SystemChange::Branched(_) => "branched".to_owned(),
        SystemChange::Execution(change) => format!("execution.{}", title_of_execution(change)),
        SystemChange::Notice(change) => format!("notice.{}", title_of_notice(change)),
        SystemChange::Approval(change) => format!("approval.{}", title_of_approval(change)),
        SystemChange::Group(change) => format!("group.{}", title_of_group(change)),
        SystemChange::Audit(AuditChange::Head(_)) => "audit.head".to_owned(),
        SystemChange::Audit(AuditChange::Noted(note)) => format!("audit.noted.{:?}", note.kind),
    }
}

fn title_of_group(change: &GroupChange) -> &'static str {
    match change {
        GroupChange::Created(..) => "created",
        GroupChange::Set(..) => "set",
        GroupChange::Destroyed(..) => "destroyed",
        GroupChange::Joined(..) => "joined",
        GroupChange::Left(..) => "left",
        GroupChange::Delivered(..) => "delivered",
        GroupChange::Passed(..) => "passed",
        GroupChange::Again(..) => "again",
        GroupChange::Acked(..) => "acked",
        GroupChange::Claimed(_) => "claimed",
        GroupChange::Opened(_) => "opened",
        GroupChange::Retried(..) => "retried",
        GroupChange::Died(..) => "died",
        GroupChange::Skipped(..) => "skipped",
        GroupChange::Paused(_, _, PauseCause::Failures(..)) => "paused.failures",
        GroupChange::Paused(_, _, PauseCause::Operator(_)) => "paused.operator",
        GroupChange::Resumed(..) => "resumed",
        GroupChange::Redriven(_) => "redriven",
        GroupChange::Dropped(_) => "dropped",
        GroupChange::Closed(..) => "closed",
        GroupChange::InOrder(..) => "in_order",
        GroupChange::Moved(..) => "moved",
        GroupChange::Returned(..) => "returned",
        GroupChange::Generated(_) => "generated",
    }
}

fn title_of_notice(change: &NoticeChange) -> String {
    match change {
        NoticeChange::Told(..) => "told".to_owned(),
        NoticeChange::Closed(_) => "closed".to_owned(),
        NoticeChange::Died(letter, _) => format!("died.{}", letter.message.first.kind.word()),
        NoticeChange::Taken(_) => "taken".to_owned(),
        NoticeChange::DiedAgain(..) => "died_again".to_owned(),
        NoticeChange::Redriven(..) => "redriven".to_owned(),
        NoticeChange::Dropped(..) => "dropped".to_owned(),
        NoticeChange::TestAsked(..) => "test_asked".to_owned(),
        NoticeChange::Raised(_) => "raised".to_owned(),
    }
}

fn title_of_execution(change: &ExecutionChange) -> &'static str {
    match change {
        ExecutionChange::Asked { resumes: None, .. } => "asked",
        ExecutionChange::Asked { .. } => "resumed",
        ExecutionChange::Began(_) => "began",
        ExecutionChange::Progressed(..) => "progressed",
        ExecutionChange::StopAsked(..) => "stop_asked",
        ExecutionChange::Ended(_, ExecutionEnding::Success, _) => "succeeded",
        ExecutionChange::Ended(_, ExecutionEnding::Failed(_), _) => "failed",
        ExecutionChange::Ended(_, ExecutionEnding::Stopped, _) => "stopped",
        ExecutionChange::Activated(..) => "activated",
        ExecutionChange::Kept(_) => "kept",
    }
}

fn title_of_approval(change: &ApprovalChange) -> &'static str {
    match change {
        ApprovalChange::Asked { .. } => "asked",
        ApprovalChange::Given(..) => "given",
        ApprovalChange::Forced(..) => "forced",
        ApprovalChange::Refused(..) => "refused",
        ApprovalChange::Expired(_) => "expired",
    }
}

/// The life of a process in which everything happens once, each second. What came later has a life of its own, so that no byte of
/// this one is another than it was.
fn changes() -> Vec<SystemChange> {
    let started = |last_known_at| SystemChange::Started { build: "0.2.0".into(), format: 2, last_known_at };
    let mut changes = vec![started(At(0)), SystemChange::Ready { events: 300, took: Millis(70_000) }];
    let modes = Mode::ALL.into_iter().rev().filter(|mode| *mode != Mode::Overload);
    changes.extend(modes.map(|mode| SystemChange::ModeSet { mode, since: At(1_700_000_000_500) }));
    changes.push(SystemChange::Heartbeat);
    for why in [Why::Asked, Why::Terminated, Why::Interrupted] {
        changes.extend([SystemChange::Stopped { why }, started(At(1_700_000_000_000))]);
        changes.push(SystemChange::Ready { events: 1, took: Millis(2) });
    }
    changes
}

/// The life of a process that was overloaded.
fn overloaded() -> Vec<SystemChange> {
    let since = At(1_700_000_000_500);
    let modes = [Mode::Overload, Mode::Normal].map(|mode| SystemChange::ModeSet { mode, since });
    changes_of_a_start().into_iter().chain(modes).collect()
}

/// The life of a process with executions: one is stopped and resumed, one fails, and an older result counts again.
fn executions() -> Vec<SystemChange> {
    let by = |key: &str, token: Option<&str>| By {
        key: key.into(),
        operator: "olga".into(),
        token: token.map(Into::into),
        reason: "a reason".into(),
    };
    let asked = |number: u64, job: &str, run_type, resumes: Option<u64>| ExecutionChange::Asked {
        task: Task { job: job.into(), arguments: ["EVENT".into(), "gala".into()].into() },
        run_type,
        resumes: resumes.map(ExecutionId),
        plan: resumes.map(|old| 0x0102_0304_0506_0700 + old),
        by: by(&format!("key-{number}"), resumes.map(|_| "night")),
    };
    let outcome = ExecutionOutcome {
        figures: vec![("records".into(), 300), ("bytes".into(), 70_000)],
        findings: vec!["a finding".into()],
        findings_left_out: 2,
        digest: 0x1122_3344_5566_7788,
    };
    let progress = ExecutionProgress { done: 3, of: 300, checkpoint: "three".into() };
    let failure = Failure { code: "HF-BAT-002".into(), message: "no disk".into() };
    let ended = |id, ending| ExecutionChange::Ended(ExecutionId(id), ending, outcome.clone());
    let changes = [
        asked(3, "backup", RunType::Manual, None),
        ExecutionChange::Began(ExecutionId(3)),
        ExecutionChange::Progressed(ExecutionId(3), progress),
        ExecutionChange::StopAsked(ExecutionId(3), by("key-6", None)),
        ended(3, ExecutionEnding::Stopped),
        asked(8, "backup", RunType::Replay, Some(3)),
        ended(8, ExecutionEnding::Success),
        asked(10, "backup", RunType::Auto, None),
        ended(10, ExecutionEnding::Success),
        ExecutionChange::Activated(ExecutionId(8), by("key-12", Some("night"))),
        asked(13, "replay", RunType::Manual, None),
        ended(13, ExecutionEnding::Failed(failure)),
        asked(15, "drill", RunType::Manual, None),
    ];
    changes_of_a_start().into_iter().chain(changes.map(SystemChange::Execution)).collect()
}

/// The life of a process that tells people outside: one letter of each kind dies, some are redriven, taken and dropped.
fn notices() -> Vec<SystemChange> {
    let by = |key: &str| By {
        key: key.into(),
        operator: "olga".into(),
        token: Some("night".into()),
        reason: "a reason".into(),
    };
    let place = |upto| {
        let ahead =
            vec![Ahead { kind: NoticeKind::JobFailed, upto: upto + 300, until: At(1_700_000_300_000) }];
        Place { upto, ahead, taken: upto + 1 }
    };
    let letter = |number: u64, kind| {
        let who = Who { operator: "olga".into(), token: None, reason: "a reason".into() };
        let severity = Severity::ALL[number as usize % 3];
        let (about, says): (Box<str>, Box<str>) = ("backup-17".into(), "no disk".into());
        let (at, code) = (At(1_700_000_000_500), Some("HF-BAT-002".into()));
        let first = Notice { kind, severity, lsn: number, at, about, says, code, who: Some(who) };
        let mut message = NoticeMessage::of(first.clone());
        message.add(&Notice { about: "backup-18".into(), lsn: number + 1, ..first });
        let (id, why) = ("0123abcd-ops".into(), "it answers 500".into());
        Box::new(Letter {
            number: 0,
            channel: "ops".into(),
            id,
            message,
            tries: 4,
            why,
            died_at: At(0),
            is_redriven: false,
        })
    };
    let mut changes =
        vec![NoticeChange::Told("ops".into(), place(7)), NoticeChange::Told("office".into(), place(300))];
    changes.extend(
        (0_u64..)
            .zip(NoticeKind::ALL)
            .map(|(number, kind)| NoticeChange::Died(letter(number, kind), place(number))),
    );
    let raised = Raised {
        kind: NoticeKind::BackupStale,
        severity: Severity::Critical,
        about: "backup".into(),
        says: "no backup".into(),
        code: Some("HF-EXT-005".into()),
    };
    changes.extend([
        NoticeChange::Redriven(Which::Of("ops".into()), by("key-1")),
        NoticeChange::Taken(5),
        NoticeChange::DiedAgain(6, 300, "it answers 401".into()),
        NoticeChange::Dropped(Which::One(7), by("key-2")),
        NoticeChange::TestAsked("office".into(), by("key-3")),
        NoticeChange::Closed("office".into()),
        NoticeChange::Raised(raised),
    ]);
    changes_of_a_start().into_iter().chain(changes.into_iter().map(SystemChange::Notice)).collect()
}

/// The life of a process whose audit was noted, with one of each kind of note.
fn audited() -> Vec<SystemChange> {
    use NoteKind::{BackupRead, Denied, LoginFailed, LossAccepted, Reloaded};
    let note = |kind| {
        AuditChange::Noted(Box::new(Note {
            kind,
            count: 300,
            target: "token desk: JOB RUN".into(),
            reason: "refused".into(),
        }))
    };
    let head = AuditChange::Head(AuditHead { seq: 300, hash: [7; 32], upto: 70_000 });
    let changes =
        [Reloaded, LoginFailed, Denied, LossAccepted].map(note).into_iter().chain([head, note(BackupRead)]);
    changes_of_a_start().into_iter().chain(changes.map(SystemChange::Audit)).collect()
}

/// The life of a process with acts that one token alone may not do: one is approved, one rejected, one is done alone, the time of one is
/// over, and one waits.
fn approvals() -> Vec<SystemChange> {
    let by = |token: &str, key: u64| By {
        key: format!("key-{key}").into(),
        operator: "olga".into(),
        token: Some(token.into()),
        reason: "a reason".into(),
    };
    let asked = |number: u64| ApprovalChange::Asked {
        task: Task {
            job: "command".into(),
            arguments: ["EVENT".into(), "CLOSE".into(), "gala".into()].into(),
        },
        run_type: RunType::Manual,
        resumes: None,
        plan: None,
        by: by("ann", number),
        act: "event.close".into(),
        preview: Preview {
            steps: vec!["1: EVENT CLOSE gala * * *: the event is open".into()],
            steps_left_out: 2,
            notes: vec!["gala at version 300: open".into()],
            items: 3,
            hash: 0x1122_3344_5566_7788,
        },
        expires_at: At(1_700_000_500_000 + number),
    };
    let end = |id| {
        let outcome = ExecutionOutcome::default();
        SystemChange::Execution(ExecutionChange::Ended(ExecutionId(id), ExecutionEnding::Success, outcome))
    };
    let kept = Kept { of: ExecutionId(3), lines: 3, bytes: 300, sha256: [7; 32] };
    let changes = [
        SystemChange::Approval(asked(3)),
        SystemChange::Approval(ApprovalChange::Given(ExecutionId(3), by("ben", 4))),
        SystemChange::Execution(ExecutionChange::Kept(kept)),
        end(3),
        SystemChange::Approval(asked(7)),
        SystemChange::Approval(ApprovalChange::Refused(ExecutionId(7), by("ben", 8))),
        SystemChange::Approval(asked(9)),
        SystemChange::Approval(ApprovalChange::Forced(ExecutionId(9), by("ann", 10))),
        end(9),
        SystemChange::Approval(asked(12)),
        SystemChange::Approval(ApprovalChange::Expired(ExecutionId(12))),
        SystemChange::Approval(asked(14)),
    ];
    changes_of_a_start().into_iter().chain(changes).collect()
}

/// The life of a process on a directory that was restored, twice.
fn branched() -> Vec<SystemChange> {
    let branch = |number, from_lsn| {
        SystemChange::Branched(Branch { number, from_lsn, at: At(1_699_999_999_000 + from_lsn) })
    };
    changes_of_a_start()
        .into_iter()
        .chain([branch(1_796_000_000, 4_712), branch(1_796_000_500, 90)])
        .collect()
}

/// The life of a process in which groups are made, read and ended.
fn groups() -> Vec<SystemChange> {
    let id = |time, sequence| EntryId { time, sequence };
    let (gala, mail) = (GroupStream::Event("gala".into()), GroupId(3));
    let place = |last| GroupPlace { last, behind: last };
    let rows =
        |from: u64, count: u64| Batch::of((from..from + count).map(|n| (n, 1_795_235_389_000 + n / 3)));
    let takeover = Takeover {
        group: mail,
        consumer: 1,
        taken: Ranges::of([2, 3, 5]),
        new: rows(40, 2),
        gone: Ranges::of([7]),
        delivered_at: At(1_795_235_390_000),
        counted: Counted::Times(4),
    };
    let same = Takeover {
        counted: Counted::Same,
        taken: Ranges::of([9]),
        new: Batch::default(),
        ..takeover.clone()
    };
    let more = Takeover { counted: Counted::More, ..same.clone() };
    let changes = [
        GroupChange::Created(gala.clone(), "mail".into(), place(EntryId::FIRST), Some("box".into())),
        GroupChange::Created(GroupStream::All, "all".into(), place(id(77, 0)), None),
        GroupChange::Joined(mail, "ann".into()),
        GroupChange::Joined(mail, "ben".into()),
        GroupChange::Delivered(mail, 0, rows(1, 20)),
        GroupChange::Acked(mail, Ranges::of([1, 4])),
        GroupChange::Again(mail, 0, Ranges::of(2..4)),
        GroupChange::Claimed(Box::new(takeover)),
        GroupChange::Claimed(Box::new(same)),
        GroupChange::Claimed(Box::new(more)),
        GroupChange::Passed(mail, 1, id(1_795_235_389_900, 90)),
        GroupChange::Joined(mail, "cat".into()),
        GroupChange::Left(mail, 2),
        GroupChange::Set(mail, (gala, "mail".into()), place(id(1_795_235_389_007, 21)), Some("boss".into())),
        GroupChange::Joined(GroupId(4), "dan".into()),
        GroupChange::Delivered(GroupId(4), 0, Batch::of([(80, 0), (81, 0), (95, 0)])),
        GroupChange::Created(GroupStream::All, "gone".into(), place(id(77, 0)), None),
        GroupChange::Destroyed(GroupId(19), (GroupStream::All, "gone".into()), None),
    ];
    changes_of_a_start().into_iter().chain(changes.map(SystemChange::Group)).collect()
}

/// The life of a process in which groups retry by themselves.
fn groups_with_terms() -> Vec<SystemChange> {
    let (gala, mail) = (GroupStream::Event("gala".into()), GroupId(3));
    let named = || (GroupStream::Event("gala".into()), Box::from("mail"));
    let begin = GroupPlace { last: EntryId::FIRST, behind: EntryId::FIRST };
    let (key, token) = (Box::default(), Some("boss".into()));
    let by = By { key, operator: "olaf".into(), token, reason: "mail is back".into() };
    let moved_to = EntryId { time: 1_795_235_389_200, sequence: 30 };
    let moved_to = GroupPlace { last: moved_to, behind: moved_to };
    let rows = Batch::of((2..8_u64).map(|n| (n, 1_795_235_389_000 + n / 3)));
    let death = |place, cause, record: Option<&[u8]>| Death { place, cause, record: record.map(Into::into) };
    let terms =
        GroupTerms { kinds: vec!["held".into(), "sold".into()], deliveries: 2, ..GroupTerms::default() };
    let opening = |name: &str| GroupOpening {
        stream: gala.clone(),
        name: name.into(),
        place: begin,
        terms: terms.clone(),
        by: by.clone(),
    };
    let serial = GroupOpening {
        name: "ledger".into(),
        terms: GroupTerms { serial: true, ..terms.clone() },
        ..opening("ledger")
    };
    let (order, hold) = (Subject::named("gala", "o-1"), |hold| Subject::hold("gala", hold));
    let letters = |places: [u64; 2]| {
        Box::new(DeadAct { group: mail, named: named(), places: Ranges::of(places), by: by.clone() })
    };
    let changes = [
        GroupChange::Opened(Box::new(opening("mail"))),
        GroupChange::Joined(mail, "ann".into()),
        GroupChange::Delivered(mail, 0, rows.clone()),
        GroupChange::Retried(mail, 0, Ranges::of([3, 5])),
        GroupChange::Died(
            mail,
            vec![
                death(2, DeathCause::Deliveries, Some(&[7, 0, 255])),
                death(3, DeathCause::Gone, None),
                death(5, DeathCause::Deliveries, Some(&[1])),
                death(7, DeathCause::Deliveries, Some(&[2])),
            ],
        ),
        GroupChange::Paused(mail, named(), PauseCause::Failures(21, 40)),
        GroupChange::Paused(mail, named(), PauseCause::Operator(Box::new(by.clone()))),
        GroupChange::Resumed(mail, named(), Box::new(by.clone())),
        GroupChange::Redriven(letters([3, 5])),
        GroupChange::Dropped(letters([2, 9])),
        GroupChange::Skipped(mail, EntryId { time: 1_795_235_389_100, sequence: 12 }),
        GroupChange::Opened(Box::new(opening("gone"))),
        GroupChange::Closed(GroupId(14), (gala.clone(), "gone".into()), Box::new(by.clone())),
        GroupChange::Opened(Box::new(opening("still"))),
        GroupChange::Paused(GroupId(16), (gala.clone(), "still".into()), PauseCause::Failures(20, 20)),
        GroupChange::Opened(Box::new(serial)),
        GroupChange::Joined(GroupId(18), "ann".into()),
        // The second waits for the first, and the third for nothing.
        GroupChange::InOrder(
            GroupId(18),
            0,
            rows,
            vec![
                [order, hold(2)].into(),
                [order].into(),
                Box::default(),
                [hold(5)].into(),
                [hold(5)].into(),
                [hold(2)].into(),
            ],
        ),
        GroupChange::Died(GroupId(18), vec![death(5, DeathCause::Gone, None)]),
        GroupChange::Returned(GroupId(18), Ranges::of([2]), Return::Silent),
        GroupChange::Returned(GroupId(18), Ranges::of([4]), Return::Fatal),
        GroupChange::Returned(GroupId(18), Ranges::of([6]), Return::Fail),
        GroupChange::Moved(mail, named(), moved_to, Box::new(by.clone())),
    ];
    changes_of_a_start().into_iter().chain(changes.map(SystemChange::Group)).collect()
}

/// Groups that are given a part of a stream once more.
fn generations() -> Vec<SystemChange> {
    let by =
        By { key: "".into(), operator: "ops".into(), token: None, reason: "replay-group-3: lost".into() };
    let begin = EntryId { time: 1_795_235_389_000, sequence: 1 };
    let opening = |name: &str, stream| GroupOpening {
        stream,
        name: name.into(),
        place: GroupPlace { last: begin, behind: begin },
        terms: GroupTerms::default(),
        by: by.clone(),
    };
    let generation = |number, only: Option<&str>| GroupGeneration {
        of: "mail".into(),
        number,
        from: begin,
        until: EntryId { time: 1_795_235_389_900, sequence: 7 },
        only: only.map(Into::into),
    };
    let gala = GroupStream::Event("gala".into());
    let changes = [
        GroupChange::Generated(Box::new((opening("mail.3", gala), generation(3, Some("o-17"))))),
        GroupChange::Generated(Box::new((opening("mail.4", GroupStream::All), generation(4, None)))),
    ];
    changes_of_a_start().into_iter().chain(changes.map(SystemChange::Group)).collect()
}

fn changes_of_a_start() -> Vec<SystemChange> {
    changes().into_iter().take(2).collect()
}

/// The system event after all of it, and each record with the digest after it.
fn life(changes: Vec<SystemChange>) -> (System, Vec<(SystemRecord, u64)>) {
    let (mut system, mut records) = (None::<System>, Vec::new());
    for (version, change) in (1_u64..).zip(changes) {
        let record = SystemRecord { at: At(1_700_000_000_123 + 1_000 * version), version, change };
        match &mut system {
            None => system = System::begin(&record),
            Some(system) => system.apply(&record),
        }
        records.push((record, system.as_ref().expect("it has begun").digest()));
    }
    (system.expect("it has begun"), records)
}

#[test]
fn bytes_of_the_system_event_stay() {
    let told =
        bytes_stay("system-1.txt", changes()).len() + bytes_stay("system-overload.txt", overloaded()).len();
    // Of the second life, only the overload is new.
    assert_eq!(told - 3, 3 + 3 + Mode::ALL.len());
    assert_eq!(bytes_stay("system-executions.txt", executions()).len() - 2, 9);
    assert_eq!(bytes_stay("system-notices.txt", notices()).len() - 2, 8 + NoticeKind::ALL.len());
    assert_eq!(bytes_stay("system-audit.txt", audited()).len() - 2, 6);
    assert_eq!(bytes_stay("system-approvals.txt", approvals()).len() - 3, 6);
    assert_eq!(bytes_stay("system-branched.txt", branched()).len() - 2, 1);
    assert_eq!(bytes_stay("system-groups.txt", groups()).len() - 2, 10);
    assert_eq!(bytes_stay("system-groups-terms.txt", groups_with_terms()).len() - 2, 15);
    assert_eq!(bytes_stay("system-generations.txt", generations()).len() - 2, 1);
}

/// Compares with the file of this name; the titles of its records.
fn bytes_stay(file: &str, changes: Vec<SystemChange>) -> BTreeSet<String> {
    let (system, records) = life(changes);
    let mut text = String::new();
    for (record, digest) in &records {
        let mut bytes = Vec::new();
        encode_system(*digest, record, &mut bytes);
        let _ = writeln!(text, "record {} {}", title(&record.change), hex(&bytes));
    }
    let taken = write_system(&system, |chunk| {
        let _ = writeln!(text, "snapshot {}", hex(chunk));
        Ok::<_, Infallible>(())
    });
    assert!(taken.is_ok());
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
    if std::env::var_os("HOLDFAST_GOLDEN").is_some_and(|asked| asked == "write") {
        std::fs::write(&path, &text).expect("the file can be written");
    }
    let committed = std::fs::read_to_string(&path).expect("the file is there");
    assert_eq!(text, committed, "the bytes of this build are others than those that were committed");

    let mut records = records.into_iter();
    let (mut titles, mut chunks) = (BTreeSet::new(), Vec::new());
    for line in committed.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["record", name, hex] => {
                let (record, digest) = records.next().expect("a record for each line");
                let bytes = unhex(hex);
                let read = decode_system(&bytes).expect("it can be read");
                assert_eq!((read.record, read.digest), (record, digest), "{name}");
                let event = event_of(&bytes).expect("it has a header");
                assert_eq!((event.0, version_of(&bytes)), (0, Some((event, None))), "no feed shows {name}");
                for end in 0..bytes.len() {
                    assert!(decode_system(&bytes[..end]).is_err(), "{end} bytes of {name}");
                }
                assert!(decode_system(&[&bytes[..], &[0]].concat()).is_err(), "a byte more than {name}");
                titles.insert(name.to_owned());
            }
            ["snapshot", hex] => chunks.push(unhex(hex)),
            _ => panic!("{line}"),
        }
    }
    let of = |chunks: &[Vec<u8>]| read_system(chunks.iter().map(Vec::as_slice));
    let read = of(&chunks).expect("it can be read");
    assert_eq!((read.digest(), &read), (system.digest(), &system));
    assert!(of(&[]).is_err() && of(&chunks[1..]).is_err());
    for at in 0..chunks.len() {
        let mut cut = chunks.clone();
        cut[at].pop();
        assert!(of(&cut).is_err(), "chunk {at} without its end");
    }
    titles
}

#[test]
fn headers_of_later_versions_are_refused() {
    let (_, records) = life(changes());
    let (record, digest) = &records[0];
    let mut bytes = Vec::new();
    encode_system(*digest, record, &mut bytes);
    // The event, the format, each flag and each reserved bit.
    for bit in 0..64 {
        let mut other = bytes.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        assert!(decode_system(&other).is_err(), "bit {bit}");
    }
}
