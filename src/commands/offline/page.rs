//! The standing of an event as a page to print: what is free, who has what, and lines to write on.

use std::fmt::Write as _;

use super::standing::Standing;
use super::tables::{places, status_of};
use super::words::{self, Words};
use crate::commands::data::utc;
use crate::flags::Language;

/// Lines to write on.
const LINES: u32 = 40;
const STATUSES: [&str; 4] = ["free", "held", "sold", "blocked"];
const STYLE: &str = "body{font:11pt sans-serif;margin:1cm}h1{font-size:16pt}h2{font-size:13pt;break-after:avoid}\
table{border-collapse:collapse;width:100%;margin-bottom:1em}th,td{border:1px solid #000;padding:2pt 4pt;text-align:left;\
vertical-align:top}td.n{text-align:right}tr{break-inside:avoid}.form td{height:7mm}.seat{display:inline-block;border:1px solid #000;\
padding:0 3pt;margin:1pt}";

/// The page, whole in itself.
// Writing to a String cannot fail.
pub(super) fn page(standing: &Standing, language: Language) -> String {
    let (words, lang) = (words::of(language), if language == Language::Ko { "ko" } else { "en" });
    let event = escaped(&standing.event);
    let mut out = format!(
        "<!doctype html><html lang=\"{lang}\"><meta charset=\"utf-8\"><title>{event}: {}</title><style>{STYLE}</style>\n\
         <h1>{event}: {}</h1><p>{}, {}, version {}</p><p>{}</p>\n",
        words.title,
        words.title,
        utc(standing.at),
        escaped(&standing.status),
        standing.version,
        words.rule
    );
    if !standing.is_at_one_version {
        let _ = writeln!(out, "<p><b>{}</b></p>", words.moved);
    }
    sums(standing, words, &mut out);
    free(standing, words, &mut out);
    orders(standing, words, &mut out);
    let _ = writeln!(
        out,
        "<h2>{}</h2><table class=\"form\"><tr><th>seats<th>time<th>amount<th>who</tr>{}</table></html>",
        words.form,
        "<tr><td><td><td><td></tr>".repeat(LINES as usize)
    );
    out
}

/// How many seats and places there are of each status, section by section.
fn sums(standing: &Standing, words: &Words, out: &mut String) {
    let head: String = words.statuses.iter().map(|status| format!("<th>{status}")).collect();
    let _ = write!(out, "<table><tr><th>{}{head}</tr>", words.section);
    let mut row = |name: &str, counts: [u64; 4]| {
        let cells: String = counts.iter().map(|count| format!("<td class=\"n\">{count}")).collect();
        let _ = write!(out, "<tr><td>{}{cells}</tr>", escaped(name));
    };
    for section in standing.layout.sections() {
        let seats = standing.layout.seats_of(section).flatten();
        let statuses: Vec<_> = seats.filter_map(|seat| standing.seats.get(seat as usize)).collect();
        let count = |of: &str| statuses.iter().filter(|status| status_of(***status) == of).count() as u64;
        row(&section.name.to_string(), STATUSES.map(count));
    }
    for area in standing.areas.iter().filter(|area| area.capacity > 0) {
        row(&area.name, [area.free, area.held, area.sold, area.blocked]);
    }
    out.push_str("</table>\n");
}

/// The free seats, row by row.
fn free(standing: &Standing, words: &Words, out: &mut String) {
    let _ = write!(
        out,
        "<h2>{}</h2><table><tr><th>{}<th>{}<th>{}</tr>",
        words.free_seats, words.section, words.row, words.seats
    );
    let layout = &standing.layout;
    for row in layout.rows() {
        let is_free = |seat: &u32| standing.seats.get(*seat as usize) == Some(&'.');
        let seats: String = row
            .ordinals()
            .filter(is_free)
            .map(|seat| format!("<span class=\"seat\">{}</span> ", escaped(&layout.label(seat))))
            .collect();
        if !seats.is_empty() {
            let section = &layout.sections()[usize::from(row.section)].name;
            let _ = write!(
                out,
                "<tr><td>{}<td>{}<td>{seats}</tr>",
                escaped(&section.to_string()),
                escaped(&row.name.to_string())
            );
        }
    }
    out.push_str("</table>\n");
}

fn orders(standing: &Standing, words: &Words, out: &mut String) {
    let _ = write!(
        out,
        "<h2>{}</h2><table><tr><th>{}<th>{}<th>{}<th>{}</tr>",
        words.orders, words.order, words.holder, words.seats, words.note
    );
    for taken in &standing.orders {
        let mut seats = taken.seats.clone();
        seats.extend(Some(places(taken)).filter(|places| !places.is_empty()));
        let cells = [&taken.name, &taken.holder, &seats.join(", "), &taken.note]
            .map(|cell| format!("<td>{}", escaped(cell)));
        let _ = write!(out, "<tr>{}</tr>", cells.concat());
    }
    out.push_str("</table>\n");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
