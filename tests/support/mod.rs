//! The real program in a directory of its own, and a client that sees bytes.
//!
//! Shared by the test files of this directory. Nothing here knows how holdfast works inside: it starts the binary,
//! waits for its one line on standard output, speaks RESP over TCP, and ends it by signals as an operator would.

#![allow(dead_code, unreachable_pub, clippy::allow_attributes, reason = "every test file uses its part")]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub use holdfast_load::resp::frame as wire;
pub use holdfast_testkit::{TempDir, missing};

pub mod access;
pub mod browser;
pub mod crowd;
pub mod faults;
pub mod http;
pub mod jobs;
pub mod packages;
pub mod recipes;
pub mod reply;
pub mod scripts;
pub mod strace;

/// Nothing takes this long, on the slowest machine either: it is for tests that fail.
pub const PATIENCE: Duration = Duration::from_secs(600);
/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_holdfast");

/// A hall with a seated front (accessible first and last seat), two more rows and a standing area.
pub const HALL: &str = concat!(
    r#"{"sections":[{"name":"A","category":"VIP","rows":[{"name":"1","seats":6,"accessible":["1","6"]}]},"#,
    r#"{"name":"B","category":"STD","rows":{"from":1,"to":2,"seats":5}}],"#,
    r#""areas":[{"name":"FLOOR","category":"GA","capacity":20}],"#,
    r#""limits":{"max_seats_per_hold":4,"max_seats_per_holder":6,"max_extends":2,"max_ttl":600000,"default_ttl":600000}}"#
);

/// The program with nothing in its environment that would configure it, in a directory without a `holdfast.toml`.
pub fn program() -> Command {
    cleaned(Command::new(PROGRAM))
}

pub fn cleaned(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        let name_of_ours =
            ["HOLDFAST_", "OTEL_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix));
        if name_of_ours {
            command.env_remove(name);
        }
    }
    command.current_dir(std::env::temp_dir());
    command
}

/// Runs the program to its end.
pub fn run<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(arguments: I) -> Output {
    program().args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// The three things that a script sees of a program: exit code, standard output, standard error.
pub fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// What a server writes on standard error. A file, not a pipe: what it has said when it answers can be read at once.
struct LogFile(PathBuf);

impl LogFile {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("holdfast-test-{}-{number}.log", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn for_writing(&self) -> File {
        let _ = fs::remove_file(&self.0);
        File::options().create_new(true).append(true).open(&self.0).unwrap()
    }

    fn read(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.0).unwrap()).into_owned()
    }
}

impl Drop for LogFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A server that runs.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    log: LogFile,
    /// What is printed on standard output after the first line: never anything.
    rest: Option<JoinHandle<String>>,
    /// The server itself, if `child` is something that runs it.
    pid: u32,
}

impl Server {
    /// Small segments, so that a test sees many of them and takes little disk; and no command is refused because the
    /// machine is slow.
    pub fn start(data: &Path) -> Self {
        Self::with(data, &[])
    }

    pub fn with(data: &Path, flags: &[&str]) -> Self {
        Self::spawn(program(), data, flags).unwrap_or_else(|(_, stderr)| panic!("does not start: {stderr}"))
    }

    /// Starts it through another program, such as strace.
    pub fn through(wrapper: &str, before: &[&str], data: &Path, flags: &[&str]) -> Self {
        let mut command = cleaned(Command::new(wrapper));
        command.args(before).arg(PROGRAM);
        let mut server = Self::spawn(command, data, flags)
            .unwrap_or_else(|(_, stderr)| panic!("does not start: {stderr}"));
        let of_wrapper = server.child.id();
        let children = fs::read_to_string(format!("/proc/{of_wrapper}/task/{of_wrapper}/children"));
        let child = children.ok().and_then(|list| list.split_whitespace().next()?.parse().ok());
        server.pid = child.unwrap_or(of_wrapper);
        server
    }

    /// Starts `command serve`; if it ends instead of getting ready: its status and what it says.
    pub fn spawn(mut command: Command, data: &Path, flags: &[&str]) -> Result<Self, (ExitStatus, String)> {
        command.arg("serve").arg("--data").arg(data);
        let usual = [
            ("--listen", "127.0.0.1:0"),
            ("--admin-listen", "off"),
            ("--wal-segment", "8MiB"),
            ("--wal-reserve", "16MiB"),
            // Tests of these say so. Else the end of a hold would depend on how often a test restarts, and what is
            // refused on how busy the machine is.
            ("--recovery-grace", "0s"),
            ("--connections-patience", "1h"),
            ("--connections-login", "1h"),
            ("--wal-slow", "60s"),
            ("--shutdown-grace", "60s"),
        ];
        for (flag, value) in usual {
            if !flags.contains(&flag) {
                command.args([flag, value]);
            }
        }
        command.args(flags).stdin(Stdio::null()).stdout(Stdio::piped());
        let log = LogFile::new();
        command.stderr(log.for_writing());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let Some(address) = line.strip_prefix("holdfast ready on ") else {
            let status = child.wait().unwrap();
            assert_eq!(line, "", "standard output has only the one line");
            return Err((status, log.read()));
        };
        let address = address.trim_end().parse().unwrap();
        let rest = thread::spawn(move || {
            let mut rest = String::new();
            let _ = output.read_to_string(&mut rest);
            rest
        });
        let pid = child.id();
        Ok(Self { child, address, log, rest: Some(rest), pid })
    }

    pub fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// A client that has logged in with this token.
    pub fn client_with(&self, secret: &str) -> Client {
        let mut client = self.client();
        assert_eq!(client.ask(&format!("AUTH {secret}")), "+OK|");
        client
    }

    pub const fn pid(&self) -> u32 {
        self.pid
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.read()
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.pid.to_string()]).status();
        assert!(status.unwrap().success(), "kill -{name}");
    }

    /// Waits for its end: exit code (`None`: ended by a signal) and everything it logged.
    pub fn wait(&mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "the server does not end; its log:\n{}", self.log());
            thread::sleep(Duration::from_millis(2));
        };
        if let Some(rest) = self.rest.take() {
            assert_eq!(rest.join().unwrap(), "", "standard output has only the one line");
        }
        (status.code(), self.log())
    }

    /// SIGTERM, and what came of it.
    pub fn stop(&mut self) -> (Option<i32>, String) {
        self.signal("TERM");
        self.wait()
    }

    /// SIGKILL: no last words.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = Command::new("kill").args(["-KILL", &self.pid.to_string()]).status();
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if thread::panicking() {
            let _ = writeln!(std::io::stderr(), "log of the server:\n{}", self.log());
        }
    }
}

/// A connection, byte for byte.
pub struct Client(pub BufReader<TcpStream>);

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address).unwrap()
    }

    /// To a server that may be gone by now.
    pub fn try_connect(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::with_capacity(64 * 1024, stream)))
    }

    pub fn stream(&self) -> &TcpStream {
        self.0.get_ref()
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.0.get_mut().write_all(bytes.as_ref())
    }

    /// The bytes of the next reply.
    pub fn raw(&mut self) -> Vec<u8> {
        reply::read_raw(&mut self.0).unwrap_or_else(|error| panic!("no reply: {error}"))
    }

    /// The next reply in the notation of the transcripts: `|` for a line end, `T` for a time.
    pub fn reply(&mut self) -> String {
        reply::masked(&self.raw())
    }

    /// Sends a command, given as words with spaces between (`~` for a space in a word, `_` for an empty one).
    pub fn ask(&mut self, line: &str) -> String {
        self.send(wire_of(line));
        self.reply()
    }

    /// Sends a command and returns the bytes of its reply.
    pub fn bytes(&mut self, line: &str) -> Vec<u8> {
        self.send(wire_of(line));
        self.raw()
    }

    /// Makes an event of this description.
    pub fn create(&mut self, event: &str, map: &str) {
        self.send(wire(&["EVENT", "CREATE", event, &format!("create-{event}"), map]));
        let expected = format!("*6|$5|event|${}|{event}|$6|status|$4|open|$7|version|:1|", event.len());
        assert_eq!(self.reply(), expected);
    }

    /// Everything up to the end of the connection.
    pub fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        match self.0.read_to_end(&mut bytes) {
            Ok(_) => reply::masked(&bytes),
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&bytes)),
        }
    }

    /// A field of an `INFO` section.
    pub fn info(&mut self, section: &str, field: &str) -> String {
        let text = String::from_utf8(self.bytes(&format!("INFO {section}"))).unwrap();
        let prefix = format!("{field}:");
        let value = text.lines().find_map(|line| line.strip_prefix(&prefix));
        value.unwrap_or_else(|| panic!("no {field} in {text:?}")).to_owned()
    }
}

/// A command of the transcripts' notation as an array.
pub fn wire_of(line: &str) -> Vec<u8> {
    let words = line.split(' ').map(|word| if word == "_" { String::new() } else { word.replace('~', " ") });
    wire(&words.collect::<Vec<_>>())
}

/// Waits until it is so.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} never came true");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Does what must be done before a deadline, which it is given in milliseconds; if the machine was too slow for that,
/// which proves nothing, everything once more with a later one.
pub fn before_the_deadline<T>(mut act: impl FnMut(u64) -> T) -> T {
    let mut ms = 400;
    loop {
        let began = Instant::now();
        let done = act(ms);
        if began.elapsed() < Duration::from_millis(ms) {
            return done;
        }
        ms *= 4;
    }
}

/// Can a program be run at all?
pub fn has_program(name: &str, probe: &str) -> bool {
    let found = Command::new(name).arg(probe).stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}
