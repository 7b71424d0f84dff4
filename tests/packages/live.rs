//! Live maps, in Python, in Node and in a browser, show what is so: after random changes, with connections that are dropped and a
//! server that is killed. `HOLDFAST_CHANGES` says how many changes, three kills and ten dropped connections whatever it is.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::browser::browser;
use crate::support::crowd::{Crowd, HALL};
use crate::support::faults::Network;
use crate::support::packages::{Python, node};
use crate::support::recipes::{Running, url};
use crate::support::reply::Value;
use crate::support::scripts::here;
use crate::support::{Client, Server, TempDir, eventually};

const PAGE: &str = "the browser";
const TEST: &str = "live_maps_show_what_is_so";

fn version(client: &mut Client) -> u64 {
    Value::of(&client.bytes("EVENT INFO hall")).integer("version")
}

/// What a live map has to show.
pub(crate) fn so(client: &mut Client) -> String {
    let info = Value::of(&client.bytes("EVENT INFO hall"));
    let (mut seats, mut areas) = (String::new(), Vec::new());
    for row in Value::of(&client.bytes("MAP hall")).list() {
        let [name, row, statuses] = row.list() else { panic!("{row:?}") };
        if row.text().is_empty() {
            areas.push(format!("\"{}\":[{}]", name.text(), statuses.text().replace(':', ",")));
        } else {
            seats += statuses.text();
        }
    }
    format!("[{},\"{seats}\",{{{}}}]", info.integer("version"), areas.join(","))
}

fn shown(map: &Running) -> String {
    map.said().lines().last().unwrap_or_default().to_owned()
}

fn all_show(client: &mut Client, maps: &[(String, Running)], what: &str) {
    for (name, map) in maps {
        let mut last = (String::new(), String::new());
        let same = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            eventually(&format!("{name}, {what}"), || {
                last = (shown(map), so(client));
                last.0 == last.1
            });
        }));
        assert!(same.is_ok(), "{name}, {what}, shows\n{}\ninstead of\n{}", last.0, last.1);
    }
}

/// A map in a browser. What is told to it drops the connection of its page.
fn page(url: &str, directory: &TempDir, chromium: &Path) -> (String, Running) {
    std::fs::copy(here("tests/packages/programs/live_page.mjs"), directory.join("live_page.mjs")).unwrap();
    let mut command = Command::new("node");
    command.args(["live_page.mjs", url, "hall"]).arg(chromium).current_dir(directory.path());
    (PAGE.to_owned(), Running::start(command.stdin(Stdio::piped())))
}

fn maps(url: &str, programs: &[(TempDir, &str)]) -> Vec<(String, Running)> {
    let mut maps = Vec::new();
    for (redis, how) in [("4", &["now"][..]), ("7.4.1", &["now", "2"]), ("8", &["now", "3"]), ("8", &["aio"])]
    {
        let Some(python) = Python::with(TEST, redis) else { continue };
        let mut command = python.command();
        command.arg(here("tests/packages/programs/live_map.py")).args([url, "hall"]).args(how);
        maps.push((format!("redis-py {redis} {how:?}"), Running::start(&mut command)));
    }
    for (programs, protocol) in programs {
        std::fs::copy(here("tests/packages/programs/live_map.mjs"), programs.join("live_map.mjs")).unwrap();
        let mut command = Command::new("node");
        command.arg("live_map.mjs").args([url, "hall", protocol]).current_dir(programs.path());
        maps.push((format!("ioredis with RESP{protocol}"), Running::start(&mut command)));
    }
    maps
}

#[test]
fn live_maps_show_what_is_so() {
    let changes = std::env::var("HOLDFAST_CHANGES").map_or(2_000, |text| text.parse().unwrap());
    let data = TempDir::new();
    let mut server = Server::start(data.path());
    let network = Network::to(server.address);
    let mut client = server.client();
    client.create("hall", HALL);
    let programs: Vec<_> = [("ioredis", "3"), ("ioredis-5", "2")]
        .into_iter()
        .filter_map(|(of, protocol)| Some((node(TEST, of)?, protocol)))
        .collect();
    let (url, with_browser) = (url(network.address), browser(TEST));
    let mut maps = maps(&url, &programs);
    maps.extend(with_browser.iter().map(|(directory, chromium)| page(&url, directory, chromium)));
    all_show(&mut client, &maps, "at first");
    let mut crowd = Crowd::new(11);
    for round in 1..=10 {
        while version(&mut client) < round * changes / 10 {
            (0..20).for_each(|_| crowd.act(&mut client));
        }
        if round % 3 == 0 {
            server.kill();
            server = Server::start(data.path());
            network.lead_to(server.address);
            client = server.client();
        } else if round == 5 {
            let more =
                r#"{"add":{"rows":[{"section":"A","rows":[{"name":"y","seats":3}]}]},"capacity":{"BAR":99}}"#;
            assert!(client.bytes(&format!("EVENT CHANGE hall more olga more {more}")).starts_with(b"*"));
        }
        (0..20).for_each(|_| crowd.act(&mut client));
        network.cut();
        maps.iter_mut().filter(|(name, _)| name == PAGE).for_each(|(_, page)| page.tell("drop"));
        all_show(&mut client, &maps, &format!("round {round}"));
    }
    maps.into_iter().for_each(|(_, map)| map.kill());
}
