//! Where `nats-server` is: where `.ci/run` puts it, or where the environment says.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::ci::missing;

/// Names the program itself.
const VARIABLE: &str = "HOLDFAST_TEST_NATS";

/// The server's program; `None`, once it is said, if there is none.
#[must_use]
pub fn find(test: &str) -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let python = std::env::var_os("HOLDFAST_TEST_PYTHON").map(PathBuf::from);
    let beside = python.as_deref().and_then(Path::parent).map(|folder| folder.join("nats-server"));
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-clients/bin/nats-server");
    let places = named.into_iter().chain(beside).chain([installed, PathBuf::from("nats-server")]);
    let found = places.into_iter().find(|place| runs(place));
    if found.is_none() {
        let remedy = "python3 -m venv target/test-clients && target/test-clients/bin/pip install -r tests/clients/requirements-tools.txt";
        missing(test, &format!("the program nats-server ({VARIABLE} may name it)"), remedy);
    }
    found
}

fn runs(program: &Path) -> bool {
    let probe = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    probe.is_ok_and(|status| status.success())
}
