//! This program under valgrind.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::COUNTED;

const VALGRIND: &str = "valgrind";

/// The C library copies memory with what the processor has, which differs from machine to machine: without the latest
/// kinds of instructions it takes the same everywhere.
const TUNABLES: &str = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-AVX2_Usable,-AVX,-ERMS,-FSRM";

/// Instructions of a whole run of one part with so many commands.
pub(crate) fn count(part: &str, commands: u64) -> io::Result<u64> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("callgrind.out");
    let said = Command::new(VALGRIND)
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(std::env::current_exe()?)
        .args([COUNTED, part, &commands.to_string()])
        // Nothing of the caller's: strings of it would move the stack.
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("GLIBC_TUNABLES", TUNABLES)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| {
            io::Error::new(error.kind(), format!("{VALGRIND} (apt-get install valgrind): {error}"))
        })?;
    if !said.status.success() {
        let text = String::from_utf8_lossy(&said.stderr).into_owned();
        return Err(io::Error::other(format!("{part} failed under valgrind:\n{text}")));
    }
    let text = fs::read_to_string(&file)?;
    fs::remove_file(&file)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals:")?.trim().parse().ok());
    total.ok_or_else(|| io::Error::other(format!("{part}: callgrind's file has no totals")))
}
