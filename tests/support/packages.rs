//! The client packages, built as they would be published, a wheel and an npm tarball; and what runs programs with them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::scripts::{OLD_VENV, VENV, here, node_modules, python, python_with};
use super::{TempDir, missing, told};

/// The versions of redis-py between the oldest and the newest that are tried, as `.ci/run` installs them.
const BETWEEN: [&str; 2] = ["5.3.1", "7.4.1"];
/// All of them, by the names that `Python::with` takes.
pub const REDIS_PY: [&str; 4] = ["4", BETWEEN[0], BETWEEN[1], "8"];

/// Where this test program has its packages.
fn made() -> PathBuf {
    here("target/packages").join(env!("CARGO_CRATE_NAME"))
}

fn done(command: &mut Command) -> String {
    let (code, out, err) = told(&command.output().unwrap());
    assert_eq!(code, 0, "{command:?}: {out}{err}");
    out
}

/// A Python that has the package, from its wheel, and a redis-py.
pub struct Python {
    program: PathBuf,
    path: String,
}

impl Python {
    pub fn newest(test: &str) -> Option<Self> {
        Self::with(test, "8")
    }

    /// With the redis-py of this version; `None`, once it is said, if that is not there.
    pub fn with(test: &str, redis: &str) -> Option<Self> {
        let program = python(test, if redis == "4" { OLD_VENV } else { VENV })?;
        let mut path = wheel(test)?.display().to_string();
        if BETWEEN.contains(&redis) {
            let library = here(&format!("target/redis-py-{redis}"));
            if !library.join("redis").is_dir() {
                let remedy = format!("pip install --target {} redis=={redis}", library.display());
                missing(test, &format!("redis-py {redis}"), &remedy);
                return None;
            }
            path = format!("{}:{path}", library.display());
        }
        Some(Self { program, path })
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("PYTHONPATH", &self.path).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

fn wheel(test: &str) -> Option<PathBuf> {
    static WHEEL: OnceLock<Option<PathBuf>> = OnceLock::new();
    WHEEL.get_or_init(|| build_wheel(test)).clone()
}

fn build_wheel(test: &str) -> Option<PathBuf> {
    let (program, directory) = (python_with(test, VENV, "flit_core")?, made().join("python"));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    done(
        Command::new(program)
            .args(["-m", "flit_core.wheel", "--outdir"])
            .args([&directory, &here("clients/python")]),
    );
    let made = fs::read_dir(&directory).unwrap().next().unwrap().unwrap().path();
    assert!(made.extension().is_some_and(|extension| extension == "whl"), "{}", made.display());
    Some(made)
}

/// A directory for programs in Node with the package, from its tarball, and this ioredis (`ioredis` or `ioredis-5`);
/// `None`, once it is said, if there is none.
pub fn node(test: &str, ioredis: &str) -> Option<TempDir> {
    static PACKAGE: OnceLock<PathBuf> = OnceLock::new();
    let library = node_modules(test)?.join(ioredis);
    let directory = TempDir::new();
    let modules = directory.join("node_modules");
    fs::create_dir_all(&modules).unwrap();
    symlink(library, modules.join("ioredis")).unwrap();
    // A copy: what a link leads to would look for ioredis where it is itself.
    done(Command::new("cp").arg("-r").arg(PACKAGE.get_or_init(build_tarball)).arg(modules.join("holdfast")));
    fs::write(directory.join("package.json"), r#"{"type":"module"}"#).unwrap();
    Some(directory)
}

fn build_tarball() -> PathBuf {
    let directory = made().join("node");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    let arguments = ["pack", "--silent", "--pack-destination"];
    let name = done(Command::new("npm").args(arguments).args([&directory, &here("clients/node")]));
    done(Command::new("tar").arg("-xzf").arg(directory.join(name.trim())).arg("-C").arg(&directory));
    directory.join("package")
}
