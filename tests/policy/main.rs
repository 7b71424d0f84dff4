//! `holdfast policy`, the pages made by it, and the commands of the runbooks, sent to a real server. That each link of a policy
//! leads to something is looked at beside the code (`src/commands/policy/tests`), where the parsers are.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;

use support::{HALL, Server, TempDir, run, told, wire};

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs");

#[test]
fn the_pages_are_made_from_the_data() {
    let directory = TempDir::new();
    let to = directory.path().to_str().unwrap();
    let (code, out, err) = told(&run(["policy", "render", "--to", to]));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    for name in ["policies.md", "ko/policies.md"] {
        assert!(out.contains(name), "{out}");
        let made = fs::read_to_string(directory.path().join(name)).unwrap();
        let there = fs::read_to_string(Path::new(DOCS).join(name)).unwrap_or_default();
        assert!(made == there, "docs/{name} is not what holdfast policy render makes: run it");
    }
}

#[test]
fn policies_are_found_by_what_they_are_about() {
    let (code, all, _) = told(&run(["policy", "list"]));
    let (_, of_money, _) = told(&run(["policy", "list", "--surface", "3"]));
    assert!(code == 0 && all.lines().count() >= 24, "{all}");
    assert!(of_money.lines().count() >= 2 && of_money.lines().count() < all.lines().count(), "{of_money}");
    for word in ["P-05", "p-05", "I-MONEY", "hf-biz-046", "HoldfastRefundOverdue", "holdfast_refunds_due"] {
        let (code, out, err) = told(&run(["policy", "show", word]));
        assert_eq!((code, err.as_str()), (0, ""), "{word}");
        assert!(out.contains("### P-05 Money that comes has a seat"), "{word}: {out}");
        assert!(out.contains("runbooks/refunds.md"), "{word}: {out}");
    }
    let (_, korean, _) = told(&run(["policy", "show", "P-05", "--lang", "ko"]));
    assert!(korean.contains("들어온 돈에는 좌석이나 환불 목록의 항목이 있습니다"), "{korean}");
    let (code, out, err) = told(&run(["policy", "show", "HF-BIZ-999"]));
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("HF-INP-051") && err.contains("holdfast policy list"), "{err}");
    assert_eq!(told(&run(["policy", "list", "--surface", "13"])).0, 2);
}

/// The commands that a page tells to send, with quotes as a shell reads them.
fn commands(page: &str) -> Vec<Vec<String>> {
    let steps = page.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit()));
    let spans = steps.flat_map(|step| step.split('`').skip(1).step_by(2).collect::<Vec<_>>());
    spans.filter_map(|span| span.strip_prefix("redis-cli -p 7411 ")).map(words).collect()
}

fn words(line: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    for one in line.chars() {
        match quote {
            Some(end) if one == end => quote = None,
            None if one == '"' || one == '\'' => quote = Some(one),
            None if one == ' ' => words.push(String::new()),
            _ => words.last_mut().unwrap().push(one),
        }
    }
    words
}

/// What the form of a command is refused with: such a line could never be carried out.
const MALFORMED: [&str; 9] = [
    "HF-INP-001",
    "HF-INP-002",
    "HF-INP-003",
    "HF-INP-004",
    "HF-INP-005",
    "HF-INP-006",
    "HF-INP-007",
    "HF-INP-015",
    "HF-BAT-014",
];

/// Jobs that only a node of a cluster has.
const OF_NODES: [&str; 1] = ["scrub-log"];

#[test]
fn commands_of_the_runbooks_are_commands_that_a_server_takes() {
    let (data, backups) = (TempDir::new(), TempDir::new());
    let beside = backups.path().to_str().unwrap();
    let server = Server::with(data.path(), &["--backup-to", beside, "--reconcile-files", beside]);
    let mut client = server.client();
    // The pages say EVENT for the name of an event, and so on: words that are names as well.
    client.create("EVENT", HALL);
    let mut sent = 0;
    for path in fs::read_dir(Path::new(DOCS).join("runbooks")).unwrap().map(|entry| entry.unwrap().path()) {
        let page = fs::read_to_string(&path).unwrap();
        for mut command in commands(&page) {
            sent += 1;
            for word in &mut command {
                match word.as_str() {
                    "KEY" => *word = format!("key-{sent}"),
                    "EXECUTION" => *word = "backup-1".to_owned(),
                    "LETTER" | "NUMBER" => *word = "1".to_owned(),
                    _ => {}
                }
            }
            client.send(wire(&command));
            let reply = String::from_utf8_lossy(&client.raw()).into_owned();
            let is_of_nodes = OF_NODES.iter().any(|job| reply.contains(&format!("there is no job {job}:")));
            let is_refused = reply.starts_with('-') && !is_of_nodes;
            let is_malformed = is_refused && MALFORMED.iter().any(|code| reply.contains(code));
            assert!(!is_malformed, "{}: {command:?}: {reply}", path.display());
        }
    }
    assert!(sent >= 40, "{sent}");
    client.send(wire(&["JOB", "RUN", "backup", "key"]));
    let refused = String::from_utf8_lossy(&client.raw()).into_owned();
    assert!(refused.contains("HF-INP-001"), "a line that is cut off is found: {refused}");
}
