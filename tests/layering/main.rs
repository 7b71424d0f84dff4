//! What may use what, read from the manifests and the sources, so that a wrong edge fails here and not in a review.
//!
//! Checked: the edges between the crates; that the modules of a crate, and the files of the core, use each other
//! without circles; that the cores of the engine (`engine/src/state`, `engine/src/system`) are pure: no clock, no
//! disk, no network, no threads, no randomness, and no iteration over hash maps, whose order differs from run to run;
//! that the libraries touch files in one place; that no library code ends the process by an unwrap or is unfinished;
//! and that no file and no folder grows past what a person can take in at once. `documents` looks at the pages for people.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

mod documents;
mod uses;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const LINES_MAX: usize = 800;
/// A dozen files are seen at a glance; more want rooms.
const LOOSE_MAX: usize = 12;
/// What the server is made of.
const LIBRARIES: [&str; 13] = [
    "admin",
    "audit",
    "backup",
    "engine",
    "figures",
    "jetstream",
    "net",
    "notify",
    "otlp",
    "reconcile",
    "replica",
    "snapshots",
    "wal",
];
/// What is beside it.
const TOOLS: [&str; 4] = ["chaos", "load", "testkit", "testkit/oracle"];

/// The pure cores of the engine: that of a sale, and that of the process.
const CORES: [&str; 2] = ["state", "system"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(below: &str) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![root().join(below)]);
    while let Some(directory) = open.pop() {
        let Ok(entries) = fs::read_dir(&directory) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["target", "node_modules"].contains(&name.as_str()) && !name.starts_with('.') {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no sources below {below}");
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// A file of tests: in `tests/`, or `tests.rs` or a model beside what it tests.
fn is_test(path: &Path) -> bool {
    let shown = shown(path);
    shown.contains("/tests/")
        || shown.ends_with("/tests.rs")
        || shown.starts_with("tests/")
        || shown.ends_with("/model.rs")
}

/// The lines of code, with their numbers: no comments, and nothing behind the `#[cfg(test)]` of a test module.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let end = (0..lines.len()).find(|&at| {
        let attribute = lines[at].starts_with("#[cfg(") && lines[at].contains("test");
        attribute && lines.get(at + 1).is_some_and(|next| next.starts_with("mod ") && next.ends_with('{'))
    });
    let code = lines[..end.unwrap_or(lines.len())].iter().enumerate();
    let code = code.filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.map(|(at, line)| (at + 1, (*line).to_owned())).collect()
}

/// No line of these files has any of these words.
fn banned(files: &[PathBuf], words: &[&str], why: &str) {
    let mut found = Vec::new();
    for path in files {
        for (number, line) in code(path) {
            let hit = words.iter().find(|word| line.contains(**word));
            found.extend(hit.map(|word| format!("{}:{number}: {word}: {}", shown(path), line.trim())));
        }
    }
    assert!(found.is_empty(), "{why}:\n{}", found.join("\n"));
}

fn manifest(name: &str) -> toml::Table {
    fs::read_to_string(root().join(name)).unwrap().parse().unwrap()
}

#[test]
fn crates_name_only_those_below_them() {
    let allowed: [(&str, &[&str]); 18] = [
        (
            ".",
            &[
                "admin",
                "audit",
                "backup",
                "chaos",
                "engine",
                "figures",
                "jetstream",
                "load",
                "net",
                "notify",
                "otlp",
                "reconcile",
                "replica",
                "snapshots",
                "wal",
            ],
        ),
        ("reconcile", &["engine"]),
        ("notify", &["engine"]),
        ("otlp", &["net"]),
        ("load", &[]),
        ("chaos", &["load"]),
        ("testkit", &["replica", "wal"]),
        ("testkit/oracle", &["engine"]),
        ("admin", &["engine", "figures", "net"]),
        ("audit", &["wal"]),
        ("backup", &["audit", "engine", "snapshots", "wal"]),
        ("net", &["engine", "figures"]),
        ("figures", &[]),
        ("jetstream", &["replica"]),
        ("engine", &["audit", "replica", "snapshots", "wal"]),
        ("replica", &["wal"]),
        ("snapshots", &["wal"]),
        ("wal", &[]),
    ];
    for (member, expected) in allowed {
        let manifest = manifest(&format!("{member}/Cargo.toml"));
        let named: BTreeSet<String> = manifest["dependencies"]
            .as_table()
            .unwrap()
            .keys()
            .filter_map(|name| name.strip_prefix("holdfast-").map(str::to_owned))
            .collect();
        let expected: BTreeSet<String> = expected.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(named, expected, "{member}/Cargo.toml");
        let names_nats = manifest["dependencies"].get("async-nats").is_some();
        assert_eq!(names_nats, member == "jetstream", "{member}: one crate knows whose log it is");
    }
    let root = manifest("Cargo.toml");
    let members: BTreeSet<_> =
        root["workspace"]["members"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let known: BTreeSet<_> = LIBRARIES.into_iter().chain(TOOLS).collect();
    assert_eq!(members, known, "a new crate needs its place above");
    for member in known {
        let lints = manifest(&format!("{member}/Cargo.toml"));
        assert_eq!(lints["lints"]["workspace"].as_bool(), Some(true), "{member} has the workspace's lints");
    }
}

#[test]
fn the_core_is_pure() {
    let core = CORES.iter().flat_map(|core| sources(&format!("engine/src/{core}")));
    let core: Vec<_> = core.filter(|path| !is_test(path)).collect();
    let outside = [
        "std::fs",
        "std::io",
        "std::net",
        "std::time",
        "std::thread",
        "std::env",
        "std::process",
        "std::sync::mpsc",
        "tokio",
        "actix",
        "holdfast_wal",
        "holdfast_snapshots",
        "getrandom",
        "rand::",
        "RandomState",
        "Instant",
        "SystemTime",
        "std::collections::HashMap",
        "std::collections::HashSet",
        "collections::{HashMap",
        "println!",
        "tracing::",
    ];
    banned(&core, &outside, "the core takes values and gives values");
    let mut breaker = sources("engine/src/breaker");
    breaker.retain(|path| !is_test(path));
    banned(&breaker, &outside, "what is known of providers comes from records alone");
    let one = "engine/src/state/tables/prefetch.rs";
    let others: Vec<_> = core.iter().filter(|path| shown(path) != one).cloned().collect();
    assert!(others.len() < core.len(), "{one} has moved");
    banned(&others, &["unsafe"], "a hint to the processor is all that the core has of it");
    // The same input must give the same bytes on every machine and in every replay.
    let maps = ["by_id", "by_name", "by_prefix", "places", "index"];
    let walks =
        [".iter()", ".iter_mut()", ".values()", ".values_mut()", ".keys()", ".drain()", ".into_iter()"];
    for path in &core {
        let text: String = code(path).into_iter().map(|(_, line)| line + "\n").collect();
        let is_hash_map = |field: &str| {
            text.lines().any(|line| {
                let line = line.trim_start().trim_start_matches("pub(super) ").trim_start_matches("pub ");
                line.starts_with(&format!("{field}: "))
                    && (line.contains("HashMap<") || line.contains("HashTable<"))
            })
        };
        for field in maps.into_iter().filter(|field| is_hash_map(field)) {
            for walk in walks {
                let used = format!("self.{field}{walk}");
                assert!(!text.contains(&used), "{}: {used} has no order that can be relied on", shown(path));
            }
            assert!(!text.contains(&format!("in &self.{field} ")), "{}: for ... in &{field}", shown(path));
        }
    }
}

/// The core of replication is told the time and what the log says, and says what to do.
#[test]
fn replication_is_pure() {
    let mut core = sources("replica/src");
    core.retain(|path| !is_test(path));
    let outside = [
        "std::fs",
        "std::io",
        "std::net",
        "std::time",
        "std::thread",
        "std::sync::mpsc",
        "tokio",
        "async_nats",
        "getrandom",
        "rand::",
        "Instant",
        "SystemTime",
        "HashMap",
        "HashSet",
        "println!",
        "tracing::",
    ];
    banned(&core, &outside, "the same events give the same actions on every machine");
}

/// A core may name itself and the ground that every layer stands on, and not the other core.
#[test]
fn the_cores_stand_on_the_ground() {
    let ground = ["catalogue", "document", "fault", "limits", "mix", "numbers"];
    let mut edges = 0;
    for (from, to) in uses::of_crate(&root().join("engine/src")) {
        let Some(core) = CORES.into_iter().find(|core| from[0] == *core) else { continue };
        edges += usize::from(to[0] != core);
        let outside = to[0] != core && !ground.contains(&to[0].as_str());
        assert!(!outside, "engine/src/{}: {core} uses crate::{}", from.join("/"), to.join("::"));
    }
    assert!(edges > 20, "what the cores use is not read off any more: {edges}");
}

#[test]
fn modules_use_each_other_in_one_direction() {
    for sources in [
        "admin/src",
        "chaos/src",
        "engine/src",
        "figures/src",
        "jetstream/src",
        "load/src",
        "net/src",
        "notify/src",
        "reconcile/src",
        "replica/src",
        "snapshots/src",
        "testkit/oracle/src",
        "testkit/src",
        "wal/src",
        "src",
    ] {
        let circles = uses::circles(&uses::of_crate(&root().join(sources)));
        assert!(circles.is_empty(), "{sources}: modules that use each other in a circle: {circles:#?}");
    }
}

/// In the core it holds for files as well: the tables stand below the event, the event below the rules.
#[test]
fn files_of_the_core_use_each_other_in_one_direction() {
    let mut edges = uses::of_files(&root().join("engine/src"));
    edges.retain(|(from, to)| CORES.contains(&from[0].as_str()) && from[0] == to[0]);
    let file = |name: &str| name.split('/').map(str::to_owned).collect::<Vec<_>>();
    for (from, to) in [("state/holds/decide", "state/event"), ("state/event", "state/holds/table")] {
        assert!(edges.contains(&(file(from), file(to))), "{from} uses {to}: that is not read off any more");
    }
    let loops = uses::loops(&edges);
    assert!(loops.is_empty(), "files that use each other in a circle: {loops:#?}");
}

#[test]
fn files_are_touched_in_one_place() {
    let mut libraries: Vec<PathBuf> =
        LIBRARIES.iter().flat_map(|name| sources(&format!("{name}/src"))).collect();
    libraries.retain(|path| !is_test(path) && !shown(path).starts_with("wal/src/storage/disk"));
    banned(
        &libraries,
        &["std::fs", "fs::File", "tokio::fs", "OpenOptions"],
        "only wal/src/storage/disk has files",
    );
    for front in ["admin/src", "net/src"] {
        banned(&sources(front), &["holdfast_wal", "holdfast_snapshots"], "a front end knows of no disk");
    }
    let below: Vec<_> = sources("wal/src").into_iter().chain(sources("snapshots/src")).collect();
    banned(
        &below,
        &["tokio", "actix", "SystemTime", "holdfast_engine", "holdfast_net"],
        "storage knows bytes",
    );
    let engine: Vec<_> =
        sources("engine/src").into_iter().filter(|path| !shown(path).ends_with("clock.rs")).collect();
    banned(&engine, &["SystemTime::now"], "time comes from the clock");
}

#[test]
fn no_holes_and_no_unwraps() {
    let mut libraries: Vec<PathBuf> =
        LIBRARIES.iter().flat_map(|name| sources(&format!("{name}/src"))).collect();
    libraries.extend(["src", "load/src", "chaos/src"].into_iter().flat_map(sources));
    libraries.retain(|path| !is_test(path));
    let words = ["todo!", "unimplemented!", ".unwrap()", "dbg!(", "process::abort", "#[allow("];
    banned(&libraries, &words, "library code");
}

#[test]
fn no_file_is_too_long() {
    for path in sources(".") {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{}: {lines} lines", shown(&path));
        let opens = text.starts_with("//!") || path.ends_with("tests.rs");
        assert!(opens, "{} does not open with what it is for", shown(&path));
    }
}

/// What is not in Rust comes in small files as well, but for the tables that are made.
#[test]
fn no_script_is_too_long() {
    let (mut open, mut scripts) =
        (["admin", "clients", "docs", "examples", "tests"].map(|name| root().join(name)).to_vec(), 0);
    while let Some(directory) = open.pop() {
        for path in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.extend(Some(path).filter(|path| !path.ends_with("node_modules")));
            } else if path
                .extension()
                .is_some_and(|of| ["py", "js", "mjs", "ts"].iter().any(|name| of == *name))
            {
                let text = fs::read_to_string(&path).unwrap();
                let made = text.lines().next().is_some_and(|line| line.contains("Made by "));
                scripts += 1;
                assert!(made || text.lines().count() <= 500, "{} is too long", shown(&path));
            }
        }
    }
    assert!(scripts > 30, "{scripts} scripts were found");
}

/// Each folder at the top stands in the table of ARCHITECTURE.md, with what it may name.
#[test]
fn every_folder_has_its_place() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for path in fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with('.') && !["docs", "holdfast-data", "target"].contains(&name.as_str()) {
            let stands = page.contains(&format!("| `{name}/"));
            assert!(stands, "{name}/ has no row in the table of ARCHITECTURE.md");
        }
    }
}

#[test]
fn no_folder_is_too_full() {
    let mut folders: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for path in [
        "admin",
        "backup",
        "benches",
        "chaos",
        "engine",
        "jetstream",
        "load",
        "net",
        "notify",
        "otlp",
        "reconcile",
        "replica",
        "snapshots",
        "src",
        "testkit",
        "tests",
        "wal",
    ]
    .into_iter()
    .flat_map(sources)
    {
        *folders.entry(path.parent().unwrap().to_owned()).or_default() += 1;
    }
    for (folder, files) in folders {
        assert!(files <= LOOSE_MAX, "{}: {files} files without a room", shown(&folder));
    }
}

/// A function is read in one go, and so is a file with one job.
#[test]
fn product_code_comes_in_pieces_that_a_person_reads_in_one_go() {
    const FUNCTION_LINES_MAX: usize = 70;
    const PRODUCT_LINES_MAX: usize = 500;
    let product = [
        "admin/src",
        "engine/src",
        "jetstream/src",
        "load/src",
        "net/src",
        "notify/src",
        "otlp/src",
        "reconcile/src",
        "replica/src",
        "snapshots/src",
        "src",
        "wal/src",
    ];
    let mut functions = 0;
    for path in product.into_iter().flat_map(sources).filter(|path| !is_test(path)) {
        let code = code(&path);
        let length = code.last().map_or(0, |(number, _)| *number);
        assert!(length <= PRODUCT_LINES_MAX, "{}: {length} lines", shown(&path));
        for (at, (first, line)) in code.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let is_function = line.trim_start().split(' ').take(5).any(|word| word == "fn");
            if !is_function || line.ends_with(';') {
                continue;
            }
            let end = format!("{}}}", " ".repeat(indent));
            let Some((last, _)) = code[at..].iter().find(|(_, line)| *line == end) else { continue };
            functions += 1;
            let length = last - first + 1;
            assert!(length <= FUNCTION_LINES_MAX, "{}:{first}: a function of {length} lines", shown(&path));
        }
    }
    assert!(functions > 1_500, "{functions} functions were found");
}
