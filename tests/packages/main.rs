//! The client packages (`clients/`), installed from their wheel and tarball, with every version of their libraries that is tried.
//!
//! Their own tests run against a server that this starts; their tables are held to docs/protocol.md; their types are checked
//! as a user's editor would.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

#[path = "../support/mod.rs"]
mod support;

mod feeds;
mod install;
mod live;
mod shop;
mod table;

use std::fs;
use std::process::Command;
use std::thread;

use support::access::{Certificate, TlsClient, new_token};
use support::packages::{Python, REDIS_PY, node};
use support::recipes::url;
use support::scripts::{here, node_modules};
use support::{HALL, Server, TempDir, told, wire};

/// Runs a program of tests; what it says if it fails, or has no test.
fn passes(name: &str, command: &mut Command, ran: &str) {
    let (code, out, err) = told(&command.output().unwrap());
    assert!(code == 0 && format!("{out}{err}").contains(ran), "{name}: {out}{err}");
}

#[test]
fn the_package_for_python() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let url = url(server.address);
    thread::scope(|scope| {
        for redis in REDIS_PY {
            let Some(python) = Python::with("the_package_for_python", redis) else { continue };
            let (url, tests) = (&url, here("clients/python/tests"));
            scope.spawn(move || {
                let mut command = python.command();
                command.args(["-m", "unittest", "discover", "-s"]).arg(tests).env("HOLDFAST_URL", url);
                passes(&format!("redis-py {redis}"), &mut command, "Ran 28 tests");
            });
        }
    });
}

#[test]
fn the_package_for_node() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let url = url(server.address);
    thread::scope(|scope| {
        for (ioredis, protocols) in [("ioredis-5", "2"), ("ioredis", "2,3")] {
            let Some(programs) = node("the_package_for_node", ioredis) else { return };
            let url = &url;
            scope.spawn(move || {
                let mut command = Command::new("node");
                command.arg("--test").current_dir(programs.path());
                for entry in fs::read_dir(here("clients/node/test")).unwrap() {
                    let (from, to) = (entry.as_ref().unwrap().path(), entry.as_ref().unwrap().file_name());
                    fs::copy(&from, programs.join(to.to_str().unwrap())).unwrap();
                    if to.to_str().unwrap().ends_with(".test.js") {
                        command.arg(to);
                    }
                }
                command.env("HOLDFAST_URL", url).env("HOLDFAST_PROTOCOLS", protocols);
                command.env("HOLDFAST_CLIENTS", here("clients"));
                passes(ioredis, &mut command, "pass 31");
            });
        }
    });
}

#[test]
fn tokens_and_tls() {
    let (test, directory) = ("tokens_and_tls", TempDir::new());
    let (certificate, tokens) = (Certificate::new(directory.path()), directory.join("tokens"));
    let operator = new_token(&tokens, "operator", "olga", &[]);
    let viewer = new_token(&tokens, "viewer", "wall", &[]);
    let mut flags = certificate.flags().to_vec();
    let path = tokens.display().to_string();
    flags.extend(["--tokens", &path]);
    let server = Server::with(&directory.join("data"), &flags);
    let mut client = TlsClient::connect(server.address, &certificate.ca).unwrap();
    assert_eq!(client.ask(&format!("AUTH {operator}")), "+OK|");
    client.send(wire(&["EVENT", "CREATE", "hall", "c", HALL]));
    assert!(client.raw().starts_with(b"*"));
    let run = |mut command: Command| {
        command.args([&server.address.to_string(), certificate.ca.to_str().unwrap(), &viewer]);
        let (code, out, err) = told(&command.output().unwrap());
        let expected = "NoAuth NOAUTH HF-INP-061\nDenied DENIED HF-INP-062\n16\nHF-INP-020\n";
        assert_eq!((code, out.as_str()), (0, expected), "{command:?}: {err}");
    };
    for python in ["4", "8"].into_iter().filter_map(|redis| Python::with(test, redis)) {
        let mut command = python.command();
        command.arg(here("tests/packages/programs/tokens.py"));
        run(command);
    }
    for programs in ["ioredis-5", "ioredis"].into_iter().filter_map(|ioredis| node(test, ioredis)) {
        fs::copy(here("tests/packages/programs/tokens.mjs"), programs.join("tokens.mjs")).unwrap();
        let mut command = Command::new("node");
        command.arg("tokens.mjs").current_dir(programs.path());
        run(command);
    }
}

/// As an editor sees them.
#[test]
fn the_types_are_right() {
    let test = "the_types_are_right";
    thread::scope(|scope| {
        scope.spawn(|| {
            let Some(python) = Python::newest(test) else { return };
            let cache = TempDir::new();
            let mut command = python.command();
            command.args(["-m", "mypy", "--strict", "--no-error-summary", "--cache-dir"]).arg(cache.path());
            let paths = ["clients/python/src/holdfast", "tests/packages/programs/editor.py"].map(here);
            command.env("MYPYPATH", here("clients/python/src")).args(paths);
            let (code, out, err) = told(&command.output().unwrap());
            assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
        });
        scope.spawn(|| {
            let (Some(programs), Some(modules)) = (node(test, "ioredis"), node_modules(test)) else { return };
            fs::copy(here("tests/packages/programs/editor.ts"), programs.join("editor.ts")).unwrap();
            std::os::unix::fs::symlink(modules.join("@types"), programs.join("node_modules/@types")).unwrap();
            let mut command = Command::new("node");
            command.arg(modules.join("typescript/bin/tsc")).current_dir(programs.path());
            command.args(["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "editor.ts"]);
            let (code, out, err) = told(&command.output().unwrap());
            assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
        });
    });
}
