//! What users rely on: docs/protocol/errors.md has every code that a reply can carry, docs/feed.md every kind of change.

use holdfast_engine::{CATALOGUE, KINDS, TRACEPARENT};

const ERRORS: &str = include_str!("../../docs/protocol/errors.md");
const FEED: &str = include_str!("../../docs/feed.md");

#[test]
fn every_code_of_a_reply_is_in_the_table() {
    for entry in CATALOGUE {
        let Some(kind) = entry.kind else { continue };
        let row = format!("| `{}` | `{}` |", entry.code, kind.word());
        assert!(ERRORS.contains(&row), "docs/protocol/errors.md has no row {row}");
    }
}

#[test]
fn no_code_stands_in_it_that_no_reply_carries() {
    let rows = ERRORS.lines().filter_map(|line| line.strip_prefix("| `HF-"));
    for row in rows {
        let code = format!("HF-{}", row.split('`').next().unwrap_or_default());
        let known = CATALOGUE.iter().any(|entry| entry.code.text() == code && entry.kind.is_some());
        assert!(known, "docs/protocol/errors.md has {code}, which is no code of a reply");
    }
}

#[test]
fn every_kind_of_change_is_in_the_schema_with_its_fields() {
    let words =
        |fields: &[&str]| fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(" ");
    let four_cells = |line: &&str| line.starts_with("| `") && line.split('|').count() == 6;
    let rows: Vec<&str> = FEED.lines().filter(four_cells).collect();
    let squeezed = |row: &str| row.split_whitespace().collect::<Vec<_>>().join(" ");
    for kind in KINDS {
        let row = format!("| `{}` | {} | {} |", kind.kind, words(kind.always), words(kind.sometimes));
        let row = squeezed(&row);
        assert!(rows.iter().any(|line| squeezed(line).starts_with(&row)), "docs/feed.md has no row {row}");
    }
    let any = format!("\n`{TRACEPARENT}` stands in any change");
    assert!(FEED.contains(&any), "docs/feed.md does not say what may stand in every change");
    assert_eq!(rows.len(), KINDS.len(), "docs/feed.md has kinds that there are not: {rows:#?}");
}
