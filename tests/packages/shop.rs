//! The sample shop (`examples/shop`), in a browser, with a server that is killed; and how much of it there is.

use std::fs;
use std::process::{Command, Stdio};

use crate::live::so;
use crate::support::browser::browser;
use crate::support::crowd::{Crowd, HALL};
use crate::support::faults::Network;
use crate::support::recipes::{Running, url};
use crate::support::scripts::here;
use crate::support::{Server, TempDir, eventually};

const TEST: &str = "the_shop_sells_to_browsers";
const LARGE: &str = r#"{"sections":[{"name":"S","category":"S","rows":{"from":1,"to":400,"seats":200}}]}"#;

/// Lines without comments and empty ones.
fn lines_of_code(file: &str) -> usize {
    let text = fs::read_to_string(here(file)).unwrap();
    let is_code =
        |line: &&str| !line.is_empty() && !["//", "/**", "*"].iter().any(|mark| line.starts_with(mark));
    text.lines().map(str::trim).filter(is_code).count()
}

/// The packages do the work: what stands beside them is what a shop is about. Pages and provider are apart.
#[test]
fn the_shop_is_small() {
    let lines = lines_of_code("examples/shop/shop.js");
    assert!((50..80).contains(&lines), "{lines}");
}

/// The shop, and what goes through it.
struct Shop {
    _directory: TempDir,
    shop: Running,
    visitor: Running,
}

fn open(url: &str) -> Option<Shop> {
    let (directory, chromium) = browser(TEST)?;
    let mut shop = Command::new("node");
    shop.arg("shop/shop.js").current_dir(directory.path());
    let shop = Running::start(shop.envs([("HOLDFAST_URL", url), ("PORT", "0"), ("PAYMENT_MS", "1500")]));
    eventually("the shop opens", || shop.said().contains('\n'));
    let address = shop.said().trim_end().rsplit(' ').next().unwrap().to_owned();
    fs::copy(here("tests/packages/programs/shop.mjs"), directory.join("visitor.mjs")).unwrap();
    let mut visitor = Command::new("node");
    visitor
        .arg("visitor.mjs")
        .arg(&address)
        .arg(chromium)
        .current_dir(directory.path())
        .stdin(Stdio::piped());
    Some(Shop { visitor: Running::start(&mut visitor), shop, _directory: directory })
}

#[test]
fn the_shop_sells_to_browsers() {
    let data = TempDir::new();
    let mut server = Server::start(data.path());
    let network = Network::to(server.address);
    let mut client = server.client();
    client.create("hall", HALL);
    client.create("large", LARGE);
    let Some(mut shop) = open(&url(network.address)) else { return };
    let mut heard = 0;
    eventually("the visitor has seen all", || {
        let said = shop.visitor.said();
        shop.visitor.obey(&said, &mut heard, (&mut server, data.path(), &network));
        assert!(!shop.visitor.has_ended(), "{said}{}{}", shop.visitor.complaints(), shop.shop.complaints());
        said.ends_with("ready\n")
    });
    client = server.client();
    let mut crowd = Crowd::new(5);
    for round in 0..4 {
        (0..250).for_each(|_| crowd.act(&mut client));
        if round == 2 {
            server.kill();
            server = Server::start(data.path());
            network.lead_to(server.address);
            client = server.client();
        }
        network.cut();
        let mut shown = String::new();
        eventually("the browser shows what is so", || {
            let before = shop.visitor.said().lines().count();
            shop.visitor.tell("show");
            eventually("the visitor answers", || shop.visitor.said().lines().count() > before);
            shown = shop.visitor.said().lines().last().unwrap().to_owned();
            so(&mut client).split_once(',').unwrap().1 == shown.trim_start_matches('[')
        });
    }
    println!("{}", shop.visitor.said().lines().find(|line| line.starts_with("large")).unwrap_or_default());
    assert_eq!(shop.visitor.complaints(), "");
}
