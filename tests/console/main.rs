//! The console of the admin port (`admin/console/`). Without a browser: its texts, what its scripts may not do, and how it reads and
//! places a hall. In a browser: what it shows and does, page by page.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

mod browser;

#[path = "../support/mod.rs"]
mod support;

use std::path::Path;
use std::process::Command;

/// Runs the tests that are written in the console's own language.
#[test]
fn the_scripts_of_the_console() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = ["rules.test.mjs", "map.test.mjs", "words.test.mjs"]
        .map(|name| root.join("tests/console").join(name));
    let ran = Command::new("node").arg("--test").args(&tests).current_dir(root).output();
    let ran = ran.expect("node is needed for this test: apt-get install nodejs");
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && said.contains("fail 0"), "{said}");
}
