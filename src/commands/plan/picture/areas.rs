//! What is around the seats: the front, the standing areas, the legend.

use std::io::{self, Write};

use holdfast_engine::Layout;

use super::Drawn;
use super::places::{MARGIN, Places};
use super::svg::{self, text};

/// From one line of the legend to the next.
const LINE: i64 = 22;
/// A standing area, with what is around it.
const AREA: i64 = 64;
/// Between two areas, or two entries of the legend.
const BETWEEN: i64 = 24;
/// Categories that the legend names.
const CATEGORIES_MAX: usize = 100;

/// What stands below the seats: where each area, and each entry of the legend.
pub(super) struct Below {
    areas: Vec<(i64, i64)>,
    /// Categories, then marks.
    legend: Vec<(i64, i64)>,
    categories: Vec<String>,
    note: i64,
    /// Of the whole picture.
    pub(super) height: i64,
}

/// The marks of the legend: a class, and what it says.
const MARKS: [(&str, &str); 4] = [
    ("a", "accessible"),
    ("k", "kept for the companion of an accessible seat"),
    ("g", "sold whole"),
    ("", "a gap in a row is an aisle"),
];

/// Puts things of these widths one behind the other, in lines; returns where the next line would begin.
fn flow(widths: impl Iterator<Item = i64>, right: i64, top: i64, line: i64) -> (Vec<(i64, i64)>, i64) {
    let (mut x, mut y, mut places) = (MARGIN, top, Vec::new());
    for width in widths {
        if x > MARGIN && x + width > right {
            (x, y) = (MARGIN, y + line);
        }
        places.push((x, y));
        x += width + BETWEEN;
    }
    let bottom = if places.is_empty() { top } else { y + line };
    (places, bottom)
}

impl Below {
    pub(super) fn new(layout: &Layout, places: &Places) -> Self {
        let right = places.width - MARGIN;
        let areas = layout.areas().iter().map(area_width_of);
        let (areas, bottom) = flow(areas, right, places.bottom + LINE, AREA);
        let categories = legend(layout);
        let entries = categories.iter().map(String::as_str).chain(MARKS.map(|(_, told)| told));
        let (legend, note) = flow(entries.map(|told| svg::wide(told, 11) + LINE), right, bottom + LINE, LINE);
        Self { areas, legend, categories, note, height: note + 2 * LINE }
    }

    pub(super) fn draw(&self, out: &mut impl Write, layout: &Layout, drawn: Drawn) -> io::Result<()> {
        for (area, &(x, y)) in layout.areas().iter().zip(&self.areas) {
            let (width, height, category) = (area_width_of(area), AREA - LINE / 2, area.category);
            writeln!(
                out,
                r#"<rect class="c{category}" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>"#
            )?;
            text(out, "b", (x + 8, y + 20), area.name.as_str())?;
            text(out, "", (x + 8, y + 38), &format!("{} places", area.capacity))?;
        }
        let box_at = |out: &mut dyn Write, (x, y): (i64, i64), class: &str, fill: &str, radius: i64| {
            writeln!(
                out,
                r#"<rect class="{class}"{fill} x="{x}" y="{y}" width="14" height="14" rx="{radius}"/>"#
            )
        };
        for (at, (told, &(x, y))) in self.categories.iter().zip(&self.legend).enumerate() {
            if at < CATEGORIES_MAX {
                box_at(out, (x, y), &format!("c{at}"), "", 3)?;
            }
            text(out, "", (x + LINE, y + 11), told)?;
        }
        for ((class, told), &(x, y)) in MARKS.into_iter().zip(&self.legend[self.categories.len()..]) {
            if !class.is_empty() {
                box_at(out, (x, y), class, r##" fill="#fff""##, if class == "a" { 7 } else { 3 })?;
            }
            text(out, "", (if class.is_empty() { x } else { x + LINE }, y + 11), told)?;
        }
        let told = format!(
            "{} seats. Drawn: {drawn}. The numbers on the left count rows from the front, where the best ones are.",
            layout.seats()
        );
        text(out, "s", (MARGIN, self.note + 11), &told)
    }
}

/// What the legend says of each category.
fn legend(layout: &Layout) -> Vec<String> {
    let (seats, places) = super::of_categories(layout);
    let counts = seats.into_iter().zip(places);
    let told = layout.categories().iter().zip(counts).map(|(name, counts)| match counts {
        (seats, 0) => format!("{name}: {seats} seats"),
        (0, places) => format!("{name}: {places} places"),
        (seats, places) => format!("{name}: {seats} seats, {places} places"),
    });
    let mut told: Vec<String> = told.collect();
    if let Some(others) = told.len().checked_sub(CATEGORIES_MAX).filter(|others| *others > 0) {
        told.truncate(CATEGORIES_MAX);
        told.push(format!("and {others} other categories"));
    }
    told
}

fn area_width_of(area: &holdfast_engine::Area) -> i64 {
    svg::wide(area.name.as_str(), 15).max(100) + 16
}

pub(super) fn front(out: &mut impl Write, places: &Places) -> io::Result<()> {
    let (width, middle) = (places.width / 3, places.width / 2);
    let x = middle - width / 2;
    writeln!(out, r##"<rect x="{x}" y="18" width="{width}" height="24" rx="4" fill="#444"/>"##)?;
    writeln!(out, r##"<text class="m" x="{middle}" y="34" fill="#fff">front</text>"##)
}
