//! Where the sections and rows of a map are drawn.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

use holdfast_engine::{Bench, Focus, Layout, Section};

use super::svg;

/// Around everything.
pub(super) const MARGIN: i64 = 40;
/// The front, with what is around it.
const FRONT: i64 = 70;
/// The title of a section.
const HEAD: i64 = 40;
/// Between two sections.
const GAP: i64 = 36;
/// Least width, which the legend has to fit in.
const WIDTH_MIN: i64 = 720;
/// Boxes of sections in a line, where their rows are not drawn; their size, and what they take.
const BOXES: usize = 8;
const BOX: (i64, i64) = (200, 60);

/// How large things are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// From a seat to the next one.
    pub(super) seat: i64,
    /// From a row to the next one.
    pub(super) row: i64,
    /// What an aisle adds.
    pub(super) aisle: i64,
}

impl Scale {
    pub(super) const SEATS: Self = Self { seat: 18, row: 24, aisle: 18 };
    pub(super) const ROWS: Self = Self { seat: 4, row: 10, aisle: 8 };
}

/// A section in the picture.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) focus: Focus,
    /// Its rows by how many are nearer to the stage; a row may come in parts.
    depths: Range<u32>,
    /// For the names of its rows, on the left.
    gutter: i64,
    pub(super) left: i64,
    pub(super) top: i64,
    width: i64,
}

/// Where everything is.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) scale: Scale,
    pub(super) width: i64,
    /// Below the seats.
    pub(super) bottom: i64,
    /// In the order of the map.
    pub(super) blocks: Vec<Block>,
    /// Ascending. Empty where rows are not drawn.
    lines: Vec<Line>,
}

/// Where rows of one depth are drawn.
#[derive(Clone, Copy, Debug)]
struct Line {
    depth: u32,
    y: i64,
    /// Above them, and above the titles of sections that begin with them.
    above: i64,
}

impl Places {
    /// Sections with their rows: those that are abreast beside each other, from the left those whose right end is nearest to the
    /// middle, those in the middle, those whose left end is.
    pub(super) fn of_rows(layout: &Layout, scale: Scale) -> Self {
        let mut blocks: Vec<Block> =
            layout.sections().iter().map(|section| Block::new(layout, section, scale)).collect();
        let mut by_depth: Vec<usize> = (0..blocks.len()).collect();
        by_depth.sort_by_key(|&at| blocks[at].depths.start);
        let mut bands: Vec<(Range<u32>, Vec<usize>)> = Vec::new();
        for at in by_depth {
            let depths = blocks[at].depths.clone();
            match bands.last_mut() {
                Some((band, inside)) if depths.start < band.end => {
                    band.end = band.end.max(depths.end);
                    inside.push(at);
                }
                _ => bands.push((depths, vec![at])),
            }
        }
        let mut half = WIDTH_MIN / 2;
        for (_, inside) in &mut bands {
            inside.sort_unstable();
            half = half.max(beside(&mut blocks, inside));
        }
        let middle = MARGIN + half;
        let mut all: Vec<u32> = (0..layout.bench_count()).map(|bench| layout.bench(bench).depth).collect();
        all.sort_unstable();
        all.dedup();
        let (mut lines, mut bottom) = (Vec::with_capacity(all.len()), FRONT);
        for (band, inside) in bands {
            for &at in &inside {
                blocks[at].left += middle;
                blocks[at].top = bottom;
            }
            let mut above = bottom - GAP / 4;
            bottom += HEAD;
            let first = all.partition_point(|&depth| depth < band.start);
            for &depth in all[first..].iter().take_while(|&&depth| depth < band.end) {
                lines.push(Line { depth, y: bottom, above });
                bottom += scale.row;
                above = bottom - scale.row / 4;
            }
            bottom += GAP / 2;
        }
        Self { scale, width: 2 * middle, bottom, blocks, lines }
    }

    /// Boxes for the sections, in the order of the map.
    pub(super) fn of_sections(layout: &Layout) -> Self {
        let width = BOXES as i64 * (BOX.0 + GAP / 2) + 2 * MARGIN;
        let block = |(at, section): (usize, &Section)| {
            let (column, line) = ((at % BOXES) as i64, (at / BOXES) as i64);
            let left = MARGIN + column * (BOX.0 + GAP / 2);
            let mut block = Block::new(layout, section, Scale::ROWS);
            (block.left, block.top, block.width) = (left, FRONT + line * BOX.1, BOX.0);
            block
        };
        let blocks: Vec<Block> = layout.sections().iter().enumerate().map(block).collect();
        let lines = blocks.len().div_ceil(BOXES) as i64;
        Self { scale: Scale::ROWS, width, bottom: FRONT + lines * BOX.1, blocks, lines: Vec::new() }
    }

    /// Where the rows of a depth are drawn.
    pub(super) fn line(&self, depth: u32) -> i64 {
        let at = self.lines.partition_point(|line| line.depth < depth);
        self.lines.get(at).map_or(0, |line| line.y)
    }

    /// Writes beside the rows the how many-th from the front they are, and a line where some are left out.
    pub(super) fn depths(&self, out: &mut impl Write) -> io::Result<()> {
        let mut next = 0;
        for &Line { depth, y, above } in &self.lines {
            if depth != next {
                let right = self.width - MARGIN / 4;
                writeln!(out, r#"<path class="d" d="M{} {above}H{right}"/>"#, MARGIN / 4)?;
            }
            next = depth + 1;
            svg::text(out, "s", (MARGIN / 4, y + self.scale.row / 2), &next.to_string())?;
        }
        Ok(())
    }
}

/// Puts sections beside each other around the middle; returns how far the outermost is from it.
fn beside(blocks: &mut [Block], inside: &[usize]) -> i64 {
    let of =
        |focus: Focus| inside.iter().copied().filter(|&at| blocks[at].focus == focus).collect::<Vec<_>>();
    let [mut on_left, middle, on_right] = [Focus::Right, Focus::Middle, Focus::Left].map(of);
    // The best come first, and are nearest to the middle.
    on_left.reverse();
    let width = |which: &[usize]| -> i64 { which.iter().map(|&at| blocks[at].width + GAP).sum() };
    let half = width(&middle) / 2;
    let (left, right) = (half + width(&on_left), half + width(&on_right));
    let mut x = -left;
    for at in on_left.into_iter().chain(middle).chain(on_right) {
        blocks[at].left = x + GAP / 2;
        x += blocks[at].width + GAP;
    }
    left.max(right)
}

/// The rows of a section by how many are nearer to the stage.
pub(super) fn lines_of(layout: &Layout, section: &Section) -> BTreeMap<u32, Vec<u32>> {
    let mut lines: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for row in section.parts().flatten() {
        lines.entry(first_bench(layout, row).depth).or_default().push(row);
    }
    lines
}

/// The first bench of a row.
fn first_bench(layout: &Layout, row: u32) -> Bench {
    layout.bench(layout.bench_index_of(layout.rows()[row as usize].first))
}

/// The width of the rows of one line.
pub(super) fn width_of(layout: &Layout, rows: &[u32], scale: Scale) -> i64 {
    let rows_and_aisles = rows.iter().map(|&row| {
        let ordinals = layout.rows()[row as usize].ordinals();
        i64::from(ordinals.end - ordinals.start) * scale.seat
            + layout.benches_of(&ordinals).len() as i64 * scale.aisle
    });
    rows_and_aisles.sum::<i64>() - scale.aisle
}

impl Block {
    fn new(layout: &Layout, section: &Section, scale: Scale) -> Self {
        let first = &layout.rows()[section.rows.start as usize];
        let middle = first_bench(layout, section.rows.start).middle;
        let focus = match () {
            () if middle == 2 * first.first => Focus::Left,
            () if middle == 2 * first.ordinals().end => Focus::Right,
            () => Focus::Middle,
        };
        let lines = lines_of(layout, section);
        let seats_width = lines.values().map(|rows| width_of(layout, rows, scale)).max().unwrap_or(0);
        let rows = section.parts().flatten().map(|row| &layout.rows()[row as usize]);
        let names = rows.map(|row| svg::wide(row.name.as_str(), 9));
        let gutter = names.max().unwrap_or(0) + 8;
        let depths = lines.keys().next().zip(lines.keys().next_back());
        let depths = depths.map_or(0..0, |(first, last)| *first..last + 1);
        let mut block = Self { focus, depths, gutter, left: 0, top: 0, width: 0 };
        let title = svg::wide(section.name.as_str(), 13).max(svg::wide(&block.told(layout, section), 9));
        block.width = (gutter + seats_width).max(title + 8);
        block
    }

    fn told(&self, layout: &Layout, section: &Section) -> String {
        let focus = match self.focus {
            Focus::Left => ", focus left",
            Focus::Middle => "",
            Focus::Right => ", focus right",
        };
        let (first, last) = (self.depths.start + 1, self.depths.end);
        let seats: usize = layout.seats_of(section).map(|seats| seats.len()).sum();
        format!("row {first} to {last} from the front, {seats} seats{focus}")
    }

    /// Where the seats of a line of this width begin: its end that is nearest to the middle stands below those of the others.
    pub(super) fn begin(&self, width: i64) -> i64 {
        let room = self.width - self.gutter - width;
        self.left
            + self.gutter
            + match self.focus {
                Focus::Left => 0,
                Focus::Middle => room / 2,
                Focus::Right => room,
            }
    }
}

impl Places {
    /// Writes the background and the name of a section.
    pub(super) fn title(&self, out: &mut impl Write, layout: &Layout, at: usize) -> io::Result<()> {
        let (block, section) = (&self.blocks[at], &layout.sections()[at]);
        let rows_end = self.line(block.depths.end.saturating_sub(1)) + self.scale.row;
        let height = if self.lines.is_empty() { BOX.1 - 12 } else { rows_end - block.top };
        let (left, top) = (block.left - 6, block.top);
        writeln!(
            out,
            r#"<rect class="f" x="{left}" y="{top}" width="{}" height="{height}" rx="6"/>"#,
            block.width + 12
        )?;
        svg::text(out, "b", (block.left, top + 16), section.name.as_str())?;
        svg::text(out, "s", (block.left, top + 30), &block.told(layout, section))
    }
}
