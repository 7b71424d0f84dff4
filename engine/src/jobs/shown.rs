//! Executions as operators read them.

use crate::document::Document;
use crate::numbers::At;
use crate::system::{Act, Execution, State};

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
pub(super) fn line(execution: &Execution) -> Document {
    Document::Fields(head(execution))
}

/// All of an execution.
pub(super) fn execution(execution: &Execution) -> Document {
    let mut fields = head(execution);
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
        ("acts", Document::list(execution.acts.iter().map(told))),
    ];
    fields.extend(more.map(|(name, value)| (name.into(), value)));
    Document::Fields(fields)
}

fn head(execution: &Execution) -> Vec<(Box<str>, Document)> {
    let time = |at: Option<At>| Document::or_nothing(at.map(|at| at.0));
    let failure = match &execution.state {
        State::Failed(failure) => Some(failure),
        _ => None,
    };
    let arguments = execution.task.arguments.iter().map(|argument| (&**argument).into());
    let asked = execution.acts.first();
    let fields = [
        ("execution", execution.name().into()),
        ("job", (&*execution.task.job).into()),
        ("arguments", Document::list(arguments)),
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
