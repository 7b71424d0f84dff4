//! Executions of jobs beside the sales: what operators ask and the thread of the jobs tells, as the list of what became a record; and
//! what that comes to, worked out in the plainest way.

use std::collections::BTreeMap;

use holdfast_engine::{
    Approval, Asking, By, Execution, ExecutionEnding, ExecutionId, ExecutionOutcome, ExecutionProgress,
    Failure, Millis, Needs, Preview, RunType, Task,
};
use holdfast_testkit::Random;

use crate::world::{World, say};

/// What became a record, about which execution.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// The number of the execution is the version of its record.
    Asked {
        job: u8,
        key: u64,
        resumes: Option<u64>,
        /// It needs the consent of another token.
        needs: bool,
    },
    /// What was said about that, by its word, and the state that the execution has then.
    Said(u64, Option<u64>, &'static str, &'static str),
    Began(u64),
    Progressed(u64, u64),
    StopAsked(u64, u64),
    Ended(u64, &'static str),
    Activated(u64, u64),
}

/// What is known of an execution.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Known {
    job: String,
    state: &'static str,
    is_active: bool,
    resumes: Option<u64>,
    done: u64,
    keys: Vec<String>,
    consent: Option<&'static str>,
}

const JOBS: [&str; 3] = ["backup", "replay", "drill"];

impl Known {
    pub(crate) fn of(execution: &Execution, approval: Option<&Approval>) -> Self {
        Self {
            consent: approval.map(|approval| approval.consent.word()),
            job: execution.task.job.to_string(),
            state: execution.state.word(),
            is_active: execution.is_active,
            resumes: execution.resumes.map(|old| old.0),
            done: execution.progress.done,
            keys: execution.acts.iter().map(|act| act.by.key.to_string()).collect(),
        }
    }
}

/// What the steps come to, each with the version of its record.
pub(crate) fn known(steps: impl Iterator<Item = (u64, Step)>) -> BTreeMap<u64, Known> {
    let mut all: BTreeMap<u64, Known> = BTreeMap::new();
    for (version, step) in steps {
        match step {
            Step::Asked { job, key, resumes, needs } => {
                let done = resumes.and_then(|old| all.get(&old)).map_or(0, |old| old.done);
                let job = JOBS[usize::from(job)].to_owned();
                let keys = vec![format!("k{key}")];
                let (state, is_active, consent) = ("READY", false, needs.then_some("WAITING"));
                all.insert(version, Known { job, state, is_active, resumes, done, keys, consent });
            }
            Step::Said(id, key, consent, state) => {
                key.into_iter().for_each(|key| act(&mut all, id, key));
                let of = of(&mut all, id);
                (of.consent, of.state) = (Some(consent), state);
            }
            Step::Began(id) => of(&mut all, id).state = "RUNNING",
            Step::Progressed(id, done) => of(&mut all, id).done = done,
            Step::StopAsked(id, key) => act(&mut all, id, key),
            Step::Ended(id, state) => {
                of(&mut all, id).state = state;
                if state == "SUCCESS" {
                    activate(&mut all, id);
                }
            }
            Step::Activated(id, key) => {
                act(&mut all, id, key);
                activate(&mut all, id);
            }
        }
    }
    all
}

fn act(all: &mut BTreeMap<u64, Known>, id: u64, key: u64) {
    of(all, id).keys.push(format!("k{key}"));
}

fn activate(all: &mut BTreeMap<u64, Known>, id: u64) {
    let job = all[&id].job.clone();
    for (other, one) in all {
        if one.job == job {
            one.is_active = *other == id;
        }
    }
}

fn of(all: &mut BTreeMap<u64, Known>, id: u64) -> &mut Known {
    all.get_mut(&id).expect("nothing becomes of an execution that nobody has asked for")
}

fn by(key: u64) -> By {
    By { key: format!("k{key}").into(), operator: "olga".into(), token: None, reason: "why".into() }
}

/// The number of what was seen; now and then somebody consents to another.
const HASH: u64 = 7;

/// Something about consent: it is asked for, given, refused, forced, or its time is over.
fn about_consent(random: &mut Random, id: u64, key: u64) -> (Asking, Step) {
    let of = |token: &str| By { token: Some(token.into()), ..by(key) };
    let hash = if random.below(8) == 0 { HASH + 1 } else { HASH };
    match random.below(6) {
        0 | 1 => {
            let job = random.index(JOBS.len());
            let task = Task { job: JOBS[job].into(), arguments: Box::default() };
            let asking = Asking::Run { task, run_type: RunType::Manual, plan: None, by: of("ann") };
            let preview = Preview { hash: HASH, ..Preview::default() };
            let needs = Needs { act: "event.close".into(), preview, within: Millis(random.below(60_000)) };
            let asking = Asking::Await(Box::new(asking), Box::new(needs));
            (asking, Step::Asked { job: job as u8, key, resumes: None, needs: true })
        }
        2 => {
            // Once in a while the token that asked, which cannot.
            let token = random.pick(&["ben", "ben", "ann"]);
            let step = Step::Said(id, Some(key), "APPROVED", "READY");
            (Asking::Approve(ExecutionId(id), of(token), hash), step)
        }
        3 => {
            let step = Step::Said(id, Some(key), "REJECTED", "STOPPED");
            (Asking::Reject(ExecutionId(id), of("ben")), step)
        }
        4 => {
            let step = Step::Said(id, Some(key), "BROKEN_GLASS", "READY");
            (Asking::BreakGlass(ExecutionId(id), of("ann"), hash), step)
        }
        _ => (Asking::Expire(ExecutionId(id)), Step::Said(id, None, "EXPIRED", "STOPPED")),
    }
}

/// What is asked or told, and what it becomes if it becomes anything.
fn drawn(random: &mut Random, all: &BTreeMap<u64, Known>, key: u64) -> (Asking, Step) {
    let ids: Vec<u64> = all.keys().copied().chain([99_999]).collect();
    // Mostly the newest.
    let id = ids[ids.len() - 1 - random.index(ids.len().min(6))];
    match random.below(13) {
        0..=2 => {
            let job = random.index(JOBS.len());
            let task = Task { job: JOBS[job].into(), arguments: Box::default() };
            let asking = Asking::Run { task, run_type: RunType::Manual, plan: None, by: by(key) };
            (asking, Step::Asked { job: job as u8, key, resumes: None, needs: false })
        }
        3 => {
            let job = all.get(&id).and_then(|one| JOBS.iter().position(|job| **job == *one.job)).unwrap_or(0);
            let step = Step::Asked { job: job as u8, key, resumes: Some(id), needs: false };
            (Asking::Resume(ExecutionId(id), by(key)), step)
        }
        4 => (Asking::Stop(ExecutionId(id), by(key)), Step::StopAsked(id, key)),
        5 => (Asking::Activate(ExecutionId(id), by(key)), Step::Activated(id, key)),
        6 => (Asking::Begin(ExecutionId(id)), Step::Began(id)),
        7 => {
            let done = random.below(100);
            let progress = ExecutionProgress { done, of: 100, checkpoint: done.to_string().into() };
            (Asking::Progress(ExecutionId(id), progress), Step::Progressed(id, done))
        }
        10..=12 => about_consent(random, id, key),
        _ => {
            let failure = Failure { code: "HF-BAT-002".into(), message: "no disk".into() };
            let (ending, state) = random
                .pick(&[
                    (ExecutionEnding::Success, "SUCCESS"),
                    (ExecutionEnding::Failed(failure), "FAILED"),
                    (ExecutionEnding::Stopped, "STOPPED"),
                ])
                .clone();
            let outcome = ExecutionOutcome { digest: key, ..ExecutionOutcome::default() };
            (Asking::End(ExecutionId(id), ending, outcome), Step::Ended(id, state))
        }
    }
}

impl World {
    /// Somebody asks something about executions, once more what was asked before, or the thread of the jobs tells something.
    pub(crate) fn ask_about_executions(&mut self, salt: u64) {
        let now = self.now;
        let mut random = Random::new(now.0 ^ (salt << 32));
        let track = &self.oracle.system;
        let all = track.executions();
        let keys: Vec<u64> = track.keys();
        let again = keys.get(random.index(keys.len() + 3)).copied();
        let machine = self.machine.as_mut().expect("between two steps there is a process");
        let (before, takes_nothing) = (machine.log.appended(), machine.log.pressure().takes_nothing());
        let (asking, step) = drawn(&mut random, &all, again.unwrap_or(now.0 * 100 + salt));
        let told = machine.system.ask(asking.clone(), now);
        let made = machine.log.appended().0 - before.0;
        match &told {
            Ok((id, _)) if made == 0 => {
                let key = asking.by().map(|(by, _)| by.key.to_string()).expect("only an act is repeated");
                assert!(all[&id.0].keys.contains(&key), "{key} was no act of execution {}", id.0);
            }
            Ok(_) => {
                assert!(!takes_nothing && made == 1, "{asking:?}");
                self.oracle.system.took(before.next(), now, step);
            }
            Err(_) => assert_eq!(made, 0, "what was refused is in the log: {asking:?}"),
        }
        say!(self, "{asking:?} at {now}: {told:?}");
    }
}
