//! The pages that people read, made of the data.

use std::fmt::Write as _;

use super::labels::Labels;
use super::source::{Book, Panel, Policy, Rollout, Said};
use crate::flags::Language;

/// `docs/policies.md` in a language.
pub(super) fn page(book: &Book, language: Language) -> String {
    let labels = Labels::of(language);
    let mut out = format!("# {}\n\n{}\n\n{}\n\n{}\n", labels.title, labels.other, labels.made, labels.intro);
    assumptions(&mut out, book, language);
    failures(&mut out, book, language);
    for surface in &book.frame.surfaces {
        let _ = writeln!(out, "\n## {}. {}", surface.number, surface.name.of(language));
        for one in book.policies.iter().filter(|policy| policy.surfaces.first() == Some(&surface.number)) {
            out.push('\n');
            out.push_str(&policy(book, one, language));
        }
    }
    ledgers(&mut out, book, language);
    order(&mut out, book, language);
    questions(&mut out, book, language);
    exceptions(&mut out, book, language);
    out
}

/// One policy.
pub(super) fn policy(book: &Book, policy: &Policy, language: Language) -> String {
    let labels = Labels::of(language);
    let mut out = format!("### {} {}\n\n", policy.id, policy.name.of(language));
    let surface =
        |number: &u8| format!("{number} {}", book.surface(*number).map_or("", |name| name.of(language)));
    line(&mut out, labels.surfaces, &list(policy.surfaces.iter().map(surface)));
    line(&mut out, labels.view, policy.panel.word(language));
    said(&mut out, labels.intent, &policy.intent, language);
    said(&mut out, labels.scope, &policy.scope, language);
    let holds = |id: &String| {
        let found = book.truths.invariants.iter().find(|invariant| invariant.id == *id);
        format!("{id}: {}", found.map_or("", |invariant| invariant.says.of(language)))
    };
    line(&mut out, labels.invariants, &policy.invariants.iter().map(holds).collect::<Vec<_>>().join(" "));
    for (label, text) in [
        (labels.failure, &policy.failure),
        (labels.trigger, &policy.trigger),
        (labels.signals, &policy.signals),
    ] {
        said(&mut out, label, text, language);
    }
    enforced(&mut out, policy, labels);
    for (label, text) in [
        (labels.idempotency, &policy.idempotency),
        (labels.retry, &policy.retry),
        (labels.reconcile, &policy.reconcile),
        (labels.compensate, &policy.compensate),
        (labels.priority, &policy.priority),
    ] {
        said(&mut out, label, text, language);
    }
    watched(&mut out, policy, language);
    said(&mut out, labels.symptoms, &policy.symptoms, language);
    line(&mut out, labels.tests, &quoted(&policy.tests));
    if let Some(bites) = &policy.bites {
        line(&mut out, labels.bites, &format!("`{}` -> `{}`", bites.path, bites.test));
    }
    line(&mut out, labels.rollout, policy.rollout.word(language));
    for uncertain in &policy.uncertain {
        let asks: Vec<_> = uncertain.ask.iter().map(|ask| ask.of(language)).collect();
        line(&mut out, labels.uncertain, &format!("{} {}", uncertain.what.of(language), asks.join(" ")));
    }
    out
}

fn enforced(out: &mut String, policy: &Policy, labels: &Labels) {
    let parts = [
        (labels.codes, &policy.codes),
        (labels.commands, &policy.commands),
        (labels.settings, &policy.settings),
        (labels.code, &policy.functions),
    ];
    let shown = parts.iter().filter(|(_, names)| !names.is_empty());
    let shown: Vec<_> = shown.map(|(label, names)| format!("{label} {}", quoted(names))).collect();
    line(out, labels.enforced, &shown.join("; "));
}

/// What shows it, what is told, and where the steps are.
fn watched(out: &mut String, policy: &Policy, language: Language) {
    let labels = Labels::of(language);
    let figure = |metric: &super::source::Metric| match &metric.act {
        Some(act) => format!("`{}`: {}", metric.name, act.of(language)),
        None => format!("`{}`.", metric.name),
    };
    line(out, labels.figures, &policy.metrics.iter().map(figure).collect::<Vec<_>>().join(" "));
    if !policy.alerts.is_empty() {
        line(out, labels.alerts, &quoted(&policy.alerts));
    }
    let page = &policy.runbook;
    line(out, labels.runbook, &format!("[{page}](runbooks/{page}.md)"));
}

// Writing to a String cannot fail.
fn assumptions(out: &mut String, book: &Book, language: Language) {
    let _ = writeln!(out, "\n## {}", Labels::of(language).assumptions);
    for panel in Panel::ALL {
        let _ = writeln!(out, "\n{}:\n", panel.word(language));
        for one in book.frame.assumptions.iter().filter(|one| one.panel == panel) {
            let _ = writeln!(out, "- {}", one.says.of(language));
        }
    }
}

fn failures(out: &mut String, book: &Book, language: Language) {
    let labels = Labels::of(language);
    let _ = writeln!(out, "\n## {}", labels.failures);
    for panel in Panel::ALL {
        let _ = writeln!(out, "\n{}:\n", panel.word(language));
        head(out, &labels.failure_head);
        for mode in book.frame.failures.iter().filter(|mode| mode.panel == panel) {
            let impact = mode.impact.iter().map(|impact| impact.word(language));
            row(
                out,
                &[
                    mode.what.of(language),
                    mode.user.of(language),
                    mode.work.of(language),
                    &list(impact.map(ToOwned::to_owned)),
                    &quoted(&mode.signals),
                    &mode.policies.join(", "),
                ],
            );
        }
    }
}

fn ledgers(out: &mut String, book: &Book, language: Language) {
    let labels = Labels::of(language);
    let _ = writeln!(out, "\n## {}\n", labels.ledgers);
    head(out, &labels.ledger_head);
    for ledger in &book.truths.ledgers {
        let of = book.truths.invariants.iter().filter(|invariant| invariant.ledger == ledger.id);
        row(
            out,
            &[
                ledger.name.of(language),
                ledger.about.of(language),
                &list(of.map(|invariant| invariant.id.clone())),
                &format!("`{}`", ledger.figure),
                ledger.repair.of(language),
            ],
        );
    }
    out.push('\n');
    head(out, &labels.invariant_head);
    for invariant in &book.truths.invariants {
        row(
            out,
            &[
                &invariant.id,
                invariant.says.of(language),
                &quoted(&invariant.functions),
                &quoted(&invariant.tests),
            ],
        );
    }
}

fn order(out: &mut String, book: &Book, language: Language) {
    let labels = Labels::of(language);
    let _ = writeln!(out, "\n## {}\n", labels.order);
    head(out, &labels.risk_head);
    for rollout in Rollout::ALL {
        let mut due: Vec<_> = book.policies.iter().filter(|policy| policy.rollout == rollout).collect();
        due.sort_by_key(|policy| std::cmp::Reverse(product(policy)));
        for policy in due {
            let risk = policy.risk;
            row(
                out,
                &[
                    &format!("{} {}", policy.id, policy.name.of(language)),
                    rollout.word(language),
                    &risk.impact.to_string(),
                    &risk.likelihood.to_string(),
                    &risk.detectability.to_string(),
                    &product(policy).to_string(),
                ],
            );
        }
    }
}

fn product(policy: &Policy) -> u8 {
    policy.risk.impact * policy.risk.likelihood * policy.risk.detectability
}

fn questions(out: &mut String, book: &Book, language: Language) {
    let _ = writeln!(out, "\n## {}", Labels::of(language).questions);
    for panel in Panel::ALL {
        let _ = writeln!(out, "\n{}:\n", panel.word(language));
        let of_panel = book.frame.questions.iter().filter(|question| question.panel == panel);
        for (number, question) in (1..).zip(of_panel) {
            let _ = writeln!(out, "{number}. {}", question.asks.of(language));
        }
    }
}

fn exceptions(out: &mut String, book: &Book, language: Language) {
    let labels = Labels::of(language);
    let _ = writeln!(out, "\n## {}\n", labels.exceptions);
    head(out, &labels.exception_head);
    for exception in &book.frame.exceptions {
        row(out, &[&quoted(&exception.codes), exception.why.of(language)]);
    }
}

fn said(out: &mut String, label: &str, text: &Said, language: Language) {
    line(out, label, text.of(language));
}

fn line(out: &mut String, label: &str, text: &str) {
    let _ = writeln!(out, "- **{label}:** {text}");
}

fn head(out: &mut String, cells: &[&str]) {
    row(out, cells);
    let _ = writeln!(out, "|{}", " --- |".repeat(cells.len()));
}

fn row(out: &mut String, cells: &[&str]) {
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

fn list(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

fn quoted(names: &[String]) -> String {
    list(names.iter().map(|name| format!("`{name}`")))
}
