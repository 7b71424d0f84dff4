//! The package for Node is installed from the repository as the pages say: a copy, which finds ioredis, and no link, which does not.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::scripts::{here, node_modules};
use crate::support::{TempDir, told};

const TEST: &str = "the_sample_shop_is_installed_as_its_page_says";

fn copied(from: &str, to: &TempDir) {
    let parent = to.join(from).parent().unwrap().to_owned();
    fs::create_dir_all(&parent).unwrap();
    assert!(Command::new("cp").arg("-r").arg(here(from)).arg(parent).status().unwrap().success());
}

/// With what npm would fetch put into its place, so that no network is needed.
#[test]
fn the_sample_shop_is_installed_as_its_page_says() {
    let Some(modules) = node_modules(TEST) else { return };
    let directory = TempDir::new();
    copied("examples/shop", &directory);
    copied("clients/node", &directory);
    let shop = directory.join("examples/shop");
    let manifest = fs::read_to_string(shop.join("package.json")).unwrap();
    let without = manifest.replace(r#", "ioredis": ">=5""#, "");
    assert_ne!(manifest, without, "ioredis is among what the shop needs");
    fs::write(shop.join("package.json"), without).unwrap();
    let mut npm = Command::new("npm");
    npm.args(["install", "--prefix"]).arg(&shop);
    npm.args(["--offline", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error"]);
    let (code, out, err) = told(&npm.output().unwrap());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    symlink(modules.join("ioredis"), shop.join("node_modules/ioredis")).unwrap();
    let mut node = Command::new("node");
    node.args(["-e", "import('holdfast').then(({ connect }) => console.log(typeof connect))"]);
    let (code, out, err) = told(&node.current_dir(&shop).output().unwrap());
    assert_eq!((code, out.as_str()), (0, "function\n"), "{err}");
}

#[test]
fn pages_install_a_copy() {
    let pages = [
        "clients/node/README.md",
        "docs/first-hour.md",
        "docs/recipes/booking.mjs",
        "docs/recipes/web/shop.mjs",
    ];
    for page in pages {
        let text = fs::read_to_string(here(page)).unwrap();
        let lines = text.lines().filter(|line| line.contains("npm install") && line.contains("clients/node"));
        let lines: Vec<&str> = lines.collect();
        assert!(!lines.is_empty(), "{page} does not say how the package is installed");
        assert!(lines.iter().all(|line| line.contains("npm install --install-links ")), "{page}: {lines:?}");
    }
}
