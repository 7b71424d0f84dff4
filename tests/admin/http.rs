//! A server whose admin port is known before it is ready.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, PipeReader, Read, Write};
use std::net::SocketAddr;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) use super::support::http::{Response, admin_of, connect, get, parse, request, send};
use super::support::{eventually, program};

/// A server as a process, from its first moment on.
pub(crate) struct Early {
    child: Child,
    said: Arc<Mutex<String>>,
    pub(crate) admin: SocketAddr,
}

/// What a server that is held up writes its log to, and nobody reads yet.
pub(crate) struct Held(PipeReader);

impl Early {
    /// Starts it, and waits for its admin port and for nothing else.
    pub(crate) fn start(data: &Path, flags: &[&str]) -> Self {
        let mut server = Self::spawn(data, flags, Stdio::piped());
        let stderr = server.child.stderr.take().unwrap();
        server.listen_to(stderr);
        eventually("the admin port", || {
            assert!(server.child.try_wait().unwrap().is_none(), "it ended: {}", server.said.lock().unwrap());
            let said = server.said.lock().unwrap();
            let line = said.lines().find(|line| line.contains("the admin port is open"));
            let address =
                line.and_then(|line| line.split("address=").nth(1)?.split(' ').next()?.parse().ok());
            server.admin = address.unwrap_or(server.admin);
            address.is_some()
        });
        server
    }

    /// Starts it so that it stands still at the first line that the engine logs, which is before the first record is replayed: its log
    /// goes to a pipe that is full. It goes on when somebody reads.
    pub(crate) fn held(data: &Path) -> (Self, Held) {
        let (reader, writer) = std::io::pipe().unwrap();
        // Through a description of its own: else the server would not wait either.
        let mut full = File::options()
            .write(true)
            .custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32)
            .open(format!("/proc/self/fd/{}", writer.as_raw_fd()))
            .unwrap();
        while full.write(&[b'.'; 4096]).is_ok() {}
        drop(full);
        let flags = ["--trace-filter", "off,holdfast_engine=info", "--insecure-core-dumps"];
        let mut server = Self::spawn(data, &flags, Stdio::from(writer));
        eventually("the admin port", || {
            let found = listening(server.child.id());
            server.admin = found.unwrap_or(server.admin);
            found.is_some()
        });
        (server, Held(reader))
    }

    /// Lets a server go on that was held up.
    pub(crate) fn go_on(&self, Held(reader): Held) {
        self.listen_to(reader);
    }

    fn spawn(data: &Path, flags: &[&str], stderr: Stdio) -> Self {
        let mut command = program();
        command.arg("serve").arg("--data").arg(data);
        command.args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        command.args(["--wal-segment", "8MiB", "--wal-reserve", "16MiB", "--wal-slow", "60s"]).args(flags);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let server = Self { child, said: Arc::default(), admin: SocketAddr::from(([127, 0, 0, 1], 0)) };
        server.listen_to(stdout);
        server
    }

    fn listen_to(&self, output: impl Read + Send + 'static) {
        let said = Arc::clone(&self.said);
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                *said.lock().unwrap() += &(line + "\n");
            }
        });
    }

    /// Waits until it takes connections: where.
    pub(crate) fn ready(&self) -> SocketAddr {
        let mut address = None;
        eventually("the line that says that it is ready", || {
            let said = self.said.lock().unwrap();
            let line = said.lines().find_map(|line| line.strip_prefix("holdfast ready on "));
            address = line.and_then(|address| address.parse().ok());
            address.is_some()
        });
        address.unwrap()
    }

    pub(crate) fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    /// Makes it read tokens and certificate again.
    pub(crate) fn hang_up(&self) {
        let pid = rustix::process::Pid::from_raw(self.pid()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    }

    /// Ends it by SIGTERM: its exit code, and what it has said.
    pub(crate) fn stop(&mut self) -> (Option<i32>, String) {
        let pid = rustix::process::Pid::from_raw(self.pid()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let code = self.child.wait().unwrap().code();
        (code, self.said.lock().unwrap().clone())
    }
}

impl Drop for Early {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where on 127.0.0.1 a process listens, if it listens anywhere.
fn listening(pid: u32) -> Option<SocketAddr> {
    let sockets: Vec<String> = fs::read_dir(format!("/proc/{pid}/fd"))
        .ok()?
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok()?.to_str().map(str::to_owned))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let table = fs::read_to_string(format!("/proc/{pid}/net/tcp")).ok()?;
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_ours = fields[3] == "0A" && sockets.iter().any(|socket| socket == fields[9]);
        let port = u16::from_str_radix(fields[1].split_once(':')?.1, 16).ok()?;
        is_ours.then(|| SocketAddr::from(([127, 0, 0, 1], port)))
    })
}
