//! The server of an experiment: started, watched, ended, and started again.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a start may take, and an end.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at a process.
const LOOK: Duration = Duration::from_millis(2);

/// How the server is started.
pub(crate) struct Recipe {
    /// Words before it: a program that runs it in a namespace, or nothing.
    pub(crate) before: Vec<String>,
    pub(crate) program: PathBuf,
    pub(crate) flags: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    /// Where it is run: there is no configuration.
    pub(crate) directory: PathBuf,
    /// What it says on standard error goes here.
    pub(crate) log: PathBuf,
}

/// A server, which may be gone at the moment.
pub(crate) struct Server {
    recipe: Recipe,
    child: Option<Child>,
    address: Option<SocketAddr>,
    /// How often it was started.
    pub(crate) starts: u32,
}

impl Server {
    pub(crate) const fn new(recipe: Recipe) -> Self {
        Self { recipe, child: None, address: None, starts: 0 }
    }

    /// Where it was when it was ready last.
    pub(crate) const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    fn spawn(&mut self) -> Result<&mut Child, String> {
        let recipe = &self.recipe;
        let program = recipe.program.display().to_string();
        let mut words = recipe.before.iter().cloned().chain([program, "serve".to_owned()]);
        let first = words.next().unwrap_or_default();
        let log = File::options().create(true).append(true).open(&recipe.log);
        let log = log.map_err(|error| format!("cannot write {}: {error}", recipe.log.display()))?;
        let mut command = Command::new(&first);
        command.args(words).args(&recipe.flags).current_dir(&recipe.directory);
        for (name, _) in std::env::vars_os() {
            let name_of_ours =
                ["HOLDFAST_", "OTEL_"].iter().any(|ours| name.to_string_lossy().starts_with(ours));
            if name_of_ours {
                command.env_remove(name);
            }
        }
        command.envs(recipe.env.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let child = command.spawn().map_err(|error| format!("cannot run {first}: {error}"))?;
        self.starts += 1;
        Ok(self.child.insert(child))
    }

    /// Starts it, and waits until it is ready. Returns where it is.
    ///
    /// # Errors
    /// If it ends instead, or does not get ready.
    pub(crate) fn start(&mut self) -> Result<SocketAddr, String> {
        let child = self.spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let (told, tells) = mpsc::channel();
        thread::spawn(move || {
            let mut output = BufReader::new(stdout);
            let mut line = String::new();
            let _ = output.read_line(&mut line);
            let _ = told.send(line);
            // Whoever writes to a pipe that nobody reads is killed.
            let _ = output.read_to_string(&mut String::new());
        });
        let line = match tells.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!("the server is not ready after {PATIENCE:?}"));
            }
            Err(RecvTimeoutError::Disconnected) => String::new(),
        };
        let address = line.trim_end().strip_prefix("holdfast ready on ").and_then(|rest| rest.parse().ok());
        match address {
            Some(address) => {
                self.address = Some(address);
                Ok(address)
            }
            None => {
                let status = self.wait()?;
                Err(format!("the server does not start: {}", shown(status)))
            }
        }
    }

    /// Starts it and does not wait.
    pub(crate) fn begin(&mut self) -> Result<(), String> {
        self.spawn().map(|_| ())
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<(), String> {
        let pid = self.pid().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        let pid = pid.ok_or("the server is not there")?;
        kill_process(pid, signal).map_err(|error| format!("cannot signal the server: {error}"))
    }

    /// Whether it has ended by itself, and how.
    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().ok().flatten()?;
        self.child = None;
        Some(status)
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    /// If it does not end.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus, String> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.has_ended() {
                return Ok(status);
            }
            if self.child.is_none() {
                return Err("the server is not there".to_owned());
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("the server does not end within {PATIENCE:?}"));
            }
            thread::sleep(LOOK);
        }
    }

    /// SIGKILL, if it is there.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// SIGTERM.
    ///
    /// # Errors
    /// If it is not there, or does not end.
    pub(crate) fn stop(&mut self) -> Result<ExitStatus, String> {
        self.signal(Signal::TERM)?;
        self.wait()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a process has ended, in words.
pub(crate) fn shown(status: ExitStatus) -> String {
    status.code().map_or_else(|| format!("ended by {status}"), |code| format!("exit code {code}"))
}
