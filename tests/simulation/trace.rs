//! The history of a run: every step as a line, the hash of all lines, and the last lines for a person who looks into
//! a failure.

use std::collections::VecDeque;
use std::fmt::Write as _;

const KEPT: usize = 80;

#[derive(Debug)]
pub(crate) struct Trace {
    /// FNV-1a over all lines.
    hash: u64,
    lines: u64,
    last: VecDeque<String>,
    /// Everything, if it is to be compared byte by byte.
    whole: Option<String>,
}

impl Trace {
    pub(crate) fn new(whole: bool) -> Self {
        let whole = whole.then(String::new);
        Self { hash: 0xcbf2_9ce4_8422_2325, lines: 0, last: VecDeque::with_capacity(KEPT + 1), whole }
    }

    pub(crate) fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let mut text =
            if self.last.len() == KEPT { self.last.pop_front().unwrap_or_default() } else { String::new() };
        text.clear();
        // Writing to a String cannot fail.
        let _ = write!(text, "{:5} {line}", self.lines);
        self.lines += 1;
        for byte in text.bytes().chain([b'\n']) {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(whole) = &mut self.whole {
            whole.push_str(&text);
            whole.push('\n');
        }
        self.last.push_back(text);
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn tail(&self) -> String {
        self.last.iter().fold(String::new(), |tail, line| tail + line + "\n")
    }

    pub(crate) fn whole(&self) -> &str {
        self.whole.as_deref().unwrap_or_default()
    }
}
