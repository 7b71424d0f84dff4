//! A disk of one's own: a file system in memory, in a mount namespace that a process keeps. It is gone with that process, and that
//! process goes with the run.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Mounts it, says so, and ends when its standard input does.
const HOLD: &str = r#"mount -t tmpfs -o size="$1"m none "$2" && echo mounted && exec cat"#;

pub(crate) struct Disk {
    holder: Child,
    /// The mount as others see it, through the holder's namespace.
    seen: PathBuf,
}

impl Disk {
    /// Mounts a disk of `mib` MiB at `at`, which only those see who are run by [`Self::before`].
    ///
    /// # Errors
    /// Why it cannot be mounted.
    pub(crate) fn mount(at: &Path, mib: u32) -> Result<Self, String> {
        let failed = |why: &str| format!("no disk of its own for the server: {why}");
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", HOLD, "sh", &mib.to_string()]).arg(at);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = command.spawn().map_err(|error| failed(&error.to_string()))?;
        let mut line = String::new();
        if let Some(stdout) = holder.stdout.take() {
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let seen = PathBuf::from(format!("/proc/{}/root{}", holder.id(), at.display()));
        let disk = Self { holder, seen };
        if line != "mounted\n" {
            return Err(failed("mount has failed"));
        }
        Ok(disk)
    }

    /// What runs a program on the disk.
    pub(crate) fn before(&self) -> Vec<String> {
        let target = self.holder.id().to_string();
        ["nsenter", "--user", "--mount", "--preserve-credentials", "--target", &target, "--"]
            .map(str::to_owned)
            .to_vec()
    }

    fn ballast(&self) -> PathBuf {
        self.seen.join("ballast")
    }

    /// Takes all that is free, also what was freed since.
    ///
    /// # Errors
    /// If the disk cannot be written to at all.
    pub(crate) fn fill(&self) -> Result<(), String> {
        let file = File::options().create(true).append(true).open(self.ballast());
        let mut file = file.map_err(|error| format!("the disk cannot be filled: {error}"))?;
        let chunk = vec![1; 256 << 10];
        while file.write(&chunk).is_ok_and(|count| count > 0) {}
        Ok(())
    }

    pub(crate) fn free(&self) {
        let _ = fs::remove_file(self.ballast());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
