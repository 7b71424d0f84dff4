//! English.

use holdfast_engine::NoticeKind;

use super::{Labels, Language};

pub(super) static LANGUAGE: Language = Language {
    severities: ["info", "warning", "critical"],
    kind,
    more: |count| format!(" and {count} more"),
    mode,
    labels: Labels {
        says: "What",
        who: "Who",
        token: "Token",
        why: "Why",
        code: "Code",
        todo: "What to do",
        when: "When",
        last: "Last",
        others: "Also",
        runbook: "Runbook",
    },
};

const fn kind(kind: NoticeKind) -> (&'static str, &'static str) {
    match kind {
        NoticeKind::JobFailed => (
            "{} has failed",
            "Read why with JOB GET, remove the cause, then JOB RESUME, or JOB RUN once more.",
        ),
        NoticeKind::DamageFound => (
            "{} has found that something is wrong",
            "Keep the data directory as it is, read the findings with JOB GET, and make a backup of it.",
        ),
        NoticeKind::JobReplayed => {
            ("the replay {} was asked for", "Nothing. JOB GET shows what comes of it.")
        }
        NoticeKind::JobStopped => {
            ("{} was told to stop", "Ask whoever stopped it. JOB RESUME goes on from where it was.")
        }
        NoticeKind::JobResumed => ("{} goes on", "Nothing. JOB GET shows how far it is."),
        NoticeKind::EventPaused => (
            "the sale of {} is paused",
            "Ask whoever paused it. EVENT RESUME lets it go on; holds and payments under way finish by themselves.",
        ),
        NoticeKind::EventResumed => ("the sale of {} goes on", "Nothing. EVENT INFO shows how it does."),
        NoticeKind::EventClosed => (
            "the sale of {} is closed for ever",
            "Ask whoever closed it, if nobody expected it: a closed sale cannot be opened again.",
        ),
        NoticeKind::EventOut => (
            "out of service: {}",
            "Keep the data directory as it is, and read the server's log. Other events sell.",
        ),
        NoticeKind::ModeSet => {
            ("the mode is {} now", "INFO and /health say what is wrong; the runbook has the steps.")
        }
        NoticeKind::Crashed => (
            "the {} has started again after a crash or a kill",
            "Nothing acknowledged is lost. Find out from the log of the machine what ended the process.",
        ),
        NoticeKind::BackupStale => (
            "the newest backup is too old: {}",
            "Run one now with JOB RUN backup, and find out why none was made.",
        ),
        NoticeKind::ApprovalAsked => (
            "{} waits for a second person",
            "Look at what it would do with JOB GET, then JOB APPROVE or JOB REJECT it.",
        ),
        NoticeKind::ApprovalGiven => ("{} was decided on", "Nothing. JOB GET shows who decided what."),
        NoticeKind::GlassBroken => (
            "{} was done without a second person",
            "Ask whoever did it why it could not wait, and look at what it has done with JOB GET.",
        ),
        NoticeKind::Missed => (
            "not told of what stands in the records {}",
            "Look through JOB FIND and the audit for that time. The log was let go of before it was read.",
        ),
        NoticeKind::Test => ("a test of the channel {}", "Nothing: it works if somebody reads this."),
    }
}

fn mode(word: &str) -> &'static str {
    match word {
        "normal" => "nothing is refused any more",
        "overload" => "more comes than can be served: a part of the new work is refused",
        "disk_slow" => "the disk is slow: new holds are refused",
        "quorum_slow" => "the replicated log is slow: new holds are refused",
        "disk_low" => "the disk is almost full: new holds are refused",
        "memory_low" => "memory is almost used up: new holds are refused",
        "memory_full" => "memory is used up: every write is refused",
        "log_behind" => "too much waits for the disk: every write is refused",
        "quorum_away" => "the replicated log does not answer: every write is refused",
        "disk_stalled" => "the disk does not answer: every write is refused",
        "no_segment" => "the log cannot be continued: every write is refused",
        "disk_full" => "the disk is full: every write is refused",
        _ => "",
    }
}
