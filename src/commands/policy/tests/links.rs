//! Codes, commands, settings, functions, tests, figures and alerts are there. The tables in the documents are held against the
//! program by other tests, so that a row there is as good as the thing itself.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_engine::{CATALOGUE, Code};

use super::{book, rows, text};

/// Where a function begins in its file: the line, and whether it is a test.
fn function(link: &str) -> Option<(usize, bool)> {
    let (path, name) = link.split_once('#')?;
    let text = text(path);
    let lines: Vec<_> = text.lines().collect();
    let declares = |line: &&str| {
        let behind = line.split_once("fn ").and_then(|(before, rest)| {
            // Not within a comment or a longer word.
            let is_code =
                !before.contains("//") && before.chars().next_back().is_none_or(char::is_whitespace);
            is_code.then(|| rest.strip_prefix(name))?
        });
        behind.is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    let at = lines.iter().position(declares)?;
    let mut attributes = lines[..at].iter().rev().take_while(|line| line.trim_start().starts_with('#'));
    Some((at, attributes.any(|line| line.contains("test]"))))
}

#[test]
fn functions_and_tests_are_there_and_are_what_they_are_called() {
    let book = book();
    let policies = book.policies.iter().map(|policy| (&policy.id, &policy.functions, &policy.tests));
    let truths = book.truths.invariants.iter().map(|truth| (&truth.id, &truth.functions, &truth.tests));
    for (id, functions, tests) in policies.chain(truths) {
        assert!(!functions.is_empty() && !tests.is_empty(), "{id}");
        for (link, is_test) in
            functions.iter().map(|link| (link, false)).chain(tests.iter().map(|link| (link, true)))
        {
            let found = function(link).map(|(_, is_test)| is_test);
            assert_eq!(found, Some(is_test), "{id}: {link}");
        }
    }
    assert_eq!(function("src/main.rs#no_such_function"), None);
    assert_eq!(function("src/main.rs#mai"), None, "a part of a name is no name");
}

#[test]
fn every_code_is_in_a_policy_or_has_a_reason() {
    let book = book();
    let codes: BTreeSet<_> = CATALOGUE.iter().map(|entry| entry.code.text()).collect();
    let of_policies: BTreeSet<_> =
        book.policies.iter().flat_map(|policy| &policy.codes).map(String::as_str).collect();
    let excepted: Vec<_> =
        book.frame.exceptions.iter().flat_map(|exception| &exception.codes).map(String::as_str).collect();
    for code in of_policies.iter().chain(&excepted) {
        assert!(codes.contains(code), "there is no {code}");
    }
    for code in &excepted {
        assert!(!of_policies.contains(code), "{code} has a policy and a reason for having none");
        assert_eq!(excepted.iter().filter(|other| *other == code).count(), 1, "{code} stands twice");
    }
    let left: Vec<_> =
        codes.iter().filter(|code| !of_policies.contains(*code) && !excepted.contains(*code)).collect();
    assert!(left.is_empty(), "codes without a policy and without a reason: {left:?}");
    assert!(of_policies.contains(Code::SEATS_TAKEN.text()));
}

#[test]
fn commands_settings_and_figures_are_there() {
    let book = book();
    let (commands, settings) = (rows(&text("docs/protocol.md")), rows(&text("docs/operations.md")));
    let figures = rows(&text("docs/metrics.md"));
    let is_command =
        |name: &String| commands.iter().any(|usage| usage == name || usage.starts_with(&format!("{name} ")));
    for policy in &book.policies {
        let id = &policy.id;
        for name in &policy.commands {
            assert!(is_command(name), "{id}: there is no command {name}");
        }
        for name in &policy.settings {
            assert!(settings.contains(name) && name.contains('.'), "{id}: there is no setting {name}");
        }
        for metric in &policy.metrics {
            assert!(figures.contains(&metric.name), "{id}: there is no figure {}", metric.name);
        }
        assert!(
            policy.metrics.iter().any(|metric| metric.act.is_some()),
            "{id}: no figure tells what to do in time"
        );
    }
    let others = book.frame.failures.iter().flat_map(|mode| &mode.signals);
    for name in others.chain(book.truths.ledgers.iter().map(|ledger| &ledger.figure)) {
        assert!(figures.contains(name), "there is no figure {name}");
    }
}

#[test]
fn every_alert_has_a_policy_and_a_page() {
    let source: toml::Table = toml::from_str(&text("ops/alerts.toml")).unwrap();
    let alerts = source["alert"].as_array().unwrap();
    let word = |alert: &toml::Value, key: &str| alert[key].as_str().unwrap().to_owned();
    let pages: BTreeMap<_, _> =
        alerts.iter().map(|alert| (word(alert, "name"), word(alert, "runbook"))).collect();
    let book = book();
    for policy in &book.policies {
        for alert in &policy.alerts {
            assert!(pages.contains_key(alert), "{}: there is no alert {alert}", policy.id);
        }
        text(&format!("docs/runbooks/{}.md", policy.runbook));
    }
    for (alert, page) in &pages {
        let has_policy = book.policies.iter().any(|policy| policy.alerts.contains(alert));
        assert!(has_policy, "{alert} has no policy");
        text(&format!("docs/runbooks/{page}.md"));
    }
}

/// What takes a policy's teeth is still there to be taken; `.ci/breaks` does it.
#[test]
fn breaks_are_still_possible_and_have_a_test_of_the_policy() {
    let book = book();
    for policy in &book.policies {
        let bites = policy.bites.as_ref().unwrap_or_else(|| panic!("{} has no break", policy.id));
        let found = text(&bites.path).matches(&bites.find).count();
        assert_eq!(found, 1, "{}: what is to be broken stands {found} times in {}", policy.id, bites.path);
        assert!(bites.find != bites.put && policy.tests.contains(&bites.test), "{}", policy.id);
        assert!(!bites.path.contains("/tests"), "{}: a test is broken", policy.id);
    }
}
