//! How the process ends: exit codes, and what is said on standard error.

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use holdfast_engine::{Code, explain};

/// A fault while running: the log could not be written, or something that a command looked at is damaged.
pub(crate) const FAULT: u8 = 1;
/// Bad usage or configuration, or no server where one was to be. Also what clap exits with.
pub(crate) const USAGE: u8 = 2;
/// The data directory is refused: damaged, locked, or of another version.
pub(crate) const REFUSED: u8 = 3;
/// Another node owns the replicated log: start again, and this one follows.
pub(crate) const FENCED: u8 = 4;

/// Why the process ends with another code than 0.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: u8,
    code: Option<Code>,
    message: String,
}

impl Failure {
    /// A fault while running.
    pub(crate) fn fault(code: Code, message: impl Into<String>) -> Self {
        Self { exit: FAULT, code: Some(code), message: message.into() }
    }

    /// Bad usage or configuration.
    pub(crate) fn usage(code: Code, message: impl Into<String>) -> Self {
        Self { exit: USAGE, code: Some(code), message: message.into() }
    }

    /// The data directory is refused.
    pub(crate) fn refused(code: Code, message: impl Into<String>) -> Self {
        Self { exit: REFUSED, code: Some(code), message: message.into() }
    }

    /// This node owns the replicated log no more.
    pub(crate) fn fenced(code: Code, message: impl Into<String>) -> Self {
        Self { exit: FENCED, code: Some(code), message: message.into() }
    }

    /// There is no server to look at, or it does not let us look.
    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self { exit: USAGE, code: None, message: message.into() }
    }

    /// Something was found wrong and printed already.
    pub(crate) fn found_wrong(message: impl Into<String>) -> Self {
        Self { exit: FAULT, code: None, message: message.into() }
    }

    /// The exit code.
    #[cfg(test)]
    pub(crate) const fn exit(&self) -> u8 {
        self.exit
    }

    /// Ends the process at once.
    pub(crate) fn end(&self) -> ! {
        self.report();
        std::process::exit(i32::from(self.exit));
    }

    /// Says why on standard error, with the next step, and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        let mut out = std::io::stderr().lock();
        // If standard error is closed, nobody is left to tell.
        let _ = writeln!(out, "holdfast: {self}");
        if let Some(entry) = self.code.and_then(|code| explain(code.text())) {
            let _ = writeln!(out, "  what to do: {}", entry.remedy);
        }
        ExitCode::from(self.exit)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{code}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
