//! The table of settings and the documentation say the same.

use super::table::rows;

#[test]
fn the_documentation_has_every_setting_with_its_default_and_its_range() {
    let page = include_str!("../../docs/operations.md");
    let told: Vec<[&str; 3]> = page
        .lines()
        .skip_while(|line| *line != "| name | default | range | what it does |")
        .skip(2)
        .map_while(|line| {
            let cells: Vec<&str> = line.strip_prefix("| ")?.split(" | ").collect();
            Some([cells[0], cells[1], cells[2]])
        })
        .collect();
    let made: Vec<_> = rows()
        .into_iter()
        .map(|row| [format!("`{}`", row.name), format!("`{}`", row.default), row.range])
        .collect();
    assert_eq!(told, made);
}
