//! A browser that programs in Node drive: Debian's Chromium, with playwright from where `.ci/run` puts it.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use super::packages::node;
use super::scripts::{here, node_modules};
use super::{TempDir, missing};

/// Where it is; `None`, once it is said, if it is not there.
pub fn chromium(test: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?).find(|path| path.join("chromium").exists());
    if found.is_none() {
        missing(test, "chromium", "apt-get install chromium");
    }
    Some(found?.join("chromium"))
}

/// A directory for programs in Node with the package, the sample shop in `shop/`, and playwright; and the browser. `None`, once it is said,
/// if one of them is not there.
pub fn browser(test: &str) -> Option<(TempDir, PathBuf)> {
    let (chromium, directory) = (chromium(test)?, node(test, "ioredis")?);
    symlink(node_modules(test)?.join("playwright-core"), directory.join("node_modules/playwright-core"))
        .unwrap();
    let copied =
        Command::new("cp").arg("-r").args([here("examples/shop"), directory.join("shop")]).status().unwrap();
    assert!(copied.success());
    Some((directory, chromium))
}
