//! Python and Node with their client libraries, where `.ci/run` puts them; told loudly if they are not there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{has_program, missing};

/// A file of the project.
pub fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Where the newest redis-py is.
pub const VENV: &str = "target/test-clients";
/// Where the oldest one is that is tried.
pub const OLD_VENV: &str = "target/test-clients-old";

/// A Python that has redis-py, of this directory; `None`, once it is said, if there is none.
pub fn python(test: &str, venv: &str) -> Option<PathBuf> {
    python_with(test, venv, "redis")
}

/// A Python that has this package.
pub fn python_with(test: &str, venv: &str, package: &str) -> Option<PathBuf> {
    let named = std::env::var_os("HOLDFAST_TEST_PYTHON").filter(|_| venv == VENV);
    let python = named.map_or_else(|| here(venv).join("bin/python"), PathBuf::from);
    let probe =
        Command::new(&python).args(["-c", &format!("import {package}")]).stderr(Stdio::null()).status();
    if probe.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    let requirements = if venv == VENV { "requirements.txt" } else { "requirements-old.txt" };
    let remedy = format!("python3 -m venv {venv} && {venv}/bin/pip install -r tests/clients/{requirements}");
    missing(test, &format!("the python package {package}"), &remedy);
    None
}

/// The directory of packages that has ioredis and node-redis, if there is a Node too; `None`, once it is said, if not.
pub fn node_modules(test: &str) -> Option<PathBuf> {
    let modules = here("tests/clients/node_modules");
    let are_there = ["ioredis", "redis"].iter().all(|package| modules.join(package).is_dir());
    if are_there && has_program("node", "--version") {
        return Some(modules);
    }
    missing(test, "node or one of its packages ioredis and redis", "npm ci --prefix tests/clients");
    None
}
