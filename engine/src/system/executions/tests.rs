//! What becomes of executions, in whatever order things are asked and told.

mod approvals;

use quickcheck::{Arbitrary, Gen, quickcheck};

use super::*;
use crate::catalogue::Code;
use crate::numbers::At;

/// Executions, and the version of the newest record about them.
#[derive(Default)]
struct Books {
    executions: Executions,
    version: u64,
}

impl Books {
    /// Asks, makes it happen, and checks what is true of all executions.
    fn ask(&mut self, asking: Asking) -> Result<(ExecutionId, bool), Code> {
        let (version, now) = (self.version + 1, At(1_001 + self.version));
        let of = match self.executions.judge(asking, now).map_err(|fault| fault.code)? {
            Judged::Repeated(id, _) => return Ok((id, true)),
            Judged::Change(change) => {
                self.executions.apply(&change, (version, now));
                change.of()
            }
            Judged::Approval(change) => {
                self.executions.apply_approval(&change, (version, now));
                change.of()
            }
        };
        self.version = version;
        self.executions.check(version).unwrap();
        Ok((of.unwrap_or(ExecutionId(version)), false))
    }

    fn run(&mut self, job: &str, key: &str) -> Result<(ExecutionId, bool), Code> {
        self.ask(Asking::Run { task: task(job), run_type: RunType::Manual, plan: None, by: by(key) })
    }

    /// Runs it to its end.
    fn done(&mut self, job: &str, key: &str, ending: Ending) -> ExecutionId {
        let (id, _) = self.run(job, key).unwrap();
        self.ask(Asking::Begin(id)).unwrap();
        self.ask(Asking::End(id, ending, Outcome::default())).unwrap();
        id
    }

    fn of(&self, id: ExecutionId) -> &Execution {
        self.executions.get(id).unwrap()
    }
}

fn task(job: &str) -> Task {
    Task { job: job.into(), arguments: Box::default() }
}

fn by(key: &str) -> By {
    By { key: key.into(), operator: "olga".into(), token: None, reason: "why".into() }
}

fn failed() -> Ending {
    Ending::Failed(Failure { code: "HF-BAT-002".into(), message: "no disk".into() })
}

#[test]
fn an_execution_goes_from_ready_to_its_end_and_no_further() {
    let mut books = Books::default();
    let (id, _) = books.run("backup", "k1").unwrap();
    assert_eq!((books.of(id).state.word(), books.of(id).name().as_str()), ("READY", "backup-1"));
    let progress = Progress { done: 1, of: 9, checkpoint: "one".into() };
    assert_eq!(books.ask(Asking::Progress(id, progress.clone())), Err(Code::EXECUTION_STATE), "not yet");
    books.ask(Asking::Begin(id)).unwrap();
    books.ask(Asking::Progress(id, progress.clone())).unwrap();
    assert_eq!(books.ask(Asking::Begin(id)), Err(Code::EXECUTION_STATE), "once");
    assert_eq!((books.of(id).state.word(), &books.of(id).progress), ("RUNNING", &progress));
    books.ask(Asking::End(id, Ending::Success, Outcome::default())).unwrap();
    for late in [Asking::Begin(id), Asking::End(id, failed(), Outcome::default()), Asking::Stop(id, by("k2"))]
    {
        assert_eq!(books.ask(late), Err(Code::EXECUTION_STATE));
    }
    assert_eq!(books.ask(Asking::Resume(id, by("k3"))), Err(Code::EXECUTION_STATE), "all is done");
    assert_eq!(books.ask(Asking::Begin(ExecutionId(99))), Err(Code::NO_EXECUTION));
}

#[test]
fn the_same_task_is_under_way_once_and_another_key_changes_nothing_about_that() {
    let mut books = Books::default();
    let first = books.run("backup", "k1").unwrap();
    assert_eq!(books.run("backup", "k1"), Ok((first.0, true)), "the same key is the same act");
    assert_eq!(books.run("backup", "k2"), Err(Code::ALREADY_RUNNING));
    assert_eq!(books.run("replay", "k1"), Err(Code::KEY_REUSED));
    assert_eq!(books.ask(Asking::Stop(first.0, by("k1"))), Err(Code::KEY_REUSED));
    let other_token = By { token: Some("night".into()), ..by("k1") };
    let asking = Asking::Run { task: task("replay"), run_type: RunType::Manual, plan: None, by: other_token };
    assert_eq!(books.ask(asking), Ok((ExecutionId(2), false)), "another token has keys of its own");
    let other_reason = By { reason: "because".into(), ..by("k1") };
    let asking =
        Asking::Run { task: task("backup"), run_type: RunType::Manual, plan: None, by: other_reason };
    assert_eq!(books.ask(asking), Err(Code::KEY_REUSED), "a reason is part of the act");
}

#[test]
fn what_is_resumed_is_another_execution_that_begins_where_the_old_one_was() {
    let mut books = Books::default();
    let (old, _) = books.run("backup", "k1").unwrap();
    assert_eq!(books.ask(Asking::Resume(old, by("k2"))), Err(Code::EXECUTION_STATE), "it has not ended");
    books.ask(Asking::Begin(old)).unwrap();
    let progress = Progress { done: 5, of: 9, checkpoint: "five".into() };
    books.ask(Asking::Progress(old, progress.clone())).unwrap();
    books.ask(Asking::Stop(old, by("k3"))).unwrap();
    assert_eq!(books.ask(Asking::Stop(old, by("k4"))), Err(Code::EXECUTION_STATE), "once");
    assert_eq!(books.ask(Asking::Stop(old, by("k3"))), Ok((old, true)));
    books.ask(Asking::End(old, Ending::Stopped, Outcome::default())).unwrap();
    let (new, _) = books.ask(Asking::Resume(old, by("k5"))).unwrap();
    assert_eq!(books.ask(Asking::Resume(old, by("k5"))), Ok((new, true)));
    let resumed = books.of(new);
    assert_eq!((resumed.resumes, &resumed.progress), (Some(old), &progress));
    assert_eq!((resumed.run_type, resumed.state.word()), (RunType::Replay, "READY"));
    assert_eq!(books.of(old).state, State::Stopped, "the old one stays as it was");
}

#[test]
fn one_result_of_a_task_counts_and_older_ones_stay() {
    let mut books = Books::default();
    let first = books.done("replay", "k1", Ending::Success);
    let second = books.done("replay", "k2", Ending::Success);
    let third = books.done("replay", "k3", failed());
    let other = books.done("backup", "k4", Ending::Success);
    let active = |books: &Books| [first, second, third, other].map(|id| books.of(id).is_active);
    assert_eq!(active(&books), [false, true, false, true], "a failure changes nothing about that");
    assert_eq!(books.ask(Asking::Activate(third, by("k5"))), Err(Code::EXECUTION_STATE));
    books.ask(Asking::Activate(first, by("k6"))).unwrap();
    assert_eq!(active(&books), [true, false, false, true]);
    assert_eq!(books.ask(Asking::Activate(first, by("k7"))), Err(Code::EXECUTION_STATE), "it counts already");
}

#[test]
fn there_is_room_for_so_many_and_the_oldest_that_have_ended_are_forgotten() {
    let mut books = Books::default();
    let waits = books.run("waits", "w").unwrap().0;
    for number in 1..limits::EXECUTIONS_WAITING_MAX {
        books.run(&format!("job{number}"), &format!("k{number}")).unwrap();
    }
    assert_eq!(books.run("more", "m"), Err(Code::JOBS_WAITING));
    let mut executions = Executions::default();
    for version in 1..=limits::EXECUTIONS_KEPT as u64 + 3 {
        let (id, by) = (ExecutionId(version), by(&version.to_string()));
        let (run_type, task) = (RunType::Manual, task("replay"));
        let asked = ExecutionChange::Asked { task, run_type, resumes: None, plan: None, by };
        executions.apply(&asked, (version, At(version)));
        if version > 1 {
            executions
                .apply(&ExecutionChange::Ended(id, failed(), Outcome::default()), (version, At(version)));
        }
    }
    assert_eq!(executions.iter().count(), limits::EXECUTIONS_KEPT);
    assert_eq!(executions.iter().next().map(|first| first.id), Some(ExecutionId(1)), "it has not ended");
    assert!(executions.get(ExecutionId(2)).is_none());
    assert_eq!(books.of(waits).state, State::Ready);
}

/// What somebody asks, or the thread tells, about one of the first executions.
#[derive(Clone, Debug)]
struct Step(u8, u8, u8);

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        Self(u8::arbitrary(g) % 14, u8::arbitrary(g) % 12, u8::arbitrary(g) % 30)
    }
}

impl Step {
    fn asking(&self) -> Asking {
        let (id, key) = (ExecutionId(u64::from(self.1)), format!("k{}", self.2));
        let task = task(["backup", "replay", "drill"][usize::from(self.1) % 3]);
        match self.0 {
            0 | 1 => Asking::Run { task, run_type: RunType::Manual, plan: None, by: by(&key) },
            2 => Asking::Resume(id, by(&key)),
            3 => Asking::Stop(id, by(&key)),
            4 => Asking::Activate(id, by(&key)),
            5 => Asking::Begin(id),
            6 => Asking::End(
                id,
                if self.2.is_multiple_of(2) { Ending::Success } else { failed() },
                Outcome::default(),
            ),
            7 | 8 => approvals::needing(task, approvals::of("ann", &key), 6),
            9 => Asking::Approve(id, approvals::of("ben", &key), approvals::HASH),
            10 => Asking::Reject(id, approvals::of("ben", &key)),
            11 => Asking::BreakGlass(id, approvals::of("ann", &key), approvals::HASH),
            12 => Asking::Expire(id),
            _ => Asking::Progress(id, Progress { done: u64::from(self.2), of: 30, checkpoint: "x".into() }),
        }
    }
}

quickcheck! {
    /// `Books::ask` checks after each step; here: what was answered stays the answer, what has ended stays as it ended, and the pieces of a
    /// snapshot lead to the same.
    fn whatever_is_asked_an_act_happens_once_and_an_end_is_final(steps: Vec<Step>) -> bool {
        let mut books = Books::default();
        let mut answered: BTreeMap<KeyOf, (Asking, ExecutionId)> = BTreeMap::new();
        for step in steps {
            let asking = step.asking();
            let ended: Vec<Execution> =
                books.executions.iter().filter(|one| one.state.is_final()).cloned().collect();
            let told = books.ask(asking.clone());
            if let (Ok((id, repeated)), Some((by, _))) = (told, asking.by()) {
                let before = answered.insert((by.token.clone(), by.key.clone()), (asking.clone(), id));
                assert_eq!(before.is_some(), repeated, "{asking:?}");
                assert!(before.is_none_or(|before| before == (asking, id)));
            }
            for before in ended {
                let after = books.of(before.id);
                assert_eq!((&after.state, after.ended_at), (&before.state, before.ended_at));
            }
            let mut again = Executions::default();
            books.executions.iter().for_each(|one| again.restore(one.clone()).unwrap());
            books.executions.approvals().for_each(|one| again.restore_approval(one.clone()).unwrap());
            assert_eq!(again, books.executions);
        }
        true
    }
}
