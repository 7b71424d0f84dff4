//! The catalogue as JSON, for pages: each figure with the fields of `INFO` that have its values.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use holdfast_figures::listed;
use holdfast_net::FRONT;
use serde_json::{Value, json};

use super::source::{Book, Metric, Policy};
use crate::figures::RUNNING;
use crate::flags::Language;

static ENGLISH: LazyLock<String> = LazyLock::new(|| made(Language::En));
static KOREAN: LazyLock<String> = LazyLock::new(|| made(Language::Ko));

/// All of it in a language: `en` or `ko`.
pub(crate) fn told(language: &str) -> Option<&'static str> {
    match language {
        "en" => Some(&ENGLISH),
        "ko" => Some(&KOREAN),
        _ => None,
    }
}

fn made(language: Language) -> String {
    // A test reads all files that came with the program.
    let policies = Book::read().map(|book| {
        let fields: BTreeMap<_, _> =
            listed(&RUNNING).into_iter().chain(listed(&FRONT)).map(|one| (one.name, one.info)).collect();
        let fields = |name: &str| -> Vec<&str> {
            fields.get(name).into_iter().flatten().map(|(_, field)| *field).collect()
        };
        book.policies.iter().map(|one| policy(&book, one, language, &fields)).collect::<Vec<_>>()
    });
    Value::from(policies.unwrap_or_default()).to_string()
}

fn policy<'a>(
    book: &Book,
    policy: &Policy,
    language: Language,
    fields: &dyn Fn(&str) -> Vec<&'a str>,
) -> Value {
    let surfaces: Vec<_> =
        policy.surfaces.iter().filter_map(|number| Some(book.surface(*number)?.of(language))).collect();
    let invariants: Vec<_> = book
        .truths
        .invariants
        .iter()
        .filter(|invariant| policy.invariants.contains(&invariant.id))
        .map(|invariant| json!([invariant.id, invariant.says.of(language)]))
        .collect();
    let figure = |Metric { name, act }: &Metric| json!({ "name": name, "act": act.as_ref().map(|act| act.of(language)), "fields": fields(name) });
    let uncertain: Vec<_> = policy
        .uncertain
        .iter()
        .map(|one| json!({ "what": one.what.of(language), "ask": one.ask.iter().map(|ask| ask.of(language)).collect::<Vec<_>>() }))
        .collect();
    let risk = policy.risk;
    json!({
        "id": policy.id,
        "name": policy.name.of(language),
        "panel": policy.panel.word(language),
        "surfaces": surfaces,
        "says": {
            "intent": policy.intent.of(language),
            "scope": policy.scope.of(language),
            "failure": policy.failure.of(language),
            "trigger": policy.trigger.of(language),
            "signals": policy.signals.of(language),
            "idempotency": policy.idempotency.of(language),
            "retry": policy.retry.of(language),
            "reconcile": policy.reconcile.of(language),
            "compensate": policy.compensate.of(language),
            "priority": policy.priority.of(language),
            "symptoms": policy.symptoms.of(language),
        },
        "invariants": invariants,
        "codes": policy.codes,
        "commands": policy.commands,
        "settings": policy.settings,
        "functions": policy.functions,
        "tests": policy.tests,
        "figures": policy.metrics.iter().map(figure).collect::<Vec<_>>(),
        "alerts": policy.alerts,
        "runbook": policy.runbook,
        "rollout": policy.rollout.word(language),
        "risk": [risk.impact, risk.likelihood, risk.detectability],
        "uncertain": uncertain,
        "break": policy.bites.as_ref().map(|bites| json!({ "path": bites.path, "test": bites.test })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_told_in_both_languages_with_the_fields_of_its_figures() {
        let count = Book::read().expect("the files in policy/ are read").policies.len();
        for (language, name) in [("en", "Scarce resources"), ("ko", "희소자원 관리")] {
            let all: Vec<Value> = serde_json::from_str(told(language).expect("it is told")).expect("JSON");
            assert_eq!(all.len(), count);
            assert_eq!(all[0]["surfaces"][0], name);
            let of = |id: &str| all.iter().find(|one| one["id"] == id).expect("it is there");
            let open = of("P-07")["figures"].as_array().expect("a list").iter();
            let open = open.filter(|one| one["name"] == "holdfast_reconcile_open").collect::<Vec<_>>();
            assert_eq!(open[0]["fields"], json!(["reconcile_open"]));
            assert!(of("P-12")["break"]["test"].as_str().is_some_and(|test| test.contains('#')));
        }
        assert_eq!(told("fr"), None);
    }
}
