//! Gives a part of a stream to consumers once more: as a new generation of a group, beside the old one.
//!
//! The generation is a group of its own. Its execution begins it, watches over it beside other jobs, and ends it when all is done. While no
//! execution of it runs, it gives nothing out. What consumers did before stays, and so does the group that it is of.

mod asked;

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::catalogue::Code;
use crate::document::Document;
use crate::fault::Fault;
use crate::front::router::Router;
use crate::front::streams::groups::{Begun, stream_of};
use crate::jobs::{Job, JobRun, Plan, Unfinished};
use crate::limits;
use crate::numbers::At;
use crate::system::{
    By, Care, Execution, Generation, Group, GroupChange, GroupStream, Groups, Opening, Outcome, Terms, within,
};

use asked::{Asked, written};

/// Between two looks how far consumers are.
const LOOKS_APART: Duration = Duration::from_millis(100);

/// Begins a generation, and watches over it.
pub(crate) struct ReplayGroup {
    router: Router,
}

/// What is seen of a generation: the group, how far it is, and what else moves while somebody works on it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    done: u64,
    of: u64,
    is_at_its_end: bool,
    pending: usize,
    dead: usize,
    again: u64,
}

impl ReplayGroup {
    pub(crate) const fn new(router: Router) -> Self {
        Self { router }
    }

    fn terms(&self, asked: &Asked) -> Result<Terms, Fault> {
        let stream = stream_of(&asked.stream);
        let of = |groups: &Groups| {
            let group = groups.named((&stream, asked.group.as_str()))?;
            Ok::<_, Fault>(group.care().map(Care::terms).cloned().unwrap_or_default())
        };
        self.router.groups().look(of)?.0
    }

    /// Where it begins and ends, which has to be read.
    fn part(&self, run: &JobRun<'_>, asked: &Asked) -> Result<Begun, Unfinished> {
        let (tell, told) = channel();
        let (router, stream, ends) = (self.router.clone(), asked.stream.clone(), asked.ends);
        let work = move || {
            drop(actix_rt::spawn(async move {
                // Whoever does not wait any longer has stopped.
                let _ = tell.send(router.part_of(&stream, ends).await);
            }));
        };
        let ends = || Fault::new(Code::JOB_FAILED, "the process ends");
        if !self.router.on_a_thread_of_events(work) {
            return Err(ends().into());
        }
        loop {
            match told.recv_timeout(LOOKS_APART) {
                Ok(part) => return Ok(part?),
                Err(RecvTimeoutError::Timeout) => run.goes_on()?,
                Err(RecvTimeoutError::Disconnected) => return Err(ends().into()),
            }
        }
    }

    /// Begins it, where that was not done yet.
    fn begins(&self, run: &JobRun<'_>, (asked, number, name): (&Asked, u64, &str)) -> Result<(), Unfinished> {
        let stream = stream_of(&asked.stream);
        let is_there = |groups: &Groups| groups.find(&stream, name).is_some();
        if self.router.groups().look(is_there)?.0 {
            return Ok(());
        }
        let terms = self.terms(asked)?;
        let Begun { place, until } = self.part(run, asked)?;
        let by = self.by(run.asked_by(), &run.name());
        let opening = Opening { stream: stream.clone(), name: name.into(), place, terms, by };
        let (of, only) = (asked.group.as_str().into(), asked.only.clone());
        let generation = Generation { of, number, from: place.behind, until, only };
        let desk = self.router.groups();
        let bounds = desk.bounds();
        let begin = |groups: &Groups| Ok((Some(groups.generate(opening, generation, bounds)?), ()));
        desk.act(begin, run.now())?;
        Ok(())
    }

    /// Whoever asked for the execution does this to the group, as a part of it.
    fn by(&self, asked_by: Option<&By>, execution: &str) -> By {
        let by = asked_by.cloned();
        let by =
            by.unwrap_or_else(|| By { key: "".into(), operator: "".into(), token: None, reason: "".into() });
        By { reason: within(&format!("{execution}: {}", by.reason), limits::NOTE_BYTES_MAX), ..by }
    }

    /// Does this to the generation, if it is there and there is something to do.
    fn changes(
        &self,
        (stream, name): (&GroupStream, &str),
        change: impl FnOnce(&Group) -> Option<GroupChange>,
        now: At,
    ) -> Result<(), Fault> {
        let judge = |groups: &Groups| Ok((groups.find(stream, name).and_then(change), ()));
        self.router.groups().act(judge, now).map(drop)
    }

    fn sees(&self, named: (&GroupStream, &str)) -> Result<Seen, Fault> {
        let seen = |groups: &Groups| {
            let group = groups.named(named)?;
            let (done, of) = group.progress();
            let care = group.care();
            Ok(Seen {
                done,
                of,
                is_at_its_end: group.is_at_its_end(),
                pending: group.pending_count(),
                dead: care.map_or(0, Care::dead_count),
                again: care.map_or(0, |care| care.tally().again),
            })
        };
        self.router.groups().look(seen)?.0
    }

    /// Waits until all is done, put aside or given up.
    fn watches(
        &self,
        run: &mut JobRun<'_>,
        named: (&GroupStream, &str),
        checkpoint: &str,
    ) -> Result<Seen, Unfinished> {
        let (mut before, mut moved_at) = (None, run.now());
        loop {
            let seen = self.sees(named)?;
            if seen.is_at_its_end && seen.pending == 0 {
                return Ok(seen);
            }
            if before != Some(seen) {
                (before, moved_at) = (Some(seen), run.now());
            }
            if run.now().since(moved_at) >= limits::GENERATION_IDLE {
                let (hours, name) = (limits::GENERATION_IDLE.0 / 3_600_000, named.1);
                let message = format!(
                    "no consumer of the group {name} has done anything for {hours} hours: start one, and resume the execution"
                );
                return Err(Fault::new(Code::JOB_FAILED, message).into());
            }
            // The last step is the end, and not yet.
            run.step(seen.done.min(seen.of.saturating_sub(1)), seen.of, checkpoint)?;
            thread::sleep(LOOKS_APART);
        }
    }
}

impl Job for ReplayGroup {
    fn name(&self) -> &'static str {
        "replay-group"
    }

    fn usage(&self) -> &'static str {
        "stream group [first last] [ORDER name | PAYMENT name]"
    }

    fn summary(&self) -> &'static str {
        "gives a part of a stream to consumers once more, as a new generation of a group"
    }

    fn scope(&self, arguments: &[Box<str>]) -> Box<[Box<str>]> {
        written(arguments)
    }

    fn runs_beside(&self) -> bool {
        true
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<Plan, Fault> {
        let asked = Asked::read(self, arguments)?;
        let terms = self.terms(&asked)?;
        let (stream, group) = (stream_of(&asked.stream).to_string(), asked.group.as_str());
        let steps = vec![
            format!(
                "a group {group}.N of {stream}, N being the number of the execution, is given {}: an entry has {} tries",
                asked.told(&stream),
                terms.deliveries
            ),
            "it ends when all of that is done; what had all its tries makes the execution fail".to_owned(),
            format!("the group {group} stays as it is"),
        ];
        Ok(Plan { steps, items: 1 })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        let asked = Asked::read(self, run.arguments())?;
        let phase = Phase::read(run.checkpoint());
        let number = phase.map_or(run.id().0, |(number, _)| number);
        let (stream, name) = (stream_of(&asked.stream), format!("{}.{number}", asked.group.as_str()));
        let named = (&stream, &*name);
        if phase.is_none() {
            self.records(run, (0, 0), &Phase::Begins.at(number))?;
        }
        if phase.is_none_or(|(_, phase)| phase == Phase::Begins) {
            self.begins(run, (&asked, number, &name))?;
            self.records(run, (0, 0), &Phase::Watches.at(number))?;
        }
        let mut outcome = Outcome::default();
        outcome.figure("generation", number);
        if phase.is_none_or(|(_, phase)| phase != Phase::Ends) {
            let goes_on = self.by(run.asked_by(), &run.name());
            self.changes(named, |group| group.resume(goes_on), run.now())?;
            let watched = self.watches(run, named, &Phase::Watches.at(number));
            let seen = match watched {
                Ok(seen) if seen.dead == 0 => seen,
                Ok(seen) => return self.left(run, &name, seen),
                Err(unfinished) => {
                    let stops = self.by(run.asked_by(), &run.name());
                    self.changes(named, |group| group.pause(stops), run.now())?;
                    return Err(unfinished);
                }
            };
            self.records(run, (seen.of, seen.of), &Phase::Ends.at(number))?;
            run.result(&generation(&name, seen))?;
            outcome.figure("entries", seen.of);
        }
        let ends = self.by(run.asked_by(), &run.name());
        self.changes(named, |group| Some(group.close(ends)), run.now())?;
        Ok(outcome)
    }

    fn was_cut_off(&self, execution: &Execution, now: At) {
        let (Ok(asked), Some((number, _))) =
            (Asked::read(self, &execution.task.arguments), Phase::read(&execution.progress.checkpoint))
        else {
            return;
        };
        let name = format!("{}.{number}", asked.group.as_str());
        let stops = self.by(execution.acts.first().map(|act| &act.by), &execution.name());
        let paused = self.changes((&stream_of(&asked.stream), &name), |group| group.pause(stops), now);
        if let Err(Fault { code, message }) = paused {
            tracing::warn!(execution = execution.name(), %code, message, "its group goes on without it");
        }
    }
}

impl ReplayGroup {
    /// What comes next rests on this being recorded.
    fn records(
        &self,
        run: &mut JobRun<'_>,
        (done, of): (u64, u64),
        checkpoint: &str,
    ) -> Result<(), Unfinished> {
        if run.records(done, of, checkpoint)? {
            return Ok(());
        }
        Err(Fault::new(Code::JOB_FAILED, "how far it is cannot be recorded now").into())
    }

    /// Something had all its tries: the group stays, so that it can be seen to.
    fn left(&self, run: &mut JobRun<'_>, name: &str, seen: Seen) -> Result<Outcome, Unfinished> {
        run.result(&generation(name, seen))?;
        let mut outcome = Outcome::default();
        outcome.figure("entries", seen.of);
        outcome.figure("dead", seen.dead as u64);
        outcome.finding(&format!(
            "{} entries of the group {name} had all their tries: GROUP DEAD shows them; GROUP REDRIVE or GROUP DROP them, and resume the execution",
            seen.dead
        ));
        outcome.unless_found(Code::JOB_FOUND)
    }
}

fn generation(name: &str, seen: Seen) -> Document {
    Document::fields([
        ("group", name.into()),
        ("entries", seen.of.into()),
        ("again", seen.again.into()),
        ("dead", (seen.dead as u64).into()),
    ])
}

/// How far an execution is. It is recorded before the step that it is named after, so that the next one knows what may have been done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// The group may be there.
    Begins,
    /// The group is there, or somebody has ended it.
    Watches,
    /// All was done, and the group may be there no more.
    Ends,
}

impl Phase {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Begins, "begins"), (Self::Watches, "watches"), (Self::Ends, "ends")];

    fn at(self, number: u64) -> String {
        let word = Self::ALL.iter().find(|(phase, _)| *phase == self).map_or("", |(_, word)| word);
        format!("{number} {word}")
    }

    /// Of a checkpoint: the number of the generation, and the phase.
    fn read(checkpoint: &str) -> Option<(u64, Self)> {
        let (number, word) = checkpoint.split_once(' ')?;
        let (phase, _) = Self::ALL.into_iter().find(|(_, known)| *known == word)?;
        Some((number.parse().ok()?, phase))
    }
}
