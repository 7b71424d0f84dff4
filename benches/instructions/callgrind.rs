//! This program under valgrind.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::COUNTED;

const VALGRIND: &str = "valgrind";

pub(crate) fn is_there() -> io::Result<bool> {
    match Command::new(VALGRIND).arg("--version").stdout(Stdio::null()).status() {
        Ok(status) => Ok(status.success()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Instructions of a whole run of one part with so many commands.
pub(crate) fn count(part: &str, commands: u64) -> io::Result<u64> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("callgrind.out");
    let said = Command::new(VALGRIND)
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(std::env::current_exe()?)
        .args([COUNTED, part, &commands.to_string()])
        .stdin(Stdio::null())
        .output()?;
    if !said.status.success() {
        let text = String::from_utf8_lossy(&said.stderr).into_owned();
        return Err(io::Error::other(format!("{part} failed under valgrind:\n{text}")));
    }
    let text = fs::read_to_string(&file)?;
    fs::remove_file(&file)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals:")?.trim().parse().ok());
    total.ok_or_else(|| io::Error::other(format!("{part}: callgrind's file has no totals")))
}
