//! The pages for people: links lead somewhere, the Korean pages have the commands of the README, and versions of formats
//! are the same wherever they stand, and no two pages make the same event.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{root, shown};

fn pages() -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![root().join("docs")]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let others = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md", "clients/python/README.md"];
    found.extend(others.map(|name| root().join(name)));
    found.extend(["clients/node/README.md", "examples/shop/README.md"].map(|name| root().join(name)));
    found.sort();
    found
}

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The fenced blocks of a page: language and text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let fenced = page.split("\n```").skip(1).step_by(2);
    fenced.filter_map(|block| block.split_once('\n')).collect()
}

/// A page without its fenced blocks.
fn prose(page: &str) -> String {
    page.split("\n```").step_by(2).collect()
}

/// The name that a heading has in a link, as GitHub and GitLab make it.
fn anchor(heading: &str) -> String {
    let plain = heading.to_lowercase();
    let kept = plain.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

fn anchors(page: &str) -> BTreeSet<String> {
    let prose = prose(page);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

#[test]
fn links_lead_to_what_is_there() {
    let (mut links, mut broken) = (0, Vec::new());
    for path in pages() {
        for link in prose(&text(&path)).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") || link.contains(' ') {
                continue;
            }
            links += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let is_there =
                target.exists() && (heading.is_empty() || anchors(&text(&target)).contains(heading));
            if !is_there {
                broken.push(format!("{}: {link}", shown(&path)));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
    assert!(links > 100, "{links} links were found");
}

/// A line of a program without its comment, which may be in another language.
fn bare<'a>(language: &str, line: &'a str) -> &'a str {
    let mark = if language == "js" { "//" } else { "#" };
    let begins = |at: usize| at == 0 || line[..at].ends_with(' ');
    let comment = line.match_indices(mark).map(|(at, _)| at).find(|at| begins(*at));
    line[..comment.unwrap_or(line.len())].trim_end()
}

/// The programs of a page in a language, and what is typed in its consoles.
fn commands(page: &str) -> (Vec<(String, String)>, Vec<String>) {
    let (mut programs, mut typed) = (Vec::new(), Vec::new());
    for (language, block) in blocks(page) {
        match language {
            "python" | "js" => {
                let lines = block.lines().map(|line| bare(language, line)).filter(|line| !line.is_empty());
                programs.push((language.to_owned(), lines.collect::<Vec<_>>().join("\n")));
            }
            "console" => {
                let lines = block.lines().filter(|line| line.starts_with("$ ") || line.contains("7411> "));
                typed.extend(lines.map(str::to_owned));
            }
            other => assert_eq!(other, "text", "a block whose commands nobody compares"),
        }
    }
    (programs, typed)
}

#[test]
fn the_korean_pages_have_the_commands_of_the_readme() {
    let readme = text("README.md");
    let (programs, typed) = commands(&readme);
    let named = |page: &str| -> BTreeSet<String> {
        let prose = prose(page);
        let code = prose.split('`').skip(1).step_by(2);
        code.filter(|code| code.starts_with("holdfast ") || code.starts_with("cargo "))
            .map(str::to_owned)
            .collect()
    };
    let (mut compared, known) = (0, named(&readme));
    for page in ["docs/ko/README.md", "docs/ko/first-steps.md"] {
        let korean = text(page);
        let (its_programs, its_typed) = commands(&korean);
        for program in &its_programs {
            assert!(programs.contains(program), "{page}: not a program of README.md:\n{}", program.1);
        }
        for line in &its_typed {
            assert!(typed.contains(line), "{page}: not typed in README.md: {line}");
        }
        for code in named(&korean) {
            assert!(known.contains(&code), "{page}: not a command of README.md: {code}");
        }
        compared += its_programs.len() + its_typed.len();
    }
    assert!(compared >= 10, "{compared} programs and lines were compared");
}

/// How many lines of the section below a heading begin so.
fn count(page: &str, heading: &str, begin: &str) -> usize {
    let section = page.split("\n## ").find(|section| section.lines().next() == Some(heading)).unwrap();
    section.lines().filter(|line| line.starts_with(begin)).count()
}

#[test]
fn the_korean_readme_promises_and_runs_what_the_english_one_does() {
    let (readme, korean) = (text("README.md"), text("docs/ko/README.md"));
    for (heading, its, begin) in
        [("What it promises", "무엇을 보장하나", "- **"), ("How to run it", "운영하기", "| ")]
    {
        let (english, korean) = (count(&readme, heading, begin), count(&korean, its, begin));
        assert!(english > 5 && english == korean, "{heading}: {english} in English, {korean} in Korean");
    }
}

#[test]
fn versions_of_formats_are_the_same_everywhere() {
    let changes = text("CHANGELOG.md");
    let line = changes.lines().find_map(|line| line.strip_prefix("Formats: ")).unwrap();
    // What stands in brackets says more of a format.
    let formats =
        line.split_once('.').unwrap().0.split(", ").map(|format| format.split(" (").next().unwrap());
    let upgrade = text("docs/upgrade.md");
    let mut compared = 0;
    for (what, version) in formats.map(|format| format.rsplit_once(' ').unwrap()) {
        let row = match what {
            "identity" => "data directory (`identity`)",
            "record" => "record of the log",
            other => other,
        };
        let cells = format!("| {row} | {version}");
        assert!(upgrade.contains(&cells), "docs/upgrade.md has no row {cells}");
        compared += 1;
    }
    assert!(compared >= 5, "{line}");
}

/// The events that a page makes: each with all that stands behind its name, the key first.
fn created(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (_, block) in blocks(page) {
        for words in ["EVENT CREATE ", r#""EVENT", "CREATE", "#] {
            let rest = block.split(words).skip(1).filter_map(|rest| rest.lines().next());
            found.extend(rest.filter_map(|rest| rest.trim_start_matches('"').split_once([' ', '"'])));
        }
    }
    found.into_iter().map(|(name, rest)| (name.to_owned(), rest.to_owned())).collect()
}

/// Whoever works through several pages with one server meets no event that is there already, and no key of something else.
#[test]
fn no_two_pages_make_the_same_event() {
    let (mut made, mut twice) = (BTreeMap::<String, (PathBuf, String)>::new(), Vec::new());
    for path in pages() {
        for (event, rest) in created(&text(&path)) {
            let first = made.entry(event.clone()).or_insert_with(|| (path.clone(), rest.clone()));
            // A translation makes the same event in the same words.
            if first.1 != rest {
                twice.push(format!("{event}: {} and {}", shown(&first.0), shown(&path)));
            }
        }
    }
    assert!(twice.is_empty(), "made in different ways:\n{}", twice.join("\n"));
    assert!(made.len() >= 5, "{made:?}");
}
