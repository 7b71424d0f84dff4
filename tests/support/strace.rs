//! A server whose calls to the kernel strace makes slow, or makes fail.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Server, eventually, has_program, missing};

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

/// The server whose disk strace holds up, until it lets go of it.
pub fn held_up(data: &Path, inject: &str, flags: &[&str]) -> Server {
    let inject = format!("inject={inject}");
    // strace beside the server and not above it: the server lives on without it.
    let before = ["-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", &inject];
    Server::through("strace", &before, data, flags)
}

/// From here on the disk is as it is.
pub fn let_go(server: &Server) {
    let tracer = || {
        let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("TracerPid:")).unwrap();
        line.trim().to_owned()
    };
    let pid = tracer();
    assert_ne!(pid, "0", "nobody holds it up");
    // Not TERM: strace would wait for the call that it holds up.
    assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
    eventually("strace has let go", || tracer() == "0");
}
