//! `clients/table.json`, of which both packages are made, says what the pages of the protocol say, which are held to the server
//! elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::support::packages::{Python, node};
use crate::support::scripts::here;
use crate::support::told;

fn read(name: &str) -> String {
    fs::read_to_string(here(name)).unwrap()
}

fn table() -> serde_json::Value {
    serde_json::from_str(&read("clients/table.json")).unwrap()
}

fn names<'a>(of: &'a serde_json::Value, part: &str) -> BTreeSet<&'a str> {
    of[part].as_object().unwrap().keys().map(String::as_str).collect()
}

/// The cells of the table below a heading of a page.
fn rows(page: &str, heading: &str) -> Vec<Vec<String>> {
    let section = page.split("\n## ").find(|text| text.split('\n').next() == Some(heading)).unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = |line: &str| line.replace("\\|", "/").split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.map(cells).collect()
}

#[test]
fn every_kind_and_every_command_is_in_the_table() {
    let (page, errors, table) = (read("docs/protocol.md"), read("docs/protocol/errors.md"), table());
    let codes = rows(&errors, "Codes").into_iter().filter(|row| row[1].starts_with("`HF-"));
    let kinds: BTreeSet<String> = codes.map(|row| row[2].replace('`', "")).collect();
    assert_eq!(names(&table, "kinds"), kinds.iter().map(String::as_str).collect());
    let mut commands = BTreeSet::new();
    for row in rows(&page, "All commands").iter().filter(|row| row[2] != "any") {
        let words = row[1].trim_matches('`').split(' ').take(2);
        let capitals = |word: &&str| word.chars().all(|letter| letter.is_ascii_uppercase());
        commands.insert(words.take_while(capitals).collect::<Vec<_>>().join(" "));
    }
    assert!(commands.len() > 40, "{commands:?}");
    assert_eq!(names(&table, "commands"), commands.iter().map(String::as_str).collect());
}

#[test]
fn the_packages_are_as_the_table_says() {
    let (code, out, err) =
        told(&Command::new("python3").arg(here("clients/generate.py")).arg("--check").output().unwrap());
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    let table = table();
    let classes = [
        ("clients/python/src/holdfast/errors.py", "class {}("),
        ("clients/node/src/errors.js", "export class {} extends"),
        ("clients/node/src/index.d.ts", "export class {} extends"),
    ]
    .map(|(file, line)| (line, read(file)));
    for (kind, of) in table["kinds"].as_object().unwrap() {
        let name = of[0].as_str().unwrap();
        assert_eq!(name.to_ascii_uppercase(), *kind);
        for (line, text) in &classes {
            assert!(text.contains(&line.replace("{}", name)), "a package has no class {name}");
        }
    }
}

/// The packages are published with the server, under its licence.
#[test]
fn the_packages_have_the_version_and_licence_of_the_server() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let package = &manifest["workspace"]["package"];
    let (version, licence) = (package["version"].as_str().unwrap(), package["license"].as_str().unwrap());
    let python: toml::Table = read("clients/python/pyproject.toml").parse().unwrap();
    let node: serde_json::Value = serde_json::from_str(&read("clients/node/package.json")).unwrap();
    let project = &python["project"];
    assert_eq!((project["version"].as_str(), project["license"].as_str()), (Some(version), Some(licence)));
    assert_eq!((node["version"].as_str(), node["license"].as_str()), (Some(version), Some(licence)));
}

/// Whoever gets a package gets the texts of its licences with it.
#[test]
fn the_licences_are_in_the_packages() {
    let test = "the_licences_are_in_the_packages";
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        let text = read(name);
        if let Some(programs) = node(test, "ioredis") {
            let packed = fs::read_to_string(programs.join(format!("node_modules/holdfast/{name}"))).unwrap();
            assert_eq!(packed, text, "{name} in the tarball");
        }
        if let Some(python) = Python::newest(test) {
            let program = format!(
                "from importlib.metadata import distribution as d; of = d('holdfast'); \
                 print(of.metadata['License-Expression'], of.metadata.get_all('License-File')); \
                 print(of.read_text('licenses/{name}'), end='')"
            );
            let (code, out, err) = told(&python.command().args(["-c", &program]).output().unwrap());
            assert_eq!((code, err.as_str()), (0, ""));
            let expected = format!("MIT OR Apache-2.0 ['LICENSE-APACHE', 'LICENSE-MIT']\n{text}");
            assert_eq!(out, expected, "{name} in the wheel");
        }
    }
}
