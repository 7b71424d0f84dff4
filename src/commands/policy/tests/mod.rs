//! The catalogue holds together, and each of its links leads to something that is there.

mod links;
mod runbooks;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::source::{Book, Panel, SURFACES, Said};

/// A file of the project.
fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn book() -> Book {
    Book::read().expect("the files in policy/ are read")
}

/// What the rows of a table in a page begin with.
fn rows(page: &str) -> BTreeSet<String> {
    let cells = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    cells.map(|(cell, _)| cell.to_owned()).collect()
}

#[test]
fn each_surface_has_policies_and_a_file_of_its_own() {
    let book = book();
    let numbers: Vec<_> = book.frame.surfaces.iter().map(|surface| surface.number).collect();
    assert_eq!(numbers, (1..=12).collect::<Vec<u8>>());
    assert!(book.policies.len() >= 24, "{}", book.policies.len());
    for (number, (file, _)) in (1..).zip(SURFACES) {
        assert!(file.starts_with(&format!("surfaces/{number:02}-")), "{file}");
        let own = book.policies.iter().filter(|policy| policy.surfaces[0] == number).count();
        assert!(own >= 2, "surface {number} has {own} policies of its own");
    }
    let firsts: Vec<_> = book.policies.iter().map(|policy| policy.surfaces[0]).collect();
    assert!(firsts.is_sorted(), "policies stand in the file of their first surface: {firsts:?}");
    for (number, policy) in (1..).zip(&book.policies) {
        assert_eq!(policy.id, format!("P-{number:02}"));
        let distinct: BTreeSet<_> = policy.surfaces.iter().collect();
        assert_eq!(distinct.len(), policy.surfaces.len(), "{}", policy.id);
        assert!(
            (1..=3).contains(&distinct.len()) && distinct.iter().all(|number| (1..=12).contains(*number))
        );
        let risk = policy.risk;
        assert!(
            [risk.impact, risk.likelihood, risk.detectability].iter().all(|grade| (1..=3).contains(grade)),
            "{}",
            policy.id
        );
        assert!(policy.uncertain.iter().all(|uncertain| (1..=3).contains(&uncertain.ask.len())));
    }
}

#[test]
fn what_stands_around_the_policies_is_there_for_both_panels() {
    let book = book();
    for (panel, failures, questions) in [(Panel::Reliability, 12, 20), (Panel::Operations, 8, 15)] {
        let assumed = book.frame.assumptions.iter().filter(|one| one.panel == panel).count();
        assert!((3..=7).contains(&assumed), "{assumed}");
        let modes = book.frame.failures.iter().filter(|mode| mode.panel == panel).count();
        assert!(modes >= failures, "{modes}");
        let asked = book.frame.questions.iter().filter(|question| question.panel == panel).count();
        assert!(asked >= questions, "{asked}");
        assert!(book.policies.iter().any(|policy| policy.panel == panel));
    }
    for mode in &book.frame.failures {
        assert!(!mode.impact.is_empty() && !mode.signals.is_empty(), "{}", mode.what.en);
        let known = |id: &String| book.policies.iter().any(|policy| policy.id == *id);
        assert!(!mode.policies.is_empty() && mode.policies.iter().all(known), "{}", mode.what.en);
    }
}

#[test]
fn each_ledger_has_two_truths_and_each_truth_a_policy() {
    let book = book();
    for ledger in &book.truths.ledgers {
        let of = book.truths.invariants.iter().filter(|invariant| invariant.ledger == ledger.id).count();
        assert!(of >= 2, "{} has {of}", ledger.id);
    }
    let known: BTreeSet<_> = book.truths.invariants.iter().map(|invariant| &invariant.id).collect();
    assert_eq!(known.len(), book.truths.invariants.len(), "an id stands twice");
    let used: BTreeSet<_> = book.policies.iter().flat_map(|policy| &policy.invariants).collect();
    assert_eq!(known, used, "truths that there are, and those that policies keep");
    for invariant in &book.truths.invariants {
        assert!(book.truths.ledgers.iter().any(|ledger| ledger.id == invariant.ledger), "{}", invariant.id);
    }
    assert!(book.policies.iter().all(|policy| !policy.invariants.is_empty()));
}

#[test]
fn a_text_is_in_both_languages_or_the_file_is_refused() {
    #[derive(Debug, serde::Deserialize)]
    struct One {
        #[expect(dead_code, reason = "what is looked at is whether it is read")]
        said: Said,
    }
    let read = |text: &str| toml::from_str::<One>(text).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(read("said = ['a seat', '좌석']"), Ok(()));
    for bad in ["['a seat', 'a seat']", "['좌석', '좌석']", "['', '좌석']", "['a seat']", "'a seat'"] {
        assert!(read(&format!("said = {bad}")).is_err(), "{bad}");
    }
}
