//! What `BEST` has to choose and what `orphans` has to refuse, found by trying everything, for models that are
//! compared with the engine. It knows benches of seats and nothing of the engine; docs/best-seats.md has the rules.

/// A seat as far as choosing is concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Chair {
    /// Whether it can be taken.
    pub free: bool,
    /// Whether it is an accessible seat.
    pub accessible: bool,
    /// The accessible seat whose companion it is kept for.
    pub kept_for: Option<At>,
    /// The number of its group, which is sold whole.
    pub group: Option<usize>,
    /// Its category.
    pub category: usize,
}

/// Seats side by side, with the number of their section.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bench {
    /// Its section.
    pub section: usize,
    /// How many rows are nearer to the stage.
    pub depth: i64,
    /// Where its row is nearest to the middle of the stage, in half seats from the left end of the bench.
    pub middle: i64,
    /// Its seats, in their order.
    pub chairs: Vec<Chair>,
}

/// A seat by the index of its bench and its place there.
pub type At = (usize, usize);

/// The part of a hall to choose from.
#[derive(Clone, Copy, Debug)]
pub enum Within {
    /// All of it.
    Everywhere,
    /// A section.
    Section(usize),
    /// A category.
    Category(usize),
}

/// One `BEST`.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// The number of seats.
    pub count: usize,
    /// Where they are to be.
    pub within: Within,
    /// Whether seats that lie apart will do, if there are not enough side by side.
    pub scattered: bool,
    /// How many accessible seats are wanted.
    pub accessible: usize,
}

/// Why seats cannot be chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooFew {
    /// The number of free seats.
    pub free: usize,
    /// The most of them that are side by side.
    pub together: usize,
}

/// Which of the free seats may be given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// Those that are nobody's in particular.
    Open,
    /// Those that are not accessible.
    Ordinary,
    /// All.
    Any,
}

type Hall = [Bench];

fn chair(hall: &Hall, (row, at): At) -> Chair {
    hall[row].chairs[at]
}

/// Kept for the companion of an accessible seat that is free.
fn is_reserved(hall: &Hall, seat: At) -> bool {
    chair(hall, seat).kept_for.is_some_and(|of| chair(hall, of).free)
}

fn is_given(hall: &Hall, seat: At, within: Within, sort: Sort) -> bool {
    let Chair { free, accessible, category, .. } = chair(hall, seat);
    let is_there = match within {
        Within::Everywhere => true,
        Within::Section(section) => hall[seat.0].section == section,
        Within::Category(wanted) => category == wanted,
    };
    free && is_there
        && match sort {
            Sort::Open => !accessible && !is_reserved(hall, seat),
            Sort::Ordinary => !accessible,
            Sort::Any => true,
        }
}

/// All seats that are free and have no free neighbour.
fn lone(hall: &Hall) -> Vec<At> {
    let mut lone = Vec::new();
    for (row, bench) in hall.iter().enumerate() {
        let is_free =
            |at: Option<usize>| at.and_then(|at| bench.chairs.get(at)).is_some_and(|chair| chair.free);
        for at in 0..bench.chairs.len() {
            if is_free(Some(at)) && !is_free(at.checked_sub(1)) && !is_free(Some(at + 1)) {
                lone.push((row, at));
            }
        }
    }
    lone
}

/// The seats that are alone once the picks are taken, and were not before.
fn made_lone(hall: &Hall, picks: &[At]) -> Vec<At> {
    let before = lone(hall);
    let mut after = hall.to_vec();
    take(&mut after, picks);
    lone(&after).into_iter().filter(|seat| !before.contains(seat)).collect()
}

fn take(hall: &mut Hall, seats: &[At]) {
    for &(row, at) in seats {
        hall[row].chairs[at].free = false;
    }
}

/// Every block of `size` such seats side by side, with every group whole.
fn blocks(hall: &Hall, within: Within, size: usize, sort: Sort) -> Vec<Vec<At>> {
    let mut blocks = Vec::new();
    for (row, bench) in hall.iter().enumerate() {
        for first in 0..(bench.chairs.len() + 1).saturating_sub(size) {
            let block: Vec<At> = (first..first + size).map(|at| (row, at)).collect();
            let is_whole = |group: Option<usize>| {
                let all = (0..bench.chairs.len()).filter(|&at| bench.chairs[at].group == group);
                group.is_none() || all.map(|at| (row, at)).all(|seat| block.contains(&seat))
            };
            if block
                .iter()
                .all(|&seat| is_given(hall, seat, within, sort) && is_whole(chair(hall, seat).group))
            {
                blocks.push(block);
            }
        }
    }
    blocks
}

/// Depth, and half seats from the point of the row that is nearest to the middle of the stage.
fn middle(hall: &Hall, row: usize, first: usize, last: usize) -> (i64, i64) {
    (hall[row].depth, first as i64 + last as i64 + 1 - hall[row].middle)
}

fn distance(from: (i64, i64), to: (i64, i64)) -> i64 {
    4 * (from.0 - to.0).abs() + (from.1 - to.1).abs()
}

fn middle_of(hall: &Hall, block: &[At]) -> (i64, i64) {
    middle(hall, block[0].0, block[0].1, block[block.len() - 1].1)
}

fn accessible_in(hall: &Hall, block: &[At]) -> usize {
    block.iter().filter(|&&seat| chair(hall, seat).accessible).count()
}

/// Seats that companions could have had in the place of somebody else, and seats that are kept for the companions of others.
fn lacking(hall: &Hall, block: &[At]) -> usize {
    let all = (0..hall.len()).flat_map(|row| (0..hall[row].chairs.len()).map(move |at| (row, at)));
    let is_of_block = |seat: &At| chair(hall, *seat).kept_for.is_some_and(|of| block.contains(&of));
    let missing =
        all.filter(|seat| is_of_block(seat) && chair(hall, *seat).free && !block.contains(seat)).count();
    let others = block.iter().filter(|seat| !chair(hall, **seat).accessible && !is_of_block(seat)).count();
    let foreign = block.iter().filter(|seat| is_reserved(hall, **seat) && !is_of_block(seat)).count();
    missing.min(others) + foreign
}

/// The best of the blocks: the first by what companions lack, if accessible seats are wanted, then by lone seats that it makes,
/// by distance from the aim, and by place in the map.
fn best_of(
    hall: &Hall,
    blocks: Vec<Vec<At>>,
    aim: (i64, i64),
    avoid: bool,
    accessible: bool,
) -> Option<Vec<At>> {
    blocks.into_iter().min_by_key(|block| {
        let lacking = if accessible { lacking(hall, block) } else { 0 };
        let lone = if avoid { made_lone(hall, block).len() } else { 0 };
        (lacking, lone, distance(aim, middle_of(hall, block)), block[0])
    })
}

fn count(hall: &Hall, within: Within, sort: Sort) -> usize {
    let all = (0..hall.len()).flat_map(|row| (0..hall[row].chairs.len()).map(move |at| (row, at)));
    all.filter(|&seat| is_given(hall, seat, within, sort)).count()
}

/// Chooses seats and takes them out of the hall.
///
/// # Errors
/// If there are too few seats.
pub fn choose(hall: &mut Vec<Bench>, wish: &Wish, avoid: bool) -> Result<Vec<At>, TooFew> {
    let Wish { count: wanted, within, accessible, .. } = *wish;
    let mut left = hall.clone();
    let chosen = if accessible == 0 {
        ordinary(&mut left, wish, avoid)
    } else {
        with_accessible(&mut left, wish, avoid)
    };
    match chosen {
        Some(chosen) => {
            *hall = left;
            Ok(chosen)
        }
        None => {
            let has_block = |size: &usize| {
                let blocks = blocks(hall, within, *size, Sort::Any);
                blocks.iter().any(|block| accessible == 0 || accessible_in(hall, block) == accessible)
            };
            let together = (1..=wanted).rev().find(has_block).unwrap_or(0);
            Err(TooFew { free: count(hall, within, Sort::Any), together })
        }
    }
}

fn ordinary(hall: &mut Vec<Bench>, wish: &Wish, avoid: bool) -> Option<Vec<At>> {
    for sort in [Sort::Open, Sort::Ordinary, Sort::Any] {
        let found = blocks(hall, wish.within, wish.count, sort);
        if let Some(block) = best_of(hall, found, (0, 0), avoid, false) {
            take(hall, &block);
            return Some(block);
        }
        if wish.scattered && count(hall, wish.within, sort) >= wish.count {
            let mut left = hall.clone();
            if let Some(chosen) = scatter(&mut left, wish.count, (wish.within, sort), avoid, None) {
                *hall = left;
                return Some(chosen);
            }
        }
    }
    None
}

fn with_accessible(hall: &mut Hall, wish: &Wish, avoid: bool) -> Option<Vec<At>> {
    let Wish { count: wanted, within, scattered, accessible } = *wish;
    let with = |hall: &Hall, size, least, most| {
        let mut found = blocks(hall, within, size, Sort::Any);
        found.retain(|block| (least..=most).contains(&accessible_in(hall, block)));
        found
    };
    let found = with(hall, wanted, accessible, accessible);
    if let Some(block) = best_of(hall, found, (0, 0), avoid, true) {
        take(hall, &block);
        return Some(block);
    }
    let ordinary = count(hall, within, Sort::Ordinary);
    if !scattered || count(hall, within, Sort::Any) - ordinary < accessible || ordinary < wanted - accessible
    {
        return None;
    }
    let (mut special, mut others) = (accessible, wanted - accessible);
    let (mut chosen, mut near) = (Vec::new(), None);
    while special > 0 {
        let sizes = (1..=special + others).rev();
        let found = sizes.map(|size| with(hall, size, size.saturating_sub(others).max(1), special));
        let found = found.into_iter().find(|blocks| !blocks.is_empty())?;
        let block = best_of(hall, found, near.unwrap_or((0, 0)), avoid, true)?;
        near = near.or_else(|| Some(middle_of(hall, &block)));
        let taken = accessible_in(hall, &block);
        (special, others) = (special - taken, others + taken - block.len());
        take(hall, &block);
        chosen.extend(block);
    }
    let sort = if count(hall, within, Sort::Open) < others { Sort::Ordinary } else { Sort::Open };
    chosen.extend(scatter(hall, others, (within, sort), avoid, near)?);
    Some(chosen)
}

/// The largest block again and again, near the first one.
fn scatter(
    hall: &mut Hall,
    wanted: usize,
    (within, sort): (Within, Sort),
    avoid: bool,
    mut near: Option<(i64, i64)>,
) -> Option<Vec<At>> {
    let mut chosen = Vec::new();
    while chosen.len() < wanted {
        let found = (1..=wanted - chosen.len()).rev().map(|size| blocks(hall, within, size, sort));
        let found = found.into_iter().find(|blocks| !blocks.is_empty())?;
        let block = best_of(hall, found, near.unwrap_or((0, 0)), avoid, false)?;
        near = near.or_else(|| Some(middle_of(hall, &block)));
        take(hall, &block);
        chosen.extend(block);
    }
    Some(chosen)
}

/// Why picks by hand are refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stranded {
    /// The seat that would be left alone.
    pub lone: At,
    /// Up to three legal picks, the nearest first.
    pub instead: Vec<Vec<At>>,
}

/// Whether the picks leave a lone seat although the section has a legal pick of as many seats as are picked in that bench.
#[must_use]
pub fn stranded(hall: &[Bench], picks: &[At]) -> Option<Stranded> {
    let mut judged = Vec::new();
    for lone in made_lone(hall, picks) {
        let (row, _) = lone;
        if judged.contains(&row) {
            continue;
        }
        judged.push(row);
        let (here, elsewhere): (Vec<At>, Vec<At>) = picks.iter().partition(|seat| seat.0 == row);
        let mut left = hall.to_vec();
        take(&mut left, &elsewhere);
        let places = || here.iter().map(|seat| seat.1);
        let (first, last) = (places().min().expect("a pick"), places().max().expect("a pick"));
        let aim = middle(hall, row, first, last);
        let special = here.iter().any(|&seat| chair(hall, seat).accessible || is_reserved(&left, seat));
        let sort = if special { Sort::Any } else { Sort::Open };
        let mut instead = blocks(&left, Within::Section(hall[row].section), here.len(), sort);
        instead.retain(|block| made_lone(&left, block).is_empty());
        instead.sort_by_key(|block| (distance(aim, middle_of(hall, block)), block[0]));
        instead.truncate(3);
        if !instead.is_empty() {
            return Some(Stranded { lone, instead });
        }
    }
    None
}
