//! A PostgreSQL of Debian's package, in a directory of its own, as `initdb` makes it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use super::wire::Session;
use crate::harness::process::{Directory, Process, free_address};

pub(crate) const USER: &str = "holdfast";
const PACKAGES: &str = "/usr/lib/postgresql";

/// Who it runs as: it refuses to be root.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

pub(crate) struct Server {
    process: Process,
    pub(crate) address: SocketAddr,
}

/// The newest version that is installed: its programs.
pub(crate) fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(PACKAGES).ok()?.flatten();
    let number = |name: OsString| name.to_str()?.parse::<u32>().ok();
    let newest = versions.filter_map(|entry| number(entry.file_name())).max()?;
    let programs = Path::new(PACKAGES).join(newest.to_string()).join("bin");
    programs.join("postgres").exists().then_some(programs)
}

impl Server {
    /// Makes a cluster below the directory, and starts it with the settings that it comes with, on a free port of the
    /// loopback.
    pub(crate) fn start(programs: &Path, directory: &Directory) -> io::Result<Self> {
        let account = account()?;
        let data = directory.path().join("data");
        fs::create_dir(&data)?;
        if let Some(account) = account {
            chown(&data, Some(account.user), Some(account.group))?;
        }
        let command = |program: &str| {
            let mut command = Command::new(programs.join(program));
            if let Some(account) = account {
                command.uid(account.user).gid(account.group);
            }
            command.arg("-D").arg(&data).stdout(Stdio::null());
            command
        };
        let made = command("initdb")
            .args(["--username", USER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C"])
            .current_dir(&data)
            .stderr(fs::File::create(directory.path().join("log"))?)
            .status()?;
        if !made.success() {
            return Err(io::Error::other(format!(
                "initdb failed (the user that it runs as must be able to reach {}):\n{}",
                data.display(),
                directory.log()
            )));
        }
        let address = free_address()?;
        let mut server = command("postgres");
        server.args(["-p", &address.port().to_string()]);
        server.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
        // An interrupt is its fast way to end.
        let mut process = Process::spawn(&mut server, directory, Signal::INT)?;
        let ready = process.until("postgres", || Session::open(address, USER).is_ok());
        ready.map_err(|error| io::Error::other(format!("{error}\n{}", directory.log())))?;
        Ok(Self { process, address })
    }

    pub(crate) fn stop(mut self) -> io::Result<()> {
        let status = self.process.end()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("postgres ended with {status}"))) }
    }
}

/// `None` if it may run as whoever we are.
fn account() -> io::Result<Option<Account>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let found = users.lines().find_map(|line| {
        let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
        Some(Account { user: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
    });
    let missing = "postgres does not run as root, and there is no user postgres to run it as";
    found.map(Some).ok_or_else(|| io::Error::other(missing))
}
