//! What a test does when the machine lacks something that it needs.

use std::io::Write as _;

/// Is the test run by a machine that must have everything?
#[must_use]
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// Says loudly that something that the test needs is missing.
///
/// # Panics
/// If it must not be, in CI.
pub fn missing(test: &str, what: &str, remedy: &str) {
    let message = format!("SKIPPED {test}: {what} is missing. To install it: {remedy}");
    // Past the harness's capture, which would hide it in a run that is green.
    let _ = writeln!(std::io::stderr(), "{message}");
    assert!(!in_ci(), "{message}");
}
