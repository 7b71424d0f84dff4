//! A list that was gone through, for people and for programs.

use std::fmt::Write as _;

use holdfast_engine::{At, Document};
use serde_json::{Value, json};

use super::items::Verdict;
use super::judge::Judged;
use crate::commands::data::utc;
use crate::flags::{Language, List};

/// Characters of the longest word for a verdict, and of the longest id.
const WIDTHS: (usize, usize) = (8, 16);

/// How many items have each verdict.
pub(super) fn counts(judged: &[Judged<'_>]) -> [(Verdict, u64); 4] {
    Verdict::ALL.map(|verdict| (verdict, judged.iter().filter(|one| one.verdict == verdict).count() as u64))
}

/// A line an item; what is not green has its remedy below it.
pub(super) fn text(
    judged: &[Judged<'_>],
    (list, at, address): (List, At, &str),
    language: Language,
) -> String {
    let sums = counts(judged).map(|(verdict, count)| format!("{count} {}", word(verdict, language)));
    let mut out =
        format!("holdfast checklist {}, {address}, {}: {}\n\n", list.word(), utc(at), sums.join(", "));
    let (wide, id_wide) = WIDTHS;
    let (do_this, docs) = if language == Language::Ko { ("조치", "docs/ko") } else { ("do", "docs") };
    for Judged { item, verdict, evidence } in judged {
        let (word, name) = (word(*verdict, language), item.name.of(language));
        let word = if *verdict == Verdict::Red { word.to_uppercase() } else { word.to_owned() };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{word:<wide$} {:<id_wide$} {name}: {}", item.id, evidence.text(language));
        if *verdict != Verdict::Green {
            let (remedy, command, runbook) = (item.remedy.of(language), &item.command, &item.runbook);
            let _ = writeln!(
                out,
                "{:wide$} {do_this:<id_wide$} {remedy} `{command}`, {docs}/runbooks/{runbook}.md",
                ""
            );
        }
    }
    out
}

const fn word(verdict: Verdict, language: Language) -> &'static str {
    match (language, verdict) {
        (Language::En, verdict) => verdict.word(),
        (Language::Ko, Verdict::Green) => "정상",
        (Language::Ko, Verdict::Unknown) => "모름",
        (Language::Ko, Verdict::Amber) => "주의",
        (Language::Ko, Verdict::Red) => "위험",
    }
}

/// For programs: texts in one language, the rest in none.
pub(super) fn json(
    judged: &[Judged<'_>],
    (list, at, address): (List, At, &str),
    language: Language,
) -> Value {
    let items = judged.iter().map(|Judged { item, verdict, evidence }| {
        json!({
            "id": item.id,
            "verdict": verdict.word(),
            "name": item.name.of(language),
            "evidence": evidence.text(language),
            "remedy": item.remedy.of(language),
            "command": item.command,
            "runbook": format!("docs/runbooks/{}.md", item.runbook),
        })
    });
    let sums: Value = counts(judged)
        .map(|(verdict, count)| (verdict.word().to_owned(), json!(count)))
        .into_iter()
        .collect();
    json!({
        "list": list.word(),
        "address": address,
        "at": at.0,
        "verdict": worst(judged).word(),
        "counts": sums,
        "items": items.collect::<Value>(),
    })
}

/// The worst verdict of all.
pub(super) fn worst(judged: &[Judged<'_>]) -> Verdict {
    judged.iter().map(|one| one.verdict).max().unwrap_or(Verdict::Unknown)
}

/// A line of the results of the job, in both languages: nobody says there who will read it.
pub(super) fn result(Judged { item, verdict, evidence }: &Judged<'_>) -> Document {
    Document::fields([
        ("id", item.id.as_str().into()),
        ("verdict", verdict.word().into()),
        ("name", item.name.en.as_str().into()),
        ("name_ko", item.name.ko.as_str().into()),
        ("evidence", evidence.text(Language::En).into()),
        ("evidence_ko", evidence.text(Language::Ko).into()),
        ("remedy", item.remedy.en.as_str().into()),
        ("remedy_ko", item.remedy.ko.as_str().into()),
        ("command", item.command.as_str().into()),
        ("runbook", format!("docs/runbooks/{}.md", item.runbook).into()),
    ])
}
