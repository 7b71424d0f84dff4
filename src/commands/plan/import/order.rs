//! Puts a hall in order by where its seats are: seats from left to right, aisles between them, rows from the front, sections
//! that are abreast. What has no positions stays as its plan has it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use holdfast_engine::Focus;

use super::hall::{Hall, Point, Row, Section};
use super::notes::Notes;
use crate::flags::ImportArgs;

/// Neighbours that are so many times as far apart as is usual have an aisle between them: a missing seat is twice as far, wide
/// armrests and the space between two love seats are less than this.
const AISLE: f64 = 1.75;
/// Gaps that tell what is usual in a row; one with fewer goes by its section.
const GAPS_MIN: usize = 3;
/// A way along a row is shorter than another one if it is by more than this part: else rounding would decide.
const SHORTER: f64 = 0.999;

pub(super) fn arrange(hall: &mut Hall, args: &ImportArgs, notes: &mut Notes) {
    for section in &mut hall.sections {
        for row in &mut section.rows {
            from_left_to_right(row, notes);
        }
        if !args.no_aisles {
            let aisles = aisles(section);
            notes.chosen(
                format!("aisles, where neighbours are more than {AISLE} times as far apart as is usual (--no-aisles)"),
                aisles,
            );
        }
        from_the_front(section, notes);
    }
    abreast(hall, notes);
}

/// The order in which the way from seat to seat is the shortest: that from left to right, that from the stage on, or that of the
/// plan, which alone follows a row around a corner.
fn from_left_to_right(row: &mut Row, notes: &mut Notes) {
    let partly = row.seats.iter().filter(|seat| seat.at.across.is_none()).count();
    if partly > 0 {
        let are_lost = partly < row.seats.len();
        notes.chosen(
            "rows of which not every seat has a place: their order is that of the plan",
            u64::from(are_lost),
        );
        return;
    }
    if row.seats.iter().any(|seat| seat.at.depth.is_none()) {
        row.seats.iter_mut().for_each(|seat| seat.at.depth = None);
    }
    let points: Vec<Point> = row.seats.iter().map(|seat| seat.at).collect();
    let across = |at: &usize| points[*at].across.unwrap_or(0.0);
    let depth = |at: &usize| points[*at].depth.unwrap_or(0.0);
    let told: Vec<usize> = (0..points.len()).collect();
    let (mut by_across, mut by_depth, mut as_told) = (told.clone(), told.clone(), told);
    by_across.sort_by(|a, b| across(a).total_cmp(&across(b)).then(depth(a).total_cmp(&depth(b))));
    by_depth.sort_by(|a, b| depth(a).total_cmp(&depth(b)).then(across(a).total_cmp(&across(b))));
    if as_told.first().zip(as_told.last()).is_some_and(|(first, last)| across(first) > across(last)) {
        as_told.reverse();
    }
    let way = |order: &[usize]| -> f64 {
        order.windows(2).map(|pair| apart(points[pair[0]], points[pair[1]]).unwrap_or(0.0)).sum()
    };
    let is_shorter = |one: &[usize], other: &[usize]| way(one) < way(other) * SHORTER;
    let straight = if is_shorter(&by_depth, &by_across) { by_depth } else { by_across };
    let bends = is_shorter(&as_told, &straight);
    let width =
        |axis: fn(Point) -> Option<f64>| span([&*row], axis).map_or(0.0, |(least, most)| most - least);
    let leads_away = !bends && width(|at| at.depth) > width(|at| at.across);
    notes.chosen("rows that bend back: in the order of the plan", u64::from(bends));
    notes.chosen("rows that lead away from the stage: from the front", u64::from(leads_away));
    let best = if bends { as_told } else { straight };
    let mut places = vec![0; best.len()];
    (0..).zip(best).for_each(|(place, at): (usize, usize)| places[at] = place);
    let mut seats: Vec<_> = std::mem::take(&mut row.seats).into_iter().zip(places).collect();
    seats.sort_by_key(|(_, place)| *place);
    row.seats = seats.into_iter().map(|(seat, _)| seat).collect();
}

/// How far apart two points are, if that is told.
fn apart(one: Point, other: Point) -> Option<f64> {
    let across = one.across? - other.across?;
    let depth = one.depth.zip(other.depth).map_or(0.0, |(one, other)| one - other);
    Some(across.hypot(depth))
}

/// Finds the aisles of a section; returns how many there are.
fn aisles(section: &mut Section) -> u64 {
    let gaps_of = |row: &Row| -> Option<Vec<f64>> {
        row.seats.windows(2).map(|pair| apart(pair[0].at, pair[1].at)).collect()
    };
    let of_section = usual(section.rows.iter().filter_map(gaps_of).flatten().collect());
    let mut aisles = 0;
    for row in &mut section.rows {
        let Some(gaps) = gaps_of(row) else { continue };
        let usual = if gaps.len() < GAPS_MIN { of_section } else { usual(gaps.clone()) };
        for (seat, gap) in row.seats.iter_mut().zip(gaps) {
            seat.aisle = usual > 0.0 && gap > AISLE * usual;
            aisles += u64::from(seat.aisle);
        }
    }
    aisles
}

/// The one in the middle, of an even number the smaller one; 0 if there is none.
fn usual(mut gaps: Vec<f64>) -> f64 {
    let middle = gaps.len().saturating_sub(1) / 2;
    if gaps.is_empty() { 0.0 } else { *gaps.select_nth_unstable_by(middle, f64::total_cmp).1 }
}

/// How far a row is from the stage: the mean of its seats.
fn depth(row: &Row) -> Option<f64> {
    let depths: Option<Vec<f64>> = row.seats.iter().map(|seat| seat.at.depth).collect();
    depths.map(|depths| depths.iter().sum::<f64>() / depths.len() as f64)
}

/// From where to where seats are on an axis.
fn span<'a>(
    rows: impl IntoIterator<Item = &'a Row>,
    axis: impl Fn(Point) -> Option<f64>,
) -> Option<(f64, f64)> {
    let seats = rows.into_iter().flat_map(|row| &row.seats);
    seats.map(|seat| axis(seat.at)).try_fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| {
        value.map(|value| (least.min(value), most.max(value)))
    })
}

fn from_the_front(section: &mut Section, notes: &mut Notes) {
    let depths: Option<Vec<f64>> = section.rows.iter().map(depth).collect();
    let Some(depths) = depths else { return };
    let mut rows: Vec<_> = std::mem::take(&mut section.rows).into_iter().zip(depths).collect();
    rows.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    section.rows = rows.into_iter().map(|(row, _)| row).collect();
    let are_apart = |one: Option<(f64, f64)>, other: Option<(f64, f64)>| {
        one.zip(other).is_some_and(|(one, other)| one.1 < other.0 || other.1 < one.0)
    };
    let beside = section.rows.windows(2).filter(|pair| {
        let [across, depth] = [|at: Point| at.across, |at: Point| at.depth]
            .map(|axis| [span([&pair[0]], axis), span([&pair[1]], axis)]);
        are_apart(across[0], across[1]) && !are_apart(depth[0], depth[1])
    });
    notes.chosen(
        "rows beside the one before in their section: they count as behind it, unless they become a section",
        beside.count() as u64,
    );
    let bent = section.rows.iter().filter(|row| is_bent(row)).count();
    notes.not_kept("curves and slants of rows", bent as u64);
}

/// Are its seats not all as far from the stage, by more than rounding?
fn is_bent(row: &Row) -> bool {
    let usual = usual(row.seats.windows(2).filter_map(|pair| apart(pair[0].at, pair[1].at)).collect());
    span([row], |at| at.depth).is_some_and(|(least, most)| most - least > usual / 4.0)
}

/// Sections from the front, each beside those before it that are as far away.
fn abreast(hall: &mut Hall, notes: &mut Notes) {
    let depths: Option<Vec<Vec<f64>>> =
        hall.sections.iter().map(|section| section.rows.iter().map(depth).collect()).collect();
    let Some(depths) = depths else { return };
    let steps = depths.iter().flat_map(|rows| rows.windows(2).map(|pair| pair[1] - pair[0]));
    let step = usual(steps.filter(|step| *step > 0.0).collect());
    let mut sections: Vec<_> = std::mem::take(&mut hall.sections).into_iter().zip(depths).collect();
    sections.sort_by(|(_, one), (_, other)| one[0].total_cmp(&other[0]));
    // The rows that have their place: how far they are from the stage, and the how many-th.
    let (mut placed, mut behind) = (BTreeMap::<Far, u32>::new(), 0);
    let mut leveled = Vec::with_capacity(sections.len());
    for (section, depths) in sections {
        let first = depths[0];
        let nearer = placed.range(..=Far(first)).next_back();
        let further = placed.range(Far(first)..).next();
        let nearest = nearer.into_iter().chain(further).min_by_key(|(far, _)| Far((far.0 - first).abs()));
        let is_behind_all = placed.last_key_value().is_none_or(|(far, _)| first - far.0 > step / 2.0);
        let level = nearest.filter(|_| !is_behind_all).map_or(behind, |(_, level)| *level);
        for (depth, level) in depths.iter().zip(level..) {
            placed.entry(Far(*depth)).or_insert(level);
        }
        behind = behind.max(level + depths.len() as u32);
        leveled.push((level, section));
    }
    aside(&mut leveled, notes);
    behind = 0;
    for (level, mut section) in leveled {
        section.front = (level != behind).then_some(level + 1);
        notes.chosen("sections that begin beside others (front)", u64::from(section.front.is_some()));
        behind = behind.max(level + section.rows.len() as u32);
        hall.sections.push(section);
    }
}

/// Of sections that are as far away, that which is nearest to the middle comes first. What is wholly to one side of the middle has
/// its best end there.
fn aside(sections: &mut [(u32, Section)], notes: &mut Notes) {
    let across = |section: &Section| span(&section.rows, |at| at.across);
    let all: Option<Vec<(f64, f64)>> = sections.iter().map(|(_, section)| across(section)).collect();
    let Some(all) = all else { return };
    let left = all.iter().fold(f64::INFINITY, |left, (one, _)| left.min(*one));
    let right = all.iter().fold(f64::NEG_INFINITY, |right, (_, one)| right.max(*one));
    let middle = left.midpoint(right);
    for ((_, section), (left, right)) in sections.iter_mut().zip(all) {
        section.focus = match () {
            () if right < middle => Focus::Right,
            () if left > middle => Focus::Left,
            () => Focus::Middle,
        };
        let is_aside = section.focus != Focus::Middle;
        notes.chosen("sections beside the middle of the stage (focus)", u64::from(is_aside));
    }
    let aside =
        |section: &Section| across(section).map_or(0.0, |(left, right)| left.midpoint(right) - middle);
    sections.sort_by_cached_key(|(level, section)| (*level, Far(aside(section).abs()), Far(aside(section))));
}

/// A distance, in the order of distances.
#[derive(Clone, Copy, Debug)]
struct Far(f64);

impl Ord for Far {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Far {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Far {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Far {}
