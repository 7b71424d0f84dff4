//! strace, which makes calls to the kernel slow or makes them fail, for as long as it is there.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long strace may take to get hold of a process.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Tracer(Child);

impl Tracer {
    /// Each fdatasync of this process takes so much longer.
    ///
    /// # Errors
    /// If strace cannot trace it.
    pub(crate) fn slow(pid: u32, delay: Duration) -> Result<Self, String> {
        Self::attach(pid, &format!("inject=fdatasync:delay_enter={}", delay.as_micros()))
    }

    /// The next fdatasync of each thread of this process fails.
    ///
    /// # Errors
    /// If strace cannot trace it.
    pub(crate) fn fail(pid: u32) -> Result<Self, String> {
        Self::attach(pid, "inject=fdatasync:error=EIO:when=1")
    }

    fn attach(pid: u32, inject: &str) -> Result<Self, String> {
        let mut command = Command::new("strace");
        let pid_text = pid.to_string();
        command.args([
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "trace=fdatasync",
            "-e",
            inject,
            "-p",
            &pid_text,
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|error| format!("cannot run strace: {error}"))?;
        let (mut tracer, began) = (Self(child), Instant::now());
        while !is_traced(pid) {
            if let Ok(Some(_)) = tracer.0.try_wait() {
                let mut why = String::new();
                if let Some(mut stderr) = tracer.0.stderr.take() {
                    let _ = std::io::Read::read_to_string(&mut stderr, &mut why);
                }
                // Another process may be traced only by root, or where the kernel is told so.
                return Err(format!(
                    "strace cannot trace the server: {}; sysctl kernel.yama.ptrace_scope=0 allows it",
                    why.trim()
                ));
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("strace has not got hold of the server within {PATIENCE:?}"));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(tracer)
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        // Not TERM: strace would wait for the call that it holds up.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether all threads of the process are traced.
fn is_traced(pid: u32) -> bool {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    tasks.flatten().all(|task| {
        let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
        tracer.is_some_and(|pid| pid.trim() != "0")
    })
}
