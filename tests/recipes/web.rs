//! The small shop, in Node and in Python, in a browser: seats that are picked, refused, paid for and sold, through a kill of the server; and a hall that is changed in the program.

use std::process::{Command, Stdio};

use crate::support::browser::browser;
use crate::support::faults::Network;
use crate::support::packages::Python;
use crate::support::recipes::{Running, url};
use crate::support::reply::Value;
use crate::support::scripts::here;
use crate::support::{Server, TempDir, eventually};

/// A copy of the shop is in `web/` of the directory.
fn sells(test: &str, script: &str, program: impl Fn() -> Option<Command>) {
    let Some((directory, chromium)) = browser(test) else { return };
    let copied = Command::new("cp")
        .arg("-r")
        .args([here("docs/recipes/web"), directory.join("web")])
        .status()
        .unwrap();
    assert!(copied.success());
    std::fs::copy(here("clients/node/browser/seat-map.js"), directory.join("web/seat-map.js")).unwrap();
    std::fs::copy(here("tests/recipes/web_visitor.mjs"), directory.join("visitor.mjs")).unwrap();
    let data = TempDir::new();
    let mut server = Server::start(data.path());
    // Its port stays the same, as the shop knows no other.
    let network = Network::to(server.address);
    let Some(shop) = opened(&network, &directory, script, &program) else { return };
    let address = shop.said().trim_end().to_owned();
    let mut visitor = Command::new("node");
    visitor.arg("visitor.mjs").arg(&address).arg(chromium).current_dir(directory.path());
    let mut visitor = Running::start(visitor.stdin(Stdio::piped()));
    let mut heard = 0;
    eventually("the visitor has seen all", || {
        let said = visitor.said();
        visitor.obey(&said, &mut heard, (&mut server, data.path(), &network));
        let is_ready = said.ends_with("ready\n");
        let has_failed = !is_ready && visitor.has_ended();
        assert!(!has_failed, "{said}{}{}", visitor.complaints(), shop.complaints());
        is_ready
    });
    let count = Value::of(&server.client().bytes("COUNT gala"));
    assert_eq!((count.integer("sold"), count.integer("free")), (3, 197));
    shop.kill();
    // Whoever changes the hall in the program starts it again all the same: the event is there.
    let path = directory.join("web").join(script);
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = text.replace("20}", "21}").replace("20 }", "21 }");
    assert_ne!(text, changed, "the hall has rows of 20 seats");
    std::fs::write(&path, changed).unwrap();
    opened(&network, &directory, script, &program).unwrap().kill();
}

/// The shop, once it has said where it is.
fn opened(
    network: &Network,
    directory: &TempDir,
    script: &str,
    program: impl Fn() -> Option<Command>,
) -> Option<Running> {
    let mut command = program()?;
    command.arg(format!("web/{script}")).args([&url(network.address), "gala", "0"]);
    let mut shop = Running::start(command.current_dir(directory.path()));
    eventually("the shop opens", || shop.said().contains('\n') || shop.has_ended());
    assert!(!shop.has_ended(), "{}", shop.complaints());
    Some(shop)
}

#[test]
fn the_small_shop_in_node_sells() {
    sells("the_small_shop_in_node_sells", "shop.mjs", || Some(Command::new("node")));
}

#[test]
fn the_small_shop_in_python_sells() {
    let test = "the_small_shop_in_python_sells";
    sells(test, "shop.py", || Some(Python::newest(test)?.command()));
}
