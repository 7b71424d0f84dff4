//! Draws the map of an event as an SVG, as the server knows it: rows by how far they are from the front, seats from left to right.
//!
//! It is written as it is drawn: in memory there is nothing but the map and the places of its sections. Of a large map less is
//! drawn, so that a browser can show it.

mod areas;
mod places;
mod seats;
mod svg;

use std::fmt;
use std::io::{self, Write};

use holdfast_engine::Layout;

use self::places::{Places, Scale};

/// Seats that are drawn one by one: a browser still scrolls through so many.
const SEATS_DRAWN_MAX: u32 = 20_000;
/// Pieces of rows, and marks on them, that are drawn.
const PIECES_DRAWN_MAX: usize = 50_000;

/// What is drawn of a map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Drawn {
    Seats,
    Rows,
    Sections,
}

impl Drawn {
    fn of(layout: &Layout) -> Self {
        let marks = layout.accessible().len() + layout.companions().len() + layout.groups().len();
        if layout.seats() <= SEATS_DRAWN_MAX {
            return Self::Seats;
        }
        let pieces =
            (1..layout.seats()).filter(|&seat| layout.category_of(seat) != layout.category_of(seat - 1));
        let pieces = layout.bench_count() as usize + marks + pieces.take(PIECES_DRAWN_MAX).count();
        if pieces <= PIECES_DRAWN_MAX { Self::Rows } else { Self::Sections }
    }
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seats => f.write_str("each seat"),
            Self::Rows => write!(f, "rows without their seats, as there are more than {SEATS_DRAWN_MAX}"),
            Self::Sections => {
                write!(
                    f,
                    "sections without their rows, as there are more than {PIECES_DRAWN_MAX} pieces of rows"
                )
            }
        }
    }
}

/// Writes the picture; tells what is in it.
///
/// # Errors
/// What writing says.
pub(super) fn draw(layout: &Layout, out: &mut impl Write) -> io::Result<Drawn> {
    let drawn = Drawn::of(layout);
    let scale = if drawn == Drawn::Seats { Scale::SEATS } else { Scale::ROWS };
    let places =
        if drawn == Drawn::Sections { Places::of_sections(layout) } else { Places::of_rows(layout, scale) };
    let below = areas::Below::new(layout, &places);
    svg::begin(out, layout, places.width, below.height)?;
    areas::front(out, &places)?;
    for at in 0..layout.sections().len() {
        places.title(out, layout, at)?;
        if drawn != Drawn::Sections {
            seats::section(out, layout, at, &places, drawn == Drawn::Seats)?;
        }
    }
    places.depths(out)?;
    below.draw(out, layout, drawn)?;
    svg::end(out)?;
    Ok(drawn)
}

/// Seats and places of each category.
pub(super) fn of_categories(layout: &Layout) -> (Vec<u64>, Vec<u64>) {
    let mut seats_of = vec![0_u64; layout.categories().len()];
    let mut places_of = seats_of.clone();
    for seat in 0..layout.seats() {
        seats_of[usize::from(layout.category_of(seat))] += 1;
    }
    for area in layout.areas() {
        places_of[usize::from(area.category)] += u64::from(area.capacity);
    }
    (seats_of, places_of)
}
