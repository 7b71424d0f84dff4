//! A server whose calls to the kernel strace makes slow, or makes fail.

use std::path::Path;

use super::{Server, has_program, missing};

/// Whether there is a strace that may trace; without, the test does not run, or fails where it must run.
pub fn has_strace(test: &str) -> bool {
    let there = has_program("strace", "--version") && has_program("strace", "true");
    if !there {
        missing(test, "strace (or the right to trace)", "apt-get install strace");
    }
    there
}

/// The server under strace, which does to its syncs what `inject` says.
pub fn injected(data: &Path, inject: &str, flags: &[&str]) -> Server {
    let inject = format!("inject={inject}");
    let before = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", &inject];
    Server::through("strace", &before, data, flags)
}
