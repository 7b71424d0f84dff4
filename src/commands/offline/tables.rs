//! The standing of an event as tables that any program for tables opens.

use super::standing::{Standing, Taken};
use crate::commands::data::utc;

/// Programs for tables take a text with this in front for UTF-8.
pub(super) const MARK: &str = "\u{feff}";

/// Every seat with its status and who has it, then the areas.
pub(super) fn seats(standing: &Standing) -> String {
    let layout = &standing.layout;
    let header = ["section", "row", "seat", "category", "status", "owner", "holder", "note"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (seat, status) in (0..layout.seats()).zip(&standing.seats) {
        let row = layout.row_of(seat);
        let section = &layout.sections()[usize::from(row.section)];
        let category = &layout.categories()[usize::from(layout.category_of(seat))];
        let (owner, holder, note) = standing.owner(seat).map_or_else(Default::default, |taken: &Taken| {
            (taken.name.clone(), taken.holder.clone(), taken.note.clone())
        });
        let word = status_of(*status).to_owned();
        rows.push(vec![
            section.name.to_string(),
            row.name.to_string(),
            layout.label(seat),
            category.to_string(),
            word,
            owner,
            holder,
            note,
        ]);
    }
    for area in &standing.areas {
        let sums =
            format!("{} free, {} held, {} sold, {} blocked", area.free, area.held, area.sold, area.blocked);
        let empty = String::new;
        rows.push(vec![
            area.name.clone(),
            empty(),
            empty(),
            area.category.clone(),
            sums,
            empty(),
            empty(),
            empty(),
        ]);
    }
    table(&rows)
}

/// Every order, by its name.
pub(super) fn orders(standing: &Standing) -> String {
    let header = ["order", "holder", "seats", "places", "sold at", "note"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(standing.orders.iter().map(|taken| {
        vec![
            taken.name.clone(),
            taken.holder.clone(),
            taken.seats.join("; "),
            places(taken),
            taken.at.map(utc).unwrap_or_default(),
            taken.note.clone(),
        ]
    }));
    table(&rows)
}

pub(super) fn places(taken: &Taken) -> String {
    taken.places.iter().map(|(area, count)| format!("{area}*{count}")).collect::<Vec<_>>().join("; ")
}

/// The word for a character of `MAP`.
pub(super) const fn status_of(status: char) -> &'static str {
    match status {
        '.' => "free",
        'h' | 'p' => "held",
        's' => "sold",
        'x' => "blocked",
        _ => "removed",
    }
}

fn table(rows: &[Vec<String>]) -> String {
    let lines = rows.iter().map(|cells| cells.iter().map(|cell| written(cell)).collect::<Vec<_>>().join(","));
    MARK.to_owned() + &lines.map(|line| line + "\r\n").collect::<String>()
}

/// A cell as RFC 4180 has it. One that a program for tables would compute is a text.
fn written(cell: &str) -> String {
    let guard = if cell.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    if guard.is_empty() && !cell.contains([',', '"', '\n', '\r']) {
        return cell.to_owned();
    }
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_texts_whatever_is_in_them() {
        for (cell, expected) in [
            ("A-1-1", "A-1-1"),
            ("a,b", "\"a,b\""),
            ("say \"so\"", "\"say \"\"so\"\"\""),
            ("=HYPERLINK(1)", "\"'=HYPERLINK(1)\""),
            ("@x", "\"'@x\""),
        ] {
            assert_eq!(written(cell), expected);
        }
        assert_eq!(table(&[vec!["a".to_owned(), "가".to_owned()]]), "\u{feff}a,가\r\n");
    }
}
