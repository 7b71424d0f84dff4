//! Servers: child processes, each with a fresh directory on the real disk.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::resp::ask;

/// How long a server may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);

/// A directory beside the build's, emptied now and removed at the end, if all went well.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn fresh(name: &str) -> io::Result<Self> {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{name}"));
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Without this it stays, with the server's own log in it.
    pub(crate) fn remove(self) -> io::Result<()> {
        fs::remove_dir_all(self.0)
    }

    /// What the server in it said of itself.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.0.join("log")).unwrap_or_default()
    }
}

/// A child process that ends when its owner lets go of it.
pub(crate) struct Process {
    child: Child,
    ending: Signal,
}

impl Process {
    /// Starts it with its standard error in the directory's `log`. `ending` is the signal that ends it in order.
    pub(crate) fn spawn(command: &mut Command, directory: &Directory, ending: Signal) -> io::Result<Self> {
        let log = File::options().create(true).append(true).open(directory.path().join("log"))?;
        let child = command.current_dir(directory.path()).stdin(Stdio::null()).stderr(log).spawn()?;
        Ok(Self { child, ending })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Waits until it is ready.
    pub(crate) fn until(&mut self, what: &str, mut ready: impl FnMut() -> bool) -> io::Result<()> {
        let began = Instant::now();
        while !ready() {
            if let Some(status) = self.child.try_wait()? {
                return Err(io::Error::other(format!("{what} ended while starting: {status}")));
            }
            if began.elapsed() > PATIENCE {
                return Err(io::Error::other(format!("{what} was not ready after {PATIENCE:?}")));
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Ends it in order, as far as it lets itself be ended so.
    pub(crate) fn end(&mut self) -> io::Result<ExitStatus> {
        let began = Instant::now();
        if let Some(id) = i32::try_from(self.id()).ok().and_then(Pid::from_raw)
            && self.child.try_wait()?.is_none()
        {
            kill_process(id, self.ending)?;
        }
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if began.elapsed() > PATIENCE {
                self.child.kill()?;
            }
            thread::sleep(LOOK);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// A port of the loopback that is free now, for servers that do not take one by themselves.
pub(crate) fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// A running server that speaks the Redis protocol.
pub(crate) struct Server {
    process: Process,
    pub(crate) address: SocketAddr,
    /// From the start of the process until it was ready.
    pub(crate) ready_after: Duration,
}

/// Snapshots are made by a thread of their own when enough was written; for most figures they stay out.
pub(crate) const NO_SNAPSHOTS: &[&str] = &["--snapshot-bytes", "1TiB", "--snapshot-every", "24h"];

impl Server {
    pub(crate) fn holdfast(directory: &Directory, settings: &[&str]) -> io::Result<Self> {
        let began = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "off", "--data", "data"])
            .args(settings);
        let mut process = Process::spawn(command.stdout(Stdio::piped()), directory, Signal::TERM)?;
        let mut line = String::new();
        BufReader::new(process.stdout().expect("it is piped")).read_line(&mut line)?;
        let address = line.trim_end().strip_prefix("holdfast ready on ").and_then(|text| text.parse().ok());
        let Some(address) = address else {
            let _ = process.end();
            return Err(io::Error::other(format!("the server did not start:\n{}", directory.log())));
        };
        Ok(Self { process, address, ready_after: began.elapsed() })
    }

    /// Redis with a sync for each group of commands, as the server has it; `None` if it is not installed.
    pub(crate) fn redis(directory: &Directory) -> io::Result<Option<Self>> {
        let began = Instant::now();
        let address = free_address()?;
        let mut command = Command::new("redis-server");
        command
            .args(["--port", &address.port().to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"])
            .stdout(Stdio::null());
        let mut process = match Process::spawn(&mut command, directory, Signal::TERM) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            process => process?,
        };
        process.until("redis-server", || ask(address, &["PING"]).is_ok())?;
        Ok(Some(Self { process, address, ready_after: began.elapsed() }))
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// A word of `INFO`.
    pub(crate) fn info_text(&self, section: &str, name: &str) -> io::Result<String> {
        let text = ask(self.address, &["INFO", section])?;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.map(str::to_owned).ok_or_else(|| io::Error::other(format!("INFO {section} has no {name}")))
    }

    /// A number of `INFO`.
    pub(crate) fn info(&self, section: &str, name: &str) -> io::Result<u64> {
        let text = self.info_text(section, name)?;
        text.parse().map_err(|_| io::Error::other(format!("{name} of INFO {section} is {text}, no number")))
    }

    /// Ends it in order.
    pub(crate) fn stop(mut self) -> io::Result<()> {
        let status = self.process.end()?;
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other(format!("the server ended with {status}")))
        }
    }
}
