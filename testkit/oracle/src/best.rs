//! What `BEST` has to choose and what `orphans` has to refuse, found by trying everything, for models that are
//! compared with the engine. It knows rows of seats and nothing of the engine; docs/best-seats.md has the rules.

/// A seat as far as choosing is concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chair {
    /// Whether it can be taken.
    pub free: bool,
    /// Whether it is an accessible seat.
    pub accessible: bool,
}

/// A row, with the number of its section.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bench {
    /// Its section.
    pub section: usize,
    /// Its seats, in their order.
    pub chairs: Vec<Chair>,
}

/// A seat by the index of its row and its place there.
pub type At = (usize, usize);

/// One `BEST`.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The number of seats.
    pub count: usize,
    /// The sections to choose from.
    pub sections: &'a [usize],
    /// Whether seats that lie apart will do, if there are not enough side by side.
    pub scattered: bool,
    /// Whether an accessible seat is wanted.
    pub accessible: bool,
}

/// Why seats cannot be chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooFew {
    /// The number of seats that could be chosen from.
    pub free: usize,
    /// The most of them that are side by side.
    pub together: usize,
}

/// All seats that are free and have no free neighbour.
fn lone(hall: &[Bench]) -> Vec<At> {
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
fn made_lone(hall: &[Bench], picks: &[At]) -> Vec<At> {
    let before = lone(hall);
    let mut after = hall.to_vec();
    for &(row, at) in picks {
        after[row].chairs[at].free = false;
    }
    lone(&after).into_iter().filter(|seat| !before.contains(seat)).collect()
}

/// Every block of `size` seats side by side that are free and, unless `accessible`, not accessible.
fn blocks(hall: &[Bench], sections: &[usize], size: usize, accessible: bool) -> Vec<Vec<At>> {
    let mut blocks = Vec::new();
    for (row, bench) in hall.iter().enumerate().filter(|(_, bench)| sections.contains(&bench.section)) {
        for (first, chairs) in bench.chairs.windows(size).enumerate() {
            if chairs.iter().all(|chair| chair.free && (accessible || !chair.accessible)) {
                blocks.push((first..first + size).map(|at| (row, at)).collect());
            }
        }
    }
    blocks
}

/// Row, and half seats from the middle of the row.
fn middle(hall: &[Bench], row: usize, first: usize, last: usize) -> (i64, i64) {
    (row as i64, first as i64 + last as i64 + 1 - hall[row].chairs.len() as i64)
}

fn distance(from: (i64, i64), to: (i64, i64)) -> i64 {
    4 * (from.0 - to.0).abs() + (from.1 - to.1).abs()
}

fn middle_of(hall: &[Bench], block: &[At]) -> (i64, i64) {
    middle(hall, block[0].0, block[0].1, block[block.len() - 1].1)
}

fn is_accessible(hall: &[Bench], &(row, at): &At) -> bool {
    hall[row].chairs[at].accessible
}

/// The best of the blocks: the first by accessible seats, if they are wanted, then by lone seats that it makes, by
/// distance from the aim, and by place in the map.
fn best_of(
    hall: &[Bench],
    blocks: Vec<Vec<At>>,
    aim: (i64, i64),
    avoid: bool,
    accessible: bool,
) -> Option<Vec<At>> {
    blocks.into_iter().min_by_key(|block| {
        let lacking = block.iter().filter(|seat| accessible && !is_accessible(hall, seat)).count();
        let lone = if avoid { made_lone(hall, block).len() } else { 0 };
        (lacking, lone, distance(aim, middle_of(hall, block)), block[0])
    })
}

/// Chooses seats and takes them out of the hall.
///
/// # Errors
/// If there are too few seats.
pub fn choose(hall: &mut [Bench], wish: &Wish<'_>, avoid: bool) -> Result<Vec<At>, TooFew> {
    let Wish { count, sections, scattered, accessible } = *wish;
    // The first block has an accessible seat, if one is wanted.
    let first_blocks = |hall: &[Bench], size| {
        let mut found = blocks(hall, sections, size, accessible);
        found.retain(|block| !accessible || block.iter().any(|seat| is_accessible(hall, seat)));
        found
    };
    let free = blocks(hall, sections, 1, accessible).len();
    let largest = (1..=count).rev().find(|&size| !first_blocks(hall, size).is_empty()).unwrap_or(0);
    if largest < count && (!scattered || free < count || largest == 0) {
        return Err(TooFew { free, together: largest });
    }
    let mut block = best_of(hall, first_blocks(hall, largest), (0, 0), avoid, accessible).expect("a block");
    let aim = middle_of(hall, &block);
    let mut chosen = Vec::new();
    loop {
        for &(row, at) in &block {
            hall[row].chairs[at].free = false;
        }
        chosen.append(&mut block);
        let left = count - chosen.len();
        let found = (1..=left).rev().map(|size| blocks(hall, sections, size, accessible));
        let Some(largest) = found.into_iter().find(|blocks| !blocks.is_empty()) else { return Ok(chosen) };
        block = best_of(hall, largest, aim, avoid, false).expect("a block");
    }
}

/// Why picks by hand are refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stranded {
    /// The seat that would be left alone.
    pub lone: At,
    /// Up to three legal picks, the nearest first.
    pub instead: Vec<Vec<At>>,
}

/// Whether the picks leave a lone seat although the section has a legal pick of as many seats as are picked in that row.
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
        for (row, at) in elsewhere {
            left[row].chairs[at].free = false;
        }
        let places = || here.iter().map(|seat| seat.1);
        let (first, last) = (places().min().expect("a pick"), places().max().expect("a pick"));
        let aim = middle(hall, row, first, last);
        let accessible = here.iter().any(|seat| is_accessible(hall, seat));
        let mut instead = blocks(&left, &[hall[row].section], here.len(), accessible);
        instead.retain(|block| made_lone(&left, block).is_empty());
        instead.sort_by_key(|block| (distance(aim, middle_of(hall, block)), block[0]));
        instead.truncate(3);
        if !instead.is_empty() {
            return Some(Stranded { lone, instead });
        }
    }
    None
}
