//! The servers: child processes, each with a fresh directory on the real disk.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::ask;

/// A directory beside the build's, emptied now and removed at the end, if all went well.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn fresh(name: &str) -> io::Result<Self> {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("end-to-end-{name}"));
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
}

/// A running server. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process until it was ready.
    pub(crate) ready_after: Duration,
}

/// Snapshots are made by a thread of their own when enough was written; for most figures they stay out.
pub(crate) const NO_SNAPSHOTS: &[&str] = &["--snapshot-bytes", "1TiB", "--snapshot-every", "24h"];

impl Server {
    pub(crate) fn holdfast(directory: &Directory, settings: &[&str]) -> io::Result<Self> {
        let began = Instant::now();
        let log = File::options().create(true).append(true).open(directory.path().join("log"))?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_holdfast"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data", "data"])
            .args(settings)
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line)?;
        let address = line.trim_end().strip_prefix("holdfast ready on ").and_then(|text| text.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            let log = fs::read_to_string(directory.path().join("log"))?;
            return Err(io::Error::other(format!("the server did not start:\n{log}")));
        };
        Ok(Self { child, address, ready_after: began.elapsed() })
    }

    /// Redis with a sync for each group of commands, as the server has it; `None` if it is not installed.
    pub(crate) fn redis(directory: &Directory) -> io::Result<Option<Self>> {
        let began = Instant::now();
        // Redis does not take a free port by itself.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new("redis-server")
            .args(["--port", &address.port().to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"])
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        let child = match child {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            child => child?,
        };
        let mut server = Self { child, address, ready_after: Duration::ZERO };
        while ask(address, &["PING"]).is_err() {
            if began.elapsed() > Duration::from_secs(10) || server.child.try_wait()?.is_some() {
                return Err(io::Error::other("redis-server did not start"));
            }
            thread::sleep(Duration::from_millis(20));
        }
        server.ready_after = began.elapsed();
        Ok(Some(server))
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// A number of `INFO`.
    pub(crate) fn info(&self, section: &str, name: &str) -> io::Result<u64> {
        let text = ask(self.address, &["INFO", section])?;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.parse().ok());
        value.ok_or_else(|| io::Error::other(format!("INFO {section} has no number {name}")))
    }

    /// Resident bytes.
    pub(crate) fn resident(&self) -> io::Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let kib = text.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        let kib: Option<u64> = kib.and_then(|number| number.trim().parse().ok());
        kib.map(|kib| 1024 * kib).ok_or_else(|| io::Error::other("no VmRSS"))
    }

    /// Processor time of its threads so far, by their names; threads of one name are added up.
    pub(crate) fn times(&self) -> io::Result<BTreeMap<String, Duration>> {
        let mut times = BTreeMap::new();
        for entry in fs::read_dir(format!("/proc/{}/task", self.id()))? {
            let path = entry?.path();
            // A thread may have ended since.
            let read = |name| fs::read_to_string(path.join(name)).unwrap_or_default();
            let (name, time) = (read("comm"), read("schedstat"));
            let time = time.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0);
            *times.entry(name.trim().to_owned()).or_default() += Duration::from_nanos(time);
        }
        Ok(times)
    }

    /// Ends it in order.
    pub(crate) fn stop(mut self) -> io::Result<()> {
        let id = i32::try_from(self.id()).ok().and_then(rustix::process::Pid::from_raw);
        let id = id.ok_or_else(|| io::Error::other("no process id"))?;
        rustix::process::kill_process(id, rustix::process::Signal::TERM)?;
        let status = self.child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other(format!("the server ended with {status}")))
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
