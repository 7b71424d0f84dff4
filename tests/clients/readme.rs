//! The programs of README.md, which are the first that a user sees: taken from the page and run, the one in Python and the
//! one in Node, with every version of their libraries that is tried, and with RESP2 and RESP3.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::scripts::{OLD_VENV, VENV, here, node_modules, python};
use crate::support::{Server, TempDir, told};

const TEST: &str = "the_programs_of_the_readme";
const FROM_PYTHON: &str = "2 ['A-1-1', 'A-1-2']\nTAKEN HF-BIZ-001 A-1-2 held\nSUCCESS\n['A-1-1', 'A-1-2']\n";
const FROM_NODE: &str = "2 A-2-7 A-2-8\nTAKEN HF-BIZ-001 A-2-8 held\nSUCCESS\n";

/// The only program of a page in this language.
fn program(page: &str, language: &str) -> String {
    let text = fs::read_to_string(here(page)).unwrap();
    let begins = format!("```{language}\n");
    let mut parts = text.split(&begins).skip(1);
    let program = parts.next().unwrap().split("```").next().unwrap().to_owned();
    assert!(parts.next().is_none(), "{page} has several programs in {language}");
    program
}

/// With `other` in the place of `part`, which is there once.
fn with(program: &str, part: &str, other: &str) -> String {
    assert_eq!(program.matches(part).count(), 1, "{part} in {program}");
    program.replace(part, other)
}

#[test]
fn the_programs_of_the_readme() {
    let (first, second) = (program("README.md", "python"), program("README.md", "js"));
    let modules = node_modules(TEST);
    let node = [
        ("ioredis", ""),
        ("ioredis", ", { protocol: 2 }"),
        ("ioredis", r#", { protocol: 3, replyMapping: "resp3" }"#),
        ("ioredis-5", ""),
    ];
    let runs = [(VENV, ""), (VENV, "?protocol=2"), (VENV, "?protocol=3"), (OLD_VENV, "")];
    for ((venv, options), (library, more)) in runs.into_iter().zip(node) {
        let directory = TempDir::new();
        let server = Server::start(&directory.join("data"));
        let Some(python) = python(TEST, venv) else { continue };
        let url = format!("redis://{}{options}", server.address);
        let program = with(&first, "redis://127.0.0.1:7411", &url);
        let (code, out, err) = told(&Command::new(python).args(["-c", &program]).output().unwrap());
        assert_eq!((code, out.as_str()), (0, FROM_PYTHON), "{venv}, {url}: {err}");

        let Some(modules) = modules.as_ref().filter(|modules| modules.join(library).is_dir()) else {
            continue;
        };
        symlink(modules, directory.join("node_modules")).unwrap();
        let program = with(
            &second,
            "(7411, \"127.0.0.1\")",
            &format!("({}, \"127.0.0.1\"{more})", server.address.port()),
        );
        let script = directory.join("sale.mjs");
        fs::write(&script, with(&program, "from \"ioredis\"", &format!("from \"{library}\""))).unwrap();
        let (code, out, err) = told(&Command::new("node").arg(&script).output().unwrap());
        assert_eq!((code, out.as_str()), (0, FROM_NODE), "{library}{more}: {err}");
    }
}
