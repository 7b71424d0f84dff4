//! Executions as operators read them.

use crate::document::Document;
use crate::limits;
use crate::numbers::At;
use crate::system::{Act, Approval, Execution, Executions, Needs, State, Task};

use super::Looked;

/// What was done, as the answer to whoever did it: the same for ever.
pub(super) fn act(execution: &Execution, act: &Act) -> Document {
    Document::fields([
        ("execution", execution.name().into()),
        ("act", act.kind.word().into()),
        ("version", act.version.into()),
        ("at", act.at.0.into()),
    ])
}

/// An execution in a list.
pub(super) fn line(execution: &Execution, all: &Executions) -> Document {
    Document::Fields(head(execution, all.approval(execution.id)))
}

/// What a task would do.
pub(super) fn planned(task: &Task, seen: &Looked, needs: Option<Needs>) -> Document {
    Document::fields([
        ("job", Document::from(&*task.job)),
        ("arguments", arguments(task)),
        ("plan", format!("{:016x}", seen.plan.hash(task)).into()),
        ("items", seen.plan.items.into()),
        ("steps", texts(&seen.plan.steps)),
        ("notes", texts(&seen.notes)),
        ("needs_approval", Document::or_nothing(needs.map(|needs| String::from(needs.act)))),
    ])
}

/// A task in a sentence.
pub(super) fn shortened(task: &Task) -> String {
    let shown = task.arguments.iter().take(limits::JOB_ARGUMENTS_SHOWN);
    shown.fold(task.job.to_string(), |text, argument| text + " " + argument)
}

/// As many as are shown: a job that repairs may have a thousand.
fn arguments(task: &Task) -> Document {
    Document::list(
        task.arguments.iter().take(limits::JOB_ARGUMENTS_SHOWN).map(|argument| (&**argument).into()),
    )
}

fn texts(texts: &[impl AsRef<str>]) -> Document {
    Document::list(texts.iter().map(|text| text.as_ref().into()))
}

/// All of an execution.
pub(super) fn execution(execution: &Execution, all: &Executions) -> Document {
    let approval = all.approval(execution.id);
    let mut fields = head(execution, approval);
    let outcome = &execution.outcome;
    let figures = outcome.figures.iter().map(|(name, value)| (name.clone(), Document::from(*value)));
    let resumes = execution.resumes.map(|old| format!("{}-{}", execution.task.job, old.0));
    let more = [
        ("resumes", Document::or_nothing(resumes)),
        ("plan", Document::or_nothing(execution.plan.map(|plan| format!("{plan:016x}")))),
        ("checkpoint", (&*execution.progress.checkpoint).into()),
        ("figures", Document::Fields(figures.collect())),
        ("findings", Document::list(outcome.findings.iter().map(|finding| (&**finding).into()))),
        ("findings_left_out", outcome.findings_left_out.into()),
        ("digest", format!("{:016x}", outcome.digest).into()),
        ("result_lines", Document::or_nothing(all.kept(execution.id).map(|kept| kept.lines))),
        ("acts", Document::list(execution.acts.iter().map(told))),
        ("needs", approval.map_or(Document::Nothing, needed)),
    ];
    fields.extend(more.map(|(name, value)| (name.into(), value)));
    Document::Fields(fields)
}

/// The consent that it needs, and what was seen when it was asked for.
fn needed(approval: &Approval) -> Document {
    let preview = &approval.preview;
    Document::fields([
        ("act", (&*approval.act).into()),
        ("expires_at", approval.expires_at.0.into()),
        ("items", preview.items.into()),
        ("steps", texts(&preview.steps)),
        ("steps_left_out", preview.steps_left_out.into()),
        ("notes", texts(&preview.notes)),
        ("plan", format!("{:016x}", preview.hash).into()),
    ])
}

fn head(execution: &Execution, approval: Option<&Approval>) -> Vec<(Box<str>, Document)> {
    let time = |at: Option<At>| Document::or_nothing(at.map(|at| at.0));
    let failure = match &execution.state {
        State::Failed(failure) => Some(failure),
        _ => None,
    };
    let asked = execution.acts.first();
    let fields = [
        ("execution", execution.name().into()),
        ("job", (&*execution.task.job).into()),
        ("arguments", arguments(&execution.task)),
        ("arguments_count", (execution.task.arguments.len() as u64).into()),
        ("run_type", execution.run_type.word().into()),
        ("state", execution.state.word().into()),
        ("error_code", Document::or_nothing(failure.map(|failure| &*failure.code))),
        ("message", Document::or_nothing(failure.map(|failure| &*failure.message))),
        ("is_active", u64::from(execution.is_active).into()),
        ("is_to_stop", u64::from(!execution.state.is_final() && execution.is_to_stop()).into()),
        ("asked_at", execution.asked_at.0.into()),
        ("started_at", time(execution.started_at)),
        ("ended_at", time(execution.ended_at)),
        ("done", execution.progress.done.into()),
        ("of", execution.progress.of.into()),
        ("operator", Document::or_nothing(asked.map(|act| &*act.by.operator))),
        ("token", Document::or_nothing(asked.and_then(|act| act.by.token.as_deref()))),
        ("reason", Document::or_nothing(asked.map(|act| &*act.by.reason))),
        ("approval", Document::or_nothing(approval.map(|approval| approval.word(execution)))),
    ];
    fields.map(|(name, value)| (name.into(), value)).into()
}

fn told(act: &Act) -> Document {
    Document::fields([
        ("act", act.kind.word().into()),
        ("at", act.at.0.into()),
        ("version", act.version.into()),
        ("operator", (&*act.by.operator).into()),
        ("token", Document::or_nothing(act.by.token.as_deref())),
        ("reason", (&*act.by.reason).into()),
    ])
}
