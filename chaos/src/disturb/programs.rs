//! Programs of the machine that some experiments need, and whether they are there.

use std::process::{Command, Stdio};

use crate::experiment::Need;

/// What this machine lacks for an experiment, and how to get it.
pub(crate) fn missing(need: Need) -> Option<String> {
    let (there, why) = match need {
        Need::Disk => (
            runs("unshare", &["--map-root-user", "--mount", "true"]) && runs("nsenter", &["--version"]),
            "a file system of its own, for a disk that is full: unshare and nsenter (apt-get install util-linux), and the right to make a \
             namespace of users (sysctl kernel.unprivileged_userns_clone=1)",
        ),
        Need::Tracer => (
            runs("strace", &["-qq", "-o", "/dev/null", "true"]),
            "strace, which makes fdatasync slow or fail (apt-get install strace), and the right to trace",
        ),
        Need::Clock => (
            runs("cc", &["--version"]),
            "cc, which makes the clock that the server is given (apt-get install gcc libc6-dev)",
        ),
        Need::Collector => (true, ""),
    };
    (!there).then(|| why.to_owned())
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
