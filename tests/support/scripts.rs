//! Python with redis-py, and Node with ioredis, where `.ci/run` puts them; told loudly if they are not there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{has_program, missing};

/// A file of the project.
pub fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A Python that has redis-py; `None`, once it is said, if there is none.
pub fn python(test: &str) -> Option<PathBuf> {
    let python = std::env::var_os("HOLDFAST_TEST_PYTHON")
        .map_or_else(|| here("target/test-clients/bin/python"), PathBuf::from);
    let probe = Command::new(&python).args(["-c", "import redis"]).stderr(Stdio::null()).status();
    if probe.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    let remedy = "python3 -m venv target/test-clients && target/test-clients/bin/pip install -r \
                  tests/clients/requirements.txt (or name a python that has it in HOLDFAST_TEST_PYTHON)";
    missing(test, "the python package redis", remedy);
    None
}

/// The directory of packages that has ioredis, if there is a Node too; `None`, once it is said, if not.
pub fn node_modules(test: &str) -> Option<PathBuf> {
    let modules = here("tests/clients/node_modules");
    if has_program("node", "--version") && modules.join("ioredis").is_dir() {
        return Some(modules);
    }
    missing(test, "node or its package ioredis", "npm ci --prefix tests/clients");
    None
}
