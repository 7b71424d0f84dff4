//! What the program is made of, and what it is shipped with: licences, doubles and advisories of the crates, checked
//! without a network against lists that are kept here; and that the unit for systemd starts what there is.
//!
//! The list of advisories knows what was known on the day in its first line. `.ci/advisories` makes it anew.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use holdfast_testkit::missing;
use serde_json::Value;

/// What a crate may be used under. Whoever passes the program on has to name authors, and nothing more.
const LICENCES: [&str; 9] =
    ["0BSD", "MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "ISC", "Unicode-3.0", "Zlib"];

/// Crates of which there are two, and why.
const DOUBLES: [(&str, &str); 9] = [
    ("base64", "the client of NATS has the older one"),
    ("cpufeatures", "comes with the two of rand"),
    ("getrandom", "ring has the older one"),
    ("nom", "the older one belongs to a part of the certificates' crate that is not built"),
    ("rand", "the client of NATS has the newer one, its signatures the older one"),
    ("rand_core", "comes with rand"),
    ("syn", "crates that derive are slow to move; only the build has them"),
    ("synstructure", "comes with syn"),
    ("windows-sys", "not built where holdfast runs"),
];

/// Advisories that are known and borne, and why.
const BORNE: [(&str, &str); 1] =
    [("RUSTSEC-2025-0141", "bincode is finished and not maintained; its format is pinned by golden files")];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Name and version of each crate in the lock file, ours excepted.
fn crates() -> Vec<(String, String)> {
    let lock: toml::Table = fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap();
    let text = |package: &toml::Value, field: &str| package[field].as_str().unwrap().to_owned();
    let all = lock["package"].as_array().unwrap().iter().filter(|package| package.get("source").is_some());
    let all: Vec<_> = all.map(|package| (text(package, "name"), text(package, "version"))).collect();
    assert!(all.len() > 100, "only {} crates", all.len());
    all
}

/// What cargo has of crates without a network.
fn metadata(more: &[&str]) -> Result<Value, String> {
    let done = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--manifest-path"])
        .arg(root().join("Cargo.toml"))
        .args(more)
        .output()
        .unwrap();
    if done.status.success() {
        return Ok(serde_json::from_slice(&done.stdout).unwrap());
    }
    Err(String::from_utf8_lossy(&done.stderr).into_owned())
}

/// Name and licence of each crate; without those that are for other systems alone, if cargo never had to have them here.
fn licences() -> Vec<(String, String)> {
    let metadata = metadata(&[]).or_else(|why| {
        let some = why.lines().find(|line| line.starts_with("error")).unwrap_or(&why);
        missing(
            "licences of crates",
            &format!("what is built on other systems alone ({some})"),
            "cargo fetch --locked",
        );
        let told = Command::new(env!("CARGO")).arg("-vV").output().unwrap().stdout;
        let told = String::from_utf8(told).unwrap();
        let host = told.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        metadata(&["--filter-platform", host])
    });
    let metadata = metadata.unwrap();
    let text = |package: &Value, field: &str| package[field].as_str().unwrap_or_default().to_owned();
    let all = metadata["packages"].as_array().unwrap().iter().filter(|package| !package["source"].is_null());
    let all: Vec<_> = all.map(|package| (text(package, "name"), text(package, "license"))).collect();
    assert!(all.len() > 100, "only {} crates", all.len());
    all
}

/// May it be used under these? `OR` and `/` leave the choice, `AND` does not, an exception only gives more.
fn may_be_used(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let granted = any(&words, &mut at);
    granted && at == words.len()
}

fn any(words: &[&str], at: &mut usize) -> bool {
    let mut granted = all(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        granted |= all(words, at);
    }
    granted
}

fn all(words: &[&str], at: &mut usize) -> bool {
    let mut granted = one(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        granted &= one(words, at);
    }
    granted
}

fn one(words: &[&str], at: &mut usize) -> bool {
    let word = words.get(*at).copied().unwrap_or_default();
    *at += 1;
    if word == "(" {
        let granted = any(words, at);
        *at += 1;
        return granted;
    }
    if words.get(*at) == Some(&"WITH") {
        *at += 2;
    }
    LICENCES.contains(&word)
}

#[test]
fn expressions_of_licences_are_understood() {
    for good in
        ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "(MIT OR GPL-3.0) AND ISC", "Apache-2.0 WITH LLVM-exception"]
    {
        assert!(may_be_used(good), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT AND GPL-3.0) OR LGPL-2.1",
        "GPL-2.0 WITH Classpath",
        "MIT MIT",
    ] {
        assert!(!may_be_used(bad), "{bad}");
    }
}

#[test]
fn each_crate_may_be_used() {
    let bad: Vec<_> = licences().into_iter().filter(|(_, licence)| !may_be_used(licence)).collect();
    assert!(bad.is_empty(), "not under any of {LICENCES:?}: {bad:?}");
}

#[test]
fn each_crate_is_there_once_but_for_those_that_are_known() {
    let mut versions = BTreeMap::<String, BTreeSet<String>>::new();
    for (name, version) in crates() {
        versions.entry(name).or_default().insert(version);
    }
    let doubles: Vec<_> =
        versions.iter().filter(|(_, all)| all.len() > 1).map(|(name, _)| name.as_str()).collect();
    assert_eq!(doubles, DOUBLES.map(|(name, _)| name), "{versions:?}");
    assert!(versions.values().all(|all| all.len() <= 2));
}

/// Numbers of a version, without what is behind them.
fn numbers(version: &str) -> Vec<u64> {
    version.split(['-', '+']).next().unwrap().split('.').map(|number| number.parse().unwrap()).collect()
}

/// Is it in one of these ranges? `>=1.2.3,<2.0.0|=0.9.1`; `-` is none.
fn is_free(version: &str, ranges: &str) -> bool {
    let version = numbers(version);
    let holds = |comparator: &str| {
        let at = comparator.find(|letter: char| letter.is_ascii_digit()).unwrap();
        let bound = numbers(&comparator[at..]);
        match &comparator[..at] {
            ">=" => version >= bound,
            ">" => version > bound,
            "<=" => version <= bound,
            "<" => version < bound,
            "=" => version == bound,
            other => panic!("{other:?} in {ranges}"),
        }
    };
    ranges != "-" && ranges.split('|').any(|range| range.split(',').all(holds))
}

#[test]
fn ranges_of_versions_are_understood() {
    for (version, ranges, free) in [
        ("1.2.3", "-", false),
        ("1.2.3", ">=1.2.3", true),
        ("1.2.3", ">=1.2.4|<1.2.0", false),
        ("1.10.0", ">=1.2.3,<2.0.0", true),
        ("2.0.0", ">=1.2.3,<2.0.0|=2.0.1", false),
        ("2.0.1+2", ">=1.2.3,<2.0.0|=2.0.1", true),
    ] {
        assert_eq!(is_free(version, ranges), free, "{version} {ranges}");
    }
}

#[test]
fn no_crate_has_a_known_fault() {
    let list = fs::read_to_string(root().join(".ci/advisories.txt")).unwrap();
    let day = list.strip_prefix("# RustSec of ").and_then(|rest| rest.split(':').next());
    let lines: Vec<Vec<&str>> =
        list.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' ').collect()).collect();
    assert!(day.is_some_and(|day| day.len() == "2026-01-01".len()) && lines.len() > 20);
    let crates = crates();
    let mut hit = Vec::new();
    for line in &lines {
        let [id, name, kind, free] = line[..] else { panic!("{line:?}") };
        let caught = crates.iter().filter(|(other, version)| other == name && !is_free(version, free));
        hit.extend(caught.map(|(_, version)| (id, format!("{name} {version}: {kind}, free are {free}"))));
    }
    let new: Vec<_> = hit.iter().filter(|(id, _)| !BORNE.iter().any(|(borne, _)| borne == id)).collect();
    assert!(new.is_empty(), "as of {day:?}: {new:#?}");
    let gone: Vec<_> = BORNE.iter().filter(|(id, _)| !hit.iter().any(|(other, _)| other == id)).collect();
    assert!(gone.is_empty(), "no longer hit by {gone:?}");
}

/// The program takes the line that the unit starts it with, and each door that systemd can close is closed.
#[test]
fn the_unit_for_systemd_starts_what_there_is() {
    let unit = fs::read_to_string(root().join("packaging/holdfast.service")).unwrap();
    let settings: Vec<(&str, &str)> =
        unit.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('=')).collect();
    let of = |name: &str| settings.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
    let mut words = of("ExecStart").unwrap().split(' ');
    assert_eq!(words.next(), Some("/usr/local/bin/holdfast"));
    let done = Command::new(env!("CARGO_BIN_EXE_holdfast"))
        .args(words.chain(["--print-config"]))
        .env_clear()
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let printed: toml::Table = String::from_utf8(done.stdout).unwrap().parse().unwrap();
    // Beyond this machine with tokens and TLS, or the start is refused.
    assert_eq!(printed["listen"].as_str(), Some("0.0.0.0:7411"));
    assert!(printed["access"].get("tokens").is_some() && printed["tls"].get("key").is_some());
    assert!(printed["data"].as_str().unwrap().starts_with("/var/lib/holdfast"));
    for (name, value) in [
        ("User", "holdfast"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("ProtectSystem", "strict"),
        ("StateDirectory", "holdfast"),
        ("UMask", "0077"),
        ("MemoryDenyWriteExecute", "yes"),
        ("LimitCORE", "0"),
        ("RestartPreventExitStatus", "2 3"),
        ("ExecReload", "/bin/kill -HUP $MAINPID"),
    ] {
        assert_eq!(of(name), Some(value), "{name}");
    }
}
