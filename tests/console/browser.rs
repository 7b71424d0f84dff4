//! The console in Chromium, with the real server behind it: what `tests/console/browser` tries.

use std::ffi::OsStr;
use std::process::Command;

use crate::support::browser::chromium;
use crate::support::scripts::{here, node_modules};
use crate::support::{PROGRAM, has_program, missing};

/// Runs one of the files there. What it needs and is not there is said.
fn tries(name: &str) {
    tries_with(name, &[]);
}

/// As [`tries`], with more in the environment.
fn tries_with(name: &str, more: &[(&str, &OsStr)]) {
    let Some(chromium) = chromium(name) else { return };
    let Some(modules) = node_modules(name) else { return };
    for package in ["axe-core", "playwright-core"] {
        if !modules.join(package).is_dir() {
            return missing(name, &format!("the package {package}"), "npm ci --prefix tests/clients");
        }
    }
    if !has_program("redis-cli", "--version") {
        return missing(name, "redis-cli", "apt-get install redis-tools");
    }
    let ran = Command::new("node")
        .arg("--test")
        .arg(here(&format!("tests/console/browser/{name}.test.mjs")))
        .env("HOLDFAST_PROGRAM", PROGRAM)
        .env("HOLDFAST_CHROMIUM", chromium)
        .envs(more.iter().copied())
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && said.contains("fail 0"), "{said}");
}

#[test]
fn lists_and_their_addresses() {
    tries("lists");
}

#[test]
fn the_server_and_its_feed() {
    tries("server");
}

#[test]
fn the_live_map() {
    tries("map");
}

#[test]
fn what_operators_change() {
    tries("changing");
}

#[test]
fn jobs_and_their_executions() {
    tries("executions");
}

#[test]
fn channels_and_their_dead_letters() {
    tries("notify");
}

#[test]
fn groups_and_their_dead_letters() {
    tries("groups");
}

#[test]
fn reconciliation_and_policies() {
    tries("reconcile");
}

#[test]
fn the_audit() {
    tries("audit");
}

#[test]
fn who_may_do_what() {
    tries("access");
}

#[test]
fn every_page_light_and_dark() {
    tries("pages");
}

#[test]
fn three_nodes_of_a_cluster() {
    let Some(nats) = holdfast_testkit::nats_server("the page of a cluster") else { return };
    tries_with("cluster", &[("HOLDFAST_NATS", nats.as_os_str())]);
}
