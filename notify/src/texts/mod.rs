//! What people read: a title and a text for each kind, in each language.
//!
//! A text says what happened, to what, who did it and why, which code explains it, and what to do.

mod en;
mod ko;

use holdfast_engine::{At, Notice, NoticeKind, NoticeMessage as Message, Who, explain};

use crate::channel::Lang;

/// What a language says.
pub(crate) struct Language {
    /// The severities, from the least to the worst.
    severities: [&'static str; 3],
    /// What happened, in a few words, with what it is about; and what to do.
    kind: fn(NoticeKind) -> (&'static str, &'static str),
    /// More of the kind, by how many.
    more: fn(u64) -> String,
    /// What a mode means, by its word.
    mode: fn(&str) -> &'static str,
    labels: Labels,
}

/// What stands before each line.
pub(crate) struct Labels {
    says: &'static str,
    who: &'static str,
    token: &'static str,
    why: &'static str,
    code: &'static str,
    todo: &'static str,
    when: &'static str,
    last: &'static str,
    others: &'static str,
    runbook: &'static str,
}

/// A message in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Words {
    /// A line.
    pub(crate) title: String,
    /// Several.
    pub(crate) text: String,
    /// What to do.
    pub(crate) todo: String,
}

fn of(lang: Lang) -> &'static Language {
    match lang {
        Lang::En => &en::LANGUAGE,
        Lang::Ko => &ko::LANGUAGE,
    }
}

/// The page that has the steps.
pub(crate) fn runbook(notice: &Notice) -> &'static str {
    match notice.kind {
        NoticeKind::JobFailed
        | NoticeKind::JobReplayed
        | NoticeKind::JobStopped
        | NoticeKind::JobResumed
        | NoticeKind::ApprovalAsked
        | NoticeKind::ApprovalGiven
        | NoticeKind::GlassBroken
        | NoticeKind::BackupStale => "docs/runbooks/jobs.md",
        NoticeKind::DamageFound => "docs/runbooks/log.md",
        NoticeKind::EventOut
        | NoticeKind::EventPaused
        | NoticeKind::EventResumed
        | NoticeKind::EventClosed => "docs/runbooks/events.md",
        NoticeKind::Crashed => "docs/runbooks/restarts.md",
        NoticeKind::ModeSet => match &*notice.about {
            "disk_slow" | "disk_stalled" => "docs/runbooks/disk-slow.md",
            "quorum_slow" | "quorum_away" => "docs/runbooks/cluster.md",
            "memory_low" | "memory_full" => "docs/runbooks/memory.md",
            "overload" => "docs/runbooks/overload.md",
            "log_behind" | "no_segment" => "docs/runbooks/log.md",
            _ => "docs/runbooks/disk-space.md",
        },
        NoticeKind::Missed | NoticeKind::Test => "docs/runbooks/notifications.md",
    }
}

/// Unix milliseconds as people and programs read them.
pub(crate) fn time(at: At) -> String {
    let since = std::time::Duration::from_millis(at.0);
    humantime::format_rfc3339_millis(std::time::UNIX_EPOCH + since).to_string()
}

/// A message in words, as this server says it.
pub(crate) fn words(message: &Message, lang: Lang, server: &str) -> Words {
    let (language, first) = (of(lang), &message.first);
    let (what, todo) = (language.kind)(first.kind);
    let severity = language.severities[first.severity as usize];
    let more = if message.count > 1 { (language.more)(message.count - 1) } else { String::new() };
    let title = format!("[{severity}] {server}: {}{more}", what.replace("{}", &first.about));
    let mut lines = vec![title.clone(), String::new()];
    lines.extend(facts(message, language));
    let code = first.code.as_deref().and_then(explain);
    let todo = match (code, lang) {
        (Some(entry), Lang::En) => entry.remedy,
        (Some(entry), Lang::Ko) => entry.korean().remedy,
        (None, _) => todo,
    };
    let todo = todo.to_owned();
    lines.push(String::new());
    lines.push(format!("{}: {todo}", language.labels.todo));
    lines.push(format!("{}: {}", language.labels.runbook, runbook(first)));
    Words { title, text: lines.join("\n"), todo }
}

fn facts(message: &Message, language: &Language) -> Vec<String> {
    let Notice { kind, at, about, says, code, who, .. } = &message.first;
    let labels = &language.labels;
    let mut lines = Vec::new();
    let mut line = |label: &str, text: &str| lines.push(format!("{label}: {text}"));
    if *kind == NoticeKind::ModeSet {
        line(labels.says, (language.mode)(about));
    }
    if !says.is_empty() {
        line(labels.says, says);
    }
    if let Some(Who { operator, token, reason }) = who {
        line(labels.who, operator);
        token.iter().filter(|token| *token != operator).for_each(|token| line(labels.token, token));
        line(labels.why, reason);
    }
    code.iter().for_each(|code| line(labels.code, &format!("{code} (holdfast explain {code})")));
    if !message.others.is_empty() {
        let rest = message.count.saturating_sub(1 + message.others.len() as u64);
        let more = if rest > 0 { " ..." } else { "" };
        line(labels.others, &format!("{}{more}", message.others.join(", ")));
    }
    line(labels.when, &time(*at));
    if message.last_at != *at {
        line(labels.last, &time(message.last_at));
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use holdfast_engine::{Mode, Severity};

    use super::*;

    fn message(kind: NoticeKind) -> Message {
        let who = Who { operator: "olga".into(), token: Some("box-office".into()), reason: "a leak".into() };
        Message::of(Notice {
            kind,
            severity: Severity::Warning,
            lsn: 7,
            at: At(1_795_953_476_457),
            about: "thing-1".into(),
            says: "it broke".into(),
            code: Some("HF-BAT-002".into()),
            who: Some(who),
        })
    }

    #[test]
    fn each_kind_says_what_who_why_and_what_to_do_in_both_languages() {
        let mut titles = std::collections::BTreeSet::new();
        for kind in NoticeKind::ALL {
            let message = message(kind);
            for lang in Lang::ALL {
                let words = words(&message, lang, "seats-1");
                let told =
                    ["seats-1", "it broke", "olga", "box-office", "a leak", "HF-BAT-002", "2026-11-29T"];
                let missing: Vec<_> = told.iter().filter(|part| !words.text.contains(**part)).collect();
                assert!(missing.is_empty(), "{kind:?} {lang:?} {missing:?}: {}", words.text);
                assert!(
                    words.todo.len() > 20 && words.text.contains(runbook(&message.first)),
                    "{}",
                    words.text
                );
                assert!(titles.insert(words.title.clone()), "{} stands twice", words.title);
            }
            let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(runbook(&message.first));
            assert!(page.is_file(), "{} is not there", page.display());
        }
        for mode in Mode::ALL {
            let [en, ko] = [&en::LANGUAGE, &ko::LANGUAGE].map(|language| (language.mode)(mode.word()));
            assert!(!en.is_empty() && !ko.is_empty() && en != ko, "{mode:?}");
            let page = runbook(&Notice { about: mode.word().into(), ..message(NoticeKind::ModeSet).first });
            assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page).is_file(), "{page}");
        }
    }

    #[test]
    fn several_of_a_kind_are_counted_and_named() {
        let mut message = message(NoticeKind::JobFailed);
        for number in 2..100 {
            let at = At(message.first.at.0 + number);
            let notice = Notice {
                about: format!("thing-{number}").into(),
                at,
                lsn: 7 + number,
                ..message.first.clone()
            };
            message.add(&notice);
        }
        let words = words(&message, Lang::En, "seats-1");
        assert!(words.title.ends_with("and 98 more"), "{}", words.title);
        assert!(
            words.text.contains("thing-2, thing-3") && words.text.contains("thing-10 ..."),
            "{}",
            words.text
        );
    }
}
