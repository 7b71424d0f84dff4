//! Servers of NATS, as they are installed: a cluster of them on this machine, which can be killed, frozen, stopped and started again.

mod program;

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::scratch::TempDir;

pub use program::find as nats_server;

/// Between two looks at a server.
const LOOK: Duration = Duration::from_millis(20);
/// So many looks, and a server that is not ready never will be.
const LOOKS_MAX: usize = 3_000;

/// What can be chosen about servers. The default is what holdfast asks for.
#[derive(Clone, Copy, Debug)]
pub struct NatsSettings {
    /// How many there are; a single one is no cluster.
    pub servers: usize,
    /// Whether they sync before they acknowledge.
    pub syncs: bool,
    /// The longest message that they take.
    pub payload: &'static str,
    /// Whether they have streams.
    pub streams: bool,
}

impl Default for NatsSettings {
    fn default() -> Self {
        Self { servers: 3, syncs: true, payload: "8MB", streams: true }
    }
}

/// Servers that run until they are dropped.
#[derive(Debug)]
pub struct NatsServers {
    program: PathBuf,
    servers: Vec<Server>,
    /// Removed when all have ended.
    directory: TempDir,
}

#[derive(Debug)]
struct Server {
    port: u16,
    monitor: u16,
    child: Option<Child>,
}

impl NatsServers {
    /// Starts servers `n0`, `n1`, ... and waits until they are ready; `None`, once it is said, if there is no `nats-server` here.
    ///
    /// # Panics
    /// If they do not start.
    #[must_use]
    pub fn start(test: &str, settings: NatsSettings) -> Option<Self> {
        Self::start_with(test, settings, "")
    }

    /// As [`NatsServers::start`], with more in the configuration of each.
    ///
    /// # Panics
    /// If they do not start.
    #[must_use]
    pub fn start_with(test: &str, settings: NatsSettings, more: &str) -> Option<Self> {
        let program = program::find(test)?;
        let directory = TempDir::new();
        let ports = free_ports(settings.servers * 3);
        for (index, own) in ports.chunks(3).enumerate() {
            let text = configuration(index, own, &ports, directory.path(), settings) + more;
            fs::write(directory.join(format!("n{index}.conf")), text).expect("a file can be written");
        }
        let servers = ports.chunks(3).map(|own| Server { port: own[0], monitor: own[1], child: None });
        let mut servers = Self { program, servers: servers.collect(), directory };
        (0..settings.servers).for_each(|index| servers.run(index));
        servers.wait_until_ready();
        Some(servers)
    }

    /// Where clients reach them.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.servers.iter().map(|server| format!("nats://127.0.0.1:{}", server.port)).collect()
    }

    /// Where they say how they are set up.
    #[must_use]
    pub fn monitors(&self) -> Vec<String> {
        self.servers.iter().map(|server| format!("http://127.0.0.1:{}", server.monitor)).collect()
    }

    /// The number of the server with this name.
    ///
    /// # Panics
    /// If it is none of them.
    #[must_use]
    pub fn index(&self, name: &str) -> usize {
        let index = name.strip_prefix('n').and_then(|number| number.parse().ok());
        index.filter(|index| *index < self.servers.len()).expect("one of the servers")
    }

    /// Ends a server as a power cut would end its process.
    ///
    /// # Panics
    /// If it does not run.
    pub fn kill(&mut self, index: usize) {
        let mut child = self.servers[index].child.take().expect("it runs");
        child.kill().and_then(|()| child.wait()).expect("a process of ours can be killed");
    }

    /// Ends a server as its operator would: it gives up what it leads, and lets clients go.
    ///
    /// # Panics
    /// If it does not run.
    pub fn stop(&mut self, index: usize) {
        self.signal(index, Signal::TERM);
        let mut child = self.servers[index].child.take().expect("it runs");
        child.wait().expect("a process of ours ends");
    }

    /// Starts a server that was ended, and does not wait for it.
    ///
    /// # Panics
    /// If it runs.
    pub fn run(&mut self, index: usize) {
        assert!(self.servers[index].child.is_none(), "it runs");
        let log = fs::File::options().create(true).append(true).open(self.log(index));
        let log = log.expect("a file can be written");
        let child = Command::new(&self.program)
            .arg("-c")
            .arg(self.directory.join(format!("n{index}.conf")))
            // A leader keeps what it may; a test has several servers on one machine.
            .env("GOMEMLIMIT", "400MiB")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.servers[index].child = Some(child.expect("the server can be run"));
    }

    /// Stops a server in the middle of whatever it does.
    pub fn freeze(&self, index: usize) {
        self.signal(index, Signal::STOP);
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self, index: usize) {
        self.signal(index, Signal::CONT);
    }

    /// Waits until all that run say that they are healthy.
    ///
    /// # Panics
    /// If one does not, for a minute.
    pub fn wait_until_ready(&self) {
        for (index, server) in self.servers.iter().enumerate().filter(|(_, server)| server.child.is_some()) {
            let is_ready = (0..LOOKS_MAX).any(|_| {
                let is_ready = is_ready(server.monitor);
                if !is_ready {
                    sleep(LOOK);
                }
                is_ready
            });
            let log = || fs::read_to_string(self.log(index)).unwrap_or_default();
            assert!(is_ready, "n{index} does not get ready:\n{}", log());
        }
    }

    /// Where a server keeps its streams.
    #[must_use]
    pub fn store(&self, index: usize) -> PathBuf {
        self.directory.join(format!("n{index}"))
    }

    fn log(&self, index: usize) -> PathBuf {
        self.directory.join(format!("n{index}.log"))
    }

    fn signal(&self, index: usize, signal: Signal) {
        let child = self.servers[index].child.as_ref().expect("it runs");
        let pid = Pid::from_raw(child.id().cast_signed()).expect("a process has a number");
        kill_process(pid, signal).expect("a process of ours takes signals");
    }
}

impl Drop for NatsServers {
    fn drop(&mut self) {
        for child in self.servers.iter_mut().filter_map(|server| server.child.as_mut()) {
            let _ = child.kill().and_then(|()| child.wait());
        }
    }
}

fn configuration(index: usize, own: &[u16], all: &[u16], directory: &Path, settings: NatsSettings) -> String {
    let &[port, monitor, route] = own else { unreachable!("a server has three ports") };
    let NatsSettings { servers, syncs, payload, streams } = settings;
    let mut text = format!(
        "server_name: n{index}\nlisten: \"127.0.0.1:{port}\"\nhttp: \"127.0.0.1:{monitor}\"\nmax_payload: {payload}\nping_interval: \"2s\"\nping_max: 2\n"
    );
    // Writing to a String cannot fail.
    if streams {
        let store = directory.join(format!("n{index}"));
        let sync = if syncs { "always" } else { "2m" };
        let _ = writeln!(text, "jetstream {{ store_dir: \"{}\", sync_interval: {sync} }}", store.display());
    }
    if servers > 1 {
        let routes = all.chunks(3).map(|ports| format!("\"nats://127.0.0.1:{}\"", ports[2]));
        let routes = routes.collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "cluster {{ name: hf, listen: \"127.0.0.1:{route}\", routes: [{routes}] }}");
    }
    text
}

/// Ports that nobody has, and that no connection is given by chance: below those that the system gives out.
fn free_ports(count: usize) -> Vec<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 12_000 + (std::process::id() % 1_900) as u16 * 10;
    let mut found = Vec::new();
    while found.len() < count {
        let port = 12_000 + (first - 12_000 + NEXT.fetch_add(1, Ordering::Relaxed)) % 19_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            found.push(port);
        }
    }
    found
}

/// Whether a monitor says that its server is well, and knows the others by name.
fn is_ready(monitor: u16) -> bool {
    let ask = |path: &str| -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", monitor))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let is_healthy = ask("/healthz").is_ok_and(|answer| answer.contains(" 200 "));
    is_healthy && ask("/varz").is_ok_and(|answer| !answer.contains("Server name unknown"))
}
