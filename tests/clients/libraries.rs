//! The libraries that docs/clients.md has a program for: what each needs to run, and whether it is there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::scripts::{OLD_VENV, VENV, here, node_modules, python_with};
use crate::support::{has_program, missing};

/// Where Debian has the sources of Go's libraries.
const GO_SOURCES: &str = "/usr/share/gocode";

/// A library and its program.
pub(crate) struct Library {
    /// The heading of its section on the page.
    pub(crate) section: &'static str,
    /// As the page marks the program.
    pub(crate) language: &'static str,
    /// The event that its program sells.
    pub(crate) event: &'static str,
    /// Whether it speaks TLS.
    pub(crate) encrypts: bool,
    pub(crate) runs: Runs,
}

/// What runs a program.
pub(crate) enum Runs {
    /// This, with the file as its first word.
    Interpreter(PathBuf),
    /// The program that this made of the file.
    Compiled(fn(&Path) -> Command),
    /// It is part of the test.
    Here,
}

impl Library {
    /// Those that can be run. What is missing is said.
    pub(crate) fn installed(test: &str) -> Vec<Self> {
        let python = |venv, module| python_with(test, venv, module).map(Runs::Interpreter);
        let all = [
            ("redis-py", "python", "redis-py", true, python_with(test, VENV, "redis").map(Runs::Interpreter)),
            ("redis-py", "python", "redis-py-4", true, python(OLD_VENV, "redis")),
            ("redis-py, asyncio", "python", "redis-asyncio", true, python(VENV, "redis")),
            ("redis-py, asyncio", "python", "redis-asyncio-4", true, python(OLD_VENV, "redis")),
            ("valkey-glide", "python", "valkey-booking", true, python(VENV, "glide")),
            ("ioredis", "js", "ioredis-booking", true, node(test)),
            ("node-redis", "js", "node-redis", true, node(test)),
            ("redis crate", "rust", "redis-crate", false, Some(Runs::Here)),
            ("redigo", "go", "redigo", true, redigo(test)),
            ("hiredis", "c", "hiredis", false, hiredis(test)),
            ("Predis", "php", "predis", true, php(test, "Predis", "class_exists('Predis\\Client')")),
            ("phpredis", "php", "phpredis", true, php(test, "phpredis", "extension_loaded('redis')")),
        ];
        let library = |(section, language, event, encrypts, runs): (_, _, _, _, Option<Runs>)| {
            runs.map(|runs| Self { section, language, event, encrypts, runs })
        };
        all.into_iter().filter_map(library).collect()
    }

    /// Makes a program of the file, if it is not run as it is.
    pub(crate) fn build(&self, script: &Path) {
        if let Runs::Compiled(compiler) = self.runs {
            let mut command = compiler(script);
            let done = command.arg("-o").arg(binary(script)).arg(script).args(self.links()).output().unwrap();
            assert!(done.status.success(), "{}: {}", self.section, String::from_utf8_lossy(&done.stderr));
        }
    }

    fn links(&self) -> &'static [&'static str] {
        if self.language == "c" { &["-lhiredis"] } else { &[] }
    }

    /// The command that runs it, without its words; `None` if it is part of the test.
    pub(crate) fn command(&self, script: &Path) -> Option<Command> {
        match &self.runs {
            Runs::Interpreter(program) => {
                let mut command = Command::new(program);
                command.arg(script).env("PYTHONUNBUFFERED", "1").env("PYTHONDONTWRITEBYTECODE", "1");
                Some(command)
            }
            Runs::Compiled(_) => Some(Command::new(binary(script))),
            Runs::Here => None,
        }
    }
}

fn binary(script: &Path) -> PathBuf {
    script.with_extension("program")
}

fn node(test: &str) -> Option<Runs> {
    node_modules(test).map(|_| Runs::Interpreter("node".into()))
}

fn php(test: &str, name: &str, is_there: &str) -> Option<Runs> {
    let probe = format!("@include 'Predis/autoload.php'; exit({is_there} ? 0 : 1);");
    let found = Command::new("php").args(["-r", &probe]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return Some(Runs::Interpreter("php".into()));
    }
    missing(test, name, "apt-get install php-cli php-redis php-nrk-predis");
    None
}

fn redigo(test: &str) -> Option<Runs> {
    let library = Path::new(GO_SOURCES).join("src/github.com/gomodule/redigo/redis");
    if has_program("go", "version") && library.is_dir() {
        return Some(Runs::Compiled(|_| {
            let mut command = Command::new("go");
            // Debian's sources are not modules, and nothing is to be fetched. What was built before is kept.
            command.arg("build").envs([("GO111MODULE", "off"), ("GOFLAGS", ""), ("GOPATH", GO_SOURCES)]);
            command.env("GOCACHE", here("target/go-cache"));
            command
        }));
    }
    missing(test, "redigo", "apt-get install golang-go golang-github-gomodule-redigo-dev");
    None
}

fn hiredis(test: &str) -> Option<Runs> {
    if has_program("cc", "--version") && Path::new("/usr/include/hiredis/hiredis.h").is_file() {
        return Some(Runs::Compiled(|_| {
            let mut command = Command::new("cc");
            command.args(["-Wall", "-Wextra", "-Werror"]);
            command
        }));
    }
    missing(test, "hiredis", "apt-get install gcc libc6-dev libhiredis-dev");
    None
}
