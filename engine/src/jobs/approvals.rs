//! Which executions need the consent of another token, and what is seen of a task before it is asked for.

use std::collections::BTreeSet;
use std::pin::Pin;

use crate::catalogue::Code;
use crate::document::Document;
use crate::fault::Fault;
use crate::jobs::Plan;
use crate::limits;
use crate::numbers::Millis;
use crate::system::{Approval, Execution, Needs, Preview, Task, within};

/// Which acts need the consent of another token.
#[derive(Clone, Default, Debug)]
pub struct ApprovalPolicy {
    /// The acts, by name. That of a job is `job.` and its name; others are found when it is looked at what a task is about.
    pub acts: BTreeSet<Box<str>>,
    /// For how long somebody can consent.
    pub within: Millis<u64>,
    /// Whether the token that asked may go on alone, where everybody sees it.
    pub break_glass: bool,
}

/// What was seen of a task.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Looked {
    /// What it would do.
    pub plan: Plan,
    /// What is so now, and may be otherwise at any moment: whoever consents sees it, and consent does not rest on it.
    pub notes: Vec<String>,
    /// The act of the settings that needs consent, if the task is one.
    pub needs: Option<Box<str>>,
    /// What was read, if that is all that was asked for.
    pub page: Option<Document>,
}

/// A look at what a task is about, to be awaited on a thread of the events.
pub type Looking = Pin<Box<dyn Future<Output = Result<Looked, Fault>>>>;

impl ApprovalPolicy {
    /// The consent that a task needs of which this was seen.
    pub(super) fn needs(&self, task: &Task, seen: &Looked) -> Option<Needs> {
        let own = Box::from(format!("job.{}", task.job));
        let act = if self.acts.contains(&own) { own } else { seen.needs.clone()? };
        let cut = |texts: &[String]| -> Vec<Box<str>> {
            let kept = texts.iter().take(limits::FINDINGS_KEPT);
            kept.map(|text| within(text, limits::FINDING_BYTES_MAX)).collect()
        };
        let steps_left_out = seen.plan.steps.len().saturating_sub(limits::FINDINGS_KEPT) as u64;
        let preview = Preview {
            steps: cut(&seen.plan.steps),
            steps_left_out,
            notes: cut(&seen.notes),
            items: seen.plan.items,
            hash: seen.plan.hash(task),
        };
        Some(Needs { act, preview, within: self.within })
    }
}

/// What is answered to whoever asks for something that needs consent: the same for ever.
pub(super) fn waits(execution: &Execution, approval: &Approval) -> Fault {
    let name = execution.name();
    let message = format!(
        "{name} waits for the approval of another token until {}, as {} needs it: JOB GET {name} shows what it would touch",
        approval.expires_at.0, approval.act
    );
    Fault::new(Code::APPROVAL_NEEDED, message)
}
