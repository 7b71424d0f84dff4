//! A page that somebody works through in a shell: what is typed, what is said, and whether the page says the same.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use crate::support::recipes::Running;
use crate::support::{cleaned, eventually};

/// A command of a page, and what it says there.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) typed: String,
    said: Vec<String>,
}

/// The commands of all consoles of a page.
pub(crate) fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in page.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        assert!(block.starts_with("$ "), "{block}");
        for line in block.lines() {
            match line.strip_prefix("$ ") {
                Some(typed) => steps.push(Step { typed: typed.to_owned(), said: Vec::new() }),
                None => steps.last_mut().unwrap().said.push(line.to_owned()),
            }
        }
    }
    steps
}

impl Step {
    /// Is this what the page shows? Numbers and times may be others. `...` stands for anything: as a line for lines, at the end of a line
    /// for its rest.
    pub(crate) fn is_shown(&self, said: &str) -> bool {
        let said: Vec<Vec<String>> = said.lines().map(shape).collect();
        let shown: Vec<Vec<String>> = self.said.iter().map(|line| shape(line)).collect();
        matches(&shown, &said)
    }
}

fn matches(shown: &[Vec<String>], said: &[Vec<String>]) -> bool {
    match shown.split_first() {
        None => said.is_empty(),
        Some((line, rest)) if line == &["..."] => (0..=said.len()).any(|at| matches(rest, &said[at..])),
        Some((line, rest)) => said.split_first().is_some_and(|(first, others)| {
            let is_it = match line.split_last() {
                Some((last, begins)) if last == "..." => first.starts_with(begins),
                _ => line == first,
            };
            is_it && matches(rest, others)
        }),
    }
}

const UNITS: [&str; 12] = ["s", "ms", "us", "m", "h", "min", "days", "%", "B", "KiB", "MiB", "GiB"];

/// The words of a line. What is measured is one sign, however many words and units it has; so is a word for nothing.
fn shape(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        let mut masked = String::new();
        for letter in word.chars() {
            let letter = if letter.is_ascii_digit() { '#' } else { letter };
            let goes_on = masked.ends_with('#') && (letter == '#' || matches!(letter, '.' | ':'));
            if !goes_on {
                masked.push(letter);
            }
        }
        let plain = masked.trim_end_matches([',', ';']);
        let is_measured =
            plain.strip_prefix('#').is_some_and(|unit| unit.is_empty() || UNITS.contains(&unit));
        let after_number = words.last().is_some_and(|last| last == "#");
        if after_number && (is_measured || UNITS.contains(&plain)) {
            continue;
        }
        words.push(if is_measured { "#".to_owned() } else { masked });
    }
    words
}

/// A shell with a network of its own, so that the ports of a page are free. All that it has started ends with it.
pub(crate) struct Shell {
    running: Running,
    group: u32,
    heard: usize,
    asked: u32,
}

impl Shell {
    pub(crate) fn new(set_up: impl FnOnce(&mut Command)) -> Self {
        let mut command = cleaned(Command::new("unshare"));
        command.args(["--map-root-user", "--net", "bash"]).stdin(Stdio::piped()).process_group(0);
        set_up(&mut command);
        let running = Running::start(&mut command);
        let group = running.id();
        let mut shell = Self { running, group, heard: 0, asked: 0 };
        shell.running.tell("exec 2>&1");
        shell
    }

    /// Types a line, and waits until it is done: what is said meanwhile, but for what the shell says of programs that have ended.
    pub(crate) fn types(&mut self, line: &str) -> String {
        self.asked += 1;
        let mark = format!("\nend of answer {}\n", self.asked);
        self.running.tell(line);
        self.running.tell(&format!("printf '\\nend of answer %s\\n' {}", self.asked));
        let mut said = String::new();
        eventually(line, || {
            let all = self.running.said();
            let Some(length) = all[self.heard..].find(&mark) else {
                assert!(!self.running.has_ended(), "the shell has ended at {line}: {all}");
                return false;
            };
            said = all[self.heard..self.heard + length].to_owned();
            self.heard += length + mark.len();
            true
        });
        let of_programs = |line: &&str| !(line.starts_with("bash: line ") && line.contains("holdfast "));
        said.lines().filter(of_programs).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", self.group)]).status();
    }
}

#[test]
fn a_page_that_says_something_else_is_found_out() {
    let page = "```console\n$ holdfast status\nholdfast 0.1.0: well\n...\n  log  16.0 MiB, 2s, HF-SYS-010\nnone 96M ...\n```\n";
    let said = "holdfast 1.20.0: well\n  more\n  log   256 B, 1m 3s, HF-SYS-011\nnone 8M 1 2 3\n";
    let steps = steps(page);
    assert_eq!((steps.len(), &steps[0].typed[..]), (1, "holdfast status"));
    assert!(steps[0].is_shown(said));
    for (part, other) in [
        ("well", "DEGRADED"),
        ("log", "disk"),
        ("none", "tmpfs"),
        ("none 8M 1 2 3\n", ""),
        ("HF-SYS", "HF-BIZ"),
    ] {
        assert!(!steps[0].is_shown(&said.replace(part, other)), "{other} for {part}");
    }
    assert!(!steps[0].is_shown(&format!("{said}more\n")));
}
