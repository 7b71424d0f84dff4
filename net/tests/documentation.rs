//! docs/protocol.md is what users rely on: every code that a reply can carry and every command stands in it.

use holdfast_engine::CATALOGUE;

const PROTOCOL: &str = include_str!("../../docs/protocol.md");

#[test]
fn every_code_of_a_reply_is_in_the_table() {
    for entry in CATALOGUE {
        let Some(kind) = entry.kind else { continue };
        let row = format!("| `{}` | `{}` |", entry.code, kind.word());
        assert!(PROTOCOL.contains(&row), "docs/protocol.md has no row {row}");
    }
}

#[test]
fn no_code_stands_in_it_that_no_reply_carries() {
    let rows = PROTOCOL.lines().filter_map(|line| line.strip_prefix("| `HF-"));
    for row in rows {
        let code = format!("HF-{}", row.split('`').next().unwrap_or_default());
        let known = CATALOGUE.iter().any(|entry| entry.code.text() == code && entry.kind.is_some());
        assert!(known, "docs/protocol.md has {code}, which is no code of a reply");
    }
}
