//! Draws the rows of a section, seat by seat or as bars.

use std::io::{self, Write};
use std::ops::Range;

use holdfast_engine::{Layout, Row};

use super::places::{Block, Places, lines_of, width_of};
use super::svg::{self, Escaped};

/// Letters in a seat are no larger than this, and no smaller: then they are cut off.
const LETTERS: (i64, i64) = (8, 4);

/// Where the seats of a row are drawn.
struct Line {
    /// The left end of each, in the order of ordinals.
    x: Vec<i64>,
    y: i64,
    size: i64,
}

pub(super) fn section(
    out: &mut impl Write,
    layout: &Layout,
    at: usize,
    places: &Places,
    each_seat: bool,
) -> io::Result<()> {
    let block: &Block = &places.blocks[at];
    for (depth, rows) in lines_of(layout, &layout.sections()[at]) {
        let y = places.line(depth);
        let mut x = block.begin(width_of(layout, &rows, places.scale));
        let name = layout.rows()[rows[0] as usize].name.as_str();
        svg::text(out, "s e", (x - 6, y + places.scale.row / 2), name)?;
        for row in rows.iter().map(|&row| &layout.rows()[row as usize]) {
            let line = Line::of(layout, row, &mut x, y, places);
            if each_seat {
                line.seats(out, layout, row)?;
            } else {
                line.bars(out, layout, row)?;
            }
            line.marks(out, layout, row)?;
        }
    }
    Ok(())
}

impl Line {
    /// Goes on from `x` to where the next part of the row begins.
    fn of(layout: &Layout, row: &Row, x: &mut i64, y: i64, places: &Places) -> Self {
        let scale = places.scale;
        let mut line =
            Self { x: Vec::with_capacity(row.seats as usize), y, size: scale.seat - scale.seat / 6 };
        for bench in layout.benches_of(&row.ordinals()) {
            for _ in 0..layout.bench(bench).seats {
                line.x.push(*x);
                *x += scale.seat;
            }
            *x += scale.aisle;
        }
        line
    }

    /// Where the seats of a range begin and end.
    fn span(&self, row: &Row, seats: &Range<u32>) -> (i64, i64) {
        let at = |seat: u32| self.x[(seat - row.first) as usize];
        (at(seats.start), at(seats.end - 1) + self.size)
    }

    fn seats(&self, out: &mut impl Write, layout: &Layout, row: &Row) -> io::Result<()> {
        let prefix =
            layout.sections()[usize::from(row.section)].name.as_str().len() + row.name.as_str().len() + 2;
        for (seat, &x) in row.ordinals().zip(&self.x) {
            let (label, category) = (layout.label(seat), layout.category_of(seat));
            let companion_of = layout.companions().binary_search_by_key(&seat, |&(companion, _)| companion);
            let class = match () {
                () if layout.is_accessible(seat) => " a",
                () if companion_of.is_ok() => " k",
                () => "",
            };
            let (size, radius) = (self.size, if class == " a" { self.size / 2 } else { 3 });
            write!(
                out,
                r#"<rect class="c{category}{class}" x="{x}" y="{}" width="{size}" height="{size}" rx="{radius}"><title>{}, {}"#,
                self.y,
                Escaped(&label),
                Escaped(layout.categories()[usize::from(category)].as_str())
            )?;
            if let Some(id) = layout.id_of(seat) {
                write!(out, ", {}", Escaped(id))?;
            }
            writeln!(out, "</title></rect>")?;
            self.number(out, x, &label[prefix..])?;
        }
        Ok(())
    }

    /// The label of a seat in its middle, as large as fits.
    fn number(&self, out: &mut impl Write, x: i64, word: &str) -> io::Result<()> {
        let fits = (self.size - 2) * 10 / svg::tenths(word).max(1);
        let letters = fits.clamp(LETTERS.1, LETTERS.0);
        let most = (self.size * 10 / (letters * 6)) as usize;
        let cut: String =
            word.chars().take(if fits < LETTERS.1 { most.max(1) } else { word.len() }).collect();
        let (x, y) = (x + self.size / 2, self.y + self.size / 2 + letters / 3 + 1);
        writeln!(
            out,
            r#"<text class="m" x="{x}" y="{y}" font-size="{letters}" pointer-events="none">{}</text>"#,
            Escaped(&cut)
        )
    }

    /// A bar for each piece of one category between aisles.
    fn bars(&self, out: &mut impl Write, layout: &Layout, row: &Row) -> io::Result<()> {
        for bench in layout.benches_of(&row.ordinals()) {
            let bench = layout.bench(bench).ordinals();
            let mut begin = bench.start;
            for seat in bench.clone() {
                let category = layout.category_of(seat);
                if seat + 1 == bench.end || layout.category_of(seat + 1) != category {
                    let (left, right) = self.span(row, &(begin..seat + 1));
                    let (y, width, height) = (self.y, right - left, 2 * self.size);
                    let rect = format!(r#"x="{left}" y="{y}" width="{width}" height="{height}" rx="1""#);
                    writeln!(out, r#"<rect class="c{category}" {rect}/>"#)?;
                    begin = seat + 1;
                }
            }
        }
        let accessible = layout.accessible();
        let first = accessible.partition_point(|&seat| seat < row.first);
        for seat in accessible[first..].iter().take_while(|&&seat| seat < row.ordinals().end) {
            let (x, y) = (self.x[(seat - row.first) as usize] + self.size / 2, self.y + self.size);
            writeln!(out, r##"<circle class="a" cx="{x}" cy="{y}" r="1" fill="#fff"/>"##)?;
        }
        Ok(())
    }

    /// Groups, and for whose companions seats are kept.
    fn marks(&self, out: &mut impl Write, layout: &Layout, row: &Row) -> io::Result<()> {
        let all = row.ordinals();
        let size = self.size;
        let groups = layout.groups();
        let first = groups.partition_point(|group| group.start < all.start);
        for group in groups[first..].iter().take_while(|group| group.start < all.end) {
            let (left, right) = self.span(row, group);
            let (x, y, width) = (left - 2, self.y - 2, right - left + 4);
            writeln!(
                out,
                r#"<rect class="g" x="{x}" y="{y}" width="{width}" height="{}" rx="5"/>"#,
                size + 4
            )?;
        }
        let companions = layout.companions();
        let first = companions.partition_point(|&(seat, _)| seat < all.start);
        for &(seat, of) in companions[first..].iter().take_while(|&&(seat, _)| seat < all.end) {
            let [from, to] = [seat, of].map(|seat| self.x[(seat - all.start) as usize] + size / 2);
            writeln!(
                out,
                r#"<path class="l" d="M{from} {0}q{1} -9 {2} 0"/>"#,
                self.y,
                (to - from) / 2,
                to - from
            )?;
        }
        Ok(())
    }
}
