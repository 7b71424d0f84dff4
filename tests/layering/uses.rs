//! Which modules of a crate use which, read off their sources.
//!
//! A module is a file. What it uses are the paths that begin with `crate`, `self` or `super`, in `use` declarations and
//! in the code; each is followed as far as there are files. A path from a parent to its child, or back, counts for
//! nothing: a room and its parts are one thing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module by the names on the way to it; the crate itself has none.
type Module = Vec<String>;

/// Every edge from a module to another one that is neither its parent nor its child.
pub(crate) fn of_crate(sources: &Path) -> BTreeSet<(Module, Module)> {
    let mut files = BTreeMap::new();
    collect(sources, &mut Vec::new(), &mut files);
    assert!(files.len() > 3, "no modules in {}", sources.display());
    let mut edges = BTreeSet::new();
    for (module, text) in &files {
        for path in paths(text) {
            if let Some(used) = resolved(module, &path, &files)
                && !used.starts_with(module)
                && !module.starts_with(&used)
            {
                edges.insert((module.clone(), used));
            }
        }
    }
    edges
}

fn collect(directory: &Path, inside: &mut Module, files: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // Tests may know more than what they test, in rooms of their own as well.
        if matches!(name.as_str(), "tests" | "model") {
            continue;
        }
        if path.is_dir() {
            inside.push(name);
            collect(&path, inside, files);
            inside.pop();
        } else {
            let is_itself = matches!(name.as_str(), "mod" | "lib" | "main");
            let module = inside.iter().cloned().chain((!is_itself).then_some(name)).collect();
            files.insert(module, code(&fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Without comments, and without the tests at the end.
fn code(text: &str) -> String {
    let end = text.find("\n#[cfg(test)]\nmod ").or_else(|| text.find("\n#[cfg(all(test"));
    let lines = text[..end.unwrap_or(text.len())].lines();
    lines.map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Every path of the code, with trees of `use` taken apart.
fn paths(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = ["crate::", "self::", "super::"].iter().filter_map(|word| rest.find(word)).min() {
        let starts = rest[..at].chars().next_back().is_none_or(|before| !is_word(before) && before != ':');
        rest = &rest[at..];
        let length = branches(rest, &[], &mut if starts { Some(&mut found) } else { None });
        rest = &rest[length.max(1)..];
    }
    found
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Reads a path or a tree of them and gives its length.
fn branches(text: &str, before: &[String], found: &mut Option<&mut Vec<Vec<String>>>) -> usize {
    let mut path = before.to_vec();
    let mut at = 0;
    loop {
        let word: String = text[at..].chars().take_while(|&letter| is_word(letter)).collect();
        at += word.len();
        if !word.is_empty() {
            path.push(word);
        }
        if text[at..].starts_with("::{") {
            at += 3;
            while !text[at..].starts_with('}') {
                let space = text[at..].len() - text[at..].trim_start_matches([',', ' ', '\n']).len();
                at += space;
                let length = branches(&text[at..], &path, found);
                at += length;
                assert!(
                    space + length > 0 || text[at..].starts_with('}'),
                    "a tree that cannot be read: {text:.80}"
                );
            }
            return at + 1;
        }
        if !text[at..].starts_with("::") {
            break;
        }
        at += 2;
    }
    // `name as other`, `*`, `<Type>`: what follows is no part of the module's path.
    let tail = text[at..].find([',', '}', ';', '\n', '(', ')']).unwrap_or(0);
    if text[at..].starts_with(" as ") || text[at..].starts_with('*') {
        at += tail;
    }
    if let Some(found) = found {
        found.push(path);
    }
    at
}

/// Every edge from a file to another one, with what a room re-exports followed to the file that it is from: so a file that
/// takes something from the front of its room, or of the room around it, uses the file where that stands.
pub(crate) fn of_files(sources: &Path) -> BTreeSet<(Module, Module)> {
    let mut files = BTreeMap::new();
    collect(sources, &mut Vec::new(), &mut files);
    let exports: BTreeMap<&Module, Vec<Vec<String>>> =
        files.iter().map(|(module, text)| (module, exports(text))).collect();
    let is_room =
        |module: &Module| files.keys().any(|other| other.len() > module.len() && other.starts_with(module));
    let mut edges = BTreeSet::new();
    for (module, text) in files.iter().filter(|(module, _)| !is_room(module)) {
        for path in paths(text) {
            let Some(used) = source(module, &path, &files, &exports) else { continue };
            if used != *module && !is_room(&used) {
                edges.insert((module.clone(), used));
            }
        }
    }
    edges
}

/// The paths of the `use` declarations that begin with the name of a module beside or below.
fn exports(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let outside = ["crate::", "super::", "self::"];
    for (at, _) in text.match_indices("use ") {
        let path = &text[at + 4..];
        if text[..at].chars().next_back().is_none_or(char::is_whitespace)
            && !outside.iter().any(|word| path.starts_with(word))
        {
            branches(path, &[], &mut Some(&mut found));
        }
    }
    found
}

/// The file that a path leads to, through re-exports.
fn source(
    module: &Module,
    path: &[String],
    files: &BTreeMap<Module, String>,
    exports: &BTreeMap<&Module, Vec<Vec<String>>>,
) -> Option<Module> {
    let mut at: Module = if path.first()? == "crate" { Module::new() } else { module.clone() };
    for (place, word) in path.iter().enumerate() {
        match word.as_str() {
            "crate" | "self" => continue,
            "super" => {
                at.pop();
                continue;
            }
            _ => {}
        }
        let child: Module = at.iter().cloned().chain([word.clone()]).collect();
        if files.contains_key(&child) {
            at = child;
            continue;
        }
        let export = exports.get(&at)?.iter().find(|export| export.last() == Some(word) && export.len() > 1);
        if let Some(export) = export.filter(|_| place > 0) {
            return source(&at, export, files, exports);
        }
        break;
    }
    files.contains_key(&at).then_some(at)
}

/// The module that a path of this one leads to.
fn resolved(module: &Module, path: &[String], files: &BTreeMap<Module, String>) -> Option<Module> {
    let mut used: Module = if path.first()? == "crate" { Module::new() } else { module.clone() };
    for word in path {
        match word.as_str() {
            "crate" | "self" => {}
            "super" => {
                used.pop();
            }
            _ => {
                used.push(word.clone());
                if !files.contains_key(&used) {
                    used.pop();
                    break;
                }
            }
        }
    }
    (used != *module && !used.is_empty()).then_some(used)
}

/// Circles among the children of any one module, each with an edge that closes it. What a child's parts use, it uses.
pub(crate) fn circles(edges: &BTreeSet<(Module, Module)>) -> Vec<String> {
    let mut siblings: BTreeMap<&[String], BTreeSet<(&str, &str)>> = BTreeMap::new();
    for (from, to) in edges {
        let common = from.iter().zip(to).take_while(|(one, other)| one == other).count();
        siblings.entry(&from[..common]).or_default().insert((&from[common], &to[common]));
    }
    let mut found = Vec::new();
    for (parent, edges) in siblings {
        for &(from, to) in &edges {
            if reaches(to, from, &edges) {
                found.push(format!("{}: {from} uses {to}, which leads back to it", parent.join("::")));
            }
        }
    }
    found
}

fn reaches(from: &str, to: &str, edges: &BTreeSet<(&str, &str)>) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        if seen.insert(at) {
            open.extend(edges.iter().filter(|(one, _)| *one == at).map(|(_, other)| *other));
        }
    }
    false
}

/// Files that lead back to themselves.
pub(crate) fn loops(edges: &BTreeSet<(Module, Module)>) -> Vec<String> {
    let names: BTreeSet<(String, String)> =
        edges.iter().map(|(from, to)| (from.join("/"), to.join("/"))).collect();
    let names: BTreeSet<(&str, &str)> = names.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    let closing = names.iter().filter(|(from, to)| reaches(to, from, &names));
    closing.map(|(from, to)| format!("{from} uses {to}, which leads back to it")).collect()
}

#[test]
fn circles_are_found() {
    let text = "use crate::a::{self, b::{C, d}, e as f};\nfn g() { super::h::i(); my::crate::no(); }";
    let told: Vec<String> = paths(text).iter().map(|path| path.join("::")).collect();
    assert_eq!(told, ["crate::a::self", "crate::a::b::C", "crate::a::b::d", "crate::a::e", "super::h::i"]);
    let module = |text: &str| text.split("::").map(str::to_owned).collect::<Module>();
    let edge = |from, to| (module(from), module(to));
    let straight = BTreeSet::from([edge("a::b", "a::c"), edge("a::c::x", "d"), edge("a", "d")]);
    assert_eq!(circles(&straight), [""; 0]);
    let closed = straight.into_iter().chain([edge("d", "e::y"), edge("e::z", "a::b")]).collect();
    assert_eq!(circles(&closed).len(), 3);
}
