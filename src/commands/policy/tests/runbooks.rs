//! Runbooks have steps that a person can follow at night, and what they tell to type into a shell is what the program takes.
//! `tests/policy` sends the commands of the other kind to a server.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::Parser as _;

use super::text;
use crate::flags::Cli;

/// Programs of the machine that the steps use.
const OTHERS: [&str; 14] = [
    "curl",
    "df",
    "dmesg",
    "du",
    "iostat",
    "journalctl",
    "kill",
    "pidstat",
    "redis-cli",
    "systemctl",
    "sha256sum",
    "promtool",
    "openssl",
    "nats",
];

/// Each page, by its name, with its numbered steps.
fn pages() -> Vec<(String, Vec<String>)> {
    pages_of("docs/runbooks")
}

fn pages_of(folder: &str) -> Vec<(String, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut pages = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let steps = text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit()));
        pages.push((name, steps.map(ToOwned::to_owned).collect()));
    }
    pages.sort();
    pages
}

/// What stands between backquotes.
fn spans(step: &str) -> impl Iterator<Item = &str> {
    step.split('`').skip(1).step_by(2)
}

/// Words as a shell takes them, without anything but quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for one in line.chars().chain([' ']) {
        match quote {
            Some(end) if one == end => quote = None,
            None if one == '"' || one == '\'' => quote = Some(one),
            None if one == ' ' => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(one),
        }
    }
    words
}

#[test]
fn each_page_has_three_to_seven_steps_in_order() {
    let pages = pages();
    assert!(pages.len() >= 20, "{}", pages.len());
    for (name, steps) in pages {
        assert!((3..=7).contains(&steps.len()), "{name} has {} steps", steps.len());
        for (number, step) in (1..).zip(&steps) {
            assert!(step.starts_with(&format!("{number}. ")), "{name}: {step}");
        }
        let commands = steps.iter().flat_map(|step| spans(step)).filter(|span| span.contains(' ')).count();
        assert!(commands > 0, "{name} tells nothing to do");
    }
}

#[test]
fn what_they_say_to_a_shell_is_what_the_program_takes() {
    let mut tried = 0;
    for (name, steps) in pages() {
        for span in steps.iter().flat_map(|step| spans(step)) {
            let line = span.split(" | ").next().unwrap_or_default();
            // What stands for something of the reader's: a time has to be one.
            let line = line.replace("-time TIME", "-time 2026-11-01T18:30:00Z");
            let first = line.split(' ').next().unwrap_or_default();
            let is_program =
                line.contains(' ') && first.chars().all(|one| one.is_ascii_lowercase() || one == '-');
            if !is_program {
                continue;
            }
            if first != "holdfast" {
                assert!(OTHERS.contains(&first), "{name}: {first} is no program that a step may use: {span}");
                continue;
            }
            let parsed = Cli::try_parse_from(words(&line));
            assert!(parsed.is_ok(), "{name}: {span}: {}", parsed.unwrap_err());
            tried += 1;
        }
    }
    assert!(tried >= 20, "{tried}");
    assert!(
        Cli::try_parse_from(words("holdfast status --adress HOST:7411")).is_err(),
        "a typing error is found"
    );
}

/// What a step names in any language: commands, fields and settings, codes, and the pages and headings that it leads to.
fn named(step: &str) -> BTreeSet<String> {
    let codes = step.split(|one: char| one != '-' && !one.is_ascii_alphanumeric());
    let codes = codes.filter(|word| word.starts_with("HF-")).map(str::to_owned);
    let links = step.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links = links.map(|link| format!("page {}", link.rsplit('/').next().unwrap_or(link)));
    spans(step).map(str::to_owned).chain(codes).chain(links).collect()
}

#[test]
fn each_page_has_its_korean_one_with_the_same_steps() {
    let (english, korean) = (pages(), pages_of("docs/ko/runbooks"));
    let names =
        |pages: &[(String, Vec<String>)]| pages.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&english), names(&korean));
    for ((name, steps), (_, its)) in english.iter().zip(&korean) {
        assert_eq!(steps.len(), its.len(), "docs/ko/runbooks/{name}");
        for (step, its) in steps.iter().zip(its) {
            assert_eq!(named(step), named(its), "docs/ko/runbooks/{name}: {its}");
            let is_korean = |one: char| ('\u{ac00}'..='\u{d7a3}').contains(&one);
            assert!(its.chars().any(is_korean), "docs/ko/runbooks/{name}: {its}");
        }
        // What is to be typed on lines of its own.
        let [typed, its] = ["docs/runbooks", "docs/ko/runbooks"].map(|folder| {
            let page = text(&format!("{folder}/{name}"));
            page.lines().filter(|line| line.starts_with("    ")).map(str::to_owned).collect::<Vec<_>>()
        });
        assert_eq!(typed, its, "docs/ko/runbooks/{name}");
    }
}

/// The pages of a cluster say what to type in lines that begin with a prompt.
#[test]
fn what_the_pages_of_a_cluster_say_to_a_shell_is_what_the_program_takes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut tried = 0;
    for name in ["cluster.md", "cluster-operations.md"] {
        let page = fs::read_to_string(folder.join(name)).unwrap();
        let lines = page.lines().filter_map(|line| line.strip_prefix("$ "));
        // A command that is only named has none of what it needs.
        let spans = page.lines().flat_map(spans).filter(|span| span.contains(" --"));
        for line in lines.chain(spans).filter(|line| line.starts_with("holdfast ") && !line.contains("...")) {
            let parsed = Cli::try_parse_from(words(line));
            assert!(parsed.is_ok(), "{name}: {line}: {}", parsed.unwrap_err());
            tried += 1;
        }
    }
    assert!(tried >= 4, "{tried}");
}
