//! The programs as processes: run to their end, or until they are killed.

use std::io::{BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use super::faults::Network;
use super::packages::{self, Python};
use super::scripts::here;
use super::{Server, TempDir, told};

pub fn url(address: SocketAddr) -> String {
    format!("redis://{address}")
}

/// A recipe and what runs it.
pub struct Recipe {
    runs: Runs,
    script: PathBuf,
    /// Where a copy of the recipe is; for Node beside its packages.
    directory: Option<TempDir>,
}

enum Runs {
    Python(Python),
    Node,
}

impl Recipe {
    pub fn python(test: &str, script: &str) -> Option<Self> {
        let script = here("docs/recipes").join(script);
        Some(Self { runs: Runs::Python(Python::newest(test)?), script, directory: None })
    }

    pub fn node(test: &str, script: &str) -> Option<Self> {
        let directory = packages::node(test, "ioredis")?;
        let source = here("docs/recipes").join(script);
        let copy = directory.join(source.file_name().unwrap().to_str().unwrap());
        std::fs::copy(source, &copy).unwrap();
        Some(Self { runs: Runs::Node, script: copy, directory: Some(directory) })
    }

    /// A copy in which a line says something else.
    pub fn with(mut self, line: &str, instead: &str) -> Self {
        let text = std::fs::read_to_string(&self.script).unwrap();
        assert_eq!(text.matches(line).count(), 1, "{line} in {}", self.script.display());
        let directory = self.directory.get_or_insert_with(TempDir::new);
        self.script = directory.join(self.script.file_name().unwrap().to_str().unwrap());
        std::fs::write(&self.script, text.replace(line, instead)).unwrap();
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match &self.runs {
            Runs::Python(python) => python.command(),
            Runs::Node => Command::new("node"),
        };
        command.arg(&self.script).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs it to its end: exit code, and what it says.
    pub fn run(&self, arguments: &[&str]) -> (i32, String) {
        let (code, out, err) = told(&self.command(arguments).output().unwrap());
        assert_eq!(err, "", "{arguments:?} says {out}");
        (code, out.trim_end().to_owned())
    }

    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::start(&mut self.command(arguments))
    }
}

fn gather(from: impl Read + Send + 'static, into: Arc<Mutex<String>>) {
    let mut from = BufReader::new(from);
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            into.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
    });
}

/// A recipe that runs until it is killed.
pub struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
    errors: Arc<Mutex<String>>,
}

impl Running {
    /// Does with the server what the program has asked for behind the first `heard` lines, and tells it when it is done.
    pub fn obey(
        &mut self,
        said: &str,
        heard: &mut usize,
        (server, data, network): (&mut Server, &Path, &Network),
    ) {
        for line in said.lines().skip(*heard) {
            *heard += 1;
            match line {
                "kill" => server.kill(),
                "start" => {
                    *server = Server::start(data);
                    network.lead_to(server.address);
                }
                _ => continue,
            }
            self.tell("done");
        }
    }

    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        gather(child.stdout.take().unwrap(), Arc::clone(&said));
        let errors = Arc::new(Mutex::new(String::new()));
        gather(child.stderr.take().unwrap(), Arc::clone(&errors));
        Self { child, said, errors }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// What goes to its standard input, if that is a pipe.
    pub fn tell(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// What it says on standard error.
    pub fn complaints(&self) -> String {
        self.errors.lock().unwrap().clone()
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// SIGKILL. It must not have ended by itself.
    pub fn kill(mut self) {
        let ended = self.child.try_wait().unwrap();
        assert_eq!(ended, None, "it ended by itself: {}", self.errors.lock().unwrap());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let _ = writeln!(std::io::stderr(), "the recipe's errors: {}", self.errors.lock().unwrap());
        }
    }
}
