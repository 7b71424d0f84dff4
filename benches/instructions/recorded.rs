//! The figures that were recorded, each with its reason: `recorded.txt`, of which a change is a change of the project.

use std::fs;
use std::io;
use std::path::Path;

/// Changes up to this are nobody's: what the parts of a command cost moves by that much with the code around them.
const TOLERANCE: f64 = 0.03;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../benches/instructions/recorded.txt");
const HEAD: &str = "\
# Instructions a command, as `cargo bench -p holdfast-net --bench instructions` counts them, and why they are what they
# are. More than 3 % above fails: docs/testing.md says how to record anew.
";

/// How a count stands to the one that is recorded.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Standing {
    /// There is none of that name.
    New,
    /// By this part of it.
    More(f64),
    Less(f64),
    Same(f64),
}

impl Standing {
    pub(crate) fn told(self) -> String {
        match self {
            Self::New => "NOT RECORDED".to_owned(),
            Self::More(by) => format!("{:+.2} %  TOO MANY", 100.0 * by),
            Self::Less(by) => format!("{:+.2} %  FEWER: record it", 100.0 * by),
            Self::Same(by) => format!("{:+.2} %", 100.0 * by),
        }
    }

    pub(crate) const fn fails(self) -> bool {
        matches!(self, Self::New | Self::More(_))
    }
}

struct Line {
    name: String,
    count: f64,
    reason: String,
}

pub(crate) struct Recorded(Vec<Line>);

impl Recorded {
    /// What is in the file.
    pub(crate) fn read() -> io::Result<Self> {
        let text = if Path::new(FILE).exists() { fs::read_to_string(FILE)? } else { String::new() };
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        let lines = lines.map(|line| {
            let mut words = line.split_whitespace();
            let (name, count) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
            Some(Line { name, count, reason: words.collect::<Vec<_>>().join(" ") })
        });
        let lines: Option<Vec<Line>> = lines.collect();
        let malformed = || io::Error::other(format!("{FILE}: a line is a name, a number and a reason"));
        lines.map(Self).ok_or_else(malformed)
    }

    pub(crate) fn standing(&self, name: &str, count: f64) -> Standing {
        let Some(line) = self.0.iter().find(|line| line.name == name) else { return Standing::New };
        match count / line.count - 1.0 {
            by if by > TOLERANCE => Standing::More(by),
            by if by < -TOLERANCE => Standing::Less(by),
            by => Standing::Same(by),
        }
    }

    /// Takes a count for the recorded one, if it differs by more than nobody's change.
    pub(crate) fn take(&mut self, name: &str, count: f64, why: &str) {
        if matches!(self.standing(name, count), Standing::Same(_)) {
            return;
        }
        self.0.retain(|line| line.name != name);
        self.0.push(Line { name: name.to_owned(), count, reason: why.to_owned() });
    }

    /// In the order of `names`; what is none of them goes.
    pub(crate) fn write<'a>(&self, names: impl Iterator<Item = &'a str>) -> io::Result<()> {
        let line = |name| self.0.iter().find(|line| line.name == name);
        let text = |line: &Line| format!("{:<20}{:>10.0}  {}\n", line.name, line.count, line.reason);
        fs::write(FILE, HEAD.to_owned() + &names.filter_map(line).map(text).collect::<String>())
    }
}
