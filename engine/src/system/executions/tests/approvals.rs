//! What one token alone may not begin, whoever says what about it and when.

use super::*;
use crate::numbers::Millis;

/// Of what was seen.
pub(super) const HASH: u64 = 7;

/// Somebody with this token.
pub(super) fn of(token: &str, key: &str) -> By {
    By { token: Some(token.into()), ..by(key) }
}

/// A task that needs consent, which can be given for so many milliseconds.
pub(super) fn needing(task: Task, by: By, within: u64) -> Asking {
    let preview = Preview { steps: vec!["one".into()], items: 1, hash: HASH, ..Preview::default() };
    let needs = Needs { act: "event.close".into(), preview, within: Millis(within) };
    let asking = Asking::Run { task, run_type: RunType::Manual, plan: None, by };
    Asking::Await(Box::new(asking), Box::new(needs))
}

/// One that waits for consent for so long.
fn waiting(books: &mut Books, within: u64) -> ExecutionId {
    books.ask(needing(task("command"), of("ann", "k1"), within)).unwrap().0
}

fn word(books: &Books, id: ExecutionId) -> (&'static str, &'static str) {
    (books.executions.approval(id).unwrap().word(books.of(id)), books.of(id).state.word())
}

#[test]
fn it_begins_when_another_token_consents_to_what_was_seen() {
    let mut books = Books::default();
    let id = waiting(&mut books, 1_000);
    assert_eq!(waiting(&mut books, 1_000), id, "the same key is the same execution");
    assert_eq!(books.ask(Asking::Begin(id)), Err(Code::APPROVAL_NEEDED));
    for (by, hash, code) in [
        (of("ann", "a1"), HASH, Code::OWN_APPROVAL),
        (by("a1"), HASH, Code::OWN_APPROVAL),
        (of("ben", "a1"), HASH + 1, Code::APPROVAL_STALE),
    ] {
        assert_eq!(books.ask(Asking::Approve(id, by, hash)), Err(code));
    }
    assert_eq!(word(&books, id), ("WAITING", "READY"));
    assert_eq!(books.ask(Asking::BreakGlass(id, of("ben", "g1"), HASH)), Err(Code::OWN_APPROVAL));
    assert_eq!(books.ask(Asking::Approve(id, of("ben", "a1"), HASH)), Ok((id, false)));
    assert_eq!(books.ask(Asking::Approve(id, of("ben", "a1"), HASH)), Ok((id, true)), "once");
    assert_eq!(books.ask(Asking::Approve(id, of("eve", "a1"), HASH)), Err(Code::NOT_AWAITED));
    assert_eq!(books.ask(Asking::Reject(id, of("eve", "a2"))), Err(Code::NOT_AWAITED));
    assert_eq!(word(&books, id), ("APPROVED", "READY"));
    books.ask(Asking::Begin(id)).unwrap();
    let acts: Vec<_> = books.of(id).acts.iter().map(|act| (act.kind, act.by.token.as_deref())).collect();
    assert_eq!(acts, [(ActKind::Run, Some("ann")), (ActKind::Approve, Some("ben"))]);
    assert_eq!(waiting(&mut books, 1_000), id, "whoever repeats it learns of the same execution");
}

#[test]
fn it_ends_unbegun_when_it_is_rejected_or_its_time_is_over_or_nobody_wants_it() {
    let mut books = Books::default();
    let id = waiting(&mut books, 1_000);
    assert_eq!(books.ask(Asking::Reject(id, of("ann", "r1"))), Err(Code::OWN_APPROVAL), "that is JOB STOP");
    books.ask(Asking::Reject(id, of("ben", "r1"))).unwrap();
    assert_eq!(word(&books, id), ("REJECTED", "STOPPED"));
    assert_eq!(books.ask(Asking::Approve(id, of("eve", "a1"), HASH)), Err(Code::NOT_AWAITED));

    let mut books = Books::default();
    let id = waiting(&mut books, 3);
    assert_eq!(books.ask(Asking::Expire(id)), Err(Code::NOT_AWAITED), "not yet");
    books.run("drill", "k2").unwrap();
    books.run("replay", "k3").unwrap();
    assert_eq!(books.ask(Asking::Approve(id, of("ben", "a1"), HASH)), Err(Code::NOT_AWAITED), "too late");
    books.ask(Asking::Expire(id)).unwrap();
    assert_eq!(word(&books, id), ("EXPIRED", "STOPPED"));

    let mut books = Books::default();
    let id = waiting(&mut books, 1_000);
    books.ask(Asking::Stop(id, of("ann", "s1"))).unwrap();
    assert_eq!(books.ask(Asking::Approve(id, of("ben", "a1"), HASH)), Err(Code::NOT_AWAITED));
    books.ask(Asking::End(id, Ending::Stopped, Outcome::default())).unwrap();
    assert_eq!(word(&books, id), ("WITHDRAWN", "STOPPED"));
}

#[test]
fn the_token_that_asked_alone_breaks_the_glass_and_what_goes_on_later_needs_consent_anew() {
    let mut books = Books::default();
    let id = waiting(&mut books, 1_000);
    assert_eq!(books.ask(Asking::BreakGlass(id, of("ann", "g1"), HASH + 1)), Err(Code::APPROVAL_STALE));
    books.ask(Asking::BreakGlass(id, of("ann", "g1"), HASH)).unwrap();
    assert_eq!(word(&books, id), ("BROKEN_GLASS", "READY"));
    books.ask(Asking::Begin(id)).unwrap();
    books.ask(Asking::End(id, failed(), Outcome::default())).unwrap();
    let Asking::Await(_, needs) = needing(task("command"), of("ann", "x"), 1_000) else { unreachable!() };
    let resumed = Asking::Await(Box::new(Asking::Resume(id, of("ann", "k9"))), needs);
    let (next, _) = books.ask(resumed).unwrap();
    assert_eq!((books.of(next).resumes, word(&books, next).0), (Some(id), "WAITING"));
}

#[test]
fn two_who_ask_for_the_same_have_one_execution_and_there_is_room_for_so_many() {
    let mut books = Books::default();
    waiting(&mut books, 1_000);
    let second = needing(task("command"), of("ben", "k1"), 1_000);
    assert_eq!(books.ask(second), Err(Code::ALREADY_RUNNING));
    let nobody = needing(task("replay"), by("k2"), 1_000);
    assert_eq!(books.ask(nobody), Err(Code::OWN_APPROVAL), "without tokens nobody is another");
    for number in 1..limits::APPROVALS_WAITING_MAX {
        books.ask(needing(task(&format!("job{number}")), of("ann", &format!("n{number}")), 1_000)).unwrap();
    }
    assert_eq!(books.ask(needing(task("more"), of("ann", "m"), 1_000)), Err(Code::JOBS_WAITING));
    assert!(books.run("drill", "d").is_ok(), "what needs no consent has room");
}

#[test]
fn executions_with_many_lines_are_forgotten_before_there_are_too_many() {
    let mut executions = Executions::default();
    let line: Box<str> = "x".repeat(limits::JOB_ARGUMENTS_BYTES_MAX / limits::JOB_ARGUMENTS_MAX).into();
    let task = Task { job: "compensate".into(), arguments: vec![line; limits::JOB_ARGUMENTS_MAX].into() };
    let most = limits::EXECUTIONS_BYTES_KEPT / task.bytes();
    for version in 1..=most as u64 + 5 {
        let by = by(&version.to_string());
        let asked = ExecutionChange::Asked {
            task: task.clone(),
            run_type: RunType::Manual,
            resumes: None,
            plan: None,
            by,
        };
        executions.apply(&asked, (version, At(version)));
        executions.apply(
            &ExecutionChange::Ended(ExecutionId(version), failed(), Outcome::default()),
            (version, At(version)),
        );
    }
    assert_eq!(executions.iter().count(), most);
}
