//! The programs as processes: run to their end, or until they are killed.

use std::io::{BufReader, Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::support::scripts::{VENV, here, node_modules, python};
use crate::support::{TempDir, told};

pub(crate) fn url(address: SocketAddr) -> String {
    format!("redis://{address}")
}

/// A recipe and what runs it.
pub(crate) struct Recipe {
    program: PathBuf,
    script: PathBuf,
    /// Where a copy of the recipe is; for Node beside its packages.
    directory: Option<TempDir>,
}

impl Recipe {
    pub(crate) fn python(test: &str, script: &str) -> Option<Self> {
        let script = here("docs/recipes").join(script);
        Some(Self { program: python(test, VENV)?, script, directory: None })
    }

    pub(crate) fn node(test: &str, script: &str) -> Option<Self> {
        let modules = node_modules(test)?;
        let directory = TempDir::new();
        symlink(modules, directory.join("node_modules")).unwrap();
        let copy = directory.join(script);
        std::fs::copy(here("docs/recipes").join(script), &copy).unwrap();
        Some(Self { program: PathBuf::from("node"), script: copy, directory: Some(directory) })
    }

    /// A copy in which a line says something else.
    pub(crate) fn with(mut self, line: &str, instead: &str) -> Self {
        let text = std::fs::read_to_string(&self.script).unwrap();
        assert_eq!(text.matches(line).count(), 1, "{line} in {}", self.script.display());
        let directory = self.directory.get_or_insert_with(TempDir::new);
        self.script = directory.join(self.script.file_name().unwrap().to_str().unwrap());
        std::fs::write(&self.script, text.replace(line, instead)).unwrap();
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(&self.script).args(arguments).env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::null());
        command
    }

    /// Runs it to its end: exit code, and what it says.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String) {
        let (code, out, err) = told(&self.command(arguments).output().unwrap());
        assert_eq!(err, "", "{arguments:?} says {out}");
        (code, out.trim_end().to_owned())
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut child =
            self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        gather(child.stdout.take().unwrap(), Arc::clone(&said));
        let errors = Arc::new(Mutex::new(String::new()));
        gather(child.stderr.take().unwrap(), Arc::clone(&errors));
        Running { child, said, errors }
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
pub(crate) struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
    errors: Arc<Mutex<String>>,
}

impl Running {
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// SIGKILL. It must not have ended by itself.
    pub(crate) fn kill(mut self) {
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
